"""Pictures of no character, such as a pad and a camera bring: textures, scrawls, solid and spoiled shapes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from ocr_demo.datasets.placing import Mask
from ocr_demo.datasets.textures import (
    Picture,
    Points,
    as_levels,
    empty_scene,
    leaves,
    natural_noise,
    random_side,
    turned,
)

PENS = 0.006, 0.03
"""Widths of a pen, as shares of the picture's side."""
SILHOUETTE = 160
"""Pixels of a silhouette's longer side."""
CLOSED = 0.3
"""Gaps up to this share of it are filled."""
GAINED, FILLED, SLIMMEST = 1.5, 0.5, 0.5
"""A silhouette has so many times the ink of its character, fills so much of its box, and is so wide for its
length at least: what is left of a thick T would still be one, and a bar is an I."""


def wandering(random: Generator) -> Picture:
    """A stroke whose direction drifts at random for a long time: not steadily, which would draw a ring."""
    count = int(random.integers(300, 900))
    direction = random.normal(random.uniform(-0.04, 0.04), random.uniform(0.15, 0.5), count).cumsum()
    return scrawled(random, np.column_stack([np.cos(direction), np.sin(direction)]).cumsum(axis=0))


def spiral(random: Generator) -> Picture:
    """Three turns or more: fewer would be a 6, or an @."""
    angles = np.linspace(0, 2 * np.pi * random.uniform(3, 8), 600)
    radii = np.linspace(random.uniform(0.05, 0.4), 1, len(angles))
    points = np.column_stack([np.cos(angles), np.sin(angles) * random.uniform(0.6, 1)])
    return scrawled(random, turned(points * radii[:, None], random.uniform(0, np.pi)))


def strokes(random: Generator) -> Picture:
    """Many straight strokes: anyhow, through one middle, or as a grid."""
    side, count = random_side(random), int(random.integers(5, 16))
    mask, pen = np.zeros((side, side), np.uint8), random_pen(random, side)
    for begin, end in STROKES[random.integers(len(STROKES))](random, count):
        draw_line(mask, np.array([begin, end]) * side, pen)
    return coloured(random, mask)


def anyhow(random: Generator, count: int) -> Points:
    """The ends (count, 2, 2) of so many strokes in the unit square."""
    return random.uniform(0.1, 0.9, (count, 2, 2))


def through_the_middle(random: Generator, count: int) -> Points:
    angles = random.uniform(0, np.pi) + np.pi * np.arange(count) / count + random.normal(0, 0.05, count)
    reach = random.uniform(0.25, 0.45, (count, 1)) * np.column_stack([np.cos(angles), np.sin(angles)])
    return random.uniform(0.4, 0.6, 2) + np.stack([-reach, reach], axis=1)


def grid(random: Generator, count: int) -> Points:
    across = np.linspace(0.15, 0.85, count // 2 + 1) + random.normal(0, 0.01, count // 2 + 1)
    down = np.stack([np.column_stack([across, np.full_like(across, end)]) for end in (0.1, 0.9)], axis=1)
    return np.concatenate([down, down[:, :, ::-1]])


STROKES = (anyhow, through_the_middle, grid)


def solid(random: Generator) -> Picture:
    """A heart, a crescent, a house, or rectangles in a heap, turned any way."""
    side, angle = random_side(random), random.uniform(0, 2 * np.pi)
    mask = np.zeros((side, side), np.uint8)
    for outline in SOLIDS[random.integers(len(SOLIDS))](random):
        corners = (0.5 + turned(outline, angle)) * side
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 255, cv2.LINE_AA)
    return coloured(random, mask)


def heart(random: Generator) -> list[Points]:
    """Outlines around the origin, at most a unit wide."""
    angles = np.linspace(0, 2 * np.pi, 120)
    cosines = [np.cos(k * angles) for k in range(1, 5)]
    down = np.tensordot((-13, 5, 2, 1), cosines, axes=1)
    return [np.column_stack([16 * np.sin(angles) ** 3, down]) / 40]


def crescent(random: Generator) -> list[Points]:
    angles = np.linspace(-np.pi / 2, np.pi / 2, 60)
    outer = 0.4 * np.column_stack([np.cos(angles), np.sin(angles)])
    return [np.concatenate([outer, (outer * (random.uniform(-0.5, 0.2), 1))[::-1]])]


def house(random: Generator) -> list[Points]:
    eaves, wall = random.uniform(-0.1, 0.1), random.uniform(0.2, 0.35)
    right = np.array([(0, -0.4), (0.4, eaves), (wall, eaves), (wall, 0.4)])
    return [np.concatenate([right, (right * (-1, 1))[::-1]])]


def heap(random: Generator) -> list[Points]:
    """Four to seven rectangles, some of which cover others."""
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    count = random.integers(4, 8)
    return [
        place + corners * size
        for place, size in zip(
            random.uniform(-0.45, 0.05, (count, 2)), random.uniform(0.15, 0.4, (count, 2)), strict=True
        )
    ]


SOLIDS = (heart, crescent, house, heap)


