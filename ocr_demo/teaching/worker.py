"""The process that trains: python -m ocr_demo.teaching.worker FOLDER, started by `runs`.

It tells on stdout, a JSON object a line: {"epoch": …} for each epoch, {"difference": …} and {"summary": …}
when the checkpoint is there, {"failure": …} where it can't be made. It ends when its stdin does, as it does
if the server is killed.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.reading import Predictor
from ocr_demo.teaching.difference import Difference, difference
from ocr_demo.teaching.options import TuningEpoch, TuningOptions, TuningSummary
from ocr_demo.teaching.samples import Samples

ORDER, SAMPLES = "order.json", "samples.npz"
TOO_LARGE = "it needs more memory than it may have; give fewer samples"
GRACE = 5
"""Seconds of CPU beyond the limit after which the system ends the process."""


def main(folder: Path) -> int:
    """Trains as the folder's order says; gives the exit code: 0 done, 1 failed."""
    order = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    Thread(target=_end_with_stdin, daemon=True).start()
    limit("RLIMIT_CPU", order["cpu_seconds"] + GRACE)
    os.nice(order["niceness"])
    try:
        for told in _trained(folder, order):
            if isinstance(told, TuningSummary):
                _tell({"difference": asdict(_difference(folder, order))})
            _tell({"epoch" if isinstance(told, TuningEpoch) else "summary": asdict(told)})
    except Exception as error:  # whatever ends the process: whoever asked for the training is told
        _tell({"failure": _reason(error)})
        return 1
    return 0


def _trained(folder: Path, order: dict[str, Any]) -> Iterator[TuningEpoch | TuningSummary]:
    base = load_checkpoint(order["base"])  # what is wrong with it is told before PyTorch is imported

    import torch

    from ocr_demo.teaching.finetuning import finetune
    from ocr_demo.training.processes import choose_device

    torch.set_num_threads(order["threads"])
    device = choose_device("auto")
    if device.type == "cpu":  # a GPU's driver reserves more than it uses
        limit("RLIMIT_DATA", order["memory_mb"] * 2**20)
    options = TuningOptions(**order["options"])
    taught, _ = Samples.load(folder / SAMPLES).split()

    def train() -> Iterator[TuningEpoch | TuningSummary]:
        yield from finetune(
            base,
            taught,
            folder / order["name"],
            options,
            home=Path(order["home"]),
            device=device,
        )

    return with_gpu(train, options.seconds)()


def _difference(folder: Path, order: dict[str, Any]) -> Difference:
    """Between what it started from and what it made, on what was held out and on rendered characters."""
    from ocr_demo.teaching.replay import load_reference

    base, made = (
        Predictor(load_checkpoint(each), threads=order["threads"])
        for each in (order["base"], folder / order["name"])
    )
    _, held = Samples.load(folder / SAMPLES).split()
    return difference(base, made, held, [load_reference(base.checkpoint.alphabet, Path(order["home"]))])


def with_gpu(train: Callable[[], Iterator[Any]], seconds: float) -> Callable[[], Iterator[Any]]:
    """The same on a ZeroGPU Space's GPU; elsewhere, where the package `spaces` isn't there, as it is."""
    try:
        import spaces
    except ImportError:
        return train
    return spaces.GPU(duration=int(seconds) + GRACE)(train)


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


def _tell(message: dict[str, Any]) -> None:
    print(json.dumps(message, ensure_ascii=False), flush=True)


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
