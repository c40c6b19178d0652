"""Pictures to try: drawn here, on the kinds of ground that pictures come on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_demo.datasets.faces import matplotlib_fonts

SIDE = 160
FINE = 3
"""Drawn so many times larger, then reduced: smooth edges."""

Strokes = tuple[tuple[tuple[float, float], ...], ...]
"""Pen strokes through points, 0..1 from the top left."""
Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Example:
    """A picture to try."""

    title: str
    pixels: Pixels
    """(160, 160, 3), RGB."""

    @property
    def png(self) -> bytes:
        """The picture encoded, as it would be uploaded."""
        return cv2.imencode(".png", self.pixels[..., ::-1])[1].tobytes()


@cache
def examples() -> Mapping[str, Example]:
    """All pictures to try, by name."""
    return {name: example for drawn in ALPHABETS.values() for name, example in drawn().items()}


def examples_of(alphabets: Sequence[str]) -> dict[str, Example]:
    """Those for what reads these alphabets: of each as many where there are several, of Latin for others."""
    shelves = [ALPHABETS.get(alphabet, latin_examples)() for alphabet in alphabets or ["latin"]]
    return dict(chain.from_iterable(list(shelf.items())[: len(shelf) // len(shelves)] for shelf in shelves))


def latin_examples() -> dict[str, Example]:
    return {
        "pen": Example("a letter written with a pen", _ruled(_written(LETTER_R, BLUE, 0.045))),
        "chalk": Example("a digit in chalk", _rough(_written(DIGIT_7, CHALK, 0.06, BOARD))),
        "sign": Example("a printed letter on a sign", _printed("Q", (255, 255, 255), RED)),
        "shadow": Example(
            "a lower-case letter under a shadow", _shaded(_written(SMALL_K, PENCIL, 0.05, PAPER))
        ),
        "digit": Example("a printed digit", _printed("4", BLACK, YELLOW)),
        "marker": Example("a letter in marker", _written(LETTER_S, GREEN, 0.1)),
        "ring": Example("a ring: 0 or O", _written(RING, BLACK, 0.055)),
        "star": Example("no letter at all", _written(STAR, BLACK, 0.04)),
    }


def arabic_examples() -> dict[str, Example]:
    bold = matplotlib_fonts() / "DejaVuSans-Bold.ttf"
    return {
        "arabic-pen": Example("a letter written with a pen", _ruled(_written(LETTER_BEH, BLUE, 0.045))),
        "arabic-chalk": Example("a letter in chalk", _rough(_written(LETTER_AIN, CHALK, 0.06, BOARD))),
        "arabic-sign": Example("a printed letter on a sign", _printed("ض", (255, 255, 255), RED, bold)),
        "arabic-shadow": Example(
            "a letter under a shadow", _shaded(_written(LETTER_QAF, PENCIL, 0.05, PAPER))
        ),
        "arabic-print": Example("a printed letter", _printed("ث", BLACK, YELLOW, bold)),
        "arabic-marker": Example("a letter in marker", _written(LETTER_JEEM, GREEN, 0.08)),
        "arabic-dash": Example("two dots drawn as a dash", _written(LETTER_TEH, BLACK, 0.05)),
        "star": Example("no letter at all", _written(STAR, BLACK, 0.04)),
    }


ALPHABETS = {"latin": latin_examples, "arabic": arabic_examples}
"""By the name of the alphabet."""

BLACK, BLUE, RED, GREEN = (28, 27, 25), (36, 52, 120), (178, 44, 38), (24, 122, 84)
CHALK, BOARD, YELLOW = (232, 236, 228), (44, 62, 54), (240, 196, 68)
PENCIL, PAPER = (70, 66, 62), (236, 230, 216)

LETTER_R: Strokes = (
    ((0.34, 0.20), (0.33, 0.50), (0.31, 0.80)),
    ((0.30, 0.24), (0.48, 0.17), (0.63, 0.24), (0.61, 0.40), (0.46, 0.49), (0.36, 0.50)),
    ((0.44, 0.50), (0.56, 0.65), (0.70, 0.81)),
)
DIGIT_7: Strokes = (((0.28, 0.24), (0.48, 0.22), (0.71, 0.21), (0.58, 0.48), (0.46, 0.82)),)
SMALL_K: Strokes = (
    ((0.36, 0.16), (0.36, 0.48), (0.35, 0.82)),
    ((0.64, 0.42), (0.50, 0.54), (0.38, 0.63)),
    ((0.47, 0.57), (0.56, 0.70), (0.67, 0.81)),
)
LETTER_S: Strokes = (
    (
        *((0.67, 0.25), (0.50, 0.18), (0.34, 0.30), (0.42, 0.46)),
        *((0.60, 0.55), (0.66, 0.70), (0.50, 0.82), (0.31, 0.75)),
    ),
)
RING: Strokes = (
    (
        *((0.52, 0.19), (0.36, 0.28), (0.31, 0.50), (0.37, 0.73)),
        *((0.51, 0.81), (0.66, 0.71), (0.70, 0.49), (0.64, 0.28), (0.50, 0.19)),
    ),
)
LETTER_BEH: Strokes = (
    ((0.80, 0.34), (0.79, 0.52), (0.50, 0.60), (0.22, 0.53), (0.20, 0.38)),
    ((0.50, 0.76), (0.51, 0.77)),
)
LETTER_AIN: Strokes = (
    (
        *((0.62, 0.24), (0.48, 0.18), (0.38, 0.28), (0.46, 0.40), (0.64, 0.40)),
        *((0.42, 0.48), (0.32, 0.66), (0.46, 0.82), (0.68, 0.78)),
    ),
)
LETTER_QAF: Strokes = (
    (
        *((0.70, 0.50), (0.58, 0.54), (0.52, 0.46), (0.60, 0.36), (0.70, 0.44)),
        *((0.70, 0.66), (0.50, 0.82), (0.28, 0.74), (0.26, 0.58)),
    ),
    ((0.53, 0.22), (0.54, 0.23)),
    ((0.68, 0.21), (0.69, 0.22)),
)
LETTER_JEEM: Strokes = (
    ((0.28, 0.32), (0.42, 0.24), (0.56, 0.30), (0.72, 0.28)),
    ((0.72, 0.28), (0.44, 0.40), (0.32, 0.60), (0.46, 0.80), (0.72, 0.76)),
    ((0.52, 0.56), (0.53, 0.57)),
)
LETTER_TEH: Strokes = (
    ((0.80, 0.46), (0.79, 0.64), (0.50, 0.72), (0.22, 0.65), (0.20, 0.50)),
    ((0.40, 0.34), (0.58, 0.31)),
)
STAR: Strokes = tuple(
    ((0.5, 0.5), (0.5 + 0.33 * np.cos(angle), 0.5 + 0.33 * np.sin(angle)))
    for angle in np.linspace(0, 2 * np.pi, 11, endpoint=False)
)


def _written(strokes: Strokes, ink: Colour, width: float, ground: Colour = (250, 248, 242)) -> Pixels:
    side = SIDE * FINE
    sheet = np.full((side, side, 3), ground, np.uint8)
    for stroke in strokes:
        line = np.round(smooth(np.array(stroke)) * side).astype(np.int32)
        cv2.polylines(sheet, [line], False, ink, round(width * side), cv2.LINE_AA)
    return _reduced(sheet)


def smooth(points: NDArray[np.float64], steps: int = 16) -> NDArray[np.float64]:
    """A Catmull-Rom curve through points (N, 2)."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            b + t * (c - a) / 2 + t**2 * (a - 2.5 * b + 2 * c - d / 2) + t**3 * (b - c + (d - a) / 3) * 1.5
        )
    return np.concatenate(pieces)


