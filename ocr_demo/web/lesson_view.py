"""A person's corrections as the page's gallery shows them: plain data, made without Gradio."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from ocr_demo.characters import ALPHABETS
from ocr_demo.teaching import Collection, Correction
from ocr_demo.teaching.own import BROUGHT, TAUGHT
from ocr_demo.web.answer import data_url
from ocr_demo.web.words import Words

NO_CHARACTER = "?"
"""Stands at what was taken for none."""
ORDER = {label: index for index, label in enumerate(sum((each.labels for each in ALPHABETS.values()), ()))}


def view(collection: Collection, words: Words) -> dict[str, Any]:
    """What there is, by label."""
    known = sorted(collection.with_files(collection.glyph), key=lambda each: ORDER[each[0].label])
    return {
        "groups": [
            {"label": label, "items": [_item(each, glyph, words) for each, glyph in some]}
            for label, some in groupby(known, key=lambda each: each[0].label)
        ],
        "summary": summary([each for each, _ in known], words),
        "undoable": collection.undoable,
        "empty": not known,
    }


def summary(corrections: Sequence[Correction], words: Words) -> str:
    """How many there are, in words."""
    if not corrections:
        return words("none yet")
    if misread := sum(each.misread for each in corrections):
        return words("{count:,}, {misread:,} misread", count=len(corrections), misread=misread)
    return f"{len(corrections):,}"


def reading_in_words(correction: Correction, words: Words) -> str:
    """What a correction was read as."""
    reader = _named(correction.checkpoint or "", words)
    if correction.read is None:
        return words("taken for no character by {reader}", reader=reader)
    share = correction.confidence or 0
    return words("read as {read} ({share:.0%}) by {reader}", read=correction.read, share=share, reader=reader)


def _named(checkpoint: str, words: Words) -> str:
    """A checkpoint's name; one's own has words in it."""
    if checkpoint == BROUGHT:
        return words(BROUGHT)
    called = checkpoint.removesuffix(TAUGHT.format(called=""))
    return checkpoint if called == checkpoint else words(TAUGHT, called=called)


def _item(correction: Correction, glyph: bytes, words: Words) -> dict[str, Any]:
    return {
        "id": correction.id,
        "label": correction.label,
        "glyph": data_url(glyph),
        "read": reading_in_words(correction, words),
        "wrong": "" if correction.is_right else correction.read or NO_CHARACTER,
    }
