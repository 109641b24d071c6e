"""The parts of a drawn person: body, head, features, hair.

Lengths are in head units: the centre of the head is (0, 0), x points right, y points down, the chin is near y = 1.
"""

from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float

from mmbook.datasets._face_canvas import CIRCLE, SHIFT, Brush, ellipse, fill, mirrored, mix, shade, stroke, window
from mmbook.datasets._face_people import Expression, Identity

_ACROSS = np.linspace(-1, 1, 13)  # from one end of a mouth, an eye or a brow to the other
_ARCH = 1 - _ACROSS**2
_AROUND = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_LINE = np.linspace(1, -1, 17)  # along the hairline, from the right ear to the left
_ZIGZAG = np.cos(np.arange(17) * np.pi)
_HAIRLINES = {
    "parted": -0.78 + 0.5 * np.clip((_LINE + 0.35) / 1.35, 0, 1) ** 0.9 + 0.6 * np.clip((-0.35 - _LINE) / 0.65, 0, 1),
    "long": -0.8 + 0.85 * np.abs(_LINE) ** 1.6,
    "fringe": -0.46 + 0.04 * _ZIGZAG + 0.35 * np.abs(_LINE) ** 6,
    "bob": -0.46 + 0.5 * np.abs(_LINE) ** 6,
    "headscarf": -0.62 + 0.8 * np.abs(_LINE) ** 2.5,
    "spiky": -0.6 + 0.06 * _ZIGZAG + 0.4 * np.abs(_LINE) ** 4,
    "buzz": -0.62 + 0.5 * np.abs(_LINE) ** 4,
}
_HAIRLINE = -0.62 + 0.55 * np.abs(_LINE) ** 3  # of the other styles
_HAIR_GROWS = {"buzz": 1.02, "short": 1.09, "bun": 1.05, "curly": 1.2, "spiky": 1.1, "headscarf": 1.1}
_HAIR_REACHES = {"buzz": -0.1, "short": 0.02, "bun": -0.1, "spiky": -0.05, "curly": 0.05, "headscarf": 0.3}


def outline(identity: Identity, grow: float = 1.0) -> Float[np.ndarray, "48 2"]:
    """The edge of the head, clockwise from the crown."""
    x, y = np.sin(_AROUND), -np.cos(_AROUND)
    taper = 1 - identity.jaw * np.maximum(y, 0) ** 1.5
    return grow * np.stack([identity.width * x * taper, y * np.where(y > 0, identity.chin, 1.0)], 1)


def crown(identity: Identity, grow: float, below: float) -> Float[np.ndarray, "points 2"]:
    """The part of the edge above y = `below`, from the left side over the top to the right."""
    edge = outline(identity, grow)
    edge = np.concatenate([edge[24:], edge[:24]])
    return edge[edge[:, 1] < below]


def turned(identity: Identity, expression: Expression, points) -> Float[np.ndarray, "points 2"]:
    """Points on the front of the head after it turns by `yaw`, as on an ellipsoid."""
    points = np.asarray(points, float)
    x, y = points[:, 0], points[:, 1]
    depth = np.sqrt(np.maximum(1 - (x / (identity.width * 1.1)) ** 2 - (y / 1.2) ** 2, 0))
    out = np.empty_like(points)
    out[:, 0] = x * np.cos(expression.yaw) + 0.7 * np.sin(expression.yaw) * depth
    out[:, 1] = y
    return out


