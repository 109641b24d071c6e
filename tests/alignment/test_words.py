import numpy as np
import pytest

from mmbook.alignment import align_words, voice_features
from mmbook.datasets.speech import speak, speakers
from mmbook.seeding import rng

SENTENCES = {"en": "The soup was great, but the waiter was rude.", "zh": "服务员不友好，但是汤很好喝。"}


def spans(utterance) -> list[tuple[str, float, float]]:
    return [(word.text, word.start, word.end) for word in utterance.words]


def edges(words) -> np.ndarray:
    return np.array([[start, end] for _, start, end in words])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_word_boundaries_are_carried_to_another_voice(language):
    people = speakers(2, 3, language)
    known, other = (speak(SENTENCES[language], person, language=language) for person in people)
    found = align_words(other.samples, known.samples, spans(known))
    assert [text for text, *_ in found] == [word.text for word in other.words]
    assert np.median(np.abs(edges(found) - edges(spans(other)))) < 0.06


def test_a_voice_aligned_with_itself_keeps_its_words():
    known = speak(SENTENCES["en"])
    assert np.abs(edges(align_words(known.samples, known.samples, spans(known))) - edges(spans(known))).max() < 1e-6


def test_silence_before_the_voice_moves_all_words_alike():
    known = speak(SENTENCES["en"])
    late = np.pad(known.samples, (8000, 4000))
    found = align_words(late, known.samples, spans(known))
    assert np.median(np.abs(edges(found) - edges(spans(known)) - 0.5)) < 0.02


def test_words_come_in_order_and_inside_the_sound():
    people = speakers(2, 7, "en")
    known, other = (speak(SENTENCES["en"], person, rate=rate) for person, rate in zip(people, (0.8, 1.3), strict=True))
    times = edges(align_words(other.samples, known.samples, spans(known), radius_seconds=1.5, penalty=0.1))
    assert np.all(np.diff(times.ravel()) >= -1e-9)
    assert times.min() >= 0 and times.max() <= len(other.samples) / 16_000


def test_features_do_not_depend_on_loudness():
    samples = speak("Hello.").samples
    assert np.allclose(voice_features(samples), voice_features(0.1 * samples), atol=0.05)
    features = voice_features((0.1 * rng(0).normal(size=8000)).astype(np.float32))
    assert np.allclose(features.mean(axis=0), 0, atol=1e-9) and np.allclose(features.std(axis=0), 1)
