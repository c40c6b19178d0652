"""What a short training changed: what it started from and what it made, on what neither has learnt."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ocr_demo.characters import Alphabet
from ocr_demo.evaluation.measuring import LabelledGlyphs, Progress, Reader, read_all
from ocr_demo.teaching.meter import Meter, Tell
from ocr_demo.teaching.verdict import Compared, Role

MOST_SHIFTS = 8
"""So many confusions are told, those that changed most."""
Confused = tuple[int, int]
"""A class and what it was read as, both as indices in the alphabet."""


@dataclass(frozen=True)
class Shift:
    """A wrong reading that became more frequent, or less."""

    truth: str
    reading: str
    before: int
    after: int


@dataclass(frozen=True)
class Difference:
    """Two readers on the same sets."""

    figures: tuple[Compared, ...]
    shifts: tuple[Shift, ...]
    """Of all sets together."""


@dataclass(frozen=True)
class Readings:
    """How one reader fares on a set; shares are 0..1."""

    accuracy: float
    accepted: float
    """The share taken for characters."""
    confusions: Counter[Confused]

    @classmethod
    def of(cls, reader: Reader, glyph_set: LabelledGlyphs, progress: Progress) -> "Readings":
        logits, accepted = read_all(reader, glyph_set.glyphs, progress)
        pairs = list(zip(glyph_set.labels.tolist(), logits.argmax(axis=1).tolist(), strict=True))
        wrong = Counter(pair for pair in pairs if pair[0] != pair[1])
        return cls((len(pairs) - wrong.total()) / len(pairs), float(accepted.mean()), wrong)


def difference(
    base: Reader,
    made: Reader,
    corrections: LabelledGlyphs,
    references: Sequence[LabelledGlyphs],
    tell: Tell = lambda _: None,
) -> Difference:
    """Measures both on a person's corrections, where there are any, and on reference sets.

    `tell` hears how far that is.
    """
    sets: list[tuple[Role, LabelledGlyphs]] = [("new data", corrections)] if len(corrections.labels) else []
    sets += [("reference", each) for each in references]
    meter = Meter(2 * sum(len(each.glyphs) for _, each in sets), tell)
    figures, before, after = [], Counter[Confused](), Counter[Confused]()
    for role, glyph_set in sets:
        old, new = (Readings.of(each, glyph_set, meter.reading(glyph_set)) for each in (base, made))
        shares = old.accuracy, new.accuracy, old.accepted, new.accepted
        figures.append(Compared(glyph_set.source, role, len(glyph_set.labels), *shares))
        before += old.confusions
        after += new.confusions
    return Difference(tuple(figures), shifts(before, after, base.checkpoint.alphabet))


def shifts(before: Counter[Confused], after: Counter[Confused], alphabet: Alphabet) -> tuple[Shift, ...]:
    """The confusions whose count changed, those that changed most first."""
    changed = [pair for pair in before | after if before[pair] != after[pair]]
    changed.sort(key=lambda pair: (-abs(after[pair] - before[pair]), pair))
    return tuple(
        Shift(alphabet.labels[truth], alphabet.labels[reading], before[truth, reading], after[truth, reading])
        for truth, reading in changed[:MOST_SHIFTS]
    )
