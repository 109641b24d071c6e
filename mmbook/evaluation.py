"""How good a set of answers is: plain formulas, each with its chance level, its ceiling and its uncertainty.

Every function takes the truth first and the prediction second, both as vectors of one number per sample. An
`(N, 1)` column beside an `(N,)` vector is refused: NumPy would broadcast the two to N x N, and the textbook's
accuracy (§5.2.4) is then the mean of N * N comparisons, not of N.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int64
from numpy.typing import ArrayLike

from mmbook.seeding import rng


class Scores(NamedTuple):
    """Precision, recall and F1: three numbers (macro averages), or three vectors with one entry per class."""

    precision: float | Float[np.ndarray, "classes"]
    recall: float | Float[np.ndarray, "classes"]
    f1: float | Float[np.ndarray, "classes"]


def paired(truth: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both as vectors of one length; ValueError names the two shapes where they do not pair up one to one."""
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.ndim != 1 or predicted.ndim != 1 or len(truth) != len(predicted):
        raise ValueError(
            f"truth has shape {truth.shape} and prediction {predicted.shape}: expected two vectors of one length, "
            "(samples,) and (samples,); a column needs .ravel() first"
        )
    if len(truth) == 0:
        raise ValueError("truth and prediction have shape (0,): there is nothing to score")
    return truth, predicted


def accuracy(truth: ArrayLike, predicted: ArrayLike) -> float:
    """The share of samples whose predicted label is the true one. ValueError if the shapes do not pair (§5.2.4)."""
    truth, predicted = paired(truth, predicted)
    return float(np.mean(truth == predicted))


def confusion_matrix(
    truth: ArrayLike, predicted: ArrayLike, classes: int | None = None
) -> Int64[np.ndarray, "classes classes"]:
    """Counts of samples: row is the true class, column the predicted one.

    Labels are integers 0..classes-1 (default: up to the largest seen). ValueError if a label lies outside.
    """
    truth, predicted = _class_labels(truth, predicted)
    largest = int(max(truth.max(), predicted.max()))
    classes = largest + 1 if classes is None else classes
    if largest >= classes:
        raise ValueError(f"label {largest} is outside 0..{classes - 1}")
    return np.bincount(truth * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def precision_recall_f1(
    truth: ArrayLike, predicted: ArrayLike, classes: int | None = None, average: str | None = "macro"
) -> Scores:
    """Precision, recall and F1: the unweighted mean over classes ("macro"), or per class (`average=None`).

    A ratio with a zero denominator counts as 0: a class that is never predicted has precision 0, one that never
    occurs has recall 0, and F1 is 0 when both are. The mean runs over the classes that occur in the truth or in the
    prediction, so a class that is in neither does not lower it.
    """
    if average not in ("macro", None):
        raise ValueError(f'average is "macro" or None, not {average!r}')
    counts = confusion_matrix(truth, predicted, classes).astype(float)
    hits, actual, answered = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    scores = Scores(_ratio(hits, answered), _ratio(hits, actual), _ratio(2 * hits, actual + answered))
    if average is None:
        return scores
    seen = actual + answered > 0
    return Scores(*(float(score[seen].mean()) for score in scores))


def mean_absolute_error(truth: ArrayLike, predicted: ArrayLike) -> float:
    """The mean of |truth - prediction|, in the label's own unit."""
    truth, predicted = _numbers(truth, predicted)
    return float(np.mean(np.abs(truth - predicted)))


def mean_squared_error(truth: ArrayLike, predicted: ArrayLike) -> float:
    """The mean of (truth - prediction)², in the label's unit squared."""
    truth, predicted = _numbers(truth, predicted)
    return float(np.mean((truth - predicted) ** 2))


def pearson(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Pearson's correlation, -1 to 1; 0 by convention where it is undefined because one side never varies."""
    truth, predicted = _numbers(truth, predicted)
    if np.ptp(truth) == 0 or np.ptp(predicted) == 0:
        return 0.0
    # Scaling to a largest deviation of one keeps the squares of tiny and huge numbers inside float64.
    x, y = (values - values.mean() for values in (truth, predicted))
    x, y = x / np.abs(x).max(), y / np.abs(y).max()
    return float(np.clip(np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)), -1.0, 1.0))


def majority_class(labels: ArrayLike) -> int:
    """The most frequent label; of several, the smallest."""
    values, counts = np.unique(np.asarray(labels), return_counts=True)
    return int(values[np.argmax(counts)])


def chance_accuracy(train: ArrayLike, truth: ArrayLike) -> float:
    """The accuracy on `truth` of always answering the majority class of the training labels."""
    truth = np.asarray(truth)
    return accuracy(truth, np.full(truth.shape, majority_class(train)))


def chance_error(train: ArrayLike, truth: ArrayLike) -> float:
    """The mean absolute error on `truth` of always answering the median of the training labels."""
    truth = np.asarray(truth, dtype=float)
    return mean_absolute_error(truth, np.full(truth.shape, np.median(np.asarray(train, dtype=float))))


def ceiling(probability: ArrayLike, positive: ArrayLike) -> float:
    """The accuracy of the best possible decision, given the true P(positive) of each sample.

    The decision is P > 0.5; a sample with P = 0.5 can only be guessed and counts one half. `positive` is 1 (or True)
    where the label is positive. The result belongs to these samples, so that a model scored on the same ones may be
    set beside it.
    """
    probability, positive = paired(probability, positive)
    tie = np.isclose(probability, 0.5, rtol=0, atol=1e-9)
    return float(np.mean(np.where(tie, 0.5, (probability > 0.5) == positive.astype(bool))))


def bootstrap_interval(
    statistic: Callable[..., float], *columns: ArrayLike, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Lower and upper end of the percentile bootstrap interval of `statistic(*columns)`.

    The samples (entries of all columns together) are drawn again with replacement, `resamples` times, with draws fixed
    by `seed`. It measures what another test set of the same size would change, not what another training run would;
    where every sample agrees (accuracy 0 or 1) it has no width, which is a property of the bootstrap, not certainty.
    Source: Efron (1979), Bootstrap methods: another look at the jackknife.
    """
    arrays = [np.asarray(column) for column in columns]
    sizes = {len(array) for array in arrays}
    if len(sizes) != 1 or sizes == {0}:
        raise ValueError(f"columns have shapes {[array.shape for array in arrays]}: expected one length, above 0")
    size, generator = sizes.pop(), rng(seed, "bootstrap")
    draws = [generator.integers(size, size=size) for _ in range(resamples)]
    values = [statistic(*(array[rows] for array in arrays)) for rows in draws]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def _numbers(truth: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    return tuple(side.astype(float) for side in paired(truth, predicted))


def _class_labels(truth: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    sides = paired(truth, predicted)
    for side in sides:
        if side.dtype.kind not in "biu" or side.min() < 0:
            raise ValueError(f"labels are integers from 0 up, not {side.dtype} from {side.min()}")
    return tuple(side.astype(np.int64) for side in sides)
