"""Takes the README's pictures from the running app: `make pictures`."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browser import LETTERS, Pad, running_app, running_browser

PICTURES = Path(__file__).resolve().parent.parent / "pictures"
LAPTOP = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}


def main() -> None:
    """Takes them all, over the ones that are there."""
    PICTURES.mkdir(exist_ok=True)
    with running_app() as address, running_browser() as browser:
        drawn(browser, address, "read-light", LAPTOP, "light")
        drawn(browser, address, "read-dark", LAPTOP, "dark")
        drawn(browser, address, "read-phone", PHONE, "light")
        evaluated(browser, address)


def drawn(browser: Browser, address: str, name: str, viewport: dict, scheme: str) -> None:
    """The Read tab with an R on its pad."""
    page = opened(browser, address, viewport, scheme)
    Pad(page).draw(LETTERS["R"])
    page.locator("#reading [data-testid=label-output-value]").wait_for()
    taken(page, name)


def evaluated(browser: Browser, address: str) -> None:
    """The Evaluation tab with its plots drawn."""
    page = opened(browser, address, {"width": 1280, "height": 1500}, "light")
    page.get_by_role("tab", name="Evaluation").click()
    page.locator("#evaluation img").first.wait_for()
    page.wait_for_load_state("networkidle")
    taken(page, "evaluation")


def opened(browser: Browser, address: str, viewport: dict, scheme: str) -> Page:
    page = browser.new_context(viewport=viewport, color_scheme=scheme).new_page()  # type: ignore[arg-type]  # a literal
    page.goto(address)
    page.locator("#pad canvas").wait_for()
    return page


def taken(page: Page, name: str) -> None:
    page.wait_for_timeout(600)  # transitions come to rest
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"pictures/{name}.png")


if __name__ == "__main__":
    main()
