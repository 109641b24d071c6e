"""Pictures compared: one row a case, one column a treatment."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
from jaxtyping import UInt8
from matplotlib.figure import Figure

from mmbook.plotting.style import new_figure


def picture_table(
    pictures: Mapping[str, Mapping[str, UInt8[np.ndarray, "_ _ *channels"]]],
    notes: Mapping[str, Mapping[str, str]] | None = None,
    side: Real = 1.4,
) -> Figure:
    """Pictures from `pictures[row][column]`, `side` inches each, pixels as they are, with a note under each.

    Rows and columns are named at the left and at the top; the columns are those of the first row. Grey pictures are
    drawn from black (0) to white (255). A missing picture or note leaves its place empty.
    """
    rows, columns = list(pictures), list(next(iter(pictures.values())))
    size = (side * len(columns) + 0.4, (side + (0.25 if notes else 0.08)) * len(rows) + 0.25)
    figure, axes = new_figure(len(rows), len(columns), size=size)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
    for (row, column), axis in np.ndenumerate(axes):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        image = pictures[rows[row]].get(columns[column])
        if image is not None:
            axis.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        if row == 0:
            axis.set_title(columns[column], fontsize=9, loc="center")
        if column == 0:
            axis.set_ylabel(rows[row], fontsize=9)
        if notes:
            axis.set_xlabel(notes.get(rows[row], {}).get(columns[column], ""), fontsize=8, labelpad=2)
    return figure
