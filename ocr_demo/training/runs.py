"""A run's folder: what a training needs to be looked at, and to go on after it was killed."""

import json
import pickle
import platform
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from ocr_demo.checkpoint import replaced_folder
from ocr_demo.errors import DataError, OcrDemoError, OptionError
from ocr_demo.storage import replaced_file, write_json
from ocr_demo.training.epoch import EpochResult
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.processes import job

OPTIONS, HISTORY, ENVIRONMENT, STATE, CHECKPOINT, FINISHED = (
    "options.yaml",
    "history.json",
    "environment.json",
    "training_state.pt",
    "checkpoint",
    "finished",
)


class Run:
    """One training: its id is its folder's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def start(cls, home: Path, options: TrainingOptions) -> "Run":
        """A fresh folder below `home`, with the options and the environment in it."""
        run = cls(home / f"{options.name}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
        try:
            run.folder.mkdir(parents=True)
        except OSError as error:
            raise OcrDemoError(
                f"{run.folder} can't be made ({error.strerror}); set OCR_DEMO_HOME to a folder "
                "that can be written to"
            ) from error
        (run.folder / OPTIONS).write_text(options.to_yaml(), encoding="utf-8")
        write_json(run.folder / ENVIRONMENT, environment())
        return run

    @classmethod
    def newest_unfinished(cls, home: Path, name: str) -> "Run":
        """The run of that name to go on with; `OptionError` where there is none."""
        unfinished = [run for run in cls._of(home, name) if run.is_unfinished]
        if not unfinished:
            raise OptionError(f"resume: no unfinished run named {name} in {home}; start one without --resume")
        return unfinished[-1]

    @classmethod
    def interrupted(cls, home: Path, name: str) -> "Run | None":
        """The run of that name that this job was at before torchrun restarted it; None if it kept nothing."""
        latest = cls._of(home, name)[-1:]
        return next((run for run in latest if run.is_unfinished and run._job() == job()), None)

    @classmethod
    def _of(cls, home: Path, name: str) -> "list[Run]":
        """The runs of that name, oldest first."""
        its_id = re.compile(re.escape(name) + r"-\d{8}-\d{6}-\d{6}")  # not those of latin-2 for latin
        return [cls(folder) for folder in sorted(home.glob("*/")) if its_id.fullmatch(folder.name)]

    @property
    def is_unfinished(self) -> bool:
        """Whether there is a state to go on from."""
        return (self.folder / STATE).exists() and not (self.folder / FINISHED).exists()

    def _job(self) -> str | None:
        path = self.folder / ENVIRONMENT
        return json.loads(path.read_text(encoding="utf-8")).get("job") if path.exists() else None

    def options(self) -> TrainingOptions:
        """The options that the run was started with."""
        return replace(TrainingOptions.from_yaml(self.folder / OPTIONS), resume=True)

    def require_own(self, options: TrainingOptions, given: Mapping[str, str]) -> None:
        """An `OptionError` names the flags by which options were `given` that are not the run's own."""
        own = self.options()
        others = {flag for name, flag in given.items() if getattr(options, name) != getattr(own, name)}
        if others:
            raise OptionError(
                f"resume: the run goes on with its own options, those of {self.folder / OPTIONS}; "
                f"leave out {', '.join(sorted(others))}"
            )

    def store(self, state: dict[str, Any], history: list[EpochResult]) -> None:
        """Keeps the state after an epoch; a fault leaves the one before."""
        with replaced_file(self.folder / STATE) as partial:
            torch.save(state, partial)
            write_json(
                self.folder / HISTORY, [asdict(result) for result in history]
            )  # never behind the state

    def state(self) -> dict[str, Any]:
        """The last state stored; `DataError` where it can't be read."""
        try:
            return torch.load(self.folder / STATE, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise DataError(f"{self.folder / STATE} can't be read: {error}") from error

    def finish(self, checkpoint: Path) -> None:
        """Keeps a copy of the checkpoint it came to, and drops its state, the largest file by far.

        Done it is with the whole copy there: killed before, it is gone on with, and comes to the same again.
        """
        with replaced_folder(self.folder / CHECKPOINT) as kept:
            shutil.copytree(checkpoint, kept, dirs_exist_ok=True)
        (self.folder / FINISHED).touch()
        (self.folder / STATE).unlink(missing_ok=True)


def environment() -> dict[str, Any]:
    """What a run ran on."""
    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "command": " ".join(sys.argv),
        "job": job(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "gpus": gpus,
        "machine": json.loads(json.dumps(platform.uname()._asdict())),
    }
