"""How near a restored sound is to the clean one, frame by frame, and how musical what is left of the noise is (§2.1.2).

`mmbook.media.audio.snr_db` compares the waves as a whole, so that loud vowels decide. Here each frame counts the same.
"""

import numpy as np
import scipy.ndimage
from jaxtyping import Float

from mmbook.media.audio.spectrum import stft


def segmental_snr_db(
    clean: Float[np.ndarray, "samples"],
    restored: Float[np.ndarray, "samples"],
    frame: int = 512,
    limits: tuple[float | int, float | int] = (-10, 35),
) -> float:
    """The mean over frames of the SNR in decibels, each one held within `limits`.

    Frames in which the clean sound is more than 40 dB below its loudest frame are left out: there is nothing to keep.
    NaN if the clean sound is silent or shorter than a frame.
    """
    count = clean.size // frame * frame
    kept = clean[:count].astype(np.float64).reshape(-1, frame)
    error = restored[:count].astype(np.float64).reshape(-1, frame) - kept
    power = (kept**2).sum(axis=1)
    if not power.any():
        return float("nan")
    spoken = power > power.max() * 1e-4
    ratio = 10 * np.log10(power[spoken] / np.maximum((error[spoken] ** 2).sum(axis=1), 1e-20))
    return float(np.clip(ratio, *limits).mean())


def log_spectral_distance(
    clean: Float[np.ndarray, "samples"], restored: Float[np.ndarray, "samples"], range_db: float | int = 50
) -> float:
    """The distance in decibels of the two spectrograms: the root mean square over frequencies, averaged over frames.

    0 is equal. Both are cut off `range_db` below the loudest value of the clean sound, so that pauses count, but not
    what no one hears in them.
    """
    powers = [np.abs(stft(sound.astype(np.float64), 512, 128)) ** 2 for sound in (clean, restored)]
    lowest = max(powers[0].max() * 10 ** (-range_db / 10), 1e-20)
    first, second = (10 * np.log10(np.maximum(power, lowest)) for power in powers)
    return float(np.sqrt(((first - second) ** 2).mean(axis=1)).mean())


def musical_tones(
    residue: Float[np.ndarray, "samples"], sample_rate: int = 16_000, prominence_db: float | int = 15
) -> float:
    """How many short tones a second stand out of a noise by more than `prominence_db`: what is heard as musical noise.

    A tone is a value of the STFT (32 ms, a hop of 8 ms) that is the largest of the 9 frames x 9 frequencies around it,
    and that many decibels above their median. White noise has next to none; a denoiser that lets single peaks of the
    noise through has many. 0 for silence.
    """
    power = np.abs(stft(residue.astype(np.float64), 512, 128))[4:-4] ** 2
    if not power.any():
        return 0.0
    around = (9, 9)
    highest = power == scipy.ndimage.maximum_filter(power, around)
    median = scipy.ndimage.median_filter(power, around)
    tones = highest & (power > np.maximum(median, power.max() * 1e-9) * 10 ** (prominence_db / 10))
    return float(tones.sum()) / (len(power) * 128 / sample_rate)
