"""What one request may bring and one client may ask for."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr_demo.errors import RateError
from ocr_demo.settings import NO_LIMIT
from ocr_demo.web.problems import refusal

TOO_LARGE = "the request has too many bytes; send a smaller picture, or fewer at once"
CUT_OFF = "the request is cut off"
TOO_MANY = "this address sends too much at once; try again when its other requests are answered"
TOO_SLOW = "the request came too slowly; send a smaller picture, or over a better line"
BODY_SECONDS = 20
SLOWEST = 16 * 1024
"""Bytes a second; a body has so long as it takes at that speed, and `BODY_SECONDS` more."""


class RateLimit:
    """So many pictures in so long for each client; kept in this process."""

    def __init__(self, rate: str) -> None:
        """`rate` as the `limits` package writes it, such as 20/second, or none."""
        self._limit = None if rate == NO_LIMIT else parse(rate)
        self._clients = SlidingWindowCounterRateLimiter(MemoryStorage())

    def charge(self, client: str, pictures: int = 1) -> None:
        """Takes from the client's share; a `RateError` where that is spent."""
        if self._limit and not self._clients.hit(self._limit, holder(client), cost=pictures):
            raise self._spent(client, self._limit)

    def check(self, client: str) -> None:
        """A `RateError` where the client's share is spent; takes nothing from it."""
        if self._limit and not self._clients.test(self._limit, holder(client)):
            raise self._spent(client, self._limit)

    def _spent(self, client: str, limit: RateLimitItem) -> RateError:
        reset = self._clients.get_window_stats(limit, holder(client)).reset_time
        seconds = max(1, ceil(reset - time.time()))
        return RateError(
            "this address may have {amount} per {periods} {period} read; try again later",
            seconds,
            amount=limit.amount,
            periods=limit.multiples,
            period=limit.GRANULARITY.name,
        )


def holder(client: str) -> str:
    """Whom an address belongs to: one who has an IPv6 address has some 2**64 more."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if not isinstance(address, IPv6Address):
        return client
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


class BodyLimit:
    """Refuses a request's body once it has too many bytes, at once where it says so itself, or is too slow.

    Starlette's own middleware does the first, but answers in plain text. What one client has in hand, in all
    requests that are not answered yet, is bounded, too: it lies in memory, or on the disk.
    """

    def __init__(self, app: ASGIApp, most: Callable[[str], int], most_in_hand: int) -> None:
        """`most` gives the most bytes for a path, `most_in_hand` are those of all of a client's requests."""
        self._app, self._most, self._most_in_hand = app, most, most_in_hand
        self._in_hand: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most(scope["path"])
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            await refusal(scope, 413, TOO_LARGE)(scope, receive, send)
            return
        client = holder((scope.get("client") or ("",))[0])
        seen = 0

        def take(count: int) -> None:
            nonlocal seen
            seen += count
            self._in_hand[client] += count
            if seen > most:
                raise HTTPException(413, TOO_LARGE)
            if self._in_hand[client] > self._most_in_hand:
                raise HTTPException(429, TOO_MANY, {"Retry-After": "1"})

        try:
            await self._app(scope, _bounded(receive, take), send)
        except ClientDisconnect:  # nobody reads this, but to Gradio's routes it would be the server's fault
            await refusal(scope, 400, CUT_OFF)(scope, receive, send)
        finally:
            self._in_hand[client] -= seen
            if not self._in_hand[client]:
                del self._in_hand[client]


def _bounded(receive: Receive, take: Callable[[int], None]) -> Receive:
    """Gives a body as it comes, if that is fast enough; `take` is told of the bytes and refuses too many."""
    seen, is_whole = 0, False
    began = asyncio.get_running_loop().time()

    async def bounded() -> Message:
        nonlocal seen, is_whole
        if is_whole:  # what is waited for now is the client's going away
            return await receive()
        try:
            async with asyncio.timeout_at(began + BODY_SECONDS + seen / SLOWEST):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, TOO_SLOW) from error
        count = len(message.get("body", b""))
        seen += count
        is_whole = not message.get("more_body", False)
        take(count)
        return message

    return bounded
