"""The promoted versions of a checkpoint, and the pointer to the one that reads."""

import re
from dataclasses import dataclass
from pathlib import Path

from ocr_demo.checkpoint import CONFIG
from ocr_demo.storage import data_home, replaced_file

SHIPPED = "shipped"
"""What reads before anything was promoted, and after all of it was rolled back."""
POINTER = "served"
VERSION = re.compile(r"v([1-9]\d{0,8})")


def promoted_home() -> Path:
    """Where promoted checkpoints lie on this machine."""
    return data_home() / "promoted"


@dataclass(frozen=True)
class Versions:
    """A checkpoint's versions: whole folders that never change, and a file that names the one to read with.

    Every process that reads looks at the file, so that a switch in one is a switch in all.
    """

    name: str
    """The checkpoint's."""
    folder: Path
    """Where the versions lie; need not be there."""
    shipped: Path
    """The checkpoint's folder before anything was promoted."""

    def served(self) -> str:
        """The version that reads; what ships where the file names none that is there."""
        try:
            named = (self.folder / POINTER).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return SHIPPED
        return named if VERSION.fullmatch(named) and (self.path(named) / CONFIG).is_file() else SHIPPED

    def served_folder(self) -> Path:
        return self.path(self.served())

    def path(self, version: str) -> Path:
        """A version's folder."""
        return self.shipped if version == SHIPPED else self.folder / version

    def names(self) -> list[str]:
        """Every version, oldest first, what ships before all."""
        return [SHIPPED, *(f"v{number}" for number in self._numbers())]

    def next(self) -> str:
        """The name of the version after the newest; none is ever used twice unless its folder was removed."""
        return f"v{max(self._numbers(), default=0) + 1}"

    def switch(self, version: str) -> None:
        """Has that version read from now on, in every process: readers see the old one or the new."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with replaced_file(self.folder / POINTER) as partial:
            partial.write_text(f"{version}\n", encoding="ascii")

    def _numbers(self) -> list[int]:
        folders = self.folder.glob(f"v*/{CONFIG}")
        return sorted(int(found[1]) for path in folders if (found := VERSION.fullmatch(path.parent.name)))
