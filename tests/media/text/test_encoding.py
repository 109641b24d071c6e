import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.media.text import UNK, Vocabulary, coverage, masked_mean, pad_batch, unknown_rate

SEQUENCES = st.lists(st.lists(st.integers(2, 1000), max_size=12), max_size=6)


@settings(max_examples=100, deadline=None)
@given(SEQUENCES, st.one_of(st.none(), st.integers(0, 15)))
def test_what_the_mask_shows_is_what_was_given(sequences, length):
    numbers, mask = pad_batch(sequences, length)
    width = max(map(len, sequences), default=0) if length is None else length
    assert numbers.shape == mask.shape == (len(sequences), width)
    assert [row[kept].tolist() for row, kept in zip(numbers, mask, strict=True)] == [s[:width] for s in sequences]
    assert not numbers[~mask].any()
    assert not (mask[:, 1:] & ~mask[:, :-1]).any()  # content first, then padding


def test_a_negative_length_names_the_argument():
    with pytest.raises(ValueError, match="pad_batch: length is -1"):
        pad_batch([[2]], -1)


def test_a_masked_mean_does_not_see_the_width_of_the_batch():
    vectors = np.random.default_rng(0).normal(size=(3, 9, 4))
    lengths = np.array([9, 4, 1])
    mask = np.arange(9) < lengths[:, None]
    expected = [row[:n].mean(axis=0) for row, n in zip(vectors, lengths, strict=True)]
    np.testing.assert_allclose(masked_mean(vectors, mask), expected, atol=1e-12)
    np.testing.assert_allclose(masked_mean(vectors[1:2, :5], mask[1:2, :5]), expected[1:2], atol=1e-12)


def test_a_masked_mean_ignores_what_padding_holds_even_nan():
    vectors = np.ones((1, 3, 2), np.float32)
    vectors[0, 2] = np.nan
    mean = masked_mean(vectors, np.array([[True, True, False]]))
    assert mean.tolist() == [[1, 1]] and mean.dtype == np.float32


def test_a_row_without_content_has_a_mean_of_zero():
    assert masked_mean(np.ones((1, 2, 3)), np.zeros((1, 2), bool)).tolist() == [[0, 0, 0]]


def test_the_unknown_rate_counts_tokens_and_not_types():
    vocabulary = Vocabulary.fit([["good", "film"]])
    assert unknown_rate(vocabulary, [["good", "bad"], ["bad", "film"]]) == 0.5
    assert unknown_rate(vocabulary, [["good"]]) == 0
    assert unknown_rate(vocabulary, []) == unknown_rate(vocabulary, [[]]) == 0


WORDS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8), min_size=1, max_size=5)


@settings(max_examples=100, deadline=None)
@given(WORDS, st.integers(0, 8))
def test_coverage_is_what_a_vocabulary_of_that_size_knows_of_its_own_text(token_lists, size):
    shares = coverage(token_lists)
    known = Vocabulary.fit(token_lists, max_size=2 + size)
    kept = len(known) - 2
    expected = shares[kept - 1] if kept else 0
    assert 1 - unknown_rate(known, token_lists) == pytest.approx(expected)
    assert shares[-1] == pytest.approx(1) and (np.diff(shares) > 0).all()


def test_a_token_called_unknown_is_not_known():
    vocabulary = Vocabulary.fit([["a"]])
    assert vocabulary.encode(["<unk>"], 1)[0] == UNK
    assert unknown_rate(vocabulary, [["<unk>", "<pad>"]]) == 1


def test_coverage_of_nothing_is_empty():
    assert coverage([]).shape == (0,)
