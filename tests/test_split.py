"""Two checkpoints share the traffic, a client is always read by the same, and what people say is counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.errors import CheckpointError, OptionError
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading.library import Library
from ocr_demo.reading.split import Split, open_split
from ocr_demo.settings import Settings
from ocr_demo.teaching.judgements import Judged, Judgements, significance
from ocr_demo.web.answer import data_url
from ocr_demo.web.metrics import Metrics
from ocr_demo.web.service import Service
from tests.promoting import Workshop
from tests.serving import LIBRARY, finished, png, serving


def test_a_client_always_meets_the_same_and_the_share_is_kept() -> None:
    split = Split("base", "candidate", 0.3)
    clients = [f"10.0.{number // 256}.{number % 256}" for number in range(10_000)]
    arms = [split.arm(client) for client in clients]
    assert arms == [Split("base", "candidate", 0.3).arm(client) for client in clients]
    assert arms.count("candidate") == pytest.approx(3000, abs=200)
    wider = [Split("base", "candidate", 0.6).arm(client) for client in clients]
    assert all(after == "candidate" for before, after in zip(arms, wider, strict=True) if before != "base")
    other = [Split("base", "another", 0.3).arm(client) for client in clients]
    both = sum(a != "base" != b for a, b in zip(arms, other, strict=True))
    assert both == pytest.approx(900, abs=120)  # who falls to one candidate is no more likely to to the next
    assert {Split("base", "candidate", 0.0).arm(client) for client in clients} == {"base"}
    assert {Split("base", "candidate", 1.0).arm(client) for client in clients} == {"candidate"}


@pytest.fixture
def workshop(tmp_path: Path, data_home: Path) -> Workshop:
    return Workshop.made(tmp_path)


def test_a_candidate_is_a_name_a_version_or_a_folder(workshop: Workshop) -> None:
    workshop.versions.folder.mkdir(parents=True)
    workshop.good.rename(workshop.versions.path("v1"))
    workshop.forgetful.rename(workshop.shipped.parent / "other")

    def opened(spec: str) -> Split:
        promoted = workshop.versions.folder.parent
        return open_split(spec, Library(workshop.shipped.parent, "mine", promoted=promoted))

    assert opened("") == Split("mine", "mine", 0.0)
    assert opened("other:0.5") == Split("mine", "other", 0.5)
    assert opened("mine@v1:1") == Split("mine", "mine@v1", 1.0)
    assert opened(f"{workshop.versions.path('v1')}:0.1") == Split("mine", "v1", 0.1)
    for wrong in ("other", "other:", ":0.5", "other:2", "other:-1", "other:nan", "other:half", "mine:0.5"):
        with pytest.raises(OptionError, match="ab must be CANDIDATE:SHARE"):
            opened(wrong)
    for missing in ("third:0.5", "mine@v7:0.5", "mine@../good:0.5"):
        with pytest.raises(CheckpointError, match="choose from"):
            opened(missing)


@pytest.fixture
def client(data_home: Path) -> Iterator[TestClient]:
    library = Library(CHECKPOINTS, "latin", threads=1)
    with serving(library, ab="textbook:0.5") as client:
        yield client


def counted(client: TestClient, name: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in samples}


def on_page(client: TestClient, session: str, piece: str, function: str, asked: dict[str, str]) -> dict:
    """What a piece of a page that a session has open gets from one of its functions on the server."""
    config = client.get("/config").json()
    (found,) = (each for each in config["components"] if each["props"].get("elem_id") == piece)
    call = {"component_id": found["id"], "fn_name": function, "session_hash": session}
    call["data"] = {"checkpoint": "latin"} | asked
    return client.post("/gradio_api/component_server", json=call).json()


def read_on_page(client: TestClient, session: str, by: str, choice: str = "latin") -> None:
    asked = {"picture": data_url(png("R")), "checkpoint": choice}
    read = on_page(client, session, "pad", "read", asked)
    assert read["reading"]["label"] == "R"
    assert read["remark"].get("reader", "") == by


def test_answers_say_who_read_and_both_arms_are_counted(client: TestClient) -> None:
    split = Split("latin", "textbook", 0.5)
    ask = {"files": {"file": png("R")}}
    assert client.post("/predict", **ask).json()["checkpoint"] == split.arm("testclient")
    batch = client.post("/predict/batch", files=[("files", png("R"))]).json()
    assert batch["results"][0]["reading"]["checkpoint"] == split.arm("testclient")
    sessions = [f"session {number}" for number in range(12)]
    for session in sessions:
        read_on_page(client, session, by=f"Read by {split.arm(session)}.")
    read_on_page(client, sessions[0], by="", choice="textbook")  # as the page's choice says
    for named in ("latin", "textbook"):
        assert client.post("/predict", **ask, data={"checkpoint": named}).json()["checkpoint"] == named
    fell = [split.arm(each) for each in ["testclient"] * 2 + sessions]
    expected = {(arm,): float(fell.count(arm)) for arm in ("latin", "textbook")}
    assert counted(client, "ocr_demo_arm_readings_total") == expected
    assert all(expected.values())


def test_what_is_kept_at_a_page_is_judged_for_the_arm_that_falls_to_it(
    client: TestClient,
) -> None:
    split = Split("latin", "textbook", 0.5)
    client.get("/")  # for the person's cookie
    sessions = [f"session {number}" for number in range(6)]
    for session in sessions:
        asked = {"drawing": data_url(png("R")), "label": "R"}
        assert on_page(client, session, "practice", "keep", asked)["words"] == "Kept as R, as it was read."
    gallery = on_page(client, "any", "gallery", "view", {})
    told = " ".join(each["read"] for group in gallery["groups"] for each in group["items"])
    for arm in split.arms:
        fell = [split.arm(each) for each in sessions].count(arm)
        judged = counted(client, "ocr_demo_arm_judgements_total")
        assert fell
        assert judged["true", arm] == told.count(f"by {arm}") == fell


def test_a_reading_is_explained_by_the_arm_that_read() -> None:
    split, glyph = Split("latin", "textbook", 0.5), to_glyph(png("R"))

    async def explainers(clients: list[str]) -> list[str]:
        service = Service(Settings(ab="textbook:0.5"), LIBRARY, Metrics())
        async with service.running():
            usual = [(await service.explain(glyph, None, each)).checkpoint.name for each in clients]
            named = await service.explain(glyph, "latin", clients[0])
        return [*usual, named.checkpoint.name]

    clients = [f"session {number}" for number in range(6)]
    fell = [split.arm(each) for each in clients]
    assert set(fell) == set(split.arms)
    assert finished(explainers(clients)) == [*fell, "latin"]


def test_judgements_are_counted_by_arm_and_outlive_the_process(data_home: Path) -> None:
    def service() -> Service:
        return Service(Settings(ab="textbook:0.5"), LIBRARY, Metrics())

    first = service()
    for agreed in (True, True, False):
        first.judge("latin", agreed)
    first.judge("third", True)
    with (data_home / "judgements.jsonl").open("a") as file:
        file.write('{"checkpoint": "latin", "agr\n[1]\n{"agreed": 3}\n')
    second = service()
    second.judge("textbook", False)
    assert second.judgements.of("latin") == Judged(agreed=2, corrected=1)
    assert second.judgements.of("textbook") == Judged(corrected=1)
    assert second.judgements.of("third") == Judged()
    assert second.judgements.of("latin").agreement == pytest.approx(2 / 3)
    assert Judged().agreement is None
    told = first.metrics.registry.get_sample_value
    assert told("ocr_demo_arm_judgements_total", {"arm": "latin", "agreed": "true"}) == 2
    assert told("ocr_demo_arm_judgements_total", {"arm": "latin", "agreed": "false"}) == 1


def test_a_disk_that_takes_nothing_fails_no_correction(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    judgements = Judgements(tmp_path / "file" / "judgements.jsonl")
    judgements.add("latin", True)
    assert judgements.of("latin") == Judged()


def test_a_difference_is_significant_where_chance_would_hardly_make_it() -> None:
    assert significance(Judged(90, 10), Judged(89, 11)) > 0.5
    assert significance(Judged(95, 5), Judged(70, 30)) < 0.001
    assert significance(Judged(3, 0), Judged(2, 1)) == 1.0
    assert significance(Judged(), Judged(5, 5)) == 1.0
    # the lady tasting tea: 3 of 4 cups rightly told (Fisher 1935)
    assert significance(Judged(3, 1), Judged(1, 3)) == pytest.approx(0.4857, abs=1e-4)
