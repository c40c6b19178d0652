"""The page and its connection: leaving the page is no loss of it, and one that is lost comes back."""

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.browser import LETTERS
from tests.browser import Watched, label, quick
from tests.page.test_page_pictures import choose_checkpoint, expect_guessing

pytestmark = pytest.mark.browser


def test_a_page_that_begins_to_be_left_goes_on(page: Page) -> None:
    def left(route: Route) -> None:
        page.evaluate("() => void dispatchEvent(new Event('beforeunload'))")  # the next page is not there yet
        route.continue_()

    page.route("**/queue/data?*", left, times=1)
    choose_checkpoint(page, "unmeasured")
    expect(page.locator("#examples button").first).to_be_visible()
    page.get_by_role("tab", name="Evaluation").click()
    expect(page.locator("#report .missing")).to_contain_text("unmeasured has not been measured yet")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_a_connection_that_was_lost_comes_back_and_the_drawing_stays(watched: Watched) -> None:
    page = watched.open()
    pad = quick(page)
    pad.draw(LETTERS["T"])
    expect(label(page)).to_have_text("T")
    drawn = pad.ink()
    page.route("**/queue/data?*", lambda route: route.abort(), times=1)
    choose_checkpoint(page, "unmeasured")
    expect(page.locator(".toast-body")).to_contain_text("Attempting reconnection")
    expect(page.locator(".toast-body")).to_have_count(0)
    expect_guessing(page)  # it has loaded anew, with what was chosen and drawn
    expect(page.locator("#checkpoint input")).to_have_value("unmeasured")
    assert pad.ink() == drawn
    watched.troubles.clear()  # the browser and Gradio report the loss
