"""Frozen VGG16 as a picture encoder, as the textbook uses it, with its weights' own normalisation (§5.2.1).

The textbook divides pixels by 255 and flattens 7 x 7 x 512 = 25,088 numbers; these weights expect pixels less the mean
of ImageNet over its standard deviation, and the mean over the 7 x 7 places leaves 512 numbers.
"""

import functools
import hashlib
import urllib.error
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch import nn
from torchvision.models.vgg import VGG16_Weights, cfgs, make_layers

from mmbook.errors import UserError

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
URL = VGG16_Weights.IMAGENET1K_V1.url
RANDOM_SEED = 16


def weights_file() -> Path:
    """Where torch keeps the ImageNet weights once they are downloaded (`TORCH_HOME` moves it)."""
    return Path(torch.hub.get_dir()) / "checkpoints" / URL.rsplit("/", 1)[1]


def resolve_weights(wanted: str = "auto", download: bool = False) -> str:
    """Which weights will be used, "imagenet" or "random", downloading the first (550 MB) only if `download` is True.

    "auto" takes ImageNet's if they can be had, random ones otherwise. Raises `UserError` if "imagenet" is asked for and
    cannot be had, or if the file on this machine is damaged.
    """
    if wanted == "random":
        return "random"
    file = weights_file()
    reason = "the file is not there"
    if download and not file.exists():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(URL, str(file), hash_prefix=_hash_prefix())
        except (urllib.error.URLError, OSError, RuntimeError) as error:
            reason = f"the download failed: {error}"
    if file.exists():
        if not _sha256(file).startswith(_hash_prefix()):
            raise UserError(f"{file}: damaged VGG16 weights: delete the file and download it again")
        return "imagenet"
    if wanted == "imagenet":
        raise UserError(f"{file}: no ImageNet weights ({reason}): download {URL} to it, or use random weights")
    return "random"


@functools.cache
def known_weights(wanted: str) -> str:
    """ "imagenet" or "random": `resolve_weights` without download or check, asked once a process."""
    return ("imagenet" if weights_file().exists() else "random") if wanted == "auto" else wanted


def load_vgg(weights: str) -> nn.Module:
    """VGG16's convolutions, frozen: `weights` is "imagenet" (from `weights_file()`) or "random" (always the same)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        model = make_layers(cfgs["D"])
        for layer in model:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)
    if weights == "imagenet":
        if not weights_file().exists():
            raise UserError(f"{weights_file()}: no ImageNet weights: download {URL} to it, or use random weights")
        state = torch.load(weights_file(), map_location="cpu", weights_only=True)
        prefix = "features."
        model.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})
    return model.eval().requires_grad_(False)


def vgg_features(frames: UInt8[np.ndarray, "frames 224 224 3"], weights: str) -> Float32[np.ndarray, "frames 512"]:
    """512 numbers for each RGB picture: VGG16's last feature map, averaged over its 7 x 7 places."""
    pixels = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2).float() / 255
    pixels = (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with torch.inference_mode():
        return torch.stack([_model(weights)(picture[None])[0].mean(dim=(1, 2)) for picture in pixels]).numpy()


@functools.cache
def _model(weights: str) -> nn.Module:
    return load_vgg(weights)


def _hash_prefix() -> str:
    return Path(URL).stem.rsplit("-", 1)[1]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
