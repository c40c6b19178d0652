"""Photographs of a sheet on a table: the character on it is read, and no character is taken for a sheet."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageFont

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets.faces import drawn_mask, matplotlib_fonts
from ocr_demo.pictures import shrunk
from ocr_demo.preprocess import to_glyph
from ocr_demo.sheet import around_sheet
from tests.arabic_drawings import DOTTED, penned
from tests.drawings import STROKES, drawn
from tests.test_preprocess import difference

SIDE = 600
LAYOUTS = {
    "whole": [(0.1, 0.12), (0.88, 0.08), (0.92, 0.9), (0.07, 0.93)],
    "two sides": [(-0.1, -0.1), (0.93, -0.1), (0.9, 0.92), (-0.1, 0.9)],
    "a corner": [(-0.2, -0.1), (0.75, -0.1), (1.2, 0.3), (1.2, 1.1), (-0.2, 1.2)],
    "one side": [(-0.1, -0.1), (0.9, -0.1), (0.94, 1.1), (-0.1, 1.1)],
    "slivers": [(0.05, -0.05), (1.1, 0.02), (0.97, 1.1), (-0.06, 0.97)],
}
"""The corners of a sheet in a unit square that shows some table, too."""


def photograph(
    drawing: NDArray[np.uint8], corners: list[tuple[float, float]], table: float = 72, shade: float = 0.0
) -> NDArray[np.uint8]:
    """A drawing (SIDE, SIDE) on a sheet with those corners, on a table of that level."""
    random = np.random.default_rng(0)
    outline = np.round(np.array(corners) * SIDE * 16).astype(np.int32)
    sheet = cv2.fillConvexPoly(np.zeros((SIDE, SIDE)), outline, 1, cv2.LINE_AA, shift=4)
    grain = cv2.resize(random.normal(0, 6, (40, 6)), (SIDE, SIDE))
    scene = (table + grain) * (1 - sheet) + (60 + drawing * (145 / 255)) * sheet
    down, across = np.mgrid[:SIDE, :SIDE] / SIDE
    scene *= 1 - shade / (1 + np.exp((across + 0.4 * down - 0.7) * 10))
    photo = cv2.GaussianBlur(scene, (0, 0), 0.8) + random.normal(0, 5, scene.shape)
    return photo.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("character", sorted(STROKES))
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("table", "shade"), [(72, 0.0), (130, 0.0), (72, 0.45)])
def test_a_table_around_the_sheet_changes_little(
    character: str, layout: str, table: float, shade: float
) -> None:
    drawing = drawn(character, side=SIDE, ink_side=160, left=210, top=220, pen=12)
    photo = photograph(drawing, LAYOUTS[layout], table, shade)
    assert difference(to_glyph(drawing), to_glyph(photo)) < 0.2


@pytest.mark.parametrize(("pen", "ink_side"), [(4, 160), (28, 160), (8, 90), (20, 300)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_pens_and_sizes_on_a_sheet_on_a_table(layout: str, pen: int, ink_side: int) -> None:
    place = (SIDE - ink_side) // 2
    drawing = drawn("R", side=SIDE, ink_side=ink_side, left=place, top=place, pen=pen)
    assert difference(to_glyph(drawing), to_glyph(photograph(drawing, LAYOUTS[layout]))) < 0.3


def test_dots_on_a_sheet_stay() -> None:
    drawing = cv2.resize(penned("ش", 300, 0.03), (SIDE // 2, SIDE // 2))
    drawing = np.pad(drawing, SIDE // 4, constant_values=255)
    photo = photograph(drawing, LAYOUTS["two sides"])
    assert difference(to_glyph(drawing), to_glyph(photo)) < 0.2


@pytest.mark.parametrize("font", ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif-Bold", "STIXGeneral"])
def test_no_character_that_fills_its_picture_is_a_sheet(font: str) -> None:
    """Cut to its edges or a little into them, dark on light or light on dark."""
    face = ImageFont.truetype(matplotlib_fonts() / f"{font}.ttf", 180)
    labels = ALPHABETS["latin"].labels + (ALPHABETS["arabic"].labels if "Sans" in font else ())
    for character in (*labels, *map(str.lower, ALPHABETS["latin"].labels)):
        mask = drawn_mask(face, character)
        for cut in (0, min(mask.shape) // 20, -30):
            inner = mask[cut : len(mask) - cut, cut : len(mask[0]) - cut] if cut >= 0 else np.pad(mask, -cut)
            for picture in (inner, 255 - inner):
                assert around_sheet(shrunk(picture, 256)) is None, (character, cut)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_empty_sheet_is_none_that_is_written_on(layout: str) -> None:
    dotted = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.circle(dotted, (300, 280), 12, 0, -1, cv2.LINE_AA)
    for drawing in (np.full_like(dotted, 255), dotted):
        assert around_sheet(shrunk(photograph(drawing, LAYOUTS[layout]), 256)) is None


@pytest.mark.parametrize("letter", sorted(set(DOTTED) - set("جنظ")))
def test_dots_under_a_shadow_with_a_hard_edge_stay(letter: str) -> None:
    """The shadow ends between the letter and its dots: it is no table, for there is ink on it."""
    drawing = penned(letter, 400, 0.03)
    blank = np.flatnonzero(drawing.min(axis=1) == 255)
    inked = np.flatnonzero(drawing.min(axis=1) < 255)
    edge = int(np.median(blank[(blank > inked[0]) & (blank < inked[-1])]))
    photo = 60 + drawing * (150 / 255)
    shaded = slice(edge, None) if letter in "بي" else slice(edge)
    photo[shaded] *= 0.55
    assert around_sheet(shrunk(photo.astype(np.uint8), 256)) is None
