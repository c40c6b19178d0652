"""Measures a checkpoint on the test sets that the README quotes, and records the figures with it.

python -m benchmarks.accuracy --data ../shared/data --fonts FONTS [--checkpoint latin]

FONTS is what `make fonts` brought: what is held out there was never trained on. Test sets are for the last
look: models, thresholds and temperatures are chosen on validation splits of the training data.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tyro
from tqdm import tqdm

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.datasets import GlyphSet, load_glyphs
from ocr_demo.evaluation.card import write_card
from ocr_demo.evaluation.measuring import evaluate_source, record_report
from ocr_demo.evaluation.report import Report
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import Library
from ocr_demo.storage import data_home


@dataclass(frozen=True)
class TestSet:
    """A row of the table."""

    name: str
    origin: str
    glyphs: GlyphSet


def main(data: Path, fonts: Path | None = None, checkpoint: str = "latin", record: bool = True) -> None:
    """Measures and prints a table.

    Args:
        data: The folder with emnist36-test.npz, standard-ocr.tar.gz, mouse-az.tar.gz and not-latin.npz, for
            Arabic with ahcd-test.npz.
        fonts: What `make fonts` brought; by default where it puts it.
        checkpoint: A name in checkpoints/, or a checkpoint's folder.
        record: Keep the figures in the checkpoint's report.json and model card.
    """
    library = Library(CHECKPOINTS, checkpoint)
    predictor = library.predictor(library.chosen)
    print(f"{'':44}{'images':>9}{'exact':>9}{'folded':>9}{'ECE':>9}{'accepted':>10}")
    sets = TEST_SETS[predictor.checkpoint.alphabet.name](data, fonts or data_home() / "fonts")
    for report in reports_on(predictor, sets, record):
        print(table_row(report), flush=True)


def reports_on(predictor: Predictor, sets: Iterable[TestSet], record: bool) -> Iterator[Report]:
    """The report on each set, and where they are to be recorded they are, and in the model card too."""
    folder = predictor.checkpoint.folder
    for test_set in sets:
        report, _ = evaluate_source(
            predictor, test_set.glyphs, name=test_set.name, origin=test_set.origin, progress=tqdm
        )
        if record:
            record_report(folder, report)
        yield report
    if record:
        write_card(folder)


def latin_sets(data: Path, fonts: Path) -> list[TestSet]:
    """The sets, each with where it comes from."""
    held_out = loaded(f"fonts:{fonts / 'held-out'}")
    is_lower = np.array([name[-1].islower() for name in held_out.names])
    families = "40 font families never trained on"
    return [
        TestSet(
            "EMNIST ByClass test",
            "the official EMNIST ByClass test split, letters of both cases folded to 36 classes",
            loaded(f"npz:{data / 'emnist36-test.npz'}"),
        ),
        TestSet(
            "Standard OCR test",
            "testing_data of the Standard OCR dataset",
            loaded(f"folder:{data / 'standard-ocr.tar.gz'}"),
        ),
        TestSet("Mouse A-Z", "capitals drawn with a mouse", loaded(f"folder:{data / 'mouse-az.tar.gz'}")),
        TestSet("Held-out fonts, capitals and digits", families, part(held_out, ~is_lower)),
        TestSet("Held-out fonts, lower case", families, part(held_out, is_lower)),
        TestSet(
            "Held-out fonts in scenes",
            f"{families}, composed into photograph-like scenes",
            fetched("scenes", fonts / "held-out"),
        ),
        TestSet(
            "Not Latin",
            "characters of five scripts (from Omniglot), which a Latin reader should refuse",
            loaded(f"npz:{data / 'not-latin.npz'}"),
        ),
    ]


def arabic_sets(data: Path, fonts: Path) -> list[TestSet]:
    """The sets, each with where it comes from."""
    held_out = loaded(f"fonts:{fonts / 'arabic-held-out'}", "arabic")
    is_joined = np.array([name[-1] not in ALPHABETS["arabic"].labels for name in held_out.names])
    families = "8 font families never trained on"
    return [
        TestSet(
            "AHCD test",
            "the test split of the Arabic Handwritten Characters Dataset, by the training split's 60 writers",
            loaded(f"npz:{data / 'ahcd-test.npz'}", "arabic"),
        ),
        TestSet("Held-out fonts, letters alone", families, part(held_out, ~is_joined)),
        TestSet(
            "Held-out fonts, forms in words",
            f"initial, medial and final forms of the {families} that name them",
            part(held_out, is_joined),
        ),
        TestSet(
            "Held-out fonts in scenes",
            f"{families}, composed into photograph-like scenes",
            fetched("scenes", fonts / "arabic-held-out", "arabic"),
        ),
        TestSet(
            "Not Arabic",
            "characters of five scripts (from Omniglot), which an Arabic reader should refuse",
            loaded(f"npz:{data / 'not-latin.npz'}", "arabic"),
        ),
    ]


TEST_SETS = {"latin": latin_sets, "arabic": arabic_sets}


def loaded(spec: str, alphabet: str = "latin") -> GlyphSet:
    return load_glyphs(spec, ALPHABETS[alphabet], split="testing")


def fetched(kind: str, folder: Path, alphabet: str = "latin") -> GlyphSet:
    """Rendered from a folder that `make fonts` brought, and named as it is where that puts it."""
    return replace(loaded(f"{kind}:{folder}", alphabet), source=f"{kind}:{folder.name}")


def part(glyphs: GlyphSet, chosen: np.ndarray) -> GlyphSet:
    """The chosen glyphs (N,) of a set; no spec names them, so the model card shall tell no command."""
    names = [name for name, is_chosen in zip(glyphs.names, chosen, strict=True) if is_chosen]
    return replace(
        glyphs,
        glyphs=glyphs.glyphs[chosen],
        labels=glyphs.labels[chosen],
        names=names,
        source="",
        groups=None,
    )


def table_row(report: Report) -> str:
    """One line: shares in per cent, ECE as it is."""
    figures = [report.accuracy, report.folded_accuracy]
    shares = "".join(f"{figure:>9.2%}" if figure is not None else f"{'':9}" for figure in figures)
    ece = f"{report.ece:>9.4f}" if report.ece is not None else f"{'':9}"
    return f"{report.name:44}{report.images:>9,}{shares}{ece}{report.accepted:>10.2%}"


if __name__ == "__main__":
    tyro.cli(main)
