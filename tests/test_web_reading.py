"""Reading what comes from outside, without a browser or a server."""

import shutil
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from starlette.requests import Request

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Contract, save_checkpoint
from ocr_demo.errors import CheckpointError, PictureError
from ocr_demo.models import build_model
from ocr_demo.reading.library import Library
from ocr_demo.settings import Settings
from ocr_demo.web.answer import PNG_URL, Answer, data_url, empty, failure
from ocr_demo.web.examples import examples, examples_of
from ocr_demo.web.metrics import Metrics
from ocr_demo.web.pad import LARGEST, decode_drawing
from ocr_demo.web.pages.read import reader, to_try
from ocr_demo.web.picture import uploaded
from ocr_demo.web.service import Service
from ocr_demo.web.words import ENGLISH
from tests.drawings import BLANK
from tests.serving import finished

LATIN = ALPHABETS["latin"]
NO_PICTURE = (
    "the file is not a picture that can be read, or it is cut off; "
    "use a whole PNG, JPEG, WebP, GIF, BMP or TIFF file"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(0)
    for name in ("first", "second"):
        network = build_model("glyphnet", len(LATIN.labels)).eval()
        save_checkpoint(folder / name, network, Contract("glyphnet", LATIN.labels, LATIN.name))
    return Library(folder, "first")


def test_the_library_loads_each_checkpoint_once(library: Library) -> None:
    assert library.names == ["first", "second"]
    assert library.predictor("second") is library.predictor("second")


def test_a_checkpoint_that_was_replaced_is_loaded_again(tmp_path: Path) -> None:
    def train(seed: int) -> None:
        torch.manual_seed(seed)
        network = build_model("glyphnet", len(LATIN.labels)).eval()
        save_checkpoint(tmp_path / "mine", network, Contract("glyphnet", LATIN.labels, LATIN.name))

    train(0)
    library = Library(tmp_path, "mine")
    glyphs = np.full((1, 64, 64), 255, np.uint8)
    before = library.predictor("mine").logits(glyphs)
    train(1)
    after = library.predictor("mine")
    assert np.abs(after.logits(glyphs) - before).max() > 0.01
    (tmp_path / "mine").rename(tmp_path / "aside")  # as for a moment while it is replaced
    assert library.predictor("mine") is after
    (tmp_path / "aside").rename(tmp_path / "mine")
    (tmp_path / "mine" / "config.json").write_text("{")
    assert library.predictor("mine") is after


def test_the_library_names_the_choices(library: Library, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="choose from first, second"):
        library.predictor("third")
    with pytest.raises(CheckpointError, match="none: train one"):
        Library(tmp_path, "latin")


def test_what_a_killed_save_left_is_no_choice(library: Library, tmp_path: Path) -> None:
    for name in ("whole", ".whole.former", ".whole.x1y2z3"):
        shutil.copytree(library.checkpoint("first").folder, tmp_path / name)
    assert Library(tmp_path, "whole").names == ["whole"]


def test_the_library_takes_a_folder_from_elsewhere(library: Library, tmp_path: Path) -> None:
    elsewhere = Library(tmp_path, str(library.checkpoint("second").folder))
    assert elsewhere.names == ["second"]


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "data:image/svg+xml;base64,AAAA",
        "https://example.org/picture.png",
        PNG_URL + "not base64!",
        PNG_URL + "A" * LARGEST,
        data_url(cv2.imencode(".png", np.zeros((4, 2000), np.uint8))[1].tobytes()),
    ],
)
def test_a_drawing_that_is_none_is_refused(url: object) -> None:
    with pytest.raises(PictureError):
        decode_drawing(url)


def test_a_drawing_arrives_as_it_was() -> None:
    assert decode_drawing(data_url(BLANK)) == BLANK


@pytest.mark.parametrize(
    "path", ["{outside}", "/dev/zero", "{uploads}/../outside", "{uploads}/gone", "\0", 7, None]
)
def test_only_uploads_are_read(path: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call takes a path from outside: a file of the server is none of the caller's business."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "mine").write_bytes(BLANK)
    (tmp_path / "outside").write_bytes(BLANK)
    assert uploaded({"path": str(tmp_path / "uploads" / "mine")}) == BLANK
    if isinstance(path, str):
        path = path.format(outside=tmp_path / "outside", uploads=tmp_path / "uploads")
    with pytest.raises(PictureError, match="upload"):
        uploaded({"path": path})
    with pytest.raises(PictureError, match="upload"):
        uploaded({"url": "https://example.org/picture.png"})


def read_all(library: Library, *asked: tuple[bytes, str]) -> list[Answer]:
    """What the page says of encoded pictures and names of checkpoints."""

    async def read_each() -> list[Answer]:
        service, nobody = Service(Settings(), library, Metrics()), Request({"type": "http", "headers": []})
        async with service.running():
            return [
                await reader(service, ENGLISH)(partial(bytes, picture), name, nobody)
                for picture, name in asked
            ]

    return finished(read_each())


def test_reading_never_raises_for_what_comes_from_outside(library: Library) -> None:
    assert read_all(library, (b"no picture", "first"), (BLANK, "no such checkpoint"), (BLANK, "first")) == [
        failure(PictureError(NO_PICTURE), ENGLISH),
        failure(CheckpointError("no checkpoint 'no such checkpoint'; choose from first, second"), ENGLISH),
        empty(ENGLISH),
    ]


def test_examples_are_pictures_with_ink(library: Library) -> None:
    answers = read_all(library, *((example.png, "first") for example in examples().values()))
    assert all(answer.confidences for answer in answers)


def test_examples_are_those_of_what_reads(library: Library) -> None:
    assert set(examples_of(["arabic"])) | set(examples_of(["latin"])) == set(examples())
    assert len(examples_of(["arabic"])) == len(examples_of(["latin"]))
    both = list(examples_of(["latin", "arabic"]))
    assert len(both) == len(examples_of(["latin"]))
    assert [name.startswith("arabic-") for name in both] == [False] * 4 + [True] * 4
    for name in ("first", "no such checkpoint"):
        assert to_try(library, name).keys() == examples_of(["latin"]).keys()
