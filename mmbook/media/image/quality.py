"""How near a picture is to another one: PSNR and SSIM, from their definitions (§2.1.2)."""

import numpy as np
from jaxtyping import Float64, UInt8


def psnr(
    image: UInt8[np.ndarray, "height width *channels"], reference: UInt8[np.ndarray, "height width *channels"]
) -> float:
    """Peak signal-to-noise ratio in decibels: 10 log10(255² / mean squared error); infinite for equal pictures."""
    error = np.mean((image.astype(np.float64) - reference) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def ssim(
    image: UInt8[np.ndarray, "height width *channels"], reference: UInt8[np.ndarray, "height width *channels"]
) -> float:
    """Structural similarity, at most 1 (equal pictures): the mean of `ssim_map`."""
    return float(ssim_map(image, reference).mean())


def ssim_map(
    image: UInt8[np.ndarray, "height width *channels"], reference: UInt8[np.ndarray, "height width *channels"]
) -> Float64[np.ndarray, "rows columns *channels"]:
    """Structural similarity at each place where a window of 11 x 11 fits, channel by channel, from -1 to 1.

    Means, variances and covariance are weighted by a Gaussian of 1.5 pixels; C1 = (0.01 · 255)², C2 = (0.03 · 255)².
    ValueError for a picture smaller than the window. Source: Wang et al., 2004, equation 13, where pictures are grey.
    """
    if min(image.shape[:2]) < 11:
        raise ValueError(f"ssim_map: image is {image.shape[0]} x {image.shape[1]}, must be at least 11 x 11")
    x, y = image.astype(np.float64), reference.astype(np.float64)
    mean_x, mean_y = _windowed(x), _windowed(y)
    variance_x, variance_y = _windowed(x * x) - mean_x**2, _windowed(y * y) - mean_y**2
    covariance = _windowed(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return light * (2 * covariance + c2) / (variance_x + variance_y + c2)


def _windowed(values: np.ndarray) -> np.ndarray:
    """The weighted mean of every 11 x 11 window: a Gaussian is a product, so rows first and then columns."""
    weights = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    rows = sum(w * values[k : len(values) - 10 + k] for k, w in enumerate(weights))
    return sum(w * rows[:, k : values.shape[1] - 10 + k] for k, w in enumerate(weights))
