"""Who is at the page: a long random id in a cookie, known to that browser alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr_demo.errors import TeachingError
from ocr_demo.teaching.people import is_id, new_id

COOKIE = "ocr_demo_session"
OUR_OWN = ("same-origin", "none", None)
"""What a browser says of a request that our page, or the person, made; old ones say nothing."""


class Asked(Protocol):
    """The part of Starlette's and Gradio's requests that tells who asks."""

    @property
    def cookies(self) -> Mapping[str, str]: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


def session_of(request: Asked) -> str:
    """The id of whoever asks; a `TeachingError` where there is none, or another site's page asks."""
    id = request.cookies.get(COOKIE)
    if not is_id(id) or request.headers.get("sec-fetch-site") not in OUR_OWN:
        raise TeachingError("this browser has no session here; allow cookies and reload the page")
    return str(id)


def person_of(request: Asked) -> str:
    """The id of whoever asks; empty where they have none."""
    try:
        return session_of(request)
    except TeachingError:
        return ""


async def page_of(request: Any) -> str:
    """What tells one opened page from others, of the same person too.

    Events get Gradio's request, which knows it; server functions get Starlette's, whose body alone has it.
    """
    if isinstance(request, gr.Request):
        return request.session_hash or ""
    if "json" not in request.headers.get("content-type", ""):
        return ""
    body = await request.json()  # Starlette keeps what Gradio has parsed
    return str(body.get("session_hash"))


class SessionCookie:
    """Gives whoever opens the page an id, and whoever has one that for as long again, whatever they do there.

    Else what is kept on a page that has been open for a day would outlive the id that leads to it.
    """

    def __init__(self, app: ASGIApp, seconds: float, pages: Sequence[str]) -> None:
        """`pages` are the paths of the page, one for each language."""
        self._app, self._seconds, self._pages = app, int(seconds), pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        id = self._id_for(scope) if scope["type"] == "http" else ""
        if not id:
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = cookie_header(COOKIE, id, self._seconds, is_secure(scope, Headers(scope=scope)))
                answer = MutableHeaders(scope=message)
                answer.append("set-cookie", cookie)
                answer["cache-control"] = "no-store"  # a cache in between would hand one's id to another
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _id_for(self, scope: Scope) -> str:
        """The id that the answer's cookie has; empty where it has none."""
        held = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")
        known = held if is_id(held) else ""
        if scope["path"] in self._pages:
            return known or new_id()
        return known if scope["method"] == "POST" else ""


def cookie_header(name: str, value: str, seconds: int, secure: bool) -> str:
    """The cookie; over https one that also works where the page is framed by another site, as on a Space."""
    framed = "; SameSite=None; Secure; Partitioned" if secure else "; SameSite=Lax"
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly{framed}"


def is_secure(scope: Scope, headers: Headers) -> bool:
    """Whether the browser came over https, to us or to the proxy before us."""
    return scope["scheme"] == "https" or headers.get("x-forwarded-proto", "").startswith("https")
