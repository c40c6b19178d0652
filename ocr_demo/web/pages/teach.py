"""The Teach tab: collect characters, and see, change, bring, export or forget what was collected."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import gradio as gr
from anyio import to_thread

from ocr_demo.errors import OcrDemoError, TeachingError
from ocr_demo.settings import Settings
from ocr_demo.web.correcting import LESSONS, kept_in_words
from ocr_demo.web.lesson_view import summary, view
from ocr_demo.web.pad import CANVAS, decode_drawing
from ocr_demo.web.pages import QUIET
from ocr_demo.web.picture import upload_path
from ocr_demo.web.sessions import page_of, session_of
from ocr_demo.web.teacher import Brought, Teacher
from ocr_demo.web.words import Words

PRACTICE = (
    *(CANVAS / f"{name}.js" for name in ("drawing", "board")),
    *(LESSONS / f"{name}.js" for name in ("words", "turns", "practice")),
)
TELL = """
(checkpoint) => {
  const detail = { checkpoint };
  document.body.dataset.checkpoint = checkpoint;
  document.getElementById("practice")?.dispatchEvent(new CustomEvent("ask", { detail }));
  document.getElementById("training")?.dispatchEvent(new CustomEvent("changed", { detail }));
  document.getElementById("gallery")?.dispatchEvent(new CustomEvent("changed", { detail }));
}
"""
"""Tells the pieces what reads now; they then ask for what there is.

Gradio makes a tab's pieces as it is first opened, before or after this: the body remembers for those to come.
"""
Told = dict[str, Any]
Handler = Callable[[Any, gr.Request], Awaitable[Told]]


def teach_tab(teacher: Teacher, checkpoint: gr.Dropdown, tab: gr.Tab, words: Words) -> None:
    """Builds the tab; it asks for its session's corrections when it is opened."""
    with gr.Row(elem_id="lessons"):
        with gr.Column(elem_id="collect"):
            practice_pad(teacher, checkpoint.value, words)
        with gr.Column(elem_id="collected"):
            gallery(teacher, checkpoint.value, words)
    for event in (tab.select, checkpoint.change):
        event(None, checkpoint, None, js=TELL, **QUIET)


def practice_pad(teacher: Teacher, checkpoint: str, words: Words) -> gr.HTML:
    """Asks for one character after the other, and keeps what is drawn."""

    def plan(id: str, asked: dict[str, Any]) -> Told:
        choice = str(asked.get("checkpoint"))
        return {**teacher.to_practise(id, choice), "only": only(teacher.readers(choice), words)}

    async def keep(asked: Any, request: gr.Request) -> Told:
        drawing = partial(decode_drawing, asked.get("drawing"))
        label, checkpoint = str(asked.get("label")), str(asked.get("checkpoint"))
        kept = await teacher.keep(session_of(request), await page_of(request), drawing, label, checkpoint)
        return {"words": kept_in_words(kept, words)}

    return gr.HTML(
        elem_id="practice",
        html_template=words.files(LESSONS / "practice.html"),
        js_on_load=words.files(*PRACTICE),
        server_functions=[handler_of("plan", plan, words), in_words(keep, words)],
        apply_default_css=False,
        checkpoint=checkpoint,
        pad=words.files(CANVAS / "pad.html"),
    )


def only(readers: Sequence[str], words: Words) -> str:
    """Says which of several checkpoints' characters are asked for; empty where one reads alone."""
    asked, *others = readers
    if not others:
        return ""
    return words(
        "Characters of {asked} only; for {others} choose {others} above.",
        asked=asked,
        others=words(", ").join(others),
    )


def gallery(teacher: Teacher, checkpoint: str, words: Words) -> gr.HTML:
    """Shows a session's corrections, and does with them what it asks for."""
    return gr.HTML(
        {"groups": [], "summary": summary((), words), "empty": True},
        elem_id="gallery",
        html_template=words.files(LESSONS / "gallery.html"),
        js_on_load=words.files(*(LESSONS / f"{name}.js" for name in ("words", "turns", "gallery"))),
        server_functions=gallery_acts(teacher, words),
        apply_default_css=False,
        checkpoint=checkpoint,
        terms=terms(teacher.settings, words),
        asks=consent_words(teacher.settings, words),
    )


