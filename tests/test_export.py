"""ONNX files read as PyTorch does, are used where they fit, and are never used where they don't."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file, save_file

from ocr_demo.__main__ import main
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import (
    CHECKPOINTS,
    CONFIG,
    INT8,
    ONNX,
    WEIGHTS,
    Checkpoint,
    Contract,
    load_checkpoint,
    save_checkpoint,
    write_json,
)
from ocr_demo.errors import CheckpointError, DataError
from ocr_demo.models import build_model, to_input
from ocr_demo.reading import Predictor, export
from ocr_demo.reading.backends import to_images
from ocr_demo.reading.export import OPSET, TOLERANCE, export_int8, export_onnx, invented_glyphs
from tests.drawings import STROKES, drawn

LABELS = ALPHABETS["latin"].labels
GLYPHS = invented_glyphs(300)


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of drawings in class folders."""
    folder = tmp_path_factory.mktemp("drawings")
    for character in STROKES:
        (folder / character).mkdir()
        for pen in (8, 14, 20, 26):
            for side in (180, 210, 240):
                picture = drawn(character, ink_side=side, pen=pen)
                cv2.imwrite(str(folder / character / f"{pen}-{side}.png"), picture)
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, drawings: Path) -> Path:
    """The weights that ship, exported by the command line; tests that write take a copy."""
    folder = tmp_path_factory.mktemp("checkpoints") / "latin"
    shutil.copytree(CHECKPOINTS / "latin", folder, ignore=shutil.ignore_patterns("*.onnx"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OCR_DEMO_HOME", str(folder.parent / "home"))
        assert main(["export", "--checkpoint", str(folder), "--data", f"folder:{drawings}"]) == 0
    return folder


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported, tmp_path / "latin")


def predictor(folder: Path, *options: str) -> Predictor:
    return Predictor(load_checkpoint(folder), *options)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 7, 300])
def test_onnx_gives_pytorchs_logits_at_any_batch_size(exported: Path, count: int) -> None:
    ours, theirs = (predictor(exported, backend).logits(GLYPHS[-count:]) for backend in ("onnx", "torch"))
    assert ours.shape == (count, len(LABELS))
    assert np.abs(ours - theirs).max() <= TOLERANCE


@pytest.mark.parametrize("architecture", ["ocrcnn", "ocrcnn_bn", "deep", "resnet18"])
def test_the_zoo_exports(architecture: str, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "mine", build_model(architecture, 36), Contract(architecture, LABELS, "latin"))
    assert export_onnx(load_checkpoint(tmp_path / "mine")).difference <= TOLERANCE


def test_what_cannot_be_exported_says_so(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pooled = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(7), torch.nn.Flatten(), torch.nn.Linear(49, 36))
    monkeypatch.setattr(Checkpoint, "network", lambda self: pooled)
    with pytest.raises(CheckpointError, match=r"glyphnet can't be written as ONNX.*adaptive_avg_pool2d"):
        export_onnx(load_checkpoint(copy))
    assert not capsys.readouterr().out


def test_the_file_says_its_opset_and_takes_any_batch(exported: Path) -> None:
    for name in (ONNX, INT8):
        model = onnx.load(exported / name)
        onnx.checker.check_model(model)
        assert OPSET in [opset.version for opset in model.opset_import if not opset.domain]
        (images,), (logits,) = model.graph.input, model.graph.output
        assert [side.dim_param or side.dim_value for side in images.type.tensor_type.shape.dim] == [
            "N", 1, 64, 64
        ]  # fmt: skip
        assert [side.dim_param or side.dim_value for side in logits.type.tensor_type.shape.dim] == ["N", 36]


def test_int8_is_small_and_reads_alike(exported: Path, drawings: Path) -> None:
    assert (exported / INT8).stat().st_size <= 800_000
    pictures = sorted(drawings.rglob("*.png"))
    ours, theirs = (predictor(exported, backend) for backend in ("onnx-int8", "torch"))
    same = [ours.predict(each).label == theirs.predict(each).label for each in pictures]
    assert np.mean(same) >= 0.97


