"""What every plot shares: colours for light and dark, a bare figure, a notice, and encoding."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from ocr_demo.evaluation.plot_sizes import NOTICE, Size

Translate = Callable[..., str]
"""Puts a text into the language of a plot, and parts, given by name, in the place of their braces."""
NOTHING_TO_DRAW = "No labelled images were evaluated, so there is nothing to draw."
_SAVING = threading.Lock()


def in_english(text: str, **parts: object) -> str:
    """A text as it stands, with its parts."""
    return text.format(**parts) if parts else text


@dataclass(frozen=True)
class Theme:
    """The colours of a plot, and its language; text has a contrast of 4.5 to 1 or more with the ground."""

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
    words: Translate = in_english
    right_to_left: bool = False
    """Whether those words run so."""

    @staticmethod
    def passage(ends: tuple[str, str]) -> Colormap:
        """The even passage between two colours."""
        return LinearSegmentedColormap.from_list("passage", ends)


THEMES = {
    "light": Theme(
        ground="#fdfcfa",
        ink="#201e1b",
        muted="#5b564d",
        line="#e8e4db",
        first="#2f5d94",
        second="#c33d18",
        right=("#eef0f4", "#b1c4de"),
        wrong=("#fbe8e0", "#d0451e"),
    ),
    "dark": Theme(
        ground="#201e1b",
        ink="#f6f4ef",
        muted="#a39c8f",
        line="#393530",
        first="#8fb3e0",
        second="#ff7f59",
        right=("#272b32", "#36547a"),
        wrong=("#35241d", "#e9532b"),
    ),
}
"""The page's paper and ink, so that a plot lies on its card without an edge."""


def figure(theme: Theme, size: Size) -> Figure:
    """An empty figure of that size, outside pyplot and its list of open figures."""
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    return Figure(figsize=size, facecolor=theme.ground, layout=layout)


def dress(axes: Axes, theme: Theme, *, title: str = "", x: str = "", y: str = "") -> None:
    """Gives axes the theme's colours, a quiet frame, and their words."""
    axes.set_facecolor(theme.ground)
    where: Literal["left", "right"] = "right" if theme.right_to_left else "left"
    axes.set_title(title, loc=where, color=theme.ink, fontsize=11, fontweight="bold")
    axes.set_xlabel(x, color=theme.muted)
    axes.set_ylabel(y, color=theme.muted)
    axes.tick_params(colors=theme.muted, length=0, labelsize=9)
    axes.grid(color=theme.line, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(theme.line)


def legend(axes: Axes, theme: Theme) -> None:
    """A legend in one row above the axes' end, where it hides nothing."""
    axes.legend(
        loc="lower left" if theme.right_to_left else "lower right",
        bbox_to_anchor=(0 if theme.right_to_left else 1, 0.985),
        ncols=2,
        frameon=False,
        labelcolor=theme.ink,
        fontsize=9,
        handlelength=1.4,
        columnspacing=1.2,
    )


def notice(theme: Theme, words: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    empty = figure(theme, NOTICE)
    empty.text(0.5, 0.5, words, color=theme.muted, ha="center", va="center", fontsize=11)
    return empty


def encoded(drawn: Figure, format: str, dpi: int = 150) -> bytes:
    """A figure as the bytes of an svg or a png; the same figure gives the same bytes."""
    buffer = BytesIO()
    # The salt of SVG ids can be set in matplotlib's global settings alone, hence the lock.
    with _SAVING, matplotlib.rc_context({"svg.hashsalt": "ocr_demo"}):
        drawn.savefig(buffer, format=format, dpi=dpi, metadata=_METADATA[format])
    return buffer.getvalue()


_METADATA = {"svg": {"Date": None}, "png": {"Software": None}}


def percent_ticks() -> FuncFormatter:
    """Ticks of shares (0..1), written like `percent` with no more digits than they need."""
    return FuncFormatter(lambda share, _: f"{100 * share:.4g} %")
