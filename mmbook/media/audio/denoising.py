"""Three denoisers that turn down what looks like noise in the STFT (§2.1.2): subtraction, Wiener filter, gate.

Each one multiplies every value of the STFT by a gain in [0, 1] and keeps the noisy phase. They differ in how the gain
follows from the SNR at that value. All need the noise's power at each frequency: measured on a stretch of noise alone
(`noise_power`), or guessed from the quietest frames of the noisy sound itself (`estimate_noise_power`).
"""

import numpy as np
import scipy.ndimage
from jaxtyping import Complex, Float, Float32

from mmbook.media.audio.spectrum import istft, stft

WINDOW, HOP = 512, 128
"""32 ms and 8 ms at 16 kHz."""


def noise_power(noise: Float[np.ndarray, "samples"]) -> Float[np.ndarray, "frequencies"]:
    """The mean power of the STFT at each frequency, from a stretch of noise alone. ValueError if it is empty."""
    if not noise.size:
        raise ValueError("noise_power: noise has no samples")
    return (np.abs(stft(noise, WINDOW, HOP)) ** 2).mean(axis=0)


def estimate_noise_power(
    noisy: Float[np.ndarray, "samples"], share: float | int = 0.1
) -> Float[np.ndarray, "frequencies"]:
    """The mean power at each frequency over the quietest `share` of the frames: the pauses, if there are any.

    It says too little, because the quietest frames are those in which the noise happened to be weak. ValueError if
    `share` is not in (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"estimate_noise_power: share is {share}, give a number above 0 and up to 1")
    power = np.abs(stft(noisy, WINDOW, HOP)) ** 2
    inside = power[2:-2] if len(power) > 8 else power  # the outermost frames reach into the padding
    quietest = np.argsort(inside.sum(axis=1))[: max(1, round(share * len(inside)))]
    return inside[quietest].mean(axis=0)


def spectral_subtraction(
    noisy: Float[np.ndarray, "samples"],
    noise: Float[np.ndarray, "frequencies"] | None = None,
    over: float | int = 2.0,
    floor_db: float | int = -20,
) -> Float32[np.ndarray, "samples"]:
    """The sound less `over` times the noise's power at every frequency and time, and never below `floor_db` of itself.

    Without `noise`, its power is estimated from the quietest frames. Source: Boll (1979); with a factor and a floor,
    Berouti, Schwartz and Makhoul (1979).
    """
    spectrogram, noise = _prepare(noisy, noise)
    left = 1 - over * noise / np.maximum(np.abs(spectrogram) ** 2, 1e-20)
    gain = np.sqrt(np.maximum(left, 10 ** (floor_db / 10)))
    return _resynthesise(gain * spectrogram, noisy.size)


def wiener_filter(
    noisy: Float[np.ndarray, "samples"],
    noise: Float[np.ndarray, "frequencies"] | None = None,
    memory: float | int = 0.95,
    floor_db: float | int = -20,
) -> Float32[np.ndarray, "samples"]:
    """The sound times SNR / (1 + SNR) at every frequency and time, the gain of least mean square error.

    The SNR is not known. It is taken as `memory` times that of the frame before, as it came out there, plus the rest of
    what this frame alone suggests (decision-directed): it then moves smoothly, and isolated peaks of noise stay low.
    Source: Ephraim and Malah (1984) for the SNR.
    """
    spectrogram, noise = _prepare(noisy, noise)
    posterior = np.abs(spectrogram) ** 2 / np.maximum(noise, 1e-20)
    gain = np.empty_like(posterior)
    before = np.maximum(posterior[0] - 1, 0)
    for n, seen in enumerate(posterior):
        snr = memory * before + (1 - memory) * np.maximum(seen - 1, 0)
        gain[n] = np.maximum(snr / (1 + snr), 10 ** (floor_db / 20))
        before = gain[n] ** 2 * seen
    return _resynthesise(gain * spectrogram, noisy.size)


def spectral_gate(
    noisy: Float[np.ndarray, "samples"],
    noise: Float[np.ndarray, "frequencies"] | None = None,
    threshold_db: float | int = 6,
    floor_db: float | int = -20,
) -> Float32[np.ndarray, "samples"]:
    """The sound where it is more than `threshold_db` above the noise, and turned down by `floor_db` elsewhere.

    The yes or no is decided on the power of 5 frames x 3 frequencies and then smoothed in the same way, so that single
    peaks of noise do not open the gate.
    """
    spectrogram, noise = _prepare(noisy, noise)
    around = (5, 3)
    power = scipy.ndimage.uniform_filter(np.abs(spectrogram) ** 2, around)
    is_open = (power > noise * 10 ** (threshold_db / 10)).astype(np.float64)
    gain = np.maximum(scipy.ndimage.uniform_filter(is_open, around), 10 ** (floor_db / 20))
    return _resynthesise(gain * spectrogram, noisy.size)


def _prepare(noisy: np.ndarray, noise: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    if noise is None:
        noise = estimate_noise_power(noisy)
    if noise.shape != (1 + WINDOW // 2,):
        raise ValueError(f"noise has shape {noise.shape}, expected ({1 + WINDOW // 2},): what noise_power returns")
    return stft(noisy.astype(np.float64), WINDOW, HOP), noise.astype(np.float64)


def _resynthesise(spectrogram: Complex[np.ndarray, "frames frequencies"], length: int) -> np.ndarray:
    return istft(spectrogram, length, WINDOW, HOP).astype(np.float32)
