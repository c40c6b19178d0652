"""The Evaluation tab: how well the checkpoints read, in figures and plots, one or two side by side."""

from pathlib import Path
from typing import Any

import gradio as gr

from ocr_demo.errors import OcrDemoError
from ocr_demo.reading.library import Library
from ocr_demo.web.pages import QUIET
from ocr_demo.web.report_view import Measured, failure_html, labelled_tests, report_html
from ocr_demo.web.words import Words

ALONE = ""
COUNTS, SHARES = "counts", "shares"
SCRIPTS = [Path(__file__).parent / name for name in ("sort.js", "plots.js")]


def evaluate_tab(library: Library, checkpoint: gr.Dropdown, tab: gr.Tab, words: Words) -> None:
    """Builds the tab, which stays empty until it is opened."""
    with gr.Row(elem_id="choices"):
        test = gr.Dropdown([], label=words("Test set"), elem_id="test", filterable=False, interactive=True)
        unit = gr.Radio(
            [(words("counts"), COUNTS), (words("row shares"), SHARES)],
            value=COUNTS,
            label=words("Confusion in"),
            elem_id="unit",
            rtl=words.direction == "rtl",
        )
        other = gr.Dropdown(
            [(words("none"), ALONE), *((name, name) for name in library.names)],
            value=ALONE,
            label=words("Compare with"),
            elem_id="other",
            filterable=False,
        )
    report = gr.HTML("", elem_id="report", js_on_load=words.files(*SCRIPTS), apply_default_css=False)

    def show(name: str, other: str, test: str | None, unit: str) -> list[Any]:
        try:
            shown = [Measured.of(library.checkpoint(each)) for each in side_by_side(library, name, other)]
        except OcrDemoError as error:  # one that this release no longer loads is a choice like the others
            return [gr.skip(), failure_html(error, words)]
        tests = labelled_tests(shown)
        chosen = test if test in tests else next(iter(tests), None)
        return [
            gr.Dropdown([(words(each), each) for each in tests], value=chosen, visible=bool(tests)),
            report_html(shown, chosen, unit == SHARES, words),
        ]

    asked = [checkpoint, other, test, unit]
    gr.on(
        [tab.select, checkpoint.change, other.input, test.input, unit.input],
        show,
        asked,
        [test, report],
        **QUIET,
    )


def side_by_side(library: Library, name: str, other: str) -> list[str]:
    """The names of what is shown: of any script the networks that share it, where it isn't compared."""
    first, *others = library.readers(name)
    return [first, *others][:2] if other in (ALONE, first) else [first, other]
