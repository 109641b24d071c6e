"""Answers to the exercises of §2.1.2, images."""

import numpy as np

from mmbook.exercises import function, number, register

register(
    "2.1.2.1",
    number(20 * np.log10(255 / 10), tolerance=0.01),
    "The mean squared error of such noise is the square of its standard deviation.",
    "10 log10(255² / 10²) decibels.",
    wrong=(10 * np.log10(255 / 10), 20 * np.log10(255 / 100), 10 * np.log10(255**2 / 10)),
)
register(
    "2.1.2.2",
    number(5.0, tolerance=0.1),
    "The stripes make 4/5 of a turn from one new pixel to the next. What slower turning looks the same?",
    "4/5 of a turn forwards is 1/5 of a turn backwards.",
    wrong=(1.25, 1.0, 4.0, 6.25),
)


def _median(image: np.ndarray) -> np.ndarray:
    """The 3 x 3 median, borders repeated."""
    padded = np.pad(image, 1, mode="edge")
    shifted = [padded[y : y + image.shape[0], x : x + image.shape[1]] for y in range(3) for x in range(3)]
    return np.median(shifted, axis=0).astype(np.uint8)


def _mended(image: np.ndarray) -> np.ndarray:
    return np.where((image == 0) | (image == 255), _median(image), image)


_GREY = np.random.default_rng(0).integers(1, 255, (9, 11)).astype(np.uint8)
_HIT = _GREY.copy()
_HIT[2, 3], _HIT[0, 0], _HIT[5, 10], _HIT[7, 7] = 255, 0, 255, 0
register(
    "2.1.2.3",
    function(((_HIT,), _mended(_HIT)), ((_GREY,), _GREY), ((_HIT.T.copy(),), _mended(_HIT.T.copy())), tolerance=0),
    "Which pixels can be salt or pepper at all? The others are known to be right.",
    "np.where((grey == 0) | (grey == 255), median, grey).",
    wrong=(_median, lambda image: np.where(image == 255, _median(image), image), lambda image: image),
)


def _swap(caption: str) -> str:
    """The caption of the mirror image."""
    other = {"left": "right", "right": "left"}
    return " ".join(other.get(word, word) for word in caption.split(" "))


def _mirrored(image: np.ndarray, caption: str) -> tuple[np.ndarray, str]:
    return image[:, ::-1], _swap(caption)


def _is_mirror(answer: object) -> bool:
    """Whether `answer(image, caption)` mirrors the picture and swaps left and right, as whole words, in the caption."""
    captions = (
        "a red disc left of a blue square",
        "a bright square right of a disc",
        "left of the right hand a leftover",
        "a disc above a square",
    )
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    for caption in captions:
        picture, said = answer(image, caption)
        if not np.array_equal(picture, image[:, ::-1]) or said != _swap(caption):
            return False
    return True


register(
    "2.1.2.4",
    _is_mirror,
    'Try "left of the right hand": are both words swapped, and each once?',
    'Go word by word: "bright" and "leftover" are words of their own.',
    wrong=(
        lambda image, caption: (image[:, ::-1], caption),
        lambda image, caption: (image[:, ::-1], caption.replace("left", "right").replace("right", "left")),
        lambda image, caption: (
            image[:, ::-1],
            caption.replace("left", "@").replace("right", "left").replace("@", "right"),
        ),
        lambda image, caption: (image[::-1], _swap(caption)),
    ),
)
