"""Pictures in, one vector out (§2.1.2, §5.2.1)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, pad


def local_contrast(
    image: Float[Tensor, "batch 3 height width"], window: int = 9
) -> Float[Tensor, "batch 3 height width"]:
    """Each pixel minus the mean of its neighbourhood, over the picture's root mean square of that: lines, not light.

    A line that carries meaning, such as a mouth, is a small part of a picture's variance; skin, hair and background
    are most of it. Source: Jarrett et al., 2009 (local contrast normalisation).
    """
    border = window // 2
    padded = pad(image, (border,) * 4, mode="replicate")
    mean = avg_pool2d(avg_pool2d(padded, (window, 1), stride=1), (1, window), stride=1)
    detail = image - mean
    return detail / (detail.square().mean((1, 2, 3), keepdim=True).sqrt() + 0.1)


def convolution(channels: int, out: int, kernel: int = 3, stride: int = 1, groups: int = 8) -> nn.Sequential:
    """A convolution, normalised within each picture (no statistic over the batch), and a rectifier."""
    conv = nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, nn.GroupNorm(groups, out), nn.ReLU())


class ImageEncoder(nn.Module):
    """One vector of size `dim` for each picture: convolutions of its lines, and its colours, both on a grid.

    The lines are `local_contrast`; the grid keeps where things are: a mouth is not a brow.
    Source: textbook §5.2.1, where a frozen VGG16 stands here; GroupNorm is Wu and He, 2018.
    """

    def __init__(self, dim: int = 128, widths: tuple[int, int, int, int] = (16, 32, 64, 96), grid: int = 8):
        super().__init__()
        a, b, c, d = widths
        self.dim = dim
        self.convolutions = nn.Sequential(
            convolution(3, a, kernel=5, stride=2),
            convolution(a, b),
            nn.MaxPool2d(2),
            convolution(b, c),
            nn.MaxPool2d(2),
            convolution(c, d),
        )
        self.grid = nn.AdaptiveAvgPool2d(grid)
        self.project = nn.Linear((d + 3) * grid * grid, dim)

    def forward(self, image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch dim"]:
        """Lines convolved, colours as they are, both averaged over each cell of the grid, projected."""
        lines, colours = self.convolutions(local_contrast(image)), 0.3 * image
        return torch.relu(self.project(torch.cat([self.grid(lines), self.grid(colours)], dim=1).flatten(1)))


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
    share = (mask.float() / mask.sum(1, keepdim=True).clamp(min=1))[mask]
    rows = torch.arange(len(mask), device=mask.device)[:, None].expand_as(mask)[mask]
    vectors = encoder(frames[mask]) * share[:, None]
    return vectors.new_zeros(len(mask), vectors.shape[1]).index_add(0, rows, vectors)
