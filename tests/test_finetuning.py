"""A short training: it learns what it is shown, keeps the rest, and leaves a whole checkpoint or none."""

import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from ocr_demo.__main__ import main
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, Contract, load_checkpoint
from ocr_demo.errors import DataError, OptionError
from ocr_demo.evaluation.calibration import negative_energy
from ocr_demo.models import build_model
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading import Predictor
from ocr_demo.teaching.calibrating import confidence, recalibrated
from ocr_demo.teaching.doubts import doubted
from ocr_demo.teaching.finetuning import finetune
from ocr_demo.teaching.options import TuningComparison, TuningEpoch, TuningOptions, TuningSummary
from ocr_demo.teaching.replay import load_replay
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.tuner import Tuner, interpolated, parameter_groups
from tests.drawings import drawn, odd_seven
from tests.networks import small_checkpoint

LATIN = ALPHABETS["latin"]
SEVEN = LATIN.index("7")
WHOLE = {"README.md", "config.json", "history.json", "model.onnx", "model.safetensors", "recipe.yaml"}


def odd_sevens(count: int = 5) -> Samples:
    return Samples(
        np.stack([to_glyph(odd_seven(6 * number)) for number in range(count)]), np.full(count, SEVEN)
    )


def tuned(base: Path, folder: Path, home: Path, taught: Samples, **options: float) -> TuningSummary:
    """Teaches a checkpoint some samples; there is time for a machine that does much else."""
    wanted = TuningOptions(**{"seconds": 900, **options})  # type: ignore[arg-type]  # epochs among them
    *told, summary = finetune(load_checkpoint(base), taught, folder, wanted, home=home)
    kinds = [type(each) for each in told]
    assert kinds == sorted(kinds, key=[TuningEpoch, TuningComparison].index)
    shares = [each.share for each in told if isinstance(each, TuningComparison)]
    assert (shares[0], shares) == (0, sorted(set(shares)))
    assert shares[-1] == 1
    assert isinstance(summary, TuningSummary)
    return summary


@pytest.fixture(scope="module")
def home(shared_home: Path) -> Path:
    return shared_home


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_checkpoint(tmp_path / "small")


@pytest.fixture(scope="module")
def taught_seven(home: Path) -> Path:
    """latin after it was shown five odd sevens."""
    tuned(CHECKPOINTS / "latin", home / "mine", home, odd_sevens(), epochs=4)
    return home / "mine"


def test_it_reads_what_it_was_taught_and_the_rest_as_before(taught_seven: Path) -> None:
    before, after = (Predictor(load_checkpoint(folder)) for folder in (CHECKPOINTS / "latin", taught_seven))
    others = np.stack([to_glyph(odd_seven(lean)) for lean in (33, -4)])
    assert SEVEN not in before.logits(others).argmax(1)
    assert (after.logits(others).argmax(1) == SEVEN).all()
    plain = np.stack([to_glyph(drawn(character)) for character in "RAZT"])
    assert (after.logits(plain).argmax(1) == before.logits(plain).argmax(1)).all()


def test_the_checkpoint_is_whole(taught_seven: Path) -> None:
    assert {file.name for file in taught_seven.iterdir()} == WHOLE
    checkpoint = load_checkpoint(taught_seven)
    base = load_checkpoint(CHECKPOINTS / "latin").contract
    fitted = {"temperature": base.temperature, "threshold": base.threshold}
    assert replace(checkpoint.contract, **fitted) == base  # type: ignore[arg-type]  # these two alone
    assert 0.5 * base.temperature < checkpoint.contract.temperature < 2 * base.temperature
    assert Predictor(checkpoint).backend == "onnx"
    assert [row["epoch"] for row in checkpoint.history()] == [1, 2, 3, 4]
    card = (taught_seven / "README.md").read_text()
    assert "# mine" in card
    assert "python -m ocr_demo finetune" in card


