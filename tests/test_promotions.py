"""Promotions as the app has them done: wherever one is killed, what is told is what reads."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr_demo.reading.versions import SHIPPED
from ocr_demo.teaching.promotion import promote_on_sources
from ocr_demo.teaching.promotions import PromotionRun, Promotions, PromotionState
from ocr_demo.teaching.verdict import REFERENCE
from tests.promoting import Workshop
from tests.working import processes, waited


@pytest.fixture
def workshop(tmp_path: Path, data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    workshop = Workshop.made(tmp_path)
    monkeypatch.setenv(REFERENCE, workshop.reference)
    shutil.copytree(workshop.new.removeprefix("folder:"), data_home / "collected")
    return workshop


@pytest.fixture
def promotions(workshop: Workshop, data_home: Path) -> Iterator[Promotions]:
    promotions = Promotions(data_home)
    yield promotions
    promotions.close()


def started(promotions: Promotions, workshop: Workshop, candidate: Path) -> PromotionRun:
    return promotions.start(workshop.versions, lambda folder: (candidate, None))


def stopped(run: PromotionRun, way: signal.Signals) -> None:
    """Stops its process while it measures."""
    waited(lambda: run.state.stage == "measuring")
    (process,) = processes(run.folder)
    os.kill(process, way)


def ended(run: PromotionRun) -> PromotionState:
    waited(lambda: not run.is_held)
    return run.state


def test_a_killed_process_is_told_and_leaves_nothing(promotions: Promotions, workshop: Workshop) -> None:
    run = started(promotions, workshop, workshop.good)
    stopped(run, signal.SIGKILL)
    state = ended(run)
    assert (state.stage, "was killed" in state.reason) == ("failed", True)
    assert workshop.versions.served() == SHIPPED
    assert not list(workshop.versions.folder.glob("*v*"))


def test_what_cant_be_promoted_is_named(promotions: Promotions, workshop: Workshop) -> None:
    (workshop.good / "model.safetensors").write_bytes(b"none")
    state = ended(started(promotions, workshop, workshop.good))
    assert (state.stage, "safetensors" in state.reason) == ("failed", True)


def test_what_was_switched_to_before_it_was_killed_is_promoted(
    promotions: Promotions, workshop: Workshop, data_home: Path
) -> None:
    run = started(promotions, workshop, workshop.good)
    stopped(run, signal.SIGKILL)
    ended(run)
    run.store(PromotionState("running"))  # as a server leaves it that is killed, too
    assert run.state.stage == "failed"
    promote_on_sources(workshop.good, workshop.versions, [workshop.new], run=run.id)
    assert (run.state.stage, run.state.version, run.state.figures[0]["after"]) == ("promoted", "v1", 1.0)
    Promotions(data_home).close()
    assert '"version": "v1"' in (run.folder / "state.json").read_text()


def test_the_last_is_found_and_older_ones_go(promotions: Promotions, workshop: Workshop) -> None:
    runs = []
    for candidate in (workshop.forgetful, workshop.good, workshop.good):
        runs.append(started(promotions, workshop, candidate))
        newest = promotions.newest()
        assert newest is not None
        assert newest.id == runs[-1].id
        runs[-1].cancel()
        assert ended(runs[-1]).stage == "cancelled"
    assert [run.folder.exists() for run in runs] == [False, True, True]
