import struct
import tracemalloc

import numpy as np
import pytest
import soundfile

from mmbook.errors import MediaError
from mmbook.media.audio import log_mel, read_audio, resample, write_audio
from tests.media._samples import container, tone


def assert_one_line_naming(error, path):
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    assert ";" in message


def correlation(x, y):
    count = min(x.size, y.size)
    return np.corrcoef(x[:count], y[:count])[0, 1]


@pytest.mark.parametrize(
    ("subtype", "tolerance"),
    [("PCM_U8", 0.01), ("PCM_16", 1e-4), ("PCM_24", 1e-6), ("PCM_32", 1e-6), ("FLOAT", 1e-7), ("DOUBLE", 1e-7)],
)
def test_wav_of_every_depth_gives_its_samples(tmp_path, subtype, tolerance):
    soundfile.write(tmp_path / "a.wav", tone(), 16_000, subtype=subtype)
    out = read_audio(tmp_path / "a.wav")
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, tone(), atol=tolerance)


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610"])
def test_compressed_wav_is_read(tmp_path, subtype):
    soundfile.write(tmp_path / "a.wav", tone(), 16_000, subtype=subtype)
    assert correlation(read_audio(tmp_path / "a.wav"), tone()) > 0.97


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 44_101, 48_000, 96_000, 192_000])
def test_any_rate_becomes_the_rate_asked_for(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", tone(rate=rate), rate)
    out = read_audio(tmp_path / "a.wav")
    assert out.size == 16_000
    np.testing.assert_allclose(out[200:-200], tone()[200:-200], atol=2e-3)


@pytest.mark.parametrize("channels", range(1, 9))
def test_channels_are_averaged(tmp_path, channels):
    values = np.stack([tone() * (c + 1) / 8 for c in range(channels)], axis=1)
    soundfile.write(tmp_path / "a.wav", values, 16_000)
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), values.mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1", "7.1"])
@pytest.mark.parametrize("suffix", [".m4a", ".mkv"])
def test_compressed_channels_are_averaged(tmp_path, layout, suffix):
    path = container(tmp_path / f"a{suffix}", video=None, audio="aac", seconds=1.0, layout=layout)
    assert correlation(read_audio(path), tone()) > 0.99


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg"])
def test_written_sound_is_read_back(tmp_path, suffix):
    path = tmp_path / f"我的 声音{suffix}"
    write_audio(path, tone())
    out = read_audio(path)
    assert abs(out.size - 16_000) <= 1
    assert correlation(out, tone()) > 0.999


def test_written_sound_beyond_one_is_clipped(tmp_path):
    write_audio(tmp_path / "a.wav", np.array([2.0, -2.0, 0.5], np.float32))
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), [1, -1, 0.5], atol=1e-4)


def test_unknown_suffix_is_not_written(tmp_path):
    with pytest.raises(MediaError, match=r"\.wav"):
        write_audio(tmp_path / "a.xyz", tone())
    assert list(tmp_path.iterdir()) == []


def test_suffix_does_not_decide(tmp_path):
    for suffix in (".flac", ".mp3", ".ogg"):
        write_audio(tmp_path / f"a{suffix}", tone())
        path = (tmp_path / f"a{suffix}").rename(tmp_path / "a.wav")
        assert correlation(read_audio(path), tone()) > 0.999


def test_a_video_gives_its_sound_track(tmp_path):
    path = container(tmp_path / "a.avi", seconds=1.0)
    np.testing.assert_allclose(read_audio(path), tone(), atol=1e-3)


def test_a_video_without_sound_is_told(tmp_path):
    path = container(tmp_path / "a.avi", audio=None)
    with pytest.raises(MediaError, match="no sound track") as error:
        read_audio(path)
    assert_one_line_naming(error, path)


def test_silence_is_valid(tmp_path):
    write_audio(tmp_path / "a.wav", np.zeros(800, np.float32))
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav"), np.zeros(800))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_samples_that_are_not_finite_are_an_error(tmp_path, value, recwarn):
    samples = tone().astype(np.float64)
    samples[500] = value
    soundfile.write(tmp_path / "a.wav", samples, 16_000, subtype="DOUBLE")
    with pytest.raises(MediaError, match="not finite") as error:
        read_audio(tmp_path / "a.wav")
    assert_one_line_naming(error, tmp_path / "a.wav")
    assert not recwarn.list


def test_float_samples_on_an_integer_scale_are_brought_to_one(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone() * 32768, 16_000, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), tone() / np.abs(tone()).max(), atol=1e-6)


def test_ten_milliseconds_are_a_sound(tmp_path):
    for suffix in (".wav", ".flac", ".ogg", ".mp3"):
        write_audio(tmp_path / f"a{suffix}", tone(0.01))
        out = read_audio(tmp_path / f"a{suffix}")
        assert 0 < out.size <= 2_000
        assert log_mel(out).shape[0] == 1 + out.size // 320


