"""Events and quantities on a time axis."""

from collections.abc import Mapping, Sequence
from numbers import Real

from matplotlib.figure import Figure

from mmbook.plotting.style import BLUE, PALETTE, VERMILION, YELLOW, new_figure

LEVELS = (0.28, -0.28, 0.58, -0.58)  # a label's height above or below its dot, in lanes


def timeline(events: Sequence[tuple[Real, str, str]], years_a_label: Real = 2.2) -> Figure:
    """Each event (year, name, lane) as a dot in its lane, lanes in order of first appearance, names beside the dots.

    A name takes the first height at which no name stands that is nearer than `years_a_label` to the left.
    """
    lanes = list(dict.fromkeys(lane for _, _, lane in events))
    colours = [colour for colour in PALETTE if colour != YELLOW]
    figure, ((axes,),) = new_figure(size=(9.0, 1.0 + 1.3 * len(lanes)))
    for row, lane in enumerate(lanes):
        colour = colours[row % len(colours)]
        axes.axhline(-row, color=colour, linewidth=1, alpha=0.4, zorder=0)
        ends = dict.fromkeys(LEVELS, -float("inf"))
        for year, name in sorted((float(year), name) for year, name, own in events if own == lane):
            level = next((height for height in LEVELS if year >= ends[height]), min(ends, key=ends.get))
            ends[level] = year + float(years_a_label)
            axes.plot([year, year], [-row, -row + 0.6 * level], color=colour, linewidth=0.8)
            axes.plot(year, -row, "o", color=colour, markersize=5)
            vertical = "bottom" if level > 0 else "top"
            box = {"facecolor": "white", "linewidth": 0, "pad": 0.6}
            axes.text(year, -row + 0.6 * level, name, ha="center", va=vertical, fontsize=9, bbox=box)
    axes.set_yticks([-row for row in range(len(lanes))], lanes)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set(ylim=(-len(lanes) + 0.2, 0.85), xlabel="year")
    return figure


def dated_values(
    values: Mapping[str, tuple[Real, Real]], line: tuple[Sequence[Real], Sequence[Real]], ylabel: str, line_name: str
) -> Figure:
    """Each (year, value) as a named dot on a logarithmic axis, and a dotted line (years, values) to compare with."""
    figure, ((axes,),) = new_figure(size=(7.5, 3.8))
    for name, (year, value) in values.items():
        axes.plot(year, value, "o", color=BLUE, markersize=7)
        axes.annotate(name, (year, value), xytext=(-8, 0), textcoords="offset points", ha="right", va="center")
    axes.plot(*line, ":", color=VERMILION, linewidth=2, label=line_name)
    low, high = min(year for year, _ in values.values()), max(year for year, _ in values.values())
    axes.set(yscale="log", xlabel="year", ylabel=ylabel, xlim=(low - 0.25 * (high - low), high + 0.4))
    axes.legend(loc="upper left")
    return figure
