"""Pictures, sounds and whole clips."""

import base64
import html
import io
import textwrap
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path

import numpy as np
import soundfile
from jaxtyping import Float, Float32, UInt8
from matplotlib.figure import Figure

from mmbook.plotting.style import MODALITY_COLOURS, new_figure


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
