"""A start where another listens; SIGTERM under load and Ctrl-C: who has asked is answered, then it ends."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from benchmarks.browser import APP, app_process
from ocr_demo.web.server import STOP_SECONDS
from tests.browser import Watched
from tests.page.test_page_pictures import choose_checkpoint
from tests.test_web_clients import BODY, head

CROWD = 16
LISTEN = """async (asked) => {
  const body = JSON.stringify({ ...asked, session_hash: "mine" });
  const headers = { "Content-Type": "application/json" };
  await fetch("gradio_api/queue/join", { method: "POST", headers, body });
  const events = () => fetch("gradio_api/queue/data?session_hash=mine");
  await (await events()).text();
  return (await events()).ok;
}"""
"""Waits for all events, and then for more, as Gradio's page does at times: the answer has no end."""


def test_a_stop_under_load_answers_who_has_asked() -> None:
    with app_process() as (address, process), ExitStack() as crowd:
        clients = [crowd.enter_context(asking(address)) for _ in range(CROWD)]
        process.terminate()
        for client in clients:
            client.sendall(BODY)
        answers = [whole(client) for client in clients]
        assert process.wait(60) == 0
    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * CROWD
    assert all(b'"class":"R"' in answer for answer in answers)


def test_a_stop_does_not_wait_for_who_says_nothing() -> None:
    with app_process() as (address, process), connected(address) as silent:
        silent.sendall(b"POST /predict HT")
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.browser
def test_ctrl_c_does_not_wait_for_the_events_of_an_open_page(watched: Watched) -> None:
    with app_process() as (address, process), watched.usual.new_page() as page:
        page.goto(address)
        page.locator("#pad .blank canvas").wait_for()
        with page.expect_request("**/queue/join*") as joined:
            choose_checkpoint(page, "textbook")
        assert page.evaluate(LISTEN, joined.value.post_data_json)
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0


def test_an_app_whose_port_is_taken_says_so_and_not_where_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, APP, "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode != 0
    assert "address already in use" in ended.stderr + ended.stdout
    assert "Open http" not in ended.stderr + ended.stdout


@contextmanager
def asking(address: str) -> Iterator[socket.socket]:
    """A client of whom the server has read the head of a request: it says so."""
    with connected(address) as client:
        client.sendall(head().replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        yield client


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as client:
        yield client


def whole(client: socket.socket) -> bytes:
    """All that is answered until the server closes."""
    return b"".join(iter(lambda: client.recv(1000), b""))
