"""What counts as a character before any network is asked."""

import numpy as np
import pytest

from ocr_demo.preprocess import to_glyph
from ocr_demo.reading.predictor import has_strokes
from tests.drawings import STROKES, dashed, drawn


@pytest.mark.parametrize("pen", [1, 2, 3, 6, 18, 40])
@pytest.mark.parametrize("character", sorted(STROKES))
def test_strokes_of_any_width_are_strokes(character: str, pen: int) -> None:
    assert has_strokes(to_glyph(drawn(character, pen=pen)))


@pytest.mark.parametrize("side", [40, 64, 200, 400, 600])
@pytest.mark.parametrize("seed", range(5))
def test_noise_has_none(side: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)
    assert not has_strokes(to_glyph(noise))


@pytest.mark.parametrize("sigma", [8, 16, 32])
@pytest.mark.parametrize("side", [180, 200, 220])
def test_gaussian_noise_has_hardly_any(side: int, sigma: int) -> None:
    """As a bad camera takes an empty sheet."""
    random = np.random.default_rng(side * sigma)
    sheets = np.clip(random.normal(200, sigma, (10, side, side)), 0, 255).astype(np.uint8)
    assert sum(has_strokes(to_glyph(sheet)) for sheet in sheets) <= 1


@pytest.mark.parametrize(("dash", "gap"), [(20, 15), (0, 7)])
@pytest.mark.parametrize("pen", [2, 3, 8])
@pytest.mark.parametrize("character", sorted(STROKES))
def test_dashed_and_dotted_strokes_are_strokes(character: str, pen: int, dash: int, gap: int) -> None:
    assert has_strokes(to_glyph(dashed(character, pen, dash, gap + pen)))


def test_a_blank_has_none() -> None:
    assert not has_strokes(np.zeros((64, 64), np.uint8))
