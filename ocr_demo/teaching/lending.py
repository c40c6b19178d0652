"""The GPU that a ZeroGPU Space lends, by the package `spaces`, which need not be there."""

import os
from collections.abc import Callable, Iterator
from typing import TypeVar

Result = TypeVar("Result")
LENDS = "SPACES_ZERO_GPU"
"""The variable that such a Space sets."""


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
    goes wrong comes as an error of `spaces`: no GPU is free, a quota is spent, or `work` has raised one.
    """
    if not is_lender():
        yield from work()
        return
    import spaces

    try:
        yield from spaces.GPU(duration=seconds)(work)()
    except Exception as error:
        raise NotLentError(str(error)) from error
