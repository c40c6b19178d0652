"""`others:ALPHABET:SPEC`: characters of another alphabet, unlabelled: what a reader should refuse."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ocr_demo.characters import ALPHABETS, UNLABELLED, Alphabet, shared_shapes
from ocr_demo.datasets.arrays import npz_source
from ocr_demo.datasets.emnist import emnist_source
from ocr_demo.datasets.font_sources import fonts_source
from ocr_demo.datasets.source import Chunk, Made, Plan, Request, Source
from ocr_demo.errors import SpecError

KINDS = {"npz": npz_source, "emnist": emnist_source, "fonts": fonts_source}


@dataclass(frozen=True)
class OtherChunk:
    """Another alphabet's characters, without those whose shape may be one of this alphabet's."""

    chunk: Chunk
    left_out: frozenset[int]

    @property
    def size(self) -> int:
        return self.chunk.size

    def make(self) -> Made:
        made = self.chunk.make()
        kept = [index for index, label in enumerate(made.labels) if label not in self.left_out]
        return Made(
            glyphs=made.glyphs[np.array(kept, int)],
            labels=(UNLABELLED,) * len(kept),
            names=tuple(made.names[index] for index in kept),
            broken=made.broken,
        )


def others_source(request: Request) -> Source:
    """The characters of `others:ALPHABET:SPEC`; SPEC is an npz, emnist or fonts source."""
    name, _, spec = request.argument.partition(":")
    kind, _, argument = spec.partition(":")
    if name not in ALPHABETS or name == request.alphabet.name or kind not in KINDS:
        raise SpecError(
            f"others:{request.argument}: write others:ALPHABET:SPEC with an alphabet other than "
            f"{request.alphabet.name} of {', '.join(ALPHABETS)}, and a source that is {', '.join(KINDS)}"
        )
    other = ALPHABETS[name]
    source = KINDS[kind](replace(request, argument=argument, alphabet=other))
    return Source(
        description=f"of the alphabet {name}: {source.description}",
        fingerprint=(kind, other.labels, *source.fingerprint),
        plan=lambda: others_plan(source, other, request.alphabet),
    )


def others_plan(source: Source, other: Alphabet, alphabet: Alphabet) -> Plan:
    """The source's chunks, each without the labels that both alphabets' hands draw alike."""
    plan = source.plan()
    left_out = frozenset(other.index(label) for label in shared_shapes(other, alphabet))

    def other_chunks() -> Iterator[OtherChunk]:
        for chunk in plan.chunks:
            yield OtherChunk(chunk, left_out)

    return replace(plan, chunks=other_chunks())