def test_one_sample_is_a_sound(tmp_path):
    write_audio(tmp_path / "a.wav", np.array([0.5], np.float32))
    assert read_audio(tmp_path / "a.wav").size == 1
    assert read_audio(tmp_path / "a.wav", sample_rate=8_000).size == 1


def test_only_what_is_needed_is_read(tmp_path):
    rate = 44_100
    with soundfile.SoundFile(tmp_path / "long.wav", "w", rate, 2, "PCM_16") as sound:
        for second in range(600):
            sound.write(np.full((rate, 2), 0.001 * (second % 100)))
    tracemalloc.start()
    out = read_audio(tmp_path / "long.wav", max_seconds=5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert out.size == 5 * 16_000
    assert peak < 30e6
    assert read_audio(tmp_path / "long.wav").size == 600 * 16_000


@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".ogg", ".wav"])
def test_what_lies_after_max_seconds_is_cut(tmp_path, suffix):
    write_audio(tmp_path / f"a{suffix}", tone(3))
    out = read_audio(tmp_path / f"a{suffix}", max_seconds=1.5)
    assert out.size == 24_000
    assert correlation(out, tone(1.5)) > 0.999


def wav(data: bytes, *, stated: int, rate: int = 16_000, channels: int = 1, bits: int = 16, riff: int = 0) -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", 1, channels, rate, (rate * block) % 2**32, block, bits)
    return (
        b"RIFF"
        + struct.pack("<I", riff)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", stated)
        + data
    )


@pytest.mark.parametrize("stated", [0xFFFFFFFF, 0x7FFFFFFF, 40_000])
@pytest.mark.parametrize("riff", [0, 36, 0xFFFFFFFF])
def test_a_header_that_promises_too_much_gives_what_there_is(tmp_path, stated, riff):
    data = (tone() * 32767).astype("<i2").tobytes()
    (tmp_path / "a.wav").write_bytes(wav(data, stated=stated, riff=riff))
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), tone(), atol=1e-4)


@pytest.mark.parametrize("kept", [100, 5_000, 31_999])
def test_a_recording_cut_short_gives_what_there_is(tmp_path, kept):
    data = (tone() * 32767).astype("<i2").tobytes()
    (tmp_path / "a.wav").write_bytes(wav(data[:kept], stated=len(data), riff=36 + len(data)))
    assert read_audio(tmp_path / "a.wav").size == kept // 2


def test_a_header_that_promises_too_little_is_believed(tmp_path):
    data = (tone() * 32767).astype("<i2").tobytes()
    (tmp_path / "a.wav").write_bytes(wav(data, stated=1_000, riff=1_036))
    assert read_audio(tmp_path / "a.wav").size == 500


@pytest.mark.parametrize("rate", [0, 1, 999, 400_000, 2**31 - 1, 2**32 - 1])
def test_an_absurd_rate_is_an_error(tmp_path, rate):
    (tmp_path / "a.wav").write_bytes(wav(bytes(4_000), stated=4_000, rate=rate, riff=4_036))
    with pytest.raises(MediaError) as error:
        read_audio(tmp_path / "a.wav")
    assert_one_line_naming(error, tmp_path / "a.wav")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg", ".mp4"])
@pytest.mark.parametrize(
    "content", [b"just words, no sound\n" * 30, b"\x89PNG\r\n\x1a\n" + bytes(300), b"R", bytes(500)]
)
def test_what_is_not_sound_is_named(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(MediaError) as error:
        read_audio(path)
    assert_one_line_naming(error, path)


def test_a_playlist_opens_no_other_file(tmp_path):
    write_audio(tmp_path / "a.wav", tone())
    for name, content in (
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.wav\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile a.wav\n"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(MediaError, match="known format"):
            read_audio(tmp_path / name)


def test_a_header_without_samples_is_told(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    with pytest.raises(MediaError, match="no sound samples") as error:
        read_audio(tmp_path / "a.wav")
    assert_one_line_naming(error, tmp_path / "a.wav")


def test_empty_missing_and_folder_are_told_apart(tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "folder.wav").mkdir()
    for name, what in (("empty.wav", "empty"), ("missing.wav", "no such file"), ("folder.wav", "folder")):
        with pytest.raises(MediaError, match=what) as error:
            read_audio(tmp_path / name)
        assert_one_line_naming(error, tmp_path / name)


def test_resampling_removes_what_the_new_rate_cannot_hold():
    assert np.abs(resample(tone(1, 7_000, 44_100), 44_100, 8_000)[100:-100]).max() < 5e-3


def test_resampling_there_and_back_keeps_a_low_tone():
    there = resample(tone(1, 300), 16_000, 44_100)
    np.testing.assert_allclose(resample(there, 44_100, 16_000)[300:-300], tone(1, 300)[300:-300], atol=2e-3)
