"""The README's examples of how other programs ask, run as they stand."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_demo.web.examples import examples

README = Path(__file__).resolve().parent.parent.parent / "README.md"
SECTION = README.read_text(encoding="utf-8").partition("\n## From other programs\n")[2].partition("\n## ")[0]
EXAMPLES = re.findall(r"^```(\w+)\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
COMMANDS = {"sh": ["sh", "-e"], "python": [sys.executable], "js": ["node"]}
NEEDED = {"sh": "curl", "js": "node"}
ENDINGS = {"sh": "sh", "python": "py", "js": "mjs"}


def test_there_are_examples_in_every_language() -> None:
    assert {language for language, _ in EXAMPLES} == set(COMMANDS)


@pytest.mark.parametrize(("language", "code"), EXAMPLES)
def test_the_example_reads_the_letter(language: str, code: str, address: str, tmp_path: Path) -> None:
    if language in NEEDED and not shutil.which(NEEDED[language]):
        pytest.skip(f"{NEEDED[language]} is not installed")
    (tmp_path / "letter.png").write_bytes(examples()["pen"].png)
    assert "http://127.0.0.1:7860" in code
    script = tmp_path / f"example.{ENDINGS[language]}"
    script.write_text(code.replace("http://127.0.0.1:7860", address.rstrip("/")))
    ran = subprocess.run([*COMMANDS[language], script], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"\bR\b", ran.stdout)
