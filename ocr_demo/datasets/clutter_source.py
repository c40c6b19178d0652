"""`clutter[:COUNT]`: pictures of no character, drawn here, unlabelled: what a reader should refuse."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.datasets.clutter import kinds
from ocr_demo.datasets.faces import drawn_mask, matplotlib_fonts, open_faces
from ocr_demo.datasets.font_sources import RENDERING, font_files
from ocr_demo.datasets.placing import Mask
from ocr_demo.datasets.source import PICTURES_PER_CHUNK, Made, Plan, Request, Source, Split, stacked
from ocr_demo.errors import DataError, SpecError
from ocr_demo.preprocess import to_glyph

DRAWING = 1
"""Raise it when what `clutter` draws changes, so that cached glyphs are drawn again."""
COUNT = 8000
MOST = 1_000_000
SEEDS: dict[Split, int] = {"training": 0, "testing": 1}


@dataclass(frozen=True)
class ClutterChunk:
    """So many pictures, the first of which has a number."""

    first: int
    size: int
    alphabet: Alphabet
    split: Split

    def make(self) -> Made:
        """Their glyphs; those without ink are left out: nobody needs to learn them."""
        random = np.random.default_rng((SEEDS[self.split], self.first))
        shares = kinds(masks_of(self.alphabet))
        makers = list(shares)
        chosen = random.choice(len(makers), PICTURES_PER_CHUNK, p=list(shares.values()))[: self.size]
        drawn = [
            (f"{makers[kind].__name__} {self.first + number}", to_glyph(makers[kind](random)))
            for number, kind in enumerate(chosen)
        ]
        inked = [(name, glyph) for name, glyph in drawn if glyph.any()]
        return Made(
            glyphs=stacked([glyph for _, glyph in inked]),
            labels=(UNLABELLED,) * len(inked),
            names=tuple(name for name, _ in inked),
        )


@cache
def masks_of(alphabet: Alphabet) -> tuple[Mask, ...]:
    """An alphabet's characters in matplotlib's own fonts; a `DataError` where none of these has them."""
    masks: list[Mask] = []
    for _, path in font_files(matplotlib_fonts()):
        try:
            faces = list(open_faces(path, alphabet))
        except DataError:  # symbols, or another script's
            continue
        masks += [drawn_mask(face.font, character) for face in faces for character in face.characters]
    if not masks:
        raise DataError(f"clutter: no font that matplotlib brings along has the letters of {alphabet.name!r}")
    return tuple(masks)


def clutter_source(request: Request) -> Source:
    """As many pictures as the spec says, always the same."""
    count = count_in(request.argument)
    return Source(
        description="textures, scrawls and solid shapes",
        fingerprint=(DRAWING, RENDERING, count, np.__version__),
        plan=lambda: Plan(chunks=clutter_chunks(count, request), total=count),
    )


def clutter_chunks(count: int, request: Request) -> Iterator[ClutterChunk]:
    for first in range(0, count, PICTURES_PER_CHUNK):
        size = min(PICTURES_PER_CHUNK, count - first)
        yield ClutterChunk(first, size, request.alphabet, request.split)


def count_in(argument: str) -> int:
    """The number that follows a spec's colon, or `COUNT`."""
    if not argument:
        return COUNT
    if not argument.isdecimal() or not 1 <= int(argument) <= MOST:
        raise SpecError(
            f"clutter:{argument} is not understood; write clutter, or clutter:COUNT of 1..{MOST:,}"
        )
    return int(argument)
