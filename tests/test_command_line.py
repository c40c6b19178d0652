"""The command line on files that people bring, with the checkpoint that ships."""

import json
from pathlib import Path

import cv2
import pytest

from ocr_demo.__main__ import main
from ocr_demo.characters import ALPHABETS
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


def test_a_file_that_is_no_picture_does_not_stop_the_others(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = pictures / "broken.png"
    broken.write_text("no picture")
    assert main(["predict", str(broken), str(pictures / "A" / "0.png"), "--json"]) == 1
    captured = capsys.readouterr()
    assert [json.loads(line)["class"] for line in captured.out.splitlines()] == ["A"]
    assert captured.err.count("broken.png") == 1


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
    "an unknown checkpoint": (["predict", "x.png", "--checkpoint", "nobody's"], 1, "choose from"),
    "an unknown source": (["evaluate", "--data", "csv:x"], 1, "choose from"),
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
