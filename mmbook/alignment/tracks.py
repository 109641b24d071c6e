"""One number for each video frame (§2.1.3): how far a mouth or an eye is open, how much changes, how loud it is.

Measured from pixels and samples alone. A frame shows what happens while it is exposed, so its number stands for the
middle of that time (`frame_middles`).
"""

import numpy as np
from jaxtyping import Float, UInt8

MOUTH = (0.58, 0.80, 0.38, 0.62)
EYES = (0.40, 0.54, 0.28, 0.72)
"""Top, bottom, left, right, as shares of the picture: where a face that looks into the camera has them."""


def frame_middles(times: Float[np.ndarray, "frames"]) -> Float[np.ndarray, "frames"]:
    """The middle of each frame's time on show in seconds, from the times at which the frames begin."""
    gap = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return times + gap / 2


def contrast(
    frames: UInt8[np.ndarray, "frames height width 3"],
    region: tuple[float | int, float | int, float | int, float | int],
) -> Float[np.ndarray, "frames"]:
    """Mean distance of the grey levels in a region from their median, 0 to 255, frame by frame.

    `region` is (top, bottom, left, right) in shares of the picture. ValueError where it holds no pixel.
    """
    height, width = frames.shape[1:3]
    sides = (height, height, width, width)
    top, bottom, left, right = (round(share * side) for share, side in zip(region, sides, strict=True))
    part = frames[:, top:bottom, left:right].mean(axis=3).reshape(len(frames), -1)
    if not part.shape[1]:
        raise ValueError(f"contrast: region {region} holds no pixel of a picture of {width} x {height}")
    return np.abs(part - np.median(part, axis=1, keepdims=True)).mean(axis=1)


def mouth_opening(
    frames: UInt8[np.ndarray, "frames height width 3"],
    region: tuple[float | int, float | int, float | int, float | int] = MOUTH,
) -> Float[np.ndarray, "frames"]:
    """How far the mouth is open in each frame, in grey levels: the contrast in the lower middle of the face.

    A closed mouth is skin and a thin line; an open one is lips, teeth and a dark hole. Darkness alone misleads, because
    teeth are brighter than any skin.
    """
    return contrast(frames, region)


def eye_opening(
    frames: UInt8[np.ndarray, "frames height width 3"],
    region: tuple[float | int, float | int, float | int, float | int] = EYES,
) -> Float[np.ndarray, "frames"]:
    """How far the eyes are open in each frame, in grey levels: a lid hides the white and the pupil, and contrast falls.

    What varies slowly (a head that turns) stays in it; `blinks` looks for short dips.
    """
    return contrast(frames, region)


def picture_change(frames: UInt8[np.ndarray, "frames height width 3"]) -> Float[np.ndarray, "frames"]:
    """Mean absolute difference of each frame to the one before, in grey levels; 0 for the first."""
    change = np.zeros(len(frames))
    for index in range(1, len(frames)):
        change[index] = np.abs(frames[index].astype(np.int16) - frames[index - 1]).mean()
    return change


def loudness_track(
    samples: Float[np.ndarray, "samples"],
    times: Float[np.ndarray, "frames"],
    window_seconds: float | int = 1 / 12,
    sample_rate: int = 16_000,
) -> Float[np.ndarray, "frames"]:
    """Root mean square of the sound in a window around each time; what lies outside the sound counts as silence."""
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    start, end = (
        np.clip(np.rint((times + side * window_seconds / 2) * sample_rate), 0, len(samples)).astype(int)
        for side in (-1, 1)
    )
    return np.sqrt((energy[end] - energy[start]) / (window_seconds * sample_rate))
