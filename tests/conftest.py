"""What several test files need."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.browser import free_port

KEPT = ExitStack()
"""Open as long as this process runs tests."""
HUB_PORT = KEPT.enter_context(free_port())
OWN = Path(KEPT.enter_context(TemporaryDirectory(prefix="ocr-demo-tests-", ignore_cleanup_errors=True)))
"""A folder of this process: others may run tests or the app at the same time."""
# Set before huggingface_hub is imported, which reads it then: no test meets the real Hub or a real token.
os.environ |= {
    "HF_ENDPOINT": f"http://127.0.0.1:{HUB_PORT}",
    "HF_HOME": str(OWN / "hub"),
    "HF_HUB_DISABLE_XET": "1",
    "OCR_DEMO_HOME": str(OWN / "home"),
    "GRADIO_TEMP_DIR": str(OWN / "uploads"),
}
if "PYTEST_XDIST_WORKER" in os.environ:  # the other workers have the other cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("HF_TOKEN", None)

from tests.hub import OWNER, Hub, running_hub  # noqa: E402 # which imports huggingface_hub


def pytest_unconfigure() -> None:
    KEPT.close()


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


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds latin's rendered characters, which take seconds; to be copied."""
    import torch

    from ocr_demo.characters import ALPHABETS
    from ocr_demo.teaching.replay import load_replay

    home = tmp_path_factory.mktemp("rendered")
    load_replay(ALPHABETS["latin"], home, torch.device("cpu"))
    return home


@pytest.fixture(scope="module")
def shared_home(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the test file's own in which nothing need be rendered."""
    return Path(shutil.copytree(rendered, tmp_path_factory.mktemp("shared") / "home"))


@pytest.fixture
def hub(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A stand-in for the Hugging Face Hub, with the token of its owner in use."""
    monkeypatch.setenv("HF_TOKEN", OWNER)
    hub = Hub()
    with running_hub(hub, HUB_PORT):
        yield hub
