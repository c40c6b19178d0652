"""Pictures that show no single character: what a reader should refuse."""

from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFont

from ocr_demo.datasets.clutter import coloured, stroked
from ocr_demo.datasets.faces import drawn_mask
from ocr_demo.datasets.textures import as_levels, turned
from ocr_demo.storage import package_folder

SIZES = (100, 400)
"""Pixels of the side of what is drawn here."""
PHOTOGRAPHS = (
    ("sklearn", "datasets/images/china.jpg", 1.0),
    ("sklearn", "datasets/images/flower.jpg", 1.0),
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", 0.75),
    ("gradio", "media_assets/images/cheetah.jpg", 1.0),
    ("gradio", "media_assets/images/cheetah1.jpg", 1.0),
    ("gradio", "media_assets/images/lion.jpg", 1.0),
    ("gradio", "media_assets/images/tower.jpg", 1.0),
)
"""Photographs without text that installed packages bring: package, file, and the upper share that is used
(a portrait wears a name plate)."""
SMALLEST_CROP = 48
READ_AS_ONE = frozenset("1IJL")
"""Beside another character these make a third: a 1 and a 3 are a B."""

Picture = NDArray[np.uint8]  # (H, W) or (H, W, 3)
Points = NDArray[np.floating]  # (N, 2), 0..1 from the top left
Maker = Callable[[Generator], Picture]


def blank(random: Generator) -> Picture:
    """Empty paper: perfectly even, of a faint grain, or lit from one side."""
    side, level = random_side(random), random.uniform(0, 255)
    plane = np.full((side, side), level)
    kind = random.integers(3)
    if kind == 1:
        plane += random.normal(0, random.uniform(0.5, 3), plane.shape)
    if kind == 2:
        plane *= np.linspace(1, random.uniform(0.5, 0.95), side)[None]
    return as_levels(plane)


def uniform_noise(random: Generator) -> Picture:
    """Every pixel drawn alike from 0..255."""
    side = random_side(random)
    return random.integers(0, 256, (side, side), np.uint8)


def gaussian_noise(random: Generator) -> Picture:
    """A blank sheet of any grey, as a bad camera takes it."""
    side, level, sigma = random_side(random), random.uniform(60, 230), random.uniform(8, 32)
    return as_levels(random.normal(level, sigma, (side, side)))


def single_dot(random: Generator) -> Picture:
    """A round dot, or the short trace of a tap."""
    side = random_side(random)
    pen = max(3, round(side * random.uniform(0.02, 0.12)))
    start = random.uniform(0.1, 0.9, 2)
    tap = random.uniform(-0.4, 0.4, 2) * pen / side * random.integers(2)
    return coloured(random, stroked(np.array([start, start + tap]), side, pen))


def scribble(random: Generator) -> Picture:
    """A tangle, a hatching or a coil, as hands make them to fill a space or try a pen."""
    points = SCRIBBLES[random.integers(len(SCRIBBLES))](random)
    side = random_side(random)
    low, high = np.sort(random.uniform((0.05, 0.6), (0.3, 0.95)))
    fitted = low + (points - points.min(axis=0)) / np.ptp(points, axis=0).max() * (high - low)
    pen = max(1, round(side * (high - low) * random.uniform(0.01, 0.04)))
    return coloured(random, stroked(fitted, side, pen))


def tangle(random: Generator) -> Points:
    """A curve that crosses itself many times."""
    time = np.linspace(0, 1, 600)[:, None, None]
    frequencies, phases = random.uniform(3, 9, (2, 3)), random.uniform(0, 2 * np.pi, (2, 3))
    return np.sin(2 * np.pi * frequencies * time + phases).sum(axis=2)


def hatching(random: Generator) -> Points:
    """Up and down, six to twelve times, on a slant."""
    count = int(random.integers(12, 25))
    across = np.linspace(0, 1, count)
    down = np.arange(count) % 2 + random.normal(0, 0.08, count)
    return turned(np.column_stack([across, down]), random.uniform(-0.8, 0.8))


def coil(random: Generator) -> Points:
    """Five to ten loops in a row."""
    angles = np.linspace(0, 2 * np.pi * random.integers(5, 11), 600)
    advance = np.linspace(0, random.uniform(2, 5), 600)
    return turned(np.column_stack([advance + np.cos(angles), np.sin(angles)]), random.uniform(-0.8, 0.8))


