import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmbook.media.image import gaussian_noise, salt_and_pepper

GREY = np.full((64, 50, 3), 128, np.uint8)


@pytest.mark.parametrize("sd", [2, 10, 25.0])
def test_gaussian_noise_has_its_standard_deviation_and_no_bias(sd):
    noise = gaussian_noise(GREY, sd).astype(float) - 128
    assert abs(noise.std() - sd) < 0.05 * sd + 0.1
    assert abs(noise.mean()) < 4 * sd / np.sqrt(noise.size)


def test_gaussian_noise_of_the_channels_is_independent():
    noise = gaussian_noise(GREY, 20).reshape(-1, 3).astype(float)
    correlations = np.corrcoef(noise.T)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 0.1


def test_gaussian_noise_is_clipped_and_not_wrapped():
    black, white = np.zeros((20, 20, 3), np.uint8), np.full((20, 20, 3), 255, np.uint8)
    assert gaussian_noise(black, 10).max() < 60 and gaussian_noise(white, 10).min() > 195


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0, 1), height=st.integers(1, 20), width=st.integers(1, 20))
def test_salt_and_pepper_hits_exactly_its_share_half_white_half_black(share, height, width):
    noisy = salt_and_pepper(np.full((height, width, 3), 128, np.uint8), share)
    hit = round(share * height * width)
    assert (noisy == 255).all(-1).sum() == (hit + 1) // 2
    assert (noisy == 0).all(-1).sum() == hit // 2
    assert (noisy == 128).all(-1).sum() == height * width - hit


@pytest.mark.parametrize(
    "noise",
    [lambda image, seed: gaussian_noise(image, 10, seed), lambda image, seed: salt_and_pepper(image, 0.2, seed)],
)
@pytest.mark.parametrize("image", [GREY, GREY[:, :, 0], np.asfortranarray(GREY)], ids=["colour", "grey", "other order"])
def test_noise_depends_on_the_seed_alone_and_leaves_its_input(noise, image):
    before = image.copy()
    assert np.array_equal(noise(image, 0), noise(image, 0))
    assert not np.array_equal(noise(image, 0), noise(image, 1))
    assert noise(image, 0).shape == image.shape
    assert np.array_equal(image, before)


def test_no_noise_changes_nothing():
    assert np.array_equal(gaussian_noise(GREY, 0), GREY)
    assert np.array_equal(salt_and_pepper(GREY, 0), GREY)


def test_impossible_noise_is_refused():
    with pytest.raises(ValueError, match="gaussian_noise: sd"):
        gaussian_noise(GREY, -1)
    with pytest.raises(ValueError, match="salt_and_pepper: share"):
        salt_and_pepper(GREY, 1.5)
