"""Exercises of section 1.1: bytes, ceilings, bits."""

import numpy as np

from mmbook.datasets.cues import MODALITIES, PRESETS, Preset, ceilings
from mmbook.exercises import function, number, register

register(
    "1.1.1",
    number(720),
    "Count the numbers of one frame first, then of one second.",
    "Divide the camera's bytes a second by 32,000, which is the microphone's: 16,000 samples of two bytes.",
    wrong=(1440, 240, 28.8),
)

_WORSE = ceilings(Preset(PRESETS["default"].conditions, slip=0.2))

register(
    "1.1.2",
    number(_WORSE["all"] - max(_WORSE[name] for name in MODALITIES), tolerance=1e-4),
    "`ceilings` takes a Preset in the place of a name: `Preset(PRESETS['default'].conditions, slip=0.2)`.",
    "Subtract the largest of the entries image, audio and text from the entry all.",
    wrong=(
        ceilings()["all"] - max(ceilings()[name] for name in MODALITIES),
        _WORSE["all"] - _WORSE["image+text"],
        0.0,
    ),
)


def _information(table: np.ndarray) -> float:
    p = np.asarray(table, dtype=float) / np.sum(table)
    apart = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    there = p > 0
    return float((p[there] * np.log2(p[there] / apart[there])).sum())


_TABLES = (
    np.array([[5, 0], [0, 5]]),
    np.array([[10, 10], [10, 10]]),
    np.array([[7, 1], [0, 0], [2, 30]]),
    np.array([[3, 4, 5]]),
)


def _without_total(table: np.ndarray) -> float:
    p = np.asarray(table, dtype=float) + 1e-12
    return float((p * np.log2(p / (p.sum(1, keepdims=True) * p.sum(0, keepdims=True)))).sum())


register(
    "1.1.3",
    function(*(((table,), _information(table)) for table in _TABLES)),
    "Make probabilities of the counts first: divide by the sum of the whole table.",
    "Sum p log2(p / (row share times column share)) over the entries above zero alone.",
    wrong=(_without_total, lambda table: _information(table) * np.log(2)),
)
