"""Serves the app: a client that is slow, or a stop, costs nobody else an answer."""

import asyncio
import logging
import signal
import sys
from contextlib import suppress
from socket import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from ocr_demo.settings import Settings

HEAD_SECONDS = 15
"""So long may a connection take to say what it wants."""
STOP_SECONDS = 20
"""So long are requests waited for that are in hand at a stop; Kubernetes kills after 30."""
KEYBOARD_SECONDS = 3
"""So long where it is Ctrl-C that stops it: a page's stream of events may be open without an end."""
log = logging.getLogger(__name__)


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection without a request after `HEAD_SECONDS`.

    uvicorn's own `timeout_keep_alive` ends with the first byte of a request; a byte an hour would do.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._lose_patience()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._lose_patience()  # now the wait for a further request is uvicorn's

    def _wait_for_head(self) -> None:
        if self._has_request():
            self._lose_patience()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _lose_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _hang_up(self) -> None:
        if not self._has_request():
            self.transport.close()

    def _has_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


class Server(uvicorn.Server):
    """Says where it is once it is there, and stops sooner where somebody sits before it."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)  # which ends the process where the port is taken
        log.info("Open http://%s:%d", self.config.host, self.config.port)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            self.config.timeout_graceful_shutdown = KEYBOARD_SECONDS
        super().handle_exit(sig, frame)


def server_of(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """What serves the app."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=PatientProtocol,
        ws="none",
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        log_config=None,
        access_log=False,
    )
    return Server(config)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serves until stopped; after SIGTERM the process exits with 0 once the requests in hand are answered."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again in the end
    with suppress(KeyboardInterrupt):
        server_of(app, settings).run()
