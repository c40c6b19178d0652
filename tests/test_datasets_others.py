"""Characters of another alphabet, as what a reader should refuse."""

from pathlib import Path

import numpy as np
import pytest

from ocr_demo.characters import ALPHABETS, shared_shapes
from ocr_demo.datasets import load_glyphs
from ocr_demo.errors import DataError

LATIN, ARABIC = ALPHABETS["latin"], ALPHABETS["arabic"]
pytestmark = pytest.mark.usefixtures("data_home")


@pytest.fixture
def latin_images(tmp_path: Path) -> Path:
    """A box for each label, each of another width."""
    images = np.zeros((36, 32, 60), np.uint8)
    for index in range(36):
        images[index, 4:28, 4 : 10 + index] = 255
    path = tmp_path / "latin.npz"
    np.savez(path, images=images, labels=np.arange(36), classes=np.array(LATIN.labels))
    return path


def test_they_have_no_class_and_no_shape_of_the_own_alphabet(latin_images: Path) -> None:
    found = load_glyphs(f"others:latin:npz:{latin_images}", ARABIC, progress=False)
    assert set(found.labels) == {-1}
    kept = [LATIN.labels[int(name.rpartition(" ")[2])] for name in found.names]
    assert kept == [label for label in LATIN.labels if label not in set("0O1IL9J")]
    own = load_glyphs(f"npz:{latin_images}", LATIN, progress=False)
    np.testing.assert_array_equal(found.glyphs[0], own.glyphs[LATIN.index(kept[0])])


def test_shapes_are_shared_both_ways() -> None:
    assert shared_shapes(ARABIC, LATIN) == set("اهول")
    assert shared_shapes(LATIN, LATIN) == shared_shapes(LATIN, ARABIC)


@pytest.mark.parametrize(
    "spec", ["others:", "others:arabic:npz:x", "others:latin:folder:x", "others:runes:npz:x"]
)
def test_other_specs_are_refused(spec: str) -> None:
    with pytest.raises(DataError, match="write others:ALPHABET:SPEC"):
        load_glyphs(spec, ARABIC, progress=False)
