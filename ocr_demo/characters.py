"""Alphabets: which labels there are, how they run, and which of them look alike."""

from dataclasses import dataclass
from typing import Literal

from ocr_demo.errors import OptionError


@dataclass(frozen=True)
class Alphabet:
    """An ordered set of labels; a label's index is its class."""

    name: str
    labels: tuple[str, ...]
    direction: Literal["ltr", "rtl"] = "ltr"
    look_alikes: tuple[frozenset[str], ...] = ()
    """Groups of labels whose shapes many hands and fonts don't tell apart."""

    def label_of(self, text: str) -> str | None:
        """The label that `text` (a character, a folder's name) stands for, either case; None if none does."""
        folded = text if text in self.labels else text.upper()
        return folded if folded in self.labels else None

    def index(self, label: str) -> int:
        return self.labels.index(label)

    def folded(self, label: str) -> str:
        """One stand-in for a label's whole look-alike group, itself where it has none."""
        group = self.group(label)
        return min(group) if group else label

    def group(self, label: str) -> frozenset[str]:
        """The look-alike group that a label is in; empty where it is in none."""
        return next((group for group in self.look_alikes if label in group), frozenset())

    @property
    def folding(self) -> tuple[int, ...]:
        """For each class, the class that stands for its look-alike group."""
        return tuple(self.index(self.folded(label)) for label in self.labels)


ALPHABETS = {
    alphabet.name: alphabet
    for alphabet in (
        Alphabet(
            "latin",
            tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            look_alikes=(frozenset("0O"), frozenset("1IL")),
        ),
        Alphabet("arabic", tuple("ابتثجحخدذرزسشصضطظعغفقكلمنهوي"), direction="rtl"),
    )
}


def alphabet_named(name: str) -> Alphabet:
    """The alphabet of that name; an `OptionError` lists the choices."""
    if name not in ALPHABETS:
        raise OptionError(f"unknown alphabet {name!r}; choose from {', '.join(ALPHABETS)}")
    return ALPHABETS[name]
