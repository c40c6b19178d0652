"""The log of the real app: JSON with ids, and nothing in it that is none of its readers' business."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from benchmarks.browser import running_app
from ocr_demo.web.answer import data_url
from ocr_demo.web.examples import examples

PICTURE = examples()["pen"].png
SECRET = "hunter2"


def use(client: Client) -> str:
    """Has pictures read in every way, with a secret wherever one can be; gives an upload's path."""
    picture = {"file": (f"{SECRET}.png", PICTURE)}
    headers = {"Authorization": f"Bearer {SECRET}", "Cookie": f"session={SECRET}"}
    client.post("/predict", files=picture, params={"token": SECRET}, headers=headers)
    client.post("/predict", files=picture, data={"checkpoint": SECRET})
    client.post("/predict", files={"file": (SECRET, SECRET.encode())})
    client.post("/predict/batch", files={"files": picture["file"]}, data={"top": SECRET})
    client.get(f"/{SECRET}?{SECRET}")
    client.get(f"/plots/{SECRET}/training.svg")
    config = client.get("/config").json()
    (pad,) = (each for each in config["components"] if each["props"].get("elem_id") == "pad")
    for drawing in (data_url(PICTURE), SECRET):
        call = {
            "component_id": pad["id"],
            "fn_name": "read",
            "session_hash": SECRET,
            "data": {"picture": drawing},
        }
        client.post("/gradio_api/component_server", json=call)
    (path,) = client.post("/gradio_api/upload", files={"files": picture["file"]}).json()
    client.get(f"/gradio_api/file={path}")
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    client.post("/gradio_api/run/predict", json={"data": [file, "latin"], "session_hash": SECRET})
    client.post("/gradio_api/run/predict", json={"data": [{"path": f"/{SECRET}"}, SECRET]})
    return str(path)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, list[str]]:
    """The app's whole log, an upload's path, and the ids of two responses, the second our own."""
    file = tmp_path_factory.mktemp("log") / "log"
    mine = "0123456789abcdef0123456789abcdef"
    with running_app("--log", "json", log=file.open("w+b")) as address, Client(base_url=address) as client:
        path = use(client)
        ids = [
            client.get("/docs", headers=each).headers["x-request-id"] for each in ({}, {"X-Request-ID": mine})
        ]
        client.get("/docs", headers={"X-Request-ID": SECRET})
    assert ids[1] == mine
    return file.read_text(), path, ids


def lines(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines()]


def test_every_line_is_an_object_with_an_id_where_a_request_is_behind_it(logged: Any) -> None:
    told = lines(logged[0])
    assert all({"time", "level", "logger", "message"} <= each.keys() for each in told)
    requests = [each for each in told if each["message"] == "request"]
    assert len({each["request_id"] for each in requests}) == len(requests)
    assert set(logged[2]) <= {each["request_id"] for each in requests}
    assert {"method", "route", "status", "milliseconds"} <= requests[0].keys()
    routes = {(each["route"], each["status"]) for each in requests}
    assert {("/predict", 200), ("/predict", 422), ("/predict", 400), ("/predict/batch", 422)} <= routes
    assert ("/plots/{name}/{kind}.{format}", 404) in routes


def test_nothing_in_it_is_secret(logged: Any) -> None:
    log, path, _ = logged
    assert SECRET not in log
    assert Path(path).parent.name not in log
    assert base64.b64encode(PICTURE).decode()[:40] not in log
    assert repr(PICTURE[:12])[2:-1] not in log
