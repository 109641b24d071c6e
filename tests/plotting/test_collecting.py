"""Figures of section 2.1.1 show the numbers that they are given."""

import numpy as np

from mmbook.plotting.collecting import _ticks, learning_curves, size_against_loss


def test_every_setting_of_every_method_is_a_named_point():
    panels = {"image: JPEG": {"10": (1.2, 25.0), "90": (8, 40)}, "audio: MP3": {"16": (4, 9.0), "64": (16, 20)}}
    figure = size_against_loss(panels)
    for axes, (title, points) in zip(figure.axes, panels.items(), strict=True):
        assert axes.get_title(loc="left") == title and axes.get_xscale() == "log"
        assert [text.get_text() for text in axes.texts] == list(points)
        assert np.allclose(axes.lines[0].get_xydata(), list(points.values()))


def test_a_learning_curve_goes_through_the_means_and_marks_its_ceiling():
    values = np.array([[0.5, 0.7], [0.8, 0.9]])
    axes = learning_curves([10, 100], {"image": values}, {"image": 0.95}, 0.5).axes[0]
    curve, ceiling = axes.lines[:2]
    assert np.allclose(curve.get_ydata(), [0.6, 0.85]) and set(ceiling.get_ydata()) == {0.95}
    assert ceiling.get_xdata().min() > 100 and ceiling.get_color() == curve.get_color()
    dots = np.concatenate([dots.get_offsets() for dots in axes.collections])
    assert sorted(dots[:, 1]) == sorted(values.ravel())


def test_ticks_are_few_and_inside():
    for low, high in ((0.3, 4), (1, 1000), (2.5, 2.6)):
        ticks = _ticks(low, high)
        assert len(ticks) <= 4 and all(low / 2 <= tick <= high * 2 for tick in ticks)
