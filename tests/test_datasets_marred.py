"""Another source's characters with something over them, or parts missing, to train on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import load_glyphs, usable_sources
from ocr_demo.datasets.marred import MARKS, Mark, MarredChunk, placed
from ocr_demo.datasets.source import Made
from ocr_demo.errors import DataError
from ocr_demo.preprocess import to_glyph
from ocr_demo.training.samples import split_samples
from tests.drawings import drawn

LATIN = ALPHABETS["latin"]
pytestmark = pytest.mark.usefixtures("data_home")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Light ink on dark: eight As, Rs and Ts."""
    images = np.stack([255 - drawn(label) for label in "ART" for _ in range(8)])
    path = tmp_path / "scans.npz"
    np.savez(path, images=images, labels=np.repeat(np.arange(3), 8), classes=np.array(list("ART")))
    return path


def test_each_is_there_once_with_its_label_and_marred_in_its_own_way(scans: Path) -> None:
    whole, found = (
        load_glyphs(spec, LATIN, progress=False) for spec in (f"npz:{scans}", f"marred:npz:{scans}")
    )
    assert found.names == whole.names
    np.testing.assert_array_equal(found.labels, whole.labels)
    assert len(np.unique(found.glyphs, axis=0)) == len(found)
    assert not np.array_equal(found.glyphs, whole.glyphs)


def test_it_is_made_the_same_each_time(scans: Path, tmp_path: Path) -> None:
    one, other = (
        load_glyphs(f"marred:npz:{scans}", LATIN, cache=tmp_path / name, progress=False)
        for name in ("a", "b")
    )
    np.testing.assert_array_equal(one.glyphs, other.glyphs)


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.__name__)
def test_every_mark_shows(mark: Mark) -> None:
    random = np.random.default_rng(0)
    for _ in range(40):
        ink = placed(to_glyph(drawn("R")), random)
        changed = np.clip(mark(ink, random), 0, 1)
        assert changed.shape == ink.shape
        assert np.abs(changed - ink).max() > 0.05


def test_nothing_is_validated_on_that_was_marred_nor_trained_on_whose_scan_is(scans: Path) -> None:
    specs = [f"npz:{scans}", f"marred:npz:{scans}"]
    sets = [load_glyphs(spec, LATIN, progress=False) for spec in specs]
    training, validation = split_samples(sets, [1.0, 1.0], 0.25, 0, torch.device("cpu"))
    assert (len(validation), len(training)) == (6, 36)
    held = {glyph.tobytes() for glyph in validation.glyphs.numpy()}
    assert held <= {glyph.tobytes() for glyph in sets[0].glyphs}


def test_it_needs_what_it_is_made_from(scans: Path) -> None:
    with pytest.raises(DataError, match=f"give --data npz:{scans} too"):
        usable_sources([f"marred:npz:{scans}"], [], LATIN)


@pytest.mark.parametrize("spec", ["marred", "marred:", "marred:scenes:x", "marred:x.npz"])
def test_other_specs_are_refused(spec: str) -> None:
    with pytest.raises(DataError, match="write marred:SPEC"):
        load_glyphs(spec, LATIN, progress=False)


def test_a_glyph_that_comes_out_blank_is_left_out_with_its_label_and_name() -> None:
    @dataclass(frozen=True)
    class Blanks:
        size = 30

        def make(self) -> Made:
            blanks = np.zeros((self.size, 64, 64), np.uint8)
            return Made(blanks, tuple(range(self.size)), tuple(map(str, range(self.size))))

    made = MarredChunk(Blanks(), 0).make()
    assert made.glyphs.any(axis=(1, 2)).all()
    assert 0 < len(made.glyphs) < 30
    assert [str(label) for label in made.labels] == list(made.names)
    assert len(made.names) == len(made.glyphs)
