"""The examples to click."""

from collections.abc import Mapping

import gradio as gr

from ocr_demo.web.answer import data_url
from ocr_demo.web.examples import Example
from ocr_demo.web.words import Words

SHELF = """
<p>[[Or try one of these]]</p>
<div class="shelf">
  {{#each examples}}
  <button type="button" data-name="{{name}}" aria-label="[[Example:]] {{title}}" title="{{title}}">
    <img src="{{url}}" alt="" width="160" height="160">
  </button>
  {{/each}}
</div>
"""
PICK = """
element.addEventListener("click", (event) => {
  const name = event.target.closest("button")?.dataset.name;
  if (!name) return;
  props.value = name;
  trigger("pick");
});
"""


def examples_shelf(examples: Mapping[str, Example], words: Words) -> gr.HTML:
    """Buttons that trigger `pick`, the value then being an example's name."""
    return gr.HTML(
        elem_id="examples",
        html_template=words.fill(SHELF),
        js_on_load=PICK,
        apply_default_css=False,
        examples=on_shelf(examples, words),
    )


def on_shelf(examples: Mapping[str, Example], words: Words) -> list[dict[str, str]]:
    """Examples as the shelf has them."""
    return [
        {"name": name, "title": words(example.title), "url": data_url(example.png)}
        for name, example in examples.items()
    ]
