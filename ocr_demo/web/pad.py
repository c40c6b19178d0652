"""The drawing pad: our own canvas in a `gr.HTML`, read by the server while the pen moves."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ocr_demo.characters import ALPHABETS
from ocr_demo.errors import PictureError
from ocr_demo.web.answer import PNG_URL, Answer, empty, remark_html
from ocr_demo.web.words import Words

CANVAS = Path(__file__).parent / "canvas"
SCRIPTS = ("drawing.js", "sender.js", "board.js", "pad.js", "kept.js", "paste.js")
LARGEST = 2 * 1024 * 1024
"""Characters of a drawing's data URL; one takes some 10,000."""
LARGEST_SIDE = 1000
"""Pixels; the pad sends 400 by 400, and two megabytes of another PNG could unpack to hundreds."""

Read = Callable[[Callable[[], bytes], str, Any], Awaitable[Answer]]
"""Reads what gives an encoded picture, with the checkpoint of that name, for whoever made a request."""


def drawing_pad(read: Read, checkpoint: str, hints: Mapping[str, str], words: Words) -> gr.HTML:
    """A pad that has its drawing read and triggers `answer`, its value then being the answer.

    `hints` says for each choice of checkpoint what to draw.

    It triggers `resume` when it is drawn on while a picture is read in its place, and `kept` when it has been
    handed a drawing by the page in another language, with the name of the checkpoint that read it there.
    """

    async def read_drawing(data: Any, request: gr.Request) -> dict[str, Any]:
        asked = data if isinstance(data, dict) else {}
        drawing = partial(decode_drawing, asked.get("picture"))
        return in_browser(await read(drawing, str(asked.get("checkpoint")), request))

    read_drawing.__name__ = "read"  # pad.js calls it by this name
    return gr.HTML(
        elem_id="pad",
        html_template=words.files(CANVAS / "pad.html"),
        js_on_load=words.files(*(CANVAS / name for name in SCRIPTS)),
        server_functions=[read_drawing],
        apply_default_css=False,
        checkpoint=checkpoint,
        hints=dict(hints),
        blank=in_browser(empty(words)),
        unanswered=words("The server does not answer. Trying again …"),
    )


def hint_of(alphabets: Iterable[str], words: Words) -> str:
    """What a blank pad asks for where these alphabets are read."""
    if any(label.isdigit() for name in alphabets for label in ALPHABETS[name].labels):
        return words("Draw a letter or a digit")
    return words("Draw a letter")


def decode_drawing(url: object) -> bytes:
    """The PNG in a pad's data URL; a `PictureError` where it is none or too large."""
    if not isinstance(url, str) or not url.startswith(PNG_URL):
        raise PictureError("the drawing didn't arrive as a PNG; reload the page")
    if len(url) > LARGEST:
        raise PictureError("the drawing is too large; clear the pad and draw again")
    try:
        png = base64.b64decode(url[len(PNG_URL) :], validate=True)
    except binascii.Error as error:
        raise PictureError("the drawing arrived damaged; draw on to send it again") from error
    width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))  # in its header
    if max(width, height) > LARGEST_SIDE:
        raise PictureError("the drawing is too large; reload the page")
    return png


def in_browser(answer: Answer) -> dict[str, Any]:
    """An answer as the page's pieces hold it in the browser, where no Python comes between."""
    confidences = [{"label": label, "confidence": share} for label, share in answer.confidences]
    reading = {"label": confidences[0]["label"], "confidences": confidences} if confidences else {}
    return {
        "reading": reading,
        "glyph": answer.glyph,
        "remark": remark_html(answer.remark),
        "offer": answer.offer,
    }
