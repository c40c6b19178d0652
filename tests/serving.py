"""The app in this process, for tests of what other programs meet."""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from fastapi import FastAPI
from httpx2 import Client
from PIL import Image
from starlette.testclient import TestClient

from benchmarks.browser import free_port
from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.reading.library import Library
from ocr_demo.settings import Settings
from ocr_demo.web import create_app
from ocr_demo.web.owner import NOBODY, Owner
from ocr_demo.web.server import server_of
from tests.drawings import drawn, encoded

Result = TypeVar("Result")
LIBRARY = Library(CHECKPOINTS, "latin", threads=1)


def built(library: Library = LIBRARY, owner: Owner = NOBODY, **settings: Any) -> FastAPI:
    """The app, built in an event loop: without one Gradio makes some and leaves them open."""

    async def build() -> FastAPI:
        return create_app(Settings(**settings), library, owner)

    return finished(build())


def finished(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What it gives, run in a thread of its own: in this one the browser's event loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@contextmanager
def serving(library: Library = LIBRARY, owner: Owner = NOBODY, **settings: Any) -> Iterator[TestClient]:
    """A client of the running app with these settings."""
    with TestClient(built(library, owner, **settings)) as client:
        yield client


@contextmanager
def listening(owner: Owner = NOBODY, **settings: Any) -> Iterator[tuple[str, int]]:
    """The address of the running app on a socket, served as `app.py` does, in a thread of this process."""
    app = built(owner=owner, **settings)
    with free_port() as port, ThreadPoolExecutor(1) as thread:
        chosen = Settings(port=port, **settings)
        server = server_of(app, chosen)
        running = thread.submit(server.run)
        while not server.started:
            if running.done():
                running.result()
            time.sleep(0.01)
        try:
            yield chosen.host, chosen.port
        finally:
            server.should_exit = True


def png(character: str) -> bytes:
    """A drawing of the character."""
    return encoded(Image.fromarray(drawn(character)), "PNG")


def ask(client: Client, piece: str, function: str, asked: dict[str, Any], below: str = "") -> dict[str, Any]:
    """What a piece of the page, `below` a path, gets from one of its functions on the server."""
    components = client.get(f"{below}/config").json()["components"]
    (found,) = (each for each in components if each["props"].get("elem_id") == piece)
    client.get(f"{below}/")  # for the session's cookie
    call = {"component_id": found["id"], "fn_name": function, "session_hash": "s"}
    answer = client.post(
        f"{below}/gradio_api/component_server", json=call | {"data": {"checkpoint": "latin"} | asked}
    )
    answer.raise_for_status()
    return answer.json()
