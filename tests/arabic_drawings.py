"""Arabic letters as a pen draws them: bodies in curves, dots of one touch each."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.web.examples import Strokes, smooth

BOWL: Strokes = (((0.85, 0.42), (0.84, 0.56), (0.50, 0.64), (0.17, 0.56), (0.15, 0.44)),)
NOON: Strokes = (((0.72, 0.36), (0.74, 0.60), (0.50, 0.78), (0.27, 0.62), (0.27, 0.45)),)
YEH: Strokes = (
    (
        *((0.74, 0.32), (0.58, 0.26), (0.50, 0.38), (0.68, 0.50)),
        *((0.62, 0.66), (0.35, 0.70), (0.20, 0.58), (0.22, 0.46)),
    ),
)
HAH: Strokes = (
    ((0.28, 0.32), (0.42, 0.24), (0.56, 0.30), (0.72, 0.28)),
    ((0.72, 0.28), (0.44, 0.40), (0.32, 0.60), (0.46, 0.80), (0.72, 0.76)),
)
DAL: Strokes = (((0.45, 0.30), (0.60, 0.48), (0.62, 0.66), (0.34, 0.68)),)
REH: Strokes = (((0.62, 0.36), (0.64, 0.56), (0.50, 0.72), (0.32, 0.80)),)
SEEN: Strokes = (
    (
        *((0.92, 0.38), (0.90, 0.52), (0.80, 0.54), (0.78, 0.40), (0.76, 0.52), (0.66, 0.54)),
        *((0.63, 0.40), (0.62, 0.60), (0.42, 0.78), (0.14, 0.70), (0.10, 0.50)),
    ),
)
SAD: Strokes = (
    (
        *((0.50, 0.52), (0.62, 0.38), (0.78, 0.34), (0.86, 0.44), (0.74, 0.54), (0.50, 0.54)),
        *((0.46, 0.44), (0.48, 0.62), (0.32, 0.78), (0.14, 0.68), (0.12, 0.52)),
    ),
)
TAH: Strokes = (
    ((0.30, 0.62), (0.44, 0.48), (0.66, 0.42), (0.76, 0.54), (0.60, 0.64), (0.20, 0.64)),
    ((0.36, 0.16), (0.36, 0.62)),
)
AIN: Strokes = (
    (
        *((0.62, 0.30), (0.48, 0.24), (0.38, 0.32), (0.46, 0.42), (0.64, 0.42)),
        *((0.42, 0.50), (0.32, 0.66), (0.46, 0.82), (0.68, 0.78)),
    ),
)
FEH: Strokes = (
    (
        *((0.76, 0.50), (0.66, 0.54), (0.60, 0.44), (0.70, 0.36), (0.78, 0.46)),
        *((0.76, 0.62), (0.50, 0.68), (0.20, 0.64), (0.14, 0.50)),
    ),
)
QAF: Strokes = (
    (
        *((0.70, 0.50), (0.58, 0.54), (0.52, 0.46), (0.60, 0.36), (0.70, 0.44)),
        *((0.70, 0.66), (0.50, 0.82), (0.28, 0.74), (0.26, 0.58)),
    ),
)
DOTTED: dict[str, tuple[Strokes, tuple[tuple[float, float], ...]]] = {
    "ب": (BOWL, ((0.50, 0.80),)),
    "ت": (BOWL, ((0.43, 0.30), (0.57, 0.30))),
    "ث": (BOWL, ((0.43, 0.30), (0.57, 0.30), (0.50, 0.18))),
    "ن": (NOON, ((0.50, 0.36),)),
    "ي": (YEH, ((0.42, 0.86), (0.56, 0.86))),
    "ج": (HAH, ((0.52, 0.57),)),
    "خ": (HAH, ((0.50, 0.10),)),
    "ذ": (DAL, ((0.50, 0.15),)),
    "ز": (REH, ((0.62, 0.20),)),
    "ش": (SEEN, ((0.70, 0.22), (0.84, 0.22), (0.77, 0.10))),
    "ض": (SAD, ((0.66, 0.18),)),
    "ظ": (TAH, ((0.60, 0.24),)),
    "غ": (AIN, ((0.50, 0.08),)),
    "ف": (FEH, ((0.69, 0.20),)),
    "ق": (QAF, ((0.54, 0.20), (0.68, 0.20))),
}
"""Every letter with dots: its body, and where they are."""
FINE = 3
"""Drawn so many times larger, then reduced: the pen need not be whole pixels wide."""


def penned(letter: str, sheet: int, pen: float, span: float = 1.0, touch: float = 1.0) -> NDArray[np.uint8]:
    """The letter on white (sheet, sheet); `pen` is a share of its side, `span` of the letter's full size.

    `touch` is the share of the strokes' ink that the dots have.
    """
    side = sheet * FINE
    plane, width = np.full((side, side), 255, np.uint8), max(1, round(pen * side))

    def placed(points: NDArray[np.float64]) -> NDArray[np.int32]:
        return np.round(((points - 0.5) * span + 0.5) * side * 16).astype(np.int32)

    body, dots = DOTTED[letter]
    for stroke in body:
        line = placed(smooth(np.array(stroke)))
        cv2.polylines(plane, [line], False, 0, width, cv2.LINE_AA, shift=4)
    for dot in dots:
        level = round(255 * (1 - touch))
        cv2.circle(plane, placed(np.array(dot)).tolist(), 8 * width, level, -1, cv2.LINE_AA, shift=4)
    return cv2.resize(plane, (sheet, sheet), interpolation=cv2.INTER_AREA)
