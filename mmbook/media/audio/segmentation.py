"""Where the pieces of a recording begin and end (§2.1.2 segmentation): fixed windows, energy, a trained detector."""

import functools
import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from mmbook.errors import UserError


@dataclass(frozen=True)
class Segment:
    """A piece of a recording: from `start` to `end` in seconds."""

    start: float | int
    end: float | int


def fixed_windows(seconds: float | int, length: float | int, overlap: float | int = 0) -> list[Segment]:
    """Windows of `length` seconds that cover a recording of `seconds`, each `overlap` seconds over the one before.

    Only the last may reach beyond the end; pad it. ValueError unless 0 <= overlap < length.
    """
    if not 0 <= overlap < length:
        raise ValueError(f"fixed_windows: overlap is {overlap}, give at least 0 and less than the length, {length}")
    step = length - overlap
    count = max(1, math.ceil(round((seconds - overlap) / step, 9)))
    return [Segment(n * step, n * step + length) for n in range(count)]


def energy_segments(
    samples: Float[np.ndarray, "samples"],
    sample_rate: int = 16_000,
    below_loudest_db: float | int = 35,
    above_noise_db: float | int | None = None,
    min_silence: float | int = 0.1,
    min_length: float | int = 0.1,
) -> list[Segment]:
    """The pieces whose 20 ms frames are not more than `below_loudest_db` below the loudest frame.

    With `above_noise_db` the threshold lies that far above the level which a tenth of the frames stay below: the noise,
    if a tenth of the recording is pause. Gaps shorter than `min_silence` seconds are closed, then pieces shorter than
    `min_length` are dropped. It hears no difference between speech and any other sound.
    """
    length = max(1, round(0.02 * sample_rate))
    padded = np.pad(samples.astype(np.float64), (0, -samples.size % length))
    power = (padded.reshape(-1, length) ** 2).mean(axis=1)
    if not power.any():
        return []
    threshold = power.max() * 10 ** (-below_loudest_db / 10)
    if above_noise_db is not None:
        threshold = max(np.quantile(power, 0.1), 1e-12) * 10 ** (above_noise_db / 10)
    return frames_to_segments(power >= threshold, length / sample_rate, min_silence, min_length)


def speech_segments(
    samples: Float[np.ndarray, "samples"],
    threshold: float | int = 0.5,
    min_silence: float | int = 0.1,
    min_length: float | int = 0.1,
) -> list[Segment]:
    """The pieces of a 16 kHz recording that a trained voice-activity detector takes for speech.

    A piece begins where the probability reaches `threshold` and ends where it falls 0.15 below it. Gaps and short
    pieces as in `energy_segments`.
    """
    return frames_to_segments(
        _hysteresis(speech_probability(samples), threshold, threshold - 0.15), 0.032, min_silence, min_length
    )


def speech_probability(samples: Float[np.ndarray, "samples"]) -> Float[np.ndarray, "frames"]:
    """The probability of speech in each 32 ms (512 samples at 16 kHz), by Silero VAD, whose model is in its wheel.

    It is a small recurrent network: a frame's answer depends on the frames before it, never on those after.
    """
    session = _silero()
    padded = np.pad(samples.astype(np.float32), (64, -samples.size % 512))  # each frame sees 64 samples before it
    state, rate = np.zeros((2, 1, 128), np.float32), np.array(16_000, np.int64)
    probabilities = []
    for start in range(0, padded.size - 64, 512):
        piece = padded[None, start : start + 576]
        answer, state = session.run(None, {"input": piece, "state": state, "sr": rate})
        probabilities.append(float(answer[0, 0]))
    return np.array(probabilities)


def frames_to_segments(
    active: Bool[np.ndarray, "frames"],
    frame_seconds: float | int,
    min_silence: float | int = 0.1,
    min_length: float | int = 0.1,
) -> list[Segment]:
    """The runs of active frames, once gaps shorter than `min_silence` are closed and short runs dropped (seconds)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int), [0]])))
    runs = [[first * frame_seconds, last * frame_seconds] for first, last in edges.reshape(-1, 2).tolist()]
    joined: list[list[float]] = []
    for start, end in runs:
        if joined and start - joined[-1][1] < min_silence - 1e-9:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [Segment(start, end) for start, end in joined if end - start >= min_length - 1e-9]


def segments_to_frames(segments: list[Segment], frames: int, frame_seconds: float | int) -> Bool[np.ndarray, "frames"]:
    """Whether the middle of each frame lies in one of the segments: to compare two segmentations frame by frame."""
    middle = (np.arange(frames) + 0.5) * frame_seconds
    inside = np.zeros(frames, bool)
    for segment in segments:
        inside |= (segment.start <= middle) & (middle < segment.end)
    return inside


def _hysteresis(values: np.ndarray, begin: float, keep: float) -> np.ndarray:
    active = np.zeros(values.size, bool)
    for n, value in enumerate(values):
        active[n] = value >= begin or (n > 0 and active[n - 1] and value >= keep)
    return active


@functools.lru_cache(maxsize=1)
def _silero():
    """The detector's network in ONNX Runtime, read from its wheel without importing the package (which needs torch)."""
    import onnxruntime

    found = importlib.util.find_spec("silero_vad")
    path = Path(found.submodule_search_locations[0]) / "data" / "silero_vad.onnx" if found else None
    if path is None or not path.is_file():
        raise UserError("the voice-activity detector is not installed: pip install silero-vad")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
