"""The owner's panel in a real browser: bring, promote, look at the versions, roll back, compare two."""

import os
import re
import shutil
import signal
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.browser import LETTERS, running_app
from ocr_demo.teaching.judgements import Judgements
from ocr_demo.teaching.promotions import BY
from ocr_demo.teaching.record import Promotion
from ocr_demo.teaching.verdict import REFERENCE, Compared
from ocr_demo.web.owner import TOKEN
from tests.browser import Watched, label, quick
from tests.page.test_page_arabic import NAMES, TEACH, WORD, opened
from tests.page.test_page_looks import overflow, serious_findings
from tests.page.test_page_teaching import correct, teach
from tests.promoting import drawings, spoilt
from tests.working import held, processes

pytestmark = pytest.mark.browser
SECRET = "the token of the owner"
REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What Chromium's console says of answers that the panel shows in words."""
MEASURED = re.compile("Measuring on (corrections|folder:)|All is measured")
PROMOTED_MS = 400_000
"""A promotion may take so long on a machine that does much else."""


@dataclass
class Owned:
    """The app with an owner, and what it has logged."""

    address: str
    folder: Path
    log: IO[bytes]


@contextmanager
def owned_in(folder: Path, rendered: Path) -> Iterator[Owned]:
    """`latin` takes T for 7 and is compared with `second`; `good.zip` holds a better one."""
    for name in ("latin", "second"):
        spoilt(folder / "checkpoints" / name, "T7")
    packed(spoilt(folder / "good", "TT"))
    drawings(folder / "reference", "ARZ")
    home = shutil.copytree(rendered, folder / "home")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryFile() as log:
        patch.setenv("OCR_DEMO_HOME", str(home))
        patch.setenv(TOKEN, SECRET)
        patch.setenv(REFERENCE, f"folder:{folder / 'reference'}")
        chosen = ("--checkpoints", str(folder / "checkpoints"), "--ab", "second:0")  # latin reads for all
        with running_app(*chosen, log=log) as address:
            yield Owned(address, folder, log)


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory, rendered: Path) -> Iterator[Owned]:
    """An app that the tests here share."""
    with owned_in(tmp_path_factory.mktemp("owned"), rendered) as owned:
        yield owned


@pytest.fixture
def watched(usual: BrowserContext, owned: Owned) -> Iterator[Watched]:
    """As elsewhere, but for what the server refuses."""
    with closing(Watched(usual, owned.address)) as watched:
        yield watched
    assert [each for each in watched.troubles if not each.startswith(REFUSED)] == []


def packed(folder: Path) -> None:
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"{folder.name}/{path.name}")


def bring(page: Page, archive: Path) -> None:
    """Has a checkpoint looked at, from the Teach tab."""
    training = page.locator("#training")
    if not training.locator(".bring form").is_visible():
        training.get_by_text("Bring a checkpoint").click()
    training.locator("[type=file]").set_input_files(archive)
    training.locator(".bring button").click()


def unfold(page: Page) -> None:
    page.locator("#owner > * summary").first.click()


def open_panel(page: Page, token: str = SECRET) -> None:
    unfold(page)
    page.get_by_label("Token").fill(token)
    page.locator("#owner").get_by_role("button", name="Open").click()


def correct_ts(page: Page) -> None:
    """Says of two Ts what they are; afterwards the Teach tab is open."""
    pad = quick(page)
    for _ in range(2):
        pad.draw(LETTERS["T"])
        expect(page.locator("#strip [data-label]")).to_have_count(5)
        correct(page, "T")
        pad.button("Clear").click()
        expect(page.locator("#strip .ask[inert]")).to_be_attached()
    teach(page)


