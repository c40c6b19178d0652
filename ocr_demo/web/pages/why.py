"""Why a glyph is read as it is: its ink, coloured by what it says of the two likeliest labels."""

import json
from html import escape

import cv2
import gradio as gr
import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.errors import OcrDemoError, PictureError
from ocr_demo.preprocess import SIZE
from ocr_demo.reading.explanation import Explanation
from ocr_demo.web.answer import IN_PLAY, data_url, encoded
from ocr_demo.web.pad import decode_drawing
from ocr_demo.web.pages import QUIET
from ocr_demo.web.service import Service
from ocr_demo.web.sessions import page_of, person_of
from ocr_demo.web.words import Words

SHOWN_SIDE = 256
"""Pixels of the pictures' side: four times a glyph's."""
FAINTEST = 1.0
"""Log-odds that get the full colour where no ink says more."""
FOR, NEUTRAL, AGAINST = np.array([[255, 140, 40], [165, 160, 152], [80, 150, 255]])  # RGB

FIGURE = """
<figure>
  <img src="{url}" alt="{described}" width="144" height="144">
  <figcaption>{caption}</figcaption>
</figure>
"""
LEGEND = """
<p class="legend">
  [[<i class="for">Orange</i> ink speaks for a label, <i class="against">blue</i> against it.]]
</p>
"""
WORKING = '<p role="status">[[Working out why …]]</p>'
"""Stands there at once: on a busy server the answer takes seconds."""
EMPTY = "(panel) => panel.includes('role=\"status\"') ? panel : ''"
"""There is something else to see; what is being worked out tells itself that it is late."""

ASKED = """
(url, name) => {
  document.getElementById("why").dataset.asked = url;
  return [url, name];
}
"""
STILL = """
(url, shown) => {
  if (url === document.getElementById("why").dataset.asked) return shown;
  const button = document.getElementById("ask-why");
  if (button.offsetParent) button.click();
  return "";
}
"""
"""Asks again where something else has been read meanwhile, as while a drawing's last strokes come."""


def why_button(words: Words) -> gr.Button:
    return gr.Button(words("Why?"), size="sm", elem_id="ask-why", min_width=64)


def why_panel(
    button: gr.Button, service: Service, seen: gr.HTML, checkpoint: gr.Dropdown, words: Words
) -> None:
    """What the button shows; `seen` holds what the model sees, as a data URL.

    It is worked out when it is asked for, and goes when there is something else to see.
    """
    panel = gr.HTML("", elem_id="why", apply_default_css=False)

    async def show(url: str, name: str, request: gr.Request) -> str:
        try:
            glyph = decode_glyph(url)
            said = await service.explain(
                glyph, service.named(name), await page_of(request), person_of(request)
            )
            return why_html(glyph, said.explanations, said.checkpoint.alphabet, words)
        except OcrDemoError as error:
            return f'<p class="error">{escape(words.sentence(error))}</p>'

    button.click(None, None, panel, js=f"() => {json.dumps(words.fill(WORKING))}", **QUIET)
    asked = button.click(show, [seen, checkpoint], panel, js=ASKED, **QUIET)
    asked.then(None, [seen, panel], panel, js=STILL, **QUIET)
    asked.failure(None, None, panel, js='() => ""', **QUIET)
    seen.change(None, panel, panel, js=EMPTY, **QUIET)


def decode_glyph(url: object) -> NDArray[np.uint8]:
    """The glyph (64, 64) in a data URL; a `PictureError` where it is none."""
    glyph = cv2.imdecode(np.frombuffer(decode_drawing(url), np.uint8), cv2.IMREAD_GRAYSCALE)
    if glyph is None or glyph.shape != (SIZE, SIZE):
        raise PictureError("what the model sees didn't arrive; draw again")
    return glyph.astype(np.uint8)


def why_html(
    glyph: NDArray[np.uint8], explanations: list[Explanation], alphabet: Alphabet, words: Words
) -> str:
    """The likeliest labels' evidence side by side, in colours that compare, and how to tell the two apart."""
    strongest = max(FAINTEST, *(np.abs(one.evidence).max() for one in explanations))
    figures = [
        FIGURE.format(
            url=data_url(encoded(coloured(glyph, one.evidence / strongest))),
            described=words(
                "The drawing, coloured by how its ink speaks for {label}", label=escape(one.label)
            ),
            caption=_caption(one, words),
        )
        for one in explanations
    ]
    return f"{''.join(figures)}<div><p>{_rival(explanations, alphabet, words)}</p>{words.fill(LEGEND)}</div>"


def coloured(glyph: NDArray[np.uint8], evidence: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A glyph's ink (64, 64), grey where evidence (64, 64) in -1..1 is 0: a picture (256, 256, 3), BGR."""
    side = (SHOWN_SIDE, SHOWN_SIDE)
    ink, said = (cv2.resize(plane / 1.0, side, interpolation=cv2.INTER_CUBIC) for plane in (glyph, evidence))
    towards, away = said.clip(0, 1)[..., None], (-said).clip(0, 1)[..., None]
    colours = NEUTRAL + towards * (FOR - NEUTRAL) + away * (AGAINST - NEUTRAL)
    return np.round(colours[..., ::-1] * ink[..., None].clip(0, 255) / 255).astype(np.uint8)


def _caption(one: Explanation, words: Words) -> str:
    """Of what is refused no share is told, as nowhere else."""
    if one.confidence is None:
        return words("for <b>{label}</b>", label=escape(one.label))
    return words("for <b>{label}</b>, {share}", label=escape(one.label), share=f"{one.confidence:.0%}")


def _rival(explanations: list[Explanation], alphabet: Alphabet, words: Words) -> str:
    """The runner-up in words, or both where neither is near."""
    best, rival = (one.label for one in explanations)
    share = explanations[1].confidence
    if share is None:
        said = words("The nearest are {best} and {rival}, but neither is near", best=best, rival=rival)
    elif share >= IN_PLAY:
        said = words("Could be {rival}", rival=rival)
    else:
        said = words("The next likeliest is {rival}", rival=rival)
    tell = words(alphabet.tell(best, rival))
    return escape(f"{said}: {tell}." if tell else f"{said}.")
