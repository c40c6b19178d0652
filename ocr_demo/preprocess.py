"""Any picture → glyph: 64×64 grey, light ink on dark, cropped and centred. The one way in."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.bands import with_one_ground
from ocr_demo.parts import Mask, Plane, border_of, faint_dots, half_thickness, without_foreign_parts
from ocr_demo.pictures import MAX_PIXELS, Picture, grey_plane, shrunk
from ocr_demo.sheet import around_sheet

__all__ = ["PREPROCESSING", "SIZE", "Picture", "to_glyph"]

PREPROCESSING = "3"
"""Grows with every change that alters glyphs of note; checkpoints are tied to it."""
SIZE = 64
INK_SIDE = 52
"""The longer side of the ink in a glyph: room is left for what augmentation moves."""
ANALYSIS_SIDE = 256
"""Where ink is lies on a plane of at most this side; the glyph itself is cut from the full one."""
INKED = 0.4
"""The share of ink from which a pixel belongs to a stroke."""
EDGE = 0.3
"""The share of ink from which a pixel counts for where a character begins and ends."""
WIDEST_EDGE = 0.1
"""How wide blur makes an edge at most, as a share of the character: what fades over more is a stroke."""
SOFTEST, HARDEST = 0.04, 0.96
"""Shares of ink that become none and all: what lies between, a narrow loop's inside too, keeps its grey."""
FAINTEST = 12.0
"""Levels (of 255) between ink and ground under which a picture counts as blank."""
CLEAN = 0.03
"""The noise of a ground, as a share of the contrast, from which on what is faint may be noise."""
PINPRICKS = 0.0005
"""The share of a filled shape that specks may leave bare; a small character on a sheet takes more."""

Levels = NDArray[np.uint8]
Part = tuple[slice, slice]
EVERYTHING = (slice(None), slice(None))


