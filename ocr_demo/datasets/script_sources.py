"""`scripts[:PATH]`: other writing systems' characters, printed and by pen: what a reader should refuse."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.datasets.drawings import REDRAWING, drawing, with_strokes
from ocr_demo.datasets.faces import (
    FACE_SIZE,
    MISSING,
    both_cases,
    differences,
    drawn_mask,
    forms_in_words,
    plain_thumbnails,
    read_character_maps,
    same,
    thumbnail,
)
from ocr_demo.datasets.font_sources import RENDERING, font_folders, plain_picture, source_of_files
from ocr_demo.datasets.source import Made, Request, Source, stacked
from ocr_demo.errors import is_of_the_system
from ocr_demo.preprocess import to_glyph

CHARACTERS = 150
"""Of one font at most, spread over what it has: a script of thousands would drown the others."""
LOOK_ALIKE = 0.25
"""Mean difference (0..1) of two thumbnails below which a shape could pass for a character. It drops one in
five: below it lie the other scripts' 0, S, W and y, a few of them drawn quite differently."""
BY_PEN = "#pen"
"""In the names of characters that are redrawn."""


@dataclass(frozen=True)
class ScriptChunk:
    """The characters of one font file that neither belong to an alphabet's scripts nor look like its own.

    Each is there twice: as printed, and redrawn as by a mouse, a finger or a pen on the app's pad.
    """

    path: Path
    name: str
    alphabet: Alphabet
    size: int = 1

    def make(self) -> Made:
        try:
            drawn = list(self.drawn())
        except Exception as fault:  # fontTools and FreeType raise whatever a damaged table leads them to
            if is_of_the_system(fault):
                raise
            return Made(stacked([]), (), (), (f"{self.name}: not a font that can be opened: {fault}",))
        random = np.random.default_rng(list(self.name.encode()))
        made = []
        for character, mask in drawn:
            picture = plain_picture(mask)
            made.append((UNLABELLED, f"{self.name}:{character}", to_glyph(picture)))
            made.append((UNLABELLED, f"{self.name}{BY_PEN}:{character}", drawing(picture, random)))
        return with_strokes(made)

    def drawn(self) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Characters and their masks."""
        own = both_cases(self.alphabet) + forms_in_words(self.alphabet)
        known = np.stack(list(plain_thumbnails(own).values()))
        for index, covered in enumerate(read_character_maps(self.path)):
            font = ImageFont.truetype(self.path, FACE_SIZE, index=index)
            missing = drawn_mask(font, MISSING)
            foreign = foreign_characters(covered, self.alphabet)
            for character in foreign[:: len(foreign) // CHARACTERS + 1]:
                mask = drawn_mask(font, character)
                if mask.size and not same(mask, missing) and not resembles(mask, known):
                    yield character, mask


def foreign_characters(covered: frozenset[str], alphabet: Alphabet) -> list[str]:
    """The letters and digits among `covered`, in order, whose script none of the alphabet's labels has."""
    own = {script_of(label) for label in alphabet.labels}
    return [
        character
        for character in sorted(covered)
        if unicodedata.category(character) in {"Lo", "Lu", "Ll", "Nd"} and script_of(character) not in own
    ]


def script_of(character: str) -> str:
    """The word that a character's Unicode name begins with, which is its script's, or DIGIT for 0-9."""
    return unicodedata.name(character, "").partition(" ")[0]


def resembles(mask: NDArray[np.uint8], known: NDArray[np.float32]) -> bool:
    """Whether a shape could pass for one of the known ones: the Thai zero for an O."""
    return bool((differences(thumbnail(mask)[None], known) < LOOK_ALIKE).any())


def scripts_source(request: Request) -> Source:
    """Letters and digits of every other script that the fonts have, unlabelled."""
    return source_of_files(
        font_folders(request.argument or "scripts", request),
        "characters of other scripts from fonts, printed and redrawn by pen,",
        lambda path, name: ScriptChunk(path, name, request.alphabet),
        fingerprint=(RENDERING, REDRAWING),
    )
