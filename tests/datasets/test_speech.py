import hashlib
import itertools
import math
import multiprocessing
import time

import numpy as np
import pytest

from mmbook.datasets import speech
from mmbook.datasets.speech import LIMITS, Speaker, speak, speakers, voices
from mmbook.errors import UserError

SENTENCE = "The porter was delightful, shame about the waiter."


def fundamental(samples, rate=16_000, window=800):
    """The median fundamental frequency in hertz of the voiced parts, and the spread of its octaves."""
    lowest, highest, pitches = rate // 60, rate // 500, []
    for start in range(0, len(samples) - 2 * window, 320):
        block = samples[start : start + 2 * window] - samples[start : start + 2 * window].mean()
        energy = np.convolve(block**2, np.ones(window), "valid")[:window]
        correlation = np.correlate(block, block[:window], "valid")[:window] / np.sqrt(energy * energy[0] + 1e-9)
        part = correlation[highest:lowest]
        if energy[0] > window * 1e-3 and part.max() > 0.6:
            first = np.flatnonzero(part > 0.9 * part.max())[0]  # the shortest of the periods that fit, not a multiple
            peak = first + np.argmax(part[first : first + 20])
            pitches.append(rate / (highest + peak))
    return np.median(pitches), np.std(np.log2(pitches))


def digest(text=SENTENCE):
    return hashlib.sha256(speak(text, Speaker("en-us+Alicia")).samples.tobytes()).hexdigest()


def spans_are_ordered(utterance):
    seconds = len(utterance.samples) / utterance.sample_rate
    for spans in (utterance.words, utterance.phonemes):
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert all(span.start < span.end for span in spans)
        assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= seconds + 1e-3
    return True


def test_speech_is_16_khz_mono_float_and_audible():
    utterance = speak(SENTENCE)
    assert utterance.sample_rate == 16_000
    assert utterance.samples.dtype == np.float32 and utterance.samples.ndim == 1
    assert 1.5 < len(utterance.samples) / 16_000 < 4
    assert utterance.samples.std() > 0.02 and np.abs(utterance.samples).max() <= 1


def test_word_spans_carry_the_words_of_the_text():
    text = "It's one of the best films, I don't recall 25 well-made ones. Ça va — 😀 great!"
    utterance = speak(text)
    expected = "It's one of the best films I don't recall 25 well-made ones Ça va 😀 great"
    assert " ".join(word.text for word in utterance.words) == expected
    assert spans_are_ordered(utterance)


def test_mandarin_is_timed_character_by_character():
    utterance = speak("这部电影非常好看，我们都喜欢。", language="zh")
    assert "".join(word.text for word in utterance.words) == "这部电影非常好看我们都喜欢"
    assert all(len(word.text) == 1 for word in utterance.words)
    assert spans_are_ordered(utterance)


def test_phonemes_fill_their_words():
    utterance = speak("Bad food.")
    assert [phoneme.text.strip("ˈˌ") for phoneme in utterance.phonemes] == ["b", "æ", "d", "f", "uː", "d"]
    for word, expected in zip(utterance.words, (3, 3), strict=True):
        inside = [p for p in utterance.phonemes if word.start - 1e-9 <= p.start < word.end - 1e-9]
        assert len(inside) == expected


def test_words_are_heard_inside_their_spans():
    utterance = speak("Good, terrible.")
    power = utterance.samples**2
    inside = sum(power[int(word.start * 16_000) : int(word.end * 16_000)].sum() for word in utterance.words)
    assert inside > 0.97 * power.sum()


def test_the_same_words_sound_the_same_whatever_was_spoken_before():
    first = speak(SENTENCE, Speaker("en-us+f2"))
    speak("Something else entirely, 42 things!", Speaker("en-gb-scotland+Andy", pitch=80, rate=320), volume=2.0)
    speak("完全不同的话", language="zh", pitch_range=0.2)
    time.sleep(1.1)  # left alone, espeak-ng seeds its noise with the second of the clock
    again = speak(SENTENCE, Speaker("en-us+f2"))
    assert np.array_equal(first.samples, again.samples)
    assert first.words == again.words and first.phonemes == again.phonemes


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_voice_speaks_and_repeats_itself(language):
    text = {"en": "Quite good.", "zh": "很好"}[language]
    sounds = {}
    for voice in voices(language):
        samples = speak(text, Speaker(voice), language=language).samples
        assert np.array_equal(samples, speak(text, Speaker(voice), language=language).samples), voice
        assert samples.std() > 0.01
        sounds[voice] = samples.tobytes()
    assert len(set(sounds.values())) == len(voices(language))


def test_a_spawned_process_speaks_the_same():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(digest) == digest()


@pytest.mark.parametrize("voice", ["en-us+f2", "en-gb-x-rp+travis", "en-us-nyc+aunty"])
def test_pitch_scales_the_fundamental_frequency(voice):
    own, _ = fundamental(speak(SENTENCE, Speaker(voice)).samples)
    higher, _ = fundamental(speak(SENTENCE, Speaker(voice), pitch=1.4).samples)
    lower, _ = fundamental(speak(SENTENCE, Speaker(voice), pitch=0.75).samples)
    assert higher / own == pytest.approx(1.4, rel=0.1)
    assert lower / own == pytest.approx(0.75, rel=0.1)


def test_pitch_range_scales_the_excursions_of_the_pitch():
    spreads = [fundamental(speak(SENTENCE, Speaker("en-us+f1"), pitch_range=r).samples)[1] for r in (0.3, 1.0, 1.8)]
    assert spreads == sorted(spreads) and spreads[2] > 2 * spreads[0]


