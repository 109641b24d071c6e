"""Numbers for tokens (§2.1.2)."""

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32

PAD, UNK = 0, 1
PAD_TOKEN, UNK_TOKEN = "<pad>", "<unk>"


@dataclass(frozen=True)
class Vocabulary:
    """Numbers for tokens: 0 is padding, 1 stands for every token that is not known, the rest by falling frequency."""

    tokens: tuple[str, ...] = (PAD_TOKEN, UNK_TOKEN)

    def __post_init__(self):
        if self.tokens[:2] != (PAD_TOKEN, UNK_TOKEN) or len(set(self.tokens)) != len(self.tokens):
            raise ValueError(f"a vocabulary begins with {PAD_TOKEN} and {UNK_TOKEN} and names each token once")

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def fit(cls, token_lists: Iterable[Sequence[str]], min_count: int = 1, max_size: int = 20_000) -> "Vocabulary":
        """The vocabulary of the tokens seen at least `min_count` times, at most `max_size` with PAD and UNK.

        Ties in frequency are broken by the token itself, so the order of the texts does not matter.
        """
        counts = Counter(token for tokens in token_lists for token in tokens)
        known = [t for t, n in counts.items() if n >= min_count and t not in (PAD_TOKEN, UNK_TOKEN)]
        known.sort(key=lambda token: (-counts[token], token))
        return cls((PAD_TOKEN, UNK_TOKEN, *known[: max(0, max_size - 2)]))

    @functools.cached_property
    def index(self) -> dict[str, int]:
        """The number of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    def encode(self, tokens: Sequence[str], length: int) -> Int32[np.ndarray, "length"]:
        """The numbers of the first `length` tokens, filled up with PAD."""
        numbers = np.full(length, PAD, np.int32)
        for position, token in enumerate(tokens[:length]):
            numbers[position] = self.index.get(token, UNK) if token != PAD_TOKEN else UNK
        return numbers

    def to_list(self) -> list[str]:
        """The tokens in order, for a JSON file."""
        return list(self.tokens)

    @classmethod
    def from_list(cls, tokens: Sequence[str]) -> "Vocabulary":
        """The vocabulary that `to_list` gave; `ValueError` if it does not begin with PAD and UNK or repeats a token."""
        return cls(tuple(tokens))
