"""Crop, pad and resize (§2.1.2), by torchvision. `resize_image` joins a centre crop and a resize for the system."""

import numpy as np
from jaxtyping import UInt8

from mmbook.media.image._tensor import functional, to_array, to_tensor


def crop(
    image: UInt8[np.ndarray, "_ _ *channels"], top: int, left: int, height: int, width: int
) -> UInt8[np.ndarray, "height width *channels"]:
    """The part of `height` x `width` pixels whose first row is `top` and first column `left`.

    ValueError if it does not lie inside the picture: a silent black border is a fact that nobody photographed.
    """
    rows, columns = image.shape[:2]
    inside = 0 <= top <= rows - height and 0 <= left <= columns - width
    if not inside or height < 1 or width < 1:
        raise ValueError(
            f"crop: {height} x {width} pixels from row {top}, column {left}, do not lie in a picture of "
            f"{rows} x {columns}"
        )
    return to_array(functional().crop(to_tensor(image), top, left, height, width), image)


def crop_centre(
    image: UInt8[np.ndarray, "_ _ *channels"], height: int, width: int
) -> UInt8[np.ndarray, "height width *channels"]:
    """The middle `height` x `width` pixels. ValueError if the picture is smaller."""
    rows, columns = image.shape[:2]
    return crop(image, (rows - height) // 2, (columns - width) // 2, height, width)


def pad(
    image: UInt8[np.ndarray, "_ _ *channels"], height: int, width: int, value: int = 0
) -> UInt8[np.ndarray, "height width *channels"]:
    """The picture in the middle of `height` x `width` pixels of grey `value`. ValueError if the picture is larger."""
    rows, columns = image.shape[:2]
    if height < rows or width < columns:
        raise ValueError(f"pad: a picture of {rows} x {columns} does not fit into {height} x {width}")
    top, left = (height - rows) // 2, (width - columns) // 2
    borders = [left, top, width - columns - left, height - rows - top]
    return to_array(functional().pad(to_tensor(image), borders, fill=value), image)


def resize(
    image: UInt8[np.ndarray, "_ _ *channels"], height: int, width: int, antialias: bool = True
) -> UInt8[np.ndarray, "height width *channels"]:
    """The whole picture in `height` x `width` pixels, bilinear; shapes are stretched if the proportions differ.

    With `antialias`, each new pixel is a weighted mean over all the old ones that it covers. Without it, over the four
    nearest ones however far apart the new ones are: fine patterns turn into coarse ones that never were there.
    """
    if height < 1 or width < 1:
        raise ValueError(f"resize: height and width are {height} and {width}, must be at least 1")
    # torchvision's default interpolation is bilinear
    return to_array(functional().resize(to_tensor(image), [height, width], antialias=antialias), image)


def letterbox(
    image: UInt8[np.ndarray, "_ _ *channels"], size: int, value: int = 0
) -> UInt8[np.ndarray, "size size *channels"]:
    """The whole picture, its proportions kept, as large as fits into `size` x `size`, with a border of grey `value`.

    Nothing is cut off and nothing stretched; the price is pixels spent on the border.
    """
    rows, columns = image.shape[:2]
    longest = max(rows, columns)
    return pad(
        resize(image, max(1, round(size * rows / longest)), max(1, round(size * columns / longest))), size, size, value
    )
