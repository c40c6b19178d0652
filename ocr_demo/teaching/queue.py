"""Who may train: one run at a time, in the order they came, whichever of the app's processes each is in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ocr_demo.errors import BusyError

RETRY_SECONDS = 60


class Ticket:
    """A place in the queue, kept for as long as this process lives or until it is given up."""

    def __init__(self, lock: FileLock, name: str) -> None:
        self._lock, self.name = lock, name

    def give_up(self) -> None:
        path = Path(self._lock.lock_file)
        path.unlink(missing_ok=True)
        self._lock.release()


class Queue:
    """Tickets in a folder, each a file that the process which took it holds a lock on.

    The system lets go of a lock when its process ends, however it ends: what a killed process held is free.
    """

    def __init__(self, folder: Path, most: int) -> None:
        """At most `most` tickets are out at once."""
        self._folder, self._most = folder, most

    def take(self) -> Ticket:
        """The last place; a `BusyError` where there is none left."""
        with self._counted():
            live = self._live()
            if len(live) >= self._most:
                raise BusyError("too many trainings are waiting; try again in a few minutes", RETRY_SECONDS)
            last = int(live[-1]) if live else 0
            name = f"{max(time.time_ns(), last + 1):020d}"  # the clock may have been set back
            lock = FileLock(self._folder / name, thread_local=False)
            lock.acquire()
            return Ticket(lock, name)

    def place(self, name: str) -> int | None:
        """How many are before that ticket: 0 if it is its turn, None where nobody holds it any more."""
        with self._counted():
            live = self._live()
        return live.index(name) if name in live else None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """The time in which nobody else takes a ticket or looks at them."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / ".lock", poll_interval=0.005):
            yield

    def _live(self) -> list[str]:
        """The names of tickets that are held, the first first; what is left of others is removed."""
        names = sorted(path.name for path in self._folder.iterdir() if path.name.isdigit())
        return [name for name in names if self._is_held(self._folder / name)]

    def _is_held(self, path: Path) -> bool:
        try:
            with FileLock(path, timeout=0):
                path.unlink(missing_ok=True)
        except Timeout:
            return True
        return False
