"""Retraining takes what is new, promotes what is better, and does the same thing once."""

import json
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from ocr_demo.__main__ import main
from ocr_demo.checkpoint import Checkpoint
from ocr_demo.errors import PromotionError
from ocr_demo.reading.versions import SHIPPED
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.retraining import Retraining, retrain
from ocr_demo.teaching.samples import Samples
from tests.promoting import LATIN, Workshop, drawings

FIRST, SECOND, THIRD = range(10, 18), range(20, 28), range(30, 38)
"""Widths of pens: each makes other samples."""


class Teacher:
    """Trains nothing: what has learnt is the checkpoint that it was given."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop, self.result, self.taught = workshop, workshop.good, list[Samples]()
        self.folder = workshop.shipped.parent.parent / "retrained"
        self.corrections = self.folder.parent / "corrections"

    def tune(self, base: Checkpoint, samples: Samples, folder: Path) -> None:
        self.taught.append(samples)
        shutil.copytree(self.result, folder)

    def retrain(self) -> Retraining:
        sources = [f"folder:{self.corrections}"]
        return retrain(
            self.workshop.versions, sources, self.folder, self.tune, references=[self.workshop.reference]
        )


@pytest.fixture
def teacher(tmp_path: Path, data_home: Path) -> Teacher:
    teacher = Teacher(Workshop.made(tmp_path))
    drawings(teacher.corrections, "T7", FIRST)
    return teacher


def test_what_is_new_is_learnt_and_promoted_once(teacher: Teacher) -> None:
    told = teacher.retrain()
    assert (told.outcome, told.version) == ("promoted", "v1")
    assert told.new == told.trained_on + told.held_out == len({*FIRST}) * 2
    assert len(teacher.taught[0].labels) == told.trained_on
    assert {LATIN.labels[label] for label in teacher.taught[0].labels} == {"T", "7"}
    promotion = Promotion.read(teacher.workshop.versions, "v1")
    assert promotion.by.startswith("retrain (")
    assert [(each.role, each.images) for each in promotion.figures] == [
        ("new data", told.held_out),
        ("reference", 9),
    ]
    again = teacher.retrain()
    assert (again.outcome, again.new) == ("nothing new", 0)
    assert len(teacher.taught) == 1
    assert teacher.workshop.versions.names() == [SHIPPED, "v1"]
    logged = [json.loads(line) for line in (teacher.folder / "log.jsonl").read_text().splitlines()]
    assert [each["outcome"] for each in logged] == ["promoted", "nothing new"]
    assert not (teacher.folder / "candidate").exists()


def test_what_was_refused_is_tried_again_only_with_what_has_come(teacher: Teacher) -> None:
    teacher.result = teacher.workshop.forgetful
    refused = teacher.retrain()
    assert (refused.outcome, refused.version) == ("refused", None)
    assert "→ 33.33%" in refused.reason
    assert teacher.retrain().outcome == "nothing new"
    assert len(teacher.taught) == 1
    assert teacher.workshop.versions.served() == SHIPPED
    teacher.result = teacher.workshop.good
    drawings(teacher.corrections, "T7", SECOND)
    told = teacher.retrain()
    assert (told.outcome, told.new) == ("promoted", 2 * refused.new)
    drawings(teacher.corrections, "T7", THIRD)
    assert teacher.retrain().new == refused.new  # what was learnt is not learnt again


def test_where_none_can_be_held_out_it_waits_for_more(teacher: Teacher) -> None:
    shutil.rmtree(teacher.corrections)
    drawings(teacher.corrections, "T", [18])
    assert teacher.retrain().outcome == "too few"
    assert not teacher.taught
    drawings(teacher.corrections, "T7", FIRST)
    assert teacher.retrain().outcome == "promoted"


def test_a_week_in_which_nothing_was_collected_is_no_fault(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retrain"]) == 0
    assert "nothing new; 0 new samples" in capsys.readouterr().out
    assert len((data_home / "retrained" / "latin" / "log.jsonl").read_text().splitlines()) == 1


def test_a_week_in_which_another_alphabets_were_collected_is_none_either(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for writer, label in (("one", "ب"), ("another", "ت")):
        drawings(data_home / "collected" / writer, "T")
        (data_home / "collected" / writer / "T").rename(data_home / "collected" / writer / label)
    (data_home / "collected" / "third").mkdir()  # has taken theirs back
    assert main(["retrain"]) == 0
    assert "nothing new; 0 new samples" in capsys.readouterr().out


def test_a_fault_of_the_machine_is_no_refusal(teacher: Teacher) -> None:
    teacher.workshop.versions.folder.mkdir(parents=True)
    with FileLock(teacher.workshop.versions.folder / ".promotion.lock"), pytest.raises(PromotionError):
        teacher.retrain()
    assert teacher.retrain().outcome == "promoted"


def test_one_retraining_at_a_time(teacher: Teacher) -> None:
    teacher.folder.mkdir()
    with FileLock(teacher.folder / ".lock"), pytest.raises(PromotionError, match="another retraining"):
        teacher.retrain()
    assert teacher.retrain().outcome == "promoted"


def test_a_damaged_state_only_means_more_to_try(teacher: Teacher) -> None:
    teacher.folder.mkdir()
    (teacher.folder / "state.json").write_text("{")
    assert teacher.retrain().outcome == "promoted"
