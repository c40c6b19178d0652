"""Everything that can go wrong for a reason the user can mend."""


class OcrDemoError(Exception):
    """The root; its message says what is wrong and what to do."""


class PictureError(OcrDemoError):
    """The bytes are no picture that can be read: not an image, truncated, or too large."""


class DataError(OcrDemoError):
    """A source of labelled images can't be used as it stands."""


class CheckpointError(OcrDemoError):
    """A checkpoint folder is missing, incomplete, or breaks its contract."""


class OptionError(OcrDemoError):
    """An option's value is unknown, or contradicts another; the message names it."""
