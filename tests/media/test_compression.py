from pathlib import Path

import numpy as np
import pytest

from mmbook.media.audio import read_audio, snr_db
from mmbook.media.compression import delay_of, encode_h264, encode_jpeg, encode_mp3
from mmbook.media.image import read_image
from mmbook.media.video import read_video

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


def back(tmp_path, name, content, read):
    (tmp_path / name).write_bytes(content)
    return read(tmp_path / name)


def test_a_better_jpeg_is_larger_and_closer(tmp_path):
    image = read_image(SAMPLE / "images" / "0003.png")
    files = [encode_jpeg(image, quality) for quality in (5, 25, 75, 100)]
    errors = [np.mean((back(tmp_path, "a.jpg", file, read_image) - image.astype(float)) ** 2) for file in files]
    assert sorted(map(len, files)) == list(map(len, files)) and errors == sorted(errors, reverse=True)
    assert errors[-1] > 0, "even the best JPEG is not the picture"


def test_an_mp3_has_its_bit_rate_its_length_and_no_delay(tmp_path):
    sound = read_audio(SAMPLE / "audio" / "0003.wav")
    losses = []
    for kilobits in (16, 32, 64):
        file = encode_mp3(sound, 16_000, kilobits)
        heard = back(tmp_path, "a.mp3", file, read_audio)
        assert 8 * len(file) / (len(sound) / 16_000) == pytest.approx(1000 * kilobits, rel=0.15)
        assert len(heard) == len(sound) and delay_of(heard, sound) == 0
        losses.append(snr_db(sound, heard))
    assert losses == sorted(losses) and losses[0] > 3


def test_without_its_header_an_mp3_is_late_and_shifted_back_it_is_the_same_sound(tmp_path):
    sound = read_audio(SAMPLE / "audio" / "0003.wav")
    with_header = back(tmp_path, "a.mp3", encode_mp3(sound, 16_000, 64), read_audio)
    without = back(tmp_path, "b.mp3", encode_mp3(sound, 16_000, 64, with_header=False), read_audio)
    late = delay_of(without, sound)
    assert late > 500 and snr_db(sound, without[: len(sound)]) < 3
    assert snr_db(sound, without[late : late + len(sound)]) == pytest.approx(snr_db(sound, with_header), abs=0.5)


def test_a_better_video_is_larger_and_closer(tmp_path):
    frames = read_video(SAMPLE / "video" / "0003.mp4").frames
    files = [encode_h264(frames, 12, crf) for crf in (45, 28, 10)]
    errors = []
    for file in files:
        video = back(tmp_path, "a.mp4", file, read_video)
        assert video.frames.shape == frames.shape and video.fps == pytest.approx(12)
        errors.append(np.mean((video.frames.astype(float) - frames) ** 2))
    assert sorted(map(len, files)) == list(map(len, files)) and errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("delay", [-300, 0, 17, 900])
def test_a_delay_is_found(delay):
    signal = np.random.default_rng(0).normal(size=2000)
    received = np.roll(np.pad(signal, 1000), delay)[1000:]
    assert delay_of(received, signal) == delay


def test_wrong_arguments_are_named():
    picture = np.zeros((9, 8, 3), np.uint8)
    for call in (lambda: encode_jpeg(picture, 0), lambda: encode_h264([picture], 12, 23)):
        with pytest.raises(ValueError, match="encode_"):
            call()
