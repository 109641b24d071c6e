"""NumPy pictures (height, width, channels) to torchvision's tensors (channels, height, width) and back.

torchvision takes seconds to import: it comes in at its first use, so that reading a file stays quick.
"""

from types import ModuleType

import numpy as np


def functional() -> ModuleType:
    """torchvision's operations on tensors."""
    from torchvision.transforms.v2 import functional

    return functional


def to_tensor(image: np.ndarray):
    """A uint8 tensor of shape (channels, height, width); a grey picture (height, width) has one channel."""
    import torch

    channels_last = image if image.ndim == 3 else image[:, :, None]
    return torch.from_numpy(np.ascontiguousarray(channels_last.transpose(2, 0, 1)))


def to_array(tensor, like: np.ndarray) -> np.ndarray:
    """The tensor as an array with as many axes as `like` has."""
    array = np.ascontiguousarray(tensor.numpy().transpose(1, 2, 0))
    return array if like.ndim == 3 else array[:, :, 0]
