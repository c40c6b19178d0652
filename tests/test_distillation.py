"""Learning from trained checkpoints: labels and their answers, mixed as asked."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Checkpoint, Contract, load_checkpoint, save_checkpoint
from ocr_demo.errors import OptionError
from ocr_demo.models import build_model, to_input
from ocr_demo.training.distillation import Teachers
from ocr_demo.training.fit import Trainer
from ocr_demo.training.options import TrainingOptions
from tests.test_training import OPTIONS, ROOT, squares, trainer


def teacher(folder: Path, alphabet: str = "latin", temperature: float = 1.0) -> Checkpoint:
    torch.manual_seed(len(folder.name))
    labels = ALPHABETS[alphabet].labels
    contract = Contract("glyphnet", labels, alphabet, {"width": 0.25}, temperature=temperature)
    network = build_model("glyphnet", len(labels), width=0.25)
    save_checkpoint(folder, network, contract, history=[], recipe="")
    return load_checkpoint(folder)


def test_targets_are_labels_and_the_teachers_mean_answer(tmp_path: Path) -> None:
    checkpoints = [teacher(tmp_path / "one"), teacher(tmp_path / "other", temperature=2.0)]
    teachers = Teachers(checkpoints, replace(OPTIONS, distillation=0.25))
    samples = squares()
    inputs = to_input(samples.glyphs)
    mixed = teachers.targets(inputs, samples.labels)
    with torch.no_grad():
        answers = [
            (one.network().eval()(inputs) / one.contract.temperature).softmax(1) for one in checkpoints
        ]
    expected = 0.75 * F.one_hot(samples.labels, 36) + 0.25 * torch.stack(answers).mean(0)
    assert torch.allclose(mixed, expected, atol=1e-6)


def pupil(folder: Path, options: TrainingOptions) -> Trainer:
    return trainer(options, Teachers([teacher(folder / "one")], options))


def test_none_of_their_answers_trains_as_labels_alone(tmp_path: Path) -> None:
    options = replace(OPTIONS, distillation=0.0)
    plain, same = (list(one.fit()) for one in (trainer(options), pupil(tmp_path, options)))
    assert same[-1].train_loss == pytest.approx(plain[-1].train_loss, rel=1e-3)


def test_what_teachers_doubt_is_learnt_with_doubt(tmp_path: Path) -> None:
    """A student of teachers that know nothing is as unsure as they are."""
    options = replace(OPTIONS, epochs=6, distillation=0.9)
    certain, doubting = (
        [list(student.fit()), student.best()[1].softmax(1).amax(1).mean().item()][1]
        for student in (trainer(options), pupil(tmp_path, options))
    )
    assert doubting < 0.5 < certain


def test_a_teacher_sees_what_its_student_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Distorted as it is for the step, and none of the outliers beside it."""
    shown: list[torch.Tensor] = []
    options = replace(OPTIONS, epochs=1, augmentation="full", outliers=0.5)
    student = pupil(tmp_path, options)
    monkeypatch.setattr(Teachers, "targets", lambda self, inputs, labels: [shown.append(inputs), labels][1])
    list(student.fit())
    plain = to_input(squares().glyphs)
    assert {len(inputs) for inputs in shown} == {len(plain) // 8}  # so few images are learnt in eight steps
    assert all((inputs[0] - plain).abs().amax((1, 2, 3)).min() > 0.1 for inputs in shown)


def test_a_teacher_of_another_alphabet_is_named(tmp_path: Path) -> None:
    stranger = teacher(tmp_path / "stranger", "arabic")
    with pytest.raises(OptionError, match=r"teachers: .*stranger reads arabic, this run latin"):
        Teachers([stranger], OPTIONS)


def test_a_run_tells_whom_it_learnt_from(tmp_path: Path) -> None:
    teacher(tmp_path / "wise")
    samples = squares()
    np.savez(tmp_path / "set.npz", images=samples.glyphs, labels=samples.labels, classes=[*"ABCD"])
    options = ["--teachers", str(tmp_path / "wise"), "--epochs", "1", "--model", "ocrcnn", "--name", "pupil"]
    done = subprocess.run(
        [sys.executable, "train.py", "--data", f"npz:{tmp_path / 'set.npz'}", *options, "--output", tmp_path],
        cwd=ROOT,
        env={"OCR_DEMO_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "the answers of 'wise' beside the labels" in (tmp_path / "pupil/README.md").read_text()
    recipe = TrainingOptions.from_yaml(tmp_path / "pupil/recipe.yaml")
    assert recipe.teachers == [str(tmp_path / "wise")]
