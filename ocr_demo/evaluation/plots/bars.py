"""Classes one by one: which are taken for which, and how each fares."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ocr_demo.evaluation.plots.theme import (
    NOTHING_TO_DRAW,
    Theme,
    dress,
    figure,
    legend,
    notice,
    percent_ticks,
    theme_named,
)
from ocr_demo.evaluation.report import Confusion, Report, percent


def most_confused(
    report: Report, labels: Sequence[str], top: int = 15, *, theme: str | Theme = "light"
) -> Figure:
    """The most frequent mistakes as bars, with their count and their share of the true class."""
    style = theme_named(theme)
    confusions = report.most_confused(labels, top)
    if not confusions:
        return notice(
            style, style.words("Nothing was read wrongly." if report.confusion else NOTHING_TO_DRAW)
        )
    drawn = figure(style, 6, 1.2 + 0.28 * len(confusions))
    axes = drawn.add_subplot()
    dress(axes, style, title=style.words("Most confused"), x=style.words("images"))
    axes.barh(range(len(confusions)), [row.count for row in confusions], height=0.62, color=style.second)
    axes.set_ylim(len(confusions) - 0.4, -1.3)
    ends = (0, 1.25 * confusions[0].count)
    axes.set_xlim(ends[::-1] if style.right_to_left else ends)
    axes.set_yticks([])
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    _name_pairs(axes, confusions, style)
    return drawn


def per_class(report: Report, *, theme: str | Theme = "light") -> Figure:
    """Precision and recall of each class that the set has, with its number of images."""
    style = theme_named(theme)
    if not report.per_class:
        return notice(style, style.words(NOTHING_TO_DRAW))
    names, rows = list(report.per_class), list(report.per_class.values())
    places = range(len(rows))
    precisions, recalls = [row.precision for row in rows], [row.recall for row in rows]
    drawn = figure(style, 5.6, 1.5 + 0.2 * len(rows))
    axes = drawn.add_subplot()
    dress(axes, style, title=style.words("Each class"))
    axes.hlines(places, precisions, recalls, color=style.muted, linewidth=1.5)
    axes.plot(precisions, places, "o", color=style.first, label=style.words("precision"), markersize=5)
    axes.plot(recalls, places, "D", color=style.second, label=style.words("recall"), markersize=4.5)
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", labelcolor=style.ink)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.margins(x=0.04)
    axes.xaxis.set_major_formatter(percent_ticks())
    _name_supports(axes, [row.support for row in rows], style)
    legend(axes, style)
    return drawn


def _name_pairs(axes: Axes, confusions: Sequence[Confusion], style: Theme) -> None:
    """Writes truth and reading in two columns: in one text, Arabic labels would change places."""
    across = axes.get_yaxis_transform()
    arrow = "←" if style.right_to_left else "→"
    rows = [(style.words("true"), "", style.words("read"), style.muted, 9)]
    rows += [(row.truth, arrow, row.reading, style.ink, 11) for row in confusions]
    for place, (truth, arrow, reading, colour, size) in enumerate(rows, start=-1):
        for x, words in ((-0.15, truth), (-0.095, arrow), (-0.04, reading)):
            x = 1 - x if style.right_to_left else x
            axes.text(
                x, place, words, color=colour, fontsize=size, ha="center", va="center", transform=across
            )
    for place, row in enumerate(confusions):
        words = f" {row.count:,}  ({percent(row.share, 1)}) "
        where = "right" if style.right_to_left else "left"
        axes.text(row.count, place, words, color=style.muted, fontsize=9, ha=where, va="center")


def _name_supports(axes: Axes, supports: Sequence[int], style: Theme) -> None:
    across = axes.get_yaxis_transform()
    axes.text(
        1.12,
        -1.2,
        style.words("images"),
        color=style.muted,
        fontsize=9,
        ha="right",
        va="center",
        transform=across,
    )
    for place, support in enumerate(supports):
        words = f"{support:,}"
        axes.text(
            1.12, place, words, color=style.muted, fontsize=8, ha="right", va="center", transform=across
        )
