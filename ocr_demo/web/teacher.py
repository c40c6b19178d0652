"""Between the page and people's corrections: what somebody at the page asks for, done or refused in words."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from anyio import CapacityLimiter, create_task_group, sleep, to_thread

from ocr_demo.characters import ALPHABETS, Alphabet
from ocr_demo.checkpoint import Checkpoint
from ocr_demo.errors import TeachingError
from ocr_demo.evaluation.measuring import recorded_reports
from ocr_demo.settings import Settings
from ocr_demo.storage import data_home
from ocr_demo.teaching import Bounds, Collection, Correction, Draft, People
from ocr_demo.teaching.collecting import Collecting
from ocr_demo.teaching.packing import drafts_of_archive, drafts_of_pictures, new_among, packed, read_by
from ocr_demo.teaching.practice import most_misread
from ocr_demo.teaching.unpacking import Member
from ocr_demo.web.metrics import Taught
from ocr_demo.web.service import Service

Result = TypeVar("Result")
log = logging.getLogger(__name__)
SWEEP_SECONDS = 60
"""Nothing is looked for that has expired more often than this."""
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz")


@dataclass(frozen=True)
class Brought:
    """How many of the pictures that somebody brought are kept now, and how many were there already."""

    kept: int
    known: int


class Teacher:
    """Adds to people's corrections what the page brings, and tells what there is."""

    def __init__(self, service: Service, people: People, settings: Settings) -> None:
        self.people, self.settings = people, settings
        self._service = service
        self._importing = CapacityLimiter(1)  # a set takes a core for seconds

    def collection(self, id: str) -> Collection:
        return self.people.collection(id)

    def readers(self, choice: str) -> list[str]:
        """The names of the checkpoints that may read for a choice, the one that corrections are for first."""
        return self._service.library.readers(choice)

    def alphabet(self, checkpoint: str) -> Alphabet:
        return self._checkpoint(checkpoint).alphabet

    def _checkpoint(self, choice: str) -> Checkpoint:
        """What corrections are for."""
        library = self._service.library
        return library.checkpoint(library.first(choice))

    def _alphabets(self, choice: str) -> list[str]:
        """Those whose labels a choice takes, by name: of `ANY` all, for the wrong script's may have read."""
        return self._service.library.alphabets(choice)

    async def keep(
        self, id: str, page: str, picture: Callable[[], bytes], label: str, checkpoint: str
    ) -> Correction:
        """Reads a picture and keeps it as what the person says it is, in either case.

        `page` tells the page that they have open from others: it is read by what the page is read by.
        """
        named = self._service.named(checkpoint)
        reading = await self._service.read(picture, named, "teach", page, id)
        meant = label_in([reading.checkpoint.alphabet.name, *self._alphabets(checkpoint)], label)

        def add() -> Correction:
            draft = Draft.of(picture(), reading.prediction, meant, reading.checkpoint.name)
            (added,) = self.collection(id).add([draft])
            return added

        added = await to_thread.run_sync(add)
        how: Taught = "corrected" if added.misread else "confirmed" if added.read else "refused"
        self._service.metrics.count_corrections(how, reading.checkpoint.name)
        await to_thread.run_sync(self._service.judge, reading.checkpoint.name, added.is_right)
        return added

    async def bring(self, id: str, files: Sequence[Path], label: str, checkpoint: str) -> Brought:
        """Keeps all pictures of an archive, or several that show one label, but those that are there."""
        work = partial(self._bring, id, files, label, checkpoint)
        brought = await to_thread.run_sync(work, limiter=self._importing)
        name = self._checkpoint(checkpoint).name
        self._service.metrics.count_corrections("imported", name, brought.kept)
        return brought

    def _bring(self, id: str, files: Sequence[Path], label: str, checkpoint: str) -> Brought:
        name = self._checkpoint(checkpoint).name
        collection, predictor = self.collection(id), self._service.library.predictor(name)
        alphabet = predictor.checkpoint.alphabet
        most = self.people.bounds.corrections  # how many are new is known once all are decoded
        if is_archive_name(files):
            drafts = drafts_of_archive(files[0], alphabet, self.settings.max_pixels, most)
        else:
            # before the name stands what tells an upload from others
            pictures = [Member(path.name.split("-", 1)[-1], path.read_bytes()) for path in files]
            drafts = drafts_of_pictures(
                pictures, label_in([alphabet.name], label), self.settings.max_pixels, most
            )
        fresh = new_among(drafts, collection)
        collection.require_count(len(fresh))  # before they are read
        added = collection.add(read_by(fresh, predictor, name))
        return Brought(len(added), len(drafts) - len(added))

    def relabel(self, id: str, ids: Sequence[str], label: str, checkpoint: str) -> int:
        return self.collection(id).relabel(ids, label_in(self._alphabets(checkpoint), label))

    def forget(self, id: str) -> None:
        """Removes everything of a person: their corrections, trainings and checkpoints."""
        self._service.own.forget(id)
        self.people.forget(id)

    def export(self, id: str, checkpoint: str) -> bytes:
        """A ZIP of the corrections in the checkpoint's alphabet, or, if it has none, in the first that has.

        They are of one alphabet, as `folder:` takes them.
        """
        collection, own = self.collection(id), self.alphabet(checkpoint)
        labels = {each.label for each in collection.corrections()}
        known = (each for each in (own, *ALPHABETS.values()) if not labels.isdisjoint(each.labels))
        return packed(collection, next(known, own))

    def to_practise(self, id: str, checkpoint: str) -> dict[str, list[str]]:
        """The labels to collect, by the way to go through them."""
        loaded = self._checkpoint(checkpoint)
        misread = most_misread(loaded.alphabet, recorded_reports(loaded), self.collection(id).corrections())
        return {"all": list(loaded.alphabet.labels), "misread": list(misread)}


