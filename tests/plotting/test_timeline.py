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
