"""What the tests of the page share: a page that is watched, and checkpoints with invented figures."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

from benchmarks.browser import Pad
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CONFIG, REPORT, Contract
from ocr_demo.evaluation.comparison import COMPARISON, TEST, Comparison, Network
from ocr_demo.evaluation.metrics import evaluate
from ocr_demo.storage import write_json

LATIN = ALPHABETS["latin"]
PATIENCE_MS = 60_000
"""Pages come slowly where a training run has the processor."""
LEFT_BEHIND = ("AbortError", "Connection errored out")
"""Said by Gradio of its requests that are given up as a page is left."""


def quick(page: Page) -> Pad:
    """The page's pad, drawn on faster than a hand could."""
    return Pad(page, pause_ms=1, step=0.07)


def label(page: Page) -> Locator:
    """What the page reads."""
    return page.locator("#reading [data-testid=label-output-value]")


def picture_of_t(path: Path) -> Path:
    """A T, dark on light, in the format of the path's ending."""
    picture = Image.new("RGB", (200, 200), (246, 240, 228))
    pen = ImageDraw.Draw(picture)
    pen.line([(40, 45), (160, 45)], (40, 30, 90), 18)
    pen.line([(100, 45), (100, 170)], (40, 30, 90), 18)
    picture.save(path)
    return path


def film_of_t(path: Path) -> Path:
    """The T standing still before Chromium's fake camera, which takes JPEGs one after the other."""
    still = picture_of_t(path.with_suffix(".jpg"))
    path.write_bytes(still.read_bytes() * 10)
    return path


class Watched:
    """Opens the page, and keeps what goes wrong in it."""

    def __init__(self, usual: BrowserContext, address: str) -> None:
        self.usual, self.address = usual, address
        self.opened: list[BrowserContext | Page] = []
        self.troubles: list[str] = []

    def open(self) -> Page:
        """The page in the context that tests share, whose cache makes it quick."""
        return self._watch(self.usual.new_page(), self.address)

    def open_in(self, width: int = 1280, height: int = 720, query: str = "", **options: Any) -> Page:
        """The page in a context of its own."""
        browser = self.usual.browser
        assert browser is not None
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.opened.append(context)
        return self._watch(context.new_page(), self.address + query)

    def close(self) -> None:
        for each in self.opened:
            each.close()

    def _watch(self, page: Page, address: str) -> Page:
        self.opened.append(page)
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._went_wrong(str(error)))
        page.on("request", self._asked)
        page.goto(address)
        page.locator("#pad .blank canvas").wait_for()  # the pad's script has run, and listens
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._went_wrong(message.text)

    def _went_wrong(self, text: str) -> None:
        if not any(sign in text for sign in LEFT_BEHIND):
            self.troubles.append(text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.troubles.append(f"asked for {request.url}")


def invented_report(seed: int) -> dict[str, Any]:
    """The report of a reader that is right three times in four."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, len(LATIN.labels), 400)
    probabilities = chance.dirichlet(np.full(len(LATIN.labels), 0.1), len(truth))
    probabilities[np.arange(len(truth)), truth] += chance.random(len(truth)) < 0.75
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    accepted = np.ones(len(truth), bool)
    return evaluate(probabilities, truth, accepted, LATIN, name="a test", origin="invented").to_json()


def invented_zoo(zoo: Path, **milliseconds: float) -> None:
    """A comparison of networks without weights, by the milliseconds that each takes to read an image."""
    networks = {
        name: Network(10**6, 4.0, 8, 0.5, 90.0, "an invented GPU", {"1": taken, "256": 99 * taken})
        for name, taken in milliseconds.items()
    }
    for seed, name in enumerate(networks):
        (zoo / name).mkdir(parents=True)
        write_json(zoo / name / CONFIG, asdict(Contract(name, LATIN.labels, LATIN.name)))
        refused = {"images": 9, "accepted": 0.1}
        write_json(zoo / name / REPORT, {TEST: invented_report(seed), "Not Latin": refused})
    write_json(zoo / COMPARISON, asdict(Comparison(networks, 2, "2.8")))


def invented_epoch(number: int) -> dict[str, float]:
    measures = {"loss": 1 / number, "accuracy": 1 - 0.5 / number}
    halves = ("train", "validation")
    return {
        "epoch": number,
        "learning_rate": 0.001,
        **{f"{half}_{name}": value for half in halves for name, value in measures.items()},
    }
