import numpy as np
from matplotlib.figure import Figure

from mmbook import plotting

RED = np.full((8, 6, 3), (255, 0, 0), np.uint8)
GREY = np.full((8, 8), 128, np.uint8)


def test_a_picture_table_names_rows_columns_and_notes_and_leaves_gaps_empty():
    figure = plotting.picture_table(
        {"strong": {"noisy": RED, "median": GREY}, "weak": {"noisy": GREY}},
        notes={"strong": {"noisy": "12 dB"}},
    )
    assert isinstance(figure, Figure)
    axes = np.array(figure.axes).reshape(2, 2)
    assert [axis.get_title(loc="center") for axis in axes[0]] == ["noisy", "median"]
    assert [axis.get_ylabel() for axis in axes[:, 0]] == ["strong", "weak"]
    assert axes[0, 0].get_xlabel() == "12 dB" and axes[0, 1].get_xlabel() == ""
    assert [len(axis.images) for axis in axes.flat] == [1, 1, 1, 0]


def test_pixels_are_shown_as_they_are_grey_ones_from_black_to_white():
    figure = plotting.picture_table({"a": {"x": RED, "y": GREY}})
    colour, grey = (axis.images[0] for axis in figure.axes)
    assert np.array_equal(colour.get_array(), RED) and np.array_equal(grey.get_array(), GREY)
    assert grey.get_clim() == (0, 255)
    assert colour.get_interpolation() == "nearest"
