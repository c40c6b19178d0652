"""A run as any process of the app finds it: how it stands, and where its checkpoint will be."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ocr_demo.storage import write_json
from ocr_demo.teaching.queue import Queue
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.worker import ORDER, SAMPLES

Status = Literal["waiting", "running", "done", "cancelled", "failed", "broken"]
LIVE: tuple[Status, ...] = ("waiting", "running")
OUTCOMES: tuple[Status, ...] = ("done", "cancelled", "failed", "broken")
STATE, CANCELLED = "state.json", "cancelled"
BROKEN = "the app was stopped while this training waited or ran; start it again"


@dataclass(frozen=True)
class RunState:
    """How a run stands."""

    status: Status
    place: int | None = None
    """How many are before it, where it waits."""
    reason: str = ""
    """Why it failed or broke."""
    epochs: tuple[dict[str, Any], ...] = ()
    """A row for each epoch so far, as `TuningEpoch` has them."""
    summary: dict[str, Any] | None = None
    """What it came to, as `TuningSummary` has it."""
    difference: dict[str, Any] | None = None
    """What it changed, as `Difference` has it."""

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class Run:
    """One run, as any process of the app finds it."""

    def __init__(self, folder: Path, queue: Queue, unstored: dict[str, RunState]) -> None:
        """`unstored` holds states that this process could not write, by the run's id."""
        self.folder, self._queue, self._unstored = folder, queue, unstored
        self._order = json.loads((folder / ORDER).read_text(encoding="utf-8"))

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def checkpoint(self) -> Path:
        """The folder of the checkpoint that it makes; there is none before it is done."""
        return self.folder / self._order["name"]

    @property
    def base(self) -> Path:
        """The folder of the checkpoint that it starts from."""
        return Path(self._order["base"])

    @property
    def called(self) -> str:
        """By what people know that checkpoint; what this one makes reads in its place."""
        return self._order["called"]

    @property
    def samples(self) -> Samples:
        """What it was given: some to learn, some held out."""
        return Samples.load(self.folder / SAMPLES)

    @property
    def is_brought(self) -> bool:
        """Whether a person brought its checkpoint, and nothing was trained."""
        return bool(self._order.get("brought"))

    @property
    def unlearnt(self) -> Samples:
        """Those of its samples that it didn't learn from."""
        return replace(self.samples, source="corrections") if self.is_brought else self.samples.split()[1]

    @property
    def started(self) -> float:
        """When it was asked for, in seconds since 1970."""
        return self._order["started"]

    @property
    def state(self) -> RunState:
        """How it stands; broken, where the process that should see to it is gone."""
        state = self._stored()
        if state.is_live and self.is_cancelled:
            return replace(state, status="cancelled")
        place = self._place()
        if place is not None or not state.is_live:
            return replace(state, place=place if state.status == "waiting" else None)
        state = self._stored()  # it may have ended in between
        return replace(state, status="broken", reason=BROKEN) if state.is_live else state

    @property
    def progress(self) -> tuple[dict[str, Any], ...]:
        """A row for each epoch so far."""
        return self._stored().epochs

    @property
    def is_cancelled(self) -> bool:
        """Whether it was asked to end."""
        return (self.folder / CANCELLED).exists()

    @property
    def is_held(self) -> bool:
        """Whether a process still sees to it."""
        return self._place() is not None

    def cancel(self) -> None:
        """Ends it, wherever it stands; what has ended stays as it is."""
        if self._stored().is_live:
            (self.folder / CANCELLED).touch()

    def store(self, state: RunState) -> None:
        """Keeps how it stands, for this process alone where the disk is full."""
        try:
            write_json(self.folder / STATE, asdict(state))
            self._unstored.pop(self.id, None)
        except OSError:
            self._unstored[self.id] = state

    def _place(self) -> int | None:
        return self._queue.place(self._order["ticket"])

    def _stored(self) -> RunState:
        if state := self._unstored.get(self.id):
            return state
        told = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
        return RunState(**{**told, "epochs": tuple(told["epochs"])})


def advanced(state: RunState, message: dict[str, Any]) -> RunState:
    """A run's state after what its process told."""
    if "epoch" in message:
        return replace(state, epochs=(*state.epochs, message["epoch"]))
    if "difference" in message:
        return replace(state, difference=message["difference"])
    if "summary" in message:
        return replace(state, status="done", summary=message["summary"])
    return replace(state, status="failed", reason=message["failure"])
