"""What a camera does to a scene: blur, few pixels, noise, compression."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ocr_demo.datasets.grounds import noise

Colours = NDArray[np.float32]  # (H, W, 3), 0..255
FEWEST_PIXELS = 12
"""A character keeps at least so many on its longer side; below, people can't read it either."""


def photographed(random: Generator, scene: Colours, size: float) -> NDArray[np.uint8]:
    """The scene as a camera hands it over, (H, W, 3); `size` is the character's in pixels."""
    picture = blurred(random, scene, size)
    if random.random() < 0.25:
        picture = few_pixels(random, picture, size)
    if random.random() < 0.7:
        strength = random.uniform(1, 14)
        picture = picture + strength * noise(random, picture.shape[:2])[:, :, None]
    eight_bit = np.clip(picture, 0, 255).astype(np.uint8)
    return compressed(random, eight_bit) if random.random() < 0.7 else eight_bit


def blurred(random: Generator, scene: Colours, size: float) -> Colours:
    """Out of focus, or moved, or neither."""
    kind = random.random()
    if kind < 0.45:
        return cv2.GaussianBlur(scene, (0, 0), max(0.3, size * random.uniform(0.005, 0.035)))
    if kind < 0.6:
        return cv2.filter2D(scene, -1, motion_kernel(random, size))
    return scene


def motion_kernel(random: Generator, size: float) -> NDArray[np.float32]:
    """A short line in any direction that sums to 1."""
    length = max(3, int(size * random.uniform(0.03, 0.1))) | 1
    kernel = np.zeros((length, length), np.float32)
    angle, middle = random.uniform(0, np.pi), length // 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    start, end = (np.round(middle + sign * reach).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    return kernel / kernel.sum()


def few_pixels(random: Generator, picture: Colours, size: float) -> Colours:
    """Made small and large again, as a crop of a distant sign is."""
    height, width = picture.shape[:2]
    share = max(FEWEST_PIXELS / size, random.uniform(0.25, 0.8))
    if share >= 1:
        return picture
    small = cv2.resize(
        picture, (max(2, round(width * share)), max(2, round(height * share))), interpolation=cv2.INTER_AREA
    )
    enlarging = cv2.INTER_NEAREST if random.random() < 0.2 else cv2.INTER_CUBIC
    return cv2.resize(small, (width, height), interpolation=enlarging)


def compressed(random: Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Through JPEG at a quality of 20 to 90."""
    quality = int(random.integers(20, 91))
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
