"""What a machine is too small or too bare for, told as the option to change."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ocr_demo.errors import OptionError
from ocr_demo.training.options import TrainingOptions


def require_compiler(options: TrainingOptions) -> None:
    """An `OptionError` where the network should be compiled and there is no C++ compiler."""
    if not options.compile:
        return
    from torch._inductor import cpp_builder, exc  # seconds that only a compiled training pays

    try:
        cpp_builder.get_cpp_compiler()
    except exc.InvalidCxxCompiler as error:
        raise OptionError("compile: needs a C++ compiler (g++); install one or leave it out") from error


@contextmanager
def within_memory(batch: int, device: torch.device) -> Iterator[None]:
    """An `OptionError` where steps of so many images don't fit the device."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OptionError(f"batch_size: {batch} does not fit the memory of {device}; lower it") from error
