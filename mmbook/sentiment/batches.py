"""Batches of prepared features; and what varies from one epoch to the next, keyed by sample (§5.1.5, §5.2.3).

Every draw of a sample comes from the seed, the epoch and the sample's own id, so a sample looks the same whichever
batch or process it is in. Nothing is mirrored: digits and writing must survive. Only training rows vary.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int, Shaped, UInt8
from torch import Tensor
from torch.nn.functional import grid_sample

from mmbook.media.text import UNK
from mmbook.seeding import rng
from mmbook.sentiment.features import FeatureSet

DRAWS = {"subset": 3, "frame": 1, "image": 6, "audio": 7}  # uniform numbers for each sample; words take one each


def to_batch(arrays: Mapping[str, np.ndarray], modalities: Sequence[str]) -> dict[str, Tensor]:
    """Tensors of packed arrays, rows first: what `SentimentModel` reads, of these modalities alone."""
    batch = {}
    for name in modalities:
        where = "image_mask" if name == "image" else f"{name}_length"
        batch[name], batch[where] = torch.from_numpy(arrays[name]), torch.from_numpy(arrays[where])
    if "audio" in batch:
        batch["audio"] = batch["audio"].float()
    return batch


def batch_from_features(
    features: FeatureSet, indices: Int[np.ndarray, "batch"], modalities: Sequence[str] | None = None
) -> dict[str, Tensor]:
    """These rows as they are, and their `label`; of these modalities alone, or of all that the data has."""
    modalities = features.modalities if modalities is None else modalities
    names = [n for m in modalities for n in (m, "image_mask" if m == "image" else f"{m}_length")]
    batch = to_batch({name: getattr(features, name)[indices] for name in names}, modalities)
    return batch | {"label": torch.from_numpy(features.labels[indices])}


def training_batch(
    features: FeatureSet, indices: Int[np.ndarray, "batch"], modalities: Sequence[str], seed: int, epoch: int
) -> dict[str, Tensor]:
    """These rows, each varied in its own way for this epoch; `subset_draws` (0 to 1) choose what each row drops."""
    batch = batch_from_features(features, indices, modalities)
    count = sum(DRAWS.values()) + (batch["text"].shape[1] if "text" in batch else 0)
    drawn = np.stack([rng(seed, "vary", epoch, features.ids[i]).random(count, np.float32) for i in indices])
    subset, frame, image, audio, words = torch.from_numpy(drawn).split(
        [*DRAWS.values(), count - sum(DRAWS.values())], 1
    )
    if "image" in batch:
        batch |= one_frame(batch["image"], batch["image_mask"], frame[:, 0])
        if batch["image"].dtype == torch.uint8:
            batch["image"] = vary_image(batch["image"][:, 0], image)[:, None]
    if "audio" in batch:
        batch["audio"], batch["audio_length"] = vary_audio(batch["audio"], batch["audio_length"], audio)
    if "text" in batch:
        batch["text"] = drop_words(batch["text"], words)
    return batch | {"subset_draws": subset[:, : len(modalities)]}


def one_frame(
    image: Shaped[Tensor, "batch frames *picture"],
    mask: Bool[Tensor, "batch frames"],
    draw: Float[Tensor, "batch"],
) -> dict[str, Tensor]:
    """One of each row's available frames, with a frames axis of 1 (a row without any stays without)."""
    order = mask.int().argsort(dim=1, descending=True, stable=True)  # available frames first
    chosen = order.gather(1, (draw * mask.sum(1)).long()[:, None].clamp(max=mask.shape[1] - 1))[:, 0]
    return {"image": image[torch.arange(len(image)), chosen][:, None], "image_mask": mask.any(1, keepdim=True)}


