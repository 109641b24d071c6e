import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.datasets.speech import Speaker, speak
from mmbook.media.audio import (
    Segment,
    energy_segments,
    fixed_windows,
    frames_to_segments,
    mix_at_snr,
    segments_to_frames,
    speech_probability,
    speech_segments,
)
from tests.media._samples import tone

RATE = 16_000


@pytest.fixture(scope="module")
def recording() -> tuple[np.ndarray, list[Segment]]:
    """Two sentences with a second of silence before, between and after them, and when each word is spoken."""
    parts, words, at = [np.zeros(RATE, np.float32)], [], 1.0
    for text in ("The museum closes at five.", "We walked home along the river."):
        spoken = speak(text, Speaker("en-us"))
        words += [Segment(at + word.start, at + word.end) for word in spoken.words]
        parts += [spoken.samples, np.zeros(RATE, np.float32)]
        at += spoken.samples.size / RATE + 1
    return np.concatenate(parts), words


def f1(found: list[Segment], words: list[Segment], seconds: float) -> float:
    frames = int(seconds / 0.01)
    got, truth = segments_to_frames(found, frames, 0.01), segments_to_frames(words, frames, 0.01)
    return 2 * (got & truth).sum() / (got.sum() + truth.sum())


@settings(max_examples=50, deadline=None)
@given(
    seconds=st.floats(0.1, 100),
    length=st.floats(0.5, 10),
    share=st.sampled_from([0, 0.25, 0.5]),
)
def test_fixed_windows_cover_everything_once_more_where_they_overlap(seconds, length, share):
    windows = fixed_windows(seconds, length, share * length)
    assert windows[0].start == 0 and windows[-1].end >= seconds - 1e-6
    assert len(windows) == 1 or windows[-2].end < seconds + 1e-6
    for before, after in itertools.pairwise(windows):
        assert before.end - after.start == pytest.approx(share * length, abs=1e-6)
    assert all(window.end - window.start == pytest.approx(length) for window in windows)


@pytest.mark.parametrize("overlap", [-0.1, 1.0, 2.0])
def test_an_impossible_overlap_is_told(overlap):
    with pytest.raises(ValueError, match="overlap"):
        fixed_windows(10, 1, overlap)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_segments_and_frames_say_the_same(active):
    active = np.array(active, bool)
    segments = frames_to_segments(active, 0.02, 0, 0)
    np.testing.assert_array_equal(segments_to_frames(segments, active.size, 0.02), active)


def test_short_gaps_are_closed_and_short_pieces_dropped():
    active = np.array([1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0], bool)
    assert frames_to_segments(active, 0.1, 0.2, 0.2) == [Segment(0.0, 0.5)]
    assert len(frames_to_segments(active, 0.1, 0, 0)) == 3


def test_energy_finds_tones_between_silences():
    quiet = np.zeros(RATE // 2, np.float32)
    samples = np.concatenate([quiet, tone(1), quiet, 0.5 * tone(0.5), quiet])
    found = energy_segments(samples)
    np.testing.assert_allclose([(s.start, s.end) for s in found], [(0.5, 1.5), (2.0, 2.5)], atol=0.021)
    assert energy_segments(np.zeros(RATE)) == energy_segments(np.zeros(0)) == []


@settings(max_examples=10, deadline=None)
@given(st.floats(0.01, 1))
def test_segments_by_energy_do_not_depend_on_loudness(gain):
    samples = np.concatenate([np.zeros(RATE, np.float32), tone(1), np.zeros(RATE, np.float32)])
    assert energy_segments(samples * np.float32(gain)) == energy_segments(samples)


def test_all_methods_find_speech_in_quiet(recording):
    samples, words = recording
    seconds = samples.size / RATE
    for found in (energy_segments(samples), speech_segments(samples)):
        assert f1(found, words, seconds) > 0.9
    assert f1(fixed_windows(seconds, 1), words, seconds) < 0.8


def test_in_noise_the_trained_detector_finds_speech_and_energy_takes_all(recording):
    samples, words = recording
    seconds = samples.size / RATE
    noisy = mix_at_snr(samples, np.random.default_rng(0).normal(size=samples.size), 5)
    assert f1(speech_segments(noisy), words, seconds) > 0.8
    assert len(energy_segments(noisy)) == 1
    assert f1(energy_segments(noisy, above_noise_db=3), words, seconds) > f1(energy_segments(noisy), words, seconds)


def test_the_detector_gives_the_same_as_its_own_package(recording):
    silero_vad = pytest.importorskip("silero_vad")
    for samples in (recording[0], recording[0][:700]):
        expected = silero_vad.load_silero_vad(onnx=True).audio_forward(torch.from_numpy(samples)[None], RATE)
        np.testing.assert_allclose(speech_probability(samples), expected[0].numpy(), atol=1e-4)


def test_the_detector_answers_once_in_512_samples_and_forgets_between_calls(recording):
    samples = recording[0][:20_000]
    first = speech_probability(samples)
    assert first.size == -(-20_000 // 512) and ((first >= 0) & (first <= 1)).all()
    np.testing.assert_array_equal(speech_probability(samples), first)
    assert speech_probability(np.zeros(0)).size == 0 and speech_segments(np.zeros(0)) == []


def test_the_detector_takes_silence_and_hum_for_no_speech():
    assert speech_segments(np.zeros(2 * RATE)) == []
    assert speech_segments(tone(2, 100)) == []


def test_importing_sound_loads_neither_torch_nor_onnxruntime():
    code = "import sys, mmbook.media.audio; print('torch' in sys.modules, 'onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
