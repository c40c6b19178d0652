"""A piece of work in a process of its own, as any process of the app finds it on disk."""

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

from ocr_demo.errors import OcrDemoError, error_of
from ocr_demo.storage import write_json
from ocr_demo.teaching.queue import Queue

Status = Literal["waiting", "running", "done", "cancelled", "failed", "broken"]
LIVE: tuple[Status, ...] = ("waiting", "running")
OUTCOMES: tuple[Status, ...] = ("done", "cancelled", "failed", "broken")
ORDER, SAMPLES, STATE, CANCELLED = "order.json", "samples.npz", "state.json", "cancelled"
"""The files of its folder."""


@dataclass(frozen=True)
class WorkState:
    """How a piece of work stands."""

    status: Status
    place: int | None = None
    """How many are before it, where it waits."""
    reason: str = ""
    """Why it failed or broke."""
    error: dict[str, Any] = field(default_factory=dict)
    """The error that gave the reason, as `OcrDemoError.as_json` has it, where one did."""

    @property
    def why(self) -> OcrDemoError:
        """The reason, to be said in any language."""
        return error_of(self.error) if self.error else OcrDemoError(self.reason)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


def put(folder: Path, order: dict[str, Any], state: WorkState) -> None:
    """Writes what a piece of work is found by; its state comes last, for without one it isn't there."""
    write_json(folder / ORDER, order)
    write_json(folder / STATE, asdict(state))


Standing = TypeVar("Standing", bound=WorkState)


class Work(ABC, Generic[Standing]):
    """A folder with an order, with how it stands, and with a file where somebody cancelled it."""

    broken: ClassVar[str]
    """What is said where the process that saw to it is gone."""
    kind: type[Standing]

    def __init__(self, folder: Path, queue: Queue, unstored: dict[str, Any]) -> None:
        """`unstored` holds states that this process could not write, by the work's id."""
        self.folder, self._queue, self._unstored = folder, queue, unstored
        self._order = json.loads((folder / ORDER).read_text(encoding="utf-8"))

    @abstractmethod
    def advanced(self, state: Standing, message: dict[str, Any]) -> Standing:
        """Its state after what its process told."""

    @abstractmethod
    def clear(self, state: Standing) -> None:
        """Removes what nobody needs once it has ended so."""

    def ended(self, state: Standing) -> Standing:
        """How it has ended, by what there is, where it was last seen so."""
        return state

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def started(self) -> float:
        """When it was asked for, in seconds since 1970."""
        return self._order["started"]

    @property
    def state(self) -> Standing:
        """How it stands; broken, where the process that should see to it is gone."""
        place = self._place()  # looked at first: who sees to it stores how it ended, and then lets go
        state = self._stored()
        if not state.is_live:
            return state
        if place is None:
            return self.ended(self.given_up(state))
        return replace(state, place=place if state.status == "waiting" else None)

    @property
    def is_cancelled(self) -> bool:
        """Whether it was asked to end."""
        return (self.folder / CANCELLED).exists()

    @property
    def is_held(self) -> bool:
        """Whether a process still sees to it."""
        return self._place() is not None

    @property
    def is_lost(self) -> bool:
        """Whether the process that saw to it was killed before it had ended."""
        return not self.is_held and self._stored().is_live

    def given_up(self, state: Standing) -> Standing:
        """How it has ended where its process was ended in that state."""
        if self.is_cancelled:
            return replace(state, status="cancelled")
        return replace(state, status="broken", reason=self.broken)

    def cancel(self) -> None:
        """Ends it, wherever it stands; what has ended stays as it is."""
        if self._stored().is_live:
            (self.folder / CANCELLED).touch()

    def store(self, state: Standing) -> None:
        """Keeps how it stands, for this process alone where the disk is full."""
        try:
            write_json(self.folder / STATE, asdict(state))
            self._unstored.pop(self.id, None)
        except OSError:
            self._unstored[self.id] = state

    def _place(self) -> int | None:
        return self._queue.place(self._order["ticket"])

    def _stored(self) -> Standing:
        if state := self._unstored.get(self.id):
            return state
        told: dict[str, Any] = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
        rows = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
        return self.kind(**{**told, **rows})
