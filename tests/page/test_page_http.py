"""The app as other programs meet it: what it serves, what it refuses, what it keeps to itself."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client as GradioClient
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from httpx import Client

from ocr_demo.web.answer import PNG_URL
from ocr_demo.web.examples import examples


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    with Client(base_url=address, timeout=60) as client:
        yield client


def call_pad(client: Client, data: object) -> Any:
    config = client.get("/config").json()
    (pad,) = (each for each in config["components"] if each["props"].get("elem_id") == "pad")
    request = {"component_id": pad["id"], "fn_name": "read", "session_hash": "s", "data": data}
    return client.post("/gradio_api/component_server", json=request)


def test_the_pad_reads(client: Client) -> None:
    png = base64.b64encode(examples()["marker"].png).decode()
    answer = call_pad(client, {"picture": PNG_URL + png, "checkpoint": "latin"}).json()
    assert len(answer["reading"]["confidences"]) == 5
    assert answer["remark"].keys() == {"words", "tone"}


@pytest.mark.parametrize(
    "data", [{}, {"picture": None}, {"picture": "x" * 100}, {"picture": PNG_URL + "AAAA"}]
)
def test_the_pad_answers_what_is_no_drawing_with_a_notice(client: Client, data: object) -> None:
    answer = call_pad(client, data).json()
    assert answer["remark"]["tone"] == "error"
    assert answer["reading"] == {}


@pytest.mark.parametrize("data", [None, 3, "text", ["list"]])
def test_the_pad_answers_what_is_no_request_with_a_notice(client: Client, data: object) -> None:
    assert call_pad(client, data).json()["remark"]["tone"] == "error"


@pytest.mark.parametrize("kind", ["confusion", "confused", "reliability", "training"])
@pytest.mark.parametrize(("format", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_plots_by_address(client: Client, kind: str, format: str, magic: bytes) -> None:
    response = client.get(f"/plots/latin/{kind}.{format}", params={"test": "a test", "theme": "dark"})
    assert response.status_code == 200
    assert response.content.startswith(magic)


@pytest.mark.parametrize(
    ("plot", "status"),
    [
        ("/plots/third/confusion.svg?test=a+test", 404),
        ("/plots/latin/confusion.svg?test=another", 404),
        ("/plots/unmeasured/reliability.svg?test=a+test", 404),
        ("/plots/latin/confusion.svg?test=a+test&theme=pink", 422),
        ("/plots/latin/nonsense.svg", 422),
        ("/plots/..%2F..%2Fetc/training.svg", 404),
    ],
)
def test_plots_that_are_none(client: Client, plot: str, status: int) -> None:
    assert client.get(plot).status_code == status


def test_predict_alone_is_public(client: Client) -> None:
    offered = client.get("/gradio_api/info").json()
    assert list(offered["named_endpoints"]) == ["/predict"]
    assert offered["unnamed_endpoints"] == {}


def test_predict_for_other_programs(address: str, tmp_path: Path) -> None:
    (tmp_path / "letter.png").write_bytes(examples()["pen"].png)
    (tmp_path / "broken.png").write_bytes(b"this is no picture")
    caller = GradioClient(address, verbose=False)
    told = caller.predict(handle_file(tmp_path / "letter.png"), "latin", api_name="/predict")
    assert (told["class"], told["checkpoint"], told["is_character"]) == ("R", "latin", True)
    assert told["top5"][0] == ["R", told["confidence"]]
    with pytest.raises(AppError, match="not a picture"):
        caller.predict(handle_file(tmp_path / "broken.png"), "latin", api_name="/predict")
    caller.close()


def test_nothing_is_kept_and_nothing_phones_home(client: Client) -> None:
    config = client.get("/config").json()
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False


def test_files_of_the_server_stay_there(client: Client) -> None:
    for path in ("/etc/passwd", str(Path(__file__).resolve()), "../../etc/passwd"):
        assert client.get(f"/gradio_api/file={path}").status_code in (403, 404)
