"""The engines a person would reach for instead, on the same pictures: accuracy, milliseconds, megabytes.

pip install rapidocr ddddocr pytesseract    (and Debian's tesseract-ocr; each is left out where it is missing)
python -m benchmarks.peers --data ../shared/data

Each engine says which of the 36 characters it is. Those that give scores are asked for the best of the 36 by
these, both cases of a letter counted, which is more than their own users get; tesseract has a list of the
characters to choose from. All are given dark characters on light paper with a margin, 64 pixels high.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from time import perf_counter

import cv2
import numpy as np
import tyro
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.raw import LATIN, RawSet, raw_set
from ocr_demo.checkpoint import CHECKPOINTS, WEIGHTS
from ocr_demo.datasets import load_glyphs
from ocr_demo.reading.library import Library
from ocr_demo.storage import data_home

HEIGHT, MARGIN = 64, 12
"""Pixels of a picture as the engines get it, and of the paper around what it shows."""
TIMED = 50
"""Pictures whose median time is told."""

Levels = NDArray[np.uint8]  # (H, W), dark on light
Read = Callable[[Levels], str]
"""The label of a picture; empty where none was read."""


@dataclass(frozen=True)
class Engine:
    name: str
    read: Read
    megabytes: float
    """Of the files it reads with."""


def main(data: Path, fonts: Path | None = None, images: int = 500, checkpoint: str = "latin") -> None:
    """Prints a Markdown table.

    Args:
        data: The folder with emnist36-test.npz, standard-ocr.tar.gz and mouse-az.tar.gz.
        fonts: What `make fonts` brought; by default where it puts it.
        images: How many pictures of each set, drawn at random, always the same.
        checkpoint: What reads for us: a name in checkpoints/, or a checkpoint's folder.
    """
    sets = list(test_sets(data, fonts or data_home() / "fonts", images))
    print("| engine | MB | ms | " + " | ".join(f"{one.name} ({len(one):,})" for one in sets) + " |")
    print("| --- |" + " --- |" * (2 + len(sets)))
    for engine in engines(checkpoint):
        shares = [shares_read(engine, one) for one in sets]
        cells = " | ".join(f"{exact:.1%} / {folded:.1%}" for exact, folded in shares)
        print(
            f"| {engine.name} | {engine.megabytes:.1f} | {median_ms(engine, sets[0]):.1f} | {cells} |",
            flush=True,
        )


def test_sets(data: Path, fonts: Path, images: int) -> Iterator[RawSet]:
    """Pictures that our model never saw, dark on light as every engine wants them."""
    for name, spec, has_dark_ink in (
        ("EMNIST", f"npz:{data / 'emnist36-test.npz'}", False),
        ("drawn with a mouse", f"folder:{data / 'mouse-az.tar.gz'}", True),
        ("Standard OCR", f"folder:{data / 'standard-ocr.tar.gz'}", True),
    ):
        raw = raw_set(name, spec, images)
        yield RawSet(name, [prepared(picture, has_dark_ink) for picture in raw.pictures], raw.labels, True)
    rendered = load_glyphs(f"fonts:{fonts / 'held-out'}", LATIN, split="testing")
    chosen = np.random.default_rng(0).permutation(len(rendered.labels))[:images]
    pictures = [prepared(rendered.glyphs[index], False) for index in chosen]
    yield RawSet("unseen fonts", pictures, rendered.labels[chosen], True)


def prepared(picture: Levels, has_dark_ink: bool) -> Levels:
    """The picture (H, W), dark on light, with a margin of its own paper around it."""
    dark = picture if has_dark_ink else 255 - picture
    height = HEIGHT - 2 * MARGIN
    width = max(1, round(dark.shape[1] * height / dark.shape[0]))
    scaled = cv2.resize(dark, (width, height), interpolation=cv2.INTER_AREA)
    paper = int(np.quantile(scaled, 0.95))
    return np.pad(scaled, MARGIN, constant_values=paper)


def shares_read(engine: Engine, pictures: RawSet) -> tuple[float, float]:
    """The share (0..1) that is read exactly, and with look-alikes folded."""
    truth = [LATIN.labels[label] for label in pictures.labels]
    bar = tqdm(pictures.pictures, desc=f"{engine.name}: {pictures.name}", leave=False)
    read = [engine.read(picture) for picture in bar]
    exact = [one == other for one, other in zip(read, truth, strict=True)]
    folded = [
        bool(one) and LATIN.folded(one) == LATIN.folded(other) for one, other in zip(read, truth, strict=True)
    ]
    return float(np.mean(exact)), float(np.mean(folded))


def median_ms(engine: Engine, pictures: RawSet) -> float:
    """Milliseconds a picture, each read alone."""
    times = []
    for picture in pictures.pictures[:TIMED]:
        started = perf_counter()
        engine.read(picture)
        times.append(perf_counter() - started)
    return float(np.median(times)) * 1000


def engines(checkpoint: str) -> Iterator[Engine]:
    """Ours, and those of the others that are installed."""
    library = Library(CHECKPOINTS, checkpoint)
    predictor = library.predictor(library.chosen)
    files = [predictor.checkpoint.folder / name for name in ("model.onnx", WEIGHTS)]
    yield Engine(
        "ocr_demo",
        lambda picture: predictor.predict(picture).label,
        megabytes(next(f for f in files if f.exists())),
    )
    if find_spec("rapidocr"):
        yield paddle()
    if find_spec("ddddocr"):
        yield dddd()
    if find_spec("pytesseract") and which("tesseract"):
        yield tesseract()


def paddle() -> Engine:
    """PP-OCRv6's recogniser alone, by RapidOCR."""
    import rapidocr

    engine = rapidocr.RapidOCR()
    engine._load_rec_model()  # otherwise with the first picture
    recogniser = engine.text_rec
    columns = columns_of(recogniser.postprocess_op.character)

    def read(picture: Levels) -> str:
        colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        ratio = max(1.0, picture.shape[1] / picture.shape[0])
        scores = recogniser.session(recogniser.resize_norm_img(colour, ratio)[None].astype(np.float32))
        return best(scores[0], columns)

    models = Path(rapidocr.__file__).parent / "models"
    return Engine("PP-OCRv6 small (RapidOCR)", read, sum(map(megabytes, models.glob("*rec*.onnx"))))


