"""Invented writers: a handwriting font never trained on, bent in one way, and a few habits of their own.

What one writer writes is consistent: the same slant, pen and bends in every sample, the same odd 1. No two
samples are the same: each has a tremble of its own.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import read_manifest
from ocr_demo.datasets.faces import Face, drawn_mask, open_faces
from ocr_demo.preprocess import to_glyph

LATIN = ALPHABETS["latin"]
SIDE = 160
"""Pixels of the longer side of a character; the sheet has room for bends around it."""
SHEET = 2 * SIDE
HABITS_EACH = 6

Habit = list[NDArray[np.float64]]
"""Strokes, each its points (N, 2), 0..1 from the character's top left; it bends smoothly near them."""
Sheet = NDArray[np.uint8]

HABITS: dict[str, tuple[str, ...]] = {
    "0": ("50,0 5,40 40,100 95,50 50,0 / 95,5 5,95", "75,5 10,30 30,100 90,60 70,10 30,12"),
    "1": ("2,62 60,0 / 60,0 60,100", "10,40 55,0 / 55,0 50,100 / 10,100 95,100"),
    "2": ("10,20 50,0 85,30 20,95 5,80 30,75 95,100",),
    "3": ("10,0 90,0 / 90,0 40,40 / 40,40 90,70 50,100 5,85",),
    "4": ("20,0 10,55 / 10,55 95,55 / 75,20 70,100", "10,0 15,40 50,50 85,35 / 90,0 80,100"),
    "5": ("25,15 20,45 / 20,45 85,60 50,100 0,90 / 40,0 100,0",),
    "6": ("15,0 10,90 / 10,70 50,50 75,75 45,100 10,88",),
    "7": ("5,15 10,0 / 10,0 90,5 45,100 / 20,50 85,45", "10,10 50,18 95,0 / 95,0 60,50 50,100"),
    "8": ("80,10 20,10 30,45 80,75 40,100 15,70 60,40 95,0",),
    "9": ("85,10 40,0 10,25 45,50 85,20 / 85,10 85,75 50,100 5,85",),
    "A": ("5,100 50,0 / 50,0 95,100", "5,100 10,20 50,0 90,20 95,100 / 5,55 95,55"),
    "B": ("15,0 10,100 / 10,5 80,15 35,50 / 45,50 95,75 30,100",),
    "D": ("35,10 30,90 / 0,0 95,30 85,90 0,100",),
    "E": ("90,10 30,0 15,30 60,48 5,70 40,100 95,85",),
    "F": ("45,10 40,100 / 0,5 95,0 / 15,50 75,45",),
    "G": ("85,10 20,15 10,70 50,95 80,60 / 80,55 75,100",),
    "H": ("15,0 10,100 / 10,60 50,40 85,55 80,100",),
    "J": ("10,0 95,0 / 60,0 55,85 25,100 5,80",),
    "K": ("10,0 10,100 / 90,10 45,50 95,100",),
    "M": ("0,100 20,5 40,70 55,70 75,5 100,100",),
    "N": ("10,100 15,5 40,10 60,90 85,95 90,0",),
    "P": ("30,10 20,100 / 0,20 60,0 95,30 30,55",),
    "Q": ("10,20 50,0 90,30 30,90 5,85 40,80 95,100",),
    "R": ("10,10 15,100 / 10,10 70,0 80,35 35,45 95,100",),
    "S": ("80,0 50,5 45,50 40,95 10,100",),
    "T": ("0,10 50,0 100,5 / 55,0 50,85 75,100 95,85",),
    "U": ("10,0 15,80 50,90 80,60 / 85,0 80,90 100,100",),
    "V": ("5,10 20,0 45,100 / 45,100 75,20 100,5",),
    "X": ("10,5 45,50 10,100 / 90,0 55,50 95,95",),
    "Y": ("10,0 20,40 60,45 85,0 / 85,0 70,85 30,100 10,85",),
    "Z": ("10,0 90,0 / 90,0 10,100 / 10,100 95,100 / 25,50 80,50", "10,5 80,5 40,42 85,65 50,100 15,90"),
}
"""Ways to write a character that schools somewhere teach, or hands slip into: strokes, parted by /, as points
in per cent of the character's width and height from its top left."""


