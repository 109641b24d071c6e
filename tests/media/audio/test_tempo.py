import numpy as np
import pytest
import torch
import torchaudio

from mmbook.datasets.speech import Speaker, speak
from mmbook.media.audio import phase_vocoder, pitch, pitch_shift, pitch_track, stft, time_stretch
from tests.media._samples import tone

RATE = 16_000


def harmonic(frequency: float = 220.0, seconds: float = 1.0) -> np.ndarray:
    return sum(tone(seconds, k * frequency, amplitude=0.3 / k) for k in (1, 2, 3))


@pytest.fixture(scope="module")
def spoken() -> np.ndarray:
    return speak("We were away a year ago.", Speaker("en-us")).samples


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.3, 2.0])
def test_the_phase_vocoder_equals_torchaudio(rate):
    spectrogram = stft(harmonic().astype(np.float64), 512, 128)
    advance = torch.linspace(0, torch.pi * 128, 257, dtype=torch.float64)[:, None]
    expected = torchaudio.functional.phase_vocoder(torch.from_numpy(spectrogram.T.copy())[None], rate, advance)[0]
    np.testing.assert_allclose(phase_vocoder(spectrogram, rate), expected.T.numpy(), atol=1e-4)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_stretching_changes_the_length_and_not_the_pitch(rate, spoken):
    for samples in (harmonic(), spoken):
        out = time_stretch(samples, rate)
        assert out.size == round(samples.size / rate)
        assert pitch(out) == pytest.approx(pitch(samples), rel=0.03)


@pytest.mark.parametrize("semitones", [-7, -3, 4, 7, 12])
def test_shifting_changes_the_pitch_and_not_the_length(semitones, spoken):
    for samples in (harmonic(), spoken):
        out = pitch_shift(samples, semitones)
        assert out.size == samples.size
        ratio = np.nanmedian(pitch_track(out) / pitch_track(samples))
        assert ratio == pytest.approx(2 ** (semitones / 12), rel=0.02)


def test_a_rate_of_one_and_no_semitones_change_nothing(spoken):
    np.testing.assert_allclose(time_stretch(spoken, 1), spoken, atol=1e-4)
    np.testing.assert_allclose(pitch_shift(spoken, 0), spoken, atol=1e-4)


@pytest.mark.parametrize("length", [0, 1, 100, 600])
def test_a_sound_of_a_few_samples_is_no_error(length):
    samples = harmonic()[:length]
    assert time_stretch(samples, 0.5).size == 2 * length
    assert pitch_shift(samples, 3).size == length


@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf])
def test_an_impossible_rate_is_told(rate):
    with pytest.raises(ValueError, match="positive"):
        time_stretch(harmonic(), rate)


@pytest.mark.parametrize("frequency", [80, 110, 220, 311.1, 440])
def test_the_pitch_of_a_tone_is_its_frequency(frequency):
    assert pitch(tone(0.5, frequency)) == pytest.approx(frequency, rel=2e-3)
    assert pitch(harmonic(frequency, 0.5)) == pytest.approx(frequency, rel=2e-3)


def test_the_pitch_is_heard_although_the_fundamental_is_missing():
    assert pitch(tone(0.5, 400) + tone(0.5, 600) + tone(0.5, 800)) == pytest.approx(200, rel=2e-3)


def test_noise_and_silence_have_no_pitch():
    assert np.isnan(pitch(np.random.default_rng(0).normal(size=RATE)))
    assert np.isnan(pitch(np.zeros(RATE))) and np.isnan(pitch(np.zeros(0)))


def test_there_is_a_pitch_for_each_hop(spoken):
    assert pitch_track(spoken).size == 1 + spoken.size // 160
    assert pitch_track(spoken, hop_seconds=0.02).size == 1 + spoken.size // 320
