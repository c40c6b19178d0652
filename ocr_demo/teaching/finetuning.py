"""A short training from a checkpoint to a new one: progress per epoch, then a whole checkpoint folder."""

import logging
import shlex
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
import yaml
from torch import nn

from ocr_demo.checkpoint import Checkpoint, Contract, load_checkpoint, replaced_folder, save_checkpoint
from ocr_demo.errors import CheckpointError
from ocr_demo.evaluation.card import write_card
from ocr_demo.teaching.options import TuningEvent, TuningOptions, TuningSummary
from ocr_demo.teaching.replay import load_replay
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.tuner import Tuner

WRITING = 6.0
"""Seconds kept for writing the checkpoint, but no more than a quarter of all."""

log = logging.getLogger(__name__)


def finetune(
    base: Checkpoint,
    taught: Samples,
    folder: Path,
    options: TuningOptions,
    *,
    home: Path,
    device: torch.device | None = None,
) -> Iterator[TuningEvent]:
    """Teaches a checkpoint's network some samples and writes the whole checkpoint `folder`.

    Yields each epoch, how far it has been compared with the base then and, when the folder is there, what it
    came to; before that the folder is as it was. The caches of `home` keep what is rendered. `DataError`,
    `CheckpointError` and `OcrDemoError` say what can't be.
    """
    taught.check(base.alphabet)
    device = device or torch.device("cpu")
    replay = load_replay(base.alphabet, home, device)
    until = time.monotonic() + options.seconds - min(WRITING, options.seconds / 4)
    tuner = Tuner(base, taught, replay, options, device)
    rows = []
    for epoch in tuner.fit(until):
        rows.append(asdict(epoch))
        yield epoch
    network, contract, summary = yield from tuner.tuned()
    origins = [
        taught.origin or f"{len(taught):,} samples that a person labelled",
        replay.origin,
        f"the weights of {base.name!r} to start from",
    ]
    write_tuned(folder, contract, network, rows, recipe(base, summary, options, taught.source, origins))
    yield summary


def recipe(
    base: Checkpoint, summary: TuningSummary, options: TuningOptions, data: str, origins: list[str]
) -> str:
    """What was done, as YAML, with the command that does it again."""
    words = ["--data", data or "SOURCE", "--from", base.name, "--out", "DIR"]
    command = f"python -m ocr_demo finetune {shlex.join(words)}"
    told = {"command": command, **asdict(options), "came_to": asdict(summary), "origins": origins}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)


def write_tuned(folder: Path, contract: Contract, network: nn.Module, rows: list[dict], text: str) -> None:
    """Writes the folder with everything a checkpoint has but figures; a fault leaves what was there."""
    from ocr_demo.reading.export import export_onnx  # onnx is slow to import, and only the end needs it

    with replaced_folder(folder) as fresh:
        made = fresh / folder.name  # the card tells the folder's name
        save_checkpoint(made, network, contract, history=rows, recipe=text)
        write_card(made)
        try:
            export_onnx(load_checkpoint(made))
        except CheckpointError as error:  # of a network that can't be exported: PyTorch reads it
            log.warning("%s", error)
        for file in list(made.iterdir()):
            file.rename(fresh / file.name)
        made.rmdir()
