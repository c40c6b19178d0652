"""Which language the page is in: the one that was chosen, or at first the browser's."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from babel import negotiate_locale
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr_demo.web.sessions import cookie_header, is_secure
from ocr_demo.web.words import ENGLISH, LANGUAGES, Words

COOKIE, QUERY = "ocr_demo_language", "lang"
KEPT_SECONDS = 365 * 24 * 3600
ROOT = 'lang="en"'
"""What Gradio's document says of itself, whatever it is in."""
HEAD = """<head><script>
Object.defineProperty(navigator, "language", {{ value: "{language}" }});
addEventListener("beforeunload", (event) => event.stopImmediatePropagation());
</script>"""
"""What has to be there before Gradio's own script.

Its words, which follow the browser's language, follow the page's. And it doesn't give up its requests as a
page begins to be left, to tell that as a lost connection and to ask on: the browser gives them up.
"""


class ChosenLanguage:
    """Sends whoever opens the page to the one in their language, and keeps which they choose by `?lang=`."""

    def __init__(self, app: ASGIApp, languages: Sequence[Words]) -> None:
        self._app = app
        self._paths = {words.language: words.path for words in languages}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        paths = self._paths.values()
        if scope["type"] != "http" or not {scope["path"], f"{scope['path']}/"} & set(paths):
            await self._app(scope, receive, send)
            return
        headers, query = Headers(scope=scope), scope["query_string"].decode("latin-1")
        asked = parse_qs(query).get(QUERY, [""])[0]
        there = scope["path"]
        if there == ENGLISH.path:
            there = self._paths.get(asked) or self._preferred(headers)
        if there not in paths:  # it lacks the slash
            there += "/"
        if there != scope["path"]:
            address = f"{there[1:]}?{query}".rstrip("?")
            await RedirectResponse(address, headers={"Cache-Control": "no-store"})(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and asked in self._paths:
                cookie = cookie_header(COOKIE, asked, KEPT_SECONDS, is_secure(scope, headers))
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _preferred(self, headers: Headers) -> str:
        """The page in the language that was chosen before, else in the one that the browser puts first."""
        kept = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return self._paths[kept if kept in self._paths else words_of(headers).language]


def words_of(headers: Headers) -> Words:
    """The words of the language that a request would have its answer in: the first of ours, else English."""
    languages = {words.language: words for words in LANGUAGES}
    return languages[negotiate_locale(accepted(headers), [*languages], sep="-") or ENGLISH.language]


def accepted(headers: Headers) -> list[str]:
    """The languages of Accept-Language, best first; those without a weight that is one are the best."""
    wanted = [each.strip().partition(";q=") for each in headers.get("accept-language", "").split(",")]
    return [name for name, _, weight in sorted(wanted, key=lambda each: -_weight(each[2]))]


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


class InLanguage:
    """Has Gradio's page say which language it is in, to the browser and to Gradio's own script."""

    def __init__(self, app: ASGIApp, words: Words) -> None:
        self._app, self._words = app, words
        self._page = GZipMiddleware(self._rewritten)  # in place of Gradio's compression

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"] == self._words.path
        await (self._page if is_page else self._app)(scope, receive, send)

    async def _rewritten(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def collected(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body"):
                page = self._in_language(body.decode()).encode()
                MutableHeaders(scope=start)["content-length"] = str(len(page))
                await send(start)
                await send({"type": "http.response.body", "body": page})

        await self._app({**scope, "headers": headers}, receive, collected)

    def _in_language(self, page: str) -> str:
        language, direction = self._words.language, self._words.direction
        page = page.replace(ROOT, f'lang="{language}" dir="{direction}"', 1)
        return page.replace("<head>", HEAD.format(language=language), 1)
