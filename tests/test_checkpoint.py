"""A checkpoint comes back as it was saved, or says what is wrong; a fault leaves the old one whole."""

import json
import math
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from ocr_demo import weights as weights_module
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CONFIG, WEIGHTS, Contract, load_checkpoint, save_checkpoint
from ocr_demo.errors import CheckpointError
from ocr_demo.evaluation.measuring import recorded_reports
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
    assert recorded_reports(loaded) == []
    read = loaded.network().state_dict()
    for name, tensor in network.state_dict().items():
        assert torch.equal(read[name], tensor)


def test_half_precision_halves_the_file_and_reads_alike(tmp_path: Path) -> None:
    whole, half = saved(tmp_path / "whole"), saved(tmp_path / "half", half=True)
    assert np.abs(whole - half).max() < 0.02
    sizes = [(tmp_path / name / WEIGHTS).stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.55 * sizes[1]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_weights_may_be_read_by_whoever_may_read_the_rest(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        saved(tmp_path / "mine")
    finally:
        os.umask(before)
    modes = {name: (tmp_path / "mine" / name).stat().st_mode & 0o777 for name in (WEIGHTS, CONFIG)}
    assert modes == dict.fromkeys(modes, 0o666 & ~mask)


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


def failing_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Lets that one of the calls that saving makes to the disk fail; gives how many have been made."""
    calls = 0

    def wrap(owner: Any, name: str) -> None:
        function = getattr(owner, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == step:
                raise OSError("no space left on device")
            return function(*arguments, **options)

        monkeypatch.setattr(owner, name, counted)

    wrap(weights_module, "save_file")
    wrap(tempfile, "mkdtemp")
    for name in ("write_text", "replace", "rename", "mkdir", "chmod"):
        wrap(Path, name)
    return lambda: calls


def test_a_fault_at_any_step_of_saving_leaves_the_old_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    before = saved(folder, seed=1)
    for step in range(1, 100):
        with monkeypatch.context() as patched:
            calls = failing_at(step, patched)
            with suppress(OSError):
                save_checkpoint(folder, build_model("glyphnet", 36), CONTRACT, recipe="epochs: 1\n")
        if calls() < step:
            break  # there is no such step: it went through
        assert np.array_equal(Predictor(load_checkpoint(folder)).logits(GLYPHS), before)
        assert [path.name for path in tmp_path.iterdir()] == ["mine"]
        assert load_checkpoint(folder).history() == [{"epoch": 1}]
    assert step > 8  # weights, three files, two of them by replacing, two renames …
    assert not np.array_equal(Predictor(load_checkpoint(folder)).logits(GLYPHS), before)


def test_killed_between_the_two_renames_the_old_checkpoint_comes_back(tmp_path: Path) -> None:
    before = saved(tmp_path / "mine")
    shutil.move(tmp_path / "mine", tmp_path / ".mine.former")
    assert np.array_equal(Predictor(load_checkpoint(tmp_path / "mine")).logits(GLYPHS), before)


HOSTILE = {
    "no temperature": ("temperature", 0.0, "temperature"),
    "a temperature below 0": ("temperature", -1, "temperature"),
    "a huge temperature": ("temperature", 1e300, "temperature"),
    "an endless temperature": ("temperature", math.inf, "temperature"),
    "a temperature that is no number": ("temperature", math.nan, "temperature"),
    "a temperature in words": ("temperature", "warm", "temperature"),
    "a threshold in words": ("threshold", "high", "threshold"),
    "a format of the future": ("format", 99, "format"),
    "another preprocessing": ("preprocessing", "0", "preprocessing"),
    "an unknown architecture": ("architecture", "lenet", "unknown model"),
    "another architecture": ("architecture", "ocrcnn", "don't fit"),
    "an architecture that is a list": ("architecture", ["glyphnet"], "architecture"),
    "an unknown alphabet": ("alphabet", "greek", "alphabet"),
    "an alphabet that is a list": ("alphabet", [], "alphabet"),
    "other labels": ("labels", ["A", "B"], "labels"),
    "an unknown argument": ("arguments", {"depth": 9}, "does not take"),
    "arguments that are a list": ("arguments", [1], "arguments"),
    "an argument out of range": ("arguments", {"dropout": 7}, "does not take"),
    "an argument that takes all memory": ("arguments", {"width": 1e5}, r"0\.weight should be"),
    "an argument that fetches": ("arguments", {"pretrained": True}, "fetch"),
    "a surprise": ("surprise", 1, "field"),
}


@pytest.mark.parametrize("trouble", HOSTILE)
def test_a_contract_that_does_not_hold_is_named(trouble: str, tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    path = tmp_path / "mine" / CONFIG
    field, value, message = HOSTILE[trouble]
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path / "mine").network()


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
        load_checkpoint(tmp_path / "mine").network()


@pytest.mark.parametrize("missing", [CONFIG, WEIGHTS])
def test_a_missing_file_is_named(missing: str, tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    (tmp_path / "mine" / missing).unlink()
    with pytest.raises(CheckpointError, match=missing):
        load_checkpoint(tmp_path / "mine").network()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(2, 2), r"should be \(36,\), is \(2, 2\)"),
        (None, r"should be \(36,\), is absent"),
        (torch.full((36,), math.nan), "holds values that are no numbers"),
    ],
)
def test_weights_that_do_not_fit_are_named(wrong: torch.Tensor | None, message: str, tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    weights = load_file(tmp_path / "mine" / WEIGHTS)
    (bias,) = [name for name, tensor in weights.items() if tensor.shape == (36,)]
    del weights[bias]
    changed = weights if wrong is None else {**weights, bias: wrong}
    save_file(changed, tmp_path / "mine" / WEIGHTS)
    with pytest.raises(CheckpointError, match=rf"{bias} {message}"):
        load_checkpoint(tmp_path / "mine").network()


@pytest.mark.parametrize("text", ["", "[]", "null", '"x"', "{", '{"labels": 5}', "[" * 100_000])
def test_a_config_that_is_no_contract_is_refused(text: str, tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    (tmp_path / "mine" / CONFIG).write_text(text)
    with pytest.raises(CheckpointError, match=CONFIG):
        load_checkpoint(tmp_path / "mine").network()


def test_no_folder_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"train one with train\.py"):
        load_checkpoint(tmp_path / "none")
