"""Whether a candidate reads better than what is served: both on the same sets, figure by figure."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ocr_demo.characters import Alphabet
from ocr_demo.checkpoint import Checkpoint
from ocr_demo.errors import DataError, PromotionError
from ocr_demo.evaluation.measuring import LabelledGlyphs, Reader, evaluate_source, recorded_reports
from ocr_demo.evaluation.report import Report
from ocr_demo.teaching.meter import Measuring, Meter

MOST_LOST = 0.002
"""How much of the accuracy on a reference set a candidate may lose, 0..1."""
MOST_REFUSED = 0.01
"""How much smaller a share of a set's characters it may take for characters, 0..1: its threshold is fitted to
other samples, so some difference is chance."""
ROUNDING = 1e-9
REFERENCE = "OCR_DEMO_REFERENCE"
"""The variable that names the reference sets: sources, with commas between."""
FONTS = "fonts"
"""The source of what is always measured; each promoted version's report has it, too."""
FETCHED = ("emnist", "drawings:emnist")
"""Sources that may be downloaded, which nobody asked for here."""

Role = Literal["new data", "reference"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Planned:
    """A set that will be measured."""

    name: str
    role: Role
    images: int

    def __str__(self) -> str:
        return f"{self.name} ({self.role}, {self.images:,} images)"


@dataclass(frozen=True)
class Compared:
    """Two checkpoints on one set: accuracies, and shares taken for characters, all 0..1."""

    name: str
    role: Role
    images: int
    before: float
    after: float
    accepted_before: float
    accepted_after: float

    @property
    def gained(self) -> float:
        """How many more images are read rightly; below 0 if fewer are."""
        return (self.after - self.before) * self.images

    @property
    def holds(self) -> bool:
        """Whether the candidate loses no more than it may."""
        refused, lost = self.accepted_before - self.accepted_after, self.before - self.after
        kept = self.role == "new data" or lost <= MOST_LOST + ROUNDING
        return kept and refused <= MOST_REFUSED + ROUNDING

    @property
    def told(self) -> PromotionError:
        """The figures in a line, as a part of an error that tells them."""
        return PromotionError(
            "{name} ({role}, {images:,} images): accuracy {before:.2%} → {after:.2%}, "
            "taken for characters {accepted_before:.2%} → {accepted_after:.2%}",
            **asdict(self),
        )

    def __str__(self) -> str:
        return str(self.told)


Told = tuple[Planned, ...] | Measuring | Compared
"""What is told of a comparison: first all its sets, then how far it is, and of each set what it came to."""


@dataclass(frozen=True)
class Verdict:
    """What a comparison on every set comes to."""

    figures: tuple[Compared, ...]
    measured: tuple[Report, ...]
    """The candidate's reports on the reference sets."""

    @property
    def objections(self) -> list[PromotionError]:
        """Why the candidate may not take the place of what is served; empty where it may."""
        lost = [
            PromotionError("too much is lost on {figures}", figures=each.told)
            for each in self.figures
            if not each.holds
        ]
        new = [each for each in self.figures if each.role == "new data"]
        better = sum(each.gained for each in new) > 0.5  # images are whole
        if better:
            return lost
        return [PromotionError("no better on {figures}", figures=[each.told for each in new]), *lost]


def compare(
    served: Reader,
    candidate: Reader,
    new: Sequence[LabelledGlyphs],
    references: Sequence[LabelledGlyphs],
    tell: Callable[[Told], None],
) -> Verdict:
    """Measures both on every set; a `DataError` for one without labels."""
    sets: list[tuple[Role, LabelledGlyphs]] = [("new data", each) for each in new]
    sets += [("reference", each) for each in references]
    plan = tuple(Planned(each.source, role, len(each.glyphs)) for role, each in sets)
    tell(plan)
    figures, measured = [], []
    meter = Meter(2 * sum(each.images for each in plan), tell)
    for role, glyph_set in sets:
        before, _ = evaluate_source(served, glyph_set, progress=meter.reading(glyph_set))
        after, _ = evaluate_source(candidate, glyph_set, progress=meter.reading(glyph_set))
        figures.append(_compared(role, before, after))
        tell(figures[-1])
        measured += [after] if role == "reference" else []
    return Verdict(tuple(figures), tuple(measured))


def reference_sets(served: Checkpoint, specs: Sequence[str] = ()) -> list[LabelledGlyphs]:
    """The sets on which nothing may be lost: those of `specs`, else of `OCR_DEMO_REFERENCE`.

    Without either the characters of the fonts at hand, and the test sets in the served checkpoint's report
    that this machine has. A `DataError` says why a named one can't be used.
    """
    named = list(specs) or [each.strip() for each in os.environ.get(REFERENCE, "").split(",") if each.strip()]
    if named:
        return [load_labelled(spec, served.alphabet) for spec in named]
    return [load_labelled(FONTS, served.alphabet), *_own_sets(served)]


def load_labelled(spec: str, alphabet: Alphabet) -> LabelledGlyphs:
    """The testing images of a source; a `DataError` where it has no labels."""
    from ocr_demo.datasets import load_glyphs  # brings fontTools, which reading never needs

    glyph_set = load_glyphs(spec, alphabet, split="testing")
    if (glyph_set.labels < 0).all():
        raise DataError(
            "{source} has no labels to hold readings against; name a source with class folders", source=spec
        )
    return glyph_set


def _own_sets(served: Checkpoint) -> list[LabelledGlyphs]:
    sets = []
    for report in recorded_reports(served):
        if report.accuracy is None or report.source in ("", FONTS) or report.source.startswith(FETCHED):
            continue
        try:
            sets.append(load_labelled(report.source, served.alphabet))
        except DataError as error:
            log.info("reference set %s left out: %s", report.name, error)
    return sets


def _compared(role: Role, before: Report, after: Report) -> Compared:
    figures = (before.accuracy, after.accuracy, before.accepted, after.accepted)
    return Compared(before.name, role, before.images, *(float(figure or 0) for figure in figures))
