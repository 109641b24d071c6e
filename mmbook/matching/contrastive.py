"""Contrastive losses: each row must find its partner among all rows of the batch (§2.2.3, §3.3)."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def info_nce(
    x: Float[Tensor, "batch dim"],
    y: Float[Tensor, "batch dim"],
    temperature: float | int | Float[Tensor, ""] = 0.07,
    reduction: str = "mean",
) -> Float[Tensor, ""] | Float[Tensor, "batch"]:
    """The symmetric InfoNCE loss of paired rows, in nats: `x[n]` belongs to `y[n]`, every other row is a wrong answer.

    `s_nk = cos(x_n, y_k) / temperature`; the loss of row n is the mean of two cross-entropies, `-log softmax_k(s_nk)`
    and `-log softmax_k(s_kn)`, at k = n. `reduction` is "mean", "sum" or "none" (one loss a row). It is 0 at least, and
    `log batch` where all rows are alike. It knows only the batch: with one row it is 0 and teaches nothing.

    ValueError for another reduction or a temperature that is not above 0.
    Source: van den Oord, Li and Vinyals (2018); symmetric as in CLIP (Radford et al., 2021).
    """
    if not temperature > 0:
        raise ValueError(f"info_nce: temperature is {float(temperature)}, but must be above 0")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"info_nce: reduction is {reduction!r}, but must be mean, sum or none")
    scores = normalize(x, dim=1) @ normalize(y, dim=1).T / temperature
    partner = torch.arange(len(scores), device=scores.device)
    there = cross_entropy(scores, partner, reduction=reduction)
    back = cross_entropy(scores.T, partner, reduction=reduction)
    return (there + back) / 2
