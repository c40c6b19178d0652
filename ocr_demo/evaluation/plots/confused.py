"""Which classes are taken for which."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ocr_demo.evaluation.plot_sizes import MOST_CONFUSED, confused_size
from ocr_demo.evaluation.plots.theme import NOTHING_TO_DRAW, THEMES, Theme, dress, figure, notice
from ocr_demo.evaluation.report import Confusion, Report, percent


def most_confused(report: Report, labels: Sequence[str], *, style: Theme = THEMES["light"]) -> Figure:
    """The most frequent mistakes as bars, with their count and their share of the true class."""
    confusions = report.most_confused(labels, MOST_CONFUSED)
    if not confusions:
        return notice(
            style, style.words("Nothing was read wrongly." if report.confusion else NOTHING_TO_DRAW)
        )
    drawn = figure(style, confused_size(report))
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
        parts = (f"{row.count:,}", f"({percent(row.share, 1)})")
        words = "  ".join(parts[::-1] if style.right_to_left else parts)
        where = "right" if style.right_to_left else "left"
        axes.text(row.count, place, f" {words} ", color=style.muted, fontsize=9, ha=where, va="center")
