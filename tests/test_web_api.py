"""The API over HTTP: what it answers, and how it says no."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from PIL import Image
from starlette.testclient import TestClient

from ocr_demo.characters import ALPHABETS
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import Library
from ocr_demo.web.problems import MEDIA_TYPE
from tests.drawings import encoded
from tests.networks import small_checkpoint
from tests.serving import LIBRARY, built, png, serving

LABELS = ALPHABETS["latin"].labels


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving(max_upload_mb=1, max_megapixels=2, max_batch=3) as client:
        yield client


def ask(client: TestClient, picture: bytes, **fields: Any) -> Response:
    return client.post("/predict", files={"file": ("letter.png", picture)}, data=fields)


def ask_batch(client: TestClient, *pictures: bytes, **fields: Any) -> Response:
    files = [("files", (f"{number}.png", picture)) for number, picture in enumerate(pictures)]
    return client.post("/predict/batch", files=files, data=fields)


def refused(response: Response, status: int) -> dict[str, Any]:
    """The problem that a response is."""
    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status)
    assert response.headers["content-type"] == MEDIA_TYPE
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_a_picture_is_read_as_the_command_line_reads_it(client: TestClient) -> None:
    expected = LIBRARY.predictor("latin").predict(png("R")).to_dict("latin")
    response = ask(client, png("R"))
    assert response.status_code == 200
    assert response.json() == expected
    assert response.json()["class"] == "R"


def test_a_plot_of_a_broken_report_tells_no_path(tmp_path: Path) -> None:
    (small_checkpoint(tmp_path / "latin") / "report.json").write_text("{")
    with serving(Library(tmp_path, "latin", threads=1)) as client:
        problem = refused(client.get("/plots/latin/confusion.svg?test=any"), 500)
    assert problem["detail"] == "the checkpoint can't be used; choose another"


def test_as_many_labels_as_are_asked_for(client: TestClient) -> None:
    told = ask(client, png("R"), top=36).json()
    assert sorted(label for label, _ in told["top"]) == sorted(LABELS)
    assert told["top"][:5] == told["top5"]
    assert len(ask(client, png("R"), top=1).json()["top"]) == 1


def test_another_checkpoint_can_be_named(client: TestClient) -> None:
    assert ask(client, png("R"), checkpoint="textbook").json()["checkpoint"] == "textbook"


@pytest.mark.parametrize("field", [{"top": 0}, {"top": 37}, {"top": "many"}, {"checkpoint": "third"}])
def test_what_a_field_cant_be_is_named(client: TestClient, field: dict[str, Any]) -> None:
    problem = refused(ask(client, png("R"), **field), 422)
    assert next(iter(field)) in problem["detail"]


def test_any_is_among_the_checkpoints_to_choose_from(client: TestClient) -> None:
    for response in (
        ask(client, png("R"), checkpoint="third"),
        ask_batch(client, png("R"), checkpoint="third"),
    ):
        told = refused(response, 422)["detail"]
        assert told == "no checkpoint 'third'; choose from latin, arabic, textbook, any"


def test_a_request_without_a_file_names_the_field(client: TestClient) -> None:
    response = client.post("/predict", files={"other": b"x"})
    assert refused(response, 422)["errors"] == [{"field": "file", "message": "Field required"}]


def test_what_is_wrong_is_told_in_the_language_of_who_asks(client: TestClient) -> None:
    """Whatever notices it: a field's type, a route, or what stands before all routes."""
    arabic = {"Accept-Language": "ar-EG,ar;q=0.9,en;q=0.5"}
    names = {"file", "top", "GET", "multipart", "form", "data", "origins"}

    def told(answer: Response) -> str:
        detail = answer.json()["detail"]
        assert set(re.findall("[A-Za-z]{3,}", detail)) <= names
        return detail

    file = {"file": ("a.png", png("R"))}
    assert told(client.post("/predict", files={"other": b"x"}, headers=arabic)) == "file: هذا الحقل مطلوب"
    for top in (0, 100, "many"):
        told(client.post("/predict", files=file, data={"top": top}, headers=arabic))
    told(client.post("/predict", json={"file": "x"}, headers=arabic))
    told(client.get("/predict", headers=arabic))
    told(client.get("/gradio_api/queue/status", headers=arabic))
    told(client.post("/predict", files={"file": bytes(2**20 + 1)}, headers=arabic))
    told(client.post("/predict", content=bytes(5 * 2**20), headers=arabic))
    told(client.post("/predict", files=file, headers={**arabic, "Origin": "http://other.example"}))
    batch = client.post("/predict/batch", files={"files": b"no picture"}, headers=arabic).json()
    assert "ليس صورة" in batch["results"][0]["problem"]["detail"]


def test_what_is_no_picture(client: TestClient) -> None:
    refused(ask(client, b"this is no picture"), 400)
    refused(ask(client, b""), 400)


def test_what_is_no_form(client: TestClient) -> None:
    refused(client.post("/predict", json={"file": "x"}), 415)
    refused(client.post("/predict", content=png("R"), headers={"Content-Type": "image/png"}), 415)
    refused(client.post("/predict/batch"), 415)


def test_a_form_that_is_broken(client: TestClient) -> None:
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(client.post("/predict", content=b"--y\r\nnonsense", headers=broken), 400)


