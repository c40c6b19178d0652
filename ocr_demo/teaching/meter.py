"""How far a comparison is, which takes minutes where sets are large."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ocr_demo.evaluation.measuring import CHUNK, LabelledGlyphs, Progress


@dataclass(frozen=True)
class Measuring:
    """What is measured now, and how much is done."""

    name: str
    """The set that is read."""
    share: float
    """Of all that is to be read, 0..1."""
    seconds_left: float | None
    """None where nothing has been read yet."""


Tell = Callable[[Measuring], None]


class Meter:
    """Counts glyphs as they are read, and tells how many of all these are."""

    def __init__(self, glyphs: int, tell: Tell) -> None:
        self._all, self._tell = glyphs, tell
        self._read, self._began = 0, time.monotonic()

    def reading(self, glyph_set: LabelledGlyphs) -> Progress:
        """What wraps the steps of one reading of a set."""

        def counted(starts: Iterable[int]) -> Iterator[int]:
            self._say(glyph_set.source)
            for start in starts:
                yield start
                self._read += min(CHUNK, len(glyph_set.glyphs) - start)
                self._say(glyph_set.source)

        return counted

    def _say(self, name: str) -> None:
        share = self._read / self._all
        seconds = time.monotonic() - self._began
        self._tell(Measuring(name, share, seconds / share - seconds if share else None))
