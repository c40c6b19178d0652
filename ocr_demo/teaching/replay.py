"""What a short training goes over again, so that it forgets nothing: rendered characters."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ocr_demo.characters import Alphabet
from ocr_demo.datasets import load_glyphs
from ocr_demo.teaching.samples import Samples

FONTS = "fonts:matplotlib"
"""Few fonts, but every installation has them, and distortion makes many of them."""
HELD = 5
"""Of so many characters one is kept back, to see what the training does to what it doesn't go over."""


@dataclass(frozen=True)
class Replay:
    """Rendered glyphs (N, 64, 64) `uint8` and their classes (N,): those gone over, and those kept back."""

    glyphs: Tensor
    labels: Tensor
    held_glyphs: Tensor
    held_labels: Tensor
    origin: str


def load_replay(alphabet: Alphabet, home: Path, device: torch.device) -> Replay:
    """Renders an alphabet in a few seconds once, and reads it from the cache below `home` from then on."""
    rendered = load_glyphs(FONTS, alphabet, cache=home / "cache", workers=1, progress=False)
    glyphs = torch.from_numpy(np.array(rendered.glyphs)).to(device)
    labels = torch.from_numpy(np.array(rendered.labels)).to(device)
    held = torch.arange(len(labels), device=device) % HELD == 0
    return Replay(glyphs[~held], labels[~held], glyphs[held], labels[held], rendered.origin)


def load_reference(alphabet: Alphabet, home: Path) -> Samples:
    """The characters that are kept back, to measure on."""
    replay = load_replay(alphabet, home, torch.device("cpu"))
    labels = replay.held_labels.numpy()
    return Samples(replay.held_glyphs.numpy(), labels, "rendered characters", replay.origin)
