"""The page in Arabic: all of it, from right to left, and as usable as in English."""

import re
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.browser import LETTERS, running_app
from tests.browser import Watched, label, quick
from tests.page.test_page_evaluation import expect_drawn, shown
from tests.page.test_page_looks import overflow, serious_findings
from tests.page.test_page_pictures import expect_guessing

pytestmark = pytest.mark.browser

READ, TEACH, EVALUATION = range(3)
NAMES = {
    *("ocr_demo", "latin", "second", "unmeasured", "letters", "English"),
    *("SVG", "PNG", "ZIP", "tar", "Enter", "one", "png", "F1"),
    *("glyphnet", "deep", "EMNIST", "ByClass", "PyTorch"),
    *("test", "invented", "an", "GPU"),  # the reports of these tests, which no catalogue knows
}
"""What has Latin letters in Arabic, too."""
SAID = """
() => {
  const said = [];
  const told = ["aria-label", "title", "placeholder", "alt"];
  for (const each of document.body.querySelectorAll("*")) {
    if (each.closest("script, style, [hidden]")) continue;
    for (const name of told) if (each.getAttribute(name)) said.push(`${name}: ${each.getAttribute(name)}`);
    for (const node of each.childNodes) if (node.nodeType === Node.TEXT_NODE) said.push(node.data.trim());
  }
  return said.filter(Boolean);
}
"""
"""Every text that is there to be seen or heard."""
WORD = re.compile(r"[A-Za-z][A-Za-z_0-9]+")


@pytest.fixture
def arabic(watched: Watched) -> Page:
    """The page as a browser in Arabic gets it."""
    return watched.open_in(locale="ar")


def opened(page: Page, tab: int) -> None:
    """Opens a tab, by its place, and waits for what is in it."""
    page.get_by_role("tab").nth(tab).click()
    inside = {READ: "#pad canvas", TEACH: "#practice .task b:text('0')", EVALUATION: "#report .report"}
    expect(page.locator(inside[tab])).to_be_visible()


def in_english(page: Page) -> list[str]:
    """The texts with words in Latin letters that are no names."""
    said = [text.split(": ", 1)[-1] if WORD.match(text) else text for text in page.evaluate(SAID)]
    return [text for text in said if set(WORD.findall(text)) - NAMES]


def kept_two(page: Page) -> None:
    """Has two corrections in the gallery, which can be trained on or chosen."""
    pad = quick(page)
    pad.canvas = page.locator("#practice canvas")
    for count in (1, 2):
        pad.draw(LETTERS["X"])
        page.keyboard.press("Enter")
        expect(page.locator("#gallery .glyph")).to_have_count(count)


def test_the_document_says_its_language_and_direction(arabic: Page) -> None:
    assert arabic.url.endswith("/ar/")
    expect(arabic.locator("html")).to_have_attribute("dir", "rtl")
    expect(arabic.locator("html")).to_have_attribute("lang", "ar")
    pieces = {
        READ: ("#notice", "#strip", "#reading", "#picture", "#checkpoint", "#pad .tools"),
        TEACH: ("#practice", "#gallery", "#training"),
        EVALUATION: ("#report", "#unit"),
    }
    for tab, inside in pieces.items():
        opened(arabic, tab)
        for piece in inside:
            found = arabic.locator(piece).evaluate("piece => getComputedStyle(piece).direction")
            assert found == "rtl", piece
    opened(arabic, READ)
    draw, result = (arabic.locator(piece).bounding_box() for piece in ("#draw", "#result"))
    assert draw is not None
    assert result is not None
    assert draw["x"] > result["x"] + result["width"], "what comes first is on the right"


def test_no_english_is_left(arabic: Page) -> None:
    assert in_english(arabic) == []
    quick(arabic).draw(LETTERS["R"])
    expect(label(arabic)).to_have_text("R")
    arabic.get_by_role("button", name="لماذا؟").click()
    expect(arabic.locator("#why figure")).to_have_count(2)
    arabic.locator("#strip [data-label=R]").click()
    expect(arabic.locator("#strip .said")).to_have_text("حُفظ على أنه R، كما قُرئ.")
    assert in_english(arabic) == []
    arabic.locator("#examples button").first.click()
    expect(arabic.locator("#picture .image-frame img")).to_be_visible()
    assert in_english(arabic) == []
    opened(arabic, EVALUATION)
    arabic.locator("#zoo summary").click()
    expect(arabic.locator("#zoo table")).to_be_visible()
    assert in_english(arabic) == []


def test_what_gradio_puts_into_a_text_that_is_there_is_translated(arabic: Page) -> None:
    said = arabic.evaluate("""async () => {
        const text = document.body.appendChild(document.createElement("p")).appendChild(new Text("…"));
        await new Promise(requestAnimationFrame);
        text.data = "common.complete";
        await new Promise(requestAnimationFrame);
        return text.data;
    }""")
    assert said == "تم."


