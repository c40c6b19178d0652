"""Corrections as a ZIP of class folders, and back: what comes from outside is taken whole or not at all."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from PIL import Image

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.datasets.layout import read_layout, without_split
from ocr_demo.errors import DataError, PictureError, TeachingError
from ocr_demo.pictures import FORMATS
from ocr_demo.preprocess import to_glyph
from ocr_demo.reading import Predictor
from ocr_demo.teaching.correction import Draft, bounded, png
from ocr_demo.teaching.corrections import Collection
from ocr_demo.teaching.unpacking import Member, members_of

MOST_PIXELS = 200_000_000
"""Of all pictures that come at once: some seconds of decoding."""
ARCHIVE = "the archive"
"""What is brought, as errors call it."""
NAMED = 5
"""So many of what is wrong are named."""


def packed(collection: Collection, alphabet: Alphabet) -> bytes:
    """A ZIP that `folder:` takes as it is; a `TeachingError` where there is nothing of that alphabet."""
    known = collection.with_files(collection.picture, alphabet)
    if not known:
        raise TeachingError("there are no corrections to export yet")
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:  # PNGs are compressed already
        for each, picture in known:
            archive.writestr(f"{each.label}/{each.id}.png", picture)
    return buffer.getvalue()


def drafts_of_archive(path: Path, alphabet: Alphabet, max_pixels: int, most: int) -> list[Draft]:
    """The pictures of a ZIP or tar of class folders, at most `most`.

    A `TeachingError` names what is wrong: paths that lead outside, links, bombs, folders that are no label,
    pictures that can't be read.
    """
    members = members_of(path)
    try:
        paths = [without_split(each.name) for each in members]
        layout = read_layout(paths, alphabet, "training", where=ARCHIVE)
    except DataError as error:
        raise TeachingError("{error}", error=error) from error
    if UNLABELLED in layout.labels:
        raise TeachingError(
            "the archive has no class folders; put its pictures into folders {one}, {other} …",
            one=alphabet.labels[0],
            other=alphabet.labels[1],
        )
    chosen = [members[index] for index in layout.indices]
    return _drafts(chosen, [alphabet.labels[index] for index in layout.labels], max_pixels, most)


def drafts_of_pictures(pictures: Sequence[Member], label: str, max_pixels: int, most: int) -> list[Draft]:
    """Pictures that all show one label; a `TeachingError` names those that can't be read."""
    return _drafts(pictures, [label] * len(pictures), max_pixels, most)


def read_by(drafts: Sequence[Draft], predictor: Predictor, checkpoint: str) -> list[Draft]:
    """The drafts with what the checkpoint of that name reads in each."""
    if not drafts:
        return []
    predictions = predictor.predict_glyphs(np.stack([each.glyph for each in drafts]))
    return [draft.read_by(each, checkpoint) for draft, each in zip(drafts, predictions, strict=True)]


def new_among(drafts: Sequence[Draft], collection: Collection) -> list[Draft]:
    """Those of the drafts that the collection has not got with their label, each once."""
    known = {(each.label, picture) for each, picture in collection.with_files(collection.picture)}
    fresh = {(each.label, png(each.picture)): each for each in drafts}
    return [each for key, each in fresh.items() if key not in known]


def _drafts(pictures: Sequence[Member], labels: Iterable[str], max_pixels: int, most: int) -> list[Draft]:
    if len(pictures) > most:
        raise TeachingError(
            "{count:,} pictures are too many; bring at most {most:,} at once", count=len(pictures), most=most
        )
    drafts, wrong, left = [], [], MOST_PIXELS
    for picture, label in zip(pictures, labels, strict=True):
        try:
            left -= _pixels(picture.content, min(max_pixels, left))
            drafts.append(Draft(bounded(picture.content), to_glyph(picture.content), label))
        except (PictureError, TeachingError) as error:
            wrong.append(TeachingError("{name}: {error}", name=picture.name, error=error))
            if len(wrong) == NAMED:
                break
    if wrong:
        raise TeachingError("nothing was taken, for some can't be read: {wrong}", wrong=wrong)
    return drafts


def _pixels(content: bytes, most: int) -> int:
    """How many pixels a picture says it has; a `PictureError` where those are too many, or it is none."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            pixels = image.width * image.height
    except Exception as error:  # as in `grey_plane`: decoders raise whatever broken bytes lead them into
        raise PictureError("this is no picture") from error
    if pixels > most:
        raise PictureError("it has too many pixels, with those before it; make them smaller")
    return pixels
