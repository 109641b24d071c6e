"""Sounds in, one vector out (§2.1.2, §5.2.1)."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


def valid(length: Int[Tensor, "batch"], time: int) -> Bool[Tensor, "batch time"]:
    """True where a frame lies within its own clip."""
    return torch.arange(time, device=length.device) < length[:, None]


class AudioEncoder(nn.Module):
    """One vector of size `dim` for each log-mel spectrogram: two convolutions in time (64, 128), then mean and maximum.

    Frames after a clip's own length have no influence: they are zero before each convolution and left out of mean
    and maximum. Source: textbook §5.2.1 (`Conv1D(64)`, `Conv1D(128)`, pooling, `Dense(128)`).
    """

    def __init__(self, n_mels: int = 64, dim: int = 128, widths: tuple[int, int] = (64, 128), kernel: int = 5):
        super().__init__()
        self.dim = dim
        self.first = nn.Conv1d(n_mels, widths[0], kernel, stride=2, padding=kernel // 2)
        self.second = nn.Conv1d(widths[0], widths[1], kernel, stride=2, padding=kernel // 2)
        self.project = nn.Linear(2 * widths[1], dim)

    def forward(
        self, mel: Float[Tensor, "batch time n_mels"], length: Int[Tensor, "batch"]
    ) -> Float[Tensor, "batch dim"]:
        """Mean and maximum over the valid frames of the convolved spectrogram, projected."""
        h, inside = mel.transpose(1, 2), valid(length, mel.shape[1])[:, None]
        for convolution in (self.first, self.second):
            h = torch.relu(convolution(h * inside))
            inside = inside[:, :, ::2]  # a frame of stride 2 is valid if the frame at its centre is
        h = h * inside  # after the rectifier, zero cannot win a maximum
        mean = h.sum(2) / inside.sum(2).clamp(min=1)
        return torch.relu(self.project(torch.cat([mean, h.amax(2)], dim=1)))
