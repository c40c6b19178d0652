"""What the tests of teaching share."""

from pathlib import Path

from ocr_demo.preprocess import to_glyph
from ocr_demo.teaching import Bounds, Collection, Draft, People
from ocr_demo.teaching.people import new_id
from tests.drawings import drawn

CHARACTERS = "RAZ7T"


def draft(label: str = "7", character: str = "7") -> Draft:
    """A drawing of a character, said to be a label and read as 1."""
    picture = drawn(character)
    return Draft(picture, to_glyph(picture), label, "1", 0.62, "latin")


def people(home: Path, **bounds: float) -> People:
    return People(home / "teaching", Bounds(**bounds))  # type: ignore[arg-type]


def someone(home: Path, **bounds: float) -> Collection:
    """A new person's corrections."""
    return people(home, **bounds).collection(new_id())


def labels(collection: Collection) -> list[str]:
    return [each.label for each in collection.corrections()]
