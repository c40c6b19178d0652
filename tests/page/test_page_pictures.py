"""Pictures instead of drawings: uploads, examples, what is no picture, another checkpoint."""

import base64
import re
from math import cos, sin, tau
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from benchmarks.browser import LETTERS, Pad
from tests.browser import Watched, label, picture_of_t

pytestmark = pytest.mark.browser
NO_LETTER = tuple(
    ((0.5, 0.5), (0.5 + 0.33 * cos(tau * ray / 11), 0.5 + 0.33 * sin(tau * ray / 11))) for ray in range(11)
)
"""A star of eleven rays."""
GRADIO_CAMERA_TROUBLES = {
    "Failed to load resource: the server responded with a status of 404 (Not Found)",
    "Response",
}
"""Gradio 6.31's camera asks for the progress of an upload that has no id, and logs that there is none."""


def upload(page: Page, path: Path) -> None:
    page.locator("#picture input[type=file]").set_input_files(path)


def copied(page: Page, path: Path) -> None:
    """Puts a PNG where what was copied lies."""
    page.evaluate(
        """async (url) => {
          const picture = await (await fetch(url)).blob();
          await navigator.clipboard.write([new ClipboardItem({ [picture.type]: picture })]);
        }""",
        "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode(),
    )


@pytest.mark.parametrize("format", ["png", "jpg", "webp"])
def test_upload_is_read(page: Page, tmp_path: Path, format: str) -> None:
    upload(page, picture_of_t(tmp_path / f"t.{format}"))
    expect(label(page)).to_have_text("T")
    expect(page.get_by_alt_text("The picture that is read")).to_be_visible()


def test_no_picture_gives_a_notice_and_loses_nothing(page: Page, pad: Pad, tmp_path: Path) -> None:
    pad.draw(LETTERS["X"])
    expect(label(page)).to_have_text("X")
    ink = pad.ink()
    (tmp_path / "broken.png").write_bytes(b"this is no picture")
    upload(page, tmp_path / "broken.png")
    expect(page.locator("#notice .error")).to_contain_text("not a picture")
    expect(label(page)).to_have_text("X")
    assert pad.ink() == ink
    upload(page, picture_of_t(tmp_path / "t.png"))
    expect(label(page)).to_have_text("T")
    expect(page.locator("#notice .error")).to_have_count(0)


def test_no_picture_leaves_a_refused_drawing_without_confidences(
    page: Page, pad: Pad, tmp_path: Path
) -> None:
    pad.draw(NO_LETTER)
    expect(page.locator("#notice .refused")).to_contain_text("unlike any character")
    (tmp_path / "broken.png").write_bytes(b"this is no picture")
    upload(page, tmp_path / "broken.png")
    expect(page.locator("#notice .error")).to_contain_text("not a picture")
    expect(page.locator("#notice .refused")).to_contain_text("unlike any character")
    expect(page.locator("#reading dd")).to_have_count(5)
    for share in page.locator("#reading dd").all():
        expect(share).to_be_hidden()


