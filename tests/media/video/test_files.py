from fractions import Fraction

import av
import numpy as np
import pytest

from mmbook.errors import MediaError
from mmbook.media.audio import read_audio, write_audio
from mmbook.media.image import write_image
from mmbook.media.video import files as video_module
from mmbook.media.video import read_video, write_video
from tests.media._samples import container, moving_frames, picture, tone


def assert_one_line_naming(error, path):
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    assert ";" in message


def psnr(x, y):
    return -10 * np.log10(np.mean((x / 255.0 - y / 255.0) ** 2) + 1e-12)


def correlation(x, y):
    count = min(x.size, y.size)
    return np.corrcoef(x[:count], y[:count])[0, 1]


@pytest.fixture
def clip(tmp_path):
    """36 frames at 12 a second and a tone whose pitch rises, so that a shift in time would show."""
    time = np.arange(48_000) / 16_000
    sound = (0.4 * np.sin(2 * np.pi * (200 * time + 150 * time**2))).astype(np.float32)
    frames = moving_frames(36, 96, 96)
    path = tmp_path / "我的 视频 %d.mp4"
    write_video(path, frames, 12, sound)
    return path, frames, sound


def test_round_trip_keeps_pictures_times_and_sound(clip):
    path, frames, sound = clip
    out = read_video(path)
    assert out.frames.shape == frames.shape
    assert min(psnr(a, b) for a, b in zip(out.frames, frames, strict=True)) > 30
    np.testing.assert_allclose(out.times, np.arange(36) / 12, atol=1e-3)
    assert out.fps == pytest.approx(12)
    assert out.sample_rate == 16_000
    assert abs(out.samples.size - sound.size) / 16_000 < 1 / 12
    assert correlation(out.samples, sound) > 0.99


def test_writing_twice_gives_the_same_bytes(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    first = None
    for attempt in range(8):
        clutter = [np.random.default_rng(i).random(1_000 * (attempt + 1)) for i in range(50)]
        write_video(tmp_path / "a.mp4", moving_frames(24, 96, 96), 12, noise)
        first = first or (tmp_path / "a.mp4").read_bytes()
        assert (tmp_path / "a.mp4").read_bytes() == first
        assert len(clutter) == 50


def test_reading_twice_gives_the_same_video(clip):
    one, two = read_video(clip[0]), read_video(clip[0])
    np.testing.assert_array_equal(one.frames, two.frames)
    np.testing.assert_array_equal(one.samples, two.samples)


@pytest.mark.parametrize(("height", "width"), [(33, 47), (1, 1), (2, 90), (17, 16)])
def test_odd_sizes_are_extended_to_even_ones(tmp_path, height, width):
    frames = np.repeat(picture(height, width)[None], 3, axis=0)
    frames[:] = np.linspace(20, 220, width).astype(np.uint8)[None, None, :, None]
    write_video(tmp_path / "a.mp4", frames, 12)
    out = read_video(tmp_path / "a.mp4")
    assert out.frames.shape == (3, height + height % 2, width + width % 2, 3)
    assert psnr(out.frames[:, :height, :width], frames) > 28


@pytest.mark.parametrize("fps", [1, 12, 23.976, 25, 29.97, 60])
def test_any_frame_rate_is_kept(tmp_path, fps):
    write_video(tmp_path / "a.mp4", moving_frames(10), fps)
    out = read_video(tmp_path / "a.mp4")
    assert out.fps == pytest.approx(fps, rel=1e-3)
    np.testing.assert_allclose(out.times, np.arange(10) / fps, atol=2e-3 * 10 / fps)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 10_000, 192_000])
def test_any_sound_rate_is_written(tmp_path, rate):
    write_video(tmp_path / "a.mp4", moving_frames(12), 12, tone(1, rate=rate), rate)
    assert correlation(read_video(tmp_path / "a.mp4").samples, tone()) > 0.99


def test_without_sound_samples_are_none(tmp_path):
    write_video(tmp_path / "a.mp4", moving_frames(3), 12)
    assert read_video(tmp_path / "a.mp4").samples is None


def test_sound_is_left_out_on_request(clip):
    assert read_video(clip[0], with_audio=False).samples is None


def test_sound_longer_or_shorter_than_the_pictures_is_kept(tmp_path):
    for seconds in (0.3, 3.0):
        write_video(tmp_path / "a.mp4", moving_frames(12), 12, tone(seconds))
        out = read_video(tmp_path / "a.mp4")
        assert len(out.frames) == 12
        assert out.samples.size == pytest.approx(seconds * 16_000, abs=1_100)


