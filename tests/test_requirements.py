"""What we ask for goes together with what a Hugging Face Space installs beside it."""

from importlib.metadata import requires
from pathlib import Path

import yaml
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent
PINS = [
    Requirement(line)
    for line in (PROJECT / "requirements.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
VERSIONS = {pin.name: next(iter(pin.specifier)).version for pin in PINS}


def test_every_requirement_is_held_at_one_version() -> None:
    assert [pin.name for pin in PINS if [each.operator for each in pin.specifier] != ["=="]] == []


def test_the_space_gets_the_gradio_that_is_tested() -> None:
    header = (PROJECT / "README.md").read_text(encoding="utf-8").split("---")[1]
    assert yaml.safe_load(header)["sdk_version"] == VERSIONS["gradio"]


def test_a_space_can_be_built() -> None:
    """A Space is built with `gradio[oauth,mcp]`; pip refuses where that contradicts our pins."""
    asked = [Requirement(each) for each in requires("gradio") or []]
    for extra in ("oauth", "mcp"):
        for each in asked:
            if each.marker is None or each.marker.evaluate({"extra": extra}):
                assert each.specifier.contains(VERSIONS.get(each.name, "")) or each.name not in VERSIONS, each
