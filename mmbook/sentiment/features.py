"""Prepared features: their settings, the arrays that training reads, and how one clip is packed into them (§5.1.5)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Float16, Float32, Int32, Shaped, UInt8

from mmbook.errors import UserError
from mmbook.files import atomic_path
from mmbook.media.text import Vocabulary

FORMAT = 1
MODALITIES = ("image", "audio", "text")
ARRAYS = ("image", "image_mask", "audio", "audio_length", "text", "text_length")
MAX_TEXT_LENGTH = 128  # of those chosen from the data
MAX_TOKENS = 1024  # kept of any text


@dataclass(frozen=True)
class FeatureSettings:
    """How files become numbers; `audio_frames` and `text_length` are 0 until `prepare` chooses them from the data.

    `image_encoder` is "cnn" (pixels are kept, the encoder is trained) or "vgg16" (frozen, 512 numbers a frame).
    `image_weights` matters for "vgg16" alone: "imagenet", "random", or "auto" (ImageNet if the file is here).
    """

    image_size: int = 64
    image_frames: int = 4
    image_encoder: str = "cnn"
    image_weights: str = "auto"
    sample_rate: int = 16_000
    n_mels: int = 64
    hop_seconds: float = 0.02
    max_audio_seconds: float = 10.0
    audio_frames: int = 0
    text_length: int = 0

    def __post_init__(self):
        if self.image_encoder not in ("cnn", "vgg16"):
            raise UserError(f"image encoder {self.image_encoder!r} is unknown: choose cnn or vgg16")
        if self.image_weights not in ("auto", "imagenet", "random"):
            raise UserError(f"image weights {self.image_weights!r} are unknown: choose auto, imagenet or random")
        for name in ("image_size", "image_frames", "sample_rate", "n_mels", "hop_seconds", "max_audio_seconds"):
            if getattr(self, name) <= 0:
                raise UserError(f"{name} is {getattr(self, name)}: it must be above zero")
        if self.text_length > MAX_TOKENS:
            raise UserError(f"text_length is {self.text_length}: it is at most {MAX_TOKENS}")

    def to_dict(self) -> dict:
        """All settings, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "FeatureSettings":
        """The settings that `to_dict` wrote."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True)
class ClipFeatures:
    """One clip as numbers, before padding; None is a modality that is not there."""

    image: UInt8[np.ndarray, "frames 3 size size"] | Float[np.ndarray, "frames 512"] | None = None
    audio: Float32[np.ndarray, "time n_mels"] | None = None
    tokens: list[str] | None = None


@dataclass(frozen=True)
class FeatureSet:
    """All rows of a manifest as arrays; a modality that no training row has is left out and its array is None.

    Masks and lengths are always there: no True, or length 0, means that the row lacks the modality.
    `labels` index `label_names` (sorted) when `task` is "classes", and are the numbers themselves otherwise.
    `statistics` holds, for image and audio, "mean" and "std" per channel (vgg16: per feature) and per mel band, in the
    units of the arrays (pixels: 0 to 255), over the training rows alone. `sources` holds each row's cells: paths
    relative to `root`, and the text itself. `extra` holds every other column of the manifest.
    """

    settings: FeatureSettings
    task: str
    label_names: tuple[str, ...]
    modalities: tuple[str, ...]
    ids: list[str]
    splits: Shaped[np.ndarray, "rows"]
    labels: Shaped[np.ndarray, "rows"]
    extra: dict[str, list[str]]
    sources: list[dict[str, str]]
    root: Path
    image: UInt8[np.ndarray, "rows frames 3 size size"] | Float16[np.ndarray, "rows frames 512"] | None
    image_mask: Bool[np.ndarray, "rows frames"]
    audio: Float16[np.ndarray, "rows audio_frames n_mels"] | None
    audio_length: Int32[np.ndarray, "rows"]
    text: Int32[np.ndarray, "rows text_length"] | None
    text_length: Int32[np.ndarray, "rows"]
    vocabulary: Vocabulary
    statistics: dict[str, dict[str, list[float]]]

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, split: str) -> Shaped[np.ndarray, "count"]:
        """Positions of the rows of one split: "train", "valid" or "test"."""
        return np.flatnonzero(self.splits == split)

    def present(self, modality: str) -> Bool[np.ndarray, "rows"]:
        """Which rows have this modality."""
        if modality == "image":
            return self.image_mask.any(axis=1)
        return (self.audio_length if modality == "audio" else self.text_length) > 0


def middle(values: Shaped[np.ndarray, "count *rest"], length: int) -> Shaped[np.ndarray, "kept *rest"]:
    """The middle `length` entries: a long recording most often starts and ends with what matters least."""
    start = max(0, (len(values) - length) // 2)
    return values[start : start + length]


def pack(clip: ClipFeatures, settings: FeatureSettings, vocabulary: Vocabulary) -> dict[str, np.ndarray]:
    """One clip at the sizes that training uses, keyed as in `FeatureSet` but without the rows axis.

    Pictures: the first `image_frames`, then blank ones whose mask is False. Sound: the middle `audio_frames` frames,
    zeros after. Text: the first `text_length` tokens, `PAD` after. An absent modality is all zeros, mask False,
    length 0.
    """
    image, mask = pack_image(clip.image, settings)
    audio, audio_length = pack_audio(clip.audio, settings)
    text, text_length = pack_text(clip.tokens, settings, vocabulary)
    return {
        "image": image,
        "image_mask": mask,
        "audio": audio,
        "audio_length": np.array(audio_length, np.int32),
        "text": text,
        "text_length": np.array(text_length, np.int32),
    }


def pack_image(
    image: Shaped[np.ndarray, "count *shape"] | None, settings: FeatureSettings
) -> tuple[Shaped[np.ndarray, "frames *shape"], Bool[np.ndarray, "frames"]]:
    """The first `image_frames` frames (UInt8, or Float16 of VGG16), blank ones after them, and which are not blank."""
    vgg = settings.image_encoder == "vgg16"
    shape = (512,) if vgg else (3, settings.image_size, settings.image_size)
    out = np.zeros((settings.image_frames, *shape), np.float16 if vgg else np.uint8)
    mask = np.zeros(settings.image_frames, bool)
    if image is not None:
        frames = image[: settings.image_frames]
        out[: len(frames)], mask[: len(frames)] = frames, True
    return out, mask


def pack_audio(
    audio: Float[np.ndarray, "time n_mels"] | None, settings: FeatureSettings
) -> tuple[Float16[np.ndarray, "audio_frames n_mels"], int]:
    """The middle `audio_frames` frames, zeros after them, and how many are sound."""
    out = np.zeros((settings.audio_frames, settings.n_mels), np.float16)
    kept = out[:0] if audio is None else middle(audio, settings.audio_frames)
    out[: len(kept)] = kept
    return out, len(kept)


def pack_text(
    tokens: Sequence[str] | None, settings: FeatureSettings, vocabulary: Vocabulary
) -> tuple[Int32[np.ndarray, "text_length"], int]:
    """The numbers of the first `text_length` tokens, `PAD` after them, and how many are tokens."""
    kept = list(tokens or ())[: settings.text_length]
    return vocabulary.encode(kept, settings.text_length), len(kept)


def save_array(path: str | Path, array: np.ndarray) -> None:
    """Write an array atomically as .npy, without pickle."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def load_features(folder: str | Path) -> FeatureSet:
    """The features that `prepare` wrote to `folder`; `UserError` if it never finished there."""
    folder = Path(folder)
    try:
        meta = json.loads((folder / "features.json").read_bytes())
        if meta["format"] != FORMAT:
            raise UserError(f"{folder}: features of format {meta['format']}, not {FORMAT}: run prepare again")
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in meta["arrays"]}
        vocabulary = Vocabulary.from_list(meta["vocabulary"])
    except FileNotFoundError as error:
        raise UserError(f"{folder}: no {Path(error.filename).name}: run `mmbook sentiment prepare` again") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder}: damaged features ({error}): run `mmbook sentiment prepare` again") from None
    return FeatureSet(
        settings=FeatureSettings.from_dict(meta["settings"]),
        task=meta["task"],
        label_names=tuple(meta["label_names"]),
        modalities=tuple(meta["modalities"]),
        ids=meta["ids"],
        splits=np.array(meta["splits"]),
        labels=np.array(meta["labels"], np.int64 if meta["task"] == "classes" else np.float32),
        extra=meta["extra"],
        sources=meta["sources"],
        root=Path(meta["root"]),
        image=arrays.get("image"),
        image_mask=arrays["image_mask"],
        audio=arrays.get("audio"),
        audio_length=arrays["audio_length"],
        text=arrays.get("text"),
        text_length=arrays["text_length"],
        vocabulary=vocabulary,
        statistics=meta["statistics"],
    )
