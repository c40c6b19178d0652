"""The line above the tabs: the name, the choice of checkpoint, light or dark."""

import gradio as gr

from ocr_demo.reading.library import ANY

BRAND = """
<svg viewBox="0 0 32 32" aria-hidden="true">
  <rect x="1.5" y="1.5" width="29" height="29" rx="8"/>
  <path d="M10.5 24V8.5h6a4.6 4.6 0 0 1 0 9.2h-6M16.4 17.8L22 24"/>
</svg>
<h1>ocr_demo</h1>
"""

SWITCH = """
<button type="button" aria-label="Dark theme" title="Light or dark">
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


def header(names: list[str], chosen: str) -> gr.Dropdown:
    """Builds the line; gives the choice of checkpoint."""
    with gr.Row(elem_id="masthead"):
        gr.HTML(html_template=BRAND, elem_id="brand", apply_default_css=False)
        choices = [("any script" if name == ANY else name, name) for name in names]
        checkpoint = gr.Dropdown(
            choices,
            value=chosen,
            label="Checkpoint",
            elem_id="checkpoint",
            interactive=True,
            filterable=False,
        )
        gr.HTML(
            html_template=SWITCH, js_on_load=SWITCH_THEME, elem_id="theme-switch", apply_default_css=False
        )
    return checkpoint
