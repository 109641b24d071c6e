"""A drawn face: one person in any expression, pose and light, about 1 ms a frame (§2.1, §5.1).

Lengths are in head units: the centre of the head is (0, 0), x points right, y points down, the chin is near y = 1.
Shapes are polygons on a canvas three times too large, shrunk by averaging at the end, which smooths every edge.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from mmbook import seeding

Colour = tuple[int, int, int]

SKINS = (
    (255, 224, 196),
    (247, 205, 170),
    (238, 186, 146),
    (219, 160, 116),
    (190, 128, 86),
    (158, 101, 65),
    (123, 75, 48),
    (92, 56, 38),
)
HAIR_COLOURS = (
    (28, 24, 26),
    (54, 37, 28),
    (92, 58, 36),
    (134, 84, 44),
    (176, 74, 36),
    (206, 160, 92),
    (232, 206, 150),
    (150, 148, 150),
    (214, 212, 210),
)
EYE_COLOURS = ((70, 44, 28), (104, 68, 38), (92, 110, 60), (66, 112, 158), (110, 138, 150))
CLOTHES = (
    (40, 62, 92),
    (150, 52, 52),
    (58, 110, 90),
    (222, 178, 74),
    (98, 78, 130),
    (60, 60, 66),
    (214, 214, 208),
    (196, 110, 70),
    (92, 140, 176),
)
WALLS = (
    (210, 224, 232),
    (238, 224, 200),
    (200, 216, 196),
    (226, 204, 210),
    (188, 190, 204),
    (150, 170, 184),
    (236, 236, 230),
    (96, 112, 128),
    (118, 100, 92),
)
HAIR_STYLES = ("bald", "buzz", "short", "parted", "fringe", "spiky", "curly", "long", "bob", "bun", "headscarf")
FACIAL_HAIR = ("none", "stubble", "moustache", "goatee", "beard")
GLASSES = ("none", "round", "square")
COLLARS = ("crew", "v", "shirt")
BACKGROUNDS = ("plain", "window", "lights", "shelf")
OCCLUSIONS = ("none", "book", "hands", "scarf", "dark", "away")

_OVERSAMPLE = 3
_SHIFT = 4  # OpenCV takes polygon corners in 1/16 pixel


@dataclass(frozen=True)
class Identity:
    """What makes one person look like no other; see `identities`."""

    skin: Colour = SKINS[2]
    hair: str = "short"
    hair_colour: Colour = HAIR_COLOURS[1]
    facial_hair: str = "none"
    glasses: str = "none"
    collar: str = "crew"
    clothes: Colour = CLOTHES[0]
    eye_colour: Colour = EYE_COLOURS[0]
    width: float = 0.8  # of the head, at the ears
    jaw: float = 0.3  # how much the face narrows towards the chin
    chin: float = 1.0  # y of the chin
    eye_distance: float = 0.34
    eye_size: float = 0.17
    eye_slant: float = 0.0
    brow_weight: float = 0.055
    brow_height: float = -0.33
    nose_width: float = 0.12
    nose_length: float = 0.26
    mouth_width: float = 0.29
    mouth_height: float = 0.55
    lips: float = 0.06
    rest: float = 0.0  # curve of the mouth at rest: some people look grave when they are not
    anger: float = 0.5  # a bad mood lowers the brows (1) or tilts them in sorrow (0)
    age: float = 0.2
    freckles: bool = False


@dataclass(frozen=True)
class Expression:
    """What one person does at one moment.

    `valence` -1..1 from displeased to pleased; `mouth_open` 0..1; `blink` 0..1 (1: closed); `yaw`, `tilt` in radians;
    `shift_x`, `shift_y` as a share of the picture; `scale` 1 is a head 0.6 of the picture high.
    """

    valence: float = 0.0
    mouth_open: float = 0.0
    blink: float = 0.0
    yaw: float = 0.0
    tilt: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Scene:
    """Where the person sits: background and light.

    `light` is the direction the light comes from in radians (0 right, -pi/2 above), `contrast` 0..1 how one-sided it
    is, `warmth` -1..1 from blue to yellow, `brightness` a factor. `seed` places the things in the background.
    """

    background: str = "plain"
    wall: Colour = WALLS[0]
    light: float = -2.2
    contrast: float = 0.35
    warmth: float = 0.0
    brightness: float = 1.0
    seed: int = 0


def identities(count: int, seed: int = 0) -> list[Identity]:
    """`count` different people; the first ones stay the same when `count` grows."""
    return [_identity(seeding.rng(seed, "identity", index)) for index in range(count)]


def _identity(rng: np.random.Generator) -> Identity:
    def pick(options, weights=None):
        share = None if weights is None else np.array(weights) / sum(weights)
        return options[int(rng.choice(len(options), p=share))]

    age = float(rng.beta(1.6, 2.4))
    hair = pick(HAIR_STYLES, (1, 1, 3, 3, 2, 2, 3, 3, 2, 2, 1))
    low, high = SKINS[(index := int(rng.integers(len(SKINS) - 1)))], SKINS[index + 1]
    dark = index >= 3  # dark skin rarely comes with fair hair
    grey = age > 0.72 and rng.random() < 0.7
    tones = HAIR_COLOURS[7:] if grey else HAIR_COLOURS[:3] if dark else HAIR_COLOURS[:7]
    bearded = hair not in ("long", "bob", "bun", "headscarf")
    return Identity(
        skin=_mix(low, high, float(rng.random())),
        hair=hair,
        hair_colour=pick(CLOTHES) if hair == "headscarf" else _mix(pick(tones), pick(tones), 0.3),
        facial_hair=pick(FACIAL_HAIR, (5, 2, 1, 1, 2)) if bearded else "none",
        glasses=pick(GLASSES, (6, 2, 2)),
        collar=pick(COLLARS),
        clothes=pick(CLOTHES),
        eye_colour=pick(EYE_COLOURS, (6, 3, 0, 0, 0) if dark else (3, 2, 2, 2, 1)),
        width=float(rng.uniform(0.72, 0.88)),
        jaw=float(rng.uniform(0.12, 0.42)),
        chin=float(rng.uniform(0.93, 1.08)),
        eye_distance=float(rng.uniform(0.31, 0.38)),
        eye_size=float(rng.uniform(0.145, 0.19)),
        eye_slant=float(rng.uniform(-0.05, 0.02)),
        brow_weight=float(rng.uniform(0.035, 0.075)),
        brow_height=float(rng.uniform(-0.38, -0.30)),
        nose_width=float(rng.uniform(0.09, 0.16)),
        nose_length=float(rng.uniform(0.2, 0.29)),
        mouth_width=float(rng.uniform(0.25, 0.33)),
        mouth_height=float(rng.uniform(0.52, 0.6)),
        lips=float(rng.uniform(0.04, 0.085)),
        rest=float(rng.uniform(-0.15, 0.15)),
        anger=float(rng.random()),
        age=age,
        freckles=bool(rng.random() < 0.12),
    )


def scenes(count: int, seed: int = 0) -> list[Scene]:
    """`count` different backgrounds and lights; the first ones stay the same when `count` grows."""
    return [random_scene(seeding.rng(seed, "scene", index)) for index in range(count)]


def random_scene(rng: np.random.Generator) -> Scene:
    """A background and a light drawn from `rng`."""
    return Scene(
        background=BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))],
        wall=_mix(WALLS[int(rng.integers(len(WALLS)))], WALLS[int(rng.integers(len(WALLS)))], float(rng.random() / 2)),
        light=float(rng.uniform(-np.pi, 0)),
        contrast=float(rng.uniform(0.15, 0.7)),
        warmth=float(rng.uniform(-0.8, 0.8)),
        brightness=float(rng.uniform(0.82, 1.06)),
        seed=int(rng.integers(2**31)),
    )


def draw_face(
    identity: Identity,
    expression: Expression = Expression(),  # noqa: B008
    size: int = 96,
    scene: Scene = Scene(),  # noqa: B008
    occlusion: str = "none",
) -> UInt8[np.ndarray, "size size 3"]:
    """The picture of one person at one moment, RGB.

    `occlusion` is one of `OCCLUSIONS`: whatever but "none" hides mouth, eyes and brows completely, so that the
    picture is the same bit for bit at any valence. Raises ValueError for a name that is not listed.
    """
    if occlusion not in OCCLUSIONS:
        raise ValueError(f"occlusion is {occlusion!r}: must be one of {', '.join(OCCLUSIONS)}")
    brush = _Brush(_background(scene, size).copy(), _placement(expression, size))
    dark = _dark(identity) if occlusion == "dark" else None
    person = dark or identity
    _draw_body(brush, person, expression)
    _draw_back_hair(brush, person)
    _draw_head(brush, person, expression)
    if occlusion == "away":
        back = _outline(person, 1.06)
        _fill(brush, back[back[:, 1] < 0.8], person.skin if person.hair == "bald" else person.hair_colour)
    elif occlusion != "dark":
        _draw_features(brush, person, expression)
    if occlusion != "away":
        _draw_front_hair(brush, person, expression)
    if occlusion in _COVERS:
        _COVERS[occlusion](brush, person)
    return _light(brush, person, scene, size)


# ---- canvas ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Brush:
    """The canvas, and the map from head units to its pixels: `points @ matrix.T + offset`."""

    canvas: UInt8[np.ndarray, "side side 3"]
    placement: tuple[Float[np.ndarray, "2 2"], Float[np.ndarray, "2"]]


def _placement(expression: Expression, size: int) -> tuple[Float[np.ndarray, "2 2"], Float[np.ndarray, "2"]]:
    side = size * _OVERSAMPLE
    unit = 0.3 * side * expression.scale
    cos, sin = np.cos(expression.tilt), np.sin(expression.tilt)
    matrix = unit * np.array([[cos, -sin], [sin, cos]])
    neck = np.array([0.0, 0.9])  # the head tilts about the neck
    centre = side * np.array([0.5 + expression.shift_x, 0.5 + expression.shift_y])
    return matrix, centre + unit * neck - matrix @ neck


def _pixels(brush: _Brush, points) -> np.ndarray:
    matrix, offset = brush.placement
    return np.rint((np.asarray(points, float) @ matrix.T + offset) * (1 << _SHIFT)).astype(np.int32)


def _unit(brush: _Brush) -> float:
    return float(np.hypot(*brush.placement[0][:, 0]))


def _fill(brush: _Brush, points, colour: Colour, alpha: float = 1.0) -> None:
    corners = _pixels(brush, points)
    if alpha >= 1:
        cv2.fillPoly(brush.canvas, [corners], colour, cv2.LINE_AA, _SHIFT)
        return
    window = _window(brush, corners)
    if window.size:
        left, top = _corner(brush, corners)
        layer = window.copy()
        cv2.fillPoly(layer, [corners - np.int32([left, top]) * (1 << _SHIFT)], colour, cv2.LINE_AA, _SHIFT)
        cv2.addWeighted(layer, alpha, window, 1 - alpha, 0, dst=window)


def _corner(brush: _Brush, corners) -> tuple[int, int]:
    side = brush.canvas.shape[0]
    left, top = (corners.min(0) >> _SHIFT) - 1
    return min(max(int(left), 0), side), min(max(int(top), 0), side)


def _window(brush: _Brush, corners) -> np.ndarray:
    left, top = _corner(brush, corners)
    right, bottom = (corners.max(0) >> _SHIFT) + 2
    return brush.canvas[top : max(int(bottom), 0), left : max(int(right), 0)]


def _stroke(brush: _Brush, points, colour: Colour, width: float) -> None:
    pixels = max(1, round(width * _unit(brush)))
    cv2.polylines(brush.canvas, [_pixels(brush, points)], False, colour, pixels, cv2.LINE_AA, _SHIFT)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return tuple(round((1 - share) * x + share * y) for x, y in zip(a, b, strict=True))


def _shade(colour: Colour, factor: float) -> Colour:
    return tuple(min(255, max(0, round(channel * factor))) for channel in colour)


_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 24, False)), np.sin(np.linspace(0, 2 * np.pi, 24, False))], 1)
_ACROSS = np.linspace(-1, 1, 13)  # from one end of a mouth, an eye or a brow to the other
_ARCH = 1 - _ACROSS**2
_AROUND = np.linspace(0, 2 * np.pi, 48, False)


def _ellipse(x: float, y: float, rx: float, ry: float) -> Float[np.ndarray, "24 2"]:
    return _CIRCLE * (rx, ry) + (x, y)


def _outline(identity: Identity, grow: float = 1.0) -> Float[np.ndarray, "48 2"]:
    """The edge of the head, clockwise from the crown."""
    x, y = np.sin(_AROUND), -np.cos(_AROUND)
    taper = 1 - identity.jaw * np.clip(y, 0, 1) ** 1.5
    return grow * np.stack([identity.width * x * taper, y * np.where(y > 0, identity.chin, 1.0)], 1)


def _turn(identity: Identity, expression: Expression, points) -> np.ndarray:
    """Points on the front of the head after it turns by `yaw`, as on an ellipsoid."""
    points = np.asarray(points, float)
    depth = np.sqrt(np.clip(1 - (points[:, 0] / (identity.width * 1.1)) ** 2 - (points[:, 1] / 1.2) ** 2, 0, 1))
    turned = points.copy()
    turned[:, 0] = points[:, 0] * np.cos(expression.yaw) + 0.7 * depth * np.sin(expression.yaw)
    return turned


# ---- the person -----------------------------------------------------------------------------------------------------


def _draw_body(brush: _Brush, identity: Identity, expression: Expression) -> None:
    lean = 0.3 * np.sin(expression.tilt)
    shoulders = [
        (-1.75, 2.6),
        (-1.6, 1.95),
        (-1.25, 1.62),
        (-0.45, 1.38),
        (0.45, 1.38),
        (1.25, 1.62),
        (1.6, 1.95),
        (1.75, 2.6),
    ]
    _fill(brush, shoulders, identity.clothes)
    shadow = _shade(identity.skin, 0.78)
    neck = 0.36 + 0.1 * (identity.width - 0.72)
    _fill(brush, [(-neck, 0.4), (neck, 0.4), (neck + 0.06, 1.4), (0, 1.62), (-neck - 0.06, 1.4)], identity.skin)
    _fill(brush, [(-neck, 0.4), (neck, 0.4), (neck, 1.1), (0.15 + lean, 1.22), (-neck, 1.1)], shadow)
    trim = _shade(identity.clothes, 0.72)
    if identity.collar == "crew":
        _stroke(brush, [(-neck - 0.08, 1.36), (-0.25, 1.56), (0, 1.61), (0.25, 1.56), (neck + 0.08, 1.36)], trim, 0.09)
    elif identity.collar == "v":
        _fill(brush, [(-neck, 1.34), (neck, 1.34), (0, 1.95)], identity.skin)
        _stroke(brush, [(-neck - 0.06, 1.34), (0, 1.98), (neck + 0.06, 1.34)], trim, 0.08)
    else:
        for side in (-1, 1):
            _fill(
                brush,
                [(side * (neck + 0.1), 1.24), (0, 1.62), (side * 0.34, 1.9), (side * 0.62, 1.5)],
                _shade(identity.clothes, 1.22),
            )
        _stroke(brush, [(0, 1.62), (0, 2.6)], trim, 0.04)


def _draw_back_hair(brush: _Brush, identity: Identity) -> None:
    colour, width = _shade(identity.hair_colour, 0.78), identity.width
    if identity.hair == "long":
        _fill(
            brush,
            [
                (-width * 0.9, -0.7),
                (-width - 0.2, 0.2),
                (-width - 0.25, 1.3),
                (-width, 1.75),
                (-0.35, 1.6),
                (0.35, 1.6),
                (width, 1.75),
                (width + 0.25, 1.3),
                (width + 0.2, 0.2),
                (width * 0.9, -0.7),
            ],
            colour,
        )
    elif identity.hair == "bob":
        _fill(
            brush,
            [
                (-width * 0.9, -0.7),
                (-width - 0.18, 0.1),
                (-width - 0.2, 0.75),
                (-0.5, 0.9),
                (0.5, 0.9),
                (width + 0.2, 0.75),
                (width + 0.18, 0.1),
                (width * 0.9, -0.7),
            ],
            colour,
        )
    elif identity.hair == "bun":
        _fill(brush, _ellipse(0, -1.22, 0.38, 0.32), identity.hair_colour)
    elif identity.hair == "curly":
        for x, y in _outline(identity, 1.16)[np.r_[0:15:2, 34:48:2]]:
            _fill(brush, _ellipse(x, y - 0.05, 0.24, 0.24), colour)
    elif identity.hair == "headscarf":
        _fill(
            brush,
            [(-width - 0.1, 0.5), (-width * 1.25, 1.5), (0, 1.95), (width * 1.25, 1.5), (width + 0.1, 0.5)],
            colour,
        )
        _fill(brush, _outline(identity, 1.14), identity.hair_colour)


def _draw_head(brush: _Brush, identity: Identity, expression: Expression) -> None:
    if identity.hair != "headscarf":
        for side in (-1, 1):
            x = side * identity.width * 1.01 - 0.12 * np.sin(expression.yaw)
            _fill(brush, _ellipse(x, 0.06, 0.12, 0.2), _shade(identity.skin, 0.93))
            _fill(brush, _ellipse(x, 0.08, 0.06, 0.12), _shade(identity.skin, 0.78))
    _fill(brush, _outline(identity), identity.skin)


def _draw_features(brush: _Brush, identity: Identity, expression: Expression) -> None:
    mood = float(np.clip(expression.valence, -1, 1))
    _draw_cheeks(brush, identity, expression, mood)
    _draw_facial_hair(brush, identity, expression)
    _draw_nose(brush, identity, expression)
    _draw_mouth(brush, identity, expression, mood)
    for side in (-1, 1):
        _draw_eye(brush, identity, expression, mood, side)
        _draw_brow(brush, identity, expression, mood, side)
    _draw_glasses(brush, identity, expression)


def _draw_cheeks(brush: _Brush, identity: Identity, expression: Expression, mood: float) -> None:
    blush, line = _mix(identity.skin, (226, 92, 84), 0.35), _shade(identity.skin, 0.8)
    for side in (-1, 1):
        cheek = _turn(identity, expression, _ellipse(side * 0.46, 0.3 - 0.05 * mood, 0.17, 0.11))
        _fill(brush, cheek, blush, 0.2 + 0.25 * max(mood, 0))
    for side in (-1, 1):
        if mood > 0.25 or identity.age > 0.5:
            fold = [(side * 0.24, 0.28), (side * 0.36, 0.4), (side * 0.4, 0.52)]
            _stroke(brush, _turn(identity, expression, fold), line, 0.022)
        if identity.freckles:
            for dx, dy in ((0, 0), (0.09, 0.05), (-0.08, 0.06), (0.03, 0.11), (0.14, -0.02)):
                spot = _turn(identity, expression, _ellipse(side * 0.4 + dx, 0.22 + dy, 0.018, 0.018))
                _fill(brush, spot, _shade(identity.skin, 0.72))
    if identity.age > 0.6:
        for y in (-0.6, -0.5):
            _stroke(brush, _turn(identity, expression, [(-0.3, y + 0.02), (0, y), (0.3, y + 0.02)]), line, 0.018)


def _draw_facial_hair(brush: _Brush, identity: Identity, expression: Expression) -> None:
    kind, colour, y = identity.facial_hair, _shade(identity.hair_colour, 0.92), identity.mouth_height
    if kind in ("beard", "stubble"):
        edge = _outline(identity, 1.01)
        low = edge[edge[:, 1] > 0.12]
        low = low[np.argsort(-low[:, 0])]
        cheek = 0.75 * identity.width
        inner = [
            (-cheek, 0.3),
            (-0.42, 0.4),
            (-0.3, y - 0.17),
            (0, y - 0.15),
            (0.3, y - 0.17),
            (0.42, 0.4),
            (cheek, 0.3),
        ]
        turned = _turn(identity, replace(expression, yaw=0.5 * expression.yaw), inner)
        _fill(brush, np.vstack([low, turned]), colour, 1.0 if kind == "beard" else 0.28)
    if kind == "goatee":
        _fill(brush, _turn(identity, expression, _ellipse(0, y + 0.27, 0.17, 0.15)), colour)
    if kind in ("moustache", "goatee"):
        wings = [
            (0, y - 0.18),
            (0.16, y - 0.17),
            (0.27, y - 0.06),
            (0.1, y - 0.09),
            (0, y - 0.1),
            (-0.1, y - 0.09),
            (-0.27, y - 0.06),
            (-0.16, y - 0.17),
        ]
        _fill(brush, _turn(identity, expression, wings), colour)


def _draw_nose(brush: _Brush, identity: Identity, expression: Expression) -> None:
    width, tip = identity.nose_width, identity.nose_length
    bridge = [
        (0.05, -0.1),
        (0.03, tip - 0.12),
        (width, tip),
        (width * 0.7, tip + 0.05),
        (0, tip + 0.06),
        (-0.02, tip - 0.05),
    ]
    _fill(brush, _turn(identity, expression, bridge), _shade(identity.skin, 0.88))
    _fill(brush, _turn(identity, expression, _ellipse(0, tip - 0.02, width * 0.6, 0.06)), _shade(identity.skin, 1.06))
    base = [(-width, tip), (-width * 0.5, tip + 0.055), (0, tip + 0.05), (width * 0.5, tip + 0.055), (width, tip)]
    _stroke(brush, _turn(identity, expression, base), _shade(identity.skin, 0.66), 0.03)


def _draw_mouth(brush: _Brush, identity: Identity, expression: Expression, mood: float) -> None:
    opened = float(np.clip(expression.mouth_open, 0, 1))
    curve = 0.2 * (mood + identity.rest)
    half = identity.mouth_width * (1 + 0.22 * max(mood, 0) - 0.08 * max(-mood, 0) - 0.12 * opened)
    x, line = half * _ACROSS, identity.mouth_height - curve * (_ACROSS**2 - 0.4)
    upper, lower = line - 0.05 * opened * _ARCH, line + 0.2 * opened * _ARCH
    bow = identity.lips * _ARCH**0.7 * (1 - 0.25 * np.exp(-((_ACROSS / 0.15) ** 2)))

    def strip(top, bottom, ends=slice(None)):
        edge = np.concatenate([np.stack([x, top], 1)[ends], np.stack([x, bottom], 1)[ends][::-1]])
        return _turn(identity, expression, edge)

    lips = _mix(identity.skin, (178, 58, 66), 0.45)
    _fill(brush, strip(upper - bow, upper), _shade(lips, 0.92))
    _fill(brush, strip(lower, lower + 1.25 * identity.lips * _ARCH), lips)
    if opened > 0.04:
        _fill(brush, strip(upper, lower), (74, 24, 30))
        _fill(brush, strip(upper, upper + np.minimum(0.06, lower - upper) * _ARCH**0.5, slice(2, -2)), (246, 242, 236))
        if opened > 0.35:
            _fill(brush, strip(np.maximum(upper, lower - 0.07 * opened), lower, slice(3, -3)), (196, 92, 96))
    else:
        _stroke(brush, _turn(identity, expression, np.stack([x, line], 1)), _shade(lips, 0.5), 0.035)
    for side in (-1, 1):
        end = np.array(
            [(side * half * 0.97, line[0] - 0.02 * np.sign(curve)), (side * half * 1.08, line[0] - 0.35 * curve)]
        )
        _stroke(brush, _turn(identity, expression, end), _shade(identity.skin, 0.62), 0.028)


def _draw_eye(brush: _Brush, identity: Identity, expression: Expression, mood: float, side: int) -> None:
    half, centre = identity.eye_size, np.array([side * identity.eye_distance, -0.06])
    smile, gloom, lids = max(mood, 0), max(-mood, 0), 1 - float(np.clip(expression.blink, 0, 1))
    outward = side * _ACROSS  # -1 at the nose, 1 at the temple
    slant = identity.eye_slant * outward
    droop = gloom * 0.05 * (identity.anger * np.clip(-outward, 0, 1) + (1 - identity.anger) * np.clip(outward, 0, 1))
    x, rest = centre[0] + half * _ACROSS, centre[1] + slant + 0.25 * half * (1 - lids)
    upper = rest - half * 0.62 * lids * (1 - 0.12 * smile - 0.28 * gloom) * _ARCH**0.8 + droop * lids
    lower = rest + half * 0.48 * lids * (1 - 0.75 * smile) * _ARCH + 0.02 * (1 - lids) * _ARCH
    lower = np.maximum(lower, upper)
    shape = _turn(identity, expression, np.concatenate([np.stack([x, upper], 1), np.stack([x, lower], 1)[::-1]]))
    lid = _turn(identity, expression, np.stack([x, upper - 0.07 * lids - 0.02], 1))
    _stroke(brush, lid, _shade(identity.skin, 0.8), 0.025)
    if lids > 0.15:
        _draw_eyeball(brush, identity, expression, shape, centre)
    _stroke(brush, shape[: len(_ACROSS)], _shade(identity.hair_colour, 0.35), 0.042)
    if smile > 0.3 or identity.age > 0.55:
        bag = _turn(identity, expression, np.stack([x, lower + 0.06], 1)[2:-2])
        _stroke(brush, bag, _shade(identity.skin, 0.82), 0.02)


def _draw_eyeball(brush: _Brush, identity: Identity, expression: Expression, shape, centre) -> None:
    corners = _pixels(brush, shape)
    window = _window(brush, corners)
    if not window.size:
        return
    offset = np.int32(_corner(brush, corners)) * (1 << _SHIFT)
    layer, mask = np.full_like(window, (248, 247, 244)), np.zeros(window.shape[:2], np.uint8)
    middle = _turn(identity, expression, [centre])[0] + (0.03 * np.sin(expression.yaw), -0.01)
    parts = ((0.6, identity.eye_colour, 0, 0), (0.32, (16, 12, 12), 0, 0), (0.16, (255, 255, 255), 0.04, -0.04))
    for radius, colour, dx, dy in parts:
        iris = _ellipse(middle[0] + dx, middle[1] + dy, radius * identity.eye_size, radius * identity.eye_size)
        cv2.fillPoly(layer, [_pixels(brush, iris) - offset], colour, cv2.LINE_AA, _SHIFT)
    cv2.fillPoly(mask, [corners - offset], 255, cv2.LINE_AA, _SHIFT)
    share = mask[..., None].astype(np.uint16)
    window[:] = (layer * share + window * (255 - share)) // 255


def _draw_brow(brush: _Brush, identity: Identity, expression: Expression, mood: float, side: int) -> None:
    smile, gloom = max(mood, 0), max(-mood, 0)
    along = (_ACROSS + 1) / 2  # 0 at the nose, 1 at the temple
    x = side * (identity.eye_distance - 0.2 + 0.42 * along)
    y = identity.brow_height - 0.07 * np.sin(np.pi * along**0.8) - 0.05 * smile
    y = (
        y
        + gloom * identity.anger * (0.13 * (1 - along) + 0.03)
        - gloom * (1 - identity.anger) * 0.13 * (1 - 1.4 * along)
    )
    weight = identity.brow_weight * (1 - 0.55 * along)
    edge = np.concatenate([np.stack([x, y - weight], 1), np.stack([x, y + weight * 0.6], 1)[::-1]])
    colour = _shade(identity.skin, 0.55) if identity.hair == "headscarf" else _shade(identity.hair_colour, 0.8)
    _fill(brush, _turn(identity, expression, edge), colour)
    if gloom > 0.3 and identity.anger > 0.4:
        crease = [(side * 0.05, identity.brow_height + 0.04), (side * 0.06, identity.brow_height + 0.16)]
        _stroke(brush, _turn(identity, expression, crease), _shade(identity.skin, 0.72), 0.022)


def _draw_glasses(brush: _Brush, identity: Identity, expression: Expression) -> None:
    if identity.glasses == "none":
        return
    colour, distance = _shade(identity.clothes, 0.45), identity.eye_distance
    power = 1.0 if identity.glasses == "round" else 0.45
    rim = np.sign(_CIRCLE) * np.abs(_CIRCLE) ** power * (0.255, 0.23 if power == 1 else 0.19)
    for side in (-1, 1):
        ring = _turn(identity, expression, rim + (side * distance, -0.04))
        _fill(brush, ring, (236, 244, 250), 0.12)
        _stroke(brush, np.vstack([ring, ring[:1]]), colour, 0.038)
        arm = [(side * (distance + 0.255), -0.06), (side * identity.width, -0.02)]
        _stroke(brush, _turn(identity, expression, arm), colour, 0.035)
    _stroke(
        brush,
        _turn(identity, expression, [(0.255 - distance, -0.06), (0, -0.1), (distance - 0.255, -0.06)]),
        colour,
        0.035,
    )


def _draw_front_hair(brush: _Brush, identity: Identity, expression: Expression) -> None:
    style, colour, width = identity.hair, identity.hair_colour, identity.width
    if style == "bald":
        return
    grow = {"buzz": 1.02, "short": 1.09, "bun": 1.05, "curly": 1.2, "spiky": 1.1, "headscarf": 1.1}.get(style, 1.12)
    edge = _outline(identity, grow)
    reach = {"buzz": -0.1, "short": 0.02, "bun": -0.1, "spiky": -0.05, "curly": 0.05, "headscarf": 0.3}.get(style, 0.15)
    outer = np.concatenate([edge[24:], edge[:24]])  # from the chin over the left side and the crown to the right side
    outer = outer[outer[:, 1] < reach]
    if style == "spiky":
        outer = outer * np.where((np.arange(len(outer)) % 3 == 1) & (outer[:, 1] < -0.35), 1.16, 1.0)[:, None]
    x = np.linspace(0.97 * width, -0.97 * width, 17)
    u = x / width
    line = {
        "parted": -0.78 + 0.5 * np.clip((u + 0.35) / 1.35, 0, 1) ** 0.9 + 0.6 * np.clip((-0.35 - u) / 0.65, 0, 1),
        "long": -0.8 + 0.85 * np.abs(u) ** 1.6,
        "fringe": -0.46 + 0.04 * np.cos(np.arange(17) * np.pi) + 0.35 * np.abs(u) ** 6,
        "bob": -0.46 + 0.5 * np.abs(u) ** 6,
        "headscarf": -0.62 + 0.8 * np.abs(u) ** 2.5,
        "spiky": -0.6 + 0.06 * np.cos(np.arange(17) * np.pi) + 0.4 * np.abs(u) ** 4,
        "buzz": -0.62 + 0.5 * np.abs(u) ** 4,
    }.get(style, -0.62 + 0.55 * np.abs(u) ** 3)
    inner = _turn(identity, expression, np.stack([x, line], 1))
    inner[0], inner[-1] = (outer[-1, 0], inner[0, 1]), (outer[0, 0], inner[-1, 1])
    _fill(brush, np.vstack([outer, inner]), colour, 0.55 if style == "buzz" else 1.0)
    if style == "curly":
        for x, y in edge[np.r_[0:9:2, 40:48:2]]:
            _fill(brush, _ellipse(x * 0.98, y * 0.98, 0.15, 0.15), colour)
    if style in ("parted", "long", "short", "bun", "bob"):
        shine = _outline(identity, grow - 0.14)[np.r_[43:48, 0:3]]
        _stroke(brush, shine, _mix(colour, (255, 255, 255), 0.16), 0.06)


# ---- what hides a face ----------------------------------------------------------------------------------------------


def _dark(identity: Identity) -> Identity:
    """The same person against the light: a silhouette."""
    return replace(identity, skin=(30, 27, 30), hair_colour=(24, 21, 24), clothes=(34, 31, 36))


def _cover_book(brush: _Brush, identity: Identity) -> None:
    cover, dark = identity.clothes, _shade(identity.clothes, 0.6)
    _fill(brush, [(-1.02, -0.72), (1.02, -0.72), (1.02, 0.98), (-1.02, 0.98)], dark)
    for side in (-1, 1):
        _fill(
            brush,
            [(side * 0.04, -0.66), (side * 0.98, -0.7), (side * 0.98, 0.94), (side * 0.04, 0.98)],
            _shade(cover, 1.15),
        )
        _fill(
            brush, [(side * 0.2, -0.4), (side * 0.8, -0.42), (side * 0.8, -0.3), (side * 0.2, -0.28)], (240, 232, 214)
        )
        for row in range(4):
            y = 0.28 + 0.2 * row
            _fill(brush, _ellipse(side * 1.0, y, 0.15, 0.095), identity.skin)
            _stroke(brush, [(side * 0.9, y + 0.1), (side * 1.1, y + 0.1)], _shade(identity.skin, 0.7), 0.025)


def _cover_hands(brush: _Brush, identity: Identity) -> None:
    skin, line = _shade(identity.skin, 0.97), _shade(identity.skin, 0.68)
    for side in (-1, 1):
        sleeve = [(side * 0.3, 1.25), (side * 0.85, 1.2), (side * 1.3, 2.6), (side * 0.4, 2.6)]
        _fill(brush, sleeve, _shade(identity.clothes, 0.88))
        _fill(
            brush,
            [
                (side * -0.03, 0.15),
                (side * 0.82, 0.1),
                (side * 0.86, 0.75),
                (side * 0.74, 1.35),
                (side * 0.3, 1.35),
                (side * -0.03, 0.95),
            ],
            skin,
        )
        for finger in range(4):
            x, top = side * (0.1 + 0.215 * finger), (-0.5, -0.66, -0.62, -0.46)[finger]
            _fill(brush, np.vstack([_ellipse(x, top, 0.122, 0.15)[12:], [(x + 0.122, 0.3), (x - 0.122, 0.3)]]), skin)
            if finger:
                _stroke(brush, [(x - side * 0.108, -0.4), (x - side * 0.108, 0.25)], line, 0.025)
    _stroke(brush, [(0, -0.4), (0, 0.95)], line, 0.03)


def _cover_scarf(brush: _Brush, identity: Identity) -> None:
    wool, width = _shade(identity.clothes, 0.9), identity.width
    edge = _outline(identity, 1.1)
    outer = np.concatenate([edge[24:], edge[:24]])
    cap = outer[outer[:, 1] < 0]
    _fill(brush, np.vstack([cap, [(width * 1.1, -0.22), (-width * 1.1, -0.22)]]), _shade(wool, 1.2))
    _fill(brush, [(-width * 1.12, -0.48), (width * 1.12, -0.48), (width * 1.12, -0.18), (-width * 1.12, -0.18)], wool)
    _fill(brush, [(-width, -0.2), (width, -0.2), (width, 0.2), (-width, 0.2)], (22, 22, 28))
    _stroke(brush, [(-0.6 * width, -0.1), (-0.35 * width, 0.08)], (96, 100, 112), 0.05)
    _stroke(brush, [(0.35 * width, -0.1), (0.6 * width, 0.08)], (96, 100, 112), 0.05)
    _fill(
        brush,
        [(-width * 1.08, 0.16), (0, 0.22), (width * 1.08, 0.16), (width * 1.15, 1.2), (0, 1.6), (-width * 1.15, 1.2)],
        wool,
    )
    for y in (0.45, 0.8, 1.12):
        _stroke(brush, [(-width * 1.08, y - 0.1), (0, y + 0.06), (width * 1.08, y - 0.1)], _shade(wool, 0.72), 0.05)


_COVERS = {"book": _cover_book, "hands": _cover_hands, "scarf": _cover_scarf}


# ---- surroundings ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _background(scene: Scene, size: int) -> UInt8[np.ndarray, "side side 3"]:
    rng, side = seeding.rng(scene.seed, "background"), size * _OVERSAMPLE
    ramp = np.linspace(1.06, 0.84, side)[:, None, None]
    canvas = np.clip(ramp * np.array(scene.wall, float), 0, 255).astype(np.uint8).repeat(side, 1)
    brush = _Brush(canvas, (side * np.eye(2), np.zeros(2)))  # here the unit is the picture's side
    x, y = rng.uniform(0.02, 0.6), rng.uniform(-0.1, 0.15)
    if scene.background == "window":
        frame = _shade(scene.wall, 0.7)
        _fill(brush, [(x, y), (x + 0.42, y), (x + 0.42, y + 0.55), (x, y + 0.55)], frame)
        for i in (0, 1):
            for j in (0, 1):
                a, b = x + 0.03 + 0.19 * i, y + 0.03 + 0.255 * j
                _fill(brush, [(a, b), (a + 0.17, b), (a + 0.17, b + 0.235), (a, b + 0.235)], (212, 232, 244))
    elif scene.background == "lights":
        for _ in range(14):
            tone = _mix(scene.wall, (255, 236, 190), float(rng.uniform(0.1, 0.7)))
            radius = rng.uniform(0.03, 0.1)
            _fill(brush, _ellipse(rng.uniform(0, 1), rng.uniform(0, 1), radius, radius), tone, 0.6)
    elif scene.background == "shelf":
        for row in (0.3, 0.66):
            left = 0.0
            while left < 1:
                width, height = rng.uniform(0.03, 0.07), rng.uniform(0.14, 0.22)
                spine = _mix(CLOTHES[int(rng.integers(len(CLOTHES)))], scene.wall, 0.45)
                _fill(
                    brush,
                    [
                        (left, row + y),
                        (left + width, row + y),
                        (left + width, row + y - height),
                        (left, row + y - height),
                    ],
                    spine,
                )
                left += width + 0.004
            _fill(
                brush, [(0, row + y), (1, row + y), (1, row + y + 0.025), (0, row + y + 0.025)], _shade(scene.wall, 0.6)
            )
    return canvas


def _light(brush: _Brush, identity: Identity, scene: Scene, size: int) -> UInt8[np.ndarray, "size size 3"]:
    """The finished picture: shrunk, the head shaded as a ball, the light's side, colour and strength applied."""
    picture = cv2.resize(brush.canvas, (size, size), interpolation=cv2.INTER_AREA)
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [_pixels(brush, _outline(identity)) // _OVERSAMPLE], 255, cv2.LINE_AA, _SHIFT)
    matrix, offset = brush.placement
    unit = _unit(brush)
    axis = (np.arange(size, dtype=np.float32) + 0.5) * _OVERSAMPLE
    x, y = (axis - np.float32(offset[0])) / np.float32(unit), (axis - np.float32(offset[1])) / np.float32(unit)
    toward = np.cos(scene.light) * x[None, :] + np.sin(scene.light) * y[:, None]
    ball = (x**2)[None, :] + (y**2)[:, None]
    head = mask.astype(np.float32) / 255
    gain = 1 + scene.contrast * (0.16 * np.clip(toward, -1.5, 1.5) + head * (0.22 * toward - 0.14 * ball + 0.04))
    tint = scene.brightness * (1 + scene.warmth * np.array([0.07, 0.01, -0.09]))
    lit = picture * (gain[..., None] * tint.astype(np.float32))
    return np.clip(np.rint(lit), 0, 255).astype(np.uint8)
