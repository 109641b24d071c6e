"""Pictures of printed words whose places are known: English and Chinese signs, turned, faded, small, noisy (§2.1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import manimgx_fonts_cjk
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from mmbook.seeding import rng

FONT = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"
SIMPLIFIED = 2  # of the collection's fonts, that with the shapes of mainland China
PAPER, INK = np.array([242.0, 238.0, 226.0]), np.array([30.0, 36.0, 60.0])
ENGLISH = """bakery bread bridge coffee corner dinner doctor engine exit fresh garden guitar harbour hotel kitchen
    library market milk morning museum music number orange ocean parking pizza police river school shop station street
    summer table tickets train village water winter window"""
MANDARIN = """咖啡 牛奶 面包 音乐 电影 图书馆 汽车 学校 医院 银行 机场 公园 火车站 超市 酒店 早餐 苹果 西瓜 茶叶 花园
    出口 入口 停车场 售票处 洗手间 电梯 餐厅 书店 药店 邮局"""
WORDS = {"en": tuple(ENGLISH.split()), "zh": tuple(MANDARIN.split())}


@dataclass(frozen=True)
class Sign:
    """A picture, the words on it in the order of reading, and the four corners (x, y) of each in pixels."""

    picture: UInt8[np.ndarray, "height width 3"]
    words: tuple[str, ...]
    corners: Float[np.ndarray, "words 4 2"]


@lru_cache(maxsize=16)
def book_font(size: int, weight: str = "Regular") -> ImageFont.FreeTypeFont:
    """Noto Sans for English and simplified Chinese, `size` pixels high."""
    font = ImageFont.truetype(str(FONT), size, index=SIMPLIFIED)
    font.set_variation_by_name(weight)
    return font


def draw_sign(
    lines: Sequence[Sequence[str]],
    size: int = 28,
    angle: float | int = 0.0,
    contrast: float | int = 1.0,
    noise: float | int = 0.0,
    seed: int = 0,
) -> Sign:
    """A sign with these lines of words, letters `size` pixels high, turned counterclockwise by `angle` degrees.

    `contrast` 1 is dark ink on paper, 0 is no ink; `noise` is the standard deviation of Gaussian noise in grey levels.
    English words stand apart, Chinese ones do not. The picture grows so that no corner is cut off.
    """
    font = book_font(size)
    margin, step = size, round(1.7 * size)
    rows = [_row(words, font, margin, margin + n * step) for n, words in enumerate(lines)]
    width = max(boxes[-1][2] for _, boxes in rows) + margin
    height = 2 * margin + len(rows) * step - (step - size) + size // 4
    mask = Image.new("L", (round(width), height), 0)
    for n, (text, _) in enumerate(rows):
        ImageDraw.Draw(mask).text((margin, margin + n * step), text, font=font, fill=255)
    matrix, canvas = _turn(mask.size, float(angle))
    ink = cv2.warpAffine(np.array(mask), matrix, canvas, flags=cv2.INTER_AREA if angle % 90 == 0 else cv2.INTER_LINEAR)
    share = float(contrast) * ink[..., None] / 255
    picture = PAPER + share * (INK - PAPER)
    if noise:
        picture = picture + rng(seed, "sign noise").normal(0, float(noise), (*picture.shape[:2], 1))
    corners = np.array([[(a, b), (c, b), (c, d), (a, d)] for _, boxes in rows for a, b, c, d in boxes], np.float64)
    corners = corners @ matrix[:, :2].T + matrix[:, 2]
    words = tuple(word for words in lines for word in words)
    return Sign(np.clip(np.rint(picture), 0, 255).astype(np.uint8), words, corners)


def random_lines(seed: int, language: str = "en", lines: int = 2, words: int = 3) -> list[list[str]]:
    """Lines of words in "en" or "zh", all different."""
    chosen = rng(seed, "sign", language).choice(len(WORDS[language]), lines * words, replace=False)
    names = [WORDS[language][int(number)] for number in chosen]
    return [names[n * words : (n + 1) * words] for n in range(lines)]


def word_at(sign: Sign, point: tuple[float, float]) -> int | None:
    """The number of the word that holds the point (x, y); None where no word is."""
    for number, corners in enumerate(sign.corners):
        if cv2.pointPolygonTest(corners.astype(np.float32), (float(point[0]), float(point[1])), False) >= 0:
            return number
    return None


def burn_subtitles(
    frames: UInt8[np.ndarray, "frames height width 3"],
    spans: Sequence[tuple[str, float | int, float | int]],
    fps: float | int,
    size: int = 16,
) -> UInt8[np.ndarray, "frames taller width 3"]:
    """The frames with a dark band below in which each (text, start, end) is written from start to end, in seconds.

    A frame shows what holds at the middle of the time for which it is on show.
    """
    count, height, width = frames.shape[:3]
    out = np.zeros((count, height + 2 * size, width, 3), np.uint8)
    out[:, :height] = frames
    for text, start, end in spans:
        band = Image.new("RGB", (width, 2 * size))
        ImageDraw.Draw(band).text((width / 2, size), text, font=book_font(size), fill=(250, 250, 235), anchor="mm")
        middles = (np.arange(count) + 0.5) / fps
        out[(middles >= start) & (middles < end), height:] = np.array(band)
    return out


def _row(words: Sequence[str], font: ImageFont.FreeTypeFont, x: int, y: int) -> tuple[str, list]:
    """The text of a line and the box of each of its words."""
    gap = "" if ord(words[0][0]) > 0x2E80 else " "
    text, boxes = "", []
    for word in words:
        text += gap if text else ""
        left = x + font.getlength(text)
        text += word
        _, top, _, bottom = font.getbbox(text)
        boxes.append((left, y + top, x + font.getlength(text), y + bottom))
    return text, boxes


def _turn(size: tuple[int, int], angle: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The affine map that turns a picture of this (width, height) counterclockwise, and the size it then needs."""
    width, height = size
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    canvas = (int(np.ceil(width * cos + height * sin)), int(np.ceil(width * sin + height * cos)))
    matrix[:, 2] += (canvas[0] - width) / 2, (canvas[1] - height) / 2
    return matrix, canvas
