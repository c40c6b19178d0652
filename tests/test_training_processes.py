"""Several processes, on one machine or two, train as one does; one that is killed is started anew."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import torch
from torch import distributed, nn

from benchmarks.browser import free_port
from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.training.batch_norm import SharedBatchNorm
from tests.launching import ROOT, bars, command, environment, history, run

LAUNCHER = ["-m", "torch.distributed.run"]
TOGETHER = [*LAUNCHER, "--standalone", "--nproc-per-node=2"]
EPOCHS = ("--epochs", "3")


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is trained on; beside it lies what two processes of this machine learnt, `out/two`."""
    arrays = bars(tmp_path_factory.mktemp("arrays"))
    two = run(arrays, [*TOGETHER, *command(arrays, "two", *EPOCHS)])
    assert two.returncode == 0, two.stderr
    assert two.stdout.count("epoch 3:") == 1  # rank 0 alone reports
    assert len(list((arrays.parent / "home" / "runs").glob("two-*"))) == 1  # … and writes
    return arrays


def require_same(arrays: Path, one: str, two: str) -> None:
    """But for an image or two of 72 that rounding moves across the border of two classes."""
    for one_row, two_row in zip(history(arrays, one), history(arrays, two), strict=True):
        accuracies = {name: one_row[name] for name in one_row if name.endswith("accuracy")}
        assert {name: two_row[name] for name in accuracies} == pytest.approx(accuracies, abs=0.03)
        assert two_row | accuracies == pytest.approx(one_row, rel=1e-4)


def test_two_processes_train_as_one(arrays: Path) -> None:
    assert run(arrays, command(arrays, "one", *EPOCHS)).returncode == 0
    require_same(arrays, "one", "two")


def test_they_normalise_a_batch_as_one_does(arrays: Path) -> None:
    """At so low a rate that rounding stays rounding: faster, one process in another memory layout differs."""
    network = ["--model", "glyphnet", "--model-arguments", "dropout", "0", "width", "0.25"]
    launchers: dict[str, list[str]] = {"normal-one": [], "normal-two": TOGETHER}
    for name, launcher in launchers.items():
        done = run(arrays, [*launcher, *command(arrays, name, *EPOCHS, *network, "--learning-rate", "1e-4")])
        assert done.returncode == 0, done.stderr
    require_same(arrays, *launchers)
    plain = load_checkpoint(arrays.parent / "out" / "normal-two").network()
    assert not any(isinstance(module, SharedBatchNorm) for module in plain.modules())


def test_features_far_from_zero_are_normalised_to_rounding(tmp_path: Path) -> None:
    store = distributed.FileStore(str(tmp_path / "store"), 1)
    distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        features = 1000 + torch.randn(8, 3, 5, 5, generator=torch.Generator().manual_seed(0))
        shared, usual = SharedBatchNorm(3), nn.BatchNorm2d(3)
        assert torch.allclose(shared(features), usual(features), atol=1e-3)
        assert torch.allclose(shared.running_var, usual.running_var, rtol=1e-4)
    finally:
        distributed.destroy_process_group()


@contextmanager
def started(arrays: Path, arguments: list[str], home: str = "home") -> Iterator[subprocess.Popen[str]]:
    """A command whose lines can be read as they come; it ends with the block."""
    with (
        (arrays.parent / "log").open("a", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment(arrays, home),
            stdout=subprocess.PIPE, stderr=log, text=True,
        ) as process,
    ):  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def on_host(number: int, port: int, training: list[str]) -> list[str]:
    """What one of two hosts runs; each has a loopback address of its own."""
    meeting = ["--rdzv-id=hosts", "--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{port}"]
    return [
        *LAUNCHER,
        "--nnodes=2",
        "--nproc-per-node=1",
        f"--local-addr=127.0.0.{1 + number}",
        *meeting,
        *training,
    ]


def test_two_hosts_train_as_two_processes(arrays: Path) -> None:
    training = command(arrays, "two-hosts", *EPOCHS)
    with free_port() as port, ExitStack() as stack:
        hosts = [
            stack.enter_context(started(arrays, on_host(number, port, training), home=f"host-{number}"))
            for number in range(2)
        ]
        told = [host.communicate(timeout=200)[0] for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0]
    assert sorted(text.count("epoch 3:") for text in told) == [0, 1]  # one alone reports
    assert history(arrays, "two-hosts") == history(arrays, "two")


def workers(agent: int) -> list[int]:
    """The processes that a launcher has started, by their rank."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_bytes().rsplit(b")", 1)[1].split()[1])
            told = os.fsdecode((folder / "environ").read_bytes())
            variables = dict(each.partition("=")[::2] for each in told.split("\0"))
        except OSError:
            continue
        if parent == agent and "RANK" in variables:
            found[int(variables["RANK"])] = int(folder.name)
    return [found[rank] for rank in sorted(found)]


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_is_started_anew_and_goes_on(arrays: Path, rank: int) -> None:
    elastic = [*TOGETHER, "--max-restarts=3", *command(arrays, f"killed-{rank}", *EPOCHS)]
    with started(arrays, elastic) as launcher:
        assert launcher.stdout is not None
        lines = []
        for line in launcher.stdout:
            lines.append(line)
            if len(lines) == 1:
                os.kill(workers(launcher.pid)[rank], signal.SIGKILL)
    assert launcher.returncode == 0, (arrays.parent / "log").read_text()
    assert sum(line.startswith("epoch 1:") for line in lines) == 1  # gone on with, not begun anew
    assert history(arrays, f"killed-{rank}") == history(arrays, "two")
