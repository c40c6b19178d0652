"""Short trainings of visitors: each in a process of its own, one at a time, to be found again on disk."""

import re
import secrets
import shutil
import time
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.cores import available_cores
from ocr_demo.errors import BusyError, DataError, OptionError
from ocr_demo.teaching.difference import Difference
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.queue import RETRY_SECONDS, Queue
from ocr_demo.teaching.run import Run, RunState
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.watch import LOOK_SECONDS, Watch
from ocr_demo.teaching.work import SAMPLES, STATE, Status, put

BROUGHT = "brought"
"""The name of a checkpoint's folder that a person brought."""
MOST_THREADS = 2
"""With more a run's CPU time would be over before it has learnt: small batches don't share out well."""
ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class RunLimits:
    """What one run may have."""

    cpu_seconds: int = 60
    memory_mb: int = 3000
    """Beside what it shares with other processes."""
    threads: int = field(default_factory=lambda: min(MOST_THREADS, available_cores()))
    niceness: int = 19
    """It gives way to reading."""
    waiting: int = 20
    """Runs of all people together, the one that goes on among them."""

    @property
    def seconds(self) -> float:
        """How long a run may train: as long as its threads have CPU time."""
        return max(1.0, self.cpu_seconds / self.threads)


class Runs:
    """Starts runs, sees each through in a thread of this process, and finds those of all its processes."""

    def __init__(
        self, home: Path, limits: RunLimits | None = None, on_end: Callable[[Status], None] = lambda _: None
    ) -> None:
        """`on_end` is called with each run's outcome. Runs of a killed process are marked as broken."""
        self._home, self.limits = home, limits or RunLimits()
        self._people = home / "teaching"
        self._queue = Queue(self._people / "queue", self.limits.waiting)
        self._watch = Watch(self._queue, self.limits.threads, lambda _, state: on_end(state.status))
        self._unstored: dict[str, RunState] = {}
        self._starting = Lock()
        for stored in self._people.glob(f"*/runs/*/{STATE}"):
            self._watch.settle(self._run(stored.parent))

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
                order |= {"ticket": ticket.name, "started": self._now(person)}
                order |= {"data": samples.source, "origin": samples.origin}
                run = self._ordered(person, samples, order)
            except BaseException:
                ticket.give_up()
                raise
            self._watch.follow(run, ticket)
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
            order = {"ticket": "", "started": self._now(person), **told}
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

    @property
    def waiting(self) -> int:
        """How many runs of this process wait for their turn."""
        return self._watch.waiting

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
        self._watch.close()

    def folder(self, person: str) -> Path:
        """Where a person's runs lie; need not be there."""
        if not ID.fullmatch(person):
            raise OptionError("person: must be letters, digits, - and _")
        return self._people / person / "runs"

    def _now(self, person: str) -> float:
        """The time, after all that a person has asked for so far: the clock may have been set back."""
        newest = self.newest(person)
        return max(time.time(), newest.started + 1 if newest else 0.0)

    def _order(self, base: Path, options: TuningOptions, called: str) -> dict[str, Any]:
        """What the process of a run is told."""
        seconds = min(options.seconds, self.limits.seconds)
        limits = {key: value for key, value in asdict(self.limits).items() if key != "waiting"}
        return {
            "work": "training",
            "base": str(base),
            "called": called,
            "name": f"{called}-taught",
            "home": str(self._home.resolve()),
            "options": asdict(replace(options, seconds=seconds)),
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
        """A run with what it is found by."""
        samples.save(folder / SAMPLES)
        put(folder, order, state)
        return self._run(folder)

    def _run(self, folder: Path) -> Run:
        return Run(folder, self._queue, self._unstored)
