"""Pictures (§2.1.2): read any common file as 8-bit RGB, crop and resize, write."""

import logging
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from mmbook.errors import MediaError
from mmbook.files import atomic_path
from mmbook.media._file import check_file, decoding, quiet_stderr

# Without a handler, what Pillow logs about a damaged file would be printed on stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
ORIENTATION_TAG = 0x0112
TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(path: str | Path, max_pixels: int = 100_000_000) -> UInt8[np.ndarray, "height width 3"]:
    """The picture as 8-bit RGB, upright.

    Greyscale, palette, 16-bit and CMYK pictures are converted, transparent ones are laid on white, and the EXIF
    orientation is applied. The content decides the format, not the suffix. Of an animation, the first picture.

    Raises `MediaError` for a file that is missing, damaged or not a picture, and for one with more than `max_pixels`
    pixels, which is rejected from its header, before it is decoded.
    """
    path = check_file(path, "a picture")
    with decoding(path, "a picture"), warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore")
        image = _open(path, stream)
        width, height = image.size
        if width * height > max_pixels:
            raise MediaError(
                f"{path}: has {width} x {height} pixels, more than the limit of {max_pixels:,}; make it smaller"
            )
        with quiet_stderr() if image.format == "TIFF" else nullcontext():
            image.load()
        return np.array(_upright(_to_rgb(image, path), _orientation(image)))


def resize_image(image: UInt8[np.ndarray, "height width 3"], size: int) -> UInt8[np.ndarray, "size size 3"]:
    """The centre square of the picture, resized to `size` x `size` pixels with antialiasing (bicubic)."""
    height, width, _ = image.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(np.ascontiguousarray(image[top : top + side, left : left + side]))
    return np.array(square.resize((size, size), Image.Resampling.BICUBIC))


def write_image(path: str | Path, image: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write the picture, atomically, in the format that the suffix names (.png, .jpg, .webp, .bmp, ...)."""
    path = Path(path)
    Image.init()
    name = Image.EXTENSION.get(path.suffix.lower())
    if name not in FORMATS:
        raise MediaError(
            f"{path}: pictures are not written as {path.suffix or 'a name without a suffix'}; use .png or .jpg"
        )
    with atomic_path(path) as temporary:
        Image.fromarray(np.ascontiguousarray(image)).save(temporary, format=name)


def _open(path: Path, stream: BinaryIO) -> Image.Image:
    """Open by content, header only. `Image.open` would also try formats that run other programs (EPS)."""
    Image.init()
    prefix = stream.read(16)
    for name in FORMATS:
        factory, accepts = Image.OPEN[name]
        if accepts is not None and accepts(prefix) is True:
            stream.seek(0)
            return factory(stream, str(path))
    raise MediaError(f"{path}: is not a picture in a known format ({', '.join(FORMATS)}); save it as PNG or JPEG")


def _to_rgb(image: Image.Image, path: Path) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return Image.fromarray(_to_eight_bits(np.asarray(image), path)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _to_eight_bits(values: np.ndarray, path: Path) -> np.ndarray:
    """Scale one channel of 16 bits (0..65535) or of real numbers (0..1) to 0..255."""
    top = 1.0 if values.dtype.kind == "f" else 65535.0
    if not (values.min() >= 0 and values.max() <= top):
        raise MediaError(f"{path}: has 32-bit values outside 0..{top:g}; save it with 8 or 16 bits a channel")
    return np.round(values.astype(np.float64) * (255 / top)).astype(np.uint8)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; a picture whose EXIF block is damaged is taken as upright."""
    try:
        return image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:
        return 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    transpose = TRANSPOSES.get(orientation)
    return image if transpose is None else image.transpose(transpose)
