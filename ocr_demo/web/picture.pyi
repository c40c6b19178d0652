"""Pictures from files, the clipboard or the camera, handed on as they came."""

from pathlib import Path
from typing import Any

import gradio as gr

from ocr_demo.errors import PictureError

from gradio.events import Dependency

class Picture(gr.Image):
    """A `gr.Image` that gives the path of the file as it was uploaded.

    Gradio's own opens the picture first: what it can't read is a crash there, and what it can is encoded anew.
    """

    is_template = True  # the browser's side is gr.Image's own

    def preprocess(self, payload: Any) -> str | None:
        return None if payload is None else payload.path
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def read_file(path: str) -> bytes:
    """The bytes of an uploaded picture; `PictureError` where the upload is gone."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise PictureError("the upload is no longer there; choose the picture again") from error