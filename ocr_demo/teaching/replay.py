"""What a short training goes over again, so that it forgets nothing: rendered characters."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ocr_demo.characters import Alphabet
from ocr_demo.datasets import GlyphSet, load_glyphs
from ocr_demo.errors import DataError
from ocr_demo.teaching.samples import Samples

FONTS = "fonts:matplotlib"
"""Few fonts, but every installation has them, and distortion makes many of them."""
HANDWRITING = f"fonts:{Path(__file__).with_name('handwriting')}"
"""Hands that differ: going over print alone, a checkpoint forgets how people write."""
HELD = 5
"""Of so many characters one is kept back, to see what the training does to what it doesn't go over."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replay:
    """Rendered glyphs (N, 64, 64) `uint8` and their classes (N,): those gone over, and those kept back."""

    glyphs: Tensor
    labels: Tensor
    held_glyphs: Tensor
    held_labels: Tensor
    origin: str


def load_replay(alphabet: Alphabet, home: Path, device: torch.device) -> Replay:
    """Renders an alphabet in a few seconds once, and reads it from the cache below `home` from then on.

    About half of what is gone over is handwriting, if fonts of hands have the alphabet: the kind of which
    there is less is repeated. Of what is kept back nothing is.
    """
    kinds = [_rendered(FONTS, alphabet, home)]
    try:
        kinds.append(_rendered(HANDWRITING, alphabet, home))
    except DataError as error:  # most likely an alphabet that no hand has
        log.warning("no handwriting is gone over: %s", error)
    counts = [len(each) for each in kinds]
    times = np.repeat([round(max(counts) / count) for count in counts], counts)
    held = np.arange(len(times)) % HELD == 0
    over, back = np.flatnonzero(~held).repeat(times[~held]), np.flatnonzero(held)
    glyphs = torch.from_numpy(np.concatenate([each.glyphs for each in kinds])).to(device)
    labels = torch.from_numpy(np.concatenate([each.labels for each in kinds])).to(device)
    origin = "; ".join(each.origin for each in kinds)
    return Replay(glyphs[over], labels[over], glyphs[back], labels[back], origin)


def _rendered(spec: str, alphabet: Alphabet, home: Path) -> GlyphSet:
    return load_glyphs(spec, alphabet, cache=home / "cache", workers=1, progress=False)


def load_reference(alphabet: Alphabet, home: Path) -> Samples:
    """The characters that are kept back, to measure on."""
    replay = load_replay(alphabet, home, torch.device("cpu"))
    labels = replay.held_labels.numpy()
    return Samples(replay.held_glyphs.numpy(), labels, "rendered characters", replay.origin)
