"""The evaluation's plots by address, drawn when a browser asks: `plots/latin/confusion.svg?test=mouse-az`."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Query, Response

from ocr_demo.checkpoint import HISTORY, REPORT, Checkpoint
from ocr_demo.errors import UnknownCheckpointError
from ocr_demo.evaluation.comparison import COMPARISON, measured, points, read_comparison
from ocr_demo.evaluation.measuring import recorded_reports
from ocr_demo.evaluation.report import Report
from ocr_demo.reading.library import Library
from ocr_demo.storage import version
from ocr_demo.web.words import Words

if TYPE_CHECKING:  # matplotlib: a second that only those who look pay
    from ocr_demo.evaluation.plots import Theme as Style

Kind = Literal["confusion", "confused", "reliability", "training"]
Format = Literal["svg", "png"]
Theme = Literal["light", "dark"]
TYPES = {"svg": "image/svg+xml", "png": "image/png"}
KEPT = 64
"""Drawings kept for the next who asks: some 10 MB."""


def plot_routes(library: Library, zoo: Path, words: Words) -> APIRouter:
    """Serves every plot of the library's checkpoints, and of those compared in the folder `zoo`, beside the
    page in that language.
    """
    routes, gallery = APIRouter(prefix=words.prefix), Gallery(words)

    @routes.get("/plots/{name}/{kind}.{format}", include_in_schema=False)
    def plot(
        name: str,
        kind: Kind,
        format: Format,
        test: Annotated[str, Query(max_length=200)] = "",
        shares: bool = False,
        theme: Theme = "light",
    ) -> Response:
        try:
            checkpoint = library.checkpoint(name)
            picture = gallery.picture(checkpoint, kind, format, test=test, shares=shares, theme=theme)
        except (UnknownCheckpointError, KeyError) as error:
            raise HTTPException(404, words("there is no such plot")) from error
        return _answer(picture, format)

    @routes.get("/plots/zoo.{format}", include_in_schema=False)
    def comparison(format: Format, theme: Theme = "light") -> Response:
        return _answer(gallery.comparison(zoo, format, theme=theme), format)

    return routes


def _answer(picture: bytes, format: Format) -> Response:
    return Response(picture, media_type=TYPES[format], headers={"Cache-Control": "max-age=60"})


def plot_url(name: str, kind: Kind, format: Format, **asked: Any) -> str:
    """The address of a plot, relative to the page's."""
    known = {key: str(value).lower() if isinstance(value, bool) else value for key, value in asked.items()}
    return f"plots/{quote(name, safe='')}/{kind}.{format}?{urlencode(known)}"


def comparison_url(format: Format, theme: Theme) -> str:
    """The address of the comparison's picture, relative to the page's."""
    return f"plots/zoo.{format}?theme={theme}"


class Gallery:
    """Draws plots in one language, one at a time, and keeps the latest."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._lock = Lock()  # a page asks for six at once, and each would take a core

    def picture(
        self, checkpoint: Checkpoint, kind: Kind, format: Format, *, test: str, shares: bool, theme: Theme
    ) -> bytes:
        """A plot as SVG or PNG; `KeyError` where the report has no such test set."""
        asked = () if kind == "training" else (test, shares) if kind == "confusion" else (test,)
        key = (checkpoint.folder, version(checkpoint.folder, (REPORT, HISTORY)), kind, format, theme, *asked)
        return self._picture(key, lambda: _drawn(checkpoint, kind, format, test, shares, theme, self._words))

    def comparison(self, zoo: Path, format: Format, *, theme: Theme) -> bytes:
        """The picture of what is compared in a folder, as SVG or PNG; errors as those of `measured`."""
        folders = (zoo, *sorted(zoo.glob("*/")))
        versions = tuple(version(each, (COMPARISON, REPORT)) for each in folders)
        return self._picture(
            (zoo, versions, format, theme), lambda: _compared(zoo, format, theme, self._words)
        )

    def _picture(self, key: tuple[Any, ...], draw: Callable[[], bytes]) -> bytes:
        """What is kept under that key, or else is drawn now."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = draw()
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def _report(checkpoint: Checkpoint, test: str) -> Report:
    return {report.name: report for report in recorded_reports(checkpoint)}[test]


def _drawn(
    checkpoint: Checkpoint,
    kind: Kind,
    format: Format,
    test: str,
    shares: bool,
    theme: Theme,
    words: Words,
) -> bytes:
    from ocr_demo.evaluation import plots

    labels = checkpoint.contract.labels
    look = _in_language(plots.THEMES[theme], words)
    if kind == "training":
        figure = plots.training_curves(checkpoint.history(), style=look)
    elif kind == "confusion":
        figure = plots.confusion_matrix(_report(checkpoint, test), labels, shares, style=look)
    elif kind == "confused":
        figure = plots.most_confused(_report(checkpoint, test), labels, style=look)
    else:
        figure = plots.reliability(_report(checkpoint, test), style=look)
    return plots.encoded(figure, format)


def _compared(zoo: Path, format: Format, theme: Theme, words: Words) -> bytes:
    from ocr_demo.evaluation import plots

    shown = points(measured(zoo, read_comparison(zoo)))
    figure = plots.accuracy_against_time(shown, style=_in_language(plots.THEMES[theme], words))
    return plots.encoded(figure, format)


def _in_language(style: "Style", words: Words) -> "Style":
    return replace(style, words=words, right_to_left=words.direction == "rtl")
