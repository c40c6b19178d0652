"""More pictures than memory holds: read on all cores, answered in their order, gone on with after a stop."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import numpy as np

from ocr_demo.cores import available_cores
from ocr_demo.datasets.archives import is_archive, no_archive, stream_members
from ocr_demo.datasets.folder import walked
from ocr_demo.datasets.layout import IMAGE_EXTENSIONS, image_parts
from ocr_demo.datasets.source import glyph_or_reason
from ocr_demo.datasets.workers import made_by_pool
from ocr_demo.errors import DataError, OptionError
from ocr_demo.reading.backends import Backend
from ocr_demo.reading.library import Library
from ocr_demo.storage import printable

AT_ONCE = 32
"""Pictures that a process reads before it answers: as fast as 64, and few enough to hold in memory where they
come out of an archive as large photographs."""
MARK = b'{"image":'
"""How every line of answers begins."""

Named = tuple[str, Path | bytes]
Answer = dict[str, Any]
"""A prediction as other programs get it, or an `error`, each with the name of its `image`."""


@dataclass(frozen=True)
class Readers:
    """What `Library` is opened with, as another process can be told."""

    checkpoints: Path
    chosen: str
    backend: Backend | None = None
    promoted: Path | None = None

    @cache  # noqa: B019  # a process has one or two, for as long as it lives
    def library(self) -> Library:
        """The checkpoints, each reading on one core."""
        return Library(self.checkpoints, self.chosen, self.backend, threads=1, promoted=self.promoted)


@dataclass(frozen=True)
class ReadingChunk:
    """Pictures that one process reads."""

    pictures: tuple[Named, ...]
    readers: Readers

    @property
    def size(self) -> int:
        return len(self.pictures)

    def make(self) -> list[Answer]:
        """The answers, in the pictures' order."""
        return list(answers_of(self.pictures, self.readers.library()))


def read_all(pictures: Iterable[Named], readers: Readers, workers: int | None = None) -> Iterator[Answer]:
    """Answers in the pictures' order, with a few chunks of pictures in memory at a time.

    `workers` processes read, by default one for each core; a single chunk this process reads by itself.
    """
    chunks = _chunks(iter(pictures), readers)
    first = list(islice(chunks, 2))
    count = workers or available_cores()
    if count == 1 or len(first) < 2:
        for chunk in chain(first, chunks):
            yield from chunk.make()
        return
    with closing(made_by_pool(chain(first, chunks), count)) as made:
        for _, answers in made:
            yield from answers


def pictures_in(data: Path) -> Iterator[Named]:
    """The pictures of a folder or an archive by their paths in it, one at a time, always in one order.

    The paths are printable.
    """
    named: Iterator[Named]
    if data.is_dir():
        named = ((file.path, data / file.path) for file in walked(data))
    elif is_archive(data):
        named = stream_members(data)
    else:
        raise no_archive(data)
    pictures = ((printable(path), picture) for path, picture in named if image_parts(path))
    first = list(islice(pictures, 1))
    if not first:
        raise DataError(f"{data} holds no pictures (looked for {', '.join(sorted(IMAGE_EXTENSIONS))})")
    return chain(first, pictures)


def pass_answered(pictures: Iterator[Named], output: Path) -> int:
    """Passes over the pictures that have their line in `output`, and cuts off half a line; says how many.

    An `OptionError` where the file holds something else, or the answers of other pictures.
    """
    if not output.exists():
        return 0
    count, whole, last = _whole_lines(output)
    latest = [name for name, _ in deque(islice(pictures, count), maxlen=1)]
    if count and latest != [json.loads(last)["image"]]:
        raise OptionError(f"{output} holds the answers of other pictures; name another file, or remove it")
    with output.open("r+b") as file:
        file.truncate(whole)
    return count


def _whole_lines(output: Path) -> tuple[int, int, bytes]:
    """How many lines of answers there are, their bytes, and the last of them."""
    count, whole, last = 0, 0, b""
    with output.open("rb") as file:
        for line in file:
            if not line.startswith(MARK[: len(line)]):
                raise OptionError(f"{output} holds no answers; name another file")
            if line.endswith(b"\n"):
                count, whole, last = count + 1, whole + len(line), line
    return count, whole, last


def json_line(answer: Answer) -> str:
    """As a line of `output` has it, without the line's end."""
    return json.dumps(answer, ensure_ascii=False)


def _chunks(pictures: Iterator[Named], readers: Readers) -> Iterator[ReadingChunk]:
    while some := tuple(islice(pictures, AT_ONCE)):
        yield ReadingChunk(some, readers)


def answers_of(pictures: Iterable[Named], library: Library) -> Iterator[Answer]:
    """The answers of a few pictures, which are read in batches, in their order."""
    seen = [(name, glyph_or_reason(picture)) for name, picture in pictures]
    chosen = [
        (name, glyph, None if isinstance(glyph, str) else library.reader(library.chosen, glyph))
        for name, glyph in seen
    ]
    for predictor, some in groupby(chosen, key=lambda each: each[2]):
        names, glyphs, _ = zip(*some, strict=True)
        if predictor is None:
            yield from ({"image": name, "error": reason} for name, reason in zip(names, glyphs, strict=True))
            continue
        for name, prediction in zip(names, predictor.predict_glyphs(np.stack(glyphs)), strict=True):
            yield {"image": name, **prediction.to_dict(predictor.checkpoint.name)}
