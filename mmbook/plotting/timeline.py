"""Events on a time axis, in lanes."""

from collections.abc import Sequence
from numbers import Real

from matplotlib.figure import Figure

from mmbook.plotting.style import PALETTE, YELLOW, new_figure

LEVELS = (0.28, -0.28, 0.58, -0.58)  # a label's height above or below its dot, in lanes


def timeline(events: Sequence[tuple[Real, str, str]], years_a_label: Real = 2.2) -> Figure:
    """Each event (year, name, lane) as a dot in its lane, lanes in order of first appearance, names beside the dots.

    A name takes the first height at which no name stands that is nearer than `years_a_label` to the left.
    """
    lanes = list(dict.fromkeys(lane for _, _, lane in events))
    colours = [colour for colour in PALETTE if colour != YELLOW]
    figure, ((axes,),) = new_figure(size=(9.0, 1.0 + 1.05 * len(lanes)))
    for row, lane in enumerate(lanes):
        colour = colours[row % len(colours)]
        axes.axhline(-row, color=colour, linewidth=1, alpha=0.4, zorder=0)
        ends = dict.fromkeys(LEVELS, -float("inf"))
        for year, name in sorted((float(year), name) for year, name, own in events if own == lane):
            level = next((height for height in LEVELS if year >= ends[height]), min(ends, key=ends.get))
            ends[level] = year + float(years_a_label)
            axes.plot([year, year], [-row, -row + 0.8 * level], color=colour, linewidth=0.8)
            axes.plot(year, -row, "o", color=colour, markersize=5)
            vertical = "bottom" if level > 0 else "top"
            axes.text(year, -row + 0.8 * level, name, ha="center", va=vertical, fontsize=8)
    axes.set_yticks([-row for row in range(len(lanes))], lanes)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set(ylim=(-len(lanes) + 0.2, 0.85), xlabel="year")
    return figure
