import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from mmbook.media.image import (
    denoise_bilateral,
    denoise_gaussian,
    denoise_median,
    denoise_non_local_means,
    gaussian_noise,
    psnr,
    salt_and_pepper,
)
from tests.media.image._pictures import photographs

FILTERS = [denoise_gaussian, denoise_median, denoise_bilateral, denoise_non_local_means]
PHOTO = photographs(64)[0]
SMALL = PHOTO[20:44, 20:40]


def windows(image: np.ndarray, radius: int, mode: str) -> np.ndarray:
    """Every window of the picture, channels third: (height, width, channels, 2 radius + 1, 2 radius + 1)."""
    border = ((radius, radius), (radius, radius), (0, 0))
    return sliding_window_view(np.pad(image.astype(float), border, mode=mode), (2 * radius + 1,) * 2, axis=(0, 1))


def squared_distance(radius: int) -> np.ndarray:
    ramp = np.arange(-radius, radius + 1)
    return ramp[:, None] ** 2 + ramp**2


@pytest.mark.parametrize("sigma", [0.5, 1, 2.0])
def test_the_gaussian_filter_is_its_definition(sigma):
    radius = int(np.ceil(3 * sigma))
    weights = np.exp(-squared_distance(radius) / (2 * sigma**2))
    expected = (windows(PHOTO, radius, "reflect") * weights).sum((3, 4)) / weights.sum()
    assert np.abs(denoise_gaussian(PHOTO, sigma) - expected).max() < 0.51


@pytest.mark.parametrize("size", [3, 5, 7])
def test_the_median_filter_is_its_definition(size):
    expected = np.median(windows(PHOTO, size // 2, "edge"), axis=(3, 4))
    assert np.array_equal(denoise_median(PHOTO, size), expected)


@pytest.mark.parametrize("sigma_colour", [10, 40.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_bilateral_filter_is_its_definition(sigma_colour, channels):
    image = PHOTO[:, :, :channels]
    neighbours, space = windows(image, 4, "reflect"), squared_distance(4)
    difference = np.abs(neighbours - image[..., None, None]).sum(2, keepdims=True)
    weights = np.exp(-space / (2 * 2.0**2) - difference**2 / (2 * sigma_colour**2)) * (space <= 16)
    expected = (neighbours * weights).sum((3, 4)) / weights.sum((3, 4))
    got = denoise_bilateral(image if channels == 3 else image[:, :, 0], 2.0, sigma_colour)
    assert np.abs(got.reshape(image.shape) - expected).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_non_local_means_is_its_definition(channels):
    image = gaussian_noise(SMALL[:, :, :channels], 10)
    patch, search = 1, 3  # radii
    padded = np.pad(image.astype(float), ((patch + search,) * 2, (patch + search,) * 2, (0, 0)), mode="reflect")
    expected = np.empty(image.shape)
    for row, column in np.ndindex(image.shape[:2]):
        y, x = row + patch + search, column + patch + search
        own = padded[y - patch : y + patch + 1, x - patch : x + patch + 1]
        total, weights = np.zeros(channels), 0.0
        for down in range(y - search, y + search + 1):
            for right in range(x - search, x + search + 1):
                other = padded[down - patch : down + patch + 1, right - patch : right + patch + 1]
                weight = np.exp(-np.mean((own - other) ** 2) / 12**2)
                total, weights = total + weight * padded[down, right], weights + weight
        expected[row, column] = total / weights
    got = denoise_non_local_means(image if channels == 3 else image[:, :, 0], 12, patch=3, search=7)
    assert np.abs(got.reshape(image.shape) - expected).max() <= 2  # OpenCV computes with rounded weights


@pytest.mark.parametrize("denoise", FILTERS)
def test_a_filter_keeps_shape_kind_range_and_its_input(denoise):
    for image in (PHOTO, PHOTO[:, :, 0], PHOTO[:, ::-1]):
        before = image.copy()
        filtered = denoise(image)
        assert filtered.shape == image.shape and filtered.dtype == np.uint8
        assert filtered.min() >= image.min() and filtered.max() <= image.max()
        assert np.array_equal(image, before)


@pytest.mark.parametrize("denoise", FILTERS)
def test_a_filter_leaves_a_plain_picture_and_commutes_with_a_mirror(denoise):
    plain = np.full((40, 40, 3), (20, 120, 220), np.uint8)
    assert np.array_equal(denoise(plain), plain)
    mirrored = denoise(PHOTO[:, ::-1])[:, ::-1].astype(int)
    assert np.abs(mirrored - denoise(PHOTO)).max() <= 1


@pytest.mark.parametrize("denoise", FILTERS)
@pytest.mark.parametrize("photo", photographs(), ids=["china", "flower"])
def test_a_filter_brings_a_photograph_with_strong_gaussian_noise_nearer(denoise, photo):
    options = {denoise_bilateral: (2.0, 90), denoise_non_local_means: (25,)}.get(denoise, ())
    noisy = gaussian_noise(photo, 30)
    assert psnr(denoise(noisy, *options), photo) > psnr(noisy, photo) + 0.5


def test_the_median_keeps_a_straight_edge_and_the_gaussian_does_not():
    edge = np.zeros((20, 20, 3), np.uint8)
    edge[:, 10:] = 200
    assert np.array_equal(denoise_median(edge, 5), edge)
    assert np.array_equal(denoise_bilateral(edge, 2, 20), edge)
    assert not np.array_equal(denoise_gaussian(edge), edge)


def test_the_median_removes_lone_pixels_of_any_size_and_the_gaussian_spreads_them():
    image = np.full((30, 30, 3), 100, np.uint8)
    image[10, 10], image[20, 20] = 255, 0
    assert (denoise_median(image) == 100).all()
    assert denoise_gaussian(image).max() > 110


@pytest.mark.parametrize("photo", photographs(), ids=["china", "flower"])
def test_the_median_beats_every_other_filter_on_salt_and_pepper(photo):
    noisy = salt_and_pepper(photo, 0.1)
    median = psnr(denoise_median(noisy), photo)
    for other in (denoise_gaussian, denoise_bilateral, denoise_non_local_means):
        assert median > psnr(other(noisy), photo) + 0.4


def test_impossible_settings_are_refused():
    for call, name in (
        (lambda: denoise_gaussian(PHOTO, 0), "sigma"),
        (lambda: denoise_gaussian(SMALL, 10), "sigma"),
        (lambda: denoise_median(PHOTO, 4), "size"),
        (lambda: denoise_bilateral(PHOTO, -1), "sigmas"),
        (lambda: denoise_non_local_means(PHOTO, 0), "strength"),
        (lambda: denoise_non_local_means(PHOTO, 10, patch=2), "patch"),
        (lambda: denoise_non_local_means(PHOTO, 10, search=1), "search"),
    ):
        with pytest.raises(ValueError, match=name):
            call()
