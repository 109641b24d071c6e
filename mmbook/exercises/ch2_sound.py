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