def dddd() -> Engine:
    """ddddocr's model for captchas."""
    import ddddocr

    engine = ddddocr.DdddOcr(show_ad=False)

    def read(picture: Levels) -> str:
        told = engine.classification(cv2.imencode(".png", picture)[1].tobytes(), probability=True)
        scores = np.asarray(told["probabilities"])  # (T, 1, C) or (1, T, C)
        return best(scores.reshape(-1, scores.shape[-1]), columns_of(told["charset"]))

    return Engine("ddddocr", read, megabytes(Path(ddddocr.__file__).parent / "common_old.onnx"))


def tesseract() -> Engine:
    import pytesseract

    characters = "".join(LATIN.labels) + "".join(LATIN.labels[10:]).lower()
    options = f"--psm 10 -c tessedit_char_whitelist={characters}"

    def read(picture: Levels) -> str:
        text = pytesseract.image_to_string(picture, config=options).strip()
        return LATIN.label_of(text[:1]) or ""

    data = Path(which("tesseract") or "").parents[1] / "share/tesseract-ocr"
    return Engine("tesseract", read, sum(map(megabytes, data.glob("**/eng.traineddata"))))


def columns_of(characters: Sequence[str]) -> NDArray[np.int64]:
    """For each label the two columns of an engine's scores that stand for it: (36, 2)."""
    at = {character: column for column, character in enumerate(characters)}
    return np.array([[at[label], at.get(label.lower(), at[label])] for label in LATIN.labels])


def best(scores: NDArray[np.floating], columns: NDArray[np.int64]) -> str:
    """The label of the highest score (T, C) in any place and either case."""
    return LATIN.labels[int(scores.max(axis=0)[columns].max(axis=1).argmax())]


def megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    tyro.cli(main)
