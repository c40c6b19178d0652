"""What browsers are told of this page, and what other sites' pages may ask of it: nothing, unless allowed."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr_demo.web.problems import refusal

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio's configuration is inline
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.huggingface.co",  # where Spaces are shown
    )
)
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For uploads: whatever they are, they are no pages of ours."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), display-capture=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
READING = ("GET", "HEAD", "OPTIONS")
OWN = ("same-origin", "none")
FOREIGN = "pages of other sites may not call this app; start it with --origins to allow one"


class SecurityHeaders:
    """Adds `HEADERS` to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_file = "/gradio_api/file=" in scope["path"]  # each language's page has its own
        told = HEADERS | ({"Content-Security-Policy": FILE_POLICY} if is_file else {})

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        await self._app(scope, receive, with_headers)


class OwnPagesOnly:
    """Refuses what a browser sends for another site's page, but where nothing is changed by it.

    That a browser keeps the answer from such a page is not enough: it has been done by then. Like Go's
    `CrossOriginProtection`, it goes by what browsers tell; other programs tell nothing and are answered.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        """`allowed` are origins as browsers write them."""
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_reading = scope["type"] != "http" or scope["method"] in READING
        if is_reading or self._may_ask(Headers(scope=scope)):
            await self._app(scope, receive, send)
        else:
            await refusal(scope, 403, FOREIGN)(scope, receive, send)

    def _may_ask(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None and origin in self._allowed:
            return True
        if site := headers.get("sec-fetch-site"):
            return site in OWN
        # browsers say no more over plain HTTP
        return origin is None or urlsplit(origin).netloc == headers.get("host")
