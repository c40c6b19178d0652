"""Between the page and the trainings of people: what somebody at the page asks for, as plain data for it."""

import logging
from collections.abc import Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from anyio import CapacityLimiter

from ocr_demo.errors import CheckpointError, TeachingError
from ocr_demo.storage import data_home
from ocr_demo.teaching import Correction, People
from ocr_demo.teaching.allowed import Allowed
from ocr_demo.teaching.bringing import bring
from ocr_demo.teaching.corrections import kept
from ocr_demo.teaching.options import TuningOptions
from ocr_demo.teaching.own import BROUGHT, TAUGHT, Own
from ocr_demo.teaching.run import Run
from ocr_demo.teaching.runs import Runs
from ocr_demo.teaching.samples import Samples
from ocr_demo.web.answer import data_url, encoded
from ocr_demo.web.service import Service
from ocr_demo.web.training_view import came, difference_in_words, has_learnt, share_done, status_in_words
from ocr_demo.web.words import Words

FEWEST = 3
"""Corrections below which nothing is trained: with fewer none can be told from a wrong label."""
SHOWN = 40
"""So many of the samples, the last ones, are shown as both read them."""
EXPORTED = 2
"""So many times its bytes a checkpoint takes on disk, with the ONNX file made of it."""
Told = dict[str, Any]
log = logging.getLogger(__name__)


class Trainer:
    """Starts a person's trainings, tells how the last one stands, and has it read for them."""

    def __init__(self, service: Service, people: People, sources: Mapping[str, Allowed]) -> None:
        """`sources` are what else the owner allows to learn from, by their specs."""
        self.sources = sources
        self.runs: Runs = service.runs
        self.own: Own = service.own
        self.bringing = CapacityLimiter(1)  # looking at a checkpoint takes a core for seconds
        self._library, self._people = service.library, people

    def view(self, id: str, choice: str, words: Words) -> Told:
        """What the panel shows of a person, where `choice` is what they would start from."""
        base = self._library.first(choice)
        corrections = self._corrections(id, base)
        newest = self.runs.newest(id)
        return {
            "bases": self._library.names,
            "base": base,
            "count": len(corrections),
            "reason": words.sentence(against) if (against := reason_against(corrections)) else "",
            "run": self._told(id, newest, words) if newest else None,
        }

    def start(self, id: str, choice: str, options: TuningOptions, source: str = "") -> None:
        """Queues a training on all of a person's corrections, or on a source; `OcrDemoError`s say why not."""
        base = self._library.first(choice)
        samples = self._source(source, base) if source else self._samples(id, base)
        self.runs.require_idle(id)
        self._people.take_room(samples.glyphs.nbytes)
        with kept():
            run = self.runs.start(id, samples, self._library.folder(base), options, called=base)
        used = self.own.run(id)
        self.runs.keep_only(id, {run.id, used.id if used else ""})

    def bring(self, id: str, choice: str, archive: Path, most: int) -> None:
        """Has a checkpoint whose ZIP a person sent read for them; `OcrDemoError`s say why it can't.

        `most` is how many bytes it may have, unpacked.
        """
        base = self._library.first(choice)
        self.runs.require_idle(id)
        self._people.take_room(EXPORTED * most)
        samples = self._people.collection(id).samples(self._library.checkpoint(base).alphabet)
        folder = self._library.folder(base)
        look = partial(bring, archive, base=folder, samples=samples, home=data_home(), most=most)
        with kept():
            run = self.runs.bring(id, look, samples, folder, base)
            self.own.use(id, run.id)
        self.runs.keep_only(id, {run.id})

    def cancel(self, id: str) -> None:
        """Ends a person's training, if one goes."""
        if newest := self.runs.newest(id):
            newest.cancel()

    def reading(self, id: str, words: Words) -> dict[str, str]:
        """The name of what a person reads with, where that is their own, and of what it is in place of."""
        run = self.own.run(id)
        if run is None:
            return {"own": "", "called": ""}
        own = words(BROUGHT) if run.is_brought else words(TAUGHT, called=run.called)
        return {"own": own, "called": run.called}

    def packed(self, id: str, run: str) -> tuple[str, bytes]:
        """A person's own checkpoint: its name and a ZIP of its folder; a `DataError` where there is none."""
        folder = self.own.made(id, run).checkpoint
        packed = BytesIO()
        with ZipFile(packed, "w") as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, f"{folder.name}/{path.name}")
        return folder.name, packed.getvalue()

    def _source(self, source: str, base: str) -> Samples:
        """What a source has of what a checkpoint reads, if the owner allows it."""
        if source not in self.sources:
            raise TeachingError("{source!r} is no source that the owner of this page allows", source=source)
        alphabet = self._library.checkpoint(base).alphabet
        if alphabet not in self.sources[source]:
            raise TeachingError("{source!r} has nothing of what {base!r} reads", source=source, base=base)
        return self.sources[source][alphabet]

    def _samples(self, id: str, base: str) -> Samples:
        """A person's corrections, if something can be learnt from them."""
        if against := reason_against(self._corrections(id, base)):
            raise against
        return self._people.collection(id).samples(self._library.checkpoint(base).alphabet)

    def _corrections(self, id: str, base: str) -> list[Correction]:
        labels = self._library.checkpoint(base).alphabet.labels
        return [each for each in self._people.collection(id).corrections() if each.label in labels]

    def _told(self, id: str, run: Run, words: Words) -> Told:
        state, used = run.state, self.own.run(id)
        return {
            "id": run.id,
            "live": state.is_live,
            "failed": state.status in ("failed", "broken"),
            "status": status_in_words(state, words),
            "share": share_done(state),
            "accuracies": [epoch["train_accuracy"] for epoch in state.epochs],
            "losses": [epoch["train_loss"] for epoch in state.epochs],
            "source": run.data,
            "called": run.called,
            "came": came(run, state, words, self.runs.limits.seconds),
            "learnt": run.is_brought or has_learnt(state),
            "difference": difference_in_words(state.difference, run.data, words)
            if state.difference
            else None,
            "compared": self._compared(run) if state.status == "done" else [],
            "used": used is not None and used.id == run.id,
        }

    def _compared(self, run: Run) -> list[dict[str, str]]:
        """The last samples as both read them; nothing where the base is gone."""
        samples, made = run.samples, self.own.predictor(run)
        glyphs, labels = samples.glyphs[-SHOWN:], samples.labels[-SHOWN:]
        try:
            before = self.own.base(run).predict_glyphs(glyphs)
        except CheckpointError as error:
            log.warning("what a training started from can't be read with: %s", error)
            return []
        read = zip(glyphs, labels, before, made.predict_glyphs(glyphs), strict=True)
        alphabet = made.checkpoint.alphabet
        return [
            {
                "glyph": data_url(encoded(glyph)),
                "label": alphabet.labels[index],
                "before": old.label,
                "now": new.label,
            }
            for glyph, index, old, new in read
        ]


def reason_against(corrections: list[Correction]) -> TeachingError | None:
    """Why nothing can be trained on these, if nothing can."""
    if len(corrections) < FEWEST:
        return TeachingError(
            "it takes at least {fewest} corrections; so far there are {count}",
            fewest=FEWEST,
            count=len(corrections),
        )
    if all(each.is_right for each in corrections):
        return TeachingError("none of the corrections was misread: there is nothing to learn")
    return None
