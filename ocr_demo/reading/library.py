"""The checkpoints at hand, each loaded once, and again when its files have changed."""

import logging
from pathlib import Path
from threading import Lock

from ocr_demo.checkpoint import CONFIG, INT8, ONNX, WEIGHTS, Checkpoint, load_checkpoint
from ocr_demo.errors import CheckpointError, UnknownCheckpointError
from ocr_demo.reading.backends import Backend
from ocr_demo.reading.predictor import Predictor
from ocr_demo.storage import version

log = logging.getLogger(__name__)
READ_FILES = {CONFIG, WEIGHTS, ONNX, INT8}
"""What a predictor is made from."""


class Library:
    """Checkpoints by name, loaded when first asked for; safe to share between threads."""

    def __init__(
        self, folder: Path, chosen: str, backend: Backend | None = None, threads: int | None = None
    ) -> None:
        """`folder` holds checkpoints; `chosen` is the name of one of them, or another checkpoint's folder.

        `backend` and `threads` are those of each predictor.
        """
        self._backend, self._threads = backend, threads
        self._folders = _checkpoints(folder)
        if (Path(chosen) / CONFIG).is_file():
            chosen_folder = Path(chosen).resolve()
            chosen = chosen_folder.name
            self._folders[chosen] = chosen_folder
        self._predictors: dict[str, tuple[tuple, Predictor]] = {}
        self.chosen = chosen
        self.folder(chosen)
        # two first readers at once would load one twice; who reads another need not wait for it
        self._locks = {name: Lock() for name in self._folders}

    @property
    def names(self) -> list[str]:
        """The names to choose from, the chosen one first."""
        return sorted(self._folders, key=lambda name: (name != self.chosen, name))

    def predictor(self, name: str) -> Predictor:
        """The predictor of that name; a `CheckpointError` lists the choices.

        Where the folder's files have changed to what can't be loaded, it is the one loaded before.
        """
        folder = self.folder(name)
        found = version(folder, READ_FILES)
        with self._locks[name]:
            loaded, predictor = self._predictors.get(name, ((), None))
            if predictor is None or (found and found != loaded):  # none there: it is just being replaced
                predictor = self._loaded(folder, predictor)
                self._predictors[name] = found, predictor
            return predictor

    def _loaded(self, folder: Path, former: Predictor | None) -> Predictor:
        try:
            return Predictor(load_checkpoint(folder), self._backend, self._threads)
        except CheckpointError as error:
            if former is None:
                raise
            log.warning(
                "%s has changed and can't be loaded, its former weights go on reading: %s", folder, error
            )
            return former

    def checkpoint(self, name: str) -> Checkpoint:
        """The checkpoint of that name; a `CheckpointError` lists the choices."""
        return self.predictor(name).checkpoint

    def folder(self, name: str) -> Path:
        """The folder of the checkpoint of that name; an `UnknownCheckpointError` lists the choices."""
        if name not in self._folders:
            choices = ", ".join(self._folders) or "none: train one with train.py"
            raise UnknownCheckpointError(f"no checkpoint {name!r}; choose from {choices}")
        return self._folders[name]


def _checkpoints(folder: Path) -> dict[str, Path]:
    """The checkpoints in a folder by name; those with a dot are what a save is at, or was when killed."""
    found = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
    return {path.name: path for path in found if not path.name.startswith(".")}
