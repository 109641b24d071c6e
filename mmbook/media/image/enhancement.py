"""Brightness, contrast, colour, sharpness, gamma and histogram equalisation (§2.1.2).

All but the adaptive equalisation are torchvision's. A factor of 1 changes nothing. Every result is clipped to 0..255:
what is clipped is lost.
"""

import cv2
import numpy as np
from jaxtyping import UInt8

from mmbook.media.image._tensor import functional, to_array, to_tensor

Picture = UInt8[np.ndarray, "height width 3"]


def adjust_brightness(image: Picture, factor: float | int) -> Picture:
    """The picture with all numbers times `factor`. ValueError if it is negative."""
    return _adjusted("adjust_brightness", functional().adjust_brightness, image, factor)


def adjust_contrast(image: Picture, factor: float | int) -> Picture:
    """The picture with each number's distance from the mean grey times `factor`; 0 gives a plain grey."""
    return _adjusted("adjust_contrast", functional().adjust_contrast, image, factor)


def adjust_saturation(image: Picture, factor: float | int) -> Picture:
    """The picture with each number's distance from its pixel's own grey times `factor`; 0 gives a grey picture."""
    return _adjusted("adjust_saturation", functional().adjust_saturation, image, factor)


def adjust_hue(image: Picture, turn: float | int) -> Picture:
    """The picture with its hues turned by this part of the colour circle; ValueError unless -0.5 <= turn <= 0.5."""
    if not -0.5 <= turn <= 0.5:
        raise ValueError(f"adjust_hue: turn is {turn}, must be from -0.5 to 0.5")
    return to_array(functional().adjust_hue(to_tensor(image), float(turn)), image)


def adjust_gamma(image: Picture, gamma: float | int) -> Picture:
    """The picture with each number v made 255 (v / 255)^gamma: below 1 it lifts the shadows; black and white stay."""
    return _adjusted("adjust_gamma", functional().adjust_gamma, image, gamma)


def sharpen(image: Picture, factor: float | int = 2.0) -> Picture:
    """The picture with its difference from a 3 x 3 smoothed one times `factor`: above 1 sharper, 0 smoothed."""
    return _adjusted("sharpen", functional().adjust_sharpness, image, factor)


def equalise(image: Picture) -> Picture:
    """The picture with its lightness spread evenly: each lightness goes to the share of pixels that are darker.

    Only the lightness (of CIELAB) changes; equalising red, green and blue apart would turn the colours.
    """
    return _with_lightness(image, lambda light: functional().equalize(to_tensor(light)).numpy()[0])


def equalise_adaptive(image: Picture, clip_limit: float | int = 2.0, tiles: int = 8) -> Picture:
    """The picture with the lightness of each of `tiles` x `tiles` parts spread evenly, blended between the parts.

    No level counts for more than `clip_limit` times its even share, which bounds how far contrast, and noise with it,
    can grow (contrast-limited adaptive histogram equalisation, CLAHE). ValueError unless both are above 0.
    Source: Zuiderveld, 1994.
    """
    if clip_limit <= 0 or tiles < 1:
        raise ValueError(f"equalise_adaptive: clip_limit is {clip_limit} and tiles {tiles}, must be above 0")
    return _with_lightness(image, cv2.createCLAHE(float(clip_limit), (tiles, tiles)).apply)


def _adjusted(name: str, change, image: np.ndarray, factor: float | int) -> np.ndarray:
    if factor < 0:
        raise ValueError(f"{name}: factor is {factor}, must be 0 or more")
    return to_array(change(to_tensor(image), float(factor)), image)


def _with_lightness(image: np.ndarray, change) -> np.ndarray:
    """The picture with `change` done to its CIELAB lightness (as bytes) and its colours as they are."""
    lab = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = change(np.ascontiguousarray(lab[:, :, 0]))
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