def test_no_english_is_left_in_teaching(arabic: Page) -> None:
    opened(arabic, TEACH)
    assert in_english(arabic) == []
    kept_two(arabic)
    arabic.locator("#gallery .glyph").first.click()
    expect(arabic.locator("#gallery .count")).to_have_text("المختار: 1")
    arabic.locator("#training summary").first.click()
    expect(arabic.locator("#training .reason")).to_contain_text("يلزم 3 تصحيحات على الأقل")
    assert in_english(arabic) == []
    arabic.locator("[data-act=clear]").last.click()
    expect(arabic.locator("#gallery .told")).to_have_text("حُذف تصحيحان. التراجع يعيدهما.")
    assert in_english(arabic) == []


def test_what_cannot_be_read_is_told_in_arabic(arabic: Page, tmp_path: Any) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    arabic.set_input_files("#picture input[type=file]", tmp_path / "broken.png")
    expect(arabic.locator("#notice .error")).to_contain_text("الملف ليس صورة يمكن قراءتها")


def test_gradios_own_errors_are_in_arabic(arabic: Page, tmp_path: Any) -> None:
    (tmp_path / "large.png").write_bytes(bytes(11 * 2**20))
    arabic.set_input_files("#picture input[type=file]", tmp_path / "large.png")
    expect(arabic.locator(".toast-body").first).to_contain_text("الملف أكبر من 10.0 ميغابايت")
    assert in_english(arabic) == []
    arabic.get_by_role("tab").nth(TEACH).click()  # it doesn't lie on these


def test_plots_are_in_arabic(arabic: Page, watched: Watched) -> None:
    opened(arabic, EVALUATION)
    for plot in ("confusion", "confused", "reliability", "training"):
        expect_drawn(shown(arabic, plot))
    drawn = {
        where: arabic.request.get(f"{watched.address}{where}plots/latin/training.svg")
        for where in ("", "ar/")
    }
    assert drawn[""].body() != drawn["ar/"].body()


def test_the_switch_changes_the_language_and_is_remembered(watched: Watched) -> None:
    page = watched.open_in()
    page.get_by_role("link", name="العربية").click()
    expect(page.get_by_role("tab").first).to_have_text("القراءة")
    page.goto(watched.address)
    expect(page.get_by_role("tab").first).to_have_text("القراءة")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("tab").first).to_have_text("Read")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")


def test_the_switch_keeps_the_drawing_and_the_checkpoint(watched: Watched) -> None:
    page = watched.open_in()
    pad, checkpoint = quick(page), page.locator("#checkpoint input")
    pad.draw(LETTERS["T"])
    page.get_by_role("link", name="العربية").click()
    expect(label(page)).to_have_text("T")
    expect(checkpoint).to_have_value("latin")
    whole = pad.ink()
    pad.button("تراجع").click()
    assert pad.ink() < whole
    checkpoint.click()
    page.get_by_role("option", name="unmeasured").click()
    expect_guessing(page)
    page.get_by_role("link", name="English").click()
    expect(checkpoint).to_have_value("unmeasured")
    expect_guessing(page)
    pad.button("Redo").click()
    assert pad.ink() == whole
    expect_guessing(page)
    page.reload()
    expect(page.locator("#pad .blank canvas")).to_be_visible()
    assert pad.ink() == 0


def test_the_page_begins_with_what_reads_its_letters(usual: BrowserContext) -> None:
    with running_app() as address, closing(Watched(usual, address)) as watched:
        page = watched.open_in()
        checkpoint = page.locator("#checkpoint input")
        expect(checkpoint).to_have_value("latin")
        page.get_by_role("link", name="العربية").click()
        expect(checkpoint).to_have_value("arabic")
        expect(page.locator("#pad .hint")).to_have_text("ارسم حرفًا")
        expect(page.locator("#examples button").first).to_have_attribute("data-name", re.compile("^arabic-"))
        checkpoint.click()
        page.get_by_role("option", name="textbook").click()
        page.get_by_role("link", name="English").click()
        expect(checkpoint).to_have_value("textbook")


@pytest.mark.parametrize("tab", [READ, TEACH, EVALUATION])
def test_no_serious_finding_of_axe_nor_sideways_scrolling(watched: Watched, tab: int) -> None:
    page = watched.open_in(360, 740, locale="ar")
    if tab == READ:
        quick(page).draw(LETTERS["R"])
        expect(label(page)).to_have_text("R")
    opened(page, tab)
    assert overflow(page)[0] <= 0
    assert page.evaluate("document.scrollingElement.scrollLeft") == 0
    assert serious_findings(page) == []
