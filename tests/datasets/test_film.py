from itertools import pairwise

import numpy as np
import pytest

from mmbook.datasets.film import DISSOLVE_FRAMES, compose_film, disc_frames, join_shots, wheel_frames


@pytest.fixture(scope="module")
def film():
    return compose_film(3)


def shot(value, count=20):
    return np.full((count, 4, 4, 3), value, np.uint8)


def test_joined_shots_keep_every_frame_and_say_where_they_begin():
    film = join_shots([shot(1), shot(2, 5), shot(3)])
    np.testing.assert_array_equal(film.frames[:, 0, 0, 0], [1] * 20 + [2] * 5 + [3] * 20)
    assert [(cut.kind, cut.first, cut.last) for cut in film.cuts] == [("hard", 20, 20), ("hard", 25, 25)]


def test_a_dissolve_goes_evenly_from_one_shot_to_the_next_within_its_frames():
    film = join_shots([shot(0), shot(180), shot(90)], ["dissolve", "hard"])
    (cut, hard), values = film.cuts, film.frames[:, 0, 0, 0].astype(int)
    assert cut.last - cut.first + 1 == DISSOLVE_FRAMES
    assert len(values) == 60 - DISSOLVE_FRAMES
    assert (values[: cut.first] == 0).all() and (values[cut.last + 1 : hard.first] == 180).all()
    np.testing.assert_allclose(np.diff(values[cut.first - 1 : cut.last + 2]), 180 / (DISSOLVE_FRAMES + 1), atol=1)
    assert (values[hard.first :] == 90).all()


def test_a_wrong_number_of_joins_is_a_mistake():
    with pytest.raises(ValueError, match="2 shots need 1 joins, not 2"):
        join_shots([shot(1), shot(2)], ["hard", "hard"])


def test_the_same_seed_gives_the_same_film_and_another_another(film):
    np.testing.assert_array_equal(compose_film(3).frames, film.frames)
    assert compose_film(4).cuts != film.cuts


def test_a_film_has_the_cuts_and_events_that_it_promises(film):
    kinds = [cut.kind for cut in film.cuts]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"hard": 5, "jump": 3, "dissolve": 3}
    kinds = [event.kind for event in film.events]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"flash": 3, "passer": 3, "light": 2}


def test_events_stay_clear_of_cuts_and_of_each_other(film):
    spans = sorted([*film.cuts, *film.events], key=lambda event: event.first)
    assert all(b.first - a.last > 1 for a, b in pairwise(spans))
    assert spans[0].first > 0 and spans[-1].last < len(film.frames)


def test_pictures_change_much_where_an_event_or_a_hard_cut_says_so(film):
    change = np.abs(np.diff(film.frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    usual = np.median(change)
    for event in [*film.cuts, *film.events]:
        factor = 1.5 if event.kind == "dissolve" else 2
        assert change[event.first - 1 : event.last + 1].max() > factor * usual, event


def test_the_disc_is_where_its_speed_puts_it():
    times = np.arange(10) / 10
    grey = disc_frames(times, 50)[..., 0].astype(float).sum(axis=1)
    centres = (grey * (np.arange(grey.shape[1]) + 0.5)).sum(axis=1) / grey.sum(axis=1)
    np.testing.assert_allclose(centres, 10 + 50 * times, atol=0.02)


def test_the_wheel_looks_the_same_after_one_spoke():
    frames = wheel_frames(np.array([0.0, 1.0, 1.5]), 1 / 6)
    np.testing.assert_array_equal(frames[0], frames[1])
    assert np.abs(frames[0].astype(int) - frames[2]).mean() > 30
