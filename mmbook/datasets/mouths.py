"""Where the mouth is in a clip of trimood: the truth for everything that claims to find it (§2.1.3)."""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from mmbook.datasets._trimood_clip import FRAMES_PER_SECOND, Plan, render_frames
from mmbook.datasets.cues import Preset
from mmbook.datasets.trimood import plan_clips
from mmbook.errors import UserError

MOVED = 20  # grey levels by which a pixel of the mouth differs between open and closed


def mouth_box(root: str | Path, clip: str) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom; pixels, right and bottom excluded) that holds the clip's mouth in all frames.

    The clip is drawn twice, once with the mouth shut and once with it open, all else equal: what differs is the mouth.
    Raises UserError when the folder holds no such clip, and when its face is hidden.
    """
    mask = mouth_mask(root, clip)
    if not mask.any():
        raise UserError(f"{root}: the face of clip {clip} is hidden; choose a clip of another condition")
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def mouth_mask(root: str | Path, clip: str) -> Bool[np.ndarray, "height width"]:
    """True where a pixel belongs to the clip's mouth in some frame; nowhere when the face is hidden."""
    plans = _plans(Path(root).resolve())
    if clip not in plans:
        raise UserError(f"{root}: holds no clip {clip!r}; choose one of its manifest")
    frames = round(_seconds(Path(root), clip) * FRAMES_PER_SECOND)
    shut, opened = (render_frames(plans[clip], np.full(frames, opening, np.float32))[1] for opening in (0, 1))
    return (np.abs(shut.astype(np.int16) - opened).max(-1) > MOVED).any(0)


@lru_cache(maxsize=4)
def _plans(root: Path) -> dict[str, Plan]:
    parameters = json.loads((root / "dataset.json").read_text(encoding="utf-8"))["parameters"]
    mix = Preset(**{name: parameters[name] for name in ("conditions", "slip", "common_slip")})
    plans = plan_clips(parameters["clips"], parameters["seed"], mix)
    return {plan.id: plan for plan in plans}


def _seconds(root: Path, clip: str) -> float:
    return json.loads((root / "timings" / f"{clip}.json").read_text(encoding="utf-8"))["seconds"]
