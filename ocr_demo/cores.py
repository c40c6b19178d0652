"""How many cores there are to share work out to."""

import os
from math import ceil
from pathlib import Path

LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""Tells in a container what it may have: microseconds of work in so many of time, or max."""


def available_cores() -> int:
    """The cores this process may use, which in a container can be fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        work, time = LIMIT.read_text(encoding="ascii").split()
        return min(cores, ceil(int(work) / int(time)))
    except (OSError, ValueError):  # no container, or one without a limit
        return cores
