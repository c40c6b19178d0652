"""The Evaluation tab's contents as HTML, made from what lies in the checkpoints' folders.

Every text that comes from a file passes `escape`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import get_args

from ocr_demo.checkpoint import Checkpoint
from ocr_demo.errors import OcrDemoError
from ocr_demo.evaluation.measuring import recorded_reports
from ocr_demo.evaluation.plot_sizes import TRAINING, Size, confused_size, confusion_size, reliability_size
from ocr_demo.evaluation.report import ClassFigures, Report, percent
from ocr_demo.web.plots import Format, Kind, Theme, plot_url
from ocr_demo.web.words import Words


@dataclass(frozen=True)
class Measured:
    """A checkpoint's name, its reports by test set, and whether the course of its training was kept."""

    name: str
    reports: dict[str, Report]
    has_history: bool

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Measured":
        """A `CheckpointError` where its `report.json` or `history.json` can't be read."""
        reports = {report.name: report for report in recorded_reports(checkpoint)}
        return cls(checkpoint.name, reports, bool(checkpoint.history()))


def labelled_tests(shown: Sequence[Measured]) -> list[str]:
    """The test sets that have labels, and so plots, in any of the reports."""
    tests = [name for one in shown for name, report in one.reports.items() if report.confusion]
    return list(dict.fromkeys(tests))


def report_html(shown: Sequence[Measured], test: str | None, shares: bool, words: Words) -> str:
    """Figures, plots and tables of one checkpoint, or of two side by side."""
    missing = "".join(_missing(one, words) for one in shown if not one.reports)
    parts = [missing, figures_table([one for one in shown if one.reports], words)]
    if test:
        parts.append(_on_test(shown, test, shares, words))
    training = [(one.name, _plot(one, words, "training")) for one in shown if one.has_history]
    if training:
        parts.append(_section(words("Training"), training))
    return f'<div class="report">{"".join(parts)}</div>'


def failure_html(error: OcrDemoError, words: Words) -> str:
    """What stands in the report's place where a checkpoint can't be loaded."""
    return f'<div class="report"><p class="missing">{escape(words.sentence(error))}</p></div>'


def _on_test(shown: Sequence[Measured], test: str, shares: bool, words: Words) -> str:
    measured = [one for one in shown if test in one.reports]
    has = words(", ").join(dict.fromkeys(words(one.reports[test].origin) for one in measured))

    def plots(kind: Kind, shares: bool = False) -> list[tuple[str, str]]:
        return [(one.name, _plot(one, words, kind, test, shares)) for one in measured]

    classes = [(one.name, class_table(one.reports[test].per_class, words)) for one in measured]
    return "".join(
        [
            f'<p class="origin">{escape(has)}</p>',
            _section(words("Confusion"), plots("confusion", shares)),
            f'<div class="pair of-{len(measured)}">',
            _section(words("Most confused"), plots("confused")),
            _section(words("Confidence"), plots("reliability")),
            "</div>",
            _section(words("Each class"), classes),
        ]
    )


def _missing(one: Measured, words: Words) -> str:
    name = escape(one.name)
    told = words(
        "{name} has not been measured yet. This measures it on a folder of pictures, sorted by class, and "
        "keeps the figures with it:",
        name=name,
    )
    command = f"python -m ocr_demo evaluate --checkpoint {name} --data folder:DIR --record NAME"
    return f'<p class="missing">{told} <code>{command}</code></p>'


def _section(title: str, columns: Sequence[tuple[str, str]]) -> str:
    """A heading over a column for each checkpoint, named where there are several."""
    named = len(columns) > 1
    bodies = "".join(
        f"<div>{f'<h3>{escape(name)}</h3>' if named else ''}{body}</div>" for name, body in columns
    )
    return f'<section><h2>{escape(title)}</h2><div class="columns of-{len(columns)}">{bodies}</div></section>'


SIZES: dict[Kind, Callable[[Report], Size]] = {
    "confusion": confusion_size,
    "confused": confused_size,
    "reliability": reliability_size,
}
"""Of the plots of a test set."""
PIXELS = 96
"""To the inch, as browsers have it."""
PLOT_NAMES: dict[Kind, str] = {
    "confusion": "Confusion matrix of {name} on {test}",
    "confused": "Most confused pairs of {name} on {test}",
    "reliability": "Accuracy against confidence of {name} on {test}",
    "training": "Loss, accuracy and learning rate of {name} by epoch",
}


def _plot(one: Measured, words: Words, kind: Kind, test: str = "", shares: bool = False) -> str:
    title = words(PLOT_NAMES[kind], name=one.name, test=words(test))
    size = SIZES[kind](one.reports[test]) if test else TRAINING

    def address(format: Format, theme: Theme) -> str:
        return plot_url(one.name, kind, format, test=test, shares=shares, theme=theme)

    return plot_html(kind, title, f"{one.name}-{kind}", size, address, words)


