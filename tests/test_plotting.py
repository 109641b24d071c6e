import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont

from mmbook import plotting
from mmbook.plotting._cjk import cjk_families


def rendered(figure: Figure) -> np.ndarray:
    """The pixels of a figure."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=60)
    buffer.seek(0)
    return plt.imread(buffer)


FRAMES = np.zeros((12, 16, 16, 3), np.uint8)
FIGURES = {
    "bars": lambda: plotting.bar_with_limits(
        {"image": 0.6, "fused": 0.8}, {"fused": 0.9}, 0.5, {"fused": (0.75, 0.85)}
    ),
    "confusion": lambda: plotting.confusion(np.array([[5, 1], [2, 4]]), ["negative", "positive"]),
    "conditions": lambda: plotting.condition_table(
        {"all agree": {"text": 0.9, "fused": 1.0}, "sarcasm": {"text": 0.1}}
    ),
    "history": lambda: plotting.history({"epoch": [1, 2], "train_loss": [1, 0.5], "val_accuracy": [0.5, 0.7]}),
    "clip": lambda: plotting.clip_overview(FRAMES, np.zeros(16_000, np.float32), [("fine", 0.2, 0.5)], "Fine."),
    "sheet": lambda: plotting.image_sheet(list(FRAMES[:7]), list("abcdefg"), columns=3),
    "blocks": lambda: plotting.block_diagram({"image CNN": (0, 0), "head": (1, 0)}, [("image CNN", "head")]),
    "inputs": lambda: plotting.model_inputs(
        list(FRAMES[:2]), [np.zeros((9, 4)), np.ones((5, 4))], ["so good", "so so"]
    ),
    "curves": lambda: plotting.curves([1, 2, 4], {"image": [0.1, 0.2, 0.3]}, "sides", "cost", xscale="log"),
    "spectrogram": lambda: plotting.spectrogram(np.zeros((50, 64), np.float32), 0.02, [("fine", 0.2, 0.5)], "Fine."),
    "before and after": lambda: plotting.before_and_after({"kept": ([1, 2], [1, np.nan])}, "clip", "draw", mark=1),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_closed_drawable_and_on_white_paper(name):
    open_before = plt.get_fignums()
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == open_before
    pixels = rendered(figure)
    assert np.allclose(pixels[0, 0, :3], 1)
    assert (pixels[..., :3].min(axis=-1) < 0.5).any()


def test_bars_stand_at_their_values_under_their_ceilings():
    axes = FIGURES["bars"]().axes[0]
    assert [patch.get_height() for patch in axes.patches] == [0.6, 0.8]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["image\n0.60", "fused\n0.80"]
    assert any(np.allclose(line.get_ydata(), 0.9) for line in axes.lines if len(line.get_ydata()))
    assert any(np.allclose(line.get_ydata(), 0.5) for line in axes.lines if len(line.get_ydata()))
    assert axes.get_ylim() == (0, 1.05)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["best possible", "chance 0.50"]


def test_a_modality_keeps_its_colour():
    axes = plotting.bar_with_limits({"audio": 0.5, "image": 0.5}).axes[0]
    colours = [plt.matplotlib.colors.to_hex(patch.get_facecolor()).upper() for patch in axes.patches]
    assert colours == [plotting.MODALITY_COLOURS["audio"], plotting.MODALITY_COLOURS["image"]]


def test_a_confusion_matrix_shows_counts_with_true_classes_in_rows():
    axes = FIGURES["confusion"]().axes[0]
    assert [text.get_text() for text in axes.texts] == ["5", "1", "2", "4"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    assert np.allclose(axes.images[0].get_array(), [[5 / 6, 1 / 6], [2 / 6, 4 / 6]])


def test_a_class_that_never_occurs_is_drawn_as_zeros():
    figure = plotting.confusion(np.array([[0, 0], [1, 3]]), ["a", "b"])
    assert np.isfinite(figure.axes[0].images[0].get_array()).all()


def test_a_condition_without_a_value_is_blank():
    axes = FIGURES["conditions"]().axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.90", "1.00", "0.10", ""]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["all agree", "sarcasm"]


def test_a_history_keeps_losses_apart_from_measures():
    losses, measures = FIGURES["history"]().axes
    assert [line.get_label() for line in losses.lines] == ["train loss"]
    assert [line.get_label() for line in measures.lines] == ["val accuracy"]
    assert (losses.get_xlabel(), losses.get_ylabel()) == ("epoch", "loss")


def test_a_clip_shows_its_words_over_their_seconds():
    *pictures, wave = FIGURES["clip"]().axes
    assert len(pictures) == 6
    assert wave.get_xlim() == (0, 1.0)
    (word,) = wave.texts
    assert word.get_text() == "fine"
    assert word.get_position()[0] == pytest.approx(0.35)


def test_a_clip_with_fewer_frames_than_columns_shows_each_once():
    figure = plotting.clip_overview(FRAMES[:2], np.zeros(0, np.float32), [], "")
    assert len(figure.axes) == 3


def test_a_sheet_fills_rows_and_leaves_the_rest_empty():
    axes = FIGURES["sheet"]().axes
    assert len(axes) == 9
    assert [len(axis.images) for axis in axes] == [1] * 7 + [0] * 2
    assert axes[6].get_title() == "g"


def test_chinese_is_drawn_with_the_font_that_is_installed():
    plotting.use_style()
    _, regular, installed = plt.rcParams["font.family"]
    assert findfont(FontProperties(family=installed)) == str(plotting.CJK_FONT)
    assert findfont(FontProperties(family=regular)) != str(plotting.CJK_FONT)
    with_font, without = plotting.new_figure(), plotting.new_figure()
    with_font[0].text(0.5, 0.5, "情")
    without[0].text(0.5, 0.5, "情", family="DejaVu Sans")
    with pytest.warns(UserWarning, match="missing from font"):
        tofu = rendered(without[0])
    assert not np.array_equal(rendered(with_font[0]), tofu)


def test_usual_chinese_is_drawn_in_a_regular_weight_and_the_rest_in_the_installed_one():
    ink = {}
    for family in ([cjk_families()[0]], [cjk_families()[1]], list(cjk_families())):
        figure, ((axes,),) = plotting.new_figure()
        axes.axis("off")
        figure.text(0.5, 0.5, "情", family=family, fontsize=40)
        ink[len(ink)] = int((rendered(figure)[..., 0] < 0.5).sum())
    assert ink[0] > 1.3 * ink[1]
    assert ink[2] == ink[0]
    traditional = plotting.new_figure()[0]
    traditional.text(0.5, 0.5, "\u9f9c")  # not in GB 2312
    blank = plotting.new_figure()[0]
    assert not np.array_equal(rendered(traditional), rendered(blank))


def test_the_palette_is_told_apart_in_grey():
    greys = [np.dot(plt.matplotlib.colors.to_rgb(colour), (0.299, 0.587, 0.114)) for colour in plotting.PALETTE[:3]]
    assert min(abs(a - b) for index, a in enumerate(greys) for b in greys[:index]) > 0.05


def test_a_spectrogram_is_in_decibels_over_its_seconds():
    axes = plotting.spectrogram(np.full((50, 64), -2.0), 0.02, [("fine", 0.2, 0.5)]).axes[0]
    assert axes.get_xlim() == (0, 1)
    assert np.allclose(axes.images[0].get_array(), -40)
    assert [text.get_text() for text in axes.texts] == ["fine"]


def test_before_and_after_draw_every_value_in_its_place():
    axes = FIGURES["before and after"]().axes[0]
    assert axes.lines[0].get_ydata().tolist() == [1, 2]
    assert axes.lines[0].get_xdata().tolist() == [0, 1]
    assert axes.get_title(loc="left") == "kept"


def test_a_distribution_has_its_interval_and_its_estimate():
    draws = np.repeat([0.7, 0.75, 0.8], [2, 6, 2])
    axes = plotting.distribution(draws, 0.76, (0.7, 0.8), (np.array([0.7, 0.8]), np.array([1.0, 2.0]))).axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["95 %: 0.700 to 0.800", "10 draws", "measured 0.760", "closed form"]
    assert rendered(axes.figure).shape[2] == 4


def test_gains_stand_at_the_mean_of_their_seeds_and_noise_is_centred_on_zero():
    axes = plotting.gains({"default": [0.1, 0.2], "unique": [-0.01, 0.01]}, {"default": 0.05, "unique": 0.04}).axes[0]
    means = [float(points.get_offsets()[0][0]) for points in axes.collections[1:4:2]]
    assert np.allclose(means, [0.15, 0.0])
    bands = [(patch.get_x(), patch.get_width()) for patch in axes.patches[:2]]
    assert np.allclose(bands, [(-0.05, 0.1), (-0.04, 0.08)])


def test_panels_share_rows_and_leave_a_missing_entry_blank():
    tables = {"measured": {"agree": {"text": 0.9}, "deadpan": {}}, "possible": {"agree": {"all": 1}, "deadpan": {}}}
    axes = plotting.table_panels(tables).axes
    assert [panel.get_title(loc="left") for panel in axes] == ["measured", "possible"]
    assert [[text.get_text() for text in panel.texts] for panel in axes] == [["0.90", ""], ["1.00", ""]]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["agree", "deadpan"]


def test_grouped_bars_stand_at_their_values():
    axes = plotting.grouped_bars({"left": {"image": 0.1, "text": 0.2}, "right": {"image": 0.3, "text": -0.1}}).axes[0]
    assert [patch.get_height() for patch in axes.patches] == [0.1, 0.2, 0.3, -0.1]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["image", "text"]


def test_a_clip_table_holds_picture_sound_and_words_and_nothing_unescaped(tmp_path):
    plt.imsave(tmp_path / "face.png", FRAMES[0])
    text = plotting.clip_table([(tmp_path / "face.png", np.zeros(1600), {"clip": "0001", "words": "<b>Fine</b> & so"})])
    assert "&lt;b&gt;Fine&lt;/b&gt; &amp; so" in text and "<b>" not in text
    assert 'alt="Face of clip 0001"' in text and 'src="data:image/png;base64,' in text
    assert text.count("<tr>") == 2 and "<th>words</th>" in text and "data:audio/mpeg;base64," in text


def test_a_history_marks_the_best_epoch_in_both_panels():
    figure = plotting.history({"train_loss": [1, 0.5, 0.4], "valid_accuracy": [0.5, 0.7, 0.6]}, best=2)
    for panel in figure.axes:
        assert [list(line.get_xdata()) for line in panel.lines if line.get_label() == "epoch 2"] == [[2, 2]]


def test_a_block_has_the_colour_of_its_modality_and_an_arrow_to_the_next():
    (axes,) = FIGURES["blocks"]().axes
    edges = [plt.matplotlib.colors.to_hex(patch.get_edgecolor()).upper() for patch in axes.patches if not patch.fill]
    assert edges == [plotting.BLUE, plotting.GREY]
    assert sum(text.arrow_patch is not None for text in axes.texts if hasattr(text, "arrow_patch")) == 1


def test_the_sounds_of_several_clips_share_clock_and_colours():
    axes = FIGURES["inputs"]().axes
    assert {panel.get_xlim() for panel in axes[2:]} == {(0, 0.18)}
    assert {panel.images[0].get_clim() for panel in axes[2:]} == {(0, 1)}


def test_padding_and_what_is_cut_add_up_to_the_capacity():
    axes = plotting.padding([4, 10, 6], 8).axes[0]
    widths = np.array([patch.get_width() for patch in axes.patches]).reshape(3, 3)
    assert widths.tolist() == [[4, 6, 8], [4, 2, 0], [0, 0, 2]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["kept", "padding", "cut off"]


def test_contributions_are_bars_from_zero_and_the_answer_a_mark():
    clips = {"a": {"image": 1.0, "text": -0.5}, "b": {"image": 2.0}}
    axes = plotting.contributions(clips, {"a": 0.4, "b": 2.1}).axes[0]
    assert sorted(patch.get_width() for patch in axes.patches) == [-0.5, 1.0, 2.0]
    assert list(axes.lines[0].get_xdata()) == [0.4, 2.1]
