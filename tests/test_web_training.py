"""Training over HTTP, without a browser: started, watched, used and left, by each person for themselves."""

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from starlette.testclient import TestClient

from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.errors import CheckpointError
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.people import new_id
from ocr_demo.teaching.run import RunState
from ocr_demo.web.answer import data_url
from ocr_demo.web.sessions import COOKIE
from ocr_demo.web.training_view import share_done, status_in_words, summary_in_words
from ocr_demo.web.words import ENGLISH, translated
from tests.drawings import encoded, odd_seven
from tests.serving import ask, png, serving

PATIENCE = 500
"""Seconds that a training may take on a machine that does much else."""
UNSEEN = 33


def drawing(lean: int) -> str:
    return data_url(encoded(Image.fromarray(odd_seven(lean)), "PNG"))


def keep_sevens(client: TestClient, count: int = 5) -> None:
    for number in range(count):
        ask(client, "practice", "keep", {"label": "7", "drawing": drawing(6 * number)})


def panel(client: TestClient, act: str = "view", **asked: Any) -> dict[str, Any]:
    return ask(client, "training", act, asked)


def read(client: TestClient, lean: int = UNSEEN) -> str:
    """What the Read tab reads in an odd 7."""
    return ask(client, "pad", "read", {"picture": drawing(lean)})["reading"]["label"]


def waited(client: TestClient) -> dict[str, Any]:
    """The panel's run when it has ended."""
    until = time.monotonic() + PATIENCE
    while (run := panel(client)["run"])["live"]:
        assert time.monotonic() < until, "it never ended"
        time.sleep(0.3)
    return run


def own(client: TestClient) -> str:
    return ask(client, "own", "view", {})["own"]


@pytest.mark.parametrize(("rounds", "reason"), [(1, "after 1 of 12 rounds"), (12, "some more drawings")])
def test_what_was_not_learnt_is_told_with_what_to_do(rounds: int, reason: str) -> None:
    summary = {"samples": 7, "doubted": 0, "before": 3 / 7, "after": 3 / 7, "kept": 0.2, "same": 1.0}
    state = RunState("done", epochs=({"epoch": 1},) * rounds, summary=summary)
    assert reason in summary_in_words(state, 12, ENGLISH)
    assert "correct" not in summary_in_words(state, 12, ENGLISH, "folder:hands")
    assert "more seconds" not in summary_in_words(state, 12, ENGLISH, longer=False)
    learnt = replace(state, summary=summary | {"after": 1.0})
    assert "nothing" not in summary_in_words(learnt, 12, ENGLISH)


def test_why_a_training_failed_is_told_in_the_language_of_the_page() -> None:
    error = CheckpointError("{file} is missing; a checkpoint needs it", file="config.json")
    state = RunState("failed", reason=str(error), error=error.as_json())
    assert status_in_words(state, ENGLISH).endswith("failed: config.json is missing; a checkpoint needs it.")
    said = "أخفق التدريب: الملف config.json مفقود، والنموذج يحتاج إليه."
    assert status_in_words(state, translated("ar")) == said


