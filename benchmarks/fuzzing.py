"""Broken pictures through the decoder and preprocessing: python -m benchmarks.fuzzing --pictures 20000.

Whole files of six formats are mutated, always in the same ways. Each must become a glyph or a `PictureError`
within `MOST_SECONDS`; the process must survive them all. It prints what came of them, for each format.
"""

import os
import resource
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import tyro
from numpy.random import Generator
from PIL import Image

from ocr_demo.errors import PictureError
from ocr_demo.preprocess import to_glyph
from tests.drawings import drawn, encoded

MOST_SECONDS = 1.0
"""Of the processor's time, which other processes don't lengthen."""
BATCH = 500
EDGES = (0, 1, 2, 127, 128, 254, 255)
PNG_START = 8
"""Bytes before a PNG's first chunk: its data's length in 4 bytes, its kind in 4, its data, its CRC in 4."""


@dataclass(frozen=True)
class Outcome:
    """What came of a mutated picture: "glyph", "refused", or the name of an exception that must not be."""

    format: str
    result: str
    seconds: float


def main(pictures: int = 20_000, seed: int = 0) -> None:
    """Mutates, reads and prints.

    Args:
        pictures: How many.
        seed: What the mutations are drawn from.
    """
    results: Counter[tuple[str, str]] = Counter()
    slowest = memory = 0.0
    with ProcessPoolExecutor(1, initializer=_hush) as process:  # a crash in C breaks it, and says so
        for first in range(0, pictures, BATCH):
            outcomes, mebibytes = process.submit(fuzz, seed + first, min(BATCH, pictures - first)).result()
            results.update((each.format, each.result) for each in outcomes)
            slowest = max(slowest, *(each.seconds for each in outcomes))
            memory = max(memory, mebibytes)
    for (form, result), count in sorted(results.items()):
        print(f"{form:6}{result:24}{count:8}")
    print(f"slowest {slowest:.2f} s of the processor's time; at most {memory:.0f} MiB in memory")
    if slowest > MOST_SECONDS or not {result for _, result in results} <= {"glyph", "refused"}:
        raise SystemExit(1)


def fuzz(seed: int, pictures: int) -> tuple[list[Outcome], float]:
    """What comes of so many mutated pictures, and the most MiB that this process has had in memory."""
    chance = np.random.default_rng(seed)
    outcomes = [outcome(form, data) for form, data in mutated_pictures(chance, pictures)]
    return outcomes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def outcome(form: str, data: bytes) -> Outcome:
    began = time.process_time()
    try:
        glyph = to_glyph(data)
        result = "glyph" if glyph.shape == (64, 64) and glyph.dtype == np.uint8 else "no glyph"
    except PictureError:
        result = "refused"
    except Exception as error:
        result = type(error).__name__
    return Outcome(form, result, time.process_time() - began)


def mutated_pictures(chance: Generator, pictures: int) -> Iterator[tuple[str, bytes]]:
    """Formats and broken files of them."""
    whole = whole_pictures()
    for _ in range(pictures):
        form, data = whole[chance.integers(len(whole))]
        broken = bytearray(data)
        for _ in range(chance.integers(1, 6)):
            MUTATIONS[chance.integers(len(MUTATIONS))](chance, broken)
        yield form, with_right_sums(bytes(broken)) if form == "PNG" else bytes(broken)


def whole_pictures() -> list[tuple[str, bytes]]:
    """A small drawing in every kind of file that its format has."""
    grey = Image.fromarray(drawn("R", side=100, ink_side=60, left=20, top=20, pen=5))
    colour, clear = grey.convert("RGB"), grey.convert("RGBA")
    clear.putalpha(128)
    exif = Image.Exif()
    exif[0x0112] = 6
    several = {"save_all": True, "append_images": [grey.rotate(90)]}
    kinds: list[tuple[str, Image.Image, Mapping[str, object]]] = [
        *(("PNG", grey.convert(mode), {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        ("JPEG", grey, {}),
        ("JPEG", colour, {"exif": exif}),
        ("JPEG", colour, {"progressive": True}),
        ("JPEG", colour.convert("CMYK"), {}),
        ("GIF", grey, {}),
        ("GIF", grey, several),
        *(("BMP", grey.convert(mode), {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
        *(("TIFF", colour, {"compression": each}) for each in ("raw", "tiff_lzw", "packbits", "jpeg")),
        ("TIFF", grey, {"compression": "tiff_adobe_deflate"}),
        ("TIFF", grey.convert("1"), {"compression": "group4"}),
        ("TIFF", grey, several),
        ("WEBP", colour, {}),
        ("WEBP", clear, {"lossless": True}),
        ("WEBP", grey, several),
    ]
    return [(form, encoded(image, form, **options)) for form, image, options in kinds]


def _flip(chance: Generator, data: bytearray) -> None:
    if data:
        data[chance.integers(len(data))] ^= 1 << int(chance.integers(8))


def _set_in_head(chance: Generator, data: bytearray) -> None:
    if data:
        data[chance.integers(min(64, len(data)))] = EDGES[chance.integers(len(EDGES))]


def _set(chance: Generator, data: bytearray) -> None:
    start = int(chance.integers(len(data) + 1))
    count = min(int(chance.integers(1, 5)), len(data) - start)
    data[start : start + count] = bytes([EDGES[chance.integers(len(EDGES))]]) * count


def _scramble(chance: Generator, data: bytearray) -> None:
    start = int(chance.integers(len(data) + 1))
    count = min(int(chance.integers(1, 65)), len(data) - start)
    data[start : start + count] = chance.bytes(count)


def _cut(chance: Generator, data: bytearray) -> None:
    del data[int(chance.integers(len(data) + 1)) :]


def _remove(chance: Generator, data: bytearray) -> None:
    start = int(chance.integers(len(data) + 1))
    del data[start : start + int(chance.integers(1, 65))]


def _repeat(chance: Generator, data: bytearray) -> None:
    start = int(chance.integers(len(data) + 1))
    data[start:start] = data[start : start + int(chance.integers(1, 65))] * int(chance.integers(1, 5))


MUTATIONS: tuple[Callable[[Generator, bytearray], None], ...] = (
    *(_flip, _flip, _set_in_head, _set_in_head, _set, _set, _scramble, _remove, _repeat, _cut),
)
"""Cuts seldom: they end a picture that the others would lead the decoder astray in."""


def with_right_sums(png: bytes) -> bytes:
    """A PNG whose chunks have the CRCs of what is in them: behind a wrong one Pillow reads nothing."""
    fixed, start = bytearray(png), PNG_START
    while start + 12 <= len(fixed):
        end = start + 8 + int.from_bytes(fixed[start : start + 4], "big")
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = zlib.crc32(fixed[start + 4 : end]).to_bytes(4, "big")
        start = end + 4
    return bytes(fixed)


def _hush() -> None:
    """libtiff and Pillow remark on every broken file."""
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


if __name__ == "__main__":
    tyro.cli(main)
