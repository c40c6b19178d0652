"""What a source of images is: a fingerprint, and chunks of work that become glyphs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.errors import DataError, OcrDemoError, PictureFileError
from ocr_demo.preprocess import to_glyph

Split = Literal["training", "testing"]

PICTURES_PER_CHUNK = 256
"""Large enough that sending work to another process costs little, small enough for a lively progress bar."""

BYTES_PER_CHUNK = 32
"""Pictures of an archive, which are whole in memory until they are glyphs, and may be large photographs."""


@dataclass(frozen=True)
class Request:
    """What a source is asked for."""

    argument: str
    """The spec after its kind: a path, mostly; may be empty."""
    alphabet: Alphabet
    split: Split
    home: Path
    """The data folder, where downloads are kept."""


@dataclass(frozen=True)
class Made:
    """The glyphs of one chunk."""

    glyphs: NDArray[np.uint8]  # (n, 64, 64)
    labels: tuple[int, ...]
    names: tuple[str, ...]
    broken: tuple[str, ...] = ()
    """What could not be read, each with its reason."""


Product = TypeVar("Product", covariant=True)


class Chunk(Protocol[Product]):
    """A piece of work that another process can do: it pickles, and needs nothing but itself."""

    @property
    def size(self) -> int:
        """How far the progress bar moves when it is done."""

    def make(self) -> Product:
        """What comes of it; what can't be read is named, not raised."""


@dataclass(frozen=True)
class Plan:
    """Everything a source will make, chunk by chunk."""

    chunks: Iterable[Chunk[Made]]
    total: int
    """The sum of the chunks' sizes."""
    unit: str = "image"
    ignored: str = ""
    """What was left aside on purpose, in words; empty if nothing was."""


@dataclass(frozen=True)
class Source:
    """Where labelled images come from."""

    description: str
    """What it is, for a report: "image folder standard-ocr.tar.gz, training_data"."""
    fingerprint: tuple[object, ...]
    """Changes whenever its images may have changed; must be had without reading them."""
    plan: Callable[[], Plan]
    """Lists the work; called only where the cache has nothing. A `DataError` if it can't be used."""
    group: Callable[[str], str] | None = None
    """For an image's name, which others it is so like that a split must not part them: its font's family."""
    base: tuple[object, ...] = ()
    """The kind and the fingerprint of the source from whose images these are made; `group` names each."""
    validates: bool = True
    """Whether its images are like what is read: no model is chosen or calibrated on others."""


@dataclass(frozen=True)
class PictureChunk:
    """Pictures that already are: files, encoded bytes, or arrays."""

    pictures: Sequence[Path | bytes | NDArray[np.uint8]]
    labels: Sequence[int]
    names: Sequence[str]

    @property
    def size(self) -> int:
        return len(self.pictures)

    def make(self) -> Made:
        """The glyphs, and which pictures are none.

        A `DataError` where a file can't be opened: what may be had another time isn't left out for good.
        """
        made = [
            (label, name, self._glyph_or_reason(picture, name))
            for picture, label, name in zip(self.pictures, self.labels, self.names, strict=True)
        ]
        readable = [(label, name, glyph) for label, name, glyph in made if not isinstance(glyph, str)]
        return Made(
            glyphs=stacked([glyph for _, _, glyph in readable]),
            labels=tuple(label for label, _, _ in readable),
            names=tuple(name for _, name, _ in readable),
            broken=tuple(f"{name}: {reason}" for _, name, reason in made if isinstance(reason, str)),
        )

    @staticmethod
    def _glyph_or_reason(picture: Path | bytes | NDArray[np.uint8], name: str) -> NDArray[np.uint8] | str:
        try:
            return to_glyph(picture)
        except PictureFileError as fault:
            raise DataError(f"{name}: {fault}") from fault
        except OcrDemoError as fault:
            return str(fault)


def glyph_or_reason(picture: Path | bytes | NDArray[np.uint8]) -> NDArray[np.uint8] | str:
    """The glyph (64, 64) of a picture, or why it has none."""
    try:
        return to_glyph(picture)
    except OcrDemoError as fault:
        return str(fault)


def stacked(glyphs: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Glyphs as one array (n, 64, 64), also where there are none."""
    return np.stack(glyphs) if glyphs else np.empty((0, 64, 64), np.uint8)
