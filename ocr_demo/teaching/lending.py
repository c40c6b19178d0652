"""The GPU that a ZeroGPU Space lends, by the package `spaces`, which need not be there."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ocr_demo.errors import OcrDemoError, error_of

Result = TypeVar("Result")
LENDS = "SPACES_ZERO_GPU"
"""The variable that such a Space sets."""


@dataclass(frozen=True)
class Failed:
    """Comes last from what could not be done with a GPU either: its `OcrDemoError`, as plain data."""

    error: dict[str, Any]


class NotLentError(Exception):
    """With a GPU it could not be done, and not in this process without one: `spaces` has changed PyTorch."""


def announce() -> None:
    """Says, as the app starts, that it borrows a GPU; a ZeroGPU Space ends what doesn't say so.

    `spaces` does that by itself where Gradio's `launch` is called, which isn't what serves here.
    """
    if is_lender():
        import spaces

        spaces.GPU(announce)  # it asks whether there is any such function
        spaces.zero.startup()


def is_lender() -> bool:
    """Whether this is a Space that lends GPUs."""
    return os.environ.get(LENDS, "").lower() in ("1", "t", "true")  # what `spaces` takes for yes


def with_gpu(work: Callable[[], Iterator[Result]], seconds: int) -> Iterator[Result]:
    """What `work` gives, with a GPU for so long where one is lent; a `NotLentError` where that could not be.

    `spaces` has it done in a fork of this process, so before it nothing may ask PyTorch for a GPU. Whatever
    goes wrong there comes as an error of `spaces`: no GPU is free, a quota is spent, its memory is too small.
    What `work` tells as an `OcrDemoError` is raised here as one.
    """
    if not is_lender():
        yield from work()
        return
    import spaces

    def told() -> Iterator[Result | Failed]:
        try:
            yield from work()
        except OcrDemoError as error:
            yield Failed(error.as_json())

    failed = None
    try:
        for given in spaces.GPU(duration=seconds)(told)():
            if isinstance(given, Failed):
                failed = given
            else:
                yield given
    except Exception as error:
        raise NotLentError(str(error)) from error
    if failed:
        raise error_of(failed.error)
