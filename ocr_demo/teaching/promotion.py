"""A candidate takes the place of what is served, if it is better; and the way back."""

import getpass
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ocr_demo.checkpoint import TAKEN, Checkpoint, load_checkpoint, replaced_folder
from ocr_demo.errors import CandidateError, CheckpointError, PromotionError, RefusedError
from ocr_demo.evaluation.measuring import LabelledGlyphs, record_report, recorded_reports
from ocr_demo.reading import Predictor
from ocr_demo.reading.versions import SHIPPED, Versions
from ocr_demo.storage import data_home
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.verdict import Told, Verdict, compare, load_labelled, reference_sets

Sets = Callable[[Checkpoint], Sequence[LabelledGlyphs]]
"""Gives the sets to compare on, from what is served: its alphabet tells which labels they have."""

COLLECTED = "collected"
"""The folder of corrections that people let the owner have."""

log = logging.getLogger(__name__)


def promote(
    candidate: Path,
    versions: Versions,
    new: Sets,
    references: Sets,
    *,
    by: str = "",
    run: str = "",
    tell: Callable[[Told], None] = lambda _: None,
) -> Promotion:
    """Has a checkpoint folder read in place of what is served, in every process, if it is better.

    It must read more of the new data rightly, and lose at most `MOST_LOST` on each reference; `tell` hears
    how that goes. A `RefusedError` tells the figures where it does not, a `CandidateError` what is wrong
    with the folder; after these, and all else, nothing has changed.
    """
    with writing(versions.folder), _alone(versions):
        before = versions.served()
        version = versions.next()
        with replaced_folder(versions.path(version)) as stage:
            staged = _staged(candidate, stage, versions.name)
            served = _served(versions)
            _require_same_alphabet(served.checkpoint, staged)
            verdict = compare(
                served, Predictor(staged), new(served.checkpoint), references(served.checkpoint), tell
            )
            _require_better(verdict, candidate)
            _export(staged)
            for report in verdict.measured:
                record_report(stage, report)
            promotion = Promotion(
                versions.name,
                version,
                before,
                candidate.name,
                staged.fingerprint(),
                by or user(),
                datetime.now(UTC).isoformat(timespec="seconds"),
                verdict.figures,
                run,
            )
            promotion.write(stage)
        _switch(versions, before, version)
    log.info("promoted %s %s by %s, in place of %s", versions.name, version, promotion.by, before)
    return promotion


def promote_on_sources(
    candidate: Path,
    versions: Versions,
    data: Sequence[str],
    references: Sequence[str] = (),
    samples: Sequence[LabelledGlyphs] = (),
    *,
    by: str = "",
    run: str = "",
    tell: Callable[[Told], None] = lambda _: None,
) -> Promotion:
    """As `promote`, the sets being those of sources; without `references` those that `reference_sets` finds.

    `samples` are further new data.

    A `DataError` says why a source can't be used.
    """
    return promote(
        candidate,
        versions,
        lambda served: [*samples, *(load_labelled(spec, served.alphabet) for spec in data)],
        lambda served: reference_sets(served, references),
        by=by,
        run=run,
        tell=tell,
    )


def roll_back(versions: Versions, to: str = "", by: str = "") -> str:
    """Has the version read that read before the served one, or the one named; gives it.

    A `PromotionError` where there is none, or it is no longer there.
    """
    served = versions.served()
    if not to and served == SHIPPED:
        raise PromotionError(
            "{name}: what ships is what reads; there is nothing to roll back", name=versions.name
        )
    version = to or Promotion.read(versions, served).replaced
    if version not in versions.names():
        raise PromotionError(
            "{name}: there is no version {version!r}; choose from {choices}",
            name=versions.name,
            version=version,
            choices=", ".join(map(repr, versions.names())),  # in quotes no name is translated
        )
    _require_readable(versions, version)
    with writing(versions.folder):
        _switch(versions, served, version)
    log.info("rolled back %s from %s to %s by %s", versions.name, served, version, by or user())
    return version


