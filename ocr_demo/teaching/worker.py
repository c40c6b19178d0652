"""The process that trains or promotes: python -m ocr_demo.teaching.worker FOLDER, started by `watch`.

It tells on stdout, a JSON object a line. Of a training: {"epoch": …} for each epoch, {"compared": …} for each
step of the comparison, {"difference": …} and {"summary": …} when the checkpoint is there, {"unlent": …} where
it begins anew without a GPU. Of a promotion: {"measuring": …} for each step, {"promoted": …} or
{"refused": …}. Of both: {"failure": …} where it can't be done. Beside "refused" and "failure" stands the
"error", which can be said in other languages, too.
It ends, with what it has forked, when its stdin does, as it does if the server is killed.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from threading import Thread
from typing import Any

from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.errors import OcrDemoError, RefusedError
from ocr_demo.reading import Predictor
from ocr_demo.teaching.difference import Difference, difference
from ocr_demo.teaching.lending import LENDS, NotLentError, is_lender, with_gpu
from ocr_demo.teaching.meter import Measuring
from ocr_demo.teaching.options import TuningComparison, TuningEpoch, TuningEvent, TuningOptions
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.verdict import Told
from ocr_demo.teaching.work import ORDER, SAMPLES

TOO_LARGE = "it needs more memory than it may have; give fewer samples"
ROOM = 120
"""Seconds of CPU beside those of a training, then the system ends the process.

Importing PyTorch, rendering, writing and comparing take 10 to 25 on a busy server, on a slow one some times
that.
"""
STARTING = 15
"""Seconds that a GPU is lent beside those of a training: for starting, and for rendering where nobody has."""
CHOOSING = 0.85
"""Of comparing what was trained, the share of the time that goes into choosing which weights to keep; in the
rest these are written, and what they changed is measured."""
Tell = Callable[[dict[str, Any]], None]


def main(folder: Path) -> int:
    """Does what the folder's order says; gives the exit code: 0 done, 1 failed."""
    output = os.dup(1)
    os.dup2(2, 1)  # whatever else prints, as `spaces` does, is no message
    tell = _tell_on(output)
    order = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    Thread(target=_end_with_stdin, daemon=True).start()
    os.nice(order["niceness"])
    try:
        WORK[order["work"]](folder, order, tell)
    except NotLentError as error:
        tell({"unlent": str(error)})
        del os.environ[LENDS]
        os.dup2(output, 1)
        os.execv(sys.executable, sys.orig_argv)
    except Exception as error:  # whatever ends the process: whoever asked for the work is told
        tell({"failure": _reason(error), "error": error.as_json() if isinstance(error, OcrDemoError) else {}})
        return 1
    return 0


def train(folder: Path, order: dict[str, Any], tell: Tell) -> None:
    """Makes a checkpoint that has learnt the folder's samples."""
    limit("RLIMIT_CPU", order["cpu_seconds"] + ROOM)

    def measured(measuring: Measuring) -> None:
        tell({"compared": CHOOSING + (1 - CHOOSING) * measuring.share})

    for told in _trained(folder, order):
        if isinstance(told, TuningEpoch):
            tell({"epoch": asdict(told)})
        elif isinstance(told, TuningComparison):
            tell({"compared": CHOOSING * told.share})
        else:
            tell({"difference": asdict(_difference(folder, order, measured))})
            tell({"summary": asdict(told)})


def promote(folder: Path, order: dict[str, Any], tell: Tell) -> None:
    """Has a candidate read in place of what is served, if it is better."""
    from ocr_demo.teaching.promotion import promote_on_sources  # these bring what no training needs
    from ocr_demo.teaching.promotions import samples_of, versions_of

    def told(event: Told) -> None:
        if isinstance(event, Measuring):
            tell({"measuring": asdict(event)})

    try:
        promotion = promote_on_sources(
            Path(order["candidate"]),
            versions_of(order),
            order["data"],
            samples=samples_of(folder, order),
            by=order["by"],
            run=folder.name,
            tell=told,
        )
        tell({"promoted": asdict(promotion)})
    except RefusedError as error:
        figures = [asdict(each) for each in error.figures]
        tell({"refused": str(error), "error": error.as_json(), "figures": figures})


def _trained(folder: Path, order: dict[str, Any]) -> Iterator[TuningEvent]:
    base = load_checkpoint(order["base"])  # what is wrong with it is told before PyTorch is imported

    import torch

    from ocr_demo.teaching.finetuning import finetune
    from ocr_demo.training.processes import choose_device

    torch.set_num_threads(order["threads"])
    options = TuningOptions(**order["options"])
    taught, _ = Samples.load(folder / SAMPLES).split()
    taught = replace(taught, source=order["data"], origin=order["origin"])

    def train() -> Iterator[TuningEvent]:
        device = choose_device("cuda" if is_lender() else "auto")
        if device.type == "cpu":  # a GPU's driver reserves more than it uses
            limit("RLIMIT_DATA", order["memory_mb"] * 2**20)
        yield from finetune(
            base,
            taught,
            folder / order["name"],
            options,
            home=Path(order["home"]),
            device=device,
        )

    return with_gpu(train, int(options.seconds) + STARTING)


def _difference(folder: Path, order: dict[str, Any], tell: Callable[[Measuring], None]) -> Difference:
    """Between what it started from and what it made, on what was held out and on rendered characters."""
    from ocr_demo.teaching.replay import load_reference

    base, made = (
        Predictor(load_checkpoint(each), threads=order["threads"])
        for each in (order["base"], folder / order["name"])
    )
    _, held = Samples.load(folder / SAMPLES).split()
    reference = load_reference(base.checkpoint.alphabet, Path(order["home"]))
    return difference(base, made, held, [reference], tell)


def limit(name: str, most: int) -> None:
    """Has the system end this process beyond so many seconds of CPU, or refuse it more bytes of its own."""
    with suppress(ImportError):  # Windows has no such limits
        import resource

        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]  # left as it is: at the hard limit of CPU no reason is told
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _reason(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    if isinstance(error, MemoryError) or "allocate memory" in text:
        return TOO_LARGE
    return text


def _tell_on(output: int) -> Tell:
    """Writes messages to a file that is open by that number."""
    stream = os.fdopen(output, "w", encoding="utf-8")
    return lambda message: print(json.dumps(message, ensure_ascii=False), file=stream, flush=True)


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    with suppress(ProcessLookupError):  # it has no group of its own
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


WORK = {"training": train, "promotion": promote}
"""By the name that an order has for it."""

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
