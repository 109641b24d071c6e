"""Small folders of made-up clips whose class can be seen, heard and read."""

import colorsys
import csv
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from mmbook.seeding import rng

WORDS = ["apple", "river", "stone", "cloud", "tiger", "violin", "desert", "candle", "mirror", "window"]
FILLER = ["this", "one", "here", "was", "about", "the", "thing", "and", "they", "said", "it"]


def picture(value: float, draw: np.random.Generator, size: int = 48) -> np.ndarray:
    """A noisy picture whose hue and stripe width carry `value` (0 to 1)."""
    hue = np.array(colorsys.hsv_to_rgb(0.85 * value, 0.8, 0.9))
    stripes = 0.75 + 0.25 * np.sign(np.sin(np.arange(size) / (1.5 + 4 * value) + draw.uniform(0, 6)))
    image = 255 * hue * stripes[:, None, None] + draw.normal(0, 20, (size, size, 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def sound(value: float, draw: np.random.Generator, seconds: float, rate: int = 16_000) -> np.ndarray:
    """A noisy tone whose pitch carries `value` (0 to 1)."""
    time = np.arange(int(seconds * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * (200 + 2500 * value) * time + draw.uniform(0, 6))
    return (tone + draw.normal(0, 0.02, len(time))).astype(np.float32)


def sentence(value: float, draw: np.random.Generator) -> str:
    """A few filler words around one that carries `value` (0 to 1)."""
    words = [*draw.choice(FILLER, 4), WORDS[round(value * (len(WORDS) - 1))]]
    draw.shuffle(words)
    return " ".join(words)


def make_folder(
    folder: Path,
    count: int = 40,
    classes: tuple[str, ...] = ("negative", "positive"),
    *,
    numbers: bool = False,
    modalities: tuple[str, ...] = ("image", "audio", "text"),
    missing: float = 0.2,
    speakers: int = 0,
    split: bool = False,
    seconds: float = 0.4,
    seed: int = 0,
) -> Path:
    """The manifest of `count` clips; each cell is left empty with probability `missing`, never all of a row's."""
    rows = []
    for n in range(count):
        draw = rng(seed, "clip", n)
        name = f"clip{n:04d}"
        value = draw.uniform() if numbers else (n % len(classes)) / max(1, len(classes) - 1)
        row = {"id": name, **{m: "" for m in modalities}}
        row["label"] = f"{6 * value - 3:.3f}" if numbers else classes[n % len(classes)]
        kept = [m for m in modalities if draw.uniform() >= missing] or [modalities[n % len(modalities)]]
        for modality in kept:
            suffix = {"image": ".png", "audio": ".wav", "text": ""}[modality]
            row[modality] = f"{modality}/{name}{suffix}"
            (folder / modality).mkdir(parents=True, exist_ok=True)
            if modality == "image":
                Image.fromarray(picture(value, draw)).save(folder / row["image"])
            elif modality == "audio":
                length = seconds * draw.uniform(0.7, 1.3)
                soundfile.write(folder / row["audio"], sound(value, draw, length), 16_000)
            else:
                row["text"] = sentence(value, draw)
        if speakers:
            row["speaker"] = f"speaker{(n // len(classes)) % speakers}"
        if split:
            row["split"] = ("train", "train", "train", "valid", "test")[(n // len(classes)) % 5]
        row["mood"] = ("calm", "tense")[n % 2]
        rows.append(row)
    return write_manifest(folder / "manifest.csv", rows)


def write_manifest(path: Path, rows: list[dict[str, str]]) -> Path:
    """A manifest of these rows, in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
