"""Two checkpoints share the traffic, so that what people make of each can be compared."""

from dataclasses import dataclass
from hashlib import sha256

from ocr_demo.errors import OptionError
from ocr_demo.reading.library import Library


@dataclass(frozen=True)
class Split:
    """Which of two checkpoints, the arms, reads for whom."""

    base: str
    candidate: str
    share: float
    """Of the clients that the candidate reads for, 0..1."""

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.base, self.candidate)))

    def arm(self, client: str) -> str:
        """Who reads for a client: always the same one, on every replica."""
        digest = sha256(f"{self.candidate}\0{client}".encode()).digest()
        return self.candidate if int.from_bytes(digest[:8], "big") < self.share * 2**64 else self.base


def open_split(spec: str, library: Library) -> Split:
    """The split that a setting names, as candidate:0.5; an empty one leaves all to the chosen checkpoint.

    The candidate is a checkpoint's name, a promoted version such as latin@v2, or a checkpoint's folder. An
    `OptionError` or a `CheckpointError` says why it can't be.
    """
    if not spec:
        return Split(library.chosen, library.chosen, 0.0)
    named, _, share = spec.rpartition(":")
    candidate = library.add(named) if named else ""
    if not candidate or candidate == library.chosen:
        raise OptionError(f"ab must be CANDIDATE:SHARE, the candidate another than what reads; is {spec!r}")
    _require_same_alphabet(library, candidate)
    return Split(library.chosen, candidate, _share(share, spec))


def _share(text: str, spec: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise OptionError(f"ab must be CANDIDATE:SHARE with a share from 0 to 1, is {spec!r}")
    return share


def _require_same_alphabet(library: Library, candidate: str) -> None:
    expected, given = (library.checkpoint(name).alphabet.name for name in (library.chosen, candidate))
    if given != expected:
        raise OptionError(
            f"ab: {candidate} reads {given}, {library.chosen} {expected}; compare like with like"
        )
