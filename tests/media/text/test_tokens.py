import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.media.text import characters, clean_text, tokenize


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


# --- characters ------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_characters_joined_are_the_cleaned_text(text):
    assert "".join(characters(text)) == clean_text(text)


@pytest.mark.parametrize("one", ["a", "好", "é", "x\u0331", "👩‍👩‍👧", "👍🏽", "🇫🇷", "1️⃣", "स्"])
def test_what_a_reader_counts_as_one_is_one_character(one):
    assert characters(f"b{one}c") == ["b", one, "c"]


def test_characters_keep_case_signs_and_single_spaces():
    assert characters("Ａ  b，好") == ["A", " ", "b", ",", "好"]
    assert characters("") == []
