"""What the owner alone may do, over HTTP, and what everybody else is told."""

import io
import logging
import shutil
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from httpx2 import Client
from starlette.requests import Request
from starlette.testclient import TestClient

from ocr_demo.checkpoint import CONFIG, WEIGHTS
from ocr_demo.errors import CandidateError, OptionError
from ocr_demo.reading.library import Library
from ocr_demo.storage import data_home
from ocr_demo.teaching.judgements import Judgements
from ocr_demo.teaching.uploading import unpack_checkpoint
from ocr_demo.teaching.verdict import REFERENCE
from ocr_demo.web.answer import data_url
from ocr_demo.web.owner import LOGIN, NOBODY, TOKEN, Owner
from tests.promoting import Workshop
from tests.serving import ask, png, serving
from tests.test_web_api import refused
from tests.working import held, processes, waited

MINE = {"checkpoint": "mine"}
SECRET = "a token of the owner"
AUTHORISED = {"Authorization": f"Bearer {SECRET}"}
CALLS = [
    *(("POST", f"/owner/{act}") for act in ("promote", "promotion/cancel", "rollback")),
    *(("GET", f"/owner/{what}") for what in ("promotion", "versions", "arms")),
]


@pytest.fixture
def workshop(tmp_path: Path, data_home: Path) -> Workshop:
    return Workshop.made(tmp_path)


def served(workshop: Workshop, **settings: Any) -> Any:
    library = Library(workshop.shipped.parent, "mine", threads=1, promoted=workshop.versions.folder.parent)
    return serving(library, Owner(SECRET), **settings)


@pytest.fixture
def client(workshop: Workshop) -> Iterator[TestClient]:
    with served(workshop) as client:
        yield client


def zipped(folder: Path, top: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"{top}{path.name}")
    return buffer.getvalue()


def state(client: Client) -> dict[str, Any]:
    """How the promotion stands that was asked for last."""
    return client.get("/owner/promotion", headers=AUTHORISED).json()


