"""Where settings come from."""

from pathlib import Path

import pytest

from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.errors import OptionError
from ocr_demo.settings import Settings, parse_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPACE_ID", "OCR_DEMO_HOST", "OCR_DEMO_PORT", "OCR_DEMO_CHECKPOINT", "OCR_DEMO_CHECKPOINTS"):
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    assert parse_settings([]) == Settings(checkpoints=CHECKPOINTS)


def test_the_rate_may_be_unlimited() -> None:
    assert parse_settings(["--rate_limit", "none"]).rate_limit == "none"


def test_a_variable_that_names_no_log_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_DEMO_LOG", "xml")
    with pytest.raises(OptionError, match="json, plain"):
        parse_settings([])


def test_variables_and_flags_above_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_DEMO_PORT", "8000")
    monkeypatch.setenv("OCR_DEMO_CHECKPOINTS", "/elsewhere")
    assert parse_settings([]).port == 8000
    settings = parse_settings(["--port", "9000", "--checkpoint", "textbook"])
    assert (settings.port, settings.checkpoint, settings.checkpoints) == (
        9000,
        "textbook",
        Path("/elsewhere"),
    )


@pytest.mark.parametrize(("said", "meant"), [("1", True), ("true", True), ("0", False), ("no", False)])
def test_a_variable_says_yes_or_no(monkeypatch: pytest.MonkeyPatch, said: str, meant: bool) -> None:
    monkeypatch.setenv("OCR_DEMO_COLLECT", said)
    assert parse_settings([]).collect is meant


def test_a_variable_that_says_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_DEMO_COLLECT", "perhaps")
    with pytest.raises(OptionError, match="OCR_DEMO_COLLECT can't be 'perhaps'"):
        parse_settings([])


def test_a_space_listens_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "someone/ocr_demo")
    settings = parse_settings([])
    assert (settings.host, settings.port) == ("0.0.0.0", 7860)
    assert parse_settings(["--host", "127.0.0.1"]).host == "127.0.0.1"


@pytest.mark.parametrize(
    "flags",
    [
        ["--port", "70000"],
        ["--port", "0"],
        ["--waiting", "0"],
        ["--max_upload_mb", "0"],
        ["--max_megapixels", "51"],
        ["--max_batch", "0"],
        ["--rate_limit", "often"],
        ["--keep_hours", "0"],
        ["--max_corrections", "0"],
        ["--collect_to", "owner/name"],
        ["--origins", "*"],
        ["--origins", "https://a.example/page"],
        ["--origins", "https://a.example https://b.example"],
    ],
)
def test_impossible_values_are_named(flags: list[str]) -> None:
    with pytest.raises(OptionError, match=flags[0].strip("-")):
        parse_settings(flags)


@pytest.mark.parametrize("flags", [["--port", "many"], ["--colour", "red"]])
def test_unknown_ones_end_with_2(flags: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_settings(flags)
    assert stopped.value.code == 2
