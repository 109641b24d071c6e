import pytest

from mmbook import plotting

EVENTS = [(2014.4, "GAN", "generation"), (2013.9, "DeViSE", "pairing"), (2021.1, "CLIP", "pairing")]


def test_each_lane_has_its_own_row_and_each_event_its_name():
    axes = plotting.timeline(EVENTS).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["generation", "pairing"]
    assert sorted(text.get_text() for text in axes.texts) == ["CLIP", "DeViSE", "GAN"]


@pytest.mark.parametrize("gap", [0.1, 1.0])
def test_names_that_would_collide_stand_at_different_heights(gap):
    axes = plotting.timeline([(2020, "a", "lane"), (2020 + gap, "b", "lane"), (2030, "c", "lane")]).axes[0]
    first, second, far = (text.get_position()[1] for text in axes.texts)
    assert first != second
    assert first == far


def test_dated_values_stand_at_their_places_on_a_logarithmic_axis():
    values = {"small": (2013, 1e6), "large": (2021, 4e8)}
    axes = plotting.dated_values(values, ([2013, 2021], [1e6, 2e6]), "pairs", "trend").axes[0]
    assert axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.texts] == ["small", "large"]
    assert [tuple(line.get_xydata()[0]) for line in axes.lines[:2]] == [(2013, 1e6), (2021, 4e8)]
