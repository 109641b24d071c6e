import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from matplotlib.figure import Figure

from mmbook import plotting

WAVE = np.sin(np.arange(8_000) / 20).astype(np.float32)
PICTURE = np.random.default_rng(0).normal(size=(50, 30))
FIGURES = {
    "wave": lambda: plotting.wave_and_spectrum(WAVE, np.arange(9.0), np.arange(9.0), words=[("so", 0.1, 0.2)]),
    "pictures": lambda: plotting.time_frequency({"a": PICTURE, "b": 2 * PICTURE}, 0.5),
    "lengths": lambda: plotting.time_frequency(
        {"a": PICTURE, "b": PICTURE, "c": PICTURE}, [0.5, 1, 2], limits=(-60, 0), columns=2
    ),
    "curves": lambda: plotting.curve_panels(
        [0, 1], {"a": {"one": [1, 2]}, "b": {"one": [2, 1], "two": [0, 0]}}, "x", "y"
    ),
    "strips": lambda: plotting.segment_strips(WAVE, {"words": [(0.1, 0.2), (0.3, 0.4)], "energy": []}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_closed_and_drawable(name):
    before = plt.get_fignums()
    figure = FIGURES[name]()
    assert isinstance(figure, Figure) and plt.get_fignums() == before
    figure.savefig(io.BytesIO(), format="png", dpi=50)


def test_pictures_side_by_side_share_one_colour_scale_and_one_clock():
    images = [axis.images[0] for axis in FIGURES["pictures"]().axes if axis.images]
    assert len({image.get_clim() for image in images}) == 1
    assert images[0].get_clim() == (2 * PICTURE.min(), 2 * PICTURE.max())
    assert images[0].get_extent() == [0, 0.5, 0, 8]


def test_each_strip_has_a_bar_for_each_segment():
    rows = FIGURES["strips"]().axes[1]
    assert [text.get_text() for text in rows.get_yticklabels()] == ["words", "energy"]
    assert [len(bars.get_paths()) for bars in rows.collections] == [2, 0]


def test_players_sound_as_loud_as_their_samples():
    page = plotting.sound_table({"loud & <clear>": 0.5 * WAVE, "soft": 0.05 * WAVE})
    assert "loud &amp; &lt;clear&gt;" in page and "http" not in page
    encoded = re.findall(r"base64,([^\"]+)", page)
    loud, soft = (soundfile.read(io.BytesIO(base64.b64decode(raw)))[0] for raw in encoded)
    assert np.abs(loud).max() / np.abs(soft).max() == pytest.approx(10, rel=0.1)
