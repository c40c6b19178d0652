"""What every plot shares: colours for light and dark, a bare figure, a notice, and saving."""

import threading
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from ocr_demo.errors import OptionError

UNLABELLED = "No labelled images were evaluated, so there is nothing to draw."
_SAVING = threading.Lock()


@dataclass(frozen=True)
class Theme:
    """The colours of a plot; text has a contrast of 4.5 to 1 or more with the ground."""

    ground: str
    ink: str
    muted: str
    """Secondary text."""
    line: str
    """Grid and frames."""
    first: str
    second: str
    right: tuple[str, str]
    """From few to all of a class read rightly."""
    wrong: tuple[str, str]
    """From few to many read wrongly."""

    @staticmethod
    def passage(ends: tuple[str, str]) -> Colormap:
        """The even passage between two colours."""
        return LinearSegmentedColormap.from_list("passage", ends)


THEMES = {
    "light": Theme(
        ground="#ffffff",
        ink="#1b2330",
        muted="#5b6675",
        line="#dfe3e8",
        first="#2459b8",
        second="#c2500a",
        right=("#eef3fb", "#a9c3ee"),
        wrong=("#fdeee2", "#d9480f"),
    ),
    "dark": Theme(
        ground="#14181f",
        ink="#e8ecf2",
        muted="#9aa6b5",
        line="#2d3440",
        first="#79a8ff",
        second="#ff9a52",
        right=("#1a2231", "#2c4a80"),
        wrong=("#2b1e17", "#e8590c"),
    ),
}


def theme_named(name: str) -> Theme:
    """The theme of that name; an `OptionError` lists the choices."""
    if name not in THEMES:
        raise OptionError(f"unknown theme {name!r}; choose from {', '.join(THEMES)}")
    return THEMES[name]


def figure(theme: Theme, width: float, height: float) -> Figure:
    """An empty figure of that size in inches, outside pyplot and its list of open figures."""
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    return Figure(figsize=(width, height), facecolor=theme.ground, layout=layout)


def dress(axes: Axes, theme: Theme, *, title: str = "", x: str = "", y: str = "") -> None:
    """Gives axes the theme's colours, a quiet frame, and their words."""
    axes.set_facecolor(theme.ground)
    axes.set_title(title, loc="left", color=theme.ink, fontsize=11, fontweight="bold")
    axes.set_xlabel(x, color=theme.muted)
    axes.set_ylabel(y, color=theme.muted)
    axes.tick_params(colors=theme.muted, length=0, labelsize=9)
    axes.grid(color=theme.line, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(theme.line)


def legend(axes: Axes, theme: Theme) -> None:
    """A legend in one row above the axes' right end, where it hides nothing."""
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 0.985),
        ncols=2,
        frameon=False,
        labelcolor=theme.ink,
        fontsize=9,
        handlelength=1.4,
        columnspacing=1.2,
    )


def notice(theme: Theme, words: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    empty = figure(theme, 6, 1.6)
    empty.text(0.5, 0.5, words, color=theme.muted, ha="center", va="center", fontsize=11)
    return empty


def save(drawn: Figure, path: Path | str, dpi: int = 150) -> None:
    """Writes a figure as SVG or PNG, by the path's ending; the same figure gives the same bytes."""
    path = Path(path)
    if path.suffix not in _METADATA:
        raise OptionError(f"can't save a plot as {path.name}; choose an ending from {', '.join(_METADATA)}")
    # The salt of SVG ids can be set in matplotlib's global settings alone, hence the lock.
    with _SAVING, matplotlib.rc_context({"svg.hashsalt": "ocr_demo"}):
        drawn.savefig(path, dpi=dpi, metadata=_METADATA[path.suffix])


_METADATA = {".svg": {"Date": None}, ".png": {"Software": None}}


def percent(share: float | None, digits: int = 1) -> str:
    """A share (0..1) as a percentage; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def percent_ticks() -> FuncFormatter:
    """Ticks of shares (0..1), written like `percent` with no more digits than they need."""
    return FuncFormatter(lambda share, _: f"{100 * share:.4g} %")
