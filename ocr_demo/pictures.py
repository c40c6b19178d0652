"""Opens any picture: encoded bytes, files, Pillow images and arrays become one grey plane."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ocr_demo.errors import PictureError, PictureFileError, PictureTooLargeError, is_of_the_system

Picture = bytes | str | Path | Image.Image | NDArray[np.generic]
"""Encoded bytes, a file's path, a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4)."""

ORIENTATION = 0x0112  # the EXIF tag
MAX_PIXELS = 50_000_000
FEWEST_LEVELS = 64
"""Of integers wider than a byte: a blank scan's noise, a few levels of 65,536, is not stretched to ink."""
LEAST_RANGE = 1 / 32
"""Of floats, as a share of the farthest from 0, for the same reason."""
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow checks headers against it before it decodes a pixel
# Up to twice as many it only warns, on stderr; what is opened nonetheless is refused here, undecoded.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
OUTLYING, FEWEST, FAR = 4, 1000, 4
"""So many values at either end, of a picture with a thousand or more, don't count for the range that is
stretched, where with them it is so many times as wide: hot pixels, or a scan's "no data"."""
FAINTEST_LAYER = 12
"""A layer whose most opaque pixel has less, of 255, shows nothing."""
WORKING_SIDE = 1024
"""Longer sides are reduced to about this: far above what a 64×64 glyph can show."""
Image.init()  # `formats` below names plugins that Pillow would load only when none of its first few fits
FORMATS = tuple(
    name
    for name in (
        "PNG",
        "JPEG",
        "MPO",
        "GIF",
        "BMP",
        "DIB",
        "TIFF",
        "WEBP",
        "AVIF",
        "PPM",
        "ICO",
        "TGA",
        "PCX",
    )
    if name in Image.OPEN
)
"""What is decoded: raster formats that need no outside program."""


