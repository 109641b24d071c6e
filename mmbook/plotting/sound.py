"""Sounds: waves, spectrograms side by side, segments on one clock, and a table of players."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
import soundfile
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmbook.plotting.style import GREEN, MODALITY_COLOURS, PALETTE, new_figure


def wave_and_spectrum(
    samples: Float[np.ndarray, "samples"],
    frequencies: Float[np.ndarray, "frequencies"],
    decibels: Float[np.ndarray, "frequencies"],
    sample_rate: int = 16_000,
    words: Sequence[tuple[str, Real, Real]] = (),
) -> Figure:
    """The samples over time, each word (text, start, end) over its own, and beside them a spectrum in decibels."""
    figure, axes = new_figure(columns=2, size=(8.0, 3.0), width_ratios=(1.5, 1))
    wave, right = axes[0]
    wave.plot(np.arange(samples.size) / sample_rate, samples, color=GREEN, linewidth=0.4)
    top = 1.1 * float(np.abs(samples).max(initial=1e-3))
    for place, (word, start, end) in enumerate(words):
        wave.axvspan(start, end, color=MODALITY_COLOURS["text"], alpha=0.12 + 0.14 * (place % 2), linewidth=0)
        wave.text((start + end) / 2, top * (1.02 + 0.16 * (place % 2)), word, ha="center", va="bottom", fontsize=8)
    wave.set(xlabel="seconds", ylabel="amplitude", ylim=(-top, top * (1.4 if words else 1)))
    right.plot(frequencies / 1000, decibels, color=GREEN, linewidth=0.5)
    right.set(xlabel="kilohertz", ylabel="decibels")
    return figure


def time_frequency(
    panels: Mapping[str, Float[np.ndarray, "frames rows"]],
    seconds: Real | Sequence[Real],
    top: Real = 8.0,
    ylabel: str = "kilohertz",
    label: str = "decibels",
    limits: tuple[Real, Real] | None = None,
    columns: int = 3,
    bottom: Real = 0.0,
) -> Figure:
    """Pictures of frames side by side, by title, on one colour scale: time to the right, `bottom` to `top` upwards.

    `seconds` is how long each lasts: one number for all or one for each. Colours run over `limits`, or over what there
    is.
    """
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    size = (7.0 if columns == 1 else 8.0, 0.4 + 2.4 * rows)
    figure, axes = new_figure(rows, columns, size=size, sharey=True, sharex=not isinstance(seconds, Sequence))
    lasting = list(seconds) if isinstance(seconds, Sequence) else [seconds] * len(panels)
    low = min(float(panel.min()) for panel in panels.values()) if limits is None else limits[0]
    high = max(float(panel.max()) for panel in panels.values()) if limits is None else limits[1]
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, (title, panel), last in zip(axes.flat, panels.items(), lasting, strict=False):
        extent = (0, float(last), float(bottom), float(top))
        style = "nearest" if max(panel.shape) <= 170 else "antialiased"  # plain cells make a far smaller PNG
        picture = axis.imshow(
            panel.T, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high, interpolation=style
        )
        axis.set_title(title)
        axis.xaxis.set_major_locator(MaxNLocator(5, prune="upper"))  # or the last meets the next panel's first
    for axis in axes[:, 0]:
        axis.set_ylabel(ylabel)
    for axis in axes[-1]:
        axis.set_xlabel("seconds")
    figure.colorbar(picture, ax=axes, label=label)
    return figure


def segment_strips(
    samples: Float[np.ndarray, "samples"],
    strips: Mapping[str, Sequence[tuple[Real, Real]]],
    sample_rate: int = 16_000,
) -> Figure:
    """A wave and under it one row for each entry of `strips`, with a bar for each (start, end) in seconds."""
    size = (8.0, 1.9 + 0.34 * len(strips))
    figure, axes = new_figure(2, size=size, sharex=True, height_ratios=(1.5, 0.34 * len(strips) + 0.3))
    wave, rows = axes[:, 0]
    wave.plot(np.arange(samples.size) / sample_rate, samples, color=GREEN, linewidth=0.3)
    wave.set_ylabel("amplitude")
    for place, (_, spans) in enumerate(strips.items()):
        bars = [(start, end - start) for start, end in spans]
        rows.broken_barh(
            bars, (place - 0.36, 0.72), color=PALETTE[place % len(PALETTE)], edgecolor="white", linewidth=1
        )
    rows.set_yticks(range(len(strips)), list(strips))
    rows.set(xlabel="seconds", ylim=(len(strips) - 0.5, -0.5), xlim=(0, samples.size / sample_rate))
    rows.tick_params(axis="y", length=0)
    return figure


def sound_table(sounds: Mapping[str, Float[np.ndarray, "samples"]], sample_rate: int = 16_000) -> str:
    """An HTML table with a player (MP3) for each sound, as loud as it is: not normalised, and cut off at 1."""
    lines = ["<table>"]
    for name, samples in sounds.items():
        encoded = io.BytesIO()
        soundfile.write(encoded, np.clip(samples, -1, 1), sample_rate, format="MP3")
        source = base64.b64encode(encoded.getvalue()).decode()
        label = html.escape(name, quote=True)
        lines.append(
            f'<tr><td>{label}</td><td><audio controls preload="metadata" aria-label="{label}" style="width: 16em" '
            f'src="data:audio/mpeg;base64,{source}"></audio></td></tr>'
        )
    return "\n".join([*lines, "</table>"])


def curve_panels(
    x: Sequence[Real],
    panels: Mapping[str, Mapping[str, Sequence[Real]]],
    xlabel: str,
    ylabel: str,
    level: Real | None = 0.0,
) -> Figure:
    """Panels side by side on one scale, by title: a line for each name over `x`, and a dashed line at `level`."""
    figure, axes = new_figure(columns=len(panels), size=(8.0, 3.2), sharey=True)
    for axis, (title, lines) in zip(axes[0], panels.items(), strict=True):
        for name, values in lines.items():
            axis.plot(list(x), list(values), marker="o", markersize=3.5, label=name)
        if level is not None:
            axis.axhline(level, color="black", linestyle="--", linewidth=0.8)
        axis.set(xlabel=xlabel, title=title)
    axes[0, 0].set_ylabel(ylabel)
    lines = {label: line for axis in axes[0] for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=len(lines))
    return figure
