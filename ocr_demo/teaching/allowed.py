"""Sources that the owner lets visitors learn from: loaded once, as the app starts."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from ocr_demo.characters import Alphabet
from ocr_demo.datasets import load_glyphs, refuse_weights, source_of
from ocr_demo.errors import DataError, OptionError
from ocr_demo.teaching.samples import Samples, check_count

Allowed = Mapping[Alphabet, Samples]
"""What a source has of each alphabet that it has something of."""

log = logging.getLogger(__name__)


def load_allowed(specs: Sequence[str], alphabets: Iterable[Alphabet]) -> dict[str, Allowed]:
    """The sources by their specs; an `OptionError` tells which can't be learnt in any of the alphabets."""
    refuse_weights(specs, "sources")
    different = dict.fromkeys(alphabets) if specs else {}  # to ask for them reads every checkpoint
    return {spec: _loaded(spec, different) for spec in specs}


def _loaded(spec: str, alphabets: Iterable[Alphabet]) -> Allowed:
    loaded: dict[Alphabet, Samples] = {}
    faults: list[DataError] = []
    for alphabet in alphabets:
        try:
            source = source_of(spec, alphabet, "training")
            check_count(source.plan().total)  # before all of them are decoded
            found = load_glyphs(spec, alphabet, source=source, progress=False)
            samples = Samples(found.glyphs, found.labels, spec, found.origin)
            samples.check(alphabet)
        except DataError as fault:
            faults.append(fault)
        else:
            loaded[alphabet] = samples
            log.info("visitors may learn %s: %s", alphabet.name, samples.origin)
    if not loaded:
        told = str(faults[0])
        raise OptionError(f"sources: {told if spec in told else f'{spec}: {told}'}") from faults[0]
    return loaded
