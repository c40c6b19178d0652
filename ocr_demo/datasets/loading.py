"""From a spec on the command line to glyphs with labels."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ocr_demo.characters import UNLABELLED, Alphabet
from ocr_demo.datasets.arrays import npz_source
from ocr_demo.datasets.cache import (
    Stored,
    cache_key,
    held_lock,
    preprocessing_code,
    read_stored,
    remove_unused,
    write_stored,
)
from ocr_demo.datasets.clutter_source import clutter_source
from ocr_demo.datasets.drawings import drawings_source
from ocr_demo.datasets.emnist import emnist_source
from ocr_demo.datasets.folder import folder_source, looked_up
from ocr_demo.datasets.font_sources import fonts_source, scenes_source
from ocr_demo.datasets.marred import marred_source
from ocr_demo.datasets.other_sources import others_source
from ocr_demo.datasets.script_sources import scripts_source
from ocr_demo.datasets.source import Made, Request, Source, Split
from ocr_demo.datasets.workers import make_all
from ocr_demo.errors import DataError, OptionError, SpecError
from ocr_demo.storage import data_home, printable

SOURCES: dict[str, Callable[[Request], Source]] = {
    "folder": folder_source,
    "npz": npz_source,
    "emnist": emnist_source,
    "drawings": drawings_source,
    "marred": marred_source,
    "fonts": fonts_source,
    "scenes": scenes_source,
    "scripts": scripts_source,
    "others": others_source,
    "clutter": clutter_source,
}
WEIGHT = re.compile(r"@(\d+(?:\.\d*)?|\.\d+)$")
BROKEN_SHOWN = 5


@dataclass(frozen=True)
class GlyphSet:
    """The glyphs of a source."""

    glyphs: NDArray[np.uint8]
    """(N, 64, 64), memory-mapped, read-only."""
    labels: NDArray[np.int64]
    """(N,): indices in the alphabet; -1 where the source has no classes."""
    names: list[str]
    """One per glyph, to point at an image in a report; a rendered character's name ends with it."""
    source: str
    """The spec as given, printable."""
    origin: str
    """What it is, how many and from where, in one line for people."""
    broken: tuple[str, ...] = ()
    """What could not be read, each with its reason."""
    ignored: str = ""
    """What was left aside on purpose, in words; empty if nothing was."""
    groups: list[str] | None = None
    """One per glyph: those of a group are alike, and go to one side of a split together."""
    identity: tuple[object, ...] = ()
    """Its source's kind and fingerprint: the same however the spec is written."""
    base: tuple[object, ...] = ()
    """The identity of the set from whose images these are made; `groups` names the image of each."""
    validates: bool = True
    """Whether a training may keep images of it for validation."""

    def __len__(self) -> int:
        return len(self.labels)


def parse_spec(spec: str) -> tuple[str, float]:
    """A source's spec without its weight, and the weight: how often an epoch draws each image, by default 1.

    "folder:PATH@0.5" draws half of PATH's images in each epoch. A path that itself ends in @NUMBER is taken
    whole where there is one of that name, and can be written with a weight after it.
    """
    match = WEIGHT.search(spec)
    if match is None or ends_in_path(spec):
        return spec, 1.0
    weight = float(match[1])
    if weight == 0:
        raise SpecError(f"{spec}: a weight of 0 draws nothing; leave this source out")
    return spec[: match.start()], weight


def refuse_weights(specs: Iterable[str], command: str) -> None:
    """An `OptionError` names a spec whose weight the command would pass over."""
    for spec in specs:
        if (bare := parse_spec(spec)[0]) != spec:
            raise OptionError(f"{command}: {spec}: weights are for train.py; give {bare}")


def ends_in_path(spec: str) -> bool:
    """Whether a path that there is follows one of the spec's colons."""
    parts = spec.split(":")
    return any(looked_up(":".join(parts[start:])) for start in range(1, len(parts)))


