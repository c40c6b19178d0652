"""`drawings:npz:PATH` and `drawings:emnist[:SPLIT]`: scanned handwriting, redrawn as on the app's canvas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.datasets.arrays import npz_source
from ocr_demo.datasets.emnist import emnist_source
from ocr_demo.datasets.source import PICTURES_PER_CHUNK, Made, PictureChunk, Plan, Request, Source, stacked
from ocr_demo.errors import DataError, SpecError
from ocr_demo.preprocess import SIZE, to_glyph

REDRAWING = 6
"""Raise it when what `drawings:` draws changes, so that cached glyphs are drawn again."""
DRAWINGS = 1000
"""Of each label; a letter, which has two cases, gets twice as many."""
FINE = 3
"""Drawn so many times larger than a glyph."""
PEN_WIDTHS = 7.0, 29.0
"""Pixels on the fine plane, where a character is 156 long: from a mouse's line to a broad finger's."""
DOTTED = 0.2
"""The share of drawings by a hand that was faster, in places, than the mouse told."""
STEPS = 6.0, 18.0
"""Pixels on the fine plane from one dot of such a stroke to the next."""
SMALLEST = 24
"""Pixels a side to which a drawing may be reduced."""
SEED = 0

SCANS = {"npz": npz_source, "emnist": emnist_source}


@dataclass(frozen=True)
class DrawingChunk:
    """Pictures of scanned characters, each to be redrawn with a pen of its own width."""

    scans: Sequence[NDArray[np.uint8]]
    labels: Sequence[int]
    names: Sequence[str]
    seed: int

    @property
    def size(self) -> int:
        return len(self.scans)

    def make(self) -> Made:
        random = np.random.default_rng(self.seed)
        return with_strokes(
            [
                (label, name, drawing(scan, random))
                for scan, label, name in zip(self.scans, self.labels, self.names, strict=True)
            ]
        )


def with_strokes(drawn: Sequence[tuple[int, str, NDArray[np.uint8]]]) -> Made:
    """What is left of labels, names and glyphs (64, 64); those of which nothing is are named as broken."""
    inked = [each for each in drawn if each[2].any()]
    return Made(
        glyphs=stacked([glyph for _, _, glyph in inked]),
        labels=tuple(label for label, _, _ in inked),
        names=tuple(name for _, name, _ in inked),
        broken=tuple(f"{name}: no stroke is left of it" for _, name, glyph in drawn if not glyph.any()),
    )


def drawing(scan: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """The glyph (64, 64) of a scan (H, W) drawn again, with a pen of any width and in any size."""
    line, pen = middle_line(to_glyph(scan)), random.uniform(*PEN_WIDTHS)
    if random.uniform() < DOTTED and line.any():
        line, pen = dotted(line, random), min(pen, 11.0)
    return to_glyph(reduced(inked(line, pen), random))


def middle_line(glyph: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """That of a glyph's strokes (64, 64), at 3 times its size, with room around it: (240, 240)."""
    from skimage.morphology import skeletonize  # slow to import, and only this source needs it

    side = FINE * SIZE
    large = cv2.resize(glyph, (side, side), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(large, (0, 0), FINE / 1.5)
    return skeletonize(np.pad(smooth > 110, side // 8))


def dotted(line: NDArray[np.bool_], random: Generator) -> NDArray[np.bool_]:
    """The line with points left out on one side of it, as where only some of a hand's places were told."""
    points = np.argwhere(line)
    angle, step = random.uniform(0, 2 * np.pi), random.uniform(*STEPS)
    side = points @ (np.sin(angle), np.cos(angle))
    fast = points[side > np.quantile(side, random.uniform(0, 0.7))]
    _, kept = np.unique(fast // step, axis=0, return_index=True)
    told = line.copy()
    told[tuple(fast.T)] = False
    told[tuple(fast[kept].T)] = True
    return told


def inked(line: NDArray[np.bool_], pen: float) -> NDArray[np.uint8]:
    """A line (H, W) drawn black on white by a round pen of that width in pixels."""
    away = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ink = np.clip(pen / 2 - away + 0.5, 0, 1)
    return np.round(255 * (1 - ink)).astype(np.uint8)


def reduced(picture: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """A drawing at any smaller size, half of them with pixels left out, as crude programs do it.

    The edges of a small one are as soft, or as ragged, as a scan's: they don't tell who drew it with what.
    """
    side = round(SMALLEST * (len(picture) / SMALLEST) ** random.uniform())
    way = cv2.INTER_AREA if random.uniform() < 0.5 else cv2.INTER_NEAREST
    return cv2.resize(picture, (side, side), interpolation=way)


def drawings_source(request: Request) -> Source:
    """As many drawings of each label (of a letter twice as many), whatever their shares among the scans.

    People draw what they like, so that a drawing has no more reason to be a 5 than an S; the shares among
    forms that were filled in say nothing of it.
    """
    kind, _, argument = request.argument.partition(":")
    if kind not in SCANS:
        raise SpecError(
            f"drawings:{request.argument}: redraws scanned handwriting; "
            "write drawings:npz:PATH or drawings:emnist"
        )
    scans = SCANS[kind](replace(request, argument=argument))
    return Source(
        description=f"redrawn by pen: {scans.description}",
        fingerprint=(REDRAWING, np.__version__, *scans.fingerprint),
        plan=lambda: drawings_plan(scans, request.alphabet),
        group=scan_of,
        base=(kind, *scans.fingerprint),
    )


def drawings_plan(scans: Source, alphabet: Alphabet) -> Plan:
    """Chunks of the scans to redraw; a `DataError` where they have no labels."""
    found = [
        (picture, label, name)
        for chunk in scans.plan().chunks
        if isinstance(chunk, PictureChunk)
        for picture, label, name in zip(chunk.pictures, chunk.labels, chunk.names, strict=True)
        if isinstance(picture, np.ndarray) and label >= 0
    ]
    if not found:
        raise DataError(f"drawings: {scans.description} has no labels; a drawing is one of what its scan is")
    chosen = list(chosen_scans(np.array([label for _, label, _ in found]), alphabet))

    def drawing_chunks() -> Iterator[DrawingChunk]:
        for start in range(0, len(chosen), PICTURES_PER_CHUNK):
            some = [(found[index], time) for index, time in chosen[start : start + PICTURES_PER_CHUNK]]
            yield DrawingChunk(
                [picture for (picture, _, _), _ in some],
                [label for (_, label, _), _ in some],
                [f"{name}#{time}" for (_, _, name), time in some],
                seed=SEED + start,
            )

    return Plan(chunks=drawing_chunks(), total=len(chosen))


def chosen_scans(labels: NDArray[np.int64], alphabet: Alphabet) -> Iterator[tuple[int, int]]:
    """Indices of the scans to redraw, each with how often it was chosen before: a rare label's come again."""
    random = np.random.default_rng((SEED, DRAWINGS))  # a split's own numbers would choose what it holds back
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        text = alphabet.labels[label]
        for number in range(DRAWINGS * len({text.lower(), text.upper()})):
            time, place = divmod(number, len(members))
            yield int(members[place]), time


def scan_of(name: str) -> str:
    """The name of the scan that a drawing was made from."""
    return name.rpartition("#")[0]
