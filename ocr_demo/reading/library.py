"""The checkpoints at hand, each loaded once, and again when its files have changed."""

from pathlib import Path
from threading import Lock

from ocr_demo.checkpoint import CONFIG, Checkpoint, load_checkpoint
from ocr_demo.errors import CheckpointError
from ocr_demo.reading.backends import Backend
from ocr_demo.reading.predictor import Predictor

_Age = tuple[tuple[str, int, int], ...]


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
        self._predictors: dict[str, tuple[_Age, Predictor]] = {}
        self._lock = Lock()
        self.chosen = chosen
        self.folder(chosen)

    @property
    def names(self) -> list[str]:
        """The names to choose from, the chosen one first."""
        return sorted(self._folders, key=lambda name: (name != self.chosen, name))

    def predictor(self, name: str) -> Predictor:
        """The predictor of that name; a `CheckpointError` lists the choices."""
        folder = self.folder(name)
        with self._lock:  # two first readers at once would load it twice
            age, predictor = self._predictors.get(name, ((), None))
            found = _age(folder)
            if predictor is None or (found and found != age):  # nothing there: it is just being replaced
                predictor = Predictor(load_checkpoint(folder), self._backend, self._threads)
                self._predictors[name] = found, predictor
            return predictor

    def checkpoint(self, name: str) -> Checkpoint:
        """The checkpoint of that name; a `CheckpointError` lists the choices."""
        return self.predictor(name).checkpoint

    def folder(self, name: str) -> Path:
        """The folder of the checkpoint of that name; a `CheckpointError` lists the choices."""
        if name not in self._folders:
            choices = ", ".join(self._folders) or "none: train one with train.py"
            raise CheckpointError(f"no checkpoint {name!r}; choose from {choices}")
        return self._folders[name]


def _age(folder: Path) -> _Age:
    """Changes whenever the files that a checkpoint is read from do; empty while there is none."""
    try:
        files = [(file.name, file.stat()) for file in sorted(folder.iterdir())]
    except OSError:
        return ()
    read = [(name, status) for name, status in files if name == CONFIG or name.startswith("model.")]
    return tuple((name, status.st_mtime_ns, status.st_ino) for name, status in read)


def _checkpoints(folder: Path) -> dict[str, Path]:
    """The checkpoints in a folder by name; those with a dot are what a save is at, or was when killed."""
    found = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
    return {path.name: path for path in found if not path.name.startswith(".")}
