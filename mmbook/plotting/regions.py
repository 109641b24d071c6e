"""Regions of pictures: boxes with words, maps of correlation, words through time (§2.1.3)."""

from collections.abc import Mapping, Sequence
from numbers import Real

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmbook.plotting.style import GREEN, GREY, VERMILION, new_figure

Outline = Sequence[Real] | Float[np.ndarray, "corners 2"] | Float[np.ndarray, "4"]

STYLES = {
    "true": {"edgecolor": GREEN, "linestyle": "--"},
    "found": {"edgecolor": VERMILION, "linestyle": "-"},
    "other": {"edgecolor": GREY, "linestyle": ":"},
}


def marked_pictures(
    pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]],
    marks: Sequence[Sequence[tuple[str, Outline, str]]],
    titles: Sequence[str] = (),
    columns: int = 4,
    side: Real = 2.0,
) -> Figure:
    """Pictures with outlines on them: for each picture its marks (label, box or corners, "true", "found" or "other").

    A box is (left, top, right, bottom) in pixels. True outlines are dashed green, found ones solid vermilion, with the
    label over them.
    """
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure, axes = new_figure(rows, columns, size=(side * columns, (side + 0.3) * rows))
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, outlines in zip(axes.flat, pictures, marks, strict=False):
        axis.imshow(picture)
        for label, outline, kind in outlines:
            _outline(axis, label, outline, kind)
    for axis, title in zip(axes.flat, titles, strict=False):
        axis.set_title(title, fontsize=9)
    return figure


def _outline(axis: Axes, label: str, outline: Outline, kind: str) -> None:
    points = np.asarray(outline, float)
    if points.ndim == 1:
        left, top, right, bottom = points
        points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    points = points - 0.5  # Matplotlib's pixel 0 is centred on 0
    axis.add_patch(plt.Polygon(points, fill=False, linewidth=1.6, **STYLES[kind]))
    if label:
        low = points[:, 1].min() < 0.12 * axis.get_ylim()[0]  # too near the top edge: the label goes below
        x, y = points[:, 0].mean(), points[:, 1].max() if low else points[:, 1].min()
        box = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.8}
        style = {"fontsize": 8, "color": STYLES[kind]["edgecolor"], "bbox": box, "ha": "center"}
        shift, side = ((0, -3), "top") if low else ((0, 3), "bottom")
        axis.annotate(label, (x, y), shift, textcoords="offset points", va=side, **style)


def sound_maps(
    pictures: Sequence[UInt8[np.ndarray, "height width 3"]],
    maps: Sequence[Float[np.ndarray, "rows columns"]],
    peaks: Sequence[tuple[Real, Real]],
    true_boxes: Sequence[Outline],
    titles: Sequence[str] = (),
) -> Figure:
    """Each picture over its map of correlation with the sound (0 to 1): a cross at the peak, the true box dashed."""
    tallest = max(picture.shape[0] / picture.shape[1] for picture in pictures)
    figure, axes = new_figure(2, len(pictures), size=(1.9 * len(pictures) + 0.6, 2 * 1.85 * tallest + 0.6))
    for column, (picture, values, peak, box) in enumerate(zip(pictures, maps, peaks, true_boxes, strict=True)):
        height, width = picture.shape[:2]
        axes[0, column].imshow(picture)
        shown = axes[1, column].imshow(values, vmin=0, vmax=1, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
        for axis in axes[:, column]:
            axis.axis("off")
            _outline(axis, "", box, "true")
            axis.plot(peak[0] - 0.5, peak[1] - 0.5, "+", color="white", markersize=14, markeredgewidth=4)
            axis.plot(peak[0] - 0.5, peak[1] - 0.5, "+", color=VERMILION, markersize=12, markeredgewidth=2)
    for axis, title in zip(axes[0], titles, strict=False):
        axis.set_title(title, fontsize=9)
    figure.colorbar(shown, ax=axes[1], label="correlation", shrink=0.9)
    return figure


def level_panels(
    panels: Mapping[str, Mapping[str, tuple[Sequence[Real], Sequence[Real]]]], ylabel: str, columns: int = 3
) -> Figure:
    """A panel a title on one scale from 0 to 1: for each name its values over levels, each panel with its own axis."""
    rows = -(-len(panels) // columns)
    figure, axes = new_figure(rows, columns, size=(8.0, 2.5 * rows), sharey=True)
    for axis, (title, lines) in zip(axes.flat, panels.items(), strict=False):
        for place, (name, (levels, values)) in enumerate(lines.items()):
            axis.plot(levels, values, marker="os^"[place % 3], markersize=5, label=name, linestyle="-:"[place % 2])
        axis.set(title=title, ylim=(-0.04, 1.04))
        axis.locator_params(axis="x", nbins=6)
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis in axes[:, 0]:
        axis.set_ylabel(ylabel)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def word_spans(
    true: Sequence[tuple[str, Real, Real]],
    found: Sequence[tuple[str, Real | None, Real | None]],
    xlabel: str = "seconds",
) -> Figure:
    """One row a word: its true time as a grey bar, the time found as a line within it, or "not found"."""
    figure, ((axes,),) = new_figure(size=(7.0, 0.8 + 0.3 * len(true)))
    axes.use_sticky_edges = False  # or the first bar would begin at the axis
    for row, ((_, start, end), (_, left, right)) in enumerate(zip(true, found, strict=True)):
        axes.barh(row, end - start, left=start, height=0.7, color="#D0D0D0", label=None if row else "true")
        if left is None:
            axes.text(end, row, " not found", va="center", fontsize=9, color=VERMILION)
        else:
            axes.plot([left, right], [row, row], color=VERMILION, linewidth=3, label=None if row else "found")
    axes.set_yticks(range(len(true)), [word for word, *_ in true])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(xlabel)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
