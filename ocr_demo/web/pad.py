"""The drawing pad: our own canvas in a `gr.HTML`, read by the server while the pen moves."""

import base64
import binascii
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from ocr_demo.errors import PictureError

CANVAS = Path(__file__).parent / "canvas"
LARGEST = 2 * 1024 * 1024
"""Characters of a data URL; a drawing takes some 10,000."""
PREFIX = "data:image/png;base64,"

Read = Callable[[bytes, str], dict[str, Any]]
"""Reads an encoded picture with the checkpoint of that name; gives an `Answer` as JSON."""


def drawing_pad(read: Read, checkpoint: str) -> gr.HTML:
    """A pad that sends its drawing to `read` and triggers `answer`, its value then being the answer."""

    def read_drawing(request: dict[str, Any]) -> dict[str, Any]:
        return read(decode_drawing(request.get("picture")), str(request.get("checkpoint")))

    read_drawing.__name__ = "read"  # pad.js calls it by this name
    scripts = ("drawing.js", "sender.js", "pad.js")
    return gr.HTML(
        elem_id="pad",
        html_template=(CANVAS / "pad.html").read_text(encoding="utf-8"),
        js_on_load="\n".join((CANVAS / name).read_text(encoding="utf-8") for name in scripts),
        server_functions=[read_drawing],
        apply_default_css=False,
        checkpoint=checkpoint,
    )


def decode_drawing(url: object) -> bytes:
    """The PNG in a pad's data URL; a `PictureError` where it is none or too long."""
    if not isinstance(url, str) or not url.startswith(PREFIX):
        raise PictureError("the drawing didn't arrive as a PNG; reload the page")
    if len(url) > LARGEST:
        raise PictureError("the drawing is too large; clear the pad and draw again")
    try:
        return base64.b64decode(url[len(PREFIX) :], validate=True)
    except binascii.Error as error:
        raise PictureError("the drawing arrived damaged; draw on to send it again") from error
