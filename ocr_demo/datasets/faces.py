"""Fonts as drawing tools: which characters each really has, and which fonts are none for reading."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING
from unicodedata import decomposition

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_demo.characters import Alphabet
from ocr_demo.errors import DataError, is_of_the_system
from ocr_demo.storage import package_folder

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

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
IDENTICAL = 0.05
"""Mean difference (0..1) of two thumbnails of the same outline."""
ALIKE = 0.11
"""Mean difference (0..1) of two thumbnails below which characters look the same."""
MOST_ALIKE = 0.15
"""Share of pairs that may look the same: at most 0.05 in 430 text fonts, 0.21 in a font of redactions."""
NEAREST = 6
FEWEST_NEAREST = 0.24
"""Share of characters whose namesake in a plain font is among the six nearest: 0.28 to 1 in text fonts,
handwriting lowest; chance, 0.17, in barcodes and ornaments."""


Thumbnail = NDArray[np.float32]  # (THUMBNAIL, THUMBNAIL), 0..1


@dataclass(frozen=True)
class Face:
    """A font that can be read, with the characters of an alphabet that it has."""

    font: ImageFont.FreeTypeFont
    characters: tuple[str, ...]
    """Each draws something other than .notdef."""


def open_faces(path: Path, alphabet: Alphabet) -> Iterator[Face]:
    """The faces of a font file, several in a collection; a `DataError` says why a file is refused."""
    refuse_name(path.name)
    try:
        character_maps = read_character_maps(path)
        fonts = [ImageFont.truetype(path, FACE_SIZE, index=index) for index in range(len(character_maps))]
    except Exception as fault:  # fontTools raises whatever a damaged table leads it to
        if is_of_the_system(fault):
            raise
        raise DataError(f"not a font that can be opened: {fault}") from fault
    for font, covered in zip(fonts, character_maps, strict=True):
        refuse_name(" ".join(filter(None, font.getname())))
        yield checked_face(font, covered, alphabet)


def refuse_name(name: str) -> None:
    if match := NOT_FOR_READING.search(name):
        raise DataError(f"a font named {name!r} draws no letters ({match[0]!r})")


def read_character_maps(path: Path) -> list[frozenset[str]]:
    """For each face of a file, the characters that its cmap names."""
    from fontTools.ttLib import TTCollection, TTFont  # the page imports datasets, and renders nothing

    with path.open("rb") as file:  # opened here: fontTools leaves files open that it can't read
        if path.suffix.lower() in {".ttc", ".otc"}:
            return [mapped_characters(font) for font in TTCollection(file, lazy=True).fonts]
        return [mapped_characters(TTFont(file, lazy=True))]


def mapped_characters(font: "TTFont") -> frozenset[str]:
    return frozenset(map(chr, font.getBestCmap() or {}))


def checked_face(font: ImageFont.FreeTypeFont, covered: frozenset[str], alphabet: Alphabet) -> Face:
    """The face, if it has most of the alphabet and its letters can be told apart."""
    asked = both_cases(alphabet)
    wanted = (*asked, *forms_in_words(alphabet))
    masks = {character: drawn_mask(font, character) for character in wanted if character in covered}
    missing = drawn_mask(font, MISSING)
    drawn = {character: mask for character, mask in masks.items() if mask.size and not same(mask, missing)}
    found = sum(character in drawn for character in asked)
    if found < FEWEST * len(asked):
        raise DataError(f"it has {found} of the {len(asked)} characters of {alphabet.name!r}")
    thumbnails = {label: thumbnail(drawn[label]) for label in alphabet.labels if label in drawn}
    if share_alike(thumbnails) > MOST_ALIKE:
        raise DataError("its characters are all alike")
    if share_near_namesakes(thumbnails) < FEWEST_NEAREST:
        raise DataError("its characters look like none: icons, ornaments or bars")
    return Face(font, tuple(drawn))


def both_cases(alphabet: Alphabet) -> tuple[str, ...]:
    """Every character that stands for a label, capitals before their small letters."""
    characters = [
        character for label in alphabet.labels for character in (label, label.lower()) if len(character) == 1
    ]
    return tuple(dict.fromkeys(characters))


def forms_in_words(alphabet: Alphabet) -> tuple[str, ...]:
    """What the alphabet's letters look like joined to others, where Unicode names it; none in most scripts.

    Characters of their own, which many fonts have, so that no text need be shaped.
    """
    joined = (character for character in map(chr, range(0xFE70, 0xFF00)) if alphabet.label_of(character))
    return tuple(character for character in joined if not decomposition(character).startswith("<isolated>"))


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
    """Whether two masks are one shape; hinting, which knows letters from others, may move an edge a pixel."""
    if not first.size or not second.size:
        return first.size == second.size
    aligned = max(abs(one - other) for one, other in zip(first.shape, second.shape, strict=True)) <= 2
    return aligned and float(np.abs(thumbnail(first) - thumbnail(second)).mean()) < IDENTICAL


def share_alike(thumbnails: Mapping[str, Thumbnail]) -> float:
    """The share (0..1) of pairs of characters that look the same."""
    shapes = np.stack(list(thumbnails.values()))
    return float((differences(shapes, shapes)[np.triu_indices(len(shapes), 1)] < ALIKE).mean())


def share_near_namesakes(thumbnails: Mapping[str, Thumbnail]) -> float:
    """The share (0..1) of characters that a plain font draws much the same; 1 if it has too few of them."""
    known = plain_thumbnails()
    shared = [character for character in thumbnails if character in known]
    if len(shared) < FEWEST * len(thumbnails):
        return 1.0
    own, plain = (np.stack([shapes[character] for character in shared]) for shapes in (thumbnails, known))
    apart = differences(own, plain)
    nearer = (apart < np.diag(apart)[:, None]).sum(axis=1)
    return float((nearer < NEAREST).mean())


@cache
def plain_thumbnails(characters: tuple[str, ...] = tuple(digits + ascii_uppercase)) -> dict[str, Thumbnail]:
    """Characters as a font that is on every machine draws them, without those that it leaves blank."""
    font = plain_font(characters)
    if not isinstance(font, ImageFont.FreeTypeFont):  # Pillow without FreeType has a bitmap font alone
        return {}
    masks = {character: drawn_mask(font, character) for character in characters}
    return {character: thumbnail(mask) for character, mask in masks.items() if mask.size}


def plain_font(characters: tuple[str, ...]) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that Pillow brings along, or matplotlib's for a script that it lacks."""
    font = ImageFont.load_default(FACE_SIZE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        return font
    lacking = same(drawn_mask(font, characters[0]), drawn_mask(font, MISSING))
    return ImageFont.truetype(matplotlib_fonts() / "DejaVuSans.ttf", FACE_SIZE) if lacking else font


def matplotlib_fonts() -> Path:
    """The fonts that matplotlib carries, found without importing it, which takes long."""
    return package_folder("matplotlib") / "mpl-data" / "fonts" / "ttf"


def differences(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean difference (n, m) of thumbnails (n, side, side) and (m, side, side), each with each."""
    return np.abs(first[:, None] - second[None]).mean(axis=(2, 3))


def thumbnail(mask: NDArray[np.uint8]) -> Thumbnail:
    """The ink stretched to a small square, 0..1: its shape without its size."""
    small = cv2.resize(mask, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) * np.float32(1 / 255)


# fontTools reports harmless oddities of many fonts; here only its refusals matter.
logging.getLogger("fontTools").setLevel(logging.ERROR)
