"""A process that is killed while it saves or imports: what it confirmed is there, and nothing half."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ocr_demo.characters import ALPHABETS
from ocr_demo.teaching.packing import packed
from ocr_demo.teaching.people import new_id
from tests.teaching.helpers import draft, people, someone
from tests.teaching.teacher import BROUGHT

LATIN = ALPHABETS["latin"]
PROJECT = Path(__file__).resolve().parents[2]
TIMES = 30


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    source = someone(folder)
    source.add([draft(label, "R") for label in LATIN.labels[:BROUGHT]])
    (folder / "x.zip").write_bytes(packed(source, LATIN))
    return folder / "x.zip"


def confirmed_until_killed(home: Path, id: str, archive: Path, seconds: float) -> dict[str, str]:
    """The last corrections that a process confirmed before it was killed."""
    command = [sys.executable, "-m", "tests.teaching.teacher", str(home), id, str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(seconds)
        process.kill()
        lines += process.stdout.read().splitlines(keepends=True)
    return json.loads([line for line in lines if line.endswith("\n")][-1])


def test_a_killed_process_loses_nothing_and_leaves_nothing_half(tmp_path: Path, archive: Path) -> None:
    chance, id = random.Random(), new_id()
    for _ in range(TIMES):
        confirmed = confirmed_until_killed(tmp_path, id, archive, chance.uniform(0, 0.3))
        mine = people(tmp_path).collection(id)
        found = {each.id: each.label for each in mine.corrections()}
        new, lost = found.keys() - confirmed.keys(), confirmed.keys() - found.keys()
        assert len(new) in (0, 1, BROUGHT)
        assert len(lost) in (0, min(BROUGHT, len(confirmed)))  # deleting was all that it was at
        assert not (new and lost)
        relabelled = [key for key in found.keys() & confirmed.keys() if found[key] != confirmed[key]]
        assert len(relabelled) <= 1
        samples = mine.samples(LATIN)
        assert len(samples) == len(found)
        assert samples.glyphs.any(axis=(1, 2)).all()
        assert all(mine.picture(each).startswith(b"\x89PNG") for each in found)
