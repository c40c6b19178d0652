"""The app as a Space starts it: the Space's files alone, read-only, without privileges and without a home."""

import ast
import shutil
import socket
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from ocr_demo.space import space_files
from ocr_demo.web.answer import data_url
from ocr_demo.web.examples import examples
from tests.page.test_page_http import call_pad
from tests.rehearsal import MOST_MIB, PATHS, Container, installed_with
from tests.test_requirements import PINS

PORT = 7860
USER = 1000
HOME = "/home/user/app"
ENVIRONMENT = "/usr-local"
OTHERS = {"ocr_demo", "spaces", "ray"}
"""`spaces` is where a Space lends GPUs; `ray` is for bulk reading by those who have it."""


@pytest.fixture
def space(tmp_path: Path) -> Container:
    """The Space's files, and an environment of requirements.txt alone."""
    container = Container.made(tmp_path / "space")
    for path, file in space_files(["latin", "textbook"]).items():
        inside = container.path(f"{HOME}/{path}")
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, inside)
    container.run(["python", "-m", "venv", "--without-pip", ENVIRONMENT])
    container.install(ENVIRONMENT, PINS)
    return container


def test_the_page_answers_and_reads_a_drawing(space: Container, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as probe:
        if not probe.connect_ex(("127.0.0.1", PORT)):
            pytest.skip(f"something listens on port {PORT}, which a Space has to itself")
    command = [f"{ENVIRONMENT}/bin/python", "app.py"]
    with space.running(command, PATHS | {"SPACE_ID": "me/reader"}, HOME, USER, PORT) as app:
        drawing = {"picture": data_url(examples()["pen"].png), "checkpoint": "latin"}
        answer = call_pad(app.client, drawing).json()
        mib = app.peak_mib
    with capsys.disabled():
        print(f"\nSpace: the page after {app.seconds:.1f} s, {mib:.0f} MiB at most")
    assert answer["reading"]["label"] == "R"
    assert mib < MOST_MIB


def imported(source: str) -> set[str]:
    """The packages that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_the_requirements_alone_bring_what_the_space_imports() -> None:
    """What is imported late, too."""
    sources = [file.read_text() for path, file in space_files(["latin"]).items() if path.endswith(".py")]
    needed = set().union(*map(imported, sources)) - set(sys.stdlib_module_names) - OTHERS
    brought, owners = installed_with(PINS), packages_distributions()
    missing = {name for name in needed if brought.isdisjoint(map(canonicalize_name, owners.get(name, ())))}
    assert missing == set()
