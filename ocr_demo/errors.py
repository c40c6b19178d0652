"""Everything that can go wrong for a reason the user can mend."""


class OcrDemoError(Exception):
    """The root; its message says what is wrong and what to do."""


class PictureError(OcrDemoError):
    """The bytes are no picture that can be read: not an image, truncated, or too large."""


class PictureTooLargeError(PictureError):
    """A picture of more bytes or pixels than are taken."""


class DataError(OcrDemoError):
    """A source of labelled images can't be used as it stands."""


class CheckpointError(OcrDemoError):
    """A checkpoint folder is missing, incomplete, or breaks its contract."""


class UnknownCheckpointError(CheckpointError):
    """There is no checkpoint of that name; the message lists the choices."""


class PromotionError(OcrDemoError):
    """A checkpoint can't be promoted, or there is none to roll back to."""


class RefusedError(PromotionError):
    """A candidate is no better than what is served; the message tells the figures."""


class CandidateError(PromotionError):
    """What should be promoted is no checkpoint that can be used; the message names the trouble."""


class HubError(CheckpointError):
    """The Hugging Face Hub can't be reached, or doesn't give or take what was asked."""


class TeachingError(OcrDemoError):
    """A correction, or a set of them, can't be taken or changed."""


class TryLaterError(OcrDemoError):
    """Nothing is wrong with what was asked, but it can't be done now."""

    def __init__(self, message: str, seconds: int) -> None:
        """`seconds` is how long to wait before asking again."""
        super().__init__(message)
        self.seconds = seconds


class BusyError(TryLaterError):
    """The app is starting or stopping, or too many are waiting."""


class RateError(TryLaterError):
    """One client has asked for more than its share."""


class OptionError(OcrDemoError):
    """An option's value is unknown, or contradicts another; the message names it."""
