"""Alphabets: which labels there are, how they run, and which of them look alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal
from unicodedata import normalize

from ocr_demo.errors import OptionError

UNLABELLED = -1
"""The class of an image whose source has no classes."""


@dataclass(frozen=True)
class Alphabet:
    """An ordered set of labels; a label's index is its class."""

    name: str
    labels: tuple[str, ...]
    direction: Literal["ltr", "rtl"] = "ltr"
    look_alikes: tuple[frozenset[str], ...] = ()
    """Groups of labels whose shapes many hands and fonts don't tell apart: also counted as one, folded."""
    near_alikes: tuple[frozenset[str], ...] = ()
    """Groups that many hands write nearly alike, in one of the cases (a g and a 9): never counted as one."""
    tells: Mapping[str, str] = field(default_factory=dict, hash=False)
    """For pairs of labels, such as "0O", what tells the one from the other."""

    def label_of(self, text: str) -> str | None:
        """The label that `text` (a character, a folder's name) stands for; None if none does.

        Either case of a letter stands for it, and so does each form it takes in a word (ﻋ, ﻌ and ﻊ for ع).
        """
        folded = text if text in self.labels else normalize("NFKC", text).upper()
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

    def near_group(self, label: str) -> frozenset[str]:
        """The group of near look-alikes that a label is in; empty where it is in none."""
        return next((group for group in self.near_alikes if label in group), frozenset())

    def tell(self, one: str, other: str) -> str:
        """What tells two labels apart, in words; empty where nobody mistakes them."""
        return self.tells.get(one + other) or self.tells.get(other + one) or ""

    @property
    def folding(self) -> tuple[int, ...]:
        """For each class, the class that stands for its look-alike group."""
        return tuple(self.index(self.folded(label)) for label in self.labels)


LATIN_TELLS = {
    "0O": "a zero is usually narrower, an O nearly round",
    "1I": "a 1 has a flag at its top left, an I bars on both sides or none",
    "1L": "an L has a foot to the right, a 1 none or one on both sides",
    "IL": "an L has a foot to the right, an I none or one on both sides",
    "17": "the bar of a 7 is long and level, the flag of a 1 short and slanted",
    "0D": "the left of a D is straight and has corners",
    "DO": "the left of a D is straight and has corners",
    "0Q": "a Q has a tail that crosses its bowl",
    "OQ": "a Q has a tail that crosses its bowl",
    "2Z": "the top of a 2 is round, that of a Z has a corner",
    "5S": "a 5 has a corner and a flat top, an S is one curve",
    "6G": "the bowl of a 6 is closed, a G has a bar",
    "6B": "a B has a straight stem with two bowls, a 6 one bowl",
    "8B": "the left of a B is straight, an 8 is round there and narrow in its middle",
    "4A": "the foot of a 4 is one stem to the right, an A has two legs",
    "49": "the top of a 4 is open or pointed, that of a 9 round and closed",
    "4Y": "a 4 has a bar that crosses its stem, a Y none",
    "7T": "the stem of a T stands under the middle of its bar, that of a 7 under the right end",
    "9G": "a g has a tail that turns to the left, a 9 a straight or short one",
    "9Q": "the tail of a q is straight down, often with a flick to the right",
    "GQ": "the tail of a q turns to the right, that of a g to the left",
    "BR": "the lower bowl of a B is closed, an R has a leg",
    "PR": "an R has a leg below its bowl, a P none",
    "DP": "the bowl of a P ends half way down, that of a D at the foot",
    "CG": "a G has a bar, or a spur, at its lower right",
    "CE": "an E has a bar in its middle",
    "CL": "the top of a C is bent, that of an L straight up",
    "EF": "an E has a third bar at its foot",
    "FP": "the bowl of a P is closed, an F has open bars",
    "FT": "the bar of a T reaches to both sides of its stem",
    "HN": "the middle of an H is level, that of an N slants from the top left to the foot",
    "KX": "a K has a straight stem on its left",
    "HK": "a K's two arms meet at its stem",
    "MN": "an M has two points at its top, an N one slanted stroke",
    "MW": "the points of an M are at its top, those of a W at its foot",
    "NW": "a W has one stroke more",
    "IJ": "a J ends in a hook to the left",
    "JU": "a J is open on its left, a U has two stems",
    "OU": "a U is open at its top",
    "0U": "a U is open at its top",
    "UV": "a U is round at its foot, a V pointed",
    "UW": "a W has a point in its middle",
    "VY": "a Y has a stem below its fork",
    "XY": "the strokes of an X cross, those of a Y meet",
    "RK": "the top of an R is a closed bowl, a K is open there",
    "AR": "an R has a straight stem and a bowl, an A two slanted legs",
    "AQ": "a Q's tail leaves at its lower right, an a has its stem beside the bowl",
    "6C": "a 6 closes into a bowl at its foot",
    "LU": "a U has a second stem",
    "TY": "the top of a T is level, that of a Y a fork",
}

ARABIC_BODIES = ("بتثني", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق")
"""Letters that their dots alone tell apart."""
ARABIC_DOTS = {
    **dict.fromkeys("نخذزضظغف", "one dot above"),
    **dict.fromkeys("تق", "two dots above"),
    **dict.fromkeys("ثش", "three dots above"),
    "ب": "one dot below",
    "ج": "one dot inside",
    "ي": "two dots below",
}
ARABIC_TELLS = {
    one + other: f"{one} has {ARABIC_DOTS.get(one, 'no dot')}, {other} has {ARABIC_DOTS.get(other, 'no dot')}"
    for body in ARABIC_BODIES
    for one, other in combinations(body, 2)
}


ALPHABETS = {
    alphabet.name: alphabet
    for alphabet in (
        Alphabet(
            "latin",
            tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            look_alikes=(frozenset("0O"), frozenset("1IL")),
            near_alikes=(frozenset("9GQ"), frozenset("6B"), frozenset("2Z"), frozenset("5S")),
            tells=LATIN_TELLS,
        ),
        Alphabet("arabic", tuple("ابتثجحخدذرزسشصضطظعغفقكلمنهوي"), direction="rtl", tells=ARABIC_TELLS),
    )
}


SAME_SHAPES = tuple(map(frozenset, ("1ILا", "0Oه", "9و", "Jل")))
"""Labels of several alphabets that many hands draw alike."""


def shared_shapes(alphabet: Alphabet, other: Alphabet) -> frozenset[str]:
    """The labels of `alphabet` whose shapes may be a label's of the other."""
    groups = (group for group in SAME_SHAPES if group & set(other.labels))
    return frozenset().union(*groups) & set(alphabet.labels)


def alphabet_named(name: str) -> Alphabet:
    """The alphabet of that name; an `OptionError` lists the choices."""
    if name not in ALPHABETS:
        raise OptionError(f"unknown alphabet {name!r}; choose from {', '.join(ALPHABETS)}")
    return ALPHABETS[name]
