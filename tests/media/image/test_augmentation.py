import numpy as np
import pytest
import torch

from mmbook.media.image import AugmentationSettings, augment
from tests.media.image._pictures import photographs

PHOTO = photographs(48)[0]
NOTHING = AugmentationSettings(0, 0, 0, 0, 0, 0)


def train(image=PHOTO, sample_id="a", epoch=0, **options):
    return augment(image, "train", sample_id, epoch, **options)


@pytest.mark.parametrize("split", ["valid", "test"])
def test_validation_and_test_pictures_are_never_changed(split):
    for epoch in range(5):
        assert augment(PHOTO, split, "a", epoch) is PHOTO


@pytest.mark.parametrize("split", ["", "Train", "training", "all"])
def test_a_split_that_nobody_knows_is_refused(split):
    with pytest.raises(ValueError, match="split"):
        augment(PHOTO, split, "a", 0)


def test_a_picture_depends_on_seed_epoch_and_sample_alone():
    keys = [(seed, epoch, name) for seed in (0, 1) for epoch in (0, 1, 2) for name in ("a", "b", 7)]
    first = [train(sample_id=name, epoch=epoch, seed=seed) for seed, epoch, name in keys]
    torch.rand(5)
    again = [train(sample_id=name, epoch=epoch, seed=seed) for seed, epoch, name in reversed(keys)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert len({image.tobytes() for image in first}) == len(keys)


def test_torchs_own_random_numbers_go_on_as_if_nothing_had_been_drawn():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    train()
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize("shape", [(48, 48, 3), (31, 48, 3), (48, 20), (8, 8)])
def test_shape_and_kind_stay_and_the_input_too(shape):
    image = PHOTO[: shape[0], : shape[1]] if len(shape) == 3 else np.ascontiguousarray(PHOTO[: shape[0], : shape[1], 0])
    before = image.copy()
    changed = train(image)
    assert changed.shape == shape and changed.dtype == np.uint8
    assert np.array_equal(image, before)


def test_with_everything_off_nothing_changes():
    assert np.array_equal(train(settings=NOTHING), PHOTO)


@pytest.mark.parametrize(
    "settings", [AugmentationSettings(180, 0.5, 0, 0, 0, 0), AugmentationSettings(45, 0, 0.5, 0, 0, 0)]
)
@pytest.mark.parametrize("shape", [(40, 40), (20, 40), (41, 23)])
def test_no_black_corner_turns_in(settings, shape):
    white = np.full((*shape, 3), 255, np.uint8)
    assert min(train(white, epoch=epoch, settings=settings).min() for epoch in range(30)) == 255


def test_rotation_stays_within_its_angle():
    rows, columns = np.mgrid[-32:33, -32:33]
    bar = np.where((np.abs(rows) < 3) & (np.abs(columns) < 25), 255, 0).astype(np.uint8)
    angles = []
    for epoch in range(40):
        turned = train(bar, epoch=epoch, settings=AugmentationSettings(20, 0, 0, 0, 0, 0)).astype(float)
        spread = np.cov(np.stack([columns.ravel(), rows.ravel()]), aweights=turned.ravel())
        angles.append(np.degrees(0.5 * np.arctan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1])))
    assert max(np.abs(angles)) < 20.5
    assert min(angles) < -10 and max(angles) > 10


def test_scaling_stays_within_its_range():
    rows, columns = np.mgrid[-30:31, -30:31]
    disc = np.where(rows**2 + columns**2 <= 15**2, 255, 0).astype(np.uint8)
    sizes = [train(disc, epoch=e, settings=AugmentationSettings(0, 0.2, 0, 0, 0, 0)).mean() for e in range(40)]
    scales = np.sqrt(np.array(sizes) / disc.mean())
    assert scales.min() > 0.78 and scales.max() < 1.22 and np.ptp(scales) > 0.2


def test_a_crop_keeps_at_least_its_share_of_the_area():
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[None] * 4, 64, axis=0)
    widths = [np.ptp(train(ramp, epoch=e, settings=AugmentationSettings(0, 0, 0.36, 0, 0, 0))) for e in range(40)]
    assert min(widths) > 0.75 * 252 and max(widths) <= 252 and len(set(widths)) > 5


def test_colour_leaves_every_pixel_in_its_place():
    settings = AugmentationSettings(0, 0, 0, 0.3, 0.0, 0.0)
    for epoch in range(10):
        changed = train(settings=settings, epoch=epoch).astype(float)
        ratio = changed.sum() / PHOTO.sum()
        assert 0.65 < ratio < 1.35
        assert np.corrcoef(changed.ravel(), PHOTO.ravel())[0, 1] > 0.95


def test_a_flip_happens_as_often_as_asked_and_never_by_default():
    always = AugmentationSettings(0, 0, 0, 0, 0, 0, flip=1.0)
    assert np.array_equal(train(settings=always), PHOTO[:, ::-1])
    half = AugmentationSettings(0, 0, 0, 0, 0, 0, flip=0.5)
    mirrored = sum(np.array_equal(train(epoch=e, settings=half), PHOTO[:, ::-1]) for e in range(100))
    assert 30 < mirrored < 70
    assert AugmentationSettings().flip == 0


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="scale and crop"):
        AugmentationSettings(scale=1.0)
    with pytest.raises(ValueError, match="scale and crop"):
        AugmentationSettings(crop=-0.1)
