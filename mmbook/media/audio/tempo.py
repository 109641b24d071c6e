"""Faster, slower, higher, lower (§2.1.2 enhancement): time stretch by phase vocoder, pitch shift, pitch measured."""

import math

import numpy as np
import scipy.signal
from jaxtyping import Complex, Float, Float32

from mmbook.media.audio.files import resample
from mmbook.media.audio.spectrum import istft, stft

WINDOW, HOP = 512, 128


def phase_vocoder(
    spectrogram: Complex[np.ndarray, "frames frequencies"], rate: float | int, hop: int = HOP
) -> Complex[np.ndarray, "new_frames frequencies"]:
    """The STFT read `rate` times as fast: `ceil(frames / rate)` frames, as far apart as before.

    Amplitudes are interpolated between neighbouring frames. Phases are added up: from one new frame to the next,
    each frequency turns by what it turned from one old frame to the next, so that a steady tone stays a steady tone.
    Source: Flanagan and Golden (1966).
    """
    _check_rate("phase_vocoder", rate)
    steps = np.arange(0, len(spectrogram), rate)
    at, share = steps.astype(int), (steps % 1)[:, None]
    padded = np.pad(spectrogram, ((0, 2), (0, 0)))
    first, second = padded[at], padded[at + 1]
    advance = np.linspace(0, np.pi * hop, spectrogram.shape[1])
    turn = np.angle(second) - np.angle(first) - advance
    turn += advance - 2 * np.pi * np.round(turn / (2 * np.pi))
    phase = np.cumsum(np.concatenate([np.angle(first[:1]), turn[:-1]]), axis=0)
    return ((1 - share) * np.abs(first) + share * np.abs(second)) * np.exp(1j * phase)


def time_stretch(samples: Float[np.ndarray, "samples"], rate: float | int) -> Float32[np.ndarray, "new_samples"]:
    """The sound `rate` times as fast at the same pitch: `round(samples / rate)` samples.

    ValueError unless `rate` is a positive number.
    """
    _check_rate("time_stretch", rate)
    stretched = phase_vocoder(stft(samples.astype(np.float64), WINDOW, HOP), rate)
    return istft(stretched, round(samples.size / rate), WINDOW, HOP).astype(np.float32)


def pitch_shift(samples: Float[np.ndarray, "samples"], semitones: float | int) -> Float32[np.ndarray, "samples"]:
    """The sound with every frequency times 2^(semitones / 12), as long as before.

    It is stretched to that many times its length and then played that much faster (resampled). The resonances of the
    voice move along, and so it sounds like a smaller or larger person, not like the same one singing higher.
    """
    ratio = 2 ** (semitones / 12)
    slow = time_stretch(samples, 1 / ratio)
    shifted = resample(slow, round(16_000 * ratio), 16_000)[: samples.size]
    return np.pad(shifted, (0, samples.size - shifted.size))


def pitch_track(
    samples: Float[np.ndarray, "samples"],
    sample_rate: int = 16_000,
    low: float | int = 60,
    high: float | int = 500,
    hop_seconds: float | int = 0.01,
) -> Float[np.ndarray, "frames"]:
    """The fundamental frequency in Hz in each frame, NaN where there is none, from `low` to `high`.

    It is the shift at which a frame of two and a half of the longest periods is most like itself: the highest peak of
    the normalised autocorrelation, made finer by a parabola through three points. Frames count as voiced where that
    peak is above 0.6 and the level is not more than 30 dB below the loudest frame.

    Source: Boersma (1993), Proceedings of the Institute of Phonetic Sciences 17: the frame's autocorrelation is
    divided by the window's own.
    """
    length, hop = round(2.5 * sample_rate / low), round(hop_seconds * sample_rate)
    padded = np.pad(samples.astype(np.float64), length // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, length)[::hop] if samples.size else np.zeros((0, length))
    window = np.hanning(length)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window
    size = 1 << (2 * length - 1).bit_length()
    lags = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2, size, axis=1)[:, : math.ceil(sample_rate / low) + 2]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2, size)[: lags.shape[1]]
    likeness = lags / np.maximum(lags[:, :1], 1e-12) / (own / own[0])
    return np.array([_best_lag(row, sample_rate, high) for row in _quiet_to_zero(likeness, lags[:, 0])])


def pitch(samples: Float[np.ndarray, "samples"], sample_rate: int = 16_000) -> float:
    """The median fundamental frequency in Hz over the voiced frames, NaN if there are none."""
    track = pitch_track(samples, sample_rate)
    return float(np.nanmedian(track)) if np.isfinite(track).any() else math.nan


def _check_rate(name: str, rate: float | int) -> None:
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"{name}: rate is {rate}, give a positive number (2 is twice as fast)")


def _quiet_to_zero(likeness: np.ndarray, power: np.ndarray) -> np.ndarray:
    loud = power > power.max(initial=0) * 1e-3
    return likeness * loud[:, None]


def _best_lag(likeness: np.ndarray, sample_rate: int, high: float | int) -> float:
    """The frequency of the first lag that is nearly as good as the best: twice a period is as good as a period."""
    shortest = math.floor(sample_rate / high)
    peaks = shortest + scipy.signal.find_peaks(likeness[shortest:])[0]
    if not peaks.size or likeness[peaks].max() < 0.6:
        return math.nan
    peak = peaks[likeness[peaks] > 0.9 * likeness[peaks].max()][0]
    before, here, after = likeness[peak - 1 : peak + 2]
    return sample_rate / (peak + 0.5 * (before - after) / (before - 2 * here + after))
