"""Teaching in a real browser: correct, collect, bring, export, forget; each person for themselves."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser import LETTERS, Pad
from tests.browser import Watched, label, picture_of_t, quick
from tests.page.test_page_pictures import choose_checkpoint, expect_guessing, upload

pytestmark = pytest.mark.browser


DEAF = """
const tell = EventTarget.prototype.dispatchEvent;
window.unheard = [];
EventTarget.prototype.dispatchEvent = function (event) {
  if (!["practice", "training", "gallery"].includes(this.id)) return tell.call(this, event);
  unheard.push(event.type);
  return true;
};
"""
"""Has the Teach tab's pieces hear nothing, as where they are made after they were told."""
ASK = 'async (pad, checkpoint) => pad.dispatchEvent(new CustomEvent("ask", { detail: { checkpoint } }))'
SLOW_LINE = """
const send = window.fetch;
window.fetch = async (address, options) => {
  const answer = await send(address, options);
  const late = window.late && String(options?.body).includes(`"fn_name":"${window.late}"`);
  if (!late) return answer;
  window.late = "";
  return new Promise((resolve) => setTimeout(resolve, 1500, answer));
};
"""
"""Has the next answer of the server function that `late` names come late."""

HELD_LINE = """
const send = window.fetch;
window.fetch = async (address, options) => {
  const answer = await send(address, options);
  const held = window.hold && String(options?.body).includes('"fn_name":"read"');
  if (held) await new Promise((resolve) => (window.release = resolve));
  return answer;
};
"""
"""Has the answers of the pad come when they are let, while `hold` is set."""


def teach(page: Page) -> Pad:
    """Opens the Teach tab; gives its pad, which asks for a character."""
    page.get_by_role("tab", name="Teach").click()
    expect(page.locator("#practice .task b")).not_to_be_empty()
    pad = quick(page)
    pad.canvas = page.locator("#practice canvas")
    return pad


def shown(page: Page) -> list[str]:
    """The labels in the gallery, as often as there are corrections."""
    names = page.locator("#gallery .glyph").evaluate_all("all => all.map((each) => each.ariaLabel)")
    return [name.split(",")[0] for name in names]


def collect(page: Page, *labels: str) -> Pad:
    """Draws something for each of the first labels asked for, and waits until all are in the gallery."""
    pad = teach(page)
    for text in labels:
        expect(page.locator("#practice .task b")).to_have_text(text)
        pad.draw(LETTERS["X"])
        page.keyboard.press("Enter")
    expect(page.locator("#gallery .glyph")).to_have_count(len(labels))
    return pad


def correct(page: Page, text: str) -> None:
    """Says in the Read tab what was drawn there."""
    field = page.get_by_label("It is another character: which?")
    field.fill(text)
    field.press("Enter")
    expect(page.locator("#strip .said")).to_contain_text(f"Kept as {text.upper()}")


def test_a_wrong_answer_is_corrected_and_a_right_one_confirmed(watched: Watched) -> None:
    page = watched.open_in()
    pad = quick(page)
    pad.draw(LETTERS["T"])
    expect(label(page)).to_have_text("T")
    expect(page.locator("#strip [data-label]")).to_have_count(5)
    page.locator("#strip [data-label=T]").click()
    expect(page.locator("#strip .said")).to_have_text("Kept as T, as it was read.")
    pad.button("Clear").click()
    pad.draw(LETTERS["X"])
    expect(label(page)).to_have_text("X")
    page.locator("#strip [data-label]").nth(1).click()
    expect(page.locator("#strip .said")).to_contain_text("it was read as X")
    teach(page)
    expect(page.locator("#gallery h2")).to_contain_text("2, 1 misread")


def test_an_answer_that_comes_late_takes_nothing_back(watched: Watched) -> None:
    page = watched.open_in()
    page.add_init_script(HELD_LINE)
    page.reload()
    pad = quick(page)
    pad.draw(LETTERS["T"])
    expect(label(page)).to_have_text("T")
    page.evaluate("window.hold = true")
    pad.draw([((0.45, 0.5), (0.55, 0.5))])
    page.wait_for_function("!!window.release")
    page.locator("#strip [data-label=T]").click()
    expect(page.locator("#strip .said")).to_contain_text("Kept as T")
    page.evaluate("window.hold = false; window.release()")
    page.wait_for_timeout(700)
    expect(page.locator("#strip .said")).to_contain_text("Kept as T")
    page.locator("#strip").get_by_role("button", name="Undo").click()
    expect(page.locator("#strip [data-label]")).to_have_count(5)
    page.locator("#strip [data-label=T]").click()
    expect(page.locator("#strip .said")).to_contain_text("Kept as T")
    pad.draw([((0.45, 0.6), (0.55, 0.6))])
    expect(page.locator("#strip [data-label]")).to_have_count(5)


