"""Clients that are slow, go away or send too much, on real sockets: the others are answered all the same."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from httpx import Client

from ocr_demo.web import limits, server
from tests.serving import listening, png

Address = tuple[str, int]
BODY = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="r.png"\r\n\r\n'
    + png("R")
    + b"\r\n--x--\r\n"
)
PATIENCE = 60
"""Seconds before a test fails."""


def head(length: int | None = len(BODY), method: str = "POST /predict") -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    kind = "Content-Type: multipart/form-data; boundary=x"
    return f"{method} HTTP/1.1\r\nHost: x\r\n{kind}\r\n{size}\r\n\r\n".encode()


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """An app that is in a hurry."""
    monkeypatch.setattr(server, "HEAD_SECONDS", 1)
    monkeypatch.setattr(limits, "BODY_SECONDS", 5)
    with listening(rate_limit="none") as address:
        yield address


@contextmanager
def connected(address: Address) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        yield connection


def others_are_served(address: Address) -> None:
    with Client(base_url="http://{}:{}".format(*address), timeout=PATIENCE) as client:
        answer = client.post("/predict", files={"file": png("R")})
        assert answer.json()["class"] == "R"
        assert "server" not in answer.headers  # no name and no version to look weaknesses up by
        assert 'ocr_demo_waiting{queue="readings"} 0.0' in client.get("/metrics").text


def dripped(connection: socket.socket, data: bytes, pause: float = 0.2) -> bytes:
    """What is answered while a byte is sent every now and then; nothing where the connection was closed."""
    connection.settimeout(pause)
    for byte in data:
        try:
            connection.send(bytes([byte]))
            return connection.recv(1000)
        except TimeoutError:
            continue
        except OSError:
            return b""
    raise AssertionError("all was sent")


def test_who_says_nothing_is_left(address: Address) -> None:
    with connected(address) as silent:
        others_are_served(address)
        assert silent.recv(1) == b""


@pytest.mark.parametrize("first", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a_head_that_drips_is_not_waited_for(address: Address, first: bytes) -> None:
    """The first on a connection, and one after an answer."""
    with connected(address) as slow:
        slow.sendall(first)
        if first:
            assert b'{"status":"ok"}' in slow.recv(1000) + slow.recv(1000)
        assert dripped(slow, head()) == b""
        others_are_served(address)


def test_a_body_that_drips_is_not_waited_for(address: Address) -> None:
    with connected(address) as slow:
        slow.sendall(head())
        assert dripped(slow, BODY).startswith(b"HTTP/1.1 408 ")
        others_are_served(address)


def test_a_body_may_take_longer_than_a_head(address: Address) -> None:
    with connected(address) as slow:
        slow.sendall(head())
        for start in range(0, len(BODY), len(BODY) // 3):
            time.sleep(0.4)
            slow.sendall(BODY[start : start + len(BODY) // 3])
        assert slow.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_who_hangs_up_leaves_nothing_behind(address: Address) -> None:
    for sent in (b"", b"POST /pre", head(), head() + BODY[:500], head() + BODY):
        for _ in range(20):
            with connected(address) as gone:
                gone.sendall(sent)
    time.sleep(0.5)
    others_are_served(address)


def test_an_upload_that_is_cut_off_is_no_fault_of_the_server(address: Address) -> None:
    with connected(address) as gone:
        gone.sendall(head(method="POST /gradio_api/upload") + BODY[:500])
    with Client(base_url="http://{}:{}".format(*address), timeout=PATIENCE) as client:
        counted = 'ocr_demo_requests_total{method="POST",route="/gradio_api/upload",status='
        while counted not in (told := client.get("/metrics").text):
            time.sleep(0.1)
    assert f'{counted}"400"}} 1.0' in told


def test_a_crowd_that_says_nothing(address: Address) -> None:
    crowd = [socket.create_connection(address) for _ in range(200)]
    others_are_served(address)
    for each in crowd:
        each.close()


def test_2_gigabytes_that_say_so_are_refused_at_once(address: Address) -> None:
    with connected(address) as large:
        large.sendall(head(2**31))
        assert large.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_2_gigabytes_without_a_length_are_refused_at_the_limit(address: Address) -> None:
    chunk = b"%x\r\n" % 2**16 + bytes(2**16) + b"\r\n"
    sent = 0
    with connected(address) as large:
        large.sendall(head(None))
        try:
            while sent < 2**31:
                large.sendall(chunk)
                sent += 2**16
        except OSError:
            pass  # the server has closed; its answer may be lost with what was on the way
    assert sent < 2**31
    others_are_served(address)
