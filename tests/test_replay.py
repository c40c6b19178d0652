"""What a short training goes over again: print and handwriting of every label, by halves."""

from pathlib import Path

import pytest
import torch

from ocr_demo.characters import ALPHABETS, Alphabet
from ocr_demo.datasets import MANIFESTS, read_manifest
from ocr_demo.datasets.font_sources import font_files
from ocr_demo.teaching import replay as replaying
from ocr_demo.teaching.replay import HANDWRITING, Replay, load_replay

FOLDER = Path(HANDWRITING.removeprefix("fonts:"))
NAMES = [name for name, _ in font_files(FOLDER)]


def replayed(alphabet: Alphabet, home: Path) -> Replay:
    return load_replay(alphabet, home, torch.device("cpu"))


@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=ALPHABETS)
def test_half_of_it_is_handwriting_of_every_label(
    alphabet: Alphabet, shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = replayed(alphabet, shared_home)
    monkeypatch.setattr(replaying, "HANDWRITING", f"fonts:{FOLDER}/nowhere")
    print_alone = replayed(alphabet, shared_home)
    written = both.labels[len(print_alone.labels) :]
    assert torch.equal(both.glyphs[: len(print_alone.glyphs)], print_alone.glyphs)
    assert 0.4 < len(written) / len(both.labels) < 0.6
    assert set(written.tolist()) == set(range(len(alphabet.labels)))
    assert "fonts in handwriting" in both.origin


def test_what_is_kept_back_is_of_both_kinds_and_not_gone_over(shared_home: Path) -> None:
    both = replayed(ALPHABETS["latin"], shared_home)
    over, back = ({glyph.numpy().tobytes() for glyph in each} for each in (both.glyphs, both.held_glyphs))
    assert len(back) > 0.95 * len(both.held_glyphs)
    assert len(over & back) < 0.05 * len(back)  # fonts share a few shapes


def test_an_alphabet_that_no_hand_has_is_printed(shared_home: Path) -> None:
    greek = Alphabet("greek", tuple("ΓΔΘΛΞΠΣΦΨΩ"))
    printed = replayed(greek, shared_home)
    assert set(printed.labels.tolist()) == set(range(10))
    assert "handwriting" not in printed.origin


def test_each_font_of_hands_may_be_passed_on_and_is_no_test_font() -> None:
    hands, held_out = set(), set()
    for manifest in map(read_manifest, MANIFESTS):
        hands, held_out = hands | manifest.handwriting, held_out | manifest.held_out
    families = {name.removesuffix("-400.woff2") for name in NAMES}
    assert len(families) == len(NAMES) > 0
    assert families <= hands - held_out
    assert {f"{each}-LICENSE.txt" for each in families} | set(NAMES) == {
        path.name for path in FOLDER.iterdir()
    }
    for family in families:
        assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / f"{family}-LICENSE.txt").read_text("utf-8")
