import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.alignment import distances, dtw, warp_times
from mmbook.seeding import rng


def pair(seed: int, n: int, m: int, dim: int = 2) -> tuple[np.ndarray, np.ndarray]:
    return rng(seed, "x").normal(size=(n, dim)), rng(seed, "y").normal(size=(m, dim))


def plain_cost(local: np.ndarray, penalty: float = 0.0) -> float:
    """The definition, cell by cell."""

    @cache
    def cost(i: int, j: int) -> float:
        if i == j == 0:
            return local[0, 0]
        ways = [cost(i - 1, j - 1)] if i and j else []
        ways += [cost(i - 1, j) + penalty] if i else []
        ways += [cost(i, j - 1) + penalty] if j else []
        return local[i, j] + min(ways)

    return float(cost(local.shape[0] - 1, local.shape[1] - 1))


def every_path(n: int, m: int):
    """All paths from (0, 0) to (n - 1, m - 1)."""
    if (n, m) == (1, 1):
        yield [(0, 0)]
        return
    for up, left in ((1, 1), (1, 0), (0, 1)):
        if n - up >= 1 and m - left >= 1:
            yield from ([*path, (n - 1, m - 1)] for path in every_path(n - up, m - left))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (2, 3), (4, 1), (4, 5), (5, 5)])
def test_no_path_at_all_is_cheaper(n, m):
    x, y = pair(n * 10 + m, n, m)
    local = distances(x, y)
    costs = [sum(local[step] for step in path) for path in every_path(n, m)]
    assert np.isclose(dtw(x, y).cost, min(costs))


@given(st.integers(0, 500), st.integers(1, 25), st.integers(1, 25), st.sampled_from([0.0, 0.5]))
@settings(max_examples=40, deadline=None)
def test_the_cost_equals_the_definition(seed, n, m, penalty):
    x, y = pair(seed, n, m)
    assert np.isclose(dtw(x, y, penalty=penalty).cost, plain_cost(distances(x, y), penalty))


@given(st.integers(0, 500), st.integers(1, 25), st.integers(1, 25), st.sampled_from([None, 6, 24]))
@settings(max_examples=40, deadline=None)
def test_the_path_runs_from_corner_to_corner_by_allowed_steps_and_costs_what_it_says(seed, n, m, radius):
    x, y = pair(seed, n, m)
    try:
        found = dtw(x, y, radius)
    except ValueError:
        assert radius is not None and max(n, m) > radius
        return
    assert found.path[0].tolist() == [0, 0] and found.path[-1].tolist() == [n - 1, m - 1]
    assert {tuple(step) for step in np.diff(found.path, axis=0)} <= {(1, 1), (1, 0), (0, 1)}
    assert np.isclose(distances(x, y)[tuple(found.path.T)].sum(), found.cost)


def test_dtaidistance_agrees_with_and_without_a_band():
    library = pytest.importorskip("dtaidistance")
    for seed in range(20):
        x, y = pair(seed, 30, 30, 1)
        for radius in (None, 0, 2, 7):
            window = None if radius is None else radius + 1  # it counts the diagonal
            expected = library.dtw.distance(x[:, 0], y[:, 0], window=window)
            assert np.isclose(np.sqrt(dtw(x, y, radius, metric="sqeuclidean").cost), expected)


def test_a_sequence_costs_nothing_against_itself_slowed_down():
    x = rng(0).normal(size=(12, 3))
    found = dtw(x, np.repeat(x, 3, axis=0))
    assert np.isclose(found.cost, 0)
    assert np.array_equal(found.path[:, 0], found.path[:, 1] // 3)


def test_it_is_symmetric_and_never_dearer_than_step_by_step():
    x, y = pair(3, 15, 15)
    assert np.isclose(dtw(x, y).cost, dtw(y, x).cost)
    assert dtw(x, y).cost <= np.trace(distances(x, y)) + 1e-12
    assert np.isclose(dtw(x, y, radius=0).cost, np.trace(distances(x, y)))


def test_a_wider_band_never_costs_more_and_a_wide_one_is_no_band():
    x, y = pair(4, 40, 33)
    costs = [dtw(x, y, radius).cost for radius in (1, 3, 8, 20, 40)]
    assert all(wide <= narrow + 1e-9 for narrow, wide in itertools.pairwise(costs))
    assert np.isclose(costs[-1], dtw(x, y).cost)


def test_a_band_looks_only_at_its_cells():
    x, y = pair(5, 100, 100)
    found = dtw(x, y, radius=5)
    assert found.cells == 100 * 11 - 2 * (5 + 4 + 3 + 2 + 1)
    assert np.abs(found.path[:, 0] - found.path[:, 1]).max() <= 5
    assert dtw(x, y).cells == 10_000


def test_too_narrow_a_band_says_so():
    with pytest.raises(ValueError, match="holds no path"):
        dtw(*pair(0, 5, 60), radius=2)
    with pytest.raises(ValueError, match="at least one"):
        dtw(np.zeros((0, 2)), np.zeros((3, 2)))


def test_a_penalty_makes_the_path_shorter():
    x, y = pair(6, 40, 40)
    lengths = [len(dtw(x, y, penalty=penalty).path) for penalty in (0.0, 0.3, 1.0, 10.0)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] == 40


def test_distances_are_those_of_their_names():
    x, y = pair(7, 4, 6, 5)
    assert np.allclose(distances(x, y) ** 2, distances(x, y, "sqeuclidean"))
    assert np.isclose(distances(x, y)[1, 2], np.linalg.norm(x[1] - y[2]))
    assert np.allclose(np.diag(distances(x, 3 * x, "cosine")), 0)
    assert np.allclose(np.diag(distances(x, -x, "cosine")), 2)


def test_times_are_carried_along_the_path():
    path = np.array([[0, 0], [1, 1], [1, 2], [1, 3], [2, 4], [3, 4]])
    assert np.allclose(warp_times(np.array([0.0, 0.1, 0.15, 0.2, 0.3]), path, 0.1), [0, 0.2, 0.3, 0.4, 0.4])
