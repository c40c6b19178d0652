"""A checkpoint is measured, its figures are kept in its folder, and its card tells them."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from torch import nn

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Contract, load_checkpoint, save_checkpoint
from ocr_demo.errors import CheckpointError, DataError
from ocr_demo.evaluation import Report
from ocr_demo.evaluation.card import model_card, write_card
from ocr_demo.evaluation.measuring import (
    CHUNK,
    evaluate_source,
    evaluation_json,
    record_report,
    recorded_reports,
)
from ocr_demo.models import build_model
from ocr_demo.reading import Predictor
from ocr_demo.web.plots import Gallery, Kind
from ocr_demo.web.report_view import Measured
from ocr_demo.web.words import ENGLISH

LABELS = ALPHABETS["latin"].labels
RECIPE = "data:\n- npz:train.npz\n- fonts\nepochs: 2\n"
HISTORY = [{"epoch": 1, "validation_accuracy": 0.5, "seconds": 60}, {"epoch": 2, "validation_accuracy": 0.75}]


@dataclass(frozen=True)
class Glyphs:
    """As much of a glyph set as evaluation asks for."""

    glyphs: NDArray[np.uint8]
    labels: NDArray[np.int64]
    source: str = "npz:test set.npz"
    origin: str = "array file test.npz: 50 images"


def glyphs_of(count: int, label: int | None = None) -> Glyphs:
    random = np.random.default_rng(6)
    labels = random.integers(0, 36, count) if label is None else np.full(count, label)
    return Glyphs(random.integers(0, 256, (count, 64, 64), np.uint8), labels)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of an untrained network; tests that write anything else take a copy."""
    folder = tmp_path_factory.mktemp("checkpoints") / "latin"
    contract = Contract("ocrcnn", LABELS, "latin", temperature=1.25)
    save_checkpoint(folder, build_model("ocrcnn", 36), contract, history=HISTORY, recipe=RECIPE, half=True)
    return folder


@pytest.fixture
def folder(shipped: Path) -> Iterator[Path]:
    """The same, for tests that write its report."""
    yield shipped
    (shipped / "report.json").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def predictor(shipped: Path) -> Predictor:
    return Predictor(load_checkpoint(shipped))


def test_evaluation_is_what_the_predictor_reads(predictor: Predictor) -> None:
    some = glyphs_of(50)
    report, images_per_second = evaluate_source(predictor, some)
    read = [prediction.label for prediction in predictor.predict_glyphs(some.glyphs)]
    right = [label == LABELS[index] for label, index in zip(read, some.labels, strict=True)]
    assert report.accuracy == pytest.approx(np.mean(right))
    assert (report.name, report.source, report.origin) == (some.source, some.source, some.origin)
    assert images_per_second > 0


def test_names_and_origins_can_be_given(predictor: Predictor) -> None:
    report, _ = evaluate_source(predictor, glyphs_of(3), name="tablet", origin="ten people's strokes")
    assert (report.name, report.origin) == ("tablet", "ten people's strokes")


