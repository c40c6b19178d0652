"""The command line on files that people bring, with the checkpoint that ships."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from PIL import Image

import app
from ocr_demo.__main__ import main
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.preprocess import FAINTEST
from tests.drawings import drawn

LABELS = ALPHABETS["latin"].labels


@pytest.fixture
def pictures(tmp_path: Path, data_home: Path) -> Path:
    """A folder of drawings in class folders: A/, R/ and, in small, z/."""
    for folder, character in (("A", "A"), ("R", "R"), ("z", "Z")):
        (tmp_path / "set" / folder).mkdir(parents=True)
        for number, side in enumerate((200, 240)):
            cv2.imwrite(str(tmp_path / "set" / folder / f"{number}.png"), drawn(character, ink_side=side))
    return tmp_path / "set"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_predict_prints_a_line_an_image(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(pictures / "A" / "0.png"), str(pictures / "R" / "1.png")]
    assert main(["predict", *files, "--json"]) == 0
    first, second = lines(capsys)
    assert [first["image"], second["image"]] == files
    assert [first["class"], second["class"]] == ["A", "R"]
    assert set(first) == {"image", "class", "confidence", "top5", "is_character", "is_blank", "checkpoint"}
    assert first["top5"][0] == [first["class"], first["confidence"]]
    assert len(first["top5"]) == 5
    assert all(label in LABELS and 0 <= share <= 1 for label, share in first["top5"])
    assert first["is_character"] is True
    assert first["checkpoint"] == "latin"


def test_a_picture_too_faint_to_read_is_blank_and_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faint = drawn("R")
    picture = tmp_path / "faint.png"
    cv2.imwrite(str(picture), (200 + (faint > 128) * (FAINTEST - 2)).astype("uint8"))
    assert main(["predict", str(picture)]) == 0
    assert "blank: no ink, or none that is 12 of 255 levels darker" in capsys.readouterr().out


def test_a_file_that_is_no_picture_does_not_stop_the_others(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = pictures / "broken.png"
    broken.write_text("no picture")
    assert main(["predict", str(broken), str(pictures / "A" / "0.png"), "--json"]) == 1
    captured = capsys.readouterr()
    assert [json.loads(line)["class"] for line in captured.out.splitlines()] == ["A"]
    assert captured.err.count("broken.png") == 1


@pytest.fixture
def latin_1(pictures: Path) -> Path:
    """The folder of drawings, itself and one file of it named by a program that knew no UTF-8."""
    (pictures / "A" / "0.png").rename(pictures / "A" / os.fsdecode(b"caf\xe9.png"))
    return pictures.rename(pictures.with_name(os.fsdecode(b"\xe9t\xe9")))


def in_utf_8(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command's run with its output as in a terminal: pytest's would take any name."""
    command = [sys.executable, "-m", "ocr_demo", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=os.environ | {"PYTHONUTF8": "1"}, check=False
    )


def test_a_name_that_is_no_utf_8_is_printed_and_its_picture_read(latin_1: Path) -> None:
    for wanted in (latin_1 / "A" / os.fsdecode(b"caf\xe9.png"), "--data"):
        data = [f"folder:{latin_1}"] if wanted == "--data" else []
        run = in_utf_8("predict", "--json", wanted, *data)
        assert run.returncode == 0, run.stderr
        answers = [json.loads(line) for line in run.stdout.splitlines()]
        (answer,) = [answer for answer in answers if answer["image"].endswith(r"A/caf\xe9.png")]
        assert answer["class"] == "A"


def test_of_a_picture_too_large_nothing_is_told_but_that(tmp_path: Path, data_home: Path) -> None:
    """Pillow has a warning of its own for up to twice as many pixels."""
    picture = tmp_path / "large.png"
    Image.new("1", (10_000, 6_000)).save(picture)
    run = in_utf_8("predict", picture)
    assert run.returncode == 1
    message = f"error: {picture}: the picture has more than 50 megapixels; make it smaller"
    assert run.stderr.splitlines() == [message]


def test_a_set_with_such_a_name_is_evaluated(latin_1: Path) -> None:
    run = in_utf_8("evaluate", "--data", f"folder:{latin_1}", "--json")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["images"] == 6
    assert report["data"].endswith(r"\xe9t\xe9")


def test_predict_speaks_to_people_too(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(pictures / "R" / "0.png")]) == 0
    assert "0.png: R " in capsys.readouterr().out