SCRIBBLES = (tangle, hatching, coil)


def filled_shape(random: Generator) -> Picture:
    """A filled polygon, star, ellipse or blob, at most twice as long as wide: no bar, which might be an I."""
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radii = OUTLINES[random.integers(len(OUTLINES))](random, angles)
    outline = np.column_stack([np.cos(angles), np.sin(angles) * random.uniform(0.6, 1)]) * radii[:, None]
    outline = turned(outline, random.uniform(0, 2 * np.pi))
    side = random_side(random)
    placed = random.uniform(0.4, 0.6, 2) + outline / np.abs(outline).max() * random.uniform(0.1, 0.35)
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.round(placed * side * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return coloured(random, mask)


def polygon(random: Generator, angles: Points) -> Points:
    """The distance of a regular polygon's edge from its centre, three to six corners."""
    half = np.pi / random.integers(3, 7)
    return np.cos(half) / np.cos(angles % (2 * half) - half)


def star(random: Generator, angles: Points) -> Points:
    """That of a star of four to seven points."""
    to_next = angles * random.integers(4, 8) / (2 * np.pi) % 1
    return 1 - random.uniform(0.4, 0.6) * (1 - np.abs(2 * to_next - 1))


def ellipse(random: Generator, angles: Points) -> Points:
    return np.ones_like(angles)


def blob(random: Generator, angles: Points) -> Points:
    """That of a drop of ink."""
    waves = [random.uniform(0, 0.16) * np.cos(k * angles + random.uniform(0, 2 * np.pi)) for k in (2, 3, 4)]
    return 1 + np.sum(waves, axis=0)


OUTLINES = (polygon, star, ellipse, blob)


def handwritten_pair(pictures: Sequence[Picture], labels: Sequence[str]) -> Maker:
    """Draws two characters (H, W) of one height, light on black, that have different labels, side by side."""
    usable = [index for index, label in enumerate(labels) if label not in READ_AS_ONE]

    def pair(random: Generator) -> Picture:
        first, second = random.choice(usable, 2)
        while labels[first] == labels[second]:
            second = random.choice(usable)
        left, right = (without_margins(pictures[index]) for index in (first, second))
        gap = np.zeros((len(left), random.integers(1, 6)), np.uint8)
        return np.pad(np.hstack([left, gap, right]), 4)

    return pair


def typed_pair(fonts: Sequence[ImageFont.FreeTypeFont], characters: str) -> Maker:
    """Draws two different characters of a font, typed one after the other."""
    usable = [character for character in characters if character.upper() not in READ_AS_ONE]

    def pair(random: Generator) -> Picture:
        font = fonts[int(random.integers(len(fonts)))]
        text = "".join(random.choice(usable, 2, replace=False))
        return coloured(random, np.pad(drawn_mask(font, text), 24))

    return pair


def photograph_crop(random: Generator) -> Picture:
    """A square out of one of `PHOTOGRAPHS`, of any size."""
    photograph = opened_photographs()[random.integers(len(PHOTOGRAPHS))]
    height, width = photograph.shape[:2]
    side = int(np.exp(random.uniform(np.log(SMALLEST_CROP), np.log(min(height, width)))))
    top, left = random.integers(0, (height - side + 1, width - side + 1))
    return photograph[top : top + side, left : left + side]


@cache
def opened_photographs() -> list[Picture]:
    """All of `PHOTOGRAPHS` (H, W, 3)."""
    photographs = []
    for package, name, upper in PHOTOGRAPHS:
        with Image.open(package_folder(package) / name) as image:
            pixels = np.asarray(image.convert("RGB"))
        photographs.append(pixels[: int(upper * len(pixels))])
    return photographs


OUTLIERS: dict[str, Maker] = {
    "blanks": blank,
    "uniform noise": uniform_noise,
    "Gaussian noise": gaussian_noise,
    "single dots": single_dot,
    "scribbles": scribble,
    "filled shapes": filled_shape,
    "photographs of no text": photograph_crop,
}


def random_side(random: Generator) -> int:
    return int(random.integers(SIZES[0], SIZES[1] + 1))


def without_margins(picture: Picture) -> Picture:
    """The columns (H, w) that have ink, light on black; the rows stay, for they hold the baseline."""
    columns = np.flatnonzero(picture.max(axis=0) > 64)
    return picture[:, columns[0] : columns[-1] + 1] if len(columns) else picture
