import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from mmbook.alignment import (
    blinks,
    cuts,
    dips,
    event_offset,
    find_events,
    match_events,
    mouth_openings,
    onsets,
    peaks,
    rise,
    score_events,
)
from mmbook.datasets.face import Expression, draw_face, identities
from mmbook.seeding import rng

lists_of_times = st.lists(st.floats(0, 5), max_size=8).map(sorted).map(np.array).map(lambda x: x.astype(float))


def test_a_peak_is_the_largest_around_and_above_the_threshold():
    curve = np.array([0.0, 3, 1, 2, 1, 0, 5, 5, 0, 1])
    assert peaks(curve, 0.5, 1).tolist() == [1, 3, 6, 9]
    assert peaks(curve, 0.5, 2).tolist() == [1, 6]
    assert peaks(curve, 2.5, 2).tolist() == [1, 6]
    assert peaks(np.zeros(5), 0.0).tolist() == []


def test_rise_counts_growth_alone():
    assert rise(np.array([1.0, 3, 2, 2.5])).tolist() == [0, 2, 0, 0.5]
    assert rise(np.array([[0.0, 0], [1, -1], [0, 3]])).tolist() == [0, 1, 4]


def test_a_dip_is_measured_from_what_is_around_it():
    track = np.full(20, 7.0)
    track[10:12] = 2
    assert np.allclose(dips(track)[[3, 10, 11, 15]], [0, 5, 5, 0])


def test_events_do_not_depend_on_the_curves_scale_or_level():
    curve = np.abs(rng(0).normal(size=300))
    curve[[50, 120, 260]] += 20
    times = np.arange(300) * 0.02
    found = find_events(curve, times, 8)
    assert np.allclose(found, [1.0, 2.4, 5.2])
    assert np.array_equal(found, find_events(40 * curve + 3, times, 8))
    assert find_events(np.zeros(1), np.zeros(1)).size == 0


def test_knocks_in_noise_are_found_at_their_times():
    true = np.array([0.5, 1.13, 1.9, 2.71])
    samples = 0.003 * rng(1).normal(size=3 * 16_000)
    for one in true:
        place = round(one * 16_000)
        samples[place : place + 800] += np.exp(-np.arange(800) / 200) * rng(2).normal(size=800)
    found = score_events(onsets(samples.astype(np.float32), strength=8), true, 0.05)
    assert found.precision == found.recall == 1
    assert found.error_seconds < 0.02


def test_blinks_of_a_talking_turning_face_are_found():
    count, true = 120, np.array([10, 33, 57, 84, 101])
    shut = np.zeros(count)
    shut[true], shut[true + 1] = 1.0, 0.5
    talk, times = rng(0).uniform(0, 1, count), np.arange(count) / 12
    for identity in range(2):
        face = identities(8, 5)[identity]
        frames = np.stack(
            [
                draw_face(face, Expression(0.2, float(talk[i]), float(shut[i]), yaw=0.06 * np.sin(i / 5)))
                for i in range(count)
            ]
        )
        found = score_events(blinks(frames, times), (true + 0.5) / 12, 0.1)
        assert found.precision == found.recall == 1


def test_a_mouth_that_opens_is_noticed_and_one_that_closes_is_not():
    opening = rng(0, "rest").uniform(0, 0.1, 60)
    opening[10:14], opening[30:36], opening[50:52] = 1.0, 0.8, 0.9
    face = identities(8, 5)[2]
    frames = np.stack(
        [draw_face(face, Expression(0.0, float(one), yaw=0.05 * i / 60)) for i, one in enumerate(opening)]
    )
    found = mouth_openings(frames, np.arange(60) / 12, strength=6)
    assert np.allclose(found, (np.array([10, 30, 50]) + 0.5) / 12)


def test_cuts_are_found_to_the_frame():
    frames = np.repeat(rng(0).integers(0, 255, (4, 1, 16, 16, 3), dtype=np.uint8), 12, axis=1).reshape(48, 16, 16, 3)
    noisy = np.clip(frames + rng(1).integers(-3, 4, frames.shape), 0, 255).astype(np.uint8)
    assert np.allclose(cuts(noisy, np.arange(48) / 12), [1, 2, 3])


@given(lists_of_times, lists_of_times, st.floats(0.05, 1))
@settings(max_examples=60, deadline=None)
def test_a_matching_is_one_to_one_near_in_order_and_best(first, second, tolerance):
    pairs = match_events(first, second, tolerance)
    apart = np.abs(first[:, None] - second[None, :])
    assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == len(pairs)
    assert np.all(np.diff(pairs, axis=0) > 0)
    taken = apart[tuple(pairs.T)]
    assert np.all(taken <= tolerance)
    if first.size and second.size:  # judge: the assignment problem, where a pair too far apart costs a lot
        cost = np.where(apart <= tolerance, apart, 1e3)
        rows, columns = linear_sum_assignment(cost)
        best = cost[rows, columns]
        assert len(pairs) == (best < 1e3).sum()
        assert np.isclose(taken.sum(), best[best < 1e3].sum())


def test_more_pairs_go_before_nearer_ones():
    assert match_events(np.array([0.0, 1.0]), np.array([0.9, 2.0]), 1.0).tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize("late", [-1.3, 0.0, 0.77])
def test_an_offset_survives_missing_and_false_events(late):
    generator = rng(0, "events", late)
    true = np.sort(generator.uniform(0, 60, 30))
    heard = (true + late + generator.normal(0, 0.01, 30))[generator.random(30) < 0.8]
    heard = np.sort(np.concatenate([heard, generator.uniform(0, 60, 30)]))
    found = event_offset(true, heard, 2.0, 0.06)
    assert abs(found.offset - late) < 0.03
    assert found.score > 0.5


def test_no_events_or_none_near_give_no_offset():
    assert event_offset(np.zeros(0), np.array([1.0])).score == 0
    assert event_offset(np.array([0.0]), np.array([50.0])).score == 0


def test_scores_count_false_and_missing_events():
    found = score_events(np.array([1.0, 2.02, 5.0]), np.array([1.0, 2.0, 3.0, 4.0]), 0.1)
    assert np.isclose(found.precision, 2 / 3) and found.recall == 0.5 and np.isclose(found.error_seconds, 0.01)
    assert np.isnan(score_events(np.zeros(0), np.array([1.0]), 0.1).error_seconds)
