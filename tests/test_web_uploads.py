"""What is uploaded to the page takes no more room than there is, and goes again."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder
from starlette.testclient import TestClient

from ocr_demo.web import uploads
from ocr_demo.web.uploads import FOLDER
from tests.serving import listening, serving

MIB = 2**20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER, str(tmp_path / "uploads"))
    return tmp_path / "uploads"


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with serving(max_upload_mb=1) as client:
        yield client


def upload(client: TestClient, content: bytes, below: str = "") -> Path:
    (path,) = client.post(f"{below}/gradio_api/upload", files={"files": ("a.png", content)}).json()
    return Path(path)


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_oldest_make_room(client: TestClient, folder: Path) -> None:
    taken = [upload(client, bytes([number]) * MIB, "/ar" if number % 2 else "") for number in range(40)]
    assert 20 * MIB < sum(path.stat().st_size for path in kept(folder)) <= 26 * MIB
    assert taken[-1].exists()
    assert not taken[0].parent.exists()
    assert client.get(f"/gradio_api/file={taken[0]}").status_code in (403, 404)


def test_many_small_ones_are_too_many(
    client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 10)
    for number in range(20):
        upload(client, b"%d" % number)
    assert len(kept(folder)) <= 11


def test_one_that_was_cut_off_goes_with_the_others(folder: Path) -> None:
    head = b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    with listening() as address, socket.create_connection(address) as gone:
        gone.sendall(head + b"Content-Length: 100000\r\n\r\n" + part + bytes(1000))
        while not (left := kept(folder)):
            time.sleep(0.01)
    os.utime(left[0], (0, 0))
    with serving() as client:
        upload(client, b"another")
    assert left[0] not in kept(folder)


def test_a_process_has_a_folder_of_its_own_and_leaves_none(tmp_path: Path) -> None:
    code = (
        "from ocr_demo.web.uploads import own_folder, mcp; from gradio.utils import get_upload_folder\n"
        "with own_folder():\n"
        "    print(get_upload_folder()); open(get_upload_folder() + '/a', 'w').close()\n"
        "    assert mcp.DEFAULT_TEMP_DIR == get_upload_folder()"
    )
    environment = {name: value for name, value in os.environ.items() if name != FOLDER}
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(told).parent == tmp_path
    assert Path(told).name != "gradio"
    assert not list(tmp_path.iterdir())
    assert get_upload_folder() != told
