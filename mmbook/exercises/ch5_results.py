"""Exercises of section 5.3: reading results."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "5.3.1",
    number(0.5),
    "Recall is a share within one true class: take the positive clips first, then the negative ones.",
    "Of the positive clips all are called positive, of the negative clips none; macro is the plain mean of the two.",
    wrong=(0.9, 1.0, 0.0),
)


def _balanced(matrix: np.ndarray) -> float:
    return float(np.mean(np.diag(matrix) / matrix.sum(axis=1)))


_MATRICES = (
    np.array([[90, 30], [10, 110]]),
    np.array([[5, 15], [0, 180]]),
    np.array([[3, 1, 0], [2, 2, 0], [1, 1, 8]]),
)

register(
    "5.3.2",
    function(*(((matrix,), _balanced(matrix)) for matrix in _MATRICES)),
    "The diagonal holds the clips that were answered rightly; a row's sum is how many clips are of that class.",
    "Divide the diagonal by the sums over axis 1, then take the mean.",
    wrong=(
        lambda matrix: float(np.trace(matrix) / matrix.sum()),
        lambda matrix: float(np.mean(np.diag(matrix) / matrix.sum(axis=0))),
    ),
)

register(
    "5.3.3",
    function(((0.05, 0.8), 512), ((0.02, 0.8), 3200), ((0.1, 0.5), 200), ((0.03, 0.9), 800)),
    "Set two standard errors of the difference equal to the gain and solve for the number of clips.",
    "Two independent shares p have a difference of variance 2 p (1 - p) / N. Round up, minding 512.0000001.",
    wrong=(
        lambda gain, share: round(4 * share * (1 - share) / gain**2),
        lambda gain, share: round(8 * share * (1 - share) / gain),
    ),
)


def _paired(first: np.ndarray, second: np.ndarray) -> float:
    difference = np.asarray(first, float) - np.asarray(second, float)
    return float(np.sqrt(difference.var() / len(difference)))


_RIGHT = np.array([1, 1, 1, 0, 1, 1, 0, 1, 1, 1])
_PAIRS = ((_RIGHT, np.roll(_RIGHT, 1)), (_RIGHT, _RIGHT), (_RIGHT, np.array([1, 1, 0, 0, 1, 0, 0, 1, 0, 1])))

register(
    "5.3.4",
    function(*((pair, _paired(*pair)) for pair in _PAIRS)),
    "Take the difference clip by clip first: it is -1, 0 or 1.",
    "The standard error of a mean is the square root of the variance of what is averaged, over N.",
    wrong=(
        lambda first, second: float(np.sqrt((np.var(first) + np.var(second)) / len(first))),
        lambda first, second: float(np.std(np.subtract(first, second))),
    ),
)
