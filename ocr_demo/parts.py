"""Masks of ink and their parts: which belong to a character, and are not dust, lines or neighbours."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_DOTS = 3
"""Of one letter."""
FINE_PEN = 0.03
"""The width of a stroke, as a share of the picture's side, below which its dots may pass for specks."""

FAINT = 0.05
"""The share of ink above which pixels may be a dot that the pen hardly touched the paper for."""
REACH = 0.7
"""How far from a letter its dots lie at most, as a share of its longer side; two strokes come to it."""
FAINTEST_DOT = 0.1
"""The least ink of a faint dot, as a share of a square half as wide as the stroke."""

Mask = NDArray[np.uint8]
Plane = NDArray[np.float32]
Boxes = NDArray[Any]


def border_of(plane: NDArray[Any]) -> NDArray[Any]:
    """The outermost pixels of a plane (H, W), in a row."""
    return np.concatenate([plane[0], plane[-1], plane[1:-1, 0], plane[1:-1, -1]])


def half_thickness(mask: Mask) -> float:
    """Pixels from where a mask is thickest to what is not of it, or to the picture's end."""
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max())


def without_foreign_parts(mask: Mask, is_uneven: bool = False) -> Mask:
    """The connected parts of the ink that belong to the character; `is_uneven`: on a ground lit unevenly."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count <= 1:
        return mask
    boxes = stats[1:]
    specks = _specks(boxes, mask.size)
    specks &= ~_fine_dots(boxes, specks, parts)
    foreign = specks | _slivers(boxes, mask.shape) | _ruled_lines(boxes, mask.shape)
    if is_uneven:
        foreign |= _wedges(boxes, mask.shape)
    if not foreign.any():
        return mask
    return np.concatenate([[False], ~foreign])[parts].astype(np.uint8)


def _specks(boxes: Boxes, pixels: int) -> NDArray[np.bool_]:
    """Parts far too small for a dot: a dot is about as wide as the stroke it belongs to."""
    areas = boxes[:, cv2.CC_STAT_AREA]
    return (areas < 0.008 * areas.sum()) & (areas < max(2.0, 0.0006 * pixels)) | (areas < 0.00002 * pixels)


def _fine_dots(boxes: Boxes, specks: NDArray[np.bool_], parts: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Those of the specks that are a fine pen's dots: half as wide as its strokes, at least half of them all.

    Where strokes are thicker a dot is no speck, and where there is more dust some of it is as large.
    """
    none = np.zeros_like(specks)
    if not specks.any() or specks.all():
        return none
    strokes = np.concatenate([[False], ~specks])[parts].astype(np.uint8)
    width = _stroke_width(strokes)
    if width > FINE_PEN * np.sqrt(parts.size):
        return none
    dots = specks & (boxes[:, cv2.CC_STAT_AREA] >= (width / 2) ** 2)
    return dots if specks.sum() / 2 <= dots.sum() <= MOST_DOTS else none


def _stroke_width(mask: Mask) -> float:
    """Pixels: of a strip both sides are border; a dot loses part of its own."""
    border = mask.sum() - cv2.erode(mask, np.ones((3, 3), np.uint8)).sum()
    return float(2 * mask.sum() / max(border, 1) - 0.5)


def faint_dots(ink: Plane, mask: Mask, kept: Mask) -> Plane | None:
    """What makes a letter's faint dots full ink: (H, W) to multiply `ink` by; None where it has none.

    They are parts of the ink (0..1) of which the mask has nothing, not far above, below or within what is
    kept of it, no longer than three strokes are wide; at most three, with less than half their ink in other
    such parts, of which dirt and texture have many.
    """
    around = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    if not ((ink > FAINT) & (around == 0)).any():
        return None
    faint = (ink > FAINT).astype(np.uint8)
    count, parts, stats, centres = cv2.connectedComponentsWithStats(faint, connectivity=8)
    mass = np.bincount(parts.ravel(), ink.ravel(), count)
    peak = np.zeros(count, np.float32)
    np.maximum.at(peak, parts[faint > 0], ink[faint > 0])
    separate = np.bincount(parts.ravel(), mask.ravel(), count) == 0
    separate[0] = False  # the ground
    left, top, width, height = cv2.boundingRect(kept)
    begin = stats[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    gap = np.maximum(begin - (left + width, top + height), (left, top) - (begin + sides)).max(axis=1)
    pen = max(1.0, _stroke_width(kept))
    dots = separate & (gap <= REACH * max(width, height) + 2 * pen)
    dots &= np.abs(centres[:, 0] - (left + width / 2)) <= width / 2 + pen
    inner = (begin > 0).all(axis=1) & (begin + sides < ink.shape[::-1]).all(axis=1)
    dots &= inner
    dots &= (sides.max(axis=1) <= 3 * pen + 1) & (mass >= FAINTEST_DOT * (pen / 2) ** 2) & (peak >= 2 * FAINT)
    if not 0 < dots.sum() <= MOST_DOTS or mass[dots].sum() < 2 * mass[separate & inner & ~dots].sum():
        return None
    return np.where(dots, 1 / np.maximum(peak, FAINT), 1)[parts].astype(np.float32)


def _slivers(boxes: Boxes, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Small parts that stick to the left or right border beside a larger one: a neighbour's edge."""
    left, width = boxes[:, cv2.CC_STAT_LEFT], boxes[:, cv2.CC_STAT_WIDTH]
    right, areas = left + width, boxes[:, cv2.CC_STAT_AREA]
    main = int(areas.argmax())
    outside = ((left == 0) & (right < left[main])) | ((right == shape[1]) & (left > right[main]))
    return outside & (areas < 0.25 * areas[main]) & (width < 0.2 * shape[1])


def _wedges(boxes: Boxes, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Parts that touch the border, smaller than one that doesn't: a shadow's, where its edge ends there."""
    begin = boxes[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    end = begin + boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    outer = ((begin == 0) | (end == shape[::-1])).any(axis=1)
    areas = boxes[:, cv2.CC_STAT_AREA]
    return outer & (areas < areas[~outer].max(initial=0))


def _ruled_lines(boxes: Boxes, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Thin parts from border to border, where something taller stands beside them."""
    width, height = boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]
    thickness = boxes[:, cv2.CC_STAT_AREA] / width
    line = (width >= 0.97 * shape[1]) & (thickness < 0.06 * shape[0]) & (height < 0.15 * shape[0])
    return line & (height.max() > 0.2 * shape[0])
