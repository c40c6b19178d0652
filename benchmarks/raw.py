"""Test pictures as they are, before preprocessing, and how a checkpoint reads what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets.loading import source_of
from ocr_demo.datasets.source import PictureChunk
from ocr_demo.pictures import grey_plane
from ocr_demo.preprocess import Picture, to_glyph
from ocr_demo.reading import Predictor

LATIN = ALPHABETS["latin"]
SEED = 0


@dataclass(frozen=True)
class RawSet:
    """Pictures of single characters, with their labels."""

    name: str
    pictures: list[NDArray[np.uint8]]
    """Grey, each of its own size (H, W)."""
    labels: NDArray[np.int64]
    """(N,): indices in the alphabet; -1 for what is outside it."""
    has_dark_ink: bool = False

    def __len__(self) -> int:
        return len(self.pictures)

    def first(self, count: int) -> "RawSet":
        return replace(self, pictures=self.pictures[:count], labels=self.labels[:count])


def raw_set(name: str, spec: str, count: int, has_dark_ink: bool = False) -> RawSet:
    """At most `count` of the test pictures of a `folder:` or `npz:`, drawn at random, always the same."""
    pictures: list[Picture] = []
    labels: list[int] = []
    for chunk in source_of(spec, LATIN, "testing").plan().chunks:
        assert isinstance(chunk, PictureChunk), f"{spec} renders its pictures"
        pictures += chunk.pictures
        labels += chunk.labels
    chosen = np.random.default_rng(SEED).permutation(len(pictures))[:count]
    grey = [grey_plane(pictures[index]) for index in chosen]
    return RawSet(name, grey, np.array(labels)[chosen], has_dark_ink)


def accuracy(predictor: Predictor, pictures: Sequence[Picture], labels: NDArray[np.int64]) -> float:
    """The share (0..1) of pictures that are read as exactly their label (N,)."""
    return float((predictor.logits(glyphs_of(pictures)).argmax(axis=1) == labels).mean())


def accepted(predictor: Predictor, pictures: Sequence[Picture]) -> int:
    """How many pictures are taken for characters."""
    glyphs = glyphs_of(pictures)
    return int(predictor.accepts(glyphs, predictor.logits(glyphs)).sum())


def glyphs_of(pictures: Sequence[Picture]) -> NDArray[np.uint8]:
    """Their glyphs (N, 64, 64)."""
    return np.stack([to_glyph(picture) for picture in pictures])
