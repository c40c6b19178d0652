"""Characters as photographs show them, composed before preprocessing: a reader learns both together."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ocr_demo.datasets.grounds import TEXTURES, Shape, noise, random_light
from ocr_demo.datasets.placing import Mask, Placed, place
from ocr_demo.datasets.wear import photographed

Colour = NDArray[np.float32]  # (3,), 0..255
Colours = NDArray[np.float32]  # (H, W, 3), 0..255


@dataclass(frozen=True)
class Palette:
    """The two colours of a scene."""

    ground: Colour
    ink: Colour

    @property
    def contrast(self) -> float:
        return float(abs(self.ground.mean() - self.ink.mean()))


@dataclass(frozen=True)
class Scene:
    """A photograph-like picture of a character."""

    picture: NDArray[np.uint8]  # (H, W, 3)
    ink: Mask
    """Where in it the character is."""


def scene(character: str, masks: Mapping[str, Mask], seed: str) -> Scene:
    """Composes a scene of a character; the same seed gives the same scene.

    `masks` holds the ink of all characters of the font, cut to their edges; another may show at the border.
    """
    random = np.random.default_rng(int.from_bytes(blake2b(seed.encode(), digest_size=8).digest(), "big"))
    placed = place(random, character, masks)
    palette = random_palette(random)
    picture = textured_ground(random, placed.mask.shape[:2], palette)
    if random.random() < 0.15:
        draw_ruled_line(random, picture, placed, palette)
    if random.random() < 0.15:
        picture = effect_behind(random, picture, placed, palette)
    picture = inked(picture, ink_coverage(random, placed), palette.ink)
    if random.random() < 0.15:
        draw_specks(random, picture, placed, palette)
    light = random_light(random, picture.shape[:2])
    return Scene(photographed(random, picture * light[:, :, None], placed.size), placed.own)


def random_palette(random: Generator) -> Palette:
    """Dark on light more often than light on dark; mostly clear, sometimes faint; grey or coloured."""
    contrast = random.uniform(45, 80) if random.random() < 0.15 else random.uniform(80, 230)
    darker = random.uniform(0, 250 - contrast)
    tint = random.choice([0, 6, 40])
    dark, light = (near(random, level, tint) for level in (darker, darker + contrast))
    return Palette(light, dark) if random.random() < 0.65 else Palette(dark, light)


def near(random: Generator, level: float, tint: float) -> Colour:
    """A colour of about that brightness."""
    offset = random.uniform(-tint, tint, 3)
    return np.clip(level + offset - offset.mean(), 0, 255).astype(np.float32)


def textured_ground(random: Generator, shape: Shape, palette: Palette) -> Colours:
    """The ground, plain or with a texture that stays well below the ink's contrast."""
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = palette.ground
    if random.random() < 0.6:
        texture = TEXTURES[random.integers(len(TEXTURES))](random, shape)
        picture += (random.uniform(0.02, 0.14) * palette.contrast) * texture[:, :, None]
    return picture


def ink_coverage(random: Generator, placed: Placed) -> NDArray[np.float32]:
    """How far ink covers each pixel, 0..1: strokes thinner or thicker, worn like chalk, or as they are."""
    mask = placed.mask
    if random.random() < 0.2 and placed.size > 40:
        width = 2 if placed.size < 90 else 3
        change = cv2.dilate if random.random() < 0.6 else cv2.erode
        changed: Mask = change(mask, np.ones((width, width), np.uint8))
        # A hairline that erosion would wipe out stays as it is.
        mask = changed if int(changed.sum()) > 0.4 * int(mask.sum()) else mask
    coverage = mask.astype(np.float32) * np.float32(1 / 255)
    if random.random() < 0.2:
        worn = random.uniform(0.05, 0.25) * np.abs(noise(random, mask.shape[:2]))
        coverage = coverage * np.clip(1 - worn, 0, 1)
    return coverage


def inked(picture: Colours, coverage: NDArray[np.float32], ink: Colour) -> Colours:
    """The picture with ink of a colour over it."""
    return picture + coverage[:, :, None] * (ink - picture)


def effect_behind(random: Generator, picture: Colours, placed: Placed, palette: Palette) -> Colours:
    """A drop shadow, or an outline in a third colour, under the character that will be drawn."""
    coverage = placed.mask.astype(np.float32) / 255
    if random.random() < 0.6:
        offset = random.uniform(-0.08, 0.08, 2) * placed.size
        shift = np.array([(1, 0, offset[0]), (0, 1, offset[1])])
        moved = cv2.warpAffine(coverage, shift, coverage.shape[::-1])
        soft = cv2.GaussianBlur(moved, (0, 0), max(0.5, 0.03 * placed.size))
        return inked(picture, soft * random.uniform(0.2, 0.6), between(random, palette, 0.6))
    width = max(2, round(placed.size * 0.04)) | 1
    ring = cv2.dilate(coverage, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)))
    return inked(picture, ring, between(random, palette, 0.5))


def between(random: Generator, palette: Palette, most: float) -> Colour:
    """A colour on the way from the ground to the ink, but nearer the ground."""
    return palette.ground + random.uniform(0.1, most) * (palette.ink - palette.ground)


def draw_ruled_line(random: Generator, picture: Colours, placed: Placed, palette: Palette) -> None:
    """A line to write on, just under the character or through its foot."""
    width = picture.shape[1]
    level = placed.bottom + random.uniform(-0.02, 0.12) * placed.size
    slope = random.uniform(-0.03, 0.03) * width
    start, end = (0, round(level - slope)), (width, round(level + slope))
    thickness = max(1, round(placed.size * random.uniform(0.008, 0.02)))
    cv2.line(picture, start, end, between(random, palette, 0.7).tolist(), thickness, cv2.LINE_AA)


def draw_specks(random: Generator, picture: Colours, placed: Placed, palette: Palette) -> None:
    """A few dots of dirt, in the ink's colour or near it."""
    height, width = picture.shape[:2]
    for _ in range(random.integers(1, 6)):
        centre = (int(random.integers(width)), int(random.integers(height)))
        radius = max(0, round(placed.size * random.uniform(0, 0.02)))
        cv2.circle(picture, centre, radius, between(random, palette, 1.0).tolist(), -1, cv2.LINE_AA)
