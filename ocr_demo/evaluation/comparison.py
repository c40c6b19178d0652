"""What `benchmarks.zoo` measured: networks trained by one recipe, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocr_demo.checkpoint import read_part

COMPARISON = "comparison.json"


@dataclass(frozen=True)
class Network:
    """One network of the comparison; its accuracies are in the `report.json` of its folder."""

    parameters: int
    megabytes: float
    """Of its weights in float32; a million bytes each."""
    epochs: int
    training_seconds: float
    trained_on: str
    """The GPU or the processor."""
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    """To read a batch, by how many images it has."""


@dataclass(frozen=True)
class Comparison:
    """The networks by their folders' names; `timed_on` is where the milliseconds are from."""

    networks: Mapping[str, Network] = field(default_factory=dict)
    timed_on: str = ""


def read_comparison(zoo: Path) -> Comparison:
    """The comparison in a folder of checkpoints; empty where there is none."""
    return read_part(zoo / COMPARISON, Comparison, default=Comparison())
