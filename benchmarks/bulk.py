"""How fast a folder of any size is read by one process and by several, and how much memory that takes.

python -m benchmarks.bulk [--images 50000] [--workers 1 2]
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import tyro

from benchmarks.reading import write_pictures

PAUSE = 0.25
"""Seconds between two looks at the memory."""


def main(images: int = 20_000, workers: tuple[int, ...] = (1, 2), checkpoint: str = "latin") -> None:
    """Reads the same folder with each number of processes, by the command line.

    Args:
        images: How many files: links to 1,000 different drawings of 400×400 pixels.
        workers: Numbers of processes.
        checkpoint: As for `predict`.
    """
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "pictures"
        link_pictures(folder, images)
        first = 0.0
        for count in workers:
            seconds, used = read(folder, Path(home) / f"{count}.jsonl", count, checkpoint)
            first = first or seconds
            early, late = np.array_split(np.array(used) / 2**20, 2)
            print(
                f"{count} workers: {images / seconds:8,.0f} images/s, {first / seconds:.2f} times the first; "
                f"at most {early.max():,.0f} MiB in the first half, {late.max():,.0f} MiB in the second",
                flush=True,
            )


def link_pictures(folder: Path, images: int) -> None:
    """So many files, in folders of at most 1,000, that all lead to a few on the disk."""
    (folder / "originals").mkdir(parents=True)
    originals = write_pictures(folder / "originals")
    for number in range(images - len(originals)):
        path = folder / f"{number // 1000:06}" / f"{number % 1000:03}.png"
        path.parent.mkdir(exist_ok=True)
        os.link(originals[number % len(originals)], path)


def read(folder: Path, output: Path, workers: int, checkpoint: str) -> tuple[float, list[int]]:
    """Seconds from start to end, and the bytes that all processes together held from time to time."""
    options = ["--data", f"folder:{folder}", "--output", str(output), "--checkpoint", checkpoint]
    command = [sys.executable, "-m", "ocr_demo", "predict", *options, "--workers", str(workers)]
    used: list[int] = []
    started = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            used.append(held(psutil.Process(process.pid)))
            time.sleep(PAUSE)
    assert process.returncode == 0
    return time.perf_counter() - started, used


def held(process: psutil.Process) -> int:
    """The resident bytes of a process and those it started; what ends meanwhile counts nothing."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    tyro.cli(main)
