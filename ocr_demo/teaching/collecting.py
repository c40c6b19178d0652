"""Copies of corrections for retraining, of those who agreed where the owner asks: here, and on the Hub."""

import logging
import shutil
from contextlib import nullcontext
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ocr_demo.storage import replaced_file, write_json
from ocr_demo.teaching.correction import Correction
from ocr_demo.teaching.corrections import Collection

if TYPE_CHECKING:
    from huggingface_hub import CommitScheduler

MINUTES = 5
"""Between two commits to the Hub."""
CONSENT = "consent"
log = logging.getLogger(__name__)


class Collecting:
    """Keeps a folder of class folders like the corrections of those who agreed: `writer/7/id.png`.

    Beside each picture lies a JSON file with its correction; `writer` tells people apart, not who they are.
    """

    def __init__(self, folder: Path, repository: str = "") -> None:
        """`repository`, if any, is the data set on the Hugging Face Hub that the folder is pushed to."""
        self.folder, self._repository = folder, repository
        self._scheduler: CommitScheduler | None = None

    def start(self) -> None:
        """Begins to push to the Hub; where it can't, the log says why, and the folder alone is kept."""
        if not self._repository:
            return
        from huggingface_hub import CommitScheduler

        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._scheduler = CommitScheduler(
                repo_id=self._repository,
                repo_type="dataset",
                folder_path=self.folder,
                every=MINUTES,
                private=True,
            )
        except Exception as error:  # whatever its HTTP client raises: the page must not need the Hub
            log.warning("corrections are not pushed to %s, only kept here: %s", self._repository, error)

    def stop(self) -> None:
        """Pushes what there is, and no more after that."""
        if self._scheduler:
            try:
                self._scheduler.trigger().result()
            except Exception as error:
                log.warning("the last corrections are not pushed to %s: %s", self._repository, error)
            self._scheduler.stop()

    def copy(self, collection: Collection) -> None:
        """Makes a person's copies like their corrections; there are none of those who don't agree."""
        agreed = consents(collection.folder)
        wanted = {_name(each): each for each in collection.corrections()} if agreed else {}
        folder = self.folder / writer(collection.folder.name)
        with self._scheduler.lock if self._scheduler else nullcontext():
            for path in folder.glob("*/*.png"):
                if path.relative_to(folder).as_posix() not in wanted:
                    path.unlink()
                    path.with_suffix(".json").unlink(missing_ok=True)
            for name, correction in wanted.items():
                if not (folder / name).exists():
                    _write(folder / name, correction, collection.picture(correction.id))

    def forget(self, id: str) -> None:
        """Removes a person's copies."""
        with self._scheduler.lock if self._scheduler else nullcontext():
            shutil.rmtree(self.folder / writer(id), ignore_errors=True)


def writer(id: str) -> str:
    """Tells one person's copies from another's; their id can't be had from it."""
    return sha256(id.encode()).hexdigest()[:16]


def consents(folder: Path) -> bool:
    """Whether the person whose folder it is has agreed."""
    return (folder / CONSENT).exists()


def set_consent(folder: Path, agrees: bool) -> None:
    """Keeps what a person said in their folder."""
    if agrees:
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / CONSENT).touch()
    else:
        (folder / CONSENT).unlink(missing_ok=True)


def _name(correction: Correction) -> str:
    return f"{correction.label}/{correction.id}.png"


def _write(path: Path, correction: Correction, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path.with_suffix(".json"), asdict(correction))
    with replaced_file(path) as partial:  # last: where the picture is, so is all else
        partial.write_bytes(picture)
