import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmbook.media.image import crop, crop_centre, letterbox, pad, resize
from tests.media.image._pictures import photographs

PHOTO = photographs(64)[0]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_crop_is_a_slice(data):
    height, width = data.draw(st.integers(1, 64)), data.draw(st.integers(1, 64))
    top, left = data.draw(st.integers(0, 64 - height)), data.draw(st.integers(0, 64 - width))
    for image in (PHOTO, PHOTO[:, :, 0]):
        assert np.array_equal(crop(image, top, left, height, width), image[top : top + height, left : left + width])


@pytest.mark.parametrize(
    ("top", "left", "height", "width"), [(-1, 0, 5, 5), (60, 0, 5, 5), (0, 0, 65, 5), (0, 0, 0, 5)]
)
def test_a_crop_outside_the_picture_is_refused(top, left, height, width):
    with pytest.raises(ValueError, match=r"crop: .*64 x 64"):
        crop(PHOTO, top, left, height, width)


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 30), width=st.integers(1, 30), down=st.integers(0, 9), right=st.integers(0, 9))
def test_what_is_padded_and_cropped_in_the_middle_is_the_picture_again(height, width, down, right):
    image = PHOTO[:height, :width]
    padded = pad(image, height + 2 * down, width + 2 * right, value=7)
    assert np.array_equal(crop_centre(padded, height, width), image)
    assert padded.astype(int).sum() == image.astype(int).sum() + 7 * (padded.size - image.size)


def test_padding_to_less_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        pad(PHOTO, 63, 64)


def test_resizing_to_its_own_size_changes_nothing():
    for antialias in (True, False):
        assert np.array_equal(resize(PHOTO, 64, 64, antialias), PHOTO)


@pytest.mark.parametrize("size", [(16, 16), (20, 50), (64, 13), (100, 130)])
@pytest.mark.parametrize("antialias", [True, False])
def test_resizing_keeps_a_plain_picture_the_mean_and_the_range(size, antialias):
    plain = np.full((64, 64, 3), (9, 99, 199), np.uint8)
    assert (resize(plain, *size, antialias) == plain[0, 0]).all()
    resized = resize(PHOTO, *size, antialias)
    assert resized.shape == (*size, 3)
    assert resized.min() >= PHOTO.min() and resized.max() <= PHOTO.max()
    if antialias:
        assert np.abs(resized.mean((0, 1)) - PHOTO.mean((0, 1))).max() < 2


@pytest.mark.parametrize("size", [(16, 16), (20, 50), (100, 130)])
def test_with_antialiasing_it_is_pillows_resize(size):
    expected = np.asarray(Image.fromarray(PHOTO).resize(size[::-1], Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(resize(PHOTO, *size) - expected).max() <= 1


def test_stripes_finer_than_the_new_pixels_vanish_with_antialiasing_and_stay_without():
    stripes = (127.5 + 127.5 * np.cos(2 * np.pi * 0.45 * np.arange(160))).round().astype(np.uint8)
    image = np.repeat(stripes[None], 160, axis=0)
    assert resize(image, 40, 40)[:, 2:-2].std() < 5
    assert resize(image, 40, 40, antialias=False)[:, 2:-2].std() > 10


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 64), width=st.integers(1, 64), size=st.integers(1, 40))
def test_a_letterbox_has_its_size_and_the_proportions_of_the_picture(height, width, size):
    boxed = letterbox(np.full((height, width), 200, np.uint8), size)
    assert boxed.shape == (size, size)
    rows, columns = boxed.any(1).sum(), boxed.any(0).sum()
    assert max(rows, columns) == size
    assert abs(rows - max(1, size * height / max(height, width))) <= 0.5 + 1e-9
    assert abs(columns - max(1, size * width / max(height, width))) <= 0.5 + 1e-9


def test_no_size_is_refused():
    with pytest.raises(ValueError, match="height and width"):
        resize(PHOTO, 0, 5)
