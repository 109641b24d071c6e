import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.alignment.captions_in_time import (
    Subtitle,
    WordOnScreen,
    edge_errors_ms,
    find_subtitles,
    words_on_screen,
)
from mmbook.datasets.signs import burn_subtitles

FPS = 12


def coded(pattern):
    """Frames whose first byte tells which text is on them."""
    frames = np.zeros((len(pattern), 4, 4, 3), np.uint8)
    frames[:, 0, 0, 0] = pattern
    return frames


TEXTS = {0: (), 1: ("good", "morning"), 2: ("street", "market"), 3: ("咖啡", "面包")}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(4, 12)), min_size=1, max_size=6), st.integers(1, 4))
def test_what_shows_for_at_least_a_step_is_found_on_exactly_its_frames(runs, step):
    pattern = [text for text, length in runs for _ in range(length)]
    found = find_subtitles(coded(pattern), step, lambda frame: TEXTS[int(frame[0, 0, 0])])
    again = [()] * len(pattern)
    for subtitle in found:
        again[subtitle.first : subtitle.last + 1] = [subtitle.words] * (subtitle.last - subtitle.first + 1)
    assert again == [TEXTS[text] for text in pattern]


def test_few_frames_are_read():
    calls = []

    def read(frame):
        calls.append(1)
        return TEXTS[int(frame[0, 0, 0])]

    find_subtitles(coded([1] * 100 + [2] * 100), 16, read)
    assert len(calls) <= 200 / 16 + 2 + 4


def test_a_misread_letter_is_no_change_and_the_commonest_reading_is_kept():
    readings = [("coffee",), ("coffce",), ("coffee",), ("coffee",)]
    found = find_subtitles(coded([0, 1, 2, 3]), 1, lambda frame: readings[int(frame[0, 0, 0])])
    assert found == [Subtitle(("coffee",), 0, 3)]


def test_a_repeated_word_gets_the_times_of_its_own_place():
    shown = [Subtitle(("the", "cat"), 0, 11), Subtitle(("the", "dog"), 12, 23)]
    found = words_on_screen(["the", "cat", "the", "dog", "zebra"], shown, FPS)
    assert [(w.start, w.end) for w in found] == [(0.0, 1.0), (0.0, 1.0), (1.0, 2.0), (1.0, 2.0), (None, None)]
    errors = edge_errors_ms(found, [("the", 0, 1), ("cat", 0.1, 1), ("the", 1, 2), ("dog", 1, 2.2), ("zebra", 0, 1)])
    assert errors.shape == (4, 2) and errors == pytest.approx(np.array([[0, 0], [-100, 0], [0, 0], [0, -200]]))


def test_words_written_on_frames_come_back_within_half_a_frame():
    frames = np.full((24, 100, 192, 3), 90, np.uint8)
    true = [("coffee shop", 0.2, 0.9), ("火车站", 1.05, 1.8)]
    found = find_subtitles(burn_subtitles(frames, true, FPS), 6)
    words = words_on_screen(["coffee", "shop", "火车站"], found, FPS)
    spans = [("coffee", 0.2, 0.9), ("shop", 0.2, 0.9), ("火车站", 1.05, 1.8)]
    assert None not in [word.start for word in words]
    assert np.abs(edge_errors_ms(words, spans)).max() <= 1000 / FPS / 2 + 1e-6


def test_frames_without_text_give_no_subtitles_and_no_frames_are_refused():
    assert find_subtitles(coded([0] * 8), 4, lambda frame: ()) == []
    assert words_on_screen(["a"], [], FPS) == [WordOnScreen("a", None, None)]
    with pytest.raises(ValueError, match="at least 1"):
        find_subtitles(coded([]), 4, lambda frame: ())
