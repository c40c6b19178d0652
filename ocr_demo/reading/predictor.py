"""One predictor for the page, the command line and the evaluation; softmax is taken here alone."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_demo.checkpoint import Checkpoint
from ocr_demo.evaluation.calibration import negative_energy
from ocr_demo.preprocess import Picture, to_glyph
from ocr_demo.reading.backends import Backend, open_network

TOP = 5
"""How many of the likeliest labels are shown and told to other programs."""


GRAINIEST, FULLEST, LOOSEST = 0.4, 0.65, 0.8
"""Noise has more grain than the first, and either ink in a larger share of the blocks of 8×8 pixels than the
second, or less of its ink in one place than the third. So have 98 % of 3,000 sheets of uniform and Gaussian
noise (sigma 4 to 64) from 40 to 800 pixels a side, none of 8,000 characters each of EMNIST, Standard OCR,
AHCD, fonts and drawings, and two in 1,000 of photograph-like scenes. Letters by a pen of one pixel, dotted
ones too, are as grainy, but fill at most 0.61 of the blocks and hold together."""
BLOCK = 8
REACH = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
"""What lies that near belongs together: the dots of a dotted line do, the specks of noise don't."""
HEAD_STARTS = {"latin": 1.1}
"""Log-odds by alphabet: each was taught to refuse the other's hand, Arabic with fewer images of it. Chosen on
7,400 EMNIST and 800 AHCD validation images, of which 98.8 and 99.7 % then go to the right script."""


def has_strokes(glyph: NDArray[np.uint8]) -> bool:
    """Whether a glyph (64, 64) has ink, and not the specks of noise alone."""
    level = glyph.mean()
    if not level:
        return False
    grain = cv2.absdiff(glyph, cv2.medianBlur(glyph, 3)).mean() / level
    return bool(grain <= GRAINIEST or (_fullness(glyph) <= FULLEST and _togetherness(glyph) >= LOOSEST))


def _fullness(glyph: NDArray[np.uint8]) -> float:
    """The share of blocks with ink, 0..1, the margin left out."""
    inner = glyph[BLOCK // 2 : -BLOCK // 2, BLOCK // 2 : -BLOCK // 2]
    blocks = inner.reshape(len(inner) // BLOCK, BLOCK, -1, BLOCK).max(axis=(1, 3))
    return float((blocks > 20).mean())


def _togetherness(glyph: NDArray[np.uint8]) -> float:
    """The share of the ink that lies in one place, gaps as wide as `REACH` bridged: 1 for a single stroke."""
    inked = (glyph > 0.25 * glyph.max()).astype(np.uint8)
    _, places = cv2.connectedComponents(cv2.dilate(inked, REACH))
    counts = np.bincount(places[inked > 0])
    return float(counts.max() / counts.sum())


@dataclass(frozen=True)
class Prediction:
    """What the model reads in one picture."""

    ranked: tuple[tuple[str, float], ...]
    """Every label with its calibrated probability (0..1, together 1), likeliest first."""
    is_character: bool
    """False: blank, or unlike anything it was trained on."""
    glyph: NDArray[np.uint8]
    """(64, 64): what the model saw."""

    @property
    def label(self) -> str:
        return self.ranked[0][0]

    @property
    def confidence(self) -> float:
        return self.ranked[0][1]

    @property
    def top(self) -> tuple[tuple[str, float], ...]:
        """The likeliest labels, `TOP` of them."""
        return self.ranked[:TOP]

    @property
    def is_blank(self) -> bool:
        return not self.glyph.any()

    def to_dict(self, checkpoint: str, top: int | None = None) -> dict[str, Any]:
        """What other programs get, ready for JSON; confidences are 0..1, to four places.

        Where `top` is given, so many of the likeliest labels stand under that key, beside `top5`.
        """
        told = {
            "class": self.label,
            "confidence": round(self.confidence, 4),
            "top5": _rounded(self.top),
            "is_character": self.is_character,
            "is_blank": self.is_blank,
            "checkpoint": checkpoint,
        }
        return told if top is None else told | {"top": _rounded(self.ranked[:top])}


def _rounded(ranked: tuple[tuple[str, float], ...]) -> list[list[str | float]]:
    return [[label, round(confidence, 4)] for label, confidence in ranked]


class Predictor:
    """Reads pictures with one checkpoint, on the CPU."""

    def __init__(
        self, checkpoint: Checkpoint, backend: Backend | None = None, threads: int | None = None
    ) -> None:
        """`backend` and `threads` as `open_network` takes them: by default the best at hand, on all cores."""
        self.checkpoint = checkpoint
        self.backend, self._network = open_network(checkpoint, backend, threads)

    def predict(self, picture: Picture) -> Prediction:
        """Reads one picture; `PictureError` where it is none."""
        return self.predict_glyphs(to_glyph(picture)[None])[0]

    def predict_glyphs(self, glyphs: NDArray[np.uint8]) -> list[Prediction]:
        """Reads glyphs (N, 64, 64)."""
        logits = self.logits(glyphs)
        accepted = self.accepts(glyphs, logits)
        return [
            self._prediction(glyph, row, bool(accept))
            for glyph, row, accept in zip(glyphs, self.probabilities(logits), accepted, strict=True)
        ]

    def logits(self, glyphs: NDArray[np.uint8], batch_size: int = 256) -> NDArray[np.float32]:
        """Logits (N, classes) of glyphs (N, 64, 64), in batches."""
        batches = [
            self._network(glyphs[start : start + batch_size]) for start in range(0, len(glyphs), batch_size)
        ]
        return np.concatenate(batches) if batches else np.empty((0, len(self.labels)), np.float32)

    def familiarity(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """How far each glyph (N,) of these logits is beyond the least that counts as a character.

        In log-odds, as training against outliers makes the negative energy, so that checkpoints compare.
        """
        ahead = HEAD_STARTS.get(self.checkpoint.contract.alphabet, 0.0)
        return negative_energy(logits) - (self.checkpoint.contract.threshold or 0) + ahead

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated softmax of logits (N, classes): rows sum to 1."""
        scaled = logits.astype(np.float64) / self.checkpoint.contract.temperature
        exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def accepts(self, glyphs: NDArray[np.uint8], logits: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which (N,) are characters: inked by strokes, and of enough negative energy (Liu et al. 2020)."""
        inked = np.array([has_strokes(glyph) for glyph in glyphs], bool)
        threshold = self.checkpoint.contract.threshold
        return inked if threshold is None else inked & (negative_energy(logits) >= threshold)

    @property
    def labels(self) -> tuple[str, ...]:
        return self.checkpoint.contract.labels

    def _prediction(
        self, glyph: NDArray[np.uint8], probabilities: NDArray[np.float64], accepted: bool
    ) -> Prediction:
        order = np.argsort(-probabilities, kind="stable")
        ranked = tuple((self.labels[index], float(probabilities[index])) for index in order)
        return Prediction(ranked, accepted, glyph)
