"""Gradio's own routes: no file of the server, no address fetched, no function but those the page shows."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import get_upload_folder
from httpx import Response
from starlette.testclient import TestClient

from tests.serving import png, serving

MARK = {"_type": "gradio.FileData"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving() as client:
        yield client


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The names that are looked up, as before anything is fetched; none is answered."""
    names: list[Any] = []

    async def look_up(loop: object, host: object, *_: object, **__: object) -> None:
        names.append(host)
        raise socket.gaierror("there is no network in tests")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    return names


def predict(client: TestClient, picture: object, route: str = "run/predict", **asked: object) -> Response:
    return client.post(f"/gradio_api/{route}", json={"data": [picture, "latin"], **asked})


@pytest.mark.parametrize(
    "url", ["http://pictures.example/r.png", "https://1.1.1.1/", "http://127.0.0.1:7860/", "http://[::1]/"]
)
@pytest.mark.parametrize("name", ["path", "url"])
def test_no_url_is_fetched(client: TestClient, asked_for: list[Any], url: str, name: str) -> None:
    response = predict(client, {"path": "x", name: url, "meta": MARK})
    assert response.status_code == 500
    said = {"path": "nothing is fetched from other addresses", "url": "no uploaded picture"}
    assert said[name] in response.json()["error"]
    assert client.get(f"/gradio_api/file={url}").status_code == 404
    assert client.get(f"/gradio_api/proxy={url}").status_code == 404
    assert asked_for == []


@pytest.mark.parametrize("nested", [lambda file: [file], lambda file: {"a": [file]}, lambda file: [[file]]])
def test_a_url_or_file_is_found_wherever_it_stands(
    client: TestClient, asked_for: list[Any], nested: Any
) -> None:
    for path in ("http://pictures.example/r.png", "/etc/passwd"):
        before = kept()
        data = [None, nested({"path": path, "meta": MARK})]
        assert client.post("/gradio_api/run/predict", json={"data": data}).status_code == 500
        assert kept() == before
    assert asked_for == []


def kept() -> set[Path]:
    return {path for path in Path(get_upload_folder()).rglob("*") if path.is_file()}


@pytest.mark.parametrize("path", ["/etc/passwd", "/dev/zero", "../../etc/passwd", "app.py", "\0", ""])
@pytest.mark.parametrize("mark", [{"meta": MARK}, {}])
def test_no_file_of_the_server_is_read_or_copied(client: TestClient, path: str, mark: dict[str, Any]) -> None:
    before = kept()
    response = predict(client, {"path": path, **mark})
    assert "no uploaded picture" in response.json()["error"]
    assert kept() == before


def test_a_picture_of_the_server_is_none_to_read(client: TestClient, tmp_path: Path) -> None:
    """A mounted Gradio would copy it to where uploads lie and read it there."""
    (tmp_path / "private.png").write_bytes(png("R"))
    response = predict(client, {"path": str(tmp_path / "private.png"), "meta": MARK})
    assert "no uploaded picture" in response.json()["error"]


def test_a_link_out_of_the_uploads_is_none_to_follow(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "private.png").write_bytes(png("R"))
    link = Path(get_upload_folder()) / "link.png"
    link.symlink_to(tmp_path / "private.png")
    try:
        assert "no uploaded" in predict(client, {"path": str(link), "meta": MARK}).json()["error"]
        assert client.get(f"/gradio_api/file={link}").status_code == 403
    finally:
        link.unlink()


def test_an_upload_is_read(client: TestClient) -> None:
    (path,) = client.post("/gradio_api/upload", files={"files": ("r.png", png("R"))}).json()
    response = predict(client, {"path": path, "meta": MARK})
    assert response.json()["data"][0]["class"] == "R"
    assert client.get(f"/gradio_api/file={path}").content == png("R")


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.js", "x.xml"])
def test_an_upload_is_no_page_of_ours(client: TestClient, name: str) -> None:
    (path,) = client.post("/gradio_api/upload", files={"files": (name, b"<script>alert(1)</script>")}).json()
    predict(client, {"path": path, "meta": MARK})  # after which Gradio may take it for one of its own
    headers = client.get(f"/gradio_api/file={path}").headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name", ["../../escaped.png", "/tmp/escaped.png", "..", "a\\..\\..\\b.png", "x" * 300]
)
def test_an_upload_stays_among_the_uploads(client: TestClient, name: str) -> None:
    response = client.post("/gradio_api/upload", files={"files": (name, png("R"))})
    for path in response.json() if response.status_code == 200 else []:
        assert Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve())


def test_the_pages_own_functions_wait_in_its_queue(client: TestClient) -> None:
    """Called directly they would pass by its bounds; named or numbered, those of others don't answer."""
    functions = client.get("/config").json()["dependencies"]
    private = [each for each in functions if each["api_visibility"] == "private"]
    assert len(private) >= len(functions) - 1
    for each in private:
        for route in (f"run/{each['api_name']}", "run/predict", f"call/{each['api_name']}"):
            response = predict(client, None, route, fn_index=each["id"])
            assert response.status_code in (404, 500), (each, route, response.text)
            assert "data" not in response.json()


def test_no_method_of_a_piece_is_a_function_but_the_pads(client: TestClient) -> None:
    pieces = client.get("/config").json()["components"]
    for name in ("postprocess", "preprocess", "__init__", "async_move_resource_to_block_cache", "load"):
        for piece in pieces:
            call = {
                "component_id": piece["id"],
                "fn_name": name,
                "session_hash": "s",
                "data": ["/etc/passwd"],
            }
            assert client.post("/gradio_api/component_server", json=call).status_code == 404


CLOSED = {
    "GET": [
        *("/monitoring", "/monitoring/summary", "/monitoring/x", "/pwa_icon", "/svelte/x"),
        *("/gradio_api/deep_link?session_hash=s", "/gradio_api/dev/reload", "/gradio_api/vibe-code"),
        *("/gradio_api/token", "/gradio_api/user", "/gradio_api/login_check", "/gradio_api/openapi.json"),
        *("/gradio_api/runs", "/gradio_api/file/etc/passwd", "/gradio_api/queue/status", "/logout"),
        *("/gradio_api/custom_component/a/client/b/c", "/gradio_api/stream/s/r/1/playlist.m3u8"),
        *("/gradio_api/profiling/traces", "/gradio_api/mcp/sse", "/gradio_api//info", "/%0a"),
        "/gradio_api/heartbeat/s",  # a stream that the page's configuration has no client open
    ],
    "POST": [
        *("/login", "/gradio_api/vibe-edit", "/gradio_api/process_recording", "/gradio_api/stream/x"),
        *("/gradio_api/run/read_picture", "/gradio_api/api/predict"),
    ],
}


def test_no_client_is_to_send_a_heartbeat(client: TestClient) -> None:
    assert not client.get("/config").json()["connect_heartbeat"]


@pytest.mark.parametrize(("method", "path"), [(method, path) for method in CLOSED for path in CLOSED[method]])
def test_what_nobody_needs_is_closed(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path, follow_redirects=False)
    assert (response.status_code, response.json()["detail"]) == (404, "there is nothing here")


@pytest.mark.parametrize(
    "path",
    ["etc/passwd", "/etc/passwd", "app.py", "../etc/passwd", "/proc/self/environ", "file:///etc/passwd"],
)
@pytest.mark.parametrize(
    "route", ["/gradio_api/file=", "/static/", "/assets/", "/static/..%2f..%2f", "/docs/static/"]
)
def test_no_route_gives_a_file_of_the_server(client: TestClient, route: str, path: str) -> None:
    assert client.get(route + path).status_code in (403, 404)
