"""The canvas of `mmbook.datasets.face`: polygons in head units, drawn three times too large, then shrunk."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Int32, UInt8

Colour = tuple[int, int, int]

OVERSAMPLE = 3
SHIFT = 4  # OpenCV takes polygon corners in 1/16 pixel
_TURN = np.linspace(0, 2 * np.pi, 24, endpoint=False)
CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], 1)


@dataclass(frozen=True)
class Brush:
    """A picture to draw on, and the map from head units to its pixels: `points @ matrix.T + offset`."""

    canvas: UInt8[np.ndarray, "side side 3"]
    matrix: Float[np.ndarray, "2 2"]
    offset: Float[np.ndarray, "2"]

    @property
    def unit(self) -> float:
        """Pixels in one head unit."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    def pixels(self, points) -> Int32[np.ndarray, "points 2"]:
        """The points in 1/16 pixels."""
        return np.rint((np.asarray(points, float) @ self.matrix.T + self.offset) * (1 << SHIFT)).astype(np.int32)


def window(brush: Brush, corners: Int32[np.ndarray, "points 2"]) -> tuple[np.ndarray, Int32[np.ndarray, "2"]]:
    """The part of the canvas (a view) around a polygon, and where it starts in 1/16 pixels."""
    low, high = (corners.min(0) >> SHIFT) - 1, (corners.max(0) >> SHIFT) + 2
    left, top, right, bottom = (int(value) for value in np.clip([*low, *high], 0, brush.canvas.shape[0]))
    return brush.canvas[top:bottom, left:right], np.array([left, top], np.int32) << SHIFT


def fill(brush: Brush, points, colour: Colour, alpha: float = 1.0) -> None:
    """Draw a polygon; `alpha` below 1 lets what is under it shine through."""
    corners = brush.pixels(points)
    if alpha >= 1:
        cv2.fillPoly(brush.canvas, [corners], colour, cv2.LINE_AA, SHIFT)
        return
    under, start = window(brush, corners)
    if under.size:
        layer = under.copy()
        cv2.fillPoly(layer, [corners - start], colour, cv2.LINE_AA, SHIFT)
        cv2.addWeighted(layer, alpha, under, 1 - alpha, 0, dst=under)


def stroke(brush: Brush, points, colour: Colour, width: float) -> None:
    """Draw a line through the points, `width` in head units."""
    cv2.polylines(
        brush.canvas, [brush.pixels(points)], False, colour, max(1, round(width * brush.unit)), cv2.LINE_AA, SHIFT
    )


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour between two, `share` of the way from `a` to `b`."""
    return tuple(round((1 - share) * x + share * y) for x, y in zip(a, b, strict=True))


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (below 1) or lighter (above 1)."""
    return tuple(min(255, max(0, round(channel * factor))) for channel in colour)


def ellipse(x: float, y: float, rx: float, ry: float) -> Float[np.ndarray, "24 2"]:
    """The edge of an ellipse."""
    return CIRCLE * np.array([rx, ry]) + np.array([x, y])


def mirrored(right) -> Float[np.ndarray, "points 2"]:
    """A polygon that is symmetric about x = 0, from its right half listed from top to bottom."""
    right = np.asarray(right, float)
    return np.concatenate([right, right[::-1] * np.array([-1, 1])])


def rectangle(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    """The corners of a rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
