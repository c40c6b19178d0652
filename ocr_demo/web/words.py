"""The page's words: written in English where they are said, and in other languages in `locales/`."""

import gettext
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ocr_demo.errors import OcrDemoError

LOCALES = Path(__file__).parent / "locales"
MARKED = re.compile(r"\[\[(.+?)\]\]")
"""A text in our HTML and JavaScript."""


@dataclass(frozen=True)
class Words:
    """What the page says, in one language."""

    language: str
    path: str = "/"
    """Where its page is."""
    alphabet: str = ""
    """The one that its readers write, where that isn't what usually reads."""
    translations: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)

    def __call__(self, text: str, **parts: object) -> str:
        """A text, with its parts in the place of their names in braces."""
        known = self.translations.gettext(text) if text else ""  # of "" gettext gives the file's header
        return known.format(**parts) if parts else known

    def count(self, one: str, many: str, count: float) -> str:
        """A text that has a number, `count`, in it, in the form that fits the number."""
        return self.translations.ngettext(one, many, ceil(count)).format(count=count)

    def message(self, error: OcrDemoError) -> str:
        """What an error says."""
        return error.said(self)

    def sentence(self, error: OcrDemoError) -> str:
        """What an error says, as the page says it."""
        message = self.message(error)
        return f"{message[:1].upper()}{message[1:]}."

    def files(self, *paths: Path) -> str:
        """HTML or JavaScript of ours, one after the other, with the texts that are marked in it."""
        return "\n".join(self.fill(path.read_text(encoding="utf-8")) for path in paths)

    def fill(self, template: str) -> str:
        """A template with the texts that stand in it in double square brackets."""
        return MARKED.sub(lambda marked: self(marked[1]), template)

    @property
    def prefix(self) -> str:
        """What the paths of all that belongs to its page begin with."""
        return self.path[:-1]

    @property
    def name(self) -> str:
        """The language's name in itself."""
        return str(Locale(self.language).get_display_name())

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """How it is written."""
        return "rtl" if Locale(self.language).text_direction == "rtl" else "ltr"


def translated(language: str, alphabet: str = "") -> Words:
    """The words of a language other than English, and the alphabet that its readers write."""
    catalogue, compiled = BytesIO((LOCALES / f"{language}.po").read_bytes()), BytesIO()
    write_mo(compiled, read_po(catalogue, language))
    compiled.seek(0)
    return Words(language, f"/{language}/", alphabet, gettext.GNUTranslations(compiled))


ENGLISH = Words("en")
LANGUAGES: Sequence[Words] = (ENGLISH, translated("ar", "arabic"))
"""Numbers are written 0-9 in Arabic, too, as CLDR has it where no country is named: they stand beside labels
that are such digits."""
