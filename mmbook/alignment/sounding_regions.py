"""Which part of a picture makes the sound: what changes in step with the loudness (§2.1.3, image with sound)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, UInt8
from scipy import ndimage

Box = tuple[int, int, int, int]

BLOCKS = 32  # along the shorter side of the picture, by default


@dataclass(frozen=True)
class SoundingRegion:
    """Where a picture changes in step with the sound.

    `correlation` holds one number for each square block of `block` pixels, 0 (unrelated) to 1 (in step). `peak` is the
    middle of the best block as (x, y) in pixels, `score` its correlation, `box` the blocks around it whose correlation
    is at least half of that, as (left, top, right, bottom) in pixels, right and bottom excluded.
    """

    correlation: Float32[np.ndarray, "rows columns"]
    block: int
    peak: tuple[float, float]
    score: float
    box: Box


def locate_sound(
    frames: UInt8[np.ndarray, "frames height width 3"],
    samples: Float32[np.ndarray, "samples"] | Float[np.ndarray, "samples"],
    fps: float | int,
    sample_rate: int = 16_000,
    *,
    block: int | None = None,
    change: str = "level",
    steady_light: bool = True,
    floor: float | int = 2.0,
) -> SoundingRegion:
    """The part of the picture that makes the sound: the peak of the correlation of brightness change and loudness.

    Frame n is on show from n / `fps` to (n + 1) / `fps` seconds after the first sample: undo an offset first
    (`mmbook.alignment.clocks`). `block` is the side of a block in pixels, by default a 32nd of the picture's shorter
    side; what is left over at the right and bottom edge is not searched. `change` is "level" (a block's brightness
    minus its mean over the clip: a mouth that opens) or "motion" (the step from the frame before, whatever its sign,
    against the step of the loudness: a drum stick). With `steady_light`, changes of the whole picture's light are
    divided out first. `floor`, in grey levels, is added to each block's standard deviation, so that a block that
    hardly changes does not win by chance.

    The map says what moves in step with the sound, not what causes it: a level meter beats the mouth. Where there is no
    sound or no movement, the score is 0 and the box is the whole picture. Raises ValueError
    for fewer than three frames, an unknown `change`, or a block larger than the picture.

    >>> found = locate_sound(video.frames, video.samples, video.fps)    # doctest: +SKIP
    """
    if len(frames) < 3:
        raise ValueError(f"locate_sound: {len(frames)} frames; a correlation needs at least 3")
    if change not in ("level", "motion"):
        raise ValueError(f"locate_sound: change is {change!r}; it must be 'level' or 'motion'")
    block = block or max(1, min(frames.shape[1:3]) // BLOCKS)
    light = block_brightness(frames, block)
    if steady_light:
        light = steady(light)
    loudness = loudness_per_frame(samples, len(frames), fps, sample_rate)
    if change == "motion":
        light, loudness = np.abs(np.diff(light, axis=0)), np.abs(np.diff(loudness))
    correlation = correlation_map(light, loudness, floor)
    row, column = np.unravel_index(correlation.argmax(), correlation.shape)
    return SoundingRegion(
        correlation,
        block,
        ((float(column) + 0.5) * block, (float(row) + 0.5) * block),
        float(correlation[row, column]),
        _box_around(correlation, int(row), int(column), block),
    )


def loudness_per_frame(
    samples: Float32[np.ndarray, "samples"] | Float[np.ndarray, "samples"],
    frames: int,
    fps: float | int,
    sample_rate: int = 16_000,
) -> Float[np.ndarray, "frames"]:
    """The root mean square of the sound while each frame is on show; 0 where the sound has ended."""
    energy = np.concatenate([[0.0], np.cumsum(np.asarray(samples, np.float64) ** 2)])
    edges = np.clip(np.rint(np.arange(frames + 1) * sample_rate / fps).astype(int), 0, len(samples))
    return np.sqrt(np.diff(energy[edges]) / np.maximum(np.diff(edges), 1))


def block_brightness(
    frames: UInt8[np.ndarray, "frames height width 3"], block: int
) -> Float32[np.ndarray, "frames rows columns"]:
    """The mean grey level, 0 to 255, of each square block of each frame."""
    rows, columns = frames.shape[1] // block, frames.shape[2] // block
    if not rows or not columns:
        raise ValueError(f"block_brightness: block {block} is larger than the picture {frames.shape[1:3]}")
    whole = frames[:, : rows * block, : columns * block]
    means = [frame.reshape(rows, block, columns, block, 3).mean((1, 3, 4), dtype=np.float32) for frame in whole]
    return np.stack(means)


def steady(light: Float32[np.ndarray, "frames rows columns"]) -> Float32[np.ndarray, "frames rows columns"]:
    """The blocks as they would be under constant light: each frame over its gain, the median block's share of its mean.

    A light that dims acts as one factor on the whole picture; what moves changes few blocks, so the median ignores it.
    """
    gain = np.median((light + 1) / (light.mean(0) + 1), axis=(1, 2))  # + 1: a black block has no share
    return (light / gain[:, None, None]).astype(np.float32)


def correlation_map(
    light: Float[np.ndarray, "frames rows columns"], loudness: Float[np.ndarray, "frames"], floor: float | int = 0.0
) -> Float32[np.ndarray, "rows columns"]:
    """The size of Pearson's correlation of each block with the loudness over time; 0 where nothing changes.

    `floor` is added to the standard deviation of every block, in its own unit.
    """
    moves, sound = light - light.mean(0), loudness - loudness.mean()
    together = np.tensordot(sound, moves, axes=(0, 0)) / len(sound)
    spread = (moves.std(0) + float(floor)) * sound.std()
    found = np.divide(np.abs(together), spread, out=np.zeros(together.shape), where=spread > 1e-9)
    return np.minimum(found, 1).astype(np.float32)


def _box_around(correlation: Float32[np.ndarray, "rows columns"], row: int, column: int, block: int) -> Box:
    """The connected blocks around the peak that reach half of it, as a box in pixels."""
    labels, _ = ndimage.label(correlation >= 0.5 * correlation[row, column])
    rows, columns = ndimage.find_objects(labels)[labels[row, column] - 1]
    return columns.start * block, rows.start * block, columns.stop * block, rows.stop * block
