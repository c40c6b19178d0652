"""What the running app stands: `python -m benchmarks.serving` has wrk ask it from many clients at once.

/predict in turns with a bare route that receives the same uploads and answers a constant, so that whatever
else the machine does meets both; the page and the API at once; /predict while a visitor's training runs; and,
with `--endurance`, what so many requests leave in memory. The page's examples are the uploads, in turns.
"""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import tyro
from httpx2 import Client
from PIL import Image

from benchmarks.browser import APP, app_process, free_port, running_browser, server_process
from benchmarks.load import Load, load
from benchmarks.page import measure
from ocr_demo.web.answer import data_url
from ocr_demo.web.examples import examples
from tests.drawings import encoded, odd_seven
from tests.serving import ask

PICTURES = [example.png for example in examples().values()]
WARM = 2_000
"""Requests after which memory is what a running app's is."""
SLICE_SECONDS = 10


@dataclass(frozen=True)
class Server:
    """A server that can be loaded."""

    address: str
    process: psutil.Process

    def load(self, clients: int, seconds: float) -> Load:
        return load(self.address, PICTURES, clients, seconds)

    def cost(self, clients: int, seconds: float) -> tuple[Load, float]:
        """How it stands a load, and the milliseconds of the processor that one answer takes."""
        before = self._cpu_seconds()
        load = self.load(clients, seconds)
        return load, 1000 * (self._cpu_seconds() - before) / load.answers

    def memory(self) -> float:
        """What it holds, in MiB."""
        return float(self.process.memory_info().rss / 2**20)

    def _cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


def main(
    clients: int = 64,
    seconds: float = 4,
    rounds: int = 3,
    beside: int = 8,
    drawings: int = 5,
    endurance: int = 0,
) -> None:
    """Measures and prints.

    Args:
        clients: How many ask at once.
        seconds: How long each load lasts.
        rounds: How often the bare route and /predict take turns.
        beside: How many ask the API while somebody draws.
        drawings: How much is drawn at the page.
        endurance: How many requests to compare the memory after, with that after 2,000; none by default.
    """
    with app() as server:
        with bare() as other:
            compare(other, server, clients, seconds, rounds)
        measure_page(server, beside, drawings)
        measure_training(server, clients, seconds)
        if endurance:
            measure_memory(server, clients, endurance)


@contextmanager
def app() -> Iterator[Server]:
    with app_process("--rate-limit", "none", "--log", "plain") as (address, process):
        yield Server(address, psutil.Process(process.pid))


@contextmanager
def bare() -> Iterator[Server]:
    """The route that does nothing, served by uvicorn as it comes."""
    command = ["-m", "uvicorn", "benchmarks.bare:app", "--app-dir", str(APP.parent), "--no-access-log"]
    with free_port() as port:
        address = f"http://127.0.0.1:{port}/"
        with server_process([*command, "--port", str(port)], f"{address}openapi.json") as process:
            yield Server(address, psutil.Process(process.pid))


def compare(bare: Server, app: Server, clients: int, seconds: float, rounds: int) -> None:
    """/predict as a share of what the bare route answers, in turns."""
    print(f"{clients} clients, {rounds} times {seconds:g} s each, in turns")
    shares: list[float] = []
    app.load(clients, 1)
    for _ in range(rounds):
        (base, base_cost), (ours, cost) = bare.cost(clients, seconds), app.cost(clients, seconds)
        print(f"  bare route {base}, {base_cost:.2f} ms of the processor each")
        print(f"  /predict   {ours}, {cost:.2f} ms of the processor each")
        shares.append(ours.rate / base.rate)
    print(f"  /predict answers {statistics.median(shares):.2f} of what the bare route does")


def measure_page(app: Server, clients: int, drawings: int) -> None:
    """How soon the page answers, alone and beside clients of the API."""
    with running_browser() as browser, ThreadPoolExecutor(1) as thread:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(app.address)
        alone = measure(page, drawings)
        print(f"the page alone: {statistics.median(alone.moved):.0f} ms from the last move to the label")
        # some 2 s a drawing, more where the processor is busy
        beside = thread.submit(app.load, clients, 2 * drawings)
        busy = measure(page, drawings)
        print(f"  beside {clients} clients: {statistics.median(busy.moved):.0f} ms, {busy.wrong} misread")
        print(f"  these {beside.result()}")


def measure_training(app: Server, clients: int, seconds: float) -> None:
    """/predict while what a visitor taught is trained."""
    with Client(base_url=app.address, timeout=60) as visitor:
        for number in range(5):
            drawing = data_url(encoded(Image.fromarray(odd_seven(6 * number)), "PNG"))
            ask(visitor, "practice", "keep", {"label": "7", "drawing": drawing})
        ask(visitor, "training", "start", {})
        try:
            begun = _wait_until_it_learns(visitor)
            load = app.load(clients, seconds)
            learnt = _run(visitor)["share"] - begun
        finally:
            ask(visitor, "gallery", "forget", {})
    print(f"beside a training: {load}\n  of the training {learnt:.0%} were done meanwhile")


def _wait_until_it_learns(visitor: Client) -> float:
    """How far the training is, 0..1, once it has got ready."""
    while (run := _run(visitor))["share"] is None:
        if not run["live"]:
            raise SystemExit(f"nothing was trained: {run['status']}")
        time.sleep(0.2)
    return float(run["share"])


def _run(visitor: Client) -> dict[str, Any]:
    return dict(ask(visitor, "training", "view", {})["run"])


def measure_memory(app: Server, clients: int, requests: int) -> None:
    """What is in memory after many requests, beside what was after `WARM`."""
    answered = errors = 0
    warm = 0.0
    while answered < requests:
        load = app.load(clients, SLICE_SECONDS)
        answered, errors = answered + load.answers, errors + load.errors
        if answered >= WARM and not warm:
            warm = app.memory()
            print(f"after {answered} requests: {warm:.0f} MiB")
    grown = app.memory() / warm - 1
    print(f"after {answered}: {app.memory():.0f} MiB ({grown:+.1%}), {errors} errors")


if __name__ == "__main__":
    tyro.cli(main)