class Diagonal:
    """A reader that reads every glyph's first pixel as its class: fast, and known to be right."""

    def __init__(self, predictor: Predictor) -> None:
        self.checkpoint = predictor.checkpoint
        self.probabilities = predictor.probabilities

    def logits(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
        return 9 * np.eye(36, dtype=np.float32)[glyphs[:, 0, 0]]

    def accepts(self, glyphs: NDArray[np.uint8], logits: NDArray[np.float32]) -> NDArray[np.bool_]:
        return glyphs[:, 0, 0] > 0


def test_chunks_of_a_large_set_are_put_together_in_order(predictor: Predictor) -> None:
    labels = np.arange(2 * CHUNK + 8) % 36
    glyphs = np.broadcast_to(labels[:, None, None].astype(np.uint8), (len(labels), 64, 64))
    seen: list[int] = []
    report, _ = evaluate_source(
        Diagonal(predictor),
        Glyphs(glyphs, labels),
        progress=lambda steps: (seen.append(step) or step for step in steps),
    )
    assert report.accuracy == 1
    assert report.accepted == pytest.approx(np.mean(labels > 0))
    assert seen == [0, CHUNK, 2 * CHUNK]


def test_empty_set_is_named(predictor: Predictor) -> None:
    with pytest.raises(DataError, match=r"test set\.npz has no images"):
        evaluate_source(predictor, glyphs_of(0))


def test_json_has_the_keys_of_the_design(predictor: Predictor) -> None:
    report, images_per_second = evaluate_source(predictor, glyphs_of(50))
    printed = evaluation_json(report, "latin", images_per_second)
    assert list(printed) == [
        "checkpoint", "data", "images", "accuracy", "folded_accuracy", "ece", "accepted", "images_per_second",
        "per_class",
    ]  # fmt: skip
    assert printed["data"] == "npz:test set.npz"
    assert json.loads(json.dumps(printed)) == printed


def test_json_without_labels_has_accepted_alone(predictor: Predictor) -> None:
    report, _ = evaluate_source(predictor, glyphs_of(5, label=-1))
    assert list(evaluation_json(report, "latin", 1.0)) == [
        "checkpoint", "data", "images", "accepted", "images_per_second",
    ]  # fmt: skip


def test_reports_are_added_and_replaced_by_name(folder: Path) -> None:
    first, second = Report("a", 1, 0.5), Report("b", 2, 0.25)
    for report in (first, second):
        record_report(folder, report)
    assert recorded_reports(load_checkpoint(folder)) == [first, second]
    again = Report("a", 9, 1.0)
    record_report(folder, again)
    assert recorded_reports(load_checkpoint(folder)) == [again, second]
    assert list(json.loads((folder / "report.json").read_text())) == ["a", "b"]


def test_fault_while_recording_keeps_the_old_reports(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record_report(folder, Report("a", 1, 0.5))

    def break_off(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", break_off)
    with pytest.raises(OSError, match="disk full"):
        record_report(folder, Report("b", 2, 0.25))
    assert recorded_reports(load_checkpoint(folder)) == [Report("a", 1, 0.5)]


def test_damaged_report_is_not_overwritten(folder: Path) -> None:
    (folder / "report.json").write_text("{")
    with pytest.raises(CheckpointError, match="can't be read as JSON"):
        record_report(folder, Report("a", 1, 0.5))
    assert (folder / "report.json").read_text() == "{"


def test_card_tells_what_the_files_hold(folder: Path, predictor: Predictor) -> None:
    origin = "EMNIST ByClass test, 36 classes, trained on 148,221 EMNIST images"
    report, _ = evaluate_source(predictor, glyphs_of(50), name="EMNIST", origin=origin)
    record_report(folder, report)
    record_report(folder, Report("not-latin", 2000, 0.2571, source="npz:not-latin.npz"))
    write_card(folder)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card == model_card(folder)
    assert f"| EMNIST | 50 | {100 * report.accuracy:.2f} % |" in card
    assert "| not-latin | 2,000 | – | – | – | 25.71 % |" in card
    assert origin in card and "0/O and 1/I/L" in card
    assert "`python -m ocr_demo evaluate --checkpoint latin --data 'npz:test set.npz'`" in card
    assert "\n\n- npz:train.npz\n- fonts\n\n" in card and "75.00 %" in card and "4,222,628 parameters" in card


def test_card_metadata_round_trips(folder: Path, predictor: Predictor) -> None:
    report, _ = evaluate_source(predictor, glyphs_of(50), name="EMNIST")
    record_report(folder, report)
    metadata = yaml.safe_load(model_card(folder).split("---\n")[1])
    (result,) = metadata["model-index"][0]["results"]
    values = {metric["type"]: metric["value"] for metric in result["metrics"]}
    assert values["accuracy"] == pytest.approx(report.accuracy, abs=1e-4)
    assert values["folded_accuracy"] == pytest.approx(report.folded_accuracy, abs=1e-4)
    assert metadata["library_name"] == "ocr_demo"


@pytest.mark.parametrize(
    ("recipe", "line"),
    [
        ("", "No recipe was kept"),
        ("epochs: 3", "names no data"),
        ("just words", "names no data"),
        ("data: fonts", "\n- fonts\n"),
        ("data: 5", "\n- 5\n"),
        ("origins: [300 fonts, 500 drawings]\ndata: [a, b]", "- 300 fonts\n- 500 drawings"),
    ],
)
def test_card_of_a_bare_checkpoint(recipe: str, line: str, tmp_path: Path) -> None:
    contract = Contract("ocrcnn", ALPHABETS["arabic"].labels, "arabic")
    save_checkpoint(tmp_path / "arabic", build_model("ocrcnn", 28), contract, recipe=recipe, half=True)
    card = model_card(tmp_path / "arabic")
    assert line in card
    assert "None has been measured yet" in card
    assert "look-alike" not in card and "lower-case" not in card
    assert "model-index" not in card


def test_card_of_a_broken_recipe_says_so(tmp_path: Path) -> None:
    network: nn.Module = build_model("ocrcnn", 36)
    save_checkpoint(
        tmp_path / "latin", network, Contract("ocrcnn", LABELS, "latin"), recipe="data: [", half=True
    )
    with pytest.raises(CheckpointError, match=r"recipe\.yaml"):
        model_card(tmp_path / "latin")
    (tmp_path / "latin" / "recipe.yaml").write_bytes(b"\xff")
    with pytest.raises(CheckpointError, match=r"recipe\.yaml can't be read as text"):
        model_card(tmp_path / "latin")


MATRIX = [[1 if row == column else 0 for column in range(36)] for row in range(36)]
WHOLE = {
    "images": 36, "accepted": 1.0, "accuracy": 1.0, "ece": 0.0, "confusion": MATRIX,
    "per_class": {"A": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}},
    "reliability": [{"low": 0.0, "high": 1.0, "count": 36, "confidence": 1.0, "accuracy": 1.0}],
}  # fmt: skip
ODD_REPORTS = {
    "a list": ([1], "the whole: "),
    "a set that is a number": ({"a test": 3}, "a test: "),
    "no number of images": ({"a test": {"accepted": 1.0}}, "a test.images: Field required"),
    "no share that was accepted": ({"a test": {"images": 3}}, "a test.accepted: Field required"),
    "less than no image": ({"a test": {**WHOLE, "images": -1}}, "a test.images: "),
    "an accuracy in words": ({"a test": {**WHOLE, "accuracy": "high"}}, "a test.accuracy: "),
    "an accuracy beyond all": ({"a test": {**WHOLE, "accuracy": 98.5}}, "a test.accuracy: "),
    "an error that is no number": ({"a test": {**WHOLE, "ece": float("nan")}}, "a test.ece: "),
    "an origin that is a list": ({"a test": {**WHOLE, "origin": ["drawings"]}}, "a test.origin: "),
    "classes in a list": ({"a test": {**WHOLE, "per_class": ["A"]}}, "a test.per_class: "),
    "a class without figures": (
        {"a test": {**WHOLE, "per_class": {"A": {}}}},
        "a test.per_class.A.precision: ",
    ),
    "a bin without bounds": (
        {"a test": {**WHOLE, "reliability": [{"count": 1}]}},
        "a test.reliability.0.low: ",
    ),
    "a matrix in words": ({"a test": {**WHOLE, "confusion": [["x"]]}}, "a test.confusion.0.0: "),
    "a count beyond all": ({"a test": {**WHOLE, "confusion": [[10**30]]}}, "a test.confusion.0.0: "),
    "rows of two lengths": ({"a test": {**WHOLE, "confusion": [*MATRIX[:-1], [1]]}}, "a test.confusion: "),
    "too few classes": (
        {"a test": {**WHOLE, "confusion": [[3]]}},
        "a test.confusion: should be 36 rows of 36",
    ),
}
ODD_HISTORIES = {
    "an object": ({"epoch": 1}, "the whole: "),
    "a row that is a number": ([1], "0: "),
    "a loss in words": ([{"epoch": 1, "train_loss": "low"}], "0.train_loss: "),
    "a list of losses": ([*HISTORY, {"epoch": 3, "train_loss": [1]}], "2.train_loss: "),
}


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        *(pytest.param("report.json", *odd, id=f"report: {name}") for name, odd in ODD_REPORTS.items()),
        *(pytest.param("history.json", *odd, id=f"history: {name}") for name, odd in ODD_HISTORIES.items()),
    ],
)
def test_what_is_no_report_or_no_history_is_named(
    file: str, content: object, words: str, shipped: Path, tmp_path: Path
) -> None:
    """Wherever it would be shown: on the page, in a plot, in the card."""
    checkpoint = load_checkpoint(shutil.copytree(shipped, tmp_path / "latin"))
    (checkpoint.folder / "report.json").write_text(json.dumps({"a test": WHOLE}))
    kind: Kind = "training" if file == "history.json" else "confusion"
    for use in (
        Measured.of,
        lambda odd: model_card(odd.folder),
        lambda odd: Gallery(ENGLISH).picture(odd, kind, "svg", test="a test", shares=False, theme="light"),
    ):
        use(checkpoint)
        before = (checkpoint.folder / file).read_text()
        (checkpoint.folder / file).write_text(json.dumps(content))
        with pytest.raises(CheckpointError, match=re.escape(f"{file}: {words}")):
            use(checkpoint)
        (checkpoint.folder / file).write_text(before)


def test_a_history_may_lack_figures_and_have_endless_ones(shipped: Path, tmp_path: Path) -> None:
    """As that of a training that went astray has them."""
    checkpoint = load_checkpoint(shutil.copytree(shipped, tmp_path / "latin"))
    rows = '[{"epoch": 1, "train_loss": NaN, "seconds": null}, {"train_loss": Infinity}, {}]'
    (checkpoint.folder / "history.json").write_text(rows)
    assert "No recipe" not in model_card(checkpoint.folder)
    drawing = Gallery(ENGLISH).picture(checkpoint, "training", "png", test="", shares=False, theme="dark")
    assert drawing.startswith(b"\x89PNG")
