"""The app does what its OpenAPI description says, whatever it is sent."""

import subprocess
import sys
from pathlib import Path

import pytest

from ocr_demo.web import owner_api
from ocr_demo.web.owner import Owner
from tests.serving import listening

OWNER = Owner("a token of the owner")
OPTIONS = (
    "--checks=all",
    # what it can't say: which bytes are a picture, that a form has no null
    "--exclude-checks=positive_data_acceptance",
    "--max-examples=50",
    "--generation-deterministic",
    "--continue-on-failure",
    "--no-color",
)


def test_what_is_described_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By schemathesis, in a process of its own: its pytest plugin doesn't know this pytest."""
    monkeypatch.setattr(owner_api, "ATTEMPTS", "none")
    with listening(OWNER, rate_limit="none") as (host, port):
        described = f"http://{host}:{port}/openapi.json"
        command = [sys.executable, "-m", "schemathesis.cli", "run", described, *OPTIONS]
        authorised = ["--header", f"Authorization: Bearer {OWNER.token}"]
        run = subprocess.run(command + authorised, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
