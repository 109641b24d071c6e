"""Charts: bars, curves, heat maps, distributions, diagrams."""

from collections.abc import Mapping, Sequence
from numbers import Real

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float, Int, Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmbook.plotting.style import BLUE, GREEN, GREY, MODALITY_COLOURS, PALETTE, SKY, VERMILION, YELLOW, new_figure


def bar_with_limits(
    values: Mapping[str, Real],
    ceilings: Mapping[str, Real] | None = None,
    chance: Real | None = None,
    intervals: Mapping[str, tuple[Real, Real]] | None = None,
    label: str = "accuracy",
    title: str = "",
) -> Figure:
    """A bar for each value, its interval as a whisker, its ceiling as a black line over it, chance as a dashed line.

    `values`, `ceilings` and `intervals` go by name, as shares in [0, 1]; a modality's name, alone or as the first line,
    also chooses the colour.
    """
    figure, ((axes,),) = new_figure()
    names = list(values)
    colours = [MODALITY_COLOURS.get(name.split("\n")[0], SKY) for name in names]
    axes.bar(range(len(names)), list(values.values()), color=colours, width=0.6)
    axes.set_xticks(range(len(names)), [f"{name}\n{value:.2f}" for name, value in values.items()])
    axes.tick_params(axis="x", length=0)
    for position, name in enumerate(names):
        if intervals and name in intervals:
            low, high = intervals[name]
            axes.plot([position, position], [low, high], color="black", linewidth=1.5)
        if ceilings and name in ceilings:
            axes.plot([position - 0.38, position + 0.38], [ceilings[name]] * 2, color="black", linewidth=2.5)
    if ceilings:
        axes.plot([], [], color="black", linewidth=2.5, label="best possible")
    if chance is not None:
        axes.axhline(chance, color=VERMILION, linestyle="--", label=f"chance {chance:.2f}")
    axes.set(ylim=(0, 1.05), ylabel=label, title=title)
    if ceilings or chance is not None:
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def confusion(matrix: Int[np.ndarray, "classes classes"] | Sequence[Sequence[int]], labels: Sequence[str]) -> Figure:
    """Counts by true class (rows) and predicted class (columns), coloured by each row's shares."""
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(3.2, 1.2 + 0.6 * len(labels))
    figure, ((axes,),) = new_figure(size=(side + 1, side))
    _heat_map(axes, shares, [[str(count) for count in row] for row in counts], list(labels), list(labels))
    axes.set(xlabel="predicted", ylabel="true")
    return figure


def condition_table(
    values: Mapping[str, Mapping[str, Real]], label: str = "accuracy", chance: Real | None = None
) -> Figure:
    """A heat map with a row for each condition and a column for each model, from `values[condition][model]`.

    A missing entry is left blank. Colours run from `chance` (or 0) to 1.
    """
    rows = list(values)
    columns = list(dict.fromkeys(name for row in values.values() for name in row))
    numbers = np.array([[values[row].get(column, np.nan) for column in columns] for row in rows], dtype=float)
    figure, ((axes,),) = new_figure(size=(2.6 + 1.05 * len(columns), 1.0 + 0.42 * len(rows)))
    texts = [["" if np.isnan(number) else f"{number:.2f}" for number in row] for row in numbers]
    _heat_map(axes, numbers, texts, rows, columns, low=chance or 0.0)
    axes.set_title(label)
    return figure


def _heat_map(
    axes: Axes, numbers: np.ndarray, texts: list, rows: list[str], columns: list[str], low: Real = 0.0
) -> None:
    axes.imshow(numbers, vmin=low, vmax=1, cmap="cividis", aspect="auto")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for (row, column), number in np.ndenumerate(numbers):
        colour = "black" if number > low + 0.55 * (1 - low) else "white"
        axes.text(column, row, texts[row][column], ha="center", va="center", color=colour)


def history(history: Mapping[str, Sequence[Real]], title: str = "", best: Real | None = None) -> Figure:
    """Curves over epochs, from columns of equal length: losses on the left, all other measures on the right.

    A column named `epoch` gives the horizontal axis (else 1, 2, ...); a name with "loss" in it is a loss. Names that
    start with `train` are drawn in blue and with `val` or `valid` in vermilion. A dotted line marks the epoch `best`.
    """
    curves = {name: list(map(float, values)) for name, values in history.items() if name != "epoch"}
    panels = [[name for name in curves if "loss" in name], [name for name in curves if "loss" not in name]]
    panels = [names for names in panels if names]
    figure, axes = new_figure(columns=len(panels))
    colours = {"train": BLUE, "val": VERMILION, "valid": VERMILION}
    for panel, names in zip(axes[0], panels, strict=True):
        for name in names:
            epochs = history.get("epoch", range(1, len(curves[name]) + 1))
            panel.plot(list(epochs), curves[name], label=name.replace("_", " "), color=colours.get(name.split("_")[0]))
        if best is not None:
            panel.axvline(best, color=GREY, linestyle=":", label=f"epoch {best}")
        panel.set(xlabel="epoch", ylabel="loss" if "loss" in names[0] else "measure")
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.legend()
    axes[0, 0].set_title(title)
    return figure


