"""What the page says about a prediction."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from ocr_demo.characters import ALPHABETS
from ocr_demo.errors import PictureError
from ocr_demo.reading import Prediction
from ocr_demo.web.answer import Remark, answer, failure, remark, remark_html
from ocr_demo.web.pad import in_browser
from ocr_demo.web.words import ENGLISH

LATIN = ALPHABETS["latin"]
INK = np.full((64, 64), 255, np.uint8)


def prediction(*ranked: tuple[str, float], accepted: bool = True, blank: bool = False) -> Prediction:
    return Prediction(ranked, accepted, INK * (not blank))


def test_a_sure_label_needs_no_words() -> None:
    assert remark(prediction(("R", 0.97), ("K", 0.03)), LATIN, ENGLISH) == Remark("")


def test_blank_asks_for_a_character_and_shows_no_label() -> None:
    said = answer(prediction(("R", 0.5), ("K", 0.5), accepted=False, blank=True), LATIN, ENGLISH)
    assert said.confidences == ()
    assert said.remark.words.startswith("Draw a character")


def test_what_is_no_character_is_called_so() -> None:
    said = remark(prediction(("R", 0.97), ("K", 0.03), accepted=False), LATIN, ENGLISH)
    assert "unlike any character" in said.words
    assert said.tone == "refused"


def test_a_dot_is_the_beginning_of_a_drawing() -> None:
    dot = cv2.circle(np.zeros((64, 64), np.uint8), (32, 32), 26, 255, -1, cv2.LINE_AA)
    said = answer(Prediction((("9", 0.5), ("K", 0.5)), False, dot), LATIN, ENGLISH)
    assert said.confidences == ()
    assert said.remark == Remark("Only a dot so far: go on drawing.")


def test_of_several_characters_it_is_said_that_one_is_read() -> None:
    two = np.zeros((64, 64), np.uint8)
    two[10:54, 8:14] = two[10:54, 40:56] = 255
    said = remark(Prediction((("H", 0.5), ("K", 0.5)), False, two), LATIN, ENGLISH)
    assert said == Remark("These seem to be several characters. I read one at a time.", "refused")


def test_what_one_script_refuses_may_be_of_another() -> None:
    refused = prediction(("R", 0.97), ("K", 0.03), accepted=False)
    assert remark(refused, LATIN, ENGLISH, "any script").words.endswith(
        "If it is of another script, choose “any script”."
    )
    assert "script" not in remark(refused, LATIN, ENGLISH).words


@pytest.mark.parametrize(
    ("ranked", "words"),
    [
        ((("O", 0.6), ("0", 0.39), ("Q", 0.01)), "O or 0"),
        ((("1", 0.5), ("I", 0.3), ("L", 0.2)), "1, I or L"),
        ((("9", 0.91), ("G", 0.08), ("Q", 0.01)), "9 or G"),
        ((("Q", 0.5), ("9", 0.4), ("G", 0.1)), "Q, 9 or G"),
        ((("S", 0.8), ("5", 0.2)), "S or 5"),
    ],
)
def test_look_alikes_in_play_are_named(ranked: tuple[tuple[str, float], ...], words: str) -> None:
    assert remark(prediction(*ranked), LATIN, ENGLISH).words.startswith(words)


def test_a_look_alike_out_of_play_is_not() -> None:
    assert remark(prediction(("O", 0.98), ("0", 0.02)), LATIN, ENGLISH).words == ""


def test_a_near_look_alike_does_not_hide_the_runner_up() -> None:
    assert remark(prediction(("5", 0.5), ("3", 0.4), ("S", 0.1)), LATIN, ENGLISH).words.startswith("5 or 3?")


def test_what_is_told_of_near_look_alikes_has_words_for_each_pair() -> None:
    for group in LATIN.near_alikes:
        assert all(LATIN.tell(one, other) for one, other in combinations(group, 2))
        assert not any(LATIN.group(label) for label in group)


def test_an_unsure_reading_names_the_runner_up() -> None:
    said = remark(prediction(("R", 0.5), ("K", 0.45)), LATIN, ENGLISH)
    assert said.words.startswith("R or K?")
    assert said.tone == "unsure"


def test_a_guess_names_nobody() -> None:
    assert "can’t make this out" in remark(prediction(("R", 0.05), ("K", 0.04)), LATIN, ENGLISH).words


def test_an_error_is_shown_as_a_sentence_and_as_text() -> None:
    said = failure(PictureError("the <file> is broken"), ENGLISH)
    assert said.failed
    assert remark_html(said.remark) == {"words": "The &lt;file&gt; is broken.", "tone": "error"}


def test_in_the_browser_a_blank_answer_has_an_empty_label() -> None:
    """A null there is an error in Gradio's own code."""
    assert in_browser(failure(PictureError("no"), ENGLISH))["reading"] == {}
    said = in_browser(answer(prediction(("R", 0.97), ("K", 0.03)), LATIN, ENGLISH))
    assert said["reading"]["label"] == "R"
    assert said["glyph"].startswith("data:image/png;base64,")
