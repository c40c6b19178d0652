"""Which of their own checkpoints people read with: a file beside a person's runs names the one."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from ocr_demo.checkpoint import CONFIG
from ocr_demo.errors import DataError, OcrDemoError
from ocr_demo.reading import Predictor
from ocr_demo.storage import replaced_file
from ocr_demo.teaching.run import Run
from ocr_demo.teaching.runs import Runs

USED = "used"
TAUGHT = "{called}, taught by you"
BROUGHT = "a checkpoint you brought"
"""What a checkpoint is called that a person made from the one so called."""
LOADED = 8
"""So many predictors are kept, of those who read last; each takes some 10 MB."""


class Own:
    """People's own checkpoints; safe to share between threads."""

    def __init__(self, runs: Runs, open: Callable[[Path, str], Predictor]) -> None:
        """`open` gives the predictor of a checkpoint's folder, under a name."""
        self._runs, self._open = runs, lru_cache(LOADED)(open)

    def use(self, person: str, id: str) -> None:
        """Has a person's run read for them from now on; a `DataError` where it made nothing."""
        run = self.made(person, id)
        with replaced_file(self._runs.folder(person) / USED) as partial:
            partial.write_text(run.id, encoding="ascii")

    def leave(self, person: str) -> None:
        """Has a person read with what everyone reads with."""
        (self._runs.folder(person) / USED).unlink(missing_ok=True)

    def forget(self, person: str) -> None:
        """Ends and removes a person's runs, and what is loaded of them."""
        self._runs.forget(person)
        self._open.cache_clear()

    def made(self, person: str, id: str) -> Run:
        """A person's run by its id; a `DataError` where it made no checkpoint."""
        run = self._runs.find(person, id)
        if run.state.status != "done" or not (run.checkpoint / CONFIG).is_file():
            raise DataError("that training made no checkpoint; train again")
        return run

    def run(self, person: str) -> Run | None:
        """The run whose checkpoint a person reads with, if they do; nobody's where `person` is empty."""
        try:
            named = (self._runs.folder(person) / USED).read_text(encoding="ascii")
            run = self._runs.find(person, named)
        except (OSError, OcrDemoError):
            return None
        return run if (run.checkpoint / CONFIG).is_file() else None  # its state would take locks

    def reader(self, person: str, usual: Predictor) -> Predictor:
        """What reads for a person where `usual` does for everyone: their own, if it comes from that."""
        run = self.run(person)
        return self.predictor(run) if run and run.called == usual.checkpoint.name else usual

    def predictor(self, run: Run) -> Predictor:
        """What reads with the checkpoint of a run."""
        name = BROUGHT if run.is_brought else TAUGHT.format(called=run.called)
        return self._open(run.checkpoint, name)

    def base(self, run: Run) -> Predictor:
        """What reads with the checkpoint that a run started from."""
        return self._open(run.base, run.called)
