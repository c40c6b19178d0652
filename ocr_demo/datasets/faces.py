"""Fonts as drawing tools: which characters each really has, and which fonts are none for reading."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTCollection, TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_demo.characters import Alphabet
from ocr_demo.errors import DataError

FONT_EXTENSIONS = frozenset({".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2"})
FACE_SIZE = 96
"""Pixels to the em at which characters are drawn first."""
NOT_FOR_READING = re.compile(
    r"icon|symbol|barcode|emoji|dingbat|redacted|wingding|webding|ornament|\bflow[-_ ]|blank|adobe[-_ ]?not",
    re.I,
)
FEWEST = 0.5
"""The share of an alphabet that a font must have to be of use for it."""
MISSING = "\U0010fffd"
"""A private-use character that no text font has: what it draws is the font's .notdef."""
THUMBNAIL = 24
ALIKE = 0.11
"""Mean difference (0..1) of two thumbnails below which characters look the same; measured in the tests."""


@dataclass(frozen=True)
class Face:
    """A font that can be read, with the characters of an alphabet that it has."""

    font: ImageFont.FreeTypeFont
    characters: tuple[str, ...]
    """Each draws something other than .notdef."""


def open_faces(path: Path, alphabet: Alphabet) -> Iterator[Face]:
    """The faces of a font file, several in a collection; a `DataError` says why a file is refused."""
    if match := NOT_FOR_READING.search(path.name):
        raise DataError(f"a font of that name draws no letters ({match[0]!r})")
    try:
        character_maps = read_character_maps(path)
        fonts = [ImageFont.truetype(path, FACE_SIZE, index=index) for index in range(len(character_maps))]
    except Exception as fault:  # fontTools raises whatever a damaged table leads it to
        raise DataError(f"not a font that can be opened: {fault}") from fault
    for font, covered in zip(fonts, character_maps, strict=True):
        yield checked_face(font, covered, alphabet)


def read_character_maps(path: Path) -> list[frozenset[str]]:
    """For each face of a file, the characters that its cmap names."""
    if path.suffix.lower() in {".ttc", ".otc"}:
        with TTCollection(path, lazy=True) as collection:
            return [mapped_characters(font) for font in collection.fonts]
    with TTFont(path, lazy=True) as font:
        return [mapped_characters(font)]


def mapped_characters(font: TTFont) -> frozenset[str]:
    return frozenset(map(chr, font.getBestCmap() or {}))


def checked_face(font: ImageFont.FreeTypeFont, covered: frozenset[str], alphabet: Alphabet) -> Face:
    """The face, if it has most of the alphabet and its letters can be told apart."""
    asked = both_cases(alphabet)
    masks = {character: drawn_mask(font, character) for character in asked if character in covered}
    missing = drawn_mask(font, MISSING)
    drawn = {character: mask for character, mask in masks.items() if mask.size and not same(mask, missing)}
    if len(drawn) < FEWEST * len(asked):
        raise DataError(f"it has {len(drawn)} of the {len(asked)} characters of {alphabet.name!r}")
    labels = [drawn[character] for character in alphabet.labels if character in drawn]
    if share_alike(labels) > 0.5:
        raise DataError("its characters are all alike")
    return Face(font, tuple(drawn))


def both_cases(alphabet: Alphabet) -> tuple[str, ...]:
    """Every character that stands for a label, capitals before their small letters."""
    characters = [
        character for label in alphabet.labels for character in (label, label.lower()) if len(character) == 1
    ]
    return tuple(dict.fromkeys(characters))


def drawn_mask(font: ImageFont.FreeTypeFont, text: str) -> NDArray[np.uint8]:
    """What a font draws for a text, 0..255, cut to its ink; empty (0, 0) if that is nothing."""
    left, top, right, bottom = font.getbbox(text)
    width, height = int(np.ceil(right - left)), int(np.ceil(bottom - top))
    if width <= 0 or height <= 0:
        return np.empty((0, 0), np.uint8)
    image = Image.new("L", (width + 8, height + 8))
    ImageDraw.Draw(image).text((4 - left, 4 - top), text, fill=255, font=font)
    return cut_to_ink(np.asarray(image))


def cut_to_ink(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = np.flatnonzero(mask.max(axis=1) > 32), np.flatnonzero(mask.max(axis=0) > 32)
    if not len(rows):
        return np.empty((0, 0), np.uint8)
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def same(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> bool:
    return first.shape == second.shape and bool((first == second).all())


def share_alike(masks: Sequence[NDArray[np.uint8]]) -> float:
    """The share (0..1) of pairs of characters that look the same."""
    thumbnails = np.stack([thumbnail(mask).ravel() for mask in masks])
    differences = np.abs(thumbnails[:, None] - thumbnails[None]).mean(axis=2)
    return float((differences[np.triu_indices(len(masks), 1)] < ALIKE).mean())


def thumbnail(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The ink stretched to a small square, 0..1: its shape without its size."""
    return cv2.resize(mask, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


# fontTools reports harmless oddities of many fonts; here only its refusals matter.
logging.getLogger("fontTools").setLevel(logging.ERROR)