def test_inputs_are_those_of_pytorch() -> None:
    assert np.array_equal(to_images(GLYPHS), to_input(torch.from_numpy(GLYPHS)).numpy())


def test_onnx_reads_by_default_where_it_is(copy: Path) -> None:
    assert predictor(copy).backend == "onnx"
    (copy / ONNX).unlink()
    assert predictor(copy).backend == "torch"


def change_contract(folder: Path, **changes: Any) -> None:
    write_json(folder / CONFIG, {**asdict(load_checkpoint(folder).contract), **changes})


def other_weights(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file({name: tensor * 2 for name, tensor in weights.items()}, folder / WEIGHTS)


def other_network(folder: Path) -> None:
    change_contract(folder, arguments={"dropout": 0.25})


def damaged(folder: Path) -> None:
    for name in (ONNX, INT8):
        (folder / name).write_bytes((folder / name).read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (other_weights, "was not made from"),
        (other_network, "was not made from"),
        (damaged, "can't be read as ONNX"),
    ],
)
def test_a_file_that_does_not_fit_is_not_used(
    spoil: Callable[[Path], None], message: str, copy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(copy)
    for backend in ("onnx", "onnx-int8"):
        with pytest.raises(CheckpointError, match=rf"{message}.*export --checkpoint"):
            predictor(copy, backend)
    with caplog.at_level(logging.WARNING):
        assert predictor(copy).backend == "torch"
    assert message in caplog.text


def test_training_again_leaves_no_stale_file(copy: Path) -> None:
    save_checkpoint(copy, build_model("glyphnet", 36), Contract("glyphnet", LABELS, "latin"))
    assert not (copy / ONNX).exists() and not (copy / INT8).exists()


def test_a_new_temperature_needs_no_new_file(copy: Path) -> None:
    change_contract(copy, temperature=3.0)
    assert predictor(copy).backend == "onnx"


def test_a_missing_file_says_how_to_make_it(copy: Path) -> None:
    (copy / INT8).unlink()
    with pytest.raises(CheckpointError, match=r"is missing; .* export --checkpoint .* --data SOURCE"):
        predictor(copy, "onnx-int8")


@pytest.mark.parametrize(("limit", "value", "name"), [("TOLERANCE", -1.0, ONNX), ("AGREEMENT", 1.1, INT8)])
def test_what_does_not_read_alike_is_not_written(
    limit: str, value: float, name: str, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, limit, value)
    before, files = (copy / name).read_bytes(), sorted(copy.iterdir())
    with pytest.raises(CheckpointError, match=f"{name} was not written"):
        export_onnx(load_checkpoint(copy))
        export_int8(load_checkpoint(copy), [GLYPHS])
    assert (copy / name).read_bytes() == before
    assert sorted(copy.iterdir()) == files


def test_blanks_calibrate_nothing(copy: Path) -> None:
    with pytest.raises(DataError, match="no ink"):
        export_int8(load_checkpoint(copy), [np.zeros((3, 64, 64), np.uint8)])


def test_reading_with_onnx_imports_no_pytorch(exported: Path, drawings: Path) -> None:
    code = (
        "import sys; from ocr_demo.__main__ import main\n"
        f"main(['predict', {str(drawings / 'A' / '14-240.png')!r}, '--checkpoint', {str(exported)!r}])\n"
        "print('torch' in sys.modules, 'onnx' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "False False"
    assert "A " in told.stdout


@pytest.mark.parametrize("backend", ["torch", "onnx", "onnx-int8"])
def test_the_command_line_takes_a_backend(
    backend: str, exported: Path, drawings: Path, data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--checkpoint", str(exported), "--backend", backend]
    assert main(["predict", str(drawings / "R" / "14-240.png"), *chosen]) == 0
    assert ": R " in capsys.readouterr().out
    assert main(["evaluate", "--data", f"folder:{drawings}", *chosen, "--json"]) == 0
    assert '"accuracy"' in capsys.readouterr().out