def collected(versions: Versions) -> list[str]:
    """The source of the corrections that were collected here, if any are of the served one's alphabet."""
    labels, folder = load_checkpoint(versions.served_folder()).alphabet.labels, data_home() / COLLECTED
    return [f"folder:{folder}"] if any(path.parent.name in labels for path in folder.rglob("*.png")) else []


def clear(versions: Versions) -> None:
    """Removes what a promotion that was killed left half done, unless another goes on."""
    with suppress(PromotionError, OSError), _alone(versions):
        pass  # it clears what it finds


def user() -> str:
    """Who runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return f"user {os.getuid()}"


def _staged(candidate: Path, stage: Path, name: str) -> Checkpoint:
    """A candidate's files in a folder of their own, checked."""
    try:
        load_checkpoint(candidate)
        for file in TAKEN:
            if (candidate / file).is_file():
                shutil.copyfile(candidate / file, stage / file)
        staged = load_checkpoint(stage, name)
        staged.network()
        recorded_reports(staged)  # promoting adds to them
    except CheckpointError as error:
        told = str(error).replace(str(stage), str(candidate))
        raise CandidateError("this checkpoint can't be used: {trouble}", trouble=told) from error
    return staged


def _export(staged: Checkpoint) -> None:
    """Makes it read as fast as what ships; where its network can't be exported, PyTorch reads."""
    from ocr_demo.reading.export import export_onnx  # brings PyTorch and onnx, slow to import

    try:
        export_onnx(staged)
    except CheckpointError as error:
        log.warning("%s", error)


def _served(versions: Versions) -> Predictor:
    try:
        return Predictor(load_checkpoint(versions.served_folder(), versions.name))
    except CheckpointError as error:
        raise PromotionError(
            "what is served as {name} can't be loaded, so nothing can be held against it: {error}",
            name=versions.name,
            error=error,
        ) from error


def _require_same_alphabet(served: Checkpoint, candidate: Checkpoint) -> None:
    if candidate.contract.alphabet != served.contract.alphabet:
        raise CandidateError(
            "{name} reads {alphabet}, the candidate {other}; "
            "promote it to the place of a checkpoint of its alphabet",
            name=served.name,
            alphabet=served.contract.alphabet,
            other=candidate.contract.alphabet,
        )


def _require_better(verdict: Verdict, candidate: Path) -> None:
    if verdict.objections:
        raise RefusedError(
            "{name} was not promoted: {objections}",
            verdict.figures,
            name=candidate.name,
            objections=verdict.objections,
        )


def _require_readable(versions: Versions, version: str) -> None:
    try:
        load_checkpoint(versions.path(version)).network()
    except CheckpointError as error:
        raise PromotionError(
            "{name} can't be rolled back to {version}: {error}",
            name=versions.name,
            version=version,
            error=error,
        ) from error


def _switch(versions: Versions, expected: str, version: str) -> None:
    """Has a version read if the expected one still does: another process may have switched meanwhile."""
    with FileLock(versions.folder / ".switch.lock"):
        if (found := versions.served()) != expected:
            raise PromotionError(
                "{name} was switched from {expected} to {found} meanwhile; look at it and try again",
                name=versions.name,
                expected=expected,
                found=found,
            )
        versions.switch(version)


@contextmanager
def _alone(versions: Versions) -> Iterator[None]:
    """The time in which no other process promotes; what one that was killed left half done is cleared."""
    versions.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(versions.folder / ".promotion.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise PromotionError(
            "another promotion to {name} is going on; try again when it is done", name=versions.name
        ) from None
    try:
        for left in versions.folder.glob(".v*.*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        with suppress(OSError):
            lock.release()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tells a full disk and a folder that is read-only from a mistake of ours."""
    try:
        yield
    except OSError as error:
        raise PromotionError(
            "{folder} can't be written to ({reason}); "
            "free some space, or set OCR_DEMO_HOME to a folder you own",
            folder=folder,
            reason=error.strerror or str(error),
        ) from error
