"""Fetching fonts, with a stand-in for npm that works without a network."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_demo.datasets import fetching
from ocr_demo.datasets.fetching import chosen_weights, fetch_fonts, read_manifest
from ocr_demo.errors import DataError

NPM = """#!{python}
import json, pathlib, sys
assert "--ignore-scripts" in sys.argv
for name in json.load(open("package.json"))["dependencies"]:
    package = pathlib.Path("node_modules") / name
    (package / "files").mkdir(parents=True)
    family = package.name
    latin, other = ("latin-300", "latin-400", "latin-700"), ("thai-400", "thai-700", "thai-800")
    for part in (*latin, *other, "latin-ext-400", "arabic-400"):
        (package / "files" / f"{{family}}-{{part}}-normal.woff2").write_text(part)
    (package / "files" / f"{{family}}-latin-400-italic.woff2").write_text("italic")
    (package / "LICENSE").write_text("OFL")
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    content = {
        "dependencies": dict.fromkeys(
            ("@fontsource/plain", "@fontsource/written", "@fontsource/sans-thai"), "1.0.0"
        ),
        "ocr_demo": {"held_out": ["written"], "handwriting": ["written"], "scripts": ["sans-thai"]},
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content))
    return path


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Puts a script in npm's place."""
    folder = tmp_path / "bin"
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text(script)
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_families_go_where_they_belong(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, NPM.format(python=sys.executable))
    earlier = tmp_path / "fonts/training/written-700.woff2"
    earlier.parent.mkdir(parents=True)
    earlier.touch()  # then trained on, now held out
    counts = fetch_fonts(tmp_path / "fonts", manifest, progress=False)
    assert counts == {"training": 2, "held-out": 2, "scripts": 2}
    found = sorted(path.relative_to(tmp_path / "fonts").as_posix() for path in tmp_path.glob("fonts/*/*"))
    assert found == [
        "held-out/written-400.woff2",
        "held-out/written-700.woff2",
        "held-out/written-LICENSE.txt",
        "scripts/sans-thai-400.woff2",
        "scripts/sans-thai-700.woff2",
        "scripts/sans-thai-LICENSE.txt",
        "training/plain-400.woff2",
        "training/plain-700.woff2",
        "training/plain-LICENSE.txt",
    ]
    assert (tmp_path / "fonts/training/plain-400.woff2").read_text() == "latin-400"
    assert (tmp_path / "fonts/scripts/sans-thai-400.woff2").read_text() == "thai-400"


def test_an_alphabet_s_families_go_to_its_own_folders(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, NPM.format(python=sys.executable))
    content = json.loads(manifest.read_text())
    content["ocr_demo"] |= {"alphabet": "arabic", "scripts": []}
    manifest.write_text(json.dumps(content))
    refused = tmp_path / "fonts/scripts/plain-400.woff2"
    refused.parent.mkdir(parents=True)
    refused.touch()  # by another alphabet's manifest
    counts = fetch_fonts(tmp_path / "fonts", manifest, progress=False)
    assert counts == {"arabic": 2, "arabic-held-out": 1}
    assert refused.exists()
    assert (tmp_path / "fonts/arabic/plain-400.woff2").read_text() == "arabic-400"


def test_npm_s_progress_is_shown(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = NPM + '    (package / "package.json").touch()\n    import time; time.sleep(0.3)\n'
    stand_in(tmp_path, monkeypatch, slow.format(python=sys.executable))
    monkeypatch.setattr(fetching, "LOOKS_EVERY", 0.05)
    fetch_fonts(tmp_path / "fonts", manifest)
    told = capsys.readouterr().err
    assert "first:  33%" in told
    assert "first: 100%" in told


def test_npm_ends_with_what_asked_for_it(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")

    def interrupted(process: subprocess.Popen[bytes]) -> bool:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            assert process.poll() is None
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "is_running", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch_fonts(tmp_path / "fonts", manifest, progress=False)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_without_npm_it_says_so(tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"install Node\.js"):
        fetch_fonts(tmp_path / "fonts", manifest, progress=False)
    assert not (tmp_path / "fonts").exists()


def test_without_a_network_it_says_so(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "#!/bin/sh\necho 'network request failed' >&2\nexit 1\n")
    with pytest.raises(DataError, match=r"connect to a network(.|\n)*network request failed"):
        fetch_fonts(tmp_path / "fonts", manifest, progress=False)


@pytest.mark.parametrize("content", ["", "{}", '{"dependencies": {}}'])
def test_another_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(DataError, match="no font manifest"):
        read_manifest(tmp_path / "m.json")


@pytest.mark.parametrize(
    ("weights", "chosen"),
    [((400,), (400,)), ((300, 400, 700), (400, 700)), ((300, 700), (300, 700)), ((900,), (900,))],
)
def test_regular_and_bold_are_chosen(weights: tuple[int, ...], chosen: tuple[int, ...]) -> None:
    assert chosen_weights(weights) == chosen
