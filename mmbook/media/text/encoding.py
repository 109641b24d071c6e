"""Numbers in rows of one length (§2.1.2): padding with a mask, and how much of a text a vocabulary knows."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int32

from mmbook.media.text.vocabulary import PAD, UNK, Vocabulary


def pad_batch(
    sequences: Sequence[Sequence[int]], length: int | None = None
) -> tuple[Int32[np.ndarray, "batch length"], Bool[np.ndarray, "batch length"]]:
    """The sequences as rows of one length, filled up with PAD, and a mask that is True where a row has content.

    `length` is that of the longest sequence unless given; what is longer loses its end. ValueError if it is negative.
    """
    if length is None:
        length = max(map(len, sequences), default=0)
    if length < 0:
        raise ValueError(f"pad_batch: length is {length}; give 0 or more")
    numbers = np.full((len(sequences), length), PAD, np.int32)
    mask = np.zeros((len(sequences), length), bool)
    for row, sequence in enumerate(sequences):
        kept = sequence[:length]
        numbers[row, : len(kept)] = kept
        mask[row, : len(kept)] = True
    return numbers, mask


def masked_mean(
    vectors: Float[np.ndarray, "batch length dim"], mask: Bool[np.ndarray, "batch length"]
) -> Float[np.ndarray, "batch dim"]:
    """The mean of each row's vectors where the mask is True; zeros where a row has no content at all."""
    counts = mask.sum(axis=1)
    total = np.where(mask[..., None], vectors, 0).sum(axis=1)
    return (total / np.maximum(counts, 1)[:, None]).astype(vectors.dtype)


def unknown_rate(vocabulary: Vocabulary, token_lists: Iterable[Sequence[str]]) -> float:
    """The share of all tokens, repeats included, that the vocabulary does not know: the out-of-vocabulary rate.

    It is 0 where there are no tokens.
    """
    counts = Counter(token for tokens in token_lists for token in tokens)
    total = sum(counts.values())
    unknown = sum(n for token, n in counts.items() if vocabulary.encode([token], 1)[0] == UNK)
    return unknown / total if total else 0.0


def coverage(token_lists: Iterable[Sequence[str]]) -> Float[np.ndarray, "types"]:
    """The share of all tokens that the most frequent 1, 2, 3, ... different ones make up; the last number is 1."""
    counts = Counter(token for tokens in token_lists for token in tokens)
    frequencies = np.array(sorted(counts.values(), reverse=True), float)
    return np.cumsum(frequencies) / frequencies.sum() if len(frequencies) else frequencies