def test_sound_read_as_audio_equals_sound_of_the_video(clip):
    np.testing.assert_array_equal(read_audio(clip[0]), read_video(clip[0]).samples)


@pytest.mark.parametrize("count", [1, 2, 5, 12, 35, 36, 100])
def test_max_frames_are_evenly_spaced_frames_of_the_whole(clip, count):
    whole, some = read_video(clip[0]), read_video(clip[0], max_frames=count)
    assert len(some.frames) == min(count, 36)
    indices = [int(np.flatnonzero(np.isclose(whole.times, t))[0]) for t in some.times]
    np.testing.assert_array_equal(some.frames, whole.frames[indices])
    gaps = np.diff([-0.5, *indices, 35.5])
    assert gaps[1:-1].size == 0 or gaps[1:-1].max() - gaps[1:-1].min() <= 1
    assert abs(gaps[0] - gaps[-1]) <= 1.5
    assert some.fps == pytest.approx(12)


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        (".mp4", "libx264", {"g": "4", "bf": "0"}),
        (".mp4", "libx264", {"g": "6", "bf": "2"}),
        (".mkv", "libx264", {"g": "5", "bf": "2", "x264-params": "open-gop=1"}),
        (".avi", "mpeg4", {"g": "5"}),
        (".avi", "mpeg4", {"g": "6", "bf": "2"}),
        (".avi", "libx264", {"g": "6", "bf": "2"}),
        (".avi", "mjpeg", {}),
        (".mov", "mpeg4", {"g": "5"}),
    ],
)
def test_jumping_to_key_frames_finds_the_same_frames(tmp_path, suffix, codec, options):
    path = container(tmp_path / f"a{suffix}", video=codec, audio=None, frames=40, size=32, options=options)
    whole = read_video(path)
    assert len(whole.frames) == 40
    assert min(psnr(a, b) for a, b in zip(whole.frames, moving_frames(40), strict=True)) > 20
    for count in (1, 3, 7):
        some = read_video(path, max_frames=count)
        assert len(some.frames) == count
        indices = [int(np.abs(whole.times - t).argmin()) for t in some.times]
        np.testing.assert_array_equal(some.frames, whole.frames[indices])


def test_only_the_first_seconds_are_read(clip):
    out = read_video(clip[0], max_seconds=1)
    assert len(out.frames) == 12
    assert out.samples.size == 16_000
    assert read_video(clip[0], max_seconds=1, max_frames=3).times.max() < 1


