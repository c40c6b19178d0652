"""Trains the whole zoo by one recipe on the same data, and measures accuracy, size and time of each.

python -m benchmarks.zoo --data ../shared/data [--train] [--measure] [--time]

On a GPU all six take a minute for each epoch of the recipe; on two cores they take an hour with
--share 0.04 --epochs 4 --images 5000.
Without any of the three only the table of what was measured before is printed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from os.path import relpath
from pathlib import Path

import numpy as np
import torch
import tyro
from torch import nn
from tqdm import tqdm

from benchmarks.accuracy import TestSet, latin_sets, part, reports_on, table_row
from benchmarks.reading import REPEATS, in_turns
from ocr_demo.checkpoint import CHECKPOINTS, WEIGHTS, load_checkpoint
from ocr_demo.cores import available_cores
from ocr_demo.datasets import parse_spec
from ocr_demo.evaluation.comparison import (
    BATCHES,
    COMPARISON,
    ZOO_FOLDER,
    Network,
    columns,
    measured,
    read_comparison,
)
from ocr_demo.models import MODELS, build_model, to_input
from ocr_demo.reading import Predictor
from ocr_demo.storage import data_home, write_json
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.processes import Processes, choose_device
from ocr_demo.training.train import train

ZOO = CHECKPOINTS / ZOO_FOLDER
RECIPE = CHECKPOINTS.parent / "configs" / "zoo.yaml"
FOUND = {
    "folder:data/standard-ocr": "folder:{data}/standard-ocr.tar.gz",
    "emnist": "npz:{data}/emnist36-train.npz",
}
"""What the recipe's sources are called in the folder of data."""
CLASSES = 36
ROUNDS = 5
"""In which all are timed in turns; the slowest takes seconds for 256 images on two cores."""


class FastPredictor(Predictor):
    """Reads on the device that trains: a large network takes minutes for EMNIST on a CPU."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        super().__init__(load_checkpoint(folder), "torch")
        network = self.checkpoint.network().to(device)

        def logits(glyphs: np.ndarray) -> np.ndarray:
            with torch.inference_mode():
                return network(to_input(torch.from_numpy(np.array(glyphs)).to(device))).cpu().numpy()

        self._network = logits


def main(
    data: Path,
    train: bool = False,
    measure: bool = False,
    time: bool = False,
    share: float = 1.0,
    epochs: int | None = None,
    images: int = 0,
    device: str = "auto",
    threads: int = 2,
) -> None:
    """Does what is asked and prints the table.

    Args:
        data: The folder that `benchmarks.accuracy` takes, with emnist36-train.npz too.
        train: Train every architecture anew.
        measure: Measure those whose weights are there on the test sets, and record the figures with them.
        time: Time how long reading takes, on this machine.
        share: Of the images that the recipe draws in an epoch, for machines without a GPU.
        epochs: For each, instead of the recipe's.
        images: Of each test set, at most, for machines without a GPU; 0 for all.
        device: Where to train and measure.
        threads: How many cores reading is timed on.
    """
    processor = choose_device(device)
    for name in MODELS if train else ():
        train_one(recipe(data, name, share, epochs), share, processor)
    if measure:
        sets = test_sets(data, images)
        for name in (name for name in MODELS if (ZOO / name / WEIGHTS).is_file()):
            for report in reports_on(FastPredictor(ZOO / name, processor), sets, record=True):
                print(name, table_row(report), flush=True)
    if time:
        time_all(threads)
    for line in table():
        print(line)


def test_sets(data: Path, images: int = 0) -> list[TestSet]:
    """Those of `benchmarks.accuracy`; where one has more images than asked for, some, always the same."""
    return [some(each, images) if images else each for each in latin_sets(data, data_home() / "fonts")]


def some(test_set: TestSet, images: int) -> TestSet:
    count = len(test_set.glyphs)
    if count <= images:
        return test_set
    chosen = np.isin(np.arange(count), np.random.default_rng(0).choice(count, images, replace=False))
    origin = f"{images:,} images of {test_set.origin}"
    return replace(test_set, glyphs=part(test_set.glyphs, chosen), origin=origin)


def recipe(data: Path, name: str, share: float = 1.0, epochs: int | None = None) -> TrainingOptions:
    """The zoo's recipe for an architecture, on the data in a folder, of which an epoch draws so much."""
    options = TrainingOptions.from_yaml(RECIPE)
    specs = [weighed(at(spec, data), share) for spec in options.data]
    epochs = epochs or options.epochs
    return replace(options, data=specs, name=name, model=name, output=relpath(ZOO), epochs=epochs)


def at(spec: str, data: Path) -> str:
    """The spec of a source of the recipe as it lies in the folder of data."""
    return re.sub("|".join(FOUND), lambda found: FOUND[found[0]].format(data=data), spec)


def weighed(spec: str, share: float) -> str:
    bare, weight = parse_spec(spec)
    return f"{bare}@{weight * share:g}"


def train_one(options: TrainingOptions, share: float, device: torch.device) -> None:
    """Trains a network and notes its size and the time that took."""
    for result in train(options, data_home(), Processes(0, 1, device), show=True):
        print(options.name, result, flush=True)
    note(options.name, share, device)


def note(name: str, share: float, device: torch.device) -> None:
    network = build_model(name, CLASSES)
    history = load_checkpoint(ZOO / name).history()
    noted = Network(
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        megabytes=round((ZOO / name / WEIGHTS).stat().st_size / 1e6, 2),
        epochs=len(history),
        share=share,
        training_seconds=round(sum(row["seconds"] or 0 for row in history), 1),
        trained_on=torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"{available_cores()} × CPU",
    )
    comparison = read_comparison(ZOO)
    write_json(ZOO / COMPARISON, asdict(replace(comparison, networks={**comparison.networks, name: noted})))


def time_all(threads: int) -> None:
    """Times all in PyTorch, in turns; random weights take as long as trained ones."""
    torch.set_num_threads(threads)
    comparison = read_comparison(ZOO)
    networks = {name: build_model(name, CLASSES).eval() for name in comparison.networks}
    timings = {
        batch: in_turns(
            {name: forward(network, batch) for name, network in networks.items()},
            ROUNDS,
            max(1, REPEATS // batch),
        )
        for batch in tqdm(BATCHES, unit="batch size")
    }
    timed = {
        name: replace(network, milliseconds={str(batch): round(timings[batch][name], 3) for batch in BATCHES})
        for name, network in comparison.networks.items()
    }
    done = replace(comparison, networks=timed, cores=threads, torch=torch.__version__.partition("+")[0])
    write_json(ZOO / COMPARISON, asdict(done))


def forward(network: nn.Module, batch: int) -> Callable[[], object]:
    inputs = torch.zeros(batch, 1, 64, 64)

    def run() -> None:
        with torch.inference_mode():
            network(inputs)

    return run


def table() -> Iterator[str]:
    """Lines of Markdown, for the README."""
    networks = measured(ZOO, read_comparison(ZOO))
    shown = columns(networks)
    yield f"| network | {' | '.join(column.title for column in shown)} |"
    yield f"| --- |{' ---: |' * len(shown)}"
    for each in networks:
        yield f"| `{each.name}` | {' | '.join(' / '.join(column.show(each)) for column in shown)} |"


if __name__ == "__main__":
    tyro.cli(main)
