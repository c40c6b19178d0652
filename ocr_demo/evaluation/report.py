"""What was measured on one test set, and how it looks in `report.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class ClassFigures:
    """How one class fared; the three figures in 0..1."""

    precision: float
    """0 where nothing was read as this class."""
    recall: float
    f1: float
    support: int
    """Images of this class, above 0."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The images whose top probability lies in (low, high]."""

    low: float
    high: float
    count: int
    confidence: float | None
    """The mean top probability; None in an empty bin."""
    accuracy: float | None
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
    images: int
    """Those that were scored: the labelled ones, or all of a set without labels."""
    accepted: float | None
    """The share of images taken for characters, 0..1."""
    origin: str = ""
    """What the set is, in words to quote beside its figures."""
    source: str = ""
    """What `evaluate --data` takes to measure the set again."""
    accuracy: float | None = None
    folded_accuracy: float | None = None
    """The accuracy when a look-alike of the truth counts as right."""
    ece: float | None = None
    """The expected calibration error, 0..1."""
    reliability: tuple[ReliabilityBin, ...] = ()
    per_class: Mapping[str, ClassFigures] = field(default_factory=dict)
    """By label, in the alphabet's order; a class without images is left out, so a plain mean is right."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """(classes, classes) counts: a row per true class, a column per class read."""

    def to_json(self) -> dict[str, Any]:
        """The set's entry in `report.json`, which names it; figures that weren't measured are left out."""
        entry = asdict(self)
        del entry["name"]
        return {key: value for key, value in entry.items() if value not in (None, (), {}, "")}

    @classmethod
    def from_json(cls, name: str, entry: Mapping[str, Any]) -> "Report":
        """The inverse of `to_json`; keys that this release doesn't know are passed over."""
        scalars = ("origin", "source", "accuracy", "folded_accuracy", "ece")
        return cls(
            name,
            images=entry.get("images", 0),
            accepted=entry.get("accepted"),
            **{key: entry[key] for key in scalars if key in entry},
            reliability=tuple(ReliabilityBin(**row) for row in entry.get("reliability", ())),
            per_class={label: ClassFigures(**row) for label, row in entry.get("per_class", {}).items()},
            confusion=tuple(tuple(row) for row in entry.get("confusion", ())),
        )

    @classmethod
    def of(cls, entry: "Entry") -> "Report":
        """The report itself, or the nameless one of an entry in `report.json`."""
        return entry if isinstance(entry, Report) else cls.from_json("", entry)

    def most_confused(self, labels: Sequence[str], top: int = 15) -> tuple[Confusion, ...]:
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


Entry = Report | Mapping[str, Any]
"""A report, or its entry in `report.json`."""