def before_and_after(
    panels: Mapping[str, tuple[Sequence[Real], Sequence[Real]]], xlabel: str, ylabel: str, mark: Real | None = None
) -> Figure:
    """One panel a name: the values before as rings and after as dots, place by place (NaN: gone); a line at `mark`."""
    figure, axes = new_figure(columns=len(panels), size=(8.0, 3.2), sharey=True)
    for axis, (title, (before, after)) in zip(axes[0], panels.items(), strict=True):
        places = np.arange(len(before))
        axis.plot(places, before, "o", markersize=9, fillstyle="none", color=BLUE, label="before")
        axis.plot(places, after, "o", markersize=4, color=VERMILION, label="after")
        if mark is not None:
            axis.axvline(mark, color=GREY, linestyle="--", linewidth=1)
        axis.set(xlabel=xlabel)
        axis.set_title(title)
    axes[0, 0].set_ylabel(ylabel)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure


def block_diagram(
    blocks: Mapping[str, tuple[Real, Real]], arrows: Sequence[tuple[str, str]], size: tuple[Real, Real] = (8.0, 3.6)
) -> Figure:
    """Labelled boxes at (column, row), row 0 on top, and an arrow for each (from, to).

    The first word of a box that is a modality's name chooses its colour; every other box is grey.
    """
    figure, ((axes,),) = new_figure(size=size)
    half, tall = 0.42, 0.34
    for label, (column, row) in blocks.items():
        colour = MODALITY_COLOURS.get(label.split()[0], GREY)
        corner = (column - half, -row - tall)
        axes.add_patch(plt.Rectangle(corner, 2 * half, 2 * tall, facecolor=colour, alpha=0.2, linewidth=0))
        axes.add_patch(plt.Rectangle(corner, 2 * half, 2 * tall, fill=False, edgecolor=colour, linewidth=1.5))
        axes.text(column, -row, label, ha="center", va="center", fontsize=8.5)
    for start, end in arrows:
        (x, y), (to_x, to_y) = blocks[start], blocks[end]
        style = {"arrowstyle": "-|>", "color": "black", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (to_x - half, -to_y), (x + half, -y), arrowprops=style)
    columns, rows = zip(*blocks.values(), strict=True)
    axes.set(xlim=(min(columns) - 0.5, max(columns) + 0.5), ylim=(-max(rows) - 0.5, -min(rows) + 0.5))
    axes.axis("off")
    return figure


