"""What is counted and timed, for Prometheus.

Every value of a label comes from here, the library or the routes, none from a client: series stay few.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from ocr_demo.errors import (
    BusyError,
    CheckpointError,
    OcrDemoError,
    PictureError,
    PictureTooLargeError,
    RateError,
    UnknownCheckpointError,
)
from ocr_demo.reading import Prediction
from ocr_demo.teaching.work import OUTCOMES, Status

Source = Literal["page", "api", "batch", "teach"]
"""Who had a picture read: somebody at the page, a program, one that brought several, somebody who teaches."""
Taught = Literal["corrected", "confirmed", "refused", "imported"]
"""How a correction came: for a wrong answer, a right one, or what was taken for no character; or in a set."""
Stage = Literal["waiting", "preprocess", "network", "total"]
BLANK = "blank"
"""The label of what has no ink."""
REASONS: dict[type[OcrDemoError], str] = {
    PictureTooLargeError: "too_large",
    PictureError: "no_picture",
    UnknownCheckpointError: "unknown_checkpoint",
    CheckpointError: "broken_checkpoint",
    BusyError: "busy",
    RateError: "rate",
}
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
"""Bounds of the buckets: a reading takes some milliseconds, a large photograph a second."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
disable_created_metrics()  # a second series for each of ours, which tells when it began


class Metrics:
    """Counters and timers in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self._predictions = Counter(
            "ocr_demo_predictions",
            "Pictures read, by what they were read as",
            ["checkpoint", "label", "accepted", "source"],
            registry=registry,
        )
        self._refusals = Counter(
            "ocr_demo_refusals", "Pictures not read, by why", ["reason", "source"], registry=registry
        )
        self._stages = Histogram(
            "ocr_demo_stage_seconds",
            "How long a reading waited, took to decode and preprocess, took the network, and took in all",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        self._requests = Counter(
            "ocr_demo_requests", "HTTP requests", ["method", "route", "status"], registry=registry
        )
        self._arms = Counter(
            "ocr_demo_arm_readings",
            "Pictures read for clients who named no checkpoint, by the one that fell to them",
            ["arm"],
            registry=registry,
        )
        self._judgements = Counter(
            "ocr_demo_arm_judgements",
            "Readings that people found right or corrected, by the checkpoint that read",
            ["arm", "agreed"],
            registry=registry,
        )
        self._corrections = Counter(
            "ocr_demo_corrections",
            "Corrections kept, by how they came and what had read them",
            ["kind", "checkpoint"],
            registry=registry,
        )
        self._waiting = Gauge(
            "ocr_demo_waiting",
            "Queue length: pictures that wait to be read, trainings that wait for their turn, events of the "
            "page that wait for Gradio",
            ["queue"],
            registry=registry,
        )

        self._runs = Counter(
            "ocr_demo_runs", "Short trainings that ended, by how", ["outcome"], registry=registry
        )
        for outcome in OUTCOMES:  # told as 0 before the first, so that one failure shows as a rise
            self._runs.labels(outcome)

    def watch_queue(self, queue: str, length: Callable[[], float]) -> None:
        """Has a queue's length asked for whenever the metrics are."""
        self._waiting.labels(queue).set_function(length)

    def stage(self, stage: Stage) -> Histogram:
        """Where a stage's seconds go."""
        return self._stages.labels(stage)

    def count_prediction(self, prediction: Prediction, checkpoint: str, source: Source) -> None:
        label = BLANK if prediction.is_blank else prediction.label
        self._predictions.labels(checkpoint, label, str(prediction.is_character).lower(), source).inc()

    def watch_arms(self, arms: Sequence[str]) -> None:
        """Has both arms told from the start, as 0."""
        for arm in arms:
            self._arms.labels(arm)
            for agreed in ("true", "false"):
                self._judgements.labels(arm, agreed)

    def count_arm(self, arm: str) -> None:
        self._arms.labels(arm).inc()

    def count_judgement(self, arm: str, agreed: bool) -> None:
        self._judgements.labels(arm, str(agreed).lower()).inc()

    def count_refusal(self, error: OcrDemoError, source: Source) -> None:
        self._refusals.labels(REASONS.get(type(error), "other"), source).inc()

    def count_run(self, outcome: Status) -> None:
        """To be given to `Runs` as `on_end`."""
        self._runs.labels(outcome).inc()

    def count_corrections(self, kind: Taught, checkpoint: str, count: int = 1) -> None:
        self._corrections.labels(kind, checkpoint).inc(count)

    def count_request(self, method: str, route: str, status: int) -> None:
        """`route` is a template such as /plots/{name}, never the path that was asked for."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
