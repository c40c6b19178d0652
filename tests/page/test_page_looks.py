"""How the page fits: screens, themes, keyboard, accessibility."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser import LETTERS
from tests.browser import Watched, label, quick
from tests.page.test_page_teaching import collect

pytestmark = pytest.mark.browser


def overflow(page: Page) -> tuple[int, int]:
    """By how many pixels the page is wider and higher than the window."""
    across, down = page.evaluate(
        "(() => { const r = document.scrollingElement;"
        " return [r.scrollWidth - innerWidth, r.scrollHeight - innerHeight]; })()"
    )
    return across, down


def test_laptop_shows_the_read_tab_whole(page: Page) -> None:
    quick(page).draw(LETTERS["R"])
    expect(label(page)).to_have_text("R")
    across, down = overflow(page)
    assert across <= 0
    assert down <= 0


@pytest.mark.parametrize("width", [360, 768, 1024])
def test_no_sideways_scrolling(watched: Watched, width: int) -> None:
    page = watched.open_in(width, 740)
    assert overflow(page)[0] <= 0
    page.get_by_role("tab", name="Evaluation").click()
    page.locator("#report .report").wait_for()
    assert overflow(page)[0] <= 0


UNCOVERED = """(button) => {
  button.scrollIntoView();
  const { x, y, width, height } = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@pytest.mark.parametrize(("width", "height"), [(844, 390), (667, 375), (932, 430), (860, 900), (600, 500)])
@pytest.mark.parametrize("tab", ["Read", "Teach"])
def test_the_pad_is_seen_whole_and_nothing_covers_its_tools(
    watched: Watched, width: int, height: int, tab: str
) -> None:
    page = watched.open_in(width, height)
    page.get_by_role("tab", name=tab).click()
    pad = page.locator({"Read": "#pad", "Teach": "#practice"}[tab])
    paper, clear = pad.locator(".paper").bounding_box(), pad.locator("[data-act=clear]")
    assert paper
    assert paper["height"] < height - 80
    assert clear.evaluate(UNCOVERED)
    tools, last = pad.locator(".tools").bounding_box(), clear.bounding_box()
    assert tools
    assert last
    assert last["x"] + last["width"] <= tools["x"] + tools["width"] + 1
    assert overflow(page)[0] <= 0


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_ways_to_bring_a_picture_stand_clear_of_their_boxs_edge(
    watched: Watched, width: int, height: int
) -> None:
    page = watched.open_in(width, height)
    box = page.locator("#picture").bounding_box()
    icons = page.locator("#picture .source-selection svg")
    expect(icons).to_have_count(3)
    assert box
    for icon in icons.all():
        inside = icon.bounding_box()
        assert inside
        assert inside["y"] >= box["y"] + 6
        assert inside["y"] + inside["height"] <= box["y"] + box["height"] - 6


def test_a_choice_shows_that_it_opens(watched: Watched) -> None:
    page = watched.open_in()
    page.get_by_role("tab", name="Teach").click()
    page.locator("#training summary").first.click()
    choices = page.locator("#teach select:visible")
    expect(choices).to_have_count(4)
    for choice in choices.all():
        style = choice.evaluate(
            "each => { const { appearance, backgroundImage } = getComputedStyle(each);"
            " return [appearance, backgroundImage]; }"
        )
        assert style[0] != "none" or style[1] != "none"


def test_the_consent_is_asked_for_in_the_pages_own_colours(watched: Watched) -> None:
    page = watched.open_in()
    page.get_by_role("tab", name="Teach").click()
    box = page.locator("#gallery .consent input")
    assert (
        box.evaluate("each => getComputedStyle(each).appearance") == "auto"
    )  # then the accent's colour counts


def test_dark_by_the_switch_and_kept(watched: Watched) -> None:
    page = watched.open_in()
    switch = page.get_by_role("button", name="Dark theme")
    assert brightness(page) > 200
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)  # Gradio lets the ground fade
    assert brightness(page) < 60
    page.reload()
    page.locator("#pad canvas").wait_for()
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")


def test_dark_by_the_system_with_dark_plots(watched: Watched) -> None:
    page = watched.open_in(color_scheme="dark")
    assert brightness(page) < 60
    page.get_by_role("tab", name="Evaluation").click()
    image = page.locator("#report figure.confusion img:visible")
    assert "theme=dark" in (image.get_attribute("src") or "")


def test_what_is_sent_is_the_same_in_both_themes(watched: Watched) -> None:
    light, dark = watched.open_in(), watched.open_in(color_scheme="dark")
    for page in (light, dark):
        quick(page).draw(LETTERS["T"])
        expect(label(page)).to_have_text("T")
    light.wait_for_timeout(500)
    glyph = light.locator("#seen img").get_attribute("src")
    expect(dark.locator("#seen img")).to_have_attribute("src", glyph or "")


def brightness(page: Page) -> float:
    """Of the page's ground, 0..255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    parts = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(parts) / 3


def test_keyboard_reaches_everything(page: Page) -> None:
    page.locator("body").click(position={"x": 2, "y": 2})
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"))
    wanted = {"Checkpoint", "Dark theme", "Read", "Brush", "Eraser", "Brush size", "Undo", "Redo", "Clear"}
    assert wanted <= reached
    assert any(name.startswith("Example: ") for name in reached if name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["Read", "Teach", "Evaluation"])
def test_no_serious_finding_of_axe(watched: Watched, scheme: Any, tab: str) -> None:
    page = watched.open_in(color_scheme=scheme)
    page.get_by_role("tab", name=tab).click()
    if tab == "Read":
        quick(page).draw(LETTERS["R"])
        expect(label(page)).to_have_text("R")
    elif tab == "Teach":
        collect(page, "0")
        for summary in page.locator("#training summary").all():
            summary.click()
        expect(page.locator("#owner")).to_have_count(0)  # this app has no owner
    else:
        page.locator("#report .report").wait_for()
        page.locator("#zoo summary").click()
        page.locator("#zoo table").wait_for()
    assert serious_findings(page) == []


def serious_findings(page: Page) -> list[str]:
    axe = os.environ.get("OCR_DEMO_AXE", "")
    if not Path(axe).is_file():
        pytest.skip("OCR_DEMO_AXE doesn't name axe.min.js: `make test` fetches it with npm")
    page.add_script_tag(path=axe)
    found = page.evaluate("axe.run().then(results => results.violations)")
    return [
        f"{finding['id']}: {node['html'][:160]} {node['failureSummary']}"
        for finding in found
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
