"""Pictures in, one vector out (§2.1.2, §5.2.1)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


def convolution(channels: int, out: int, groups: int = 8) -> nn.Sequential:
    """A 3 x 3 convolution that halves height and width, normalised within each picture."""
    return nn.Sequential(nn.Conv2d(channels, out, 3, stride=2, padding=1), nn.GroupNorm(groups, out), nn.ReLU())


class ImageEncoder(nn.Module):
    """One vector of size `dim` for each picture, by strided convolutions with group normalisation.

    Source: textbook §5.2.1, where a frozen VGG16 stands here; GroupNorm is Wu and He, 2018.
    """

    def __init__(self, dim: int = 128, widths: tuple[int, ...] = (32, 64, 128, 128), size: int = 64):
        super().__init__()
        self.dim = dim
        channels = (3, *widths)
        self.convolutions = nn.Sequential(*[convolution(a, b) for a, b in zip(channels, widths, strict=False)])
        self.pool = nn.AdaptiveAvgPool2d(min(4, max(1, size >> len(widths))))
        self.project = nn.Linear(widths[-1] * self.pool.output_size**2, dim)

    def forward(self, image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch dim"]:
        """Convolve, pool to a coarse grid (where a mouth is matters), project."""
        return torch.relu(self.project(self.pool(self.convolutions(image)).flatten(1)))


class ProjectionEncoder(nn.Module):
    """One vector of size `dim` for each picture whose features (VGG16's 512 numbers) were computed before."""

    def __init__(self, features: int = 512, dim: int = 128):
        super().__init__()
        self.dim = dim
        self.project = nn.Linear(features, dim)

    def forward(self, image: Float[Tensor, "batch features"]) -> Float[Tensor, "batch dim"]:
        """A linear map and a rectifier."""
        return torch.relu(self.project(image))


def mean_over_frames(
    encoder: nn.Module, frames: Float[Tensor, "batch frames *picture"], mask: Bool[Tensor, "batch frames"]
) -> Float[Tensor, "batch dim"]:
    """The mean of the encoder's vectors over the frames where `mask` is True (zero for a row without any).

    Only those frames are encoded: a clip with one photo costs one picture.
    """
    vectors = encoder(frames[mask]) if mask.any() else encoder(torch.zeros_like(frames[:1, 0]))[:0]
    weight = mask.float() / mask.sum(1, keepdim=True).clamp(min=1)
    rows = torch.arange(len(mask), device=mask.device)[:, None].expand_as(mask)[mask]
    return torch.zeros(len(mask), encoder.dim, device=vectors.device).index_add(
        0, rows, vectors * weight[mask][:, None]
    )
