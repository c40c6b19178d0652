"""The app as other programs meet it: what it serves, what it refuses, what it keeps to itself."""

import base64
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client as GradioClient
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from httpx import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from ocr_demo.web.answer import PNG_URL, data_url
from ocr_demo.web.examples import examples
from tests.serving import finished


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


def test_the_picture_of_what_is_compared_by_address(client: Client) -> None:
    assert client.get("/plots/zoo.png?theme=dark").content.startswith(b"\x89PNG")
    assert client.get("/ar/plots/zoo.svg").content.startswith(b"<?xml")


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


def call_by_mcp(address: str, **arguments: str) -> tuple[list[str], CallToolResult]:
    """The names of the tools that an MCP client is offered, and what `predict` tells it."""

    async def call() -> tuple[list[str], CallToolResult]:
        async with (
            streamable_http_client(f"{address}gradio_api/mcp/") as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            return [tool.name for tool in tools], await session.call_tool("predict", arguments)

    return finished(call())


def test_predict_for_mcp_clients(address: str) -> None:
    tools, told = call_by_mcp(address, picture=data_url(examples()["pen"].png), checkpoint="latin")
    assert tools == ["predict"]
    assert not told.isError
    assert "'class': 'R'" in told.content[0].text


@pytest.mark.parametrize("picture", [data_url(b"no picture"), "/etc/passwd", "http://127.0.0.1/letter.png"])
def test_mcp_clients_are_told_what_is_no_picture(address: str, picture: str) -> None:
    assert call_by_mcp(address, picture=picture)[1].isError


def test_a_picture_read_by_gradio_and_mcp_clients_is_counted(address: str, client: Client) -> None:
    def counted() -> float:
        found = re.findall(r"ocr_demo_predictions_total{.*source=\"api\"} (\S+)", client.get("/metrics").text)
        return sum(float(each) for each in found)

    before = counted()
    call_by_mcp(address, picture=data_url(examples()["pen"].png))
    assert counted() == before + 1


def test_2_gigabytes_are_refused_before_they_are_sent(address: str) -> None:
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    head = (
        f"POST /predict HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {2**31}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_nothing_is_kept_and_nothing_phones_home(client: Client) -> None:
    config = client.get("/config").json()
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False


def test_files_of_the_server_stay_there(client: Client) -> None:
    for path in ("/etc/passwd", str(Path(__file__).resolve()), "../../etc/passwd"):
        assert client.get(f"/gradio_api/file={path}").status_code in (403, 404)
