import numpy as np
import pytest

from mmbook.media.video import read_video, sample_bounds, write_video


@pytest.mark.parametrize("fps", [12, 23.976, 25, 30000 / 1001, 60])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_every_sample_belongs_to_one_frame_and_no_bound_is_off_by_a_sample(fps, rate):
    times = np.arange(500) / fps
    samples = round(500 / fps * rate)
    bounds = sample_bounds(times, rate, samples)
    assert bounds[0] == 0 and bounds[-1] == samples and len(bounds) == 501
    sizes = np.diff(bounds)
    assert sizes.sum() == samples
    assert set(sizes) <= {int(rate / fps), int(rate / fps) + 1}
    assert np.abs(bounds[:-1] - times * rate).max() <= 0.5 + 1e-6


def test_sound_that_ends_early_leaves_the_last_frames_without():
    bounds = sample_bounds(np.arange(10) / 10, 1000, 450)
    assert np.diff(bounds).tolist() == [100, 100, 100, 100, 50, 0, 0, 0, 0, 0]


def test_sound_that_goes_on_stays_with_the_last_frame():
    assert sample_bounds(np.array([0.0, 0.5]), 1000, 3000).tolist() == [0, 500, 3000]


def test_uneven_times_give_uneven_shares():
    assert sample_bounds(np.array([0.0, 0.1, 0.4]), 1000, 500).tolist() == [0, 100, 400, 500]


def test_times_that_go_back_are_a_mistake():
    with pytest.raises(ValueError, match="must not decrease"):
        sample_bounds(np.array([0.0, 0.2, 0.1]), 1000, 500)


def test_a_clap_is_heard_in_the_frame_that_shows_it(tmp_path):
    frames = np.zeros((36, 32, 32, 3), np.uint8)
    frames[17] = 255
    samples = np.zeros(48_000, np.float32)
    samples[round(17.5 * 16_000 / 12)] = 0.9
    write_video(tmp_path / "clap.mp4", frames, 12, samples)
    video = read_video(tmp_path / "clap.mp4")
    bounds = sample_bounds(video.times, video.sample_rate, len(video.samples))
    loudest = int(np.abs(video.samples).argmax())
    assert np.searchsorted(bounds, loudest, side="right") - 1 == 17 == video.frames.mean(axis=(1, 2, 3)).argmax()
