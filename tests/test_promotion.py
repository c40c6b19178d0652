"""What is better takes the place of what is served, and nothing else does; a fault leaves the old one."""

import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from ocr_demo.__main__ import main
from ocr_demo.characters import ALPHABETS
from ocr_demo.checkpoint import CONFIG, REPORT, WEIGHTS, Contract, load_checkpoint, save_checkpoint
from ocr_demo.errors import DataError, PromotionError
from ocr_demo.evaluation.measuring import record_report
from ocr_demo.evaluation.report import Report
from ocr_demo.models import build_model
from ocr_demo.reading.library import Library
from ocr_demo.reading.versions import SHIPPED
from ocr_demo.teaching.meter import Measuring
from ocr_demo.teaching.promotion import promote, promote_on_sources, roll_back
from ocr_demo.teaching.record import PROMOTION, Promotion
from ocr_demo.teaching.verdict import Compared, Planned, Told, Verdict, reference_sets
from tests.drawings import drawn
from tests.promoting import Workshop

KILLS = 20


@pytest.fixture
def workshop(tmp_path: Path, data_home: Path) -> Workshop:
    return Workshop.made(tmp_path)


def library_of(workshop: Workshop) -> Library:
    return Library(workshop.shipped.parent, "mine", promoted=workshop.versions.folder.parent)


def read(library: Library) -> str:
    """What a T is read as."""
    return library.predictor("mine").predict(drawn("T")).label


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; locks come and stay."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def changed(folder: Path, **fields: object) -> Path:
    """A checkpoint whose contract has other values."""
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | fields))
    return folder


def test_what_is_better_is_read_with_at_once_and_says_how_it_came(workshop: Workshop) -> None:
    library = library_of(workshop)
    assert read(library) == "7"
    (workshop.good / "model.onnx").write_bytes(b"of other weights")
    (workshop.good / "model.pt").write_bytes(b"a pickle")
    project = contents(workshop.shipped)

    promotion = workshop.promote(workshop.good)

    assert read(library) == "T"
    assert library.predictor("mine").backend == "onnx"
    assert library.checkpoint("mine").name == "mine"
    assert Promotion.read(workshop.versions, "v1") == promotion
    assert (promotion.version, promotion.replaced, promotion.by) == ("v1", SHIPPED, "a test")
    assert promotion.fingerprint == load_checkpoint(workshop.good).fingerprint()
    new, reference = promotion.figures
    assert (new.role, new.images, new.before, new.after) == ("new data", 6, 0, 1)
    assert (reference.role, reference.images, reference.before, reference.after) == ("reference", 9, 1, 1)
    kept = {CONFIG, WEIGHTS, "model.onnx", "report.json", PROMOTION}
    assert {path.name for path in workshop.versions.path("v1").iterdir()} == kept
    assert contents(workshop.shipped) == project


def test_a_version_is_rolled_back_step_by_step_and_by_name(workshop: Workshop) -> None:
    library = library_of(workshop)
    workshop.promote(workshop.good)
    assert roll_back(workshop.versions) == SHIPPED
    assert read(library) == "7"
    workshop.versions.switch("v1")
    shutil.copytree(workshop.versions.path("v1"), workshop.versions.path("v2"))
    second = replace(Promotion.read(workshop.versions, "v1"), version="v2", replaced="v1")
    (workshop.versions.path("v2") / PROMOTION).write_text(json.dumps(second, default=vars))
    workshop.versions.switch("v2")
    assert workshop.versions.names() == [SHIPPED, "v1", "v2"]
    assert [roll_back(workshop.versions) for _ in range(2)] == ["v1", SHIPPED]
    assert roll_back(workshop.versions, to="v2") == "v2"
    assert read(library) == "T"
    for wrong in ("v3", "../good", ""):
        workshop.versions.switch(SHIPPED)
        with pytest.raises(PromotionError, match=r"nothing to roll back|choose from 'shipped', 'v1', 'v2'"):
            roll_back(workshop.versions, to=wrong)