def plot_html(
    kind: str, title: str, file: str, size: Size, address: Callable[[Format, Theme], str], words: Words
) -> str:
    """A plot in light and in dark, of which the page shows, and the browser fetches, the one that fits.

    Its size is told, so that nothing below it moves when it comes. Till then it is said to be drawn, which
    `plots.js` takes away.
    """
    width, height = (round(PIXELS * side) for side in size)
    room = f'width="{width}" height="{height}"'
    coming = f'<p class="coming">{words("The plot is being drawn …")}</p>'

    def in_theme(theme: Theme) -> str:
        links = " ".join(
            f'<a href="{escape(address(format, theme))}" download="{escape(f"{file}.{format}")}" '
            f'aria-label="{escape(words("{plot} as {format}", plot=title, format=format.upper()))}">'
            f"{format.upper()}</a>"
            for format in get_args(Format)
        )
        image = f'<img loading="lazy" {room} src="{escape(address("svg", theme))}" alt="{escape(title)}">'
        return (
            f'<figure class="plot {kind} on-{theme}">{coming}{image}<figcaption>{links}</figcaption></figure>'
        )

    return in_theme("light") + in_theme("dark")


@dataclass(frozen=True)
class Column:
    """A figure in the table of figures."""

    title: str
    value: Callable[[Report], float | None]
    show: Callable[[float], str]
    best: Callable[[Iterable[float]], float] | None = None
    """Which of several to mark."""


COLUMNS = (
    Column("Images", lambda report: report.images, lambda count: f"{count:,.0f}"),
    Column("Exact", lambda report: report.accuracy, percent, max),
    Column("Look-alikes folded", lambda report: report.folded_accuracy, percent, max),
    Column("Calibration error", lambda report: report.ece, lambda error: f"{error:.4f}", min),
    Column("Taken for characters", lambda report: report.accepted, percent),
)
CLASS_COLUMNS = ("Class", "Precision %", "Recall %", "F1 %", "Images")


def figures_table(shown: Sequence[Measured], words: Words) -> str:
    """A row for each test set, and under each figure a column for each checkpoint.

    The roles say what the elements say, which not every browser does once a phone's layout takes them apart.
    """
    if not shown:
        return ""
    tests = dict.fromkeys(name for one in shown for name in one.reports)
    head = '<th role="columnheader"'
    span = f'colspan="{len(shown)}" scope="colgroup"' if len(shown) > 1 else 'scope="col"'
    heads = "".join(f"{head} {span}>{words(column.title)}</th>" for column in COLUMNS)
    names = "".join(f'{head} scope="col">{escape(one.name)}</th>' for one in shown) * len(COLUMNS)
    second = f'<tr role="row"><td role="cell"></td>{names}</tr>' if len(shown) > 1 else ""
    rows = "".join(
        f'<tr role="row"><th role="rowheader" scope="row">{escape(words(test))}</th>'
        + "".join(_cells(column, test, shown, words) for column in COLUMNS)
        + "</tr>"
        for test in tests
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{words("Figures")}">'
        '<table class="figures" role="table"><thead role="rowgroup">'
        f'<tr role="row">{head} scope="col">{words("Test set")}</th>{heads}</tr>{second}</thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table></div>'
    )


def _cells(column: Column, test: str, shown: Sequence[Measured], words: Words) -> str:
    """A figure of each checkpoint, titled for narrow screens, where the table's head is left out."""
    reports = [one.reports.get(test) for one in shown]
    values = [column.value(report) if report else None for report in reports]
    known = [value for value in values if value is not None]
    sizes = {report.images for report in reports if report}  # sets of one name may be of two alphabets
    best = column.best(known) if column.best and len(known) > 1 and len(sizes) == 1 else None
    title = words(column.title)
    titles = [f"{title}{words(', ')}{one.name}" if len(shown) > 1 else title for one in shown]
    marks = [" class=best" if best is not None and value == best else "" for value in values]
    return "".join(
        f'<td role="cell" data-title="{escape(title)}"{mark}>'
        f"{'–' if value is None else column.show(value)}</td>"
        for value, title, mark in zip(values, titles, marks, strict=True)
    )


def class_table(classes: Mapping[str, ClassFigures], words: Words) -> str:
    """Precision, recall, F1 and images of each class; its headings sort it."""
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f"<td>{100 * value:.1f}</td>" for value in (row.precision, row.recall, row.f1))
        + f"<td>{row.support:,}</td></tr>"
        for label, row in classes.items()
    )
    heads = "".join(
        f'<th scope="col"><button type="button">{words(title)}</button></th>' for title in CLASS_COLUMNS
    )
    return (
        f'<div class="scroll classes" tabindex="0" role="region" aria-label="{words("Each class")}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
