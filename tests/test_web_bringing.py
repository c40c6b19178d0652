"""A checkpoint that a visitor brings reads for them alone, and what can't be is told in words."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ocr_demo.web.lesson_routes import BRING
from ocr_demo.web.sessions import COOKIE
from tests.networks import small_checkpoint
from tests.promoting import spoilt
from tests.serving import ask, built, png, serving
from tests.test_web_training import own, panel


def zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path in folder.iterdir():
            packed.write(path, f"{folder.name}/{path.name}")
    return buffer.getvalue()


def bring(client: TestClient, content: bytes, checkpoint: str = "latin") -> dict[str, Any]:
    client.get("/")  # for the session's cookie
    files = {"file": ("mine.zip", content)}
    answer = client.post(BRING, files=files, data={"checkpoint": checkpoint})
    answer.raise_for_status()
    return answer.json()


def read(client: TestClient, character: str) -> str:
    from ocr_demo.web.answer import data_url

    return ask(client, "pad", "read", {"picture": data_url(png(character))})["reading"]["label"]


@pytest.fixture(scope="module")
def client(shared_home: Path) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_DEMO_HOME", str(shared_home))
        with serving() as client:
            yield client


def test_it_reads_for_whoever_brought_it_and_nobody_else(client: TestClient, tmp_path: Path) -> None:
    told = bring(client, zipped(spoilt(tmp_path / "swapped", "T7")))
    assert told["run"]["used"]
    assert [each["role"] for each in told["run"]["difference"]["figures"]] == ["reference"]
    assert {("T", "7"), ("7", "T")} <= {
        (each["truth"], each["reading"]) for each in told["run"]["difference"]["shifts"]
    }
    assert read(client, "T") == "7"
    assert own(client) == "a checkpoint you brought"
    mine = client.cookies[COOKIE]
    client.cookies.clear()
    assert (read(client, "T"), own(client)) == ("T", "")
    client.cookies.clear()
    client.cookies.set(COOKIE, mine)
    assert not panel(client, "leave")["run"]["used"]
    assert read(client, "T") == "T"
    assert client.get(f"/taught.zip?run={told['run']['id']}").status_code == 200
    ask(client, "gallery", "forget", {})
    assert panel(client)["run"] is None


def test_what_is_no_checkpoint_leaves_what_reads_as_it_was(client: TestClient, tmp_path: Path) -> None:
    assert "no whole ZIP" in bring(client, b"no ZIP")["problem"]
    folder = small_checkpoint(tmp_path / "mine")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 99}))
    problem = bring(client, zipped(folder))["problem"]
    assert problem.startswith("This checkpoint can't be used: config.json has format 99")
    shutil.rmtree(folder)
    small_checkpoint(folder, "arabic")
    assert "it reads arabic, and latin latin" in bring(client, zipped(folder))["problem"].lower()
    assert "no checkpoint 'x'" in bring(client, zipped(folder), "x")["problem"].lower()
    assert (panel(client)["run"], own(client)) == (None, "")


def test_another_sites_page_and_whoever_has_no_cookie_bring_nothing(client: TestClient) -> None:
    asked = {"files": {"file": ("mine.zip", b"PK")}, "data": {"checkpoint": "latin"}}
    client.get("/")
    assert client.post(BRING, headers={"Sec-Fetch-Site": "cross-site"}, **asked).status_code == 403
    client.cookies.clear()
    stranger = client.post(BRING, headers={"Cookie": f"{COOKIE}=x"}, **asked)
    assert "no session" in stranger.json()["problem"]


def test_one_that_is_too_large_is_refused_at_the_limit(data_home: Path) -> None:
    with TestClient(built(max_checkpoint_mb=1)) as client:
        client.get("/")
        sent = {"file": ("mine.zip", bytes(2 * 2**20))}
        assert client.post(BRING, files=sent, data={"checkpoint": "latin"}).status_code == 413
