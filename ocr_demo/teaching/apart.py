"""Work on files from outside, in a process of its own."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from ocr_demo.teaching.worker import limit

Result = TypeVar("Result")
NICENESS = 10
"""Reading goes before."""


def apart(
    work: Callable[..., Result],
    *arguments: Any,
    cpu_seconds: int | None = None,
    memory_mb: int | None = None,
) -> Result:
    """What `work` gives, or its error; a `BrokenProcessPool` where its process ended before its time."""
    context, limits = get_context("spawn"), (cpu_seconds, memory_mb)
    with ProcessPoolExecutor(1, mp_context=context, initializer=_limited, initargs=limits) as pool:
        return pool.submit(work, *arguments).result()


def _limited(cpu_seconds: int | None, memory_mb: int | None) -> None:
    os.nice(NICENESS)
    if cpu_seconds:
        limit("RLIMIT_CPU", cpu_seconds)
    if memory_mb:
        limit("RLIMIT_DATA", memory_mb * 2**20)
