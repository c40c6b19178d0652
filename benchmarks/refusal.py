"""How many true characters a checkpoint refuses, and how much else it takes for one.

python -m benchmarks.refusal --data ../shared/data [--checkpoint latin] [--refused 0.02] [--sheet FILE.png]

At the checkpoint's own threshold, or at one that refuses a given share of handwriting. Everything drawn here
comes from fixed seeds. The photographs are crops of the seven that scikit-learn, matplotlib and gradio bring
along. The tables are Markdown, for the README.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import tyro
from PIL import ImageFont

from benchmarks.outliers import OUTLIERS, Maker, Picture, handwritten_pair, typed_pair
from benchmarks.raw import LATIN, SEED, RawSet, accepted, glyphs_of, raw_set
from benchmarks.sheets import save_sheet
from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.datasets.faces import both_cases, matplotlib_fonts, open_faces
from ocr_demo.datasets.font_sources import font_files
from ocr_demo.errors import DataError
from ocr_demo.evaluation.calibration import fit_threshold, negative_energy
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import Library


def main(
    data: Path,
    checkpoint: str = "latin",
    refused: float | None = None,
    fonts: Path | None = None,
    characters: int = 10_000,
    outliers: int = 1000,
    sheet: Path | None = None,
) -> None:
    """Measures and prints two tables.

    Args:
        data: The folder with emnist36-test.npz, standard-ocr.tar.gz, mouse-az.tar.gz and not-latin.npz.
        checkpoint: A name in checkpoints/, or a checkpoint's folder.
        refused: Measure at the threshold that refuses this share (0..1) of the EMNIST test's characters; by
            default at the checkpoint's own.
        fonts: A folder of fonts that pairs are typed in, as `make fonts` brings; by default matplotlib's.
        characters: How many characters of each test set at most, drawn at random, always the same.
        outliers: How many pictures of each kind that is drawn.
        sheet: Where to write a PNG of examples of each kind, with their glyphs beside.
    """
    written = raw_set("EMNIST ByClass test", f"npz:{data / 'emnist36-test.npz'}", characters)
    true_sets = [
        written,
        raw_set("Standard OCR test", f"folder:{data / 'standard-ocr.tar.gz'}", characters),
        raw_set("capitals drawn with a mouse", f"folder:{data / 'mouse-az.tar.gz'}", characters),
    ]
    scripts = raw_set("characters of five other scripts", f"npz:{data / 'not-latin.npz'}", characters)
    makers = all_makers(written, fonts or matplotlib_fonts())
    if sheet:
        save_examples(sheet, makers)
    library = Library(CHECKPOINTS, checkpoint)
    predictor = library.predictor(library.chosen)
    if refused is not None:
        predictor = refusing(predictor, written, refused)

    print_row("true characters", "pictures", "refused", "share")
    print_row(*["---"] * 4)
    for each in true_sets:
        print_row(each.name, *counted(len(each) - accepted(predictor, each.pictures), len(each)))
    print()
    print_row("no single Latin character", "pictures", "accepted", "share")
    print_row(*["---"] * 4)
    print_row(scripts.name, *counted(accepted(predictor, scripts.pictures), len(scripts)))
    for name, pictures in made(makers, outliers):
        print_row(name, *counted(accepted(predictor, pictures), len(pictures)))


def refusing(predictor: Predictor, characters: RawSet, share: float) -> Predictor:
    """The predictor with the threshold that refuses a share (0..1) of these characters."""
    energies = negative_energy(predictor.logits(glyphs_of(characters.pictures)))
    checkpoint = predictor.checkpoint
    contract = replace(checkpoint.contract, threshold=fit_threshold(energies, share))
    return Predictor(replace(checkpoint, contract=contract))


def counted(some: int, of_all: int) -> tuple[str, str, str]:
    return f"{of_all:,}", f"{some:,}", f"{some / of_all:.1%}"


def print_row(*cells: str) -> None:
    print("|", " | ".join(cells), "|", flush=True)


def all_makers(written: RawSet, fonts: Path) -> dict[str, Maker]:
    """Everything that can be drawn, by name; pairs of handwriting are made of a test set's characters."""
    labels = [LATIN.labels[label] for label in written.labels]
    return {
        **OUTLIERS,
        "two handwritten side by side": handwritten_pair(written.pictures, labels),
        "two typed side by side": typed_pair(opened_fonts(fonts), "".join(both_cases(LATIN))),
    }


def opened_fonts(folder: Path) -> list[ImageFont.FreeTypeFont]:
    """The fonts of a folder that have all of the alphabet."""
    fonts = []
    for _, path in font_files(folder):
        try:
            faces = list(open_faces(path, LATIN))
        except DataError:  # symbols and the like, which a folder of fonts may hold too
            continue
        fonts += [face.font for face in faces if face.characters == both_cases(LATIN)]
    if not fonts:
        raise DataError(f"{folder} holds no font with all of {''.join(LATIN.labels)} in both cases")
    return fonts


def made(makers: Mapping[str, Maker], count: int) -> Iterator[tuple[str, list[Picture]]]:
    """For each kind its name and `count` pictures, always the same."""
    for number, (name, maker) in enumerate(makers.items()):
        random = np.random.default_rng((SEED, number))
        yield name, [maker(random) for _ in range(count)]


def save_examples(path: Path, makers: Mapping[str, Maker], each: int = 4) -> None:
    """Writes a PNG with a row of each kind."""
    save_sheet(path, [(name, picture) for name, some in made(makers, each) for picture in some], columns=each)


if __name__ == "__main__":
    tyro.cli(main)
