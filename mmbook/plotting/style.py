"""The look of every figure: colours, sizes, fonts (Chinese too), and a new figure in that style."""

import sys
from numbers import Real

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from mmbook.plotting._cjk import cjk_families

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
            "font.family": ["DejaVu Sans", *cjk_families()],
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


def new_figure(rows: int = 1, columns: int = 1, size: tuple[Real, Real] = SIZE, **options) -> tuple[Figure, np.ndarray]:
    """A closed figure in the book's style and its axes as a `(rows, columns)` array; `options` go to `plt.subplots`."""
    use_style()
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **options)
    plt.close(figure)
    return figure, axes
