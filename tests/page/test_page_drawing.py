"""Drawing on the pad: every way in reaches the label, and the label is that of what is on the pad."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from benchmarks.browser import LETTERS, Pad
from ocr_demo.checkpoint import load_checkpoint
from ocr_demo.reading import Predictor
from ocr_demo.web.pad import decode_drawing
from tests.browser import Watched, label, quick

pytestmark = pytest.mark.browser


def asked_to_read(page: Page) -> list[dict[str, Any]]:
    """What the pad sends from now on, as it goes."""
    sent: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if "component_server" in request.url:
            sent.append(json.loads(request.post_data or "{}")["data"])

    page.on("request", note)
    return sent


@pytest.mark.parametrize("letter", ["R", "A", "7", "X"])
def test_mouse_reaches_the_label(page: Page, pad: Pad, letter: str) -> None:
    pad.draw(LETTERS[letter])
    expect(label(page)).to_have_text(letter)


def test_finger_reaches_the_label(watched: Watched) -> None:
    page = watched.open_in(390, 844, has_touch=True, is_mobile=True, device_scale_factor=2)
    quick(page).touch(LETTERS["T"])
    expect(label(page)).to_have_text("T")
    assert page.evaluate("scrollY") == 0, "the finger scrolled the page instead of drawing"


def test_label_comes_while_the_pen_is_down(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["M"], lift=False)
    expect(label(page)).to_have_text("M")


def test_label_is_that_of_the_last_drawing(page: Page, pad: Pad, checkpoints: Path) -> None:
    sent = asked_to_read(page)
    pad.draw(LETTERS["E"])
    expect(label(page)).to_have_text("E")
    page.wait_for_timeout(400)
    prediction = Predictor(load_checkpoint(checkpoints / "latin")).predict(
        decode_drawing(sent[-1]["picture"])
    )
    shown = page.locator("#reading meter").evaluate_all("meters => meters.map(meter => meter.value)")
    assert shown == pytest.approx([share for _, share in prediction.ranked[:5]], abs=1e-4)
    assert page.locator("#reading dt").all_inner_texts() == [each for each, _ in prediction.ranked[:5]]


def test_one_request_at_a_time(page: Page, pad: Pad) -> None:
    under_way: set[Request] = set()
    most = 0

    def begin(request: Request) -> None:
        nonlocal most
        if "component_server" in request.url:
            under_way.add(request)
        most = max(most, len(under_way))

    page.on("request", begin)
    page.on("requestfinished", lambda request: under_way.discard(request))
    pad.draw(LETTERS["H"])
    expect(label(page)).to_have_text("H")
    assert most == 1


def test_a_touch_leaves_a_dot(page: Page, pad: Pad) -> None:
    pad.canvas.click()
    assert pad.ink() > 100
    expect(page.locator("#notice")).to_contain_text("go on drawing")
    expect(label(page)).to_have_count(0)


def test_undo_redo_clear(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["7"])
    whole = pad.ink()
    pad.draw([((0.2, 0.9), (0.9, 0.9))])
    pad.button("Undo").click()
    assert pad.ink() == whole
    pad.button("Undo").click()
    expect_blank(page, pad)
    pad.button("Redo").click()
    assert pad.ink() == whole
    expect(label(page)).to_have_text("7")
    pad.button("Clear").click()
    expect_blank(page, pad)
    pad.button("Undo").click()
    expect(label(page)).to_have_text("7")


def test_nothing_is_undone_that_is_just_being_drawn(page: Page, pad: Pad) -> None:
    pad.draw([((0.3, 0.2), (0.3, 0.8))], lift=False)
    pad.button("Undo").dispatch_event("click")  # as by another finger
    pad.draw([((0.3, 0.8), (0.7, 0.8))])
    drawn = pad.ink()
    assert drawn
    pad.button("Undo").click()
    assert pad.ink() < drawn


def expect_blank(page: Page, pad: Pad) -> None:
    expect(label(page)).to_have_count(0)
    expect(page.locator("#notice")).to_contain_text("Draw a character")
    assert pad.ink() == 0


def test_eraser_takes_ink_away(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["T"])
    before = pad.ink()
    pad.button("Eraser").click()
    expect(pad.button("Eraser")).to_have_attribute("aria-pressed", "true")
    pad.draw([((0.2, 0.2), (0.8, 0.2)), ((0.2, 0.24), (0.8, 0.24))])
    assert pad.ink() < 0.9 * before
    pad.button("Brush").click()
    pad.draw([((0.2, 0.2), (0.8, 0.2))])
    expect(label(page)).to_have_text("T")


def test_brush_size_changes_the_stroke(page: Page, pad: Pad) -> None:
    def inked(size: str) -> int:
        page.get_by_label("Brush size").fill(size)
        pad.draw([((0.5, 0.2), (0.5, 0.8))])
        ink = pad.ink()
        pad.button("Clear").click()
        return ink

    assert inked("40") > 2.5 * inked("10")


def test_keys(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["A"])
    whole = pad.ink()
    page.keyboard.press("z")
    assert pad.ink() < whole
    page.keyboard.press("y")
    assert pad.ink() == whole
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    assert pad.ink() == whole
    page.keyboard.press("e")
    expect(pad.button("Eraser")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("b")
    expect(pad.button("Brush")).to_have_attribute("aria-pressed", "true")
    before = page.get_by_label("Brush size").input_value()
    page.keyboard.press("]")
    assert int(page.get_by_label("Brush size").input_value()) > int(before)
    page.keyboard.press("c")
    expect_blank(page, pad)


def press_key(page: Page, key: str, code: str, **held: bool) -> None:
    """As a keyboard of that layout would: the browser's own has American keys alone."""
    page.evaluate(
        "event => document.body.dispatchEvent(new KeyboardEvent('keydown', { ...event, bubbles: true }))",
        {"key": key, "code": code, **held},
    )


