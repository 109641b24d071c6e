"""Words of a caption tied to regions of a picture (§2.1.3): grounding by colour, size, place, and a learned name.

The picture is cut into regions (connected components), the caption into phrases (known words in English and Chinese);
the assignment of phrases to regions that fits best is kept. What the rules cannot do: things that touch or overlap,
a textured background, words outside the small lexicon, and names (a "seven") unless the caller brings a classifier.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int32, UInt8

Box = tuple[int, int, int, int]

COLOUR_WORDS = {
    "red": ("red", "红色", "红"),
    "orange": ("orange", "橙色", "橙"),
    "yellow": ("yellow", "黄色", "黄"),
    "green": ("green", "绿色", "绿"),
    "blue": ("blue", "蓝色", "蓝"),
    "purple": ("purple", "紫色", "紫"),
    "white": ("white", "白色", "白"),
    "black": ("black", "黑色", "黑"),
    "grey": ("grey", "gray", "灰色", "灰"),
}
COLOUR_VALUES = {
    "red": (220, 40, 40),
    "orange": (240, 140, 20),
    "yellow": (240, 225, 50),
    "green": (40, 170, 70),
    "blue": (50, 100, 230),
    "purple": (165, 70, 190),
    "white": (245, 245, 245),
    "black": (15, 15, 15),
    "grey": (128, 128, 128),
}
SIZE_WORDS = {"small": ("small", "little", "小"), "large": ("large", "big", "大")}
NAME_WORDS = {
    **{name: (name, han) for name, han in zip(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), "零一二三四五六七八九",
        strict=True,
    )},
    "thing": ("thing", "digit", "number", "东西", "数字"),
}  # fmt: skip
RELATION_WORDS = {
    "left": ("left of", "to the left of", "左边", "左侧"),
    "right": ("right of", "to the right of", "右边", "右侧"),
    "above": ("above", "over", "上边", "上面"),
    "below": ("below", "under", "下边", "下面"),
}
PLACE_WORDS = {
    "at left": ("on the left", "最左边"),
    "at right": ("on the right", "最右边"),
    "at top": ("at the top", "最上边"),
    "at bottom": ("at the bottom", "最下边"),
}
FILLERS = ("一个",)  # an article, not the digit one
STEPS = {"left": (-1, 0), "right": (1, 0), "above": (0, -1), "below": (0, 1)}
NOT_THERE = 0.05  # how well a region must fit a phrase, so that the phrase is not left untied

NameScores = Callable[[UInt8[np.ndarray, "height width 3"]], Mapping[str, float]]


@dataclass(frozen=True)
class Region:
    """A connected piece of a picture: its box, its number of pixels, its middle, and its colour away from its edge."""

    box: Box
    area: int
    centre: tuple[float, float]
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Phrase:
    """What a caption says about one thing; `relations` are (relation, number of the other phrase)."""

    name: str
    colour: str | None = None
    size: str | None = None
    place: str | None = None
    relations: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Grounding:
    """A phrase and the region that it names, or None where none fits; `score` 0 to 1 is how well its own words fit."""

    phrase: Phrase
    region: Region | None
    score: float


def label_components(mask: Bool[np.ndarray, "height width"]) -> Int32[np.ndarray, "height width"]:
    """The connected components of a mask, numbered 1, 2, ... in the order of reading; 0 outside. Corners connect.

    A flood from each pixel that is not yet numbered: one visit a pixel.
    """
    labels = np.zeros(mask.shape, np.int32)
    count = 0
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        count += 1
        labels[start], waiting = count, [start]
        while waiting:
            row, column = waiting.pop()
            for y in range(max(row - 1, 0), min(row + 2, mask.shape[0])):
                for x in range(max(column - 1, 0), min(column + 2, mask.shape[1])):
                    if mask[y, x] and not labels[y, x]:
                        labels[y, x] = count
                        waiting.append((y, x))
    return labels


def find_regions(
    picture: UInt8[np.ndarray, "height width 3"], contrast: float | int = 40, gap: int = 1, smallest: int = 12
) -> list[Region]:
    """The things in an RGB picture with a plain background: connected pixels that differ from it by `contrast`.

    The background is the median colour. Pieces at most `gap` pixels apart count as one thing (a broken stroke); things
    of fewer than `smallest` pixels are dropped (noise). In the order of reading of their first pixel.
    """
    pixels = picture.astype(np.float64)
    difference = np.abs(pixels - np.median(pixels, axis=(0, 1))).max(-1)
    mask = difference > contrast
    joined = cv2.dilate(mask.astype(np.uint8), np.ones((gap + 1, gap + 1), np.uint8)).astype(bool) if gap else mask
    labels, regions = label_components(joined), []
    for label in range(1, labels.max() + 1):
        inside = mask & (labels == label)
        rows, columns = np.nonzero(inside)
        if len(rows) < smallest:
            continue
        core = inside & (difference >= np.median(difference[inside]))  # the edge is mixed with the background
        box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        colour = tuple(float(value) for value in np.median(pixels[core], axis=0))
        regions.append(Region(box, len(rows), ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), colour))
    return regions


def parse_caption(caption: str) -> list[Phrase]:
    """The phrases of an English or Chinese caption, in the order in which they stand.

    A phrase ends with its name ("a small red seven", 红色的七). A relation is that of the first phrase to another: in
    English it stands before the other ("left of a blue two"), in Chinese after it (在蓝色的二左边). Unknown words are
    passed over.
    """
    phrases: list[dict] = []
    said, waiting = {}, []
    for kind, word in _known_words(caption):
        if kind in ("colour", "size"):
            said[kind] = word.meaning
        elif kind == "name":
            phrases.append({"name": word.meaning, **said})
            said = {}
            if waiting:
                _relate(phrases, waiting.pop())
        elif kind == "place" and phrases:
            phrases[-1]["place"] = word.meaning
        elif kind == "relation" and word.chinese and len(phrases) > 1:
            _relate(phrases, word.meaning)
        elif kind == "relation" and not word.chinese:
            waiting.append(word.meaning)
    return [Phrase(**(phrase | {"relations": tuple(phrase.get("relations", ()))})) for phrase in phrases]


@dataclass(frozen=True)
class _Word:
    meaning: str
    chinese: bool


_LEXICON = {
    form: (kind, _Word(meaning, ord(form[0]) > 0x2E80))
    for kind, words in (
        ("colour", COLOUR_WORDS),
        ("size", SIZE_WORDS),
        ("name", NAME_WORDS),
        ("relation", RELATION_WORDS),
        ("place", PLACE_WORDS),
        ("filler", {form: (form,) for form in FILLERS}),
    )
    for meaning, forms in words.items()
    for form in forms
}
_FORMS = re.compile(
    "|".join(
        re.escape(form) if word.chinese else rf"\b{form}\b"
        for form, (_, word) in sorted(_LEXICON.items(), key=lambda entry: -len(entry[0]))
    )
)


def _known_words(caption: str) -> list[tuple[str, _Word]]:
    """Kind and meaning of each known word, the longest first where two begin together."""
    return [_LEXICON[match.group()] for match in _FORMS.finditer(caption.lower())]


def _relate(phrases: list[dict], relation: str) -> None:
    if len(phrases) > 1:
        phrases[0].setdefault("relations", []).append((relation, len(phrases) - 1))


def ground(
    caption: str,
    picture: UInt8[np.ndarray, "height width 3"],
    name_scores: NameScores | None = None,
    regions: Sequence[Region] | None = None,
) -> list[Grounding]:
    """Each phrase of the caption with the region of the picture that it names, no region twice.

    Of all assignments the one with the largest product of scores: colour, size and place of each phrase, the relations
    between them, and, where `name_scores` is given, its probability of the name for the region's pixels (a mapping
    from "zero" ... "nine" or any other names of the lexicon). Without it, names are not looked at. A phrase that no
    region fits stays untied. Tries every assignment: for a handful of phrases and regions.
    """
    phrases = parse_caption(caption)
    regions = find_regions(picture) if regions is None else list(regions)
    if not phrases:
        return []
    fits = np.array([[_fit(phrase, region, regions, picture) for region in regions] for phrase in phrases])
    fits = fits.reshape(len(phrases), len(regions))
    if name_scores is not None:
        seen = [name_scores(picture[r.box[1] : r.box[3], r.box[0] : r.box[2]]) for r in regions]
        fits *= np.array([[scores.get(p.name, 1.0) for scores in seen] for p in phrases]).reshape(fits.shape)
    options = [*range(len(regions)), *[None] * len(phrases)]
    best = max(
        set(itertools.permutations(options, len(phrases))),
        key=lambda chosen: (_plausibility(phrases, regions, fits, chosen), [c is not None for c in chosen]),
    )
    return [
        Grounding(phrase, None if place is None else regions[place], 0.0 if place is None else float(fits[n, place]))
        for n, (phrase, place) in enumerate(zip(phrases, best, strict=True))
    ]


def _plausibility(phrases: Sequence[Phrase], regions: Sequence[Region], fits: np.ndarray, chosen: tuple) -> float:
    """The product of all scores of one assignment."""
    total = 1.0
    for n, place in enumerate(chosen):
        total *= NOT_THERE if place is None else fits[n, place]
        for relation, other in phrases[n].relations:
            if place is None or chosen[other] is None:
                total *= 0.5
            else:
                total *= relation_score(regions[place], regions[chosen[other]], relation)
    return float(total)


def _fit(phrase: Phrase, region: Region, regions: Sequence[Region], picture: np.ndarray) -> float:
    """How well a phrase's own words fit a region, names apart."""
    score = 1.0
    if phrase.colour:
        score *= colour_scores(region.colour)[phrase.colour]
    if phrase.size and len(regions) > 1:
        typical = np.mean([np.log(other.area) for other in regions if other is not region])
        larger = _sigmoid((np.log(region.area) - typical) / 0.25)
        score *= larger if phrase.size == "large" else 1 - larger
    if phrase.place:
        axis, sign = {"at left": (0, -1), "at right": (0, 1), "at top": (1, -1), "at bottom": (1, 1)}[phrase.place]
        extent = picture.shape[1 - axis]
        score *= _sigmoid(sign * (region.centre[axis] / extent - 0.5) / 0.1)
    return score


