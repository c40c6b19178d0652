"""What the page says about a prediction: plain data for its pieces, made without Gradio."""

import base64
from dataclasses import dataclass
from html import escape
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.errors import OcrDemoError
from ocr_demo.reading import Prediction

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
    def failed(self) -> bool:
        return self.remark.tone == "error"


def answer(prediction: Prediction, alphabet: Alphabet) -> Answer:
    """What the page shows for a prediction."""
    confidences = () if prediction.is_blank else prediction.top
    return Answer(confidences, data_url(encoded(prediction.glyph)), remark(prediction, alphabet))


def failure(error: OcrDemoError) -> Answer:
    """What the page shows where nothing could be read."""
    message = str(error)
    return Answer((), NOTHING, Remark(message[:1].upper() + message[1:] + ".", "error"))


def remark(prediction: Prediction, alphabet: Alphabet) -> Remark:
    """The one thing worth saying about a prediction."""
    if prediction.is_blank:
        return EMPTY.remark
    if not prediction.is_character:
        return Remark("This is unlike any character I know. The nearest are listed above.", "refused")
    rivals = _rivals(prediction, alphabet)
    if rivals:
        return Remark(f"{_either(rivals)}: many hands write them alike.")
    (best, confidence), (second, _) = prediction.ranked[:2]
    if confidence < GUESSING:
        return Remark("I can’t make this out: it could be many things.", "unsure")
    if confidence < UNSURE:
        return Remark(f"{best} or {second}? I’m not sure.", "unsure")
    return Remark("")


def remark_html(remark: Remark) -> dict[str, str]:
    """A remark as the page's template takes it: its words are put in as HTML."""
    return {"words": escape(remark.words), "tone": remark.tone}


def encoded(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (H, W), or (H, W, 3) as BGR, as a PNG."""
    return cv2.imencode(".png", pixels)[1].tobytes()


def data_url(png: bytes) -> str:
    """A PNG as a browser takes it in place of an address."""
    return PNG_URL + base64.b64encode(png).decode()


NOTHING = data_url(encoded(np.zeros((64, 64), np.uint8)))
"""The glyph of what couldn't be read."""
EMPTY = Answer((), NOTHING, Remark("Draw a character, or bring a picture of one."))
"""What the page shows of a sheet without ink."""


def _rivals(prediction: Prediction, alphabet: Alphabet) -> list[str]:
    """The look-alikes of the best label that are in play, likeliest first; empty where it stands alone."""
    group = alphabet.group(prediction.label)
    named = [label for label, share in prediction.ranked if label in group and share >= IN_PLAY]
    return named if len(named) > 1 else []


def _either(labels: list[str]) -> str:
    return f"{', '.join(labels[:-1])} or {labels[-1]}"
