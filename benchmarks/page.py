"""How soon the page shows a label: `python -m benchmarks.page` draws in a real browser on a real server.

For each drawing: the time from the last pointer move, the button still held, to the last change of the label;
and from lifting the pen to the last change after that.
"""

import argparse
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from playwright.sync_api import Page, Request

from benchmarks.browser import LETTERS, Pad, Stroke, running_app, running_browser

WATCH = """
() => {
  const seen = (window.seen = { moved: 0, lifted: 0, changed: 0 });
  const canvas = document.querySelector("#pad canvas");
  canvas.addEventListener("pointermove", () => (seen.moved = performance.now()), true);
  canvas.addEventListener("pointerup", () => (seen.lifted = performance.now()), true);
  new MutationObserver(() => (seen.changed = performance.now())).observe(document.querySelector("#reading"), {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
}
"""
SETTLED_MS = 400
"""With no change for so long the page has said its last word."""


@dataclass
class Timings:
    """What was measured, in milliseconds."""

    moved: list[float] = field(default_factory=list)
    lifted: list[float] = field(default_factory=list)
    lost: int = 0
    """First strokes that brought no label."""
    wrong: int = 0
    requests: int = 0
    answers: int = 0


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--drawings", type=int, default=50)
    options, of_app = parser.parse_known_args()
    with running_app(*of_app) as address, running_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(address)
        timings = measure(page, options.drawings)
    report(timings)


def measure(page: Page, drawings: int) -> Timings:
    """Draws so many characters, each a little differently, and times what the page shows."""
    timings, chance, pad = Timings(), random.Random(0), Pad(page)
    pad.canvas.wait_for()
    page.evaluate(WATCH)
    page.on("request", lambda request: _count(request, timings))
    for number in range(drawings):
        label = list(LETTERS)[number % len(LETTERS)]
        _draw(pad, _varied(LETTERS[label], chance), timings)
        timings.wrong += _shown(page) != label
        pad.button("Clear").click()
        page.locator("#reading [data-testid=label-output-value]").wait_for(state="detached")
    return timings


def _draw(pad: Pad, strokes: Sequence[Stroke], timings: Timings) -> None:
    page = pad.page
    pad.draw(strokes[:1])
    page.wait_for_timeout(150)
    timings.lost += _shown(page) is None
    pad.draw(strokes[1:] or strokes, lift=False)
    page.wait_for_timeout(SETTLED_MS)
    timings.moved.append(page.evaluate("seen.changed - seen.moved"))
    page.mouse.up()
    page.wait_for_timeout(SETTLED_MS)
    timings.lifted.append(page.evaluate("Math.max(0, seen.changed - seen.lifted)"))


def _shown(page: Page) -> str | None:
    label = page.locator("#reading [data-testid=label-output-value]")
    return label.inner_text() if label.count() else None


def _varied(strokes: Sequence[Stroke], chance: random.Random) -> list[Stroke]:
    """The strokes moved and scaled a little."""
    scale, x, y = chance.uniform(0.8, 1.05), chance.uniform(-0.06, 0.06), chance.uniform(-0.06, 0.06)
    return [
        [(0.5 + (u - 0.5) * scale + x, 0.5 + (v - 0.5) * scale + y) for u, v in stroke] for stroke in strokes
    ]


def _count(request: Request, timings: Timings) -> None:
    if request.method == "POST":
        timings.requests += 1
        timings.answers += request.url.rstrip("/").endswith("component_server")


def report(timings: Timings) -> None:
    """Prints the figures."""
    for name, values in (
        ("last pointer move → label", timings.moved),
        ("pen lifted → label", timings.lifted),
    ):
        ordered = sorted(values)
        tail = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        print(f"{name}: median {statistics.median(ordered):.0f} ms, 95th percentile {tail:.0f} ms")
    print(f"{len(timings.moved)} drawings: {timings.lost} first strokes lost, {timings.wrong} misread")
    print(f"{timings.requests / timings.answers:.2f} requests a prediction, {timings.answers} predictions")


if __name__ == "__main__":
    main()
