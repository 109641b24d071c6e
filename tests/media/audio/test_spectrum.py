import numpy as np
import pytest
import torch
import torchaudio
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.media.audio import (
    hann,
    hz_to_mel,
    istft,
    log_mel,
    mel_filters,
    mel_spectrogram,
    mel_to_hz,
    mfcc,
    power_to_db,
    spectrum,
    stft,
)
from tests.media._samples import tone

RATE = 16_000
SIZES = [(400, 160, None), (400, 160, 512), (512, 128, None), (320, 80, 1024)]


def chirp(seconds: float = 1.0) -> np.ndarray:
    """A tone that rises, with a little noise, in double precision."""
    time = np.arange(round(seconds * RATE)) / RATE
    return 0.4 * np.sin(2 * np.pi * (200 * time + 1500 * time**2)) + np.random.default_rng(0).normal(0, 0.01, time.size)


# --- spectrum --------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(cycles=st.integers(1, 240), amplitude=st.floats(0.01, 2), length=st.sampled_from([500, 501, 512]))
def test_a_sine_that_fits_has_its_amplitude_at_its_frequency(cycles, amplitude, length):
    samples = amplitude * np.sin(2 * np.pi * cycles * np.arange(length) / length)
    for window in (None, np.ones(length)):
        frequencies, heights = spectrum(samples, RATE, window)
        assert heights.argmax() == cycles
        assert heights[cycles] == pytest.approx(amplitude, rel=1e-9)
        assert frequencies[cycles] == pytest.approx(cycles * RATE / length)


def test_a_constant_has_its_value_at_zero_hertz():
    assert spectrum(np.full(100, 0.3))[1][0] == pytest.approx(0.3)
    assert spectrum(np.tile([0.3, -0.3], 50))[1][-1] == pytest.approx(0.3)


def test_without_window_the_power_of_the_sines_is_the_power_of_the_samples():
    samples = np.random.default_rng(1).normal(size=1001)
    heights = spectrum(samples, RATE, np.ones(1001))[1]
    assert heights[0] ** 2 + 0.5 * (heights[1:] ** 2).sum() == pytest.approx(np.mean(samples**2))


def test_a_window_keeps_a_tone_between_two_frequencies_together():
    samples = np.sin(2 * np.pi * 50.5 * np.arange(1000) / 1000)
    far = slice(100, None)
    assert spectrum(samples)[1][far].max() < 1e-2 * spectrum(samples, RATE, np.ones(1000))[1][far].max()


def test_an_empty_sound_has_no_spectrum():
    with pytest.raises(ValueError, match="empty"):
        spectrum(np.zeros(0))


