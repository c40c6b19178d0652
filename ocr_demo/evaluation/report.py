"""What was measured on one test set, and how it looks in `report.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval

from ocr_demo.checkpoint import checked

Share = Annotated[float, Interval(ge=0, le=1)]
Count = Annotated[int, Interval(ge=0, lt=2**53)]
"""As a float holds it."""


def percent(share: float | None, digits: int = 2) -> str:
    """A share (0..1) as a percentage; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


@dataclass(frozen=True)
class ClassFigures:
    """How one class fared."""

    precision: Share
    """0 where nothing was read as this class."""
    recall: Share
    f1: Share
    support: Count
    """Images of this class, above 0."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The images whose top probability lies in (low, high]."""

    low: Share
    high: Share
    count: Count
    confidence: Share | None
    """The mean top probability; None in an empty bin."""
    accuracy: Share | None
    """The share read rightly; None in an empty bin."""


@dataclass(frozen=True)
class Confusion:
    """One way of reading a class wrongly."""

    truth: str
    reading: str
    count: int
    share: float
    """Of the true class's images, 0..1."""


@dataclass(frozen=True)
class Report:
    """The figures of one checkpoint on one test set; all but `accepted` need labels and are empty without."""

    name: str
    images: Count
    """Those that were scored: the labelled ones, or all of a set without labels."""
    accepted: Share
    """The share of images taken for characters."""
    origin: str = ""
    """What the set is, in words to quote beside its figures."""
    source: str = ""
    """What `evaluate --data` takes to measure the set again."""
    accuracy: Share | None = None
    folded_accuracy: Share | None = None
    """The accuracy when a look-alike of the truth counts as right."""
    ece: Share | None = None
    """The expected calibration error."""
    reliability: tuple[ReliabilityBin, ...] = ()
    per_class: Mapping[str, ClassFigures] = field(default_factory=dict)
    """By label, in the alphabet's order; a class without images is left out, so a plain mean is right."""
    confusion: tuple[tuple[Count, ...], ...] = ()
    """(classes, classes) counts: a row per true class, a column per class read."""

    def to_json(self) -> dict[str, Any]:
        """The set's entry in `report.json`, which names it; figures that weren't measured are left out."""
        entry = asdict(self)
        del entry["name"]
        return {key: value for key, value in entry.items() if value not in (None, (), {}, "")}

    def most_confused(self, labels: Sequence[str], top: int) -> tuple[Confusion, ...]:
        """The most frequent wrong readings, and among equals those of the larger share first.

        `labels` are the alphabet's.
        """
        confusions = (
            Confusion(truth, reading, count, count / sum(row))
            for truth, row in zip(labels, self.confusion, strict=False)
            for reading, count in zip(labels, row, strict=True)
            if count and reading != truth
        )
        return tuple(sorted(confusions, key=lambda row: (-row.count, -row.share))[:top])


def reports_of(entries: Mapping[str, Mapping[str, Any]], where: Path) -> dict[str, Report]:
    """The inverse of `to_json` for the entries of a `report.json`, by the sets' names.

    Keys that this release doesn't know are passed over. A `CheckpointError` names the file, `where`, and what
    in it is no report.
    """
    named = {name: {**entry, "name": name} for name, entry in entries.items()}
    return checked(named, dict[str, Report], where)
