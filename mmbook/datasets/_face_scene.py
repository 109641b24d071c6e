"""What surrounds a drawn face: the background, the light, and the things that can hide it."""

from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import UInt8

from mmbook import seeding
from mmbook.datasets._face_canvas import (
    OVERSAMPLE,
    SHIFT,
    Brush,
    ellipse,
    fill,
    mirrored,
    mix,
    rectangle,
    shade,
    stroke,
)
from mmbook.datasets._face_parts import crown, outline
from mmbook.datasets._face_people import CLOTHES, Identity, Scene


@lru_cache(maxsize=64)
def background(scene: Scene, size: int) -> UInt8[np.ndarray, "side side 3"]:
    """The empty room, oversampled; copy it before drawing on it."""
    rng, side = seeding.rng(scene.seed, "background"), size * OVERSAMPLE
    ramp = np.linspace(1.06, 0.84, side)[:, None, None]
    canvas = np.clip(ramp * np.array(scene.wall, float), 0, 255).astype(np.uint8).repeat(side, 1)
    brush = Brush(canvas, side * np.eye(2), np.zeros(2))  # here the unit is the picture's side
    x, y = rng.uniform(0.02, 0.6), rng.uniform(-0.1, 0.15)
    if scene.background == "window":
        fill(brush, rectangle(x, y, x + 0.42, y + 0.55), shade(scene.wall, 0.7))
        for left in (x + 0.03, x + 0.22):
            for top in (y + 0.03, y + 0.285):
                fill(brush, rectangle(left, top, left + 0.17, top + 0.235), (212, 232, 244))
    elif scene.background == "lights":
        for _ in range(14):
            radius = rng.uniform(0.03, 0.1)
            glow = mix(scene.wall, (255, 236, 190), float(rng.uniform(0.1, 0.7)))
            fill(brush, ellipse(rng.uniform(0, 1), rng.uniform(0, 1), radius, radius), glow, 0.6)
    elif scene.background == "shelf":
        for board in (y + 0.3, y + 0.66):
            left = 0.0
            while left < 1:
                width, height = rng.uniform(0.03, 0.07), rng.uniform(0.14, 0.22)
                spine = mix(CLOTHES[int(rng.integers(len(CLOTHES)))], scene.wall, 0.45)
                fill(brush, rectangle(left, board - height, left + width, board), spine)
                left += width + 0.004
            fill(brush, rectangle(0.0, board, 1.0, board + 0.025), shade(scene.wall, 0.6))
    return canvas


def lit(brush: Brush, identity: Identity, scene: Scene, size: int) -> UInt8[np.ndarray, "size size 3"]:
    """The finished picture: shrunk, the head shaded as a ball, then the light's side, colour and strength."""
    picture = cv2.resize(brush.canvas, (size, size), interpolation=cv2.INTER_AREA)
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [brush.pixels(outline(identity)) // OVERSAMPLE], 255, cv2.LINE_AA, SHIFT)
    axis = (np.arange(size, dtype=np.float32) + 0.5) * OVERSAMPLE
    x, y = ((axis - np.float32(start)) / np.float32(brush.unit) for start in brush.offset)
    toward = np.float32(np.cos(scene.light)) * x[None, :] + np.float32(np.sin(scene.light)) * y[:, None]
    ball = mask * np.float32(1 / 255) * (0.22 * toward - 0.14 * ((x**2)[None, :] + (y**2)[:, None]) + 0.04)
    gain = 1 + np.float32(scene.contrast) * (0.16 * np.clip(toward, -1.5, 1.5) + ball)
    tint = (scene.brightness * (1 + scene.warmth * np.array([0.07, 0.01, -0.09]))).astype(np.float32)
    return np.clip(np.rint(picture * (gain[..., None] * tint)), 0, 255).astype(np.uint8)


def cover_with_book(brush: Brush, identity: Identity) -> None:
    """An open book held before the face."""
    fill(brush, rectangle(-1.02, -0.72, 1.02, 0.98), shade(identity.clothes, 0.6))
    for side in (-1, 1):
        cover = [(side * 0.04, -0.66), (side * 0.98, -0.7), (side * 0.98, 0.94), (side * 0.04, 0.98)]
        title = [(side * 0.2, -0.4), (side * 0.8, -0.42), (side * 0.8, -0.3), (side * 0.2, -0.28)]
        fill(brush, cover, shade(identity.clothes, 1.15))
        fill(brush, title, mix(identity.clothes, (240, 232, 214), 0.7))
        for y in (0.28, 0.48, 0.68, 0.88):
            fill(brush, ellipse(float(side), y, 0.15, 0.095), identity.skin)
            stroke(brush, [(side * 0.9, y + 0.1), (side * 1.1, y + 0.1)], shade(identity.skin, 0.7), 0.025)


def cover_with_hands(brush: Brush, identity: Identity) -> None:
    """Both hands before the face."""
    skin, line = shade(identity.skin, 0.97), shade(identity.skin, 0.68)
    for side in (-1, 1):
        sleeve = [(0.3, 1.25), (0.85, 1.2), (1.3, 2.6), (0.4, 2.6)]
        palm = [(-0.03, 0.15), (0.82, 0.1), (0.86, 0.75), (0.74, 1.35), (0.3, 1.35), (-0.03, 0.95)]
        fill(brush, np.multiply(sleeve, (side, 1)), shade(identity.clothes, 0.88))
        fill(brush, np.multiply(palm, (side, 1)), skin)
        for finger, top in enumerate((-0.64, -0.8, -0.76, -0.6)):
            x = side * (0.1 + 0.215 * finger)
            fill(brush, np.vstack([ellipse(x, top, 0.122, 0.15)[12:], [(x + 0.122, 0.3), (x - 0.122, 0.3)]]), skin)
            if finger:
                stroke(brush, [(x - side * 0.108, -0.4), (x - side * 0.108, 0.25)], line, 0.025)
    stroke(brush, [(0, -0.4), (0, 0.95)], line, 0.03)


def cover_with_scarf(brush: Brush, identity: Identity) -> None:
    """A scarf over mouth and nose, a cap over the brows and dark glasses between."""
    wool, width = shade(identity.clothes, 0.9), identity.width
    cap = crown(identity, 1.1, 0.0)
    fill(brush, np.vstack([cap, [(width * 1.1, -0.22), (-width * 1.1, -0.22)]]), shade(wool, 1.2))
    fill(brush, rectangle(-width * 1.12, -0.5, width * 1.12, -0.18), wool)
    fill(brush, rectangle(-width * 1.02, -0.22, width * 1.02, 0.3), (22, 22, 28))
    for x in (-0.6 * width, 0.35 * width):
        stroke(brush, [(x, -0.1), (x + 0.25 * width, 0.08)], (96, 100, 112), 0.05)
    fill(brush, mirrored([(0, 0.22), (width * 1.08, 0.16), (width * 1.15, 1.2), (0, 1.6)]), wool)
    for y in (0.45, 0.8, 1.12):
        fold = [(-width * 1.08, y - 0.1), (0, y + 0.06), (width * 1.08, y - 0.1)]
        stroke(brush, fold, shade(wool, 0.72), 0.05)
