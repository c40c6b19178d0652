"""Teaching over HTTP, without a browser: what a session may do, and what no other can."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ocr_demo.teaching.people import new_id
from ocr_demo.web.answer import data_url
from ocr_demo.web.sessions import COOKIE
from tests.serving import ask, png, serving

EXPORT = "/corrections.zip?checkpoint=latin"


@pytest.fixture
def client(data_home: Path) -> Iterator[TestClient]:
    with serving(max_corrections=3) as client:
        yield client


def keep(client: TestClient, label: str, character: str = "7") -> dict[str, str]:
    return ask(client, "practice", "keep", {"label": label, "drawing": data_url(png(character))})


def shown(answer: dict) -> list[str]:
    return [each["label"] for group in answer["groups"] for each in group["items"]]


def test_kept_changed_undone_and_forgotten(client: TestClient) -> None:
    assert keep(client, "z")["words"] == "Kept as Z; it was read as 7."
    assert keep(client, "7")["words"] == "Kept as 7, as it was read."
    gallery = ask(client, "gallery", "view", {})
    assert shown(gallery) == ["7", "Z"]
    assert gallery["summary"] == "2, 1 misread"
    first = gallery["groups"][0]["items"][0]["id"]
    assert shown(ask(client, "gallery", "relabel", {"ids": [first], "label": "t"})) == ["T", "Z"]
    assert shown(ask(client, "gallery", "remove", {"ids": [first, "../../x-0", 7]})) == ["Z"]
    assert shown(ask(client, "gallery", "undo", {})) == ["T", "Z"]
    assert shown(ask(client, "gallery", "forget", {})) == []
    assert client.get(EXPORT).status_code == 404


def test_what_cannot_be_done_is_told_beside_what_there_is(client: TestClient) -> None:
    for label in "7Z1":
        keep(client, label)
    assert "may keep 3" in keep(client, "A")["problem"]
    refused = ask(client, "gallery", "relabel", {"ids": [], "label": "??"})
    assert "'??' is none of the characters" in refused["problem"]
    unsaid = ask(client, "gallery", "relabel", {"ids": [], "label": " "})
    assert unsaid["problem"] == "Say which character it is."
    assert shown(refused) == ["1", "7", "Z"]
    assert "no uploaded picture" in ask(client, "gallery", "bring", {"files": ["/etc/passwd"]})["problem"]
    assert "bring one archive" in ask(client, "gallery", "bring", {"files": "x"})["problem"].lower()
    unknown = ask(client, "gallery", "relabel", {"checkpoint": "x", "ids": []})
    assert unknown["problem"].startswith("No checkpoint 'x'")
    assert ask(client, "practice", "keep", {"drawing": 7, "label": None})["problem"]


def test_an_export_is_the_sessions_own(client: TestClient) -> None:
    keep(client, "7")
    mine = client.cookies[COOKIE]
    archive = zipfile.ZipFile(io.BytesIO(client.get(EXPORT).content))
    assert [name.split("/")[0] for name in archive.namelist()] == ["7"]
    assert client.get(EXPORT, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 404
    for other in (new_id(), mine[:-1] + ("A" if mine[-1] != "A" else "B"), "../" + mine, ""):
        client.cookies.clear()
        assert client.get(EXPORT, headers={"Cookie": f"{COOKIE}={other}"}).status_code == 404


def test_the_alphabet_and_the_most_misread_are_to_practise(client: TestClient) -> None:
    keep(client, "q")
    plan = ask(client, "practice", "plan", {})
    assert "".join(plan["all"]) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert plan["misread"][0] == "Q"  # this person's own first
    assert 5 < len(plan["misread"]) <= 12


def test_of_any_script_one_is_asked_for_and_all_are_taken(client: TestClient) -> None:
    assert "of latin only" in ask(client, "practice", "plan", {"checkpoint": "any"})["only"]
    assert ask(client, "practice", "plan", {"checkpoint": "arabic"})["only"] == ""
    kept = ask(client, "practice", "keep", {"label": "ب", "drawing": data_url(png("R")), "checkpoint": "any"})
    assert kept["words"] == "Kept as ب; it was read as R."
    (group,) = ask(client, "gallery", "view", {})["groups"]
    changed = {"ids": [group["items"][0]["id"]], "label": "ت", "checkpoint": "any"}
    assert shown(ask(client, "gallery", "relabel", changed)) == ["ت"]
    (exported,) = zipfile.ZipFile(io.BytesIO(client.get(EXPORT).content)).namelist()
    assert exported.startswith("ت/")  # for there is nothing else
    refused = ask(client, "gallery", "relabel", changed | {"checkpoint": "latin"})
    assert "'ت' is none of the characters here: 0 1" in refused["problem"]


def test_consent_is_asked_for_only_where_the_owner_collects(client: TestClient) -> None:
    gallery = [each["props"] for each in client.get("/config").json()["components"]]
    (props,) = (each for each in gallery if each.get("elem_id") == "gallery")
    assert not props["props"]["asks"]
    assert "24 hours" in props["props"]["terms"]


def bring(client: TestClient, name: str, content: bytes) -> dict:
    (path,) = client.post("/gradio_api/upload", files={"files": (name, content)}).json()
    return ask(client, "gallery", "bring", {"files": [path], "label": "7"})


def test_what_is_there_already_is_not_kept_again(client: TestClient) -> None:
    keep(client, "7")
    keep(client, "z", "Z")
    exported = client.get(EXPORT).content
    again = bring(client, "mine.zip", exported)
    assert again["said"] == "0 pictures brought. 2 pictures were there already."
    assert shown(again) == ["7", "Z"]
    assert shown(ask(client, "gallery", "undo", {})) == ["7"]
    again = bring(client, "mine.zip", exported)
    assert again["said"] == "1 picture brought. 1 picture was there already."
    assert bring(client, "z.png", png("Z"))["said"] == "1 picture brought."  # as something else
    ask(client, "gallery", "clear", {})
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        for name in "ab":
            archive.writestr(f"7/{name}.png", png("R"))
    said = bring(client, "twice.zip", twice.getvalue())["said"]
    assert said == "1 picture brought. 1 picture was there already."


@pytest.mark.parametrize(("content", "kept"), [(png("7"), ["7"]), (b"none", [])])
def test_of_what_is_brought_no_upload_is_left(client: TestClient, content: bytes, kept: list[str]) -> None:
    (path,) = client.post("/gradio_api/upload", files={"files": ("7.png", content)}).json()
    assert Path(path).exists()
    assert shown(ask(client, "gallery", "bring", {"files": [path], "label": "7"})) == kept
    assert not Path(path).exists()
