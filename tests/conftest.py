"""What several test files need."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def real_data() -> Path:
    """The folder of real images that `OCR_DEMO_TEST_DATA` names; tests skip without it."""
    named = os.environ.get("OCR_DEMO_TEST_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("OCR_DEMO_TEST_DATA names no folder of real images")
    return Path(named)


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    home = tmp_path / "home"
    monkeypatch.setenv("OCR_DEMO_HOME", str(home))
    return home
