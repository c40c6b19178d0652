"""The Read tab: draw or bring a picture, and see at once what it is read as."""

from typing import Any

import gradio as gr

from ocr_demo.errors import OcrDemoError
from ocr_demo.reading.library import Library
from ocr_demo.web.answer import Answer, answer
from ocr_demo.web.pad import drawing_pad

VERDICT = """
<figure><img src="{{value.glyph}}" width="64" height="64" alt="What the model sees"></figure>
<p role="status" class="{{value.tone}}">{{value.notice}}</p>
"""


def read_tab(library: Library, checkpoint: gr.Dropdown) -> None:
    """Builds the tab; `checkpoint` is the page's choice of what reads."""

    def read(picture: bytes, name: str) -> dict[str, Any]:
        try:
            predictor = library.predictor(name)
            return answer(predictor.predict(picture), predictor.checkpoint.alphabet).as_json()
        except OcrDemoError as error:
            return Answer({}, "", str(error), "error").as_json()

    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="draw"):
            pad = drawing_pad(read, library.chosen)
        with gr.Column(elem_id="result"):
            reading = gr.Label(num_top_classes=5, elem_id="reading", show_label=False)
            verdict = gr.HTML(
                {"glyph": "", "notice": "", "tone": ""}, html_template=VERDICT, elem_id="verdict"
            )
    pad.answer(
        None,
        pad,
        [reading, verdict],
        js="(answer) => [answer.reading, answer]",
        show_progress="hidden",
        api_visibility="private",
    )
