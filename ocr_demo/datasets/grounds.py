"""What characters are written on: papers, walls and the light that falls on them, as fields around 0 or 1."""

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Field = NDArray[np.float32]  # (H, W)
Shape = tuple[int, int]

TILE = 512
DARKEST_SHADE = 0.4


@cache
def noise_tile() -> Field:
    """Unit normal noise (512, 512), always the same: pieces cut from it cost far less than fresh noise."""
    return np.random.default_rng(20).standard_normal((TILE, TILE), np.float32)


def noise(random: Generator, shape: Shape) -> Field:
    """Fine noise, unit deviation."""
    height, width = shape
    top, left = random.integers(0, (TILE - height % TILE, TILE - width % TILE))
    if height <= TILE - top and width <= TILE - left:
        return noise_tile()[top : top + height, left : left + width]
    return np.resize(noise_tile(), shape)


def clouds(random: Generator, shape: Shape, cell: float) -> Field:
    """Smooth noise whose blots are about `cell` pixels wide."""
    height, width = (max(2, int(side / cell) + 2) for side in shape)
    return cv2.resize(noise(random, (height, width)), shape[::-1], interpolation=cv2.INTER_CUBIC)


def paper(random: Generator, shape: Shape) -> Field:
    """Blots of several sizes at once."""
    size = max(shape)
    coarse = clouds(random, shape, size / random.uniform(2, 5))
    return 0.5 * coarse + 0.3 * clouds(random, shape, size / 16) + 0.3 * noise(random, shape)


def bricks(random: Generator, shape: Shape) -> Field:
    """Courses of bricks or tiles with joints, each a little lighter or darker."""
    height, width = shape
    course = max(6, int(max(shape) * random.uniform(0.12, 0.5)))
    length = int(course * random.uniform(1, 3))
    rows = np.arange(height)[:, None] + random.integers(course)
    columns = np.arange(width)[None] + random.integers(length) + (rows // course % 2) * (length // 2)
    tone = noise_tile()[rows // course % TILE, columns // length % TILE]
    joint = (rows % course < max(1, course // 12)) | (columns % length < max(1, course // 12))
    return np.where(joint, random.choice([-1.5, 1.5]), 0.5 * tone).astype(np.float32)


def stripes(random: Generator, shape: Shape) -> Field:
    """Grain of wood or cloth, in one direction."""
    period = max(3.0, max(shape) * random.uniform(0.02, 0.2))
    angle = random.uniform(0, np.pi)
    ys, xs = np.ogrid[: shape[0], : shape[1]]
    phase = (xs * np.cos(angle) + ys * np.sin(angle)) * (2 * np.pi / period)
    return np.sin(phase + clouds(random, shape, max(shape) / 4)).astype(np.float32)


def grain(random: Generator, shape: Shape) -> Field:
    """Nothing but fine grain."""
    return np.ascontiguousarray(noise(random, shape))


TEXTURES = (grain, paper, bricks, stripes)


def ramp(random: Generator, shape: Shape) -> Field:
    """A straight ramp from 0 to 1 across the picture, in any direction."""
    angle = random.uniform(0, 2 * np.pi)
    ys, xs = np.ogrid[: shape[0], : shape[1]]
    across = xs * np.float32(np.cos(angle)) + ys * np.float32(np.sin(angle))
    return ((across - across.min()) / max(float(np.ptp(across)), 1e-6)).astype(np.float32)


def even_light(random: Generator, shape: Shape) -> Field:
    return np.ones(shape, np.float32)


def sloping_light(random: Generator, shape: Shape) -> Field:
    """Brighter on one side."""
    return 1 - random.uniform(0.1, 1 - DARKEST_SHADE) * ramp(random, shape)


def lamp_light(random: Generator, shape: Shape) -> Field:
    """Brightest around a point, as under a lamp or in a vignette."""
    ys, xs = np.ogrid[: shape[0], : shape[1]]
    centre_y, centre_x = random.uniform(0, 1, 2) * shape
    distance = np.hypot(ys - centre_y, xs - centre_x) / np.hypot(*shape)
    return (1 - random.uniform(0.1, 1 - DARKEST_SHADE) * distance).astype(np.float32)


def shadow(random: Generator, shape: Shape) -> Field:
    """The straight shadow of something beside, its edge sharp or soft."""
    edge, softness = random.uniform(0.2, 0.8), random.choice([0.01, 0.05, 0.2])
    covered = np.clip((ramp(random, shape) - edge) / softness + 0.5, 0, 1)
    return 1 - random.uniform(0.2, 1 - DARKEST_SHADE) * covered


LIGHTS = (even_light, sloping_light, lamp_light, shadow)
LIGHT_SHARES = (0.4, 0.25, 0.15, 0.2)


def random_light(random: Generator, shape: Shape) -> Field:
    """One of `LIGHTS` (H, W), by which a picture is multiplied."""
    return LIGHTS[random.choice(len(LIGHTS), p=LIGHT_SHARES)](random, shape)
