"""The engine: same seed, same history; killed or shared by two processes, still the same."""

import json
import re
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Contract, load_checkpoint, save_checkpoint
from ocr_demo.datasets import load_glyphs
from ocr_demo.errors import OcrDemoError, OptionError
from ocr_demo.evaluation.comparison import ZOO_FOLDER
from ocr_demo.models import build_model
from ocr_demo.reading import Predictor
from ocr_demo.training.augmentation import Augmentation
from ocr_demo.training.distillation import Teachers
from ocr_demo.training.epoch import EpochResult
from ocr_demo.training.fit import Trainer
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.precision import autocast, is_emulated
from ocr_demo.training.processes import Processes, choose_device
from ocr_demo.training.runs import Run
from ocr_demo.training.samples import Samples
from ocr_demo.training.train import settled, start_from, train
from tests.launching import ROOT, TIMES, bars, command, environment, history, run
from train import given, main, parse

HERE = Processes(0, 1, torch.device("cpu"))
OPTIONS = TrainingOptions(
    data=["npz:none"],
    model="ocrcnn",
    epochs=2,
    batch_size=16,
    learning_rate=1e-3,
    augmentation="off",
    patience=0,
)

KEPT = {"options.yaml", "environment.json", "history.json", "checkpoint", "finished"}
"""What a run's folder holds in the end."""


def squares(count: int = 64, classes: int = 4, seed: int = 0) -> Samples:
    """Glyphs whose class is where their square of ink lies."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    glyphs = random.integers(0, 40, (count, 64, 64), dtype=np.uint8)
    for glyph, label in zip(glyphs, labels, strict=True):
        glyph[4 + 14 * label :, 10:30][:12] = 255
    return Samples(torch.from_numpy(glyphs), torch.from_numpy(labels))


def trainer(options: TrainingOptions, teachers: Teachers | None = None) -> Trainer:
    torch.manual_seed(options.seed)
    network = build_model(options.model, 36, **options.model_arguments)
    return Trainer(network, squares(), squares(seed=1), options, HERE, teachers=teachers)


def figures(results: list[EpochResult]) -> list[dict[str, Any]]:
    """A history without what depends on the machine's mood."""
    return [{key: value for key, value in asdict(result).items() if key not in TIMES} for result in results]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
@pytest.mark.parametrize("scheduler", ["plateau", "cosine", "step", "exponential", "onecycle", "none"])
def test_every_optimizer_goes_with_every_schedule(optimizer: Any, scheduler: Any) -> None:
    options = replace(OPTIONS, optimizer=optimizer, scheduler=scheduler, learning_rate=1e-4)
    results = list(trainer(options).fit())
    assert [result.epoch for result in results] == [1, 2]
    assert np.isfinite(results[-1].train_loss)


def test_it_learns() -> None:
    assert list(trainer(replace(OPTIONS, epochs=6)).fit())[-1].validation_accuracy > 0.9


def test_the_same_seed_gives_the_same_history_and_another_does_not() -> None:
    options = replace(OPTIONS, augmentation="full", outliers=0.25)
    first, second = (figures(list(trainer(options).fit())) for _ in range(2))
    other = figures(list(trainer(replace(options, seed=1)).fit()))
    assert first == second
    assert first != other


