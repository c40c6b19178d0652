"""In the Evaluation tab the comparison of architectures, which is made when somebody opens it."""

from pathlib import Path
from typing import Any

import gradio as gr

from ocr_demo.evaluation.comparison import COMPARISON
from ocr_demo.web.comparison_view import comparison_html
from ocr_demo.web.words import Words

FOLDED = "<details><summary>[[Architectures compared]]</summary><div></div></details>"
SCRIPTS = [Path(__file__).parent / name for name in ("sort.js", "plots.js", "compare.js")]


def comparison_panel(zoo: Path, words: Words) -> None:
    """Builds it, folded, where the folder has a comparison."""
    if not (zoo / COMPARISON).is_file():
        return

    def compared(asked: Any) -> str:
        return comparison_html(zoo, words)

    gr.HTML(
        elem_id="zoo",
        html_template=words.fill(FOLDED),
        js_on_load=words.files(*SCRIPTS),
        server_functions=[compared],
        apply_default_css=False,
    )
