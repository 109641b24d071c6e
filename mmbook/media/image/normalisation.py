"""From bytes to numbers around zero: per picture, per data set, or with ImageNet's statistics; and back (§2.1.2)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8


@dataclass(frozen=True)
class ChannelStatistics:
    """Mean and standard deviation of each channel, on pixels scaled to 0..1, over so many `pixels` (0: unknown)."""

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    pixels: int = 0


IMAGENET = ChannelStatistics((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Of ImageNet's training photographs: for networks that were trained with them, and for no others."""


def channel_statistics(images: Iterable[UInt8[np.ndarray, "_ _ 3"]]) -> ChannelStatistics:
    """The statistics of all pixels of all pictures, which may differ in size, read one at a time.

    The sums are of whole numbers, so the order of the pictures changes nothing. Give it training pictures alone.
    ValueError if there is none.
    """
    count, sums, squares = 0, np.zeros(3, object), np.zeros(3, object)
    for image in images:
        pixels = image.reshape(-1, 3).astype(np.int64)
        count += len(pixels)
        sums += [int(total) for total in pixels.sum(0)]
        squares += [int(total) for total in (pixels**2).sum(0)]
    if count == 0:
        raise ValueError("channel_statistics: there are no pictures")
    mean = [total / count / 255 for total in sums]
    variance = [(count * square - total**2) / count**2 / 255**2 for square, total in zip(squares, sums, strict=True)]
    return ChannelStatistics(tuple(mean), tuple(float(np.sqrt(v)) for v in variance), count)


def normalise(
    image: UInt8[np.ndarray, "height width 3"], statistics: ChannelStatistics
) -> Float32[np.ndarray, "height width 3"]:
    """The picture scaled to 0..1, less the mean, over the standard deviation, channel by channel.

    A channel that never varies (standard deviation 0) is only centred.
    """
    return ((image / np.float32(255) - _row(statistics.mean)) / _divisor(statistics)).astype(np.float32)


def denormalise(
    values: Float32[np.ndarray, "height width 3"], statistics: ChannelStatistics
) -> UInt8[np.ndarray, "height width 3"]:
    """The picture that `normalise` was given, byte for byte; to be looked at."""
    scaled = 255 * (values * _divisor(statistics) + _row(statistics.mean))
    return np.clip(np.round(scaled), 0, 255).astype(np.uint8)


def normalise_each(image: UInt8[np.ndarray, "height width 3"]) -> Float32[np.ndarray, "height width 3"]:
    """The picture less its own mean, over its own standard deviation, all channels together.

    Light and contrast of the whole picture are gone, wanted or not. A plain picture is only centred.
    """
    mean, sd = image.mean(), image.std()
    return ((image - mean) / (sd or 1.0)).astype(np.float32)


def _row(values: tuple[float, ...]) -> Float32[np.ndarray, "3"]:
    return np.array(values, np.float32)


def _divisor(statistics: ChannelStatistics) -> Float32[np.ndarray, "3"]:
    sd = _row(statistics.sd)
    return np.where(sd > 0, sd, np.float32(1))
