"""Sets of what is no character hold what their names say."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.outliers import OUTLIERS, handwritten_pair, opened_photographs, typed_pair
from benchmarks.refusal import made, opened_fonts, save_examples
from ocr_demo.datasets.faces import matplotlib_fonts
from ocr_demo.errors import DataError
from ocr_demo.preprocess import to_glyph

COUNT = 30


def pictures(name: str) -> list[NDArray[np.uint8]]:
    (made_pictures,) = [some for kind, some in made(OUTLIERS, COUNT) if kind == name]
    return made_pictures


def ink_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where the picture differs from its corner more than half as much as it does anywhere."""
    difference = np.abs(picture.astype(int) - int(picture[0, 0]))
    return (difference > difference.max() / 2).astype(np.uint8)


def parts(mask: NDArray[np.uint8]) -> int:
    return cv2.connectedComponents(mask, connectivity=8)[0] - 1


@pytest.mark.parametrize("name", OUTLIERS)
def test_each_kind_is_pictures_and_always_the_same(name: str) -> None:
    first, second = pictures(name), pictures(name)
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert all(picture.dtype == np.uint8 and min(picture.shape[:2]) >= 40 for picture in first)
    assert len({picture.tobytes() for picture in first}) > COUNT / 2


def test_blanks_have_no_edges() -> None:
    for picture in pictures("blanks"):
        smooth = cv2.blur(picture, (5, 5)).astype(int)
        assert np.abs(np.diff(smooth, axis=0)).max() < 8
        assert np.abs(np.diff(smooth, axis=1)).max() < 8


def test_noise_is_uniform() -> None:
    for picture in pictures("uniform noise"):
        assert picture.mean() == pytest.approx(127.5, abs=5)
        assert picture.std() == pytest.approx(256 / np.sqrt(12), abs=4)


def test_noise_of_a_sheet_is_gaussian() -> None:
    for picture in pictures("Gaussian noise"):
        unclipped = picture[(picture > 0) & (picture < 255)].astype(float)
        middle, spread = np.median(unclipped), unclipped.std()
        assert 55 < middle < 235
        assert 6 < spread < 33
        within = np.abs(unclipped - middle) < spread
        assert within.mean() == pytest.approx(0.68, abs=0.05)  # uniform noise has 0.58 there


def test_dots_are_single_small_and_round() -> None:
    for picture in pictures("single dots"):
        mask = ink_of(picture)
        _, _, width, height = cv2.boundingRect(mask)
        assert parts(mask) == 1
        assert max(width, height) < 0.25 * len(picture)
        assert max(width, height) <= 2.2 * min(width, height)


def test_scribbles_are_crossed_more_often_than_letters() -> None:
    def most_crossings(mask: NDArray[np.uint8]) -> int:
        return max(np.count_nonzero(np.diff(line.astype(int)) == 1) for line in (*mask, *mask.T))

    crossings = [most_crossings(ink_of(picture)) for picture in pictures("scribbles")]
    assert np.mean(np.array(crossings) > 4) > 0.9  # a line across an M meets four strokes


def test_shapes_are_single_filled_and_no_bars() -> None:
    for picture in pictures("filled shapes"):
        mask = ink_of(picture)
        assert parts(mask) == 1
        assert parts(1 - mask) == 1  # no holes
        (_, sides, _) = cv2.minAreaRect(np.argwhere(mask).astype(np.float32))
        assert max(sides) < 2.2 * min(sides)


def test_pairs_are_two_different_characters_side_by_side() -> None:
    tall, square = np.zeros((28, 28), np.uint8), np.zeros((28, 28), np.uint8)
    tall[4:24, 12:15], square[8:20, 8:20] = 255, 255
    pair = handwritten_pair([tall, square, tall], ["T", "S", "1"])
    for seed in range(10):
        mask = ink_of(pair(np.random.default_rng(seed)))
        assert parts(mask) == 2
        areas = np.sort(cv2.connectedComponentsWithStats(mask)[2][1:, cv2.CC_STAT_AREA])
        assert areas.tolist() == [60, 144]


def test_typed_pairs_stay_two_when_read() -> None:
    pair = typed_pair(opened_fonts(matplotlib_fonts() / "DejaVuSans.ttf"), "ABCXYZ")
    for seed in range(10):
        glyph = to_glyph(pair(np.random.default_rng(seed)))
        assert parts((glyph > 60).astype(np.uint8)) in (1, 2)  # A and V may touch
        assert np.ptp(np.flatnonzero(glyph.any(axis=0))) > np.ptp(np.flatnonzero(glyph.any(axis=1)))


def test_fonts_without_letters_are_no_use_for_pairs(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no font with all of"):
        opened_fonts(tmp_path)


def test_photographs_are_there_and_in_colour() -> None:
    for photograph in opened_photographs():
        assert photograph.ndim == 3
        assert min(photograph.shape[:2]) >= 250
        assert photograph.std() > 20


def test_examples_are_written(tmp_path: Path) -> None:
    save_examples(tmp_path / "sheet.png", OUTLIERS, each=2)
    height, width, _ = cv2.imread(str(tmp_path / "sheet.png")).shape
    assert height > width
