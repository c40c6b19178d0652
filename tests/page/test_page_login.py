"""The owner's panel on a Space, in a real browser: its author logs in and out, and nobody else gets in."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.browser import running_app
from tests.browser import Watched
from tests.openid import Provider, running_provider, space_of
from tests.page.test_page_looks import serious_findings
from tests.page.test_page_owner import unfold
from tests.page.test_page_teaching import teach

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def address(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on ada's Space."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCR_DEMO_HOME", str(tmp_path_factory.mktemp("home")))
        for name, value in space_of("ada", provider).items():
            patch.setenv(name, value)
        with running_app() as address:
            yield address


@pytest.fixture
def watched(usual: BrowserContext, address: str) -> Iterator[Watched]:
    """On a Space Gradio asks Hugging Face for things, which the policy stops: that is no trouble here."""
    with closing(Watched(usual, address)) as watched:
        yield watched


def log_in(page: Page) -> Page:
    """The tab that the login comes back in, with the panel unfolded."""
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Log in with Hugging Face").click()
    popup.value.locator("#pad .blank canvas").wait_for()
    teach(popup.value)
    unfold(popup.value)
    return popup.value


def test_the_author_logs_in_and_out(watched: Watched, provider: Provider) -> None:
    provider.name = "ada"
    page = watched.open_in(query="ar/?lang=ar")
    page.get_by_role("tab", name="التعليم").click()
    unfold(page)
    assert serious_findings(page) == []
    expect(page.locator("#owner form")).to_be_hidden()
    expect(page.locator("#owner .about")).to_contain_text("سجّل الدخول باسم ada")
    expect(page.locator("#owner .about")).not_to_contain_text("الرمز")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="تسجيل الدخول بحساب Hugging Face").click()
    back = popup.value
    back.locator("#pad .blank canvas").wait_for()
    assert back.url == f"{watched.address}ar/"
    back.get_by_role("tab", name="التعليم").click()
    unfold(back)
    expect(back.locator("#owner .versions li")).to_have_text(["الأصلي يقرأ الآن"])
    assert serious_findings(back) == []
    back.get_by_role("link", name="تسجيل الخروج (ada)").click()
    back.locator("#pad .blank canvas").wait_for()
    back.get_by_role("tab", name="التعليم").click()
    unfold(back)
    expect(back.get_by_role("link", name="تسجيل الدخول بحساب Hugging Face")).to_be_visible()
    expect(back.locator("#owner .versions")).to_be_hidden()


def test_nobody_else_gets_in(watched: Watched, provider: Provider) -> None:
    provider.name = "eve"
    page = watched.open_in()
    teach(page)
    unfold(page)
    back = log_in(page)
    expect(back.locator("#owner .refused")).to_have_text("You are logged in as eve; this Space is ada's.")
    expect(back.locator("#owner .versions")).to_be_hidden()
    expect(back.get_by_role("link", name="Log out (eve)")).to_be_visible()
