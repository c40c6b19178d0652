"""Runs in processes of their own: queued, cancelled, killed and found again, the base always untouched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.errors import BusyError, CheckpointError, DataError, OcrDemoError, OptionError
from ocr_demo.reading import Predictor
from ocr_demo.teaching import worker
from ocr_demo.teaching.difference import Difference
from ocr_demo.teaching.lending import LENDS, announce, with_gpu
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.queue import Queue
from ocr_demo.teaching.run import Run, RunState
from ocr_demo.teaching.runs import RunLimits, Runs
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.work import SAMPLES, put
from ocr_demo.training import processes as processes_of_training
from tests.networks import small_checkpoint
from tests.working import processes, waited

ROOT = Path(__file__).resolve().parent.parent
LIMITS = RunLimits(cpu_seconds=600, threads=1)
SHORT, ENDLESS = TuningOptions(epochs=1, seconds=600), TuningOptions(epochs=1000, seconds=600)
TAUGHT = Samples(np.full((3, 64, 64), 200, np.uint8), np.array([7, 7, 7]))


@pytest.fixture
def home(rendered: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own in which nothing need be rendered."""
    shutil.copytree(rendered, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A small checkpoint of the test's own."""
    return small_checkpoint(tmp_path / "base")


@pytest.fixture
def runs(home: Path) -> Iterator[Runs]:
    runs = Runs(home, LIMITS)
    yield runs
    runs.close()


def ended(run: Run) -> RunState:
    waited(lambda: not run.is_held)
    return run.state


@pytest.mark.parametrize(("data", "called"), [("", "corrections"), ("folder:hands", "samples")])
def test_what_a_run_did_not_learn_is_called_what_it_is(tmp_path: Path, data: str, called: str) -> None:
    Samples(np.zeros((5, 64, 64), np.uint8), np.zeros(5, np.int64)).save(tmp_path / SAMPLES)
    put(tmp_path, {"data": data}, RunState("done"))
    unlearnt = Run(tmp_path, Queue(tmp_path / "queue", 1), {}).unlearnt
    assert (unlearnt.source, len(unlearnt)) == (f"{called} held out", 1)


def test_a_run_makes_a_checkpoint_and_is_found_by_another_process_of_the_app(
    runs: Runs, home: Path, base: Path
) -> None:
    outcomes: list[str] = []
    runs = Runs(home, LIMITS, on_end=outcomes.append)
    before = load_checkpoint(base).fingerprint()
    started = runs.start("anna", TAUGHT, base, SHORT)
    assert started.state.status in ("waiting", "running")
    found = Runs(home, LIMITS).find("anna", started.id)
    assert ended(found).status == "done"
    assert [row["epoch"] for row in found.progress] == [1]
    assert found.state.summary and found.state.summary["samples"] == 3
    assert found.folder == home / "teaching" / "anna" / "runs" / started.id
    assert Predictor(load_checkpoint(found.checkpoint)).backend == "onnx"
    assert found.checkpoint.name == "base-taught"
    assert load_checkpoint(base).fingerprint() == before
    waited(lambda: outcomes == ["done"])


def test_five_at_once_are_told_their_places_and_come_one_by_one(runs: Runs, home: Path, base: Path) -> None:
    started = [runs.start(f"person-{number}", TAUGHT, base, SHORT) for number in range(5)]
    assert [run.state.place for run in started[1:]] == [1, 2, 3, 4]
    other = Runs(home, LIMITS)  # in the order they came, whoever has them trained
    last = other.start("person-6", TAUGHT, base, SHORT)
    assert last.state.place == 5
    for run in (*started[2:], last):
        run.cancel()

    def second_ended() -> bool:
        assert [run.state.status for run in started].count("running") <= 1
        return not started[1].is_held

    waited(second_ended)
    assert [ended(run).status for run in started] == ["done", "done", "cancelled", "cancelled", "cancelled"]
    assert ended(last).status == "cancelled"
    other.close()


def test_one_person_has_one_run_at_a_time(runs: Runs, base: Path) -> None:
    run = runs.start("anna", TAUGHT, base, ENDLESS)
    with pytest.raises(BusyError, match="of yours"):
        runs.start("anna", TAUGHT, base, SHORT)
    run.cancel()
    assert ended(run).status == "cancelled"
    newest = runs.newest("anna")
    assert newest and newest.id == run.id


def test_too_many_are_told_to_come_back(home: Path, base: Path) -> None:
    runs = Runs(home, RunLimits(threads=1, waiting=1))
    runs.start("anna", TAUGHT, base, ENDLESS)
    with pytest.raises(BusyError, match="too many"):
        runs.start("ben", TAUGHT, base, SHORT)
    assert runs.newest("ben") is None
    runs.close()


def test_those_that_wait_are_counted(runs: Runs, base: Path) -> None:
    going = runs.start("anna", TAUGHT, base, ENDLESS)
    waiting = [runs.start(person, TAUGHT, base, ENDLESS) for person in ("ben", "cleo")]
    waited(lambda: runs.waiting == 2)
    for run in waiting:
        run.cancel()
    waited(lambda: runs.waiting == 0)
    assert going.state.is_live


def is_compared(run: Run) -> bool:
    return run.state.compared is not None


@pytest.mark.parametrize(("options", "reached"), [(ENDLESS, lambda run: run.progress), (SHORT, is_compared)])
def test_a_run_is_cancelled_in_the_middle(
    options: TuningOptions, reached: Callable[[Run], object], runs: Runs, home: Path, base: Path
) -> None:
    run = runs.start("anna", TAUGHT, base, options)
    waited(lambda: reached(run))
    Runs(home, LIMITS).find("anna", run.id).cancel()  # by whichever process is asked to
    assert run.state.status == "cancelled"
    assert ended(run).status == "cancelled"
    assert not processes(run.folder)
    assert not run.checkpoint.exists()
    assert {path.name for path in run.folder.iterdir()} == {
        "order.json",
        "samples.npz",
        "state.json",
        "cancelled",
    }


@pytest.mark.parametrize(("way", "told"), [(signal.SIGKILL, "was killed"), (signal.SIGXCPU, "CPU time")])
def test_a_killed_process_is_told_and_the_next_run_goes_on(
    way: signal.Signals, told: str, runs: Runs, base: Path
) -> None:
    before = load_checkpoint(base).fingerprint()
    run, following = (
        runs.start(person, TAUGHT, base, each) for person, each in (("anna", ENDLESS), ("ben", SHORT))
    )
    waited(lambda: run.progress)
    (process,) = processes(run.folder)
    os.kill(process, way)
    state = ended(run)
    assert (state.status, told in state.reason) == ("failed", True)
    assert load_checkpoint(base).fingerprint() == before
    assert ended(following).status == "done"


SERVER = """
import sys, time
from pathlib import Path
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.runs import RunLimits, Runs
from ocr_demo.teaching.samples import Samples
home, base, samples = map(Path, sys.argv[1:4])
limits = RunLimits(cpu_seconds=600, threads=1)
options = TuningOptions(epochs=int(sys.argv[4]), seconds=600)
print(Runs(home, limits).start("anna", Samples.load(samples), base, options).id, flush=True)
time.sleep(3600)
"""


@pytest.fixture
def server(home: Path, base: Path, tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen, str]]]:
    """Starts a run in a server process, which a shell's command comes before; gives it and the run's id."""
    TAUGHT.save(tmp_path / "samples.npz")
    started: list[subprocess.Popen] = []

    def start(epochs: int, limit: str = "true") -> tuple[subprocess.Popen, str]:
        command = [
            sys.executable,
            "-c",
            SERVER,
            str(home),
            str(base),
            str(tmp_path / "samples.npz"),
            str(epochs),
        ]
        process = subprocess.Popen(
            ["bash", "-c", f'{limit} && exec "$@"', "bash", *command],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        assert process.stdout
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_a_killed_server_leaves_a_run_that_is_broken(
    server: Callable[..., tuple[subprocess.Popen, str]], home: Path, base: Path
) -> None:
    before = load_checkpoint(base).fingerprint()
    process, id = server(1000)
    run = Runs(home, LIMITS).find("anna", id)
    waited(lambda: run.progress)
    assert run.state.status == "running"
    process.kill()
    waited(lambda: not processes(run.folder))
    assert run.state.status == "broken"
    outcomes: list[str] = []
    runs = Runs(home, LIMITS, on_end=outcomes.append)
    assert outcomes == ["broken"]
    assert json.loads((run.folder / "state.json").read_text())["status"] == "broken"
    assert not run.checkpoint.exists()
    assert load_checkpoint(base).fingerprint() == before
    runs.start("anna", TAUGHT, base, SHORT).cancel()  # they may start another
    runs.close()


def test_a_full_disk_fails_the_run_and_says_so(
    server: Callable[..., tuple[subprocess.Popen, str]], home: Path, base: Path
) -> None:
    _, id = server(1, limit="ulimit -f 100")  # KiB a file, and the weights take 190
    run = Runs(home, LIMITS).find("anna", id)
    state = ended(run)
    assert state.status == "failed"
    assert "too large" in state.reason
    assert not run.checkpoint.exists()


def test_a_base_that_is_gone_fails_the_run(runs: Runs, base: Path) -> None:
    first = runs.start("anna", TAUGHT, base, ENDLESS)
    second = runs.start("ben", TAUGHT, base, SHORT)
    shutil.rmtree(base)
    first.cancel()
    state = ended(second)
    assert (state.status, "no checkpoint folder" in state.reason) == ("failed", True)
    with pytest.raises(CheckpointError):
        runs.start("cleo", TAUGHT, base, SHORT)


def test_a_slow_start_takes_none_of_a_trainings_cpu_seconds(
    home: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time\nwhile time.process_time() < 6: pass\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    runs = Runs(home, RunLimits(cpu_seconds=1, threads=1))
    state = ended(runs.start("anna", TAUGHT, base))
    assert (state.status, state.reason) == ("done", "")
    runs.close()


def test_memory_is_bounded(home: Path, base: Path) -> None:
    runs = Runs(home, RunLimits(threads=1, memory_mb=150))
    state = ended(runs.start("anna", TAUGHT, base, SHORT))
    assert state.status == "failed"
    assert state.reason
    runs.close()


def test_the_last_is_the_newest_where_the_clock_was_set_back(
    runs: Runs, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(folder: Path) -> Difference:
        folder.mkdir(parents=True)
        return Difference((), ())

    def brought() -> str:
        return runs.bring("anna", look, TAUGHT, base, "base").id

    first, earlier = brought(), time.time() - 3600
    monkeypatch.setattr("ocr_demo.teaching.runs.time.time", lambda: earlier)
    last = brought()
    newest = runs.newest("anna")
    assert newest is not None
    assert first != newest.id == last


def test_what_is_another_persons_is_not_found(runs: Runs, base: Path) -> None:
    run = runs.start("anna", TAUGHT, base, ENDLESS)
    for owner, id in (("ben", run.id), ("anna", "0" * 16), ("anna", ".."), ("anna", "../runs/" + run.id)):
        with pytest.raises(DataError, match="no such training"):
            runs.find(owner, id)
    with pytest.raises(OptionError):
        runs.find("../anna", run.id)
    runs.forget("anna")
    assert runs.newest("anna") is None
    assert not run.folder.exists()


@pytest.fixture
def zero_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ZeroGPU Space, as far as a training's process can tell."""
    monkeypatch.setenv(LENDS, "true")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "lent"), prepend=os.pathsep)


def test_on_zero_gpu_a_training_is_done_where_the_gpu_is(zero_gpu: None, runs: Runs, base: Path) -> None:
    run = runs.start("anna", TAUGHT, base, SHORT)
    state = ended(run)
    assert (state.status, state.reason, state.unlent) == ("done", "", "")
    assert [row["epoch"] for row in state.epochs] == [1]
    waited(lambda: not processes(run.folder))  # nor what was forked


def test_where_no_gpu_is_lent_a_training_goes_on_on_the_cpu(
    zero_gpu: None, runs: Runs, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_QUOTA_SPENT", "1")
    state = ended(runs.start("anna", TAUGHT, base, SHORT))
    assert (state.status, state.reason) == ("done", "")
    assert "GPU limit" in state.unlent
    assert [row["epoch"] for row in state.epochs] == [1]


@pytest.mark.parametrize("ended_by", ["a cancel", "the system"])
def test_a_training_that_is_ended_leaves_no_fork(
    ended_by: str, zero_gpu: None, runs: Runs, base: Path
) -> None:
    run = runs.start("anna", TAUGHT, base, ENDLESS)
    waited(lambda: run.progress)
    both = processes(run.folder)
    (leader,) = (process for process in both if os.getpgid(process) == process)
    assert len(both) == 2
    if ended_by == "a cancel":
        run.cancel()
        assert ended(run).status == "cancelled"
    else:
        os.kill(leader, signal.SIGKILL)
        assert "was killed" in ended(run).reason
    waited(lambda: not processes(run.folder))


def test_a_killed_server_leaves_no_fork(
    zero_gpu: None, server: Callable[..., tuple[subprocess.Popen, str]], home: Path
) -> None:
    process, id = server(1000)
    run = Runs(home, LIMITS).find("anna", id)
    waited(lambda: run.progress)
    process.kill()
    waited(lambda: not processes(run.folder))


def test_a_gpu_is_asked_for_where_it_is_lent_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    spaces = ModuleType("spaces")
    spaces.GPU = lambda duration: asked.append(duration) or (lambda work: work)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    assert list(with_gpu(lambda: iter([1, 2]), 35)) == [1, 2]
    assert asked == []
    monkeypatch.setenv(LENDS, "true")
    assert list(with_gpu(lambda: iter([1, 2]), 35)) == [1, 2]
    assert asked == [35]


def test_what_a_training_itself_can_not_do_is_no_lack_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> Iterator[int]:
        yield 1
        raise DataError("it diverged at {rate}", rate=3)

    spaces = ModuleType("spaces")
    spaces.GPU = lambda duration: lambda work: work  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv(LENDS, "true")
    given = with_gpu(work, 5)
    assert next(given) == 1
    with pytest.raises(OcrDemoError, match="diverged at 3"):
        next(given)


@pytest.mark.parametrize(("lends", "device"), [("", "auto"), ("true", "cuda")])
def test_the_device_is_chosen_where_the_gpu_is_lent(
    lends: str, device: str, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def lent(train: Callable[[], Iterator[None]], seconds: int) -> Iterator[None]:
        done.append("lent")
        return train()

    monkeypatch.setenv(LENDS, lends)
    monkeypatch.setattr(worker, "with_gpu", lent)
    monkeypatch.setattr(worker, "limit", lambda name, most: None)
    monkeypatch.setattr(processes_of_training, "choose_device", done.append)
    TAUGHT.save(tmp_path / SAMPLES)
    order = {"base": str(base), "threads": 1, "options": {}, "memory_mb": 3000, "data": "", "origin": ""}
    with pytest.raises(AttributeError):  # there is no device
        next(worker._trained(tmp_path, order))
    assert done == ["lent", device]


def test_a_space_that_lends_gpus_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    announce()  # elsewhere nothing is needed
    told: list[str] = []
    spaces = ModuleType("spaces")
    spaces.GPU = lambda function: told.append(function.__name__)  # type: ignore[attr-defined]
    spaces.zero = SimpleNamespace(startup=lambda: told.append("started"))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    monkeypatch.setenv(LENDS, "true")
    announce()
    assert told == ["announce", "started"]
