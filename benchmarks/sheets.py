"""Sheets of examples for people to look at: pictures beside what the network is shown of them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ocr_demo.pictures import grey_plane, shrunk
from ocr_demo.preprocess import Picture, to_glyph

CELL = 128
"""Pixels of a picture's side on the sheet."""


def save_sheet(path: Path, examples: Sequence[tuple[str, Picture]], columns: int) -> None:
    """Writes a PNG of titled pictures, the glyph of each on its right."""
    rows = -(-len(examples) // columns)
    figure = Figure(figsize=(2.2 * columns, 1.35 * rows), dpi=150, layout="constrained")
    all_axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in all_axes:
        axes.set_axis_off()
    for axes, (title, picture) in zip(all_axes, examples, strict=False):
        axes.set_title(title, fontsize=9)
        axes.imshow(beside_glyph(picture), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    figure.savefig(path)


def beside_glyph(picture: Picture) -> NDArray[np.uint8]:
    """A picture, centred on a grey square, and its glyph (CELL, 2 CELL + 8)."""
    grey = shrunk(grey_plane(picture), CELL)
    enlarged = max(1, CELL // max(grey.shape))
    grey = np.kron(grey, np.ones((enlarged, enlarged), np.uint8))
    square = np.full((CELL, CELL), 128, np.uint8)
    top, left = ((CELL - side) // 2 for side in grey.shape)
    square[top : top + grey.shape[0], left : left + grey.shape[1]] = grey
    glyph = cv2.resize(to_glyph(picture), (CELL, CELL), interpolation=cv2.INTER_NEAREST)
    return np.hstack([square, np.full((CELL, 8), 255, np.uint8), glyph])