def curves(
    x: Sequence[Real] | Shaped[np.ndarray, "_"],
    lines: Mapping[str, Sequence[Real] | Shaped[np.ndarray, "_"]],
    xlabel: str,
    ylabel: str,
    **options,
) -> Figure:
    """A line for each entry of `lines` over `x`, named if there are several; `options` (`xscale`) go to the axes."""
    figure, ((axes,),) = new_figure()
    for name, values in lines.items():
        axes.plot(x, values, label=name, color=MODALITY_COLOURS.get(name))
    axes.set(xlabel=xlabel, ylabel=ylabel, **options)
    if len(lines) > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def distribution(
    values: Float[np.ndarray, "draws"],
    point: Real,
    interval: tuple[Real, Real],
    curve: tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points"]] | None = None,
    label: str = "accuracy",
) -> Figure:
    """A histogram of repeated draws, the estimate as a line, its interval as a band; `curve` (x, density) over it."""
    figure, ((axes,),) = new_figure()
    axes.axvspan(*interval, color=YELLOW, alpha=0.5, linewidth=0, label=f"95 %: {interval[0]:.3f} to {interval[1]:.3f}")
    steps = np.unique(np.round(values, 9))
    gap = float(np.diff(steps).min()) if len(steps) > 1 else 0.01
    edges = np.arange(steps[0] - gap / 2, steps[-1] + 2 * gap, 2 * gap)  # whole steps a bar: no comb
    axes.hist(values, bins=edges, density=True, color=SKY, label=f"{len(values)} draws")
    axes.axvline(point, color=VERMILION, linewidth=2, label=f"measured {point:.3f}")
    if curve is not None:
        axes.plot(*curve, color="black", label="closed form")
    axes.set(xlabel=label, ylabel="density")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def gains(values: Mapping[str, Sequence[Real]], noise: Mapping[str, Real], label: str = "gain in accuracy") -> Figure:
    """For each name its repetitions as small dots, their mean as a large one, and `noise` as a grey band around 0."""
    figure, ((axes,),) = new_figure(size=(7.0, 0.9 + 0.7 * len(values)))
    axes.use_sticky_edges = False  # or the longest band would end at the edge
    for row, (name, repeats) in enumerate(values.items()):
        axes.barh(row, 2 * noise[name], left=-noise[name], height=0.6, color="#D9D9D9")
        axes.scatter(repeats, [row] * len(repeats), s=22, color=SKY, zorder=2)
        axes.scatter(np.mean(repeats), row, s=80, color=BLUE, zorder=3)
    axes.barh([0], [0], color="#D9D9D9", label="within noise")
    axes.scatter([], [], s=22, color=SKY, label="one seed")
    axes.scatter([], [], s=80, color=BLUE, label="mean of seeds")
    axes.axvline(0, color="black", linewidth=1)
    axes.set_yticks(range(len(values)), list(values))
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def table_panels(tables: Mapping[str, Mapping[str, Mapping[str, Real]]]) -> Figure:
    """Heat maps side by side on one scale from 0 to 1, from `tables[title][row][column]`; rows are those of the first.

    A missing entry is left blank.
    """
    rows = list(next(iter(tables.values())))
    widths = [len(next(iter(table.values()))) for table in tables.values()]
    size = (1.8 + 0.85 * sum(widths), 1.0 + 0.42 * len(rows))
    figure, axes = new_figure(columns=len(tables), size=size, width_ratios=widths)
    for panel, (title, table) in zip(axes[0], tables.items(), strict=True):
        columns = list(next(iter(table.values())))
        numbers = np.array([[table[row].get(column, np.nan) for column in columns] for row in rows], dtype=float)
        texts = [["" if np.isnan(number) else f"{number:.2f}" for number in row] for row in numbers]
        _heat_map(panel, numbers, texts, rows if panel is axes[0, 0] else [""] * len(rows), columns)
        panel.set_title(title)
    return figure


def grouped_bars(values: Mapping[str, Mapping[str, Real]], label: str = "accuracy") -> Figure:
    """Bars in groups, from `values[series][group]`, each with its number; a series keeps its colour in every group."""
    figure, ((axes,),) = new_figure()
    groups = list(next(iter(values.values())))
    width = 0.8 / len(values)
    for place, (series, row) in enumerate(values.items()):
        positions = np.arange(len(groups)) + (place - (len(values) - 1) / 2) * width
        bars = axes.bar(positions, [row[group] for group in groups], width * 0.92, color=PALETTE[place], label=series)
        axes.bar_label(bars, fmt="%.2f", fontsize=9, padding=1)
    axes.set_xticks(range(len(groups)), groups)
    axes.tick_params(axis="x", length=0)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_ylabel(label)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def padding(lengths: Sequence[Real], capacity: Real, xlabel: str = "frames") -> Figure:
    """One row for each clip, shortest at the bottom: what is kept of it, the padding after it, what `capacity` cuts."""
    figure, ((axes,),) = new_figure()
    ordered = np.sort(np.asarray(lengths, float))
    rows = np.arange(len(ordered))
    kept = np.minimum(ordered, capacity)
    parts = {
        "kept": (0, kept, GREEN),
        "padding": (kept, capacity - kept, "#D9D9D9"),
        "cut off": (kept, ordered - kept, VERMILION),
    }
    for name, (left, width, colour) in parts.items():
        axes.barh(rows, width, left=left, height=1.0, color=colour, label=name, linewidth=0)
    axes.axvline(capacity, color="black", linewidth=1.2)
    axes.set(xlabel=xlabel, ylabel="clips, by length", ylim=(-0.5, len(ordered) - 0.5), xlim=(0, ordered.max()))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def contributions(
    clips: Mapping[str, Mapping[str, Real]], totals: Mapping[str, Real], label: str = "log-odds of positive"
) -> Figure:
    """For each clip a bar a modality, to the right of zero where it speaks for, and a diamond at the model's answer."""
    names = list(dict.fromkeys(name for values in clips.values() for name in values))
    figure, ((axes,),) = new_figure(size=(7.5, 1.0 + 0.62 * len(clips)))
    height = 0.75 / len(names)
    for place, name in enumerate(names):
        rows = [row for row, values in enumerate(clips.values()) if name in values]
        widths = [values[name] for values in clips.values() if name in values]
        positions = np.array(rows) + (place - (len(names) - 1) / 2) * height
        axes.barh(positions, widths, height * 0.9, color=MODALITY_COLOURS.get(name, SKY), label=name)
    axes.plot([totals[clip] for clip in clips], range(len(clips)), "D", color="black", markersize=5, label="answer")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(clips)), list(clips))
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
