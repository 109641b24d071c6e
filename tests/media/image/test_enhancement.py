import cv2
import numpy as np
import pytest

from mmbook.media.image import (
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    adjust_hue,
    adjust_saturation,
    equalise,
    equalise_adaptive,
    gaussian_noise,
    sharpen,
)
from tests.media.image._pictures import photographs

PHOTO = photographs(64)[0]
BY_FACTOR = [adjust_brightness, adjust_contrast, adjust_saturation, adjust_gamma, sharpen]
ALL = [
    *(lambda image, f=f: f(image, 1.7) for f in BY_FACTOR),
    lambda image: adjust_hue(image, 0.2),
    equalise,
    equalise_adaptive,
]


def grey(image: np.ndarray) -> np.ndarray:
    return image @ np.array([0.299, 0.587, 0.114])


def lightness(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[:, :, 0]


@pytest.mark.parametrize("adjust", BY_FACTOR)
def test_a_factor_of_one_changes_nothing(adjust):
    assert np.abs(adjust(PHOTO, 1).astype(int) - PHOTO).max() <= 1
    assert np.array_equal(adjust_hue(PHOTO, 0), PHOTO) or np.abs(adjust_hue(PHOTO, 0).astype(int) - PHOTO).max() <= 1


@pytest.mark.parametrize("adjust", ALL)
def test_every_change_keeps_shape_and_kind_and_its_input(adjust):
    before = PHOTO.copy()
    changed = adjust(PHOTO)
    assert changed.shape == PHOTO.shape and changed.dtype == np.uint8
    assert np.array_equal(PHOTO, before) and not np.array_equal(changed, PHOTO)


@pytest.mark.parametrize("factor", [0, 0.5, 2, 3.5])
def test_brightness_multiplies_and_clips(factor):
    expected = np.clip(PHOTO * float(factor), 0, 255)
    assert np.abs(adjust_brightness(PHOTO, factor) - expected).max() < 1


@pytest.mark.parametrize("factor", [0.3, 1.8])
def test_contrast_scales_distances_from_the_mean_grey_and_clips(factor):
    mean = np.floor(grey(PHOTO)).mean()
    expected = np.clip(mean + factor * (PHOTO - mean), 0, 255)
    assert np.abs(adjust_contrast(PHOTO, factor) - expected).max() < 2


def test_no_saturation_is_grey_of_the_same_luminance():
    plain = adjust_saturation(PHOTO, 0)
    assert np.ptp(plain, axis=2).max() == 0
    assert np.abs(plain[:, :, 0] - grey(PHOTO)).max() < 1.5


@pytest.mark.parametrize("gamma", [0.4, 2.2])
def test_gamma_is_its_formula_keeps_the_ends_and_never_swaps_two_levels(gamma):
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    changed = adjust_gamma(ramp, gamma)[0, :, 0].astype(int)
    assert np.abs(changed - 255 * (np.arange(256) / 255) ** gamma).max() < 1
    assert changed[0] == 0 and changed[255] == 255 and (np.diff(changed) >= 0).all()


def test_a_whole_turn_of_the_hue_in_two_halves_gives_the_picture_back():
    assert np.abs(adjust_hue(adjust_hue(PHOTO, 0.5), -0.5).astype(int) - PHOTO).max() <= 4


def test_sharpening_raises_and_smoothing_lowers_the_differences_of_neighbours():
    def roughness(image):
        return np.abs(np.diff(image.astype(int), axis=1)).mean()

    assert roughness(sharpen(PHOTO, 0)) < roughness(PHOTO) < roughness(sharpen(PHOTO, 2))


def test_equalising_is_the_share_of_darker_pixels():
    grey_photo = np.repeat(PHOTO[:, :, 1:2], 3, axis=2)  # a bright colour may have no room to grow brighter
    levels = lightness(grey_photo)
    counts = np.bincount(levels.ravel(), minlength=256)
    darker = np.cumsum(counts) - counts
    expected = 255 * darker / (levels.size - counts[levels.max()])
    assert np.abs(lightness(equalise(grey_photo)) - expected[levels]).max() < 3  # two conversions of colour round


def test_an_equalised_picture_uses_all_levels_evenly_and_keeps_their_order():
    dull = (PHOTO // 4 + 90).astype(np.uint8)
    levels, spread = lightness(dull), lightness(equalise(dull)).astype(int)
    assert spread.min() < 5 and spread.max() > 250
    quarters = np.histogram(spread, bins=[0, 64, 128, 192, 256])[0] / spread.size
    assert np.abs(quarters - 0.25).max() < 0.1
    order = np.argsort(levels.ravel(), kind="stable")
    assert (np.diff(spread.ravel()[order]) >= -4).all()


def test_equalising_keeps_grey_pictures_grey_and_a_plain_one_plain():
    grey_photo = np.repeat(PHOTO[:, :, :1], 3, axis=2)
    for change in (equalise, equalise_adaptive):
        assert np.ptp(change(grey_photo).astype(int), axis=2).max() <= 1
    assert np.ptp(equalise(np.full((16, 16, 3), 80, np.uint8))) == 0


@pytest.mark.parametrize("clip_limit", [1.5, 4.0, 1000.0])
def test_adaptive_equalisation_of_one_tile_is_its_definition(clip_limit):
    grey_photo = np.repeat(PHOTO[:, :, 1:2], 3, axis=2)
    levels = lightness(grey_photo)
    counts = np.bincount(levels.ravel(), minlength=256)
    clipped = np.minimum(counts, int(clip_limit * levels.size / 256))
    each, rest = divmod(int((counts - clipped).sum()), 256)  # what was cut off is spread over all levels
    clipped += each
    clipped[:: max(1, 256 // max(1, rest))][:rest] += 1
    expected = 255 * np.cumsum(clipped) / levels.size
    assert np.abs(lightness(equalise_adaptive(grey_photo, clip_limit, tiles=1)) - expected[levels]).max() < 4


def test_the_clip_limit_bounds_how_much_noise_grows():
    noisy = gaussian_noise(np.full((64, 64, 3), 100, np.uint8), 2)

    def spread(image):
        return lightness(image).astype(float).std()

    mild, strong = (spread(equalise_adaptive(noisy, limit, 4)) for limit in (1.0, 8.0))
    assert spread(noisy) < mild < strong < spread(equalise(noisy))


def test_impossible_settings_are_refused():
    for adjust in BY_FACTOR:
        with pytest.raises(ValueError, match="factor"):
            adjust(PHOTO, -1)
    with pytest.raises(ValueError, match="turn"):
        adjust_hue(PHOTO, 0.7)
    with pytest.raises(ValueError, match="clip_limit"):
        equalise_adaptive(PHOTO, 0)
