"""Glyphs on disk: written once, whole or not at all, and memory-mapped from then on."""

import inspect
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ocr_demo import bands, parts, pictures, preprocess, sheet
from ocr_demo.datasets.source import Made
from ocr_demo.errors import DataError

CACHE_FORMAT = 2
GLYPHS, LABELS, FACTS = "glyphs.npy", "labels.npy", "facts.json"

KEPT_DAYS = 30
"""After so long without being read a set goes: its source has changed, or is used no more."""


@dataclass(frozen=True)
class Facts:
    """What is known of a cached set besides its arrays."""

    names: list[str]
    broken: list[str]
    ignored: str


@dataclass(frozen=True)
class Stored:
    """A set as it lies in the cache."""

    glyphs: NDArray[np.uint8]  # (N, 64, 64), memory-mapped
    labels: NDArray[np.int64]  # (N,)
    facts: Facts


def cache_key(kind: str, *parts: object) -> str:
    """The name of a set in the cache: other parts, another name."""
    digest = blake2b(repr((CACHE_FORMAT, kind, *parts)).encode(), digest_size=12)
    return f"{kind}-{digest.hexdigest()}"


@cache
def preprocessing_code() -> str:
    """A digest of what makes glyphs of pictures: with other code they are others."""
    sources = (inspect.getsource(module) for module in (bands, parts, pictures, preprocess, sheet))
    return blake2b("".join(sources).encode(), digest_size=12).hexdigest()


@contextmanager
def held_lock(cache: Path, key: str) -> Iterator[None]:
    """Held while a set is made, so that a second process waits for it and does not make it again."""
    lock = FileLock(cache / f"{key}.lock")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as fault:
        raise DataError(f"can't write to {cache} ({fault}); set OCR_DEMO_HOME to a folder you own") from fault
    try:
        yield
    finally:
        lock.release()


def read_stored(folder: Path) -> Stored | None:
    """The set in a cache folder; None where there is none, or what is there is damaged."""
    try:
        glyphs = np.load(folder / GLYPHS, mmap_mode="r", allow_pickle=False)
        labels = np.load(folder / LABELS, allow_pickle=False)
        facts = Facts(**json.loads((folder / FACTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, EOFError):
        return None
    whole = glyphs.shape[1:] == (64, 64) and len(glyphs) == len(labels) == len(facts.names)
    if not whole:
        return None
    with suppress(OSError):  # a cache that can only be read is nobody's to clear
        os.utime(folder)
    return Stored(glyphs, labels, facts)


def write_stored(cache: Path, key: str, made: Iterable[Made], ignored: str) -> Path:
    """Writes what comes, chunk by chunk, beside the cache, and moves it there when it is whole.

    Call with the key's lock held: leftovers of a process that died are cleared away.
    """
    for leftover in cache.glob(f".{key}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=cache))
    try:
        write_files(scratch, made, ignored)
        shutil.rmtree(cache / key, ignore_errors=True)  # only ever a damaged one
        return scratch.rename(cache / key)
    except OSError as fault:
        raise DataError(f"can't write to {cache} ({fault}); free some space, or set OCR_DEMO_HOME") from fault
    finally:
        with suppress(OSError):
            shutil.rmtree(scratch)


def remove_unused(cache: Path) -> None:
    """Removes what nobody has read for `KEPT_DAYS`, sets and what killed processes left half made.

    Locks that nobody holds go, too. What is being made has its lock held, and stays; who has a removed set
    memory-mapped keeps it.
    """
    for folder in cache.glob("*/"):
        key = folder.name[1:].rpartition("-")[0] if folder.name.startswith(".") else folder.name
        with suppress(OSError), FileLock(cache / f"{key}.lock", timeout=0):
            if time.time() - folder.stat().st_mtime > KEPT_DAYS * 24 * 3600:
                shutil.rmtree(folder, ignore_errors=True)
    for lock in cache.glob("*.lock"):
        with suppress(OSError), FileLock(lock, timeout=0):
            lock.unlink()  # who waits for it meanwhile sees that, and makes another


def write_files(folder: Path, made: Iterable[Made], ignored: str) -> None:
    labels: list[int] = []
    facts = Facts([], [], ignored)
    with (folder / GLYPHS).open("wb") as file:
        write_header(file, 0)
        for chunk in made:
            file.write(chunk.glyphs.tobytes())
            labels += chunk.labels
            facts.names.extend(chunk.names)
            facts.broken.extend(chunk.broken)
        file.seek(0)
        write_header(file, len(labels))
    np.save(folder / LABELS, np.array(labels, np.int64))
    (folder / FACTS).write_text(json.dumps(asdict(facts), ensure_ascii=False), encoding="utf-8")


def write_header(file: BinaryIO, count: int) -> None:
    """An .npy header for (count, 64, 64) bytes; numpy keeps room in it for `count` to grow in place."""
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|u1", "fortran_order": False, "shape": (count, 64, 64)}
    )
