"""Dots tell Arabic letters apart: nothing on the way to the network may lose one."""

from functools import cache
from itertools import combinations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import ImageFont

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets.faces import drawn_mask, matplotlib_fonts
from ocr_demo.preprocess import SIZE, to_glyph
from ocr_demo.training.augmentation import Augmentation
from tests.arabic_drawings import DOTTED, penned

GROUPS = ("بتثني", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق")
DOTS = {"ب": 1, "ت": 2, "ث": 3, "ن": 1, "ي": 2}
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono")


def parts(picture: NDArray[np.uint8], faintest: float = 0.35) -> int:
    """How many pieces of ink there are; `faintest` is the share of the darkest from which a pixel is ink."""
    return cv2.connectedComponents((picture > faintest * picture.max()).astype(np.uint8))[0] - 1


@cache
def mask_of(font: str, letter: str) -> NDArray[np.uint8]:
    """What a font draws for a letter, 500 pixels to the em."""
    return drawn_mask(ImageFont.truetype(matplotlib_fonts() / f"{font}.ttf", 500), letter)


def sized(mask: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Dark on white, the longer side of the ink that long."""
    scale = side / max(mask.shape)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=way)
    return 255 - np.pad(resized, max(4, side // 4))


def test_every_pair_that_dots_part_has_words_for_it() -> None:
    arabic = ALPHABETS["arabic"]
    assert arabic.tell("غ", "ع") == "ع has no dot, غ has one dot above"
    for group in GROUPS:
        tells = [arabic.tell(one, other) for one, other in combinations(group, 2)]
        assert all(tells)
        assert len(set(tells)) == len(tells)


@pytest.mark.parametrize("side", [28, 60, 150, 500, 2000])
@pytest.mark.parametrize("font", FONTS)
def test_preprocessing_keeps_printed_dots(font: str, side: int) -> None:
    for letter in "".join(GROUPS):
        mask = mask_of(font, letter)
        assert parts(to_glyph(sized(mask, side))) == parts(mask), letter


@pytest.mark.parametrize("font", ["DejaVuSans", "DejaVuSansMono"])
def test_preprocessing_keeps_dots_of_two_pixels(font: str) -> None:
    """Those of a bold ش touch at that size."""
    test_preprocessing_keeps_printed_dots(font, 20)


def drawn_letter(letter: str, sheet: int, pen: float, span: float) -> NDArray[np.uint8]:
    """A bowl with dots of one touch of the pen each, on a square sheet; `pen` and `span` are shares of it."""
    plane = np.full((sheet, sheet), 255, np.uint8)
    width = max(1, round(pen * sheet))
    angles = np.linspace(0, np.pi, 40)
    bowl = np.stack([0.5 - span / 2 * np.cos(angles), 0.35 + 0.3 * span * np.sin(angles)], axis=1)
    cv2.polylines(
        plane, [np.round(bowl * sheet * 16).astype(np.int32)], False, 0, width, cv2.LINE_AA, shift=4
    )
    below, count = letter in "بي", DOTS[letter]
    for number in range(count):
        raised = 0.12 if (count, number) == (3, 1) else 0.0
        place = 0.5 + 0.14 * (number - (count - 1) / 2), 0.85 if below else 0.2 - raised
        centre = np.round(np.array(place) * sheet * 16).astype(int).tolist()
        cv2.circle(plane, centre, 8 * width, 0, -1, cv2.LINE_AA, shift=4)
    return plane


@pytest.mark.parametrize("sheet", [100, 280, 400, 800, 2000])
@pytest.mark.parametrize("pen", [0.025, 0.04, 0.055, 0.08])
@pytest.mark.parametrize("letter", sorted(DOTS))
def test_preprocessing_keeps_dots_far_from_the_letter(letter: str, pen: float, sheet: int) -> None:
    for span in (0.3, 0.6, 0.9):
        assert parts(to_glyph(drawn_letter(letter, sheet, pen, span))) == 1 + DOTS[letter]


@pytest.mark.parametrize("sheet", [100, 150, 280, 400, 800])
@pytest.mark.parametrize("pen", [0.012, 0.015, 0.02, 0.03, 0.045])
def test_preprocessing_keeps_the_dots_of_any_pen(pen: float, sheet: int) -> None:
    for letter, (_, dots) in DOTTED.items():
        for span in (0.6, 1.0):
            glyph = to_glyph(penned(letter, sheet, pen, span))
            assert parts(glyph, faintest=0.15) == 1 + len(dots), (letter, span)


@pytest.mark.parametrize("sheet", [100, 280, 800])
@pytest.mark.parametrize("touch", [0.15, 0.2, 0.35])
@pytest.mark.parametrize("letter", sorted(DOTTED))
def test_dots_that_hardly_touch_the_paper_are_as_black_as_others(
    letter: str, touch: float, sheet: int
) -> None:
    glyph, other = (to_glyph(penned(letter, sheet, 0.05, 0.8, each)) for each in (touch, 1.0))
    assert parts(glyph, faintest=0.5) == parts(other, faintest=0.5)
    assert np.abs(glyph.astype(int) - other).mean() < 3


@pytest.mark.parametrize("far", [3, 6])
def test_a_dot_of_one_faint_pixel_in_a_small_scan_is_a_dot(far: int) -> None:
    """As AHCD's scans (32, 32) have them, beside letters of five pixels too."""
    scan = np.zeros((32, 32), np.uint8)
    scan[16, 16:20] = scan[17:20, 20] = scan[20, 16:20] = 255
    dotted = scan.copy()
    dotted[16 - far, 18] = 40
    assert (parts(to_glyph(scan)), parts(to_glyph(dotted), faintest=0.5)) == (1, 2)


@pytest.mark.parametrize("quality", [60, 75])
def test_what_a_jpeg_leaves_around_a_stroke_is_no_dot(quality: int) -> None:
    """In a scan as small as AHCD's it is as wide as one."""
    for turn in range(0, 360, 15):
        scan = np.zeros((32, 32), np.uint8)
        cv2.ellipse(scan, (16, 16), (9, 6), turn, 0, 200, 255, 2)
        _, stored = cv2.imencode(".jpg", scan, [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert parts(to_glyph(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE)), faintest=0.5) == 1, turn


@pytest.mark.parametrize("places", [[(20, 20), (60, 20), (330, 40), (360, 90)], [(0, 200)], [(30, 210)]])
def test_faint_dirt_is_no_dot(places: list[tuple[int, int]]) -> None:
    """Too much of it, at the picture's border, beside the letter."""
    picture = penned("ش", 400, 0.05, 0.8)
    dirty = picture.copy()
    for x, y in places:
        dirty[y : y + 16, x : x + 16] = 200
    assert np.abs(to_glyph(dirty).astype(int) - to_glyph(picture)).mean() < 1


@pytest.mark.parametrize("seed", range(3))
def test_dust_on_a_fine_drawing_is_no_dot(seed: int) -> None:
    for letter, (_, dots) in DOTTED.items():
        picture = penned(letter, 800, 0.015)
        dusty = picture.copy()
        for x, y in np.random.default_rng(seed).integers(5, 790, (len(dots), 2)):
            dusty[y : y + 3, x : x + 3] = 0  # a quarter of the pen's width
        assert np.abs(to_glyph(dusty).astype(int) - to_glyph(picture)).mean() < 1, letter


def test_much_dust_is_not_taken_for_dots() -> None:
    """Some of it is as large as a fine pen's dots."""
    picture = penned("ش", 800, 0.022)
    dusty = picture.copy()
    for number, (x, y) in enumerate(np.random.default_rng(2).integers(5, 780, (21, 2))):
        size = 4 + number % 7
        dusty[y : y + size, x : x + size] = 0
    assert np.abs(to_glyph(dusty).astype(int) - to_glyph(picture)).mean() < 3


def with_dot(radius: int) -> torch.Tensor:
    """A bowl as a glyph (1, 1, 64, 64) in 0..1, with a dot under it unless the radius is 0."""
    plane = np.zeros((SIZE, SIZE), np.uint8)
    cv2.ellipse(plane, (32, 20), (24, 16), 0, 0, 180, 255, 5, cv2.LINE_AA)
    if radius:
        cv2.circle(plane, (32, 54), radius, 255, -1, cv2.LINE_AA)
    return torch.from_numpy(plane).float()[None, None] / 255


@pytest.mark.parametrize("radius", [3, 4])
def test_augmentation_for_dotted_letters_loses_none(radius: int) -> None:
    """Beside the bowl's, a dot's ink shrinks by thinning and perspective alone."""
    dotted, plain = (
        Augmentation("whole")(with_dot(size).expand(512, -1, -1, -1), torch.Generator().manual_seed(3))
        for size in (radius, 0)
    )
    kept = (dotted - plain).sum((1, 2, 3)) / plain.sum((1, 2, 3))
    share = (with_dot(radius) - with_dot(0)).sum() / with_dot(0).sum()
    assert (kept / share).min() > 0.25
