"""What Prometheus is told, and what the dashboard asks it for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from ocr_demo.web.answer import data_url
from ocr_demo.web.metrics import Metrics
from tests.drawings import BLANK, encoded, star
from tests.serving import ask, png, serving

DASHBOARD = Path(__file__).resolve().parent.parent / "deploy" / "grafana.json"


@pytest.fixture
def client(data_home: Path) -> Iterator[TestClient]:
    with serving() as client:
        yield client


def samples(client: TestClient) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """The values by sample name and sorted labels."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def counted(client: TestClient, name: str) -> list[tuple[dict[str, str], float]]:
    return [(dict(labels), value) for labels, value in samples(client).get(name, {}).items()]


def read_everywhere(client: TestClient) -> None:
    """An R by the API, an A and no picture in a batch, a T and a blank sheet on the pad, a 7 taught as Z."""
    client.post("/predict", files={"file": png("R")})
    client.post("/predict/batch", files=[("files", png("A")), ("files", b"no picture")])
    for drawing in (png("T"), BLANK):
        assert ask(client, "pad", "read", {"picture": data_url(drawing)})["glyph"]
    assert ask(client, "practice", "keep", {"label": "z", "drawing": data_url(png("7"))})["words"]


def test_every_prediction_is_counted_by_what_it_was_and_who_asked(client: TestClient) -> None:
    read_everywhere(client)
    told = counted(client, "ocr_demo_predictions_total")
    expected = [
        ("R", "true", "api"),
        ("A", "true", "batch"),
        ("T", "true", "page"),
        ("blank", "false", "page"),
        ("7", "true", "teach"),
    ]
    assert [value for _, value in told] == [1] * 5
    assert {(each["label"], each["accepted"], each["source"]) for each, _ in told} == set(expected)
    assert {each["checkpoint"] for each, _ in told} == {"latin"}
    assert counted(client, "ocr_demo_corrections_total") == [
        ({"kind": "corrected", "checkpoint": "latin"}, 1)
    ]
    assert counted(client, "ocr_demo_refusals_total") == [({"reason": "no_picture", "source": "batch"}, 1)]


def test_a_refusal_that_is_corrected_is_no_misreading(client: TestClient) -> None:
    picture = data_url(encoded(Image.fromarray(star()), "PNG"))
    kept = ask(client, "practice", "keep", {"label": "k", "drawing": picture})
    assert kept["words"] == "Kept as K; it was taken for no character."
    assert counted(client, "ocr_demo_corrections_total") == [({"kind": "refused", "checkpoint": "latin"}, 1)]
    gallery = ask(client, "gallery", "view", {})
    assert gallery["summary"] == "1"
    (told,) = gallery["groups"][0]["items"]
    assert told["read"] == "taken for no character by latin"
    assert told["wrong"] == "?"  # marked as what was misread is
    assert ask(client, "practice", "plan", {})["misread"][0] == "K"


def test_every_stage_is_timed(client: TestClient) -> None:
    read_everywhere(client)
    counts = {each["stage"]: value for each, value in counted(client, "ocr_demo_stage_seconds_count")}
    assert counts == {"waiting": 6, "preprocess": 6, "network": 5, "total": 5}
    sums = {each["stage"]: value for each, value in counted(client, "ocr_demo_stage_seconds_sum")}
    assert sums["total"] >= sums["preprocess"] / 2 > 0


def test_queues_and_the_process_are_told(client: TestClient) -> None:
    waiting = counted(client, "ocr_demo_waiting")
    assert {each["queue"]: value for each, value in waiting} == {"readings": 0, "trainings": 0, "page": 0}
    assert samples(client)["process_resident_memory_bytes"][()] > 2**20


def test_no_client_makes_a_series(client: TestClient) -> None:
    """A scan of addresses, methods, names of checkpoints and of files leaves as few series as one request."""

    def scan(number: int) -> None:
        client.get(f"/secret-{number}")
        client.get(f"/plots/secret-{number}/training.svg")
        client.request(f"SECRET{number}", "/predict")
        client.post(
            "/predict", files={"file": (f"secret-{number}", b"")}, data={"checkpoint": f"secret-{number}"}
        )
        client.get(f"/gradio_api/file=/secret-{number}")

    scan(0)
    before = samples(client).keys(), {name: len(each) for name, each in samples(client).items()}
    for number in range(1, 20):
        scan(number)
    assert (samples(client).keys(), {name: len(each) for name, each in samples(client).items()}) == before
    assert "secret" not in client.get("/metrics").text.lower()


def expressions(part: Any) -> Iterator[str]:
    """Every query in a dashboard."""
    if isinstance(part, dict):
        yield from ([part["expr"]] if "expr" in part else [])
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from expressions(each)


def test_the_dashboard_asks_for_what_there_is_and_misses_nothing_of_ours(client: TestClient) -> None:
    read_everywhere(client)
    known = samples(client)
    queries = " ".join(expressions(json.loads(DASHBOARD.read_text())))
    named = set(re.findall(r"\b(?:ocr_demo|process|python)_\w+", queries))
    assert named
    assert named <= known.keys()
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in known if name.startswith("ocr_demo_")}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in named} >= ours


def test_the_dashboard_groups_by_labels_that_there_are(client: TestClient) -> None:
    read_everywhere(client)
    known = samples(client)
    for query in expressions(json.loads(DASHBOARD.read_text())):
        (name,) = set(re.findall(r"\b(?:ocr_demo|process|python)_\w+", query))
        labels = {key for each in known[name] for key, _ in each}
        used = set(re.findall(r"(\w+)\s*!?=~?\s*\"", query))
        for group in re.findall(r"by \(([^)]*)\)", query):
            used |= set(re.split(r",\s*", group))
        assert used <= labels | {"job", "instance"}, query


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["schemaVersion"] >= 39
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    assert all({"type", "title", "gridPos", "targets"} <= panel.keys() for panel in dashboard["panels"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(places) == len(set(places))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in dashboard["panels"])


def test_every_way_a_training_can_end_is_told_from_the_start(client: TestClient) -> None:
    told = {each["outcome"]: value for each, value in counted(client, "ocr_demo_runs_total")}
    assert told == {"done": 0, "cancelled": 0, "failed": 0, "broken": 0}


def test_a_training_is_counted_by_how_it_ended() -> None:
    metrics = Metrics()
    metrics.count_run("failed")
    assert metrics.registry.get_sample_value("ocr_demo_runs_total", {"outcome": "failed"}) == 1
    assert metrics.registry.get_sample_value("ocr_demo_runs_total", {"outcome": "done"}) == 0
