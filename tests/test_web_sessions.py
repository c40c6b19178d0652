"""The session: an id in a cookie that only its browser knows, and that no other site can use."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from ocr_demo.errors import TeachingError
from ocr_demo.teaching.people import is_id, new_id
from ocr_demo.web.sessions import COOKIE, session_of
from tests.serving import serving


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving() as client:
        yield client


def given(client: TestClient, **headers: str) -> str:
    """The cookie that the page comes with."""
    client.cookies.clear()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/", headers=named).headers["set-cookie"]


def id_in(cookie: str) -> str:
    found = re.match(rf"{COOKIE}=([^;]+);", cookie)
    assert found
    return found[1]


def test_whoever_opens_the_page_gets_an_id_of_their_own(client: TestClient) -> None:
    one, other = given(client), given(client)
    assert is_id(id_in(one))
    assert id_in(one) != id_in(other)
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(one.split("; "))
    assert "Max-Age=86400" in one


def test_whoever_comes_back_keeps_it(client: TestClient) -> None:
    id = new_id()
    assert id_in(given(client, Cookie=f"{COOKIE}={id}")) == id
    for invented in ("x", "../" * 15, id + "x"):
        again = id_in(given(client, Cookie=f"{COOKIE}={invented}"))
        assert is_id(again)
        assert again != invented


def test_in_a_frame_over_https_the_cookie_works_too(client: TestClient) -> None:
    cookie = given(client, X_Forwarded_Proto="https")
    assert {"HttpOnly", "SameSite=None", "Secure", "Partitioned"} <= set(cookie.split("; "))


def test_no_cache_keeps_the_page_with_its_id(client: TestClient) -> None:
    assert client.get("/").headers["cache-control"] == "no-store"


def test_other_paths_give_none(client: TestClient) -> None:
    client.cookies.clear()
    for path in ("/healthz", "/config", "/checkpoints"):
        assert "set-cookie" not in client.get(path).headers


def test_whatever_is_done_at_the_page_keeps_the_id_for_as_long_again(client: TestClient) -> None:
    client.cookies.clear()
    id = new_id()
    done = client.post("/gradio_api/queue/join", json={}, headers={"Cookie": f"{COOKIE}={id}"})
    assert id_in(done.headers["set-cookie"]) == id
    assert "Max-Age=86400" in done.headers["set-cookie"]
    client.cookies.clear()
    for invented in ("", f"{COOKIE}=x"):
        by_a_program = client.post("/predict", headers={"Cookie": invented})
        assert "set-cookie" not in by_a_program.headers


@pytest.mark.parametrize(
    ("cookies", "headers"),
    [
        ({}, {}),
        ({COOKIE: "../../etc/passwd"}, {}),
        ({COOKIE: new_id()}, {"sec-fetch-site": "cross-site"}),
        ({COOKIE: new_id()}, {"sec-fetch-site": "same-site"}),
    ],
)
def test_without_an_id_or_for_another_site_there_is_no_session(
    cookies: dict[str, str], headers: dict[str, str]
) -> None:
    with pytest.raises(TeachingError, match="no session"):
        session_of(SimpleNamespace(cookies=cookies, headers=headers))


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
def test_our_own_page_has_one(headers: dict[str, str]) -> None:
    id = new_id()
    assert session_of(SimpleNamespace(cookies={COOKIE: id}, headers=headers)) == id
