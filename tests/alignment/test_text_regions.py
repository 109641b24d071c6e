import logging
import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmbook.alignment import text_regions
from mmbook.alignment.text_regions import edit_distance, find_text, find_turned_text, pair_scores, similarity, tie_words
from mmbook.datasets.signs import draw_sign, random_lines, word_at

STRINGS = st.text("abc咖啡", max_size=7)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def f1(sign, lines):
    words = [word for line in lines for word in line.words]
    ties = tie_words(sign.words, [word.text for word in words])
    found = {(tie.word, word_at(sign, words[tie.region].centre)) for tie in ties}
    return pair_scores(found, {(n, n) for n in range(len(sign.words))})[2]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("angle", [0, 30, 90, 180, 270])
def test_every_word_is_read_and_its_place_is_right_however_the_sign_is_turned(language, angle):
    sign = draw_sign(random_lines(3, language), angle=angle)
    assert f1(sign, find_text(sign.picture)) == 1


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_short_word_is_read_at_its_place_at_every_quarter_turn(angle):
    sign = draw_sign([["出口"]], angle=angle)
    assert f1(sign, find_turned_text(sign.picture)) == 1


def test_word_boxes_lie_on_their_words_and_inside_their_line():
    sign = draw_sign(random_lines(4))
    for line in find_text(sign.picture):
        for word in line.words:
            number = word_at(sign, word.centre)
            assert sign.words[number] == word.text
            assert np.abs(word.corners.mean(0) - sign.corners[number].mean(0)).max() < 8
            assert line.corners.min() - 3 <= word.corners.min() and word.corners.max() <= line.corners.max() + 3


def test_an_empty_picture_has_no_text_and_reading_leaves_no_log(capfd):
    text_regions._reader.cache_clear()
    assert find_text(np.full((60, 200, 3), 230, np.uint8)) == []
    assert find_text(draw_sign([["coffee"]]).picture)[0].text == "coffee"
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""
    assert logging.getLogger("RapidOCR").level == logging.ERROR


def test_a_line_below_the_confidence_asked_for_is_left_out():
    sign = draw_sign([["coffee"]])
    assert find_text(sign.picture, min_confidence=1.1) == []


@given(STRINGS, STRINGS, STRINGS)
def test_edit_distance_is_a_metric(a, b, c):
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))
    assert 0 <= similarity(a, b) <= 1


def test_known_edit_distances():
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance("", "abc") == 3
    assert edit_distance("图书馆", "图书饺") == 1


@given(st.lists(st.sampled_from(["red", "rod", "blue", "the", "cat"]), max_size=6), st.integers(0, 100))
def test_ties_are_one_to_one_and_do_not_depend_on_the_order_of_what_was_read(words, seed):
    order = np.random.default_rng(seed).permutation(len(words))
    ties = tie_words(words, [words[n] for n in order])
    assert len({tie.word for tie in ties}) == len({tie.region for tie in ties}) == len(ties) == len(words)
    assert all(words[tie.word] == words[order[tie.region]] and tie.similarity == 1 for tie in ties)


def test_equal_words_are_tied_in_the_order_of_reading():
    ties = tie_words(["the", "cat", "saw", "the", "dog"], ["the", "cat", "saw", "the", "dog"])
    assert [(tie.word, tie.region) for tie in ties] == [(n, n) for n in range(5)]


def test_a_word_that_is_not_there_stays_untied_and_one_misread_letter_is_forgiven():
    assert [(tie.word, tie.region) for tie in tie_words(["coffee", "zebra"], ["coffce", "bread"])] == [(0, 0)]
    assert tie_words([], ["a"]) == [] and tie_words(["a"], []) == []


def test_pair_scores_follow_their_formula_and_conventions():
    assert pair_scores({1, 2, 3}, {2, 3, 4, 5}) == (2 / 3, 0.5, 4 / 7)
    assert pair_scores(set(), {1}) == (0, 0, 0) == pair_scores({1}, set())
    assert pair_scores(set(), set()) == (1, 1, 1)
