"""What is kept of a promotion in the folder of its version."""

from dataclasses import asdict, dataclass
from pathlib import Path

from ocr_demo.errors import PromotionError, misfits
from ocr_demo.reading.versions import SHIPPED, Versions
from ocr_demo.storage import write_json
from ocr_demo.teaching.verdict import Compared

PROMOTION = "promotion.json"


@dataclass(frozen=True)
class Promotion:
    """How a version came to read."""

    checkpoint: str
    """The name under which it reads."""
    version: str
    replaced: str
    """The version that read before, which a rollback brings back."""
    candidate: str
    """The name of the folder it came from."""
    fingerprint: str
    """Of its weights."""
    by: str
    time: str
    """In UTC, ISO 8601."""
    figures: tuple[Compared, ...]
    run: str = ""
    """The id of the run over HTTP that made it; empty where a command did."""

    def write(self, folder: Path) -> None:
        """Puts it into a version's folder."""
        write_json(folder / PROMOTION, asdict(self))

    @classmethod
    def read(cls, versions: Versions, version: str) -> "Promotion":
        """That of a version; a `PromotionError` where its file is missing or damaged."""
        from pydantic import TypeAdapter, ValidationError  # takes time to import

        path = versions.path(version) / PROMOTION
        try:
            return TypeAdapter(cls).validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            fault = error if isinstance(error, OSError) else misfits(error)[0]
            raise PromotionError(
                "{file} can't be read ({fault}); switch to a version by its name", file=path, fault=fault
            ) from error

    @classmethod
    def find(cls, versions: Versions, version: str) -> "Promotion | None":
        """That of a version; None for what ships, and where its file can't be read."""
        try:
            return None if version == SHIPPED else cls.read(versions, version)
        except PromotionError:
            return None
