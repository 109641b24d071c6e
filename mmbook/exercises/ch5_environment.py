"""Answers to the exercises of section 5.1.1, environment and tools."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "5.1.1.1",
    number(151),
    "A frame is centred on each multiple of the hop, and the first stands at time 0.",
    "Divide the samples by the hop in samples, then remember the frame at time 0.",
    wrong=(150, 3 / 0.025, 48_000),
)

LOCK = ["torch==2.11.0", "numpy>=1.26", "tensorflow==2.*", "av", "colorama==0.4.6"]

register(
    "5.1.1.2",
    function(
        ((LOCK,), ["numpy>=1.26", "tensorflow==2.*", "av"]),
        ((["a==1.0,!=1.1"],), ["a==1.0,!=1.1"]),
        (([],), []),
        ((["a==1.0 ; python_version < '3.12'", "b~=1.0"],), ["b~=1.0"]),
    ),
    "A line is locked if it allows exactly one version: one clause, its operator ==, no star.",
    "list(Requirement(line).specifier) gives the clauses, each with an operator and a version.",
    wrong=(lambda lines: [line for line in lines if "==" not in line], lambda lines: list(lines)),
)


def _is_order_free(draw: object) -> bool:
    """Whether `draw(seed, clip, count)` depends on its arguments and on nothing else, and on each of them."""
    first = np.asarray(draw(0, "0007", 8), dtype=float)
    others = [np.asarray(draw(*arguments), dtype=float) for arguments in ((0, "0008", 8), (1, "0007", 8), (0, "7", 8))]
    again = np.asarray(draw(0, "0007", 8), dtype=float)
    different = all(not np.allclose(first, other) for other in others)
    return first.shape == (8,) and np.array_equal(first, again) and different and first.std() > 0


SHARED = np.random.default_rng(0)

register(
    "5.1.1.3",
    _is_order_free,
    "The draws of one clip must be the same whatever was drawn before them.",
    "Make a new generator inside the function, from the seed and the name of the clip together.",
    wrong=(
        lambda seed, clip, count: SHARED.normal(size=count),
        lambda seed, clip, count: np.random.default_rng(seed).normal(size=count),
        lambda seed, clip, count: np.random.default_rng(seed + int(clip)).normal(size=count),
    ),
)
