"""The Teach tab's panel for the owner of the app: versions, promotion and the way back, two compared."""

import gradio as gr

from ocr_demo.web.correcting import LESSONS
from ocr_demo.web.words import ENGLISH, Words


def owner_panel(checkpoint: str, words: Words) -> gr.HTML:
    """Asks for the owner's token, and with it calls the owner's API; folded for everybody else.

    The panel is in English on every page, as what the API answers is.
    """
    return gr.HTML(
        elem_id="owner",
        html_template=ENGLISH.files(LESSONS / "owner.html"),
        js_on_load=ENGLISH.files(LESSONS / "figures.js", LESSONS / "owner.js"),
        apply_default_css=False,
        checkpoint=checkpoint,
        up="../" * words.prefix.count("/"),
    )
