"""Sees pieces of work through, each from its turn in the queue to how it ended."""

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread
from typing import Any

from ocr_demo.teaching.child import Child
from ocr_demo.teaching.queue import Queue, Ticket
from ocr_demo.teaching.work import Work

LOOK_SECONDS = 0.2
"""Between two looks at whose turn it is, and whether a piece of work was cancelled."""


class Watch:
    """A thread of this process for each piece of work, and for each that goes on a process of its own."""

    def __init__(self, queue: Queue, threads: int, on_end: Callable[[Any, Any], None]) -> None:
        """`threads` is how many a process may have; `on_end` is called with each, and how it has ended."""
        self._queue, self._threads, self._on_end = queue, threads, on_end
        self._closing = Event()
        self._watching: list[Thread] = []
        self._waiting: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many of those that this process sees through wait for their turn."""
        return len(self._waiting)

    def follow(self, work: Work[Any], ticket: Ticket) -> None:
        """Has it done when it is the ticket's turn, which is then given up."""
        thread = Thread(target=self._see_through, args=(work, ticket), daemon=True)
        self._watching = [each for each in self._watching if each.is_alive()] + [thread]
        thread.start()

    def settle(self, work: Work[Any]) -> None:
        """Keeps how it ended, where a killed process saw to it."""
        if work.is_lost:
            self._end(work, work.state)

    def close(self) -> None:
        """Ends what this process sees through, as broken."""
        self._closing.set()
        for thread in self._watching:
            thread.join()

    def _see_through(self, work: Work[Any], ticket: Ticket) -> None:
        """To be called in a thread: the work's whole life."""
        try:
            self._end(work, work.ended(self._last(work, ticket)))
        finally:
            ticket.give_up()

    def _end(self, work: Work[Any], state: Any) -> None:
        work.clear(state)
        self._on_end(work, state)
        work.store(state)  # comes last: whoever sees that it has ended finds all else done

    def _last(self, work: Work[Any], ticket: Ticket) -> Any:
        """Waits for its turn, has it done, and gives the last that was seen of it."""
        state = work.kind("waiting")
        self._waiting.add(work.id)
        try:
            while self._queue.place(ticket.name):
                if self._is_over(work):
                    return work.given_up(state)
                time.sleep(2 * LOOK_SECONDS)  # each look is at all tickets
        finally:
            self._waiting.discard(work.id)
        state = replace(state, status="running")
        work.store(state)
        with Child(work.folder, self._threads) as child:
            for message in child.messages(LOOK_SECONDS):
                if self._is_over(work):
                    return work.given_up(state)
                if not message:
                    continue
                state = work.advanced(state, message)
                if not state.is_live:
                    return state
                work.store(state)
            fault = child.fault()
            return replace(state, status="failed", reason=str(fault), error=fault.as_json())

    def _is_over(self, work: Work[Any]) -> bool:
        return work.is_cancelled or self._closing.is_set()
