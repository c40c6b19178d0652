"""A checkpoint comes back as it was saved, or says what is wrong; a fault leaves the old one whole."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ocr_demo import checkpoint as checkpoint_module
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CONFIG, WEIGHTS, Contract, load_checkpoint, save_checkpoint
from ocr_demo.errors import CheckpointError
from ocr_demo.models import build_model
from ocr_demo.reading import Predictor

LABELS = ALPHABETS["latin"].labels
CONTRACT = Contract("glyphnet", LABELS, "latin", temperature=1.5, threshold=2.0)
GLYPHS = np.random.default_rng(0).integers(0, 256, (5, 64, 64), dtype=np.uint8)


def saved(folder: Path, seed: int = 0, **options: Any) -> np.ndarray:
    """Saves a network of random weights; gives its logits on `GLYPHS`."""
    torch.manual_seed(seed)
    network = build_model("glyphnet", 36).eval()
    save_checkpoint(folder, network, CONTRACT, history=[{"epoch": 1}], recipe="epochs: 1\n", **options)
    return Predictor(load_checkpoint(folder)).logits(GLYPHS)


def test_round_trip(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = build_model("glyphnet", 36).eval()
    save_checkpoint(tmp_path / "mine", network, CONTRACT, history=[{"epoch": 1}])
    loaded = load_checkpoint(tmp_path / "mine")
    assert loaded.contract == CONTRACT
    assert loaded.history() == [{"epoch": 1}]
    assert loaded.report() == {}
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded.weights[name], tensor)


def test_half_precision_halves_the_file_and_reads_alike(tmp_path: Path) -> None:
    whole, half = saved(tmp_path / "whole"), saved(tmp_path / "half", half=True)
    assert np.abs(whole - half).max() < 0.02
    sizes = [(tmp_path / name / WEIGHTS).stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.55 * sizes[1]


def test_batch_and_single_reading_agree(tmp_path: Path) -> None:
    batch = saved(tmp_path / "mine")
    predictor = Predictor(load_checkpoint(tmp_path / "mine"))
    single = np.concatenate([predictor.logits(glyph[None]) for glyph in GLYPHS])
    assert np.allclose(batch, single, atol=1e-4)


def test_reading_nothing_gives_nothing(tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    assert Predictor(load_checkpoint(tmp_path / "mine")).predict_glyphs(GLYPHS[:0]) == []


def test_probabilities_are_calibrated_and_sum_to_one(tmp_path: Path) -> None:
    logits = saved(tmp_path / "mine")
    probabilities = Predictor(load_checkpoint(tmp_path / "mine")).probabilities(logits)
    expected = torch.softmax(torch.from_numpy(logits).double() / CONTRACT.temperature, 1).numpy()
    assert np.allclose(probabilities, expected)


@pytest.mark.parametrize("broken", ["save_file", "write_json", "rename first", "rename second"])
def test_a_fault_while_saving_leaves_the_old_checkpoint_whole(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    before = saved(folder, seed=1)
    renames = 0
    rename = Path.rename

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left on device")

    def rename_or_fail(path: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames == (1 if broken == "rename first" else 2):
            fail()
        return rename(path, target)

    with monkeypatch.context() as patched:
        if broken.startswith("rename"):
            patched.setattr(Path, "rename", rename_or_fail)
        else:
            patched.setattr(checkpoint_module, broken, fail)
        with pytest.raises(OSError, match="no space"):
            saved(folder, seed=2)
    assert np.array_equal(Predictor(load_checkpoint(folder)).logits(GLYPHS), before)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


HOSTILE = {
    "temperature": (0.0, "temperature"),
    "format": (99, "format"),
    "preprocessing": ("0", "preprocessing"),
    "architecture": ("lenet", "unknown model"),
    "alphabet": ("greek", "alphabet"),
    "labels": (["A", "B"], "labels"),
    "arguments": ({"depth": 9}, "does not take"),
    "surprise": (1, "field"),
}


@pytest.mark.parametrize("field", HOSTILE)
def test_a_contract_that_does_not_hold_is_named(field: str, tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    path = tmp_path / "mine" / CONFIG
    value, message = HOSTILE[field]
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path / "mine")


class Payload:
    """A pickle that would run code."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return pytest.fail, ("the weights were unpickled",)


@pytest.mark.parametrize("weights", [b"", b"{}", bytes(64), pickle.dumps(Payload()), b"\xff" * 2000])
def test_weights_that_are_not_safetensors_are_refused_and_never_unpickled(
    weights: bytes, tmp_path: Path
) -> None:
    saved(tmp_path / "mine")
    (tmp_path / "mine" / WEIGHTS).write_bytes(weights)
    with pytest.raises(CheckpointError, match="safetensors"):
        load_checkpoint(tmp_path / "mine")


@pytest.mark.parametrize("missing", [CONFIG, WEIGHTS])
def test_a_missing_file_is_named(missing: str, tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    (tmp_path / "mine" / missing).unlink()
    with pytest.raises(CheckpointError, match=missing):
        load_checkpoint(tmp_path / "mine")


@pytest.mark.parametrize("text", ["", "[]", "null", '"x"', "{", '{"labels": 5}'])
def test_a_config_that_is_no_contract_is_refused(text: str, tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    (tmp_path / "mine" / CONFIG).write_text(text)
    with pytest.raises(CheckpointError, match=CONFIG):
        load_checkpoint(tmp_path / "mine")


def test_no_folder_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"train one with train\.py"):
        load_checkpoint(tmp_path / "none")
