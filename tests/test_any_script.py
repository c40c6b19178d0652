"""Reading with whichever script's checkpoint knows a drawing best."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Contract, save_checkpoint
from ocr_demo.errors import CheckpointError
from ocr_demo.models import build_model
from ocr_demo.reading.library import ANY, Library
from ocr_demo.settings import Settings
from ocr_demo.web.app import at_first
from ocr_demo.web.words import LANGUAGES
from tests.drawings import drawn, encoded
from tests.serving import png, serving
from tests.test_web_reading import read_all

GLYPH = np.eye(64, dtype=np.uint8) * 255


def save(folder: Path, name: str, energy: float, threshold: float) -> None:
    """A checkpoint of an alphabet that finds every glyph equally like a character."""
    labels = ALPHABETS[name].labels
    network = build_model("glyphnet", len(labels)).eval()
    last = next(module for module in reversed(list(network.modules())) if isinstance(module, nn.Linear))
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(energy - np.log(len(labels)))
    save_checkpoint(folder / name, network, Contract("glyphnet", labels, name, threshold=threshold))


@pytest.mark.parametrize(
    ("latin", "arabic", "expected"),
    [
        ((4.0, 0.0), (1.0, 0.0), "latin"),
        ((1.0, 0.0), (3.0, 0.0), "arabic"),
        ((2.5, 0.0), (3.0, 0.0), "latin"),  # it has a head start
        ((3.0, 2.5), (2.0, -1.0), "arabic"),
    ],
)
def test_who_finds_it_more_than_likely_enough_reads(
    latin: tuple[float, float], arabic: tuple[float, float], expected: str, tmp_path: Path
) -> None:
    save(tmp_path, "latin", *latin)
    save(tmp_path, "arabic", *arabic)
    library = Library(tmp_path, ANY)
    assert library.choices == ["arabic", "latin", "any"]
    assert library.reader(ANY, GLYPH).checkpoint.name == expected
    assert library.reader("latin", GLYPH).checkpoint.name == "latin"
    with pytest.raises(CheckpointError, match=r"choose from arabic, latin, any$"):
        library.reader("third", GLYPH)
    with pytest.raises(CheckpointError, match=r"choose from arabic, latin$"):
        library.predictor("third")


def test_a_page_begins_with_what_reads_its_letters_unless_the_app_was_told(tmp_path: Path) -> None:
    save(tmp_path, "latin", 1.0, 0.0)
    library, (english, arabic) = Library(tmp_path, "latin"), LANGUAGES
    assert at_first(Settings(), library, arabic) == "latin"  # there is no other
    save(tmp_path, "arabic", 1.0, 0.0)
    library = Library(tmp_path, "latin")
    assert at_first(Settings(), library, arabic) == "arabic"
    assert at_first(Settings(), library, english) == "latin"
    assert at_first(Settings(checkpoint="latin"), library, arabic) == "latin"
    (tmp_path / "arabic" / "config.json").write_text("{}")
    assert at_first(Settings(), Library(tmp_path, "latin"), arabic) == "latin"


def test_one_script_is_nothing_to_choose_from(tmp_path: Path) -> None:
    save(tmp_path, "latin", 1.0, 0.0)
    library = Library(tmp_path, "latin")
    assert library.choices == ["latin"]
    with pytest.raises(CheckpointError, match="choose from latin"):
        library.reader(ANY, GLYPH)


def test_what_one_script_refuses_is_sent_on_to_any(tmp_path: Path) -> None:
    save(tmp_path, "latin", 1.0, 5.0)
    save(tmp_path, "arabic", 1.0, 5.0)
    picture = encoded(Image.fromarray(drawn("R")), "PNG")
    latin, any_script = read_all(Library(tmp_path, "latin"), (picture, "latin"), (picture, ANY))
    assert "choose “any script”" in latin.remark.words
    assert "choose" not in any_script.remark.words


def test_programs_are_told_which_checkpoint_read(tmp_path: Path) -> None:
    save(tmp_path, "latin", 1.0, 0.0)
    save(tmp_path, "arabic", 3.0, 0.0)
    with serving(Library(tmp_path, "latin")) as client:
        answer = client.post("/predict", files={"file": png("R")}, data={"checkpoint": ANY}).json()
        assert answer["checkpoint"] == "arabic"
        assert answer["class"] in ALPHABETS["arabic"].labels
        batch = client.post("/predict/batch", files=[("files", png("R"))], data={"checkpoint": ANY}).json()
        assert batch["results"][0]["reading"]["checkpoint"] == "arabic"
        metrics = client.get("/metrics").text
    assert 'checkpoint="arabic"' in metrics
    assert 'checkpoint="any"' not in metrics
