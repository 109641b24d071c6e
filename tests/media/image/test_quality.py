import math

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from mmbook.media.image import denoise_gaussian, gaussian_noise, psnr, ssim, ssim_map
from tests.media.image._pictures import photographs

PHOTO = photographs()[0]


def ssim_by_convolution(x: np.ndarray, y: np.ndarray) -> float:
    """Equation 13 of Wang et al., 2004, as one two-dimensional convolution in PyTorch, without shared parts."""
    ramp = torch.arange(11.0, dtype=torch.float64) - 5
    window = torch.exp(-(ramp[:, None] ** 2 + ramp**2) / (2 * 1.5**2))
    window = (window / window.sum())[None, None]

    def mean(z):
        return conv2d(z, window)

    values = []
    for channel in range(x.shape[2]):
        a, b = (torch.from_numpy(z[:, :, channel].astype(np.float64))[None, None] for z in (x, y))
        ma, mb = mean(a), mean(b)
        va, vb, cab = mean(a**2) - ma**2, mean(b**2) - mb**2, mean(a * b) - ma * mb
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        values.append((2 * ma * mb + c1) * (2 * cab + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    return float(torch.stack(values).mean())


@pytest.mark.parametrize("step", [1, 3, 10, 255])
def test_psnr_of_a_constant_error_is_its_closed_form(step):
    black = np.zeros((12, 9, 3), np.uint8)
    assert math.isclose(psnr(black + np.uint8(step), black), 20 * math.log10(255 / step), abs_tol=1e-9)


def test_psnr_of_equal_pictures_is_infinite_and_it_is_symmetric():
    noisy = gaussian_noise(PHOTO, 10)
    assert psnr(PHOTO, PHOTO) == math.inf
    assert psnr(PHOTO, noisy) == psnr(noisy, PHOTO)


def test_psnr_of_noise_follows_its_standard_deviation():
    grey = np.full((200, 200, 3), 128, np.uint8)
    assert abs(psnr(gaussian_noise(grey, 10), grey) - 20 * math.log10(255 / 10)) < 0.1


@pytest.mark.parametrize("sd", [3, 25])
@pytest.mark.parametrize("photo", photographs())
def test_ssim_agrees_with_a_second_implementation(photo, sd):
    for changed in (gaussian_noise(photo, sd), denoise_gaussian(photo, sd / 10), photo // 2):
        assert abs(ssim(changed, photo) - ssim_by_convolution(changed, photo)) < 1e-9


def test_ssim_of_two_plain_pictures_is_its_closed_form():
    a, b, c1 = 100, 150, (0.01 * 255) ** 2
    plain = [np.full((20, 20), value, np.uint8) for value in (a, b)]
    assert abs(ssim(*plain) - (2 * a * b + c1) / (a**2 + b**2 + c1)) < 1e-9


def test_ssim_is_one_for_equal_pictures_symmetric_and_within_its_bounds():
    noisy, negative = gaussian_noise(PHOTO, 40), 255 - PHOTO
    assert abs(ssim(PHOTO, PHOTO) - 1) < 1e-12
    assert abs(ssim(PHOTO, noisy) - ssim(noisy, PHOTO)) < 1e-12
    assert np.abs(ssim_map(PHOTO, negative)).max() <= 1 + 1e-12
    assert ssim(PHOTO, negative) < 0 < ssim(PHOTO, noisy) < 1


def test_ssim_and_psnr_fall_as_noise_grows():
    noisy = [gaussian_noise(PHOTO, sd) for sd in (2, 5, 10, 20, 40)]
    for measure in (ssim, psnr):
        values = [measure(image, PHOTO) for image in noisy]
        assert values == sorted(values, reverse=True)


def test_grey_pictures_are_measured_too_and_tiny_ones_refused():
    assert ssim_map(PHOTO[:, :, 0], PHOTO[:, :, 1]).shape == (86, 86)
    with pytest.raises(ValueError, match="11 x 11"):
        ssim(PHOTO[:10], PHOTO[:10])
