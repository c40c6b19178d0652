"""Reading more pictures than memory holds: in order, by several processes, gone on with after a kill."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from ocr_demo.__main__ import main
from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.datasets.workers import AHEAD
from ocr_demo.reading.bulk import AT_ONCE, Named, Readers, pictures_in, read_all
from tests.drawings import drawn

PROJECT = Path(__file__).resolve().parents[1]
MANY = 5 * AT_ONCE
BROKEN = "a/0100.png"


@pytest.fixture
def pictures(tmp_path: Path, data_home: Path) -> Path:
    """A folder of many drawings of few letters, in two folders, one of them no picture."""
    for letter in "ARZ":
        cv2.imwrite(str(tmp_path / f"{letter}.png"), drawn(letter))
    for number in range(MANY):
        path = tmp_path / "set" / "ab"[number % 2] / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tmp_path / f"{'ARZ'[number % 3]}.png", path)
    (tmp_path / "set" / BROKEN).write_text("no picture")
    (tmp_path / "set" / "notes.txt").write_text("not asked for")
    return tmp_path / "set"


def answers(output: Path) -> list[dict]:
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def read_to(output: Path, data: Path, *more: str) -> list[dict]:
    assert main(["predict", "--data", f"folder:{data}", "--output", str(output), *more]) == 1  # one is broken
    return answers(output)


def test_two_processes_answer_in_order_what_one_does(pictures: Path, tmp_path: Path) -> None:
    alone = read_to(tmp_path / "alone.jsonl", pictures, "--workers", "1")
    together = read_to(tmp_path / "together.jsonl", pictures, "--workers", "2")
    assert together == alone
    assert [answer["image"] for answer in alone] == sorted(
        path.relative_to(pictures).as_posix() for path in pictures.rglob("*.png")
    )
    right = {answer["image"]: "ARZ"[int(answer["image"][2:6]) % 3] for answer in alone}
    broken = [answer for answer in alone if "error" in answer]
    assert [answer["image"] for answer in broken] == [BROKEN]
    assert all(answer["class"] == right[answer["image"]] for answer in alone if answer not in broken)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_an_archive_is_read_as_its_folder_is(pictures: Path, tmp_path: Path, kind: str) -> None:
    archive = tmp_path / f"set.{kind}"
    paths = sorted(pictures.rglob("*.*"))
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as packed:
            for path in paths:
                packed.write(path, path.relative_to(pictures))
    else:
        with tarfile.open(archive, f"w:{kind.partition('.')[2]}") as tar:
            for path in paths:
                tar.add(path, path.relative_to(pictures))
    alone = ("--workers", "1")
    assert read_to(tmp_path / "archive.jsonl", archive, *alone) == read_to(
        tmp_path / "folder.jsonl", pictures, *alone
    )


def test_a_killed_reading_goes_on_where_it_was(pictures: Path, tmp_path: Path) -> None:
    unbroken = read_to(tmp_path / "unbroken.jsonl", pictures, "--workers", "1")
    output = tmp_path / "killed.jsonl"
    command = ["-m", "ocr_demo", "predict", "--data", f"folder:{pictures}", "--output", str(output)]
    with subprocess.Popen(
        [sys.executable, *command, "--workers", "1"], cwd=PROJECT, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and not (output.exists() and output.stat().st_size):
            time.sleep(0.01)
        process.kill()
    with output.open("r+b") as file:
        file.truncate(output.stat().st_size - 7)  # as where it was killed in the middle of a line
    assert read_to(output, pictures, "--workers", "1") == unbroken


def test_nothing_is_left_to_read(pictures: Path, tmp_path: Path) -> None:
    output = tmp_path / "answers.jsonl"
    before = read_to(output, pictures)
    assert main(["predict", "--data", f"folder:{pictures}", "--output", str(output)]) == 0
    assert answers(output) == before


@pytest.mark.parametrize(
    "content", ["my diary", '{"image": "other.png", "class": "A"}\n', '{"imagination": 1}\n']
)
def test_a_file_of_something_else_is_left_alone(
    pictures: Path, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "answers.jsonl"
    output.write_text(content)
    assert main(["predict", "--data", f"folder:{pictures}", "--output", str(output)]) == 2
    assert "name another file" in capsys.readouterr().err
    assert output.read_text() == content


def test_pictures_are_taken_only_as_they_are_read(pictures: Path) -> None:
    taken = 0

    def endless() -> Iterator[Named]:
        nonlocal taken
        while True:
            taken += 1
            yield str(taken), pictures / "a" / "0000.png"

    answers = read_all(endless(), Readers(CHECKPOINTS, "latin"), workers=2)
    for number in range(1, 1 + 4 * AT_ONCE):
        assert next(answers)["image"] == str(number)
    answers.close()  # type: ignore[attr-defined]  # a generator has it
    assert taken <= (4 + 2 * AHEAD + 2) * AT_ONCE


def test_a_folder_without_pictures_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(Exception, match="holds no pictures"):
        pictures_in(tmp_path)


@pytest.mark.parametrize("command", [["predict", "--json"], ["evaluate", "--json"]])
def test_a_pipe_among_the_pictures_is_not_waited_for(pictures: Path, command: list[str]) -> None:
    (pictures / BROKEN).unlink()
    os.mkfifo(pictures / "a" / "pipe.png")
    (pictures / "b").rename(pictures / "r")
    assert main([*command, "--data", f"folder:{pictures}"]) == 0
