"""Answers to the exercises of §2.1.2 on video: a wheel, samples of a frame, a change of rate, slow cuts."""

import numpy as np

from mmbook.exercises import number, register

register(
    "2.1.2.15",
    number(-12),
    "By how many degrees does the wheel turn from one frame to the next? How far apart are its spokes?",
    "Of all turns that bring spokes onto spokes, the eye takes the smallest; its sign says which way.",
    wrong=(60, 12, 72, -60),
)
register(
    "2.1.2.16",
    number(10),
    "16,000 / 30 is 533 and a third. Where do the first four bounds lie, rounded?",
    "The pattern of sizes repeats after three frames.",
    wrong=(30, 20, 0, 533),
)
register(
    "2.1.2.17",
    number(1.6, tolerance=0.1),
    "Change one number, in the call that draws the disc and in the error.",
    "The error in time stays what it was, 40 ms at the most: how far does the disc go in that?",
    wrong=(4.0, 0.8, 3.3, 40),
)

_HARD = np.array([0.0, 0.02, 0.9, 0.02, 0.0])
_SLOW = np.array([0.02, 0.3, 0.25, 0.3, 0.02, 0.01, 0.2, 0.2, 0.02])
_BOTH = np.array([0.9, 0.3, 0.4, 0.0, 0.85, 0.0, 0.5, 0.4])


def _finds_slow_cuts(answer: object) -> bool:
    """Whether `answer(differences, low, high)` gives the frames of each slow change, and no hard cut."""
    cases = (
        (_HARD, 0.1, 0.8, []),
        (_SLOW, 0.1, 0.8, [(2, 4)]),
        (_SLOW, 0.1, 0.4, [(2, 4), (7, 8)]),
        (_BOTH, 0.1, 0.8, [(7, 8)]),
        (_BOTH, 0.1, 0.6, [(2, 3), (7, 8)]),
        (np.zeros(0), 0.1, 0.8, []),
    )
    return all(
        [tuple(map(int, pair)) for pair in answer(differences, low, high)] == expected
        for differences, low, high, expected in cases
    )


def _runs(differences: np.ndarray, low: float, high: float, offset: int, ask_sum: bool, below: bool) -> list:
    found, start = [], None
    for step, value in enumerate([*differences, 0.0]):
        inside = value >= low and (value < high or not below)
        if inside and start is None:
            start = step
        if not inside and start is not None:
            if not ask_sum or sum(differences[start:step]) >= high:
                found.append((start + offset, step - 1 + offset))
            start = None
    return found


register(
    "2.1.2.18",
    _finds_slow_cuts,
    "Walk along the differences: a run begins at the first step in low..high and ends before the first one outside.",
    "Step s leads from frame s to frame s + 1. A run at the very end counts too; a sum below `high` does not.",
    wrong=(
        lambda differences, low, high: _runs(differences, low, high, 0, True, True),
        lambda differences, low, high: _runs(differences, low, high, 1, False, True),
        lambda differences, low, high: _runs(differences, low, high, 1, True, False),
    ),
)
