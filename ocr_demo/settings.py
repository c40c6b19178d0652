"""Settings of the app: flags first, then `OCR_DEMO_*` variables, then what is written here."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.errors import OptionError
from ocr_demo.pictures import MAX_PIXELS

LogFormat = Literal["auto", "json", "plain"]
NO_LIMIT = "none"
USUAL = "latin"
"""The checkpoint that reads where none is named."""
MOST_MEGAPIXELS = MAX_PIXELS // 1_000_000
MOST_HOURS = 10_000
"""Browsers keep no cookie longer than 400 days."""
AT_LEAST_1 = (
    *("max_upload_mb", "max_megapixels", "max_batch", "max_checkpoint_mb", "waiting", "run_seconds"),
    *("max_corrections", "max_person_mb", "max_teaching_mb"),
)
TRUTHS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
"""How a variable says yes or no."""


@dataclass(frozen=True)
class Settings:
    """Where the app listens and what it reads with."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for all, as a Space needs."""
    port: int = 7860
    """The port to listen on."""
    checkpoint: str = ""
    """What reads at first: a checkpoint's name in `checkpoints`, any (the one that knows the picture best), a
    checkpoint's folder, or hub:OWNER/NAME. Where none is named, latin, and on the Arabic page arabic."""
    checkpoints: Path = CHECKPOINTS
    """The folder of checkpoints to choose from on the page."""
    max_upload_mb: int = 10
    """Larger pictures are refused, in MiB."""
    max_megapixels: int = MOST_MEGAPIXELS
    """Pictures of more pixels are refused, in millions; Pillow's own guard stands at 50."""
    max_batch: int = 64
    """How many pictures one call may bring; together of at most ten times `max_upload_mb`."""
    max_checkpoint_mb: int = 64
    """Larger checkpoints that the owner sends are refused, in MiB, packed and unpacked."""
    waiting: int = 256
    """How many pictures may wait for their turn; further ones are told to come back."""
    rate_limit: str = "1200/minute"
    """How many pictures one client may have read by the API, as 10/second or 5000/hour, or none."""
    ab: str = ""
    """CANDIDATE:SHARE has another checkpoint read for that share (0..1) of clients who name none."""
    run_seconds: int = 60
    """How much CPU time a training that a visitor starts may take, beside starting, writing and comparing."""
    sources: str = ""
    """What a visitor's training may learn in place of their corrections: sources on this server, as
    folder:/data/hands,npz:/data/digits.npz, of at most 5,000 images, loaded as the app starts."""
    keep_hours: float = 24.0
    """How long a person's corrections are kept after the last change of them."""
    max_corrections: int = 500
    """How many corrections one person may keep."""
    max_person_mb: int = 32
    """How much of the disk one person's corrections may take, in MiB."""
    max_teaching_mb: int = 1024
    """How much of the disk all people's corrections together may take, in MiB."""
    collect: bool = False
    """Whether to ask people for their corrections, for retraining: of those who agree, copies are kept."""
    collect_to: str = ""
    """The data set on the Hugging Face Hub, OWNER/NAME, that those copies are pushed to as well."""
    origins: str = ""
    """Other sites whose pages may call the API, as https://a.example,https://b.example."""
    log: LogFormat = "auto"
    """How to log: json, plain, or auto for plain on a terminal and json elsewhere."""

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:  # with 0 nobody could tell where the page is
            raise OptionError(f"port must be between 1 and 65535, is {self.port}")
        for name in AT_LEAST_1:
            if getattr(self, name) < 1:
                raise OptionError(f"{name} must be at least 1, is {getattr(self, name)}")
        if self.max_megapixels > MOST_MEGAPIXELS:
            raise OptionError(f"max_megapixels must be at most {MOST_MEGAPIXELS}, is {self.max_megapixels}")
        if not 0 < self.keep_hours <= MOST_HOURS:
            raise OptionError(f"keep_hours must be above 0, at most {MOST_HOURS:,}; is {self.keep_hours:g}")
        if self.collect_to and not self.collect:
            raise OptionError("collect_to says where to push what is collected; set collect, too")
        if self.log not in get_args(LogFormat):
            raise OptionError(f"log must be one of {', '.join(get_args(LogFormat))}, is {self.log!r}")
        _check_rate(self.rate_limit)
        for origin in self.allowed_origins:
            if not re.fullmatch(r"https?://[^/\s*]+", origin):
                raise OptionError(
                    f"origins must be like https://a.example, with commas between; is {origin!r}"
                )

    @property
    def allowed_origins(self) -> list[str]:
        """`origins` one by one."""
        return [each.strip() for each in self.origins.split(",")] if self.origins else []

    @property
    def allowed_sources(self) -> list[str]:
        """`sources` one by one."""
        return [each.strip() for each in self.sources.split(",")] if self.sources else []

    @property
    def max_upload(self) -> int:
        """The most bytes a picture may have."""
        return self.max_upload_mb * 2**20

    @property
    def max_batch_upload(self) -> int:
        """The most bytes a call that brings several pictures may have."""
        return 10 * self.max_upload

    @property
    def max_uploads(self) -> int:
        """The most bytes that all pictures together may have that were uploaded to the page."""
        return 25 * self.max_upload

    @property
    def max_checkpoint(self) -> int:
        """The most bytes a checkpoint that is sent may have."""
        return self.max_checkpoint_mb * 2**20

    @property
    def keep_seconds(self) -> float:
        return self.keep_hours * 3600

    @property
    def max_pixels(self) -> int:
        return self.max_megapixels * 1_000_000


def _check_rate(rate: str) -> None:
    from limits import parse  # only the entry points check

    try:
        if rate != NO_LIMIT:
            parse(rate)
    except ValueError as error:
        raise OptionError(f"rate_limit must be like 20/second, or {NO_LIMIT}; is {rate!r}") from error


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
        kind: Any = _truth if isinstance(setting.default, bool) else type(setting.default)
        variable = f"OCR_DEMO_{setting.name.upper()}"
        if value := os.environ.get(variable):
            try:
                given[setting.name] = kind(value)
            except ValueError as error:
                raise OptionError(f"{variable} can't be {value!r}: {error}") from error
    return Settings(**given)


def _truth(text: str) -> bool:
    if text.lower() not in TRUTHS:
        raise ValueError(f"say one of {', '.join(TRUTHS)}")
    return TRUTHS[text.lower()]