def test_rate_divides_the_duration():
    own, faster, slower = (len(speak(SENTENCE, rate=rate).samples) for rate in (1.0, 1.3, 0.8))
    assert faster / own == pytest.approx(1 / 1.3, rel=0.1)
    assert slower / own == pytest.approx(1 / 0.8, rel=0.1)


def test_volume_scales_the_amplitude_and_zero_is_silence():
    own, louder, softer, silent = (speak(SENTENCE, volume=volume).samples for volume in (1.0, 1.5, 0.5, 0.0))
    assert louder.std() / own.std() == pytest.approx(1.5, rel=0.15)
    assert softer.std() / own.std() == pytest.approx(0.5, rel=0.15)
    assert len(silent) == len(own) and np.abs(silent).max() < 1e-3


def test_prosody_is_clipped_to_the_limits():
    highest = Speaker(pitch=LIMITS["pitch"][1], rate=LIMITS["rate"][1], pitch_range=99, volume=60)
    extreme = speak("Quite good.", highest, pitch=50.0, rate=50.0)
    assert np.array_equal(extreme.samples, speak("Quite good.", highest).samples)


def test_speakers_differ_and_a_shorter_list_begins_a_longer_one():
    many = speakers(400, seed=1)
    assert len(set(many)) == 400
    assert speakers(30, seed=1) == many[:30] != speakers(30, seed=2)
    assert len({speaker.voice for speaker in speakers(60)}) == 60
    assert len({speaker.voice for speaker in speakers(16, language="zh")}) == 16


def test_speakers_of_one_voice_differ_in_pitch_or_rate():
    for voice, group in itertools.groupby(sorted(speakers(400), key=lambda s: s.voice), key=lambda s: s.voice):
        registers = [(speaker.pitch, speaker.rate) for speaker in group]
        assert len(set(registers)) == len(registers), voice


def test_speakers_are_about_equally_loud():
    levels = [20 * math.log10(speak(SENTENCE, speaker).samples.std()) for speaker in speakers(40)]
    assert max(levels) - min(levels) < 5
    assert np.mean(levels) == pytest.approx(-26, abs=1.5)


def test_a_speaker_keeps_the_variant_in_the_other_language():
    english = speak("很好", Speaker("en-gb-scotland+f2"), language="zh")
    assert np.array_equal(english.samples, speak("很好", Speaker("cmn+f2"), language="zh").samples)


@pytest.mark.parametrize("text", ["", "  \n\t", "\0"])
def test_empty_text_is_refused(text):
    with pytest.raises(UserError, match="text to speak is empty"):
        speak(text)


@pytest.mark.parametrize(
    "text", ["!!!", "…", "👍", "שלום", "[[hello]]", "<b>bold</b> & more", "a\0b", "\ud800 lone", "x" * 300]
)
def test_unusual_text_is_spoken(text):
    utterance = speak(text)
    assert len(utterance.samples) > 0
    assert all(word.text in text for word in utterance.words)


def test_long_text_keeps_its_timings():
    text = "The plot was good, but much too long. " * 100
    utterance = speak(text, rate=2.0)
    assert [word.text for word in utterance.words] == text.replace(",", "").replace(".", "").split()
    assert spans_are_ordered(utterance)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"speaker": Speaker("nosuch")}, "voice 'nosuch' is not known"),
        ({"speaker": Speaker("en-us+nosuch")}, "voice 'en-us\\+nosuch' is not known"),
        ({"language": "tlh"}, "language 'tlh' is not known: choose one of en, zh"),
        ({"pitch": 0.0}, "pitch=0.0: give a positive number"),
        ({"rate": -1.0}, "rate=-1.0"),
        ({"volume": math.nan}, "volume=nan"),
    ],
)
def test_a_wrong_argument_gets_one_line(arguments, message):
    with pytest.raises(UserError, match=message):
        speak("Quite good.", **arguments)


def test_too_many_speakers_are_refused():
    with pytest.raises(UserError, match="100000 speakers: choose 0 to 936"):
        speakers(100_000)


def test_a_missing_synthesiser_says_what_to_install(monkeypatch):
    monkeypatch.setattr(speech.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(speech.ctypes.util, "find_library", lambda name: None)
    with pytest.raises(UserError, match="pip install espeakng-loader"):
        speak("Quite good.")


def test_the_systems_library_is_used_where_the_wheel_is_missing(monkeypatch):
    library, data = speech.espeak_library()
    expected = speak("Quite good.").samples
    monkeypatch.setattr(speech.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(speech.ctypes.util, "find_library", lambda name: str(library))
    monkeypatch.setenv("ESPEAK_DATA_PATH", str(data))
    assert np.array_equal(speak("Quite good.").samples, expected)


def test_a_library_that_cannot_be_loaded_is_named(monkeypatch, tmp_path):
    broken = tmp_path / "libespeak-ng.so"
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(speech, "espeak_library", lambda: (broken, None))
    with pytest.raises(UserError, match=r"libespeak-ng\.so: espeak-ng cannot be loaded"):
        speak("Quite good.")


def test_voices_that_cannot_be_read_are_reported(monkeypatch, tmp_path):
    library, _ = speech.espeak_library()
    monkeypatch.setattr(speech, "espeak_library", lambda: (library, tmp_path / "missing"))
    with pytest.raises(UserError, match="missing: espeak-ng cannot read its voices"):
        speak("Quite good.")
