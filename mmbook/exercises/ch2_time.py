"""Answers to the exercises of §2.1.3 on time: offset and drift, then events and dynamic time warping."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "2.1.3.1",
    number(60 - 60 / 1.02, tolerance=0.01),
    "Where in the recording that plays fast is what happens at 60 s?",
    "At 60 / 1.02 seconds. How far is that from 60?",
    wrong=(1.2, 0.02, 61.2, 58.82),
)
register(
    "2.1.3.2",
    number(1000 / 24, tolerance=0.5),
    "Whole steps are 0, 83.3, 166.7 ms, ... Which true offset lies furthest from all of them?",
    "One in the middle between two steps.",
    wrong=(1000 / 12, 10, 20.8, 5),
)


_TIMES = np.array([0.5, 1.0, 7.25])
register(
    "2.1.3.3",
    function(
        ((_TIMES, 0.4, 1.03), (_TIMES - 0.4) * 1.03),
        ((_TIMES, -0.2, 0.98), (_TIMES + 0.2) * 0.98),
        ((_TIMES, 0.0, 1.0), _TIMES),
    ),
    "Solve u = offset + t / speed for t.",
    "First take the offset away, then undo the division.",
    wrong=(
        lambda times, offset, speed: times * speed - offset,
        lambda times, offset, speed: (times - offset) / speed,
        lambda times, offset, speed: offset + times / speed,
    ),
)
register(
    "2.1.3.4",
    number(1),
    "Which values of the two sequences are equal? A value may be paired with several neighbours for nothing.",
    "Only the last 4 has no equal: whom does it cost least to pair it with?",
    wrong=(0, 2, 5),
)
register(
    "2.1.3.5",
    number(500 * 21 - 2 * sum(range(1, 11))),
    "A row in the middle sees 21 columns. And the first row?",
    "The first row sees 11, the second 12, ... and the same at the other end.",
    wrong=(500 * 21, 500 * 10, 500 * 500),
)


def _pairs_within(first: np.ndarray, second: np.ndarray, tolerance: float) -> int:
    """Every pair that is near enough, each event as often as it likes: not one to one."""
    return int((np.abs(first[:, None] - second[None, :]) <= tolerance).sum())


def _nearest_first(first: np.ndarray, second: np.ndarray, tolerance: float) -> int:
    """Each event takes its nearest neighbour, if that is still free."""
    taken: set[int] = set()
    for place in np.argsort(np.abs(first[:, None] - second[None, :]).min(axis=1)):
        nearest = int(np.abs(second - first[place]).argmin())
        if abs(second[nearest] - first[place]) <= tolerance and nearest not in taken:
            taken.add(nearest)
    return len(taken)


register(
    "2.1.3.6",
    function(
        ((np.array([0.0, 1.0]), np.array([0.9, 2.0]), 1.0), 2),
        ((np.array([1.0, 1.1, 1.2]), np.array([1.1]), 0.2), 1),
        ((np.array([0.0, 5.0, 9.0]), np.array([0.3, 5.1, 5.2, 20.0]), 0.2), 1),
        ((np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.9, 1.9, 2.9, 3.9]), 1.0), 4),
    ),
    "Go through both lists in order of time; an event that is far too early for its partner can be dropped.",
    "If the two in front are near enough, pair them; else drop the earlier one.",
    wrong=(_pairs_within, _nearest_first),
)
