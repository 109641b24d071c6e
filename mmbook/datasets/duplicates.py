"""Clips of one split that come back in another, where they let a model score by memory (§5.1.4).

Exact: the same bytes, or the same text. Near: pictures that differ by size, compression or brightness, sounds by
encoding or loudness, texts by case, spacing or punctuation. Nothing is deleted: what to do is for the owner to say.
A crop, or the same sound shifted by more than about 1/40 of its length, is not found.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, UInt8

from mmbook.datasets.manifest import FILES, Row
from mmbook.errors import MediaError
from mmbook.media.audio import log_mel, read_audio, trim_silence
from mmbook.media.image import read_image, resize_image
from mmbook.media.text import clean_text, tokenize

IMAGE_SIDE = 32
AUDIO_STEPS, AUDIO_BANDS = 40, 32
THRESHOLDS = {"image": 0.99, "audio": 0.95}  # different clips of trimood reach 0.96 and 0.76
BLOCK = 512


@dataclass(frozen=True)
class Duplicate:
    """Row `id` (of valid or test) repeats row `other` of another split; `score` is 1 for exact, else a correlation."""

    id: str
    split: str
    other: str
    other_split: str
    modality: str
    kind: str
    score: float


def find_duplicates(rows: Sequence[Row]) -> tuple[Duplicate, ...]:
    """Exact and near duplicates across splits; decodes every picture and sound, and passes over those it cannot read.

    At most one duplicate a row and modality: the nearest, and an exact one before a near one.
    """
    images, sounds = {}, {}
    for row in rows:
        try:
            if row.image:
                images[row.id] = image_fingerprint(resize_image(read_image(row.image), 2 * IMAGE_SIDE))
            if row.audio:
                samples = read_audio(row.audio, 16_000, 60.0)
                sounds[row.id] = audio_fingerprint(log_mel(trim_silence(samples, 16_000)))
        except MediaError:
            continue  # the row is reported where the features are made
    return duplicates_across(rows, images, sounds)


def duplicates_across(
    rows: Sequence[Row], images: Mapping[str, np.ndarray], sounds: Mapping[str, np.ndarray]
) -> tuple[Duplicate, ...]:
    """As `find_duplicates`, with the fingerprints of pictures and sounds (row id to vector) made already."""
    tokens = {row.id: " ".join(tokenize(row.text[:10_000])) for row in rows if row.text}
    exact = [
        *(found for name in FILES for found in _same(rows, _file_keys(rows, name), name, "exact")),
        *_same(rows, {row.id: clean_text(row.text) for row in rows if row.text}, "text", "exact"),
    ]
    near = [
        *_near(rows, images, "image"),
        *_near(rows, sounds, "audio"),
        *_same(rows, {row_id: words for row_id, words in tokens.items() if words}, "text", "near"),
    ]
    known = {(found.id, found.modality) for found in exact}
    return tuple(exact + [found for found in near if (found.id, found.modality) not in known])


def image_fingerprint(image: UInt8[np.ndarray, "side side 3"]) -> Float32[np.ndarray, "numbers"]:
    """A small picture, less the mean of each colour, of length 1: the product of two is their correlation.

    All zeros for a picture of one colour, which resembles nothing.
    """
    small = resize_image(image, IMAGE_SIDE).astype(np.float32)
    return _unit(small - small.mean(axis=(0, 1)))


def audio_fingerprint(frames: Float[np.ndarray, "time n_mels"]) -> Float32[np.ndarray, "numbers"]:
    """Log-mel frames squeezed to a fixed number of steps and bands, less the mean of each band, of length 1.

    All zeros for silence or a steady tone, which resemble nothing.
    """
    frames = frames.astype(np.float32)
    bands = [part.mean(axis=1) for part in np.array_split(frames, min(AUDIO_BANDS, frames.shape[1]), axis=1)]
    edges = np.linspace(0, len(frames), AUDIO_STEPS + 1)
    starts = np.minimum(edges[:-1].astype(int), len(frames) - 1)
    stops = np.maximum(np.ceil(edges[1:]).astype(int), starts + 1)
    sums = np.concatenate([np.zeros((1, len(bands)), np.float64), np.cumsum(np.stack(bands, 1), 0, dtype=np.float64)])
    steps = (sums[stops] - sums[starts]) / (stops - starts)[:, None]
    return _unit((steps - steps.mean(axis=0)).astype(np.float32))


def shared_speakers(rows: Iterable[Row]) -> list[str]:
    """Speakers who are in more than one split, sorted: a model can know them by face or voice."""
    splits: dict[str, set[str | None]] = defaultdict(set)
    for row in rows:
        if row.speaker:
            splits[row.speaker].add(row.split)
    return sorted(speaker for speaker, found in splits.items() if len(found) > 1)


def _unit(values: np.ndarray) -> np.ndarray:
    flat = values.ravel()
    length = float(np.sqrt(np.mean(flat.astype(np.float64) ** 2)))
    return (flat / (length * np.sqrt(flat.size))).astype(np.float32) if length > 1e-2 else np.zeros_like(flat)


def _file_keys(rows: Sequence[Row], name: str) -> dict[str, str]:
    """The hash of each row's file; only files of equal size are read."""
    by_size: dict[int, list[tuple[str, Path]]] = defaultdict(list)
    for row in rows:
        path = getattr(row, name)
        if path is not None:
            by_size[path.stat().st_size].append((row.id, path))
    keys = {}
    for files in by_size.values():
        if len(files) > 1:
            for row_id, path in files:
                with path.open("rb") as stream:
                    keys[row_id] = hashlib.file_digest(stream, "sha256").hexdigest()
    return keys


def _compared(row: Row) -> tuple[str, ...]:
    """The splits that a row's split must share nothing with, so that each pair is looked at once."""
    return {"test": ("train", "valid"), "valid": ("train",)}.get(row.split or "", ())


def _same(rows: Sequence[Row], keys: Mapping[str, str], modality: str, kind: str) -> list[Duplicate]:
    first: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.id in keys:
            first.setdefault((keys[row.id], row.split or ""), row.id)
    found = []
    for row in rows:
        for split in _compared(row) if row.id in keys else ():
            other = first.get((keys[row.id], split))
            if other is not None:
                found.append(Duplicate(row.id, row.split or "", other, split, modality, kind, 1.0))
                break
    return found


def _near(rows: Sequence[Row], prints: Mapping[str, np.ndarray], modality: str) -> list[Duplicate]:
    found = []
    for split in ("valid", "test"):
        held = [row for row in rows if row.split == split and row.id in prints]
        pool = [row for row in rows if held and row.split in _compared(held[0]) and row.id in prints]
        if not held or not pool:
            continue
        against = np.stack([prints[row.id] for row in pool])
        for start in range(0, len(held), BLOCK):
            block = held[start : start + BLOCK]
            scores = np.stack([prints[row.id] for row in block]) @ against.T
            best = scores.argmax(axis=1)
            for row, other, score in zip(block, best, scores.max(axis=1), strict=True):
                if score >= THRESHOLDS[modality]:
                    match = pool[other]
                    pair = (row.id, split, match.id, match.split or "")
                    found.append(Duplicate(*pair, modality, "near", round(min(1.0, float(score)), 4)))
    return found