def test_promoted_for_everyone_refused_again_and_rolled_back(watched: Watched, owned: Owned) -> None:
    page, other = watched.open_in(), watched.open_in()
    correct_ts(page)
    panel = page.locator("#owner")
    promote = panel.get_by_role("button", name="Promote this training for everyone")
    open_panel(page)
    expect(panel.locator(".versions li")).to_have_text(["shipped reads now"])
    expect(promote).to_be_disabled()
    expect(panel.locator(".hint")).to_contain_text("nothing to promote yet")
    bring(page, owned.folder / "good.zip")
    expect(page.locator("#training .told")).to_contain_text("has been checked", timeout=PROMOTED_MS)
    expect(page.locator("#training .difference")).to_contain_text("2 corrections not learnt from")
    expect(page.locator("#training .shifts")).to_contain_text("T as 7")
    expect(panel.locator(".hint")).to_contain_text("at most 0.2 points")
    promote.click()
    expect(panel.locator(".told")).to_contain_text("was promoted as v1", timeout=PROMOTED_MS)
    expect(panel.locator(".told tbody tr").first).to_have_text("corrections (2)0.0 %100 %")
    expect(panel.locator(".versions li").first).to_contain_text("v1 reads now")
    quick(other).draw(LETTERS["T"])
    expect(label(other)).to_have_text("T")

    promote.click()
    expect(panel.locator(".refused")).to_contain_text("100.00% → 100.00%", timeout=PROMOTED_MS)
    expect(panel.locator(".told tbody tr").first).to_have_text("corrections (2)100 %100 %")
    expect(promote).to_be_focused()
    panel.get_by_role("button", name="Roll back to shipped").click()
    expect(panel.locator(".told")).to_have_text("shipped reads for everyone now.")
    expect(panel.get_by_role("button", name="Switch to v1")).to_be_visible()
    owned.log.seek(0)
    assert SECRET.encode() not in owned.log.read()
    shutil.rmtree(owned.folder / "home" / "promoted")


@pytest.fixture
def hold(owned: Owned) -> Iterator[Callable[[], Path]]:
    """Has the promotion that is measured stand still, and gives its folder; in the end its process goes."""
    folders: list[Path] = []

    def hold() -> Path:
        folders.append(held(owned.folder / "home"))
        return folders[-1]

    yield hold
    for process in (each for folder in folders for each in processes(folder)):
        os.kill(process, signal.SIGKILL)


def test_a_promotion_is_watched_found_again_and_cancelled_by_keyboard(
    watched: Watched, owned: Owned, hold: Callable[[], Path]
) -> None:
    page = watched.open_in()
    correct_ts(page)
    panel = page.locator("#owner")
    bar, cancel = panel.get_by_role("progressbar"), panel.get_by_role("button", name="Cancel")
    promote = panel.get_by_role("button", name="Promote this training for everyone")
    open_panel(page)
    bring(page, owned.folder / "good.zip")
    expect(page.locator("#training .told")).to_contain_text("has been checked", timeout=PROMOTED_MS)
    expect(cancel).to_be_hidden()
    promote.press("Enter")
    folder = hold()
    expect(panel.locator(".status")).to_have_text(MEASURED)
    assert 0 <= float(bar.get_attribute("value") or "none") <= 1
    expect(cancel).to_be_focused()
    expect(promote).to_be_disabled()
    assert serious_findings(page) == []

    page.reload()
    teach(page)
    unfold(page)
    expect(panel.locator(".status")).to_have_text(MEASURED)
    expect(bar).to_be_visible()
    expect(promote).to_be_disabled()
    cancel.press("Enter")
    expect(panel.locator(".told")).to_contain_text("was cancelled, nothing has changed", timeout=PROMOTED_MS)
    expect(bar).to_be_hidden()
    expect(promote).to_be_focused()
    expect(panel.locator(".versions li")).to_have_text(["shipped reads now"])
    assert not processes(folder)


def test_the_token_is_asked_for_and_kept_for_the_tabs_session_alone(watched: Watched) -> None:
    page = watched.open_in()
    teach(page)
    expect(page.get_by_label("Token")).to_be_hidden()
    unfold(page)
    expect(page.locator("#owner .about")).to_contain_text("OCR_DEMO_OWNER_TOKEN")
    expect(page.locator("#owner .about")).not_to_contain_text("Log in as")
    unfold(page)
    open_panel(page, "another token of somebody")
    expect(page.locator("#owner .refused")).to_have_text("this is not the owner's token")
    expect(page.locator("#owner .versions")).to_be_hidden()
    page.get_by_label("Token").fill(SECRET)
    page.get_by_label("Token").press("Enter")
    expect(page.locator("#owner .versions li")).to_have_count(1)
    expect(page.locator("#owner .about")).to_be_hidden()
    assert SECRET not in str(page.context.storage_state())  # what outlives the tab
    assert SECRET in page.evaluate("JSON.stringify(sessionStorage)")
    page.reload()
    teach(page)
    unfold(page)
    expect(page.locator("#owner .versions li")).to_have_count(1)
    page.locator("#owner").get_by_role("button", name="Close").click()
    expect(page.get_by_label("Token")).to_have_value("")
    assert SECRET not in page.evaluate("JSON.stringify(sessionStorage)")


