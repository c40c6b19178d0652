"""What people make of the readings of two checkpoints, and whether the difference is more than chance."""

import json
import logging
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judged:
    """How often people found one checkpoint's reading right, and how often they corrected it."""

    agreed: int = 0
    corrected: int = 0

    @property
    def count(self) -> int:
        return self.agreed + self.corrected

    @property
    def agreement(self) -> float | None:
        """The share of readings found right, 0..1; None where none was judged."""
        return self.agreed / self.count if self.count else None


class Judgements:
    """A line in a file for each judgement, which several processes may write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, checkpoint: str, agreed: bool) -> None:
        """Keeps one; where the disk takes no more the log says so, and nobody's correction fails for it."""
        line = json.dumps({"checkpoint": checkpoint, "agreed": agreed, "time": round(time.time())})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")  # less than a page: written at once, not in pieces
        except OSError as error:
            log.warning("a judgement was not kept: %s", error)

    def of(self, checkpoint: str) -> Judged:
        """What people made of a checkpoint's readings so far."""
        counts = Counter(
            entry["agreed"] for entry in self._entries() if entry.get("checkpoint") == checkpoint
        )
        return Judged(counts[True], counts[False])

    def _entries(self) -> list[dict]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        return [entry for line in lines if (entry := _entry(line))]


def significance(one: Judged, other: Judged) -> float:
    """How likely a difference in agreement as large as theirs is by chance alone, 0..1.

    Fisher's exact test, two-sided. It takes judgements for independent: where a few people give most of them
    the difference is less certain than it says.
    """
    from scipy.stats import fisher_exact  # slow to import, and only the owner asks

    table = [[one.agreed, one.corrected], [other.agreed, other.corrected]]
    return float(fisher_exact(table).pvalue)


def _entry(line: str) -> dict | None:
    """A line's judgement; None for one that was cut off by a full disk or a kill."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("agreed"), bool) else None
