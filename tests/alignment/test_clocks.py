import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.alignment import (
    Clock,
    change_speed,
    cross_correlation,
    delay,
    find_clock,
    find_clock_by_windows,
    find_offset,
    fit_clock,
    loudness_track,
    parabola_peak,
    resample_track,
    undo_clock,
    window_offsets,
)
from mmbook.seeding import rng

STEP = 0.01


def wave(seconds: float, *names: object) -> np.ndarray:
    """A random track that varies about five times a second, at any time it is asked for."""
    generator = rng(0, "wave", *names)
    at, values = np.arange(-5, seconds + 5, 0.1), generator.normal(size=round((seconds + 10) / 0.1))
    smooth = np.convolve(values, np.ones(3) / 3, "same")
    return lambda times: np.interp(times, at, smooth)


def test_a_track_at_its_own_times_is_unchanged():
    values, times = rng(0).normal(size=(7, 2, 3)), np.array([0.0, 0.1, 0.3, 0.35, 0.7, 0.9, 1.0])
    assert np.allclose(resample_track(values, times, times), values)


def test_a_straight_line_stays_one_between_and_keeps_its_ends_beyond():
    times = np.array([0.0, 1.0, 3.0])
    assert np.allclose(resample_track(2 * times, times, np.array([-1.0, 0.5, 2.0, 9.0])), [0, 1, 4, 6])


@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=25, deadline=None)
def test_correlation_stays_in_its_range_and_ignores_scale_and_level(seed, scale, level):
    x, y = rng(seed, "x").normal(size=50), rng(seed, "y").normal(size=60)
    scores = cross_correlation(x, y, 20)
    assert np.all(np.abs(scores) <= 1 + 1e-12)
    assert np.allclose(scores, cross_correlation(x, scale * y + level, 20))
    assert np.allclose(scores, cross_correlation(y, x, 20)[::-1])


def test_correlation_equals_numpy_at_each_lag():
    x, y = rng(1).normal(size=30), rng(2).normal(size=30)
    scores = cross_correlation(x, y, 5)
    assert np.isclose(scores[5], np.corrcoef(x, y)[0, 1])
    assert np.isclose(scores[5 + 3], np.corrcoef(x[:-3], y[3:])[0, 1])
    assert np.isclose(scores[5 - 3], np.corrcoef(x[3:], y[:-3])[0, 1])


def test_a_constant_track_correlates_with_nothing():
    assert not cross_correlation(np.ones(20), rng(0).normal(size=20), 5).any()


def test_too_little_overlap_scores_nothing():
    scores = cross_correlation(rng(0).normal(size=10), rng(1).normal(size=10), 9)
    assert not scores[:4].any() and not scores[-4:].any() and scores[5:14].all()


