"""Corruptions change a picture and keep its form; changes that should not matter keep the character."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.corruptions import CORRUPTIONS, INK_SIDE, SIDE, corrupted, mnist_form, plasma
from benchmarks.raw import RawSet
from benchmarks.robustness import harmless_changes, ink_share, table, with_summary
from ocr_demo.preprocess import to_glyph
from tests.drawings import drawn

CERTAIN = {"scale", "brightness", "stripe", "canny edges"}
"""Corruptions that leave nothing to chance."""


def written(character: str = "R") -> NDArray[np.uint8]:
    """A character as MNIST shows it."""
    ink = 1 - drawn(character, side=240, left=0, top=0).astype(np.float32) / 255
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return mnist_form(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def corrupt(name: str, seed: int = 0) -> NDArray[np.uint8]:
    return corrupted(name, np.random.default_rng(seed), written())


def test_there_are_fifteen() -> None:
    assert len(CORRUPTIONS) == 15


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_changes_the_picture_and_keeps_its_form(name: str) -> None:
    before = written()
    after = corrupted(name, np.random.default_rng(0), before)
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert np.abs(after.astype(int) - before).max() > 60
    assert np.array_equal(before, written())  # what it was given is left alone


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_its_seeds(name: str) -> None:
    assert np.array_equal(corrupt(name), corrupt(name))
    differ = any(not np.array_equal(corrupt(name), corrupt(name, seed)) for seed in range(1, 6))
    assert differ == (name not in CERTAIN)


def test_corruptions_are_as_strong_as_published() -> None:
    before = written().astype(float)
    noisy = np.concatenate(
        [
            corrupted("impulse noise", np.random.default_rng(seed), np.full((28, 28), 100, np.uint8))
            for seed in range(20)
        ]
    )
    assert np.mean(noisy != 100) == pytest.approx(0.17, abs=0.02)
    assert np.mean(noisy == 255) == pytest.approx(0.085, abs=0.015)
    assert corrupt("scale").sum() == pytest.approx(0.7**2 * before.sum(), rel=0.05)
    assert set(np.unique(corrupt("canny edges"))) == {0, 255}
    assert corrupt("brightness").min() == 128
    assert np.array_equal(corrupt("stripe")[:, 7:21], written()[:, 7:21])
    assert np.array_equal(corrupt("stripe")[:, :7], 255 - written()[:, :7])
    shifts = [(down, across) for down in (-3, 3) for across in (-3, 3)]
    assert any(np.array_equal(corrupt("translate"), np.roll(written(), shift, (0, 1))) for shift in shifts)


@pytest.mark.parametrize("name", ["dotted line", "zigzag"])
def test_lines_are_added_and_take_nothing_away(name: str) -> None:
    for seed in range(20):
        added = corrupt(name, seed).astype(int) - written()
        assert added.min() >= 0
        assert np.count_nonzero(added.max(axis=0) > 100) > 6


def test_motion_blur_spreads_the_ink_and_keeps_its_sum() -> None:
    before, after = written(), corrupt("motion blur")
    assert after.max() < before.max()
    assert after.sum() == pytest.approx(float(before.sum()), rel=0.1)


def test_plasma_fills_its_range_without_seams() -> None:
    clouds = plasma(np.random.default_rng(0), 1.4)
    assert (clouds.min(), clouds.max()) == (0, 1)
    inner = np.abs(np.diff(clouds, axis=0)).mean()
    assert np.abs(clouds[0] - clouds[-1]).mean() < 3 * inner


def test_mnist_form_centres_ink_of_any_size() -> None:
    for shape in [(40, 10), (10, 40), (300, 300), (5, 5)]:
        picture = mnist_form(np.ones(shape, np.float32))
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        assert picture.shape == (SIDE, SIDE)
        assert max(len(rows), len(columns)) == INK_SIDE
        assert abs(rows[0] + rows[-1] - (SIDE - 1)) <= 1
        assert abs(columns[0] + columns[-1] - (SIDE - 1)) <= 1


def test_ink_shares_reach_from_ground_to_ink() -> None:
    crop = np.full((40, 28), 220, np.uint8)
    crop[5:35, 10:16] = 30
    share = ink_share(crop, has_dark_ink=True)
    assert (share.min(), share.max()) == (0, 1)
    assert np.array_equal(share, ink_share(255 - crop, has_dark_ink=False))
    assert not ink_share(np.full((9, 9), 80, np.uint8), has_dark_ink=True).any()


@pytest.mark.parametrize("name", harmless_changes(has_dark_ink=True))
def test_harmless_changes_keep_the_character(name: str) -> None:
    picture = drawn("R", side=300, left=30, top=30)
    changed = harmless_changes(has_dark_ink=True)[name](np.random.default_rng(0), picture)
    expected, glyph = (to_glyph(each).astype(float) for each in (picture, changed))
    likeness = np.corrcoef(expected.ravel(), glyph.ravel())[0, 1]
    assert likeness > (0.85 if name in ("20 pixels", "50 pixels") else 0.95)
    assert not name.endswith("pixels") or f"{max(changed.shape)} pixels" == name


def test_the_table_compares_with_the_clean_pictures() -> None:
    one = RawSet("letters", [written()] * 1200, np.zeros(1200, np.int64))
    exact = with_summary({"clean": 0.9, "fog": 0.45, "zigzag": 0.9})
    lines = table("corruption", [one], [exact], "of clean", lambda value, clean: f"{value / clean:.2f}")
    assert lines.splitlines() == [
        "| corruption | letters, 1,200 pictures | of clean |",
        "| --- | --- | --- |",
        "| clean | 90.0% | 1.00 |",
        "| fog | 45.0% | 0.50 |",
        "| zigzag | 90.0% | 1.00 |",
        "| **mean** | 67.5% | 0.75 |",
        "| **worst** | 45.0% | 0.50 |",
    ]
