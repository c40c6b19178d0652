"""The Evaluation tab: its plots come when it is opened, and say which checkpoint and test set they are of."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from ocr_demo.evaluation.comparison import COMPARISON, ZOO_FOLDER
from ocr_demo.evaluation.report import Report, reports_of
from ocr_demo.reading.library import ANY, Library
from ocr_demo.storage import write_json
from ocr_demo.web.pages.evaluate import ALONE, side_by_side
from ocr_demo.web.report_view import Measured, figures_table
from ocr_demo.web.words import ENGLISH
from tests.browser import Watched, invented_report

pytestmark = pytest.mark.browser


def open_evaluation(page: Page) -> None:
    page.get_by_role("tab", name="Evaluation").click()
    expect(page.locator("#report .report")).to_be_visible()


def shown(page: Page, plot: str) -> Locator:
    return page.locator(f"#report figure.{plot} img:visible")


def expect_drawn(image: Locator) -> None:
    image.scroll_into_view_if_needed()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") > 100


def test_plots_come_when_the_tab_is_opened(watched: Watched) -> None:
    page = watched.open_in()
    plots: list[str] = []

    def note(request: Request) -> None:
        if "/plots/" in request.url:
            plots.append(request.url)

    page.on("request", note)
    page.wait_for_timeout(300)
    assert not plots
    open_evaluation(page)
    for plot in ("confusion", "confused", "reliability", "training"):
        expect_drawn(shown(page, plot))
    assert plots
    assert all("theme=light" in url for url in plots), "the plots of the other theme were fetched too"


def test_nothing_moves_when_a_plot_comes(watched: Watched) -> None:
    page = watched.open_in(390, 844)
    page.route("**/plots/**", lambda route: None)  # nobody answers
    open_evaluation(page)
    plots = [shown(page, plot) for plot in ("confusion", "confused", "reliability", "training")]
    before = [plot.evaluate("image => image.offsetHeight") for plot in plots]
    page.unroute("**/plots/**")
    for plot in plots:
        expect_drawn(plot)
    assert min(before) > 100
    assert [plot.evaluate("image => image.offsetHeight") for plot in plots] == pytest.approx(before, abs=1)


@pytest.mark.parametrize(
    ("locale", "said"), [("en", "The plot is being drawn …"), ("ar", "يجري رسم المخطط …")]
)
def test_a_plot_is_said_to_be_drawn_until_it_has_come(watched: Watched, locale: str, said: str) -> None:
    page = watched.open_in(locale=locale)
    page.route("**/plots/**", lambda route: None)  # nobody answers
    page.get_by_role("tab").nth(2).click()
    signs = page.locator("#report .coming:visible")
    expect(signs).to_have_text([said] * 4)
    page.unroute("**/plots/**")
    for plot in ("confusion", "confused", "reliability", "training"):
        expect_drawn(shown(page, plot))
    expect(signs).to_have_count(0)


def test_figures_and_classes(page: Page) -> None:
    open_evaluation(page)
    row = page.locator("#report .figures tbody tr", has_text="a test")
    expect(row).to_contain_text("400")
    table = page.locator("#report .classes table")
    expect(table.locator("tbody tr")).to_have_count(36)
    table.get_by_role("button", name="Recall").click()
    recalls = [float(cell) for cell in table.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert recalls == sorted(recalls)
    table.get_by_role("button", name="Recall").click()
    recalls = [float(cell) for cell in table.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert recalls == sorted(recalls, reverse=True)


def test_architectures_compared(page: Page, checkpoints: Path) -> None:
    open_evaluation(page)
    expect(page.locator("#zoo table")).to_have_count(0)
    page.get_by_text("Architectures compared").click()
    names = page.locator("#zoo tbody th")
    expect(names).to_have_text(["glyphnet", "deep"])
    page.locator("#zoo").get_by_role("button", name="Milliseconds for 1 image").click()
    expect(names).to_have_text(["deep", "glyphnet"])
    plot = page.locator("#zoo figure img:visible")
    expect(plot).to_have_attribute("src", "plots/zoo.svg?theme=light")
    expect_drawn(plot)
    page.get_by_role("button", name="Dark theme").click()
    expect(plot).to_have_attribute("src", "plots/zoo.svg?theme=dark")
    expect_drawn(plot)
    with page.expect_download() as download:
        page.get_by_role("link", name="against milliseconds for 1 image as PNG").click()
    assert download.value.suggested_filename == "zoo.png"


def test_a_broken_comparison_leaves_the_rest_of_the_tab(page: Page, checkpoints: Path) -> None:
    path = checkpoints / ZOO_FOLDER / COMPARISON
    whole = path.read_text(encoding="utf-8")
    path.write_text("{", encoding="utf-8")
    try:
        open_evaluation(page)
        page.get_by_text("Architectures compared").click()
        expect(page.locator("#zoo .missing")).to_contain_text(f"{COMPARISON} can't be read as JSON")
        expect_drawn(shown(page, "confused"))
    finally:
        path.write_text(whole, encoding="utf-8")


def test_row_shares(page: Page) -> None:
    open_evaluation(page)
    counts = shown(page, "confusion").get_attribute("src")
    page.get_by_role("radio", name="row shares").check()
    expect(shown(page, "confusion")).not_to_have_attribute("src", counts or "")
    expect_drawn(shown(page, "confusion"))


def test_two_checkpoints_side_by_side(page: Page) -> None:
    open_evaluation(page)
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name="second").click()
    expect(shown(page, "confusion")).to_have_count(2)
    left, right = (image.bounding_box() for image in shown(page, "confusion").all())
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    expect(page.locator("#report .figures .best").first).to_be_visible()


def test_any_script_shows_the_networks_that_share_it(tmp_path: Path, checkpoints: Path) -> None:
    for name, source in (("latin", "latin"), ("arabic", "letters"), ("second", "second")):
        shutil.copytree(checkpoints / source, tmp_path / name)
    library = Library(tmp_path, "latin")
    assert side_by_side(library, ANY, ALONE) == ["latin", "arabic"]
    assert side_by_side(library, ANY, "second") == ["latin", "second"]
    assert side_by_side(library, "latin", "latin") == ["latin"]


def test_of_sets_that_only_share_a_name_none_is_better() -> None:
    entries = {str(seed): invented_report(seed) for seed in (0, 1)}
    first, second = reports_of(entries, Path("report.json")).values()
    fewer = replace(second, images=second.images - 1)

    def table(other: Report) -> str:
        shown = [Measured("first", {"a test": first}, False), Measured("second", {"a test": other}, False)]
        return figures_table(shown, ENGLISH)

    assert "class=best" in table(second)
    assert "class=best" not in table(fewer)


def test_missing_report_tells_the_command(page: Page) -> None:
    page.get_by_role("combobox", name="Checkpoint").click()
    page.get_by_role("option", name="unmeasured").click()
    open_evaluation(page)
    expect(page.locator("#report")).to_contain_text("python -m ocr_demo evaluate --checkpoint unmeasured")


@pytest.mark.parametrize(
    ("file", "odd", "field"),
    [
        ("report.json", {"a test": {"images": "many"}}, "a test.images"),
        ("history.json", [{"epoch": [1]}], "0.epoch"),
    ],
)
def test_a_file_that_holds_something_else_is_named(
    page: Page, checkpoints: Path, file: str, odd: object, field: str
) -> None:
    path = checkpoints / "second" / file
    whole = path.read_text(encoding="utf-8")
    open_evaluation(page)
    write_json(path, odd)
    try:
        page.get_by_role("combobox", name="Compare with").click()
        page.get_by_role("option", name="second").click()
        expect(page.locator("#report .missing")).to_contain_text(f"{file}: {field}: ")
    finally:
        path.write_text(whole, encoding="utf-8")


def test_beside_an_unmeasured_one_a_report_has_the_whole_width(page: Page) -> None:
    open_evaluation(page)
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name="unmeasured").click()
    expect(page.locator("#report .missing")).to_be_visible()
    report, plot = page.locator("#report .report").bounding_box(), shown(page, "confusion").bounding_box()
    assert report is not None
    assert plot is not None
    assert plot["width"] > 0.7 * report["width"]


def test_on_a_phone_every_figure_is_in_view(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_evaluation(page)
    table = page.locator("#report .scroll").first
    assert table.evaluate("table => table.scrollWidth <= table.clientWidth")
    exact = table.locator("td[data-title=Exact]").first
    expect(exact).to_be_visible()
    assert exact.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Exact"'


@pytest.mark.parametrize("path", ["", "ar/?lang=ar"])
def test_on_a_phone_every_column_of_the_classes_is_in_view(watched: Watched, path: str) -> None:
    page = watched.open_in(390, 844, query=path)
    page.get_by_role("tab").last.click()
    table = page.locator("#report .classes")
    expect(table).to_be_visible()
    assert table.evaluate("table => table.scrollWidth <= table.clientWidth")


def test_the_labels_of_the_choices_stand_in_a_line(page: Page) -> None:
    open_evaluation(page)
    labels = [
        page.locator(f"#{name} [data-testid=block-info]").bounding_box() for name in ("test", "unit", "other")
    ]
    heights = [box["y"] for box in labels if box]
    assert len(heights) == 3
    assert max(heights) - min(heights) <= 1


def test_plots_can_be_taken_along(page: Page) -> None:
    open_evaluation(page)
    for format, magic in (("SVG", b"<?xml"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Most confused pairs of latin on a test as {format}").click()
        assert download.value.path().read_bytes().startswith(magic)
        assert download.value.suggested_filename == f"latin-confused.{format.lower()}"
