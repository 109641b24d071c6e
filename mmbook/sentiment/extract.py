"""From the files of one clip to numbers: the one path, for training and for prediction alike (§5.1.5)."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Shaped, UInt8

from mmbook.datasets.duplicates import IMAGE_SIDE, audio_fingerprint, image_fingerprint
from mmbook.datasets.manifest import FILES, Row
from mmbook.errors import MediaError
from mmbook.files import atomic_path
from mmbook.media.audio import log_mel, read_audio, trim_silence
from mmbook.media.image import read_image, resize_image
from mmbook.media.text import tokenize
from mmbook.media.video import Video, read_video
from mmbook.sentiment.features import FORMAT, MAX_TOKENS, ClipFeatures, FeatureSettings, middle

VGG_SIZE = 224  # pixels a side that VGG16's weights expect
MAX_SECONDS = 600.0  # of a recording: what lies after is not read
MAX_CHARACTERS = 20_000  # of a text: far more than the tokens that are kept


def extract(row: Row, settings: FeatureSettings) -> ClipFeatures:
    """The features of one clip, from whichever of its picture, sound, video and text there are.

    Pictures: the photo first, then frames spread evenly over the video, `image_frames` in all. Sound: the audio file,
    or else the video's sound track; quiet ends are cut, then the middle `max_audio_seconds` are kept, as log-mel frames
    in decibels / 20. Text: its first tokens; text without a word or emoji counts as absent.

    `row` may be made by hand: `extract(Row("mine", image=Path("me.png"), text="I like it"), settings)`. Raises
    `MediaError`, which names the file, for one that cannot be read, and for a clip that leaves nothing.
    """
    frames, samples, tokens = _read(row, settings)
    return _encode(frames, samples, tokens, settings)


def cache_path(folder: Path, row: Row, settings: FeatureSettings) -> Path:
    """Where a row's features are kept: the name changes when the row's files (size, time) or the settings do."""
    what: dict = {"format": FORMAT, "id": row.id, "text": row.text, "settings": settings.to_dict()}
    what["settings"] |= {"audio_frames": 0, "text_length": 0}  # chosen later, from all rows
    for name in FILES:
        path = getattr(row, name)
        if path is not None:
            stat = path.stat()
            what[name] = [str(path), stat.st_size, stat.st_mtime_ns]
    return folder / f"{hashlib.blake2b(json.dumps(what).encode(), digest_size=16).hexdigest()}.npz"


def extract_to(path: Path, row: Row, settings: FeatureSettings) -> None:
    """Write a row's features and fingerprints (`load_cached` names them) to `path`, atomically; errors as `extract`."""
    frames, samples, tokens = _read(row, settings)
    clip = _encode(frames, samples, tokens, settings)
    arrays: dict[str, np.ndarray] = {}
    if clip.image is not None:
        arrays["image"] = clip.image
        arrays["image_print"] = image_fingerprint(resize_image(frames[0], 2 * IMAGE_SIDE))
    if clip.audio is not None:
        arrays["audio"] = clip.audio.astype(np.float16)
        arrays["audio_print"] = audio_fingerprint(clip.audio)
    if clip.tokens is not None:
        arrays["tokens"] = np.frombuffer(json.dumps(clip.tokens).encode(), np.uint8)
    with atomic_path(path) as temporary:
        np.savez(temporary, **arrays)


def is_cached(path: Path) -> bool:
    """Whether `path` holds a whole cache file: one that a full disk cut short is made again."""
    return path.exists() and zipfile.is_zipfile(path)


def load_cached(path: Path, *names: str) -> list[Shaped[np.ndarray, "*shape"] | None]:
    """Of what `extract_to` wrote, these: image, image_print, audio, audio_print, tokens; None for an absent one."""
    with np.load(path, allow_pickle=False) as file:
        return [file[name] if name in file.files else None for name in names]


def load_tokens(path: Path) -> list[str]:
    """The tokens that `extract_to` wrote; none for a clip without text."""
    (data,) = load_cached(path, "tokens")
    return [] if data is None else json.loads(data.tobytes())


def _read(
    row: Row, settings: FeatureSettings
) -> tuple[list[UInt8[np.ndarray, "size size 3"]], Float32[np.ndarray, "samples"] | None, list[str]]:
    """Square frames, sound and tokens of a clip; `MediaError` if there is none of them."""
    size = VGG_SIZE if settings.image_encoder == "vgg16" else settings.image_size
    frames, samples, tokens = [], None, []
    if row.image is not None:
        frames.append(resize_image(read_image(row.image), size))
    if row.video is not None:
        video = _read_video(row, settings)
        frames += [resize_image(frame, size) for frame in video.frames][: settings.image_frames - len(frames)]
        samples = video.samples
    if row.audio is not None:
        samples = read_audio(row.audio, settings.sample_rate, MAX_SECONDS)
    if row.text is not None:
        tokens = tokenize(row.text[:MAX_CHARACTERS])[:MAX_TOKENS]
    if samples is not None and not len(samples):
        samples = None
    if not frames and samples is None and not tokens:
        raise MediaError(f"{row.id}: no picture, no sound and no word to learn from: give at least one")
    return frames, samples, tokens


def _read_video(row: Row, settings: FeatureSettings) -> Video:
    wanted = max(1, settings.image_frames - (row.image is not None))
    return read_video(row.video, wanted, settings.sample_rate, MAX_SECONDS, with_audio=row.audio is None)


def _encode(
    frames: list[np.ndarray], samples: np.ndarray | None, tokens: list[str], settings: FeatureSettings
) -> ClipFeatures:
    image = audio = None
    if frames and settings.image_encoder == "vgg16":
        from mmbook.embedding import vgg  # torch: two seconds that the other encoder's workers need not wait

        image = vgg.vgg_features(np.stack(frames), vgg.known_weights(settings.image_weights))
    elif frames:
        image = np.ascontiguousarray(np.stack(frames).transpose(0, 3, 1, 2))
    if samples is not None:
        rate = settings.sample_rate
        samples = middle(trim_silence(samples, rate), round(settings.max_audio_seconds * rate))
        audio = log_mel(samples, rate, settings.n_mels, hop_seconds=settings.hop_seconds)
    return ClipFeatures(image, audio, tokens or None)
