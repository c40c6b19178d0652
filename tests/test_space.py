"""A Space gets the files it needs and no others, and is described as the Hub wants it."""

import subprocess

import pytest
import yaml

from ocr_demo.__main__ import main
from ocr_demo.space import PROJECT, VARIABLE, space_files
from tests.hub import Hub, Repository

# how huggingface_hub uploads large files is its own affair
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

SHIPPED = ("latin", "arabic", "textbook")
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
"""What the Hub takes for colorFrom and colorTo."""


def test_the_space_needs_the_package_and_what_it_starts_with() -> None:
    files = set(space_files(SHIPPED))
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    tracked = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    known = set(tracked.stdout.splitlines())
    needed = ("ocr_demo/", *(f"checkpoints/{name}/" for name in SHIPPED))
    assert {path for path in known if path.startswith(needed)} <= files
    assert files <= known
    assert {path.partition("/")[0] for path in files} == {
        "LICENSE", "README.ar.md", "README.md", "requirements.txt",
        "app.py", "checkpoints", "ocr_demo", "pictures",
    }  # fmt: skip


def test_a_space_is_made_and_brought_up_to_date(hub: Hub) -> None:
    assert main(["space", "me/reader"]) == 0
    space = hub.repositories["spaces", "me/reader"]
    expected = {path: file.read_bytes() for path, file in space_files(SHIPPED).items()}
    assert {path: content for path, content in space.files.items() if path != ".gitattributes"} == expected
    assert space.variables == {}
    space.files["ocr_demo/former.py"] = b""
    assert main(["space", "me/reader", "--checkpoints", "textbook"]) == 0
    assert space.files.keys() == {".gitattributes", *space_files(["textbook"])}
    assert space.variables == {VARIABLE: "textbook"}
    assert main(["space", "me/reader"]) == 0
    assert space.variables == {}


def test_a_space_of_something_else_is_left_alone(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = {"README.md": b"", "app.py": b"print()"}
    hub.repositories["spaces", "me/other"] = space = Repository()
    space.commit(theirs)
    assert main(["space", "me/other"]) == 1
    assert "me/other is a Space of something else" in capsys.readouterr().err
    assert space.files == theirs


def test_a_checkpoint_that_is_not_there_is_named(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["space", "me/reader", "--checkpoints", "latin", "nobody's"]) == 2
    assert "nobody's" in capsys.readouterr().err
    assert hub.repositories == {}


def test_the_header_is_what_the_hub_takes() -> None:
    """By https://huggingface.co/docs/hub/spaces-config-reference; the pinned gradio is held elsewhere."""
    header = yaml.safe_load((PROJECT / "README.md").read_text(encoding="utf-8").split("---")[1])
    assert header["sdk"] == "gradio"
    assert (PROJECT / header["app_file"]).is_file()
    assert header["python_version"] in ("3.11", "3.12", "3.13")
    assert {header["colorFrom"], header["colorTo"]} <= COLOURS
    assert len(header["short_description"]) <= 60
    assert header["hf_oauth"] is True  # else nobody could log in as its owner
    assert header["license"] == "mit" and "MIT License" in (PROJECT / "LICENSE").read_text()
    assert len(header["title"]) >= 1 and len(header["emoji"].rstrip("\ufe0f")) == 1