def test_evaluate_prints_one_object(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--data", f"folder:{pictures}", "--json"]) == 0
    (report,) = lines(capsys)
    assert set(report) == {
        "checkpoint", "data", "images", "accuracy", "folded_accuracy", "ece", "accepted", "images_per_second",
        "per_class",
    }  # fmt: skip
    assert report["images"] == 6
    assert report["accuracy"] == 1.0
    assert set(report["per_class"]) == {"A", "R", "Z"}  # z counts as Z
    assert report["per_class"]["Z"]["support"] == 2


def test_evaluate_tells_what_it_left_out(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "A" / "broken.png").write_text("no picture")
    (pictures / "notes.txt").write_text("not asked for")
    assert main(["evaluate", "--data", f"folder:{pictures}", "--json"]) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["images"] == 6
    assert [line.partition(":")[0] for line in report["left_out"]] == ["A/broken.png"]
    assert report["ignored"] == "1 other files ignored"
    assert "A/broken.png" in captured.err
    assert "1 other files ignored" in captured.err


def test_a_folder_that_takes_no_record_is_told_before_anything_is_read(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(dir: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("ocr_demo.evaluation.measuring.TemporaryFile", refused)
    monkeypatch.setattr("ocr_demo.__main__.load_glyphs", lambda *_, **__: pytest.fail("it was read"))
    assert main(["evaluate", "--data", f"folder:{pictures}", "--record", "mine"]) == 1
    assert "can't write to" in capsys.readouterr().err


def test_images_without_classes_get_the_accepted_share(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--data", f"folder:{pictures / 'A'}", "--json"]) == 0
    (report,) = lines(capsys)
    assert report["images"] == 2
    assert report["accepted"] == 1.0
    assert "accuracy" not in report


def test_folders_that_are_no_class_are_named(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "R").rename(pictures / "ampersand")
    assert main(["evaluate", "--data", f"folder:{pictures}"]) == 1
    assert "ampersand" in capsys.readouterr().err


MISTAKES = {
    "no picture named": (["predict"], 2, "name picture files"),
    "pictures of two kinds": (["predict", "x.png", "--data", "folder:x"], 2, "name picture files"),
    "no reader": (["predict", "x.png", "--workers", "0"], 2, "at least 1"),
    "an output that can't be": (["predict", "x.png", "--output", "/nowhere/x.jsonl"], 1, "/nowhere"),
    "data that are no pictures": (["predict", "--data", "npz:x.npz"], 2, "folder:PATH"),
    "no folder of pictures": (["predict", "--data", "folder:/nowhere"], 1, "/nowhere"),
    "a home of nobody": (["predict", "--data", "folder:~nobody-of-that-name"], 1, "there is no"),
    "a name too long": (["predict", "--data", f"folder:{'x' * 300}"], 1, "there is no"),
    "an unknown checkpoint": (["predict", "x.png", "--checkpoint", "nobody's"], 2, "choose from"),
    "a checkpoint of any script": (
        ["evaluate", "--data", "fonts", "--checkpoint", "any"],
        2,
        "one after the other",
    ),
    "two sources to evaluate": (["evaluate", "--data", "fonts", "--data=emnist"], 2, "--data: it is given 2"),
    "a weight to evaluate": (["evaluate", "--data", "fonts@0.5"], 2, "give fonts"),
    "a weight to export": (["export", "--data", "fonts@0.5"], 2, "give fonts"),
    "a weight to learn": (["finetune", "--data=fonts@2", "--from=latin", "--out=/nowhere"], 2, "give fonts"),
    "a weight to promote": (["promote", "/x", "--data", "fonts@.5"], 2, "give fonts"),
    "a weight of a reference": (
        ["promote", "/x", "--data", "fonts", "--reference", "fonts@.5"],
        2,
        "give fonts",
    ),
    "a weight to retrain": (["retrain", "--data", "fonts", "emnist@1"], 2, "give emnist"),
    "a folder that has no versions": (["versions", str(CHECKPOINTS / "latin")], 2, "has no versions"),
    "a folder as a picture": (["predict", "/"], 1, "--data folder:PATH"),
    "an unknown source": (["evaluate", "--data", "csv:x"], 2, "choose from"),
    "a weight of nothing": (["evaluate", "--data", "fonts@0"], 2, "leave this source out"),
    "a source that lacks its path": (["evaluate", "--data", "folder:"], 2, "needs a path"),
    "a part that isn't there": (["evaluate", "--data", "emnist:all"], 2, "choose from byclass"),
    "a folder that is not there": (["evaluate", "--data", "folder:/nowhere"], 1, "/nowhere"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_say_what_to_do(mistake: str, data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, message = MISTAKES[mistake]
    assert main(arguments) == code
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["evaluate"], ["read"], ["predict", "--checkpoint"], []])
def test_wrong_arguments_exit_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_the_app_exits_with_2_for_an_unknown_checkpoint(
    data_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--checkpoint", "nobody's"])
    assert app.main() == 2
    assert "choose from" in capsys.readouterr().err
