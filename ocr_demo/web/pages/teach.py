"""The Teach tab: collect characters, and see, change, bring, export or forget what was collected."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import gradio as gr
from anyio import to_thread

from ocr_demo.errors import OcrDemoError, TeachingError
from ocr_demo.settings import Settings
from ocr_demo.web.correcting import LESSONS, sentence, words
from ocr_demo.web.lesson_view import summary, view
from ocr_demo.web.pad import CANVAS, decode_drawing
from ocr_demo.web.picture import upload_path
from ocr_demo.web.sessions import session_of
from ocr_demo.web.teacher import Teacher

TELL = """
(checkpoint) => {
  const detail = { checkpoint };
  document.getElementById("practice")?.dispatchEvent(new CustomEvent("ask", { detail }));
  document.getElementById("training")?.dispatchEvent(new CustomEvent("changed", { detail }));
  document.getElementById("gallery")?.dispatchEvent(new CustomEvent("changed", { detail }));
}
"""
"""Tells the pieces what reads now; they then ask for what there is."""
Told = dict[str, Any]
Handler = Callable[[Any, gr.Request], Awaitable[Told]]


def teach_tab(teacher: Teacher, checkpoint: gr.Dropdown, tab: gr.Tab) -> None:
    """Builds the tab; it asks for its session's corrections when it is opened."""
    with gr.Row(elem_id="lessons"):
        with gr.Column(elem_id="collect"):
            practice_pad(teacher, checkpoint.value)
        with gr.Column(elem_id="collected"):
            gallery(teacher, checkpoint.value)
    for event in (tab.select, checkpoint.change):
        event(None, checkpoint, None, js=TELL, show_progress="hidden", api_visibility="private")


def practice_pad(teacher: Teacher, checkpoint: str) -> gr.HTML:
    """Asks for one character after the other, and keeps what is drawn."""

    async def plan(asked: Any, request: gr.Request) -> Told:
        work = partial(teacher.to_practise, session_of(request), str(asked.get("checkpoint")))
        return dict(await to_thread.run_sync(work))

    async def keep(asked: Any, request: gr.Request) -> Told:
        drawing = partial(decode_drawing, asked.get("drawing"))
        label, checkpoint = str(asked.get("label")), str(asked.get("checkpoint"))
        return {"words": words(await teacher.keep(session_of(request), drawing, label, checkpoint))}

    return gr.HTML(
        elem_id="practice",
        html_template=(LESSONS / "practice.html").read_text(encoding="utf-8"),
        js_on_load=_scripts(CANVAS / "drawing.js", CANVAS / "board.js", LESSONS / "practice.js"),
        server_functions=[in_words(plan), in_words(keep)],
        apply_default_css=False,
        checkpoint=checkpoint,
        pad=(CANVAS / "pad.html").read_text(encoding="utf-8"),
    )


def gallery(teacher: Teacher, checkpoint: str) -> gr.HTML:
    """Shows a session's corrections, and does with them what it asks for."""
    return gr.HTML(
        {"groups": [], "summary": summary(()), "empty": True},
        elem_id="gallery",
        html_template=(LESSONS / "gallery.html").read_text(encoding="utf-8"),
        js_on_load=_scripts(LESSONS / "gallery.js"),
        server_functions=gallery_acts(teacher),
        apply_default_css=False,
        checkpoint=checkpoint,
        terms=terms(teacher.settings),
        asks=consent_words(teacher.settings),
    )


def gallery_acts(teacher: Teacher) -> list[Handler]:
    """What the gallery may ask for, by name; each gives what it shows then."""

    def act(name: str, work: Callable[[str, dict[str, Any]], str]) -> Handler:
        async def handler(asked: Any, request: gr.Request) -> Told:
            id = session_of(request)
            return await to_thread.run_sync(lambda: {"said": work(id, asked)} | shown(teacher, id))

        handler.__name__ = name
        return in_words(handler, shown=partial(shown, teacher))

    async def bring(asked: Any, request: gr.Request) -> Told:
        id, files = session_of(request), [upload_path(path) for path in texts(asked.get("files"))]
        count = await teacher.bring(id, files, str(asked.get("label") or ""), str(asked.get("checkpoint")))
        return {"said": f"{count:,} pictures brought."} | await to_thread.run_sync(shown, teacher, id)

    return [
        act("view", lambda id, asked: ""),
        act("undo", lambda id, asked: "Undone." if teacher.collection(id).undo() else "Nothing to undo."),
        act("clear", lambda id, asked: deleted(teacher.collection(id).clear())),
        act("remove", lambda id, asked: deleted(teacher.collection(id).remove(texts(asked.get("ids"))))),
        act("relabel", partial(_relabel, teacher)),
        act("forget", partial(_forget, teacher)),
        act("consent", partial(_consent, teacher)),
        in_words(bring, shown=partial(shown, teacher)),
    ]


def in_words(handler: Handler, shown: Callable[[str], Told] | None = None) -> Handler:
    """The handler for the page: what can't be done is told in words, beside what is `shown` anyway."""

    async def told(asked: Any, request: gr.Request) -> Told:
        try:
            return await handler(asked if isinstance(asked, dict) else {}, request)
        except OcrDemoError as error:
            problem = {"problem": sentence(error)}
        try:
            return problem | (await to_thread.run_sync(shown, session_of(request)) if shown else {})
        except TeachingError:  # there is no session to show anything of
            return problem | {"groups": [], "summary": summary(()), "empty": True}

    told.__name__ = handler.__name__
    return told


def shown(teacher: Teacher, id: str) -> Told:
    """What the gallery shows of a session."""
    return view(teacher.collection(id)) | {"consents": teacher.people.consents(id)}


def texts(value: Any) -> list[str]:
    """The texts in a list that comes from outside."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def deleted(count: int) -> str:
    return f"{count:,} deleted. Undo brings {'it' if count == 1 else 'them'} back."


def terms(settings: Settings) -> str:
    """What is kept, where, and how long."""
    hours = f"{settings.keep_hours:g} hours"
    return (
        "Of each correction the picture, your label, what it was read as, by which checkpoint, and when; at "
        f"most {settings.max_corrections:,}, and what is trained on them, on the server that runs this page, "
        f"until {hours} after your last change. Only this browser can see them, by a cookie that holds a "
        "random number."
    )


def consent_words(settings: Settings) -> str:
    """What those are asked whose corrections the owner may use; empty where nobody is asked."""
    if not settings.collect:
        return ""
    asked = "The owner of this page may keep copies of my corrections to train it; forgetting removes them."
    if not settings.collect_to:
        return asked
    return f"{asked} They also go to {settings.collect_to} on the Hugging Face Hub, whose history keeps them."


def _relabel(teacher: Teacher, id: str, asked: dict[str, Any]) -> str:
    label, checkpoint = str(asked.get("label")), str(asked.get("checkpoint"))
    return f"{teacher.relabel(id, texts(asked.get('ids')), label, checkpoint):,} changed."


def _forget(teacher: Teacher, id: str, asked: dict[str, Any]) -> str:
    teacher.forget(id)
    return "Everything of yours is gone."


def _consent(teacher: Teacher, id: str, asked: dict[str, Any]) -> str:
    teacher.people.consent(id, asked.get("agrees") is True)
    return "Thank you." if teacher.people.consents(id) else "No copies are kept."


def _scripts(*paths: Any) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
