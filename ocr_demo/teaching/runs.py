"""Short trainings of visitors: each in a process of its own, one at a time, to be found again on disk."""

import re
import secrets
import shutil
import time
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.cores import available_cores
from ocr_demo.errors import BusyError, DataError, OptionError
from ocr_demo.storage import write_json
from ocr_demo.teaching.child import Child
from ocr_demo.teaching.difference import Difference
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.queue import RETRY_SECONDS, Queue, Ticket
from ocr_demo.teaching.run import BROKEN, STATE, Run, RunState, Status, advanced
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.worker import ORDER, SAMPLES

LOOK_SECONDS = 0.2
"""Between two looks at whose turn it is, and whether a run was cancelled."""
BROUGHT = "brought"
"""The name of a checkpoint's folder that a person brought."""
ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class RunLimits:
    """What one run may have."""

    cpu_seconds: int = 60
    memory_mb: int = 3000
    """Beside what it shares with other processes."""
    threads: int = field(default_factory=available_cores)
    niceness: int = 19
    """It gives way to reading."""
    waiting: int = 20
    """Runs of all people together, the one that goes on among them."""


class Runs:
    """Starts runs, sees each through in a thread of this process, and finds those of all its processes."""

    def __init__(
        self, home: Path, limits: RunLimits | None = None, on_end: Callable[[Status], None] = lambda _: None
    ) -> None:
        """`on_end` is called with each run's outcome. Runs of a killed process are marked as broken."""
        self._home, self._limits, self._on_end = home, limits or RunLimits(), on_end
        self._people = home / "teaching"
        self._queue = Queue(self._people / "queue", self._limits.waiting)
        self._unstored: dict[str, RunState] = {}
        self._closing = Event()
        self._threads: list[Thread] = []
        self._starting = Lock()
        self._mark_broken()

    def start(
        self,
        person: str,
        samples: Samples,
        base: Path,
        options: TuningOptions | None = None,
        called: str = "",
    ) -> Run:
        """Queues a run of a person's; it goes on without whoever asked for it.

        Some samples are held out and measured. `base` is a checkpoint's folder, `called` by what people know
        it, else its own name.
        `CheckpointError` and `DataError` say what can't be trained, `BusyError` that they have a run already
        or that too many wait.
        """
        samples.check(load_checkpoint(base).alphabet)
        with self._starting:
            self.require_idle(person)
            ticket = self._queue.take()
            try:
                order = self._order(base.resolve(), options or TuningOptions(), called or base.name)
                run = self._ordered(person, samples, {"ticket": ticket.name, **order})
            except BaseException:
                ticket.give_up()
                raise
            thread = Thread(target=self._see_through, args=(run, ticket), daemon=True)
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()
        return run

    def bring(
        self, person: str, look: Callable[[Path], Difference], samples: Samples, base: Path, called: str
    ) -> Run:
        """A run that is done, of a checkpoint that a person brings and `look` puts into a folder, or refuses.

        `samples` is what it is shown on; it reads in place of `base`, which people know as `called`.
        """
        folder = self.folder(person) / secrets.token_hex(8)
        try:
            seen = look(folder / BROUGHT)
            told = {"base": str(base.resolve()), "called": called, "name": BROUGHT, "brought": True}
            order = {"ticket": "", "started": time.time(), **told}
            return self._stored(folder, samples, order, RunState("done", difference=asdict(seen)))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def find(self, person: str, run: str) -> Run:
        """The run of a person's by its id; a `DataError` where they have none of that id."""
        folder = self.folder(person) / run
        if not ID.fullmatch(run) or not (folder / STATE).is_file():
            raise DataError("there is no such training; it may have expired")
        return self._run(folder)

    def newest(self, person: str) -> Run | None:
        """The run that a person asked for last, if there is one."""
        return max(self.all(person), key=lambda run: run.started, default=None)

    def all(self, person: str) -> list[Run]:
        """A person's runs."""
        return [self._run(state.parent) for state in self.folder(person).glob(f"*/{STATE}")]

    def require_idle(self, person: str) -> None:
        """A `BusyError` while a person's training goes on, or waits for its turn."""
        newest = self.newest(person)
        if newest and newest.state.is_live:
            raise BusyError("a training of yours goes on; wait for it, or cancel it", RETRY_SECONDS)

    def keep_only(self, person: str, ids: Container[str]) -> None:
        """Removes a person's runs but these, and what goes on."""
        for run in self.all(person):
            if run.id not in ids and not run.is_held:
                shutil.rmtree(run.folder, ignore_errors=True)

    def forget(self, person: str) -> None:
        """Ends and removes all runs of a person."""
        for run in self.all(person):
            run.cancel()
            while run.is_held:
                time.sleep(LOOK_SECONDS)
        shutil.rmtree(self.folder(person), ignore_errors=True)

    def close(self) -> None:
        """Ends what this process sees through, as broken."""
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def folder(self, person: str) -> Path:
        """Where a person's runs lie; need not be there."""
        if not ID.fullmatch(person):
            raise OptionError("person: must be letters, digits, - and _")
        return self._people / person / "runs"

    def _order(self, base: Path, options: TuningOptions, called: str) -> dict[str, Any]:
        """What the process of a run is told."""
        seconds = max(1.0, min(options.seconds, self._limits.cpu_seconds / self._limits.threads))
        limits = {key: value for key, value in asdict(self._limits).items() if key != "waiting"}
        return {
            "base": str(base),
            "called": called,
            "name": f"{called}-taught",
            "home": str(self._home.resolve()),
            "options": asdict(replace(options, seconds=seconds)),
            "started": time.time(),
            **limits,
        }

    def _ordered(self, person: str, samples: Samples, order: dict[str, Any]) -> Run:
        """The folder of a new run; what can't be written is removed again."""
        folder = self.folder(person) / secrets.token_hex(8)
        try:
            folder.mkdir(parents=True)
            return self._stored(folder, samples, order, RunState("waiting"))
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _stored(self, folder: Path, samples: Samples, order: dict[str, Any], state: RunState) -> Run:
        """A run with what it is found by; its state comes last, for without one it isn't there."""
        samples.save(folder / SAMPLES)
        write_json(folder / ORDER, order)
        write_json(folder / STATE, asdict(state))
        return self._run(folder)

    def _run(self, folder: Path) -> Run:
        return Run(folder, self._queue, self._unstored)

    def _see_through(self, run: Run, ticket: Ticket) -> None:
        """To be called in a thread: the run's whole life."""
        try:
            state = self._ended(run, ticket)
            if state.status != "done":
                shutil.rmtree(run.checkpoint, ignore_errors=True)
            run.store(state)
            self._on_end(state.status)
        finally:
            ticket.give_up()

    def _ended(self, run: Run, ticket: Ticket) -> RunState:
        """Waits for a run's turn, has it trained, and gives how it ended."""
        state = RunState("waiting")
        while self._queue.place(ticket.name):
            if stopped := self._stopped(run, state):
                return stopped
            time.sleep(2 * LOOK_SECONDS)  # each look is at all tickets
        state = replace(state, status="running")
        run.store(state)
        with Child(run.folder, self._limits.threads) as child:
            for message in child.messages(LOOK_SECONDS):
                if stopped := self._stopped(run, state):
                    return stopped
                if message:
                    state = advanced(state, message)
                    run.store(state)
                if not state.is_live:
                    return state
            return replace(state, status="failed", reason=child.fault())

    def _stopped(self, run: Run, state: RunState) -> RunState | None:
        """How the run ended, if it was cancelled or this process ends."""
        if run.is_cancelled:
            return replace(state, status="cancelled")
        return replace(state, status="broken", reason=BROKEN) if self._closing.is_set() else None

    def _mark_broken(self) -> None:
        """Settles what a killed process left behind."""
        for stored in self._people.glob(f"*/runs/*/{STATE}"):
            run = self._run(stored.parent)
            state = run.state
            if state.status == "broken":
                shutil.rmtree(run.checkpoint, ignore_errors=True)
                run.store(state)
                self._on_end("broken")
