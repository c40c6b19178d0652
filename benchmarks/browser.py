"""The page in a real browser: what the benchmark, the tests and `make pictures` share."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import IO
from urllib.request import urlopen

from playwright.sync_api import Browser, Locator, Page, sync_playwright

APP = Path(__file__).resolve().parent.parent / "app.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Stroke = Sequence[tuple[float, float]]
"""Points of a stroke, 0..1 from the canvas's top left."""


def browser_path() -> str:
    """The browser that is installed; a `RuntimeError` tells how to install one."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise RuntimeError(f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium")


@contextmanager
def running_browser(*flags: str) -> Iterator[Browser]:
    """A headless browser, with further flags where it needs them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=[*FLAGS, *flags])
        yield browser
        browser.close()


@contextmanager
def running_app(*arguments: str, log: IO[bytes] | None = None) -> Iterator[str]:
    """`app.py` with these arguments on a free port, in a process of its own; gives its address.

    What it prints goes to `log`, a file that can be read too.
    """
    with app_process(*arguments, log=log) as (address, _):
        yield address


@contextmanager
def app_process(
    *arguments: str, log: IO[bytes] | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, with the process."""
    with free_port() as port:
        address = f"http://127.0.0.1:{port}/"
        with server_process([str(APP), "--port", str(port), *arguments], address, log) as process:
            yield address, process


@contextmanager
def server_process(
    arguments: Sequence[str], address: str, log: IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Python with these arguments, in a process of its own, once it answers at an address."""
    with (
        log or tempfile.TemporaryFile() as printed,
        subprocess.Popen([sys.executable, *arguments], stdout=printed, stderr=printed) as process,
    ):
        try:
            _wait_until_up(process, address, printed)
            yield process
        finally:
            process.terminate()


@contextmanager
def free_port() -> Iterator[int]:
    """A port of loopback for a server to listen at; within the block, nobody who asks for any is given it.

    It is bound, but not listened at; on Linux a server may, which like ours has `SO_REUSEADDR`.
    """
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield int(kept.getsockname()[1])


def _wait_until_up(
    process: subprocess.Popen[bytes], address: str, log: IO[bytes], seconds: float = 120
) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"the app did not start:\n{log.read().decode()}")
        try:
            urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the app did not answer within {seconds:.0f} seconds")


class Pad:
    """Draws on the page's pad as a person would."""

    def __init__(self, page: Page, *, pause_ms: float = 8, step: float = 0.03) -> None:
        """The pointer moves every `pause_ms`, by at most `step` of the canvas's side."""
        self.page, self.pause_ms, self.step = page, pause_ms, step
        self.canvas = page.locator("#pad canvas")

    def button(self, name: str) -> Locator:
        return self.page.locator("#pad").get_by_role("button", name=name, exact=True)

    def draw(self, strokes: Sequence[Stroke], *, lift: bool = True) -> None:
        """Draws with the mouse; without `lift` the button stays down in the end."""
        mouse = self.page.mouse
        for number, stroke in enumerate(strokes, 1):
            points = [self._on_page(point) for point in dense(stroke, self.step)]
            mouse.move(*points[0])
            mouse.down()
            for point in points[1:]:
                mouse.move(*point)
                time.sleep(self.pause_ms / 1000)
            if lift or number < len(strokes):
                mouse.up()

    def touch(self, strokes: Sequence[Stroke]) -> None:
        """Draws with a finger."""
        session = self.page.context.new_cdp_session(self.page)
        for stroke in strokes:
            points = [self._on_page(point) for point in dense(stroke, self.step)]
            for kind, touched in [("touchStart", points[0]), *(("touchMove", point) for point in points[1:])]:
                place = {"x": touched[0], "y": touched[1]}
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()

    def ink(self) -> int:
        """How many of the canvas's pixels are inked."""
        return self.canvas.evaluate(
            """canvas => {
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              let inked = 0;
              for (let index = 3; index < data.length; index += 4) inked += data[index] > 127;
              return inked;
            }"""
        )

    def _on_page(self, point: tuple[float, float]) -> tuple[float, float]:
        box = self.canvas.bounding_box()
        assert box is not None, "the pad is hidden"
        return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]


def dense(stroke: Stroke, step: float) -> list[tuple[float, float]]:
    """The stroke with points between its own, no further apart than `step`."""
    points = [stroke[0]]
    for (x0, y0), (x1, y1) in pairwise(stroke):
        count = max(1, round(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / step))
        points += [(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(1, count + 1)]
    return points


LETTERS: dict[str, tuple[Stroke, ...]] = {
    "R": (
        ((0.33, 0.20), (0.33, 0.80)),
        ((0.33, 0.21), (0.52, 0.20), (0.64, 0.28), (0.62, 0.40), (0.50, 0.48), (0.34, 0.49)),
        ((0.46, 0.49), (0.67, 0.80)),
    ),
    "A": (((0.50, 0.18), (0.28, 0.82)), ((0.50, 0.18), (0.72, 0.82)), ((0.36, 0.58), (0.64, 0.58))),
    "T": (((0.25, 0.20), (0.75, 0.20)), ((0.50, 0.20), (0.50, 0.82))),
    "H": (((0.30, 0.20), (0.30, 0.80)), ((0.70, 0.20), (0.70, 0.80)), ((0.30, 0.50), (0.70, 0.50))),
    "E": (
        ((0.35, 0.20), (0.35, 0.80)),
        ((0.35, 0.20), (0.68, 0.20)),
        ((0.35, 0.49), (0.62, 0.49)),
        ((0.35, 0.80), (0.68, 0.80)),
    ),
    "X": (((0.28, 0.20), (0.72, 0.80)), ((0.72, 0.20), (0.28, 0.80))),
    "M": (((0.24, 0.80), (0.28, 0.20), (0.50, 0.62), (0.72, 0.20), (0.76, 0.80)),),
    "7": (((0.30, 0.22), (0.70, 0.22), (0.45, 0.82)),),
    "4": (((0.58, 0.18), (0.28, 0.60), (0.74, 0.60)), ((0.58, 0.18), (0.58, 0.82))),
    "K": (((0.33, 0.20), (0.33, 0.80)), ((0.68, 0.20), (0.35, 0.52), (0.70, 0.80))),
}
"""Characters as strokes that any reader worth its name reads."""
