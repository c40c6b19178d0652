"""Where files of this machine lie, and how they are written: whole, or not at all."""

import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import platformdirs


def data_home() -> Path:
    """The folder for everything this user's runs leave behind: `OCR_DEMO_HOME`, or the system's place."""
    named = os.environ.get("OCR_DEMO_HOME")
    return Path(named).expanduser() if named else platformdirs.user_data_path("ocr_demo")


def package_folder(package: str) -> Path:
    """Where an installed package lies; importing it would take longer."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def printable(name: str) -> str:
    r"""A file's name as any text can hold it: bytes that are no UTF-8 stand in it as \xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A path to write to, which takes `path`'s place at once when the block ends without an error."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Replaces a JSON file at once: readers see the old text or the new, never a part."""
    with replaced_file(path) as partial:
        partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def version(folder: Path, names: Collection[str]) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever one of the named files of a folder does; empty where none of them is there."""
    try:
        with os.scandir(folder) as entries:
            found = [
                (entry.name, entry.stat().st_mtime_ns, entry.inode())
                for entry in entries
                if entry.name in names
            ]
    except OSError:
        return ()
    return tuple(sorted(found))
