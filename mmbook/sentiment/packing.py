"""Cached clips become the arrays that training reads; lengths, words and statistics come from training rows alone."""

import importlib.metadata
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Int, Shaped

import mmbook
from mmbook.datasets.manifest import FILES, Manifest, Row
from mmbook.files import write_json
from mmbook.media.text import Vocabulary
from mmbook.sentiment.extract import load_cached, load_tokens
from mmbook.sentiment.features import (
    FORMAT,
    MAX_TEXT_LENGTH,
    MODALITIES,
    FeatureSettings,
    pack_audio,
    pack_image,
    pack_text,
    save_array,
)

PACKAGES = ("numpy", "scipy", "pillow", "av", "soundfile", "jieba", "torchvision")
Statistics = dict[str, list[float]]


def write_features(manifest: Manifest, clips: Sequence[Path], settings: FeatureSettings, out: Path) -> None:
    """Write the arrays, then `features.json`, to `out`; `clips` are the cache files of the manifest's rows, in order.

    A modality that no training row has is left out. Lengths that the settings leave open cover 95 of 100 training
    sounds, and every training text up to `MAX_TEXT_LENGTH` tokens: its last word may be the one that counts.
    """
    rows = manifest.rows
    train = np.array([row.split == "train" for row in rows])
    tokens = [load_tokens(clip) for clip in clips]
    sounds = np.array([0 if audio is None else len(audio) for (audio,) in (load_cached(c, "audio") for c in clips)])
    words = np.array([len(found) for found in tokens])
    pictures = np.array([image is not None for (image,) in (load_cached(clip, "image_print") for clip in clips)])
    has = {"image": pictures, "audio": sounds > 0, "text": words > 0}
    modalities = [name for name in MODALITIES if (has[name] & train).any()]
    if "audio" in modalities and not settings.audio_frames:
        settings = replace(settings, audio_frames=usual_length(sounds[has["audio"] & train]))
    if "text" in modalities and not settings.text_length:
        settings = replace(settings, text_length=min(MAX_TEXT_LENGTH, usual_length(words[has["text"] & train], 100)))

    learnt = [found[: settings.text_length] for found, known in zip(tokens, train, strict=True) if known]
    vocabulary = Vocabulary.fit(learnt)
    statistics: dict[str, Statistics] = {}
    mask, audio_length, text_length = np.zeros((len(rows), settings.image_frames), bool), 0 * sounds, 0 * words
    if "image" in modalities:
        mask, statistics["image"] = _write_images(out, clips, train, settings)
    if "audio" in modalities:
        audio_length, statistics["audio"] = _write_sounds(out, clips, train, settings)
    if "text" in modalities:
        packed = [pack_text(found, settings, vocabulary) for found in tokens]
        save_array(out / "text.npy", np.stack([numbers for numbers, _ in packed]))
        text_length = np.array([length for _, length in packed])
    save_array(out / "image_mask.npy", mask)
    save_array(out / "audio_length.npy", audio_length.astype(np.int32))
    save_array(out / "text_length.npy", text_length.astype(np.int32))
    for absent in set(MODALITIES) - set(modalities):
        (out / f"{absent}.npy").unlink(missing_ok=True)
    meta = {"arrays": [*modalities, "image_mask", "audio_length", "text_length"]}
    meta |= {"modalities": modalities, "vocabulary": vocabulary.to_list(), "statistics": statistics}
    write_json(out / "features.json", _about(manifest, settings) | meta)


def usual_length(lengths: Int[np.ndarray, "clips"], share: int = 95) -> int:
    """A length that `share` of 100 clips do not exceed, as a multiple of 8."""
    return 8 * math.ceil(float(np.percentile(lengths, share)) / 8)


def mean_and_std(parts: Iterable[Shaped[np.ndarray, "_ channels"]]) -> Statistics:
    """Mean and standard deviation of each channel over all parts, in float64; a constant channel has deviation 1."""
    count, total, square = 0, np.float64(0), np.float64(0)
    for part in parts:
        values = part.astype(np.float64)
        count, total, square = count + len(values), total + values.sum(axis=0), square + (values**2).sum(axis=0)
    mean = total / count
    std = np.sqrt(np.maximum(square / count - mean**2, 0))
    return {"mean": mean.tolist(), "std": np.where(std > 1e-4, std, 1.0).tolist()}


def _write_images(
    out: Path, clips: Sequence[Path], train: np.ndarray, settings: FeatureSettings
) -> tuple[np.ndarray, Statistics]:
    blank, _ = pack_image(None, settings)
    images = np.zeros((len(clips), *blank.shape), blank.dtype)
    masks = np.zeros((len(clips), settings.image_frames), bool)
    for n, clip in enumerate(clips):
        images[n], masks[n] = pack_image(*load_cached(clip, "image"), settings)
    save_array(out / "image.npy", images)
    pictures = (images[n][masks[n]] for n in np.flatnonzero(train))
    return masks, mean_and_std(np.moveaxis(shown, 1, -1).reshape(-1, blank.shape[1]) for shown in pictures)


def _write_sounds(
    out: Path, clips: Sequence[Path], train: np.ndarray, settings: FeatureSettings
) -> tuple[np.ndarray, Statistics]:
    sounds = np.zeros((len(clips), settings.audio_frames, settings.n_mels), np.float16)
    lengths = np.zeros(len(clips), np.int32)
    for n, clip in enumerate(clips):
        sounds[n], lengths[n] = pack_audio(*load_cached(clip, "audio"), settings)
    save_array(out / "audio.npy", sounds)
    return lengths, mean_and_std(sounds[n, : lengths[n]] for n in np.flatnonzero(train))


def _about(manifest: Manifest, settings: FeatureSettings) -> dict:
    """What features.json says of the rows and of how they were made."""
    rows = manifest.rows
    root = manifest.path.parent.resolve()
    classes = manifest.task == "classes"
    return {
        "format": FORMAT,
        "versions": {"mmbook": mmbook.__version__, **{name: importlib.metadata.version(name) for name in PACKAGES}},
        "root": str(root),
        "manifest": manifest.path.name,
        "settings": settings.to_dict(),
        "task": manifest.task,
        "label_names": list(manifest.label_names),
        "ids": [row.id for row in rows],
        "splits": [row.split for row in rows],
        "labels": [manifest.label_names.index(row.label) if classes else float(row.label) for row in rows],
        "extra": _columns(rows),
        "sources": [_source(row, root) for row in rows],
    }


def _columns(rows: Sequence[Row]) -> dict[str, list[str]]:
    """The other columns by name, and the speaker if any row has one."""
    names = list(rows[0].extra)
    columns = {name: [row.extra[name] for row in rows] for name in names}
    if any(row.speaker for row in rows):
        columns["speaker"] = [row.speaker or "" for row in rows]
    return columns


def _source(row: Row, root: Path) -> dict[str, str]:
    paths = {name: getattr(row, name) for name in FILES}
    source = {name: path.relative_to(root).as_posix() for name, path in paths.items() if path is not None}
    return source | ({"text": row.text[:2000]} if row.text else {})
