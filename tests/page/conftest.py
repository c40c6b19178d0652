"""The page under test: the real app in a process of its own, in a real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.browser import Pad, running_app, running_browser
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, Contract, save_checkpoint
from ocr_demo.evaluation.comparison import ZOO_FOLDER
from ocr_demo.models import build_model
from ocr_demo.storage import write_json
from tests.browser import (
    LATIN,
    PATIENCE_MS,
    Watched,
    film_of_t,
    invented_epoch,
    invented_report,
    invented_zoo,
    quick,
)

SOURCE = Path(os.environ.get("OCR_DEMO_CHECKPOINTS", CHECKPOINTS)) / "latin"
"""What reads in these tests: they need a reader that knows its letters."""


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`latin` as shipped with an invented report; `second`, with one too; others with none; two compared."""
    folder = tmp_path_factory.mktemp("checkpoints")
    shutil.copytree(SOURCE, folder / "latin")
    torch.manual_seed(0)
    for name, alphabet in (("second", LATIN), ("unmeasured", LATIN), ("letters", ALPHABETS["arabic"])):
        network = build_model("glyphnet", len(alphabet.labels)).eval()
        save_checkpoint(folder / name, network, Contract("glyphnet", alphabet.labels, alphabet.name))
    for seed, name in enumerate(("latin", "second")):
        write_json(folder / name / "report.json", {"a test": invented_report(seed)})
        write_json(folder / name / "history.json", [invented_epoch(number) for number in range(1, 4)])
    invented_zoo(folder / ZOO_FOLDER, glyphnet=10.5, deep=2.25)
    return folder


@pytest.fixture(scope="session")
def address(checkpoints: Path, rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        home = shutil.copytree(rendered, tmp_path_factory.mktemp("app") / "home")
        patch.setenv("OCR_DEMO_HOME", str(home))
        # another app on this machine that ends removes its uploads, and those of the same bytes here
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        with running_app("--checkpoints", str(checkpoints), "--collect", "--run-seconds", "600") as address:
            yield address


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser whose camera looks at a T."""
    film = film_of_t(tmp_path_factory.mktemp("camera") / "film.mjpeg")
    camera = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    with running_browser(*camera) as browser:
        yield browser.new_context(viewport={"width": 1280, "height": 720})


@pytest.fixture
def watched(usual: BrowserContext, address: str) -> Iterator[Watched]:
    """To open the page with; in the end the console has no error, and nothing was fetched from afar."""
    watched = Watched(usual, address)
    yield watched
    watched.close()
    assert not watched.troubles


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.open()


@pytest.fixture
def pad(page: Page) -> Pad:
    return quick(page)
