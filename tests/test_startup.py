"""What the app imports before it answers: seconds of somebody's waiting."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "late", ["sklearn", "scipy", "matplotlib", "torch", "torchvision", "onnx", "fontTools"]
)
def test_what_only_some_need_is_imported_when_they_do(late: str) -> None:
    code = f"import sys, ocr_demo.web, ocr_demo.settings; print({late!r} in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