@given(st.floats(-0.8, 0.8), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_an_offset_is_found_to_a_fraction_of_a_step(late, seed):
    track, clock = wave(6, seed), np.arange(0, 6, STEP)
    found = find_offset(track(clock), track(clock - late), STEP)
    assert abs(found.offset - late) < STEP / 4
    assert found.score > 0.95


def test_swapping_the_streams_turns_the_sign():
    track, clock = wave(6), np.arange(0, 6, STEP)
    x, y = track(clock), track(clock - 0.3)
    assert np.isclose(find_offset(x, y, STEP).offset, -find_offset(y, x, STEP).offset)


def test_the_parabola_through_a_parabola_finds_its_top():
    top = 0.3
    assert np.isclose(parabola_peak(*(-((place - top) ** 2) for place in (-1, 0, 1))), top)
    assert parabola_peak(1.0, 1.0, 1.0) == 0.0


@pytest.mark.parametrize("speed", [0.95, 1.0, 1.02])
def test_search_finds_offset_and_speed_together(speed):
    track, true = wave(12), Clock(0.4, speed)
    clock = np.arange(0, 12, STEP)
    other = track((clock - true.offset) * true.speed)
    found = find_clock(track(clock), other, STEP, np.arange(0.94, 1.0601, 0.01))
    assert np.isclose(found.speed, speed)
    assert abs(found.offset - true.offset) < STEP


@pytest.mark.parametrize("true", [Clock(0.4, 1.0123), Clock(-0.7, 0.9871), Clock(0.1, 1.0456)])
def test_windows_find_the_clock_of_a_long_recording_everywhere(true):
    track, clock = wave(60), np.arange(0, 60, STEP)
    other = track((np.arange(0, 58, STEP) - true.offset) * true.speed)
    found = find_clock_by_windows(track(clock), other, STEP, max_seconds=4.0)
    at = np.arange(5.0, 50.0)
    assert np.abs(found.of(at) - true.of(at)).max() < STEP


def test_a_window_is_found_where_it_was_put():
    track, clock = wave(30), np.arange(0, 30, STEP)
    centres, offsets, scores = window_offsets(track(clock), track(clock - 0.35), STEP, 5.0, 5.0, 1.0)
    assert np.allclose(centres, np.arange(2.5, 30, 5))
    assert np.allclose(offsets[:-1], 0.35, atol=STEP / 2)
    assert scores[:-1].min() > 0.95


def test_a_quarter_of_wrong_windows_does_not_move_the_line():
    times = np.arange(0.0, 60, 3)
    offsets = 0.5 + 0.02 * times
    offsets[::4] = rng(0).uniform(-2, 2, 5)
    found = fit_clock(times, offsets, np.ones(20))
    assert abs(found.offset - 0.5) < 0.02
    assert abs(1 / found.speed - 1.02) < 0.001


def test_weak_windows_are_left_out_and_one_is_too_few():
    found = fit_clock(np.arange(3.0), np.array([0.1, 0.1, 9.0]), np.array([0.9, 0.9, 0.1]))
    assert np.isclose(found.offset, 0.1) and np.isclose(found.speed, 1)
    with pytest.raises(ValueError, match="1 of 3 windows"):
        fit_clock(np.arange(3.0), np.zeros(3), np.array([0.9, 0.1, 0.1]))


@given(st.floats(-0.02, 0.02))
@settings(max_examples=20, deadline=None)
def test_delay_keeps_the_length_and_goes_back_where_nothing_was_cut(seconds):
    samples = np.zeros(2000, np.float32)
    samples[500:1500] = rng(0).normal(size=1000)
    there = delay(samples, seconds)
    assert len(there) == len(samples)
    assert np.array_equal(delay(there, -seconds), samples)


def test_a_delay_beyond_the_sound_leaves_silence():
    samples = np.ones(100, np.float32)
    assert not delay(samples, 1.0).any() and not delay(samples, -1.0).any()


def test_a_fast_sound_is_shorter_and_higher():
    seconds = np.arange(16_000) / 16_000
    fast = change_speed(np.sin(2 * np.pi * 400 * seconds).astype(np.float32), 1.05)
    assert abs(len(fast) - 16_000 / 1.05) < 2
    loudest = np.abs(np.fft.rfft(fast)).argmax() * 16_000 / len(fast)
    assert abs(loudest - 420) < 1


def test_an_undone_clock_puts_bursts_back_where_they_were():
    true, at = Clock(0.31, 1.04), np.array([0.5, 1.7, 2.9, 3.6])
    clock = np.arange(0, 4, 0.002)
    sound = np.zeros(5 * 16_000, np.float32)
    for burst in true.of(at):
        place = round(burst * 16_000)
        sound[place - 160 : place + 160] = 1.0
    mended = undo_clock(sound, true)
    loud = loudness_track(mended, clock, 0.02)
    tops = [clock[np.abs(clock - one) < 0.3][loud[np.abs(clock - one) < 0.3].argmax()] for one in at]
    assert np.abs(np.array(tops) - at).max() < 0.006


def test_speed_alone_leaves_an_offset_and_a_shift_alone_a_drift():
    true, at = Clock(0.5, 1.03), np.linspace(0, 60, 61)
    speed_only, shift_only = Clock(0.0, true.speed), Clock(true.offset)
    assert np.allclose(true.of(at) - speed_only.of(at), 0.5)
    assert np.isclose(np.abs(true.of(at) - shift_only.of(at)).max(), 60 * (1 - 1 / 1.03))
