import itertools

import pytest

from mmbook.explanation import leave_one_out, shapley_values, shares, subsets
from mmbook.seeding import rng

PLAYERS = ["image", "audio", "text", "video"]


def random_game(seed, players=PLAYERS):
    draw = rng(seed, "game")
    return {subset: float(draw.normal()) for subset in subsets(players)}


def by_orders(players, game):
    """The definition, slowly: the mean marginal contribution over all orders."""
    totals = dict.fromkeys(players, 0.0)
    orders = list(itertools.permutations(players))
    for order in orders:
        for position, player in enumerate(order):
            totals[player] += game[frozenset(order[: position + 1])] - game[frozenset(order[:position])]
    return {player: total / len(orders) for player, total in totals.items()}


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_shapley_values_are_the_mean_over_all_orders(count):
    players = PLAYERS[:count]
    game = random_game(count, players)
    assert shapley_values(players, game) == pytest.approx(by_orders(players, game))


@pytest.mark.parametrize("seed", range(5))
def test_efficiency_values_sum_to_the_gain_of_the_whole(seed):
    game = random_game(seed)
    assert sum(shapley_values(PLAYERS, game).values()) == pytest.approx(game[frozenset(PLAYERS)] - game[frozenset()])


def test_symmetry_players_that_are_interchangeable_get_the_same():
    values = shapley_values(PLAYERS, lambda subset: float(("image" in subset) + ("audio" in subset)) ** 2)
    assert values["image"] == pytest.approx(values["audio"])


def test_dummy_a_player_that_adds_a_constant_gets_it_and_one_that_adds_nothing_gets_zero():
    base = random_game(3, ["image", "audio"])
    values = shapley_values(PLAYERS, lambda s: base[s & {"image", "audio"}] + 2.5 * ("text" in s))
    assert values["text"] == pytest.approx(2.5)
    assert values["video"] == pytest.approx(0, abs=1e-12)


def test_additivity_the_value_of_a_sum_of_games_is_the_sum_of_values():
    first, second = random_game(1), random_game(2)
    together = shapley_values(PLAYERS, {subset: first[subset] + second[subset] for subset in first})
    a, b = shapley_values(PLAYERS, first), shapley_values(PLAYERS, second)
    assert together == pytest.approx({player: a[player] + b[player] for player in PLAYERS})


def test_the_glove_game_has_its_known_values():
    # One left glove, two right ones; a pair is worth 1. The answer is 2/3, 1/6, 1/6.
    values = shapley_values(["l", "r1", "r2"], lambda s: float("l" in s and len(s) > 1))
    assert values == pytest.approx({"l": 2 / 3, "r1": 1 / 6, "r2": 1 / 6})


def test_each_subset_is_asked_for_once():
    asked = []
    shapley_values(PLAYERS, lambda subset: asked.append(subset) or 0.0)
    assert len(asked) == len(set(asked)) == 16


def test_leave_one_out_is_blind_to_copies_and_shapley_is_not():
    either = lambda subset: float(bool(subset))  # noqa: E731
    assert leave_one_out(["a", "copy"], either) == {"a": 0.0, "copy": 0.0}
    assert shapley_values(["a", "copy"], either) == {"a": 0.5, "copy": 0.5}


def test_leave_one_out_reads_a_table_and_a_function_alike():
    game = random_game(0)
    assert leave_one_out(PLAYERS, game) == leave_one_out(PLAYERS, game.__getitem__)


def test_no_players_have_no_values():
    assert shapley_values([], {frozenset(): 1.0}) == {}


def test_a_player_named_twice_or_too_many_players_are_refused():
    with pytest.raises(ValueError, match="twice"):
        shapley_values(["a", "a"], lambda s: 0.0)
    with pytest.raises(ValueError, match="17 players"):
        shapley_values([str(n) for n in range(17)], lambda s: 0.0)


def test_shares_are_magnitudes_that_sum_to_one():
    assert shares({"a": -3.0, "b": 1.0}) == {"a": 0.75, "b": 0.25}
    assert shares({"a": 0.0, "b": 0.0}) == {"a": 0.5, "b": 0.5}
