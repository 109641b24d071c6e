"""Two thousand damaged files through every reader: each gives a valid array or one line that names the file."""

import numpy as np
import pytest

from mmbook.errors import MediaError
from mmbook.media.audio import log_mel, read_audio
from mmbook.media.image import read_image
from mmbook.media.text import clean_text, read_text
from mmbook.media.video import read_video
from mmbook.seeding import rng
from tests.media._samples import one_of_each

FILES = 2_000
PARTS = 10


def damage(data: bytes, others: list[bytes], draw: np.random.Generator) -> bytes:
    out = bytearray(data)
    place = int(draw.integers(len(out)))
    length = int(draw.integers(1, 64))
    match draw.choice(["flip", "truncate", "insert", "delete", "header", "extreme"]):
        case "flip":
            for _ in range(int(draw.integers(1, 12))):
                out[int(draw.integers(len(out)))] ^= 1 << int(draw.integers(8))
        case "truncate":
            del out[place:]
        case "insert":
            out[place:place] = draw.bytes(length)
        case "delete":
            del out[place : place + length]
        case "header":
            out[:length] = others[int(draw.integers(len(others)))][:length]
        case "extreme":
            place = int(draw.integers(min(len(out), 200)))
            out[place : place + 4] = [b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f"][draw.integers(4)]
    return bytes(out)


def check_image(path):
    image = read_image(path)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size


def check_audio(path):
    samples = read_audio(path)
    assert samples.dtype == np.float32 and samples.ndim == 1 and samples.size
    assert np.isfinite(samples).all() and np.abs(samples).max() <= 1
    assert np.isfinite(log_mel(samples[:16_000])).all()


def check_video(path):
    video = read_video(path)
    assert video.frames.dtype == np.uint8 and video.frames.ndim == 4 and video.frames.size
    assert len(video.times) == len(video.frames) and np.isfinite(video.times).all() and video.fps > 0
    assert video.samples is None or np.isfinite(video.samples).all()
    assert len(read_video(path, max_frames=2).frames) <= 2


def check_text(path):
    assert "\0" not in read_text(path)
    assert isinstance(clean_text(read_text(path)), str)


READERS = (check_image, check_audio, check_video, check_text)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    return one_of_each(tmp_path_factory.mktemp("originals"))


def test_every_original_is_read_by_its_reader(originals, tmp_path):
    kinds = {"png": 0, "jpg": 0, "webp": 0, "gif": 0, "tif": 0, "wav": 1, "flac": 1, "mp3": 1, "ogg": 1, "txt": 3}
    for name, data in originals.items():
        path = tmp_path / name
        path.write_bytes(data)
        READERS[kinds.get(path.suffix[1:], 2)](path)
        assert len(data) < 25_000


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.timeout(120)
def test_damaged_files_are_read_or_refused_in_one_line(originals, tmp_path, capfd, recwarn, part):
    names, contents = list(originals), list(originals.values())
    outcomes = {"read": 0, "refused": 0}
    for number in range(part, FILES, PARTS):
        draw = rng(0, "damaged", number)
        name = names[number // PARTS % len(names)]
        path = tmp_path / f"{number} {name}"
        path.write_bytes(damage(originals[name], contents, draw))
        for check in READERS:
            try:
                check(path)
                outcomes["read"] += 1
            except MediaError as error:
                outcomes["refused"] += 1
                assert str(path) in str(error) and "\n" not in str(error), f"{number}: {error}"
    assert sum(outcomes.values()) == FILES // PARTS * len(READERS)
    assert outcomes["read"] > 0
    assert capfd.readouterr().err == ""
    assert not recwarn.list
