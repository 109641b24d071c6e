"""Which modality mattered: leave one out, and exact Shapley values."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial

SetFunction = Callable[[frozenset[str]], float] | Mapping[frozenset[str], float]
MAX_PLAYERS = 16


def subsets(players: Sequence[str]) -> list[frozenset[str]]:
    """All 2^n subsets, from the empty one to the whole."""
    return [frozenset(chosen) for size in range(len(players) + 1) for chosen in combinations(players, size)]


def leave_one_out(players: Sequence[str], value: SetFunction) -> dict[str, float]:
    """What the whole loses without each player: v(N) - v(N without i).

    Two copies of one modality each get 0, because the other copy stands in: this is why Shapley values exist.
    """
    players, lookup, everyone = list(players), _lookup(value), frozenset(players)
    whole = lookup(everyone)
    return {player: whole - lookup(everyone - {player}) for player in players}


def shapley_values(players: Sequence[str], value: SetFunction) -> dict[str, float]:
    """Each player's exact Shapley value: its mean marginal contribution over all orders of arrival.

    `value` gives v(S) for every subset S (a function, or a dict with frozenset keys) and is asked once for each of the
    2^n subsets. The values sum to v(N) - v(empty). ValueError for a player named twice, or for more than 16.
    Source: Shapley (1953), A value for n-person games.

    >>> shapley_values(["left", "right"], lambda pair: float(len(pair) == 2))
    {'left': 0.5, 'right': 0.5}
    """
    players = list(players)
    if len(set(players)) != len(players):
        raise ValueError(f"a player is named twice: {players}")
    if len(players) > MAX_PLAYERS:
        raise ValueError(f"{len(players)} players have 2^{len(players)} subsets; at most {MAX_PLAYERS} players")
    lookup, count = _lookup(value), len(players)
    worth = {subset: lookup(subset) for subset in subsets(players)}
    # A subset of size s precedes a given player in s! (n - s - 1)! of the n! orders.
    weight = [factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)]
    return {
        player: sum(weight[len(s)] * (worth[s | {player}] - worth[s]) for s in worth if player not in s)
        for player in players
    }


def shares(values: Mapping[str, float]) -> dict[str, float]:
    """Each value's magnitude as a share of the sum of magnitudes; equal shares where all are zero."""
    total = sum(abs(value) for value in values.values())
    return {name: abs(value) / total if total else 1 / len(values) for name, value in values.items()}


def _lookup(value: SetFunction) -> Callable[[frozenset[str]], float]:
    return (
        (lambda subset: float(value[subset])) if isinstance(value, Mapping) else (lambda subset: float(value(subset)))
    )
