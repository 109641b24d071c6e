import numpy as np

from mmbook import plotting

PICTURE = np.zeros((20, 30, 3), np.uint8)
BOX = (3, 4, 10, 12)


def test_every_mark_is_drawn_as_a_closed_outline_with_its_label():
    corners = np.array([[2.0, 2.0], [8.0, 4.0], [6.0, 9.0], [1.0, 7.0]])
    figure = plotting.marked_pictures(
        [PICTURE, PICTURE], [[("a", BOX, "true"), ("", corners, "found")], []], ["x", "y"]
    )
    first = figure.axes[0]
    assert len(first.patches) == 2 and [text.get_text() for text in first.texts] == ["a"]
    assert np.allclose(first.patches[0].get_xy().max(0), (9.5, 11.5))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["x", "y"]


def test_a_map_covers_its_picture_and_the_cross_stands_at_the_peak():
    figure = plotting.sound_maps([PICTURE], [np.eye(4)], [(7.5, 2.5)], [BOX], ["clip"])
    top, bottom = figure.axes[:2]
    assert top.get_xlim() == bottom.get_xlim() and top.get_ylim() == bottom.get_ylim()
    assert all(line.get_xdata()[0] == 7.0 and line.get_ydata()[0] == 2.0 for line in bottom.lines)


def test_wide_pictures_over_their_maps_leave_no_empty_rows():
    wide = plotting.sound_maps([np.zeros((20, 40, 3), np.uint8)], [np.eye(4)], [(7.5, 2.5)], [BOX])
    square = plotting.sound_maps([np.zeros((40, 40, 3), np.uint8)], [np.eye(4)], [(7.5, 2.5)], [BOX])
    assert wide.get_figheight() < 0.6 * square.get_figheight()


def test_a_word_that_was_not_found_says_so():
    true = [("red", 0.0, 1.0), ("seven", 1.0, 1.5)]
    figure = plotting.word_spans(true, [("red", 0.1, 0.9), ("seven", None, None)])
    axes = figure.axes[0]
    assert len(axes.patches) == 2 and len(axes.lines) == 1
    assert [text.get_text().strip() for text in axes.texts] == ["not found"]


def test_each_panel_keeps_its_own_levels_and_one_scale():
    panels = {"angle": {"en": ([0, 90], [1.0, 0.5])}, "size": {"en": ([5, 7, 9], [0.0, 0.5, 1.0])}}
    figure = plotting.level_panels(panels, "F1", columns=2)
    angle, size = figure.axes
    assert list(angle.lines[0].get_xdata()) == [0, 90] and list(size.lines[0].get_xdata()) == [5, 7, 9]
    assert angle.get_ylim() == size.get_ylim()