@pytest.fixture(scope="module")
def served(shared_home: Path) -> Iterator[TestClient]:
    """The app, which trains only as long as these tests need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_DEMO_HOME", str(shared_home))
        patch.setattr("ocr_demo.web.pages.training.TuningOptions", partial(TuningOptions, epochs=4))
        with serving(run_seconds=600) as client:
            yield client


@pytest.fixture
def client(served: TestClient) -> TestClient:
    """The app, as somebody new meets it."""
    served.cookies.clear()
    return served


def test_taught_used_and_left_by_one_person_alone(client: TestClient, tmp_path: Path) -> None:
    usual = read(client)
    assert usual != "7"
    keep_sevens(client)
    started = panel(client, "start", seconds=300)
    assert started["run"]["live"]
    assert "of yours goes on" in panel(client, "start")["problem"]
    run = waited(client)
    assert run["came"].startswith("Of your corrections read right: before 0 of 4, now 4 of 4; ")
    held_out, rendered = run["difference"]["figures"]
    assert (held_out["images"], held_out["before"], held_out["after"]) == (1, 0, 1)
    assert rendered["after"] > 0.9
    assert {"truth": "7", "before": 1, "after": 0}.items() <= run["difference"]["shifts"][0].items()
    assert [(each["label"], each["now"]) for each in run["compared"]] == [("7", "7")] * 5
    assert all(each["before"] != "7" for each in run["compared"])
    assert read(client) == usual  # until they say so
    assert panel(client, "use", run=run["id"])["run"]["used"]
    assert read(client) == "7"
    assert own(client) == "latin, taught by you"
    ask(client, "practice", "keep", {"label": "7", "drawing": drawing(UNSEEN)})
    (sevens,) = ask(client, "gallery", "view", {})["groups"]
    assert sevens["items"][-1]["read"].endswith(" by latin, taught by you")  # as this person has just seen it
    download = f"/taught.zip?run={run['id']}"
    answer = client.get(download)
    assert answer.headers["content-disposition"] == 'attachment; filename="latin-taught.zip"'
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    assert load_checkpoint(tmp_path / "latin-taught").alphabet.name == "latin"

    mine = client.cookies[COOKIE]
    client.cookies.clear()
    assert (read(client), own(client)) == (usual, "")
    for id in (run["id"], f"../../{mine}/runs/{run['id']}", "", ".."):
        assert "no such training" in panel(client, "use", run=id)["problem"]
    assert client.get(download).status_code == 404
    for other in (new_id(), mine[:-1] + ("A" if mine[-1] != "A" else "B"), "../" + mine, ""):
        client.cookies.clear()
        assert client.get(download, headers={"Cookie": f"{COOKIE}={other}"}).status_code == 404

    client.cookies.clear()
    client.cookies.set(COOKIE, mine)
    assert read(client) == "7"
    assert not panel(client, "leave")["run"]["used"]
    assert (read(client), own(client)) == (usual, "")
    panel(client, "use", run=run["id"])
    ask(client, "gallery", "forget", {})
    assert (read(client), own(client), panel(client)["run"]) == (usual, "", None)
    assert client.get(download).status_code == 404


def test_a_training_is_cancelled(client: TestClient) -> None:
    keep_sevens(client, 3)
    panel(client, "start", seconds=300)
    assert panel(client, "cancel")["run"]["status"].startswith("Cancelled")
    run = waited(client)
    assert not run["came"]
    assert "made no checkpoint" in panel(client, "use", run=run["id"])["problem"]


def test_what_cannot_be_trained_is_told_beforehand(client: TestClient) -> None:
    assert panel(client)["reason"] == "It takes at least 3 corrections; so far there are 0."
    assert panel(client, "start")["problem"] == panel(client)["reason"]
    for _ in range(3):
        ask(client, "practice", "keep", {"label": "7", "drawing": data_url(png("7"))})
    assert "nothing to learn" in panel(client)["reason"]
    keep_sevens(client, 1)
    assert (panel(client)["reason"], panel(client)["count"]) == ("", 4)
    assert panel(client, "start", seconds=-1)["problem"].startswith("Seconds: must be")
    assert panel(client, "start", layers=["x"])["problem"].startswith("Layers: unknown")
    assert panel(client, checkpoint="x")["problem"].startswith("No checkpoint 'x'")
    assert panel(client)["run"] is None


@pytest.mark.parametrize(
    ("asked", "problem", "in_arabic"),
    [
        (
            [{"epochs": 2.5}, {"epochs": 0}, {"epochs": 1001}, {"epochs": None}],
            "Rounds at most: give a whole number from 1 to 1000.",
            "عدد الجولات الأقصى: أدخل عددًا صحيحًا من 1 إلى 1000.",
        ),
        (
            [{"learning_rate": 2}, {"learning_rate": 0}, {"learning_rate": None}],
            "Learning rate: give a number above 0, at most 1.",
            "معدل التعلّم: أدخل عددًا أكبر من 0 ولا يزيد على 1.",
        ),
    ],
)
def test_a_field_that_cannot_be_is_told_by_its_name_on_the_page(
    asked: list[dict[str, Any]], problem: str, in_arabic: str, client: TestClient
) -> None:
    keep_sevens(client, 3)
    for each in asked:
        assert panel(client, "start", **each)["problem"] == problem
        assert ask(client, "training", "start", each, "/ar")["problem"] == in_arabic
    assert panel(client)["run"] is None


def test_a_source_that_the_owner_allows_is_learnt_without_corrections(
    shared_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "7").mkdir()
    for number in range(5):
        Image.fromarray(odd_seven(6 * number)).save(tmp_path / "7" / f"{number}.png")
    allowed, other = f"folder:{tmp_path}", "folder:/etc"
    monkeypatch.setenv("OCR_DEMO_HOME", str(shared_home))
    with serving(run_seconds=600, sources=allowed) as client:
        assert "no source that the owner" in panel(client, "start", data=other)["problem"]
        assert panel(client, "start", data=allowed, seconds=300, epochs=1)["run"]["live"]
        run = waited(client)
        assert run["came"].startswith(f"Of {allowed} read right: before 0 of 4, ")
        assert run["difference"]["figures"][0]["called"] == "1 sample not learnt from"
        assert len(run["accuracies"]) == len(run["losses"]) == 1
        assert run["source"] == allowed
        archive = zipfile.ZipFile(io.BytesIO(client.get(f"/taught.zip?run={run['id']}").content))
        recipe = yaml.safe_load(archive.read("latin-taught/recipe.yaml"))
        assert f"--data {allowed}" in recipe["command"]
        assert recipe["origins"][0] == f"image folder {tmp_path.name}: 5 images of 1 classes"
        assert "has nothing of what" in panel(client, "start", data=allowed, checkpoint="arabic")["problem"]
        ask(client, "gallery", "forget", {})


def test_a_source_takes_room(data_home: Path, tmp_path: Path) -> None:
    images = np.zeros((300, 2, 2), np.uint8)
    images[:, 0] = 255
    np.savez(tmp_path / "many.npz", images=images, labels=np.zeros(300, np.int64))
    allowed = f"npz:{tmp_path / 'many.npz'}"
    with serving(max_teaching_mb=1, sources=allowed) as client:
        assert "no room for more" in panel(client, "start", data=allowed)["problem"]
        assert panel(client)["run"] is None


def test_how_a_training_goes_is_told() -> None:
    row = {"seconds": 2.0, "images_per_second": 1234.0, "train_accuracy": 0.5, "seconds_left": 6.0}
    state = RunState("running", epochs=(row, row))
    assert share_done(state) == 0.4
    assert "1,234 images/s; at most 6 s of training left" in status_in_words(state, ENGLISH)
    comparing = replace(state, compared=0.25)
    assert share_done(comparing) == 0.25
    assert status_in_words(comparing, ENGLISH).endswith("compared with what it started from: 25% done.")
    assert status_in_words(comparing, translated("ar")).endswith("أُنجز 25%.")


def test_that_no_gpu_could_be_borrowed_is_told_while_it_trains_and_then() -> None:
    summary = {"samples": 7, "doubted": 0, "before": 3 / 7, "after": 1.0, "kept": 0.2, "same": 1.0}
    running = RunState("running", unlent="Space app has reached its GPU limit.")
    done = replace(running, status="done", summary=summary)
    for said in status_in_words(running, ENGLISH), summary_in_words(done, 12, ENGLISH):
        assert said.endswith("On the CPU, for no GPU could be borrowed.")
    assert status_in_words(running, translated("ar")).endswith("تعذّرت استعارة معالج رسوميات (GPU).")