def draw_body(brush: Brush, identity: Identity, expression: Expression) -> None:
    """Shoulders, neck and collar."""
    fill(brush, mirrored([(0.45, 1.38), (1.25, 1.62), (1.6, 1.95), (1.75, 2.6)]), identity.clothes)
    lean, neck = 0.3 * np.sin(expression.tilt), 0.36 + 0.1 * (identity.width - 0.72)
    fill(brush, mirrored([(neck, 0.4), (neck + 0.06, 1.4), (0, 1.62)]), identity.skin)
    shadow = [(-neck, 0.4), (neck, 0.4), (neck, 1.1), (0.15 + lean, 1.22), (-neck, 1.1)]
    fill(brush, shadow, shade(identity.skin, 0.78))
    trim = shade(identity.clothes, 0.72)
    if identity.collar == "crew":
        seam = [(-neck - 0.08, 1.36), (-0.25, 1.56), (0, 1.61), (0.25, 1.56), (neck + 0.08, 1.36)]
        stroke(brush, seam, trim, 0.09)
    elif identity.collar == "v":
        fill(brush, [(-neck, 1.34), (neck, 1.34), (0, 1.95)], identity.skin)
        stroke(brush, [(-neck - 0.06, 1.34), (0, 1.98), (neck + 0.06, 1.34)], trim, 0.08)
    else:
        for side in (-1, 1):
            wing = [(neck + 0.1, 1.24), (0, 1.62), (0.34, 1.9), (0.62, 1.5)]
            fill(brush, np.multiply(wing, (side, 1)), shade(identity.clothes, 1.22))
        stroke(brush, [(0, 1.62), (0, 2.6)], trim, 0.04)


def draw_back_hair(brush: Brush, identity: Identity) -> None:
    """The hair behind the head."""
    colour, w = shade(identity.hair_colour, 0.78), identity.width
    if identity.hair == "long":
        half = [(w * 0.9, -0.7), (w + 0.2, 0.2), (w + 0.25, 1.3), (w, 1.75), (0.35, 1.6)]
        fill(brush, mirrored(half), colour)
    elif identity.hair == "bob":
        fill(brush, mirrored([(w * 0.9, -0.7), (w + 0.18, 0.1), (w + 0.2, 0.75), (0.5, 0.9)]), colour)
    elif identity.hair == "bun":
        fill(brush, ellipse(0.0, -1.22, 0.38, 0.32), identity.hair_colour)
    elif identity.hair == "curly":
        for x, y in outline(identity, 1.16)[np.r_[0:15:2, 34:48:2]]:
            fill(brush, ellipse(x, y - 0.05, 0.24, 0.24), colour)
    elif identity.hair == "headscarf":
        fill(brush, mirrored([(w + 0.1, 0.5), (w * 1.25, 1.5), (0, 1.95)]), colour)
        fill(brush, outline(identity, 1.14), identity.hair_colour)


def draw_head(brush: Brush, identity: Identity, expression: Expression) -> None:
    """Ears and skin."""
    if identity.hair != "headscarf":
        for side in (-1, 1):
            x = side * identity.width * 1.01 - 0.12 * np.sin(expression.yaw)
            fill(brush, ellipse(x, 0.06, 0.12, 0.2), shade(identity.skin, 0.93))
            fill(brush, ellipse(x, 0.08, 0.06, 0.12), shade(identity.skin, 0.78))
    fill(brush, outline(identity), identity.skin)


def draw_features(brush: Brush, identity: Identity, expression: Expression) -> None:
    """All that carries mood, and what lies between: cheeks, beard, nose, mouth, eyes, brows, glasses."""
    mood = float(np.clip(expression.valence, -1, 1))
    _draw_cheeks(brush, identity, expression, mood)
    _draw_facial_hair(brush, identity, expression)
    _draw_nose(brush, identity, expression)
    _draw_mouth(brush, identity, expression, mood)
    for side in (-1, 1):
        _draw_eye(brush, identity, expression, mood, side)
        _draw_brow(brush, identity, expression, mood, side)
    if identity.glasses != "none":
        _draw_glasses(brush, identity, expression)


def _draw_cheeks(brush: Brush, identity: Identity, expression: Expression, mood: float) -> None:
    blush, line = mix(identity.skin, (226, 92, 84), 0.35), shade(identity.skin, 0.8)
    for side in (-1, 1):
        cheek = ellipse(side * 0.46, 0.3 - 0.05 * mood, 0.17, 0.11)
        fill(brush, turned(identity, expression, cheek), blush, 0.2 + 0.25 * max(mood, 0))
        if mood > 0.25 or identity.age > 0.5:
            fold = [(side * 0.24, 0.28), (side * 0.36, 0.4), (side * 0.4, 0.52)]
            stroke(brush, turned(identity, expression, fold), line, 0.022)
        if identity.freckles:
            for dx, dy in ((0, 0), (0.09, 0.05), (-0.08, 0.06), (0.03, 0.11), (0.14, -0.02)):
                spot = ellipse(side * 0.4 + dx, 0.22 + dy, 0.018, 0.018)
                fill(brush, turned(identity, expression, spot), shade(identity.skin, 0.72))
    if identity.age > 0.6:
        for y in (-0.6, -0.5):
            stroke(brush, turned(identity, expression, [(-0.3, y + 0.02), (0, y), (0.3, y + 0.02)]), line, 0.018)


