"""Teaches without end and says what was confirmed, until it is killed: `python -m tests.teaching.teacher`."""

import json
import sys
from pathlib import Path

from ocr_demo.characters import ALPHABETS
from ocr_demo.pictures import MAX_PIXELS
from ocr_demo.teaching import Collection
from ocr_demo.teaching.packing import drafts_of_archive
from tests.teaching.helpers import draft, people

BROUGHT = 8
"""Pictures in the archive that is imported again and again."""


def main(home: Path, id: str, archive: Path) -> None:
    """Adds, imports, changes and deletes; after each act prints every correction there should be."""
    mine = people(home).collection(id)
    say(mine)
    while True:
        mine.add([draft("7")])
        say(mine)
        mine.add(drafts_of_archive(archive, ALPHABETS["latin"], MAX_PIXELS, most=BROUGHT))
        say(mine)
        mine.relabel([mine.corrections()[-1].id], "Z")
        say(mine)
        mine.remove([each.id for each in mine.corrections()][:BROUGHT])
        say(mine)


def say(mine: Collection) -> None:
    print(json.dumps({each.id: each.label for each in mine.corrections()}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