def test_undo_takes_a_correction_back(watched: Watched) -> None:
    page = watched.open_in()
    quick(page).draw(LETTERS["T"])
    expect(label(page)).to_have_text("T")
    correct(page, "q")
    page.locator("#strip").get_by_role("button", name="Undo").click()
    expect(page.locator("#strip [data-label]")).to_have_count(5)
    teach(page)
    expect(page.locator("#gallery .nothing")).to_be_visible()


def test_what_is_no_label_is_told_and_a_picture_can_be_corrected(watched: Watched, tmp_path: Path) -> None:
    page = watched.open_in()
    upload(page, picture_of_t(tmp_path / "t.png"))
    expect(label(page)).to_have_text("T")
    field = page.get_by_label("It is another character: which?")
    field.fill("?")
    field.press("Enter")
    expect(page.locator("#strip .problem")).to_contain_text("'?' is none of the characters")
    correct(page, "7")


def test_what_is_typed_is_kept_with_enter_or_the_button_alone(watched: Watched) -> None:
    page = watched.open_in()
    quick(page).draw(LETTERS["T"])
    expect(label(page)).to_have_text("T")
    keep = page.locator("#strip").get_by_role("button", name="Keep", exact=True)
    expect(keep).to_be_hidden()
    page.get_by_label("It is another character: which?").fill("q")
    page.locator("#strip [data-label=T]").click()
    expect(page.locator("#strip .said")).to_have_text("Kept as T, as it was read.")
    page.locator("#strip").get_by_role("button", name="Undo").click()
    page.get_by_label("It is another character: which?").fill("q")
    keep.click()
    expect(page.locator("#strip .said")).to_contain_text("Kept as Q")
    teach(page)
    assert shown(page) == ["Q"]


def test_what_is_kept_in_the_read_tab_is_in_the_teach_tab_at_once(watched: Watched) -> None:
    page = watched.open_in()
    teach(page)
    page.get_by_role("tab", name="Read").click()
    quick(page).draw(LETTERS["T"])
    expect(label(page)).to_have_text("T")
    correct(page, "q")
    expect(page.locator("#gallery h2")).to_contain_text("1, 1 misread")
    expect(page.locator("#training .reason")).to_contain_text("so far there are 1")


def test_a_blank_pad_offers_nothing(page: Page) -> None:
    expect(page.locator("#strip .ask")).to_be_hidden()


def test_collecting_goes_through_the_characters(watched: Watched) -> None:
    page = watched.open_in()
    pad = collect(page, "0", "1", "2")
    page.keyboard.press("Enter")
    expect(page.locator("#practice .note")).to_have_text("Draw a 3 first.")
    page.get_by_role("button", name="Skip").click()
    expect(page.locator("#practice .task b")).to_have_text("4")
    expect(page.locator("#practice .progress span")).to_have_text("3 of 36")
    assert page.get_by_label("How many are kept").get_attribute("value") == "3"
    assert pad.ink() == 0
    page.get_by_label("Which characters to go through").select_option("misread")
    expect(page.locator("#practice .progress span")).to_contain_text("0 of ")


def test_who_comes_back_goes_on_where_they_were(watched: Watched) -> None:
    page = watched.open_in()
    pad = collect(page, "0", "1")
    pad.draw(LETTERS["X"])
    page.get_by_role("tab", name="Read").click()
    with page.expect_response(lambda answer: '"plan"' in (answer.request.post_data or "")):
        page.get_by_role("tab", name="Teach").click()
    expect(page.locator("#practice .progress span")).to_have_text("2 of 36")
    assert pad.ink()
    page.reload()
    teach(page)
    expect(page.locator("#practice .progress span")).to_have_text("2 of 36")
    page.get_by_label("Which characters to go through").select_option("misread")
    first = page.locator("#practice .task b").inner_text()
    page.get_by_role("button", name="Skip").click()
    page.reload()
    teach(page)
    expect(page.locator("#practice .task b")).not_to_have_text(first)
    expect(page.locator("#practice .progress span")).to_contain_text("0 of ")
    expect(page.get_by_label("Which characters to go through")).to_have_value("misread")


def test_letters_that_choose_from_a_list_are_no_keys_of_the_pad(watched: Watched) -> None:
    page = watched.open_in()
    pad = teach(page)
    pad.draw(LETTERS["X"])
    page.get_by_label("Which characters to go through").press("c")
    assert pad.ink()
    page.locator("#practice [data-act=brush]").press("c")
    assert not pad.ink()


