"""The confusion matrix, made to be read at 36 classes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ocr_demo.evaluation.plot_sizes import confusion_size
from ocr_demo.evaluation.plots.theme import NOTHING_TO_DRAW, THEMES, Theme, dress, figure, notice
from ocr_demo.evaluation.report import Report, percent

LEAST_SHARE = 0.005
"""Row shares below it would be written as 0 %; they are coloured alone."""
FEW = 20
"""Counts below it never get the strongest colour, even where they are the most."""


def confusion_matrix(
    report: Report, labels: Sequence[str], normalise: bool = False, *, style: Theme = THEMES["light"]
) -> Figure:
    """What was read (columns) for each true class (rows): counts, or shares of the row in per cent.

    Right readings have a colour of their own, and wrong ones a logarithmic scale, so that a handful of
    mistakes stands out beside thousands of right readings.
    """
    if not report.confusion:
        return notice(style, style.words(NOTHING_TO_DRAW))
    counts = np.array(report.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    drawn = figure(style, confusion_size(report))
    axes = drawn.add_subplot()
    title = style.words(
        "{share} right (per cent of the true class)" if normalise else "{share} right (images)",
        share=percent(report.accuracy, 1),
    )
    dress(axes, style, title=title, x=style.words("read as"), y=style.words("true class"))
    colours = _colours(counts, shares, normalise, style)
    axes.imshow(colours, interpolation="nearest")
    _name_cells(axes, labels, style)
    _write_cells(axes, counts, shares, normalise, colours)
    return drawn


def _colours(
    counts: NDArray[np.int_], shares: NDArray[np.float64], normalise: bool, style: Theme
) -> NDArray[np.float64]:
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, shares if normalise else counts)
    scale = LogNorm(0.001, 1, clip=True) if normalise else LogNorm(1, max(wrong.max(), FEW), clip=True)
    colours = style.passage(style.wrong)(scale(np.where(wrong > 0, wrong, 1)))
    colours[wrong == 0] = style.passage((style.ground, style.ground))(0.0)
    diagonal = np.arange(len(counts))
    colours[diagonal, diagonal] = style.passage(style.right)(shares.diagonal())
    return colours[..., :3]  # (classes, classes, 3)


def _name_cells(axes: Axes, labels: Sequence[str], style: Theme) -> None:
    """Names rows and columns on both sides, and rules the cells."""
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(labeltop=True, labelright=True, labelcolor=style.ink, pad=2)
    edges = np.arange(len(labels) + 1) - 0.5
    axes.grid(visible=False)
    axes.hlines(edges, edges[0], edges[-1], color=style.line, linewidth=0.5)
    axes.vlines(edges, edges[0], edges[-1], color=style.line, linewidth=0.5)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(edges[-1], edges[0])
    axes.spines[:].set_visible(False)


def _write_cells(
    axes: Axes,
    counts: NDArray[np.int_],
    shares: NDArray[np.float64],
    normalise: bool,
    colours: NDArray[np.float64],
) -> None:
    for row, column in np.argwhere(shares >= LEAST_SHARE if normalise else counts > 0):
        words = f"{100 * shares[row, column]:.0f}" if normalise else _short(counts[row, column])
        ink = "#10151d" if _luminance(colours[row, column]) > 0.2 else "#f2f5f9"
        text = axes.text(column, row, words, ha="center", va="center", fontsize=6, color=ink)
        text.set_in_layout(False)  # measuring a thousand texts takes longer than drawing them


def _short(count: int) -> str:
    return str(count) if count < 10_000 else f"{count / 1000:.0f}k"


def _luminance(colour: NDArray[np.float64]) -> float:
    """The relative luminance of an sRGB colour, 0..1 (WCAG 2.2)."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
