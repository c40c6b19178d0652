"""The process of a run, seen from the server: what it tells, and why it ended."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import ocr_demo
from ocr_demo.errors import OcrDemoError

PACKAGE = Path(ocr_demo.__file__).resolve().parent.parent
KILLED = "it was killed, as the system does where memory runs out; try again with fewer samples"
TOO_LONG = "it took more CPU time than a training may take"


class Child:
    """`worker` on a run's folder; leaving the block ends it, with whatever it has forked."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed where the process is ended
        limits = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}  # waiting threads don't spin
        paths = os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH", "")]))
        # In a group of its own, but in this session: where cores are shared out to sessions, niceness counts
        # only within one.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ocr_demo.teaching.worker", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **limits, "PYTHONPATH": paths},
            process_group=0,
        )

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError, PermissionError):  # all have ended; macOS says so by the latter
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream:
                stream.close()

    def messages(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What it tells, till it ends; an empty message after each `seconds` in which it tells nothing."""
        assert self._process.stdout
        output, text = self._process.stdout.fileno(), b""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while True:
                has_ended = self._process.poll() is not None  # what it has forked keeps the pipe open
                if not selector.select(0 if has_ended else seconds):
                    if has_ended:
                        return
                    yield {}
                    continue
                read = os.read(output, 65536)
                if not read:
                    return
                *lines, text = (text + read).split(b"\n")
                for line in lines:
                    yield json.loads(line)

    def fault(self) -> OcrDemoError:
        """Why it ended without having told how."""
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return OcrDemoError(TOO_LONG)
        if code == -signal.SIGKILL:
            return OcrDemoError(KILLED)
        self._errors.seek(0)
        last = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return OcrDemoError(
            "it crashed ({how}): {last}" if last else "it crashed ({how})", how=how, last=last
        )
