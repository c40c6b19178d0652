"""A whole training: data, network, engine, run folder, calibration, checkpoint."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor, nn

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import Checkpoint, Contract, save_checkpoint
from ocr_demo.datasets import GlyphSet, load_glyphs, parse_spec, usable_sources
from ocr_demo.datasets.source import Source
from ocr_demo.errors import DataError, OptionError
from ocr_demo.evaluation.calibration import fit_temperature, fit_threshold, negative_energy
from ocr_demo.evaluation.card import write_card
from ocr_demo.hub import open_checkpoint
from ocr_demo.models import build_model
from ocr_demo.training.distillation import Teachers
from ocr_demo.training.epoch import EpochResult
from ocr_demo.training.fit import Trainer
from ocr_demo.training.limits import require_compiler
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.precision import require_precision
from ocr_demo.training.processes import Processes, has_restarted, leads
from ocr_demo.training.runs import Run
from ocr_demo.training.samples import split_samples

ROUNDING = 1e-3
"""More than energies differ between batch sizes and backends: what it was fitted on passes a threshold."""


def settled(options: TrainingOptions, home: Path, given: Mapping[str, str] | None = None) -> TrainingOptions:
    """The options to train with: of the run to go on with, by `resume` or because torchrun restarted this.

    An `OptionError` where options that were `given`, each with the flag that gives it, are not the run's own.
    Other machines than the leading process's may not have that run, and take theirs from it later.
    """
    try:
        run = _earlier_run(options, home / "runs")
        if run and options.resume:
            run.require_own(options, given or {})
    except OptionError:
        if leads():
            raise
        return options
    return run.options() if run else options


def _earlier_run(options: TrainingOptions, runs: Path) -> Run | None:
    if options.resume:
        return Run.newest_unfinished(runs, options.name)
    return Run.interrupted(runs, options.name) if has_restarted() else None


def train(
    options: TrainingOptions, home: Path, processes: Processes, show: bool = False
) -> Iterator[EpochResult]:
    """Trains as the options say and writes the checkpoint `options.output`/`options.name`.

    Yields each epoch's result, its state being stored already below `home`/runs. `show` draws progress
    bars on stderr. Closing the generator leaves a run that `resume` goes on with.
    """
    former, options, state = processes.as_leader_has(lambda: _former(options, home / "runs"))
    student = _student(options, processes)
    sources = usable_sources(options.data, options.outlier_data, ALPHABETS[options.alphabet])
    sets, outliers = (
        _load_sets(specs, sources, options, home, processes, show)
        for specs in (options.data, options.outlier_data)
    )
    trainer = _trainer(student, sets, outliers, options, processes)
    if former and state:
        _go_on(trainer, former, state)
    # what is refused before leaves no run
    run = former or processes.as_leader_has(lambda: Run.start(home / "runs", options))
    for result in trainer.fit(show=show and processes.leads):
        if processes.leads:
            run.store(trainer.state(), trainer.history)
        yield result
    if processes.leads:
        origins = [*(glyph_set.origin for glyph_set in [*sets, *outliers]), *student.origins]
        run.finish(_write_checkpoint(trainer, origins, options))
    processes.wait()


def _go_on(trainer: Trainer, run: Run, state: dict[str, Any]) -> None:
    """Takes up a run's last state; `DataError` where it is another network's, or another version's."""
    try:
        trainer.load_state(state)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"resume: {run.folder} can't be gone on with ({error}); start a run anew") from error


def _former(
    options: TrainingOptions, runs: Path
) -> tuple[Run | None, TrainingOptions, dict[str, Any] | None]:
    """The run to go on with, if one is, the options to train with, and its last state."""
    _require_writable(Path(options.output))
    if not options.resume:
        return None, options, None
    run = Run.newest_unfinished(runs, options.name)
    return run, run.options(), run.state()


