"""Two replicas of the app that share a data folder: what one is told, the other knows."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from httpx import Client

from benchmarks.browser import running_app
from ocr_demo.teaching.verdict import REFERENCE
from ocr_demo.web.answer import data_url
from ocr_demo.web.owner import TOKEN
from tests.promoting import Workshop
from tests.serving import ask, png
from tests.test_web_owner import AUTHORISED, SECRET, zipped
from tests.test_web_teaching import shown

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
    promoted = one.post("/owner/promote", files=sent, headers=AUTHORISED)

    assert promoted.status_code == 200, promoted.text
    assert (read(other), read(one)) == ("T", "T")  # from the next picture on
    other.post("/owner/rollback", headers=AUTHORISED)
    assert (read(one), read(other)) == ("7", "7")

    mine = {"checkpoint": "mine"}
    ask(one, "practice", "keep", mine | {"label": "Z", "drawing": data_url(png("7"))})
    other.cookies.update(one.cookies)
    assert shown(ask(other, "gallery", "view", mine)) == ["Z"]
