"""The Read tab: draw or bring a picture, and see at once what it is read as."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr
from gradio.events import Dependency

from ocr_demo.errors import CheckpointError, OcrDemoError
from ocr_demo.reading import TOP
from ocr_demo.reading.library import ANY, Library
from ocr_demo.web.answer import Answer, Remark, answer, empty, failure, remark_html
from ocr_demo.web.correcting import correction_strip, listen_to_strip
from ocr_demo.web.examples import Example, examples, examples_of
from ocr_demo.web.pad import Read, drawing_pad, hint_of
from ocr_demo.web.pages import QUIET
from ocr_demo.web.pages.training import own_note
from ocr_demo.web.pages.why import why_button, why_panel
from ocr_demo.web.picture import picture_box, uploaded
from ocr_demo.web.service import Service
from ocr_demo.web.sessions import page_of, person_of
from ocr_demo.web.shelf import examples_shelf, on_shelf
from ocr_demo.web.teacher import Teacher
from ocr_demo.web.trainer import Trainer
from ocr_demo.web.words import Words

SEEN = '<img src="${value}" width="64" height="64" alt="[[What the model sees]]">'
NOTICE = """
<p role="status" class="${value.tone}">${value.words}</p>
{{#if value.trouble}}<p role="alert" class="error">{{value.trouble}}</p>{{/if}}
<p class="caption">
  [[What the model sees: the ink, cropped and centred.]]{{#if value.reader}} ${value.reader}{{/if}}
</p>
"""

SHOW_ANSWER = "(answer) => [answer.reading, answer.glyph, answer.remark, answer.offer]"
ASK = """
(source, checkpoint, ...shown) => {
  const detail = { picture: !!source, checkpoint };
  document.getElementById("pad").dispatchEvent(new CustomEvent("ask", { detail }));
  return [source, checkpoint, ...shown.map((each) => detail.drawn ? each : null)];
}
"""
"""Tells the pad, before a picture is read, whether it still is what is being read.

What is shown is handed on only where it is of the drawing on the pad, which stays where there is no picture.
"""
SETTLE = """
(picture) => {
  document.getElementById("pad").dispatchEvent(new CustomEvent("settle", { detail: { picture: !!picture } }));
}
"""
"""Tells the pad, after a picture has been read, whether it was one."""


@dataclass(frozen=True)
class Pieces:
    """The picture that is read, where it isn't a drawing, and what the answer is shown in."""

    picture: gr.Image
    reading: gr.Label
    seen: gr.HTML
    notice: gr.HTML
    strip: gr.HTML

    @property
    def shown(self) -> list[Any]:
        return [self.reading, self.seen, self.notice, self.strip]


def read_tab(
    service: Service, teacher: Teacher, trainer: Trainer, checkpoint: gr.Dropdown, words: Words
) -> Pieces:
    """Builds the tab; `checkpoint` is the page's choice of what reads."""
    read = reader(service, words)
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="draw"):
            pad = drawing_pad(read, checkpoint.value, hints(service.library, words), words)
        with gr.Column(elem_id="result"):
            own_note(trainer, words)
            pieces = _result(service, checkpoint, words)
            shelf = examples_shelf(to_try(service.library, checkpoint.value), words)
    _listen_to_pad(pad, pieces, checkpoint)
    _listen_to_pictures(read, pieces, checkpoint, words)
    _listen_to_shelf(read, shelf, pieces, checkpoint)
    _restock(service.library, shelf, checkpoint, words)
    listen_to_strip(teacher, pieces.strip, pieces.picture, checkpoint, words)
    return pieces


def reader(service: Service, words: Words) -> Read:
    """Reads for somebody at the page; what can't be read becomes a notice."""

    async def read(picture: Callable[[], bytes], name: str, request: Any) -> Answer:
        try:
            reading = await service.read(
                picture, service.named(name), "page", await page_of(request), person_of(request)
            )
            several = {*service.library.readers(name), *(service.split.arms if reading.arm else ())}
            elsewhere = words("any script") if name != ANY and ANY in service.library.choices else ""
            known = reading.checkpoint.name if len(several) > 1 else ""
            told = known if known in several else ""  # of one's own the note above tells
            return answer(reading.prediction, reading.checkpoint.alphabet, words, elsewhere, told)
        except OcrDemoError as error:
            return failure(error, words)

    return read


def _result(service: Service, checkpoint: gr.Dropdown, words: Words) -> Pieces:
    blank = empty(words)
    reading = gr.Label(num_top_classes=TOP, elem_id="reading", show_label=False)
    strip = correction_strip(words)
    with gr.Row(elem_id="remarks"):
        seen = gr.HTML(blank.glyph, html_template=words.fill(SEEN), elem_id="seen", apply_default_css=False)
        notice = gr.HTML(
            remark_html(blank.remark),
            html_template=words.fill(NOTICE),
            elem_id="notice",
            apply_default_css=False,
        )
        why = why_button(words)
    why_panel(why, service, seen, checkpoint, words)
    return Pieces(picture_box(words), reading, seen, notice, strip)


def _listen_to_pad(pad: gr.HTML, pieces: Pieces, checkpoint: gr.Dropdown) -> None:
    pad.answer(None, pad, pieces.shown, js=SHOW_ANSWER, **QUIET)
    pad.resume(None, None, pieces.picture, js="() => null", **QUIET)
    pad.kept(None, pad, checkpoint, js="(kept) => kept.checkpoint", **QUIET)


def _listen_to_pictures(read: Read, pieces: Pieces, checkpoint: gr.Dropdown, words: Words) -> None:
    async def read_picture(
        picture: dict[str, Any] | None, name: str, noticed: Any, request: gr.Request
    ) -> list[Any]:
        if picture is None:  # the pad has been told to read its drawing
            return [gr.skip()] * 5
        said = await read(partial(uploaded, picture), name, request)
        if said.failed and isinstance(noticed, dict):
            beside = {**noticed, "trouble": said.remark.words}  # back to the browser that sent it
            return [None, gr.skip(), gr.skip(), beside, gr.skip()]
        if said.is_blank:
            no_ink = words("I see no ink in this picture: bring another, or draw.")
            said = replace(said, remark=Remark(no_ink))
        return [None if said.failed else gr.skip(), *_shown(said)]

    for changed in (pieces.picture.input, checkpoint.change):
        _settle(
            changed(
                read_picture,
                [pieces.picture, checkpoint, pieces.notice],
                [pieces.picture, *pieces.shown],
                js=ASK,
                preprocess=False,
                trigger_mode="always_last",
                **QUIET,
            ),
            pieces,
        )


def _listen_to_shelf(read: Read, shelf: gr.HTML, pieces: Pieces, checkpoint: gr.Dropdown) -> None:
    async def read_example(name: str, choice: str, request: gr.Request) -> list[Any]:
        example = examples().get(str(name))
        if example is None:  # the value comes from outside
            return [gr.skip()] * 5
        said = await read(lambda: example.png, choice, request)
        return [example.pixels, *_shown(said)]

    _settle(
        shelf.pick(read_example, [shelf, checkpoint], [pieces.picture, *pieces.shown], js=ASK, **QUIET),
        pieces,
    )


def _restock(library: Library, shelf: gr.HTML, checkpoint: gr.Dropdown, words: Words) -> None:
    """Has the shelf hold examples of what the chosen checkpoint reads."""

    def stocked(choice: str) -> gr.HTML:
        return gr.HTML(examples=on_shelf(to_try(library, choice), words))

    checkpoint.change(stocked, checkpoint, shelf, trigger_mode="always_last", **QUIET)


def to_try(library: Library, choice: str) -> dict[str, Example]:
    """The examples for a choice; the usual ones for what can't be loaded, as reading with it will tell."""
    return examples_of(alphabets_of(library, choice))


def hints(library: Library, words: Words) -> dict[str, str]:
    """What to draw, for each choice."""
    return {choice: hint_of(alphabets_of(library, choice), words) for choice in library.choices}


def alphabets_of(library: Library, choice: str) -> list[str]:
    """The names of the alphabets that a choice reads; none for what can't be loaded."""
    try:
        return library.alphabets(choice)
    except CheckpointError:
        return []


def _settle(read: Dependency, pieces: Pieces) -> None:
    read.then(None, pieces.picture, None, js=SETTLE, **QUIET)


def _shown(said: Answer) -> list[Any]:
    """An answer as values of `Pieces.shown`."""
    return [dict(said.confidences), said.glyph, remark_html(said.remark), said.offer]