@pytest.mark.parametrize("size", [2**20 + 1, 5 * 2**20])
def test_too_many_bytes(client: TestClient, size: int) -> None:
    """Those of the file alone, and those of a request that says so itself."""
    refused(ask(client, png("R").ljust(size, b"\0")), 413)
    assert ask(client, png("R").ljust(2**20, b"\0")).status_code == 200


def test_too_many_pixels(client: TestClient) -> None:
    large = encoded(Image.new("1", (2001, 1000)), "PNG")
    assert "2 megapixels" in refused(ask(client, large), 413)["detail"]


def test_a_batch_keeps_its_order_and_an_error_to_the_file_it_is_of(client: TestClient) -> None:
    told = ask_batch(client, png("R"), b"no picture", png("A"), top=2).json()["results"]
    assert [each["file"] for each in told] == ["0.png", "1.png", "2.png"]
    assert [each.get("reading", {}).get("class") for each in told] == ["R", None, "A"]
    assert told[1]["problem"]["status"] == 400
    assert len(told[0]["reading"]["top"]) == 2
    assert told[0].keys() == {"file", "reading"}


def test_a_file_of_a_batch_can_be_too_large_by_itself(client: TestClient) -> None:
    large, small = ask_batch(client, png("R").ljust(2**20 + 1, b"\0"), png("A")).json()["results"]
    assert large["problem"]["status"] == 413
    assert small["reading"]["class"] == "A"


def test_batches_that_cant_be(client: TestClient) -> None:
    refused(ask_batch(client, *[png("R")] * 4), 422)
    refused(ask_batch(client, png("R"), checkpoint="third"), 422)
    refused(client.post("/predict/batch", files={"other": b"x"}), 422)
    refused(ask_batch(client, *[bytes(4 * 2**20)] * 3), 413)


def test_checkpoints_are_listed_the_default_first(client: TestClient) -> None:
    first, *others = client.get("/checkpoints").json()
    assert (first["name"], first["default"], tuple(first["labels"])) == ("latin", True, LABELS)
    assert "textbook" in [each["name"] for each in others if not each["default"]]


def test_a_checkpoint_that_cant_be_loaded_is_no_choice_and_keeps_its_reasons_to_the_log(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "config.json").write_text("{")
    monkeypatch.setitem(LIBRARY._folders, "textbook", tmp_path)
    LIBRARY._predictors.pop("textbook", None)
    assert [each["name"] for each in client.get("/checkpoints").json()] == ["latin", "arabic"]
    assert str(tmp_path) not in refused(ask(client, png("R"), checkpoint="textbook"), 500)["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_all_is_well(client: TestClient, path: str) -> None:
    assert client.get(path).json() == {"status": "ok"}
    assert client.head(path).status_code == 200


@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/checkpoints", "/healthz", "/metrics"])
def test_a_method_that_a_route_lacks(client: TestClient, path: str) -> None:
    """The page, mounted at /, does not answer in its place."""
    response = client.request("DELETE", path)
    refused(response, 405)
    allowed = "POST" if path.startswith("/predict") else "GET, HEAD" if path == "/healthz" else "GET"
    assert response.headers["allow"] == allowed


def test_the_page_is_beside_the_api(client: TestClient) -> None:
    assert "gradio" in client.get("/").text
    assert client.get("/config").json()["title"] == "ocr_demo"


def test_before_it_has_started_the_app_reads_nothing() -> None:
    unstarted = TestClient(built())
    for response in (unstarted.get("/readyz"), ask(unstarted, png("R")), ask_batch(unstarted, png("R"))):
        refused(response, 503)
        assert int(response.headers["retry-after"]) >= 1
    assert unstarted.head("/readyz").status_code == 503
    assert unstarted.get("/healthz").status_code == unstarted.head("/healthz").status_code == 200


def test_a_mistake_of_the_server_tells_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(Predictor, "predict_glyphs", mistaken)
    with serving() as client:
        client = TestClient(client.app, raise_server_exceptions=False)
        response = ask(client, png("R"))
    assert "secret" not in refused(response, 500)["detail"]
    assert response.headers["x-request-id"]


def test_the_description_is_of_our_routes_alone(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    assert {path: list(methods) for path, methods in description["paths"].items()} == {
        "/predict": ["post"],
        "/predict/batch": ["post"],
        "/checkpoints": ["get"],
        "/healthz": ["get"],
        "/readyz": ["get"],
        "/metrics": ["get"],
        "/owner/promote": ["post"],
        "/owner/promotion": ["get"],
        "/owner/promotion/cancel": ["post"],
        "/owner/rollback": ["post"],
        "/owner/versions": ["get"],
        "/owner/arms": ["get"],
    }
    answers = description["paths"]["/predict"]["post"]["responses"]
    assert set(answers) == {"200", "400", "403", "408", "413", "415", "422", "429", "503"}
    schema = description["components"]["schemas"]["ReadingAnswer"]
    assert set(schema["required"]) == set(ask(client, png("R")).json())
    told = [each for route in description["paths"].values() for each in route.values()]
    assert all(each["description"] for each in told)


def test_the_description_is_shown_without_a_network(client: TestClient) -> None:
    docs = client.get("/docs").text
    assert "https://" not in docs
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/static/{asset}" in docs
        assert client.get(f"/docs/static/{asset}").status_code == 200
