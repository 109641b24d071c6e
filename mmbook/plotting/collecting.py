"""Figures of section 2.1.1: what compression costs, and how accuracy grows with the number of clips."""

from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from mmbook.plotting.style import GREY, MODALITY_COLOURS, PALETTE, new_figure


def size_against_loss(
    panels: Mapping[str, Mapping[str, tuple[Real, Real]]], xlabel: str = "kilobytes", ylabel: str = "decibels"
) -> Figure:
    """A panel for each method: a point for each setting, `panels[method][setting]` = (size, decibels), joined.

    Sizes lie on a scale of powers of ten. A method that is named after a modality ("audio: MP3") has its colour.
    """
    figure, axes = new_figure(columns=len(panels), size=(3.0 * len(panels), 3.2))
    for place, (axis, (title, points)) in enumerate(zip(axes[0], panels.items(), strict=True)):
        sizes, values = (np.array(numbers, dtype=float) for numbers in zip(*points.values(), strict=True))
        colour = MODALITY_COLOURS.get(title.split(":")[0], PALETTE[place])
        axis.plot(sizes, values, "o-", color=colour, markersize=5)
        for name, size, value in zip(points, sizes, values, strict=True):
            axis.annotate(name, (size, value), xytext=(-6, 5), textcoords="offset points", ha="right", fontsize=8)
        spread = max(np.ptp(values), 1.0)
        axis.set(xscale="log", xlabel=xlabel, title=title, xlim=(sizes.min() / 2.2, sizes.max() * 1.4))
        axis.set_ylim(values.min() - 0.1 * spread, values.max() + 0.2 * spread)
        axis.set_xticks(_ticks(sizes.min(), sizes.max()))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.tick_params(axis="x", which="minor", labelbottom=False)
    axes[0, 0].set_ylabel(ylabel)
    return figure


def _ticks(low: float | int, high: float | int) -> list[float]:
    """The numbers 1, 2 and 5 times a power of ten within a span, at most four of them."""
    steps = [m * 10.0**power for power in range(-6, 10) for m in (1, 2, 5)]
    inside = [step for step in steps if low / 1.5 <= step <= high * 1.2]
    return inside[:: -(-len(inside) // 4)]


def learning_curves(
    sizes: Sequence[int],
    lines: Mapping[str, Float[np.ndarray, "sizes seeds"]],
    ceilings: Mapping[str, Real],
    chance: Real,
    xlabel: str = "training clips",
    ylabel: str = "accuracy",
) -> Figure:
    """A line for each entry through the means over seeds, a dot a seed, its ceiling as a mark at the right edge.

    The horizontal axis is logarithmic: equal steps multiply the clips. A modality's name chooses the colour.
    """
    figure, ((axes,),) = new_figure(size=(7.0, 3.8))
    right = max(sizes) * 1.35
    for place, (name, values) in enumerate(lines.items()):
        colour = MODALITY_COLOURS.get(name, PALETTE[place])
        for number, size in enumerate(sizes):
            axes.scatter([size] * values.shape[1], values[number], s=10, color=colour, alpha=0.5, linewidth=0)
        axes.plot(sizes, values.mean(1), "-", color=colour, label=name)
        if name in ceilings:
            axes.plot([right, right * 1.12], [ceilings[name]] * 2, color=colour, linewidth=3, solid_capstyle="butt")
    axes.plot([], [], color="black", linewidth=3, label="best possible")
    axes.axhline(chance, color=GREY, linestyle="--", linewidth=1, label=f"chance {chance:.2f}")
    axes.set(xscale="log", xlabel=xlabel, ylabel=ylabel, ylim=(min(chance, 0.45) - 0.03, 1.02))
    axes.set_xticks(list(sizes), [str(size) for size in sizes])
    axes.tick_params(axis="x", which="minor", length=0, labelbottom=False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
