"""Two replicas of the app that share a data folder: what one is told, the other knows."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from httpx import Client

from benchmarks.browser import app_process, running_app
from ocr_demo.storage import data_home
from ocr_demo.teaching.verdict import REFERENCE
from ocr_demo.web.answer import data_url
from ocr_demo.web.owner import TOKEN
from tests.promoting import Workshop
from tests.serving import ask, png
from tests.test_web_api import refused
from tests.test_web_owner import AUTHORISED, SECRET, begun, come_to, is_over, promoted, zipped
from tests.test_web_teaching import shown
from tests.working import is_gone, processes, waited

Replicas = tuple[Client, Client]


@pytest.fixture
def workshop(tmp_path: Path, data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    workshop = Workshop.made(tmp_path)
    shutil.copytree(workshop.new.removeprefix("folder:"), data_home / "collected")
    monkeypatch.setenv(REFERENCE, workshop.reference)
    monkeypatch.setenv(TOKEN, SECRET)
    return workshop


@pytest.fixture
def replicas(workshop: Workshop) -> Iterator[Replicas]:
    arguments = ["--checkpoints", str(workshop.shipped.parent), "--checkpoint", "mine"]
    with ExitStack() as stack:
        one, other = (stack.enter_context(running_app(*arguments)) for _ in range(2))
        yield tuple(stack.enter_context(Client(base_url=each, timeout=60)) for each in (one, other))


def read(replica: Client) -> str:
    return replica.post("/predict", files={"file": png("T")}).json()["class"]


def test_what_one_is_told_the_other_knows(replicas: Replicas, workshop: Workshop) -> None:
    one, other = replicas
    assert (read(one), read(other)) == ("7", "7")

    sent = {"file": ("good.zip", zipped(workshop.good))}
    one.post("/owner/promote", files=sent, headers=AUTHORISED)

    assert come_to(other, is_over)["stage"] == "promoted"
    assert (read(other), read(one)) == ("T", "T")  # from the next picture on
    other.post("/owner/rollback", headers=AUTHORISED)
    assert (read(one), read(other)) == ("7", "7")

    mine = {"checkpoint": "mine"}
    ask(one, "practice", "keep", mine | {"label": "Z", "drawing": data_url(png("7"))})
    other.cookies.update(one.cookies)
    assert shown(ask(other, "gallery", "view", mine)) == ["Z"]


def test_what_one_was_promoting_when_it_was_killed_the_other_can_start_anew(workshop: Workshop) -> None:
    arguments = ["--checkpoints", str(workshop.shipped.parent), "--checkpoint", "mine"]
    asked = {"files": {"file": ("good.zip", zipped(workshop.good))}}
    with app_process(*arguments) as (killed, process), running_app(*arguments) as address:
        with Client(base_url=killed, timeout=60) as one:
            folder = begun(one, asked, data_home())
        with Client(base_url=address, timeout=60) as other:
            assert refused(other.post("/owner/promote", headers=AUTHORISED, **asked), 409)
            process.kill()
            told = come_to(other, is_over)
            assert (told["id"], told["stage"]) == (folder.name, "failed")
            assert read(other) == "7"
            workers = processes(folder)  # none, where the system has ended what stood still and is orphaned
            for worker in workers:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGCONT)  # so that it finds that nobody listens
            waited(lambda: all(map(is_gone, workers)))
            anew = promoted(other, **asked)
            assert (anew["stage"], anew["reason"]) == ("promoted", "")
            assert read(other) == "T"
