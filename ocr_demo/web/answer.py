"""What the page says about a prediction: plain data for its pieces, made without Gradio."""

import base64
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.characters import Alphabet
from ocr_demo.reading import Prediction

TOP = 5
UNSURE = 0.7
"""Below this the runner-up is named."""
IN_PLAY = 0.05
"""A look-alike of the best label is named from this probability on."""


@dataclass(frozen=True)
class Answer:
    """One reading as the page shows it."""

    reading: dict[str, Any]
    """The value of a `gr.Label` in the browser: its label and confidences; empty where there is nothing to read."""
    glyph: str
    """What the model sees: a PNG's data URL."""
    notice: str
    """A sentence when there is something to say beside the label, else empty."""
    tone: str
    """plain, unsure or error."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def answer(prediction: Prediction, alphabet: Alphabet) -> Answer:
    """What the page shows for a prediction."""
    notice, tone = remark(prediction, alphabet)
    return Answer(
        {} if prediction.is_blank else _reading(prediction), png_url(prediction.glyph), notice, tone
    )


def remark(prediction: Prediction, alphabet: Alphabet) -> tuple[str, str]:
    """The one thing worth saying in words about a prediction, and its tone; empty where there is none."""
    if prediction.is_blank:
        return "Nothing here yet. Draw a letter or a digit, or choose a picture.", "plain"
    if not prediction.is_character:
        return "This is unlike any character I know. Here is what comes closest.", "unsure"
    rivals = _rivals(prediction, alphabet)
    if rivals:
        return f"{_either(rivals)}? Many hands write them alike.", "plain"
    (best, confidence), (second, _) = prediction.ranked[:2]
    if confidence < UNSURE:
        return f"{best} or {second}? I'm not sure.", "unsure"
    return "", "plain"


def png_url(glyph: NDArray[np.uint8]) -> str:
    """A grey picture as a data URL."""
    _, png = cv2.imencode(".png", glyph)
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()


def _reading(prediction: Prediction) -> dict[str, Any]:
    confidences = [{"label": label, "confidence": share} for label, share in prediction.ranked[:TOP]]
    return {"label": prediction.label, "confidences": confidences}


def _rivals(prediction: Prediction, alphabet: Alphabet) -> list[str]:
    """The look-alikes of the best label that are in play, likeliest first; empty where it stands alone."""
    group = alphabet.group(prediction.label)
    named = [label for label, share in prediction.ranked if label in group and share >= IN_PLAY]
    return named if len(named) > 1 else []


def _either(labels: list[str]) -> str:
    return f"{', '.join(labels[:-1])} or {labels[-1]}"
