"""Time to 98.5 % on the Standard OCR test set: the loop of every textbook against `train.py`'s recipe.

python -m benchmarks.training --data ../shared/data/standard-ocr.tar.gz

Both run here, one after the other, from reading the files on; the time that evaluating takes is left out.
"""

import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
import tyro
from torch import nn
from torch.nn import functional as F

from ocr_demo.characters import ALPHABETS
from ocr_demo.datasets import GlyphSet, load_glyphs
from ocr_demo.models import build_model, to_input
from ocr_demo.training.augmentation import Augmentation
from ocr_demo.training.fit import Trainer
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.processes import Processes
from ocr_demo.training.samples import split_samples

TARGET = 0.985
RECIPE = Path(__file__).resolve().parent.parent / "configs" / "standard-ocr.yaml"
LATIN = ALPHABETS["latin"]


class Stopwatch:
    """Counts seconds, except while paused."""

    def __init__(self) -> None:
        self._started, self._paused = time.perf_counter(), 0.0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started - self._paused

    def without(self, seconds: float) -> None:
        self._paused += seconds


def main(data: Path, textbook_epochs: int = 20) -> None:
    """Runs both and prints the ratio.

    Args:
        data: The Standard OCR dataset as .tar.gz.
        textbook_epochs: When to give the textbook loop up.
    """
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    ours = time_of(recipe(data), "train.py")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(data) as archive:
            archive.extractall(folder, filter="data")
        theirs = time_of(textbook(Path(folder) / "data", textbook_epochs), "textbook")
    if ours and theirs:
        print(f"train.py is {theirs / ours:.1f} times as fast")
    print_stages(data)


def time_of(progress: Iterator[tuple[float, float]], name: str) -> float | None:
    """Seconds to `TARGET`, from pairs of seconds and accuracy; None if it is never reached."""
    for seconds, accuracy in progress:
        print(f"{name:10}{seconds:8.1f} s  {accuracy:.2%}", flush=True)
        if accuracy >= TARGET:
            return seconds
    print(f"{name} did not reach {TARGET:.1%}")
    return None


def textbook(folder: Path, epochs: int) -> Iterator[tuple[float, float]]:
    """ImageFolder, a DataLoader with two workers, `ocrcnn`, Adam 0.001, batches of 32, fp32."""
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    watch = Stopwatch()
    transform = transforms.Compose(
        [
            transforms.Grayscale(),
            transforms.Resize((64, 64)),
            transforms.ToTensor(),
            transforms.Normalize(0.5, 0.5),
        ]
    )
    training = DataLoader(
        datasets.ImageFolder(str(folder / "training_data"), transform), 32, shuffle=True, num_workers=2
    )
    test = DataLoader(datasets.ImageFolder(str(folder / "testing_data"), transform), 256)
    torch.manual_seed(0)
    network = build_model("ocrcnn", 36)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    for _ in range(epochs):
        network.train()
        for images, labels in training:
            optimizer.zero_grad()
            F.cross_entropy(network(images), labels).backward()
            optimizer.step()
        seconds, started = watch.seconds, time.perf_counter()
        network.eval()
        with torch.inference_mode():
            correct = sum(int((network(images).argmax(1) == labels).sum()) for images, labels in test)
        watch.without(time.perf_counter() - started)
        yield seconds, correct / len(test.dataset)  # type: ignore[arg-type]  # an ImageFolder has a length


def recipe(data: Path) -> Iterator[tuple[float, float]]:
    """`train.py --config configs/standard-ocr.yaml`: the engine that the script runs, without its files."""
    options = replace(TrainingOptions.from_yaml(RECIPE), data=[f"folder:{data}"])
    with tempfile.TemporaryDirectory() as cache:
        test = load_glyphs(options.data[0], LATIN, split="testing", cache=Path(cache), progress=False)
        watch = Stopwatch()
        training = load_glyphs(options.data[0], LATIN, cache=Path(cache), progress=False)
        device = torch.device("cpu")
        samples = split_samples([training], [1.0], options.validation, options.validation_seed, device)
        torch.manual_seed(options.seed)
        network = build_model(options.model, len(LATIN.labels), **options.model_arguments)
        trainer = Trainer(network, *samples, options, Processes(0, 1, device))
        for _ in trainer.fit():
            seconds, started = watch.seconds, time.perf_counter()
            accuracy = accuracy_of(trainer.best()[0], test)
            watch.without(time.perf_counter() - started)
            yield seconds, accuracy


def accuracy_of(network: nn.Module, test: GlyphSet) -> float:
    with torch.inference_mode():
        logits = network(to_input(torch.from_numpy(test.glyphs.copy())))
    return float((logits.argmax(1).numpy() == test.labels).mean())


def print_stages(data: Path) -> None:
    """Images/s of each stage of `train.py` by itself: the slowest is the limit."""
    options = replace(TrainingOptions.from_yaml(RECIPE), data=[f"folder:{data}"])
    with tempfile.TemporaryDirectory() as cache:
        for stage in ("decode, preprocess, cache", "from the cache"):
            started = time.perf_counter()
            training = load_glyphs(options.data[0], LATIN, cache=Path(cache), progress=False)
            print_speed(stage, len(training), time.perf_counter() - started)
        glyphs = torch.from_numpy(training.glyphs[: options.batch_size].copy())
    for name, seconds in step_seconds(options, glyphs).items():
        print_speed(name, len(glyphs), seconds)


def step_seconds(options: TrainingOptions, glyphs: torch.Tensor, steps: int = 20) -> dict[str, float]:
    """Mean seconds of each part of a step on a batch of glyphs (N, 64, 64), and of evaluating them."""
    network = build_model(options.model, len(LATIN.labels), **options.model_arguments)
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-6)
    augmentation, generator = Augmentation(options.augmentation), torch.Generator()
    floats, labels = glyphs.unsqueeze(1).float() / 255, torch.zeros(len(glyphs), dtype=torch.long)
    inputs = to_input(glyphs).contiguous(memory_format=torch.channels_last)
    spent = dict.fromkeys(("augment", "forward", "backward", "optimizer", "evaluate"), 0.0)
    for step in range(steps + 1):
        marks = [time.perf_counter()]
        augmentation(floats, generator)
        marks.append(time.perf_counter())
        network.train()
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(network(inputs).float(), labels)
        marks.append(time.perf_counter())
        loss.backward()
        marks.append(time.perf_counter())
        optimizer.step()
        optimizer.zero_grad()
        marks.append(time.perf_counter())
        network.eval()
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            network(inputs)
        marks.append(time.perf_counter())
        if step:  # the first warms up
            for name, start, end in zip(spent, marks, marks[1:], strict=False):
                spent[name] += (end - start) / steps
    return spent


def print_speed(stage: str, images: int, seconds: float) -> None:
    print(f"  {stage:28}{images / seconds:10,.0f} images/s", flush=True)


if __name__ == "__main__":
    tyro.cli(main)