def _draw_facial_hair(brush: Brush, identity: Identity, expression: Expression) -> None:
    kind, colour, y = identity.facial_hair, shade(identity.hair_colour, 0.92), identity.mouth_height
    if kind in ("beard", "stubble"):
        jaw, cheek = outline(identity, 1.01)[9:40], 0.75 * identity.width  # right side, chin, left side
        lip = [(-cheek, 0.3), (-0.42, 0.4), (-0.3, y - 0.17), (0, y - 0.15), (0.3, y - 0.17), (0.42, 0.4), (cheek, 0.3)]
        upper = turned(identity, replace(expression, yaw=0.5 * expression.yaw), lip)
        fill(brush, np.vstack([jaw[jaw[:, 1] > 0.12], upper]), colour, 1.0 if kind == "beard" else 0.28)
    if kind == "goatee":
        fill(brush, turned(identity, expression, ellipse(0.0, y + 0.27, 0.17, 0.15)), colour)
    if kind in ("moustache", "goatee"):
        half = [(0, -0.18), (0.16, -0.17), (0.27, -0.06), (0.1, -0.09), (0, -0.1)]
        fill(brush, turned(identity, expression, mirrored(half) + np.array([0, y])), colour)


def _draw_nose(brush: Brush, identity: Identity, expression: Expression) -> None:
    w, tip = identity.nose_width, identity.nose_length
    shadow = [(0.05, -0.1), (0.03, tip - 0.12), (w, tip), (w * 0.7, tip + 0.05), (0, tip + 0.06), (-0.02, tip - 0.05)]
    fill(brush, turned(identity, expression, shadow), shade(identity.skin, 0.88))
    fill(brush, turned(identity, expression, ellipse(0.0, tip - 0.02, w * 0.6, 0.06)), shade(identity.skin, 1.06))
    base = [(-w, tip), (-w * 0.5, tip + 0.055), (0, tip + 0.05), (w * 0.5, tip + 0.055), (w, tip)]
    stroke(brush, turned(identity, expression, base), shade(identity.skin, 0.66), 0.03)


def _draw_mouth(brush: Brush, identity: Identity, expression: Expression, mood: float) -> None:
    opened, smile = float(np.clip(expression.mouth_open, 0, 1)), max(mood, 0)
    curve = 0.26 * mood + 0.2 * identity.rest
    half = identity.mouth_width * (1 + 0.3 * smile - 0.1 * max(-mood, 0) - 0.12 * opened)
    x, line = half * _ACROSS, identity.mouth_height - curve * (_ACROSS**2 - 0.4)
    grin = 0.14 * max(smile - 0.2, 0)  # a broad smile shows the teeth
    upper, lower = line - 0.05 * opened * _ARCH, line + (0.2 * opened + grin) * _ARCH
    bow = identity.lips * _ARCH**0.7 * (1 - 0.25 * np.exp(-((_ACROSS / 0.15) ** 2)))

    def strip(top, bottom, ends=slice(None)):
        edge = np.concatenate([np.stack([x, top], 1)[ends], np.stack([x, bottom], 1)[ends][::-1]])
        return turned(identity, expression, edge)

    lips = mix(identity.skin, (178, 48, 58), 0.6)
    fill(brush, strip(upper - bow, upper), shade(lips, 0.92))
    fill(brush, strip(lower, lower + 1.25 * identity.lips * _ARCH), lips)
    if opened > 0.06 or grin > 0:
        fill(brush, strip(upper, lower), (74, 24, 30))
        if opened > 0.2 or grin > 0.01:
            teeth = np.minimum(0.06 + grin, lower - upper) * _ARCH**0.5
            fill(brush, strip(upper, upper + teeth, slice(1, -1)), (246, 242, 236))
        if opened > 0.4:
            fill(brush, strip(np.maximum(upper, lower - 0.07 * opened), lower, slice(3, -3)), (196, 92, 96))
    else:
        stroke(brush, turned(identity, expression, np.stack([x, line], 1)), shade(lips, 0.5), 0.035)
    for side in (-1, 1):
        corner = [(side * half * 0.97, line[0] - 0.02 * np.sign(curve)), (side * half * 1.08, line[0] - 0.35 * curve)]
        stroke(brush, turned(identity, expression, corner), shade(identity.skin, 0.62), 0.028)


