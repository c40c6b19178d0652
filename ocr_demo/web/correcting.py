"""Under the answer of the Read tab: one tap says what was drawn, and keeps it as a correction."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from anyio import to_thread

from ocr_demo.errors import OcrDemoError, PictureError
from ocr_demo.teaching import Correction
from ocr_demo.web.pad import decode_drawing
from ocr_demo.web.pages import QUIET
from ocr_demo.web.picture import uploaded
from ocr_demo.web.sessions import page_of, session_of
from ocr_demo.web.teacher import Teacher
from ocr_demo.web.words import Words

LESSONS = Path(__file__).parent / "lessons"


def correction_strip(words: Words) -> gr.HTML:
    """The strip; it triggers `keep` and `undo`, which `listen_to_strip` hears."""
    return gr.HTML(
        {"labels": []},
        elem_id="strip",
        html_template=words.files(LESSONS / "strip.html"),
        js_on_load=words.files(LESSONS / "strip.js"),
        apply_default_css=False,
    )


def listen_to_strip(
    teacher: Teacher, strip: gr.HTML, picture: gr.Image, checkpoint: gr.Dropdown, words: Words
) -> None:
    """Keeps what the strip says of the drawing it hands over, or else of the picture."""

    async def keep(
        shown: Any, picture: dict[str, Any] | None, checkpoint: str, request: gr.Request
    ) -> dict[str, Any]:
        offered, asked = _asked(shown)
        try:
            given = _given(asked.get("drawing"), picture)
            label, page = str(asked.get("label")), await page_of(request)
            kept = await teacher.keep(session_of(request), page, given, label, checkpoint)
        except OcrDemoError as error:
            return {"labels": offered, "problem": words.sentence(error)}
        return {"labels": offered, "kept": {"id": kept.id, "words": kept_in_words(kept, words)}}

    async def undo(shown: Any, request: gr.Request) -> dict[str, Any]:
        offered, _ = _asked(shown)
        kept = shown.get("kept") if isinstance(shown, dict) else None
        try:
            collection = teacher.collection(session_of(request))
            await to_thread.run_sync(collection.undo, str((kept or {}).get("id")))
        except OcrDemoError as error:
            return {"labels": offered, "problem": words.sentence(error)}
        return {"labels": offered}

    strip.keep(keep, [strip, picture, checkpoint], strip, preprocess=False, **QUIET)
    strip.undo(undo, strip, strip, preprocess=False, **QUIET)


def kept_in_words(correction: Correction, words: Words) -> str:
    """What the page says of what it has just kept."""
    label, read = correction.label, correction.read
    if read is None:
        return words("Kept as {label}; it was taken for no character.", label=label)
    if correction.misread:
        return words("Kept as {label}; it was read as {read}.", label=label, read=read)
    return words("Kept as {label}, as it was read.", label=label)


def _asked(shown: Any) -> tuple[list[str], dict[str, Any]]:
    """The labels that the strip offered, and what it asks for; both come from outside."""
    shown = shown if isinstance(shown, dict) else {}
    offered, asked = shown.get("labels"), shown.get("asked")
    return offered if isinstance(offered, list) else [], asked if isinstance(asked, dict) else {}


def _given(drawing: Any, picture: dict[str, Any] | None) -> Callable[[], bytes]:
    if drawing is not None:
        return partial(decode_drawing, drawing)
    if picture is None:
        raise PictureError("there is nothing on the pad")
    return partial(uploaded, picture)
