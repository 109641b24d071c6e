"""Answers to the exercises of §2.1.2 on sound: its spectrum (9 to 11), and what is done to it (12 to 14)."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "2.1.2.9",
    number(3000),
    "Which is the highest frequency that the new sample rate can hold?",
    "What lies above half the new rate is mirrored there: as far below as it was above.",
    wrong=(5000, 2500, 1000),
)
register(
    "2.1.2.10",
    number(100),
    "Try all five: `grid, heights = spectrum(two[:count], RATE)`, and look between the two frequencies.",
    "A Hann window of T seconds makes peaks that are 4 / T hertz wide from zero to zero; when do two just touch?",
    wrong=(25, 50, 200),
)

_FRAMES = np.array([[0.0, 1.0], [2.0, 1.0], [6.0, -3.0], [6.0, 0.0]])
_CHANGE = np.array([[1.0, 0.0], [3.0, -2.0], [2.0, -0.5], [0.0, 1.5]])
register(
    "2.1.2.11",
    function(((_FRAMES,), _CHANGE), ((_FRAMES[:1],), np.zeros((1, 2)))),
    "Add one copy of the first frame before the start and one of the last after the end.",
    "Time is the first axis: `np.pad(frames, ((1, 1), (0, 0)), mode='edge')`.",
    wrong=(
        lambda frames: np.gradient(frames, axis=0),
        lambda frames: np.diff(frames, axis=0),
        lambda frames: np.diff(frames, axis=0, prepend=frames[:1]),
    ),
)
register(
    "2.1.2.12",
    number(10 - 20 * np.log10(2), 0.06),
    "How much does the power of the noise grow when its amplitude doubles?",
    "Power goes with the square of the amplitude: 10 log10(4) decibels.",
    wrong=(5.0, 7.0, 16.0),
)
register(
    "2.1.2.13",
    number(12),
    "Count both: `len(fixed_windows(10, 2))`, and the same with an overlap.",
    "With an overlap of 1.5 s a window begins each 0.5 s; the last one begins at 8 s.",
    wrong=(17, 15, 13),
)

_SPANS = [(0.0, 1.0), (1.1, 1.5), (1.55, 2.0), (3.0, 3.2), (3.9, 4.0)]


def _join_with_the_one_before(spans: list, gap: float) -> list:
    """Joins pairs only: a third span in a row begins a new one."""
    out = []
    for n, (start, end) in enumerate(spans):
        if n % 2 and start - spans[n - 1][1] < gap:
            out[-1] = (spans[n - 1][0], end)
        else:
            out.append((start, end))
    return out


def _joins(answer: object) -> bool:
    """Whether `answer(spans, gap)` joins what is less than `gap` apart, in a row too, and takes an empty list."""
    cases = (
        (_SPANS, 0.2, [(0.0, 2.0), (3.0, 3.2), (3.9, 4.0)]),
        (_SPANS, 0.01, _SPANS),
        (_SPANS, 5.0, [(0.0, 4.0)]),
        ([], 0.2, []),
    )
    return all([tuple(span) for span in answer(list(spans), gap)] == expected for spans, gap, expected in cases)


register(
    "2.1.2.14",
    _joins,
    "Go through the spans and compare each with the last one of the result, not of the input.",
    "Close enough: the last one of the result gets a new end. Else the span is added.",
    wrong=(_join_with_the_one_before, lambda spans, gap: [(spans[0][0], spans[-1][1])], lambda spans, gap: spans),
)