def colour_scores(colour: tuple[float, float, float], temperature: float | int = 8.0) -> dict[str, float]:
    """The share of each colour word in an RGB colour: a softmax of minus its distance in CIELAB over `temperature`."""
    values = np.array([colour, *COLOUR_VALUES.values()], np.float32)[None] / 255
    lab = cv2.cvtColor(values, cv2.COLOR_RGB2LAB)[0].astype(np.float64)
    distance = np.linalg.norm(lab[1:] - lab[0], axis=1)
    shares = np.exp(-(distance - distance.min()) / float(temperature))
    return dict(zip(COLOUR_VALUES, (shares / shares.sum()).tolist(), strict=True))


def relation_score(first: Region, second: Region, relation: str, softness: float | int = 2.0) -> float:
    """How far `relation` ("left", "right", "above", "below") holds from the first region to the second, 0 to 1.

    A sigmoid of the step in that direction minus the step across it, `softness` in pixels.
    """
    step = np.array(first.centre) - np.array(second.centre)
    along = float(np.dot(STEPS[relation], step))
    across = abs(float(np.dot(STEPS[relation][::-1], step)))
    return _sigmoid((along - across) / softness)


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes (left, top, right, bottom): 1 equal, 0 apart."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / both if both else 0.0


def pointing_hit(point: tuple[float, float] | Float[np.ndarray, "2"], box: Box) -> bool:
    """Whether a point (x, y) lies in a box (left, top, right, bottom): the pointing game, one round."""
    return bool(box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3])
