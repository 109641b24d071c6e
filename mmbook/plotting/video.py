"""Videos: the packets of a file, and cuts found in a film."""

from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmbook.media.video import match_cuts
from mmbook.plotting.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, new_figure

PICTURE_COLOURS = {"I": VERMILION, "P": BLUE, "B": SKY}
CUT_COLOURS = {"hard": GREEN, "jump": PURPLE, "dissolve": ORANGE}


def packet_sizes(seconds: Sequence[Real], sizes: Sequence[Real], kinds: Sequence[str]) -> Figure:
    """A bar for each coded picture at its time of display: its size in bytes, its kind (I, P, B) by colour."""
    figure, ((axes,),) = new_figure(size=(8.0, 3.0))
    width = 0.8 * float(np.median(np.diff(np.sort(np.asarray(seconds, float))))) if len(seconds) > 1 else 0.1
    for kind, colour in PICTURE_COLOURS.items():
        chosen = [place for place, one in enumerate(kinds) if one == kind]
        heights = [float(sizes[place]) for place in chosen]
        axes.bar([float(seconds[place]) for place in chosen], heights, width, color=colour, label=f"{kind} frame")
    axes.set(xlabel="seconds", ylabel="bytes")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def cut_timeline(
    panels: Mapping[str, tuple[Float[np.ndarray, "steps"], Sequence[int]]],
    cuts: Sequence[tuple[str, int, int]],
    events: Sequence[tuple[str, int, int]] = (),
    tolerance: int = 1,
) -> Figure:
    """A panel a method: its differences over the frames, true cuts as coloured bands, its finds as dots or crosses.

    `panels[method]` are the differences between neighbouring frames and the cuts that were found; `cuts` and `events`
    are (kind, first frame, last frame). The first find on a true cut is a dot, any other a cross; events are named.
    """
    figure, axes = new_figure(len(panels), 1, size=(8.5, 0.6 + 1.8 * len(panels)), sharex=True)
    for axis, (method, (differences, found)) in zip(axes[:, 0], panels.items(), strict=True):
        _mark_cuts(axis, cuts, tolerance)
        axis.plot(np.arange(1, len(differences) + 1), differences, color="black", linewidth=0.9)
        right = [cut for cut, _ in match_cuts(found, [(first, last) for _, first, last in cuts], tolerance)]
        wrong = [cut for cut in found if cut not in right]
        style = {"linestyle": "none", "clip_on": False, "zorder": 3}
        axis.plot(right, differences[np.array(right, int) - 1], "o", markersize=6, color=GREEN, **style)
        axis.plot(wrong, differences[np.array(wrong, int) - 1], "x", markersize=7, color=VERMILION, mew=2, **style)
        axis.set(ylabel="difference", ylim=(0, None), xlim=(0, len(differences) + 1))
        axis.set_title(method, pad=16 if axis is axes[0, 0] and events else None)
    for kind, first, last in events:
        place = ((first + last) / 2, 1.01)
        axes[0, 0].text(*place, kind, transform=axes[0, 0].get_xaxis_transform(), ha="center", fontsize=8, color=GREY)
    axes[-1, 0].set_xlabel("frame")
    axes[0, 0].plot([], [], "o", color=GREEN, label="found, true")
    axes[0, 0].plot([], [], "x", color=VERMILION, mew=2, label="false alarm")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=9)
    return figure


def _mark_cuts(axis: Axes, cuts: Sequence[tuple[str, int, int]], tolerance: int) -> None:
    named = set()
    for kind, first, last in cuts:
        label = None if kind in named else f"{kind} cut"
        named.add(kind)
        band = (first - tolerance - 0.5, last + tolerance + 0.5)
        axis.axvspan(*band, color=CUT_COLOURS.get(kind, SKY), alpha=0.35, linewidth=0, label=label)


def frame_strips(
    strips: Mapping[str, UInt8[np.ndarray, "_ height width 3"]], milliseconds: Real, columns: int = 3
) -> Figure:
    """One panel a name: its frames, all of one size, below one another, with their times at steps of `milliseconds`."""
    columns = min(columns, len(strips))
    rows = -(-len(strips) // columns)
    count, height, width = next(iter(strips.values())).shape[:3]
    size = (2.6 * columns, rows * (0.8 + 2.3 * count * height / width))
    figure, axes = new_figure(rows, columns, size=size, sharey=True)
    for axis, (name, frames) in zip(axes.flat, strips.items(), strict=False):
        axis.imshow(np.concatenate(list(frames)), aspect="auto", extent=(0, frames.shape[2], len(frames), 0))
        for edge in range(1, len(frames)):
            axis.axhline(edge, color=GREY, linewidth=0.6)
        axis.set_yticks(np.arange(len(frames)) + 0.5, [f"{place * milliseconds:.0f}" for place in range(len(frames))])
        axis.tick_params(length=0)
        axis.set(title=name, xlabel="pixels")
    for axis in axes[:, 0]:
        axis.set_ylabel("milliseconds")
    return figure
