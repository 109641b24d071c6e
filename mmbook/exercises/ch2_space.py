"""Answers to the exercises of §2.1.3 on space: regions, sounds in pictures, text in pictures, subtitles."""

import numpy as np

from mmbook.exercises import function, number, register
from mmbook.seeding import rng

register(
    "2.1.3.7",
    number(1 / 3),
    "Count the pixels that both boxes cover, then those that at least one covers.",
    "The union is the sum of both areas minus what was counted twice.",
    wrong=(0.5, 0.25, 8),
)
register(
    "2.1.3.8",
    number(4),
    "Which pixels hang on by a corner alone?",
    "Walk from each marked pixel up, down, left and right only.",
    wrong=(2, 3, 5),
)


def _correlation(light: np.ndarray, loudness: np.ndarray) -> np.ndarray:
    """The signed correlation of each pixel, pixel by pixel."""
    out = np.zeros(light.shape[1:])
    for place in np.ndindex(out.shape):
        series = light[(slice(None), *place)]
        if series.std() > 1e-9 and loudness.std() > 1e-9:
            out[place] = np.corrcoef(series, loudness)[0, 1]
    return out


def _is_sound_map(answer: object) -> bool:
    """Whether `answer(light, loudness)` is the signed correlation, with 0 where nothing changes."""
    light, loudness = rng(0, "light").normal(size=(20, 3, 4)), rng(0, "loudness").uniform(size=20)
    light[:, 0, 0], light[:, 1, 1], light[:, 2, 2] = 7.0, 3 * loudness + 1, -loudness
    with np.errstate(all="ignore"):
        return all(
            np.allclose(answer(light.copy(), sound), _correlation(light, sound), atol=1e-6)
            for sound in (loudness, np.zeros(20))
        )


register(
    "2.1.3.9",
    _is_sound_map,
    "Take the mean over time away from both, multiply, and take the mean over time.",
    "Divide by both standard deviations only where their product is not zero.",
    wrong=(
        lambda light, loudness: np.abs(_correlation(light, loudness)),
        lambda light, loudness: (
            np.tensordot(loudness - loudness.mean(), light - light.mean(0), axes=(0, 0)) / len(loudness)
        ),
    ),
)
register(
    "2.1.3.10",
    number(3),
    "Which letters can stay where they are?",
    "Replace a letter, replace another, then one is missing.",
    wrong=(2, 4, 5),
)
register(
    "2.1.3.11",
    number(1),
    "What is the similarity of each pair, one minus the distance over the longer length?",
    "5/6, 2/3 and 3/5: which of them reach 0.8?",
    wrong=(3, 2, 0),
)


def _spans(flags: list[bool], fps: float | int) -> list[tuple[float, float]]:
    """Start and end in seconds of each run of True."""
    padded = np.concatenate([[0], np.asarray(flags, int), [0]])
    steps = np.diff(padded)
    return [(a / fps, b / fps) for a, b in zip(np.nonzero(steps == 1)[0], np.nonzero(steps == -1)[0], strict=True)]


_FLAGS = [False, True, True, False, False, True]
register(
    "2.1.3.12",
    function(
        ((_FLAGS, 10), _spans(_FLAGS, 10)),
        (([True, True], 4), [(0.0, 0.5)]),
        (([False, False], 4), []),
        (([True, False, True], 2), [(0.0, 0.5), (1.0, 1.5)]),
    ),
    "A run begins where a frame shows the word and the frame before does not.",
    "Frame n is on show until (n + 1) / fps: the end is one frame after the last.",
    wrong=(
        lambda flags, fps: [(start, end - 1 / fps) for start, end in _spans(flags, fps)],
        lambda flags, fps: [(spans[0][0], spans[-1][1])] if (spans := _spans(flags, fps)) else [],
        lambda flags, fps: _spans([*flags, False, False][:-1], fps)[:1],
    ),
)
