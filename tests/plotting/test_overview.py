"""Figures of chapter 1 show the numbers that they are given."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from mmbook import plotting


def texts(figure: Figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_a_clock_has_one_tick_a_measurement_and_the_zoom_those_inside_it():
    streams = {"video": np.arange(0, 2, 0.5), "audio": np.arange(0, 2, 0.1)}
    figure = plotting.one_clock(streams, [("good", 0.2, 0.9), ("soup", 1.0, 1.4)], 2.0, (0.5, 1.05))
    counts = [
        [len(lines.get_segments()) for lines in axes.collections if isinstance(lines, LineCollection)]
        for axes in figure.axes
    ]
    assert counts == [[4, 20], [2, 6]]
    assert texts(figure).split() == ["good", "soup", "good", "soup"]
    assert figure.axes[0].get_xlim() == (0, 2) and figure.axes[1].get_xlim() == (0.5, 1.05)


def test_size_bars_write_every_number():
    figure = plotting.size_bars({"raw": {"a": 27648, "b": 12}, "file": {"a": 8000, "b": 10}})
    assert texts(figure).split() == ["27,648", "12", "8,000", "10"]
    assert figure.axes[0].get_xscale() == "log"


def test_seed_curves_go_through_the_means():
    numbers = np.array([[0.5, 0.7], [0.8, 0.9]])
    figure = plotting.seed_curves([10, 100], {"task": {"alone": numbers}}, {"task": (0.5, 0.97)}, "labels")
    curve, chance, best = figure.axes[0].lines[:3]
    assert np.allclose(curve.get_ydata(), [0.6, 0.85])
    assert set(chance.get_ydata()) == {0.5} and set(best.get_ydata()) == {0.97}


def test_a_paired_map_shows_every_point_once_and_joins_the_named_pairs():
    points = {name: np.arange(12.0).reshape(6, 2) + shift for shift, name in enumerate(("image", "audio"))}
    good = np.array([True, False] * 3)
    figure = plotting.paired_map({"before": points, "after": points}, {"good": good, "bad": ~good}, lines=(0, 3))
    for axes in figure.axes:
        assert sum(len(cloud.get_offsets()) for cloud in axes.collections) == 12
        assert len(axes.lines) == 2
