import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from mmbook.alignment.grounding import (
    Phrase,
    colour_scores,
    find_regions,
    ground,
    iou,
    label_components,
    parse_caption,
    pointing_hit,
    relation_score,
)
from mmbook.datasets.scenes import COLOURS, NUMBERS, make_scene

BOXES = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 8), st.integers(1, 8)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_components_equal_scipys(mask):
    assert np.array_equal(label_components(mask), ndimage.label(mask, np.ones((3, 3)))[0])


def test_every_digit_of_a_scene_is_one_region_on_its_true_box():
    for n in range(20):
        scene = make_scene(n, split="test")
        regions = find_regions(scene.picture)
        assert len(regions) == len(scene.things)
        assert all(max(iou(thing.box, region.box) for region in regions) > 0.7 for thing in scene.things)


def test_an_empty_picture_has_no_regions_and_every_phrase_stays_untied():
    blank = np.full((48, 48, 3), 30, np.uint8)
    assert find_regions(blank) == []
    assert [g.region for g in ground("a red seven left of a blue two", blank)] == [None, None]
    assert ground("nothing that is known", blank) == []


def test_english_and_chinese_captions_say_the_same():
    for n in range(30):
        scene = make_scene(n)
        english, chinese = parse_caption(scene.captions["en"]), parse_caption(scene.captions["zh"])
        assert english == chinese
        assert [(p.name, p.colour) for p in english] == [(NUMBERS[t.digit], t.colour) for t in scene.things]
        assert len(english[0].relations) == len(scene.things) - 1


def test_a_caption_is_read_word_by_word():
    assert parse_caption("A small red seven left of a blue two and below a nine") == [
        Phrase("seven", "red", "small", None, (("left", 1), ("below", 2))),
        Phrase("two", "blue"),
        Phrase("nine"),
    ]
    assert parse_caption("the big green thing on the left") == [Phrase("thing", "green", "large", "at left")]
    assert parse_caption("一个红色的七") == [Phrase("seven", "red")]
    assert parse_caption("boneless") == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_phrases_find_their_digits(language):
    hits = [
        found.region is not None and pointing_hit(found.region.centre, thing.box)
        for n in range(40)
        for scene in [make_scene(n, split="test")]
        for found, thing in zip(ground(scene.captions[language], scene.picture), scene.things, strict=True)
    ]
    assert np.mean(hits) > 0.9


def test_no_region_is_named_twice_and_a_mirrored_scene_swaps_left_and_right():
    scene = next(
        s for s in (make_scene(n, things=2, one_colour=True) for n in range(99)) if " left " in s.captions["en"]
    )
    caption = scene.captions["en"]
    first, second = ground(caption, scene.picture)
    assert first.region.box != second.region.box and first.region.centre[0] < second.region.centre[0]
    mirrored = ground(caption, np.ascontiguousarray(scene.picture[:, ::-1]))
    assert mirrored[0].region.centre[0] == pytest.approx(48 - second.region.centre[0])


def test_a_colour_that_is_not_in_the_picture_stays_untied():
    scene = next(s for s in (make_scene(n, things=1) for n in range(99)) if s.things[0].colour == "blue")
    assert ground("a red seven", scene.picture)[0].region is None
    assert ground("a blue seven", scene.picture)[0].region is not None


def test_a_classifier_tells_things_of_one_colour_apart():
    scene = next(
        s
        for s in (make_scene(n, things=2, one_colour=True) for n in range(99))
        if s.things[0].digit != s.things[1].digit and s.things[0].size != s.things[1].size
    )
    by_height = {thing.box[3] - thing.box[1] > 13: NUMBERS[thing.digit] for thing in scene.things}

    def oracle(crop):
        return {name: float(name == by_height[crop.shape[0] > 13]) for name in NUMBERS}

    for thing in scene.things:
        found = ground(f"a {NUMBERS[thing.digit]}", scene.picture, oracle)[0]
        assert pointing_hit(found.region.centre, thing.box)


def test_colour_shares_sum_to_one_and_name_the_colours_of_the_scenes():
    for name, value in COLOURS.items():
        shares = colour_scores(tuple(float(channel) for channel in value))
        assert sum(shares.values()) == pytest.approx(1) and max(shares, key=shares.get) == name


def test_a_relation_and_its_opposite_never_hold_together():
    regions = find_regions(make_scene(1, things=3).picture)
    for first in regions:
        for second in regions:
            for relation, opposite in (("left", "right"), ("above", "below")):
                one, other = (relation_score(first, second, name) for name in (relation, opposite))
                assert one == pytest.approx(relation_score(second, first, opposite))
                assert one + other <= 1 + 1e-9


@given(BOXES, BOXES)
def test_iou_is_symmetric_between_0_and_1_and_1_only_for_equal_boxes(a, b):
    assert iou(a, b) == iou(b, a) and 0 <= iou(a, b) <= 1
    assert (iou(a, b) == 1) == (a == b)
    ours, theirs = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    ours[a[1] : a[3], a[0] : a[2]] = theirs[b[1] : b[3], b[0] : b[2]] = True
    assert iou(a, b) == pytest.approx((ours & theirs).sum() / (ours | theirs).sum())


def test_pointing_counts_the_left_and_top_edge_and_not_the_right_and_bottom():
    assert pointing_hit((2.0, 3.0), (2, 3, 5, 6)) and not pointing_hit((5.0, 4.0), (2, 3, 5, 6))
