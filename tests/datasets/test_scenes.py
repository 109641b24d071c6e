import numpy as np
import pytest

from mmbook.datasets.scenes import (
    CANVAS,
    NUMBERS,
    RELATIONS,
    SIZES,
    caption,
    digit_images,
    images_of,
    make_scene,
    relation,
)


def test_a_scene_is_the_same_whatever_was_made_before():
    once = make_scene(7)
    make_scene(3)
    again = make_scene(7)
    assert np.array_equal(once.picture, again.picture) and once.things == again.things
    assert once.captions == again.captions != make_scene(8).captions


def test_boxes_lie_on_the_canvas_apart_and_hold_their_colour():
    for n in range(60):
        scene = make_scene(n)
        taken = np.zeros((CANVAS, CANVAS), int)
        for thing in scene.things:
            left, top, right, bottom = thing.box
            assert 0 <= left < right <= CANVAS and 0 <= top < bottom <= CANVAS
            assert max(right - left, bottom - top) <= SIZES[thing.size]
            taken[top:bottom, left:right] += 1
        assert taken.max() == 1
        outside = scene.picture[taken == 0].astype(int)
        assert np.abs(outside - np.median(outside, axis=0)).max() < 90


def test_the_digit_shown_is_the_digit_named():
    labels = digit_images()[1]
    for n in range(30):
        for thing in make_scene(n).things:
            assert labels[thing.image] == thing.digit
        assert all(NUMBERS[thing.digit] in make_scene(n).captions["en"] for thing in make_scene(n).things)


def test_no_digit_image_is_in_both_splits():
    train, test = images_of("train"), images_of("test")
    assert not set(train) & set(test) and len(train) + len(test) == 1797
    assert all(thing.image in test for n in range(20) for thing in make_scene(n, split="test").things)
    with pytest.raises(ValueError, match="'train' or 'test'"):
        images_of("valid")


def test_relations_are_true_and_turn_round_with_the_pair():
    opposite = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
    for n in range(40):
        first, second = make_scene(n, things=2).things
        name = relation(first, second)
        step = RELATIONS[name][0] * (second.box[0] - first.box[0]) + RELATIONS[name][1] * (second.box[1] - first.box[1])
        assert step > 0 and relation(second, first) == opposite[name]


def test_captions_follow_the_grammar():
    one, three = make_scene(0, things=1), make_scene(0, things=3)
    assert caption(one.things, "zh").startswith("一个") and caption(three.things, "zh").count("、") == 1
    assert caption(three.things, "en").count(" and ") == 1
    assert " an orange " in " " + caption(
        [t for n in range(50) for t in make_scene(n).things if t.colour == "orange"][:1]
    )


def test_one_colour_leaves_one_and_captions_are_many():
    assert len({thing.colour for thing in make_scene(5, things=3, one_colour=True).things}) == 1
    assert len({make_scene(n).captions["en"] for n in range(300)}) > 230
