"""Learns from the corrections collected since the last time, and promotes what has become better."""

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ocr_demo.checkpoint import Checkpoint, load_checkpoint
from ocr_demo.datasets.source import stacked
from ocr_demo.errors import PromotionError, RefusedError
from ocr_demo.evaluation.measuring import LabelledGlyphs
from ocr_demo.reading.versions import Versions
from ocr_demo.storage import write_json
from ocr_demo.teaching.promotion import promote, user, writing
from ocr_demo.teaching.samples import Samples
from ocr_demo.teaching.verdict import load_labelled, reference_sets

HELD_OUT = 4
"""One in so many samples isn't trained on: the candidate must be better on those."""
STATE, LOG, CANDIDATE = "state.json", "log.jsonl", "candidate"

Outcome = Literal["promoted", "refused", "nothing new", "too few"]

log = logging.getLogger(__name__)


Tune = Callable[[Checkpoint, Samples, Path], None]
"""Teaches a checkpoint samples and writes what has learnt them to a folder."""


@dataclass(frozen=True)
class Retraining:
    """What one retraining did."""

    checkpoint: str
    time: str
    """In UTC, ISO 8601."""
    outcome: Outcome
    new: int
    """Samples that no promoted version has learnt from."""
    trained_on: int
    held_out: int
    version: str | None = None
    """What reads now, where it was promoted."""
    reason: str = ""
    """Why it was refused, with the figures."""

    def __str__(self) -> str:
        told = f"{self.checkpoint}: {self.outcome}; {self.new:,} new samples"
        if self.trained_on:
            told += f", {self.trained_on:,} trained on, {self.held_out:,} held out"
        if self.version:
            told += f"; {self.version} reads now"
        return told + (f"; {self.reason}" if self.reason else "")


@dataclass(frozen=True)
class State:
    """What earlier retrainings have used, by digest of glyph and label."""

    learnt: frozenset[str] = frozenset()
    """By a version that was promoted."""
    tried: frozenset[str] = frozenset()
    """By candidates that were refused: they are tried again when others have come."""

    @classmethod
    def read(cls, path: Path) -> "State":
        """That of a file; an empty one where it is missing or damaged: all is then tried once more."""
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            return cls(frozenset(entry["learnt"]), frozenset(entry["tried"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            if path.exists():
                log.warning("%s can't be read, all samples count as new: %s", path, error)
            return cls()

    def after(self, outcome: Outcome, digests: Sequence[str]) -> "State":
        """What is so after a retraining with the samples of these digests."""
        if outcome == "promoted":
            return State(self.learnt.union(digests))
        return State(self.learnt, self.tried.union(digests)) if outcome == "refused" else self

    def write(self, path: Path) -> None:
        write_json(path, {"learnt": sorted(self.learnt), "tried": sorted(self.tried)})


def retrain(
    versions: Versions, data: Sequence[str], folder: Path, tune: Tune, references: Sequence[str] = ()
) -> Retraining:
    """Has what is served learn the samples of sources, and promotes the result if it passes the gate.

    It learns those that no promoted version has learnt; where all of them have been tried before, nothing is
    done. `folder` keeps what was used and a line for each retraining. A `DataError`, a `CheckpointError` or a
    `PromotionError` says why it can't be done; the samples then count as untried.
    """
    with _alone(folder, versions.name):
        served = load_checkpoint(versions.served_folder(), versions.name)
        state = State.read(folder / STATE)
        samples, digests = _unlearnt([load_labelled(spec, served.alphabet) for spec in data], state)
        told = _retrained(versions, served, samples, digests, state, folder, tune, references)
        with writing(folder):
            state.after(told.outcome, digests).write(folder / STATE)
            with (folder / LOG).open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(told), ensure_ascii=False) + "\n")
    return told


def _retrained(
    versions: Versions,
    served: Checkpoint,
    samples: Samples,
    digests: Sequence[str],
    state: State,
    folder: Path,
    tune: Tune,
    references: Sequence[str],
) -> Retraining:
    held = np.array([int(digest, 16) % HELD_OUT == 0 for digest in digests], bool)
    counts = len(held), int((~held).sum()), int(held.sum())
    time = datetime.now(UTC).isoformat(timespec="seconds")
    if state.tried.issuperset(digests):
        return Retraining(versions.name, time, "nothing new", *counts)
    if not all(counts):
        return Retraining(versions.name, time, "too few", *counts)
    with _candidate(folder) as candidate:
        tune(served, samples.of(~held), candidate)
        try:
            promotion = promote(
                candidate,
                versions,
                lambda served: [samples.of(held, "corrections held out")],
                lambda served: reference_sets(served, references),
                by=f"retrain ({user()})",
            )
        except RefusedError as error:
            return Retraining(versions.name, time, "refused", *counts, reason=str(error))
    return Retraining(versions.name, time, "promoted", *counts, version=promotion.version)


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """The time in which no other process retrains it; a `PromotionError` where one does."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise PromotionError(
            "another retraining of {name} is going on; try again when it is done", name=name
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _candidate(folder: Path) -> Iterator[Path]:
    """Where a candidate is written; it goes in the end, for one that was promoted lies among the versions."""
    candidate = folder / CANDIDATE
    try:
        yield candidate
    finally:
        shutil.rmtree(candidate, ignore_errors=True)


def _unlearnt(sets: Sequence[LabelledGlyphs], state: State) -> tuple[Samples, list[str]]:
    """The labelled samples that no promoted version has learnt, each once, and their digests."""
    found: dict[str, tuple[NDArray[np.uint8], int]] = {}
    for glyph_set in sets:
        for glyph, label in zip(glyph_set.glyphs, glyph_set.labels, strict=True):
            if label >= 0:
                digest = blake2b(glyph.tobytes() + bytes([label]), digest_size=12).hexdigest()
                found.setdefault(digest, (glyph, int(label)))
    fresh = {digest: sample for digest, sample in found.items() if digest not in state.learnt}
    samples = Samples(
        stacked([glyph for glyph, _ in fresh.values()]),
        np.array([label for _, label in fresh.values()], np.int64),
        origin="; ".join(glyph_set.origin for glyph_set in sets),
    )
    return samples, list(fresh)
