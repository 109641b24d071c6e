"""Figures of the book: one palette (safe for the colour-blind), one size, one font, white paper in light and dark mode.

Every function returns a closed `Figure`: as the last line of a cell it is shown once.
"""

import base64
import html
import io
import logging
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Real
from pathlib import Path

import manimgx_fonts_cjk
import matplotlib.pyplot as plt
import numpy as np
import soundfile
from jaxtyping import Float, Float32, Int, Shaped, UInt8
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, GREY = PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#767676",
)
"""Okabe and Ito's colours, in the order in which the book uses them."""

MODALITY_COLOURS = {"image": BLUE, "text": ORANGE, "audio": GREEN, "video": PURPLE, "all": GREY, "fused": VERMILION}
"""A modality has one colour in the whole book."""

SIZE = (7.0, 3.5)
"""Width and height of an ordinary figure, in inches."""

CJK_FONT = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"


def use_style() -> None:
    """Nothing; sets the book's colours, sizes and fonts in Matplotlib. Every function here calls it."""
    plt.rcParams.update(
        {
            "figure.figsize": SIZE,
            "figure.dpi": 110,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "axes.facecolor": "white",
            "axes.prop_cycle": plt.cycler(color=[colour for colour in PALETTE if colour != YELLOW]),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.labelsize": 10,
            "axes.unicode_minus": False,
            "font.family": ["DejaVu Sans", _cjk_family()],
            "font.size": 10,
            "legend.frameon": False,
            "image.cmap": "cividis",
        }
    )
    _show_in_notebooks()


def _show_in_notebooks() -> None:
    """Let a figure that ends a cell be shown as a picture, whatever Matplotlib's backend is."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        from IPython.core.pylabtools import select_figure_formats

        select_figure_formats(shell, {"png"})


def _cjk_family() -> str:
    """The name of the Chinese font, registered at first use; Simplified Chinese where Matplotlib reads collections."""
    known = {entry.name for entry in font_manager.fontManager.ttflist if entry.fname == str(CJK_FONT)}
    if not known:
        logging.getLogger("matplotlib.font_manager").addFilter(lambda record: "font weight" not in record.getMessage())
        before = len(font_manager.fontManager.ttflist)
        font_manager.fontManager.addfont(CJK_FONT)
        added = font_manager.fontManager.ttflist[before:]
        font_manager.fontManager.ttflist[before:] = [replace(entry, weight=400) for entry in added]
        known = {entry.name for entry in added}
    return "Noto Sans CJK SC" if "Noto Sans CJK SC" in known else sorted(known)[0]


def new_figure(rows: int = 1, columns: int = 1, size: tuple[Real, Real] = SIZE, **options) -> tuple[Figure, np.ndarray]:
    """A closed figure in the book's style and its axes as a `(rows, columns)` array; `options` go to `plt.subplots`."""
    use_style()
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **options)
    plt.close(figure)
    return figure, axes


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


def clip_overview(
    frames: UInt8[np.ndarray, "frames height width 3"],
    samples: Float32[np.ndarray, "samples"] | Float[np.ndarray, "samples"],
    words: Sequence[tuple[str, Real, Real]],
    text: str,
    sample_rate: int = 16_000,
    count: int = 6,
) -> Figure:
    """One clip on one clock: `count` evenly spaced frames, and the wave with each word (text, start, end) over it."""
    figure = new_figure(size=(8.0, 4.0))[0]
    figure.clear()
    grid = figure.add_gridspec(2, 1, height_ratios=(1.3, 1))
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int))
    pictures = grid[0].subgridspec(1, len(chosen), wspace=0.02)
    for column, index in enumerate(chosen):
        axes = figure.add_subplot(pictures[column])
        axes.imshow(frames[index])
        axes.axis("off")
    figure.suptitle(text, x=0.01, ha="left")
    axes = figure.add_subplot(grid[1])
    seconds = np.arange(len(samples)) / sample_rate
    axes.plot(seconds, samples, color=MODALITY_COLOURS["audio"], linewidth=0.5)
    top = 1.1 * max(float(np.abs(samples).max(initial=0.0)), 1e-3)
    for position, (word, start, end) in enumerate(words):
        axes.axvspan(start, end, color=MODALITY_COLOURS["text"], alpha=0.15 + 0.15 * (position % 2), linewidth=0)
        axes.text((start + end) / 2, top, word, ha="center", va="bottom", fontsize=9)
    axes.set(
        xlabel="seconds", ylabel="amplitude", ylim=(-top, 1.35 * top), xlim=(0, max(len(samples), 1) / sample_rate)
    )
    return figure


