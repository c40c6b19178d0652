"""The sheet that is written on, and what a photograph shows around it: a table, a floor, another page."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.parts import Mask, border_of, half_thickness

EVENEST = 40
"""Levels (of 255) within which a picture's border and its middle are one ground, with nothing around it."""
STEP = 0.25
"""The share of a picture's contrast by which neighbouring pixels differ at an edge, but not in a shadow."""
APART = 0.3
"""The share of the contrast from which a pixel is no paper, whatever light falls on it there."""
SMALLEST = 0.1
"""The share of a picture that a sheet fills at least."""
SOLIDEST = 0.8
"""The share of a sheet's hull that is bare paper, at least; a bold O fills less of its own."""
LEAST_AROUND, MOST_WITHIN = 0.97, 0.1
"""What lies around a sheet fills all that is outside of its hull, and ends there: strokes do neither."""
DEEPEST = 0.4
"""The share of the light that a shadow leaves, at least."""
SHORTEST, SLIMMEST = 0.03, 2.5
"""Of what is written the longer side at least, in the picture's and in its own thickness: a dot has less."""

Levels = NDArray[np.uint8]


@dataclass(frozen=True)
class Surroundings:
    """What a picture shows around a sheet, on a plane of the analysed size."""

    mask: Mask
    paper: Levels
    """The sheet's own level, also where it would go on."""

    def covered(self, plane: Levels) -> Levels:
        """The picture, of any size, as if the sheet went on to its border."""
        size = plane.shape[::-1]
        bare = cv2.resize(self.mask, size, interpolation=cv2.INTER_NEAREST)
        return np.where(bare > 0, cv2.resize(self.paper, size, interpolation=cv2.INTER_LINEAR), plane)


def around_sheet(grey: Levels) -> Surroundings | None:
    """What a picture shows around the sheet that is written on; None where there is a sheet alone, or none.

    A sheet is a large smooth region, nowhere hollow at its edge, with what lies around it beyond and a stroke
    within. Soft shadows across it don't matter. A character that touches the border leaves no such region, or
    one with nothing in it.
    """
    seen = np.append(border_of(grey), np.median(grey[::8, ::8]))
    if np.ptp(seen) < EVENEST:
        return None
    contrast = float(np.ptp(grey))
    for paper, hull in _sheets(grey, STEP * contrast):
        level = _level(grey, paper)
        other = (np.abs(grey - level) > APART * contrast).astype(np.uint8)
        around = _around(hull, other)
        if around is not None and not _is_shaded_paper(grey, around, level, contrast):
            soft_edge = np.ones((7, 7), np.uint8)
            return Surroundings(cv2.dilate(around, soft_edge), np.round(level).astype(np.uint8))
    return None


def _sheets(grey: Levels, step: float) -> Iterator[tuple[Mask, Mask]]:
    """Of the two largest regions without edges those that may be a sheet, with their hulls.

    A sheet may be smaller than what it lies on.
    """
    steps = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    _, regions, stats, _ = cv2.connectedComponentsWithStats((steps < step).astype(np.uint8), connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    for index in np.argsort(-areas)[:2]:
        paper = (regions == index + 1).astype(np.uint8)
        contours, _ = cv2.findContours(paper, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        hull = cv2.fillConvexPoly(np.zeros_like(paper), cv2.convexHull(contours[0]), 1)
        if SMALLEST * grey.size <= areas[index] >= SOLIDEST * hull.sum():
            yield paper, hull


def _level(grey: Levels, paper: Mask) -> NDArray[np.float32]:
    """The paper's level near each pixel, everything else left out."""
    share = paper.astype(np.float32)
    window = (max(3, min(grey.shape) // 4),) * 2
    near, amount = cv2.blur(grey * share, window), cv2.blur(share, window)
    prior = 0.01  # as much paper of the usual level as tells what is far from any
    return (near + prior * np.median(grey[paper > 0])) / (amount + prior)


def _around(hull: Mask, other: Mask) -> Mask | None:
    """Those parts of what is no paper that lie around a sheet; None unless it is one that is written on."""
    inside, outside = (cv2.erode(plane, np.ones((5, 5), np.uint8)) for plane in (hull, 1 - hull))
    if not outside.any():
        return None
    _, parts, stats, _ = cv2.connectedComponentsWithStats(other, connectivity=8)
    outer = np.zeros(len(stats), bool)
    outer[border_of(parts)] = True
    outer[0] = False  # the paper itself
    around = outer[parts].astype(np.uint8)
    fills = (around & outside).sum() >= LEAST_AROUND * outside.sum()
    ends = (around & inside).sum() <= MOST_WITHIN * around.sum()
    return around if fills and ends and _is_written(parts, stats, outer) else None


def _is_shaded_paper(grey: Levels, around: Mask, level: NDArray[np.float32], contrast: float) -> bool:
    """Whether what lies around may be the same sheet under a shadow with a hard edge, with ink on it."""
    within = cv2.erode(around, np.ones((7, 7), np.uint8)) > 0
    if not within.any():
        return False
    light = float(np.median(grey[within]) / max(1.0, np.median(level[within])))
    if not DEEPEST < light < 1:
        return False
    ink = np.abs(grey - _level(grey, within.astype(np.uint8))) > APART * contrast * light
    return bool((ink & within).any())


def _is_written(parts: NDArray[np.int32], stats: NDArray[np.int32], outer: NDArray[np.bool_]) -> bool:
    """Whether the largest part that is neither paper nor outer is some stroke."""
    areas = np.where(outer, 0, stats[:, cv2.CC_STAT_AREA])
    areas[0] = 0
    main = int(areas.argmax())
    if not areas[main]:
        return False
    left, top, width, height, _ = stats[main]
    stroke = (parts[top : top + height, left : left + width] == main).astype(np.uint8)
    side = max(width, height)
    return bool(side >= SHORTEST * max(parts.shape) and side >= SLIMMEST * 2 * half_thickness(stroke))
