"""Broken and hostile files: each a `PictureError` that says what to do, and the next good one still reads."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr_demo.errors import PictureError, PictureTooLargeError
from ocr_demo.preprocess import to_glyph
from tests.drawings import drawn, encoded


def saved(form: str, **options: object) -> bytes:
    return encoded(Image.fromarray(drawn("R")).convert("RGB"), form, **options)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def bomb() -> bytes:
    """A real PNG of 144 megapixels in a few kilobytes."""
    return encoded(Image.new("1", (12_000, 12_000)), "PNG")


def corrupted(data: bytes, seed: int) -> bytes:
    """The file with everything after its header replaced by noise."""
    noise = np.random.default_rng(seed).integers(0, 256, len(data) - 40, dtype=np.uint8)
    return data[:40] + noise.tobytes()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"\x89",
    "zeros": lambda: bytes(1000),
    "text": lambda: b"this is no picture",
    "html": lambda: b"<!doctype html><title>404</title>",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
    "svg with an entity": lambda: b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    "pdf": lambda: b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF",
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n%%EOF",
    "zip": lambda: b"PK\x03\x04" + bytes(200),
    "gzip": lambda: b"\x1f\x8b\x08" + bytes(200),
    "executable": lambda: b"\x7fELF\x02\x01\x01" + bytes(200),
    "pickle": lambda: b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    "PNG cut in its signature": lambda: saved("PNG")[:6],
    "PNG cut in its header": lambda: saved("PNG")[:20],
    "PNG cut in its pixels": lambda: saved("PNG")[:400],
    "PNG of noise": lambda: corrupted(saved("PNG"), 1),
    "PNG without pixels": lambda: png_header(400, 400),
    "PNG of no width": lambda: png_header(0, 400),
    "PNG that claims 4 gigapixels": lambda: png_header(65_000, 65_000),
    "PNG that claims the largest size": lambda: png_header(2**31 - 1, 2**31 - 1),
    "PNG bomb of 144 megapixels": bomb,
    "JPEG cut in its header": lambda: saved("JPEG")[:100],
    "JPEG cut in its pixels": lambda: saved("JPEG")[:900],
    "JPEG start alone": lambda: b"\xff\xd8\xff\xe0",
    "GIF cut": lambda: saved("GIF")[:30],
    "GIF of noise": lambda: corrupted(saved("GIF"), 2),
    "BMP cut": lambda: saved("BMP")[:60],
    "TIFF cut": lambda: saved("TIFF")[:50],
    "WebP cut": lambda: saved("WEBP")[:30],
    "WebP of noise": lambda: corrupted(saved("WEBP"), 3),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_gets_a_clear_message(name: str, tmp_path: Path) -> None:
    data = HOSTILE[name]()
    path = tmp_path / "upload.png"
    path.write_bytes(data)
    for picture in (data, path):
        with pytest.raises(PictureError, match=r"not a picture that can be read|megapixels"):
            to_glyph(picture)
    assert to_glyph(saved("PNG")).any()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no such file"):
        to_glyph(tmp_path / "nowhere.png")


@pytest.mark.parametrize("shape", [(0, 0), (5,), (4, 4, 2), (4, 4, 5), (2, 4, 4, 3), (0, 10, 3)])
def test_arrays_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError, match="no picture"):
        to_glyph(np.zeros(shape, np.uint8))


def test_an_array_or_image_over_the_limit_is_refused() -> None:
    large = np.broadcast_to(np.uint8(0), (10_000, 10_000))
    with pytest.raises(PictureError, match="megapixels"):
        to_glyph(large)
    with pytest.raises(PictureError, match="megapixels"):
        to_glyph(Image.new("1", (10_000, 10_000)))


def test_the_limit_can_be_lowered() -> None:
    """300 by 300 pixels: encoded, as an image, and as an array."""
    pixels = np.zeros((300, 300), np.uint8)
    image = Image.fromarray(pixels)
    for picture in (pixels, image, encoded(image, "PNG")):
        assert to_glyph(picture, max_pixels=90_000).shape == (64, 64)
        with pytest.raises(PictureTooLargeError, match=r"more than 0\.089999 megapixels"):
            to_glyph(picture, max_pixels=89_999)


def test_not_a_number_and_infinity_are_no_ink() -> None:
    plane = np.zeros((40, 40), np.float32)
    plane[0, 0], plane[0, 1], plane[0, 2] = np.nan, np.inf, -np.inf
    assert not to_glyph(plane).any()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_whole_pixels_with_damaged_exif_are_read(kind: str) -> None:
    file = BytesIO()
    Image.fromarray(drawn("R")).save(
        file, kind, exif=b"Exif\0\0xx", **({"lossless": True} if kind == "WEBP" else {})
    )
    assert to_glyph(file.getvalue()).any()
