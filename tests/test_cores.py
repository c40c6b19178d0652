"""Work is shared out to the cores that there are, be it in a container with a share of them."""

import os
from pathlib import Path

import pytest

from ocr_demo import cores


@pytest.mark.parametrize(
    ("told", "most"),
    [("50000 100000", 1), ("100000 100000", 1), ("250000 100000", 3), ("max 100000", 8), ("", 8)],
)
def test_a_limit_counts(told: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(cores, "LIMIT", tmp_path / "cpu.max")
    cores.LIMIT.write_text(told)
    assert cores.available_cores() == most


def test_where_none_is_told_all_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 5}, raising=False)
    monkeypatch.setattr(cores, "LIMIT", tmp_path / "nothing")
    assert cores.available_cores() == 3