def test_two_arms_are_compared(watched: Watched, owned: Owned) -> None:
    judgements = owned.folder / "home" / "judgements.jsonl"
    judgements.unlink(missing_ok=True)  # what other tests' corrections made of the two
    for agreed in [False] * 9 + [True]:
        Judgements(judgements).add("latin", agreed)
        Judgements(judgements).add("second", not agreed)
    page = watched.open_in()
    teach(page)
    open_panel(page)
    rows = page.locator("#owner .arms tbody tr")
    expect(rows).to_have_text(["latin100 %1910.0 %", "second0.0 %9190.0 %"])
    expect(page.locator("#owner .arms p")).to_contain_text("more than chance (Fisher's test: p = 0.001)")


def in_english(page: Page) -> list[str]:
    """The lines that the panel shows in Latin letters and that are no names."""
    names = NAMES | {"OCR_DEMO_OWNER_TOKEN", "Space", "Secrets", "v1", "good"}
    lines = page.locator("#owner").inner_text().splitlines()
    return [line for line in lines if set(WORD.findall(line)) - names]


def test_the_panel_is_in_arabic_on_the_arabic_page(
    usual: BrowserContext, tmp_path: Path, rendered: Path
) -> None:
    with owned_in(tmp_path, rendered) as owned, closing(Watched(usual, owned.address)) as watched:
        look_at_arabic_panel(watched, owned)


def look_at_arabic_panel(watched: Watched, owned: Owned) -> None:
    promoted = owned.folder / "home" / "promoted" / "latin"
    figures = Compared("corrections", "new data", 1234, 0.5, 1, 1, 1)
    shutil.copytree(owned.folder / "good", promoted / "v1")
    Promotion("latin", "v1", "shipped", "good", "", BY, "2026-01-02T03:04:05+00:00", (figures,)).write(
        promoted / "v1"
    )
    page = watched.open_in(360, 740, locale="ar")
    panel = page.locator("#owner")
    opened(page, TEACH)
    unfold(page)
    expect(panel.locator("summary").first).to_have_text("لصاحب هذه الصفحة")
    expect(panel.locator(".about")).to_contain_text("أدخل الرمز")
    assert in_english(page) == []
    page.get_by_label("الرمز").fill("another token of somebody")
    panel.get_by_role("button", name="فتح").click()
    expect(panel.locator(".refused")).to_have_text("هذا ليس رمز صاحب التطبيق")
    page.get_by_label("الرمز").fill(SECRET)
    page.get_by_label("الرمز").press("Enter")
    expect(panel.locator("h3")).to_have_text("إصدارات latin")
    expect(panel.locator(".versions li").last).to_have_text("الأصلي يقرأ الآن")
    expect(panel.get_by_role("button", name="التبديل إلى v1")).to_be_visible()
    expect(panel.get_by_role("button", name="اعتماد هذا التدريب للجميع")).to_be_disabled()
    expect(panel.locator(".versions span")).to_have_text(re.compile("good، اعتمده صاحب التطبيق، .*2026.*"))
    panel.get_by_text("النتائج").click()
    expect(panel.locator(".versions th").last).to_have_text("التصحيحات (1,234)")
    assert in_english(page) == []
    assert panel.locator("details").first.evaluate("piece => getComputedStyle(piece).direction") == "rtl"
    assert overflow(page)[0] <= 0
    assert page.evaluate("document.scrollingElement.scrollLeft") == 0
    assert serious_findings(page) == []


def test_what_is_no_checkpoint_is_told(watched: Watched, tmp_path: Path) -> None:
    page = watched.open_in()
    teach(page)
    (tmp_path / "mine.zip").write_bytes(b"PK no more")
    bring(page, tmp_path / "mine.zip")
    expect(page.locator("#training .told.problem")).to_contain_text("no whole ZIP", timeout=PROMOTED_MS)
    expect(page.locator("#training .made")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_panel_is_accessible_and_fits_a_phone(watched: Watched, scheme: Any) -> None:
    page = watched.open_in(360, 740, color_scheme=scheme)
    teach(page)
    open_panel(page)
    expect(page.locator("#owner .arms tbody tr")).to_have_count(2)
    page.locator("#training").get_by_text("Bring a checkpoint").click()
    assert overflow(page)[0] <= 0
    assert serious_findings(page) == []
