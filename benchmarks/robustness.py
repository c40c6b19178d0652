"""What corruptions of a picture, and changes that should not matter, do to a checkpoint's accuracy.

python -m benchmarks.robustness --data ../shared/data [--checkpoint latin] [--sheet pictures/corruptions.png]

The corruptions are those of MNIST-C at its severities, on raw test pictures, which go through preprocessing
afterwards as any picture does. EMNIST's pictures have MNIST's form; those of Standard OCR, tight crops of
several sizes, are brought to it first. The tables are Markdown, for the README.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import tyro
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.corruptions import CORRUPTIONS, corrupted, mnist_form
from benchmarks.raw import SEED, RawSet, accuracy, raw_set
from benchmarks.sheets import save_sheet
from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import Library

SIDES = (20, 50, 100, 200, 500, 1000, 2000)
"""Pixels of the longer side to which pictures are scaled."""
ROOM = 4
"""Sides of the plane, in sides of the picture, on which a picture is put anywhere."""
CLEAN = "clean"

Levels = NDArray[np.uint8]  # (H, W)
Change = Callable[[Generator, Levels], Levels]
Accuracies = dict[str, float]
"""Exact accuracy (0..1) by what was done to the pictures; `CLEAN` comes first."""


def main(
    data: Path, checkpoint: str = "latin", images: int = 2000, moved: int = 500, sheet: Path | None = None
) -> None:
    """Measures and prints two tables.

    Args:
        data: The folder with emnist36-test.npz and standard-ocr.tar.gz.
        checkpoint: A name in checkpoints/, or a checkpoint's folder.
        images: How many pictures of each set are corrupted, drawn at random, always the same.
        moved: How many of them are inverted, shifted and scaled.
        sheet: Where to write a PNG of one picture after each corruption, its glyph beside.
    """
    written = raw_set("EMNIST ByClass test", f"npz:{data / 'emnist36-test.npz'}", images)
    printed = raw_set(
        "Standard OCR test", f"folder:{data / 'standard-ocr.tar.gz'}", images, has_dark_ink=True
    )
    if sheet:
        save_corruptions(sheet, written.pictures[0])
    library = Library(CHECKPOINTS, checkpoint)
    predictor = library.predictor(library.chosen)
    shaped = [written, in_mnist_form(printed)]
    rows = [with_summary(accuracies(predictor, raw, corruptions())) for raw in shaped]
    print(table("corruption", shaped, rows, "of clean", lambda exact, clean: f"{exact / clean:.2f}"), "\n")
    few = [written.first(moved), printed.first(moved)]
    rows = [accuracies(predictor, raw, harmless_changes(raw.has_dark_ink)) for raw in few]
    print(table("change", few, rows, "points", lambda exact, clean: f"{100 * (exact - clean):+.1f}"))


def accuracies(predictor: Predictor, raw: RawSet, changes: Mapping[str, Change]) -> Accuracies:
    """What the checkpoint makes of a set's pictures, as they are and after each change."""
    return {
        name: accuracy(predictor, changed(raw.pictures, change, seed), raw.labels)
        for seed, (name, change) in enumerate({CLEAN: unchanged, **changes}.items())
    }


def with_summary(exact: Accuracies) -> Accuracies:
    """With the mean and the worst of the corruptions below them."""
    corrupt = [value for name, value in exact.items() if name != CLEAN]
    return {**exact, "**mean**": float(np.mean(corrupt)), "**worst**": min(corrupt)}


def table(
    heading: str,
    sets: Sequence[RawSet],
    columns: Sequence[Accuracies],
    measure: str,
    compared: Callable[[float, float], str],
) -> str:
    """Markdown: for each set a column of accuracies and one that compares them with the clean pictures'."""
    titles = [f"{raw.name}, {len(raw):,} pictures | {measure}" for raw in sets]
    lines = [f"| {heading} | {' | '.join(titles)} |", f"| --- {'| --- | --- ' * len(sets)}|"]
    for name in columns[0]:
        cells = [f"{column[name]:.1%} | {compared(column[name], column[CLEAN])}" for column in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def changed(pictures: Sequence[Levels], change: Change, seed: int) -> list[Levels]:
    """The pictures after a change; the same seed gives the same."""
    random = np.random.default_rng((SEED, seed))
    return [change(random, picture) for picture in pictures]


def unchanged(random: Generator, picture: Levels) -> Levels:
    return picture


def corruptions() -> dict[str, Change]:
    return {name: partial(corrupted, name) for name in CORRUPTIONS}


def harmless_changes(has_dark_ink: bool) -> dict[str, Change]:
    """Changes that leave a character what it is, for pictures of that kind of ink."""
    scalings = {f"{side} pixels": partial(scaled, side) for side in SIDES}
    return {"inverted": inverted, "shifted": partial(shifted, has_dark_ink), **scalings}


def inverted(random: Generator, picture: Levels) -> Levels:
    return 255 - picture


def shifted(has_dark_ink: bool, random: Generator, picture: Levels) -> Levels:
    """Put anywhere on a plane of the same ground, `ROOM` times as high and as wide."""
    height, width = picture.shape
    plane = np.full((ROOM * height, ROOM * width), ground_level(picture, has_dark_ink), np.uint8)
    top, left = random.integers(0, (plane.shape[0] - height + 1, plane.shape[1] - width + 1))
    plane[top : top + height, left : left + width] = picture
    return plane


def scaled(side: int, random: Generator, picture: Levels) -> Levels:
    """The longer side `side` pixels long."""
    scale = side / max(picture.shape)
    height, width = (max(1, round(length * scale)) for length in picture.shape)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=way)


def in_mnist_form(raw: RawSet) -> RawSet:
    """Tight crops as MNIST would show them."""
    shares = [ink_share(picture, raw.has_dark_ink) for picture in raw.pictures]
    return replace(raw, pictures=[mnist_form(share) for share in shares], has_dark_ink=False)


def ink_share(picture: Levels, has_dark_ink: bool) -> NDArray[np.floating]:
    """How much ink the pixels of a picture are, 0..1."""
    ground = ground_level(picture, has_dark_ink)
    ink = float(picture.min() if has_dark_ink else picture.max())
    return np.clip((picture - ground) / (ink - ground), 0, 1) if ink != ground else np.zeros(picture.shape)


def ground_level(picture: Levels, has_dark_ink: bool) -> float:
    """The level of the ground, of which a tight crop of a bold letter shows only a tenth."""
    return float(np.percentile(picture, 90 if has_dark_ink else 10))


def save_corruptions(path: Path, picture: Levels) -> None:
    """Writes a PNG of a picture (28, 28), of it after each corruption, and of the glyphs."""
    examples = [(CLEAN, picture)]
    for seed, (name, change) in enumerate(corruptions().items(), start=1):
        examples += [(name, corrupt) for corrupt in changed([picture], change, seed)]
    save_sheet(path, examples, columns=4)


if __name__ == "__main__":
    tyro.cli(main)
