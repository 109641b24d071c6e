import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from mmbook.media.text import is_negation, mark_negation, remove_stop_words, stop_words, tokenize
from mmbook.media.text.stop_words import CHINESE, CONTENT, CONTRASTS, DEGREES, NEGATIONS


@pytest.mark.parametrize(
    "text",
    ["The soup was not bad.", "I never liked it", "It wasn't good", "Nobody laughed", "这部电影不好看", "房间没有窗户"],
)
def test_negations_stay_by_default(text):
    kept = remove_stop_words(tokenize(text))
    assert any(map(is_negation, kept))


@pytest.mark.parametrize(
    "one, other",
    [
        ("The soup was not bad.", "The soup was bad."),
        ("It wasn't a good film", "It was a good film"),
        ("这道汤不好喝", "这道汤好喝"),
        ("我没有喜欢过", "我喜欢过"),
    ],
)
def test_usual_lists_make_opposites_the_same_and_ours_does_not(one, other):
    usual = stop_words(keep_negations=False)
    assert remove_stop_words(tokenize(one), usual) == remove_stop_words(tokenize(other), usual)
    assert remove_stop_words(tokenize(one)) != remove_stop_words(tokenize(other))


def test_both_languages_lose_their_particles():
    assert remove_stop_words(tokenize("The cat is on the table")) == ["cat", "table"]
    assert remove_stop_words(tokenize("他的书在桌子上了")) == ["书", "桌子"]


def test_each_kind_is_kept_or_dropped_alone():
    everything = stop_words(False, False, False)
    for kinds, kept in (((True, False, False), NEGATIONS), ((False, True, False), DEGREES)):
        assert everything - stop_words(*kinds) == everything & kept
    assert {"but", "但", "但是"} <= stop_words(keep_contrasts=False) - stop_words()
    assert everything >= {"not", "very", "but", "不", "很", "但", "的", "了", "the"}
    assert not stop_words() & (NEGATIONS | DEGREES | CONTRASTS)


def test_words_with_a_meaning_are_not_on_our_list_although_they_are_on_the_source_list():
    assert {"cry", "fire", "serious", "sincere"} <= ENGLISH_STOP_WORDS & CONTENT
    assert not stop_words() & CONTENT
    assert stop_words() - CHINESE <= ENGLISH_STOP_WORDS


def test_every_chinese_word_of_our_lists_is_one_token():
    """A list whose words the tokenizer never gives does nothing."""
    single = [word for word in CHINESE if tokenize(word) != [word]]
    assert not single


def test_a_word_after_a_negation_is_another_word():
    assert mark_negation("The soup was not good.") == ["the", "soup", "was", "not", "not_good"]
    assert mark_negation("这部电影不好看") == ["这部", "电影", "不", "not_好看"]


def test_marking_ends_with_the_clause():
    assert mark_negation("Not good, but the view was great")[-1] == "great"
    assert mark_negation("汤不好喝，服务员很热情")[-1] == "热情"
    assert mark_negation("不好喝但便宜")[-1] == "便宜"


def test_a_word_that_holds_a_negation_or_a_contrast_is_left_alone():
    assert mark_negation("不但好看") == ["不但", "好看"]
    assert mark_negation("不喜欢但愿好") == ["不", "not_喜欢", "not_但愿", "not_好"]


def test_two_negations_cancel():
    assert mark_negation("I would not say it was not good")[-1] == "good"


@pytest.mark.parametrize(
    "text",
    [
        "A plain sentence, nothing else than words.",
        "没有意思！不，不是。",
        "It got 3.5 of 10, not 9.",
        "",
        "Good, but not great but ok. 不但好看，但愿好听但贵",
    ],
)
def test_marking_adds_and_loses_no_token(text):
    assert [token.removeprefix("not_") for token in mark_negation(text)] == tokenize(text)
