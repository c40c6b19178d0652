"""Networks side by side: how well they read against how long they take."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from matplotlib.transforms import Bbox

from ocr_demo.evaluation.comparison import TEST, Point
from ocr_demo.evaluation.plot_sizes import COMPARED
from ocr_demo.evaluation.plots.theme import THEMES, Theme, dress, figure, notice, percent_ticks

PLACES = {
    (0, 7): ("center", "bottom"),
    (0, -7): ("center", "top"),
    (8, 0): ("left", "center"),
    (-8, 0): ("right", "center"),
    (0, 19): ("center", "bottom"),
    (0, -19): ("center", "top"),
}
"""Where a name can stand, the best first: so far from its point, in points, with so much of it towards it."""


def accuracy_against_time(points: Sequence[Point], *, style: Theme = THEMES["light"]) -> Figure:
    """Each network's accuracy over the milliseconds it takes, on a logarithmic scale."""
    if not points:
        return notice(style, style.words("No network was both measured and timed."))
    drawn = figure(style, COMPARED)
    axes = drawn.add_subplot()
    dress(
        axes,
        style,
        title=style.words(TEST),
        x=style.words("milliseconds for 1 image"),
        y=style.words("accuracy"),
    )
    axes.set_xscale("log")
    axes.scatter(
        [each.milliseconds for each in points], [each.accuracy for each in points], s=44, color=style.first
    )
    axes.margins(0.14, 0.16)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(percent_ticks())
    drawn.draw_without_rendering()  # from here on it is known what lies where
    _name_points(axes, points, style)
    return drawn


def _name_points(axes: Axes, points: Sequence[Point], style: Theme) -> None:
    """Writes each name where it covers no point and no other name, if there is such a place."""
    centres = axes.transData.transform([(each.milliseconds, each.accuracy) for each in points])
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in centres]
    for each in points:
        at = each.milliseconds, each.accuracy
        name = axes.annotate(each.name, at, (0, 0), textcoords="offset points")
        name.set(color=style.ink, fontsize=9, in_layout=False)
        for offset, (across, along) in PLACES.items():
            name.set(position=offset, horizontalalignment=across, verticalalignment=along)
            box = name.get_window_extent()
            if not box.count_overlaps(taken):
                break
        taken.append(box)
