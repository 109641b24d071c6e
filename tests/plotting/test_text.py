import numpy as np
from matplotlib import pyplot as plt

from mmbook.plotting import rank_frequency, size_tradeoff, tag_strips, word_lattice


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_a_lattice_has_an_arc_for_each_word_and_a_bar_for_each_word_of_a_path():
    figure = word_lattice("南京市长", [(0, 2), (0, 3), (2, 4)], {"one": [3, 1], "two": [2, 2]})
    (axes,) = figure.axes
    assert len(axes.lines) == 3 and len(axes.patches) == 4
    assert {"南京", "南京市", "市长", "长", "one", "two"} <= set(texts(axes))
    figure.canvas.draw()


def test_a_strip_writes_every_word_over_its_tag():
    figure = tag_strips([[("The", "DET"), ("soup", "NOUN")], [("汤", "NOUN")]], highlight=["NOUN"])
    (axes,) = figure.axes
    assert sorted(texts(axes)) == sorted(["The", "DET", "soup", "NOUN", "汤", "NOUN"])
    the, soup, chinese = (patch.get_facecolor() for patch in axes.patches)
    assert soup == chinese != the
    figure.canvas.draw()


def test_shares_by_rank_fall_and_coverage_ends_at_one():
    figure = rank_frequency({"a": [5, 1, 3], "b": np.arange(1, 1000)})
    left, right = figure.axes
    for line in left.lines[:2]:
        assert (np.diff(line.get_ydata()) <= 0).all()
    assert [line.get_ydata()[-1].round(6) for line in right.lines] == [1, 1]
    assert left.get_xscale() == left.get_yscale() == "log"
    figure.canvas.draw()


def test_a_tradeoff_has_a_panel_for_each_title_in_rows():
    lines = {"words": ([10, 100], [0.5, 0.1]), "byte pairs": ([260], [0.0])}
    figure = size_tradeoff({name: lines for name in "abcd"}, ["share", "length"], columns=2)
    assert [axes.get_title() or axes.get_title("left") for axes in figure.axes] == list("abcd")
    assert [axes.get_ylabel() for axes in figure.axes] == ["share", "", "length", ""]
    figure.canvas.draw()


def test_every_figure_is_closed():
    before = plt.get_fignums()
    tag_strips([[("a", "X")]])
    assert plt.get_fignums() == before
