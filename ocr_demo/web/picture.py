"""Pictures from files, the clipboard or the camera, as bytes as they came."""

from pathlib import Path
from typing import Any, TypeGuard

import gradio as gr
from gradio.utils import get_upload_folder, is_in_or_equal

from ocr_demo.errors import PictureError
from ocr_demo.web.words import Words

NO_UPLOAD = "this is no uploaded picture; upload the file itself"


def picture_box(words: Words) -> gr.Image:
    """Where a picture is dropped, pasted or taken.

    Listen to it with `preprocess=False` and hand its value to `uploaded`: Gradio's own preprocessing opens
    the picture first, and what it can't open is a crash there instead of a notice.
    """
    return gr.Image(
        sources=["upload", "clipboard", "webcam"],
        format="png",
        label=words("Picture"),
        show_label=False,
        elem_id="picture",
        height=100,
        buttons=[],
        placeholder=words("Drop an image file here to upload"),  # as its name is for who hears it
        alt_text=words("The picture that is read"),
    )


def uploaded(value: dict[str, Any]) -> bytes:
    """The bytes of a file that was uploaded; a `PictureError` where it is gone, or never was an upload."""
    try:
        return upload_path(value.get("path")).read_bytes()
    except OSError as error:
        raise PictureError("the upload is no longer there; choose the picture again") from error


def upload_path(path: object) -> Path:
    """Where an upload lies; a `PictureError` where it is gone, or never was an upload.

    Gradio looks only at paths that the request itself marks as files; whoever leaves the mark out would
    have any file of the server read, /dev/zero without end.
    """
    if not is_upload(path):
        raise PictureError(NO_UPLOAD)
    if not (file := Path(path)).is_file():
        raise PictureError("the upload is no longer there; choose the picture again")
    return file


def is_upload(path: object) -> TypeGuard[str]:
    """Whether a path is one that Gradio keeps uploads at."""
    try:
        return isinstance(path, str) and is_in_or_equal(path, get_upload_folder())
    except (OSError, ValueError):  # a path that can't be one
        return False
