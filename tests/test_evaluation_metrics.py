"""What a report's figures must be, whatever was evaluated."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS
from ocr_demo.errors import DataError
from ocr_demo.evaluation import Report, evaluate
from ocr_demo.evaluation.metrics import expected_calibration_error, reliability
from ocr_demo.evaluation.report import reports_of

LATIN = ALPHABETS["latin"]
CLASSES = len(LATIN.labels)


def probabilities_of(
    readings: NDArray[np.integer], confidences: NDArray[np.floating], classes: int = CLASSES
) -> NDArray[np.float64]:
    """Rows (N, classes) whose top label and its confidence are given; the rest is shared evenly."""
    rest = (1 - confidences) / (classes - 1)
    rows = np.repeat(rest[:, None], classes, axis=1)
    rows[np.arange(len(readings)), readings] = confidences
    return rows


def report_on(readings: object, labels: object, confidence: float = 0.9, alphabet: str = "latin") -> Report:
    """The report on readings of one confidence, all accepted."""
    readings, labels = np.asarray(readings), np.asarray(labels)
    probabilities = probabilities_of(
        readings, np.full(len(readings), confidence), len(ALPHABETS[alphabet].labels)
    )
    return evaluate(probabilities, labels, np.ones(len(labels), bool), ALPHABETS[alphabet], name="a set")


def classes_of(text: str) -> list[int]:
    return [LATIN.index(label) for label in text]


pairs = st.lists(st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60)


@given(pairs)
@settings(deadline=None)
def test_figures_agree_with_each_other(pairs: list[tuple[int, int]]) -> None:
    readings, labels = np.array(pairs).T
    report = report_on(readings, labels)
    matrix = np.array(report.confusion)
    assert report.folded_accuracy >= report.accuracy
    assert matrix.shape == (CLASSES, CLASSES) and matrix.sum() == len(labels) == report.images
    assert report.accuracy == pytest.approx(matrix.trace() / len(labels))
    assert [row.support for row in report.per_class.values()] == [
        count for count in matrix.sum(axis=1) if count
    ]
    recalled = sum(row.recall * row.support for row in report.per_class.values())
    assert report.accuracy == pytest.approx(recalled / len(labels))
    assert sum(row.count for row in report.reliability) == len(labels)
    wrong = report.most_confused(LATIN.labels, top=CLASSES**2)
    assert sum(row.count for row in wrong) == len(labels) - matrix.trace()


@given(pairs, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_of_images_does_not_matter(pairs: list[tuple[int, int]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first, second = (report_on(*np.array(some).T).to_json() for some in (pairs, shuffled))
    assert first.pop("ece") == pytest.approx(second.pop("ece"))
    bins = [entry.pop("reliability") for entry in (first, second)]
    assert [row["count"] for row in bins[0]] == [row["count"] for row in bins[1]]
    assert first == second


def test_look_alikes_count_as_right_when_folded() -> None:
    report = report_on(classes_of("O0LI1B"), classes_of("001118"))
    assert report.accuracy == pytest.approx(2 / 6)
    assert report.folded_accuracy == pytest.approx(5 / 6)


def test_without_look_alikes_folding_changes_nothing() -> None:
    report = report_on([0, 1, 2, 3], [0, 1, 2, 4], alphabet="arabic")
    assert report.accuracy == report.folded_accuracy == 0.75


def test_classes_that_a_set_lacks_are_left_out_of_the_averages() -> None:
    report = report_on(classes_of("AB5"), classes_of("ABB"))  # letters alone, one read as a digit
    assert list(report.per_class) == ["A", "B"]
    assert np.mean([row.recall for row in report.per_class.values()]) == pytest.approx(0.75)


def test_class_that_is_never_read_has_precision_zero() -> None:
    report = report_on(classes_of("B"), classes_of("A"))
    assert report.per_class["A"].precision == report.per_class["A"].recall == report.per_class["A"].f1 == 0


def test_most_confused_are_the_most_frequent() -> None:
    report = report_on(classes_of("OOO55S0"), classes_of("000SS50"))
    first, second, third = report.most_confused(LATIN.labels, top=CLASSES)
    assert (first.truth, first.reading, first.count, first.share) == ("0", "O", 3, 0.75)
    assert (second.truth, second.reading, second.count, second.share) == ("S", "5", 2, 1.0)
    assert report.most_confused(LATIN.labels, top=2) == (first, second)
    assert third.count == 1


def test_calibrated_predictions_have_no_calibration_error() -> None:
    random = np.random.default_rng(1)
    confidences = random.uniform(1 / CLASSES, 1, 200_000)
    correct = random.random(len(confidences)) < confidences
    assert expected_calibration_error(reliability(confidences, correct)) < 0.005


@pytest.mark.parametrize(("confidence", "accuracy"), [(0.95, 0.7), (1.0, 0.5), (0.5, 0.8), (1 / 15, 1.0)])
def test_calibration_error_is_the_known_gap(confidence: float, accuracy: float) -> None:
    right = int(1000 * accuracy)
    report = report_on([0] * 1000, [0] * right + [1] * (1000 - right), confidence)
    assert report.ece == pytest.approx(abs(confidence - accuracy))


def test_bins_are_open_below_and_closed_above() -> None:
    edge = 1 / 15
    rows = reliability(np.array([edge, np.nextafter(edge, 1), 1.0]), np.array([True, False, True]))
    assert [row.count for row in rows] == [1, 1, *[0] * 12, 1]
    assert rows[2].confidence is None and rows[2].accuracy is None
    assert rows[0].low == 0 and rows[-1].high == 1 and len(rows) == 15


def test_accepted_is_a_share() -> None:
    accepted = np.array([True, True, True, False])
    report = evaluate(np.full((4, CLASSES), 1 / CLASSES), np.zeros(4, int), accepted, LATIN, name="a set")
    assert report.accepted == 0.75


def test_set_without_labels_reports_accepted_alone() -> None:
    accepted = np.array([True, False])
    report = evaluate(np.full((2, CLASSES), 1 / CLASSES), np.array([-1, -1]), accepted, LATIN, name="a set")
    assert report.to_json() == {"images": 2, "accepted": 0.5}


def test_images_without_labels_are_not_scored_beside_others() -> None:
    labels = np.array([3, -1, 4])
    accepted = np.array([True, False, True])
    rows = probabilities_of(np.array([3, 3, 4]), np.full(3, 0.9))
    report = evaluate(rows, labels, accepted, LATIN, name="a set")
    assert (report.images, report.accuracy, report.accepted) == (2, 1.0, 1.0)


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (0, [], "no images"),
        (2, [0], "one reading, label and acceptance for each"),
        (2, [0, 36], "latin"),
        (2, [0, -2], "latin"),
    ],
)
def test_misfits_are_named(images: int, labels: list[int], words: str) -> None:
    with pytest.raises(DataError, match=f"my set.*{words}"):
        evaluate(
            np.full((images, CLASSES), 1 / CLASSES),
            np.array(labels, int),
            np.ones(images, bool),
            LATIN,
            name="my set",
        )


@given(pairs)
@settings(deadline=None, max_examples=20)
def test_report_survives_json(pairs: list[tuple[int, int]]) -> None:
    report = report_on(*np.array(pairs).T)
    read = reports_of({"a set": json.loads(json.dumps(report.to_json()))}, Path("report.json"))
    assert read == {"a set": report}


def test_entry_of_a_later_release_is_still_read() -> None:
    entry = {"images": 1, "accepted": 1.0, "something_new": 3}
    assert reports_of({"a set": entry}, Path("report.json")) == {"a set": Report("a set", 1, 1.0)}


def test_metrics_need_neither_torch_nor_matplotlib() -> None:
    code = "import sys, ocr_demo.evaluation.metrics; assert not {'torch', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
