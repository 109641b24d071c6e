import io
import shutil

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageDraw

from mmbook.datasets.duplicates import find_duplicates, shared_speakers
from mmbook.datasets.manifest import Row
from mmbook.seeding import rng


def scene(seed, size=96):
    """A picture of a few coloured discs."""
    draw = rng(seed, "scene")
    image = Image.new("RGB", (size, size), tuple(draw.integers(0, 256, 3).tolist()))
    for _ in range(8):
        x, y, radius = [*draw.integers(0, size, 2).tolist(), int(draw.integers(6, 30))]
        box = (x - radius, y - radius, x + radius, y + radius)
        ImageDraw.Draw(image).ellipse(box, fill=tuple(draw.integers(0, 256, 3).tolist()))
    return image


def melody(seed, rate=16_000):
    """Two seconds of random notes."""
    draw = rng(seed, "melody")
    notes = np.repeat(draw.uniform(150, 3000, 16), rate // 8)
    loud = np.repeat(draw.uniform(0.05, 0.5, 16), rate // 8)
    return (loud * np.sin(2 * np.pi * np.cumsum(notes) / rate)).astype(np.float32)


def found_pairs(rows):
    return {(d.id, d.other, d.modality, d.kind) for d in find_duplicates(rows)}


def test_same_file_in_two_splits_is_exact(tmp_path):
    scene(1).save(tmp_path / "a.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "b.png")
    rows = [Row("a", image=tmp_path / "a.png", split="train"), Row("b", image=tmp_path / "b.png", split="test")]
    assert found_pairs(rows) == {("b", "a", "image", "exact")}


def test_copies_within_a_split_are_no_matter(tmp_path):
    scene(1).save(tmp_path / "a.png")
    assert find_duplicates([Row(name, image=tmp_path / "a.png", text="x", split="train") for name in "ab"]) == ()


def test_resized_recompressed_or_brighter_picture_is_near(tmp_path):
    image = scene(1)
    image.save(tmp_path / "a.png")
    image.resize((200, 200), Image.Resampling.BICUBIC).save(tmp_path / "b.png")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    (tmp_path / "c.jpg").write_bytes(buffer.getvalue())
    image.point(lambda value: int(value * 0.8 + 20)).save(tmp_path / "d.png")
    rows = [Row("a", image=tmp_path / "a.png", split="train")]
    rows += [Row(name[0], image=tmp_path / name, split="test") for name in ("b.png", "c.jpg", "d.png")]
    assert found_pairs(rows) == {(name, "a", "image", "near") for name in "bcd"}


def test_different_pictures_and_sounds_are_not_near(tmp_path):
    rows = []
    for n in range(40):
        scene(n).save(tmp_path / f"{n}.png")
        soundfile.write(tmp_path / f"{n}.wav", melody(n), 16_000)
        split = ("train", "valid", "test")[n % 3]
        rows.append(Row(f"r{n}", image=tmp_path / f"{n}.png", audio=tmp_path / f"{n}.wav", split=split))
    assert find_duplicates(rows) == ()


@pytest.mark.parametrize("name", ["quiet.wav", "other.flac", "other.mp3", "low.wav"])
def test_quieter_or_reencoded_sound_is_near(tmp_path, name):
    samples = melody(1)
    soundfile.write(tmp_path / "a.wav", samples, 16_000)
    if name == "low.wav":
        soundfile.write(tmp_path / name, samples, 16_000, subtype="FLOAT")
    else:
        soundfile.write(tmp_path / name, samples * 0.5, 16_000)
    rows = [Row("a", audio=tmp_path / "a.wav", split="valid"), Row("b", audio=tmp_path / name, split="test")]
    assert found_pairs(rows) == {("b", "a", "audio", "near")}


def test_flat_pictures_and_silence_resemble_nothing(tmp_path):
    rows = []
    for n, split in enumerate(("train", "test")):
        Image.new("RGB", (32, 32), (n, n, n)).save(tmp_path / f"{n}.png")
        soundfile.write(tmp_path / f"{n}.wav", np.zeros(1600 + n), 16_000)
        rows.append(Row(f"r{n}", image=tmp_path / f"{n}.png", audio=tmp_path / f"{n}.wav", split=split))
    assert find_duplicates(rows) == ()


def test_same_words_are_exact_or_near_by_case_and_punctuation():
    texts = {
        "a": "Not bad at all!",
        "b": "Not  bad at all!",
        "c": "not bad, at all",
        "d": "bad at all",
        "e": "很好看。",
    }
    rows = [Row(name, text=text, split="train" if name in "ae" else "test") for name, text in texts.items()]
    rows.append(Row("f", text="很好看", split="valid"))
    assert found_pairs(rows) == {("b", "a", "text", "exact"), ("c", "a", "text", "near"), ("f", "e", "text", "near")}


def test_unreadable_file_is_passed_over(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    scene(1).save(tmp_path / "b.png")
    rows = [Row("a", image=tmp_path / "a.png", split="train"), Row("b", image=tmp_path / "b.png", split="test")]
    assert find_duplicates(rows) == ()


def test_speakers_in_two_splits_are_named():
    rows = [Row("a", speaker="x", split="train"), Row("b", speaker="x", split="test"), Row("c", speaker="y")]
    assert shared_speakers(rows) == ["x"]
