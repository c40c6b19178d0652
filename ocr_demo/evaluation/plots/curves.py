"""Curves: the training epoch by epoch, and accuracy against confidence."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ocr_demo.checkpoint import Row
from ocr_demo.evaluation.plot_sizes import TRAINING, reliability_size
from ocr_demo.evaluation.plots.theme import (
    NOTHING_TO_DRAW,
    THEMES,
    Theme,
    dress,
    figure,
    legend,
    notice,
    percent_ticks,
)
from ocr_demo.evaluation.report import ReliabilityBin, Report


def training_curves(history: Sequence[Row], *, style: Theme = THEMES["light"]) -> Figure:
    """Loss, accuracy and learning rate by epoch, from the rows of `history.json`."""
    if not history:
        return notice(style, style.words("No training history was kept."))
    drawn = figure(style, TRAINING)
    panels = drawn.subplots(1, 3)
    losses, accuracies, rates = panels[::-1] if style.right_to_left else panels
    _draw_pair(losses, history, "loss", style.words("Loss"), style)
    _draw_pair(accuracies, history, "accuracy", style.words("Accuracy"), style)
    accuracies.yaxis.set_major_formatter(percent_ticks())
    dress(rates, style, title=style.words("Learning rate"), x=style.words("epoch"))
    _draw_line(rates, history, "learning_rate", style.ink)
    rates.set_ylim(bottom=0)
    for axes in (losses, accuracies, rates):
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return drawn


def reliability(report: Report, *, style: Theme = THEMES["light"]) -> Figure:
    """Accuracy against confidence in each bin, over how many images each bin has."""
    filled = [row for row in report.reliability if row.count]
    if not filled:
        return notice(style, style.words(NOTHING_TO_DRAW))
    drawn = figure(style, reliability_size(report))
    upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    dress(upper, style, title=style.words("ECE {ece:.3f}", ece=report.ece or 0), y=style.words("accuracy"))
    dress(lower, style, x=style.words("confidence"), y=style.words("images"))
    _draw_gaps(upper, filled, style)
    _draw_bars(lower, filled, [row.count for row in filled], style.muted)
    lower.set_yscale("log")
    lower.set_ylim(bottom=0.5)
    lower.set_xlim(0, 1)
    lower.xaxis.set_major_formatter(percent_ticks())
    return drawn


def _draw_pair(axes: Axes, history: Sequence[Row], measure: str, title: str, style: Theme) -> None:
    """Training and validation in one panel."""
    dress(axes, style, title=title, x=style.words("epoch"))
    _draw_line(axes, history, f"train_{measure}", style.first, style.words("training"))
    _draw_line(axes, history, f"validation_{measure}", style.second, style.words("validation"))
    legend(axes, style)


def _draw_line(axes: Axes, history: Sequence[Row], key: str, colour: str, words: str = "") -> None:
    epochs, values = _column(history, "epoch"), _column(history, key)
    marker = "o" if len(history) <= 30 else ""
    axes.plot(epochs, values, marker=marker, markersize=3.5, linewidth=1.8, color=colour, label=words)


def _column(history: Sequence[Row], key: str) -> NDArray[np.float64]:
    """One value an epoch (epochs,); NaN, which isn't drawn, where a row lacks it."""
    return np.array([row.get(key) for row in history], dtype=np.float64)


def _draw_gaps(axes: Axes, filled: Sequence[ReliabilityBin], style: Theme) -> None:
    """Bars of accuracy, and the confidence that each bin claims as a mark across it."""
    _draw_bars(axes, filled, [row.accuracy or 0.0 for row in filled], style.first, style.words("accuracy"))
    lows, highs = [row.low for row in filled], [row.high for row in filled]
    claims = [row.confidence or 0.0 for row in filled]
    axes.hlines(claims, lows, highs, color=style.second, linewidth=2.5, label=style.words("confidence"))
    axes.plot((0, 1), (0, 1), color=style.muted, linewidth=1, linestyle="--")
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(percent_ticks())
    legend(axes, style)


def _draw_bars(
    axes: Axes, filled: Sequence[ReliabilityBin], heights: Sequence[float], colour: str, words: str = ""
) -> None:
    lows = [row.low for row in filled]
    widths = [0.92 * (row.high - row.low) for row in filled]
    axes.bar(lows, heights, widths, align="edge", color=colour, label=words)
