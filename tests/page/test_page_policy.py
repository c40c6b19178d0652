"""What browsers are told of the page: huggingface.co shows it in a frame, as a Space, and nobody else may."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from benchmarks.browser import LETTERS
from tests.browser import PATIENCE_MS, quick

Framed = Callable[[str], Page]


@pytest.fixture
def framed(usual: BrowserContext, address: str) -> Iterator[Framed]:
    """A page of that site with ours in a frame."""
    assert usual.browser is not None
    with usual.browser.new_context(permissions=["local-network-access"]) as context:

        def opened(site: str) -> Page:
            frame = f'<iframe src="{address}" width="1200" height="700"></iframe>'
            context.route(f"{site}/", lambda route: route.fulfill(body=frame, content_type="text/html"))
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{site}/")
            return page

        yield opened


def in_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_huggingface_may_show_it_and_it_reads(framed: Framed) -> None:
    page = framed("https://huggingface.co")
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    in_frame(page).locator("#pad .blank canvas").wait_for()
    pad = quick(page)
    pad.canvas = in_frame(page).locator("#pad canvas")
    pad.draw(LETTERS["R"])
    expect(in_frame(page).locator("#reading [data-testid=label-output-value]")).to_have_text("R")
    assert not troubles


def test_another_site_may_not(framed: Framed) -> None:
    page = framed("https://foreign.example")
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.reload()
    assert in_frame(page).locator("#pad").count() == 0


def test_the_description_of_the_api_stands_under_it(usual: BrowserContext, address: str) -> None:
    with usual.new_page() as page:
        troubles: list[str] = []
        page.on("console", lambda said: troubles.append(said.text))
        page.goto(f"{address}docs")
        expect(page.locator("#operations-reading-predict_predict_post")).to_be_visible()
        assert not troubles
