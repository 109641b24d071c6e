import numpy as np
import pytest

from mmbook.alignment import (
    contrast,
    eye_opening,
    find_offset,
    frame_middles,
    loudness_track,
    mouth_opening,
    picture_change,
    resample_track,
)
from mmbook.datasets.face import Expression, draw_face, identities
from mmbook.seeding import rng


def talking(count: int, identity: int = 0, blink: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """How far the mouth of a drawn face is open, and its frames."""
    opening = rng(identity, "talk").uniform(0, 1, count)
    face = identities(8, 5)[identity]
    return opening, np.stack([draw_face(face, Expression(0.0, float(one), blink)) for one in opening])


@pytest.mark.parametrize("identity", range(5))
def test_the_measured_mouth_follows_the_drawn_one(identity):
    opening, frames = talking(24, identity)
    assert np.corrcoef(mouth_opening(frames), opening)[0, 1] > 0.5


def test_shut_eyes_have_less_contrast_than_open_ones():
    for identity in range(5):
        face = identities(8, 5)[identity]
        both = np.stack([draw_face(face, Expression(0.0, 0.0, blink)) for blink in (0.0, 1.0)])
        open_eyes, shut_eyes = eye_opening(both)
        assert shut_eyes < open_eyes


def test_contrast_does_not_depend_on_a_constant_added_to_the_picture():
    frames = rng(0).integers(0, 200, (3, 20, 20, 3), dtype=np.uint8)
    region = (0.2, 0.8, 0.1, 0.9)
    assert np.allclose(contrast(frames, region), contrast(frames + np.uint8(50), region))
    assert not contrast(np.full((2, 9, 9, 3), 77, np.uint8), region).any()


def test_an_empty_region_says_so():
    with pytest.raises(ValueError, match="holds no pixel"):
        contrast(np.zeros((1, 10, 10, 3), np.uint8), (0.5, 0.5, 0.0, 1.0))


def test_change_is_zero_for_a_still_picture_and_counts_from_the_frame_before():
    frames = np.zeros((4, 5, 5, 3), np.uint8)
    frames[2:] = 100
    assert picture_change(frames).tolist() == [0, 0, 100, 0]


def test_a_frame_stands_for_the_middle_of_its_time():
    assert np.allclose(frame_middles(np.arange(3) / 10), [0.05, 0.15, 0.25])
    assert frame_middles(np.array([1.0])).tolist() == [1.0]


def test_loudness_is_the_root_mean_square_and_silence_outside():
    samples = np.full(16_000, 0.5, np.float32)
    assert np.allclose(loudness_track(samples, np.array([0.2, 0.5]), 0.1), 0.5)
    assert np.isclose(loudness_track(samples, np.array([0.0]), 0.1)[0], 0.5 / np.sqrt(2))
    assert loudness_track(samples, np.array([-1.0, 5.0])).tolist() == [0, 0]


def test_twice_as_loud_is_twice_the_number():
    samples, times = rng(0).normal(size=8000).astype(np.float32) * 0.1, np.linspace(0, 0.5, 7)
    assert np.allclose(loudness_track(2 * samples, times), 2 * loudness_track(samples, times))


def test_a_mouth_and_the_voice_that_moves_it_are_put_in_line():
    opening, frames = talking(48)
    loud = np.interp(np.arange(4 * 16_000) / 16_000, frame_middles(np.arange(48) / 12), opening)
    samples = (loud * rng(1).normal(size=len(loud))).astype(np.float32)
    clock = np.arange(0, 4, 0.01)
    mouth = resample_track(mouth_opening(frames), frame_middles(np.arange(48) / 12), clock)
    for late in (-0.42, 0.0, 0.215):
        heard = loudness_track(np.roll(samples, round(late * 16_000)), clock)
        assert abs(find_offset(mouth, heard, 0.01).offset - late) < 1 / 12
