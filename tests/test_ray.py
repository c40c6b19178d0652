"""Reading in bulk as a stage of Ray Data, on a cluster of two nodes."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.reading.bulk import AT_ONCE, Readers, read_all
from tests.drawings import drawn

pytest.importorskip("ray.data", reason="ray[data] is not installed")
PROJECT = Path(__file__).resolve().parents[1]


def test_a_cluster_answers_what_one_machine_does(tmp_path: Path, data_home: Path) -> None:
    paths = [tmp_path / "set" / f"{number:03}.png" for number in range(2 * AT_ONCE)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), drawn("ARZ"[number % 3], ink_side=150 + number))
    paths[7].write_text("no picture")
    command = [sys.executable, "-m", "tests.ray_cluster", str(paths[0].parent)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["nodes"] == 2
    alone = list(read_all(((str(path), path) for path in paths), Readers(CHECKPOINTS, "latin"), workers=1))
    assert sorted(told["answers"], key=lambda answer: answer["image"]) == alone