def test_that_a_drawing_is_lost_is_told_while_the_next_is_drawn(watched: Watched) -> None:
    page = watched.open_in()
    pad = teach(page)
    refused = {"problem": "There is no room."}
    page.route(
        "**/component_server/",
        lambda route: (
            route.fulfill(json=refused) if '"keep"' in (route.request.post_data or "") else route.continue_()
        ),
    )
    pad.draw(LETTERS["X"])
    page.keyboard.press("Enter")
    note = page.locator("#practice .note.problem")
    expect(note).to_have_text("The 0 is not kept: There is no room.")
    expect(page.locator("#practice .progress span")).to_have_text("0 of 36")
    pad.draw(LETTERS["X"])
    expect(note).to_have_text("The 0 is not kept: There is no room.")


def test_late_answers_change_nothing_that_was_asked_for_since(watched: Watched) -> None:
    page = watched.open_in()
    page.add_init_script(SLOW_LINE)
    page.reload()
    page.locator("#pad .blank canvas").wait_for()
    collect(page, "0")
    page.evaluate("window.late = 'plan'")
    for checkpoint in ("letters", "latin"):
        page.locator("#practice").evaluate(ASK, checkpoint)
    page.evaluate("window.late = 'view'")
    page.locator("#gallery").dispatch_event("changed")
    page.get_by_role("button", name="Delete all").click()
    page.wait_for_timeout(4000)
    expect(page.locator("#gallery .nothing")).to_be_visible()
    expect(page.locator("#practice .progress span")).to_have_text("0 of 36")


@pytest.mark.parametrize("touch", [False, True])
def test_enter_is_named_where_there_is_a_keyboard(watched: Watched, touch: bool) -> None:
    page = watched.open_in(390, 844, has_touch=touch, is_mobile=touch)
    teach(page)
    expect(page.locator("#practice [data-step=keep] kbd")).to_be_visible(visible=not touch)


def test_what_to_do_with_corrections_is_told_legibly(watched: Watched) -> None:
    page = watched.open_in()
    collect(page, "0")
    told = page.get_by_text("Choose some to change or delete them.")
    expect(told).to_be_visible()
    assert told.evaluate("each => getComputedStyle(each.parentElement).opacity") == "1"


def test_they_are_changed_deleted_and_brought_back(watched: Watched) -> None:
    page = watched.open_in()
    collect(page, "0", "1", "2")
    gallery = page.locator("#gallery")
    gallery.locator(".glyph").first.click()
    gallery.get_by_label("What the chosen ones are").fill("q")
    gallery.get_by_role("button", name="Change").click()
    expect(gallery.locator(".groups section")).to_have_count(3)
    expect(gallery.locator(".groups h3").nth(2)).to_have_text("Q")
    gallery.locator(".glyph").nth(1).click()
    gallery.get_by_role("button", name="Delete", exact=True).click()
    expect(gallery.locator(".glyph")).to_have_count(2)
    gallery.get_by_role("button", name="Undo").click()
    expect(gallery.locator(".glyph")).to_have_count(3)
    gallery.get_by_role("button", name="Delete all").click()
    expect(gallery.locator(".nothing")).to_be_visible()
    expect(gallery.locator(".told")).to_contain_text("3 deleted")
    gallery.get_by_role("button", name="Undo").click()
    expect(gallery.locator(".glyph")).to_have_count(3)
    assert shown(page) == ["1", "2", "Q"]


def test_a_reload_and_another_tab_find_the_same(watched: Watched) -> None:
    page = watched.open_in()
    collect(page, "0", "1")
    page.reload()
    page.locator("#pad canvas").wait_for()
    teach(page)
    expect(page.locator("#gallery .glyph")).to_have_count(2)
    other = page.context.new_page()
    other.goto(watched.address)
    teach(other)
    expect(other.locator("#gallery .glyph")).to_have_count(2)


def test_what_was_told_before_the_tab_is_made_counts(watched: Watched) -> None:
    page = watched.open_in()
    collect(page, "0", "1")
    page.add_init_script(DEAF)
    page.reload()
    page.locator("#pad canvas").wait_for()
    choose_checkpoint(page, "second")
    page.locator("body[data-checkpoint=second]").wait_for()
    teach(page)
    expect(page.locator("#gallery .glyph")).to_have_count(2)
    expect(page.locator("#training [name=base]")).to_have_value("second")
    assert page.evaluate("window.unheard.length"), "nothing was told"


def test_two_people_never_see_each_others(watched: Watched) -> None:
    mine, other = watched.open_in(), watched.open_in()
    collect(mine, "0", "1")
    teach(other)
    expect(other.locator("#gallery .nothing")).to_be_visible()
    assert other.request.get(f"{watched.address}corrections.zip?checkpoint=latin").status == 404
    other.reload()
    collect(other, "0")
    mine.reload()
    teach(mine)
    expect(mine.locator("#gallery .glyph")).to_have_count(2)
    asked = mine.context.request.get(f"{watched.address}corrections.zip?checkpoint=latin")
    assert len(zipfile.ZipFile(io.BytesIO(asked.body())).namelist()) == 2


