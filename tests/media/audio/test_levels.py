import numpy as np
import pytest
import torch
import torchaudio
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.media.audio import apply_gain, loudness, mix_at_snr, rms_db, set_loudness, snr_db, trim_silence
from tests.media._samples import tone


def noise(seconds: float = 2.0, level: float = 0.1, rate: int = 16_000) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, round(seconds * rate)).astype(np.float32)


# --- level and loudness ----------------------------------------------------------------------------------------------


def test_a_full_scale_sine_is_three_decibels_below_full_scale():
    assert rms_db(tone(1, 440, amplitude=1.0)) == pytest.approx(-3.01, abs=0.01)
    assert rms_db(np.ones(10)) == 0
    assert rms_db(np.zeros(10)) == rms_db(np.zeros(0)) == -120


@settings(max_examples=25, deadline=None)
@given(st.floats(-40, 20))
def test_a_gain_moves_level_and_loudness_by_as_many_decibels(gain):
    assert rms_db(apply_gain(noise(), gain)) - rms_db(noise()) == pytest.approx(gain, abs=1e-3)
    assert loudness(apply_gain(noise(), gain)) - loudness(noise()) == pytest.approx(gain, abs=1e-3)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_loudness_equals_torchaudio(rate):
    swelling = noise(3, rate=rate) * np.linspace(0, 1, 3 * rate, dtype=np.float32) ** 4
    for samples in (noise(rate=rate), swelling, tone(1, 100, rate), tone(1, 3_000, rate)):
        samples = samples.astype(np.float64)
        expected = torchaudio.functional.loudness(torch.from_numpy(samples)[None], rate).item()
        assert loudness(samples, rate) == pytest.approx(expected, abs=1e-4)


def test_a_full_scale_sine_at_997_hertz_has_the_loudness_that_the_standard_states():
    assert loudness(tone(3, 997, 48_000, 1.0), 48_000) == pytest.approx(-3.01, abs=0.1)


def test_the_ear_hears_a_low_tone_less():
    assert loudness(tone(1, 50)) < loudness(tone(1, 1_000)) < loudness(tone(1, 4_000)) - 2
    assert rms_db(tone(1, 50)) == pytest.approx(rms_db(tone(1, 4_000)), abs=0.01)


def test_pauses_do_not_count_for_loudness():
    paused = np.concatenate([noise(), np.zeros(64_000, np.float32)])
    assert loudness(paused) == pytest.approx(loudness(noise()), abs=0.6)
    assert rms_db(paused) == pytest.approx(rms_db(noise()) - 10 * np.log10(3), abs=0.01)


def test_silence_and_nothing_have_the_lowest_loudness():
    assert loudness(np.zeros(16_000)) == loudness(np.zeros(0)) == loudness(1e-7 * noise()) == -120
    assert np.isfinite(loudness(noise(0.1)))


@settings(max_examples=15, deadline=None)
@given(st.floats(-40, -14))
def test_set_loudness_reaches_its_target_or_a_peak_of_one(target):
    out = set_loudness(noise(), target)
    assert loudness(out) == pytest.approx(target, abs=1e-3) or np.abs(out).max() == pytest.approx(1)
    assert np.abs(out).max() <= 1
    assert np.corrcoef(out, noise())[0, 1] == pytest.approx(1)


def test_silence_is_not_made_loud():
    np.testing.assert_array_equal(set_loudness(np.zeros(1_000)), np.zeros(1_000))


@settings(max_examples=25, deadline=None)
@given(st.floats(-30, 60))
def test_the_ratio_of_a_mixture_is_the_one_asked_for(ratio):
    assert snr_db(tone(1).astype(np.float64), mix_at_snr(tone(1), noise(), ratio)) == pytest.approx(ratio, abs=0.1)


def test_equal_sounds_have_an_infinite_ratio_and_half_the_sound_six_decibels():
    assert snr_db(tone(), tone()) == np.inf
    assert snr_db(tone(), tone() / 2) == pytest.approx(20 * np.log10(2), abs=1e-4)


# --- trimming and mixing ---------------------------------------------------------------------------------------------


def test_silence_at_both_ends_is_trimmed():
    quiet = np.zeros(8_000, np.float32)
    out = trim_silence(np.concatenate([quiet, tone(), quiet]), 16_000)
    assert abs(out.size - 16_000) <= 2 * 320
    assert np.abs(out).sum() == pytest.approx(np.abs(tone()).sum(), rel=1e-3)


def test_silence_in_the_middle_is_kept():
    samples = np.concatenate([tone(), np.zeros(8_000, np.float32), tone()])
    np.testing.assert_array_equal(trim_silence(samples, 16_000), samples)


def test_a_silent_clip_comes_back_whole():
    assert trim_silence(np.zeros(500, np.float32), 16_000).size == 500
    assert trim_silence(np.zeros(0, np.float32), 16_000).size == 0


@settings(max_examples=20, deadline=None)
@given(snr=st.floats(-30, 30), length=st.integers(10, 40_000))
def test_the_mixture_has_the_ratio_asked_for(snr, length):
    noise = np.random.default_rng(length).normal(0, 0.3, length).astype(np.float32)
    added = mix_at_snr(tone(), noise, snr).astype(np.float64) - tone()
    assert 10 * np.log10(np.mean(tone().astype(np.float64) ** 2) / np.mean(added**2)) == pytest.approx(snr, abs=0.05)


def test_silent_noise_and_a_silent_signal_are_left_alone():
    np.testing.assert_array_equal(mix_at_snr(tone(), np.zeros(10, np.float32), 0), tone())
    np.testing.assert_array_equal(mix_at_snr(np.zeros(100, np.float32), tone(), 0), np.zeros(100))
    with pytest.raises(ValueError, match="no samples"):
        mix_at_snr(tone(), np.zeros(0, np.float32), 0)