def test_sound_that_starts_late_keeps_its_time(tmp_path):
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as out:
        pictures = out.add_stream("mpeg4", rate=12)
        pictures.width = pictures.height = 32
        pictures.pix_fmt = "yuv420p"
        sound = out.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for array in moving_frames(24):
            out.mux(pictures.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
        out.mux(pictures.encode(None))
        frame = av.AudioFrame.from_ndarray(tone(1)[None], format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, 8_000, Fraction(1, 16_000)
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    samples = read_video(path).samples
    assert np.abs(samples[:7_900]).max() == 0
    np.testing.assert_allclose(samples[8_000:23_000], tone(1)[:15_000], atol=2e-3)


def test_a_phone_video_held_upright_is_turned(tmp_path):
    frames = np.zeros((6, 32, 64, 3), np.uint8)
    frames[:, :, :32] = 200
    for degrees in (0, 90, 180, 270):
        path = tmp_path / f"{degrees}.mp4"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=12)
            stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
            stream.set_display_rotation(degrees)
            for array in frames:
                out.mux(stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
            out.mux(stream.encode(None))
        expected = np.rot90(frames, degrees // 90, axes=(1, 2))
        out = read_video(path)
        assert out.frames.shape == expected.shape
        assert psnr(out.frames, expected) > 25


def test_grey_and_ten_bit_pictures_become_rgb(tmp_path):
    for pixels in ("gray", "yuv420p10le", "yuv444p"):
        path = tmp_path / f"{pixels}.mkv"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("ffv1", rate=12)
            stream.width, stream.height, stream.pix_fmt = 32, 32, pixels
            for array in moving_frames(3):
                out.mux(stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
            out.mux(stream.encode(None))
        assert read_video(path).frames.shape == (3, 32, 32, 3)


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv"])
def test_only_sound_is_not_a_video(tmp_path, suffix):
    path = container(tmp_path / f"a{suffix}", video=None, audio="aac" if suffix == ".mp4" else "pcm_s16le", seconds=1)
    with pytest.raises(MediaError, match="no video track") as error:
        read_video(path)
    assert_one_line_naming(error, path)
    assert read_audio(path).size >= 16_000


def test_a_cover_picture_is_not_a_video(tmp_path):
    write_audio(tmp_path / "a.mp3", tone())
    write_image(tmp_path / "a.png", picture())
    with (
        av.open(str(tmp_path / "a.mp3")) as sound,
        av.open(str(tmp_path / "a.png")) as cover,
        av.open(str(tmp_path / "song.mp3"), "w") as out,
    ):
        track = out.add_stream_from_template(sound.streams.audio[0])
        art = out.add_stream_from_template(cover.streams.video[0])
        art.disposition = av.stream.Disposition.attached_pic
        for source, stream in ((cover.streams.video[0], art), (sound.streams.audio[0], track)):
            for packet in source.container.demux(source):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    with pytest.raises(MediaError, match="no video track"):
        read_video(tmp_path / "song.mp3")
    assert correlation(read_audio(tmp_path / "song.mp3"), tone()) > 0.99


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_track_without_frames_is_told(tmp_path, suffix):
    path = container(tmp_path / f"a{suffix}", frames=0, audio="aac" if suffix == ".mp4" else "pcm_s16le")
    with pytest.raises(MediaError, match=r"no frames|no video track") as error:
        read_video(path)
    assert_one_line_naming(error, path)


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.95])
def test_truncated_mp4_names_the_file(clip, kept):
    path = clip[0]
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    for reader in (read_video, read_audio):
        with pytest.raises(MediaError) as error:
            reader(path)
        assert_one_line_naming(error, path)


@pytest.mark.parametrize(
    "content", [b"", b"words\n" * 50, b"\x89PNG\r\n\x1a\n" + bytes(99), b"\0\0\0\x18ftypmp42", bytes(300)]
)
def test_what_is_not_a_video_is_named(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError) as error:
        read_video(path)
    assert_one_line_naming(error, path)


def test_a_picture_called_mp4_is_not_a_video(tmp_path):
    write_image(tmp_path / "a.png", picture())
    path = (tmp_path / "a.png").rename(tmp_path / "a.mp4")
    with pytest.raises(MediaError, match="known format"):
        read_video(path)


def test_missing_file_and_folder_are_told_apart(tmp_path):
    (tmp_path / "folder.mp4").mkdir()
    for name, what in (("missing.mp4", "no such file"), ("folder.mp4", "folder")):
        with pytest.raises(MediaError, match=what) as error:
            read_video(tmp_path / name)
        assert_one_line_naming(error, tmp_path / name)


def test_too_many_pixels_are_refused_before_decoding(clip, monkeypatch):
    monkeypatch.setattr(video_module, "MAX_PIXELS", 96 * 96 * 10)
    with pytest.raises(MediaError, match=r"36 frames of 96 x 96.*max_frames") as error:
        read_video(clip[0])
    assert_one_line_naming(error, clip[0])
    assert len(read_video(clip[0], max_frames=10).frames) == 10


def test_nothing_to_write_is_a_mistake(tmp_path):
    with pytest.raises(ValueError, match="no frames"):
        write_video(tmp_path / "a.mp4", np.zeros((0, 8, 8, 3), np.uint8), 12)
    assert list(tmp_path.iterdir()) == []


def test_damaged_videos_print_nothing(clip, capfd):
    path = clip[0]
    data = bytearray(path.read_bytes())
    for start in range(500, len(data) // 2, 97):
        data[start] ^= 0xFF
    path.write_bytes(bytes(data))
    try:
        assert len(read_video(path).frames) > 0
    except MediaError as error:
        assert str(path) in str(error)
    assert capfd.readouterr().err == ""


def test_a_long_video_is_listed_only_as_far_as_it_is_read(tmp_path):
    write_video(tmp_path / "a.mp4", moving_frames(60, 16, 16), 1)
    out = read_video(tmp_path / "a.mp4", max_seconds=4)
    assert len(out.frames) == 4
    assert out.fps == pytest.approx(1)
    np.testing.assert_array_equal(out.frames, read_video(tmp_path / "a.mp4").frames[:4])