def test_characters_and_outliers_are_bent_alike_and_ever_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    distorted, asked = Augmentation.__call__, []

    def watched(
        self: Augmentation, glyphs: torch.Tensor, *arguments: Any, progress: float = 0.0
    ) -> torch.Tensor:
        asked.append((len(glyphs), progress))
        return distorted(self, glyphs, *arguments, progress=progress)

    monkeypatch.setattr(Augmentation, "__call__", watched)
    options = replace(OPTIONS, augmentation="full", outliers=0.25, epochs=2)
    network = build_model(options.model, 36, **options.model_arguments)
    foreign = torch.full((3, 64, 64), 200, dtype=torch.uint8)
    list(Trainer(network, squares(), squares(seed=1), options, HERE, foreign).fit())
    batch = HERE.shared_batch(options.batch_size, len(squares()))
    assert {(size, progress) for size, progress in asked} == {
        (size, progress) for size in (batch, batch // 8) for progress in (0.0, 0.5)
    }


def test_a_small_batch_has_outliers_of_both_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def watched(glyphs: torch.Tensor, labels: torch.Tensor, count: int, generator: object) -> torch.Tensor:
        made.append(count)
        return glyphs[:count]

    monkeypatch.setattr("ocr_demo.training.fit.make_outliers", watched)
    options = replace(OPTIONS, outliers=0.01, epochs=1, augmentation="off")
    network = build_model(options.model, 36, **options.model_arguments)
    foreign = torch.full((3, 64, 64), 200, dtype=torch.uint8)
    engine = Trainer(network, squares(), squares(seed=1), options, HERE, foreign)
    list(engine.fit())
    assert set(made) == {1}
    shapes = engine._drawn_outliers(torch.zeros(8, 1, 64, 64), torch.zeros(8), torch.Generator())
    assert [float(shape.max()) > 0 for shape in shapes] == [True, False]


def test_it_stops_on_a_plateau() -> None:
    options = replace(OPTIONS, epochs=50, learning_rate=1e-12, patience=3)
    engine = trainer(options)
    results = list(engine.fit())
    assert engine.has_stalled
    assert len(results) == 1 + 3


def test_it_goes_on_while_the_loss_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([3.0, 2.5, 2.0, 1.5, 1.5, 1.4999])
    monkeypatch.setattr(Trainer, "_validate", lambda self: (next(losses), 0.1))
    assert len(list(trainer(replace(OPTIONS, epochs=50, patience=2)).fit())) == 6


@pytest.mark.parametrize(
    ("wanted", "drawn", "batch"),
    [(256, 20_000, 256), (200, 1600, 200), (256, 800, 64), (256, 80, 8), (256, 20, 8), (256, 5, 5)],
)
def test_a_few_images_are_learnt_in_several_steps(wanted: int, drawn: int, batch: int) -> None:
    assert HERE.shared_batch(wanted, drawn) == batch


def test_closing_stops_and_what_was_learnt_stays() -> None:
    engine = trainer(replace(OPTIONS, epochs=100))
    epochs = engine.fit()
    next(epochs)
    epochs.close()
    assert len(engine.history) == 1
    assert engine.best()[1].shape == (64, 36)


@pytest.mark.parametrize("changes", [{"precision": "bf16"}, {"averaging": 0.9}, {"class_balance": True}])
def test_variations_train(changes: dict[str, Any]) -> None:
    results = list(trainer(replace(OPTIONS, epochs=6, **changes)).fit())
    assert results[-1].train_loss < results[0].train_loss


@pytest.mark.parametrize(("has_bf16", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_bf16_is_not_emulated(has_bf16: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: has_bf16, raising=False)
    with autocast("bf16", HERE.device):
        assert torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2)).dtype == dtype
    assert is_emulated("bf16", HERE.device) is not has_bf16
    assert not is_emulated("off", HERE.device)


def test_the_memory_layout_changes_nothing_but_rounding() -> None:
    histories = [list(trainer(replace(OPTIONS, channels_last=layout)).fit()) for layout in (False, True)]
    assert histories[0][-1].train_loss == pytest.approx(histories[1][-1].train_loss, rel=1e-3)


def test_gradients_are_clipped() -> None:
    engine = trainer(replace(OPTIONS, optimizer="sgd", clip_gradient=1e-9, weight_decay=0.0, epochs=1))
    before = {name: tensor.clone() for name, tensor in engine.best_weights.items()}
    list(engine.fit())
    moved = max((engine.best_weights[name] - tensor).abs().max().item() for name, tensor in before.items())
    assert 0 < moved < 1e-8 or moved == 0


def test_going_on_from_a_state_is_as_if_unbroken() -> None:
    options = replace(OPTIONS, epochs=4, scheduler="cosine", averaging=0.8, augmentation="light")
    unbroken = figures(list(trainer(options).fit()))
    first = trainer(options)
    epochs = first.fit()
    next(epochs), next(epochs)
    second = trainer(options)
    second.load_state(first.state())
    list(second.fit())
    assert figures(second.history) == unbroken


def test_sources_are_drawn_by_weight() -> None:
    samples = replace(squares(100), sources=((0, 40, 0.5), (40, 60, 2.0), (60, 100, 1.0)))
    order = samples.order(torch.Generator().manual_seed(0))
    assert len(order) == samples.per_epoch() == 20 + 40 + 40
    counts = torch.bincount(order, minlength=100)
    assert counts[:40].max() == 1
    assert (counts[40:60] == 2).all()
    assert (counts[60:] == 1).all()


def test_a_batch_that_processes_cannot_share_is_refused() -> None:
    with pytest.raises(OptionError, match="batch_size"):
        Trainer(
            build_model("ocrcnn", 36), squares(), squares(), OPTIONS, Processes(0, 3, torch.device("cpu"))
        )


def test_a_batch_that_does_not_fit_the_device_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    engine = trainer(OPTIONS)
    monkeypatch.setattr(engine, "_step", full)
    with pytest.raises(OptionError, match="batch_size: 8 does not fit the memory of cpu; lower it"):
        next(engine.fit())


def test_compiling_without_a_compiler_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from torch._inductor import config, cpp_builder

    cpp_builder.cpp_compiler_search.cache_clear()
    monkeypatch.setattr(config.cpp, "cxx", ("no-such-compiler",))
    with pytest.raises(OptionError, match=r"compile: needs a C\+\+ compiler"):
        list(train(replace(OPTIONS, compile=True, output=str(tmp_path)), tmp_path, HERE))


@pytest.mark.parametrize("device", ["tpu", "cuda:x", "cuda:99", "cuda"])
def test_devices_that_are_not_there_are_named(device: str) -> None:
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(OptionError, match="device"):
        choose_device(device)


# --- the script -------------------------------------------------------------------------------------


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    return bars(tmp_path)


def test_killed_at_any_moment_it_goes_on_as_if_unbroken(arrays: Path) -> None:
    assert run(arrays, command(arrays, "unbroken", "--epochs", "4")).returncode == 0
    killed = subprocess.Popen(
        [sys.executable, *command(arrays, "killed", "--epochs", "4")], cwd=ROOT,
        env=environment(arrays), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with killed:
        assert killed.stdout is not None
        for line in killed.stdout:
            if line.startswith("epoch 1"):
                killed.send_signal(signal.SIGKILL)
                break
    assert killed.returncode == -signal.SIGKILL
    assert not (arrays.parent / "out" / "killed").exists()
    resumed = run(arrays, ["train.py", "--name", "killed", "--resume"])
    assert resumed.returncode == 0, resumed.stderr
    assert "epoch 1:" not in resumed.stdout
    assert history(arrays, "killed") == history(arrays, "unbroken")
    (folder,) = (arrays.parent / "home" / "runs").glob("killed-*")
    assert {path.name for path in folder.iterdir()} == KEPT
    written = load_checkpoint(arrays.parent / "out" / "killed")
    assert load_checkpoint(folder / "checkpoint").fingerprint() == written.fingerprint()


RESUMED = {
    "--name killed --epochs 4 --learning-rate 0.1": ["--epochs", "--learning-rate"],
    "--name killed --epochs 20 --model-arguments width 0.5": ["--epochs", "--model-arguments"],
    "--name killed --no-class-balance --data=npz:none --epochs 60": ["--no-class-balance"],
    "--name killed --config RECIPE": ["--config"],
    "--name killed --config RECIPE --batch-size 16 --seed 0": [],
    "--name killed": [],
}


@pytest.mark.parametrize("arguments", RESUMED)
def test_a_resumed_run_takes_no_other_options_than_its_own(arguments: str, tmp_path: Path) -> None:
    own = replace(OPTIONS, name="killed", epochs=60, class_balance=True)
    run = Run.start(tmp_path / "runs", own)
    run.store({}, [])
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("batch_size: 32\nclass_balance: true\n", encoding="utf-8")
    words = ["--resume", *arguments.replace("RECIPE", str(recipe)).split()]
    if not RESUMED[arguments]:
        assert settled(parse(words), tmp_path, given(words)) == replace(own, resume=True)
        return
    with pytest.raises(OptionError, match=re.escape(str(run.folder / "options.yaml"))) as refused:
        settled(parse(words), tmp_path, given(words))
    assert str(refused.value).endswith("; leave out " + ", ".join(RESUMED[arguments]))


def test_a_run_is_done_when_its_checkpoint_is_kept_and_not_before(tmp_path: Path) -> None:
    run = Run.start(tmp_path, OPTIONS)
    run.store({}, [])
    with pytest.raises(OSError, match="nowhere"):
        run.finish(tmp_path / "nowhere")
    assert run.is_unfinished
    (tmp_path / "made").mkdir()
    run.finish(tmp_path / "made")
    assert not run.is_unfinished
    assert {path.name for path in run.folder.iterdir()} == KEPT


def test_what_is_shown_as_no_character_is_refused(arrays: Path) -> None:
    random = np.random.default_rng(1)
    strangers = np.stack([np.kron(random.integers(0, 2, (5, 5)), np.full((8, 8), 255)) for _ in range(64)])
    np.savez(arrays.parent / "strangers.npz", images=strangers.astype(np.uint8))
    outliers = ["--outliers", "0.5", "--outlier-data", f"npz:{arrays.parent / 'strangers.npz'}"]
    assert run(arrays, command(arrays, "learnt", "--epochs", "12", *outliers)).returncode == 0
    predictor = Predictor(load_checkpoint(arrays.parent / "out" / "learnt"))
    characters = np.load(arrays)["images"]
    assert np.mean([predictor.predict(image).is_character for image in characters]) > 0.9
    assert np.mean([predictor.predict(image).is_character for image in strangers]) < 0.2


def test_a_run_starts_from_a_checkpoint_and_says_so(arrays: Path) -> None:
    assert run(arrays, command(arrays, "base", "--epochs", "3")).returncode == 0
    base = arrays.parent / "out" / "base"
    started = ["--start-from", str(base), "--epochs", "1", "--learning-rate", "1e-9", "--seed", "5"]
    assert run(arrays, command(arrays, "next", *started)).returncode == 0
    before, after = (
        json.loads((base.parent / name / "history.json").read_text()) for name in ("base", "next")
    )
    kept = max(reversed(before), key=lambda row: row["validation_accuracy"])
    assert after[0]["validation_loss"] == pytest.approx(kept["validation_loss"], rel=1e-3)
    assert (
        "the weights of 'base' to start from, after its 3 epochs"
        in (base.parent / "next/README.md").read_text()
    )


def test_another_alphabet_starts_from_all_but_the_last_layer(tmp_path: Path) -> None:
    latin, arabic = (ALPHABETS[name].labels for name in ("latin", "arabic"))
    base = build_model("glyphnet", len(latin), width=0.25)
    arguments = {"width": 0.25}
    save_checkpoint(tmp_path / "base", base, Contract("glyphnet", latin, "latin", arguments))
    network = build_model("glyphnet", len(arabic), width=0.25)
    before = {name: weights.clone() for name, weights in network.state_dict().items()}
    options = TrainingOptions(alphabet="arabic", model_arguments=arguments)
    start_from(network, load_checkpoint(tmp_path / "base"), options)
    old, new = base.state_dict(), network.state_dict()
    *shared, weight, bias = new
    assert all(torch.equal(new[name], old[name]) for name in shared)
    assert all(torch.equal(new[name], before[name]) for name in (weight, bias))


MISTAKES = {
    "an unknown option": (["--epoks", "3"], 2, "epoks"),
    "a word for a number": (["--epochs", "many"], 2, "epochs"),
    "an unknown choice": (["--optimizer", "lion"], 2, "adamw"),
    "an unknown model": (["--model", "lenet"], 2, "choose from"),
    "an unknown source": (["--data", "csv:x"], 2, "choose from"),
    "an option given twice": (["--data", "fonts", "--data", "scenes"], 2, "given 2 times"),
    "a folder that is not there": (["--data", "folder:/nowhere"], 1, "there is no /nowhere"),
    "no recipe": (["--config", "/nowhere.yaml"], 2, "config"),
    "a contradiction": (["--freeze"], 2, "freeze"),
    "a value out of range": (["--validation", "2"], 2, "validation"),
    "outliers of which none are drawn": (["--outlier-data", "scripts"], 2, "outlier_data"),
    "nothing to resume": (["--resume", "--name", "never-started"], 2, "resume"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_get_a_line_that_says_what_to_do(
    mistake: str, data_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, code, message = MISTAKES[mistake]
    monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        sys.exit(main())
    assert ended.value.code == code
    assert message in capsys.readouterr().err


def test_a_mistake_ends_the_process_without_a_traceback(arrays: Path) -> None:
    arguments, code, message = MISTAKES["a folder that is not there"]
    done = run(arrays, ["train.py", *arguments])
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_contradictions_are_told_before_any_data_is_made(arrays: Path) -> None:
    save_checkpoint(
        arrays.parent / "arab",
        build_model("glyphnet", 28, width=0.25),
        Contract("glyphnet", ALPHABETS["arabic"].labels, "arabic", {"width": 0.25}),
    )
    contradictions = {
        "precision: fp16": ["--precision", "fp16"],
        "teachers: ": ["--teachers", str(arrays.parent / "arab")],
        "start_from: ": ["--start-from", str(arrays.parent / "arab")],
        "does not take": ["--model-arguments", "depth", "3"],
        "there is no /nowhere": ["--data", f"npz:{arrays}", "folder:/nowhere"],
        "npz:/nowhere.npz": ["--outliers", "0.1", "--outlier-data", "npz:/nowhere.npz"],
        f"give --data npz:{arrays}": ["--data", f"drawings:npz:{arrays}@0.5"],
    }
    for told, options in contradictions.items():
        with pytest.raises(OcrDemoError, match=re.escape(told)):
            list(train(parse(command(arrays, "wrong", *options)[1:]), arrays.parent / "home", HERE))
        assert not (arrays.parent / "home").exists(), told


def test_recipes_in_the_repository_are_whole() -> None:
    for path in sorted((ROOT / "configs").glob("*.yaml")):
        options = TrainingOptions.from_yaml(path)
        of_zoo = path.stem == ZOO_FOLDER  # a checkpoint of that name would replace the comparison
        assert options.name == (TrainingOptions.name if of_zoo else path.stem)


def a_fifth_to_train_on(archive: Path, made: Path) -> Path:
    """Of Standard OCR a fifth of what is trained on, and all that is tested on."""
    with tarfile.open(archive) as whole, tarfile.open(made, "w:gz", compresslevel=1) as part:
        for number, member in enumerate(whole):
            if "testing_data" in member.name or number % 5 == 0:
                part.addfile(member, whole.extractfile(member))
    return made


def test_end_to_end_on_real_printed_characters(real_data: Path, tmp_path: Path) -> None:
    """A short training on Standard OCR reads characters it has not seen."""
    arrays = tmp_path / "unused.npz"
    source = f"folder:{a_fifth_to_train_on(real_data / 'standard-ocr.tar.gz', tmp_path / 'part.tar.gz')}"
    started = time.monotonic()
    settings = "--model-arguments width 0.5 --epochs 2 --batch-size 64 --learning-rate 0.003 --channels-last"
    place = ["--data", source, "--name", "short", "--output", str(tmp_path)]
    done = run(arrays, ["train.py", *place, *settings.split()])
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 600  # a hang, not a speed
    predictor = Predictor(load_checkpoint(tmp_path / "short"))
    test_set = load_glyphs(
        source, ALPHABETS["latin"], split="testing", cache=tmp_path / "home" / "cache", progress=False
    )
    read = predictor.logits(test_set.glyphs).argmax(axis=1)
    assert (read == test_set.labels).mean() > 0.85
