"""The Teach tab's panel that trains on a session's corrections, and the Read tab's note while that reads."""

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from ocr_demo.errors import TeachingError
from ocr_demo.teaching.options import MOST_EPOCHS, TuningOptions
from ocr_demo.web.correcting import LESSONS
from ocr_demo.web.pages.teach import Handler, Told, handler_of
from ocr_demo.web.trainer import Trainer
from ocr_demo.web.words import Words

SCRIPTS = [LESSONS / f"{name}.js" for name in ("words", "turns", "figures", "difference", "training")]


def training_panel(trainer: Trainer, checkpoint: str, words: Words) -> gr.HTML:
    """Trains on a session's corrections, tells how that goes, and has what it makes read for the session."""
    usual, seconds = TuningOptions(), int(trainer.runs.limits.seconds)
    offered = [each for each in (10, 20, 30, 60) if each <= seconds] or [seconds]

    def act(name: str, work: Callable[[str, dict[str, Any]], object]) -> Handler:
        def done(id: str, asked: dict[str, Any]) -> Told:
            work(id, asked)
            return trainer.view(id, str(asked.get("checkpoint")), words)

        return handler_of(name, done, words)

    return gr.HTML(
        elem_id="training",
        html_template=words.files(LESSONS / "training.html"),
        js_on_load=words.files(*SCRIPTS),
        server_functions=[
            act("view", lambda id, asked: None),
            act("start", partial(_start, trainer)),
            act("cancel", lambda id, asked: trainer.cancel(id)),
            act("use", lambda id, asked: trainer.own.use(id, str(asked.get("run")))),
            act("leave", lambda id, asked: trainer.own.leave(id)),
        ],
        apply_default_css=False,
        checkpoint=checkpoint,
        sources=list(trainer.sources),
        hasSources=bool(trainer.sources),
        durations=[
            {"seconds": each, "words": words.count("{count} second", "{count} seconds", each)}
            for each in offered
        ],
        usual={
            "seconds": max((each for each in offered if each <= usual.seconds), default=offered[0]),
            "epochs": usual.epochs,
            "learning_rate": usual.learning_rate,
        },
    )


def own_note(trainer: Trainer, words: Words) -> gr.HTML:
    """Says that a session's own checkpoint reads, while it does."""

    def shown(id: str, asked: dict[str, Any]) -> Told:
        return trainer.reading(id, words)

    def leave(id: str, asked: dict[str, Any]) -> Told:
        trainer.own.leave(id)
        return shown(id, asked)

    return gr.HTML(
        elem_id="own",
        html_template=words.files(LESSONS / "own.html"),
        js_on_load=words.files(*(LESSONS / f"{name}.js" for name in ("words", "turns", "own"))),
        server_functions=[handler_of("view", shown, words), handler_of("leave", leave, words)],
        apply_default_css=False,
    )


def _start(trainer: Trainer, id: str, asked: dict[str, Any]) -> None:
    options = _options(asked)
    trainer.start(id, str(asked.get("checkpoint")), options, str(asked.get("data") or ""))


def _options(asked: dict[str, Any]) -> TuningOptions:
    """What the panel's fields say; a `TeachingError` names, as the page does, one that can't be."""
    usual = TuningOptions()
    given = {name: asked.get(name, getattr(usual, name)) for name in ("epochs", "learning_rate", "layers")}
    epochs, rate, seconds = given["epochs"], given["learning_rate"], asked.get("seconds")
    if not isinstance(epochs, int) or not 1 <= epochs <= MOST_EPOCHS:
        raise TeachingError("rounds at most: give a whole number from 1 to {most}", most=MOST_EPOCHS)
    if not isinstance(rate, int | float) or not 0 < rate <= 1:
        raise TeachingError("learning rate: give a number above 0, at most 1")
    return TuningOptions(seconds=seconds if isinstance(seconds, int | float) else usual.seconds, **given)
