"""A correction: a picture with the label that a person gave it, and what it was read as."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS
from ocr_demo.errors import TeachingError
from ocr_demo.pictures import MAX_PIXELS, Picture, grey_plane, shrunk
from ocr_demo.reading import Prediction

PICTURE_SIDE = 512
"""Pixels; the pad's drawings have 400, and of a photograph this is plenty for a glyph of 64."""


@dataclass(frozen=True)
class Correction:
    """What is known of a kept picture beside its pixels."""

    id: str
    """Unique among its person's."""
    label: str
    """What the person says it is."""
    read: str | None
    """What it was read as; None where it was taken for no character."""
    confidence: float | None
    """Of that reading, 0..1; None where there is none."""
    checkpoint: str | None
    """The name of what read it."""
    time: float
    """When it was kept, in seconds since 1970."""

    @property
    def is_right(self) -> bool:
        """Whether it was read as what it is."""
        return self.read == self.label

    @property
    def misread(self) -> bool:
        """Whether it was read as something else; what was taken for no character was not."""
        return self.read is not None and not self.is_right


@dataclass(frozen=True)
class Draft:
    """A picture that is to be kept as a correction."""

    picture: NDArray[np.uint8]
    """(H, W), grey, at most `PICTURE_SIDE` a side."""
    glyph: NDArray[np.uint8]
    """(64, 64): what a model sees of it."""
    label: str
    read: str | None = None
    confidence: float | None = None
    checkpoint: str | None = None

    def __post_init__(self) -> None:
        require_label(self.label)
        if not self.glyph.any():
            raise TeachingError("there is nothing in the picture to learn from")

    @classmethod
    def of(cls, picture: Picture, prediction: Prediction, label: str, checkpoint: str) -> "Draft":
        """A picture that was read, and what it is; a `TeachingError` where it is blank."""
        return cls(bounded(picture), prediction.glyph, label).read_by(prediction, checkpoint)

    def read_by(self, prediction: Prediction, checkpoint: str) -> "Draft":
        """It with what the checkpoint of that name read in it."""
        if not prediction.is_character:
            return replace(self, checkpoint=checkpoint)
        return replace(self, read=prediction.label, confidence=prediction.confidence, checkpoint=checkpoint)


def require_label(label: str) -> None:
    """A `TeachingError` where a text is no label of any alphabet: it will name a folder."""
    if not any(label in alphabet.labels for alphabet in ALPHABETS.values()):
        raise TeachingError("{label!r} is no label of any alphabet", label=label)


def bounded(picture: Picture, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """A picture as it is kept: grey, upright, at most `PICTURE_SIDE` a side; `PictureError` if it is none."""
    return shrunk(grey_plane(picture, max_pixels), PICTURE_SIDE)


def png(plane: NDArray[np.uint8]) -> bytes:
    """A grey plane (H, W) as a PNG."""
    return cv2.imencode(".png", plane)[1].tobytes()


def plane_of(png: bytes) -> NDArray[np.uint8]:
    """The inverse of `png`."""
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]
