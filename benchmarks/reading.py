"""How long reading takes: the network, a whole `predict`, and a folder of pictures.

python -m benchmarks.reading [--checkpoint latin]

The network is compared with the textbook's in eager PyTorch, both at batch 1 on the same number of threads,
in turns, so that whatever else the machine does meets all of them.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from ocr_demo.checkpoint import CHECKPOINTS, Checkpoint, load_checkpoint
from ocr_demo.models import build_model
from ocr_demo.pictures import grey_plane
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading import Predictor
from ocr_demo.reading.backends import FILES, Backend
from ocr_demo.reading.library import Library
from tests.drawings import STROKES, drawn

ROUNDS, REPEATS = 20, 20
PICTURES = 1000
BATCH = 256


def main(checkpoint: str = "latin", threads: int = 2) -> None:
    """Measures and prints.

    Args:
        checkpoint: A name in checkpoints/, or a checkpoint's folder; exported, with --data, before.
        threads: How many the networks run on.
    """
    library = Library(CHECKPOINTS, checkpoint)
    loaded = load_checkpoint(library.folder(library.chosen))
    print(f"{loaded.contract.architecture}, threads: {threads}, torch {torch.__version__}")
    compare_networks(loaded, threads)
    measure_predict(Predictor(loaded, threads=1))
    measure_folder(Predictor(loaded, threads=threads))


def compare_networks(checkpoint: Checkpoint, threads: int) -> None:
    """Milliseconds for one glyph, and as a share of the textbook network's."""
    glyph = to_glyph(drawn("R"))[None]
    backends: tuple[Backend, ...] = ("torch", *FILES)
    readers = {f"ours, {each}": Predictor(checkpoint, each, threads) for each in backends}
    textbook, inputs = build_model("ocrcnn", 36).eval(), torch.zeros(1, 1, 64, 64)

    def read_by_textbook() -> None:
        with torch.inference_mode():
            textbook(inputs)

    runs: dict[str, Callable[[], object]] = {"textbook ocrcnn, eager PyTorch": read_by_textbook}
    for name, reader in readers.items():
        runs[name] = lambda reader=reader: reader.logits(glyph)  # type: ignore[misc]  # mypy can't infer it
    timings = in_turns(runs)
    base = timings["textbook ocrcnn, eager PyTorch"]
    for name, milliseconds in timings.items():
        print(f"  {name:40}{milliseconds:8.3f} ms{milliseconds / base:8.2f}")


def measure_predict(predictor: Predictor) -> None:
    """Milliseconds from PNG bytes to a line of JSON, and of each stage by itself."""
    png = cv2.imencode(".png", drawn("R"))[1].tobytes()
    plane = grey_plane(png)
    glyph = to_glyph(plane)
    logits = predictor.logits(glyph[None])
    prediction = predictor.predict(png)

    def finish() -> str:
        predictor.accepts(glyph[None], logits)
        predictor.probabilities(logits)
        return json.dumps(prediction.to_dict("latin"))

    timings = in_turns(
        {
            "whole predict": lambda: json.dumps(predictor.predict(png).to_dict("latin")),
            "  decode": lambda: grey_plane(png),
            "  preprocess": lambda: to_glyph(plane),
            "  network": lambda: predictor.logits(glyph[None]),
            "  probabilities, JSON": finish,
        }
    )
    print(f"predict, 400×400 drawing, {predictor.backend} on one thread")
    for name, milliseconds in timings.items():
        print(f"  {name:40}{milliseconds:8.3f} ms")


def measure_folder(predictor: Predictor) -> None:
    """Images per second of files on disk, and of each stage by itself: the slowest is the bottleneck."""
    with tempfile.TemporaryDirectory() as folder:
        paths = write_pictures(Path(folder))
        seconds: dict[str, float] = {}

        def timed(stage: str, run: Callable[[], list[NDArray[np.uint8]]]) -> list[NDArray[np.uint8]]:
            started = time.perf_counter()
            result = run()
            seconds[stage] = time.perf_counter() - started
            return result

        planes = timed("decode", lambda: [grey_plane(path) for path in paths])
        glyphs = np.stack(timed("preprocess", lambda: [to_glyph(plane) for plane in planes]))
        timed("network, in batches", lambda: list(predictor.logits(glyphs, BATCH)))
    whole = sum(seconds.values())
    slowest = max(seconds, key=lambda stage: seconds[stage])
    print(
        f"a folder of {len(paths)} 400×400 drawings, {predictor.backend}: {len(paths) / whole:,.0f} images/s"
    )
    for stage, taken in seconds.items():
        mark = "  <- the bottleneck" if stage == slowest else ""
        print(f"  {stage:40}{len(paths) / taken:8,.0f} images/s{mark}")


def write_pictures(folder: Path) -> list[Path]:
    """So many different drawings as PNG files."""
    paths = [folder / f"{number}.png" for number in range(PICTURES)]
    for number, path in enumerate(paths):
        character = list(STROKES)[number % len(STROKES)]
        cv2.imwrite(str(path), drawn(character, ink_side=180 + number % 60, pen=8 + number % 20))
    return paths


def in_turns(
    runs: dict[str, Callable[[], object]], rounds: int = ROUNDS, repeats: int = REPEATS
) -> dict[str, float]:
    """The median milliseconds of each, each run so many times in turn, for so many rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            time.sleep(0.05)  # until the threads of the one before no longer spin
            for _ in range(3):
                run()
            for _ in range(repeats):
                started = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - started)
    return {name: float(np.median(taken)) * 1000 for name, taken in seconds.items()}


if __name__ == "__main__":
    tyro.cli(main)