def _draw_eye(brush: Brush, identity: Identity, expression: Expression, mood: float, side: int) -> None:
    half, centre = identity.eye_size, np.array([side * identity.eye_distance, -0.06])
    smile, gloom, lids = max(mood, 0), max(-mood, 0), 1 - float(np.clip(expression.blink, 0, 1))
    outward = side * _ACROSS  # -1 at the nose, 1 at the temple
    droop = np.where(outward < 0, identity.anger, 1 - identity.anger) * np.abs(outward) * 0.05 * gloom
    x, middle = centre[0] + half * _ACROSS, centre[1] + identity.eye_slant * outward + 0.25 * half * (1 - lids)
    upper = middle + lids * (droop - half * 0.62 * (1 - 0.12 * smile - 0.28 * gloom) * _ARCH**0.8)
    lower = middle + (half * 0.48 * lids * (1 - 0.75 * smile) + 0.02 * (1 - lids)) * _ARCH
    lower = np.maximum(lower, upper)
    shape = turned(identity, expression, np.concatenate([np.stack([x, upper], 1), np.stack([x, lower], 1)[::-1]]))
    fold = turned(identity, expression, np.stack([x, upper - 0.07 * lids - 0.02], 1))
    stroke(brush, fold, shade(identity.skin, 0.8), 0.025)
    if lids > 0.15:
        _draw_eyeball(brush, identity, expression, shape, centre)
    stroke(brush, shape[: len(_ACROSS)], shade(identity.hair_colour, 0.35), 0.042)
    if smile > 0.3 or identity.age > 0.55:
        bag = turned(identity, expression, np.stack([x, lower + 0.06], 1)[2:-2])
        stroke(brush, bag, shade(identity.skin, 0.82), 0.02)


def _draw_eyeball(brush: Brush, identity: Identity, expression: Expression, shape, centre) -> None:
    corners = brush.pixels(shape)
    under, start = window(brush, corners)
    if not under.size:
        return
    layer, mask = np.full_like(under, 247), np.zeros(under.shape[:2], np.uint8)
    x, y = turned(identity, expression, [centre])[0] + np.array([0.03 * np.sin(expression.yaw), -0.01])
    parts = ((0.6, identity.eye_colour, 0), (0.32, (16, 12, 12), 0), (0.16, (255, 255, 255), 0.04))
    for share, colour, shift in parts:  # iris, pupil, glint
        disc = ellipse(x + shift, y - shift, share * identity.eye_size, share * identity.eye_size)
        cv2.fillPoly(layer, [brush.pixels(disc) - start], colour, cv2.LINE_AA, SHIFT)
    cv2.fillPoly(mask, [corners - start], 255, cv2.LINE_AA, SHIFT)
    share = mask[..., None].astype(np.uint16)
    under[:] = (layer * share + under * (255 - share)) // 255


