import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.media.text import PAD, UNK, BytePairs, pad_batch
from mmbook.media.text.byte_pairs import chunks

TEXTS = [
    "the lower the newer, the slower the widest",
    "这部电影真的很好看。这部电影不好看！",
    "naïve café 👍🏽 👍🏽 3.14",
]
ANY = st.text(st.characters(exclude_categories=()))  # lone surrogates too
PAIRS = BytePairs.fit(TEXTS * 3, 60)


def learn_slowly(texts, merges):
    """Every pair counted anew before each merge."""
    words = Counter(chunk for text in texts for chunk in chunks(text))
    pieces = {chunk: [bytes([b]) for b in chunk.encode()] for chunk in words}
    learned = []
    for _ in range(merges):
        counts = Counter()
        for chunk, number in words.items():
            for pair in pairwise(pieces[chunk]):
                counts[pair] += number
        if not counts or max(counts.values()) < 2:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        learned.append(best)
        for chunk, parts in pieces.items():
            pieces[chunk] = joined(parts, best)
    return tuple(learned)


def joined(parts, pair):
    out = []
    for part in parts:
        if out and (out[-1], part) == pair:
            out[-1] = out[-1] + part
        else:
            out.append(part)
    return out


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_any_string_comes_back(text):
    assert "".join(chunks(text)) == text
    assert PAIRS.decode(PAIRS.encode(text)) == text
    assert BytePairs().decode(BytePairs().encode(text)) == text


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_no_text_is_out_of_vocabulary(text):
    numbers = PAIRS.encode(text)
    assert UNK not in numbers and PAD not in numbers
    assert all(number < len(PAIRS) for number in numbers)
    assert b"".join(PAIRS.split(text)) == text.encode()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("abc ", max_size=20), max_size=5), st.integers(0, 12))
def test_learning_by_changed_chunks_equals_counting_anew(texts, merges):
    assert BytePairs.fit(texts, merges).merges == learn_slowly(texts, merges)


def test_the_order_of_the_texts_does_not_matter():
    assert BytePairs.fit(TEXTS, 40) == BytePairs.fit(TEXTS[::-1], 40)


def test_fewer_merges_are_the_first_of_more():
    assert BytePairs.fit(TEXTS, 40).merges[:15] == BytePairs.fit(TEXTS, 15).merges


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_a_merge_never_makes_a_text_of_the_corpus_longer(text):
    lengths = [len(BytePairs.fit([text], merges).encode(text)) for merges in (0, 1, 2, 4, 8, 16)]
    assert lengths[0] == len(text.encode())
    assert lengths == sorted(lengths, reverse=True)


def test_a_frequent_word_becomes_one_piece_with_the_space_before_it():
    pairs = BytePairs.fit(["a good film, a good plot"] * 5, 50)
    assert b" good" in pairs.split("a good day")
    assert "电影".encode() in BytePairs.fit(["电影", "电影"], 20).split("电影")


def test_no_merge_crosses_a_word_or_a_sign():
    pairs = BytePairs.fit(["good film! good film!"] * 9, 100)
    assert pairs.split("good film!") == [b"good", b" film", b"!"]


def test_learning_ends_when_no_pair_comes_twice():
    assert BytePairs.fit(["abcd"], 10).merges == ()
    assert BytePairs.fit([], 10).merges == ()
    assert len(BytePairs()) == 2 + 256


def test_a_character_cut_in_two_is_shown_as_such():
    numbers = BytePairs().encode("a好")
    assert BytePairs().decode(numbers[:-1]) == "a\ufffd"


def test_padding_and_unknown_are_left_out_when_decoding():
    numbers, _ = pad_batch([PAIRS.encode("电影"), PAIRS.encode("the lower the newer")])
    assert PAIRS.decode([*numbers[0].tolist(), UNK]) == "电影"


def test_a_number_beyond_the_last_piece_is_refused():
    for wrong in (-1, len(PAIRS)):
        with pytest.raises(ValueError, match="decode"):
            PAIRS.decode([wrong])


def test_an_encoding_survives_json():
    assert BytePairs.from_list(json.loads(json.dumps(PAIRS.to_list()))) == PAIRS


def test_a_merge_of_pieces_that_nothing_made_is_refused():
    with pytest.raises(ValueError, match="no merge before it"):
        BytePairs(((b"ab", b"c"),))
    with pytest.raises(ValueError, match="merges is -1"):
        BytePairs.fit([], -1)


@pytest.mark.parametrize("piece", ["a", "好", " ", "\n", "!", "1", "a ", "👍", "_"])
@pytest.mark.timeout(60)
def test_a_long_text_of_anything_is_encoded(piece):
    text = piece * (60_000 // len(piece.encode()))
    assert PAIRS.decode(PAIRS.encode(text)) == text
