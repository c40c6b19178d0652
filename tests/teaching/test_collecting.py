"""Copies for retraining: only of those who agree, like their corrections, gone when they say so."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import huggingface_hub
import pytest

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import load_glyphs
from ocr_demo.teaching import Bounds, People
from ocr_demo.teaching.collecting import Collecting
from ocr_demo.teaching.people import new_id
from tests.teaching.helpers import draft

LATIN = ALPHABETS["latin"]


@pytest.fixture
def everyone(tmp_path: Path) -> People:
    return People(tmp_path / "teaching", Bounds(), Collecting(tmp_path / "collected"))


def collected(everyone: People) -> list[str]:
    """The class folders of the copies, one for each."""
    assert everyone.collecting
    return sorted(path.parent.name for path in everyone.collecting.folder.rglob("*.png"))


def test_nothing_is_copied_of_who_has_not_agreed(everyone: People) -> None:
    id = new_id()
    everyone.collection(id).add([draft("7")])
    assert not everyone.consents(id)
    assert collected(everyone) == []


def test_what_is_collected_is_a_source_for_every_alphabet(everyone: People) -> None:
    id = new_id()
    everyone.consent(id, True)
    everyone.collection(id).add([draft("7"), draft("ب", "T"), draft("R", "R")])
    for name, labels in (("latin", "7R"), ("arabic", "ب")):
        alphabet = ALPHABETS[name]
        found = load_glyphs(
            f"folder:{everyone.collecting.folder}", alphabet, cache=everyone.home, workers=1, progress=False
        )
        assert sorted(alphabet.labels[index] for index in found.labels) == list(labels)


def test_copies_follow_the_corrections_of_who_has(everyone: People) -> None:
    id, other = new_id(), new_id()
    mine = everyone.collection(id)
    everyone.consent(id, True)
    everyone.collection(other).add([draft("Z")])
    first, _ = mine.add([draft("7"), draft("R", "R")])
    assert collected(everyone) == ["7", "R"]
    mine.relabel([first.id], "1")
    assert collected(everyone) == ["1", "R"]
    mine.remove([first.id])
    assert collected(everyone) == ["R"]
    mine.undo()
    assert collected(everyone) == ["1", "R"]
    everyone.consent(id, False)
    assert collected(everyone) == []
    everyone.consent(id, True)
    assert collected(everyone) == ["1", "R"]
    everyone.forget(id)
    assert collected(everyone) == []


def test_the_copies_tell_where_they_are_from_and_train(everyone: People, data_home: Path) -> None:
    id = new_id()
    everyone.consent(id, True)
    (kept,) = everyone.collection(id).add([draft("7")])
    assert everyone.collecting
    folder = everyone.collecting.folder
    (facts,) = folder.rglob("*.json")
    assert f'"read": "{kept.read}"' in facts.read_text()
    assert id not in "".join(map(str, folder.rglob("*"))) + facts.read_text()
    found = load_glyphs(f"folder:{folder}", LATIN, workers=1, progress=False)
    assert [LATIN.labels[label] for label in found.labels] == ["7"]


class Scheduler:
    """Stands for the Hub's."""

    made: list["Scheduler"]

    def __init__(self, **asked: Any) -> None:
        self.asked, self.lock, self.calls = asked, Lock(), []  # type: ignore[var-annotated]
        self.made.append(self)

    def trigger(self) -> "Scheduler":
        self.calls.append("trigger")
        return self

    def result(self) -> None:
        self.calls.append("result")

    def stop(self) -> None:
        self.calls.append("stop")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Scheduler]]:
    Scheduler.made = []
    monkeypatch.setattr(huggingface_hub, "CommitScheduler", Scheduler)
    yield Scheduler.made


def test_the_copies_are_pushed_to_the_hub(tmp_path: Path, hub: list[Scheduler]) -> None:
    collecting = Collecting(tmp_path / "collected", "owner/corrections")
    collecting.start()
    (scheduler,) = hub
    assert scheduler.asked["repo_id"] == "owner/corrections"
    assert scheduler.asked["repo_type"] == "dataset"
    assert scheduler.asked["folder_path"] == tmp_path / "collected"
    everyone = People(tmp_path / "teaching", Bounds(), collecting)
    id = new_id()
    everyone.consent(id, True)
    with ThreadPoolExecutor(1) as thread:
        with scheduler.lock:  # the Hub's thread lists what to push
            adding = thread.submit(everyone.collection(id).add, [draft("7")])
            with pytest.raises(TimeoutError):
                adding.result(0.3)
            assert collected(everyone) == []
        adding.result()
    assert collected(everyone) == ["7"]
    collecting.stop()
    assert scheduler.calls == ["trigger", "result", "stop"]


def test_without_a_data_set_nothing_is_pushed(tmp_path: Path, hub: list[Scheduler]) -> None:
    collecting = Collecting(tmp_path / "collected")
    collecting.start()
    collecting.stop()
    assert hub == []


def test_where_the_hub_is_not_to_be_had_copies_are_kept_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: Any) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(huggingface_hub, "CommitScheduler", refuse)
    collecting = Collecting(tmp_path / "collected", "owner/corrections")
    collecting.start()
    assert "only kept here: no network" in caplog.text
    everyone = People(tmp_path / "teaching", Bounds(), collecting)
    id = new_id()
    everyone.consent(id, True)
    everyone.collection(id).add([draft("7")])
    assert collected(everyone) == ["7"]
