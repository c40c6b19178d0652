"""A command line before it is parsed."""

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from ocr_demo.errors import OptionError


def refuse_repeated(arguments: Sequence[str]) -> None:
    """An `OptionError` names an option that is given more than once, of which only the last would count."""
    options = takewhile(lambda argument: argument != "--", arguments)
    flags = (
        argument.partition("=")[0].replace("_", "-") for argument in options if argument.startswith("--")
    )
    names = Counter(flag.replace("--no-", "--", 1) for flag in flags)
    for name, count in names.items():
        if count > 1:
            raise OptionError(
                f"{name}: it is given {count} times; give it once, with several values after it where the "
                "command takes several, or run the command for one after the other"
            )
