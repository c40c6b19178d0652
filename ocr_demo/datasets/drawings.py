"""`drawings:npz:PATH` and `drawings:emnist`: scanned handwriting, redrawn as on the app's canvas."""

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
from ocr_demo.errors import DataError
from ocr_demo.preprocess import to_glyph

REDRAWING = 2
"""Raise it when what `drawings:` draws changes, so that cached glyphs are drawn again."""
DRAWINGS = 1000
"""Of each character; a label that is upper case and lower case is two characters."""
CANVAS = 192
PEN_WIDTHS = 0.035, 0.15
"""The pen's, as shares of the canvas: from a thin mouse line to a broad finger."""
SMALLEST = 24
"""Pixels a side of a drawing reduced to a thumbnail, whose edges are as soft as a scan's."""

SCANS = {"npz": npz_source, "emnist": emnist_source}


@dataclass(frozen=True)
class DrawingChunk:
    """Scanned characters, light on black (H, W) `uint8`, each to be redrawn with a pen of its own width."""

    scans: Sequence[NDArray[np.uint8]]
    labels: Sequence[int]
    names: Sequence[str]
    seed: int

    @property
    def size(self) -> int:
        return len(self.scans)

    def make(self) -> Made:
        random = np.random.default_rng(self.seed)
        glyphs = [
            to_glyph(reduced(redrawn(scan, random.uniform(*PEN_WIDTHS)), random)) for scan in self.scans
        ]
        kept = [number for number, glyph in enumerate(glyphs) if glyph.any()]
        return Made(
            glyphs=stacked([glyphs[number] for number in kept]),
            labels=tuple(self.labels[number] for number in kept),
            names=tuple(self.names[number] for number in kept),
        )


def redrawn(scan: NDArray[np.uint8], width: float) -> NDArray[np.uint8]:
    """The middle line of a scan's strokes (H, W), light on black, drawn black on white by a round pen.

    `width` is the pen's, as a share of the picture (`CANVAS`, `CANVAS`) that comes out.
    """
    from skimage.morphology import skeletonize  # slow to import, and only this source needs it

    large = cv2.resize(scan, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(large, (0, 0), CANVAS / 96)
    room = CANVAS // 8
    line = skeletonize(np.pad(smooth > 110, room))
    away = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ink = np.clip(width * CANVAS / 2 - away + 0.5, 0, 1)
    return np.round(255 * (1 - ink)).astype(np.uint8)


def reduced(picture: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """A drawing at any smaller size, half of them with pixels left out, as crude programs do it."""
    side = round(SMALLEST * (len(picture) / SMALLEST) ** random.uniform())
    way = cv2.INTER_AREA if random.uniform() < 0.5 else cv2.INTER_NEAREST
    return cv2.resize(picture, (side, side), interpolation=way)


def drawings_source(request: Request) -> Source:
    """As many drawings of each character, whatever their shares among the scans.

    People draw what they like, so that a drawing has no more reason to be a 5 than an S; the shares among
    forms that were filled in say nothing of it.
    """
    kind, _, argument = request.argument.partition(":")
    if kind not in SCANS:
        raise DataError(
            f"drawings:{request.argument}: redraws scanned handwriting; "
            "write drawings:npz:PATH or drawings:emnist"
        )
    scans = SCANS[kind](replace(request, argument=argument))
    return Source(
        description=f"redrawn by pen: {scans.description}",
        fingerprint=(REDRAWING, np.__version__, *scans.fingerprint),
        plan=lambda: drawings_plan(scans, request.alphabet),
        group=scan_of,
        base=request.argument,
    )


def drawings_plan(scans: Source, alphabet: Alphabet) -> Plan:
    chunks = [chunk for chunk in scans.plan().chunks if isinstance(chunk, PictureChunk)]
    pictures = [picture for chunk in chunks for picture in chunk.pictures if isinstance(picture, np.ndarray)]
    names = [name for chunk in chunks for name in chunk.names]
    labels = np.array([label for chunk in chunks for label in chunk.labels], np.int64)
    chosen = list(chosen_scans(labels, alphabet))

    def drawing_chunks() -> Iterator[DrawingChunk]:
        for start in range(0, len(chosen), PICTURES_PER_CHUNK):
            some = chosen[start : start + PICTURES_PER_CHUNK]
            yield DrawingChunk(
                [pictures[index] for index, _ in some],
                [int(labels[index]) for index, _ in some],
                [f"{names[index]}#{time}" for index, time in some],
                seed=start,
            )

    return Plan(chunks=drawing_chunks(), total=len(chosen))


def chosen_scans(labels: NDArray[np.int64], alphabet: Alphabet) -> Iterator[tuple[int, int]]:
    """Which scans to redraw, and for how manieth time each: a class of few scans takes them several times."""
    random = np.random.default_rng(REDRAWING)
    for label in np.unique(labels[labels >= 0]):
        members = random.permutation(np.flatnonzero(labels == label))
        text = alphabet.labels[label]
        for number in range(DRAWINGS * len({text.lower(), text.upper()})):
            time, place = divmod(number, len(members))
            yield int(members[place]), time


def scan_of(name: str) -> str:
    """The name of the scan that a drawing was made from."""
    return name.rpartition("#")[0]
