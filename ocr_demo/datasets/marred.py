"""`marred:SPEC`: another source's characters with strokes, specks or blots over them, or parts missing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ocr_demo.datasets.arrays import npz_source
from ocr_demo.datasets.emnist import emnist_source
from ocr_demo.datasets.folder import folder_source
from ocr_demo.datasets.font_sources import fonts_source
from ocr_demo.datasets.source import Chunk, Made, Plan, Request, Source, stacked
from ocr_demo.errors import SpecError
from ocr_demo.preprocess import INK_SIDE, to_glyph

MARRING = 1
"""Raise it when what `marred:` does changes, so that cached glyphs are made again."""
SEED = 0
SIDES = 15, 60
"""Pixels of a character's longer side before it is marred: from a thumbnail's to a glyph's own."""
ROOM = 1.15, 1.7
"""The side of the picture, in characters."""
POINTS = 200
"""Of a stroke's line."""
FINE = 4
"""Strokes are drawn so many times larger."""

KINDS = {"npz": npz_source, "emnist": emnist_source, "folder": folder_source, "fonts": fonts_source}

Ink = NDArray[np.float32]  # (S, S), 0..1
Mark = Callable[[Ink, Generator], Ink]
"""What may leave 0..1, as noise does."""


@dataclass(frozen=True)
class MarredChunk:
    """What another chunk makes, marred."""

    chunk: Chunk[Made]
    seed: int

    @property
    def size(self) -> int:
        return self.chunk.size

    def make(self) -> Made:
        made, random = self.chunk.make(), np.random.default_rng((SEED, self.seed))
        glyphs = [marred(glyph, random) for glyph in made.glyphs]
        kept = [index for index, glyph in enumerate(glyphs) if glyph.any()]
        return Made(
            glyphs=stacked([glyphs[index] for index in kept]),
            labels=tuple(made.labels[index] for index in kept),
            names=tuple(made.names[index] for index in kept),
            broken=made.broken,
        )


