"""Measures a checkpoint on a source, and keeps the figures in its folder."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ocr_demo.checkpoint import REPORT, Checkpoint, read_part
from ocr_demo.errors import CheckpointError
from ocr_demo.evaluation.metrics import evaluate, refuse_empty
from ocr_demo.evaluation.report import Report, reports_of
from ocr_demo.storage import write_json

CHUNK = 2048
"""Glyphs read between two steps of the progress: 8 MB, about a second on two cores."""


class Reader(Protocol):
    """What is measured: `ocr_demo.reading.Predictor`, with any backend."""

    @property
    def checkpoint(self) -> Checkpoint: ...

    def logits(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float32]: ...

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]: ...

    def accepts(self, glyphs: NDArray[np.uint8], logits: NDArray[np.float32]) -> NDArray[np.bool_]: ...


class LabelledGlyphs(Protocol):
    """What it is measured on: glyphs (N, 64, 64), labels (N,) with -1 for none, and where they are from."""

    @property
    def glyphs(self) -> NDArray[np.uint8]: ...

    @property
    def labels(self) -> NDArray[np.integer]: ...

    @property
    def source(self) -> str: ...

    @property
    def origin(self) -> str: ...


Progress = Callable[[Iterable[int]], Iterable[int]]


def evaluate_source(
    predictor: Reader,
    glyph_set: LabelledGlyphs,
    *,
    name: str = "",
    origin: str = "",
    progress: Progress = iter,
) -> tuple[Report, float]:
    """The report on a set and the images read per second.

    `name` and `origin` say what the set is where its source and its own origin don't say it well.
    `progress` wraps the steps of the reading, as tqdm does; the speed is that of reading ready glyphs.
    """
    name = name or glyph_set.source
    refuse_empty(len(glyph_set.glyphs), name)
    started = time.perf_counter()
    logits, accepted = read_all(predictor, glyph_set.glyphs, progress)
    probabilities = predictor.probabilities(logits)
    seconds = time.perf_counter() - started
    report = evaluate(
        probabilities,
        np.asarray(glyph_set.labels),
        accepted,
        predictor.checkpoint.alphabet,
        name=name,
        origin=origin or glyph_set.origin,
        source=glyph_set.source,
    )
    return report, len(glyph_set.glyphs) / seconds


def evaluation_json(
    report: Report,
    checkpoint: str,
    images_per_second: float,
    *,
    left_out: Sequence[str] = (),
    ignored: str = "",
) -> dict[str, Any]:
    """What `evaluate --json` prints; a set without labels has no figures but `accepted`.

    `left_out` names what could not be read, `ignored` says what was left aside; empty, they aren't told.
    """
    entry = report.to_json()
    line = {
        "checkpoint": checkpoint,
        "data": report.source,
        "images": report.images,
        **{key: entry.get(key) for key in ("accuracy", "folded_accuracy", "ece", "accepted")},
        "images_per_second": round(images_per_second, 1),
        "per_class": entry.get("per_class"),
        "left_out": list(left_out) or None,
        "ignored": ignored or None,
    }
    return {key: value for key, value in line.items() if value is not None}


def record_report(folder: Path, report: Report) -> None:
    """Puts a report into the checkpoint's `report.json`, at once, in place of an earlier one of its name.

    One process at a time records: two at once could lose one of the two reports.
    """
    write_json(folder / REPORT, {**_entries(folder / REPORT), report.name: report.to_json()})


def require_recordable(folder: Path) -> None:
    """Finds out before anything is measured whether `record_report` can write; else a `CheckpointError`."""
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CheckpointError(
            f"can't write to {folder} ({error.strerror}), where figures are recorded; copy the checkpoint to "
            "a folder of your own, and name that"
        ) from error


def recorded_reports(checkpoint: Checkpoint) -> list[Report]:
    """The reports in a checkpoint's `report.json`, in the order they were first recorded.

    A `CheckpointError` where they can't be read, are no reports, or are of another alphabet.
    """
    path, classes = checkpoint.folder / REPORT, len(checkpoint.contract.labels)
    reports = list(reports_of(_entries(path), path).values())
    for report in reports:
        if report.confusion and {len(report.confusion), *map(len, report.confusion)} != {classes}:
            raise CheckpointError(
                f"{path}: {report.name}.confusion: should be {classes} rows of {classes}; "
                "mend or remove the file"
            )
    return reports


def read_all(
    predictor: Reader, glyphs: NDArray[np.uint8], progress: Progress = iter
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The logits (N, classes) of glyphs (N, 64, 64), and which of them are taken for characters (N,)."""
    logits, accepted = [], []
    for start in progress(range(0, len(glyphs), CHUNK)):
        chunk = glyphs[start : start + CHUNK]
        logits.append(predictor.logits(chunk))
        accepted.append(predictor.accepts(chunk, logits[-1]))
    return np.concatenate(logits), np.concatenate(accepted)


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    return read_part(path, dict[str, dict[str, Any]], default={})
