import numpy as np
import pytest

from mmbook.media.audio import (
    estimate_noise_power,
    istft,
    log_spectral_distance,
    mix_at_snr,
    musical_tones,
    noise_power,
    rms_db,
    segmental_snr_db,
    snr_db,
    spectral_gate,
    spectral_subtraction,
    stft,
    wiener_filter,
)

RATE = 16_000
METHODS = (spectral_subtraction, wiener_filter, spectral_gate)
each = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)


def voice() -> np.ndarray:
    """Two vowels of 24 harmonics each, with silence around them."""
    time = np.arange(RATE) / RATE
    swell = np.clip(np.sin(2 * np.pi * 1.5 * time), 0, 1)
    vowel = sum(np.sin(2 * np.pi * 130 * k * time + k * k) / k for k in range(1, 25)) * swell
    quiet = np.zeros(RATE // 2)
    return (0.2 * np.concatenate([quiet, vowel, quiet])).astype(np.float32)


def white(length: int = 2 * RATE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.05, length).astype(np.float32)


@each
@pytest.mark.parametrize("noise_from", ["the noise", "a lead-in", "the quietest frames"])
@pytest.mark.parametrize("snr", [-5, 0, 10])
def test_noise_is_reduced(method, noise_from, snr):
    noisy = mix_at_snr(voice(), white(), snr)
    power = {
        "the noise": noise_power(noisy - voice()),
        "a lead-in": noise_power(noisy[: RATE // 2]),
        "the quietest frames": None,
    }[noise_from]
    restored = method(noisy, power)
    assert restored.shape == noisy.shape and restored.dtype == np.float32
    assert snr_db(voice(), restored) > snr + 3
    assert segmental_snr_db(voice(), restored) > segmental_snr_db(voice(), noisy)
    assert log_spectral_distance(voice(), restored) < log_spectral_distance(voice(), noisy)


@each
def test_nothing_is_ever_turned_up(method):
    noisy = mix_at_snr(voice(), white(), 5)
    assert rms_db(method(noisy, noise_power(white()))) <= rms_db(noisy)


@each
def test_without_noise_the_sound_is_kept(method):
    restored = method(voice(), np.full(257, 1e-15))
    assert snr_db(voice(), restored) > 40


@each
def test_noise_alone_sinks_to_the_floor_at_most(method):
    noise = white()
    for floor in (-10, -20):
        fall = rms_db(method(noise, noise_power(noise), floor_db=floor)) - rms_db(noise)
        assert floor - 0.5 < fall < -4


@each
def test_silence_stays_silent(method):
    assert not method(np.zeros(RATE, np.float32)).any()


@each
def test_a_sound_of_a_few_samples_is_no_error(method):
    for length in (1, 100, 600):
        assert method(white(length)).shape == (length,)


@each
def test_noise_power_of_the_wrong_size_is_told(method):
    with pytest.raises(ValueError, match="noise_power"):
        method(voice(), np.ones(100))


def test_subtraction_by_nothing_changes_nothing():
    noisy = mix_at_snr(voice(), white(), 0)
    np.testing.assert_allclose(spectral_subtraction(noisy, noise_power(white()), over=0), noisy, atol=1e-6)


def test_the_power_of_white_noise_is_flat_and_adds_up():
    power = noise_power(np.random.default_rng(5).normal(0, 0.1, 20 * RATE))
    assert power[1:-1].std() < 0.1 * power.mean()
    window_energy = 512 * 3 / 8
    assert power[1:-1].mean() == pytest.approx(0.01 * window_energy, rel=0.03)
    with pytest.raises(ValueError, match="no samples"):
        noise_power(np.zeros(0))


def test_the_estimate_from_pauses_is_near_and_too_low():
    noisy = mix_at_snr(voice(), white(), 0)
    estimate, truth = estimate_noise_power(noisy), noise_power(noisy - voice())
    assert 0.5 < estimate.mean() / truth.mean() < 1
    for share in (0, 1.5, -1):
        with pytest.raises(ValueError, match="share"):
            estimate_noise_power(noisy, share)


def test_no_gain_of_a_filter_beats_the_one_that_knows_speech_and_noise():
    noisy = mix_at_snr(voice(), white(), 0)
    speech, noise = (np.abs(stft(s.astype(float), 512, 128)) ** 2 for s in (voice(), noisy - voice()))
    ideal = istft(speech / (speech + noise + 1e-20) * stft(noisy.astype(float), 512, 128), noisy.size, 512, 128)
    for method in METHODS:
        assert snr_db(voice(), ideal) > snr_db(voice(), method(noisy, noise_power(noisy - voice())))


# --- measures --------------------------------------------------------------------------------------------------------


def test_segmental_ratio_weighs_quiet_frames_like_loud_ones():
    clean = np.concatenate([white(8_192), 0.1 * white(8_192)])
    noisy = clean + 0.02 * np.concatenate([np.zeros(8_192, np.float32), white(8_192, 1)])
    assert snr_db(clean, noisy) > segmental_snr_db(clean, noisy)
    assert segmental_snr_db(clean, clean) == 35
    assert segmental_snr_db(clean, -9 * clean) == -10
    assert np.isnan(segmental_snr_db(np.zeros(1_000), white(1_000)))


def test_log_spectral_distance_of_a_gain_is_that_gain():
    noise = white()
    assert log_spectral_distance(noise, noise) == 0
    assert log_spectral_distance(noise, 2 * noise) == pytest.approx(20 * np.log10(2), abs=0.05)


def test_subtraction_makes_tones_of_noise_and_smoothing_prevents_them():
    noise = white(3 * RATE)
    power = noise_power(noise)
    assert musical_tones(noise) < 1
    assert musical_tones(spectral_subtraction(noise, power)) > 50
    assert musical_tones(wiener_filter(noise, power)) < 0.4 * musical_tones(spectral_subtraction(noise, power))
    assert musical_tones(spectral_subtraction(noise, power, floor_db=-10)) < musical_tones(
        spectral_subtraction(noise, power)
    )
    assert musical_tones(np.zeros(RATE)) == 0
