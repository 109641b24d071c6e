"""Words in, one vector out (§2.2, §5.2.1)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class TextEncoder(nn.Module):
    """The last valid state of an LSTM over word embeddings: `h_T` of `h_t, c_t = LSTM(E[w_t], h_{t-1}, c_{t-1})`.

    Token 0 is padding. What stands after a sentence's own length has no influence, so neither the width of the
    batch nor the company a sentence is in changes its vector. Source: textbook §5.2.1 (`Embedding`, `LSTM(128)`).
    """

    def __init__(self, vocabulary_size: int, embedding_dim: int = 32, hidden: int = 128):
        super().__init__()
        self.dim = hidden
        self.embedding = nn.Embedding(vocabulary_size, embedding_dim, padding_idx=0)
        self.lstm = nn.LSTM(embedding_dim, hidden, batch_first=True)
        nn.init.normal_(self.embedding.weight, std=0.1)  # small: what a word means is learned, not drawn
        with torch.no_grad():
            self.embedding.weight[0] = 0.0
            self.lstm.bias_hh_l0[hidden : 2 * hidden] = 1.0  # remember at first: the forget gate starts open

    def forward(self, tokens: Int[Tensor, "batch time"], length: Int[Tensor, "batch"]) -> Float[Tensor, "batch dim"]:
        """The state at position `length - 1` of each row (at position 0 where `length` is 0)."""
        longest = max(1, int(length.max()))
        states, _ = self.lstm(self.embedding(tokens[:, :longest]))
        last = (length.long() - 1).clamp(min=0)
        return states[torch.arange(len(states), device=states.device), last]
