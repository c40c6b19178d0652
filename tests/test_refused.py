"""What is said of a drawing that is no character."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageFont

from ocr_demo.datasets.faces import drawn_mask, matplotlib_fonts
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading.refused import is_dot, shows_several
from tests.drawings import STROKES, drawn


def written(text: str) -> NDArray[np.uint8]:
    """The glyph of a text."""
    return to_glyph(255 - drawn_mask(ImageFont.truetype(matplotlib_fonts() / "DejaVuSans.ttf", 120), text))


@pytest.mark.parametrize("radius", [3, 11, 40])
def test_a_touch_of_the_pen_is_a_dot(radius: int) -> None:
    sheet = np.full((400, 400), 255, np.uint8)
    cv2.line(sheet, (200, 200), (200 + radius // 2, 202), 0, 2 * radius, cv2.LINE_AA)
    assert is_dot(to_glyph(sheet))


@pytest.mark.parametrize("character", sorted(STROKES))
def test_a_character_is_neither_a_dot_nor_several(character: str) -> None:
    glyph = to_glyph(drawn(character))
    assert not is_dot(glyph)
    assert not shows_several(glyph)


@pytest.mark.parametrize("text", ["O", "o", "0", "i", "ب", "ن"])
def test_rings_and_dotted_letters_are_no_dots(text: str) -> None:
    assert not is_dot(written(text))


@pytest.mark.parametrize("text", ["AB", "R7", "x9", "word", "12"])
def test_characters_in_a_row_are_several(text: str) -> None:
    assert shows_several(written(text))


@pytest.mark.parametrize("text", ["i", "j", "H", "ش", "="])
def test_parts_above_each_other_are_one(text: str) -> None:
    assert not shows_several(written(text))


def test_a_blank_is_nothing() -> None:
    blank = np.zeros((64, 64), np.uint8)
    assert not is_dot(blank)
    assert not shows_several(blank)
