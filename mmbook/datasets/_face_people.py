"""Who and where: the people, expressions and scenes that `mmbook.datasets.face` draws."""

from dataclasses import dataclass

import numpy as np

from mmbook import seeding
from mmbook.datasets._face_canvas import Colour, mix

# fmt: off
SKINS = (
    (255, 224, 196), (247, 205, 170), (238, 186, 146), (219, 160, 116),
    (190, 128, 86), (158, 101, 65), (123, 75, 48), (92, 56, 38),
)
HAIR_COLOURS = (
    (28, 24, 26), (54, 37, 28), (92, 58, 36), (134, 84, 44), (176, 74, 36),
    (206, 160, 92), (232, 206, 150), (150, 148, 150), (214, 212, 210),
)
EYE_COLOURS = ((70, 44, 28), (104, 68, 38), (92, 110, 60), (66, 112, 158), (110, 138, 150))
CLOTHES = (
    (40, 62, 92), (150, 52, 52), (58, 110, 90), (222, 178, 74), (98, 78, 130),
    (60, 60, 66), (214, 214, 208), (196, 110, 70), (92, 140, 176),
)
WALLS = (
    (210, 224, 232), (238, 224, 200), (200, 216, 196), (226, 204, 210), (188, 190, 204),
    (150, 170, 184), (236, 236, 230), (96, 112, 128), (118, 100, 92),
)
# fmt: on
HAIR_STYLES = ("bald", "buzz", "short", "parted", "fringe", "spiky", "curly", "long", "bob", "bun", "headscarf")
FACIAL_HAIR = ("none", "stubble", "moustache", "goatee", "beard")
GLASSES = ("none", "round", "square")
COLLARS = ("crew", "v", "shirt")
BACKGROUNDS = ("plain", "window", "lights", "shelf")


@dataclass(frozen=True)
class Identity:
    """What makes one person look like no other; lengths in head units. `identities` draws them."""

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
    `shift_x`, `shift_y` as a share of the picture; at `scale` 1 a head is 0.6 of the picture high.
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
    return [_random_identity(seeding.rng(seed, "identity", index)) for index in range(count)]


def _random_identity(rng: np.random.Generator) -> Identity:
    def pick(options, weights):
        return options[int(rng.choice(len(options), p=np.array(weights) / sum(weights)))]

    def any_of(options):
        return options[int(rng.integers(len(options)))]

    def between(low, high):
        return float(rng.uniform(low, high))

    age = float(rng.beta(1.6, 2.4))
    hair = pick(HAIR_STYLES, (1, 1, 3, 3, 2, 2, 3, 3, 2, 2, 1))
    tone = int(rng.integers(len(SKINS) - 1))
    dark = tone >= 3  # dark skin rarely comes with fair hair
    grey = age > 0.72 and rng.random() < 0.7
    tones = HAIR_COLOURS[7:] if grey else HAIR_COLOURS[:3] if dark else HAIR_COLOURS[:7]
    return Identity(
        skin=mix(SKINS[tone], SKINS[tone + 1], float(rng.random())),
        hair=hair,
        hair_colour=any_of(CLOTHES) if hair == "headscarf" else mix(any_of(tones), any_of(tones), 0.3),
        facial_hair="none" if hair in ("long", "bob", "bun", "headscarf") else pick(FACIAL_HAIR, (5, 2, 1, 1, 2)),
        glasses=pick(GLASSES, (6, 2, 2)),
        collar=any_of(COLLARS),
        clothes=any_of(CLOTHES),
        eye_colour=pick(EYE_COLOURS, (6, 3, 0, 0, 0) if dark else (3, 2, 2, 2, 1)),
        width=between(0.72, 0.88),
        jaw=between(0.12, 0.42),
        chin=between(0.93, 1.08),
        eye_distance=between(0.31, 0.38),
        eye_size=between(0.145, 0.19),
        eye_slant=between(-0.05, 0.02),
        brow_weight=between(0.035, 0.075),
        brow_height=between(-0.38, -0.30),
        nose_width=between(0.09, 0.16),
        nose_length=between(0.2, 0.29),
        mouth_width=between(0.25, 0.33),
        mouth_height=between(0.52, 0.6),
        lips=between(0.04, 0.085),
        rest=between(-0.2, 0.2),
        anger=float(rng.random()),
        age=age,
        freckles=bool(rng.random() < 0.12),
    )


def random_scene(rng: np.random.Generator) -> Scene:
    """A background and a light drawn from `rng`."""
    wall, other = (WALLS[int(rng.integers(len(WALLS)))] for _ in range(2))
    return Scene(
        background=BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))],
        wall=mix(wall, other, float(rng.random() / 2)),
        light=float(rng.uniform(-np.pi, 0)),
        contrast=float(rng.uniform(0.15, 0.55)),
        warmth=float(rng.uniform(-0.8, 0.8)),
        brightness=float(rng.uniform(0.82, 1.06)),
        seed=int(rng.integers(2**31)),
    )