def is_archive_name(files: Sequence[Path]) -> bool:
    """Whether what was brought is one archive; a `TeachingError` where it is several, or nothing."""
    archives = [path for path in files if path.suffix.lower() in ARCHIVES]
    if not files or (archives and len(files) > 1):
        raise TeachingError("bring one archive, or several pictures of one character")
    return bool(archives)


def label_in(alphabets: Sequence[str], text: str) -> str:
    """The label of these alphabets that a person means; a `TeachingError` lists the choices."""
    if not text.strip():
        raise TeachingError("say which character it is")
    choices = [ALPHABETS[name] for name in dict.fromkeys(alphabets)]
    meant = (alphabet.label_of(text.strip()) for alphabet in choices)
    if label := next(filter(None, meant), None):
        return label
    labels = " ".join(label for alphabet in choices for label in alphabet.labels)
    raise TeachingError("{text!r} is none of the characters here: {labels}", text=text, labels=labels)


def people_of(settings: Settings) -> People:
    """Everyone's corrections below the data folder, bounded and collected as the settings say."""
    bounds = Bounds(
        corrections=settings.max_corrections,
        bytes=settings.max_person_mb * 2**20,
        bytes_in_all=settings.max_teaching_mb * 2**20,
        seconds=settings.keep_seconds,
    )
    home = data_home()
    collecting = Collecting(home / "collected", settings.collect_to) if settings.collect else None
    return People(home / "teaching", bounds, collecting)


@asynccontextmanager
async def running(service: Service, people: People, sweep_uploads: Callable[[], None]) -> AsyncIterator[None]:
    """The time in which the app serves: what has expired goes, and what is collected is pushed."""
    if people.collecting:
        await to_thread.run_sync(people.collecting.start)
    async with service.running(), create_task_group() as tasks:
        for what, sweep in (("corrections", people.sweep), ("uploads", sweep_uploads)):
            tasks.start_soon(_sweep_for_ever, what, sweep)
        yield
        tasks.cancel_scope.cancel()
    if people.collecting:
        await to_thread.run_sync(people.collecting.stop)


async def _sweep_for_ever(what: str, sweep: Callable[[], None]) -> None:
    while True:
        try:
            await to_thread.run_sync(sweep)
        except OSError as error:
            log.warning("%s that have expired can't be removed: %s", what, error)
        await sleep(SWEEP_SECONDS)
