"""Exercises of section 1.2: recall, Shapley values, masked losses, ranks."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "1.2.1",
    number(5 / 120, tolerance=1e-4),
    "How many of the 240 voices fit a face equally well?",
    "120 do, and the order among them is chance: the own voice is among the first five with probability 5 over 120.",
    wrong=(5 / 240, 1.0, 1 / 120),
)

register(
    "1.2.2",
    number(1 / 3, tolerance=1e-4),
    "In which orders of arrival does the text turn 0 into 1?",
    "When it arrives second, whoever came first: in 2 of the 6 orders.",
    wrong=(0.0, 0.5, 1.0),
)

_LOSSES = (
    (np.array([1.0, 2.0, 6.0]), np.array([0, -1, 3])),
    (np.array([1.0, 2.0]), np.array([-1, -1])),
    (np.array([4.0]), np.array([0])),
)


def _masked_mean(losses: np.ndarray, labels: np.ndarray) -> float:
    known = np.asarray(labels) != -1
    return float(np.asarray(losses)[known].mean()) if known.any() else 0.0


register(
    "1.2.3",
    function(*((case, _masked_mean(*case)) for case in _LOSSES)),
    "A row with label -1 has no say, neither in the sum nor in the count. Label 0 is a class like any other.",
    "Take the losses where the label is not -1; if none is left, return 0.0, for the mean of nothing is not a number.",
    wrong=(
        lambda losses, labels: float(np.where(np.asarray(labels) != -1, losses, 0).mean()),
        lambda losses, labels: float(losses[labels > 0].mean()) if (labels > 0).any() else 0.0,
    ),
)


def _median_rank(similarity: np.ndarray) -> float:
    scores = np.asarray(similarity, dtype=float)
    own = scores.diagonal()[:, None]
    better, tied = (scores > own).sum(1), (scores == own).sum(1) - 1
    return float(np.median(1 + better + tied / 2))


_SQUARES = (
    np.eye(5),
    np.zeros((5, 5)),
    np.array([[0.9, 0.1, 0.2], [0.8, 0.3, 0.5], [0.3, 0.3, 0.3]]),
    np.arange(16.0).reshape(4, 4),
)

register(
    "1.2.4",
    function(*(((square,), _median_rank(square)) for square in _SQUARES)),
    "The right entry of row n stands on the diagonal. Count the entries of the row that are larger.",
    "The place is 1 + the number of larger entries + half the number of other equal ones. Then the median.",
    wrong=(
        lambda similarity: float(np.median(1 + (similarity > np.diag(similarity)[:, None]).sum(1))),
        lambda similarity: float(np.median((similarity >= np.diag(similarity)[:, None]).sum(1))),
    ),
)
