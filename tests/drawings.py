"""Drawings for tests: strokes on a plane, as the pad makes them."""

from io import BytesIO
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "R": [[(0.2, 0.95), (0.2, 0.05), (0.6, 0.08), (0.7, 0.28), (0.55, 0.48), (0.2, 0.5), (0.75, 0.95)]],
    "A": [[(0.1, 0.95), (0.5, 0.05), (0.9, 0.95)], [(0.28, 0.6), (0.72, 0.6)]],
    "Z": [[(0.1, 0.08), (0.9, 0.08), (0.1, 0.92), (0.9, 0.92)]],
    "7": [[(0.15, 0.08), (0.85, 0.08), (0.4, 0.95)]],
    "T": [[(0.1, 0.08), (0.9, 0.08)], [(0.5, 0.08), (0.5, 0.95)]],
    "i": [[(0.5, 0.35), (0.5, 0.95)], [(0.5, 0.08), (0.5, 0.1)]],
}
"""Strokes as points in a unit square."""


def drawn(
    character: str, side: int = 400, ink_side: int = 240, left: int = 80, top: int = 80, pen: int = 18
) -> NDArray[np.uint8]:
    """The character, black on white (side, side), strokes in a square of `ink_side` at `left`, `top`."""
    plane = np.full((side, side), 255, np.uint8)
    for stroke in STROKES[character]:
        points = np.array([(left + x * ink_side, top + y * ink_side) for x, y in stroke])
        fixed = np.round(points * 16).astype(np.int32)
        cv2.polylines(plane, [fixed], False, 0, pen, cv2.LINE_AA, shift=4)
    return plane


def dashed(character: str, pen: int, dash: int, gap: int) -> NDArray[np.uint8]:
    """The character as `drawn`, in dashes that long, or dots where that is 0."""
    plane = np.full((400, 400), 255, np.uint8)
    for stroke in STROKES[character]:
        points = 80 + 240 * np.array(stroke)
        for start, end in pairwise(points):
            length = np.linalg.norm(end - start)
            for place in np.arange(0, length, dash + gap):
                first, last = (
                    np.round(16 * (start + share * (end - start))).astype(int).tolist()
                    for share in (place / length, min((place + dash) / length, 1))
                )
                cv2.line(plane, first, last, 0, pen, cv2.LINE_AA, shift=4)
    return plane


def star() -> NDArray[np.uint8]:
    """Eleven rays, black on white (400, 400): no character."""
    plane = np.full((400, 400), 255, np.uint8)
    for angle in np.arange(11) * 2 * np.pi / 11:
        end = np.round(200 + 130 * np.array([np.cos(angle), np.sin(angle)])).astype(int)
        cv2.line(plane, (200, 200), end.tolist(), 0, 12, cv2.LINE_AA)
    return plane


def odd_seven(lean: int = 0) -> NDArray[np.uint8]:
    """A 7 as nobody else writes it, black on white (200, 200)."""
    sheet = np.full((200, 200), 255, np.uint8)
    for stroke in (
        [(50, 30), (50, 170), (150, 170)],
        [(50, 100), (120 + lean, 60)],
        [(150, 170), (150, 120)],
    ):
        cv2.polylines(sheet, [np.array(stroke, np.int32)], False, 0, 12, cv2.LINE_AA)
    return sheet


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """The image as a file of that format has it."""
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


BLANK = encoded(Image.new("L", (8, 8), 255), "PNG")
"""A sheet without ink."""
