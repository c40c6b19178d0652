"""Where a character lies in a scene: size, slant, perspective, margins, and what else is written there."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Mask = NDArray[np.uint8]  # (H, W), 255 is ink

SMALLEST, LARGEST = 20, 160
"""Pixels of a character's longer side."""
TILT = 12
"""Degrees either way."""
MARGINS = ((-0.02, 0.04), (0.04, 0.4), (0.2, 0.9))
"""From tight to roomy, in parts of the character's size; each side of a scene draws from the same pair."""
MARGIN_SHARES = (0.2, 0.5, 0.3)


@dataclass(frozen=True)
class Placed:
    """A character in its place."""

    mask: Mask
    """The ink, in a picture that is otherwise empty; a sliver of another character may be in it."""
    own: Mask
    """The character's ink alone."""
    size: float
    """The character's longer side in pixels."""
    bottom: float
    """Where the character ends below."""


def place(random: Generator, character: str, masks: Mapping[str, Mask]) -> Placed:
    """Puts a character into a picture of random margins, a sliver of its neighbour beside it now and then."""
    size = float(np.exp(random.uniform(np.log(SMALLEST), np.log(LARGEST))))
    scale = size / max(masks[character].shape)
    own = resized(masks[character], scale)
    corners = distorted_corners(random, own.shape, size)
    low, high = MARGINS[random.choice(len(MARGINS), p=MARGIN_SHARES)]
    left, top, right, bottom = random.uniform(low, high, 4) * size
    corners += (left, top) - corners.min(axis=0)
    width, height = (max(4, round(side)) for side in corners.max(axis=0) + np.array([right, bottom]))
    ink = mask = warped(own, corners, width, height)
    if random.random() < 0.15 and min(left, right) > 0.08 * size:
        neighbour = masks[list(masks)[random.integers(len(masks))]]
        mask = np.maximum(mask, sliver(random, resized(neighbour, scale), mask.shape, left, right))
    return Placed(mask, ink, size, float(corners[:, 1].max()))


def resized(mask: Mask, scale: float) -> Mask:
    """A mask made smaller here, where every pixel counts; larger only when it is warped."""
    if scale >= 1:
        return mask
    height, width = (max(2, round(side * scale)) for side in mask.shape)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)


def distorted_corners(random: Generator, shape: tuple[int, ...], size: float) -> NDArray[np.float32]:
    """Where the corners (4, 2) of a mask go: scaled to `size`, sheared, seen at an angle, turned."""
    height, width = np.array(shape) * (size / max(shape))
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    if random.random() < 0.3:
        corners[:2, 0] += random.uniform(-0.15, 0.3) * height
    if random.random() < 0.5:
        corners += random.uniform(-0.08, 0.08, (4, 2)) * min(width, height)
    angle = np.deg2rad(random.uniform(-TILT, TILT))
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    return (corners @ turn).astype(np.float32)


def warped(mask: Mask, corners: NDArray[np.float32], width: int, height: int) -> Mask:
    """The mask with its corners moved there, in a picture of that size."""
    bottom, right = mask.shape
    source = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float32)
    return cv2.warpPerspective(mask, cv2.getPerspectiveTransform(source, corners), (width, height))


def sliver(random: Generator, mask: Mask, shape: tuple[int, ...], left: float, right: float) -> Mask:
    """The edge of a neighbouring character, reaching into the left or the right margin."""
    canvas = np.zeros(shape, np.uint8)
    on_left = random.random() < 0.5
    seen = min(max(1, int(random.uniform(0.2, 0.8) * (left if on_left else right))), mask.shape[1], shape[1])
    height = min(mask.shape[0], shape[0])
    top = random.integers(shape[0] - height + 1)
    if on_left:
        canvas[top : top + height, :seen] = mask[:height, -seen:]
    else:
        canvas[top : top + height, -seen:] = mask[:height, :seen]
    return canvas
