"""The command line's part of teaching: fine-tune, promote, roll back, list versions, retrain."""

import json as json_module
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import tyro
from tqdm import tqdm

from ocr_demo.checkpoint import CHECKPOINTS, CONFIG, Checkpoint, load_checkpoint
from ocr_demo.datasets import load_glyphs, refuse_weights
from ocr_demo.errors import OptionError
from ocr_demo.reading.library import Library
from ocr_demo.reading.versions import Versions, promoted_home
from ocr_demo.storage import data_home
from ocr_demo.teaching.meter import Measuring
from ocr_demo.teaching.options import Layers, TuningOptions, TuningSummary
from ocr_demo.teaching.promotion import collected, promote_on_sources, roll_back
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.verdict import Compared, Told


def finetune_command(
    data: str,
    base: Annotated[str, tyro.conf.arg(name="from")],
    out: Path,
    epochs: int = TuningOptions.epochs,
    seconds: float = TuningOptions.seconds,
    learning_rate: float = TuningOptions.learning_rate,
    layers: Layers = TuningOptions.layers,
    seed: int = TuningOptions.seed,
    device: str = "auto",
) -> int:
    """Teaches a checkpoint a handful of samples, in seconds, and writes the checkpoint that has learnt them.

    Args:
        data: The source of the samples, such as folder:PATH or npz:PATH.
        base: What to start from: a name in checkpoints/, a checkpoint's folder, or hub:OWNER/NAME. It stays
            as it is.
        out: The folder to write, a checkpoint that every other command takes.
        epochs: How often it goes over the samples, at most.
        seconds: The most time for training and writing; starting, and rendering what it must not forget,
            come before that.
        learning_rate: Of the last layer; each layer before it learns half as fast as the one after it.
        layers: all, or head for the last layer alone.
        seed: Another one distorts the samples otherwise.
        device: auto, cpu, cuda or cuda:N.
    """
    from ocr_demo.teaching.finetuning import finetune  # brings PyTorch, slow to import
    from ocr_demo.training.processes import choose_device

    refuse_weights([data], "finetune")
    options = TuningOptions(epochs, seconds, learning_rate, layers, seed)
    library = Library(CHECKPOINTS, base)
    start = load_checkpoint(library.folder(library.chosen))
    _require_replaceable(out, start)
    samples = load_glyphs(data, start.alphabet)
    taught = Samples(samples.glyphs, samples.labels, data, samples.origin)
    for told in finetune(start, taught, out, options, home=data_home(), device=choose_device(device)):
        print(told, file=sys.stdout if isinstance(told, TuningSummary) else sys.stderr, flush=True)
    print(f"wrote {out}")
    return 0


def _require_replaceable(out: Path, base: Checkpoint) -> None:
    """An `OptionError` where writing the folder would cost something other than an earlier result."""
    if out.resolve() == base.folder.resolve():
        raise OptionError(f"out: {out} is the checkpoint to start from; name another folder")
    if out.exists() and not (out / CONFIG).is_file():
        raise OptionError(f"out: {out} is there and no checkpoint; name another folder")


def promote_command(
    candidate: tyro.conf.Positional[Path],
    data: tuple[str, ...],
    checkpoint: str = "latin",
    reference: tuple[str, ...] = (),
    checkpoints: Path = CHECKPOINTS,
    json: bool = False,
) -> int:
    """Has a checkpoint read in place of another, in every running app, if it is better.

    Args:
        candidate: The folder of the checkpoint that may take the place.
        data: The sources on which it must be better.
        checkpoint: The name in whose place it reads.
        reference: The sources on which it may lose at most 0.2 points; by default those of
            OCR_DEMO_REFERENCE, or rendered fonts and the test sets of the served one's report.
        checkpoints: The folder of checkpoints that are served.
        json: Print one JSON object.
    """
    if not data:
        raise OptionError("promote: name new data to be better on, such as --data folder:PATH")
    refuse_weights([*data, *reference], "promote")
    versions = versions_of(checkpoint, checkpoints)
    promotion = promote_on_sources(candidate, versions, data, reference, tell=_shown())
    print(json_module.dumps(asdict(promotion), ensure_ascii=False) if json else promotion_text(promotion))
    return 0


