"""The processes that the app has train and promote."""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

PATIENCE = 400
"""Seconds that something may take on a machine that does much else."""


def processes(folder: Path) -> list[int]:
    """Those that work on the order in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            told = os.fsdecode((process / "cmdline").read_bytes()).split("\0")
            if "ocr_demo.teaching.worker" in told and str(folder) in told:
                found.append(int(process.name))
    return found


def is_gone(process: int) -> bool:
    """Whether a process has let go of its locks, too: its command line goes before them."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def waited(condition: Callable[[], object]) -> None:
    """Waits until something holds."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


def held(home: Path) -> Path:
    """The folder of the promotion that is being measured; its process stands still from now on."""
    measured = []

    def found() -> bool:
        states = (home / "promotions").glob("*/state.json")
        measured[:] = [path.parent for path in states if is_measured(json.loads(path.read_text()))]
        return bool(measured)

    waited(found)
    (folder,) = measured
    (process,) = processes(folder)
    os.kill(process, signal.SIGSTOP)
    return folder


def is_measured(state: dict[str, Any]) -> bool:
    return state["status"] == "running" and bool(state["measuring"])
