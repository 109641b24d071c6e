import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmbook import plotting

TIMES = np.arange(20) / 10
LOCAL = np.abs(np.arange(6.0)[:, None] - np.arange(8.0) * 0.7)
PATH = np.array([[0, 0], [1, 1], [2, 2], [2, 3], [3, 4], [4, 5], [5, 6], [5, 7]])
FIGURES = {
    "tracks": lambda: plotting.tracks_on_one_clock(
        TIMES, {"before": {"mouth": TIMES, "voice": np.sin(TIMES)}, "after": {"voice": np.zeros(20)}}
    ),
    "events": lambda: plotting.event_rows({"cuts": [1.0, 2.0], "knocks": np.array([1.1, 1.5, 2.1])}, [(0, 0), (1, 2)]),
    "rows": lambda: plotting.event_rows({"a": [0.5], "b": [], "c": [1.0]}, span=(0, 2)),
    "path": lambda: plotting.warping_path(LOCAL, PATH, 0.1, [("so", 0.1, 0.3)], [("so", 0.2, 0.4)], band=2),
    "errors": lambda: plotting.errors_and_aim([20, 0, -10], {"white": [5, 6, 90], "voice": [6, 20, 300]}, 83, "dB"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_closed_and_drawable(name):
    before = plt.get_fignums()
    figure = FIGURES[name]()
    assert isinstance(figure, Figure) and plt.get_fignums() == before
    figure.savefig(io.BytesIO(), format="png", dpi=50)


def test_a_track_keeps_its_colour_in_all_panels():
    first, second = FIGURES["tracks"]().axes
    assert first.lines[1].get_color() == second.lines[0].get_color() != first.lines[0].get_color()


def test_the_path_is_drawn_where_it_runs():
    axes = FIGURES["path"]().axes[0]
    assert np.allclose(axes.lines[0].get_xdata(), PATH[:, 0] * 0.1)
    assert np.allclose(axes.lines[0].get_ydata(), PATH[:, 1] * 0.1)
