import numpy as np
import pytest

from mmbook.media.video import read_video
from mmbook.media.video.avi import write_avi

RATE = 16_000


def moving_square(count=12, height=48, width=64):
    frames = np.full((count, height, width, 3), (30, 60, 90), np.uint8)
    for number, frame in enumerate(frames):
        frame[10:30, 2 * number : 2 * number + 20] = (220, 180, 40)
    return frames


def tone(seconds):
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.mark.parametrize("codec", ["mjpeg", "mpeg4"])
def test_pictures_come_back_nearly_and_sound_exactly(tmp_path, codec):
    frames, samples = moving_square(), tone(1)
    write_avi(tmp_path / "a.avi", frames, 12, samples, codec=codec)
    video = read_video(tmp_path / "a.avi")
    assert video.frames.shape == frames.shape and video.fps == pytest.approx(12)
    assert np.abs(video.frames.astype(int) - frames).mean() < 4
    assert np.allclose(video.times, np.arange(12) / 12)
    assert np.array_equal(video.samples, np.round(samples * 32768) / np.float32(32768))


@pytest.mark.parametrize("seconds", [0.3, 2.0])
def test_sound_shorter_or_longer_than_the_pictures_keeps_its_length(tmp_path, seconds):
    write_avi(tmp_path / "a.avi", moving_square(), 12, tone(seconds))
    assert len(read_video(tmp_path / "a.avi").samples) == seconds * RATE


def test_a_video_without_sound_has_none(tmp_path):
    write_avi(tmp_path / "a.avi", list(moving_square(3)), 29.97)
    video = read_video(tmp_path / "a.avi")
    assert video.samples is None and video.fps == pytest.approx(29.97, abs=0.01)


def test_odd_sizes_are_extended(tmp_path):
    write_avi(tmp_path / "a.avi", moving_square(2, 47, 63), 12)
    assert read_video(tmp_path / "a.avi").frames.shape == (2, 48, 64, 3)


def test_the_same_frames_give_the_same_bytes(tmp_path):
    for codec in ("mjpeg", "mpeg4"):
        for name in ("a", "b"):
            write_avi(tmp_path / f"{name}.avi", moving_square(), 12, tone(1), codec=codec)
        assert (tmp_path / "a.avi").read_bytes() == (tmp_path / "b.avi").read_bytes()


def test_wrong_arguments_are_named(tmp_path):
    with pytest.raises(ValueError, match="no frames"):
        write_avi(tmp_path / "a.avi", [], 12)
    with pytest.raises(ValueError, match="mjpeg or mpeg4, not 'divx'"):
        write_avi(tmp_path / "a.avi", moving_square(2), 12, codec="divx")
    assert not list(tmp_path.iterdir())
