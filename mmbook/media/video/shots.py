"""Cutting a video into shots (§2.1.2): colour histograms, cuts by an adaptive threshold, key frames, precision, recall.

Source: Zhang, Kankanhalli and Smoliar 1993, Multimedia Systems 1 (histogram differences; a dissolve needs two frames
that lie further apart).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, UInt8


def colour_histograms(
    frames: UInt8[np.ndarray, "frames height width 3"], bins: int = 8
) -> Float[np.ndarray, "frames cells"]:
    """The share of a frame's pixels in each of `bins` x `bins` x `bins` cells of the colour cube; a row sums to 1."""
    if not 2 <= bins <= 256:
        raise ValueError(f"colour_histograms: bins is {bins}, must lie in 2..256")
    shares = np.empty((len(frames), bins**3))
    for row, frame in zip(shares, frames, strict=True):
        red, green, blue = np.moveaxis(frame.astype(np.int64) * bins // 256, -1, 0)
        cells = (red * bins + green) * bins + blue
        row[:] = np.bincount(cells.ravel(), minlength=bins**3) / cells.size
    return shares


def frame_differences(vectors: Float[np.ndarray, "frames dim"], span: int = 1) -> Float[np.ndarray, "frames_less_span"]:
    """Half the sum of absolute differences between each frame's vector and that of the frame `span` later.

    Between histograms that is the share of pixels whose colour has changed cells, at the least: 0 to 1.
    """
    if span < 1:
        raise ValueError(f"frame_differences: span is {span}, must be at least 1")
    return np.abs(vectors[span:] - vectors[:-span]).sum(axis=1) / 2


def find_cuts(
    differences: Float[np.ndarray, "steps"], minimum: float | int = 0.2, factor: float | int = 3, window: int = 8
) -> list[int]:
    """The frames with which a new shot begins, from the differences between neighbouring frames.

    A step from frame k - 1 to frame k is a cut if its difference is at least `minimum`, at least `factor` times the
    median of the `window` steps on either side of it (so that a lively shot asks for more than a still one), and the
    largest of the steps next to it.
    """
    cuts = []
    for step, value in enumerate(differences):
        around = np.concatenate([differences[max(0, step - window) : step], differences[step + 1 : step + 1 + window]])
        usual = np.median(around) if len(around) else 0.0
        peak = value >= differences[max(0, step - 1) : step + 2].max() and (step == 0 or value > differences[step - 1])
        if peak and value >= minimum and value >= factor * usual:
            cuts.append(step + 1)
    return cuts


def lasting_cuts(
    cuts: Sequence[int], across: Float[np.ndarray, "steps"], span: int, minimum: float | int = 0.2
) -> list[int]:
    """The cuts after which the picture stays another: without those at a flash or at something that passes by.

    `across` are differences between frames that lie `span` apart (`frame_differences(vectors, span)`). A cut is kept if
    the frame `span` // 2 before it and the frame `span` later than that differ by at least `minimum`; at the ends of
    the film the nearest two frames are taken.
    """
    return [cut for cut in cuts if across[min(max(cut - (span + 1) // 2, 0), len(across) - 1)] >= minimum]


def split_shots(frames: int, cuts: Sequence[int]) -> list[range]:
    """The shots, each as the range of its frames: together they hold every frame once.

    ValueError for a cut that is not a frame after the first.
    """
    if any(not 0 < cut < frames for cut in cuts):
        raise ValueError(f"split_shots: cuts must lie between 1 and {frames - 1}, the last frame")
    bounds = [0, *sorted(set(cuts)), frames]
    return [range(start, end) for start, end in pairwise(bounds)]


def key_frames(vectors: Float[np.ndarray, "frames dim"], shots: Sequence[range]) -> list[int]:
    """For each shot the frame whose vector is nearest to the mean of the shot: the one picture to stand for it."""
    chosen = []
    for shot in shots:
        inside = vectors[shot.start : shot.stop]
        chosen.append(shot.start + int(np.abs(inside - inside.mean(axis=0)).sum(axis=1).argmin()))
    return chosen


def match_cuts(
    found: Sequence[int], true: Sequence[tuple[int, int]], tolerance: int = 1
) -> list[tuple[int, tuple[int, int]]]:
    """Pairs of a found cut and the true change it hits, each used once, as many as possible.

    A true change is the first and the last frame of it (equal for a hard cut), a hit lies at most `tolerance` frames
    outside. Changes must not overlap.
    """
    pairs = []
    rest = sorted(found)
    for first, last in sorted(true):
        while rest and rest[0] < first - tolerance:
            rest.pop(0)
        if rest and rest[0] <= last + tolerance:
            pairs.append((rest.pop(0), (first, last)))
    return pairs


def cut_precision_recall(
    found: Sequence[int], true: Sequence[tuple[int, int]], tolerance: int = 1
) -> tuple[float, float]:
    """The share of found cuts that hit a true change, and the share of true changes that are hit; see `match_cuts`.

    The share of nothing is 1: who finds nothing says nothing false, and where there is nothing, nothing is missed.
    """
    hits = len(match_cuts(found, true, tolerance))
    return hits / len(found) if found else 1.0, hits / len(true) if true else 1.0