def _require_writable(folder: Path) -> None:
    """Finds out before the training, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(
            f"output: {folder} can't be made ({error.strerror}); name another folder"
        ) from error
    if not os.access(folder, os.W_OK):
        raise OptionError(f"output: {folder} can't be written to; name another folder")


def _load_sets(
    specs: list[str],
    sources: Mapping[str, Source],
    options: TrainingOptions,
    home: Path,
    processes: Processes,
    show: bool,
) -> list[GlyphSet]:
    alphabet, progress = ALPHABETS[options.alphabet], show and processes.leads
    return [
        load_glyphs(spec, alphabet, source=sources[spec], cache=home / "cache", progress=progress)
        for spec in specs
    ]


@dataclass(frozen=True)
class _Student:
    """A network to train, and what it learns from beside the data."""

    network: nn.Module
    teachers: Teachers | None
    origins: tuple[str, ...]
    """What the model card tells of both, a line each."""


def _student(options: TrainingOptions, processes: Processes) -> _Student:
    """Made before any data is, which may take hours: an `OptionError` tells what can't go together."""
    processes.require_shared(options.batch_size)
    require_precision(options.precision, processes.device)
    require_compiler(options)
    torch.manual_seed(options.seed)
    fetched = options.pretrained and not options.resume  # a state to go on from has its own weights
    arguments = {**options.model_arguments, **({"pretrained": True} if fetched else {})}
    network = build_model(options.model, len(ALPHABETS[options.alphabet].labels), **arguments)
    origins = []
    if options.start_from:
        base = open_checkpoint(options.start_from)
        origins.append(f"the weights of {base.name!r} to start from, after its {len(base.history())} epochs")
        if not options.resume:
            start_from(network, base, options)
    taught = [open_checkpoint(folder) for folder in options.teachers]
    if taught:
        names = ", ".join(repr(checkpoint.name) for checkpoint in taught)
        origins.append(f"the answers of {names} beside the labels")
    return _Student(network, Teachers(taught, options) if taught else None, tuple(origins))


def _trainer(
    student: _Student,
    sets: list[GlyphSet],
    outliers: list[GlyphSet],
    options: TrainingOptions,
    processes: Processes,
) -> Trainer:
    weights = [parse_spec(spec)[1] for spec in options.data]
    training, validation = split_samples(
        sets, weights, options.validation, options.validation_seed, processes.device
    )
    shapes = _outlier_glyphs(outliers, options).to(processes.device) if outliers else None
    return Trainer(student.network, training, validation, options, processes, shapes, student.teachers)


def _outlier_glyphs(sets: list[GlyphSet], options: TrainingOptions) -> Tensor:
    """(M, 64, 64) `uint8`: of each source of outliers the share that its weight says."""
    random = np.random.default_rng(options.seed)
    parts = []
    for glyph_set, spec in zip(sets, options.outlier_data, strict=True):
        count = round(len(glyph_set) * min(1.0, parse_spec(spec)[1]))
        parts.append(glyph_set.glyphs[np.sort(random.permutation(len(glyph_set))[:count])])
    return torch.from_numpy(np.concatenate(parts))


def start_from(network: nn.Module, checkpoint: Checkpoint, options: TrainingOptions) -> None:
    """Puts a checkpoint's weights into a network of the same architecture.

    Of another alphabet's it takes all but the last layer: what tells its strokes tells others' too.
    """
    contract = checkpoint.contract
    there = (contract.architecture, dict(contract.arguments))
    if there != (options.model, options.model_arguments):
        raise OptionError(
            f"start_from: {checkpoint.folder} is a {contract.architecture} {dict(contract.arguments)}, "
            f"this run trains a {options.model} {options.model_arguments}"
        )
    weights = checkpoint.network().state_dict()
    if contract.labels != ALPHABETS[options.alphabet].labels:
        own = network.state_dict()
        last = [name for name, _ in network.named_parameters()][-2:]
        weights |= {name: own[name] for name in last}
    network.load_state_dict(weights)


def _write_checkpoint(trainer: Trainer, origins: list[str], options: TrainingOptions) -> Path:
    """The folder of the best network, with a temperature and a threshold fitted on the validation samples."""
    network, *measured = trainer.best()
    logits, labels = (tensor.cpu().numpy() for tensor in measured)
    contract = Contract(
        architecture=options.model,
        labels=ALPHABETS[options.alphabet].labels,
        alphabet=options.alphabet,
        arguments=options.model_arguments,
        temperature=fit_temperature(logits, labels),
        threshold=fit_threshold(negative_energy(logits)) - ROUNDING,
    )
    recipe = replace(options, resume=False).to_yaml() + yaml.safe_dump(
        {"origins": origins}, allow_unicode=True
    )
    folder = Path(options.output) / options.name
    history = [asdict(result) for result in trainer.history]
    save_checkpoint(folder, network, contract, history=history, recipe=recipe, half=options.half)
    write_card(folder)
    return folder
