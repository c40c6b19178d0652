"""Pictures of no character that a reader learns to refuse."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS, Alphabet
from ocr_demo.datasets import load_glyphs
from ocr_demo.datasets.clutter import kinds
from ocr_demo.datasets.clutter_source import masks_of
from ocr_demo.errors import DataError
from ocr_demo.preprocess import to_glyph
from ocr_demo.training.samples import split_samples
from tests.test_benchmark_outliers import ink_of, parts

LATIN = ALPHABETS["latin"]
pytestmark = pytest.mark.usefixtures("data_home")
KINDS = [maker.__name__ for maker in kinds(())]
SEEDS = range(20)


def pictures(kind: str) -> list[NDArray[np.uint8]]:
    (maker,) = (each for each in kinds(masks_of(LATIN)) if each.__name__ == kind)
    return [maker(np.random.default_rng(seed)) for seed in SEEDS]


def test_the_shares_are_of_one_whole() -> None:
    assert sum(kinds(()).values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_pictures_that_differ_and_are_always_the_same(kind: str) -> None:
    first, second = pictures(kind), pictures(kind)
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert all(picture.dtype == np.uint8 and min(picture.shape[:2]) >= 60 for picture in first)
    assert len({picture.tobytes() for picture in first}) == len(first)
    blank = sum(not to_glyph(picture).any() for picture in first)
    assert blank <= (len(first) // 2 if kind == "empty_scene" else 1)


@pytest.mark.parametrize("kind", ["silhouette", "solid"])
def test_what_is_solid_has_a_thick_middle(kind: str) -> None:
    """Unlike an I or a T, however bold: the thickest place is wider than a quarter of what is seen."""
    for picture in pictures(kind):
        ink = ink_of(picture)
        _, _, width, height = cv2.boundingRect(ink)
        thickest = 2 * cv2.distanceTransform(np.pad(ink, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max()
        assert thickest > 0.25 * max(width, height)


def test_a_silhouette_has_no_holes() -> None:
    assert all(parts(1 - ink_of(picture)) == 1 for picture in pictures("silhouette"))


def test_they_have_ink_and_no_class() -> None:
    first = load_glyphs("clutter:300", LATIN, progress=False)
    assert set(first.labels) == {-1}
    assert 250 < len(first) <= 300  # some have no ink
    assert first.glyphs.reshape(len(first), -1).any(axis=1).all()
    assert {name.partition(" ")[0] for name in first.names} == set(KINDS)


def test_more_begins_with_the_same(tmp_path: Path) -> None:
    few, many = (
        load_glyphs(f"clutter:{count}", LATIN, cache=tmp_path / str(count), progress=False)
        for count in (100, 300)
    )
    np.testing.assert_array_equal(few.glyphs, many.glyphs[: len(few)])


def test_it_is_drawn_for_any_alphabet() -> None:
    assert len(masks_of(ALPHABETS["arabic"])) >= 28
    assert set(load_glyphs("clutter:40", ALPHABETS["arabic"], progress=False).labels) == {-1}


def test_an_alphabet_that_the_fonts_lack_is_named() -> None:
    with pytest.raises(DataError, match=r"clutter: no font .* 'runes'"):
        load_glyphs("clutter:2", Alphabet("runes", ("ᚠ", "ᚢ", "ᚦ")), progress=False)


def test_what_is_tested_on_is_not_what_was_trained_on(tmp_path: Path) -> None:
    trained, tested = (
        load_glyphs("clutter:40", LATIN, split=split, cache=tmp_path, progress=False).glyphs
        for split in ("training", "testing")
    )
    assert not {glyph.tobytes() for glyph in trained} & {glyph.tobytes() for glyph in tested}


def test_it_can_not_be_trained_on_as_characters() -> None:
    clutter = load_glyphs("clutter:10", LATIN, progress=False)
    with pytest.raises(DataError, match="give it as --outlier-data"):
        split_samples([clutter], [1.0], 0.5, 0, torch.device("cpu"))


@pytest.mark.parametrize(
    "spec", ["clutter:0", "clutter:many", "clutter:-3", "clutter:1.5", "clutter:9999999"]
)
def test_other_numbers_are_refused(spec: str) -> None:
    with pytest.raises(DataError, match="write clutter, or clutter:COUNT"):
        load_glyphs(spec, LATIN, progress=False)
