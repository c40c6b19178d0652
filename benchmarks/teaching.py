"""What a checkpoint learns from a few samples of a writer, and what it forgets; and how it reads meanwhile.

python -m benchmarks.teaching --data ../shared/data [--people 26] [--images 0] [--wrong 0.2]

Each writer (see `benchmarks.writers`) writes every character five times; those that the checkpoint misreads
at least once are shown to it. Counted are the mistakes on the writer's other samples, of all characters,
before and after; a look-alike (0 for O, 1 for I or L) is none. Reading is timed in this process while a run
trains in its own.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from numpy.random import Generator
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.writers import LATIN, Writer, writers
from ocr_demo.checkpoint import CHECKPOINTS, Checkpoint, load_checkpoint
from ocr_demo.datasets import load_glyphs
from ocr_demo.evaluation.measuring import evaluate_source
from ocr_demo.evaluation.report import Report
from ocr_demo.reading import Predictor
from ocr_demo.reading.library import Library
from ocr_demo.storage import data_home
from ocr_demo.teaching.finetuning import finetune
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.runs import Runs
from ocr_demo.teaching.samples import Samples

TAUGHT, OTHERS = 5, 10
"""Samples of each character that a writer may show, and those that are counted."""
READINGS = 400


@dataclass(frozen=True)
class Reference:
    """A test set that teaching should not change: the glyphs (N, 64, 64) and labels (N,) of a part of it."""

    name: str
    glyphs: NDArray[np.uint8]
    labels: NDArray[np.integer]
    source: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Taught:
    """One writer's outcome; errors are shares, 0..1."""

    writer: str
    misread: str
    before: float
    after: float
    changes: tuple[float, ...]
    """In accuracy on each reference set, in points."""
    ece: tuple[float, ...]
    """On each reference set, afterwards."""
    seconds: float


def main(
    data: Path,
    checkpoint: str = "latin",
    people: int = 26,
    images: int = 0,
    wrong: float = 0.0,
    seconds: float = TuningOptions.seconds,
    speed: bool = True,
) -> None:
    """Measures and prints a line a writer, then the whole.

    Args:
        data: The folder with emnist36-test.npz and standard-ocr.tar.gz.
        checkpoint: A name in checkpoints/, or a checkpoint's folder.
        people: How many writers.
        images: Of each test set so many, drawn at random, always the same; 0 takes all.
        wrong: The share of samples shown with a wrong label.
        seconds: The most a training may take.
        speed: Time reading during a run, too.
    """
    library = Library(CHECKPOINTS, checkpoint)
    base = load_checkpoint(library.folder(library.chosen))
    references = [
        reference("EMNIST ByClass test", f"npz:{data / 'emnist36-test.npz'}", images),
        reference("Standard OCR test", f"folder:{data / 'standard-ocr.tar.gz'}", images),
    ]
    measured = [report(base, each) for each in references]
    hands = writers(people, data_home() / "fonts" / "held-out")
    results = []
    for number, writer in enumerate(hands):
        random = np.random.default_rng((number, 1))
        result = taught(base, writer, references, measured, wrong, seconds, random)
        print(line(result), flush=True)
        results.append(result)
    print_whole(results, references, measured)
    if speed:
        print_speed(base, hands[0])


def reference(name: str, spec: str, images: int) -> Reference:
    glyphs = load_glyphs(spec, LATIN, split="testing")
    chosen = np.sort(np.random.default_rng(0).permutation(len(glyphs))[: images or None])
    return Reference(name, glyphs.glyphs[chosen], glyphs.labels[chosen])


def report(checkpoint: Checkpoint, reference: Reference) -> Report:
    return evaluate_source(Predictor(checkpoint), reference, name=reference.name, progress=tqdm)[0]


