import json

import numpy as np
import pytest

from mmbook.media.text import PAD, UNK, Vocabulary


def test_padding_is_zero_and_unknown_is_one():
    vocabulary = Vocabulary.fit([["good", "film"], ["good"]])
    assert (PAD, UNK) == (0, 1)
    np.testing.assert_array_equal(vocabulary.encode(["good", "film", "xyz"], 5), [2, 3, 1, 0, 0])
    assert vocabulary.encode([], 3).dtype == np.int32


def test_long_texts_are_cut():
    vocabulary = Vocabulary.fit([["a", "b"]])
    assert vocabulary.encode(["a"] * 100, 7).tolist() == [2] * 7
    assert vocabulary.encode(["a"], 0).shape == (0,)


def test_the_order_of_texts_does_not_matter():
    lists = [["b", "a"], ["c", "a"], ["d"]]
    assert Vocabulary.fit(lists) == Vocabulary.fit(reversed(lists))
    assert Vocabulary.fit(lists).tokens[2:] == ("a", "b", "c", "d")


def test_rare_tokens_and_those_beyond_the_size_are_unknown():
    lists = [["a"] * 3 + ["b"] * 2 + ["c"]]
    assert Vocabulary.fit(lists, min_count=2).tokens[2:] == ("a", "b")
    assert len(Vocabulary.fit(lists, max_size=3)) == 3
    assert Vocabulary.fit(lists, max_size=3).encode(["a", "b"], 2).tolist() == [2, 1]


def test_the_names_of_padding_and_unknown_in_a_text_are_unknown():
    vocabulary = Vocabulary.fit([["<pad>", "<unk>", "a"]])
    assert vocabulary.tokens == ("<pad>", "<unk>", "a")
    assert vocabulary.encode(["<pad>", "<unk>"], 2).tolist() == [UNK, UNK]


def test_a_vocabulary_survives_json():
    vocabulary = Vocabulary.fit([["好看", "👩‍👩‍👧", "don't"]])
    assert Vocabulary.from_list(json.loads(json.dumps(vocabulary.to_list()))) == vocabulary


@pytest.mark.parametrize("tokens", [[], ["a"], ["<pad>", "<unk>", "a", "a"], ["<unk>", "<pad>"]])
def test_a_list_that_is_no_vocabulary_is_refused(tokens):
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary.from_list(tokens)
