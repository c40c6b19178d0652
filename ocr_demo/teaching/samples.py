"""Labelled glyphs: what a short training learns, and what its result is held against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.errors import DataError

MOST_SAMPLES = 5_000
"""Beyond it a training of half a minute sees each too seldom; train.py is for that."""
HELD_OUT = 5
"""Of so many samples of one class the last is held out: it isn't trained on, but measured."""


@dataclass(frozen=True)
class Samples:
    """Glyphs (N, 64, 64) `uint8` and their classes (N,), which are indices in an alphabet."""

    glyphs: NDArray[np.uint8]
    labels: NDArray[np.integer]
    source: str = ""
    """The spec that brings them again, or their name."""
    origin: str = ""
    """What they are, for recipes and cards."""

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, chosen: NDArray[np.bool_], source: str = "") -> "Samples":
        """Those chosen (N,)."""
        return Samples(self.glyphs[chosen], self.labels[chosen], source or self.source, self.origin)

    def split(self) -> tuple["Samples", "Samples"]:
        """Those to train on, and those held out: none of a class of which there are few."""
        held = np.zeros(len(self), bool)
        for label in np.unique(self.labels):
            held[np.flatnonzero(self.labels == label)[HELD_OUT - 1 :: HELD_OUT]] = True
        return self.of(~held), self.of(held, "corrections held out")

    def check(self, alphabet: Alphabet) -> None:
        """A `DataError` where there is nothing to learn, too much, or what is no class of the alphabet."""
        if not len(self):
            raise DataError("there is nothing to learn from; give at least one labelled sample")
        check_count(len(self))
        if self.glyphs.shape != (len(self), 64, 64) or self.glyphs.dtype != np.uint8:
            raise DataError(
                "samples must be uint8 glyphs (N, 64, 64), are {dtype} {shape} for {count} labels",
                dtype=self.glyphs.dtype,
                shape=self.glyphs.shape,
                count=len(self),
            )
        if self.labels.min() < 0 or self.labels.max() >= len(alphabet.labels):
            raise DataError(
                "there are samples without a class of the alphabet {alphabet}; label them",
                alphabet=alphabet.name,
            )

    def save(self, path: Path) -> None:
        """Keeps glyphs and labels."""
        np.savez_compressed(path, glyphs=self.glyphs, labels=self.labels)

    @classmethod
    def load(cls, path: Path) -> "Samples":
        """What `save` kept."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["glyphs"], arrays["labels"])


def check_count(count: int) -> None:
    """A `DataError` where so many samples are too many."""
    if count > MOST_SAMPLES:
        raise DataError(
            "{count:,} samples are more than the {most:,} of a short training; use train.py",
            count=count,
            most=MOST_SAMPLES,
        )
