"""Everyone's corrections: a folder for each person, which goes after a while, or when they say so."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from filelock import FileLock

from ocr_demo.errors import TeachingError
from ocr_demo.teaching.acts import FRESH, GONE, bytes_below, remove_whole
from ocr_demo.teaching.collecting import Collecting, consents, set_consent
from ocr_demo.teaching.corrections import Bounds, Collection, kept

ID = re.compile(r"[A-Za-z0-9_-]{43}")
"""What `new_id` gives: 32 random bytes, far too many to guess."""
LEFT_BEHIND = 600
"""Seconds after which an addition that is still being written never will be."""


def new_id() -> str:
    """An id that nobody can guess: whoever has it has the person's corrections."""
    return secrets.token_urlsafe(32)


def is_id(text: object) -> bool:
    """Whether a text from outside has an id's shape; nothing else may become part of a path."""
    return isinstance(text, str) and ID.fullmatch(text) is not None


class People:
    """Who taught what, below one folder, each by an id that only they know."""

    def __init__(self, home: Path, bounds: Bounds, collecting: Collecting | None = None) -> None:
        """`collecting` is told of each change, before the next can come."""
        self.home, self.bounds, self.collecting = home, bounds, collecting
        self.lock = FileLock(home / ".lock", poll_interval=0.005)
        self._room = Lock()
        self._bytes = 0

    def collection(self, id: str) -> Collection:
        """A person's corrections; a `TeachingError` where the id can't be one."""
        return Collection(self._folder(id), self.bounds, self.lock, self.take_room, self._collect)

    def consents(self, id: str) -> bool:
        """Whether the owner may have a person's corrections."""
        return self.collecting is not None and consents(self._folder(id))

    def consent(self, id: str, agrees: bool) -> None:
        """Has the owner get a person's corrections from now on, or take nothing and keep nothing."""
        folder = self._folder(id)
        with kept():
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.lock:
                set_consent(folder, agrees)
                self._collect(self.collection(id))

    def forget(self, id: str) -> None:
        """Removes everything that is kept of a person, and what the owner got from them."""
        folder = self._folder(id)
        if not folder.is_dir():
            return
        with self.lock:
            if self.collecting:
                self.collecting.forget(id)
            remove_whole(folder, self.home)

    def sweep(self) -> None:
        """Removes what has expired and what killed processes left, and measures what remains.

        To be called now and then, and before anything is added.
        """
        if not self.home.is_dir():
            return
        with self.lock:
            for folder in self._folders():
                if time.time() - last_change(folder) > self.bounds.seconds:
                    remove_whole(folder, self.home)
            self._clear_leftovers()
            with self._room:
                self._bytes = bytes_below(self.home)

    def _collect(self, collection: Collection) -> None:
        if self.collecting:
            self.collecting.copy(collection)

    def _folder(self, id: str) -> Path:
        if not is_id(id):
            raise TeachingError("this browser has no session here; allow cookies and reload the page")
        return self.home / id

    def _folders(self) -> Iterator[Path]:
        return (path for path in list(self.home.iterdir()) if is_id(path.name))

    def _clear_leftovers(self) -> None:
        for path in self.home.glob(f"{FRESH}*"):
            if abs(time.time() - path.stat().st_mtime) > LEFT_BEHIND:
                shutil.rmtree(path, ignore_errors=True)
        for path in self.home.glob(f"{GONE}*"):
            shutil.rmtree(path, ignore_errors=True)

    def take_room(self, size: int) -> None:
        """A `TeachingError` where so many more bytes are too many for the disk."""
        if self._bytes + size > self.bounds.bytes_in_all:
            self.sweep()
        with self._room:
            if self._bytes + size > self.bounds.bytes_in_all:
                raise TeachingError("there is no room for more here now; try again tomorrow")
            self._bytes += size


def last_change(folder: Path) -> float:
    """When something was last put into a person's folder or taken from it, in seconds since 1970.

    A time to come, from before the clock was set back, becomes now: else its folder would be kept too long.
    """
    now = time.time()
    parts = [folder, *(path for path in folder.iterdir() if path.is_dir())]
    for part in parts:
        if part.stat().st_mtime > now:
            os.utime(part, (now, now))
    return max(part.stat().st_mtime for part in parts)