def grey_plane(picture: Picture, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """The picture as (H, W), 0..255, in which ink and ground differ as much as they do in colour.

    Upright as its EXIF says, the first frame of an animation, transparency laid on a ground that shows
    the ink, at most about `WORKING_SIDE` a side. `PictureError` where it can't be decoded or is an array of
    another shape, `PictureTooLargeError` where it has more than `max_pixels` (`MAX_PIXELS` at most),
    `PictureFileError` where a file can't be opened.
    """
    if isinstance(picture, np.ndarray):
        return _grey_from_array(picture, max_pixels)
    if isinstance(picture, Image.Image):
        return _grey_from_image(picture, max_pixels)
    source = BytesIO(picture) if isinstance(picture, bytes) else picture
    try:
        with Image.open(source, formats=FORMATS) as image:
            return _grey_from_image(image, max_pixels)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(max_pixels) from error
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them into
        if isinstance(error, OSError) and is_of_the_system(error):
            raise _unopened(error) from error
        raise PictureError(
            "the file is not a picture that can be read, or it is cut off; "
            "use a whole PNG, JPEG, WebP, GIF, BMP or TIFF file"
        ) from error


def _unopened(fault: OSError) -> PictureFileError:
    if isinstance(fault, FileNotFoundError):
        return PictureFileError("there is no such file")
    if isinstance(fault, IsADirectoryError):
        return PictureFileError("it is a folder; all pictures of one are read with --data folder:PATH")
    return PictureFileError(
        "the file can't be read ({reason}); see that it may be, and try again",
        reason=fault.strerror or str(fault),
    )


def _too_large(max_pixels: int) -> PictureTooLargeError:
    most = f"{max_pixels / 1_000_000:g}"
    return PictureTooLargeError("the picture has more than {most} megapixels; make it smaller", most=most)


def _grey_from_image(image: Image.Image, max_pixels: int) -> NDArray[np.uint8]:
    if image.width * image.height > max_pixels:
        raise _too_large(max_pixels)
    image.draft(None, (WORKING_SIDE, WORKING_SIDE))  # a large JPEG is decoded at a fraction of its size
    orientation = _orientation(image)
    grey = _grey_from_array(_pixels(image), max_pixels)
    return grey if orientation == 1 else _upright(grey, orientation)


def _orientation(image: Image.Image) -> int:
    """As the EXIF says; 1, upright, where that is damaged."""
    try:
        return image.getexif().get(ORIENTATION, 1)
    except Exception:  # Pillow raises whatever broken bytes lead it into; the pixels may be whole
        return 1


def _upright(grey: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    image = Image.fromarray(grey)
    image.getexif()[ORIENTATION] = orientation
    return np.asarray(ImageOps.exif_transpose(image))


def _pixels(image: Image.Image) -> NDArray[np.generic]:
    """Any mode as an array: (H, W), (H, W, 3), or (H, W, 4) where it has transparency."""
    if image.mode == "La":  # Pillow makes nothing else of it
        image = image.convert("LA")
    if image.has_transparency_data:
        return np.asarray(image.convert("RGBA"))
    if image.mode in ("L", "RGB", "F") or image.mode.startswith("I"):
        return np.asarray(image)
    return np.asarray(image.convert("L" if image.mode == "1" else "RGB"))


def _grey_from_array(pixels: NDArray[np.generic], max_pixels: int) -> NDArray[np.uint8]:
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or not pixels.size or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise PictureError(
            "an array of shape {shape} is no picture; give (H, W), (H, W, 3) or (H, W, 4)",
            shape=pixels.shape,
        )
    if pixels.shape[0] * pixels.shape[1] > max_pixels:
        raise _too_large(max_pixels)
    levels = _levels(shrunk(pixels, WORKING_SIDE) if pixels.dtype == np.uint8 else pixels)
    if levels.ndim == 3 and levels.shape[2] == 4:
        levels = _laid_on_ground(levels)
    return levels if levels.ndim == 2 else _principal_contrast(levels)


def shrunk(pixels: NDArray[Any], side: int) -> NDArray[Any]:
    """The same picture with its longer side at most `side`, averaged over the area of each new pixel."""
    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _levels(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Pixels as `uint8`; other types are stretched from the range that they fill."""
    if pixels.dtype == np.uint8:
        return pixels  # type: ignore[return-value]  # the check above is not one that mypy narrows by
    values = shrunk(np.nan_to_num(pixels.astype(np.float32), posinf=0, neginf=0), WORKING_SIDE)
    low, high = _range(values)
    if np.issubdtype(pixels.dtype, np.integer):
        high = max(high, low + FEWEST_LEVELS)
    if np.issubdtype(pixels.dtype, np.floating):
        high = max(high, low + LEAST_RANGE * max(abs(low), abs(high)))
    return np.round((values.clip(low, high) - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)


def _range(values: NDArray[np.float32]) -> tuple[float, float]:
    """The least and the most of the values, without a few that lie far from all others."""
    low, high = float(values.min()), float(values.max())
    if values.size < FEWEST:
        return low, high
    ends = np.partition(values, (OUTLYING, values.size - 1 - OUTLYING), axis=None)
    usual = float(ends[OUTLYING]), float(ends[-1 - OUTLYING])
    return usual if high - low > FAR * (usual[1] - usual[0]) else (low, high)


def _laid_on_ground(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA (H, W, 4) on a ground that shows it: one that contrasts with uniform ink, else its own colour."""
    colour, opacity = pixels[:, :, :3], pixels[:, :, 3]
    if opacity.min() == 255:
        return np.ascontiguousarray(colour)
    strongest = float(opacity.max())
    if strongest < FAINTEST_LAYER:
        return np.full(opacity.shape, 255, np.uint8)
    visible = (opacity > strongest / 2).astype(np.uint8)
    inside = colour[cv2.erode(visible, np.ones((3, 3), np.uint8)) > 0]  # without soft edges
    seen = inside if len(inside) else colour[visible > 0]
    is_uniform = seen.std(axis=0).max() < 25  # the shape is in the opacity, not in the colours
    ground = (255 if seen.mean() < 128 else 0) if is_uniform else np.median(seen, axis=0)
    share = opacity[:, :, None].astype(np.float32) / strongest
    return np.round(colour * share + ground * (1 - share)).astype(np.uint8)


def _principal_contrast(colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB (H, W, 3) along the axis on which its colours differ most, so that red on green stays readable."""
    green = colour[:, :, 1]
    if np.array_equal(colour[:, :, 0], green) and np.array_equal(green, colour[:, :, 2]):
        return np.ascontiguousarray(green)
    step = max(1, max(colour.shape) // 64)
    sample = colour[::step, ::step].reshape(-1, 3).astype(np.float32)
    _, axes = np.linalg.eigh(np.cov(sample, rowvar=False) if len(sample) > 1 else np.eye(3))
    axis = axes[:, -1] * (1 if axes[:, -1].sum() >= 0 else -1)
    weights = (axis / np.abs(axis).sum()).astype(np.float32)  # keeps 0..255 wide, as grey is
    return cv2.transform(colour, np.append(weights, -255 * weights[weights < 0].sum())[None])
