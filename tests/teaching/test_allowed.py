"""Sources that the owner allows: each is loaded as the app starts, and one that can't be is told then."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr_demo.characters import ALPHABETS
from ocr_demo.errors import OptionError
from ocr_demo.teaching.allowed import load_allowed
from ocr_demo.teaching.samples import MOST_SAMPLES
from tests.drawings import odd_seven
from tests.serving import built

LATIN, ARABIC = ALPHABETS["latin"], ALPHABETS["arabic"]


def hands(folder: Path, *labels: str) -> str:
    """A source that has a picture of each label."""
    for label in labels:
        (folder / label).mkdir(parents=True)
        Image.fromarray(odd_seven(0)).save(folder / label / "a.png")
    return f"folder:{folder}"


def test_a_source_is_loaded_in_the_alphabets_that_it_has(data_home: Path, tmp_path: Path) -> None:
    latin, both = hands(tmp_path / "latin", "7"), hands(tmp_path / "both", "7", "R", "ب")
    allowed = load_allowed([latin, both], [LATIN, ARABIC, LATIN])
    assert {alphabet.name for alphabet in allowed[latin]} == {"latin"}
    assert {alphabet.name: len(samples) for alphabet, samples in allowed[both].items()} == {
        "latin": 2,
        "arabic": 1,
    }
    assert allowed[latin][LATIN].labels.tolist() == [LATIN.index("7")]
    assert allowed[latin][LATIN].source == latin


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("folder:/nowhere", "there is no /nowhere; put it there, or name another source$"),
        ("folder:{there}@2", "sources: folder:.*@2: weights are for train.py; give folder:"),
        ("cats:{there}", "unknown source 'cats:"),
        ("folder:{there}/ب", "without a class of the alphabet latin"),
        ("npz:{there}/many.npz", "5,001 samples are more than the 5,000 of a short training"),
    ],
)
def test_one_that_cannot_be_learnt_is_told_as_the_app_starts(
    data_home: Path, tmp_path: Path, spec: str, why: str
) -> None:
    hands(tmp_path, "ب")
    images = np.zeros((MOST_SAMPLES + 1, 2, 2), np.uint8)
    images[:, 0] = 255
    np.savez(tmp_path / "many.npz", images=images, labels=np.zeros(len(images), np.int64))
    with pytest.raises(OptionError, match=why):
        built(sources=spec.format(there=tmp_path))