@pytest.mark.parametrize(
    "odd",
    ["{", "[]", "[" * 100_000, {"time": 5}, {"figures": 3}, {"figures": [{"name": "new", "role": "third"}]}],
)
def test_a_promotion_that_cant_be_read_is_named_and_its_version_still_listed(
    odd: str | dict[str, object], workshop: Workshop
) -> None:
    versions = workshop.versions
    versions.path("v1").mkdir(parents=True)
    figures = (Compared("new", "new data", 2, 0.5, 1.0, 1.0, 1.0),)
    promotion = Promotion("mine", "v1", SHIPPED, "good", "f", "me", "2026-01-01T00:00:00", figures)
    promotion.write(versions.path("v1"))
    assert Promotion.read(versions, "v1") == promotion
    path = versions.path("v1") / PROMOTION
    path.write_text(odd if isinstance(odd, str) else json.dumps({**json.loads(path.read_text()), **odd}))
    with pytest.raises(PromotionError, match=rf"{PROMOTION} can't be read"):
        Promotion.read(versions, "v1")
    assert Promotion.find(versions, "v1") is None


REFUSED: dict[str, tuple[Callable[[Workshop], Path], str]] = {
    "what is served already": (lambda workshop: workshop.shipped, "no better"),
    "what forgets": (lambda workshop: workshop.forgetful, r"too much is lost .* 100\.00% → 33\.33%"),
    "what takes nothing for a character": (lambda workshop: changed(workshop.good, threshold=1e6), "0.00%"),
    "another alphabet": (lambda workshop: _of_another_alphabet(workshop), "latin, the candidate arabic"),
    "no folder": (lambda workshop: workshop.good / "none", "no checkpoint folder"),
    "no contract": (lambda workshop: changed(workshop.good, temperature=0), "temperature"),
    "no report": (lambda workshop: _with_report(workshop, '{"a test": 3}'), r"good.report\.json: a test: "),
    "weights that are none": (lambda workshop: _without_weights(workshop, b"none"), "safetensors"),
    "no weights": (lambda workshop: _without_weights(workshop), f"good.{WEIGHTS}"),
}


def _of_another_alphabet(workshop: Workshop) -> Path:
    labels = ALPHABETS["arabic"].labels
    network = build_model("glyphnet", len(labels)).eval()
    save_checkpoint(workshop.good, network, Contract("glyphnet", labels, "arabic"))
    return workshop.good


def _with_report(workshop: Workshop, text: str) -> Path:
    (workshop.good / REPORT).write_text(text)
    return workshop.good


def _without_weights(workshop: Workshop, instead: bytes | None = None) -> Path:
    (workshop.good / WEIGHTS).unlink()
    if instead is not None:
        (workshop.good / WEIGHTS).write_bytes(instead)
    return workshop.good


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_better_is_refused_with_the_figures_and_nothing_changes(
    case: str, workshop: Workshop
) -> None:
    make, message = REFUSED[case]
    candidate = make(workshop)
    with pytest.raises(PromotionError, match=message):
        workshop.promote(candidate)
    assert contents(workshop.versions.folder) == {}
    assert workshop.versions.served() == SHIPPED


def compared(role: str, before: float, after: float, accepted: float = 1.0) -> Compared:
    return Compared("a set", role, 1000, before, after, 1.0, accepted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "passes"),
    [
        ([compared("new data", 0.5, 0.501), compared("reference", 0.9, 0.898)], True),
        ([compared("new data", 0.5, 0.5)], False),
        ([compared("new data", 0.5, 0.6), compared("reference", 0.9, 0.8979)], False),
        ([compared("new data", 0.5, 0.6), compared("new data", 0.5, 0.45)], True),
        ([compared("new data", 0.5, 0.6), compared("new data", 0.5, 0.35)], False),
        ([compared("new data", 0.5, 0.6), compared("reference", 0.9, 1.0, accepted=0.98)], False),
    ],
)
def test_better_on_the_new_and_at_most_two_tenths_worse_elsewhere(
    figures: list[Compared], passes: bool
) -> None:
    assert (not Verdict(tuple(figures), ()).objections) is passes


