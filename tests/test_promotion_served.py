"""The running app reads with what another process promotes, and not one request fails meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from httpx import Client

from benchmarks.browser import running_app
from ocr_demo.teaching.promotion import roll_back
from tests.promoting import Workshop
from tests.serving import png

CLIENTS = 4


@pytest.fixture
def workshop(tmp_path: Path, data_home: Path) -> Workshop:
    return Workshop.made(tmp_path)


@pytest.fixture
def client(workshop: Workshop) -> Iterator[Client]:
    arguments = [
        "--checkpoints",
        str(workshop.shipped.parent),
        "--checkpoint",
        "mine",
        "--rate_limit",
        "none",
    ]
    with running_app(*arguments) as address, Client(base_url=address, timeout=60) as client:
        yield client


def ask(client: Client) -> tuple[int, str]:
    response = client.post("/predict", files={"file": png("T")})
    return response.status_code, response.json().get("class")


def test_a_swap_under_load_fails_no_request(workshop: Workshop, client: Client) -> None:
    done = Event()

    def keep_asking() -> list[tuple[int, str]]:
        answers = [ask(client)]
        while not done.is_set():
            answers.append(ask(client))
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(keep_asking) for _ in range(CLIENTS)]
        try:
            workshop.promote(workshop.good)
            promoted = {ask(client) for _ in range(20)}
            roll_back(workshop.versions)
            rolled_back = {ask(client) for _ in range(20)}
        finally:
            done.set()
    answers = [answer for each in asked for answer in each.result()]
    assert {status for status, _ in answers} == {200}
    assert {label for _, label in answers} == {"T", "7"}
    assert ask(client) == (200, "7")
    # another request may be loading it when the first of these comes, and this one read with the former
    assert (200, "T") in promoted
    assert (200, "7") in rolled_back
