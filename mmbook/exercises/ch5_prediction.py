"""Exercises of section 5.2.4: one answer for one clip, and what each modality brought to it."""

from mmbook.exercises import function, number, register
from mmbook.explanation import leave_one_out, shapley_values, subsets

register(
    "5.2.4.1",
    number(0.5),
    "The printed number compares every prediction with every label. Which pairs agree?",
    "A positive prediction meets as many positive labels as negative ones, and so does a negative one.",
    wrong=(0.8, 0.68, 1.0),
)

register(
    "5.2.4.2",
    number(1 / 6, 0.002),
    "Answering negative costs 1 - p on average, not answering it costs 5 p. Compare the two.",
    "They are equal where 1 - p = 5 p.",
    wrong=(0.5, 5 / 6, 0.2),
)


def _banzhaf(players: list, value: dict) -> dict:
    without = {player: [s for s in subsets(players) if player not in s] for player in players}
    return {p: sum(value[s | {p}] - value[s] for s in rest) / len(rest) for p, rest in without.items()}


_WORTH = (0, 4, 8, 1, 16, 10, 11, 40)
_GAMES = tuple(
    (players, {subset: float(worth) for subset, worth in zip(subsets(players), _WORTH, strict=False)})
    for players in (["image", "text"], ["image", "text", "audio"])
)

register(
    "5.2.4.3",
    function(*((game, _banzhaf(*game)) for game in _GAMES)),
    "For each player, list the subsets without it: there are 2^(n-1).",
    "Take the plain mean of value[S | {player}] - value[S] over that list, and return a dict.",
    wrong=(shapley_values, leave_one_out),
)
