"""Measures whether "any script" goes to the right one: python -m benchmarks.any_script --data ../shared/data

For each script's test set, how many images are taken for a character by the checkpoint that knows them best,
and how many of those by the right one.
"""

from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS, shared_shapes
from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.datasets import GlyphSet, load_glyphs
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import ANY, Library

TESTS = {"latin": "emnist36-test.npz", "arabic": "ahcd-test.npz"}
SEED = 0


def main(data: Path, most: int = 200_000) -> None:
    """Measures and prints a table.

    Args:
        data: The folder with emnist36-test.npz and ahcd-test.npz.
        most: How many images of each set to read, drawn at random where it has more.
    """
    library = Library(CHECKPOINTS, ANY)
    readers = {name: library.predictor(name) for name in library.readers(ANY)}
    print(f"{'':44}{'images':>9}{'accepted':>10}{'right script':>14}")
    for script, file in TESTS.items():
        glyphs = load_glyphs(f"npz:{data / file}", ALPHABETS[script], split="testing")
        chosen = np.sort(np.random.default_rng(SEED).permutation(len(glyphs))[:most])
        accepted, right = read(glyphs.glyphs[chosen], readers, script)
        own = distinct(glyphs, script)[chosen]
        print(row(f"{file}, all", accepted, right))
        print(row(f"{file}, shapes of this script alone", accepted[own], right[own]))


def read(
    glyphs: NDArray[np.uint8], readers: dict[str, Predictor], script: str
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of glyphs (N, 64, 64), which are taken for a character, and which are read by that script's (N,)."""
    logits = {name: reader.logits(glyphs) for name, reader in readers.items()}
    known = np.stack([reader.familiarity(logits[name]) for name, reader in readers.items()])
    taken = np.stack([reader.accepts(glyphs, logits[name]) for name, reader in readers.items()])
    best = known.argmax(axis=0)
    return taken[best, np.arange(len(glyphs))], best == list(readers).index(script)


def distinct(glyphs: GlyphSet, script: str) -> NDArray[np.bool_]:
    """Which glyphs (N,) are none of the labels that other scripts' hands draw alike."""
    alphabet = ALPHABETS[script]
    others = (other for other in ALPHABETS.values() if other is not alphabet)
    shared = frozenset().union(*(shared_shapes(alphabet, other) for other in others))
    return ~np.isin(glyphs.labels, [alphabet.index(label) for label in shared])


def row(name: str, accepted: NDArray[np.bool_], right: NDArray[np.bool_]) -> str:
    return f"{name:44}{len(accepted):>9,}{accepted.mean():>10.2%}{right[accepted].mean():>14.2%}"


if __name__ == "__main__":
    tyro.cli(main)
