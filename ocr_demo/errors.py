"""Everything that can go wrong for a reason the user can mend."""

import errno
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # these take time to import, and who reads characters never needs them
    from pydantic import ValidationError

    from ocr_demo.teaching.verdict import Compared


class OcrDemoError(Exception):
    """The root; its message says what is wrong and what to do."""

    def __init__(self, message: str, **parts: object) -> None:
        """`parts` are what stands in the message's braces; what a person of the page can meet has them.

        So the page can say it in another language, and texts, errors and lists of errors among the parts too.
        """
        super().__init__(message)
        self.parts = parts

    def __str__(self) -> str:
        return self.said(str)

    def said(self, translated: Callable[[str], str]) -> str:
        """The message with its parts, all in the language that `translated` puts messages into."""
        message = translated(self.args[0])
        parts = {name: _said(part, translated) for name, part in self.parts.items()}
        return message.format(**parts) if parts else message

    def as_json(self) -> dict[str, Any]:
        """The message and its parts as plain data, of which `error_of` makes what says the same."""
        return {"message": self.args[0], "parts": {name: _plain(part) for name, part in self.parts.items()}}


def error_of(told: dict[str, Any]) -> OcrDemoError:
    """What says what an error said, of its `as_json`."""
    return OcrDemoError(told["message"], **{name: _unplain(part) for name, part in told["parts"].items()})


def _plain(part: object) -> object:
    if isinstance(part, OcrDemoError):
        return part.as_json()
    if isinstance(part, list):
        return [_plain(each) for each in part]
    return part if isinstance(part, int | float) else str(part)


def _unplain(part: object) -> object:
    if isinstance(part, list):
        return [_unplain(each) for each in part]
    return error_of(part) if isinstance(part, dict) else part


def _said(part: object, translated: Callable[[str], str]) -> object:
    if isinstance(part, OcrDemoError):
        return part.said(translated)
    if isinstance(part, str):
        return translated(part)
    if isinstance(part, list):
        return translated("; ").join(str(_said(each, translated)) for each in part)
    return part


def misfits(error: "ValidationError") -> list[str]:
    """Each field that isn't what its type says, and why."""
    return [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in error.errors()]


class OptionError(OcrDemoError):
    """An option's value is unknown, or contradicts another; the message names it."""


class PictureError(OcrDemoError):
    """The bytes are no picture that can be read: not an image, truncated, or too large."""


class PictureTooLargeError(PictureError):
    """A picture of more bytes or pixels than are taken."""


class PictureFileError(PictureError):
    """A picture's file can't be opened or read; what is in it may be whole."""


class DataError(OcrDemoError):
    """A source of labelled images can't be used as it stands."""


class SpecError(DataError, OptionError):
    """What is written for a source names none; the message tells what to write."""


class CheckpointError(OcrDemoError):
    """A checkpoint folder is missing, incomplete, or breaks its contract."""


class UnknownCheckpointError(CheckpointError, OptionError):
    """There is no checkpoint of that name; the message lists the choices."""


class PromotionError(OcrDemoError):
    """A checkpoint can't be promoted, or there is none to roll back to."""


class RefusedError(PromotionError):
    """A candidate is no better than what is served; the message tells the figures at fault."""

    def __init__(self, message: str, figures: Sequence["Compared"] = (), **parts: object) -> None:
        """`figures` are all that was measured."""
        super().__init__(message, **parts)
        self.figures = tuple(figures)


class CandidateError(PromotionError):
    """What should be promoted is no checkpoint that can be used; the message names the trouble."""


class OwnerError(OcrDemoError):
    """Only the owner may ask for this, and whoever asks is somebody else."""


class UnknownOwnerError(OwnerError):
    """Only the owner may ask for this, and whoever asks hasn't said who they are."""


class HubError(CheckpointError):
    """The Hugging Face Hub can't be reached, or doesn't give or take what was asked."""


class TeachingError(OcrDemoError):
    """A correction, or a set of them, can't be taken or changed."""


class TryLaterError(OcrDemoError):
    """Nothing is wrong with what was asked, but it can't be done now."""

    def __init__(self, message: str, seconds: int, **parts: object) -> None:
        """`seconds` is how long to wait before asking again."""
        super().__init__(message, **parts)
        self.seconds = seconds


class BusyError(TryLaterError):
    """The app is starting or stopping, or too many are waiting."""


class RateError(TryLaterError):
    """One client has asked for more than its share."""


def is_of_the_system(fault: BaseException) -> bool:
    """Whether a fault says that a file can't be opened or read (now), not that its bytes are broken.

    Decoders raise an `OSError` for broken bytes, too: without a number, or because they lead to no place.
    """
    return isinstance(fault, OSError) and fault.errno not in (None, errno.EINVAL)
