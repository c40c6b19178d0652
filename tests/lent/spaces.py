"""A stand-in for the package `spaces`, which lends a fork a GPU on a ZeroGPU Space, and prints."""

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any
from unittest.mock import patch

SPENT = "TEST_QUOTA_SPENT"
"""The variable that has it lend none."""
Work = Callable[[], Iterator[Any]]
pretended = patch("torch.cuda.is_available", lambda: True)
pretended.start()


class Error(Exception):
    """As Gradio's, of which `spaces` makes all of its own."""


def GPU(duration: int) -> Callable[[Work], Work]:  # noqa: N802  # its name there
    def lent(work: Work) -> Work:
        def lending() -> Iterator[Any]:
            if os.environ.get(SPENT):
                raise Error("Space app has reached its GPU limit.")
            print("Successfully acquired a GPU")
            context = multiprocessing.get_context("fork")
            results = context.SimpleQueue()
            context.Process(target=_forked, args=(work, results), daemon=True).start()
            while (come := results.get()) is not None:
                result, fault = come
                if fault:
                    print(fault)
                    raise Error("ZeroGPU worker error")
                yield result

        return lending

    return lent


def _forked(work: Work, results: Any) -> None:
    """Its main thread waits for more to do, and isn't ended by SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    print("ZeroGPU init")
    pretended.stop()
    del os.environ["SPACES_ZERO_GPU"]  # the CPU takes the GPU's place
    Thread(target=_worked, args=(work, results)).start()
    while True:
        signal.pause()


def _worked(work: Work, results: Any) -> None:
    try:
        for result in work():
            results.put((result, ""))
    except Exception:
        results.put((None, traceback.format_exc()))
    results.put(None)
