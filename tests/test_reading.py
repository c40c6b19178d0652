"""What counts as a character before any network is asked."""

import numpy as np
import pytest

from ocr_demo.preprocess import to_glyph
from ocr_demo.reading.predictor import has_strokes
from tests.drawings import STROKES, drawn


@pytest.mark.parametrize("pen", [1, 2, 3, 6, 18, 40])
@pytest.mark.parametrize("character", sorted(STROKES))
def test_strokes_of_any_width_are_strokes(character: str, pen: int) -> None:
    assert has_strokes(to_glyph(drawn(character, pen=pen)))


@pytest.mark.parametrize("side", [40, 64, 200, 400, 600])
@pytest.mark.parametrize("seed", range(5))
def test_noise_has_none(side: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)
    assert not has_strokes(to_glyph(noise))


def test_a_blank_has_none() -> None:
    assert not has_strokes(np.zeros((64, 64), np.uint8))
