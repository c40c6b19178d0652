"""What `benchmarks.zoo` measured: architectures trained by one recipe, side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

from annotated_types import Interval

from ocr_demo.checkpoint import load_checkpoint, read_part
from ocr_demo.evaluation.measuring import recorded_reports
from ocr_demo.evaluation.report import Count, Report, percent

ZOO_FOLDER = "zoo"
"""Lies among the checkpoints, and holds networks that are not to choose from, some without weights."""
COMPARISON = "comparison.json"
TEST = "EMNIST ByClass test"
"""The test set whose accuracy is drawn and whose calibration error is told."""
BATCHES = {1: "Milliseconds for 1 image", 256: "Milliseconds for 256 images"}
"""How many images are read at once where reading is timed, and what the table calls that."""

Amount = Annotated[float, Interval(gt=0, lt=2**53)]


@dataclass(frozen=True)
class Network:
    """One network of the comparison; its accuracies are in the `report.json` of its folder."""

    parameters: Count
    megabytes: Amount
    """Of the file of its weights; a million bytes each."""
    epochs: Count
    share: Annotated[float, Interval(gt=0, lt=2**53)]
    """Of the recipe's images that each epoch drew."""
    training_seconds: Annotated[float, Interval(ge=0, lt=2**53)]
    trained_on: str
    """The GPU, or how many cores, in a way that needs no translation."""
    milliseconds: Mapping[str, Amount] = field(default_factory=dict)
    """To read a batch, by how many images it has."""


@dataclass(frozen=True)
class Comparison:
    """The networks by their folders' names, and on what the milliseconds were measured."""

    networks: Mapping[str, Network] = field(default_factory=dict)
    cores: Count = 0
    """0 where nothing has been timed."""
    torch: str = ""
    """The release of PyTorch."""


@dataclass(frozen=True)
class Measured:
    """A network of the comparison with its reports by test set."""

    name: str
    network: Network
    reports: Mapping[str, Report]


@dataclass(frozen=True)
class Column:
    """A figure in the table, as text; of accuracies a second one, where folding look-alikes changes it."""

    title: str
    show: Callable[[Measured], tuple[str, ...]]


@dataclass(frozen=True)
class Point:
    """A network in the picture of accuracy (0..1) against the milliseconds that reading an image takes."""

    name: str
    milliseconds: float
    accuracy: float


def read_comparison(zoo: Path) -> Comparison:
    """The comparison in a folder; empty where there is none. A `CheckpointError` where it isn't one."""
    return read_part(zoo / COMPARISON, Comparison, default=Comparison())


def measured(zoo: Path, comparison: Comparison) -> list[Measured]:
    """The networks of the comparison in a folder, of which no weights are read.

    A `CheckpointError` names what is missing or can't be read.
    """
    return [
        Measured(name, network, {each.name: each for each in recorded_reports(load_checkpoint(zoo / name))})
        for name, network in comparison.networks.items()
    ]


def columns(networks: Sequence[Measured]) -> list[Column]:
    """What the table tells of each of them: the accuracies on all test sets with labels among it."""
    reports = [report for each in networks for report in each.reports.values()]
    tests = dict.fromkeys(report.name for report in reports if report.accuracy is not None)
    return [
        Column("Parameters", lambda each: (f"{each.network.parameters:,}",)),
        Column("Megabytes", lambda each: (_written(each.network.megabytes, 1),)),
        *(Column(test, partial(_accuracies, test)) for test in tests),
        Column("Calibration error", lambda each: (_written(_on_test(each, "ece"), 4),)),
        *(Column(title, partial(_milliseconds, batch)) for batch, title in BATCHES.items()),
        Column("Minutes of training", lambda each: (_written(each.network.training_seconds / 60, 1),)),
    ]


def points(networks: Sequence[Measured]) -> tuple[Point, ...]:
    """The networks of which both are known."""
    known = ((each, each.network.milliseconds.get("1"), _on_test(each, "accuracy")) for each in networks)
    return tuple(
        Point(each.name, milliseconds, accuracy)
        for each, milliseconds, accuracy in known
        if milliseconds is not None and accuracy is not None
    )


def _on_test(each: Measured, figure: str) -> float | None:
    return getattr(each.reports.get(TEST), figure, None)


def _accuracies(test: str, each: Measured) -> tuple[str, ...]:
    report = each.reports.get(test)
    shown = (percent(report.accuracy), percent(report.folded_accuracy)) if report else (percent(None),)
    return tuple(dict.fromkeys(shown))


def _milliseconds(batch: int, each: Measured) -> tuple[str]:
    return (_written(each.network.milliseconds.get(str(batch)), 2),)


def _written(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
