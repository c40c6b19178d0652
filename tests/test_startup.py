"""What the app imports before it answers: seconds of somebody's waiting."""

import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The modules of a process that has imported the app."""
    code = "import sys, ocr_demo.web, ocr_demo.settings; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


@pytest.mark.parametrize(
    "late", ["sklearn", "scipy", "matplotlib", "torch", "torchvision", "onnx", "fontTools"]
)
def test_what_only_some_need_is_imported_when_they_do(late: str, imported: set[str]) -> None:
    assert "ocr_demo.web" in imported
    assert late not in imported
