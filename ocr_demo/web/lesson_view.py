"""A person's corrections as the page's gallery shows them: plain data, made without Gradio."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from ocr_demo.characters import ALPHABETS
from ocr_demo.teaching import Collection, Correction
from ocr_demo.web.answer import data_url

ORDER = {label: index for index, label in enumerate(sum((each.labels for each in ALPHABETS.values()), ()))}


def view(collection: Collection) -> dict[str, Any]:
    """What there is, by label."""
    known = sorted(collection.corrections(), key=lambda each: ORDER[each.label])
    return {
        "groups": [
            {"label": label, "items": [_item(collection, each) for each in some]}
            for label, some in groupby(known, key=lambda each: each.label)
        ],
        "summary": summary(known),
        "undoable": collection.undoable,
        "empty": not known,
    }


def summary(corrections: Sequence[Correction]) -> str:
    """How many there are, in words."""
    if not corrections:
        return "none yet"
    misread = sum(each.misread for each in corrections)
    return f"{len(corrections):,}" + (f", {misread:,} misread" if misread else "")


def reading_in_words(correction: Correction) -> str:
    """What a correction was read as."""
    if correction.read is None:
        return "not read yet"
    share = f"{correction.confidence or 0:.0%}"
    return f"read as {correction.read} ({share}) by {correction.checkpoint}"


def _item(collection: Collection, correction: Correction) -> dict[str, Any]:
    return {
        "id": correction.id,
        "label": correction.label,
        "glyph": data_url(collection.glyph(correction.id)),
        "read": reading_in_words(correction),
        "misread": correction.misread,
        "wrong": correction.read if correction.misread else "",
    }
