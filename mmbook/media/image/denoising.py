"""Filters against noise: Gaussian, median, bilateral, non-local means (§2.1.2).

The Gaussian is torchvision's, the others are OpenCV's, which torchvision lacks. Each one's definition is written out,
a few plain lines each, in the notebook of §2.1.2 and in the tests, and agrees. All work on grey pictures too.
"""

import cv2
import numpy as np
from jaxtyping import UInt8

from mmbook.media.image._tensor import functional, to_array, to_tensor


def denoise_gaussian(
    image: UInt8[np.ndarray, "height width *channels"], sigma: float | int = 1.0
) -> UInt8[np.ndarray, "height width *channels"]:
    """Each pixel the mean of its neighbours, weighted by exp(-distance² / 2 sigma²), out to 3 sigma; sigma in pixels.

    Borders are mirrored. Averages noise away, and edges with it. ValueError unless 0 < sigma and 3 sigma fits.
    """
    radius = int(np.ceil(3 * sigma))
    if sigma <= 0 or radius >= min(image.shape[:2]):
        raise ValueError(f"denoise_gaussian: sigma is {sigma}, must be above 0, and 3 sigma less than the picture")
    return to_array(functional().gaussian_blur(to_tensor(image), [2 * radius + 1] * 2, [float(sigma)] * 2), image)


def denoise_median(
    image: UInt8[np.ndarray, "height width *channels"], size: int = 3
) -> UInt8[np.ndarray, "height width *channels"]:
    """Each number the median of the `size` x `size` window around it, channel by channel; borders are repeated.

    Removes outliers whatever their size, and keeps straight edges. ValueError unless `size` is odd and at least 3.
    """
    _check_odd("denoise_median", "size", size)
    return cv2.medianBlur(np.ascontiguousarray(image), size)


def denoise_bilateral(
    image: UInt8[np.ndarray, "height width *channels"], sigma_space: float | int = 2.0, sigma_colour: float | int = 30.0
) -> UInt8[np.ndarray, "height width *channels"]:
    """Each pixel the mean of its neighbours, weighted by nearness in space (pixels) and in colour (grey levels).

    The weight is exp(-distance² / 2 sigma_space²) exp(-difference² / 2 sigma_colour²) within a disc of 2 sigma_space;
    the difference of two colours is the sum over channels. Pixels across an edge differ, so edges stay. ValueError
    unless both are above 0. Source: Tomasi and Manduchi, 1998.
    """
    if sigma_space <= 0 or sigma_colour <= 0:
        raise ValueError(f"denoise_bilateral: sigmas are {sigma_space} and {sigma_colour}, must be above 0")
    diameter = 2 * max(1, round(2 * sigma_space)) + 1
    return cv2.bilateralFilter(np.ascontiguousarray(image), diameter, float(sigma_colour), float(sigma_space))


def denoise_non_local_means(
    image: UInt8[np.ndarray, "height width *channels"], strength: float | int = 10.0, patch: int = 7, search: int = 15
) -> UInt8[np.ndarray, "height width *channels"]:
    """Each pixel the mean of the pixels in a `search` x `search` window whose surroundings look like its own.

    The weight is exp(-difference / strength²), where the difference is the mean squared one between the two `patch` x
    `patch` patches; about the noise's standard deviation is a good strength (grey levels). ValueError for an even
    size or a strength that is not above 0. Source: Buades, Coll and Morel, 2005.
    """
    _check_odd("denoise_non_local_means", "patch", patch)
    _check_odd("denoise_non_local_means", "search", search)
    if strength <= 0:
        raise ValueError(f"denoise_non_local_means: strength is {strength}, must be above 0")
    options = {"h": float(strength), "templateWindowSize": patch, "searchWindowSize": search}
    return cv2.fastNlMeansDenoising(np.ascontiguousarray(image), None, **options)


def _check_odd(function: str, argument: str, size: int) -> None:
    if size < 3 or size % 2 == 0:
        raise ValueError(f"{function}: {argument} is {size}, must be an odd number from 3 on")
