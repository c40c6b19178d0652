"""Why a glyph is read as a label: what each part of its ink does to the answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr_demo.preprocess import SIZE
from ocr_demo.reading.predictor import Predictor

STEP = 4
"""Pixels from one hole to the next."""
REACH = 4.0
"""Standard deviation of a hole, in pixels: about as wide as a stroke."""
INK = 32
"""Holes that meet nothing brighter than this change nothing, and are not tried."""


@dataclass(frozen=True)
class Explanation:
    """What a glyph's ink says of one label."""

    label: str
    confidence: float | None
    """Calibrated, 0..1; None where the glyph is taken for no character."""
    evidence: NDArray[np.float64]
    """(64, 64), in units of log-odds: above 0 where the ink speaks for the label, below where against it."""


def explain(predictor: Predictor, glyph: NDArray[np.uint8], count: int = 2) -> list[Explanation]:
    """What each part of a glyph (64, 64) does for its likeliest labels, `count` of them, likeliest first.

    The evidence is what a label loses where a soft hole is made in the ink, whatever the network and its
    backend (occlusion sensitivity: Zeiler & Fergus 2014, Visualizing and Understanding Convolutional
    Networks).
    """
    holes = _holes(glyph)
    pierced = np.round(glyph * (1 - holes)).astype(np.uint8)
    logits = predictor.logits(np.concatenate([glyph[None], pierced]))
    shares = predictor.probabilities(logits)
    accepted = predictor.accepts(glyph[None], logits[:1])[0]
    order = np.argsort(-shares[0], kind="stable")[:count]
    odds = _log_odds(shares[:, order])
    evidence = np.einsum("nl,nyx->lyx", odds[0] - odds[1:], holes) / holes.sum(axis=0).clip(1e-6)
    return [
        Explanation(predictor.labels[index], float(shares[0, index]) if accepted else None, heat)
        for index, heat in zip(order, evidence, strict=True)
    ]


def _holes(glyph: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Gaussian holes (N, 64, 64), 1 in their middle, on a grid where there is ink."""
    pixels = np.arange(SIZE)
    middles = np.arange(STEP / 2, SIZE, STEP)
    bells = np.exp(-((pixels - middles[:, None]) ** 2) / (2 * REACH**2))  # (M, 64)
    holes = np.einsum("iy,jx->ijyx", bells, bells).reshape(-1, SIZE, SIZE)
    return holes[(holes * glyph).max(axis=(1, 2)) > INK]


def _log_odds(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = shares.clip(1e-6, 1 - 1e-6)
    return np.log(shares / (1 - shares))