def test_the_base_stays_and_nothing_is_left_where_it_is_cancelled(
    small: Path, home: Path, tmp_path: Path
) -> None:
    base = load_checkpoint(small)
    fingerprint = base.fingerprint()
    training = finetune(base, odd_sevens(), tmp_path / "mine", TuningOptions(seconds=900), home=home)
    next(training)
    training.close()
    assert base.fingerprint() == fingerprint
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_it_ends_when_its_time_is_up(small: Path, home: Path, tmp_path: Path) -> None:
    started = time.monotonic()
    tuned(small, tmp_path / "mine", home, odd_sevens(), epochs=1000, seconds=2)
    assert len(load_checkpoint(tmp_path / "mine").history()) < 200
    assert time.monotonic() - started < 600


def test_time_is_left_to_choose_what_to_keep(
    small: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock on which reading the rendered characters once takes a second, and all else next to none."""
    base, clock, read = load_checkpoint(small), 0.0, Tuner._read
    replay = load_replay(base.alphabet, home, torch.device("cpu"))

    def slowly(self: Tuner, network: nn.Module, glyphs: torch.Tensor) -> torch.Tensor:
        nonlocal clock
        clock += len(glyphs) / len(replay.held_glyphs)
        return read(self, network, glyphs)

    def ticking() -> float:
        nonlocal clock
        clock += 1e-4
        return clock

    monkeypatch.setattr(Tuner, "_read", slowly)
    monkeypatch.setattr("ocr_demo.teaching.tuner.time", SimpleNamespace(monotonic=ticking))
    tuner = Tuner(base, odd_sevens(), replay, TuningOptions(epochs=1000), torch.device("cpu"))
    epochs = list(tuner.fit(30))
    assert list(tuner.tuned())
    assert len(epochs) > 10
    assert clock < 32


def test_any_architecture_and_alphabet_can_be_taught(home: Path, tmp_path: Path) -> None:
    base = load_checkpoint(small_checkpoint(tmp_path / "base", "arabic", "ocrcnn_bn"))
    options = TuningOptions(epochs=1, seconds=900, layers="head")
    list(finetune(base, odd_sevens(), tmp_path / "mine", options, home=home))
    before, weights = (each.network().state_dict() for each in (base, load_checkpoint(tmp_path / "mine")))
    changed = {name for name in before if not torch.equal(before[name], weights[name])}
    assert changed == {name for name in weights if name.startswith("12.")}  # the last layer


def test_what_cannot_be_learnt_from_is_refused(small: Path, home: Path, tmp_path: Path) -> None:
    nothing = Samples(np.empty((0, 64, 64), np.uint8), np.empty(0, np.int64))
    beyond = Samples(odd_sevens(1).glyphs, np.array([36]))
    for taught, message in ((nothing, "nothing to learn"), (beyond, "without a class")):
        with pytest.raises(DataError, match=message):
            tuned(small, tmp_path / "mine", home, taught)
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("epochs", 0),
        ("epochs", 2.5),
        ("seconds", 0.5),
        ("learning_rate", 0),
        ("layers", "some"),
        ("seed", -1),
    ],
)
def test_options_that_cannot_be_are_named(option: str, value: float) -> None:
    with pytest.raises(OptionError, match=option):
        TuningOptions(**{option: value})  # type: ignore[arg-type]  # any of them


ROUND, STRAIGHT = [1.0, 0.2, 0.0], [0.0, 0.2, 1.0]
"""What a network sees in two kinds of ink; classes are numbered as they come: 0, 1, 2."""


def contradicted(seen: list[list[float]], labels: list[int], read: list[float] | None = None) -> list[bool]:
    """Which samples are doubted, all read alike; by default as nothing in particular."""
    noise = torch.randn(len(labels), 3, generator=torch.Generator().manual_seed(0)) / 100
    probabilities = torch.tensor([read or [1 / 3] * 3] * len(labels))
    return doubted(torch.tensor(seen) + noise, probabilities, torch.tensor(labels)).tolist()


def test_a_sample_that_the_others_contradict_is_doubted() -> None:
    assert (
        contradicted([ROUND] * 5 + [STRAIGHT] * 3, [0, 0, 0, 0, 1, 1, 1, 1])
        == [False] * 4 + [True] + [False] * 3
    )


def test_what_a_network_misreads_is_not_doubted() -> None:
    """All of class 0 are read as class 1, which others are: it is the network that is wrong."""
    assert not any(contradicted([ROUND] * 4 + [STRAIGHT] * 4, [0] * 4 + [1] * 4, [0.01, 0.98, 0.01]))


def test_one_other_sample_contradicts_nothing() -> None:
    assert not any(contradicted([ROUND, ROUND, STRAIGHT, STRAIGHT], [0, 1, 2, 2]))


def test_no_more_than_a_third_are_doubted() -> None:
    labels = [0] * 5 + [1, 2, 1, 2]
    assert sum(contradicted([ROUND] * 9, labels)) == 3


def test_many_samples_are_compared_with_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_demo.teaching.doubts.MANY", 20)
    monkeypatch.setattr("ocr_demo.teaching.doubts.BATCH", 7)
    wrong = [0] * 29 + [1] + [1] * 30
    assert contradicted([ROUND] * 30 + [STRAIGHT] * 30, wrong) == [False] * 29 + [True] + [False] * 30


def test_early_layers_learn_slower_or_not_at_all() -> None:
    network = build_model("glyphnet", 36)
    groups = parameter_groups(network, TuningOptions(learning_rate=0.1))
    rates = [group["lr"] for group in groups]
    assert rates[0] == 0.1
    assert rates == sorted(rates, reverse=True)
    assert not next(network.parameters()).requires_grad
    assert len(parameter_groups(network, TuningOptions(layers="head"))) == 1


def test_weights_lie_between_those_of_base_and_tuned() -> None:
    base, other = build_model("glyphnet", 36).eval(), build_model("glyphnet", 36).eval()
    images = torch.zeros(1, 1, 64, 64)
    for share, end in ((0.0, base), (1.0, other)):
        assert torch.allclose(interpolated(base, other, share)(images), end(images), atol=1e-5)


def test_confidence_and_acceptance_stay_on_what_was_not_taught() -> None:
    random = np.random.default_rng(0)
    before = random.normal(0, 3, (500, 36))
    contract = Contract("glyphnet", LATIN.labels, "latin", temperature=1.3, threshold=7.0)
    after = 1.25 * before + random.normal(0, 0.1, before.shape)
    fitted = recalibrated(contract, before, after)
    assert fitted.threshold is not None
    assert confidence(after / fitted.temperature) == pytest.approx(confidence(before / 1.3), abs=1e-4)
    refused = (negative_energy(before) < 7.0).mean()
    assert 0 < refused < 1
    assert (negative_energy(after) < fitted.threshold).mean() == pytest.approx(refused, abs=0.01)


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A folder of odd sevens."""
    (tmp_path / "set" / "7").mkdir(parents=True)
    for number in range(3):
        cv2.imwrite(str(tmp_path / "set" / "7" / f"{number}.png"), odd_seven(5 * number))
    return tmp_path / "set"


def test_the_command_makes_what_other_commands_take(
    small: Path,
    samples: Path,
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OCR_DEMO_HOME", str(home))
    out = tmp_path / "mine"
    arguments = ["--data", f"folder:{samples}", "--from", str(small), "--out", str(out)]
    assert main(["finetune", *arguments, "--epochs", "1", "--seconds", "900"]) == 0
    captured = capsys.readouterr()
    assert "epoch 1: loss" in captured.err
    assert "3 samples" in captured.out
    assert captured.out.splitlines()[-1] == f"wrote {out}"
    assert main(["predict", str(samples / "7" / "0.png"), "--checkpoint", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checkpoint"] == "mine"


def test_the_command_writes_over_nothing_but_checkpoints(
    samples: Path, data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["finetune", "--data", f"folder:{samples}", "--from", "latin", "--out"]
    for out, message in ((samples, "no checkpoint"), (CHECKPOINTS / "latin", "to start from")):
        assert main([*arguments, str(out)]) == 2
        assert message in capsys.readouterr().err
    assert (samples / "7" / "0.png").exists()
