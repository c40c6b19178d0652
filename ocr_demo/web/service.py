"""Reads pictures for the page and for other programs alike: bounded, timed and counted."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from anyio import to_thread
from numpy.typing import NDArray

from ocr_demo.checkpoint import Checkpoint
from ocr_demo.cores import available_cores
from ocr_demo.errors import BusyError, OcrDemoError
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading import Prediction, Predictor
from ocr_demo.reading.explanation import Explanation, explain
from ocr_demo.reading.library import Library
from ocr_demo.reading.split import open_split
from ocr_demo.settings import Settings
from ocr_demo.storage import data_home
from ocr_demo.teaching.judgements import Judgements
from ocr_demo.teaching.own import Own
from ocr_demo.teaching.promotions import Promotions
from ocr_demo.teaching.runs import RunLimits, Runs
from ocr_demo.web.gate import RETRY_SECONDS, Gate
from ocr_demo.web.limits import RateLimit
from ocr_demo.web.metrics import Metrics, Source


@dataclass(frozen=True)
class Reading:
    """A prediction and what made it."""

    prediction: Prediction
    checkpoint: Checkpoint
    arm: str = ""
    """Which of two that are compared it fell to; empty where it was named, or is the person's own."""


@dataclass(frozen=True)
class Explained:
    """Why a glyph is read as it is, for its likeliest labels, and by what."""

    explanations: list[Explanation]
    checkpoint: Checkpoint


class Service:
    """Reads with the checkpoints of a library, as many pictures at once as there are cores."""

    def __init__(self, settings: Settings, library: Library, metrics: Metrics) -> None:
        self.library, self.metrics = library, metrics
        self.split = open_split(settings.ab, library)
        self.judgements = Judgements(data_home() / "judgements.jsonl")
        metrics.watch_arms(self.split.arms)
        self._max_pixels = settings.max_pixels
        self._gate = Gate(available_cores(), settings.waiting)
        self._rates = RateLimit(settings.rate_limit)
        self._running = False
        self.runs = Runs(data_home(), RunLimits(settings.run_seconds), on_end=metrics.count_run)
        self.own = Own(self.runs, library.open)
        self.promotions = Promotions(data_home())
        metrics.watch_queue("readings", lambda: self._gate.waiting)
        metrics.watch_queue("trainings", lambda: self.runs.waiting)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The time in which it reads; what reads is loaded first."""
        for name in dict.fromkeys(name for arm in self.split.arms for name in self.library.readers(arm)):
            await to_thread.run_sync(self.library.predictor, name)
        self._running = True
        try:
            yield
        finally:
            self._running = False
            for each in (self.runs, self.promotions):
                await to_thread.run_sync(each.close)

    def check(self) -> None:
        """A `BusyError` where a picture that came now could not be read."""
        if not self._running:
            raise BusyError("the app is starting or stopping; try again in a moment", RETRY_SECONDS)
        self._gate.admit()

    def admit(self, client: str, source: Source, pictures: int = 1) -> None:
        """Takes so many pictures from a client's share; a `BusyError` or a `RateError` says why it can't."""
        try:
            self.check()
            self._rates.charge(client, pictures)
        except OcrDemoError as error:
            self.metrics.count_refusal(error, source)
            raise

    async def read(
        self,
        picture: Callable[[], bytes],
        checkpoint: str | None,
        source: Source,
        client: str = "",
        person: str = "",
    ) -> Reading:
        """Reads one picture with the checkpoint of that name, or the one that falls to the client.

        For `ANY` it is the one that knows the picture best. A person reads with their own in place of the one
        that they taught, and then takes no part in comparing two.

        `picture` gives its encoded bytes; it is called in a thread when the picture's turn has come.
        `PictureError`, `CheckpointError` and `BusyError` say why it can't be read.
        """
        asked = perf_counter()
        try:
            self.check()
            reading = await self._gate.run(lambda: self._read(picture, checkpoint, client, person, asked))
        except OcrDemoError as error:
            self.metrics.count_refusal(error, source)
            raise
        self.metrics.stage("total").observe(perf_counter() - asked)
        self.metrics.count_prediction(reading.prediction, reading.checkpoint.name, source)
        if reading.arm:
            self.metrics.count_arm(reading.arm)
        return reading

    def named(self, choice: str) -> str | None:
        """The checkpoint that a choice at the page names: none where it is the first, which two may share."""
        return None if choice == self.library.chosen else choice

    def _arm(self, client: str, person: str) -> str:
        """Which of two that are compared falls to a client; empty for who reads with one of their own."""
        return "" if self.own.run(person) else self.split.arm(client)

    def judge(self, checkpoint: str, agreed: bool) -> None:
        """Counts that somebody found a checkpoint's reading right, or corrected it."""
        if checkpoint in self.split.arms:
            self.metrics.count_judgement(checkpoint, agreed)
            self.judgements.add(checkpoint, agreed)

    async def explain(
        self, glyph: NDArray[np.uint8], checkpoint: str | None, client: str = "", person: str = ""
    ) -> Explained:
        """Why a glyph (64, 64) is read as it is, for its two likeliest labels, by what `read` reads it with.

        Errors as those of `read`.
        """

        def explained() -> Explained:
            name = checkpoint or self._arm(client, person) or self.library.chosen
            predictor = self._reader(name, person, glyph)
            return Explained(explain(predictor, glyph), predictor.checkpoint)

        self.check()
        return await self._gate.run(explained)

    def _reader(self, checkpoint: str, person: str, glyph: NDArray[np.uint8]) -> Predictor:
        return self.own.reader(person, self.library.reader(checkpoint, glyph))

    def _read(
        self, picture: Callable[[], bytes], checkpoint: str | None, client: str, person: str, asked: float
    ) -> Reading:
        stage = self.metrics.stage
        stage("waiting").observe(perf_counter() - asked)
        arm = "" if checkpoint else self._arm(client, person)
        name = checkpoint or arm or self.library.chosen
        self.library.readers(name)  # one that isn't there is refused before the picture is decoded
        with stage("preprocess").time():
            glyph = to_glyph(picture(), self._max_pixels)
        with stage("network").time():
            predictor = self._reader(name, person, glyph)
            (prediction,) = predictor.predict_glyphs(glyph[None])
        return Reading(prediction, predictor.checkpoint, arm)
