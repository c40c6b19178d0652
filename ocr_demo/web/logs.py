"""The log: a JSON object a line for machines, plain words on a terminal; no picture and no secret in it."""

import logging
import sys
from time import perf_counter

from asgi_correlation_id import CorrelationIdFilter
from pythonjsonlogger.json import JsonFormatter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr_demo.settings import LogFormat
from ocr_demo.web.metrics import Metrics

UNMATCHED = "none"
"""The route of what no route fits: the path itself comes from outside and may hold anything."""
PROBES = ("/healthz", "/readyz", "/metrics")
"""Asked for every few seconds by machines."""
FIELDS = "{asctime}{levelname}{name}{message}{correlation_id}"
TIME = "%Y-%m-%dT%H:%M:%S%z"
NAMES = {"asctime": "time", "levelname": "level", "name": "logger", "correlation_id": "request_id"}

log = logging.getLogger(__name__)


def start_logging(wanted: LogFormat) -> None:
    """Has this process log to stderr, requests only in JSON: a terminal is for what needs a person."""
    as_json = wanted == "json" or (wanted == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.addFilter(CorrelationIdFilter())
    handler.setFormatter(json_formatter() if as_json else logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.getLogger("ocr_demo").setLevel(logging.INFO)
    log.setLevel(logging.INFO if as_json else logging.WARNING)


def json_formatter() -> logging.Formatter:
    return JsonFormatter(FIELDS, TIME, style="{", rename_fields=NAMES, json_ensure_ascii=False)


class RequestLog:
    """Logs and counts every request by its route: paths and queries hold names of files and of sessions."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500  # what an error that nobody caught becomes

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._note(scope, status, perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or UNMATCHED
        self._metrics.count_request(scope["method"], route, status)
        if route not in PROBES or status >= 400:
            told = {"method": scope["method"], "route": route, "status": status}
            log.info("request", extra=told | {"milliseconds": round(seconds * 1000, 1)})
