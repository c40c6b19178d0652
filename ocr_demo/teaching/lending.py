"""The GPU that a ZeroGPU Space lends, by the package `spaces`, which need not be there."""

import os
from collections.abc import Callable, Iterator
from typing import Any

LENDS = "SPACES_ZERO_GPU"
"""The variable that such a Space sets."""


def announce() -> None:
    """Says, as the app starts, that it borrows a GPU; a ZeroGPU Space ends what doesn't say so.

    `spaces` does that by itself where Gradio's `launch` is called, which isn't what serves here.
    """
    if os.environ.get(LENDS, "").lower() in ("1", "t", "true"):  # what `spaces` takes for yes
        import spaces

        spaces.GPU(announce)  # it asks whether there is any such function
        spaces.zero.startup()


def with_gpu(work: Callable[[], Iterator[Any]], seconds: int) -> Callable[[], Iterator[Any]]:
    """The same with a GPU lent for so long; where none is, as it is.

    To be called before anything asks PyTorch for a GPU, which there is within `work` alone.
    """
    try:
        import spaces
    except ImportError:
        return work
    return spaces.GPU(duration=seconds)(work)