@pytest.mark.parametrize(
    "letters",
    [
        {"z": "ئ", "y": "غ", "e": "ث", "b": "لا", "c": "ؤ", "[": "ج", "]": "د", "Z": "~"},
        {"z": "я", "y": "н", "e": "у", "b": "и", "c": "с", "[": "х", "]": "ъ", "Z": "Я"},
        {"z": "ζ", "y": "υ", "e": "ε", "b": "β", "c": "ψ", "[": "[", "]": "]", "Z": "Ζ"},
    ],
    ids=["Arabic", "Russian", "Greek"],
)
def test_keys_of_other_scripts(page: Page, pad: Pad, letters: dict[str, str]) -> None:
    def press(latin: str, **held: bool) -> None:
        code = {"[": "BracketLeft", "]": "BracketRight"}.get(latin, f"Key{latin.upper()}")
        press_key(page, letters[latin], code, shiftKey=latin.isupper(), **held)

    pad.draw(LETTERS["A"])
    whole = pad.ink()
    press("z")
    assert pad.ink() < whole
    press("y")
    assert pad.ink() == whole
    press("z", ctrlKey=True)
    assert pad.ink() < whole
    press("Z", ctrlKey=True)
    assert pad.ink() == whole
    press("e")
    expect(pad.button("Eraser")).to_have_attribute("aria-pressed", "true")
    press("b")
    expect(pad.button("Brush")).to_have_attribute("aria-pressed", "true")
    size = page.get_by_label("Brush size")
    before = int(size.input_value())
    press("[")
    assert int(size.input_value()) < before
    press("]")
    assert int(size.input_value()) == before
    press("c")
    expect_blank(page, pad)


def test_a_latin_letter_counts_wherever_it_is(page: Page, pad: Pad) -> None:
    """The z of a German keyboard is in the place of an American y, its ü in that of a bracket."""
    pad.draw(LETTERS["T"])
    whole = pad.ink()
    for key, code in (("ü", "BracketLeft"), ("ç", "KeyC")):
        press_key(page, key, code)
    assert page.get_by_label("Brush size").input_value() == "22"
    assert pad.ink() == whole
    press_key(page, "z", "KeyY")
    assert pad.ink() < whole


def test_each_tool_tells_its_key(page: Page, pad: Pad) -> None:
    for name in ("Brush", "Eraser", "Undo", "Redo", "Clear"):
        expect(pad.button(name)).to_have_attribute("title", re.compile(rf"{name} \(\w\)"))


def test_drawing_outlives_other_tabs_and_other_sizes(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["K"])
    expect(label(page)).to_have_text("K")
    page.get_by_role("tab", name="Evaluation").click()
    expect(pad.canvas).to_be_hidden()
    page.get_by_role("tab", name="Read").click()
    assert pad.ink() > 0
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_timeout(100)
    assert pad.ink() > 0
    pad.draw([((0.1, 0.95), (0.12, 0.95))])
    pad.button("Undo").click()
    expect(label(page)).to_have_text("K")


def test_a_server_that_does_not_answer_is_asked_again(watched: Watched) -> None:
    page = watched.open()
    page.route("**/component_server/", lambda route: route.fulfill(status=503))
    quick(page).draw(LETTERS["T"])
    expect(page.locator("#notice .error")).to_contain_text("does not answer")
    page.unroute("**/component_server/")
    expect(label(page)).to_have_text("T")
    expect(page.locator("#notice .error")).to_have_count(0)
    watched.troubles.clear()  # the browser itself reports the 503


def test_first_stroke_after_loading_is_read(watched: Watched) -> None:
    for _ in range(3):
        page = watched.open()
        quick(page).draw([((0.5, 0.2), (0.5, 0.8))])
        expect(label(page)).to_have_count(1)
