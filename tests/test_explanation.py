"""Why: evidence is what a label loses without that ink, and the words name the right difference."""

import re

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CHECKPOINTS, load_checkpoint
from ocr_demo.errors import PictureError
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading import Predictor
from ocr_demo.reading.explanation import Explanation, explain
from ocr_demo.web.answer import data_url, encoded
from ocr_demo.web.pages.why import coloured, decode_glyph, why_html
from ocr_demo.web.words import ENGLISH
from tests.drawings import STROKES, drawn

LATIN = ALPHABETS["latin"]


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(load_checkpoint(CHECKPOINTS / "latin"))


def test_the_likeliest_come_with_their_confidence(predictor: Predictor) -> None:
    glyph = to_glyph(drawn("R"))
    said = explain(predictor, glyph)
    (prediction,) = predictor.predict_glyphs(glyph[None])
    assert [one.label for one in said] == [label for label, _ in prediction.ranked[:2]]
    assert [one.confidence for one in said] == pytest.approx([share for _, share in prediction.ranked[:2]])


@pytest.mark.parametrize("character", ["R", "Z", "7", "T"])  # an A is one without any fifth of its ink
def test_without_the_ink_that_speaks_for_it_a_label_loses_more(predictor: Predictor, character: str) -> None:
    lost, kept = left_without(predictor, to_glyph(drawn(character)))
    assert lost < kept


@pytest.mark.parametrize("pen", [6, 9, 12, 16])
def test_without_the_ink_that_speaks_for_them_labels_lose_more(predictor: Predictor, pen: int) -> None:
    """On average, with any pen."""
    left = np.array([left_without(predictor, to_glyph(drawn(character, pen=pen))) for character in STROKES])
    strong, weak = left.mean(axis=0)
    assert strong < weak - 0.04


def left_without(predictor: Predictor, glyph: NDArray[np.uint8]) -> tuple[float, float]:
    """The likeliest label's confidence without the fifth of the ink that speaks most, and least, for it."""
    (best, _) = explain(predictor, glyph)
    inked = glyph > 128
    strong = best.evidence >= np.quantile(best.evidence[inked], 0.8)
    weak = best.evidence <= np.quantile(best.evidence[inked], 0.2)
    column = predictor.labels.index(best.label)
    without = np.stack([np.where(part & inked, 0, glyph) for part in (strong, weak)]).astype(np.uint8)
    without_strong, without_weak = predictor.probabilities(predictor.logits(without))[:, column]
    return float(without_strong), float(without_weak)


@pytest.mark.parametrize("pen", [6, 9, 12])  # of a broader one's stroke a hole leaves both sides
def test_the_leg_of_an_r_speaks_against_a_p(predictor: Predictor, pen: int) -> None:
    glyph = to_glyph(drawn("R", pen=pen))
    evidence = {one.label: one.evidence for one in explain(predictor, glyph, count=36)}
    leg = np.zeros((64, 64), bool)
    leg[40:, 28:] = glyph[40:, 28:] > 128
    assert evidence["R"][leg].mean() > 0 > evidence["P"][leg].mean()


def test_a_blank_says_nothing(predictor: Predictor) -> None:
    assert all((one.evidence == 0).all() for one in explain(predictor, np.zeros((64, 64), np.uint8)))


def test_ink_is_orange_where_it_speaks_for_and_blue_where_against() -> None:
    evidence = np.zeros((64, 64))
    evidence[:, :20], evidence[:, 44:] = 1, -1
    picture = coloured(np.full((64, 64), 255, np.uint8), evidence).astype(int)
    (blue, _, red), middle, (other_blue, _, other_red) = (picture[128, x] for x in (20, 128, 236))
    assert red > blue + 100
    assert other_blue > other_red + 100
    assert np.ptp(middle) < 20
    assert not coloured(np.zeros((64, 64), np.uint8), evidence).any()


def explanation(label: str, confidence: float | None) -> Explanation:
    return Explanation(label, confidence, np.ones((64, 64)))


@pytest.mark.parametrize(
    ("rival", "share", "words"),
    [
        ("0", 0.3, "Could be 0: a zero is usually narrower"),
        ("Q", 0.001, "The next likeliest is Q: a Q has a tail"),
        ("X", 0.001, "The next likeliest is X."),
        ("X", None, "The nearest are O and X, but neither is near."),
    ],
)
def test_the_runner_up_is_told_in_words(rival: str, share: float | None, words: str) -> None:
    said = why_html(
        np.zeros((64, 64), np.uint8), [explanation("O", 0.6), explanation(rival, share)], LATIN, ENGLISH
    )
    assert words in said


def test_of_what_is_refused_no_share_is_told(predictor: Predictor) -> None:
    glyph = to_glyph(star())
    (prediction,) = predictor.predict_glyphs(glyph[None])
    assert not prediction.is_character
    explanations = explain(predictor, glyph)
    assert [one.confidence for one in explanations] == [None, None]
    assert "%" not in re.sub("<img.*?>", "", why_html(glyph, explanations, LATIN, ENGLISH))


def star() -> NDArray[np.uint8]:
    """Eleven rays, black on white (200, 200)."""
    sheet = np.full((200, 200), 255, np.uint8)
    for turn in np.arange(11) * (2 * np.pi / 11):
        end = 100 + 66 * np.array([np.cos(turn), np.sin(turn)])
        cv2.line(sheet, (100, 100), np.round(end).astype(int).tolist(), 0, 8, cv2.LINE_AA)
    return sheet


def test_tells_are_of_labels_and_of_each_pair_once() -> None:
    pairs = [frozenset(pair) for pair in LATIN.tells]
    assert all(len(pair) == 2 and pair <= set(LATIN.labels) for pair in pairs)
    assert len(set(pairs)) == len(pairs)
    assert LATIN.tell("O", "0") == LATIN.tell("0", "O") != ""


def test_a_glyph_goes_to_the_browser_and_back() -> None:
    glyph = to_glyph(drawn("A"))
    assert np.array_equal(decode_glyph(data_url(encoded(glyph))), glyph)


@pytest.mark.parametrize(
    "url",
    [None, "", "data:image/png;base64,AAAA", data_url(encoded(np.zeros((65, 64), np.uint8))), "file:///etc"],
)
def test_what_is_no_glyph_is_refused(url: object) -> None:
    with pytest.raises(PictureError):
        decode_glyph(url)


def test_torch_and_onnx_see_the_same_evidence(predictor: Predictor) -> None:
    glyph = to_glyph(drawn("A"))
    with torch.no_grad():
        other = Predictor(load_checkpoint(CHECKPOINTS / "latin"), "torch")
    for one, same in zip(explain(predictor, glyph), explain(other, glyph), strict=True):
        assert np.allclose(one.evidence, same.evidence, atol=1e-2)
