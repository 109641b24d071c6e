"""Changing the frame rate (§2.1.2): frames dropped or repeated, mixed from two neighbours, or averaged over time."""

import math

import numpy as np
from jaxtyping import Float, Int, UInt8

METHODS = ("nearest", "blend", "average")


def frame_clock(times: Float[np.ndarray, "frames"], fps: float | int) -> Float[np.ndarray, "new_frames"]:
    """The times 0, 1 / fps, 2 / fps, ... of a steady clock, as far as frames that begin at `times` (seconds) last.

    The last frame is taken to last as long as the middle one of all. ValueError for times that do not increase.
    """
    if not fps > 0 or not math.isfinite(fps):
        raise ValueError(f"frame_clock: fps is {fps}, must be a positive number")
    if len(times) == 0 or (np.diff(times) <= 0).any():
        raise ValueError("frame_clock: times must be at least one, each greater than the one before it")
    steps = np.diff(times)
    end = times[-1] + (np.median(steps) if len(steps) else 1 / fps)
    return times[0] + np.arange(max(1, math.ceil((end - times[0]) * fps - 1e-6))) / fps


def change_frame_rate(
    frames: UInt8[np.ndarray, "frames height width 3"],
    times: Float[np.ndarray, "frames"] | float | int,
    fps: float | int,
    method: str = "nearest",
) -> tuple[UInt8[np.ndarray, "new_frames height width 3"], Float[np.ndarray, "new_frames"]]:
    """The frames on a steady clock of `fps` frames a second, and the time of each in seconds.

    `times` says when each frame begins, in seconds, or is the steady rate that the frames have now. The methods are

    - "nearest": the frame that begins nearest to the new time; a lower rate drops frames, a higher one repeats them;
    - "blend": the frames before and after the new time, each with a weight by its nearness;
    - "average": all that is on show from the new time until the next one, as an open shutter would see it.

    Source: textbook §2.1.2. ValueError for another method, or as `frame_clock` raises it.
    """
    if method not in METHODS:
        raise ValueError(f"change_frame_rate: method is {method!r}, must be one of {', '.join(METHODS)}")
    if not isinstance(times, np.ndarray):
        times = np.arange(len(frames)) / times
    clock = frame_clock(times, fps)
    if method == "nearest":
        return frames[nearest_frames(times, clock)], clock
    if method == "blend":
        return _blend(frames, times, clock), clock
    return _average(frames, times, clock, 1 / fps), clock


def nearest_frames(
    times: Float[np.ndarray, "frames"], clock: Float[np.ndarray, "new_frames"]
) -> Int[np.ndarray, "new_frames"]:
    """For each time of `clock` the place of the frame whose own time is nearest; of two equally near, the later."""
    middles = (times[1:] + times[:-1]) / 2
    return np.searchsorted(middles - 1e-9, clock, side="right")


def _blend(frames: np.ndarray, times: np.ndarray, clock: np.ndarray) -> np.ndarray:
    before = np.clip(np.searchsorted(times, clock + 1e-9, side="right") - 1, 0, len(times) - 1)
    after = np.minimum(before + 1, len(times) - 1)
    gap = np.where(after > before, times[after] - times[before], 1.0)
    share = np.clip((clock - times[before]) / gap, 0, 1).astype(np.float32)
    out = np.empty((len(clock), *frames.shape[1:]), np.uint8)
    for place, (a, b, w) in enumerate(zip(before, after, share, strict=True)):
        out[place] = np.rint((1 - w) * frames[a] + w * frames[b])
    return out


def _average(frames: np.ndarray, times: np.ndarray, clock: np.ndarray, open_seconds: float) -> np.ndarray:
    ends = np.append(times[1:], max(clock[-1] + open_seconds, times[-1] + 1e-9))
    out = np.empty((len(clock), *frames.shape[1:]), np.uint8)
    for place, start in enumerate(clock):
        on_show = np.minimum(ends, start + open_seconds) - np.maximum(times, start)
        (seen,) = np.nonzero(on_show > 1e-9)
        weights = (on_show[seen] / on_show[seen].sum()).astype(np.float32)
        out[place] = np.rint(np.tensordot(weights, frames[seen].astype(np.float32), axes=1))
    return out
