"""Checkpoints and sets to promote with: the one that ships, spoilt, and drawings that tell them apart."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
from safetensors.torch import load_file, save_file

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, CONFIG, WEIGHTS, Checkpoint
from ocr_demo.evaluation.measuring import LabelledGlyphs
from ocr_demo.reading.versions import Versions
from ocr_demo.teaching.promotion import promote
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.verdict import load_labelled
from tests.drawings import drawn

LATIN = ALPHABETS["latin"]


def spoilt(folder: Path, swapped: str) -> Path:
    """`latin` that takes each of two characters for the other."""
    folder.mkdir(parents=True)
    shutil.copy(CHECKPOINTS / "latin" / CONFIG, folder)
    weights = load_file(CHECKPOINTS / "latin" / WEIGHTS)
    one, other = (LATIN.index(label) for label in swapped)
    for name in [name for name, tensor in weights.items() if tensor.shape[:1] == (len(LATIN.labels),)]:
        weights[name][[one, other]] = weights[name][[other, one]]
    save_file(weights, folder / WEIGHTS)
    return folder


def drawings(folder: Path, characters: str, pens: Iterable[int] = (12, 18, 24)) -> None:
    """Drawings of each character in class folders, one for each width of the pen."""
    for character in characters:
        (folder / character).mkdir(parents=True, exist_ok=True)
        for pen in pens:
            cv2.imwrite(str(folder / character / f"{pen}.png"), drawn(character, pen=pen))


class Workshop:
    """A folder with a served checkpoint that takes T for 7, a better one, and what to hold them against."""

    def __init__(self, folder: Path) -> None:
        self.shipped = folder / "checkpoints" / "mine"
        self.good, self.forgetful = folder / "good", folder / "forgetful"
        self.new, self.reference = f"folder:{folder / 'new'}", f"folder:{folder / 'reference'}"
        self.versions = Versions("mine", folder / "home" / "promoted" / "mine", self.shipped)

    @classmethod
    def made(cls, folder: Path) -> "Workshop":
        """A workshop with all that is in it."""
        workshop = cls(folder)
        spoilt(workshop.shipped, "T7")
        spoilt(workshop.good, "TT")
        spoilt(workshop.forgetful, "AR")
        drawings(folder / "new", "T7")
        drawings(folder / "reference", "ARZ")
        return workshop

    def sets(self, served: Checkpoint, *specs: str) -> Sequence[LabelledGlyphs]:
        return [load_labelled(spec, served.alphabet) for spec in specs]

    def promote(self, candidate: Path) -> Promotion:
        return promote(
            candidate,
            self.versions,
            lambda served: self.sets(served, self.new),
            lambda served: self.sets(served, self.reference),
            by="a test",
        )