def gallery_acts(teacher: Teacher, words: Words) -> list[Handler]:
    """What the gallery may ask for, by name; each gives what it shows then."""

    there = partial(shown, teacher, words)

    def act(name: str, work: Callable[[str, dict[str, Any]], str]) -> Handler:
        return handler_of(name, lambda id, asked: {"said": work(id, asked)} | there(id), words, there)

    async def bring(asked: Any, request: gr.Request) -> Told:
        id, files = session_of(request), [upload_path(path) for path in texts(asked.get("files"))]
        try:
            brought = await teacher.bring(
                id, files, str(asked.get("label") or ""), str(asked.get("checkpoint"))
            )
        finally:  # Gradio would keep them for hours, whatever their owner deletes or forgets
            for file in files:
                file.unlink(missing_ok=True)
        return {"said": brought_in_words(brought, words)} | await to_thread.run_sync(there, id)

    return [
        act("view", lambda id, asked: ""),
        act("undo", partial(_undo, teacher, words)),
        act("clear", lambda id, asked: deleted(teacher.collection(id).clear(), words)),
        act("remove", partial(_remove, teacher, words)),
        act("relabel", partial(_relabel, teacher, words)),
        act("forget", partial(_forget, teacher, words)),
        act("consent", partial(_consent, teacher, words)),
        in_words(bring, words, there),
    ]


def handler_of(
    name: str,
    work: Callable[[str, dict[str, Any]], Told],
    words: Words,
    shown: Callable[[str], Told] | None = None,
) -> Handler:
    """What the page calls by that name: `work` for whoever asks, in a thread; `shown` as for `in_words`."""

    async def handler(asked: Any, request: gr.Request) -> Told:
        return await to_thread.run_sync(work, session_of(request), asked)

    handler.__name__ = name
    return in_words(handler, words, shown)


def in_words(handler: Handler, words: Words, shown: Callable[[str], Told] | None = None) -> Handler:
    """The handler for the page: what can't be done is told in words, beside what is `shown` anyway."""

    async def told(asked: Any, request: gr.Request) -> Told:
        try:
            return await handler(asked if isinstance(asked, dict) else {}, request)
        except OcrDemoError as error:
            problem = {"problem": words.sentence(error)}
        try:
            return problem | (await to_thread.run_sync(shown, session_of(request)) if shown else {})
        except TeachingError:  # there is no session to show anything of
            return problem | {"groups": [], "summary": summary((), words), "empty": True}

    told.__name__ = handler.__name__
    return told


def shown(teacher: Teacher, words: Words, id: str) -> Told:
    """What the gallery shows of a session."""
    return view(teacher.collection(id), words) | {"consents": teacher.people.consents(id)}


def texts(value: Any) -> list[str]:
    """The texts in a list that comes from outside."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def brought_in_words(brought: Brought, words: Words) -> str:
    kept = words.count("{count:,} picture brought.", "{count:,} pictures brought.", brought.kept)
    if not brought.known:
        return kept
    known = words.count(
        "{count:,} picture was there already.", "{count:,} pictures were there already.", brought.known
    )
    return f"{kept} {known}"


def deleted(count: int, words: Words) -> str:
    return words.count(
        "{count:,} deleted. Undo brings it back.", "{count:,} deleted. Undo brings them back.", count
    )


def terms(settings: Settings, words: Words) -> str:
    """What is kept, where, and how long."""
    return words(
        "Of each correction the picture, your label, what it was read as, by which checkpoint, and when; at "
        "most {most:,}, and what is trained on them, on the server that runs this page, until {hours} "
        "after your last change. Only this browser can see them, by a cookie that holds a random "
        "number.",
        most=settings.max_corrections,
        hours=words.count("{count:g} hour", "{count:g} hours", settings.keep_hours),
    )


def consent_words(settings: Settings, words: Words) -> str:
    """What those are asked whose corrections the owner may use; empty where nobody is asked."""
    if not settings.collect:
        return ""
    asked = words(
        "The owner of this page may keep copies of my corrections to train it; forgetting removes them."
    )
    if not settings.collect_to:
        return asked
    hub = words(
        "They also go to {name} on the Hugging Face Hub, whose history keeps them.", name=settings.collect_to
    )
    return f"{asked} {hub}"


def _undo(teacher: Teacher, words: Words, id: str, asked: dict[str, Any]) -> str:
    return words("Undone.") if teacher.collection(id).undo() else words("Nothing to undo.")


def _remove(teacher: Teacher, words: Words, id: str, asked: dict[str, Any]) -> str:
    return deleted(teacher.collection(id).remove(texts(asked.get("ids"))), words)


def _relabel(teacher: Teacher, words: Words, id: str, asked: dict[str, Any]) -> str:
    label, checkpoint = str(asked.get("label")), str(asked.get("checkpoint"))
    count = teacher.relabel(id, texts(asked.get("ids")), label, checkpoint)
    return words.count("{count:,} changed.", "{count:,} changed.", count)


def _forget(teacher: Teacher, words: Words, id: str, asked: dict[str, Any]) -> str:
    teacher.forget(id)
    return words("Everything of yours is gone.")


def _consent(teacher: Teacher, words: Words, id: str, asked: dict[str, Any]) -> str:
    teacher.people.consent(id, asked.get("agrees") is True)
    return words("Thank you.") if teacher.people.consents(id) else words("No copies are kept.")
