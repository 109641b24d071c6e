"""Retrieval: neighbours, ranks and recall, with ties at chance."""

import numpy as np
import pytest
from sklearn.metrics import top_k_accuracy_score
from sklearn.metrics.pairwise import cosine_similarity as judge

from mmbook.matching.retrieval import cosine_similarity, nearest, ranks, recall_at_k
from mmbook.seeding import rng


def similarity(size=40, seed=0):
    return rng(seed, "similarity").normal(size=(size, size))


def test_cosine_similarity_equals_scikit_learns_and_a_row_of_zeros_is_like_nothing():
    x, y = (rng(0, name).normal(size=(7, 5)) for name in "xy")
    np.testing.assert_allclose(cosine_similarity(x, y), judge(x, y), atol=1e-12)
    x[2] = 0
    assert not cosine_similarity(x, y)[2].any()


@pytest.mark.parametrize("k", [1, 3, 10])
def test_recall_at_k_equals_scikit_learns(k):
    scores = similarity()
    assert recall_at_k(scores, k) == pytest.approx(top_k_accuracy_score(np.arange(40), scores, k=k))


def test_recall_rises_with_k_up_to_one():
    scores = similarity()
    found = [recall_at_k(scores, k) for k in range(1, 41)]
    assert found == sorted(found) and found[-1] == 1.0
    assert recall_at_k(scores, 1000) == 1.0


def test_recall_is_the_share_of_ranks_up_to_k_and_nearest_agrees():
    scores = similarity()
    for k in (1, 5):
        among = (nearest(scores, k) == np.arange(40)[:, None]).any(1)
        assert recall_at_k(scores, k) == pytest.approx(among.mean()) == pytest.approx((ranks(scores) <= k).mean())


def test_where_everything_is_alike_recall_is_chance_and_ranks_are_in_the_middle():
    flat = np.zeros((20, 20))
    assert [recall_at_k(flat, k) for k in (1, 5, 20)] == pytest.approx([0.05, 0.25, 1.0])
    assert set(ranks(flat)) == {10.5}


def test_recall_does_not_change_when_pairs_are_reordered():
    scores, order = similarity(), rng(0, "order").permutation(40)
    assert recall_at_k(scores[np.ix_(order, order)], 3) == recall_at_k(scores, 3)


def test_nearest_gives_the_largest_first_and_ties_in_their_order():
    assert nearest([[0.1, 0.9, 0.5, 0.9]], 3).tolist() == [[1, 3, 2]]


def test_a_similarity_without_pairs_and_a_k_below_one_are_refused():
    with pytest.raises(ValueError, match="recall_at_k: similarity has shape"):
        recall_at_k(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="ranks: similarity has shape"):
        ranks(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="recall_at_k: k is 0"):
        recall_at_k(np.zeros((2, 2)), 0)
