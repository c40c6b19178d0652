"""Textures without a character, as a camera finds them."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ocr_demo.datasets.grounds import clouds, ramp, random_light
from ocr_demo.datasets.scenes import random_palette, textured_ground
from ocr_demo.datasets.wear import photographed

SIDES = 60, 300
"""Pixels of the side of a picture."""

Picture = NDArray[np.uint8]  # (H, W) or (H, W, 3)
Points = NDArray[np.floating]  # (N, 2), x and y


def leaves(random: Generator) -> Picture:
    """Flat shapes of every size that cover one another, each of its own colour.

    Dead leaves, whose edges are as those of photographs (Lee, Mumford and Huang 2001, Occlusion Models for
    Natural Images).
    """
    side = random_side(random)
    picture = np.full((side, side, 3), random.uniform(0, 255, 3), np.float32)
    tone, spread = random.uniform(0, 255, 3), random.uniform(20, 90)
    count = int(np.exp(random.uniform(np.log(6), np.log(300))))
    for _ in range(count):
        radius = side * (
            min(0.6, 0.03 * random.random() ** -0.6) if count > 40 else random.uniform(0.05, 0.45)
        )
        colour = np.clip(tone + random.normal(0, spread) + random.normal(0, 15, 3), 0, 255)
        outline = random.uniform(0, side, 2) + radius * leaf(random)
        cv2.fillPoly(picture, [np.round(outline).astype(np.int32)], colour.tolist(), cv2.LINE_AA)
    picture += random.uniform(0, 20) * clouds(random, (side, side), side / random.uniform(2, 20))[:, :, None]
    return photographed(random, picture * random_light(random, (side, side))[:, :, None], side / 2)


def leaf(random: Generator) -> Points:
    """The outline of an ellipse or a polygon around the origin, of about unit size."""
    if random.random() < 1 / 3:
        angles = np.linspace(0, 2 * np.pi, 60)
        flat = np.column_stack([np.cos(angles), np.sin(angles) * random.uniform(0.3, 1)])
        return turned(flat, random.uniform(0, np.pi))
    angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 7)))
    return np.column_stack([np.cos(angles), np.sin(angles)])


def natural_noise(random: Generator) -> Picture:
    """Coloured noise of a photograph's spectrum, 1/f to a power; some of it cut out along a contour."""
    side, power, stretch = random_side(random), random.uniform(0.7, 2.2), random.uniform(0.5, 1)
    base = noise_of_spectrum(random, side, power, stretch)
    planes = [base + 0.3 * noise_of_spectrum(random, side, power, stretch) for _ in range(3)]
    picture = np.stack(planes, axis=-1) * random.uniform(15, 60) + random.uniform(70, 190)
    if random.random() < 0.4:
        inside = (base > random.uniform(-1, 1))[:, :, None]
        picture = np.where(inside, picture, random.uniform(0, 255, 3))
    return as_levels(picture)


def noise_of_spectrum(random: Generator, side: int, power: float, stretch: float) -> NDArray[np.floating]:
    """Noise (side, side) of unit deviation whose amplitude falls with the frequency to a power."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], stretch * np.fft.rfftfreq(side))
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.standard_normal((side, side))) / frequency**power
    plane = np.fft.irfft2(spectrum, (side, side))
    return plane / plane.std()


def empty_scene(random: Generator) -> Picture:
    """What scenes are made on, with nothing written: up to four grounds that meet at straight edges."""
    side = random_side(random)
    picture = textured_ground(random, (side, side), random_palette(random))
    for _ in range(random.integers(4)):
        softness = random.choice([0.005, 0.05])
        beyond = np.clip((ramp(random, (side, side)) - random.uniform(0.2, 0.8)) / softness + 0.5, 0, 1)
        other = textured_ground(random, (side, side), random_palette(random))
        picture += beyond[:, :, None] * (other - picture)
    return photographed(random, picture * random_light(random, (side, side))[:, :, None], side)


def random_side(random: Generator) -> int:
    return int(random.integers(SIDES[0], SIDES[1] + 1))


def turned(points: Points, angle: float) -> Points:
    """Turned around the origin by an angle in radians."""
    return points @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])


def as_levels(plane: NDArray[np.floating]) -> Picture:
    return np.round(np.clip(plane, 0, 255)).astype(np.uint8)
