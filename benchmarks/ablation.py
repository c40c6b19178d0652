"""What each part of the training recipe is worth: the zoo's recipe, each time with one part changed.

python -m benchmarks.ablation --data ../shared/data [--epochs 6] [--only whole "without scenes"]

On a GPU each training takes half a minute, on two cores three with --share 0.04 --epochs 4 --images 10000. It
prints Markdown.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tyro

from benchmarks.accuracy import TestSet, reports_on
from benchmarks.zoo import FastPredictor, recipe, test_sets
from ocr_demo.evaluation.report import Report, percent
from ocr_demo.storage import data_home
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.processes import Processes, choose_device
from ocr_demo.training.train import train


@dataclass(frozen=True)
class Change:
    """What a row leaves out, or does otherwise."""

    left_out: str = ""
    """What specs of data have in them that are left out, and those made from them."""
    options: dict[str, Any] = field(default_factory=dict)

    def applied(self, options: TrainingOptions) -> TrainingOptions:
        data = [spec for spec in options.data if not self.left_out or self.left_out not in spec]
        return replace(options, data=data, **self.options)


CHANGES = {
    "whole": Change(),
    "without redrawn handwriting": Change(left_out="drawings:"),
    "without scenes": Change(left_out="scenes:"),
    "without fonts": Change(left_out="fonts:"),
    "without marred ones": Change(left_out="marred:"),
    "light augmentation": Change(options={"augmentation": "light"}),
    "no augmentation": Change(options={"augmentation": "off"}),
    "no averaging of weights": Change(options={"averaging": 0.0}),
    "no outliers": Change(options={"outliers": 0.0, "outlier_data": []}),
    "smoothed labels": Change(options={"label_smoothing": 0.1}),
    "classes weighed alike": Change(options={"class_balance": True}),
}
COLUMNS = ("EMNIST", "Standard OCR", "mouse", "fonts", "lower case", "scenes", "not Latin accepted")


def main(
    data: Path,
    share: float = 1.0,
    epochs: int = 6,
    images: int = 0,
    only: tuple[str, ...] = (),
    device: str = "auto",
) -> None:
    """Trains and measures, and prints a row for each.

    Args:
        data: The folder that `benchmarks.accuracy` takes, with emnist36-train.npz too.
        share: Of the images that the recipe draws in an epoch, for machines without a GPU.
        epochs: For each.
        images: Of each test set, at most, for machines without a GPU; 0 for all.
        only: Rows to measure, by their names; all if none is named.
        device: Where to train and measure.
    """
    sets = test_sets(data, images)
    print("| recipe | " + " | ".join(COLUMNS) + " |\n" + "| --- " * (1 + len(COLUMNS)) + "|")
    for name in only or CHANGES:
        print(
            row(name, outcome(recipe(data, "glyphnet", share, epochs), CHANGES[name], sets, device)),
            flush=True,
        )


def outcome(options: TrainingOptions, change: Change, sets: Sequence[TestSet], device: str) -> list[Report]:
    """The reports of glyphnet, trained so."""
    processor = choose_device(device)
    with tempfile.TemporaryDirectory() as folder:
        changed = change.applied(replace(options, output=folder))
        for _ in train(changed, data_home(), Processes(0, 1, processor)):
            pass
        predictor = FastPredictor(Path(folder) / options.name, processor)
        return list(reports_on(predictor, sets, record=False))


def row(name: str, reports: Sequence[Report]) -> str:
    """Accuracies, exact and with look-alikes folded, and how much of what is no Latin was accepted."""
    cells = [
        f"{percent(report.accuracy)} / {percent(report.folded_accuracy)}"
        for report in reports
        if report.accuracy is not None
    ]
    return f"| {name} | " + " | ".join([*cells, percent(reports[-1].accepted)]) + " |"


if __name__ == "__main__":
    tyro.cli(main)