def _draw_brow(brush: Brush, identity: Identity, expression: Expression, mood: float, side: int) -> None:
    smile, angry, sad = max(mood, 0), max(-mood, 0) * identity.anger, max(-mood, 0) * (1 - identity.anger)
    along = (_ACROSS + 1) / 2  # 0 at the nose, 1 at the temple
    x = side * (identity.eye_distance - 0.2 + 0.42 * along)
    y = identity.brow_height - 0.07 * np.sin(np.pi * along**0.8) - 0.08 * smile
    y = y + angry * (0.17 * (1 - along) + 0.03) - sad * 0.17 * (1 - 1.4 * along)
    weight = identity.brow_weight * (1 - 0.55 * along)
    edge = np.concatenate([np.stack([x, y - weight], 1), np.stack([x, y + weight * 0.6], 1)[::-1]])
    colour = shade(identity.skin, 0.55) if identity.hair == "headscarf" else shade(identity.hair_colour, 0.8)
    fill(brush, turned(identity, expression, edge), colour)
    if mood < -0.3 and identity.anger > 0.4:
        crease = [(side * 0.05, identity.brow_height + 0.04), (side * 0.06, identity.brow_height + 0.16)]
        stroke(brush, turned(identity, expression, crease), shade(identity.skin, 0.72), 0.022)


def _draw_glasses(brush: Brush, identity: Identity, expression: Expression) -> None:
    colour, distance = shade(identity.clothes, 0.45), identity.eye_distance
    roundness, height = (1.0, 0.23) if identity.glasses == "round" else (0.45, 0.19)
    rim = np.sign(CIRCLE) * np.abs(CIRCLE) ** roundness * np.array([0.255, height])
    for side in (-1, 1):
        ring = turned(identity, expression, rim + np.array([side * distance, -0.04]))
        fill(brush, ring, (236, 244, 250), 0.12)
        stroke(brush, np.vstack([ring, ring[:1]]), colour, 0.038)
        arm = [(side * (distance + 0.255), -0.06), (side * identity.width, -0.02)]
        stroke(brush, turned(identity, expression, arm), colour, 0.035)
    bridge = [(0.255 - distance, -0.06), (0, -0.1), (distance - 0.255, -0.06)]
    stroke(brush, turned(identity, expression, bridge), colour, 0.035)


def draw_front_hair(brush: Brush, identity: Identity, expression: Expression) -> None:
    """The hair over the forehead and at the sides."""
    style, colour = identity.hair, identity.hair_colour
    if style == "bald":
        return
    grow = _HAIR_GROWS.get(style, 1.12)
    outer = crown(identity, grow, _HAIR_REACHES.get(style, 0.15))
    if style == "spiky":
        spike = (np.arange(len(outer)) % 3 == 1) & (outer[:, 1] < -0.35)
        outer = outer * np.where(spike, 1.16, 1.0)[:, None]
    line = np.stack([0.97 * identity.width * _LINE, _HAIRLINES.get(style, _HAIRLINE)], 1)
    inner = turned(identity, expression, line)
    inner[0, 0], inner[-1, 0] = outer[-1, 0], outer[0, 0]
    fill(brush, np.vstack([outer, inner]), colour, 0.55 if style == "buzz" else 1.0)
    if style == "curly":
        for x, y in 0.98 * outline(identity, grow)[np.r_[0:9:2, 40:48:2]]:
            fill(brush, ellipse(x, y, 0.15, 0.15), colour)
    if style in ("parted", "long", "short", "bun", "bob"):
        shine = outline(identity, grow - 0.14)[np.r_[43:48, 0:3]]
        stroke(brush, shine, mix(colour, (255, 255, 255), 0.16), 0.06)


def draw_head_from_behind(brush: Brush, identity: Identity) -> None:
    """The back of a head that is turned away."""
    shaved = identity.hair in ("bald", "buzz")
    colour = mix(identity.skin, identity.hair_colour, 0.45) if shaved else identity.hair_colour
    back, covered = outline(identity, 1.06), identity.hair in ("long", "bob", "headscarf")
    if covered:
        draw_back_hair(brush, replace(identity, hair_colour=shade(colour, 1.28)))
    fill(brush, back if covered else back[back[:, 1] < 0.8], colour)
    for x in (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75):
        strand = [(0.15 * x, -0.75), (0.8 * x * identity.width, -0.2), (0.9 * x * identity.width, 0.55)]
        stroke(brush, strand, shade(colour, 0.8), 0.03)