@dataclass(frozen=True)
class Spoiled:
    """Characters that are none any more."""

    masks: Sequence[Mask]
    """Of characters, cut to their ink."""

    def overlaid(self, random: Generator) -> Picture:
        """Three to five of them over one another."""
        side = random_side(random)
        picture = np.zeros((side, side), np.uint8)
        for index in random.integers(len(self.masks), size=random.integers(3, 6)):
            mask = fitted(self.masks[int(index)], int(side * random.uniform(0.5, 0.95)))
            top, left = random.integers(0, np.array(picture.shape) - mask.shape + 1)
            place = picture[top : top + mask.shape[0], left : left + mask.shape[1]]
            np.maximum(place, mask, out=place)
        return coloured(random, picture)

    def struck_out(self, random: Generator) -> Picture:
        """One of them behind a zigzag."""
        side = random_side(random)
        mask = fitted(self._any(random), int(0.8 * side))
        rest = side - np.array(mask.shape)
        picture = np.pad(mask, [(some // 2, some - some // 2) for some in rest])
        count = int(random.integers(6, 14))
        swing = (np.arange(count) % 2 - 0.5) * random.uniform(0.5, 0.9) + random.normal(0, 0.05, count)
        zigzag = turned(np.column_stack([np.linspace(-0.45, 0.45, count), swing]), random.uniform(0, np.pi))
        draw_line(picture, (0.5 + zigzag) * side, max(2, round(side * random.uniform(0.015, 0.05))))
        return coloured(random, picture)

    def silhouette(self, random: Generator) -> Picture:
        """One of them filled: its hull, or what is within its outer edge when small gaps are closed."""
        while True:
            mask = np.pad(fitted(self._any(random), SILHOUETTE), SILHOUETTE // 2)
            ink = (mask > 96).astype(np.uint8)
            filled = hull(ink) if random.random() < 0.5 else closed(ink)
            if is_solid(filled, ink):
                return coloured(random, cv2.GaussianBlur(255 * filled, (0, 0), 1))

    def _any(self, random: Generator) -> Mask:
        return self.masks[int(random.integers(len(self.masks)))]


def is_solid(filled: Mask, ink: Mask) -> bool:
    """Whether what a character's ink was filled to can't be taken for a character; both are 0 or 1."""
    _, sides, _ = cv2.minAreaRect(np.argwhere(filled).astype(np.float32))
    area = int(filled.sum())
    return bool(
        area > GAINED * int(ink.sum())
        and area > FILLED * sides[0] * sides[1]
        and min(sides) > SLIMMEST * max(sides)
    )


def hull(ink: Mask) -> Mask:
    """The convex hull, 0 or 1."""
    points = np.argwhere(ink)[:, ::-1].astype(np.int32)
    return cv2.fillPoly(np.zeros_like(ink), [cv2.convexHull(points)], 1)


def closed(ink: Mask) -> Mask:
    """All within the outlines once gaps are closed, 0 or 1."""
    width = int(CLOSED * SILHOUETTE) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    outlines, _ = cv2.findContours(
        cv2.morphologyEx(ink, cv2.MORPH_CLOSE, disc), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    return cv2.drawContours(np.zeros_like(ink), outlines, -1, 1, -1)


def kinds(masks: Sequence[Mask]) -> dict[Callable[[Generator], Picture], float]:
    """What can be drawn, with the share of each: 1 in all. `masks` are those of an alphabet's characters."""
    spoiled = Spoiled(masks)
    return {
        leaves: 0.2,
        natural_noise: 0.1,
        empty_scene: 0.1,
        wandering: 0.12,
        spiral: 0.05,
        strokes: 0.1,
        spoiled.overlaid: 0.08,
        spoiled.struck_out: 0.07,
        spoiled.silhouette: 0.09,
        solid: 0.09,
    }


def random_pen(random: Generator, side: int) -> int:
    return max(1, round(side * random.uniform(*PENS)))


def scrawled(random: Generator, points: Points) -> Picture:
    """A stroke through points, moved and scaled into a picture."""
    side = random_side(random)
    low, high = np.sort(random.uniform((0.05, 0.6), (0.3, 0.95)))
    extent = max(float(np.ptp(points, axis=0).max()), 1e-6)
    placed = low + (points - points.min(axis=0)) / extent * (high - low)
    return coloured(random, stroked(placed, side, random_pen(random, side)))


def stroked(points: Points, side: int, pen: int) -> Mask:
    """The ink (side, side) of a stroke through points, 0..1."""
    mask = np.zeros((side, side), np.uint8)
    draw_line(mask, points * side, pen)
    return mask


def draw_line(mask: Mask, points: Points, pen: int) -> None:
    """A stroke through points in pixels, a sixteenth of a pixel exact."""
    cv2.polylines(mask, [np.round(points * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, shift=4)


def fitted(mask: Mask, side: int) -> Mask:
    """A mask whose longer side becomes `side` pixels."""
    scale = side / max(mask.shape)
    height, width = (max(1, round(length * scale)) for length in mask.shape)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)


def coloured(random: Generator, mask: Mask) -> Picture:
    """Ink of a random grey on a ground of another, dark on light as often as the reverse."""
    ground, ink = random.permutation([random.uniform(0, 90), random.uniform(150, 255)])
    return as_levels(ground + (ink - ground) * (mask / 255))
