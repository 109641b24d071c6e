"""Early fusion by concatenation (§2.3.1, §5.2.2)."""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from mmbook.fusion.features import fill_absent


class ConcatFusion(nn.Module):
    """`W [x^1; x^2; ...; x^M] + b`: features side by side, then one dense layer.

    An absent modality is a learned vector in its place. Source: textbook §5.2.2 (`Concatenate`, `Dense(128)`).

    >>> fusion = ConcatFusion({"text": 8, "audio": 4}, out=16)
    >>> fusion({"text": torch.zeros(2, 8)}).shape
    torch.Size([2, 16])
    """

    def __init__(self, dims: Mapping[str, int], out: int):
        super().__init__()
        self.absent = nn.ParameterDict({name: nn.Parameter(torch.zeros(dim)) for name, dim in dims.items()})
        self.linear = nn.Linear(sum(dims.values()), out)

    def forward(
        self,
        features: Mapping[str, Float[Tensor, "batch _"]],
        mask: Mapping[str, Bool[Tensor, "batch"]] | None = None,
    ) -> Float[Tensor, "batch out"]:
        """The fused vector; `mask[name]` is True in the rows where that modality is present."""
        return self.linear(torch.cat(fill_absent(features, mask, self.absent), dim=-1))

    def aux_loss(self) -> float:
        """0: this fusion has no loss of its own."""
        return 0.0
