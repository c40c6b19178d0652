"""From probabilities and labels to a `Report`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.errors import DataError
from ocr_demo.evaluation.report import ClassFigures, ReliabilityBin, Report

BINS = 15


def evaluate(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    accepted: NDArray[np.bool_],
    alphabet: Alphabet,
    *,
    name: str,
    origin: str = "",
    source: str = "",
) -> Report:
    """The figures of a test set from calibrated probabilities (N, classes), labels (N,) and accepted (N,).

    A label is a class of the alphabet or -1, none; where some images have labels, only those are scored.
    A `DataError` names the set where it is empty or doesn't fit the alphabet.
    """
    _check(probabilities, labels, accepted, alphabet, name)
    labelled = labels != UNLABELLED
    if not labelled.any():
        return Report(name, len(labels), float(accepted.mean()), origin, source)
    labels, probabilities = labels[labelled], probabilities[labelled]
    share = float(accepted[labelled].mean())
    return Report(name, len(labels), share, origin, source, **_figures(probabilities, labels, alphabet))


def reliability(
    confidences: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Top-label confidences (N,) in 0..1 and whether each was right (N,), in equal-width bins (low, high]."""
    edges = np.linspace(0, 1, bins + 1)
    members = np.searchsorted(edges[1:-1], confidences, side="left")
    counts = np.bincount(members, minlength=bins)
    confident = np.bincount(members, confidences, minlength=bins)
    right = np.bincount(members, correct, minlength=bins)
    return tuple(
        ReliabilityBin(
            low=float(edges[index]),
            high=float(edges[index + 1]),
            count=int(count),
            confidence=float(confident[index] / count) if count else None,
            accuracy=float(right[index] / count) if count else None,
        )
        for index, count in enumerate(counts)
    )


def expected_calibration_error(bins: tuple[ReliabilityBin, ...]) -> float:
    """The mean gap between confidence and accuracy, 0..1, each bin weighted by its images.

    Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3.
    """
    gaps = [
        (row.count, abs(row.accuracy - row.confidence))
        for row in bins
        if row.accuracy is not None and row.confidence is not None
    ]
    return sum(count * gap for count, gap in gaps) / sum(count for count, _ in gaps)


def refuse_empty(images: int, name: str) -> None:
    """A `DataError` for a set without images: it has no figures, not figures of 0."""
    if not images:
        raise DataError(f"{name} has no images to evaluate; name a source that has some")


def _figures(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], alphabet: Alphabet
) -> dict[str, Any]:
    from sklearn.metrics import accuracy_score, confusion_matrix  # over a second, which reading never needs

    readings = probabilities.argmax(axis=1)
    folding = np.array(alphabet.folding)
    bins = reliability(probabilities.max(axis=1), readings == labels)
    matrix = confusion_matrix(labels, readings, labels=range(len(alphabet.labels)))
    return {
        "accuracy": float(accuracy_score(labels, readings)),
        "folded_accuracy": float(accuracy_score(folding[labels], folding[readings])),
        "ece": expected_calibration_error(bins),
        "reliability": bins,
        "per_class": _per_class(labels, readings, alphabet),
        "confusion": tuple(tuple(row) for row in matrix.tolist()),
    }


def _per_class(
    labels: NDArray[np.integer], readings: NDArray[np.integer], alphabet: Alphabet
) -> dict[str, ClassFigures]:
    from sklearn.metrics import precision_recall_fscore_support

    present = np.unique(labels)
    columns = precision_recall_fscore_support(labels, readings, labels=present, zero_division=0.0)
    return {
        alphabet.labels[index]: ClassFigures(float(precision), float(recall), float(f1), int(support))
        for index, precision, recall, f1, support in zip(present, *columns, strict=True)
    }


def _check(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    accepted: NDArray[np.bool_],
    alphabet: Alphabet,
    name: str,
) -> None:
    refuse_empty(len(labels), name)
    if not len(probabilities) == len(labels) == len(accepted):
        raise DataError(
            f"{name} needs one reading, label and acceptance for each of its {len(labels)} images"
        )
    classes = len(alphabet.labels)
    if probabilities.shape[1] != classes or labels.min() < UNLABELLED or labels.max() >= classes:
        raise DataError(
            f"{name} doesn't fit the alphabet {alphabet.name}, which has {classes} classes; "
            "name a source with its labels, or a checkpoint of another alphabet"
        )
