import numpy as np
import pytest
from scipy.interpolate import interp1d

from mmbook.datasets.film import disc_frames, wheel_frames
from mmbook.media.video import change_frame_rate, frame_clock, nearest_frames
from mmbook.media.video.frame_rate import METHODS
from tests.media._samples import moving_frames

UNEVEN = np.array([0.0, 0.1, 0.15, 0.4, 0.5])


def grey_ramp(times):
    """Frames whose brightness is 100 times their time."""
    return np.rint(100 * times)[:, None, None, None].repeat(2, 1).repeat(2, 2).repeat(3, 3).astype(np.uint8)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fps", [12, 25, 29.97])
def test_the_same_rate_changes_nothing(method, fps):
    frames = moving_frames(20)
    out, times = change_frame_rate(frames, fps, fps, method)
    np.testing.assert_array_equal(out, frames)
    np.testing.assert_allclose(times, np.arange(20) / fps)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("old", "new"), [(12, 25), (25, 12), (24, 30), (30, 24), (10, 1), (1, 30)])
def test_the_film_lasts_as_long_as_before(method, old, new):
    out, times = change_frame_rate(moving_frames(50), old, new, method)
    assert len(out) == len(times) == np.ceil(50 / old * new)
    np.testing.assert_allclose(times, np.arange(len(out)) / new)


@pytest.mark.parametrize("method", METHODS)
def test_a_still_picture_stays_as_it_is(method):
    frames = moving_frames(1).repeat(20, axis=0)
    for fps in (7, 40):
        out, _ = change_frame_rate(frames, 12, fps, method)
        assert (out == frames[0]).all()


def test_nearest_shows_only_frames_that_were_there_in_their_order():
    frames = moving_frames(40)
    for fps in (5, 12, 60):
        out, _ = change_frame_rate(frames, 25, fps, "nearest")
        places = [int(np.flatnonzero((frames == frame).all(axis=(1, 2, 3)))[0]) for frame in out]
        assert (np.diff(places) >= 0).all()


def test_half_the_rate_drops_every_second_frame_and_double_the_rate_repeats_each():
    frames = moving_frames(40)
    np.testing.assert_array_equal(change_frame_rate(frames, 24, 12)[0], frames[::2])
    np.testing.assert_array_equal(change_frame_rate(change_frame_rate(frames, 12, 24)[0], 24, 12)[0], frames)


@pytest.mark.parametrize(("old", "new"), [(12, 25), (25, 12), (24, 30), (30, 24), (10, 4)])
def test_nearest_and_blend_equal_scipy(old, new):
    frames, times = moving_frames(60, 8, 8), np.arange(60) / old
    for method, kind, tolerance in (("nearest", "nearest-up", 0), ("blend", "linear", 0.51)):
        ours, clock = change_frame_rate(frames, old, new, method)
        ties = np.abs((clock * old) % 1 - 0.5) < 1e-6
        judged = (clock <= times[-1]) & ~ties if method == "nearest" else clock <= times[-1]
        expected = interp1d(times, frames.astype(float), kind, axis=0)(clock[judged])
        np.testing.assert_allclose(ours[judged], expected, atol=tolerance)


def test_blend_is_linear_interpolation_of_the_brightness():
    times = np.arange(25) / 12
    out, clock = change_frame_rate(grey_ramp(times), times, 25, "blend")
    inside = clock <= times[-1]
    expected = np.interp(clock, times, np.rint(100 * times))
    np.testing.assert_allclose(out[inside, 0, 0, 0], expected[inside], atol=0.51)


@pytest.mark.parametrize("method", METHODS)
def test_uneven_times_are_followed(method):
    out, clock = change_frame_rate(grey_ramp(UNEVEN), UNEVEN, 100, method)
    reach = {"nearest": 12.6, "blend": 0.6, "average": 25.1}[method]
    inside = clock <= UNEVEN[-1]
    assert np.abs(out[inside, 0, 0, 0] - 100 * clock[inside]).max() <= reach


def test_average_keeps_the_light_of_a_whole_number_of_frames():
    frames = disc_frames(np.arange(48) / 24, 40)
    out, _ = change_frame_rate(frames, 24, 6, "average")
    np.testing.assert_allclose(out, frames.reshape(12, 4, *frames.shape[1:]).mean(axis=1), atol=0.51)


def test_blend_moves_the_centre_of_brightness_evenly_and_nearest_does_not():
    def centres(frames):
        grey = frames[..., 0].astype(float).sum(axis=1)
        return (grey * np.arange(grey.shape[1])).sum(axis=1) / grey.sum(axis=1)

    frames = disc_frames(np.arange(12) / 12, 100)
    steps = {m: np.diff(centres(change_frame_rate(frames, 12, 25, m)[0])[:22]) for m in ("nearest", "blend")}
    np.testing.assert_allclose(steps["blend"], 4, atol=0.1)
    assert np.ptp(steps["nearest"]) > 8


def test_dropping_frames_turns_a_fast_wheel_backwards():
    def turn(frames, spokes=6):
        angle = np.arange(120) * 2 * np.pi / 120
        x, y = 48 + 30 * np.cos(angle), 48 + 30 * np.sin(angle)
        seen = frames[:, y.astype(int), x.astype(int), 0].astype(float)
        phase = -np.angle(np.fft.rfft(seen)[:, spokes])
        return np.median(np.angle(np.exp(1j * np.diff(phase)))) / spokes

    frames = wheel_frames(np.arange(50) / 25, 55 * 12 / 360)
    assert np.degrees(turn(frames)) == pytest.approx(55 * 12 / 25, abs=1)
    assert np.degrees(turn(wheel_frames(np.arange(50) / 12, 55 * 12 / 360))) == pytest.approx(-5, abs=1)


def test_nearest_frames_take_the_later_of_two_equally_near():
    assert nearest_frames(np.array([0.0, 1.0, 2.0]), np.array([0.4, 0.5, 1.5, 9.0])).tolist() == [0, 1, 2, 2]


def test_mistakes_are_named():
    frames = moving_frames(3)
    with pytest.raises(ValueError, match=r"method is 'best', must be one of nearest, blend, average"):
        change_frame_rate(frames, 12, 25, "best")
    with pytest.raises(ValueError, match="fps is 0"):
        frame_clock(np.array([0.0, 1.0]), 0)
    with pytest.raises(ValueError, match="greater than the one before"):
        frame_clock(np.array([0.0, 0.0]), 12)
