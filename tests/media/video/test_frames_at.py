from fractions import Fraction

import av
import numpy as np
import pytest

from mmbook.errors import MediaError
from mmbook.media.video import _frames, read_frames_at, read_video, write_video
from tests.media._samples import container, moving_frames

KINDS = [
    (".mp4", "libx264", {"g": "6", "bf": "2"}),
    (".mkv", "libx264", {"g": "5", "bf": "2", "x264-params": "open-gop=1"}),
    (".avi", "mpeg4", {"g": "5"}),
    (".avi", "libx264", {"g": "6", "bf": "2"}),
    (".mov", "mpeg4", {"g": "5"}),
]


@pytest.fixture
def clip(tmp_path):
    write_video(tmp_path / "clip.mp4", moving_frames(36), 12)
    return tmp_path / "clip.mp4"


def variable_rate(path, times):
    """A file whose frame k is of brightness 2 k and begins at times[k] seconds."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"g": "10", "crf": "10"})
        stream.width = stream.height = 32
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", Fraction(1, 1000)
        for index, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 2 * index, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("suffix", "codec", "options"), KINDS)
def test_each_frame_is_found_at_its_own_time_and_until_the_next(tmp_path, suffix, codec, options):
    path = container(tmp_path / f"a{suffix}", video=codec, audio=None, frames=30, size=32, options=options)
    whole = read_video(path)
    for shift in (0.0, 0.04, 0.08):
        frames, began = read_frames_at(path, whole.times + shift)
        np.testing.assert_array_equal(frames, whole.frames)
        np.testing.assert_allclose(began, whole.times, atol=1e-9)


def test_order_and_repeats_of_the_times_are_kept(clip):
    whole = read_video(clip)
    frames, began = read_frames_at(clip, [2.5, 0, 1.01, 2.5, 1.0])
    np.testing.assert_array_equal(frames, whole.frames[[30, 0, 12, 30, 12]])
    np.testing.assert_allclose(began, [2.5, 0, 1, 2.5, 1], atol=1e-6)


def test_times_may_be_an_array(clip):
    np.testing.assert_array_equal(read_frames_at(clip, np.array([0.5, 1.5]))[0], read_frames_at(clip, [0.5, 1.5])[0])


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_frame_rate_is_followed(tmp_path, suffix):
    times = np.concatenate([np.arange(30) / 30, 1 + np.arange(15) / 15])
    path = variable_rate(tmp_path / f"a{suffix}", times)
    frames, began = read_frames_at(path, [0.5, 1.0, 1.05, 1.5])
    brightness = frames.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(brightness, [30, 60, 60, 74], atol=1.5)
    np.testing.assert_allclose(began, times[[15, 30, 30, 37]], atol=1.1e-3)


@pytest.mark.parametrize("time", [-0.01, 3.0, 3.5, 1e9, float("inf"), float("nan")])
def test_a_time_outside_is_told_with_the_file_and_its_length(clip, time):
    with pytest.raises(MediaError, match=r"clip\.mp4: there is no frame at .* from 0 to 3\.000 s") as error:
        read_frames_at(clip, [1.0, time])
    assert "\n" not in str(error.value)


def test_no_times_are_a_mistake(clip):
    with pytest.raises(ValueError, match="times is empty"):
        read_frames_at(clip, [])


def test_the_last_frame_is_on_show_for_its_own_duration(clip):
    last = read_video(clip).frames[-1]
    np.testing.assert_array_equal(read_frames_at(clip, [2.999])[0][0], last)


def test_only_frames_after_the_key_frame_are_decoded(tmp_path, monkeypatch):
    options = {"g": "10", "bf": "0", "x264-params": "scenecut=0"}
    path = container(tmp_path / "a.mp4", video="libx264", audio=None, frames=60, size=32, options=options)
    decoded = []
    plain = _frames.decode

    def counting(*arguments):
        for frame in plain(*arguments):
            decoded.append(frame.pts)
            yield frame

    monkeypatch.setattr(_frames, "decode", counting)
    read_frames_at(path, [53.5 / 12])
    assert len(decoded) == 4


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_times_count_from_the_first_frame_also_where_the_file_begins_late(tmp_path, suffix):
    times = np.arange(20) / 10
    path = variable_rate(tmp_path / f"a{suffix}", times + 5)
    frames, began = read_frames_at(path, [0.0, 1.25])
    np.testing.assert_allclose(frames.mean(axis=(1, 2, 3)), [0, 24], atol=1.5)
    np.testing.assert_allclose(began, [0, 1.2], atol=1.1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_gives_frames_or_names_itself(clip, seed):
    data = bytearray(clip.read_bytes())
    spots = np.random.default_rng(seed).integers(400, len(data) - 1000, 12)
    for spot in spots:
        data[spot] ^= 0xFF
    clip.write_bytes(bytes(data))
    try:
        frames, began = read_frames_at(clip, [0.1, 1.0, 2.9])
        assert len(frames) == len(began) == 3
    except MediaError as error:
        assert str(clip) in str(error) and "\n" not in str(error)


def test_too_many_pixels_are_refused_before_decoding(clip, monkeypatch):
    monkeypatch.setattr("mmbook.media.video.files.MAX_PIXELS", 32 * 32 * 3)
    assert len(read_frames_at(clip, [0.1, 0.5, 1.0])[0]) == 3
    with pytest.raises(MediaError, match=r"4 frames of 32 x 32"):
        read_frames_at(clip, [0.1, 0.5, 1.0, 1.0])
