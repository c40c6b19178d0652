"""Grounds of two tones: what a character crosses is made one ground, and what is cut close to one stays."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageFont

from ocr_demo.bands import with_one_ground
from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets.faces import drawn_mask, matplotlib_fonts
from ocr_demo.preprocess import to_glyph
from tests.drawings import drawn

SEAMS = ([0.5], [0.25, 0.75], [0.2, 0.4, 0.6, 0.8])


def inverted(picture: NDArray[np.uint8], seams: list[float]) -> NDArray[np.uint8]:
    """Every second band of columns inverted, the first one too."""
    changed = picture.copy()
    ends = [0, *(round(seam * picture.shape[1]) for seam in seams), picture.shape[1]]
    for left, right in list(pairwise(ends))[::2]:
        changed[:, left:right] = 255 - changed[:, left:right]
    return changed


@pytest.mark.parametrize("seams", SEAMS)
@pytest.mark.parametrize("label", "RTAZ")
def test_bands_are_made_one_ground(label: str, seams: list[float]) -> None:
    picture = drawn(label)
    for shown in (picture, 255 - picture):
        banded = inverted(shown, seams)
        np.testing.assert_array_equal(to_glyph(banded), to_glyph(picture))
        lying = np.ascontiguousarray(banded.T)
        np.testing.assert_array_equal(to_glyph(lying), to_glyph(np.ascontiguousarray(picture.T)))


@pytest.mark.parametrize("face", ["DejaVuSans-Bold.ttf", "DejaVuSansMono-Bold.ttf"])
@pytest.mark.parametrize("label", ALPHABETS["latin"].labels)
def test_a_character_cut_close_has_one_ground(label: str, face: str) -> None:
    font = ImageFont.truetype(matplotlib_fonts() / face, 200)
    mask = drawn_mask(font, label)
    left, top, width, height = cv2.boundingRect((mask > 128).astype(np.uint8))
    for inset in range(4):
        cut = mask[top + inset : top + height - inset, left + inset : left + width - inset]
        for shown in (cut, 255 - cut):
            assert with_one_ground(shown) is shown


@pytest.mark.parametrize("text", ["|o", "n|", "I e", "x l"])
def test_a_stroke_beside_a_character_is_no_band(text: str) -> None:
    font = ImageFont.truetype(matplotlib_fonts() / "DejaVuSans.ttf", 140)
    mask = drawn_mask(font, text)
    left, top, width, height = cv2.boundingRect((mask > 128).astype(np.uint8))
    cut = np.ascontiguousarray(255 - mask[top : top + height, left : left + width])
    assert with_one_ground(cut) is cut


def test_tones_that_differ_little_are_one_ground() -> None:
    picture = np.where(drawn("R") < 128, 100, 150).astype(np.uint8)
    banded = np.where(inverted(drawn("R"), [0.5]) < 128, 100, 150).astype(np.uint8)
    assert with_one_ground(banded) is banded
    assert with_one_ground(picture) is picture


def test_many_bars_are_no_bands() -> None:
    banded = inverted(drawn("R"), [share / 10 for share in range(1, 10)])
    assert with_one_ground(banded) is banded


def test_bands_with_nothing_in_them_stay() -> None:
    for pictured in (np.zeros((40, 40), np.uint8), np.full((40, 40), 200, np.uint8)):
        banded = inverted(pictured, [0.3, 0.6])
        assert with_one_ground(banded) is banded
