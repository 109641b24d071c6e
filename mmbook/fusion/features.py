"""What every feature fusion does first: check its features, and put something in the place of an absent one."""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


def check_features(features: Mapping[str, Tensor], dims: Mapping[str, int]) -> int:
    """The number of rows, if every feature fits `dims`; ValueError that names the modality otherwise.

    A modality of `dims` may be missing from `features`; one that is not in `dims`, a wrong width, or another number
    of rows may not. Shape annotations cannot see across the entries of a dict.
    """
    rows: dict[str, int] = {}
    for name, feature in features.items():
        if name not in dims:
            raise ValueError(f"feature {name!r} is not one of {', '.join(dims)}")
        if feature.shape[-1] != dims[name]:
            raise ValueError(
                f"feature {name!r} has shape {tuple(feature.shape)}, but its last size should be {dims[name]}"
            )
        rows[name] = feature.shape[0]
    if len(set(rows.values())) != 1:
        raise ValueError(f"features should have the same number of rows, at least one of them given: {rows}")
    return next(iter(rows.values()))


def fill_absent(
    features: Mapping[str, Float[Tensor, "batch _"]],
    mask: Mapping[str, Bool[Tensor, "batch"]] | None,
    absent: nn.ParameterDict,
) -> list[Float[Tensor, "batch _"]]:
    """One feature for each entry of `absent`, in its order: the given one where there is one, else the absent vector.

    A modality that is not in `features` is absent from every row; one that is not in `mask` is present in every row.
    """
    rows = check_features(features, {name: len(vector) for name, vector in absent.items()})
    filled = []
    for name, vector in absent.items():
        if name not in features:
            filled.append(vector.expand(rows, -1))
        elif mask is None or name not in mask:
            filled.append(features[name])
        else:
            filled.append(torch.where(mask[name][:, None], features[name], vector))
    return filled
