"""Lets so many readings run at once and so many wait; whoever comes beyond is told to come back."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from ocr_demo.errors import BusyError

Result = TypeVar("Result")
RETRY_SECONDS = 1
"""After so long most of a full queue has been read."""


class Gate:
    """Work in threads, bounded; for one event loop."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """`at_once` run, and `waiting` more wait for their turn."""
        self._at_once, self._most = at_once, at_once + waiting
        self._limiter = CapacityLimiter(at_once)
        self._inside = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return max(0, self._inside - self._at_once)

    def admit(self) -> None:
        """A `BusyError` where one more would be too many."""
        if self._inside >= self._most:
            raise BusyError("too many pictures are waiting to be read; try again in a moment", RETRY_SECONDS)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, done in a thread when its turn has come; a `BusyError` where too many wait."""
        self.admit()
        self._inside += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._inside -= 1
