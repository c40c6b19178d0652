"""Why: shown when asked for, for what is on the pad now, and gone with it."""

import re

import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser import LETTERS, Pad
from tests.browser import Watched, label, picture_of_t, quick

pytestmark = pytest.mark.browser

SAME_SECOND = """
() => document.querySelector("#why figure + figure figcaption b")?.textContent
  === document.querySelectorAll("#reading dt")[1]?.textContent
"""
"""Whether what is explained is what is read, down to the runner-up."""


def asked(page: Page) -> None:
    page.get_by_role("button", name="Why?").click()


def test_the_two_likeliest_are_explained(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["R"])
    expect(label(page)).to_have_text("R")
    asked(page)
    captions = page.locator("#why figcaption")
    expect(captions).to_have_count(2)
    expect(captions.first).to_contain_text("for R")
    page.wait_for_function(SAME_SECOND)
    second = re.findall(r"for (\w)", captions.last.inner_text())[0]
    expect(page.locator("#why")).to_contain_text(re.compile(rf"(Could be|The next likeliest is) {second}"))
    assert page.locator("#why img").evaluate_all("all => all.every(one => one.naturalWidth === 256)")


@pytest.mark.parametrize(("locale", "said"), [("en", "Working out why …"), ("ar", "يجري البحث عن السبب …")])
def test_that_it_is_worked_out_is_told_at_once(watched: Watched, locale: str, said: str) -> None:
    page = watched.open_in(locale=locale)
    quick(page).draw(LETTERS["R"])
    button = page.locator("#ask-why")
    expect(button).to_be_visible()
    page.wait_for_timeout(500)  # the answer to the last stroke takes what was said of the others with it
    page.route("**/queue/join*", lambda route: None)  # nobody answers
    button.click()
    expect(page.locator("#why [role=status]")).to_have_text(said)
    expect(page.locator("#why")).to_be_visible()
    page.unroute("**/queue/join*")
    expect(page.locator("#why figure")).to_have_count(2)
    expect(page.locator("#why [role=status]")).to_have_count(0)


def test_strokes_that_come_meanwhile_are_explained_too(page: Page, pad: Pad) -> None:
    *stem, last = LETTERS["R"]
    pad.draw(stem)
    expect(page.get_by_role("button", name="Why?")).to_be_visible()
    asked(page)
    pad.draw([last])
    expect(label(page)).to_have_text("R")
    page.wait_for_timeout(500)  # what was asked for has come, or else goes with what it was asked of
    if not page.locator("#why figcaption").count():
        asked(page)
    page.wait_for_function(SAME_SECOND)
    expect(page.locator("#why figcaption").first).to_contain_text("for R")


def test_another_drawing_takes_the_explanation_with_it(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["R"])
    expect(label(page)).to_have_text("R")
    asked(page)
    expect(page.locator("#why figure")).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#why figure")).to_have_count(0)
    expect(page.get_by_role("button", name="Why?")).to_be_hidden()  # of an empty pad


def test_an_uploaded_picture_is_explained_too(
    watched: Watched, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = watched.open()
    page.set_input_files("#picture input[type=file]", picture_of_t(tmp_path_factory.mktemp("up") / "t.png"))
    expect(label(page)).to_have_text("T")
    asked(page)
    expect(page.locator("#why figcaption").first).to_contain_text("for T")
