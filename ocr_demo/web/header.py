"""The line above the tabs: the name, the choice of checkpoint, the other language, light or dark."""

import gradio as gr

from ocr_demo.reading.library import ANY
from ocr_demo.web.languages import QUERY
from ocr_demo.web.words import LANGUAGES, Words

BRAND = """
<svg viewBox="0 0 32 32" aria-hidden="true">
  <rect x="1.5" y="1.5" width="29" height="29" rx="8"/>
  <path d="M10.5 24V8.5h6a4.6 4.6 0 0 1 0 9.2h-6M16.4 17.8L22 24"/>
</svg>
<h1>ocr_demo</h1>
"""

LINK = '<a href="{address}" lang="{words.language}" hreflang="{words.language}">{words.name}</a>'
SWITCH = """
<button type="button" aria-label="[[Dark theme]]" title="[[Light or dark]]">
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z"/>
  </svg>
</button>
"""

SWITCH_THEME = """
const button = element.querySelector("button");
const mark = () => button.setAttribute("aria-pressed", document.body.classList.contains("dark"));
new MutationObserver(mark).observe(document.body, { attributeFilter: ["class"] });
mark();
button.addEventListener("click", () => {
  const dark = document.body.classList.toggle("dark");
  try {
    localStorage.setItem("ocr_demo.theme", dark ? "dark" : "light");
  } catch { /* a page inside another may not keep anything */ }
});
"""


def header(names: list[str], chosen: str, words: Words) -> gr.Dropdown:
    """Builds the line; gives the choice of checkpoint."""
    with gr.Row(elem_id="masthead"):
        gr.HTML(html_template=BRAND, elem_id="brand", apply_default_css=False)
        choices = [(words("any script") if name == ANY else name, name) for name in names]
        checkpoint = gr.Dropdown(
            choices,
            value=chosen,
            label=words("Checkpoint"),
            elem_id="checkpoint",
            interactive=True,
            filterable=False,
        )
        gr.HTML(html_template=_links(words), elem_id="language-switch", apply_default_css=False)
        gr.HTML(
            html_template=words.fill(SWITCH),
            js_on_load=SWITCH_THEME,
            elem_id="theme-switch",
            apply_default_css=False,
        )
    return checkpoint


def _links(words: Words) -> str:
    """Links to the page in the other languages, beside this one or below it."""
    up = "../" * (words.path.count("/") - 1)
    return "".join(
        LINK.format(words=other, address=f"{up}{other.path[1:]}?{QUERY}={other.language}")
        for other in LANGUAGES
        if other != words
    )
