"""Figures of chapter 1: streams on one clock, sizes over powers of ten, curves over seeds, pairs in one space."""

from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.figure import Figure

from mmbook.plotting.style import BLUE, GREY, MODALITY_COLOURS, ORANGE, PALETTE, SKY, VERMILION, new_figure


def one_clock(
    streams: Mapping[str, Sequence[Real] | Shaped[np.ndarray, "_"]],
    words: Sequence[tuple[str, Real, Real]],
    seconds: Real,
    zoom: tuple[Real, Real],
) -> Figure:
    """Each stream's measurements as ticks on one time axis, words (text, start, end) as bars; right, the span `zoom`.

    A stream is named after its modality, which chooses its colour, and holds the times of its measurements.
    """
    figure, axes = new_figure(columns=2, size=(9.0, 3.0), sharey=True, width_ratios=(1.7, 1))
    for axis, (start, end) in zip(axes[0], ((0.0, seconds), zoom), strict=True):
        for row, (name, times) in enumerate(streams.items()):
            times = np.asarray(times, dtype=float)
            inside = times[(times >= start) & (times <= end)]
            width = float(np.clip(80 / max(len(inside), 1), 0.25, 2.0))
            colour = MODALITY_COLOURS.get(name.split()[0], GREY)
            axis.vlines(inside, row - 0.32, row + 0.32, color=colour, linewidth=width)
        for number, (word, first, last) in enumerate(words):
            first, last = max(first, start), min(last, end)
            if first < last:
                shade = 0.35 + 0.25 * (number % 2)
                axis.barh(len(streams), last - first, left=first, height=0.64, color=ORANGE, alpha=shade)
                axis.text((first + last) / 2, len(streams), word, ha="center", va="center", fontsize=8)
        axis.set(xlim=(start, end), xlabel="seconds")
    axes[0, 0].axvspan(*zoom, color=SKY, alpha=0.35, linewidth=0)
    axes[0, 0].set_yticks(range(len(streams) + 1), [*streams, "text"])
    axes[0, 0].tick_params(axis="y", length=0)
    axes[0, 0].invert_yaxis()
    axes[0, 0].set_title("the whole clip")
    axes[0, 1].set_title(f"{1000 * (zoom[1] - zoom[0]):.0f} ms of it")
    axes[0, 1].xaxis.get_major_locator().set_params(nbins=4)
    figure.get_layout_engine().set(wspace=0.06)
    return figure


def size_bars(values: Mapping[str, Mapping[str, Real]], label: str = "bytes") -> Figure:
    """Horizontal bars on a scale of powers of ten, from `values[series][group]`, each with its number beside it."""
    groups = list(next(iter(values.values())))
    height = 0.8 / len(values)
    figure, ((axes,),) = new_figure(size=(7.5, 0.9 + 0.35 * len(values) * len(groups)))
    for place, (series, row) in enumerate(values.items()):
        positions = np.arange(len(groups)) + (place - (len(values) - 1) / 2) * height
        numbers = [row[group] for group in groups]
        axes.barh(positions, numbers, height * 0.9, color=PALETTE[place], label=series)
        for position, number in zip(positions, numbers, strict=True):
            axes.text(number * 1.15, position, f"{number:,.0f}", va="center", fontsize=9)
    everything = [number for row in values.values() for number in row.values()]
    axes.set(xscale="log", xlabel=label, xlim=(min(everything) / 3, max(everything) * 12))
    axes.set_yticks(range(len(groups)), groups)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    if len(values) > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def seed_curves(
    x: Sequence[Real],
    panels: Mapping[str, Mapping[str, Float[np.ndarray, "points seeds"]]],
    limits: Mapping[str, tuple[Real, Real]],
    xlabel: str,
    ylabel: str = "accuracy",
) -> Figure:
    """A panel each: lines through the means over seeds, bands from the lowest to the highest seed.

    `limits[panel]` are its chance (dashed) and the best possible (black). The horizontal axis is logarithmic.
    """
    figure, axes = new_figure(columns=len(panels), size=(3.1 * len(panels), 3.9), sharex=True, sharey=True)
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    for axis, (title, lines) in zip(axes[0], panels.items(), strict=True):
        for name, numbers in lines.items():
            colour = PALETTE[names.index(name)]
            axis.fill_between(x, numbers.min(1), numbers.max(1), color=colour, alpha=0.15, linewidth=0)
            axis.plot(x, numbers.mean(1), "o-", color=colour, markersize=4)
        chance, best = limits[title]
        axis.axhline(chance, color=VERMILION, linestyle="--", linewidth=1)
        axis.axhline(best, color="black", linewidth=1.5)
        axis.set(xscale="log", xlabel=xlabel, ylim=(0, 1.03))
        axis.set_xticks(list(x), [f"{number:g}" for number in x])
        axis.tick_params(axis="x", which="minor", length=0, labelbottom=False)
        axis.set_title(title)
    for name in names:
        axes[0, 0].plot([], [], "o-", color=PALETTE[names.index(name)], markersize=4, label=name)
    axes[0, 0].plot([], [], color="black", linewidth=1.5, label="best possible")
    axes[0, 0].plot([], [], color=VERMILION, linestyle="--", linewidth=1, label="chance")
    axes[0, 0].set_ylabel(ylabel)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def paired_map(
    panels: Mapping[str, Mapping[str, Float[np.ndarray, "pairs 2"]]],
    groups: Mapping[str, Shaped[np.ndarray, "pairs"]],
    lines: Sequence[int] = (),
) -> Figure:
    """Points in a plane, a panel for each space: `panels[title][modality]` has a row a pair.

    A modality has its own marker, a group of pairs (True where a pair belongs to it) its own colour; the pairs named
    in `lines` are joined.
    """
    figure, axes = new_figure(columns=len(panels), size=(4.3 * len(panels), 4.0))
    markers, colours = ("o", "^", "s"), (BLUE, ORANGE, GREY)
    for axis, (title, spaces) in zip(axes[0], panels.items(), strict=True):
        first, second = list(spaces.values())[:2]
        for pair in lines:
            axis.plot(*np.stack([first[pair], second[pair]]).T, color="black", linewidth=0.7, zorder=1)
        for marker, points in zip(markers, spaces.values(), strict=False):
            for colour, belongs in zip(colours, groups.values(), strict=False):
                axis.scatter(*points[belongs].T, s=18, marker=marker, color=colour, alpha=0.6, linewidth=0, zorder=2)
        axis.set(xticks=[], yticks=[])
        axis.set_title(title)
    for marker, name in zip(markers, next(iter(panels.values())), strict=False):
        axes[0, 0].scatter([], [], s=24, marker=marker, color="black", label=name)
    for colour, name in zip(colours, groups, strict=False):
        axes[0, 0].scatter([], [], s=24, marker="s", color=colour, label=name)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure
