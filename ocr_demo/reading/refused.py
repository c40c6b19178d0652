"""What a glyph shows that is taken for no character, where that can be told and helps."""

import cv2
import numpy as np
from numpy.typing import NDArray

INKED = 64
"""From this level a pixel of a glyph is ink."""
ROUNDEST, FULLEST = 0.7, 0.88
"""The share of its box that a dot fills, or the short trace of a tap; a square fills all of it."""
STOUTEST = 0.6
"""The shorter side of a dot's box, as a share of the longer one, at least."""
TALLEST = 0.6
"""The height of each of several characters, as a share of all of theirs, at least."""

Glyph = NDArray[np.uint8]


def is_dot(glyph: Glyph) -> bool:
    """Whether a glyph (64, 64) is one round blot, as a pen leaves that has only touched the sheet."""
    ink = (glyph > INKED).astype(np.uint8)
    outlines, _ = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if len(outlines) != 1:  # several parts, or holes
        return False
    _, _, width, height = cv2.boundingRect(ink)
    fills = ROUNDEST <= ink.sum() / (width * height) <= FULLEST
    return bool(fills and min(width, height) >= STOUTEST * max(width, height))


def shows_several(glyph: Glyph) -> bool:
    """Whether a glyph (64, 64) has parts of about one height side by side, as characters in a row have."""
    ink = glyph > INKED
    steps = np.diff(ink.any(axis=0).astype(np.int8), prepend=0, append=0)
    parts = zip(np.flatnonzero(steps > 0), np.flatnonzero(steps < 0), strict=True)
    heights = [int(ink[:, begin:end].any(axis=1).sum()) for begin, end in parts]
    return sum(height >= TALLEST * ink.any(axis=1).sum() for height in heights) > 1
