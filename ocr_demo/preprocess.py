"""Any picture → glyph: 64×64 grey, light ink on dark, cropped and centred. The one way in."""

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

PREPROCESSING = "1"
SIZE = 64

Picture = bytes | str | Path | Image.Image | NDArray[np.generic]
"""Encoded bytes, a file's path, a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4)."""


def to_glyph(picture: Picture) -> NDArray[np.uint8]:
    """The glyph (64, 64) of a picture: 0 is ground, 255 is ink; all 0 where there is no ink."""
    if isinstance(picture, bytes):
        picture = Image.open(BytesIO(picture))
    elif isinstance(picture, str | Path):
        picture = Image.open(picture)
    elif isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    grey = np.asarray(picture.convert("L"), np.float32)
    ink = np.abs(grey - np.median(np.r_[grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    ys, xs = np.nonzero(ink > 60)
    glyph = np.zeros((SIZE, SIZE), np.uint8)
    if not len(ys):
        return glyph
    crop = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = 52 / max(crop.shape)
    height, width = (max(1, round(side * scale)) for side in crop.shape)
    small = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA)
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    glyph[top : top + height, left : left + width] = np.clip(small * (255 / small.max()), 0, 255)
    return glyph
