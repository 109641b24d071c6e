import json
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.errors import MediaError
from mmbook.media.text import PAD, UNK, Vocabulary, clean_text, read_text, tokenize


def write(tmp_path, data: bytes, name: str = "我的 文本.txt"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def assert_one_line_naming(error, path):
    message = str(error.value)
    assert path.name in message
    assert "\n" not in message
    assert ";" in message


@pytest.mark.parametrize("text", ["", " \n\t ", "plain", "两部电影", "שלום عليكم", "👩‍👩‍👧 ok", "a\r\nb"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_comes_back_as_written(tmp_path, text, encoding):
    assert read_text(write(tmp_path, text.encode(encoding))) == text


@pytest.mark.parametrize(
    "data", ["这部电影很好看".encode("gbk"), b"caf\xe9 au lait", b"ok \xff\xfe", b"\xff\xfea", b"\x80"]
)
def test_undecodable_bytes_name_the_file_and_the_remedy(tmp_path, data):
    path = write(tmp_path, data)
    with pytest.raises(MediaError, match="UTF-8") as error:
        read_text(path)
    assert_one_line_naming(error, path)


@pytest.mark.parametrize("data", [b"a\0b", bytes(100), "no mark".encode("utf-16-le")])
def test_nul_characters_are_not_text(tmp_path, data):
    path = write(tmp_path, data)
    with pytest.raises(MediaError, match="NUL") as error:
        read_text(path)
    assert_one_line_naming(error, path)


def test_a_megabyte_is_read_and_more_than_the_limit_is_not(tmp_path):
    path = write(tmp_path, b"good " * 200_000)
    assert len(read_text(path)) == 1_000_000
    with pytest.raises(MediaError, match="longer than the limit") as error:
        read_text(path, max_bytes=999_999)
    assert_one_line_naming(error, path)


def test_missing_file_and_folder_are_told_apart(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    for name, what in (("missing.txt", "no such file"), ("folder.txt", "folder")):
        with pytest.raises(MediaError, match=what) as error:
            read_text(tmp_path / name)
        assert_one_line_naming(error, tmp_path / name)


# --- cleaning --------------------------------------------------------------------------------------------------------


def test_white_space_is_collapsed_and_controls_are_removed():
    assert clean_text("  a\t\tb\n\nc\u3000d\xa0e  ") == "a b c d e"
    assert clean_text("a\x07b\x1b[0mc\ufeff\u200bd\u00ade\ud800") == "ab[0mcde"
    assert clean_text("\u202eabc\u202c \u200fשלום") == "abc שלום"
    assert clean_text("") == clean_text(" \n\u200b ") == ""


def test_full_width_letters_become_ordinary_ones():
    assert clean_text("ＧＯＯＤ　ｆｉｌｍ！") == "GOOD film!"


def test_composed_and_decomposed_accents_are_the_same():
    assert clean_text("cafe\u0301") == clean_text("café") == "café"


def test_emoji_survive_cleaning():
    for emoji in ("👩‍👩‍👧", "👍🏽", "❤️", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"):
        assert clean_text(f" {emoji} ") == emoji


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean_text(clean_text(text)) == clean_text(text)


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_words_are_lower_cased_and_punctuation_is_dropped():
    assert tokenize("The Film, was: GREAT!!! (really)") == ["the", "film", "was", "great", "really"]


@pytest.mark.parametrize("apostrophe", ["'", "’", "‘", "ʼ", "＇", "`"])
def test_contractions_stay_whole(apostrophe):
    text = "I don't think it wasn't John's; can't 'quote' it".replace("'", apostrophe)
    assert tokenize(text) == ["i", "don't", "think", "it", "wasn't", "john's", "can't", "quote", "it"]


def test_negations_are_kept():
    assert tokenize("not bad at all, no, never") == ["not", "bad", "at", "all", "no", "never"]
    tokens = tokenize("不好看，没意思")
    assert any("不" in t for t in tokens) and any("没" in t for t in tokens)


def test_chinese_is_cut_into_words():
    tokens = tokenize("这部电影真好看")
    assert "电影" in tokens and "好看" in tokens
    assert "".join(tokens) == "这部电影真好看"


def test_both_languages_in_one_call():
    tokens = tokenize("我很喜欢这部movie，really好看！")
    assert "喜欢" in tokens and "movie" in tokens and "really" in tokens and "好看" in tokens


@pytest.mark.parametrize("emoji", ["😀", "👩‍👩‍👧", "👍🏽", "❤️", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "☹", "🧑🏽‍🚀", "⭐", "💔"])
def test_an_emoji_is_one_token_wherever_it_stands(emoji):
    assert tokenize(emoji) == [emoji]
    assert tokenize(f"good{emoji}好看{emoji}{emoji} x") == ["good", emoji, *tokenize("好看"), emoji, emoji, "x"]


def test_numbers_stay_whole():
    assert tokenize("3.5 of 10, 1,000 times in 2024; 4k 3d") == [
        "3.5",
        "of",
        "10",
        "1,000",
        "times",
        "in",
        "2024",
        "4k",
        "3d",
    ]


def test_other_scripts_keep_their_words():
    assert tokenize("שלום לכולם") == ["שלום", "לכולם"]
    assert tokenize("مَرحبا بالعالم") == ["مَرحبا", "بالعالم"]
    assert tokenize("Привет, мир") == ["привет", "мир"]
    assert tokenize("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]
    assert tokenize("안녕 세계") == ["안녕", "세계"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "...!?", "\u200b\u200d", "\u200c", "\u0301", "'''", "---"])
def test_nothing_to_read_gives_no_tokens(text):
    assert tokenize(text) == []


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_every_token_can_be_seen_and_english_ones_are_stable(text):
    tokens = tokenize(text)
    assert all(any(not unicodedata.category(c).startswith(("M", "C", "Z")) for c in token) for token in tokens)
    assert tokenize(" ".join(tokens)) == tokens or not text.isascii()


@pytest.mark.parametrize(
    "piece",
    [
        "good film ",
        "这部电影真好看，",
        "👩‍👩‍👧",
        "a",
        "好",
        "'",
        "a'",
        "1,",
        "e\u0301",
        "\u0301",
        "\u0316\u0301",
        "\u05b0\u0591",
        "\uff9e\u0316",
        "ﷺ",
        "\0 ",
    ],
)
@pytest.mark.timeout(30)
def test_a_megabyte_of_anything_is_tokenised(piece):
    text = piece * (1_000_000 // len(piece.encode()))
    assert isinstance(tokenize(text), list)
    assert len(clean_text(text)) <= 18 * len(text)


def test_loading_the_chinese_dictionary_prints_nothing():
    code = "from mmbook.media.text import tokenize; print(len(tokenize('这部电影')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert int(done.stdout) >= 2


def test_english_alone_does_not_load_the_chinese_dictionary():
    code = "import sys; from mmbook.media.text import tokenize; tokenize(\"I don't\"); print('jieba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- vocabulary ------------------------------------------------------------------------------------------------------


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
