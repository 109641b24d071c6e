"""Feature-level fusion, listed by name in one place (§2.3, §3.4, §4.1, §4.3)."""

from collections.abc import Callable, Mapping

from torch import nn

from mmbook.errors import UserError
from mmbook.fusion.concatenation import ConcatFusion
from mmbook.fusion.features import check_features

__all__ = ["FEATURE_FUSIONS", "ConcatFusion", "check_features", "make_fusion"]

#: Every feature fusion by name: `FEATURE_FUSIONS[name](dims, out)` is a module, `fusion(features, mask)` its vectors.
FEATURE_FUSIONS: dict[str, Callable[[Mapping[str, int], int], nn.Module]] = {"concat": ConcatFusion}


def make_fusion(name: str, dims: Mapping[str, int], out: int) -> nn.Module:
    """A new fusion of features with these sizes into vectors of size `out`; UserError if there is none of that name."""
    if name not in FEATURE_FUSIONS:
        raise UserError(f"fusion {name!r} does not exist: choose one of {', '.join(FEATURE_FUSIONS)}")
    return FEATURE_FUSIONS[name](dims, out)
