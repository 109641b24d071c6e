import cv2
import numpy as np
import pytest

from mmbook.media.video import (
    colour_histograms,
    cut_precision_recall,
    find_cuts,
    frame_differences,
    key_frames,
    lasting_cuts,
    match_cuts,
    split_shots,
)
from mmbook.seeding import rng

COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (220, 220, 40)]


def noisy_shots(lengths, seed=0):
    """Shots of one colour each with a little noise, so that only their joins are cuts."""
    draw = rng(seed, "shots")
    frames = np.concatenate([np.full((n, 16, 16, 3), COLOURS[k % 4], np.int64) for k, n in enumerate(lengths)])
    return np.clip(frames + draw.integers(-4, 5, frames.shape), 0, 255).astype(np.uint8)


def test_a_histogram_sums_to_one_and_is_blind_to_where_things_are():
    frames = rng(0, "frames").integers(0, 256, (5, 12, 10, 3)).astype(np.uint8)
    shares = colour_histograms(frames)
    assert shares.shape == (5, 512)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_array_equal(colour_histograms(frames[:, ::-1, ::-1]), shares)


@pytest.mark.parametrize("bins", [2, 8, 16])
def test_histograms_equal_opencv(bins):
    frames = rng(1, "frames").integers(0, 256, (3, 20, 30, 3)).astype(np.uint8)
    judged = [cv2.calcHist([f], [0, 1, 2], None, [bins] * 3, [0, 256] * 3).ravel() / 600 for f in frames]
    np.testing.assert_allclose(colour_histograms(frames, bins), judged, atol=1e-7)


def test_differences_lie_between_zero_and_one_and_reach_both():
    frames = np.stack([np.zeros((4, 4, 3)), np.zeros((4, 4, 3)), np.full((4, 4, 3), 255)]).astype(np.uint8)
    np.testing.assert_allclose(frame_differences(colour_histograms(frames)), [0, 1])


def test_a_difference_is_the_share_of_pixels_that_change_colour():
    frames = np.zeros((2, 10, 10, 3), np.uint8)
    frames[1, :3] = 255
    np.testing.assert_allclose(frame_differences(colour_histograms(frames)), [0.3])


def test_a_longer_span_compares_frames_further_apart():
    vectors = np.cumsum(np.ones((10, 1)), axis=0)
    np.testing.assert_allclose(frame_differences(vectors, 4), np.full(6, 2.0))


@pytest.mark.parametrize("seed", range(3))
def test_hard_cuts_between_differing_shots_are_all_found(seed):
    lengths = rng(seed, "lengths").integers(5, 30, 8)
    frames = noisy_shots(lengths, seed)
    assert find_cuts(frame_differences(colour_histograms(frames))) == np.cumsum(lengths)[:-1].tolist()


def test_cuts_do_not_depend_on_the_scale_of_differences_but_through_the_minimum():
    differences = rng(3, "differences").random(100) ** 6
    assert find_cuts(differences, 0.1) == find_cuts(differences * 7, 0.7)


def test_a_lively_stretch_asks_for_more():
    differences = np.full(41, 0.2)
    differences[20] = 0.5
    assert find_cuts(differences, 0.2, factor=2) == [21]
    assert find_cuts(differences, 0.2, factor=3) == []


def test_a_plateau_is_one_cut():
    differences = np.zeros(30)
    differences[10:13] = 0.6
    assert find_cuts(differences) == [11]


def test_no_step_no_cut():
    assert find_cuts(np.zeros(0)) == []
    assert find_cuts(np.zeros(20), minimum=0.1) == []


def test_a_flash_is_no_lasting_cut_and_a_cut_is():
    frames = noisy_shots([20, 20])
    frames[10:12] = 255
    vectors = colour_histograms(frames)
    cuts = find_cuts(frame_differences(vectors))
    assert cuts == [10, 12, 20]
    for span in (5, 6, 8):
        assert lasting_cuts(cuts, frame_differences(vectors, span), span) == [20]


@pytest.mark.parametrize("span", [1, 2, 7, 8])
def test_lasting_looks_at_one_frame_on_each_side_of_the_cut(span):
    vectors = np.zeros((30, 1))
    vectors[15:] = 2
    across = frame_differences(vectors, span)
    kept = [cut for cut in range(1, 30) if lasting_cuts([cut], across, span)]
    assert 15 in kept and len(kept) == span


def test_cuts_near_the_ends_are_judged_by_the_nearest_frames():
    vectors = np.zeros((20, 1))
    vectors[2:] = 2
    assert lasting_cuts([2], frame_differences(vectors, 8), 8) == [2]
    assert lasting_cuts([18], frame_differences(vectors[::-1], 8), 8) == [18]


def test_shots_hold_every_frame_once():
    shots = split_shots(30, [12, 5, 12])
    assert shots == [range(5), range(5, 12), range(12, 30)]
    assert [frame for shot in shots for frame in shot] == list(range(30))
    assert split_shots(4, []) == [range(4)]


@pytest.mark.parametrize("cut", [0, 30, -1])
def test_a_cut_outside_is_a_mistake(cut):
    with pytest.raises(ValueError, match="between 1 and 29"):
        split_shots(30, [cut])


def test_a_key_frame_is_of_its_shot_and_nearest_to_its_mean():
    vectors = np.array([[0.0], [4.0], [5.0], [50.0], [51.0], [58.0]])
    assert key_frames(vectors, [range(3), range(3, 6)]) == [1, 4]


def test_matching_uses_each_cut_once_and_matches_as_many_as_possible():
    assert match_cuts([10, 11], [(10, 10)]) == [(10, (10, 10))]
    assert match_cuts([10, 11], [(9, 9), (10, 10)]) == [(10, (9, 9)), (11, (10, 10))]
    assert match_cuts([14], [(10, 18)]) == [(14, (10, 18))]
    assert match_cuts([8, 20], [(10, 18)], tolerance=1) == []
    assert len(match_cuts([8, 20], [(10, 18)], tolerance=2)) == 1


@pytest.mark.parametrize("seed", range(20))
def test_matching_is_as_good_as_the_best_assignment(seed):
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    draw = rng(seed, "cuts")
    found, true = (sorted(draw.choice(40, int(draw.integers(1, 12)), replace=False).tolist()) for _ in range(2))
    near = csr_array(np.abs(np.subtract.outer(found, true)) <= 2)
    best = (maximum_bipartite_matching(near) >= 0).sum()
    assert len(match_cuts(found, [(t, t) for t in true], tolerance=2)) == best


def test_precision_and_recall_change_places_with_found_and_true():
    found, true = [3, 10, 30], [3, 11, 40, 50]
    precision, recall = cut_precision_recall(found, [(t, t) for t in true])
    assert (precision, recall) == (2 / 3, 2 / 4)
    assert cut_precision_recall(true, [(f, f) for f in found]) == (recall, precision)


def test_nothing_found_is_nothing_false_and_nothing_to_find_is_nothing_missed():
    assert cut_precision_recall([], [(3, 3)]) == (1.0, 0.0)
    assert cut_precision_recall([3], []) == (0.0, 1.0)
