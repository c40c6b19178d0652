"""A checkpoint from outside is looked at apart, and refused with its trouble or ready to read with."""

import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from ocr_demo.checkpoint import CONFIG, ONNX, WEIGHTS
from ocr_demo.errors import CandidateError
from ocr_demo.teaching import bringing
from ocr_demo.teaching.bringing import bring, checked
from ocr_demo.teaching.samples import Samples
from ocr_demo.web.words import translated
from tests.networks import small_checkpoint

NONE = Samples(np.empty((0, 64, 64), np.uint8), np.empty(0, np.int64))
MOST = 4 * 2**20
OURS = {"can", "has", "should", "holds", "choose", "unknown", "labels", "must", "was", "fit", "fetch"}
"""Words of our errors in English."""


@pytest.fixture(scope="module")
def home(shared_home: Path) -> Path:
    return shared_home


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return small_checkpoint(tmp_path / "base")


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """The folder of a checkpoint that is to be brought."""
    return small_checkpoint(tmp_path / "mine")


def zipped(folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in folder.iterdir():
            packed.write(path, f"{folder.name}/{path.name}")
    return archive


def test_it_is_ready_to_read_with_and_held_against_what_reads(
    brought: Path, base: Path, home: Path, tmp_path: Path
) -> None:
    (brought / "model.pt").write_bytes(b"pickle")
    seen = bring(zipped(brought), tmp_path / "here", base, NONE, home, MOST)
    assert {path.name for path in (tmp_path / "here").iterdir()} >= {CONFIG, WEIGHTS, ONNX}
    assert not (tmp_path / "here" / "model.pt").exists()
    (figure,) = seen.figures
    assert (figure.role, figure.before) == ("reference", figure.after)  # both are the same network
    assert not seen.shifts


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def told(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


def configured(**fields: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        config = json.loads((folder / CONFIG).read_text())
        (folder / CONFIG).write_text(json.dumps(config | fields))

    return change


def infinite(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    whole = {name: each for name, each in weights.items() if not each.is_floating_point()}
    save_file({name: each / 0 for name, each in weights.items()} | whole, folder / WEIGHTS)


def pickled(folder: Path) -> None:
    """Weights that would make a file where they are unpickled."""

    class Evil:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(folder.parent / "evil"),)

    torch.save(Evil(), folder / WEIGHTS)


def arabic(folder: Path) -> None:
    shutil.rmtree(folder)
    small_checkpoint(folder, "arabic")


TROUBLES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no contract": (without(CONFIG), "0 config.json"),
    "no weights": (without(WEIGHTS), "no other weights are read"),
    "no JSON": (told(CONFIG, b"{"), "can't be used: config.json can't be read as JSON"),
    "another format": (configured(format=99), "format 99"),
    "another preprocessing": (configured(preprocessing="0"), "preprocessing 0"),
    "unknown architecture": (configured(architecture="x"), "unknown model 'x'"),
    "arguments that would fetch": (
        configured(architecture="resnet18", arguments={"pretrained": True}),
        "fetch",
    ),
    "far too wide": (configured(arguments={"width": 1e5}), "don't fit"),
    "labels of no alphabet": (configured(labels=["a"]), "labels are not those"),
    "a temperature of 0": (configured(temperature=0), "temperature must be above 0"),
    "another alphabet": (arabic, "it reads arabic, and base latin"),
    "no safetensors": (told(WEIGHTS, b"no weights"), "can't be read as safetensors"),
    "a pickle": (pickled, "can't be read as safetensors"),
    "no numbers": (infinite, "no numbers"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_is_wrong_with_it_is_told(
    trouble: str, brought: Path, base: Path, home: Path, tmp_path: Path
) -> None:
    """In this process: another one a case would take minutes."""
    spoil, message = TROUBLES[trouble]
    spoil(brought)
    with pytest.raises(CandidateError, match=message) as raised:
        checked(zipped(brought), tmp_path / "here", base, NONE, home, MOST)
    assert str(tmp_path) not in str(raised.value)
    assert not set(re.findall("[a-z]+", translated("ar").sentence(raised.value))) & OURS
    assert not (tmp_path / "evil").exists()


def test_an_archive_that_is_none_and_a_bomb_are_told(base: Path, home: Path, tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(CONFIG, b"{}")
        packed.writestr(WEIGHTS, bytes(MOST + 1))
    for number, (content, message) in enumerate(
        [(b"PK", "no whole ZIP"), (bomb.getvalue(), "more than 4 MiB")]
    ):
        (tmp_path / "sent.zip").write_bytes(content)
        with pytest.raises(CandidateError, match=message):
            checked(tmp_path / "sent.zip", tmp_path / f"here{number}", base, NONE, home, MOST)


def test_a_slow_one_is_refused(
    brought: Path, base: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "SLOWEST", 0.0)
    with pytest.raises(CandidateError, match="to read one character"):
        checked(zipped(brought), tmp_path / "here", base, NONE, home, MOST)


def test_one_that_needs_more_than_it_may_is_refused(
    brought: Path, base: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "CPU_SECONDS", 1)  # not enough to import PyTorch
    with pytest.raises(CandidateError, match="more time or memory"):
        bring(zipped(brought), tmp_path / "here", base, NONE, home, MOST)
