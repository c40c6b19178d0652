"""Settings of the app: flags first, then `OCR_DEMO_*` variables, then what is written here."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.errors import OptionError


@dataclass(frozen=True)
class Settings:
    """Where the app listens and what it reads with."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for all, as a Space needs."""
    port: int = 7860
    """The port to listen on."""
    checkpoint: str = "latin"
    """What reads at first: a checkpoint's name in `checkpoints`, or a checkpoint's folder."""
    checkpoints: Path = CHECKPOINTS
    """The folder of checkpoints to choose from on the page."""
    max_upload_mb: int = 10
    """Larger pictures are refused, in MB."""
    waiting: int = 64
    """How many uploads may wait for their turn; further ones are told to come back."""

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:  # with 0 nobody could tell where the page is
            raise OptionError(f"port must be between 1 and 65535, is {self.port}")
        for name in ("max_upload_mb", "waiting"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name} must be at least 1, is {getattr(self, name)}")


def parse_settings(arguments: Sequence[str] | None = None) -> Settings:
    """The settings of this process; an `OptionError` names an option whose value can't be.

    On a Hugging Face Space, known by `SPACE_ID`, the address defaults to all interfaces.
    """
    import tyro  # only the entry points parse

    description = "Reads a single character, live, while the pen still moves."
    return tyro.cli(
        Settings, args=arguments, default=_from_environment(), prog="app.py", description=description
    )


def _from_environment() -> Settings:
    given: dict[str, Any] = {"host": "0.0.0.0"} if os.environ.get("SPACE_ID") else {}
    for setting in fields(Settings):
        kind: Any = type(setting.default)
        variable = f"OCR_DEMO_{setting.name.upper()}"
        if value := os.environ.get(variable):
            try:
                given[setting.name] = kind(value)
            except ValueError as error:
                raise OptionError(f"{variable} can't be {value!r}: {error}") from error
    return Settings(**given)