def vary_image(
    image: UInt8[Tensor, "batch 3 size size"], draws: Float[Tensor, "batch 6"]
) -> Float[Tensor, "batch 3 size size"]:
    """Pictures moved by whole pixels (a twentieth of their size), each colour and all of them brighter or darker.

    Whole pixels keep thin lines sharp, which interpolation would blur.
    """
    rows, size = torch.arange(len(image))[:, None, None], image.shape[-1]
    reach = size // 20
    move = (draws[:, :2] * (2 * reach + 1)).long() - reach
    down, right = (torch.arange(size) + move.T[:, :, None]).clamp(0, size - 1)
    moved = image[rows, :, down[:, :, None], right[:, None, :]].movedim(3, 1).float()
    gain, offset = 0.8 + 0.4 * draws[:, 2:5, None, None], 40 * draws[:, 5, None, None, None] - 20
    return (moved * gain + offset).clamp(0, 255)


def vary_audio(
    mel: Float32[Tensor, "batch time n_mels"], length: Int[Tensor, "batch"], draws: Float[Tensor, "batch 7"]
) -> tuple[Float32[Tensor, "batch time n_mels"], Int[Tensor, "batch"]]:
    """Log-mel spectrograms a little faster or slower (8 %), higher or lower (1.5 bands), louder or softer (0.1), with
    a stripe of up to a tenth of the time and one of up to an eighth of the bands replaced by the clip's mean.

    Source: SpecAugment (Park et al., 2019).
    """
    faster, higher, louder = (2 * draws[:, :3] - 1).unbind(1)
    _, time, bands = mel.shape
    rate = 1 + 0.08 * faster
    frame = torch.arange(time) * rate[:, None]
    band = torch.arange(bands) + 1.5 * higher[:, None]
    grid = torch.stack(
        [
            (2 * band / max(1, bands - 1) - 1)[:, None, :].expand(-1, time, -1),
            (2 * frame / max(1, time - 1) - 1)[:, :, None].expand(-1, -1, bands),
        ],
        dim=3,
    )
    mel = grid_sample(mel[:, None], grid, padding_mode="border", align_corners=True)[:, 0]
    length = torch.where(length > 0, (length / rate).int().clamp(min=1, max=time), 0).to(length.dtype)
    inside = torch.arange(time) < length[:, None]
    mean = (mel * inside[:, :, None]).sum((1, 2)) / (inside.sum(1).clamp(min=1) * bands)
    hidden = stripe(time, draws[:, 3], draws[:, 4] * length / 10)[:, :, None]
    hidden = hidden | stripe(bands, draws[:, 5], draws[:, 6] * bands / 8)[:, None, :]
    mel = torch.where(hidden, mean[:, None, None], mel) + 0.1 * louder[:, None, None]
    return mel * inside[:, :, None], length


def stripe(size: int, start: Float[Tensor, "batch"], width: Float[Tensor, "batch"]) -> Bool[Tensor, "batch size"]:
    """True at `width` neighbouring positions of `size`, from `start` (0 to 1) of the room there is."""
    first = (start * (size - width).clamp(min=0))[:, None]
    position = torch.arange(size)
    return (position >= first) & (position < first + width.floor()[:, None])


def drop_words(tokens: Int[Tensor, "batch time"], draws: Float[Tensor, "batch time"]) -> Int[Tensor, "batch time"]:
    """Each word unknown with probability 0.3, so that an unknown word in use is nothing new."""
    return tokens.masked_fill((draws < 0.3) & (tokens > 0), UNK)


def random_subset(
    available: Mapping[str, Bool[Tensor, "batch"]], draws: Float[Tensor, "batch modalities"]
) -> dict[str, Bool[Tensor, "batch"]]:
    """Modality dropout: a random part of what each row has, never empty where it has anything."""
    has = torch.stack(list(available.values()), dim=1)
    draws = draws.masked_fill(~has, 2.0)
    keep = has & ((draws < 0.5) | (draws == draws.amin(1, keepdim=True)))
    return dict(zip(available, keep.unbind(1), strict=True))