def test_references_are_named_or_fonts_and_the_sets_of_the_report(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr_demo.datasets.font_sources.system_font_folders", list)
    sources = {"there": workshop.reference, "gone": "folder:/nowhere", "far": "emnist", "fonts": "fonts"}
    for name, source in sources.items():
        record_report(workshop.shipped, Report(name, 9, 1.0, source=source, accuracy=1.0))
    served = load_checkpoint(workshop.shipped)
    assert [each.source for each in reference_sets(served)] == ["fonts", workshop.reference]
    monkeypatch.setenv("OCR_DEMO_REFERENCE", f"{workshop.new}, {workshop.reference}")
    assert [each.source for each in reference_sets(served)] == [workshop.new, workshop.reference]
    assert [each.source for each in reference_sets(served, [workshop.new])] == [workshop.new]
    with pytest.raises(DataError, match="no labels"):
        reference_sets(served, [f"{workshop.new}/T"])


def test_it_is_told_what_is_measured_and_how_much_is_done(workshop: Workshop) -> None:
    events: list[Told] = []
    sets = [[workshop.new], [workshop.reference]]
    promotion = promote_on_sources(workshop.good, workshop.versions, *sets, tell=events.append)
    plan, *_, last = events
    assert plan == (Planned(workshop.new, "new data", 6), Planned(workshop.reference, "reference", 9))
    assert last == promotion.figures[-1]
    first = events.index(promotion.figures[0])
    assert {each.name for each in events[1:first] if isinstance(each, Measuring)} == {workshop.new}
    told = [each for each in events if isinstance(each, Measuring)]
    assert list(dict.fromkeys(each.name for each in told)) == [workshop.new, workshop.reference]
    shares = [each.share for each in told]
    assert (shares[0], shares[-1], shares) == (0, 1, sorted(shares))
    assert (told[0].seconds_left, told[-1].seconds_left) == (None, 0)
    assert {each.share for each in told if each.name == workshop.new} == {0, 6 / 30, 12 / 30}


def test_one_promotion_at_a_time(workshop: Workshop) -> None:
    workshop.versions.folder.mkdir(parents=True)
    with FileLock(workshop.versions.folder / ".promotion.lock"), pytest.raises(PromotionError, match="done"):
        workshop.promote(workshop.good)


def test_what_was_switched_meanwhile_is_not_switched_again(workshop: Workshop) -> None:
    shutil.copytree(workshop.forgetful, workshop.versions.path("v1"))

    def new(served: object) -> list:
        workshop.versions.switch("v1")
        return workshop.sets(load_checkpoint(workshop.shipped), workshop.new)  # type: ignore[return-value]

    with pytest.raises(PromotionError, match="from shipped to v1 meanwhile"):
        promote(workshop.good, workshop.versions, new, lambda served: [])
    assert workshop.versions.served() == "v1"


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """Files can't grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_named_and_leaves_nothing_behind(workshop: Workshop) -> None:
    with full_disk(2**20), pytest.raises(PromotionError, match="free some space"):
        workshop.promote(workshop.good)
    assert contents(workshop.versions.folder) == {}


def test_a_data_folder_that_cant_be_written_to_is_named(workshop: Workshop) -> None:
    workshop.versions.folder.parent.parent.mkdir(exist_ok=True)
    workshop.versions.folder.parent.write_text("no folder")
    with pytest.raises(PromotionError, match="set OCR_DEMO_HOME"):
        workshop.promote(workshop.good)


def test_without_what_shipped_the_promoted_one_reads_on_and_cant_be_rolled_back(workshop: Workshop) -> None:
    library = library_of(workshop)
    workshop.promote(workshop.good)
    assert read(library) == "T"
    shutil.rmtree(workshop.shipped)
    assert read(library) == "T"
    with pytest.raises(PromotionError, match="no checkpoint folder"):
        roll_back(workshop.versions)
    assert workshop.versions.served() == "v1"


@pytest.mark.parametrize("pointer", ["v7", "v1/../../good", "", "vv", "\0", "v1\nv2"])
def test_a_pointer_to_nothing_leaves_what_ships(pointer: str, workshop: Workshop) -> None:
    workshop.versions.folder.mkdir(parents=True)
    (workshop.versions.folder / "served").write_text(pointer)
    assert read(library_of(workshop)) == "7"


def test_a_version_that_cant_be_loaded_leaves_what_read_before(workshop: Workshop) -> None:
    library = library_of(workshop)
    before = library.predictor("mine")
    shutil.copytree(workshop.good, workshop.versions.path("v1"))
    (workshop.versions.path("v1") / WEIGHTS).write_bytes(b"none")
    workshop.versions.switch("v1")
    assert library.predictor("mine") is before
    assert read(library_of(workshop)) == "7"
    workshop.versions.switch(SHIPPED)
    assert read(library) == "7"


def test_a_checkpoint_named_by_its_folder_reads_itself(workshop: Workshop) -> None:
    shutil.copytree(workshop.good, workshop.versions.path("v1"))
    workshop.versions.switch("v1")
    as_it_is = Library(
        workshop.shipped.parent, str(workshop.shipped), promoted=workshop.versions.folder.parent
    )
    assert read(as_it_is) == "7"
    assert as_it_is.versions("mine") is None


def promote_again(folder: Path, began: object) -> None:
    """Promotes in a process of its own, which may be killed at any moment."""
    began.set()  # type: ignore[attr-defined]
    Workshop(folder).promote(folder / "good")


def test_killed_at_any_moment_the_old_or_the_new_is_served_and_every_version_loads(
    workshop: Workshop, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.promoting", "ocr_demo.reading.export", "sklearn.metrics"])
    chance, killed, seconds = random.Random(0), 0, 0.0
    for number in range(KILLS + 1):
        served = workshop.versions.served()
        began = context.Event()
        process = context.Process(target=promote_again, args=(tmp_path, began))
        process.start()
        assert began.wait(300)
        start = time.perf_counter()
        process.join(chance.uniform(0, 1.2 * seconds) if number else None)  # the first shows how long
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)  # type: ignore[arg-type]
            process.join()
        if process.exitcode == -signal.SIGKILL:
            killed += 1
        else:
            seconds = time.perf_counter() - start
        assert workshop.versions.served() in (served, workshop.versions.names()[-1])
        for version in workshop.versions.names():
            load_checkpoint(workshop.versions.path(version)).network()
        expected = "7" if workshop.versions.served() == SHIPPED else "T"
        assert read(library_of(workshop)) == expected
        if expected == "T":
            roll_back(workshop.versions)
    assert killed > KILLS / 3
    workshop.promote(workshop.good)
    assert read(library_of(workshop)) == "T"
    assert not list(workshop.versions.folder.glob(".v*"))


def test_from_the_command_line(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    there = ["mine", "--checkpoints", str(workshop.shipped.parent)]
    asked = ["promote", str(workshop.good), "--data", workshop.new, "--reference", workshop.reference]
    assert main([*asked, "--checkpoint", *there, "--json"]) == 0
    printed = capsys.readouterr()
    assert "reference: 100%" in printed.err
    assert "comparing on 15 images:" in printed.err
    assert printed.err.index(f"{workshop.new} (new data, 6 images): acc") < printed.err.index(
        f"{workshop.reference}: "
    )
    told = json.loads(printed.out)
    assert (told["version"], told["figures"][0]["after"]) == ("v1", 1.0)
    assert told["by"]
    assert main([*asked, "--checkpoint", *there]) == 1
    assert "no better" in capsys.readouterr().err
    assert main(["versions", *there]) == 0
    shipped, promoted = capsys.readouterr().out.splitlines()[:2]
    assert shipped.startswith("  shipped")
    assert promoted.startswith("* mine v1: good, by ")
    assert main(["rollback", *there]) == 0
    assert capsys.readouterr().out == "mine is now read by shipped\n"
    assert main(["rollback", *there]) == 1
    assert main(["versions", *there, "--json"]) == 0
    assert [json.loads(line)["served"] for line in capsys.readouterr().out.splitlines()] == [True, False]
    assert main(["promote", str(workshop.good), "--data", "--checkpoint", *there]) == 2
