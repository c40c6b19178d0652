"""How long a picture takes to become a glyph, on one core: python -m benchmarks.preprocessing."""

import time
from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from ocr_demo.preprocess import to_glyph
from tests.drawings import drawn

REPEATS = 200


def main() -> None:
    cv2.setNumThreads(1)
    grey = drawn("R")
    shaded = np.clip(grey * np.linspace(0.5, 1, 400)[None], 0, 255).astype(np.uint8)
    on_table = shaded.copy()
    on_table[:, 360:] = 40
    buffer = BytesIO()
    Image.fromarray(grey).convert("RGBA").save(buffer, "PNG")
    cases: dict[str, Callable[[], object]] = {
        "400×400 drawing": lambda: to_glyph(grey),
        "400×400 drawing in RGB": lambda: to_glyph(np.dstack([grey] * 3)),
        "400×400 drawing, PNG bytes of the pad": lambda: to_glyph(buffer.getvalue()),
        "  of which Pillow decodes for": lambda: np.asarray(Image.open(BytesIO(buffer.getvalue()))),
        "400×400 with a shadow": lambda: to_glyph(shaded),
        "400×400 with a shadow and a table": lambda: to_glyph(on_table),
        "28×28": lambda: to_glyph(grey[::14, ::14]),
    }
    for name, run in cases.items():
        print(f"{name:40}{median_milliseconds(run):8.2f} ms")


def median_milliseconds(run: Callable[[], object]) -> float:
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds)) * 1000


if __name__ == "__main__":
    main()
