"""A drawn face: one person in any expression, pose and light, one to two milliseconds a frame (§2.1, §5.1)."""

from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from mmbook.datasets._face_canvas import OVERSAMPLE, Brush
from mmbook.datasets._face_parts import (
    draw_back_hair,
    draw_body,
    draw_features,
    draw_front_hair,
    draw_head,
    draw_head_from_behind,
)
from mmbook.datasets._face_people import Expression, Identity, Scene, identities, random_scene
from mmbook.datasets._face_scene import background, cover_with_book, cover_with_hands, cover_with_scarf, lit

__all__ = ["OCCLUSIONS", "Expression", "Identity", "Scene", "draw_face", "identities", "random_scene"]

_COVERS = {"book": cover_with_book, "hands": cover_with_hands, "scarf": cover_with_scarf}
OCCLUSIONS = ("none", *_COVERS, "dark", "away")
AT_REST, PLAIN_ROOM = Expression(), Scene()
_SILHOUETTE = {"skin": (30, 27, 30), "hair_colour": (24, 21, 24), "clothes": (34, 31, 36)}


def draw_face(
    identity: Identity,
    expression: Expression = AT_REST,
    size: int = 96,
    scene: Scene = PLAIN_ROOM,
    occlusion: str = "none",
) -> UInt8[np.ndarray, "size size 3"]:
    """The picture of one person at one moment, RGB, `size` pixels high and wide.

    `occlusion` is one of `OCCLUSIONS`: whatever but "none" hides mouth, eyes and brows completely, so that the picture
    is the same, bit for bit, at any valence. Raises ValueError for a name that is not listed.

    >>> pleased = draw_face(identities(1)[0], Expression(valence=0.8), size=96)
    """
    if occlusion not in OCCLUSIONS:
        raise ValueError(f"occlusion is {occlusion!r}: must be one of {', '.join(OCCLUSIONS)}")
    brush = _brush(expression, size, scene)
    if occlusion == "dark":  # against the light
        identity = replace(identity, **_SILHOUETTE)
    draw_body(brush, identity, expression)
    draw_back_hair(brush, identity)
    draw_head(brush, identity, expression)
    if occlusion == "away":
        draw_head_from_behind(brush, identity)
        return lit(brush, identity, scene, size)
    if occlusion != "dark":
        draw_features(brush, identity, expression)
    draw_front_hair(brush, identity, expression)
    if occlusion in _COVERS:
        _COVERS[occlusion](brush, identity)
    return lit(brush, identity, scene, size)


def _brush(expression: Expression, size: int, scene: Scene) -> Brush:
    """The empty room with the head's place in it: the head tilts about the neck."""
    side = size * OVERSAMPLE
    unit, cos, sin = 0.3 * side * expression.scale, np.cos(expression.tilt), np.sin(expression.tilt)
    matrix, neck = unit * np.array([[cos, -sin], [sin, cos]]), np.array([0.0, 0.9])
    centre = side * np.array([0.5 + expression.shift_x, 0.5 + expression.shift_y])
    return Brush(background(scene, size).copy(), matrix, centre + unit * neck - matrix @ neck)
