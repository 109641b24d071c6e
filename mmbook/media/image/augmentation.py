"""Augmentation: rotation, scaling, cropping and colour, drawn anew for each sample and epoch (§2.1.2, §2.4.2)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

from mmbook.media.image._tensor import to_array, to_tensor
from mmbook.seeding import key


@dataclass(frozen=True)
class AugmentationSettings:
    """How far each change may go; 0 switches it off.

    `rotation`: degrees to either side. `scale`: 0.1 is 10 % smaller to 10 % larger. `crop`: 0.1 cuts off up to 10 % of
    the area, somewhere, and enlarges the rest to the old size. `brightness`, `contrast`, `saturation`: 0.2 is a factor
    of 0.8 to 1.2. `hue`: at most this part of the colour circle, up to 0.5. `flip`: probability of a mirror image; 0
    unless left and right mean nothing: a mirrored letter, digit or "left of" is wrong.
    """

    rotation: float | int = 10.0
    scale: float | int = 0.1
    crop: float | int = 0.1
    brightness: float | int = 0.2
    contrast: float | int = 0.2
    saturation: float | int = 0.2
    hue: float | int = 0.0
    flip: float | int = 0.0

    def __post_init__(self):
        if not (0 <= self.scale < 1 and 0 <= self.crop < 1):
            raise ValueError(
                f"AugmentationSettings: scale and crop are {self.scale} and {self.crop}, must be in [0, 1)"
            )


DEFAULT = AugmentationSettings()


def augment(
    image: UInt8[np.ndarray, "height width *channels"],
    split: str,
    sample_id: str | int,
    epoch: int,
    seed: int = 0,
    settings: AugmentationSettings = DEFAULT,
) -> UInt8[np.ndarray, "height width *channels"]:
    """The picture, changed at random if `split` is "train", and itself if it is "valid" or "test".

    What is drawn depends on seed, epoch and sample alone: not on batch, order or process, and torch's own generator is
    left as it was. ValueError for any other split: what nobody named must not be augmented by accident.
    """
    if split in ("valid", "test"):
        return image
    if split != "train":
        raise ValueError(f'augment: split is {split!r}, must be "train", "valid" or "test"')
    import torch

    state = torch.default_generator.get_state()
    try:
        torch.default_generator.manual_seed(key(seed, "augment", epoch, sample_id))
        return to_array(pipeline(settings, *image.shape[:2])(to_tensor(image)), image)
    finally:
        torch.default_generator.set_state(state)


@lru_cache(maxsize=64)
def pipeline(settings: AugmentationSettings, height: int, width: int) -> Callable:
    """torchvision's transforms for pictures of this size, in the order in which they are done; uses torch's generator.

    Before it turns, the picture's border is repeated outwards, so that no black corners turn in.
    """
    from torchvision.transforms import InterpolationMode, v2

    bilinear = InterpolationMode.BILINEAR
    grown, shrunk = 1 + settings.scale, 1 - settings.scale
    reach = math.ceil(math.hypot(height, width) / 2 / shrunk)  # of the corners, at any angle
    steps = []
    if settings.rotation or settings.scale:
        steps += [
            v2.Pad([reach - width // 2, reach - height // 2], padding_mode="edge"),
            v2.RandomAffine(settings.rotation, scale=(shrunk, grown), interpolation=bilinear),
            v2.CenterCrop([height, width]),
        ]
    if settings.crop:
        steps.append(v2.RandomResizedCrop([height, width], (1 - settings.crop, 1), (0.95, 1.05), bilinear))
    if settings.flip:
        steps.append(v2.RandomHorizontalFlip(settings.flip))
    if settings.brightness or settings.contrast or settings.saturation or settings.hue:
        steps.append(v2.ColorJitter(settings.brightness, settings.contrast, settings.saturation, settings.hue))
    return v2.Compose(steps or [v2.Identity()])
