"""Two real photographs, small, in colour."""

import numpy as np
from sklearn.datasets import load_sample_images


def photographs(size: int = 96) -> list[np.ndarray]:
    """A pagoda's roof and a flower, cut out of scikit-learn's two photographs."""
    china, flower = load_sample_images().images
    return [np.ascontiguousarray(china[150 : 150 + size, 260 : 260 + size]), np.ascontiguousarray(flower[:size, :size])]
