"""The sound track beside the frames (§2.1.2): which samples belong to which frame, on one clock."""

import numpy as np
from jaxtyping import Float, Int


def sample_bounds(
    times: Float[np.ndarray, "frames"], sample_rate: int, samples: int
) -> Int[np.ndarray, "frames_plus_1"]:
    """Where the sound of each frame begins and ends: frame k has the samples from `bounds[k]` up to `bounds[k + 1]`.

    `times` (seconds) says when each frame begins; the last one has what is left of the `samples` there are. Each bound
    is rounded from the frame's own time, so that errors never add up: at 16,000 samples and 12 frames a second a frame
    has 1,333 samples or 1,334. Sound that is shorter than the pictures leaves the last frames with none.

    ValueError for times that decrease.
    """
    if (np.diff(times) < 0).any():
        raise ValueError("sample_bounds: times must not decrease")
    bounds = np.append(np.rint(times * sample_rate), samples).astype(np.int64)
    return np.clip(bounds, 0, samples)
