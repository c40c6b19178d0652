"""A run's folder: what a training needs to be looked at, and to go on after it was killed."""

import json
import pickle
import platform
import re
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from ocr_demo.errors import DataError, OcrDemoError, OptionError
from ocr_demo.storage import replaced_file, write_json
from ocr_demo.training.fit import EpochResult
from ocr_demo.training.options import TrainingOptions

OPTIONS, HISTORY, ENVIRONMENT, STATE, FINISHED = (
    "options.yaml",
    "history.json",
    "environment.json",
    "training_state.pt",
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
        its_id = re.compile(re.escape(name) + r"-\d{8}-\d{6}-\d{6}")  # not those of latin-2 for latin
        runs = [state.parent for state in home.glob(f"*/{STATE}") if its_id.fullmatch(state.parent.name)]
        unfinished = sorted(folder for folder in runs if not (folder / FINISHED).exists())
        if not unfinished:
            raise OptionError(f"resume: no unfinished run named {name} in {home}; start one without --resume")
        return cls(unfinished[-1])

    def options(self) -> TrainingOptions:
        """The options that the run was started with."""
        return replace(TrainingOptions.from_yaml(self.folder / OPTIONS), resume=True)

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

    def finish(self) -> None:
        """Marks the run as done and drops its state, the largest file by far."""
        (self.folder / FINISHED).touch()
        (self.folder / STATE).unlink(missing_ok=True)


def environment() -> dict[str, Any]:
    """What a run ran on."""
    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "command": " ".join(sys.argv),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "gpus": gpus,
        "machine": json.loads(json.dumps(platform.uname()._asdict())),
    }
