"""From samples to features (§2.1.2 spectrum analysis): spectrum, STFT and back, mel bands, decibels, MFCC, log-mel.

Each is a few lines on top of the one before. Time is the first axis everywhere: `(frames, frequencies)`.
"""

import functools
import math

import numpy as np
import scipy.fft
import scipy.signal
from jaxtyping import Complex, Float, Float32

WINDOW, HOP = 400, 160
"""25 ms and 10 ms at 16 kHz: short enough that a speech sound hardly changes, long enough for two pitch periods."""


def hann(length: int) -> Float[np.ndarray, "length"]:
    """The periodic Hann window: shifted by a half or a quarter of its length and added up, it gives a constant."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


def spectrum(
    samples: Float[np.ndarray, "samples"], sample_rate: int = 16_000, window: Float[np.ndarray, "samples"] | None = None
) -> tuple[Float[np.ndarray, "frequencies"], Float[np.ndarray, "frequencies"]]:
    """Frequencies in Hz from 0 to half the rate, and the amplitude of the sine at each of them.

    The samples are weighted with `window` (a Hann window by default; ones for none) and the result is divided by its
    mean, so that a sine of amplitude 0.5 whose frequency is one of those listed gives 0.5. ValueError without samples.
    """
    if not samples.size:
        raise ValueError("spectrum: samples is empty")
    window = hann(samples.size) if window is None else window
    amplitude = np.abs(np.fft.rfft(samples * window)) / window.sum()
    amplitude[1 : (samples.size + 1) // 2] *= 2  # the other half of a real signal's spectrum mirrors this one
    return np.fft.rfftfreq(samples.size, 1 / sample_rate), amplitude


def stft(
    samples: Float[np.ndarray, "samples"],
    window_length: int = WINDOW,
    hop: int = HOP,
    fft_length: int | None = None,
) -> Complex[np.ndarray, "frames frequencies"]:
    """The short-time Fourier transform: one spectrum of `1 + fft_length // 2` frequencies each `hop` samples.

    There are `1 + samples // hop` frames, centred on multiples of the hop, of a signal padded with zeros. The Hann
    window lies in the middle of `fft_length` samples (default: the window's own length). float32 gives complex64.
    """
    window, size = _centred_window(window_length, fft_length)
    padded = np.pad(samples, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][: 1 + samples.size // hop]
    return scipy.fft.rfft(frames * window.astype(samples.dtype), axis=1)


def istft(
    spectrogram: Complex[np.ndarray, "frames frequencies"],
    length: int,
    window_length: int = WINDOW,
    hop: int = HOP,
    fft_length: int | None = None,
) -> Float[np.ndarray, "length"]:
    """The `length` samples whose STFT comes nearest to `spectrogram` in least squares; equal where it is an STFT.

    Each frame is transformed back, weighted with the window once more and added in its place; the sum is divided by
    the sum of the squared windows. Source: Griffin and Lim (1984).
    """
    window, size = _centred_window(window_length, fft_length)
    frames = scipy.fft.irfft(spectrogram, size, axis=1) * window
    total = np.zeros(size + hop * (len(frames) - 1))
    weight = np.zeros_like(total)
    for n, frame in enumerate(frames):
        total[n * hop : n * hop + size] += frame
        weight[n * hop : n * hop + size] += window**2
    samples = (total / np.where(weight > 1e-11, weight, 1))[size // 2 : size // 2 + length]
    return np.pad(samples, (0, length - samples.size)).astype(spectrogram.real.dtype)


def _centred_window(window_length: int, fft_length: int | None) -> tuple[np.ndarray, int]:
    size = window_length if fft_length is None else fft_length
    if size < window_length:
        raise ValueError(f"fft_length is {size}: give at least the window_length, {window_length}")
    before = (size - window_length) // 2
    return np.pad(hann(window_length), (before, size - window_length - before)), size


def hz_to_mel(frequency: Float[np.ndarray, "*shape"] | float | int) -> Float[np.ndarray, "*shape"] | float:
    """Mels of hertz: 2595 log10(1 + f / 700), about linear below 700 Hz and logarithmic above (O'Shaughnessy, 1987)."""
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


def mel_to_hz(mel: Float[np.ndarray, "*shape"] | float | int) -> Float[np.ndarray, "*shape"] | float:
    """Hertz of mels; the inverse of `hz_to_mel`."""
    return 700 * (10 ** (np.asarray(mel) / 2595) - 1)


def mel_filters(
    n_mels: int = 64, frequencies: int = 1 + WINDOW // 2, sample_rate: int = 16_000
) -> Float[np.ndarray, "frequencies n_mels"]:
    """Triangles of height 1, evenly spaced in mels from 0 to half the rate, over the frequencies of an STFT.

    With few frequencies the lowest triangles may fall between two of them and stay empty.
    """
    edges = 700 * (10 ** (np.linspace(0, 2595 * math.log10(1 + sample_rate / 2 / 700), n_mels + 2) / 2595) - 1)
    frequency = np.arange(frequencies)[:, None] * sample_rate / (2 * (frequencies - 1))
    rising = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


def mel_spectrogram(
    samples: Float[np.ndarray, "samples"],
    sample_rate: int = 16_000,
    n_mels: int = 64,
    window_length: int = WINDOW,
    hop: int = HOP,
    fft_length: int | None = None,
) -> Float[np.ndarray, "frames n_mels"]:
    """The power of the STFT, added up in mel bands."""
    power = np.abs(stft(samples, window_length, hop, fft_length)) ** 2
    return power @ mel_filters(n_mels, power.shape[1], sample_rate).astype(power.dtype)


def power_to_db(
    power: Float[np.ndarray, "*shape"], floor: float | int = 1e-10, range_db: float | int | None = None
) -> Float[np.ndarray, "*shape"]:
    """Decibels of a power: 10 log10 of it, and of `floor` where it is smaller.

    With `range_db`, nothing is further than that below the largest value. The floor then depends on the loudest moment
    of the clip.
    """
    decibels = 10 * np.log10(np.maximum(power, floor))
    return decibels if range_db is None else np.maximum(decibels, decibels.max() - range_db)


def mfcc(
    samples: Float[np.ndarray, "samples"],
    sample_rate: int = 16_000,
    count: int = 13,
    n_mels: int = 64,
    window_length: int = WINDOW,
    hop: int = HOP,
    fft_length: int | None = None,
    range_db: float | int | None = None,
) -> Float[np.ndarray, "frames count"]:
    """The first `count` mel-frequency cepstral coefficients: the cosine transform of each frame's mel decibels.

    Number 0 is the level (sqrt(n_mels) times the mean); the next few say how the spectrum slopes and where it bulges.
    Source: Davis and Mermelstein (1980), IEEE Transactions on Acoustics, Speech, and Signal Processing 28.
    """
    bands = mel_spectrogram(samples, sample_rate, n_mels, window_length, hop, fft_length)
    return scipy.fft.dct(power_to_db(bands, range_db=range_db), norm="ortho", axis=1)[:, :count]


def log_mel(
    samples: Float[np.ndarray, "samples"],
    sample_rate: int = 16_000,
    n_mels: int = 64,
    window_seconds: float | int = 0.025,
    hop_seconds: float | int = 0.02,
    floor_db: float | int = -80,
) -> Float32[np.ndarray, "frames n_mels"]:
    """Log-mel frames in decibels divided by 20: the base-10 logarithm of the amplitude in each mel band.

    0 is a full-scale sine that falls on the middle of one band, and nothing is below `floor_db / 20`. Twice as loud
    adds log10(2) = 0.30 everywhere above the floor; no clip is normalised by itself, so loudness is kept. There are
    `1 + samples // hop` frames, centred on multiples of the hop (the signal is padded with zeros).

    Source: Davis and Mermelstein (1980), with the mel scale of O'Shaughnessy (1987), 2595 log10(1 + f / 700).
    """
    window_length, hop = round(window_seconds * sample_rate), round(hop_seconds * sample_rate)
    filters = _fine_mel_filters(sample_rate, n_mels, window_length)
    window = scipy.signal.get_window("hann", window_length).astype(np.float32)
    window *= 2 / window.sum()
    count = 1 + samples.size // hop
    before = window_length // 2
    padded = np.pad(samples.astype(np.float32), (before, window_length))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window_length)[::hop][:count]
    out = np.empty((count, n_mels), np.float32)
    for start in range(0, count, 1024):
        spectrum = scipy.fft.rfft(frames[start : start + 1024] * window, 2 * (filters.shape[0] - 1))
        power = spectrum.real**2 + spectrum.imag**2
        out[start : start + 1024] = np.maximum(0.5 * np.log10(np.maximum(power @ filters, 1e-30)), floor_db / 20)
    return out


@functools.lru_cache(maxsize=16)
def _fine_mel_filters(sample_rate: int, n_mels: int, window_length: int) -> np.ndarray:
    """Mel filters for a transform long enough (zero padding) that no triangle falls between two frequencies."""
    size = 1 << (window_length - 1).bit_length()
    while True:
        filters = mel_filters(n_mels, 1 + size // 2, sample_rate).astype(np.float32)
        if filters.max(axis=0).min() > 0.3:
            return filters
        size *= 2