def test_export_then_forget_then_import(watched: Watched, tmp_path: Path) -> None:
    page = watched.open_in()
    collect(page, "0", "1")
    gallery = page.locator("#gallery")
    with page.expect_download() as download:
        gallery.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "x.zip")
    names = zipfile.ZipFile(tmp_path / "x.zip").namelist()
    assert sorted(name.split("/")[0] for name in names) == ["0", "1"]
    gallery.get_by_role("button", name="Forget everything of mine").click()
    gallery.get_by_role("button", name="Forget it all").click()
    expect(gallery.locator(".told")).to_have_text("Everything of yours is gone.")
    expect(gallery.locator(".nothing")).to_be_visible()
    page.reload()
    teach(page)
    expect(gallery.locator(".nothing")).to_be_visible()
    gallery.get_by_label("Pictures, or one archive").set_input_files(tmp_path / "x.zip")
    gallery.get_by_role("button", name="Bring").click()
    expect(gallery.locator(".told")).to_have_text("2 pictures brought.")
    assert shown(page) == ["0", "1"]


def test_pictures_are_brought_with_one_label_and_refused_with_a_reason(
    watched: Watched, tmp_path: Path
) -> None:
    page = watched.open_in()
    teach(page)
    gallery = page.locator("#gallery")
    (tmp_path / "broken.png").write_bytes(b"none")
    pictures = [picture_of_t(tmp_path / "1.png"), picture_of_t(tmp_path / "2.jpg")]
    refused = ": broken.png: "
    broken = [*pictures, tmp_path / "broken.png"]
    for files, told, left in (
        (broken, refused, "1.png, 2.jpg, broken.png"),
        (pictures, "2 pictures brought", ""),
    ):
        gallery.get_by_label("Pictures, or one archive").set_input_files(files)
        gallery.get_by_label("What the pictures show").fill("t")
        gallery.get_by_role("button", name="Bring").click()
        expect(gallery.locator(".told")).to_contain_text(told)
        expect(gallery.locator(".files")).to_have_text(left)
    assert shown(page) == ["T", "T"]
    expect(gallery.get_by_label("Pictures, or one archive")).to_have_value("")


def test_what_was_said_of_an_act_goes_as_another_begins(watched: Watched, tmp_path: Path) -> None:
    page = watched.open_in()
    collect(page, "0", "1")
    gallery, note = page.locator("#gallery"), page.locator("#practice .note")
    expect(note).to_contain_text("Kept as 1")
    gallery.get_by_label("Pictures, or one archive").set_input_files(picture_of_t(tmp_path / "t.png"))
    gallery.get_by_label("What the pictures show").fill("t")
    gallery.get_by_role("button", name="Bring").click()
    expect(gallery.locator(".told")).to_have_text("1 picture brought.")
    expect(note).to_be_empty()
    page.locator("#training [data-act=start]").click()
    page.locator("#training [data-act=cancel]").click()
    expect(gallery.locator(".told")).to_be_empty()
    for _ in range(3):  # the same is said once more
        gallery.get_by_role("button", name="Forget everything of mine").click()
        expect(gallery.locator(".told")).to_be_empty()
        gallery.get_by_role("button", name="Forget it all").click()
        expect(gallery.locator(".told")).to_have_text("Everything of yours is gone.")


def test_what_is_brought_is_still_there_where_it_is_read(watched: Watched, tmp_path: Path) -> None:
    page, picture = watched.open_in(), picture_of_t(tmp_path / "t.png")
    upload(page, picture)
    expect(label(page)).to_have_text("T")
    teach(page)
    gallery = page.locator("#gallery")
    gallery.get_by_label("Pictures, or one archive").set_input_files(picture)
    gallery.get_by_label("What the pictures show").fill("t")
    gallery.get_by_role("button", name="Bring").click()
    expect(gallery.locator(".told")).to_have_text("1 picture brought.")
    page.get_by_role("tab", name="Read").click()
    choose_checkpoint(page, "unmeasured")
    expect_guessing(page)
    choose_checkpoint(page, "latin")
    expect(label(page)).to_have_text("T")


def test_who_agrees_can_take_it_back(watched: Watched) -> None:
    page = watched.open_in()
    teach(page)
    box = page.locator("#gallery .consent input")
    expect(box).not_to_be_checked()
    box.check()
    expect(page.locator("#gallery .told")).to_have_text("Thank you.")
    page.reload()
    teach(page)
    expect(box).to_be_checked()
    box.uncheck()
    expect(page.locator("#gallery .told")).to_have_text("No copies are kept.")
