"""Figures of text: words on a lattice, tags over words, frequencies by rank, vocabulary against length."""

from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
from jaxtyping import Shaped
from matplotlib.figure import Figure

from mmbook.plotting.style import GREY, PALETTE, VERMILION, YELLOW, new_figure

LINE_COLOURS = [colour for colour in PALETTE if colour != YELLOW]


def word_lattice(sentence: str, words: Sequence[tuple[int, int]], paths: Mapping[str, Sequence[int]]) -> Figure:
    """The characters in a row, an arc over each dictionary word `(start, end)`, and below a bar a word for each path.

    A path is a list of word lengths that add up to the sentence.
    """
    height = 2.1 + 0.42 * len(paths)
    figure, ((axes,),) = new_figure(size=(max(6.0, 0.85 * len(sentence) + 2.2), height))
    for place, character in enumerate(sentence):
        axes.text(place + 0.5, 0, character, ha="center", va="center", fontsize=18)
    longest = max((end - start for start, end in words), default=1)
    for start, end in words:
        turn = np.linspace(0, np.pi, 40)
        half = (end - start) / 2 - 0.08
        x, y = (start + end) / 2 - half * np.cos(turn), 0.5 + 0.55 * (end - start) * np.sin(turn)
        axes.plot(x, y, color=GREY, linewidth=1.5)
        axes.text((start + end) / 2, y.max() + 0.05, sentence[start:end], ha="center", va="bottom", fontsize=10)
    for row, (name, lengths) in enumerate(paths.items()):
        ends, y = np.cumsum(lengths), -0.95 - 0.62 * row
        for length, end in zip(lengths, ends, strict=True):
            axes.barh(y, length - 0.12, left=end - length + 0.06, height=0.45, color=LINE_COLOURS[row], alpha=0.35)
            axes.text(end - length / 2, y, sentence[end - length : end], ha="center", va="center", fontsize=11)
        axes.text(len(sentence) + 0.15, y, name, va="center", fontsize=9)
    axes.set(xlim=(0, len(sentence) + 2.2), ylim=(-1.0 - 0.62 * len(paths), 1.0 + 0.55 * longest))
    axes.axis("off")
    return figure


def tag_strips(sentences: Sequence[Sequence[tuple[str, str]]], highlight: Sequence[str] = ()) -> Figure:
    """A row for each sentence: each word over its tag; the tags in `highlight` have a colour of their own."""
    widths = [[max(_width(word), len(tag) * 0.75, 1.5) + 0.9 for word, tag in sentence] for sentence in sentences]
    longest = max(map(sum, widths))
    figure, ((axes,),) = new_figure(size=(8.0, 0.72 * len(sentences)))
    for row, (sentence, sizes) in enumerate(zip(sentences, widths, strict=True)):
        left = 0.0
        for (word, tag), size in zip(sentence, sizes, strict=True):
            colour = LINE_COLOURS[highlight.index(tag)] if tag in highlight else "#9E9E9E"
            axes.barh(-row - 0.18, size - 0.25, left=left, height=0.32, color=colour, alpha=0.35)
            axes.text(left + (size - 0.25) / 2, -row - 0.18, tag, ha="center", va="center", fontsize=7.5)
            axes.text(left + (size - 0.25) / 2, -row + 0.2, word, ha="center", va="center", fontsize=11)
            left += size
    axes.set(xlim=(0, longest), ylim=(0.5 - len(sentences), 0.55))
    axes.axis("off")
    return figure


def rank_frequency(counts: Mapping[str, Sequence[Real] | Shaped[np.ndarray, "_"]]) -> Figure:
    """Share of all tokens by rank, on logarithmic scales, beside the line 0.1/rank; and the share covered by the top.

    `counts` are the occurrences of the different tokens of each text, in any order.
    """
    figure, axes = new_figure(columns=2, size=(8.0, 3.4))
    for colour, (name, values) in zip(LINE_COLOURS, counts.items(), strict=False):
        ordered = np.sort(np.asarray(values, float))[::-1]
        shares, ranks = ordered / ordered.sum(), np.arange(1, len(ordered) + 1)
        shown = np.unique(np.geomspace(1, len(ranks), 400).astype(int)) - 1
        axes[0, 0].plot(ranks[shown], shares[shown], color=colour, label=name)
        axes[0, 1].plot(ranks[shown], np.cumsum(shares)[shown], color=colour, label=name)
    ends = np.array([1, max(map(len, counts.values()))])
    axes[0, 0].plot(ends, 0.1 / ends, color=VERMILION, linestyle="--", label="0.1 / rank")
    axes[0, 0].set(xscale="log", yscale="log", xlabel="rank", ylabel="share of all tokens")
    axes[0, 1].set(xscale="log", xlabel="size of the vocabulary", ylabel="share of the text covered", ylim=(0, 1.02))
    axes[0, 0].legend(fontsize=8)
    return figure


def size_tradeoff(
    panels: Mapping[str, Mapping[str, tuple[Sequence[Real], Sequence[Real]]]], ylabels: Sequence[str], columns: int
) -> Figure:
    """Panels in rows of `columns`, each row with its own y label: a line of `(sizes, values)` for each unit."""
    rows = -(-len(panels) // columns)
    figure, axes = new_figure(rows, columns, size=(8.0, 2.7 * rows), sharex=True, sharey="row")
    for place, (title, lines) in enumerate(panels.items()):
        panel = axes[divmod(place, columns)]
        for colour, (name, (sizes, values)) in zip(LINE_COLOURS, lines.items(), strict=False):
            panel.plot(sizes, values, "o-", markersize=4, color=colour, label=name)
        panel.set_title(title)
        panel.set(xscale="log", ylim=(0, None))
    for row, ylabel in enumerate(ylabels):
        axes[row, 0].set_ylabel(ylabel)
    for panel in axes[-1]:
        panel.set_xlabel("numbers in the vocabulary")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
    return figure


def _width(word: str) -> float:
    """How wide a word is set, in narrow letters: a Chinese character takes almost two."""
    return sum(1.8 if ord(character) > 0x2E7F else 1.0 for character in word)