def _printed(text: str, ink: Colour, ground: Colour, font: Path | None = None) -> Pixels:
    """In a font's bold, or in the one that Pillow carries, which has Latin letters alone."""
    side = SIDE * FINE
    sheet = Image.new("RGB", (side, side), ground)
    face = ImageFont.truetype(font, 0.6 * side) if font else ImageFont.load_default(0.72 * side)
    left, top, right, bottom = face.getbbox(text)
    corner = (side - left - right) / 2, (side - top - bottom) / 2
    ImageDraw.Draw(sheet).text(corner, text, ink, face)
    return _reduced(np.asarray(sheet))


def _reduced(sheet: Pixels) -> Pixels:
    return cv2.resize(sheet, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _ruled(picture: Pixels) -> Pixels:
    """Paper with faint ruled lines; they run behind the ink."""
    lines = np.full_like(picture, 255)
    lines[SIDE // 8 :: SIDE // 4] = (214, 224, 240)
    return np.minimum(picture, lines)


def _rough(picture: Pixels) -> Pixels:
    """Grainy, as chalk on a board."""
    grain = np.random.default_rng(7).normal(0, 1, (SIDE, SIDE, 1))
    return np.clip(picture + cv2.GaussianBlur(grain, (0, 0), 0.8)[..., None] * 22, 0, 255).astype(np.uint8)


def _shaded(picture: Pixels) -> Pixels:
    """A shadow across it, as when a phone takes the picture."""
    across = np.linspace(-1, 1, SIDE)
    light = 0.72 + 0.28 * np.tanh((across[None, :] - across[:, None] * 0.6) * 3)
    return (picture * light[..., None]).astype(np.uint8)
