"""Dynamic time warping (§2.1.3): the cheapest way to pair the steps of two sequences without going back.

Source: Sakoe and Chiba (1978), IEEE Transactions on Acoustics, Speech, and Signal Processing 26.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

Metric = Literal["euclidean", "sqeuclidean", "cosine"]


@dataclass(frozen=True)
class Warping:
    """The cheapest path: the sum of its distances, its pairs (i, j) in order, and how many distances were looked at."""

    cost: float
    path: Int[np.ndarray, "steps 2"]
    cells: int


def distances(
    x: Float[np.ndarray, "time dim"], y: Float[np.ndarray, "other_time dim"], metric: Metric = "euclidean"
) -> Float[np.ndarray, "time other_time"]:
    """The distance of every row of `x` to every row of `y`; "cosine" is 1 minus the cosine of their angle."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    if metric == "cosine":
        lengths = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1)
        return 1 - x @ y.T / np.maximum(lengths, 1e-12)
    squared = np.stack([((y - row) ** 2).sum(axis=1) for row in x])
    return np.sqrt(squared) if metric == "euclidean" else squared


def dtw(
    x: Float[np.ndarray, "time dim"],
    y: Float[np.ndarray, "other_time dim"],
    radius: int | None = None,
    penalty: float | int = 0.0,
    metric: Metric = "euclidean",
) -> Warping:
    """The cheapest path from (0, 0) to the last pair by steps (1, 1), (1, 0) and (0, 1).

    `radius` is the Sakoe-Chiba band: row i may only meet the rows of `y` within `radius` of its place on the straight
    line between the corners. Time and memory are then `len(x) * (2 * radius + 1)` in place of `len(x) * len(y)`, and no
    full matrix exists at any time. `penalty` is added to the cost of each step (1, 0) or (0, 1); it keeps the path from
    standing still. ValueError for an empty sequence, and where the band is too narrow to hold a path.
    """
    if not len(x) or not len(y):
        raise ValueError(f"dtw: x has {len(x)} rows and y {len(y)}; each needs at least one")
    starts, stops = _band(len(x), len(y), radius)
    width = int((stops - starts).max())
    total = np.full((len(x), width), np.inf)  # total[i, k]: cheapest way to (i, starts[i] + k)
    for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        local = distances(x[i : i + 1], y[start:stop], metric)[0]
        entered = np.full(len(local), np.inf)  # cheapest way to each pair's step (1, 1) or (1, 0), before its distance
        if i == 0:
            entered[0] = 0.0
        else:
            before = np.concatenate([[np.inf], total[i - 1], np.full(width, np.inf)])
            moved = start - starts[i - 1]
            diagonal, above = (before[moved + shift :][: len(local)] for shift in (0, 1))
            entered = np.minimum(diagonal, above + penalty)
        # total[k] = local[k] + min(entered[k], total[k - 1] + penalty), for all k at once: take the sum of the steps
        # along the row away, and what is left is the running minimum of what enters.
        along = np.cumsum(local + penalty)
        total[i, : len(local)] = along + np.minimum.accumulate(entered + local - along)
    path = _trace_back(total, starts, len(y), penalty)
    return Warping(float(total[-1, len(y) - 1 - starts[-1]]), path, int((stops - starts).sum()))


def _band(rows: int, columns: int, radius: int | None) -> tuple[Int[np.ndarray, "rows"], Int[np.ndarray, "rows"]]:
    """The first column of each row, and the one after the last."""
    if radius is None:
        return np.zeros(rows, int), np.full(rows, columns)
    middle = np.rint(np.linspace(0, columns - 1, rows) if rows > 1 else [columns - 1]).astype(int)
    starts, stops = np.maximum(middle - radius, 0), np.minimum(middle + radius + 1, columns)
    if radius < 0 or starts[0] > 0 or (starts[1:] > stops[:-1]).any():
        raise ValueError(f"dtw: a band of radius {radius} holds no path for {rows} x {columns} rows; widen it")
    return starts, stops


def _trace_back(
    total: Float[np.ndarray, "rows width"], starts: Int[np.ndarray, "rows"], columns: int, penalty: float | int
) -> Int[np.ndarray, "steps 2"]:
    """The path, from its end: at each pair the cheapest of the three it can have come from, the diagonal first."""

    def cost(i: int, j: int) -> float:
        k = j - starts[i] if i >= 0 else -1
        return total[i, k] if 0 <= k < total.shape[1] else np.inf

    i, j = len(total) - 1, columns - 1
    path = [(i, j)]
    while i or j:
        came = (
            (cost(i - 1, j - 1), i - 1, j - 1),
            (cost(i - 1, j) + penalty, i - 1, j),
            (cost(i, j - 1) + penalty, i, j - 1),
        )
        _, i, j = min(came, key=lambda one: one[0])
        path.append((i, j))
    return np.array(path[::-1])


def warp_times(
    times: Float[np.ndarray, "times"], path: Int[np.ndarray, "steps 2"], hop_seconds: float | int
) -> Float[np.ndarray, "times"]:
    """Where the path takes `times` of the first sequence on the second one's clock; both have a frame each hop.

    Where several frames of the second meet one of the first, their mean counts, and between frames a straight line.
    """
    rows, place = np.unique(path[:, 0], return_inverse=True)
    columns = np.bincount(place, path[:, 1]) / np.bincount(place)
    return np.interp(times / hop_seconds, rows, columns) * hop_seconds
