"""Answers to the exercises of section 5.1.4, data."""

import numpy as np

from mmbook.datasets.cues import PRESETS, ceilings
from mmbook.exercises import function, number, register

SHARES = dict(PRESETS["default"].conditions)
WITHOUT_SARCASM = SHARES | {"sarcasm": 0.0, "agree": SHARES["agree"] + SHARES["sarcasm"]}

register(
    "5.1.4.1",
    number(ceilings("default", WITHOUT_SARCASM)["text"], 0.002),
    "Words now tell the truth or nothing. In which conditions do they tell nothing?",
    "The share of neutral words times one half, plus all the rest times one minus the slip.",
    wrong=(ceilings()["text"], 1 - PRESETS["default"].slip, 1 - SHARES["neutral_words"]),
)


def _kappa(first: list, second: list) -> float:
    first, second = np.array(first), np.array(second)
    expected = sum((first == name).mean() * (second == name).mean() for name in {*first, *second})
    return float(((first == second).mean() - expected) / (1 - expected))


PAIRS = (
    (list("ppnnppnn"), list("ppnnpnpn")),
    (list("pppppppn"), list("ppppppnp")),
    (list("pn0pn0"), list("pn0pn0")),
    (["yes", "no"], ["no", "yes"]),
)

register(
    "5.1.4.2",
    function(*((pair, _kappa(*pair)) for pair in PAIRS)),
    "Agreement is the share of equal labels. What would it be if both answered at random, each with his own habits?",
    "For each label, multiply how often the first uses it by how often the second does, and add up.",
    wrong=(
        lambda first, second: float(np.mean(np.array(first) == np.array(second))),
        lambda first, second: 2 * float(np.mean(np.array(first) == np.array(second))) - 1,
    ),
)


def _holds_people_out(hold_out: object) -> bool:
    """Whether `hold_out(speakers, share)` marks whole speakers, about that share of the rows, whatever their order."""
    generator = np.random.default_rng(0)
    for people, share in ((40, 0.2), (25, 0.4)):
        speakers = [f"s{number:02d}" for number in generator.integers(people, size=600)]
        held = np.array(hold_out(speakers, share), dtype=bool)
        of_speaker = dict(zip(speakers, held, strict=True))
        whole = all(of_speaker[name] == mark for name, mark in zip(speakers, held, strict=True))
        turned = np.array(hold_out(speakers[::-1], share), dtype=bool)[::-1]
        if not (whole and abs(held.mean() - share) <= 0.1 and np.array_equal(held, turned)):
            return False
    return True


register(
    "5.1.4.3",
    _holds_people_out,
    "Choose among the names, not among the rows: every row of a chosen speaker is held out.",
    "Sort the different names, take them one by one until enough rows are held, and mark the rows of those taken.",
    wrong=(
        lambda speakers, share: [n < share * len(speakers) for n in range(len(speakers))],
        lambda speakers, share: np.random.default_rng(0).random(len(speakers)) < share,
        lambda speakers, share: [False] * len(speakers),
    ),
)
