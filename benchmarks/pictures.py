"""Takes the README's pictures from the running app: `python -m benchmarks.pictures`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.browser import Pad, Stroke, running_app, running_browser
from ocr_demo.web import examples

PICTURES = Path(__file__).resolve().parent.parent / "pictures"
LAPTOP, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}


def main() -> None:
    """Takes them all."""
    PICTURES.mkdir(exist_ok=True)
    with running_app() as address, running_browser() as browser:
        take_reading(browser, address, "read-light", examples.LETTER_R)
        take_reading(browser, address, "read-dark", examples.LETTER_S, color_scheme="dark")
        take_reading(browser, address, "read-phone", examples.DIGIT_7, viewport=PHONE)
        take_reading(browser, address, "read-arabic", examples.LETTER_BEH, checkpoint="arabic", locale="ar")
        take_teaching(browser, address)
        take_evaluation(browser, address)


def take_reading(
    browser: Browser,
    address: str,
    name: str,
    strokes: Sequence[Stroke],
    checkpoint: str = "latin",
    **options: Any,
) -> None:
    """Something drawn on the Read tab, with what a checkpoint reads it as."""
    page = opened(browser, address, **options)
    page.locator("#checkpoint input").click()
    page.get_by_role("option", name=checkpoint).click()
    Pad(page).draw([curved(stroke) for stroke in strokes])
    page.mouse.move(0, 0)
    page.locator("#reading [data-testid=label-output-value]").wait_for()
    page.wait_for_timeout(500)  # the last answer, and the bars' way to it
    page.screenshot(path=PICTURES / f"{name}.png")


def take_teaching(browser: Browser, address: str) -> None:
    """The Teach tab: a 7 and an R are kept, and the S that it asks for is on the pad."""
    page = opened(browser, address)
    page.get_by_role("tab", name="Teach").click()
    pad, asked = Pad(page), page.locator("#practice .task b")
    pad.canvas = page.locator("#practice canvas")
    for label, strokes in (("7", examples.DIGIT_7), ("R", examples.LETTER_R), ("S", examples.LETTER_S)):
        while asked.inner_text() != label:
            page.get_by_role("button", name="Skip").click()
        pad.draw([curved(stroke) for stroke in strokes])
        if label != "S":
            page.keyboard.press("Enter")
            page.locator(f"#gallery [aria-label^='{label},']").wait_for()
    page.screenshot(path=PICTURES / "teach.png")


def take_evaluation(browser: Browser, address: str) -> None:
    """The Evaluation tab's upper part."""
    page = opened(browser, address, viewport={"width": 1280, "height": 1000})
    page.get_by_role("tab", name="Evaluation").click()
    plot = page.locator("#report figure.confusion img:visible")
    plot.wait_for()
    plot.evaluate("image => image.decode()")
    page.screenshot(path=PICTURES / "evaluation.png")


def opened(browser: Browser, address: str, **options: Any) -> Page:
    """The page in a context of its own, finely resolved."""
    page = browser.new_context(**{"viewport": LAPTOP, "device_scale_factor": 2, **options}).new_page()
    page.goto(address)
    page.locator("#pad canvas").wait_for()
    page.evaluate("document.fonts.ready")
    return page


def curved(stroke: Stroke) -> Stroke:
    """The stroke as a hand draws it."""
    return [(float(x), float(y)) for x, y in examples.smooth(np.array(stroke))]


if __name__ == "__main__":
    main()
