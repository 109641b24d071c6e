import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from mmbook.media.image import (
    IMAGENET,
    ChannelStatistics,
    channel_statistics,
    denormalise,
    normalise,
    normalise_each,
)
from tests.media.image._pictures import photographs

PHOTOS = photographs(64)
RAGGED = [PHOTOS[0], PHOTOS[1][:30, :50], PHOTOS[0][:1, :1]]


def test_statistics_are_those_of_all_pixels_in_one_array():
    pixels = np.concatenate([image.reshape(-1, 3) for image in RAGGED]) / 255
    got = channel_statistics(RAGGED)
    assert got.pixels == len(pixels)
    np.testing.assert_allclose(got.mean, pixels.mean(0), rtol=1e-12)
    np.testing.assert_allclose(got.sd, pixels.std(0), rtol=1e-9)


def test_statistics_do_not_depend_on_the_order_and_read_one_picture_at_a_time():
    assert channel_statistics(RAGGED) == channel_statistics(reversed(RAGGED)) == channel_statistics(iter(RAGGED))


def test_statistics_of_a_million_nearly_white_pixels_lose_no_digits():
    image = np.full((1000, 1000, 3), 255, np.uint8)
    image[0, 0] = 254
    expected = np.sqrt(1e-6 * (1 - 1e-6)) / 255
    np.testing.assert_allclose(channel_statistics([image]).sd, expected, rtol=1e-9)


def test_no_pictures_is_refused():
    with pytest.raises(ValueError, match="no pictures"):
        channel_statistics([])


def test_training_pictures_have_mean_zero_and_variance_one_with_their_own_statistics():
    own = channel_statistics(PHOTOS)
    pixels = np.concatenate([normalise(image, own).reshape(-1, 3) for image in PHOTOS]).astype(float)
    assert np.abs(pixels.mean(0)).max() < 1e-5
    assert np.abs(pixels.std(0) - 1).max() < 1e-5


@pytest.mark.parametrize(
    "statistics", [IMAGENET, channel_statistics(PHOTOS), ChannelStatistics((0.5,) * 3, (0.0,) * 3)]
)
def test_denormalising_gives_every_byte_back(statistics):
    every = np.stack([np.arange(256, dtype=np.uint8).reshape(16, 16)] * 3, axis=2)
    assert np.array_equal(denormalise(normalise(every, statistics), statistics), every)


def test_imagenets_statistics_are_torchvisions_normalize():
    tensor = v2.functional.to_dtype(torch.from_numpy(PHOTOS[0].transpose(2, 0, 1)), torch.float32, scale=True)
    expected = v2.functional.normalize(tensor, list(IMAGENET.mean), list(IMAGENET.sd)).numpy().transpose(1, 2, 0)
    np.testing.assert_allclose(normalise(PHOTOS[0], IMAGENET), expected, atol=1e-5)


def test_a_picture_normalised_by_itself_forgets_light_and_contrast():
    dim = (PHOTOS[0] // 2 * 2).astype(np.uint8)
    once = normalise_each(dim)
    assert abs(once.mean()) < 1e-5 and abs(once.std() - 1) < 1e-5
    np.testing.assert_allclose(normalise_each(dim // 2 + 40), once, atol=1e-4)
    assert not normalise_each(np.full((4, 4, 3), 77, np.uint8)).any()
