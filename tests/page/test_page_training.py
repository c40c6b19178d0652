"""Training in a real browser: from an odd hand's corrections to a network that reads it, for them alone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.browser import Pad, Stroke
from tests.browser import Watched, label, quick
from tests.page.test_page_teaching import correct, teach

pytestmark = pytest.mark.browser
TRAINED_MS = 400_000
"""A training may take so long on a machine that does much else."""


def odd_seven(lean: float) -> tuple[Stroke, ...]:
    """A 7 as nobody else writes it."""
    return (
        ((0.25, 0.15), (0.25, 0.85), (0.75, 0.85)),
        ((0.25, 0.50), (0.60 + lean, 0.30)),
        ((0.75, 0.85), (0.75, 0.60)),
    )


def teach_sevens(page: Page, pad: Pad) -> str:
    """Says of three odd 7s what they are; gives what the last was read as."""
    for number in range(3):
        pad.draw(odd_seven(0.03 * number))
        expect(page.locator("#strip [data-label]")).to_have_count(5)
        page.wait_for_timeout(500)  # the answer to the last stroke draws the strip anew
        usual = label(page).inner_text()
        correct(page, "7")
        pad.button("Clear").click()
        expect(page.locator("#strip .ask[inert]")).to_be_attached()
    return usual


LATE = """() => {
  const send = window.fetch;
  const later = () => new Promise((resolve) => (window.release = resolve));
  window.fetch = async (address, options) => {
    if (String(address).includes("checkpoint.zip")) await later();
    return send(address, options);
  };
}"""
"""Has a checkpoint that is brought come when it is let."""


def test_a_checkpoint_is_said_to_be_looked_at_until_it_has_been(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"no ZIP")
    page = watched.open_in()
    page.evaluate(LATE)
    teach(page)
    page.get_by_text("Bring a checkpoint").click()
    page.locator("#training .bring input").set_input_files(tmp_path / "broken.zip")
    page.get_by_role("button", name="Use it for me").click()
    told = page.locator("#training .told")
    expect(told).to_contain_text("It is looked at")
    page.locator("#training").dispatch_event("changed")
    page.wait_for_timeout(500)
    expect(told).to_contain_text("It is looked at")
    expect(page.locator("#training .bring input")).to_be_disabled()
    page.evaluate("release()")
    expect(told).to_contain_text("no whole ZIP")
    expect(page.locator("#training .bring input")).to_be_enabled()


def test_taught_trained_used_and_still_so_after_a_reload(watched: Watched) -> None:
    page, other = watched.open_in(), watched.open_in()
    pad = quick(page)
    usual = teach_sevens(page, pad)
    assert usual != "7"
    teach(page)
    training = page.locator("#training")
    training.get_by_role("button", name="Train on my 3 corrections").click()
    expect(training.get_by_role("progressbar")).to_be_visible()
    page.reload()
    page.locator("#pad .blank canvas").wait_for()
    page.get_by_role("tab", name="Teach").click()
    expect(training.get_by_role("button", name="Cancel")).to_be_visible()
    use = training.get_by_role("button", name="Use it for me")
    expect(use).to_be_visible(timeout=TRAINED_MS)
    expect(training.locator(".told")).to_contain_text("before 0 of 3, now 3 of 3")
    expect(training.locator(".difference tbody th")).to_have_text(["434 rendered characters"])
    expect(training.locator(".difference")).to_contain_text("the fifth is kept back")
    expect(training.locator(".compared li")).to_have_text([f"7{usual} → 7"] * 3)
    use.click()
    expect(training.get_by_role("button", name="Use latin again")).to_be_focused()
    page.reload()
    page.locator("#pad .blank canvas").wait_for()
    expect(page.locator("#own")).to_contain_text("Read by latin, taught by you.")
    quick(page).draw(odd_seven(0.05))
    expect(label(page)).to_have_text("7")

    quick(other).draw(odd_seven(0.05))
    expect(label(other)).to_have_text(usual)
    expect(other.locator("#own p")).to_be_hidden()

    page.locator("#own").get_by_role("button", name="Use latin again").click()
    expect(label(page)).to_have_text(usual)
    expect(page.locator("#own p")).to_be_hidden()


def show(page: Page, **run: Any) -> None:
    """Has the panel show this of a training."""
    components = page.evaluate("window.gradio_config.components.map(({ id, props }) => [props.elem_id, id])")
    run = {"id": "x", "failed": False, "status": "It trains.", "source": "", "called": "latin"} | run
    told = {"bases": ["latin"], "base": "latin", "count": 3, "reason": "", "run": run}

    def answer(route: Route) -> None:
        mine = route.request.post_data_json["component_id"] == dict(components)["training"]
        route.fulfill(json=told) if mine else route.continue_()

    page.route("**/component_server/", answer)
    page.get_by_role("tab").nth(1).click()


GOING = {"live": True, "share": 0.5, "came": "", "accuracies": [0.25, 0.5, 1], "losses": [2, 1, 0.5]}
MADE = {"live": False, "came": "It is done.", "learnt": True, "used": False, "compared": []}
MADE |= {"difference": {"figures": [], "shifts": []}}


def test_what_is_learnt_and_lost_is_drawn_round_by_round(watched: Watched) -> None:
    page = watched.open_in()
    show(page, **GOING)
    training = page.locator("#training")
    expect(training.locator("figcaption")).to_have_text(["Read right: 100 %", "Loss: 0.500"])
    loss = training.locator("[data-curve=loss] polyline")
    expect(loss).to_have_attribute("points", "0,0.5 50,20 100,29.75")
    expect(training.locator("[data-curve=loss] svg")).to_have_attribute(
        "aria-label", "Loss on your corrections, epoch by epoch: 2.00, 1.00, 0.500"
    )
    training.get_by_text("Options").click()
    expect(training.get_by_label("Rounds at most")).to_have_value("12")
    expect(training.get_by_label("Learning rate")).to_have_value("0.001")


def test_rounds_that_are_no_whole_number_are_told_and_stay_to_be_mended(watched: Watched) -> None:
    page = watched.open_in()
    teach_sevens(page, quick(page))
    teach(page)
    training = page.locator("#training")
    training.get_by_text("Options").click()
    training.get_by_label("Learning rate").fill("0.002")
    training.get_by_label("Rounds at most").fill("2.5")
    start = training.get_by_role("button", name="Train on my 3 corrections")
    start.click()
    expect(training.locator(".told")).to_have_text("Rounds at most: give a whole number from 1 to 1000.")
    expect(training.get_by_label("Rounds at most")).to_have_value("2.5")
    expect(training.get_by_label("Learning rate")).to_have_value("0.002")
    expect(start).to_be_enabled()


def test_before_stands_before_now_in_the_direction_of_the_page(watched: Watched) -> None:
    glyph = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
    compared = [{"glyph": glyph, "label": "7", "before": "K", "now": "T"}]
    shifts = [{"truth": "M", "reading": "1", "before": 8, "after": 9}]
    for locale in ("en", "ar"):
        page = watched.open_in(locale=locale)
        show(page, **MADE | {"compared": compared, "difference": {"figures": [], "shifts": shifts}})
        places = [place(page, "#training .compared", each) for each in "KT"]
        assert places == sorted(places, reverse=locale == "ar")
        places = [place(page, "#training .shifts", each) for each in "M189"]
        assert places == sorted(places, reverse=locale == "ar")


def place(page: Page, within: str, character: str) -> float:
    """How far from the left a character of a text is shown."""
    return page.locator(within).evaluate(
        """(element, character) => {
            const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            while (!texts.nextNode().data.includes(character));
            const range = document.createRange(), start = texts.currentNode.data.indexOf(character);
            range.setStart(texts.currentNode, start);
            range.setEnd(texts.currentNode, start + 1);
            return range.getBoundingClientRect().left;
        }""",
        character,
    )


def test_a_source_is_not_called_ones_corrections(watched: Watched) -> None:
    page = watched.open_in()
    show(page, **GOING, source="folder:hands")
    training = page.locator("#training")
    expect(training.locator("[data-curve=accuracy] svg")).to_have_attribute(
        "aria-label", "Share of folder:hands read right, epoch by epoch: 25 %, 50 %, 100 %"
    )
    expect(training.locator("[data-curve=loss] svg")).to_have_attribute(
        "aria-label", "Loss on folder:hands, epoch by epoch: 2.00, 1.00, 0.500"
    )
    page = watched.open_in()
    show(page, **MADE, source="folder:hands")
    expect(page.locator("#training .difference")).to_contain_text("With five samples of one character")
    expect(page.locator("#training .compared")).to_have_attribute(
        "aria-label", "Samples of folder:hands, as they were read before and are read now"
    )
    assert "orrections" not in page.locator("#training .made").inner_html()


def test_a_training_is_cancelled_and_can_be_started_again(watched: Watched) -> None:
    page = watched.open_in()
    teach_sevens(page, quick(page))
    teach(page)
    training = page.locator("#training")
    start = training.get_by_role("button", name="Train on my 3 corrections")
    start.click()
    bar = training.get_by_role("progressbar")
    expect(bar).to_be_visible()
    assert bar.evaluate("each => getComputedStyle(each).animationName") == "waiting"
    training.get_by_role("button", name="Cancel").click()
    expect(training.locator(".told")).to_have_text("Cancelled; nothing has changed.")
    expect(start).to_be_enabled()


def test_what_is_missing_is_told_where_nothing_can_be_trained(watched: Watched) -> None:
    page = watched.open_in()
    teach(page)
    expect(page.locator("#training .reason")).to_have_text(
        "It takes at least 3 corrections; so far there are 0."
    )
    expect(page.locator("#training [data-act=start]")).to_be_disabled()
