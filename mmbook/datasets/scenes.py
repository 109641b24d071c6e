"""Scenes of up to three real handwritten digits, coloured and placed, with a caption that names them (§2.1.3, §2.2).

The digits are those that scikit-learn carries (Alpaydin and Kaynak's, 8 x 8). Colour, size, place and caption are
made here, so for every phrase of a caption the box of what it names is known.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8
from sklearn.datasets import load_digits

from mmbook.seeding import rng

CANVAS = 48
BACKGROUND = (26, 26, 32)
COLOURS = {
    "red": (226, 50, 50),
    "orange": (240, 140, 30),
    "yellow": (236, 224, 60),
    "green": (50, 180, 80),
    "blue": (64, 116, 236),
    "purple": (176, 74, 200),
}
SIZES = {"small": 12, "large": 18}
RELATIONS = {"left of": (1, 0), "right of": (-1, 0), "above": (0, 1), "below": (0, -1)}  # from the first to the second
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CHINESE = {
    **dict(zip(NUMBERS, "零一二三四五六七八九", strict=True)),
    **dict(zip(COLOURS, ("红色", "橙色", "黄色", "绿色", "蓝色", "紫色"), strict=True)),
    **{"small": "小", "large": "大", "left of": "左边", "right of": "右边", "above": "上边", "below": "下边"},
}
GAP = 3  # pixels between two digits, at least
CLEAR = 7  # pixels by which a relation holds, at least

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Thing:
    """One digit of a scene: what it is, which of scikit-learn's images shows it, and its box of ink in pixels."""

    digit: int
    colour: str
    size: str
    image: int
    box: Box


@dataclass(frozen=True)
class Scene:
    """A picture, its things in the order in which the captions name them, and the caption in "en" and in "zh"."""

    picture: UInt8[np.ndarray, "48 48 3"]
    things: tuple[Thing, ...]
    captions: dict[str, str]


@lru_cache(maxsize=1)
def digit_images() -> tuple[Float[np.ndarray, "1797 8 8"], Int[np.ndarray, "1797"]]:
    """The real digits, ink 0 to 1 on 8 x 8 pixels, and what each shows. Who wrote which is not known."""
    bunch = load_digits()
    return bunch.images / 16, bunch.target


def images_of(split: str) -> Int[np.ndarray, "images"]:
    """The numbers of the digit images of a split, "train" (four in five) or "test"; no image is in both.

    The images carry no writer's name, so one person's hand may be in both.
    """
    if split not in ("train", "test"):
        raise ValueError(f"images_of: split is {split!r}; it must be 'train' or 'test'")
    numbers = np.arange(len(digit_images()[1]))
    return numbers[(numbers % 5 == 0) == (split == "test")]


def make_scene(
    number: int, seed: int = 0, split: str = "train", things: int | None = None, one_colour: bool = False
) -> Scene:
    """Scene `number`: the same at every call, whatever was made before.

    `things` fixes how many digits there are (1 to 3, drawn by default); with `one_colour` all have the same colour, so
    that colour words no longer tell them apart.
    """
    draw = rng(seed, "scene", split, number)
    count = things or int(draw.integers(1, 4))
    images, labels = digit_images()
    chosen = [int(image) for image in draw.choice(images_of(split), count, replace=False)]
    colours = [str(name) for name in draw.choice(list(COLOURS), count)]
    colours = colours[:1] * count if one_colour else colours
    sizes = [str(name) for name in draw.choice(list(SIZES), count)]
    while True:  # until no two touch and both relations are clear
        corners = [draw.integers(1, CANVAS - SIZES[size], 2) for size in sizes]
        if _apart(corners, sizes):
            break
    canvas, found = np.ones((CANVAS, CANVAS, 3)) * BACKGROUND, []
    for image, colour, size, (left, top) in zip(chosen, colours, sizes, corners, strict=True):
        side = SIZES[size]
        ink = cv2.resize(images[image], (side, side), interpolation=cv2.INTER_LINEAR)[..., None]
        patch = canvas[top : top + side, left : left + side]
        patch[:] = (1 - ink) * patch + ink * COLOURS[colour]
        rows, columns = np.nonzero(ink[..., 0].max(1) > 0.2)[0], np.nonzero(ink[..., 0].max(0) > 0.2)[0]
        box = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
        found.append(Thing(int(labels[image]), colour, size, image, tuple(int(edge) for edge in box)))
    picture = canvas + draw.normal(0, 4, (CANVAS, CANVAS, 1))
    with_sizes = len(set(sizes)) > 1 and bool(draw.random() < 0.5)
    captions = {language: caption(found, language, with_sizes) for language in ("en", "zh")}
    return Scene(np.clip(np.rint(picture), 0, 255).astype(np.uint8), tuple(found), captions)


def relation(first: Thing, second: Thing) -> str:
    """Where the first thing is, seen from the second: the name of the larger of the two steps between their middles."""
    step = _middle(second.box) - _middle(first.box)
    return max(RELATIONS, key=lambda name: float(np.dot(RELATIONS[name], step)))


def caption(things: list[Thing] | tuple[Thing, ...], language: str = "en", with_sizes: bool = False) -> str:
    """The caption of the grammar: the first thing, then where it is, seen from each of the others.

    >>> caption(make_scene(0, things=2).things, "zh")    # doctest: +SKIP
    '红色的七在蓝色的二左边'
    """
    if language == "en":
        names = [
            f"{'an' if not with_sizes and thing.colour == 'orange' else 'a'} "
            f"{thing.size + ' ' if with_sizes else ''}{thing.colour} {NUMBERS[thing.digit]}"
            for thing in things
        ]
        rest = [f"{relation(things[0], other)} {name}" for other, name in zip(things[1:], names[1:], strict=True)]
        return " ".join([names[0], " and ".join(rest)]).strip()
    names = [
        f"{CHINESE[thing.size] + '的' if with_sizes else ''}{CHINESE[thing.colour]}的{CHINESE[NUMBERS[thing.digit]]}"
        for thing in things
    ]
    rest = [name + CHINESE[relation(things[0], other)] for other, name in zip(things[1:], names[1:], strict=True)]
    return f"{names[0]}在{'、'.join(rest)}" if rest else f"一个{names[0]}"


def _middle(box: Box) -> Float[np.ndarray, "2"]:
    return np.array([box[0] + box[2], box[1] + box[3]]) / 2


def _apart(corners: list, sizes: list[str]) -> bool:
    """Whether no two squares touch, and the first is clearly to one side of each of the others."""
    middles = [corner + SIZES[size] / 2 for corner, size in zip(corners, sizes, strict=True)]
    for i in range(len(sizes)):
        for j in range(i):
            step = np.abs(middles[i] - middles[j])
            if step.max() < (SIZES[sizes[i]] + SIZES[sizes[j]]) / 2 + GAP:
                return False
            if j == 0 and abs(step[0] - step[1]) < CLEAR:
                return False
    return True