def marred(glyph: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """A glyph (64, 64) as preprocessing makes it of a picture that something has happened to."""
    ink = placed(glyph, random)
    for _ in range(1 if random.random() < 0.8 else 2):
        ink = np.clip(chosen_from(MARKS, random)(ink, random), 0, 1)
    picture = np.round(255 * ink).astype(np.uint8)
    return to_glyph(picture if random.random() < 0.5 else 255 - picture)


def placed(glyph: NDArray[np.uint8], random: Generator) -> Ink:
    """The glyph's ink, reduced, somewhere on a larger plane."""
    side = np.exp(random.uniform(*np.log(SIDES)))
    whole = max(4, round(side * len(glyph) / INK_SIDE))
    small = cv2.resize(glyph, (whole, whole), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    room = max(whole, round(side * random.uniform(*ROOM)))
    left, top = random.integers(0, room - whole + 1, 2)
    plane = np.zeros((room, room), np.float32)
    plane[top : top + whole, left : left + whole] = small
    return plane


def strokes(ink: Ink, random: Generator) -> Ink:
    """One or two lines across it: straight or bent, whole, broken or dotted."""
    side = FINE * len(ink)
    for _ in range(random.integers(1, 3)):
        line = np.zeros((side, side), np.uint8)
        ends = [np.round(piece * side).astype(np.int32) for piece in pieces(bent_line(random), random)]
        cv2.polylines(line, ends, False, 255, max(1, round(random.uniform(0.02, 0.1) * side)))
        soft = cv2.resize(line, ink.shape, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        ink = np.maximum(ink, random.uniform(0.5, 1) * soft)
    return ink


def bent_line(random: Generator) -> NDArray[np.float64]:
    """Points (POINTS, 2) from one side of the unit square to another, by any wave or none."""
    along = np.linspace(-0.7, 0.7, POINTS) if random.random() < 0.6 else np.linspace(-0.45, 0.45, POINTS)
    phase = 2 * np.pi * (along * random.uniform(1, 9) + random.random())
    wave = np.sin(phase) if random.random() < 0.5 else 2 / np.pi * np.arcsin(np.sin(phase))
    across = wave * (random.uniform(0, 0.12) if random.random() < 0.6 else 0) + random.uniform(-0.5, 0.5)
    angle = random.normal(0, 0.25) if random.random() < 0.6 else random.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return 0.5 + np.column_stack([along, across]) @ turn


def pieces(points: NDArray[np.float64], random: Generator) -> Iterator[NDArray[np.float64]]:
    """The ends (2, 2) of the line's pieces, or of those that some gaps leave."""
    period = random.integers(4, 30) if random.random() < 0.5 else 0
    drawn = period * random.uniform(0.3, 0.8)
    for number in range(len(points) - 1):
        if not period or number % period < drawn:
            yield points[number : number + 2]


def specks(ink: Ink, random: Generator) -> Ink:
    """Pixels, or small squares, that are all ink or none."""
    density = random.uniform(0.02, 0.22)
    grain = 1 if random.random() < 0.7 else 2
    coarse = random.random([-(-side // grain) for side in ink.shape])
    drawn = np.kron(coarse, np.ones((grain, grain)))[: len(ink), : len(ink)]
    return np.where(drawn < density, (drawn < density * random.uniform(0.2, 0.7)), ink).astype(np.float32)


def grains(ink: Ink, random: Generator) -> Ink:
    """Ink as grainy as few photons leave it, or noise all over."""
    if random.random() < 0.6:
        photons = random.uniform(2, 12)
        return (random.poisson(ink * photons) / photons).astype(np.float32)
    return ink + random.normal(0, random.uniform(0.05, 0.25), ink.shape).astype(np.float32)


def outline(ink: Ink, random: Generator) -> Ink:
    """Only the edge of each stroke, as of hollow letters."""
    soft = cv2.GaussianBlur(ink, (0, 0), random.uniform(0.3, 1.2))
    if random.random() < 0.5:
        inner = (soft > random.uniform(0.2, 0.6)).astype(np.uint8)
        return (cv2.dilate(inner, np.ones((3, 3), np.uint8)) - inner).astype(np.float32)
    slope = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    return np.clip(slope / max(float(slope.max()), 1e-6) * random.uniform(1, 2.5) - 0.2, 0, 1)


def blots(ink: Ink, random: Generator) -> Ink:
    """Spots that hide what is under them, as grey as may be."""
    side = len(ink)
    grain = max(2, round(side / random.uniform(3, 10)))
    noise = cv2.resize(random.random((grain, grain)).astype(np.float32), (side, side))
    covered = noise > np.quantile(noise, random.uniform(0.7, 0.95))
    return np.where(covered, np.float32(random.uniform(0, 0.6)), ink)


def smeared(ink: Ink, random: Generator) -> Ink:
    """Blurred, along one line or all around, its pixels swapped with near ones."""
    blurred = cv2.GaussianBlur(ink, (0, 0), random.uniform(0.5, 0.03 * len(ink) + 0.6))
    if random.random() < 0.6:
        reach = random.uniform(0.3, 0.02 * len(ink) + 0.5)
        rows, columns = np.mgrid[: len(ink), : len(ink)].astype(np.float32)
        shift = random.normal(0, reach, (2, *ink.shape)).astype(np.float32)
        blurred = cv2.remap(blurred, columns + shift[0], rows + shift[1], cv2.INTER_LINEAR)
    return blurred


MARKS: dict[Mark, float] = {
    strokes: 0.4,
    specks: 0.2,
    outline: 0.16,
    grains: 0.1,
    blots: 0.07,
    smeared: 0.07,
}
"""What happens to characters, with its share."""


def chosen_from(shares: dict[Mark, float], random: Generator) -> Mark:
    return list(shares)[random.choice(len(shares), p=list(shares.values()))]


def marred_source(request: Request) -> Source:
    """Every image of a source once; it is trained on, and never validated on."""
    kind, _, argument = request.argument.partition(":")
    if kind not in KINDS:
        raise SpecError(
            f"marred:{request.argument}: write marred:SPEC with a source that is {', '.join(KINDS)}"
        )
    source = KINDS[kind](replace(request, argument=argument))
    return Source(
        description=f"marred: {source.description}",
        fingerprint=(MARRING, np.__version__, *source.fingerprint),
        plan=lambda: marred_plan(source.plan()),
        group=lambda name: name,
        base=(kind, *source.fingerprint),
        validates=False,
    )


def marred_plan(plan: Plan) -> Plan:
    def chunks() -> Iterator[MarredChunk]:
        for number, chunk in enumerate(plan.chunks):
            yield MarredChunk(chunk, number)

    return replace(plan, chunks=chunks())
