"""Noise of a known kind and strength, to judge filters with (§2.1.2)."""

import numpy as np
from jaxtyping import UInt8

from mmbook.seeding import rng


def gaussian_noise(
    image: UInt8[np.ndarray, "height width *channels"], sd: float | int, seed: int = 0
) -> UInt8[np.ndarray, "height width *channels"]:
    """The picture with independent normal noise of standard deviation `sd` (grey levels of 255) on every number.

    What falls outside 0..255 is clipped, so that near black and white the noise is weaker. ValueError if `sd` < 0.
    """
    if sd < 0:
        raise ValueError(f"gaussian_noise: sd is {sd}, must be 0 or more")
    noise = rng(seed, "gaussian noise").normal(0, sd, image.shape)
    return np.clip(np.round(image + noise), 0, 255).astype(np.uint8)


def salt_and_pepper(
    image: UInt8[np.ndarray, "height width *channels"], share: float | int, seed: int = 0
) -> UInt8[np.ndarray, "height width *channels"]:
    """The picture with exactly this share of its pixels (rounded) made white or black, half each, in all channels.

    Such pixels say nothing of the scene: a sensor's dead cells, a bad cable. ValueError if `share` is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"salt_and_pepper: share is {share}, must be from 0 to 1")
    height, width = image.shape[:2]
    hit = rng(seed, "salt and pepper").permutation(height * width)[: round(share * height * width)]
    pixels = image.reshape(height * width, -1).copy()
    pixels[hit[::2]], pixels[hit[1::2]] = 255, 0
    return pixels.reshape(image.shape)