def taught(
    base: Checkpoint,
    writer: Writer,
    references: Sequence[Reference],
    measured: Sequence[Report],
    wrong: float,
    seconds: float,
    random: Generator,
) -> Taught:
    """Teaches the checkpoint what it misreads of a writer, and measures it before and after."""
    shown = [writer.samples(label, TAUGHT, random) for label in LATIN.labels]
    others = np.concatenate([writer.samples(label, OTHERS, random) for label in LATIN.labels])
    reader = Predictor(base)
    misread = [label for label, glyphs in enumerate(shown) if mistakes(reader, glyphs, label).any()]
    counted = np.repeat(np.arange(len(LATIN.labels)), OTHERS)
    labels = mislabelled(np.repeat(misread, TAUGHT), wrong, random)
    samples = Samples(np.concatenate([shown[label] for label in misread]), labels)
    started = time.perf_counter()
    folder = data_home() / "benchmark" / "taught"
    for _ in finetune(base, samples, folder, TuningOptions(seconds=seconds), home=data_home()):
        pass
    spent = time.perf_counter() - started
    tuned = load_checkpoint(folder)
    afterwards = [report(tuned, each) for each in references]
    return Taught(
        writer.name,
        "".join(LATIN.labels[label] for label in misread),
        float(mistakes(reader, others, counted).mean()),
        float(mistakes(Predictor(tuned), others, counted).mean()),
        tuple(
            100 * (after.accuracy - before.accuracy)
            for after, before in zip(afterwards, measured, strict=True)
            if after.accuracy is not None and before.accuracy is not None
        ),
        tuple(after.ece for after in afterwards if after.ece is not None),
        spent,
    )


def mistakes(
    reader: Predictor, glyphs: NDArray[np.uint8], labels: int | NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Which glyphs (N,) are read as neither their label nor a look-alike of it."""
    folding = np.array(LATIN.folding)
    return folding[reader.logits(glyphs).argmax(1)] != folding[labels]


def mislabelled(labels: NDArray[np.integer], share: float, random: Generator) -> NDArray[np.integer]:
    """The labels (N,), a share of them put to any other."""
    changed = labels.copy()
    for index in random.permutation(len(labels))[: round(share * len(labels))]:
        changed[index] = random.choice(np.delete(np.arange(len(LATIN.labels)), labels[index]))
    return changed


def line(result: Taught) -> str:
    changes = " ".join(
        f"{change:+.2f} (ECE {ece:.4f})" for change, ece in zip(result.changes, result.ece, strict=True)
    )
    return (
        f"{result.writer:24} {result.misread:24} {result.before:6.1%} → {result.after:6.1%}  "
        f"{changes}  {result.seconds:.0f} s"
    )


def print_whole(
    results: Sequence[Taught], references: Sequence[Reference], measured: Sequence[Report]
) -> None:
    """What the goals are about."""
    before, after = (np.mean([getattr(each, when) for each in results]) for when in ("before", "after"))
    cuts = [1 - each.after / each.before for each in results if each.before]
    print(f"\n{len(results)} writers; mistakes on their other samples {before:.1%} → {after:.1%}")
    print(
        f"cut by {1 - after / before:.0%}; by writer {np.mean(cuts):.0%} on average, {min(cuts):.0%} at worst"
    )
    for index, (each, figures) in enumerate(zip(references, measured, strict=True)):
        changes, errors = [r.changes[index] for r in results], [r.ece[index] for r in results]
        print(
            f"{each.name}: {np.mean(changes):+.2f} points on average, {min(changes):+.2f} at worst; "
            f"ECE {figures.ece:.4f} → {np.mean(errors):.4f}, {max(errors):.4f} at worst"
        )
    print(
        f"{np.mean([each.seconds for each in results]):.0f} s a writer on average, "
        f"{max(each.seconds for each in results):.0f} at most"
    )


def print_speed(base: Checkpoint, writer: Writer) -> None:
    """Times single readings while nothing else is done, and while a run goes."""
    random = np.random.default_rng(0)
    glyphs = np.concatenate([writer.samples(label, 1, random) for label in LATIN.labels])
    samples = Samples(glyphs, np.arange(len(glyphs)))
    reader = Predictor(base, threads=1)
    idle = timed(reader, glyphs)
    runs = Runs(data_home())
    run = runs.start("benchmark", samples, base.folder, TuningOptions(epochs=1000))
    while not run.progress:
        if not run.state.is_live:
            raise SystemExit(f"the run ended before it began: {run.state.reason}")
        time.sleep(0.1)
    busy = timed(reader, glyphs)
    runs.forget("benchmark")
    for name, share in (("median", 50), ("95th percentile", 95)):
        times = [1000 * float(np.percentile(each, share)) for each in (idle, busy)]
        told = f"{times[0]:.1f} ms idle, {times[1]:.1f} ms during a run, {times[1] / times[0]:.2f}×"
        print(f"predict, {name}: {told}")


def timed(reader: Predictor, glyphs: NDArray[np.uint8]) -> list[float]:
    """Seconds of readings of one glyph each, some time apart, as from a moving pen."""
    times = []
    for index in range(READINGS):
        time.sleep(0.01)
        started = time.perf_counter()
        reader.predict(glyphs[index % len(glyphs)])
        times.append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    tyro.cli(main)