def load_glyphs(
    spec: str,
    alphabet: Alphabet,
    *,
    split: Split = "training",
    source: Source | None = None,
    cache: Path | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> GlyphSet:
    """The glyphs of a source, from the cache or made now on `workers` processes (all cores if None).

    `source` is what `usable_sources` gave for the spec, where it was asked: a folder of many files takes long
    to look through. `cache` is a folder, by default below the data folder. A `DataError` says why a source
    can't be used; single files that can't be read are named in `broken`, and on stderr.
    """
    source = source or source_of(spec, alphabet, split)
    folder = cache or data_home() / "cache"
    key = cache_key(
        kind_of(spec), source.fingerprint, alphabet.name, alphabet.labels, split, preprocessing_code()
    )
    stored = read_stored(folder / key) or make_and_store(source, folder, key, workers, progress)
    if not len(stored.labels):
        raise DataError(f"{spec}: nothing in it can be read: {shown(stored.facts.broken)}")
    if stored.facts.broken and progress:
        tqdm.write(f"warning: {spec}: left out {shown(stored.facts.broken)}", file=sys.stderr)
    if stored.facts.ignored and progress:
        tqdm.write(f"{spec}: {stored.facts.ignored}", file=sys.stderr)
    origin = origin_of(source, stored)
    names, broken = stored.facts.names, tuple(stored.facts.broken)
    groups = [source.group(name) for name in names] if source.group else None
    return GlyphSet(
        stored.glyphs,
        stored.labels,
        names,
        printable(spec),
        printable(origin),
        broken,
        stored.facts.ignored,
        groups,
        identity_of(spec, source),
        source.base,
        source.validates,
    )


def usable_sources(data: Sequence[str], further: Sequence[str], alphabet: Alphabet) -> dict[str, Source]:
    """The training sources that specs name; a `DataError` tells, before any is made, which can't be used.

    What `data` has that is made from another source's images needs that source in `data`, too.
    """
    sources = {spec: source_of(spec, alphabet, "training") for spec in [*data, *further]}
    identities = {identity_of(spec, sources[spec]) for spec in data}
    for spec in data:
        if (base := sources[spec].base) and base not in identities:
            raise lacks_base(spec)
    return sources


def lacks_base(spec: str) -> DataError:
    """What there is to say where images are to be split, and those they are made from are not there."""
    return DataError(
        f"{spec}: give --data {parse_spec(spec)[0].partition(':')[2]} too, so that no image is trained on "
        "here and validated on there"
    )


def identity_of(spec: str, source: Source) -> tuple[object, ...]:
    """The same for a source however its spec is written."""
    return (kind_of(spec), *source.fingerprint)


def kind_of(spec: str) -> str:
    """The kind of source that a spec names, which may have nothing but a weight after it."""
    return parse_spec(spec)[0].partition(":")[0]


def source_of(spec: str, alphabet: Alphabet, split: Split) -> Source:
    """The source that a spec names; a `SpecError` lists the kinds."""
    bare, _ = parse_spec(spec)
    kind, _, argument = bare.partition(":")
    if kind not in SOURCES:
        hint = f"; did you mean folder:{bare}?" if looked_up(bare) else ""
        raise SpecError(
            f"unknown source {spec!r}; choose from {', '.join(f'{name}:' for name in SOURCES)}{hint}"
        )
    return SOURCES[kind](Request(argument, alphabet, split, data_home()))


def make_and_store(source: Source, cache: Path, key: str, workers: int | None, progress: bool) -> Stored:
    """Makes a source's glyphs and keeps them; another process that is at it already is waited for."""
    with held_lock(cache, key):
        if stored := read_stored(cache / key):
            return stored
        plan = source.plan()
        made = make_all(plan, workers, label=source.description, progress=progress)
        stored = read_stored(write_stored(cache, key, told_apart(made, source), plan.ignored))
    remove_unused(cache)
    if stored is None:
        raise DataError(f"{cache / key} was damaged as soon as it was written; is the disk sound?")
    return stored


def told_apart(made: Iterable[Made], source: Source) -> Iterator[Made]:
    """What comes; a fault of the system in reading it is one of the source's, not of the cache's."""
    try:
        yield from made
    except OSError as fault:
        raise DataError(
            f"{source.description} can't be read ({fault}); nothing of it was kept: try again"
        ) from fault


def origin_of(source: Source, stored: Stored) -> str:
    """One line for reports and model cards."""
    classes = np.unique(stored.labels[stored.labels != UNLABELLED])
    parts = [f"{source.description}: {len(stored.labels):,} images"]
    parts[0] += f" of {len(classes)} classes" if len(classes) else " without classes"
    if stored.facts.broken:
        parts.append(f"{len(stored.facts.broken):,} left out")
    return ", ".join([*parts, *filter(None, [stored.facts.ignored])])


def shown(broken: list[str]) -> str:
    """The first few of what was left out."""
    more = f"; and {len(broken) - BROKEN_SHOWN:,} more" if len(broken) > BROKEN_SHOWN else ""
    return f"{len(broken):,}: " + "; ".join(broken[:BROKEN_SHOWN]) + more