def come_to(client: Client, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """How it stands once a condition holds."""
    waited(lambda: condition(state(client)))
    return state(client)


def is_over(state: dict[str, Any]) -> bool:
    return state["stage"] not in ("waiting", "measuring")


def promoted(client: Client, **asked: Any) -> dict[str, Any]:
    """How a promotion ended that the owner asks for."""
    started = client.post("/owner/promote", headers=AUTHORISED, **asked)
    assert started.status_code == 202, started.text
    where = urljoin("/owner/promote", started.headers["location"])
    assert client.get(where, headers=AUTHORISED).json()["id"] == started.json()["id"]
    return come_to(client, is_over)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_else_may(client: TestClient, method: str, path: str) -> None:
    unknown = client.request(method, path)
    refused(unknown, 401)
    assert unknown.headers["www-authenticate"] == "Bearer"
    for wrong in (SECRET[:-1], SECRET.upper(), "é", f"{SECRET} "[:-1] + "x"):
        refused(client.request(method, path, headers={"Authorization": f"Bearer {wrong}".encode()}), 403)
    refused(client.request(method, path, headers={"Authorization": f"Basic {SECRET}"}), 401)


def test_an_app_without_an_owner_says_so() -> None:
    with serving() as client:
        assert TOKEN in refused(client.get("/owner/versions", headers=AUTHORISED), 403)["detail"]


def test_errors_are_in_the_language_that_is_asked_for(client: TestClient) -> None:
    def told(language: str, headers: dict[str, str], **form: str) -> str:
        asked = {**headers, "Accept-Language": language}
        return client.post("/owner/rollback", headers=asked, data=form).json()["detail"]

    wrong = {"Authorization": "Bearer another"}
    assert told("ar-EG,en;q=0.5", wrong) == "هذا ليس رمز صاحب التطبيق"
    assert told("en", wrong) == told("de,*;q=0.1", wrong) == "this is not the owner's token"
    assert told("ar", {}).startswith("أرسل رمز صاحب التطبيق")
    assert told("ar", AUTHORISED) == "mine: الإصدار الأصلي هو الذي يقرأ؛ لا شيء للرجوع عنه"
    assert told("ar", AUTHORISED, to="v9") == "mine: لا يوجد إصدار 'v9'؛ اختر من 'shipped'"


def test_no_address_tries_many_tokens(client: TestClient) -> None:
    answers = [client.get("/owner/versions").status_code for _ in range(31)]
    assert answers == [401] * 30 + [429]


def test_what_is_sent_is_promoted_and_rolled_back(
    client: TestClient, workshop: Workshop, data_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sent = {"file": ("sent.zip", zipped(workshop.good, "good/"))}
    assert (
        "OCR_DEMO_COLLECT"
        in refused(client.post("/owner/promote", files=sent, headers=AUTHORISED), 409)["detail"]
    )
    shutil.copytree(workshop.new.removeprefix("folder:"), data_home / "collected")

    told = promoted(client, files=sent)

    assert (told["stage"], told["version"], told["share"]) == ("promoted", "v1", 1.0)
    assert told["figures"][0]["after"] == 1.0
    assert client.post("/predict", files={"file": png("T")}).json()["class"] == "T"
    assert client.get("/checkpoints").json()[0]["version"] == "v1"
    again = promoted(client, files=sent)
    assert again["stage"] == "refused"
    assert "100.00% → 100.00%" in again["reason"]
    in_arabic = client.get("/owner/promotion", headers={**AUTHORISED, "Accept-Language": "ar"}).json()
    assert in_arabic["reason"].startswith("لم يُعتمد sent: ليس أفضل في folder:")
    assert "(بيانات جديدة، عدد الصور 6): الدقة من 100.00% إلى 100.00%" in in_arabic["reason"]
    assert [each["after"] for each in again["figures"]] == [each["after"] for each in told["figures"]]
    versions = client.get("/owner/versions", headers=AUTHORISED).json()
    assert [(each["version"], each["served"]) for each in versions] == [("shipped", False), ("v1", True)]
    assert versions[1]["promotion"]["replaced"] == "shipped"
    rolled_back = client.post("/owner/rollback", headers=AUTHORISED)
    assert rolled_back.json() == {"checkpoint": "mine", "version": "shipped"}
    assert client.post("/predict", files={"file": png("T")}).json()["class"] == "7"
    refused(client.post("/owner/rollback", headers=AUTHORISED), 409)
    refused(client.post("/owner/rollback", data={"to": "../good"}, headers=AUTHORISED), 409)
    assert "the owner asked to promote sent to mine" in caplog.text
    assert "the owner promoted sent to mine" in caplog.text
    assert "the owner did not promote (refused) sent to mine" in caplog.text
    assert "rolled back mine from v1 to shipped by the owner" in caplog.text
    assert SECRET not in caplog.text


def test_a_run_of_the_session_is_promoted_by_its_own_corrections(
    client: TestClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REFERENCE, workshop.reference)
    for character in "T7T7":
        ask(client, "practice", "keep", {"label": character, "drawing": data_url(png(character))} | MINE)
    sent = {"file": ("sent.zip", zipped(workshop.good, "good/"))}
    brought = client.post("/checkpoint.zip", files=sent, data=MINE).json()["run"]["id"]

    figures = promoted(client, data={"run": brought})["figures"]

    told = [(each["name"], each["role"], each["images"]) for each in figures]
    assert told == [("corrections", "new data", 4), (workshop.reference, "reference", 9)]
    assert "100.00% → 100.00%" in promoted(client, data={"run": brought})["reason"]
    client.cookies.clear()
    client.get("/")
    stranger = refused(client.post("/owner/promote", data={"run": brought}, headers=AUTHORISED), 422)
    assert "no such training" in stranger["detail"]


@pytest.fixture
def asked(workshop: Workshop, data_home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the owner sends to have the better checkpoint promoted."""
    monkeypatch.setenv(REFERENCE, workshop.reference)
    shutil.copytree(workshop.new.removeprefix("folder:"), data_home / "collected")
    return {"files": {"file": ("sent.zip", zipped(workshop.good))}}


def begun(client: Client, asked: dict[str, Any], home: Path) -> Path:
    """The folder of a promotion that stands still while it measures."""
    assert client.post("/owner/promote", headers=AUTHORISED, **asked).json()["stage"] == "waiting"
    return held(home)


def test_it_is_watched_alone_and_cancelled_and_nothing_has_changed(
    client: TestClient, workshop: Workshop, asked: dict[str, Any], data_home: Path
) -> None:
    assert state(client) is None
    assert client.post("/owner/promotion/cancel", headers=AUTHORISED).json() is None
    folder = begun(client, asked, data_home)
    told = state(client)
    assert (told["stage"], told["checkpoint"], told["candidate"]) == ("measuring", "mine", "sent")
    assert told["measuring"] in (f"folder:{data_home / 'collected'}", workshop.reference)
    assert 0 <= told["share"] <= 1
    again = refused(client.post("/owner/promote", headers=AUTHORISED, **asked), 409)
    assert "another promotion is going on" in again["detail"]

    cancelled = client.post("/owner/promotion/cancel", headers=AUTHORISED)

    assert (cancelled.status_code, cancelled.json()["id"]) == (202, told["id"])
    assert come_to(client, is_over)["stage"] == "cancelled"
    assert not processes(folder)
    assert {path.name for path in folder.iterdir()} == {"order.json", "state.json", "cancelled"}
    assert not list(workshop.versions.folder.glob("*v*"))
    assert client.get("/checkpoints").json()[0]["version"] == "shipped"
    assert promoted(client, **asked)["version"] == "v1"
    assert client.post("/owner/promotion/cancel", headers=AUTHORISED).json()["stage"] == "promoted"


def test_a_server_that_is_stopped_in_the_middle_changes_nothing_and_says_so(
    workshop: Workshop, asked: dict[str, Any], data_home: Path
) -> None:
    with served(workshop) as client:
        folder = begun(client, asked, data_home)
    assert not processes(folder)
    with served(workshop) as client:
        told = state(client)
        assert (told["id"], told["stage"]) == (folder.name, "failed")
        assert "the app was stopped" in told["reason"]
        assert client.get("/checkpoints").json()[0]["version"] == "shipped"
        assert promoted(client, **asked)["stage"] == "promoted"


def test_what_people_make_of_two_arms_is_compared(workshop: Workshop) -> None:
    with served(workshop) as client:
        alone = client.get("/owner/arms", headers=AUTHORISED).json()
        assert ([each["checkpoint"] for each in alone["arms"]], alone["chance"]) == (["mine"], None)
    judgements = Judgements(data_home() / "judgements.jsonl")
    for agreed in [True] * 9 + [False]:
        judgements.add("mine", agreed)
        judgements.add("good", not agreed)
    with served(workshop, ab=f"{workshop.good}:0.25") as client:
        told = client.get("/owner/arms", headers=AUTHORISED).json()
    assert told["arms"] == [
        {"checkpoint": "mine", "agreed": 9, "corrected": 1, "agreement": 0.9},
        {"checkpoint": "good", "agreed": 1, "corrected": 9, "agreement": 0.1},
    ]
    assert told["share"] == 0.25
    assert told["chance"] == pytest.approx(0.0011, abs=1e-4)


def test_what_cant_be_promoted_is_named(client: TestClient, workshop: Workshop, data_home: Path) -> None:
    shutil.copytree(workshop.new.removeprefix("folder:"), data_home / "collected")
    named = {"candidate": "mine"}
    both = {"file": ("sent.zip", zipped(workshop.good))}
    refused(client.post("/owner/promote", headers=AUTHORISED), 422)
    refused(client.post("/owner/promote", data=named, files=both, headers=AUTHORISED), 422)
    refused(client.post("/owner/promote", data={"candidate": "../good"}, headers=AUTHORISED), 422)
    refused(client.post("/owner/promote", data={"checkpoint": "x"}, headers=AUTHORISED), 422)
    refused(client.post("/owner/promote", files={"file": b"no ZIP"}, headers=AUTHORISED), 422)
    assert client.get("/checkpoints").json()[0]["version"] == "shipped"


def test_too_large_an_archive_is_refused(workshop: Workshop) -> None:
    with served(workshop, max_checkpoint_mb=1) as client:
        sent = {"file": zipped(workshop.good)}
        refused(client.post("/owner/promote", files=sent, headers=AUTHORISED), 413)


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return buffer.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def lying(content: bytes) -> bytes:
    """An archive that says its weights are shorter than they are."""
    packed = bytearray(archive((CONFIG, b"{}"), (WEIGHTS, content)))
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(packed)


WHOLE = ((CONFIG, b"{}"), (WEIGHTS, b"weights"))
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no ZIP": (lambda: b"PK\x03\x04 no more", "no whole ZIP"),
    "nothing": (lambda: b"", "no whole ZIP"),
    "an empty one": (archive, "it has 0 config.json"),
    "cut off": (lambda: archive(*WHOLE)[:-30], "no whole ZIP"),
    "no weights": (lambda: archive((CONFIG, b"{}"), ("model.pt", b"pickle")), "no other weights are read"),
    "weights elsewhere": (lambda: archive((CONFIG, b"{}"), (f"../{WEIGHTS}", b"x")), "no other weights"),
    "two checkpoints": (lambda: archive(("a/config.json", b""), ("b/config.json", b"")), "it has 2"),
    "a link": (lambda: archive((CONFIG, b"{}"), (link(WEIGHTS), b"/etc/passwd")), "is a link"),
    "a bomb": (lambda: archive((CONFIG, b"{}"), (WEIGHTS, bytes(3 * 2**20))), "more than 2 MiB"),
    "a size that lies": (lambda: lying(bytes(1000)), "no whole ZIP"),
    "thousands of files": (lambda: archive(*((f"{n}", b"") for n in range(3000)), *WHOLE), "3,002 files"),
}


@pytest.mark.parametrize("trouble", HOSTILE)
def test_a_hostile_archive_is_named_and_leaves_nothing(trouble: str, tmp_path: Path) -> None:
    make, message = HOSTILE[trouble]
    with pytest.raises(CandidateError, match=message):
        unpack_checkpoint(io.BytesIO(make()), tmp_path, 2 * 2**20)
    assert not list(tmp_path.iterdir())


def test_only_a_checkpoints_files_are_unpacked_and_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    sent = archive(*((f"../../{name}", content) for name, content in WHOLE), ("../../evil.py", b"evil"))
    unpack_checkpoint(io.BytesIO(sent), folder, 2**20)
    assert {path.name for path in tmp_path.rglob("*")} == {"inside", CONFIG, WEIGHTS}
    assert (folder / WEIGHTS).read_bytes() == b"weights"


def request(headers: dict[str, str], session: dict[str, Any]) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw, "session": session})


def login(name: str, seconds: float = 60) -> dict[str, Any]:
    return {"oauth_info": {"userinfo": {"preferred_username": name}, "expires_at": time.time() + seconds}}


def test_on_a_space_its_author_who_is_logged_in_is_the_owner() -> None:
    space, here = Owner(account="ada"), {"sec-fetch-site": "same-origin"}
    assert space.is_owner(request(here, login("ada")))
    assert not space.is_owner(request(here, login("eve")))
    assert not space.is_owner(request(here, login("ada", seconds=-1)))
    assert not space.is_owner(request(here, {}))
    assert not space.is_owner(request({"sec-fetch-site": "cross-site"}, login("ada")))
    assert not space.is_owner(request({}, login("ada")))
    assert not NOBODY.is_owner(request(here, login("")))
    assert not NOBODY.is_owner(request({"authorization": "Bearer "}, {}))


def test_gradios_request_tells_the_owner_too() -> None:
    import gradio as gr

    assert Owner(SECRET).is_owner(gr.Request(request({"authorization": f"bearer {SECRET}"}, {})))


def test_the_owner_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (TOKEN, *LOGIN):
        monkeypatch.delenv(name, raising=False)
    assert Owner.of_environment() == NOBODY
    monkeypatch.setenv(TOKEN, SECRET)
    monkeypatch.setenv("SPACE_AUTHOR_NAME", "ada")
    assert Owner.of_environment() == Owner(SECRET)
    monkeypatch.setenv("SYSTEM", "spaces")
    for name in LOGIN:
        monkeypatch.setenv(name, "ada")
    assert Owner.of_environment() == Owner(SECRET, "ada")
    assert SECRET not in repr(Owner.of_environment())
    for guessable in ("short", "é" * 20):
        monkeypatch.setenv(TOKEN, guessable)
        with pytest.raises(OptionError, match=TOKEN):
            Owner.of_environment()
