"""When each word is said (§2.1.3), from a second voice that says the same sentence and whose times are known."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from mmbook.alignment.warping import dtw, warp_times
from mmbook.media.audio import mfcc

HOP_SECONDS = 0.01
QUIET_SECONDS = 0.3  # put around both voices: silence of one that has no partner would be paired with speech


def voice_features(
    samples: Float[np.ndarray, "samples"], sample_rate: int = 16_000, hop_seconds: float | int = HOP_SECONDS
) -> Float[np.ndarray, "frames dim"]:
    """MFCC and their slopes each `hop_seconds`, every number standardised over the utterance.

    Standardising takes away what is constant in a voice and a microphone and keeps what changes: the phonemes.
    """
    hop, window = round(hop_seconds * sample_rate), round(0.025 * sample_rate)
    cepstra = mfcc(samples.astype(np.float64), sample_rate, 13, 40, window, hop, range_db=30)
    features = np.concatenate([cepstra, np.gradient(cepstra, axis=0)], axis=1)
    return (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-9)


def align_words(
    samples: Float[np.ndarray, "samples"],
    reference: Float[np.ndarray, "reference_samples"],
    words: Sequence[tuple[str, float | int, float | int]],
    sample_rate: int = 16_000,
    radius_seconds: float | int | None = None,
    penalty: float | int = 0.0,
) -> list[tuple[str, float, float]]:
    """Each word with its start and end in `samples`, in seconds, given its (text, start, end) in `reference`.

    The two voices say the same sentence. Their features are warped onto each other (`mmbook.alignment.warping`) and the
    times carried along the path.
    """
    quiet = round(QUIET_SECONDS * sample_rate)
    theirs, ours = (voice_features(np.pad(sound, quiet), sample_rate) for sound in (reference, samples))
    radius = None if radius_seconds is None else round(radius_seconds / HOP_SECONDS)
    path = dtw(theirs, ours, radius, penalty).path
    edges = np.array([[start, end] for _, start, end in words], dtype=np.float64).reshape(-1)
    moved = warp_times(edges + QUIET_SECONDS, path, HOP_SECONDS) - QUIET_SECONDS
    moved = np.clip(moved, 0, len(samples) / sample_rate).reshape(-1, 2)
    return [(text, float(start), float(end)) for (text, *_), (start, end) in zip(words, moved, strict=True)]
