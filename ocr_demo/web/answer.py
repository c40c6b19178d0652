"""What the page says about a prediction: plain data for its pieces, made without Gradio."""

import base64
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.errors import OcrDemoError
from ocr_demo.reading import Prediction
from ocr_demo.reading.refused import is_dot, shows_several
from ocr_demo.web.words import Words

UNSURE = 0.7
"""Below this confidence the runner-up is named."""
GUESSING = 0.25
"""Below this it would be one of too many to name."""
PNG_URL = "data:image/png;base64,"
IN_PLAY = 0.05
"""A look-alike of the best label is named from this probability on."""

Tone = Literal["plain", "unsure", "refused", "error"]


@dataclass(frozen=True)
class Remark:
    """What is worth saying in words."""

    words: str
    """A sentence; empty where the label says it all."""
    tone: Tone = "plain"
    reader: str = ""
    """Which of several that may read for the choice has read; empty where one reads alone."""


@dataclass(frozen=True)
class Answer:
    """One reading as the page shows it."""

    confidences: tuple[tuple[str, float], ...]
    """The likeliest labels with their probabilities; empty where there is nothing to read."""
    glyph: str
    """What the model sees: a PNG's data URL."""
    remark: Remark

    @property
    def offer(self) -> dict[str, list[str]]:
        """The labels that the page offers to say which is right."""
        return {"labels": [label for label, _ in self.confidences]}

    @property
    def is_blank(self) -> bool:
        """Whether there is no ink in what was read."""
        return self.glyph == NOTHING and not self.failed

    @property
    def failed(self) -> bool:
        return self.remark.tone == "error"


def answer(
    prediction: Prediction, alphabet: Alphabet, words: Words, elsewhere: str = "", reader: str = ""
) -> Answer:
    """What the page shows for a prediction; `elsewhere` names the choice that reads other scripts, too.

    `reader` names what has read, where it is one of several.
    """
    has_begun = not prediction.is_blank and not _is_dot(prediction)
    said = remark(prediction, alphabet, words, elsewhere)
    if has_begun and reader:
        said = replace(said, reader=words("Read by {own}.", own=reader))
    return Answer(prediction.top if has_begun else (), data_url(encoded(prediction.glyph)), said)


def failure(error: OcrDemoError, words: Words) -> Answer:
    """What the page shows where nothing could be read."""
    return Answer((), NOTHING, Remark(words.sentence(error), "error"))


def empty(words: Words) -> Answer:
    """What the page shows of a sheet without ink."""
    return Answer((), NOTHING, _bring(words))


def remark(prediction: Prediction, alphabet: Alphabet, words: Words, elsewhere: str = "") -> Remark:
    """The one thing worth saying about a prediction."""
    if prediction.is_blank:
        return _bring(words)
    if _is_dot(prediction):
        return Remark(words("Only a dot so far: go on drawing."))
    if not prediction.is_character:
        return Remark(_refusal(prediction, words, elsewhere), "refused")
    rivals = _rivals(prediction, alphabet)
    if rivals:
        either = words("{first} or {last}", first=words(", ").join(rivals[:-1]), last=rivals[-1])
        return Remark(words("{either}: many hands write them alike.", either=either))
    (best, confidence), (second, _) = prediction.ranked[:2]
    if confidence < GUESSING:
        return Remark(words("I can’t make this out: it could be many things."), "unsure")
    if confidence < UNSURE:
        return Remark(words("{best} or {second}? I’m not sure.", best=best, second=second), "unsure")
    return Remark("")


def remark_html(remark: Remark) -> dict[str, str]:
    """A remark as the page's template takes it: its words are put in as HTML."""
    reader = {"reader": escape(remark.reader)} if remark.reader else {}
    return {"words": escape(remark.words), "tone": remark.tone, **reader}


def encoded(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (H, W), or (H, W, 3) as BGR, as a PNG."""
    return cv2.imencode(".png", pixels)[1].tobytes()


def data_url(png: bytes) -> str:
    """A PNG as a browser takes it in place of an address."""
    return PNG_URL + base64.b64encode(png).decode()


NOTHING = data_url(encoded(np.zeros((64, 64), np.uint8)))
"""The glyph of what couldn't be read."""


def _bring(words: Words) -> Remark:
    return Remark(words("Draw a character, or bring a picture of one."))


def _is_dot(prediction: Prediction) -> bool:
    return not prediction.is_character and is_dot(prediction.glyph)


def _refusal(prediction: Prediction, words: Words, elsewhere: str) -> str:
    if shows_several(prediction.glyph):
        return words("These seem to be several characters. I read one at a time.")
    said = words("This is unlike any character I know. The nearest are listed above.")
    if not elsewhere:
        return said
    return f"{said} {words('If it is of another script, choose “{choice}”.', choice=elsewhere)}"


def _rivals(prediction: Prediction, alphabet: Alphabet) -> list[str]:
    """The look-alikes of the best label that are in play, likeliest first; empty where it stands alone.

    Near ones count where one of them is the runner-up: else another label is what speaks against the best.
    """
    near = alphabet.near_group(prediction.label)
    group = alphabet.group(prediction.label) or (near if prediction.ranked[1][0] in near else frozenset())
    named = [label for label, share in prediction.ranked if label in group and share >= IN_PLAY]
    return named if len(named) > 1 else []