def image_sheet(
    images: Sequence[UInt8[np.ndarray, "height width 3"]], titles: Sequence[str] = (), columns: int = 6
) -> Figure:
    """Pictures in rows of `columns`, each under its title."""
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure, axes = new_figure(rows, columns, size=(1.35 * columns, (1.65 if len(titles) else 1.35) * rows))
    for axis in axes.flat:
        axis.axis("off")
    for axis, image in zip(axes.flat, images, strict=False):
        axis.imshow(image)
    for axis, title in zip(axes.flat, titles, strict=False):
        axis.set_title(title, fontsize=9, loc="center")
    return figure


def spectrogram(
    frames: Float[np.ndarray, "time bands"],
    hop_seconds: Real,
    words: Sequence[tuple[str, Real, Real]] = (),
    title: str = "",
) -> Figure:
    """Log-mel frames (dB / 20) as a picture: time to the right, low to high bands upwards, each word over its time."""
    figure, ((axes,),) = new_figure(size=(7.0, 3.0))
    seconds, bands = len(frames) * float(hop_seconds), frames.shape[1]
    picture = axes.imshow(
        20 * frames.T.astype(np.float64), origin="lower", aspect="auto", extent=(0, seconds, -0.5, bands - 0.5)
    )
    for word, start, end in words:
        axes.axvline(start, color="white", linewidth=0.6, alpha=0.7)
        axes.text((start + end) / 2, bands, word, ha="center", va="bottom", fontsize=9)
    figure.colorbar(picture, label="decibels")
    axes.set(xlabel="seconds", ylabel="mel band")
    axes.set_title(title, pad=18 if words else None)
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


def model_inputs(
    images: Sequence[UInt8[np.ndarray, "height width 3"]],
    mels: Sequence[Float[np.ndarray, "_ n_mels"]],
    texts: Sequence[str],
    hop_seconds: Real = 0.02,
) -> Figure:
    """One column for each clip: its picture, its log-mel spectrogram on one colour scale and clock, its words below."""
    figure, axes = new_figure(2, len(images), size=(2.1 * len(images), 3.6), height_ratios=(1.3, 1))
    low, high = min(float(mel.min()) for mel in mels), max(float(mel.max()) for mel in mels)
    longest = max(len(mel) for mel in mels) * hop_seconds
    for column, (image, mel, text) in enumerate(zip(images, mels, texts, strict=True)):
        axes[0, column].imshow(image)
        axes[0, column].axis("off")
        extent = (0, len(mel) * hop_seconds, 0, mel.shape[1])
        axes[1, column].imshow(mel.T, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high)
        axes[1, column].set(xlim=(0, longest), yticks=[], xlabel=f"seconds\n{textwrap.fill(text, 24)}")
    axes[1, 0].set_ylabel("mel band")
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


def clip_table(
    clips: Sequence[tuple[str | Path, Float[np.ndarray, "samples"], Mapping[str, str]]], sample_rate: int = 16_000
) -> str:
    """An HTML table with a row for each clip: its picture (a file), its sound to be played (MP3), and the given cells.

    The first cell names the clip for those who do not see the picture. The page needs nothing beside it.
    """
    heads = ["image", "sound", *next(iter(clips))[2]]
    lines = ["<table>", "<tr>" + "".join(f"<th>{html.escape(name)}</th>" for name in heads) + "</tr>"]
    for path, samples, cells in clips:
        name = html.escape(str(next(iter(cells.values()))), quote=True)
        sound = io.BytesIO()
        soundfile.write(sound, samples, sample_rate, format="MP3")
        picture, sound = (base64.b64encode(raw).decode() for raw in (Path(path).read_bytes(), sound.getvalue()))
        lines += [
            f'<tr><td><img alt="Face of clip {name}" width="96" src="data:image/png;base64,{picture}"></td>',
            f'<td><audio controls aria-label="Voice of clip {name}" style="width: 11em" '
            f'src="data:audio/mpeg;base64,{sound}"></audio></td>',
            "".join(f"<td>{html.escape(str(value))}</td>" for value in cells.values()) + "</tr>",
        ]
    return "\n".join([*lines, "</table>"])


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
