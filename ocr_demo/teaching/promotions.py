"""Promotions that the owner asks the app for: one at a time, each in a process of its own."""

import logging
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ocr_demo.cores import available_cores
from ocr_demo.errors import BusyError, PromotionError
from ocr_demo.reading.versions import Versions
from ocr_demo.teaching.apart import NICENESS
from ocr_demo.teaching.promotion import clear, collected, writing
from ocr_demo.teaching.queue import Queue, Ticket
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.watch import Watch
from ocr_demo.teaching.work import SAMPLES, STATE, Work, WorkState, put

BY = "the owner"
BROKEN = "the app was stopped meanwhile, so nothing has changed; start it again"
GOING_ON = "another promotion is going on; wait for it, or cancel it"
QUEUE, SENT = "queue", "sent"
Stage = Literal["waiting", "measuring", "promoted", "refused", "cancelled", "failed"]
Found = tuple[Path, Samples | None]
"""A candidate's folder, and samples that it didn't learn from."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PromotionState(WorkState):
    """How a promotion stands."""

    measuring: str = ""
    """The set that is read; empty while the sets are made ready."""
    share: float = 0.0
    """Of all that is to be read, 0..1."""
    seconds_left: float | None = None
    """None where nothing has been read yet."""
    version: str = ""
    """What reads now, where it was promoted."""
    figures: tuple[dict[str, Any], ...] = ()
    """What was measured, as `Compared` has it."""

    @property
    def stage(self) -> Stage:
        if self.status == "done":
            return "promoted" if self.version else "refused"
        if self.is_live:
            return "measuring" if self.measuring else "waiting"
        return "cancelled" if self.status == "cancelled" else "failed"


class PromotionRun(Work[PromotionState]):
    """One promotion, on its way or ended."""

    broken, kind = BROKEN, PromotionState

    @property
    def candidate(self) -> Path:
        """The folder of what is to be promoted; it may be gone once this has ended."""
        return Path(self._order["candidate"])

    @property
    def versions(self) -> Versions:
        """Those of the checkpoint in whose place it is to read."""
        return versions_of(self._order)

    def advanced(self, state: PromotionState, message: dict[str, Any]) -> PromotionState:
        """Its state after what its process told."""
        if told := message.get("measuring"):
            share, left = told["share"], told["seconds_left"]
            return replace(state, measuring=told["name"], share=share, seconds_left=left)
        if told := message.get("promoted"):
            return _promoted(state, told)
        if "refused" in message:
            figures = tuple(message["figures"])
            reason, error = message["refused"], message["error"]
            return replace(state, status="done", reason=reason, error=error, figures=figures)
        return replace(state, status="failed", reason=message["failure"], error=message["error"])

    def ended(self, state: PromotionState) -> PromotionState:
        """How it has ended: promoted, where its process was ended after it had switched."""
        served = Promotion.find(self.versions, self.versions.served())
        return _promoted(state, asdict(served)) if served and served.run == self.id else state

    def clear(self, state: PromotionState) -> None:
        """Removes what it was given, and a version that is half written."""
        shutil.rmtree(self.folder / SENT, ignore_errors=True)
        (self.folder / SAMPLES).unlink(missing_ok=True)
        clear(self.versions)


class Promotions:
    """Starts promotions, sees each through in a thread of this process, and finds that of any process."""

    def __init__(self, home: Path) -> None:
        """What a killed process left is settled."""
        self._folder = home / "promotions"
        self._queue = Queue(self._folder / QUEUE, 1)
        self._watch = Watch(self._queue, available_cores(), _log)
        self._unstored: dict[str, PromotionState] = {}
        if newest := self.newest():
            self._watch.settle(newest)

    def start(self, versions: Versions, find: Callable[[Path], Found]) -> PromotionRun:
        """Has a candidate promoted if it is better; it goes on without whoever asked for it.

        `find` gives the candidate; it may put one into the folder it is given. A `PromotionError` says that
        another promotion goes on, or that there is nothing to hold it against.
        """
        with writing(self._folder):
            ticket = self._ticket()
            folder = self._folder / secrets.token_hex(8)
            try:
                folder.mkdir()
                put(
                    folder,
                    self._order(folder, ticket, versions, *find(folder / SENT)),
                    PromotionState("waiting"),
                )
                run = self._run(folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                ticket.give_up()
                raise
        self._watch.follow(run, ticket)
        return run

    def newest(self) -> PromotionRun | None:
        """The promotion that was asked for last, if there was one."""
        runs = (self._run(state.parent) for state in self._folder.glob(f"*/{STATE}"))
        return max(runs, key=lambda run: run.started, default=None)

    def close(self) -> None:
        """Ends what this process sees through."""
        self._watch.close()

    def _ticket(self) -> Ticket:
        while True:
            try:
                return self._queue.take()
            except BusyError:
                newest = self.newest()
                if newest is None or newest.state.is_live:
                    raise PromotionError(GOING_ON) from None
                time.sleep(0.05)  # it has just ended, and lets go; or another has just come

    def _order(
        self, folder: Path, ticket: Ticket, versions: Versions, candidate: Path, unlearnt: Samples | None
    ) -> dict[str, Any]:
        """What the process of a promotion is told."""
        data = collected(versions)
        if not data and not unlearnt:
            raise PromotionError(
                "no corrections have been collected here; set OCR_DEMO_COLLECT=1 to collect some, "
                "or name a source on the command line with --data"
            )
        if unlearnt:
            unlearnt.save(folder / SAMPLES)
        before = self._keep_newest(folder)
        return {
            "work": "promotion",
            "ticket": ticket.name,
            "started": max(time.time(), before + 1),  # the clock may have been set back
            "candidate": str(candidate.resolve()),
            "checkpoint": versions.name,
            "versions": str(versions.folder.resolve()),
            "shipped": str(versions.shipped.resolve()),
            "data": data,
            "samples": unlearnt.source if unlearnt else "",
            "by": BY,
            "niceness": NICENESS,
        }

    def _keep_newest(self, folder: Path) -> float:
        """Removes what is older than the one before this; that may just be looked at. Gives when it began."""
        newest = self.newest()
        for other in self._folder.iterdir():
            if other.name not in (QUEUE, folder.name, newest.id if newest else ""):
                shutil.rmtree(other, ignore_errors=True)
        return newest.started if newest else 0.0

    def _run(self, folder: Path) -> PromotionRun:
        return PromotionRun(folder, self._queue, self._unstored)


def versions_of(order: dict[str, Any]) -> Versions:
    """The versions that an order is about."""
    return Versions(order["checkpoint"], Path(order["versions"]), Path(order["shipped"]))


def samples_of(folder: Path, order: dict[str, Any]) -> list[Samples]:
    """The samples that the candidate of an order didn't learn from, if it has any."""
    return [replace(Samples.load(folder / SAMPLES), source=order["samples"])] if order["samples"] else []


def _promoted(state: PromotionState, promotion: dict[str, Any]) -> PromotionState:
    version, figures = promotion["version"], tuple(promotion["figures"])
    return replace(state, status="done", reason="", share=1.0, version=version, figures=figures)


def _log(run: PromotionRun, state: PromotionState) -> None:
    did = "promoted" if state.version else f"did not promote ({state.stage})"
    log.info("%s %s %s to %s", BY, did, run.candidate.name, run.versions.name)
