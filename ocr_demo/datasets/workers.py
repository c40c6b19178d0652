"""Making glyphs on all cores."""

import multiprocessing
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

import cv2
from tqdm import tqdm

from ocr_demo.cores import available_cores
from ocr_demo.datasets.source import Chunk, Made, Plan

Product = TypeVar("Product")

FEW = 2000
"""Below this many units of work, other processes take longer to start than they save."""
AHEAD = 4
"""Chunks in flight for each worker: enough that none waits, few enough to hold in memory."""


def make_all(plan: Plan, workers: int | None, *, label: str, progress: bool) -> Iterator[Made]:
    """What each chunk of the plan makes, in its order; `workers` processes, all cores if None."""
    count = workers if workers is not None else available_cores()
    parallel = count > 1 and (plan.total >= FEW or plan.unit != "image")
    made = (
        made_by_pool(plan.chunks, count)
        if parallel
        else ((chunk.size, chunk.make()) for chunk in plan.chunks)
    )
    with tqdm(total=plan.total, desc=label, unit=plan.unit, disable=not progress, file=sys.stderr) as bar:
        for size, chunk in made:
            yield chunk
            bar.update(size)


def made_by_pool(
    chunks: Iterable[Chunk[Product]], workers: int
) -> Generator[tuple[int, Product], None, None]:
    """Each chunk's size and what it makes, in the chunks' order, by so many processes."""
    # Spawned, not forked: PyTorch's and OpenCV's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=use_one_thread) as pool:
        waiting: deque[tuple[int, Future[Product]]] = deque()
        try:
            for chunk in chunks:
                waiting.append((chunk.size, pool.submit(make_chunk, chunk)))
                if len(waiting) >= AHEAD * workers:
                    size, future = waiting.popleft()
                    yield size, future.result()
            while waiting:
                size, future = waiting.popleft()
                yield size, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def use_one_thread() -> None:
    """The processes share the cores; OpenCV's own threads would only get in each other's way."""
    cv2.setNumThreads(1)


def make_chunk(chunk: Chunk[Product]) -> Product:
    return chunk.make()