# --- STFT and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("window", "hop", "size"), SIZES)
@pytest.mark.parametrize("length", [1, 399, 5_000])
def test_stft_equals_torch(window, hop, size, length):
    samples = chirp()[:length]
    options = {"center": True, "pad_mode": "constant", "return_complex": True}
    shape = torch.hann_window(window, dtype=torch.float64)
    expected = torch.stft(torch.from_numpy(samples), size or window, hop, window, shape, **options).T.numpy()
    got = stft(samples, window, hop, size)
    assert got.shape == (1 + length // hop, 1 + (size or window) // 2)
    np.testing.assert_allclose(got, expected, atol=1e-9)


@pytest.mark.parametrize(("window", "hop", "size"), SIZES)
def test_stft_equals_torchaudio_in_single_precision(window, hop, size):
    samples = chirp().astype(np.float32)
    judge = torchaudio.transforms.Spectrogram(size or window, window, hop, power=None, pad_mode="constant")
    got = stft(samples, window, hop, size)
    assert got.dtype == np.complex64
    np.testing.assert_allclose(got, judge(torch.from_numpy(samples)).T.numpy(), atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(length=st.integers(1, 4_000), sizes=st.sampled_from(SIZES))
def test_there_and_back_is_the_same_sound(length, sizes):
    window, hop, size = sizes
    samples = np.random.default_rng(length).normal(size=length)
    covered = (
        length - 1
    ) // hop * hop + 1  # a last sample beyond the last frame's middle is weighted by almost nothing
    back = istft(stft(samples, window, hop, size), length, window, hop, size)
    assert back.shape == samples.shape
    np.testing.assert_allclose(back[:covered], samples[:covered], atol=1e-8)


def test_istft_of_what_is_no_stft_equals_torch():
    changed = stft(chirp(), 512, 128)
    changed[10:20, 30:] = 0
    shape = torch.hann_window(512, dtype=torch.float64)
    expected = torch.istft(torch.from_numpy(changed.T.copy()), 512, 128, 512, shape, center=True, length=RATE).numpy()
    np.testing.assert_allclose(istft(changed, RATE, 512, 128), expected, atol=1e-9)


def test_hann_windows_a_quarter_apart_add_up_to_two():
    window = hann(400)
    np.testing.assert_allclose(sum(np.roll(window, shift) for shift in (0, 100, 200, 300)), 2)


def test_a_transform_shorter_than_its_window_is_refused():
    with pytest.raises(ValueError, match="fft_length is 256"):
        stft(chirp(), 400, 160, 256)


# --- mel, decibels, MFCC ---------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 24_000))
def test_mel_and_back_is_the_same_frequency(frequency):
    assert mel_to_hz(hz_to_mel(frequency)) == pytest.approx(frequency, abs=1e-6)
    assert hz_to_mel(1_000) == pytest.approx(1_000, abs=0.1)


@pytest.mark.parametrize(("bands", "size", "rate"), [(64, 512, 16_000), (40, 400, 16_000), (128, 2048, 44_100)])
def test_mel_filters_equal_torchaudio(bands, size, rate):
    expected = torchaudio.functional.melscale_fbanks(1 + size // 2, 0, rate / 2, bands, rate, None, "htk").numpy()
    np.testing.assert_allclose(mel_filters(bands, 1 + size // 2, rate), expected, atol=1e-4)


def test_mel_filters_between_the_first_and_the_last_centre_add_up_to_one():
    total = mel_filters(40, 1025).sum(axis=1)
    edges = mel_to_hz(np.linspace(0, hz_to_mel(8_000), 42))
    inside = slice(*(np.searchsorted(np.linspace(0, 8_000, 1025), edges[[1, -2]])))
    np.testing.assert_allclose(total[inside], 1)


@pytest.mark.parametrize("size", [400, 512])
def test_mel_spectrogram_equals_torchaudio(size):
    judge = torchaudio.transforms.MelSpectrogram(RATE, size, 400, 160, n_mels=40, pad_mode="constant", mel_scale="htk")
    expected = judge.double()(torch.from_numpy(chirp())).T.numpy()
    np.testing.assert_allclose(mel_spectrogram(chirp(), n_mels=40, fft_length=size), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("range_db", [None, 80, 30])
def test_decibels_equal_torchaudio(range_db):
    power = np.random.default_rng(2).exponential(size=(30, 40)) ** 6
    judge = torchaudio.transforms.AmplitudeToDB("power", range_db)
    np.testing.assert_allclose(power_to_db(power, range_db=range_db), judge(torch.from_numpy(power)).numpy(), atol=1e-4)


def test_ten_times_the_power_is_ten_decibels():
    power = np.array([1e-3, 1.0, 5.0])
    np.testing.assert_allclose(power_to_db(10 * power) - power_to_db(power), 10)
    assert power_to_db(np.zeros(3)).tolist() == [-100.0] * 3


@pytest.mark.parametrize(("size", "bands", "count"), [(400, 40, 13), (512, 64, 20)])
def test_mfcc_equals_torchaudio(size, bands, count):
    options = {"n_fft": size, "win_length": 400, "hop_length": 160, "n_mels": bands, "pad_mode": "constant"}
    judge = torchaudio.transforms.MFCC(RATE, count, log_mels=False, melkwargs=options).double()
    got = mfcc(chirp(), count=count, n_mels=bands, fft_length=size, range_db=80)
    np.testing.assert_allclose(got, judge(torch.from_numpy(chirp())).T.numpy(), rtol=1e-4, atol=1e-4)


def test_louder_changes_the_first_cepstral_coefficient_alone():
    noise = np.random.default_rng(3).normal(0, 0.1, RATE)
    change = mfcc(2 * noise, fft_length=512) - mfcc(noise, fft_length=512)
    np.testing.assert_allclose(change[2:-2, 0], np.sqrt(64) * 20 * np.log10(2), atol=1e-6)
    np.testing.assert_allclose(change[2:-2, 1:], 0, atol=1e-6)


# --- log-mel ---------------------------------------------------------------------------------------------------------


def test_log_mel_is_the_mel_spectrogram_in_units_of_20_db():
    samples = chirp()
    scale = 2 / hann(400).sum()
    power = mel_spectrogram(samples * scale, fft_length=512, hop=320)
    np.testing.assert_allclose(log_mel(samples), np.maximum(power_to_db(power, 1e-30) / 20, -4), atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 5_000), hop=st.sampled_from([0.005, 0.01, 0.02]), bands=st.sampled_from([16, 64, 80]))
def test_frames_are_one_more_than_whole_hops(count, hop, bands):
    out = log_mel(np.zeros(count, np.float32), hop_seconds=hop, n_mels=bands)
    assert out.shape == (1 + count // round(hop * 16_000), bands)
    assert out.dtype == np.float32


def test_silence_lies_on_the_floor():
    assert (log_mel(np.zeros(4_000, np.float32)) == np.float32(-4)).all()
    np.testing.assert_allclose(log_mel(np.zeros(4_000, np.float32), floor_db=-60), -3)


def test_twice_as_loud_adds_a_constant_above_the_floor():
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    quiet, loud = log_mel(noise), log_mel(2 * noise)
    assert quiet.min() > -4
    np.testing.assert_allclose(loud - quiet, np.log10(2), atol=1e-4)


def test_a_full_scale_sine_at_a_band_centre_is_zero():
    top = 2595 * np.log10(1 + 8_000 / 700)
    centres = 700 * (10 ** (np.linspace(0, top, 66)[1:-1] / 2595) - 1)
    for band in (30, 45, 60):
        out = log_mel(tone(1, centres[band], amplitude=1.0))
        assert out[10:40].mean(axis=0).argmax() == band
        assert out[10:40, band].mean() == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("frequency", [200, 440, 1_000, 3_000, 7_000])
def test_a_pure_tone_peaks_in_its_band(frequency):
    top = 2595 * np.log10(1 + 8_000 / 700)
    expected = 2595 * np.log10(1 + frequency / 700) / (top / 65) - 1
    out = log_mel(tone(1, frequency))
    assert abs(out[5:45].mean(axis=0).argmax() - expected) <= 1


def test_a_click_lights_the_frame_at_its_time():
    samples = np.zeros(16_000, np.float32)
    samples[20 * 320] = 1
    out = log_mel(samples)
    assert out.mean(axis=1).argmax() == 20
    assert (out[:19] == -4).all() and (out[22:] == -4).all()


def test_long_sound_is_described_like_its_parts():
    noise = np.random.default_rng(1).normal(0, 0.1, 16_000 * 45).astype(np.float32)
    whole, part = log_mel(noise), log_mel(noise[320 * 1_000 : 320 * 1_100])
    np.testing.assert_allclose(whole[1_002:1_098], part[2:98], atol=1e-4)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("bands", [40, 64, 128])
def test_no_band_is_empty(rate, bands):
    noise = np.random.default_rng(2).normal(0, 0.1, rate).astype(np.float32)
    assert log_mel(noise, rate, n_mels=bands).mean(axis=0).min() > -3.5
