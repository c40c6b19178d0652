"""One person's corrections: added, changed, undone, all on disk and bounded."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import BaseFileLock

from ocr_demo.characters import Alphabet
from ocr_demo.datasets.source import stacked
from ocr_demo.errors import TeachingError
from ocr_demo.teaching import acts
from ocr_demo.teaching.correction import Correction, Draft, plane_of, require_label
from ocr_demo.teaching.samples import Samples

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounds:
    """How much is kept, and for how long."""

    corrections: int = 500
    """Of one person."""
    bytes: int = 32 * 2**20
    """Of one person, in whole blocks of the disk."""
    bytes_in_all: int = 2**30
    seconds: float = 24 * 3600
    """After so long without a change everything of a person goes."""


class Collection:
    """One person's corrections below a folder; safe to use from several threads and processes."""

    def __init__(
        self,
        folder: Path,
        bounds: Bounds,
        lock: BaseFileLock,
        take_room: Callable[[int], None] = lambda size: None,
        changed: Callable[["Collection"], None] = lambda collection: None,
    ) -> None:
        """`folder` is the person's own, in the folder of all, whose `lock` one thread can hold at a time.

        `take_room` raises where so many bytes are too many for the disk; `changed` is called after each
        change, with the lock held.
        """
        self.folder, self.bounds = folder, bounds
        self._home, self._acts, self._lock = folder.parent, folder / "corrections", lock
        self._take_room, self._changed = take_room, changed

    def corrections(self) -> tuple[Correction, ...]:
        """What there is, oldest first."""
        if not self._acts.is_dir():  # nothing to lock either, perhaps on a disk that can't be written to
            return ()
        with self._lock:
            return tuple(acts.replayed(acts.acts_in(self._acts)).values())

    def add(self, drafts: Sequence[Draft]) -> tuple[Correction, ...]:
        """Keeps all of them, on disk when this returns, or none; a `TeachingError` says why not."""
        if not drafts:
            return ()
        self.require_count(len(drafts))
        with kept(), acts.staged(self._home, drafts) as stage, self._lock:
            self._require_room(len(drafts), acts.bytes_below(stage) + 2 * acts.BLOCK)  # its facts, and it
            added = acts.add(stage, drafts, self._acts, acts.acts_in(self._acts))
            self._afterwards()
        return tuple(added)

    def relabel(self, ids: Sequence[str], label: str) -> int:
        """Gives some of the corrections another label; gives how many it was another for."""
        require_label(label)
        return self._change({id: label for id, each in self._known(ids).items() if each.label != label})

    def remove(self, ids: Sequence[str]) -> int:
        """Removes some of the corrections; gives how many there were."""
        return self._change(dict.fromkeys(self._known(ids)))

    def clear(self) -> int:
        """Removes all corrections, as far as undo goes; gives how many there were."""
        return self.remove([each.id for each in self.corrections()])

    def undo(self, only: str | None = None) -> bool:
        """Takes the last act back; False where there is none, or it isn't that which added `only`."""
        if not self._acts.is_dir():
            return False
        with self._lock:
            done = acts.acts_in(self._acts)
            if not done or (only is not None and acts.picture_path(self._acts, only).parent != done[-1].path):
                return False
            acts.withdraw(done[-1], self._home)
            self._afterwards()
            return True

    @property
    def undoable(self) -> bool:
        """Whether there is an act to take back."""
        return bool(acts.acts_in(self._acts))

    def samples(self, alphabet: Alphabet) -> Samples:
        """The glyphs and labels for training; those of other alphabets are left out."""
        known = [
            (alphabet.index(each.label), plane_of(glyph))
            for each, glyph in self.with_files(self.glyph, alphabet)
        ]
        labels = np.array([index for index, _ in known], np.int64)
        return Samples(stacked([glyph for _, glyph in known]), labels)

    def with_files(
        self, file: Callable[[str], bytes], alphabet: Alphabet | None = None
    ) -> list[tuple[Correction, bytes]]:
        """The corrections, each with its `picture` or `glyph`, but those that are removed meanwhile.

        Where an `alphabet` is given, those with labels of it.
        """
        found = []
        for each in self.corrections():
            if alphabet and each.label not in alphabet.labels:
                continue
            with suppress(FileNotFoundError):
                found.append((each, file(each.id)))
        return found

    def picture(self, id: str) -> bytes:
        """The PNG of the picture of one of the `corrections`."""
        return acts.picture_path(self._acts, id).read_bytes()

    def glyph(self, id: str) -> bytes:
        """The PNG of the glyph of one of the `corrections`."""
        return acts.glyph_path(self._acts, id).read_bytes()

    def _known(self, ids: Sequence[str]) -> dict[str, Correction]:
        wanted = frozenset(ids)
        return {each.id: each for each in self.corrections() if each.id in wanted}

    def _change(self, changes: acts.Changes) -> int:
        if not changes:
            return 0
        with kept(), self._lock:
            acts.change(changes, self._acts, acts.acts_in(self._acts))
            self._afterwards()
        return len(changes)

    def _afterwards(self) -> None:
        """What follows a change that is on disk; it stands where this fails."""
        try:
            acts.settle(acts.acts_in(self._acts), self._home)
            self._changed(self)
        except OSError as error:
            log.warning("after a change of corrections: %s", error)

    def require_count(self, more: int) -> None:
        """A `TeachingError` where so many more are too many for one person."""
        if len(self.corrections()) + more > self.bounds.corrections:
            raise TeachingError(
                "one person may keep {most:,} corrections, and {more:,} more are too many; delete some first",
                most=self.bounds.corrections,
                more=more,
            )

    def _require_room(self, count: int, size: int) -> None:
        self.require_count(count)
        if acts.bytes_below(self._acts) + size > self.bounds.bytes:
            acts.settle(acts.acts_in(self._acts), self._home, undoable=0)
        if acts.bytes_below(self._acts) + size > self.bounds.bytes:
            most = f"{self.bounds.bytes / 2**20:g}"
            raise TeachingError("one person may keep {most} MiB of pictures; delete some first", most=most)
        self._take_room(size)


@contextmanager
def kept() -> Iterator[None]:
    """Says in words why the disk doesn't take something."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise TeachingError("the server can't keep this: {reason}", reason=reason) from error
