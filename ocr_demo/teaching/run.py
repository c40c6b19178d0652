"""A run: a training of a person's, with where its checkpoint will be."""

import logging
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.work import SAMPLES, Work, WorkState

BROKEN = "the app was stopped while this training waited or ran; start it again"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunState(WorkState):
    """How a run stands."""

    epochs: tuple[dict[str, Any], ...] = ()
    """A row for each epoch so far, as `TuningEpoch` has them."""
    compared: float | None = None
    """How far what was trained has been compared with what it started from, 0..1; None before that."""
    summary: dict[str, Any] | None = None
    """What it came to, as `TuningSummary` has it."""
    difference: dict[str, Any] | None = None
    """What it changed, as `Difference` has it."""
    unlent: str = ""
    """Why it had no GPU where a Space lends them: it trained on the CPU."""


class Run(Work[RunState]):
    """One run."""

    broken, kind = BROKEN, RunState

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
    def options(self) -> TuningOptions:
        """What it was asked for."""
        return TuningOptions(**self._order["options"])

    @property
    def data(self) -> str:
        """The source that it learns; empty where these are the person's corrections."""
        return self._order.get("data", "")

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
        if self.is_brought:
            return replace(self.samples, source="corrections")
        _, held = self.samples.split()
        return replace(held, source="samples held out") if self.data else held

    @property
    def state(self) -> RunState:
        """How it stands: cancelled as soon as it was asked to end."""
        state = super().state
        return self.given_up(state) if state.is_live and self.is_cancelled else state

    @property
    def progress(self) -> tuple[dict[str, Any], ...]:
        """A row for each epoch so far."""
        return self._stored().epochs

    def advanced(self, state: RunState, message: dict[str, Any]) -> RunState:
        """Its state after what its process told."""
        if "epoch" in message:
            return replace(state, epochs=(*state.epochs, message["epoch"]))
        if "unlent" in message:
            log.warning("no GPU was lent to a training, which goes on on the CPU: %s", message["unlent"])
            return replace(state, epochs=(), compared=None, unlent=message["unlent"])
        if "compared" in message:
            return replace(state, compared=message["compared"])
        if "difference" in message:
            return replace(state, difference=message["difference"])
        if "summary" in message:
            return replace(state, status="done", summary=message["summary"])
        return replace(state, status="failed", reason=message["failure"], error=message["error"])

    def clear(self, state: RunState) -> None:
        """Removes what it has made so far, unless it is whole."""
        if state.status != "done":
            shutil.rmtree(self.checkpoint, ignore_errors=True)
