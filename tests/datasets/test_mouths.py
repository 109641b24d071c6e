from pathlib import Path

import pytest

import mmbook
from mmbook.datasets.mouths import mouth_box, mouth_mask
from mmbook.errors import UserError
from mmbook.media.video import read_video

SAMPLE = Path(mmbook.__file__).parents[1] / "data/sample"


def test_the_box_is_the_smallest_that_holds_the_mask():
    mask, (left, top, right, bottom) = mouth_mask(SAMPLE, "0000"), mouth_box(SAMPLE, "0000")
    assert mask[top:bottom, left:right].sum() == mask.sum()
    assert mask[top].any() and mask[bottom - 1].any() and mask[:, left].any() and mask[:, right - 1].any()


def test_the_boxes_of_the_sample_stay_where_other_tests_expect_them():
    assert mouth_box(SAMPLE, "0001") == (36, 57, 59, 74) and mouth_box(SAMPLE, "0002") == (39, 59, 66, 81)


def test_the_mouth_lies_in_the_lower_middle_of_the_picture_and_is_small():
    for clip in ("0000", "0003", "0007", "0010"):
        left, top, right, bottom = mouth_box(SAMPLE, clip)
        assert 20 < left < right < 76 and 45 < top < bottom < 96
        assert (right - left) * (bottom - top) < 0.1 * 96 * 96


def test_the_stored_video_moves_more_inside_the_box_than_outside():
    frames = read_video(SAMPLE / "video" / "0001.mp4", with_audio=False).frames.astype(float)
    left, top, right, bottom = mouth_box(SAMPLE, "0001")
    assert frames[:, top:bottom, left:right].std(0).mean() > 2 * frames.std(0).mean()


def test_a_hidden_face_and_an_unknown_clip_are_refused_in_one_line():
    assert not mouth_mask(SAMPLE, "0004").any()
    with pytest.raises(UserError, match="face of clip 0004 is hidden"):
        mouth_box(SAMPLE, "0004")
    with pytest.raises(UserError, match="holds no clip 'x'"):
        mouth_box(SAMPLE, "x")
