"""Pictures from files, the clipboard or the camera, as bytes as they came."""

from pathlib import Path
from typing import Any

import gradio as gr

from ocr_demo.errors import PictureError


def picture_box() -> gr.Image:
    """Where a picture is dropped, pasted or taken.

    Listen to it with `preprocess=False` and hand its value to `uploaded`: Gradio's own preprocessing opens
    the picture first, and what it can't open is a crash there instead of a notice.
    """
    return gr.Image(
        sources=["upload", "clipboard", "webcam"],
        format="png",
        label="Picture",
        show_label=False,
        elem_id="picture",
        height=100,
        buttons=[],
        placeholder="Drop an image file here to upload",
        alt_text="The picture that is read",
    )


def uploaded(value: dict[str, Any]) -> bytes:
    """The file that was uploaded; Gradio has seen to it that the path is one of its uploads."""
    try:
        return Path(value["path"]).read_bytes()
    except (OSError, TypeError) as error:
        raise PictureError("the upload is no longer there; choose the picture again") from error
