"""The sentiment model of chapter 5: an encoder for each modality, a fusion, dense layers, one output (§5.2.2)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from mmbook.embedding.images import ImageEncoder, ProjectionEncoder, mean_over_frames
from mmbook.embedding.sounds import AudioEncoder
from mmbook.embedding.words import TextEncoder
from mmbook.fusion import make_fusion

#: A batch by name: `image` (uint8 "batch frames 3 size size", or float "batch frames features") with `image_mask`
#: "batch frames", `audio` (float "batch time n_mels") and `text` (integers "batch time"), with `..._length` "batch".
#: A modality whose entry is missing is absent from every row.
Batch = Mapping[str, Tensor]


@dataclass(frozen=True)
class ModelConfig:
    """Everything that a model is built from: sizes, and the statistics of the training rows."""

    modalities: tuple[str, ...]  # of image, text, audio; in this order they reach the fusion
    task: str = "classes"  # or "numbers"
    classes: int = 2
    fusion: str = "concat"
    dim: int = 128  # size of each modality's feature
    fused: int = 128
    hidden: tuple[int, ...] = (64, 32)
    vocabulary_size: int = 2
    embedding_dim: int = 32
    image_encoder: str = "cnn"  # or "vgg16": features computed before
    image_size: int = 64
    image_mean: tuple[float, ...] = (127.5,) * 3
    image_std: tuple[float, ...] = (64.0,) * 3
    n_mels: int = 64
    audio_mean: tuple[float, ...] = (0.0,)
    audio_std: tuple[float, ...] = (1.0,)
    label_mean: float = 0.0  # of the numbers to predict
    label_std: float = 1.0

    @property
    def outputs(self) -> int:
        """1 for two classes (a sigmoid) and for numbers, else one for each class (a softmax)."""
        return 1 if self.task == "numbers" or self.classes == 2 else self.classes

    def to_dict(self) -> dict[str, Any]:
        """The configuration as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ModelConfig":
        """The configuration that `to_dict` gave, with JSON's lists made tuples again."""
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


class SentimentModel(nn.Module):
    """Logits from whichever modalities are given: `head(fusion(image(x), text(x), audio(x)))`.

    Nothing in it is random and nothing is computed over the batch: a row's logits do not depend on its company.
    Source: textbook §5.2.2 (concatenate, dense 128-64-32, one sigmoid).
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.encoders = nn.ModuleDict({name: make_encoder(name, config) for name in config.modalities})
        self.fusion = make_fusion(config.fusion, {name: e.dim for name, e in self.encoders.items()}, config.fused)
        self.head = dense(config.fused, *config.hidden, config.outputs)
        for name in ("image_mean", "image_std", "audio_mean", "audio_std"):
            self.register_buffer(name, torch.tensor(getattr(config, name)), persistent=False)

    def encode(self, batch: Batch) -> dict[str, Float[Tensor, "batch dim"]]:
        """A feature for each modality that the batch holds."""
        return {name: getattr(self, f"encode_{name}")(batch) for name in self.encoders if name in batch}

    def encode_image(self, batch: Batch) -> Float[Tensor, "batch dim"]:
        """The mean of the image encoder's vectors over the frames that are there."""
        return mean_over_frames(self.encoders["image"], self.scale_image(batch["image"]), batch["image_mask"])

    def encode_audio(self, batch: Batch) -> Float[Tensor, "batch dim"]:
        """The audio encoder's vector of the standardised log-mel spectrogram."""
        mel = (batch["audio"].float() - self.audio_mean) / self.audio_std
        return self.encoders["audio"](mel, batch["audio_length"])

    def encode_text(self, batch: Batch) -> Float[Tensor, "batch dim"]:
        """The text encoder's vector of the words."""
        return self.encoders["text"](batch["text"], batch["text_length"])

    def scale_image(self, image: Tensor) -> Float[Tensor, "batch frames *picture"]:
        """Pixels (0 to 255) standardised channel by channel; features computed before, number by number."""
        shape = (-1, 1, 1) if self.config.image_encoder == "cnn" else (-1,)
        return (image.float() - self.image_mean.view(shape)) / self.image_std.view(shape)

    def decode(
        self, features: Mapping[str, Float[Tensor, "batch dim"]], mask: Mapping[str, Bool[Tensor, "batch"]]
    ) -> Float[Tensor, "batch outputs"]:
        """Logits of the fused features; `mask` says which modality each row has."""
        return self.head(torch.relu(self.fusion(features, mask)))

    def forward(
        self, batch: Batch, subsets: list[Mapping[str, Bool[Tensor, "batch"]]] | None = None
    ) -> Float[Tensor, "batch outputs"] | Float[Tensor, "subsets batch outputs"]:
        """Logits of each row from all that it has; or, encoded once, from each of several subsets of it."""
        features = self.encode(batch)
        if subsets is None:
            return self.decode(features, present(batch))
        return torch.stack([self.decode(features, mask) for mask in subsets])

    def aux_loss(self) -> Tensor | float:
        """The fusion's own loss, 0 for most."""
        return self.fusion.aux_loss()


def make_encoder(name: str, config: ModelConfig) -> nn.Module:
    """The encoder of one modality."""
    if name == "image" and config.image_encoder == "vgg16":
        return ProjectionEncoder(len(config.image_mean), config.dim)
    if name == "image":
        return ImageEncoder(config.dim)
    if name == "audio":
        return AudioEncoder(config.n_mels, config.dim)
    return TextEncoder(config.vocabulary_size, config.embedding_dim, config.dim)


def dense(*sizes: int) -> nn.Sequential:
    """Linear layers with a rectifier between them: `dense(128, 64, 32, 1)`."""
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def present(batch: Batch) -> dict[str, Bool[Tensor, "batch"]]:
    """Which rows have each modality that the batch holds."""
    found = {"image": lambda: batch["image_mask"].any(1)}
    found |= {name: lambda name=name: batch[f"{name}_length"] > 0 for name in ("text", "audio")}
    return {name: rows() for name, rows in found.items() if name in batch}


@torch.no_grad()
def answer(model: SentimentModel, batch: Batch) -> Float[Tensor, "batch classes"] | Float[Tensor, "batch"]:
    """The probability of each class, rows summing to 1; for a model of numbers, the number in the label's units."""
    return answer_of(model(batch), model.config)


def answer_of(
    logits: Float[Tensor, "batch outputs"], config: ModelConfig
) -> Float[Tensor, "batch classes"] | Float[Tensor, "batch"]:
    """What logits say: a sigmoid for two classes, a softmax for more, a number brought back to the label's units."""
    if config.task == "numbers":
        return logits[:, 0] * config.label_std + config.label_mean
    if config.classes == 2:
        positive = torch.sigmoid(logits)
        return torch.cat([1 - positive, positive], dim=1)
    return torch.softmax(logits, dim=1)
