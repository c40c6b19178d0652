"""A checkpoint that a visitor brings: looked at in a process of its own before anything reads with it."""

import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from ocr_demo.checkpoint import Checkpoint, load_checkpoint
from ocr_demo.errors import CandidateError, CheckpointError
from ocr_demo.reading import Predictor
from ocr_demo.teaching.apart import apart
from ocr_demo.teaching.difference import Difference, difference
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.uploading import unpack_checkpoint

CPU_SECONDS, MEMORY_MB = 60, 3000
"""What looking at one may take."""
SLOWEST = 0.25
"""Seconds of the processor's time for one character, else others would wait; ours take 0.002."""


def bring(archive: Path, folder: Path, base: Path, samples: Samples, home: Path, most: int) -> Difference:
    """Unpacks a checkpoint's ZIP into a folder, ready to read with, and holds it against another.

    `most` is how many bytes it may have, unpacked. A `CandidateError` says why it can't be used.
    """
    limits = {"cpu_seconds": CPU_SECONDS, "memory_mb": MEMORY_MB}
    try:
        return apart(checked, archive, folder, base, samples, home, most, **limits)
    except BrokenProcessPool as error:
        raise CandidateError(
            "looking at this checkpoint took more time or memory than it may; is it one of a small network?"
        ) from error


def checked(archive: Path, folder: Path, base: Path, samples: Samples, home: Path, most: int) -> Difference:
    """To be called in a process of its own: what `bring` gives."""
    from ocr_demo.teaching.replay import load_reference

    folder.mkdir(parents=True)
    with archive.open("rb") as file:
        unpack_checkpoint(file, folder, most)
    try:
        made = _ready(folder, load_checkpoint(base))
    except (CheckpointError, MemoryError) as error:
        trouble = _bare(error) if isinstance(error, CheckpointError) else str(error)
        raise CandidateError("this checkpoint can't be used: {trouble}", trouble=trouble) from error
    reference = load_reference(made.checkpoint.alphabet, home)
    _require_quick(made, reference)
    return difference(Predictor(load_checkpoint(base), threads=1), made, samples, [reference])


def _bare(error: CheckpointError) -> CheckpointError:
    """The error with files' names alone: where they lie on the server is nobody's business."""
    parts = {name: part.name if isinstance(part, Path) else part for name, part in error.parts.items()}
    return CheckpointError(error.args[0], **parts)


def _ready(folder: Path, base: Checkpoint) -> Predictor:
    """What reads with a checkpoint, in ONNX Runtime: the app's process never builds a stranger's network."""
    from ocr_demo.reading.export import export_onnx  # brings PyTorch and onnx, slow to import

    brought = load_checkpoint(folder)
    if brought.contract.alphabet != base.contract.alphabet:
        raise CandidateError(
            "it reads {alphabet}, and {base} {other}; choose a checkpoint of its alphabet to start from",
            alphabet=brought.contract.alphabet,
            base=base.name,
            other=base.contract.alphabet,
        )
    export_onnx(brought)
    return Predictor(brought, "onnx", threads=1)


def _require_quick(made: Predictor, reference: Samples) -> None:
    taken = []
    for glyph in reference.glyphs[:3]:
        started = time.process_time()
        made.logits(glyph[None])
        taken.append(time.process_time() - started)
    if min(taken) > SLOWEST:
        raise CandidateError(
            "this checkpoint takes {seconds:.2f} s to read one character, and may take {most:g}",
            seconds=min(taken),
            most=SLOWEST,
        )
