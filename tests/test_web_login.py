"""A Space's author is known by their Hugging Face login: by Gradio's real one, and by its mocked one."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from gradio import oauth
from starlette.testclient import TestClient

from ocr_demo.web.owner import LOGIN, Owner
from tests.openid import Provider, running_provider, space_of
from tests.serving import ask, built

ADA = Owner(account="ada")
OURS = {"Sec-Fetch-Site": "same-origin"}
CALL = "/owner/arms"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The environment of ada's Space, whose login is the stand-in."""
    monkeypatch.delenv("SPACE_HOST", raising=False)
    with running_provider() as provider:
        for name, value in space_of("ada", provider).items():
            monkeypatch.setenv(name, value)
            monkeypatch.setattr(oauth, name, value, raising=False)  # Gradio looks when it is imported
        yield provider


@pytest.fixture
def client(provider: Provider) -> Iterator[TestClient]:
    assert Owner.of_environment() == ADA
    with TestClient(built(owner=Owner.of_environment()), "https://testserver", headers=OURS) as client:
        yield client


def log_in(client: TestClient, provider: Provider, name: str) -> httpx2.Response:
    """What the app answers to who comes back from the provider."""
    provider.name = name
    asked = client.get("/login/huggingface?_target_url=/ar/", follow_redirects=False)
    given = httpx2.get(asked.headers["location"])
    return client.get(given.headers["location"], follow_redirects=False)


def who(client: TestClient) -> dict[str, Any]:
    return ask(client, "owner", "who", {})


def test_the_author_is_the_owner_while_logged_in(client: TestClient, provider: Provider) -> None:
    assert client.get(CALL).status_code == 401
    assert "as ada" in client.get(CALL).json()["detail"]
    assert who(client) == {"name": "", "isOwner": False}
    assert log_in(client, provider, "ada").headers["location"] == "/ar/"
    assert who(client) == {"name": "ada", "isOwner": True}
    assert client.get(CALL).status_code == 200
    for other in ("cross-site", "same-site", "none"):
        assert client.get(CALL, headers={"Sec-Fetch-Site": other}).status_code == 401
    client.get("/logout", follow_redirects=False)
    assert who(client) == {"name": "", "isOwner": False}
    assert client.get(CALL).status_code == 401


def test_nobody_else_who_is_logged_in_is(client: TestClient, provider: Provider) -> None:
    log_in(client, provider, "eve")
    assert who(client) == {"name": "eve", "isOwner": False}
    assert client.get(CALL).status_code == 401


def test_a_cookie_that_the_app_did_not_sign_tells_nothing(client: TestClient, provider: Provider) -> None:
    log_in(client, provider, "ada")
    cookie = client.cookies["session"]
    client.cookies.clear()
    content, _, signature = cookie.rpartition(".")
    altered = f"{content}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"  # the last one has idle bits
    for wrong in (altered, cookie.partition(".")[0], "session"):
        assert client.get(CALL, headers={"Cookie": f"session={wrong}"}).status_code == 401
    assert client.get(CALL, headers={"Cookie": f"session={cookie}"}).status_code == 200


def test_who_does_not_let_the_app_know_is_back_at_the_page(client: TestClient, provider: Provider) -> None:
    answer = log_in(client, provider, "")
    assert (answer.status_code, answer.headers["location"]) == (307, "/")
    assert who(client) == {"name": "", "isOwner": False}


def test_the_page_leads_to_no_other_site(client: TestClient, provider: Provider) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        away = client.get("/logout", params={"_target_url": target}, follow_redirects=False)
        assert away.headers["location"] in ("/", "/evil.example")


@pytest.mark.parametrize("missing", [*LOGIN, "SYSTEM"])
def test_without_all_that_a_space_with_login_has_there_is_none(
    missing: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Off a Space Gradio would take everybody for whoever's token the machine has."""
    monkeypatch.setenv(missing, "")
    assert Owner.of_environment().account == ""
    app = built(owner=Owner.of_environment())
    assert not {"/login/huggingface", "/login/callback"} & {
        getattr(route, "path", "") for route in app.routes
    }


def test_gradios_mocked_login_is_understood_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYSTEM", raising=False)
    monkeypatch.setattr(oauth, "get_token", lambda: "hf_ada")
    profile = {"type": "user", "name": "ada", "fullname": "Ada", "avatarUrl": ""}
    monkeypatch.setattr(oauth, "whoami", lambda: profile)
    with pytest.warns(UserWarning, match="mocked"):
        app = built(owner=ADA)
    with TestClient(app, "https://testserver", headers=OURS) as client:
        asked = client.get("/login/huggingface?_target_url=/", follow_redirects=False)
        client.get(asked.headers["location"], follow_redirects=False)
        assert who(client) == {"name": "ada", "isOwner": True}
        assert client.get(CALL).status_code == 200