def test_no_picture_after_a_picture_leaves_nothing_of_that(page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Example: no letter at all").click()
    expect(page.locator("#notice .refused")).to_be_visible()
    (tmp_path / "broken.png").write_bytes(b"this is no picture")
    upload(page, tmp_path / "broken.png")
    expect(page.locator("#notice .error")).to_contain_text("not a picture")
    expect(page.locator("#notice .refused")).to_have_count(0)
    expect(label(page)).to_have_count(0)
    expect(page.locator("#strip .ask")).to_be_hidden()


def test_a_picture_without_ink_is_told_so(page: Page, tmp_path: Path) -> None:
    Image.new("RGB", (80, 80), "white").save(tmp_path / "blank.png")
    upload(page, tmp_path / "blank.png")
    expect(page.locator("#notice")).to_contain_text("no ink in this picture")
    page.get_by_role("button", name="Remove Image").click()
    expect(page.locator("#notice")).to_contain_text("Draw a character")


def test_a_file_of_another_kind_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    upload(page, tmp_path / "notes.txt")
    expect(page.locator(".toast-wrap")).to_contain_text("notes.txt")


def test_drawing_takes_over_from_a_picture(page: Page, pad: Pad, tmp_path: Path) -> None:
    pad.draw(LETTERS["7"])
    upload(page, picture_of_t(tmp_path / "t.png"))
    expect(label(page)).to_have_text("T")
    expect(pad.button("Clear")).to_have_attribute("aria-disabled", "true")
    pad.draw(LETTERS["A"])
    expect(label(page)).to_have_text("A")
    expect(page.get_by_alt_text("The picture that is read")).to_have_count(0)


def test_undo_brings_back_what_a_picture_replaced(page: Page, pad: Pad, tmp_path: Path) -> None:
    pad.draw(LETTERS["7"])
    upload(page, picture_of_t(tmp_path / "t.png"))
    expect(label(page)).to_have_text("T")
    pad.button("Undo").click()
    expect(label(page)).to_have_text("7")


def test_removing_the_picture_leaves_a_blank_pad(page: Page, tmp_path: Path) -> None:
    upload(page, picture_of_t(tmp_path / "t.png"))
    expect(label(page)).to_have_text("T")
    page.get_by_role("button", name="Remove Image").click()
    expect(label(page)).to_have_count(0)


def test_what_is_refused_shows_no_confidence(page: Page) -> None:
    page.get_by_role("button", name="Example: no letter at all").click()
    expect(page.locator("#notice .refused")).to_contain_text("unlike any character")
    expect(page.locator("#reading dd")).to_have_count(5)
    for share in page.locator("#reading dd").all():
        expect(share).to_be_hidden()


def test_no_guess_stands_out_among_those_at_what_is_refused(page: Page) -> None:
    chips = page.locator("#strip [data-label]")
    page.get_by_role("button", name="Example: a letter written with a pen").click()
    expect(chips.first).to_have_text("R")
    expect(page.locator("#strip .lead")).to_have_text("It is:")  # whichever, an R or a K
    assert border(chips.first) != border(chips.last)
    page.get_by_role("button", name="Example: no letter at all").click()
    expect(page.locator("#notice .refused")).to_be_visible()
    assert border(chips.first) == border(chips.last)


def border(chip: Locator) -> str:
    return str(chip.evaluate("chip => getComputedStyle(chip).borderTopColor"))


def test_examples_are_read(page: Page) -> None:
    page.get_by_role("button", name="Example: a letter written with a pen").click()
    expect(label(page)).to_have_text("R")
    page.get_by_role("button", name="Example: a digit in chalk").click()
    expect(label(page)).to_have_text("7")


def test_examples_are_of_the_alphabet_that_is_read(page: Page) -> None:
    pens = page.get_by_role("button", name="Example: a letter written with a pen")
    expect(pens).to_have_attribute("data-name", "pen")
    choose_checkpoint(page, "letters")
    expect(pens).to_have_attribute("data-name", "arabic-pen")
    expect(page.get_by_role("button", name="Example: a digit in chalk")).to_have_count(0)
    page.get_by_role("button", name="Example: two dots drawn as a dash").click()
    expect(label(page)).to_have_text(re.compile("[ء-ي]"))
    choose_checkpoint(page, "latin")
    expect(pens).to_have_attribute("data-name", "pen")


def choose_checkpoint(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Checkpoint").click()
    page.locator(f"li[role=option][aria-label='{name}']").click()


def test_a_list_that_was_closed_with_escape_opens_with_a_click(page: Page) -> None:
    checkpoints = page.get_by_role("combobox", name="Checkpoint")
    checkpoints.click()
    checkpoints.press("Escape")
    expect(page.locator("li[role=option]")).to_have_count(0)
    choose_checkpoint(page, "second")
    expect(checkpoints).to_have_value("second")


def expect_guessing(page: Page) -> None:
    """A network that was never trained gives every label about the same."""
    expect(page.locator("#reading dd").first).to_have_text(re.compile(r"^[2-9]%$"))


def test_the_blank_pad_asks_for_what_the_checkpoint_reads(page: Page) -> None:
    hint = page.locator("#pad .hint")
    expect(hint).to_have_text("Draw a letter or a digit")
    choose_checkpoint(page, "letters")
    expect(hint).to_have_text("Draw a letter")
    choose_checkpoint(page, "second")
    expect(hint).to_have_text("Draw a letter or a digit")


def test_another_checkpoint_reads_the_drawing_anew(page: Page, pad: Pad) -> None:
    pad.draw(LETTERS["R"])
    expect(label(page)).to_have_text("R")
    choose_checkpoint(page, "unmeasured")
    expect_guessing(page)
    choose_checkpoint(page, "latin")
    expect(label(page)).to_have_text("R")


def test_another_checkpoint_reads_the_picture_anew(page: Page, tmp_path: Path) -> None:
    upload(page, picture_of_t(tmp_path / "t.png"))
    expect(label(page)).to_have_text("T")
    choose_checkpoint(page, "unmeasured")
    expect_guessing(page)
    choose_checkpoint(page, "latin")
    expect(label(page)).to_have_text("T")


def test_what_is_drawn_while_a_picture_is_read_is_what_counts(page: Page, pad: Pad, tmp_path: Path) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)  # the picture's reading waits until it is let go on

    page.route("**/queue/join**", hold_the_first)
    upload(page, picture_of_t(tmp_path / "t.png"))
    page.wait_for_timeout(1000)
    assert held, "the picture was not sent"
    pad.draw(LETTERS["X"])
    held[0].continue_()
    expect(label(page)).to_have_text("X")
    page.wait_for_timeout(1500)  # the picture's answer has come by now
    expect(label(page)).to_have_text("X")
    assert pad.ink()


def test_a_picture_is_pasted_anywhere_and_again(watched: Watched, tmp_path: Path) -> None:
    page = watched.open_in(permissions=["clipboard-read", "clipboard-write"])
    copied(page, picture_of_t(tmp_path / "t.png"))
    page.keyboard.press("Control+v")
    expect(label(page)).to_have_text("T")
    page.get_by_role("button", name="Clear", exact=True).first.focus()
    bar = Image.open(tmp_path / "t.png").rotate(180)  # no T any more: upside down
    bar.save(tmp_path / "upside-down.png")
    copied(page, tmp_path / "upside-down.png")
    page.keyboard.press("Control+v")
    expect(label(page)).not_to_have_text("T")


def test_text_that_is_pasted_changes_nothing(watched: Watched, tmp_path: Path) -> None:
    page = watched.open_in(permissions=["clipboard-read", "clipboard-write"])
    upload(page, picture_of_t(tmp_path / "t.png"))
    expect(label(page)).to_have_text("T")
    page.evaluate("navigator.clipboard.writeText('hello')")
    page.keyboard.press("Control+v")
    page.wait_for_timeout(500)
    expect(label(page)).to_have_text("T")


def test_the_paste_button_reads_what_was_copied(watched: Watched, tmp_path: Path) -> None:
    page = watched.open_in(permissions=["clipboard-read", "clipboard-write"])
    copied(page, picture_of_t(tmp_path / "t.png"))
    page.locator("#picture").get_by_label("Paste from clipboard").click()
    expect(label(page)).to_have_text("T")


def test_a_photograph_is_read(watched: Watched) -> None:
    page = watched.open_in(permissions=["camera"])
    page.locator("#picture").get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.get_by_label("capture photo").click()
    expect(label(page)).to_have_text("T")
    assert set(watched.troubles) <= GRADIO_CAMERA_TROUBLES
    watched.troubles.clear()
