"""Drawings made from scans: the same strokes, each character as often, no leak into validation."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import GlyphSet, drawings, load_glyphs, stratified_split, usable_sources
from ocr_demo.datasets.drawings import PEN_WIDTHS, drawing, inked, middle_line
from ocr_demo.datasets.loading import identity_of
from ocr_demo.errors import DataError
from ocr_demo.preprocess import to_glyph
from ocr_demo.training.samples import split_samples
from tests.drawings import drawn

LATIN = ALPHABETS["latin"]
pytestmark = pytest.mark.usefixtures("data_home")


def load(spec: str) -> GlyphSet:
    return load_glyphs(spec, LATIN, workers=1, progress=False)


def scan(character: str) -> np.ndarray:
    """Light on black (28, 28), in EMNIST's form."""
    return 255 - cv2.resize(drawn(character, pen=24), (28, 28), interpolation=cv2.INTER_AREA)


@pytest.fixture
def scans(tmp_path: Path) -> str:
    """A spec of 20 scans of a Z and 20 of a 7, no two alike."""
    path = tmp_path / "scans.npz"
    images = np.stack([scan(character) for character in "Z7" * 20])
    images[np.arange(40), 13, 4 + np.arange(40) // 2] |= 120
    np.savez(path, images=images, labels=np.arange(40) % 2, classes=np.array(["Z", "7"]))
    return f"npz:{path}"


@pytest.mark.parametrize("pen", PEN_WIDTHS)
def test_the_pen_follows_the_strokes(pen: float) -> None:
    glyph = to_glyph(scan("T"))
    picture = inked(middle_line(glyph), pen)
    ink = picture < 128
    half = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max()
    assert half * 2 == pytest.approx(pen, abs=0.25 * pen + 2)
    room = (len(picture) - 3 * len(glyph)) // 2
    inner = 255 - cv2.resize(picture[room:-room, room:-room], glyph.shape, interpolation=cv2.INTER_AREA)
    near = cv2.dilate((glyph > 128).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert inner[glyph > 128].mean() > 60
    assert inner[~near].mean() < 6


def test_colour_and_dark_ink_are_redrawn_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "DRAWINGS", 4)
    light = np.stack([scan("Z")] * 4)
    forms = {"light": light, "dark": 255 - light, "colour": np.repeat(light[..., None], 3, axis=3)}
    for name, images in forms.items():
        labels = np.zeros(4, int)
        np.savez(tmp_path / f"{name}.npz", images=images, labels=labels, classes=np.array(["Z"]))
    made = [load(f"drawings:npz:{tmp_path / name}.npz").glyphs for name in forms]
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])


def test_a_letter_is_drawn_twice_as_often_as_a_digit(scans: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "DRAWINGS", 30)
    found = load(f"drawings:{scans}")
    counts = {LATIN.labels[label]: int((found.labels == label).sum()) for label in set(found.labels.tolist())}
    assert counts == {"Z": 60, "7": 30}
    assert len(set(found.names)) == 90
    assert len(np.unique(found.glyphs.reshape(90, -1), axis=0)) > 80  # each by a pen of its own width


def test_what_has_no_stroke_is_drawn_empty() -> None:
    hairline = np.zeros((300, 300), np.uint8)
    hairline[150, 20:280] = 255
    for seed in range(20):  # some of them dotted
        assert not drawing(hairline, np.random.default_rng(seed)).any()


@pytest.mark.parametrize("spec", ["{}", "{}@0.5"])
def test_drawings_of_validation_scans_are_validation(
    scans: str, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "DRAWINGS", 30)
    monkeypatch.chdir(tmp_path)
    sets = [load(f"drawings:{scans}"), load(spec.format("npz:./scans.npz"))]  # the same file, named otherwise
    training, validation = split_samples(sets, [1.0, 1.0], 0.2, 0, torch.device("cpu"))
    (start, end, _), (scans_start, scans_end, _) = validation.sources
    assert scans_end - scans_start == 8
    held_glyphs = {glyph.tobytes() for glyph in validation.glyphs[scans_start:scans_end].numpy()}
    held = [
        name
        for name, glyph in zip(sets[1].names, sets[1].glyphs, strict=True)
        if glyph.tobytes() in held_glyphs
    ]
    assert len(held) == 8
    expected = sets[0].glyphs[np.isin(sets[0].groups, held)]
    assert 0 < len(expected) < len(sets[0])
    assert np.array_equal(validation.glyphs[start:end].numpy(), expected)
    assert len(training) + len(validation) == len(sets[0]) + len(sets[1])


def test_which_scans_are_redrawn_has_nothing_to_do_with_which_are_held_back() -> None:
    labels = np.repeat(np.arange(36), 3000)
    _, held = stratified_split(labels, 0.05, seed=0)
    redrawn_scans = [index for index, _ in drawings.chosen_scans(labels, LATIN)]
    assert np.isin(redrawn_scans, held).mean() == pytest.approx(0.05, abs=0.01)


def test_drawings_need_their_scans_beside_them(scans: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "DRAWINGS", 30)
    with pytest.raises(DataError, match="give --data npz:"):
        split_samples([load(f"drawings:{scans}")], [1.0], 0.2, 0, torch.device("cpu"))


def test_a_weight_makes_no_other_source() -> None:
    weighed = usable_sources(["emnist@0.5", "drawings:emnist@2"], [], LATIN)
    plain = usable_sources(["emnist", "drawings:emnist"], [], LATIN)
    for one, other in zip(weighed.items(), plain.items(), strict=True):
        assert identity_of(*one) == identity_of(*other)


def test_scans_need_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", images=np.stack([scan("Z")] * 3))
    with pytest.raises(DataError, match="no labels"):
        load(f"drawings:npz:{tmp_path / 's.npz'}")


@pytest.mark.parametrize("spec", ["drawings", "drawings:", "drawings:folder:x", "drawings:x.npz"])
def test_other_sources_can_not_be_redrawn(spec: str) -> None:
    with pytest.raises(DataError, match="drawings:npz:PATH or drawings:emnist"):
        load(spec)
