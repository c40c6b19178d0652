"""What is refused for being too much, and what for coming too soon."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from threading import Event

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.testclient import TestClient

from ocr_demo.errors import BusyError, RateError
from ocr_demo.web.gate import Gate
from ocr_demo.web.limits import RateLimit, holder
from tests.serving import built, finished, png, serving

CHUNK = 64 * 1024


async def waited_for(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


def test_one_too_many_is_told_to_come_back_and_the_others_are_served() -> None:
    async def crowd() -> list[object]:
        gate, open_up = Gate(at_once=1, waiting=2), Event()
        served = [asyncio.create_task(gate.run(open_up.wait)) for _ in range(3)]
        await waited_for(lambda: gate.waiting == 2)
        with pytest.raises(BusyError) as busy:
            await gate.run(open_up.wait)
        assert busy.value.seconds >= 1
        open_up.set()
        told = await asyncio.gather(*served)
        assert gate.waiting == 0
        return [*told, await gate.run(open_up.wait)]

    assert finished(crowd()) == [True] * 4


def test_a_burst_within_one_tick_is_bounded_too() -> None:
    async def burst() -> list[object]:
        gate = Gate(at_once=1, waiting=2)
        return await asyncio.gather(*(gate.run(int) for _ in range(10)), return_exceptions=True)

    assert [type(each) for each in finished(burst())] == [int] * 3 + [BusyError] * 7


def test_work_that_fails_leaves_its_place_free() -> None:
    async def failing() -> int:
        gate = Gate(at_once=1, waiting=1)
        for _ in range(5):
            with pytest.raises(ValueError, match="no number"):
                await gate.run(lambda: int("no number"))
        return await gate.run(int)

    assert finished(failing()) == 0


def test_a_client_has_its_share_and_no_other_pays_for_it() -> None:
    rates = RateLimit("5/hour")
    rates.charge("10.0.0.1", 5)
    with pytest.raises(RateError, match="5 per 1 hour") as refused:
        rates.charge("10.0.0.1")
    assert 1 <= refused.value.seconds <= 3600
    rates.charge("10.0.0.2")


def test_without_a_rate_all_may_ask() -> None:
    RateLimit("none").charge("10.0.0.1", 10**9)


@pytest.mark.parametrize(
    ("client", "whose"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_whose_an_address_is(client: str, whose: str) -> None:
    assert holder(client) == whose


def post(client: TestClient, pictures: int = 1) -> Response:
    if pictures == 1:
        return client.post("/predict", files={"file": png("R")})
    return client.post("/predict/batch", files=[("files", png("R"))] * pictures)


def test_who_asks_for_more_than_the_rate_is_told_when_to_come_back() -> None:
    with serving(rate_limit="5/hour") as client:
        assert [post(client).status_code, post(client, 3).status_code] == [200, 200]
        for response in (post(client, 2), post(client)):
            assert (response.status_code, response.json()["status"]) == (429, 429)
            assert 1 <= int(response.headers["retry-after"]) <= 3600
        assert client.get("/healthz").status_code == 200
        told = client.get("/metrics").text
        assert 'ocr_demo_refusals_total{reason="rate",source="api"} 1.0' in told
        assert 'ocr_demo_refusals_total{reason="rate",source="batch"} 1.0' in told


def sent(path: str, pieces: int, **headers: str) -> tuple[Response, int]:
    """The answer to a body of so many pieces without a length, and how many of them were taken."""
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        for _ in range(pieces):
            taken += 1
            yield bytes(CHUNK)

    app = built(max_upload_mb=1)

    async def send() -> Response:
        content_type = {"Content-Type": "multipart/form-data; boundary=x"}
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=ASGITransport(app), base_url="http://test") as client,
        ):
            return await client.post(path, content=body(), headers=content_type | headers)

    return finished(send()), taken


@pytest.mark.parametrize(("path", "most"), [("/predict", 1), ("/predict/batch", 10)])
def test_a_body_without_a_length_is_read_up_to_the_limit(path: str, most: int) -> None:
    response, taken = sent(path, pieces=1000)
    assert (response.status_code, response.json()["status"]) == (413, 413)
    assert taken <= most * 16 + 3


def test_a_body_that_says_it_is_too_long_is_not_read_at_all() -> None:
    response, taken = sent("/predict", pieces=1000, **{"Content-Length": str(CHUNK * 1000)})
    assert response.status_code == 413
    assert taken == 0


def test_what_is_no_form_is_not_read_at_all() -> None:
    response, taken = sent("/predict", pieces=10, **{"Content-Type": "image/png"})
    assert response.status_code == 415
    assert taken == 0


def test_the_page_takes_no_more_than_the_api() -> None:
    response, taken = sent("/gradio_api/component_server", pieces=1000)
    assert response.status_code == 413
    assert taken <= 16 + 3


def test_one_client_has_no_more_in_hand_than_its_share_and_the_others_go_on() -> None:
    """Each is within its limit and waits with its last byte; what is given up is free again."""
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'

    async def crowd() -> tuple[list[int], int, int]:
        app, enough = built(max_upload_mb=1, max_checkpoint_mb=1), asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield part + bytes(2**20 - 1000)
            await enough.wait()
            yield b"\r\n--x--\r\n"

        def client(address: str) -> AsyncClient:
            return AsyncClient(transport=ASGITransport(app, client=(address, 1)), base_url="http://test")

        async def ask(address: str) -> int:
            async with client(address) as asking:
                return (await asking.post("/predict", files={"file": png("R")})).status_code

        async with app.router.lifespan_context(app), client("10.0.0.1") as greedy:
            sent = [
                asyncio.create_task(greedy.post("/predict", content=body(), headers=form)) for _ in range(25)
            ]
            refused = [each async for each in _first(sent, 4)]
            other = await ask("10.0.0.2")
            enough.set()
            await asyncio.gather(*sent)
            return refused, other, await ask("10.0.0.1")

    refused, other, again = finished(crowd())
    assert refused == [429] * 4
    assert (other, again) == (200, 200)


async def _first(sent: list[asyncio.Task[Response]], count: int) -> AsyncIterator[int]:
    """The statuses of the first that are answered, which say when to come back."""
    for each in itertools.islice(asyncio.as_completed(sent), count):
        response = await each
        assert response.json()["status"] == response.status_code
        assert int(response.headers["retry-after"]) >= 1
        yield response.status_code
