import itertools
from dataclasses import replace

import numpy as np
import pytest

from mmbook.datasets.face import OCCLUSIONS, Expression, Identity, draw_face, identities, random_scene
from mmbook.seeding import rng

PEOPLE = identities(12, seed=3)


def mouth_region(picture):
    """Lower middle of a picture of a head that is neither turned nor shifted."""
    return picture[58:76, 30:66].astype(int)


@pytest.mark.parametrize("size", [32, 96, 200])
def test_a_face_is_a_square_rgb_picture_of_the_asked_size(size):
    picture = draw_face(PEOPLE[0], size=size)
    assert picture.shape == (size, size, 3) and picture.dtype == np.uint8


def test_the_same_arguments_draw_the_same_bits():
    expression, scene = Expression(valence=0.6, mouth_open=0.4, yaw=0.2, tilt=0.1), random_scene(rng(1, "scene"))
    assert np.array_equal(draw_face(PEOPLE[1], expression, 96, scene), draw_face(PEOPLE[1], expression, 96, scene))


def test_drawing_leaves_the_background_of_the_next_face_untouched():
    scene = random_scene(rng(2, "scene"))
    first = draw_face(PEOPLE[2], scene=scene)
    draw_face(PEOPLE[3], scene=scene)
    assert np.array_equal(first, draw_face(PEOPLE[2], scene=scene))


def test_the_first_identities_do_not_depend_on_how_many_are_drawn():
    assert identities(5, seed=9) == identities(20, seed=9)[:5]


def test_identities_differ_from_each_other_and_from_another_seed():
    crowd = identities(100, seed=0) + identities(100, seed=1)
    assert len(set(crowd)) == 200


@pytest.mark.parametrize("person", PEOPLE[:6])
def test_every_level_of_mood_changes_the_mouth(person):
    levels = [mouth_region(draw_face(person, Expression(valence=v))) for v in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    for low, high in itertools.pairwise(levels):
        assert np.abs(low - high).mean() > 1


@pytest.mark.parametrize("person", PEOPLE[:6])
def test_a_mood_moves_the_brows_too(person):
    person = replace(person, glasses="none", hair="short")
    brows = [draw_face(person, Expression(valence=v))[30:46, 24:72].astype(int) for v in (-1.0, 0.0, 1.0)]
    assert np.abs(brows[0] - brows[1]).mean() > 1 and np.abs(brows[2] - brows[1]).mean() > 0.5


def test_the_wider_a_mouth_opens_the_less_it_looks_like_a_closed_one():
    person = replace(PEOPLE[0], facial_hair="none")
    mouths = [mouth_region(draw_face(person, Expression(mouth_open=o))) for o in (0.0, 0.25, 0.5, 0.75, 1.0)]
    changes = [np.abs(mouth - mouths[0]).mean() for mouth in mouths]
    assert changes == sorted(changes) and changes[1] > 0


def test_a_blink_hides_the_eyes():
    person = replace(PEOPLE[0], glasses="none", skin=(150, 100, 70))
    whites = [(draw_face(person, Expression(blink=b))[40:52, 25:71].min(2) > 170).sum() for b in (0.0, 1.0)]
    assert whites[0] > 5 and whites[1] == 0


@pytest.mark.parametrize("occlusion", [name for name in OCCLUSIONS if name != "none"])
@pytest.mark.parametrize("person", PEOPLE)
def test_a_hidden_face_tells_nothing_of_its_mood(occlusion, person):
    pose = Expression(yaw=0.2, tilt=0.06, scale=1.1)
    pictures = [draw_face(person, replace(pose, valence=v), occlusion=occlusion) for v in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    speaking = draw_face(person, replace(pose, mouth_open=1.0, blink=1.0), occlusion=occlusion)
    assert all(np.array_equal(pictures[0], other) for other in [*pictures[1:], speaking])


def test_an_unknown_occlusion_names_those_there_are():
    with pytest.raises(ValueError, match="book"):
        draw_face(PEOPLE[0], occlusion="fog")


@pytest.mark.parametrize("background", ["plain", "window", "lights", "shelf"])
def test_every_background_is_drawn_and_differs_between_seeds(background):
    scenes = [replace(random_scene(rng(0, "s")), background=background, seed=seed) for seed in (1, 2)]
    pictures = [draw_face(PEOPLE[0], scene=scene) for scene in scenes]
    assert np.array_equal(*pictures) == (background == "plain")


def test_light_from_the_left_brightens_the_left_half():
    scene = replace(random_scene(rng(0, "s")), background="plain", contrast=0.6, light=np.pi)
    left, right = (draw_face(Identity(), scene=replace(scene, light=a)) for a in (np.pi, 0.0))
    assert left[:, :48].mean() > right[:, :48].mean() and left[:, 48:].mean() < right[:, 48:].mean()


def test_a_face_partly_outside_the_picture_is_still_drawn():
    assert draw_face(PEOPLE[0], Expression(shift_x=0.6, shift_y=-0.5, scale=1.5)).shape == (96, 96, 3)