def to_glyph(picture: Picture, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """The glyph (64, 64) of a picture: 0 is ground, 255 is ink; all 0 where there is no ink.

    `PictureError` where the picture can't be read or has more than `max_pixels`.
    """
    grey = with_one_ground(grey_plane(picture, max_pixels))
    small = shrunk(grey, ANALYSIS_SIDE)
    if (around := around_sheet(small)) is not None:
        grey, small = around.covered(grey), around.covered(small)
    tone = _find_tone(small)
    if tone is None:
        return np.zeros((SIZE, SIZE), np.uint8)
    is_uneven = not isinstance(tone.level, float)
    ink = tone.ink(small)
    mask = (ink > INKED).astype(np.uint8)
    kept = without_foreign_parts(mask, is_uneven)
    if not kept.any():
        return np.zeros((SIZE, SIZE), np.uint8)
    is_clean = not is_uneven and tone.noise < CLEAN
    return _cut(grey, tone, mask, kept, faint_dots(ink, mask, kept) if is_clean else None)


@dataclass(frozen=True)
class _Tone:
    """How ink differs from its ground: `contrast` is negative for dark ink."""

    level: float | Plane
    contrast: float | Plane
    """Numbers for an even ground; planes of the analysed size for an uneven one."""
    noise: float
    """The ground's mean deviation, as a share of the contrast."""
    border: float
    """The share of the picture's border that is ink."""

    def ink(self, grey: Levels, part: Part = EVERYTHING) -> Plane:
        """How much ink the pixels of a part of `grey` are: 0..1, 0 for what the ground's noise explains."""
        floor = min(0.35, 0.03 + 2.5 * self.noise)
        if isinstance(self.level, float) or isinstance(self.contrast, float):
            levels = np.arange(256, dtype=np.float32)
            return cv2.LUT(grey[part], _share(levels, self.level, self.contrast, floor))
        level = _resized(self.level, grey.shape)[part]
        contrast = _resized(self.contrast, grey.shape)[part]
        return _share(grey[part].astype(np.float32), level, contrast, floor)


def _share(values: Plane, level: float | Plane, contrast: float | Plane, floor: float) -> Plane:
    return np.clip(((values - level) / contrast - floor) / (1 - floor), 0, 1).astype(np.float32)


def _find_tone(grey: Levels) -> _Tone | None:
    """Separates ink from ground; None for a blank picture.

    An even ground is one level. Where that leaves doubt, as a shadow across paper does, the ground is the
    local median, which thin strokes don't move whichever their polarity: it is preferred if the ink it
    finds is thin and away from the border. The weights are a logistic regression's on 9,000 pictures made
    of Standard OCR and EMNIST training images (crops, gradients, soft and hard shadows, noise).
    """
    even = _even_tone(grey)
    if even is None:
        return _uneven_tone(grey)
    doubt = even.noise + 0.55 * even.border
    if doubt < 0.07:  # less than the thinnest stroke weighs below
        return even
    uneven = _uneven_tone(grey)
    if uneven is None:  # half of a smooth gradient, as on empty paper lit from one side, is no ink
        return None
    mask = (uneven.ink(grey) > INKED).astype(np.uint8)
    thickness = np.exp(_log_thickness(mask)) / min(mask.shape)
    return uneven if doubt > 1.3 * uneven.border + 3.4 * thickness else even


def _even_tone(levels: Levels) -> _Tone | None:
    """Ink and ground as the two sides of Otsu's threshold."""
    histogram = np.bincount(levels.ravel(), minlength=256)
    filled = np.flatnonzero(histogram)
    if filled[-1] - filled[0] < FAINTEST:
        return None
    threshold, light = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    is_light = _is_ink(light)
    dark_side, light_side = histogram.copy(), histogram.copy()
    dark_side[int(threshold) + 1 :], light_side[: int(threshold) + 1] = 0, 0
    ink, bare = (light_side, dark_side) if is_light else (dark_side, light_side)
    level = _quantile(bare, 0.5)
    contrast = _quantile(ink, 0.9 if is_light else 0.1) - level
    if abs(contrast) < FAINTEST:
        return None
    spread = float((np.abs(np.arange(256) - level) * bare).sum() / bare.sum())
    return _Tone(level, contrast, spread / abs(contrast), _border_share(light if is_light else 1 - light))


def _quantile(histogram: NDArray[np.int64], share: float) -> float:
    return float(np.searchsorted(histogram.cumsum(), share * histogram.sum()))


def _uneven_tone(grey: Levels) -> _Tone | None:
    """Ink on its local ground, its contrast local too: a shadow dims ink and ground alike."""
    ground = _local_ground(grey)
    difference = grey - ground
    flat = _even_tone(np.clip(difference + 128, 0, 255).astype(np.uint8))
    if flat is None:
        return None
    difference -= flat.level - 128
    ink = (difference / flat.contrast > 0.5).astype(np.float32)
    window = (max(3, min(grey.shape) // 3),) * 2
    near, amount = cv2.blur(ink * difference, window), cv2.blur(ink, window)
    prior = 0.02  # as much ink of the usual contrast as keeps bare regions from being stretched into ink
    contrast = (near + prior * flat.contrast) / (amount + prior)
    return _Tone(ground + (flat.level - 128), contrast, flat.noise, flat.border)


def _is_ink(light: Mask) -> bool:
    """Whether the light pixels are the ink.

    Ink keeps away from the border, fills more than its border shows, and is nowhere as thick as the
    ground. The weights are a logistic regression's on 12,000 crops, many cut into their characters
    (Standard OCR and EMNIST training images), where they are right for 98.8 %. What then is a ground that
    nothing is written on, and that ends within the picture, is a filled shape.
    """
    dark = 1 - light
    evidence = 1.16 * (_border_share(light) - 0.5) - 2 * (float(light.mean()) - 0.5)
    is_ink = evidence + 0.65 * (_log_thickness(light) - _log_thickness(dark)) < 0
    return is_ink != _is_filled(dark if is_ink else light)


def _is_filled(mask: Mask) -> bool:
    """Whether it stays away from the border and has no holes but pinpricks."""
    if _border_share(mask) > 0:
        return False
    outside = mask.copy()
    cv2.floodFill(outside, None, (0, 0), 1)
    return int((1 - outside).sum()) < PINPRICKS * int(mask.sum())


def _border_share(mask: Mask) -> float:
    return float(border_of(mask).mean())


def _log_thickness(mask: Mask) -> float:
    return float(np.log(half_thickness(mask) + 0.5))


def _local_ground(grey: Levels) -> Plane:
    """The median in a window half as wide as the picture, found on a small copy of it."""
    small = shrunk(grey, 96)
    window = max(3, min(small.shape) // 2 | 1)
    return _resized(cv2.medianBlur(small, window).astype(np.float32), grey.shape)


def _resized(plane: Plane, shape: tuple[int, ...]) -> Plane:
    if plane.shape == shape:
        return plane
    return cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_LINEAR)


def _cut(grey: Levels, tone: _Tone, mask: Mask, kept: Mask, gain: Plane | None) -> NDArray[np.uint8]:
    """The kept ink and what `gain` makes ink, out of the full plane, scaled to `INK_SIDE` and centred."""
    part = _around(kept if gain is None else kept | (gain > 1), grey.shape)
    ink = tone.ink(grey, part)
    if gain is not None:
        ink = np.minimum(1, ink * cv2.resize(gain, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)[part])
    if kept is not mask:
        foreign = cv2.dilate(mask - kept, np.ones((3, 3), np.uint8)) & ~kept
        foreign = cv2.resize(foreign, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
        ink = np.where(foreign[part] > 0, np.float32(0), ink)
    return _centred(ink)


def _around(mask: Mask, shape: tuple[int, ...]) -> Part:
    """The part of a plane of `shape` that holds the mask's ink with its soft edges."""
    left, top, width, height = cv2.boundingRect(mask)
    down, across = shape[0] / mask.shape[0], shape[1] / mask.shape[1]
    spare = 2  # pixels of the mask: more might hold dust too fine for it
    rows = slice(max(0, int((top - spare) * down)), int(np.ceil((top + height + spare) * down)))
    return rows, slice(max(0, int((left - spare) * across)), int(np.ceil((left + width + spare) * across)))


def _centred(ink: Plane) -> NDArray[np.uint8]:
    """Scaled and moved by parts of a pixel: neither a picture's size nor its place shows."""
    (left, right), (top, bottom) = _extent(ink.max(axis=0)), _extent(ink.max(axis=1))
    scale = INK_SIDE / max(right - left, bottom - top)
    middle = (left + right) / 2, (top + bottom) / 2
    glyph = _reduced(ink, scale, *middle) if scale < 0.5 else _moved(ink, scale, *middle)
    return np.round(np.clip((glyph - SOFTEST) / (HARDEST - SOFTEST), 0, 1) * 255).astype(np.uint8)


def _reduced(ink: Plane, scale: float, x: float, y: float) -> Plane:
    """(64, 64) around a point of the ink, every pixel counted; the point is met to half a pixel of `ink`."""
    side = round(SIZE / scale)
    left, top = int(np.floor(x - side / 2 + 0.5)), int(np.floor(y - side / 2 + 0.5))
    square = np.zeros((side, side), np.float32)
    part = ink[max(0, top) : top + side, max(0, left) : left + side]
    square[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]] = part
    return cv2.resize(square, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def _moved(ink: Plane, scale: float, x: float, y: float) -> Plane:
    """(64, 64) around a point of the ink, met exactly."""
    shift = [SIZE / 2 - 0.5 - scale * (place - 0.5) for place in (x, y)]  # pixels count from their centres
    transform = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    way = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(ink, transform, (SIZE, SIZE), flags=way)


def _extent(profile: Plane) -> tuple[float, float]:
    """Where the ink begins and ends along an axis.

    A small picture's edge is one pixel, which tells its place by its share of ink. A larger one's may be
    blurred over many, and lies where it has half of its ink.
    """
    inked = np.flatnonzero(profile > EDGE)
    if not len(inked):
        return 0.0, float(len(profile))
    first, last = inked[0], inked[-1]
    if last - first >= INK_SIDE:
        width = round(WIDEST_EDGE * (last - first))
        mirrored = _edge(profile[::-1], len(profile) - 1 - last, width)
        return _edge(profile, first, width), len(profile) - mirrored
    begin, end = float(first + 1 - profile[first]), float(last + profile[last])
    return (begin, end) if end - begin >= 1 else (float(first), float(last + 1))


def _edge(profile: Plane, first: int, width: int) -> float:
    """Where a profile has half of what it rises to within `width` pixels; `first` is its first one of ink."""
    half = profile[first : first + width].max() / 2
    place = first + int(np.argmax(profile[first:] >= half))
    before = min(half, profile[place - 1]) if place else 0.0
    return float(place - 0.5 + (half - before) / (profile[place] - before))
