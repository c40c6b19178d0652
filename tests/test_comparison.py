"""Architectures side by side: as the page shows them, as Markdown, and where there is nothing to show."""

import re
import shutil
from pathlib import Path

import gradio as gr
import pytest

from benchmarks import zoo as benchmark
from ocr_demo.checkpoint import REPORT, WEIGHTS
from ocr_demo.errors import CheckpointError
from ocr_demo.evaluation.comparison import COMPARISON, TEST, ZOO_FOLDER, read_comparison
from ocr_demo.reading.library import Library
from ocr_demo.storage import write_json
from ocr_demo.web.comparison_view import comparison_html
from ocr_demo.web.pages.compare import comparison_panel
from ocr_demo.web.plots import Gallery
from ocr_demo.web.words import ENGLISH, translated
from tests.browser import invented_zoo
from tests.networks import small_checkpoint
from tests.serving import finished


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """Two networks' figures in a folder of checkpoints that has one to choose from."""
    small_checkpoint(tmp_path / "latin")
    invented_zoo(tmp_path / ZOO_FOLDER, deep=1.5, resnet18=20.25)
    return tmp_path / ZOO_FOLDER


def rows_of(html: str) -> list[list[str]]:
    """The texts of a table's cells; of two figures in one cell the second in brackets."""
    cells = (re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row) for row in re.findall("<tr.*?</tr>", html))
    marked = ([cell.replace("<small>", "(").replace("</small>", ")") for cell in row] for row in cells)
    return [[re.sub("<.*?>", "", cell) for cell in row] for row in marked]


def test_a_row_for_each_network_and_a_column_for_each_labelled_test(zoo: Path) -> None:
    write_json(
        zoo / "deep" / REPORT, {TEST: {"images": 9, "accepted": 1, "accuracy": 0.5, "folded_accuracy": 0.75}}
    )
    heads, deep, resnet18 = rows_of(comparison_html(zoo, ENGLISH))
    assert heads == [
        *("Network", "Parameters", "Megabytes", TEST, "Calibration error"),
        *("Milliseconds for 1 image", "Milliseconds for 256 images", "Minutes of training"),
    ]
    assert deep == ["deep", "1,000,000", "4.0", "50.00 % (75.00 %)", "–", "1.50", "148.50", "1.5"]
    assert resnet18[0] == "resnet18"
    assert resnet18[-2] == "2,004.75"
    assert re.fullmatch(r"0\.\d{4}", resnet18[4])


def test_what_look_alikes_do_not_change_is_told_once(zoo: Path) -> None:
    same = {"images": 9, "accepted": 1, "accuracy": 0.5, "folded_accuracy": 0.5}
    write_json(zoo / "deep" / REPORT, {"Mouse A-Z": same})
    _, deep, resnet18 = rows_of(comparison_html(zoo, ENGLISH))
    assert deep[3:5] == ["50.00 %", "–"]
    assert resnet18[3] == "–"


def test_it_says_what_the_figures_are(zoo: Path) -> None:
    said = re.sub("<.*?>", "", comparison_html(zoo, ENGLISH))
    assert "by one recipe, for 8 epochs of 50% of its images, on an invented GPU." in said
    assert "They were timed in PyTorch 2.8 on 2 cores." in said
    assert "نواتين" in comparison_html(zoo, translated("ar"))


def test_the_readme_and_the_page_have_the_same_table(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "ZOO", zoo)
    heads, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in benchmark.table())
    assert [row[1:] for row in (heads, *rows)] == [
        [cell.replace(" (", " / ").replace(")", "") for cell in row[1:]]
        for row in rows_of(comparison_html(zoo, ENGLISH))
    ]


def test_a_network_that_was_not_measured_or_timed_has_dashes(zoo: Path) -> None:
    whole = read_comparison(zoo).networks["deep"]
    bare = {**vars(whole), "milliseconds": {}}
    write_json(zoo / COMPARISON, {"networks": {"deep": bare}})
    (zoo / "deep" / REPORT).unlink()
    html = comparison_html(zoo, ENGLISH)
    assert rows_of(html)[1] == ["deep", "1,000,000", "4.0", "–", "–", "–", "1.5"]
    assert "timed" not in html
    assert b"<svg" in Gallery(ENGLISH).comparison(zoo, "svg", theme="dark")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "comparison.json can&#x27;t be read as JSON"),
        ('{"networks": {"deep": {"parameters": "many"}}}', "comparison.json: networks.deep.parameters: "),
        ('{"networks": []}', "comparison.json: networks: "),
    ],
)
def test_what_is_no_comparison_is_told(zoo: Path, text: str, problem: str) -> None:
    (zoo / COMPARISON).write_text(text)
    html = comparison_html(zoo, ENGLISH)
    assert problem in html
    assert "<table" not in html


def test_no_milliseconds_below_zero_are_drawn_on_the_logarithmic_axis(zoo: Path) -> None:
    text = (zoo / COMPARISON).read_text()
    (zoo / COMPARISON).write_text(text.replace("1.5,", "-1.5,"))
    assert "networks.deep.milliseconds.1: Input should be greater than 0" in comparison_html(zoo, ENGLISH)


def test_a_network_without_its_folder_is_told(zoo: Path) -> None:
    shutil.rmtree(zoo / "deep")
    assert f"No checkpoint folder at {zoo / 'deep'}" in comparison_html(zoo, ENGLISH)


def test_names_and_devices_are_no_html(zoo: Path) -> None:
    (zoo / "deep").rename(zoo / "<b>")
    text = (zoo / COMPARISON).read_text().replace('"deep"', '"<b>"').replace("an invented GPU", "<i>")
    (zoo / COMPARISON).write_text(text)
    html = comparison_html(zoo, ENGLISH)
    assert "&lt;b&gt;" in html
    assert "<bdi>&lt;i&gt;</bdi>" in html
    assert not re.search("<[bi]>", html)


def test_the_panel_is_there_where_something_was_compared(zoo: Path) -> None:
    async def pieces(folder: Path) -> int:
        with gr.Blocks() as page:
            comparison_panel(folder, ENGLISH)
        return len(page.children)

    assert finished(pieces(zoo)) == 1
    assert finished(pieces(zoo.parent)) == 0


def test_the_picture_is_drawn_anew_when_the_figures_change(zoo: Path) -> None:
    gallery = Gallery(ENGLISH)
    before = gallery.comparison(zoo, "svg", theme="light")
    assert gallery.comparison(zoo, "svg", theme="light") is before
    shutil.copy(zoo / "resnet18" / REPORT, zoo / "deep" / REPORT)
    assert gallery.comparison(zoo, "svg", theme="light") != before


def test_its_networks_are_not_to_choose_from_but_can_be_named(zoo: Path) -> None:
    assert Library(zoo.parent, "latin").choices == ["latin"]
    shutil.rmtree(zoo / "deep")
    named = Library(zoo.parent, str(small_checkpoint(zoo / "deep")), threads=1)
    assert named.names == ["deep", "latin"]
    named.predictor("deep")
    bare = Library(zoo.parent, str(zoo / "resnet18"), threads=1)
    with pytest.raises(CheckpointError, match=WEIGHTS):
        bare.predictor("resnet18")