@dataclass(frozen=True)
class Writer:
    """A hand: what it writes comes from `samples`."""

    name: str
    face: Face
    habits: dict[str, Habit]
    small: bool
    """Writes letters in lower case, where it has no habit."""
    slant: float
    """Pixels sideways a pixel up."""
    width: float
    """Of a character, as a share of the usual."""
    pen: float
    """Pixels at `SIDE`."""
    bends: NDArray[np.float32]
    """(5, 5, 2) pixels: how the hand bends every character."""

    def samples(self, label: str, count: int, random: Generator) -> NDArray[np.uint8]:
        """Glyphs (count, 64, 64) of one character."""
        return np.stack([to_glyph(255 - self._written(label, random)) for _ in range(count)])

    def _written(self, label: str, random: Generator) -> Sheet:
        """White ink on a black sheet."""
        if label in self.habits:
            sheet = self._stroked(self.habits[label], random)
        else:
            sheet = self._typed(label, random)
        return self._bent(sheet, random)

    def _stroked(self, habit: Habit, random: Generator) -> Sheet:
        sheet = np.zeros((SHEET, SHEET), np.uint8)
        for stroke in habit:
            points = stroke + random.normal(0, 0.025, stroke.shape)
            place = (SHEET - SIDE) / 2 + SIDE * smoothed(points) * (0.7, 1) + (0.15 * SIDE, 0)
            pen = max(2, round(self.pen * random.uniform(0.85, 1.15)))
            cv2.polylines(sheet, [np.round(place * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
        return sheet

    def _typed(self, label: str, random: Generator) -> Sheet:
        text = label.lower() if self.small and label.lower() in self.face.characters else label
        mask = drawn_mask(self.face.font, text)
        scale = SIDE / max(mask.shape)
        mask = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        sheet = np.zeros((SHEET, SHEET), np.uint8)
        top, left = (SHEET - mask.shape[0]) // 2, (SHEET - mask.shape[1]) // 2
        sheet[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        return sheet

    def _bent(self, sheet: Sheet, random: Generator) -> Sheet:
        """Slanted, widened and bent as always, and a little as never before."""
        slant = self.slant + random.normal(0, 0.06)
        turn, width = random.normal(0, 0.05), self.width * random.normal(1, 0.05)
        across = np.array([[1 / width, slant / width], [0, 1]]) @ np.array(
            [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        )
        rows, columns = np.indices(sheet.shape, np.float32) - SHEET / 2
        tremble = random.normal(0, 0.025 * SIDE, self.bends.shape).astype(np.float32)
        bends = cv2.resize(self.bends + tremble, (SHEET, SHEET), interpolation=cv2.INTER_CUBIC)
        x = across[0, 0] * columns + across[0, 1] * rows + SHEET / 2 + bends[..., 0]
        y = across[1, 0] * columns + across[1, 1] * rows + SHEET / 2 + bends[..., 1]
        return cv2.remap(sheet, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)


def strokes(text: str) -> Habit:
    """The strokes that a line of `HABITS` tells."""
    return [
        np.array([point.split(",") for point in stroke.split()], float) / 100 for stroke in text.split("/")
    ]


def smoothed(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """A curve (M, 2) near points (N, 2) that keeps its ends: Chaikin's corner cutting; a line stays one."""
    for _ in range(4):
        if len(points) < 3:
            return points
        inner = np.stack([0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]], 1)
        points = np.concatenate([points[:1], inner.reshape(-1, 2)[1:-1], points[-1:]])
    return points


def writers(count: int, fonts: Path) -> list[Writer]:
    """So many writers; FONTS holds the families that no checkpoint was trained on."""
    manifest = read_manifest()
    families = sorted(manifest.held_out & manifest.handwriting)
    return [writer(number, families[number % len(families)], fonts) for number in range(count)]


def writer(number: int, family: str, fonts: Path) -> Writer:
    random = np.random.default_rng((20, number))
    (face,) = open_faces(sorted(fonts.glob(f"{family}-[0-9]*.woff2"))[0], LATIN)
    chosen = random.choice(sorted(HABITS), HABITS_EACH, replace=False)
    habits = {
        label: strokes(HABITS[label][random.integers(len(HABITS[label]))]) for label in map(str, chosen)
    }
    return Writer(
        name=f"{number}, {family}",
        face=face,
        habits=habits,
        small=bool(random.uniform() < 0.3),
        slant=random.uniform(-0.2, 0.5),
        width=random.uniform(0.75, 1.3),
        pen=random.uniform(6, 22),
        bends=random.normal(0, 0.05 * SIDE, (5, 5, 2)).astype(np.float32),
    )
