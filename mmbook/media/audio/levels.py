"""How loud a sound is, in decibels, and what changes it (§2.1.2): level, loudness, trimming, mixing, SNR.

A decibel compares two powers: 10 log10 of their ratio, which is 20 log10 of the ratio of amplitudes. A level is in dB
relative to full scale (dBFS): 0 dB is a mean square of 1, and a sine of amplitude 1 has -3.01 dB.
"""

import math

import numpy as np
import scipy.signal
from jaxtyping import Float, Float32

SILENCE_DB = -120.0
"""The level of a sound without power, instead of minus infinity."""


def rms_db(samples: Float[np.ndarray, "samples"]) -> float:
    """The level in decibels relative to full scale: 10 log10 of the mean square, at least `SILENCE_DB`."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return 10 * math.log10(max(power, 10 ** (SILENCE_DB / 10)))


def apply_gain(samples: Float[np.ndarray, "samples"], gain_db: float | int) -> Float32[np.ndarray, "samples"]:
    """The samples times 10^(gain_db / 20): +6.02 dB is twice the amplitude. Nothing is clipped."""
    return (samples * 10 ** (gain_db / 20)).astype(np.float32)


def loudness(samples: Float[np.ndarray, "samples"], sample_rate: int = 16_000) -> float:
    """The loudness in LUFS (decibels as the ear weighs them), at least `SILENCE_DB`.

    The sound is K-weighted: a shelf lifts what lies above about 1.5 kHz by 4 dB, a high-pass takes away what lies below
    about 38 Hz. Then blocks of 0.4 s, four times overlapped, are averaged that are louder than -70 LUFS and not more
    than 10 dB below the mean of those: pauses do not count. A sound shorter than one block is one block.

    Source: ITU-R BS.1770-4, for one channel; the filters are computed for the sample rate.
    """
    weighted = _biquad(np.asarray(samples, np.float64), *_shelf(sample_rate, 4.0, 1500.0, math.sqrt(0.5)))
    weighted = _biquad(weighted, *_high_pass(sample_rate, 38.0, 0.5))
    block = min(round(0.4 * sample_rate), samples.size)
    if block == 0:
        return SILENCE_DB
    step = max(1, round(block / 4))
    power = (np.lib.stride_tricks.sliding_window_view(weighted, block)[::step] ** 2).mean(axis=1)
    power = power[_lufs(power) > -70]
    if not power.size:
        return SILENCE_DB
    return float(_lufs(power[_lufs(power) > _lufs(power.mean()) - 10].mean()))


def set_loudness(
    samples: Float[np.ndarray, "samples"], target_lufs: float | int = -23, sample_rate: int = 16_000
) -> Float32[np.ndarray, "samples"]:
    """The samples with the gain that brings their `loudness` to the target, or as near as a peak of 1 allows.

    Silence comes back as it is. -23 LUFS is the target of European broadcasting (EBU R 128).
    """
    now = loudness(samples, sample_rate)
    if now == SILENCE_DB:
        return samples.astype(np.float32)
    louder = apply_gain(samples, target_lufs - now)
    return louder / np.float32(max(1.0, float(np.abs(louder).max())))


def snr_db(clean: Float[np.ndarray, "samples"], noisy: Float[np.ndarray, "samples"]) -> float:
    """The signal-to-noise ratio: 10 log10 of the power of `clean` over the power of `noisy - clean`.

    Whatever differs from `clean` counts as noise, also speech that a denoiser took away. Infinite where none does.
    """
    clean = clean.astype(np.float64)
    noise = np.sum((noisy - clean) ** 2)
    return math.inf if noise == 0 else 10 * math.log10(max(np.sum(clean**2) / noise, 1e-12))


def trim_silence(
    samples: Float[np.ndarray, "samples"], sample_rate: int = 16_000, threshold_db: float | int = 40
) -> Float[np.ndarray, "kept"]:
    """The samples without the quiet start and end: 20 ms frames more than `threshold_db` below the loudest one.

    A clip that is silent throughout comes back whole.
    """
    length = max(1, round(0.02 * sample_rate))
    if not samples.size or not samples.any():
        return samples
    padded = np.pad(samples.astype(np.float64), (0, -samples.size % length))
    power = (padded.reshape(-1, length) ** 2).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-threshold_db / 10))
    return samples[loud[0] * length : (loud[-1] + 1) * length]


def mix_at_snr(
    signal: Float[np.ndarray, "samples"], noise: Float[np.ndarray, "noise_samples"], snr_db: float | int
) -> Float32[np.ndarray, "samples"]:
    """Signal plus noise, the noise repeated or cut to length and scaled so that the power ratio is `snr_db` decibels.

    Nothing is rescaled after the sum, so it can go beyond 1. Silent noise adds nothing; to silence, nothing is added.
    """
    if not noise.size:
        raise ValueError("mix_at_snr: noise has no samples")
    clean = signal.astype(np.float64)
    added = np.resize(noise.astype(np.float64), clean.size)
    signal_power, noise_power = np.mean(clean**2) if clean.size else 0.0, np.mean(added**2) if added.size else 0.0
    if noise_power == 0:
        return clean.astype(np.float32)
    return (clean + added * np.sqrt(signal_power / noise_power / 10 ** (snr_db / 10))).astype(np.float32)


def _lufs(power):
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-15))


def _biquad(samples: np.ndarray, numerator: list[float], denominator: list[float]) -> np.ndarray:
    return scipy.signal.lfilter(numerator, denominator, samples)


def _shelf(sample_rate: int, gain_db: float, frequency: float, q: float) -> tuple[list[float], list[float]]:
    """Coefficients of a second-order shelf: `gain_db` above `frequency`, 0 below (the cookbook formulae)."""
    a, angle = 10 ** (gain_db / 40), 2 * math.pi * frequency / sample_rate
    cosine, slope = math.cos(angle), math.sqrt(a) * math.sin(angle) / q
    up, down = (a + 1) + (a - 1) * cosine, (a + 1) - (a - 1) * cosine
    turn = (a - 1) + (a + 1) * cosine, (a - 1) - (a + 1) * cosine
    return [a * (up + slope), -2 * a * turn[0], a * (up - slope)], [down + slope, 2 * turn[1], down - slope]


def _high_pass(sample_rate: int, frequency: float, q: float) -> tuple[list[float], list[float]]:
    angle = 2 * math.pi * frequency / sample_rate
    cosine, slope = math.cos(angle), math.sin(angle) / (2 * q)
    half = (1 + cosine) / 2
    return [half, -2 * half, half], [1 + slope, -2 * cosine, 1 - slope]
