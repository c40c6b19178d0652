"""What a person did, act by act, as files: each appears whole or not at all, and the last can be undone.

An addition is a folder with `corrections.json` and two PNGs for each correction; a change of labels is a JSON
file. Names begin with a growing number, so the state is what all acts in their order lead to.
"""

import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ocr_demo.storage import write_json
from ocr_demo.teaching.correction import Correction, Draft, png

UNDOABLE = 20
"""Changes older than so many acts are made for good: what they removed leaves the disk."""
FACTS = "corrections.json"
FRESH, GONE = ".new-", ".gone-"
"""How folders begin that are not yet, or no longer, anyone's; a killed process leaves them behind."""
BLOCK = 4096
"""Bytes a file takes at least."""

Changes = Mapping[str, str | None]
"""New labels by correction; None where it is removed."""


@dataclass(frozen=True)
class Act:
    """One addition or change, and where it lies."""

    path: Path

    @property
    def is_addition(self) -> bool:
        return self.path.suffix != ".json"

    def additions(self) -> list[Correction]:
        return [Correction(**facts) for facts in json.loads((self.path / FACTS).read_text(encoding="utf-8"))]

    def changes(self) -> dict[str, str | None]:
        return json.loads(self.path.read_text(encoding="utf-8"))


def acts_in(folder: Path) -> list[Act]:
    """The acts of a folder, oldest first."""
    try:
        return [Act(path) for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except FileNotFoundError:
        return []


def replayed(acts: Sequence[Act]) -> dict[str, Correction]:
    """The corrections that acts lead to, by id."""
    known: dict[str, Correction] = {}
    for act in acts:
        if act.is_addition:
            known |= {each.id: each for each in act.additions()}
        else:
            known = changed(known, act.changes())
    return known


def changed(known: Mapping[str, Correction], changes: Changes) -> dict[str, Correction]:
    return {
        id: Correction(**asdict(each) | {"label": changes.get(id, each.label)})
        for id, each in known.items()
        if changes.get(id, each.label) is not None
    }


def next_name(acts: Sequence[Act]) -> str:
    """A name after all others; its second part keeps an undone act's ids from coming again."""
    last = int(acts[-1].path.name.partition("-")[0]) if acts else 0
    return f"{last + 1:08d}-{secrets.token_hex(4)}"


@contextmanager
def staged(home: Path, drafts: Sequence[Draft]) -> Iterator[Path]:
    """A folder in `home` with all of an addition but its facts; gone when the block ends, unless moved."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=FRESH, dir=home))
    try:
        for index, draft in enumerate(drafts):
            (folder / picture_name(index)).write_bytes(png(draft.picture))
            (folder / glyph_name(index)).write_bytes(png(draft.glyph))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def add(stage: Path, drafts: Sequence[Draft], folder: Path, acts: Sequence[Act]) -> list[Correction]:
    """Makes a staged addition the last act of a folder."""
    name, now = next_name(acts), time.time()
    added = [
        Correction(f"{name}-{index}", each.label, each.read, each.confidence, each.checkpoint, now)
        for index, each in enumerate(drafts)
    ]
    write_json(stage / FACTS, [asdict(each) for each in added])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stage.rename(folder / name)
    return added


def change(changes: Changes, folder: Path, acts: Sequence[Act]) -> None:
    """Makes a change the last act of a folder."""
    write_json(folder / f"{next_name(acts)}.json", dict(changes))


def withdraw(act: Act, home: Path) -> None:
    """Takes an act back."""
    if act.is_addition:
        remove_whole(act.path, home)
    else:
        act.path.unlink()


def settle(acts: Sequence[Act], home: Path, undoable: int = UNDOABLE) -> None:
    """Makes changes for good, but the last `undoable` acts; a fault in the middle changes nothing seen."""
    old = acts[: len(acts) - undoable] if undoable else acts
    for number, act in enumerate(old):
        if not act.is_addition:
            for addition in (each for each in old[:number] if each.is_addition and each.path.exists()):
                _rewrite(addition, act.changes(), home)
            act.path.unlink()


def _rewrite(addition: Act, changes: Changes, home: Path) -> None:
    before = {each.id: each for each in addition.additions()}
    if not before.keys() & changes.keys():
        return
    after = changed(before, changes)
    if not after:
        remove_whole(addition.path, home)
        return
    write_json(addition.path / FACTS, [asdict(each) for each in after.values()])
    for id in before.keys() - after.keys():
        picture_path(addition.path.parent, id).unlink(missing_ok=True)
        glyph_path(addition.path.parent, id).unlink(missing_ok=True)


def remove_whole(folder: Path, home: Path) -> None:
    """Removes a folder: at once from everyone's sight, then from the disk."""
    gone = home / f"{GONE}{secrets.token_hex(8)}"
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def picture_name(index: int | str) -> str:
    return f"{index}.png"


def glyph_name(index: int | str) -> str:
    return f"{index}.glyph.png"


def picture_path(folder: Path, id: str) -> Path:
    """Where a correction's picture lies below the folder of acts."""
    name, _, index = id.rpartition("-")
    return folder / name / picture_name(index)


def glyph_path(folder: Path, id: str) -> Path:
    """Where a correction's glyph lies below the folder of acts."""
    name, _, index = id.rpartition("-")
    return folder / name / glyph_name(index)


def bytes_below(folder: Path) -> int:
    """What a folder takes on the disk, in whole blocks."""
    total = 0
    for root, folders, files in os.walk(folder):
        total += BLOCK * len(folders)
        for name in files:
            try:
                size = (Path(root) / name).stat().st_size
            except FileNotFoundError:  # removed meanwhile
                continue
            total += -(-size // BLOCK) * BLOCK
    return total
