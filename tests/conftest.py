"""What several test files need."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

with socket.create_server(("127.0.0.1", 0)) as free:
    HUB_PORT = free.getsockname()[1]
# Set before huggingface_hub is imported, which reads it then: no test meets the real Hub or a real token.
os.environ |= {
    "HF_ENDPOINT": f"http://127.0.0.1:{HUB_PORT}",
    "HF_HOME": tempfile.mkdtemp(prefix="ocr-demo-tests-"),
    "HF_HUB_DISABLE_XET": "1",
}
os.environ.pop("HF_TOKEN", None)

from tests.hub import OWNER, Hub, running_hub


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


@pytest.fixture
def hub(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A stand-in for the Hugging Face Hub, with the token of its owner in use."""
    monkeypatch.setenv("HF_TOKEN", OWNER)
    hub = Hub()
    with running_hub(hub, HUB_PORT):
        yield hub
