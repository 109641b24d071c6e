"""Sound files (§2.1.1, §2.1.2): read any common file as mono samples, change its sample rate, write it."""

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import scipy.signal
import soundfile
from jaxtyping import Float, Float32

from mmbook.errors import MediaError
from mmbook.files import atomic_path
from mmbook.media._file import check_file, decoding
from mmbook.media._libav import decode, first_stream, open_container

BLOCK = 1 << 18
MIN_RATE, MAX_RATE = 1_000, 384_000
WRITTEN_AS = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", None)}


def read_audio(
    path: str | Path, sample_rate: int = 16_000, max_seconds: float | int = 600
) -> Float32[np.ndarray, "samples"]:
    """The sound as mono samples in [-1, 1] at `sample_rate` Hz.

    WAV (any bit depth), FLAC, OGG, MP3, M4A and the like, or the sound track of a video; the content decides, not the
    suffix. Channels are averaged. Floating-point files that go beyond 1 are scaled down to it. What lies after
    `max_seconds` is not read. Silence is valid.

    Raises `MediaError` for a file that is missing, damaged or without sound, and for samples that are not finite.
    """
    path = check_file(path, "a sound file")
    with decoding(path, "a sound file"):
        sound = _open_soundfile(path)
        blocks, rate = _read_libav(path, max_seconds) if sound is None else _read_soundfile(path, sound, max_seconds)
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if not samples.size:
        raise MediaError(f"{path}: has a header but no sound samples; record or export it again")
    return to_range(path, samples, rate, sample_rate)


def to_range(path: Path, samples: np.ndarray, rate: int, sample_rate: int) -> np.ndarray:
    """Decoded samples at `sample_rate` Hz within [-1, 1]; `MediaError` where they are not finite."""
    if not np.isfinite(samples).all():
        raise MediaError(
            f"{path}: has samples that are not finite numbers (NaN or infinity); export it again as 16-bit WAV"
        )
    peak = float(np.abs(samples).max())
    if peak > 1:
        samples = samples / np.float32(peak)
    return np.clip(resample(samples, rate, sample_rate), -1, 1)


def resample(samples: Float[np.ndarray, "samples"], rate: int, new_rate: int) -> Float32[np.ndarray, "new_samples"]:
    """The samples at `new_rate` Hz, with an antialiasing filter: `ceil(samples * new_rate / rate)` of them."""
    samples = samples.astype(np.float32)
    if rate == new_rate or not samples.size:
        return samples
    # A ratio of small integers keeps the filter short for odd rates; the clock is then off by less than 1e-5.
    ratio = Fraction(new_rate, rate).limit_denominator(2_000)
    count = math.ceil(samples.size * new_rate / rate)
    out = scipy.signal.resample_poly(samples, ratio.numerator, ratio.denominator)[:count]
    return np.pad(out, (0, count - out.size)).astype(np.float32)


def write_audio(path: str | Path, samples: Float[np.ndarray, "samples"], sample_rate: int = 16_000) -> None:
    """Write mono samples, atomically, clipped to [-1, 1]: by the suffix 16-bit WAV or FLAC, or OGG or MP3."""
    path = Path(path)
    if path.suffix.lower() not in WRITTEN_AS:
        raise MediaError(
            f"{path}: sound is not written as {path.suffix or 'a name without a suffix'}; use .wav or .flac"
        )
    form, subtype = WRITTEN_AS[path.suffix.lower()]
    with atomic_path(path) as temporary:
        soundfile.write(temporary, np.clip(samples, -1, 1), sample_rate, format=form, subtype=subtype)


def _open_soundfile(path: Path) -> soundfile.SoundFile | None:
    """The open file if it is a WAV, FLAC or OGG that libsndfile can read; None leaves it to FFmpeg.

    MP3 is left to FFmpeg too: it knows the encoder's delay, and libsndfile's decoder writes warnings to stderr.
    """
    with path.open("rb") as stream:
        head = stream.read(12)
    if head[:4] not in (b"fLaC", b"OggS") and not (head[:4] in (b"RIFF", b"RF64", b"RIFX") and head[8:] == b"WAVE"):
        return None
    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        return None


def _check_rate(path: Path, rate: int) -> None:
    if not MIN_RATE <= rate <= MAX_RATE:
        raise MediaError(
            f"{path}: says {rate} samples a second, outside {MIN_RATE}..{MAX_RATE}; export it again at 16 kHz"
        )


def _read_soundfile(path: Path, sound: soundfile.SoundFile, max_seconds: float | int) -> tuple[list[np.ndarray], int]:
    blocks: list[np.ndarray] = []
    with sound, np.errstate(all="ignore"):
        rate = sound.samplerate
        _check_rate(path, rate)
        remaining = math.ceil(max_seconds * rate)
        while remaining > 0:
            block = sound.read(min(BLOCK, remaining), dtype="float32", always_2d=True)
            if not len(block):
                break
            blocks.append(block.mean(axis=1))
            remaining -= len(block)
    return blocks, rate


def _read_libav(path: Path, max_seconds: float | int) -> tuple[list[np.ndarray], int]:
    with open_container(path) as container:
        stream = first_stream(container, "audio")
        if stream is None:
            raise MediaError(f"{path}: has no sound track; give a file with sound or leave the cell empty")
        blocks, rate, _ = decode_mono(container, stream, path, max_seconds)
        return blocks, rate


def decode_mono(container, stream, path: Path, max_seconds: float | int) -> tuple[list[np.ndarray], int, float]:
    """Blocks of mono float32 samples of a PyAV audio stream up to `max_seconds`, their rate in Hz, their start in s."""
    blocks: list[np.ndarray] = []
    rate, remaining, start = 0, 0, 0.0
    shape, packer = None, None
    for frame in decode(container, stream, path):
        if not blocks:
            rate, start = frame.sample_rate, frame.time or 0.0
            _check_rate(path, rate)
            remaining = math.ceil(max_seconds * rate)
        elif frame.sample_rate != rate:
            raise MediaError(f"{path}: changes its sample rate from {rate} to {frame.sample_rate} Hz; export it again")
        # PyAV crashes on the planes of a frame with eight or more channels: FFmpeg interleaves them first.
        if shape != (frame.format.name, frame.layout.name):
            shape, packer = (frame.format.name, frame.layout.name), av.AudioResampler(format="flt")
        for packed in packer.resample(frame):
            values = packed.to_ndarray().reshape(-1, packed.layout.nb_channels)
            with np.errstate(all="ignore"):
                blocks.append(values.mean(axis=1)[:remaining])
            remaining -= blocks[-1].size
        if remaining <= 0:
            break
    return blocks, rate, start
