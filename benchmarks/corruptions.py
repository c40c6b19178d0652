"""The 15 corruptions of MNIST-C (Mu & Gilmer 2019, arXiv:1906.02337), as strong as in the published set.

Written anew after https://github.com/google-research/mnist-c, whose defaults are the severities quoted here.
Lengths are pixels of MNIST's pictures: (28, 28), light ink on black.
"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

SIDE = 28
INK_SIDE = 20
"""The longer side of the ink in MNIST's pictures."""
CENTRE = (SIDE - 1) / 2

Plane = NDArray[np.floating]  # (28, 28), 0..1
Point = tuple[float, float]  # column, row


def corrupted(name: str, random: Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (28, 28), light ink on black, after the corruption of that name in `CORRUPTIONS`."""
    plane = CORRUPTIONS[name](random, picture.astype(np.float32) / 255)
    return np.round(np.clip(plane, 0, 1) * 255).astype(np.uint8)


def mnist_form(ink: Plane) -> NDArray[np.uint8]:
    """Ink (H, W), 0..1, cut to its edges, in MNIST's form: its longer side 20 pixels, centred on (28, 28)."""
    scale = INK_SIDE / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    small = cv2.resize(ink.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    picture = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    picture[top : top + height, left : left + width] = np.round(np.clip(small, 0, 1) * 255)
    return picture


def shot_noise(random: Generator, plane: Plane) -> Plane:
    """Severity 5: 3 photons where the picture is brightest."""
    return random.poisson(plane * 3) / 3


def impulse_noise(random: Generator, plane: Plane) -> Plane:
    """Severity 4: 17 % of the pixels become black or white."""
    draw = random.random(plane.shape)
    return np.where(draw < 0.17, (draw < 0.085).astype(np.float32), plane)


def glass_blur(random: Generator, plane: Plane) -> Plane:
    """Severity 1: blurred (deviation 0.7), pixels swapped with near ones twice over, blurred again."""
    reach, rounds = 1, 2
    blurred = soft(plane, 0.7)
    inner = range(SIDE - reach, reach, -1)
    for _ in range(rounds):
        swaps = random.random((SIDE, SIDE)) < 0.5
        shifts = random.integers(-reach, reach, (SIDE, SIDE, 2))
        for row in inner:
            for column in inner:
                if swaps[row, column]:
                    here, there = (row, column), tuple((row, column) + shifts[row, column])
                    blurred[here], blurred[there] = blurred[there], blurred[here]
    return soft(blurred, 0.7)


def motion_blur(random: Generator, plane: Plane) -> Plane:
    """Severity 1: the right half of a Gaussian (radius 10, deviation 3), tilted by at most 45 degrees."""
    length = 21
    angle = np.deg2rad(random.uniform(-45, 45))
    steps = np.arange(length)
    rows, columns = (np.ceil(steps * part - 0.5).astype(int) for part in (np.sin(angle), np.cos(angle)))
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    np.add.at(kernel, (length + rows, length + columns), np.exp(-(steps**2) / (2 * 3**2)))
    return cv2.filter2D(plane, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def shear(random: Generator, plane: Plane) -> Plane:
    """Severity 2: by 0.4 radians, to either side."""
    angle = 0.4 * random.choice([-1, 1])
    return looked_up(plane, [(1, -np.sin(angle)), (0, np.cos(angle))])


def scale(random: Generator, plane: Plane) -> Plane:
    """Severity 3: 0.7 of the size."""
    return looked_up(plane, [(1 / 0.7, 0), (0, 1 / 0.7)])


def rotate(random: Generator, plane: Plane) -> Plane:
    """Severity 2: by 0.4 radians (23 degrees), either way."""
    angle = 0.4 * random.choice([-1, 1])
    return looked_up(plane, [(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])


def brightness(random: Generator, plane: Plane) -> Plane:
    """Severity 5: half of the range brighter; what was bright is white."""
    return plane + 0.5


def translate(random: Generator, plane: Plane) -> Plane:
    """Severity 3: by 3 pixels along both axes; what leaves the picture is lost."""
    shift = 3 * random.choice([-1, 1], 2)
    return looked_up(plane, [(1, 0), (0, 1)], shift)


def stripe(random: Generator, plane: Plane) -> Plane:
    """The left and the right quarter inverted."""
    striped = plane.copy()
    striped[:, :7], striped[:, 21:] = 1 - plane[:, :7], 1 - plane[:, 21:]
    return striped


def fog(random: Generator, plane: Plane) -> Plane:
    """Severity 5: three times as much fog as picture."""
    amount, most = 3.0, plane.max()
    return (plane + amount * plasma(random, 1.4)[:SIDE, :SIDE]) * most / (most + amount)


def spatter(random: Generator, plane: Plane) -> Plane:
    """Severity 4: blots of mud, a quarter as bright as ink, cover the picture."""
    liquid = soft(random.normal(0.65, 0.3, plane.shape), 1)
    covered = soft((liquid > 0.65).astype(np.float32), 1.5)
    covered[covered < 0.8] = 0
    return plane * (1 - covered) + covered * 63 / 255


def dotted_line(random: Generator, plane: Plane) -> Plane:
    """A line across the picture, two pixels of every four."""
    start, end = random.integers(0, SIDE - 1, 2)
    is_dot = np.arange(SIDE) // 2 % 2 == 1
    return plane + straight_line((0, start), (SIDE - 1, end)) * is_dot


def zigzag(random: Generator, plane: Plane) -> Plane:
    """A zigzag across the picture whose corners lie 2 pixels off its middle."""
    left, right, step = 2, 25, 2
    row = int(random.integers(0, SIDE - 1))
    angle = np.arctan(int(random.integers(-5, 5)) / (right - left))
    length = (right - left) / np.cos(angle)
    along = np.array([0, *np.arange(step, length, 2 * step), length])
    across = step * np.array([0, *(-1.0) ** np.arange(len(along) - 2), 0])
    columns = left + along * np.cos(angle) - across * np.sin(angle)
    rows = row + along * np.sin(angle) + across * np.cos(angle)
    for start, end in pairwise(zip(columns, rows, strict=True)):
        plane = np.clip(plane + straight_line(start, end), 0, 1)
    return plane


def canny_edges(random: Generator, plane: Plane) -> Plane:
    """Only the edges (Canny 1986: deviation 1, thresholds 0.1 and 0.2) of the strokes."""
    levels = np.round(soft(plane, 1) * 255).astype(np.uint8)
    return cv2.Canny(levels, 0.1 * 255, 0.2 * 255, L2gradient=True) / np.float32(255)


CORRUPTIONS: dict[str, Callable[[Generator, Plane], Plane]] = {
    "shot noise": shot_noise,
    "impulse noise": impulse_noise,
    "glass blur": glass_blur,
    "motion blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted line": dotted_line,
    "zigzag": zigzag,
    "canny edges": canny_edges,
}


def soft(plane: Plane, deviation: float) -> Plane:
    """Blurred by a Gaussian, cut off at four deviations."""
    window = 2 * int(4 * deviation + 0.5) + 1
    return cv2.GaussianBlur(plane, (window, window), deviation, borderType=cv2.BORDER_REPLICATE)


def looked_up(plane: Plane, matrix: list[Point], shift: NDArray[np.integer] | None = None) -> Plane:
    """Each pixel taken from where the matrix, about the centre, and then the shift send it; black outside."""
    turned = np.array(matrix, np.float64)
    offset = CENTRE * (1 - turned.sum(axis=1)) + (0 if shift is None else shift)
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(plane, np.column_stack([turned, offset]), (SIDE, SIDE), flags=way)


def straight_line(start: Point, end: Point) -> Plane:
    """A soft line (28, 28), about 3 pixels high, from one point to another right of it."""
    (left, first), (right, last) = start, end
    columns, rows = np.arange(SIDE), np.arange(SIDE)[:, None]
    distance = np.abs(rows - first - (last - first) / (right - left) * (columns - left))
    strength = 1 + np.log(1 - np.minimum(distance / 2.3, 1 - 1e-9))
    is_between = (columns >= np.floor(left)) & (columns < np.ceil(right))
    return np.clip(strength, 0, 1) * is_between


def plasma(random: Generator, decay: float, side: int = 256) -> Plane:
    """Clouds (side, side), 0..1, by the diamond-square algorithm on a torus; `side` is a power of two."""
    heights = np.zeros((side, side))
    amplitude, step = 1.0, side
    while step >= 2:
        half = step // 2
        corners = heights[::step, ::step]
        square = corners + np.roll(corners, -1, 0)
        heights[half::step, half::step] = (square + np.roll(square, -1, 1)) / 4
        middles = heights[half::step, half::step]
        middles += random.uniform(-amplitude, amplitude, middles.shape)
        heights[::step, half::step] = neighbours(middles, corners, axis=0)
        heights[half::step, ::step] = neighbours(middles, corners, axis=1)
        for edges in (heights[::step, half::step], heights[half::step, ::step]):
            edges += random.uniform(-amplitude, amplitude, edges.shape)
        step, amplitude = half, amplitude / decay**2
    return (heights - heights.min()) / np.ptp(heights)


def neighbours(middles: Plane, corners: Plane, axis: int) -> Plane:
    """The mean of the two middles along an axis and the two corners along the other, for each edge."""
    return (middles + np.roll(middles, 1, axis) + corners + np.roll(corners, -1, 1 - axis)) / 4
