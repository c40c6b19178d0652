"""A short training as retraining needs it: from samples to a checkpoint folder, told on stderr."""

import sys
from pathlib import Path

from ocr_demo.checkpoint import Checkpoint
from ocr_demo.storage import data_home
from ocr_demo.teaching.finetuning import finetune
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.samples import Samples


def tuned(base: Checkpoint, samples: Samples, folder: Path, seconds: float) -> None:
    """Teaches a checkpoint samples in so many seconds and writes the result to a folder."""
    options = TuningOptions(seconds=seconds)
    for told in finetune(base, samples, folder, options, home=data_home()):
        print(told, file=sys.stderr, flush=True)
