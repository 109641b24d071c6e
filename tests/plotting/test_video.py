import numpy as np

from mmbook import plotting


def test_packet_sizes_draws_a_bar_of_the_right_height_for_each_picture():
    figure = plotting.packet_sizes([0, 0.1, 0.2, 0.3], [900, 40, 20, 100], "IPBP")
    heights = sorted(patch.get_height() for patch in figure.axes[0].patches)
    assert heights == [20, 40, 100, 900]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["I frame", "P frame", "B frame"]


def test_a_single_packet_is_drawn():
    assert len(plotting.packet_sizes([0.0], [10], "I").axes[0].patches) == 1


def test_cut_timeline_tells_hits_from_false_alarms():
    differences = np.zeros(40)
    cuts, events = [("hard", 10, 10), ("dissolve", 20, 25)], [("flash", 32, 33)]
    figure = plotting.cut_timeline({"one": (differences, [11, 22, 24, 32]), "none": (differences, [])}, cuts, events)
    dots = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "x") and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in dots] == [[11, 22], [24, 32]]
    assert len(figure.axes) == 2
    assert "flash" in [text.get_text() for text in figure.axes[0].texts]


def test_frame_strips_stack_the_frames_in_their_order():
    frames = np.arange(4, dtype=np.uint8)[:, None, None, None].repeat(5, 1).repeat(6, 2).repeat(3, 3)
    figure = plotting.frame_strips({"a": frames, "b": frames}, 40)
    shown = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(shown, frames.reshape(20, 6, 3))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["0", "40", "80", "120"]
