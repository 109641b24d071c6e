"""Streams put in line: tracks on one clock, events in rows, a warping path, errors beside their aim."""

from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
from jaxtyping import Float, Int, Shaped
from matplotlib.figure import Figure

from mmbook.plotting.style import BLUE, GREY, PALETTE, VERMILION, new_figure


def tracks_on_one_clock(
    times: Sequence[Real] | Shaped[np.ndarray, "time"],
    panels: Mapping[str, Mapping[str, Sequence[Real] | Shaped[np.ndarray, "time"]]],
    ylabel: str = "standardised",
) -> Figure:
    """Panels one below the other, by title: the tracks of each by name over `times`, each to mean 0 and spread 1.

    A name keeps its colour in all panels.
    """
    figure, axes = new_figure(len(panels), size=(8.0, 0.7 + 1.6 * len(panels)), sharex=True)
    names = list(dict.fromkeys(name for tracks in panels.values() for name in tracks))
    lines = {}
    for axis, (title, tracks) in zip(axes[:, 0], panels.items(), strict=True):
        for name, values in tracks.items():
            track = np.asarray(values, float)
            track = (track - np.nanmean(track)) / (np.nanstd(track) + 1e-12)
            (lines[name],) = axis.plot(times, track, color=PALETTE[names.index(name)], linewidth=1.4)
        axis.set_title(title)
        axis.set_yticks([])
        axis.set_ylabel(ylabel, fontsize=8)
    axes[-1, 0].set_xlabel("seconds")
    figure.legend(lines.values(), lines.keys(), loc="outside upper right", ncols=len(lines))
    return figure


def event_rows(
    rows: Mapping[str, Sequence[Real] | Float[np.ndarray, "_"]],
    links: Sequence[tuple[int, int]] | Int[np.ndarray, "links 2"] = (),
    span: tuple[Real, Real] | None = None,
) -> Figure:
    """A row of ticks for each stream's events in seconds; `links` join places in the first row and in the second.

    Matched ticks are blue, the others grey. `span` is what is shown.
    """
    figure, ((axes,),) = new_figure(size=(8.0, 0.9 + 0.6 * len(rows)))
    linked = [{int(link[side]) for link in links} for side in (0, 1)]
    for row, (_name, times) in enumerate(rows.items()):
        matched = linked[row] if len(links) and row < 2 else set(range(len(times)))
        colours = [BLUE if place in matched else GREY for place in range(len(times))]
        axes.vlines(times, row - 0.3, row + 0.3, color=colours, linewidth=2)
    streams = list(rows.values())
    for first, second in links:
        ends = [streams[0][int(first)], streams[1][int(second)]]
        axes.plot(ends, [0.3, 0.7], color=VERMILION, linewidth=0.9)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel="seconds", ylim=(len(rows) - 0.5, -0.5))
    if span is not None:
        axes.set_xlim(*span)
    return figure


def warping_path(
    local: Float[np.ndarray, "time other_time"],
    path: Int[np.ndarray, "steps 2"],
    hop_seconds: Real = 1.0,
    words: Sequence[tuple[str, Real, Real]] = (),
    other_words: Sequence[tuple[str, Real, Real]] = (),
    labels: tuple[str, str] = ("first, seconds", "second, seconds"),
    band: int | None = None,
) -> Figure:
    """Distances of all pairs as a picture (dark: near), the path over it, each word (text, start, end) at its edges.

    The first sequence runs to the right, the second upwards. `band` draws a Sakoe-Chiba band of that radius.
    """
    figure, ((axes,),) = new_figure(size=(6.8, 5.2))
    hop = float(hop_seconds)
    extent = (-hop / 2, (local.shape[0] - 0.5) * hop, -hop / 2, (local.shape[1] - 0.5) * hop)
    picture = axes.imshow(local.T, origin="lower", aspect="auto", extent=extent, cmap="cividis")
    axes.plot(path[:, 0] * hop, path[:, 1] * hop, color="white", linewidth=2.6)
    axes.plot(path[:, 0] * hop, path[:, 1] * hop, color=VERMILION, linewidth=1.4)
    if band is not None:
        x = np.array([0, (local.shape[0] - 1) * hop])
        for side in (-band, band):
            line = np.array([0, local.shape[1] - 1]) * hop + side * hop
            axes.plot(x, line, color="white", linestyle="--", linewidth=1)
    for word, start, end in words:
        axes.axvline(start, color="white", linewidth=0.5, alpha=0.7)
        axes.annotate(
            word, ((start + end) / 2, 1.01), xycoords=("data", "axes fraction"), rotation=40, fontsize=8, va="bottom"
        )
    for word, start, end in other_words:
        axes.axhline(start, color="white", linewidth=0.5, alpha=0.7)
        axes.annotate(word, (1.01, (start + end) / 2), xycoords=("axes fraction", "data"), fontsize=8, va="center")
    axes.set(xlabel=labels[0], ylabel=labels[1], xlim=extent[:2], ylim=extent[2:])
    figure.colorbar(picture, label="distance", location="right", pad=0.09 if other_words else 0.02)
    return figure


def errors_and_aim(
    x: Sequence[Real] | Sequence[str],
    lines: Mapping[str, Sequence[Real] | Float[np.ndarray, "_"]],
    aim: Real,
    xlabel: str,
    ylabel: str = "median error, ms",
    chance: Real | None = None,
) -> Figure:
    """A line of errors for each name on a logarithmic scale, the aim as a dashed line and chance as a dotted one."""
    figure, ((axes,),) = new_figure()
    for place, (name, values) in enumerate(lines.items()):
        colour = [colour for colour in PALETTE if colour not in (VERMILION, GREY)][place]
        axes.plot(x, values, marker="o", markersize=4, label=name, color=colour)
    axes.axhline(aim, color=VERMILION, linestyle="--", label=f"aim {aim:g}")
    if chance is not None:
        axes.axhline(chance, color=GREY, linestyle=":", label=f"chance {chance:.0f}")
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    shown = [value for values in lines.values() for value in values] + [aim, chance or aim]
    low, high = 0.8 * min(shown), 1.25 * max(shown)
    ticks = [step * 10.0**power for power in range(-2, 6) for step in (1, 2, 5)]
    axes.set_yticks([tick for tick in ticks if low <= tick <= high], minor=False)
    axes.set_yticks([], minor=True)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
