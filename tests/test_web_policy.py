"""What browsers are told, and what pages of other sites may ask for."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.serving import png, serving

FRIEND = "https://friend.example"
FOREIGN = "https://foreign.example"
HOST = {"Host": "ocr.example"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving() as client:
        yield client


@pytest.fixture(scope="module")
def open_to_a_friend() -> Iterator[TestClient]:
    with serving(origins=f"{FRIEND},https://another.example") as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/config", "/predict", "/healthz", "/docs", "/nowhere", "/gradio_api/x"]
)
def test_every_answer_has_them(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "microphone=()" in headers["permissions-policy"]


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (each.split() for each in policy.split("; "))}


def test_the_page_takes_nothing_from_afar_and_a_space_may_show_it(client: TestClient) -> None:
    told = directives(client.get("/").headers["content-security-policy"])
    assert told["default-src"] == ["'self'"]
    assert told["object-src"] == ["'none'"]
    assert told["frame-ancestors"] == ["'self'", "https://huggingface.co", "https://*.huggingface.co"]
    afar = {each for name in told if name != "frame-ancestors" for each in told[name]}
    assert afar <= {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}


@pytest.mark.parametrize("below", ["", "/ar"])
def test_an_upload_may_do_nothing(client: TestClient, below: str) -> None:
    (path,) = client.post("/gradio_api/upload", files={"files": ("r.png", png("R"))}).json()
    told = directives(client.get(f"{below}/gradio_api/file={path}").headers["content-security-policy"])
    assert told == {"default-src": ["'none'"], "frame-ancestors": ["'none'"], "sandbox": []}


@pytest.mark.parametrize("path", ["/", "/config", "/predict", "/checkpoints", "/gradio_api/queue/join"])
@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://ocr.example:81", "https://friend.example"])
def test_a_foreign_origin_gets_nothing(client: TestClient, path: str, origin: str) -> None:
    """With a name of its own for a host: Gradio answers all origins there."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"} | HOST
    for response in (
        client.options(path, headers=asked),
        client.get(path, headers={"Origin": origin} | HOST),
    ):
        assert not [name for name in response.headers if name.startswith("access-control-allow-origin")]
        assert "access-control-allow-credentials" not in response.headers
    assert client.post(path, headers={"Origin": origin} | HOST).status_code == 403


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://ocr.example"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://ocr.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": FOREIGN}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://other.ocr.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_who_may_have_a_picture_read(client: TestClient, told: dict[str, str], status: int) -> None:
    response = client.post("/predict", files={"file": png("R")}, headers=told | HOST)
    assert (response.status_code, response.json().get("class")) == (status, "R" if status == 200 else None)


def test_an_origin_that_is_allowed_reads_the_answer(open_to_a_friend: TestClient) -> None:
    told = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"} | HOST
    response = open_to_a_friend.post("/predict", files={"file": png("R")}, headers=told)
    assert response.json()["class"] == "R"
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert response.headers["access-control-expose-headers"] == "Retry-After, X-Request-ID"
    foreign = told | {"Origin": FOREIGN}
    assert open_to_a_friend.post("/predict", files={"file": png("R")}, headers=foreign).status_code == 403