def _shown() -> Callable[[Told], None]:
    """What shows on stderr what is compared on, how far that is, and what each set came to."""
    bar = None

    def show(told: Told) -> None:
        nonlocal bar
        if isinstance(told, Compared):
            tqdm.write(str(told), file=sys.stderr)
        elif isinstance(told, Measuring):
            left = "" if told.seconds_left is None else f"{told.seconds_left:.0f} s left"
            if bar is None:  # no sooner: sets that are made before have bars of their own
                bar = tqdm(desc=told.name, total=1.0, bar_format="{desc}: {percentage:3.0f}%|{bar}|{postfix}")
            bar.set_description_str(told.name, refresh=False)
            bar.set_postfix_str(left, refresh=False)
            bar.update(told.share - bar.n)
            if told.share == 1:
                bar.close()
        else:
            images = sum(each.images for each in told)
            print(f"comparing on {images:,} images:", *told, sep="\n  ", file=sys.stderr)

    return show


def rollback_command(
    checkpoint: tyro.conf.Positional[str] = "latin", to: str = "", checkpoints: Path = CHECKPOINTS
) -> int:
    """Has the version read again that read before, in every running app.

    Args:
        checkpoint: Whose version.
        to: The version, such as v2 or shipped; by default the one that the served one replaced.
        checkpoints: The folder of checkpoints that are served.
    """
    version = roll_back(versions_of(checkpoint, checkpoints), to)
    print(f"{checkpoint} is now read by {version}")
    return 0


def versions_command(
    checkpoint: tyro.conf.Positional[str] = "latin", checkpoints: Path = CHECKPOINTS, json: bool = False
) -> int:
    """Lists the versions of a checkpoint, the served one marked.

    Args:
        checkpoint: Whose versions.
        checkpoints: The folder of checkpoints that are served.
        json: Print a JSON object a line.
    """
    versions = versions_of(checkpoint, checkpoints)
    served = versions.served()
    for version in versions.names():
        promotion = Promotion.find(versions, version)
        if json:
            told = {"version": version, "served": version == served}
            told |= {"promotion": asdict(promotion) if promotion else None}
            print(json_module.dumps(told, ensure_ascii=False))
        else:
            print("*" if version == served else " ", promotion_text(promotion) if promotion else version)
    return 0


def retrain_command(
    checkpoint: tyro.conf.Positional[str] = "latin",
    data: tuple[str, ...] = (),
    seconds: float = 60.0,
    reference: tuple[str, ...] = (),
    checkpoints: Path = CHECKPOINTS,
    json: bool = False,
) -> int:
    """Has a checkpoint learn the corrections collected since the last time; what is better is promoted.

    Args:
        checkpoint: What learns.
        data: The sources to learn from; by default what OCR_DEMO_COLLECT has collected.
        seconds: The most time for the training.
        reference: As for promote.
        checkpoints: The folder of checkpoints that are served.
        json: Print one JSON object.
    """
    refuse_weights([*data, *reference], "retrain")
    from ocr_demo.teaching.retraining import retrain  # brings the sources, slow to import
    from ocr_demo.teaching.tuning import tuned

    versions = versions_of(checkpoint, checkpoints)
    told = retrain(
        versions,
        data or collected(versions),
        data_home() / "retrained" / checkpoint,
        partial(tuned, seconds=seconds),
        reference,
    )
    print(json_module.dumps(asdict(told), ensure_ascii=False) if json else told)
    return 0


def versions_of(checkpoint: str, checkpoints: Path) -> Versions:
    """The versions of a served checkpoint; an `UnknownCheckpointError` lists the choices."""
    library = Library(checkpoints, checkpoint, promoted=promoted_home())
    versions = library.versions(library.chosen)
    if versions is None:
        raise OptionError(
            f"checkpoint: {checkpoint} is read as it is and has no versions; name one in {checkpoints}"
        )
    return versions


def promotion_text(promotion: Promotion) -> str:
    """A promotion for people."""
    head = f"{promotion.checkpoint} {promotion.version}: {promotion.candidate}, by {promotion.by}"
    lines = [f"{head} on {promotion.time}, in place of {promotion.replaced}"]
    return "\n    ".join([*lines, *map(str, promotion.figures)])
