"""How well partners are found again: similarities, neighbours, ranks, recall at k (§2.2.3, §3.3)."""

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike


def cosine_similarity(x: ArrayLike, y: ArrayLike) -> Float[np.ndarray, "queries candidates"]:
    """The cosine of the angle between every row of `x` and every row of `y`, from -1 to 1; 0 for a row of zeros."""
    unit = []
    for rows in (x, y):
        rows = np.asarray(rows, dtype=float)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        unit.append(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0))
    return unit[0] @ unit[1].T


def nearest(similarity: ArrayLike, k: int) -> Int[np.ndarray, "queries k"]:
    """For each row of `similarity` the columns of its `k` largest entries, the largest first; ties in column order."""
    return np.argsort(-np.asarray(similarity), axis=1, kind="stable")[:, :k]


def ranks(similarity: ArrayLike) -> Float[np.ndarray, "queries"]:
    """For each row n the rank of column n, from 1 (most similar); of tied columns, the mean of their ranks.

    The mean rank of ties keeps an embedding that maps everything to one point at chance.
    """
    above, equal = _above_and_equal(similarity, "ranks")
    return above + (equal + 1) / 2


def recall_at_k(similarity: ArrayLike, k: int = 1) -> float:
    """The share of rows whose partner (the column of the same number) is among their `k` most similar columns.

    Where the partner is tied with others around place k, the row counts by the chance that a random order of the tied
    ones puts it there. Guessing reaches k / N. ValueError for k below 1 or a similarity that is not square.
    """
    if k < 1:
        raise ValueError(f"recall_at_k: k is {k}, but must be at least 1")
    above, equal = _above_and_equal(similarity, "recall_at_k")
    return float(np.clip((k - above) / equal, 0, 1).mean())


def _above_and_equal(
    similarity: ArrayLike, caller: str
) -> tuple[Int[np.ndarray, "queries"], Int[np.ndarray, "queries"]]:
    """For each row how many columns are more similar than its partner, and how many as similar, itself included."""
    scores = np.asarray(similarity, dtype=float)
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1]:
        raise ValueError(f"{caller}: similarity has shape {scores.shape}, but row n must be paired with column n")
    own = np.diag(scores)[:, None]
    return (scores > own).sum(1), (scores == own).sum(1)
