"""The checkpoints at hand, each loaded once, and again when its files have changed."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CONFIG, INT8, ONNX, WEIGHTS, Checkpoint, load_checkpoint
from ocr_demo.errors import CheckpointError, UnknownCheckpointError
from ocr_demo.hub import fetch, is_address, parse_address
from ocr_demo.reading.backends import Backend
from ocr_demo.reading.predictor import Predictor
from ocr_demo.reading.versions import Versions
from ocr_demo.storage import version

log = logging.getLogger(__name__)
READ_FILES = {CONFIG, WEIGHTS, ONNX, INT8}
"""What a predictor is made from."""
ANY = "any"
"""Names no checkpoint: whichever script's knows a glyph best reads it."""


@dataclass(frozen=True)
class Loaded:
    """A predictor, and the files it was made from."""

    predictor: Predictor
    files: tuple[object, ...]


class Library:
    """Checkpoints by name, loaded when first asked for; safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        chosen: str,
        backend: Backend | None = None,
        threads: int | None = None,
        promoted: Path | None = None,
    ) -> None:
        """`folder` holds checkpoints; `chosen` is the name of one of them, another checkpoint's folder, or
        `hub:OWNER/NAME`, or `ANY`.

        `backend` and `threads` are those of each predictor. `promoted` holds versions that read in place of
        the checkpoints in `folder`, by their names; a folder that is chosen reads itself.
        """
        self._backend, self._threads = backend, threads
        self._folders = _checkpoints(folder)
        self._promoted = promoted
        self._as_they_are: set[str] = set()
        if is_address(chosen):
            address = parse_address(chosen)
            chosen = self._as_it_is(address.title, fetch(address))
        elif (Path(chosen) / CONFIG).is_file():
            chosen = self._as_it_is(Path(chosen).resolve().name, Path(chosen).resolve())
        self._predictors: dict[str, Loaded] = {}
        self.chosen = chosen
        if chosen not in self.choices:
            raise _unknown(chosen, self._folders)  # without `ANY`, which only some who make one can read with
        # two first readers at once would load one twice; who reads another need not wait for it
        self._locks = {name: Lock() for name in self._folders}

    def add(self, named: str) -> str:
        """Has a further checkpoint read, before any other thread does, and gives its name.

        It is a name that there is, a promoted version such as latin@v2, or a checkpoint's folder; an
        `UnknownCheckpointError` lists the choices.
        """
        name, _, wanted = named.partition("@")
        folder = Path(named).resolve()
        if wanted and name in self._folders and (versions := self.versions(name)):
            if wanted not in versions.names():
                raise _unknown(named, [f"{name}@{version}" for version in versions.names()])
            self._as_it_is(named, versions.path(wanted))
        elif named not in self._folders and (folder / CONFIG).is_file():
            if folder.name in self._folders:
                raise UnknownCheckpointError(
                    "there is another checkpoint {name!r}; rename the folder {folder}",
                    name=folder.name,
                    folder=folder,
                )
            named = self._as_it_is(folder.name, folder)
        self.folder(named)
        self._locks.setdefault(named, Lock())
        return named

    @property
    def names(self) -> list[str]:
        """The names to choose from, the chosen one first."""
        return sorted(self._folders, key=lambda name: (name != self.chosen, name))

    @property
    def choices(self) -> list[str]:
        """What a picture can be read with: the names, and `ANY` where there are several scripts."""
        return [*self.names, *([ANY] if len(self._scripts) > 1 else [])]

    def readers(self, name: str) -> list[str]:
        """The names of the checkpoints that may read for a choice; an `UnknownCheckpointError` lists all."""
        if name not in self.choices:
            raise _unknown(name, self.choices)
        return self._scripts if name == ANY else [name]

    def first(self, name: str) -> str:
        """The one checkpoint that stands for a choice where only one can: for `ANY` the first alphabet's."""
        return self.readers(name)[0]

    def alphabets(self, name: str) -> list[str]:
        """The names of the alphabets that a choice reads; a `CheckpointError` where that can't be told."""
        return [load_checkpoint(self.folder(each)).contract.alphabet for each in self.readers(name)]

    def reader(self, name: str, glyph: NDArray[np.uint8]) -> Predictor:
        """What reads a glyph (64, 64): the predictor of that name, for `ANY` the one that knows it best."""
        predictors = [self.predictor(each) for each in self.readers(name)]
        if len(predictors) == 1:
            return predictors[0]
        known = [predictor.familiarity(predictor.logits(glyph[None]))[0] for predictor in predictors]
        return predictors[int(np.argmax(known))]

    @property
    def _scripts(self) -> list[str]:
        """For each alphabet the checkpoint that is named after it, where there is one."""
        return [name for name in ALPHABETS if name in self._folders]

    def predictor(self, name: str) -> Predictor:
        """The predictor of that name; a `CheckpointError` lists the choices.

        Where the files have changed it is loaded anew by one reader, while others go on with the former; they
        do so for good where the new files can't be loaded.
        """
        folder = self.folder(name)
        found = version(folder, READ_FILES)
        files = (folder, *found)
        former = self._predictors.get(name)
        if former and (not found or former.files == files):  # none there: it is just being replaced
            return former.predictor
        if not self._locks[name].acquire(blocking=former is None):
            assert former
            return former.predictor
        try:
            return self._load(name, folder, files).predictor
        finally:
            self._locks[name].release()

    def open(self, folder: Path, name: str) -> Predictor:
        """A predictor of any checkpoint's folder, under that name; it isn't kept."""
        return Predictor(load_checkpoint(folder, name), self._backend, self._threads)

    def _load(self, name: str, folder: Path, files: tuple[object, ...]) -> Loaded:
        """What another reader has loaded meanwhile, or what is loaded now; call with the name's lock held."""
        former = self._predictors.get(name)
        if former is None or former.files != files:
            self._predictors[name] = former = Loaded(self._opened(name, folder, former), files)
        return former

    def _opened(self, name: str, folder: Path, former: Loaded | None) -> Predictor:
        shipped = self._folders[name]
        try:
            return self.open(folder, name)
        except CheckpointError as error:
            if former is None and folder == shipped:
                raise
            reader = former.predictor.checkpoint.folder if former else shipped
            log.warning("%s can't be loaded, %s reads in its place: %s", folder, reader, error)
            if former:
                return former.predictor
        return self.open(shipped, name)

    def checkpoint(self, name: str) -> Checkpoint:
        """The checkpoint of that name; a `CheckpointError` lists the choices."""
        return self.predictor(name).checkpoint

    def folder(self, name: str) -> Path:
        """The folder that reads under that name; an `UnknownCheckpointError` lists the choices."""
        versions = self.versions(name)
        return versions.served_folder() if versions else self._folders[name]

    def versions(self, name: str) -> Versions | None:
        """The versions of the checkpoint of that name; None for one that is read as it is.

        An `UnknownCheckpointError` lists the choices.
        """
        if name not in self._folders:
            raise _unknown(name, self._folders)
        if self._promoted is None or name in self._as_they_are:
            return None
        return Versions(name, self._promoted / name, self._folders[name])

    def _as_it_is(self, name: str, folder: Path) -> str:
        """Takes in a folder that no promoted version stands in for; gives its name."""
        self._folders[name] = folder
        self._as_they_are.add(name)
        return name


def _unknown(name: str, choices: Iterable[str]) -> UnknownCheckpointError:
    told = ", ".join(choices) or "none: train one with train.py"
    return UnknownCheckpointError("no checkpoint {name!r}; choose from {choices}", name=name, choices=told)


def _checkpoints(folder: Path) -> dict[str, Path]:
    """The checkpoints in a folder by name; those with a dot are what a save is at, or was when killed."""
    found = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
    return {path.name: path for path in found if not path.name.startswith(".")}
