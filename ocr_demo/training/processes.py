"""One process or several (torchrun): who does what, and sums over all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

from ocr_demo.errors import DataError, OptionError

FEWEST_STEPS, SMALLEST_BATCH = 8, 8
"""A few images are learnt in so many steps an epoch, if a step then has so many images."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Processes:
    """This process's place among those that train one model together."""

    rank: int
    count: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def shared_batch(self, wanted: int, drawn: int) -> int:
        """Images a step, of which each process takes as many: fewer where an epoch draws few."""
        self.require_shared(wanted)
        if drawn < self.count:
            raise DataError(f"an epoch draws {drawn} images, too few to train on; give more data or weight")
        if drawn // wanted >= FEWEST_STEPS:
            return wanted
        few = 2 ** max(0, (drawn // FEWEST_STEPS).bit_length() - 1)  # two or four processes share it, too
        most = max(few, min(drawn, SMALLEST_BATCH), self.count)
        return min(wanted, most) // self.count * self.count

    def require_shared(self, batch: int) -> None:
        """An `OptionError` where the processes can't each take as many images of a batch."""
        if batch % self.count:
            raise OptionError(f"batch_size: {batch} can't be shared by {self.count} processes")

    def rows(self, batch: int) -> slice:
        """This process's rows of a batch."""
        share = batch // self.count
        return slice(self.rank * share, (self.rank + 1) * share)

    def total(self, amounts: Tensor) -> Tensor:
        """The amounts summed over all processes."""
        if self.count > 1:
            distributed.all_reduce(amounts)
        return amounts

    def as_leader_has(self, make: Callable[[], Made]) -> Made:
        """What `make` gives the leading process, which alone calls it; it must pickle."""
        made: list[Any] = [make() if self.leads else None]
        if self.count > 1:
            distributed.broadcast_object_list(made)
        return made[0]

    def wait(self) -> None:
        if self.count > 1:
            distributed.barrier()


def leads() -> bool:
    """Whether this process will lead, before it has joined the others."""
    return int(os.environ.get("RANK", 0)) == 0


def job() -> str:
    """What torchrun calls the job this process is part of; empty without torchrun."""
    return os.environ.get("TORCHELASTIC_RUN_ID", "")


def has_restarted() -> bool:
    """Whether torchrun has started the job's processes anew because one of them failed."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0)) > 0


@contextmanager
def joined_processes(device: str) -> Iterator[Processes]:
    """Joins the other processes where torchrun started several, and leaves them at the end."""
    rank, count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    chosen = choose_device(device, int(os.environ.get("LOCAL_RANK", 0)))
    if count == 1:
        yield Processes(0, 1, chosen)
        return
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Processes(rank, count, chosen)
    finally:
        distributed.destroy_process_group()


def choose_device(device: str, local_rank: int = 0) -> torch.device:
    """The device of that name; "auto" is this process's GPU where there is one. `OptionError` if none is."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        return torch.device("cpu")
    kind, _, index = device.partition(":")
    if kind != "cuda" or (index and not index.isdigit()):
        raise OptionError(f"device: unknown {device!r}; choose from auto, cpu, cuda, cuda:N")
    if not torch.cuda.is_available():
        raise OptionError(f"device: {device} was asked for, and PyTorch finds no GPU; use cpu or auto")
    number = int(index) if index else local_rank
    if number >= torch.cuda.device_count():
        raise OptionError(
            f"device: there are {torch.cuda.device_count()} GPUs, counted from 0; {device} is none"
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)
