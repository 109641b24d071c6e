"""Answers to the exercises of §1.5 on ethics and law: groups, clones, consent."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "1.5.4",
    number(0.94),
    "Weigh each group's accuracy by its share of the population.",
    "Nine people in ten are of the light group: 0.9 times its accuracy, plus ...",
    wrong=((0.96 + 0.76) / 2, 0.96, 0.9 * 0.76 + 0.1 * 0.96),
)
register(
    "1.5.5",
    function(
        (([True, True, False, False], ["a", "a", "b", "b"]), 1.0),
        (([True, False, True, True, False], ["a", "a", "b", "c", "c"]), 0.5),
        (([True, False, False], ["a", "a", "a"]), 0.0),
    ),
    "One accuracy for each group: the mean of `right` over its members.",
    "There may be more than two groups: take the largest minus the smallest.",
    wrong=(
        lambda right, group: float(np.mean(right)),
        lambda right, group: float(
            np.mean([r for r, g in zip(right, group, strict=True) if g == "a"])
            - np.mean([r for r, g in zip(right, group, strict=True) if g != "a"])
        ),
    ),
)
register(
    "1.5.6",
    function(
        ((np.arange(40) / 40,), 37 / 40),
        ((np.arange(100)[::-1] / 100,), 94 / 100),
        ((np.array([0.2, 0.9, 0.4]),), 0.9),
    ),
    "Sort the scores: the threshold is one of them, and few lie above it.",
    "Of N clones at most int(0.05 N) may lie above: count from the top.",
    wrong=(
        lambda clones: float(np.median(clones)),
        lambda clones: float(np.min(clones)),
        lambda clones: float(np.mean(clones)),
    ),
)
