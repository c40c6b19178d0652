"""Temperature and threshold after a short training: as sure, and as often unsure, as the base was."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr_demo.checkpoint import Contract
from ocr_demo.evaluation.calibration import negative_energy

FACTORS = (0.5, 2.0)
"""How far the temperature may move."""


def recalibrated(contract: Contract, before: NDArray[np.floating], after: NDArray[np.floating]) -> Contract:
    """The contract for a network whose logits are `after` (N, classes) where those of the base are `before`.

    On characters that were not taught, the mean confidence and the share accepted stay what they were.
    """
    wanted = confidence(before / contract.temperature)
    factor = _root(lambda factor: confidence(after / (factor * contract.temperature)) - wanted)
    threshold = contract.threshold
    if threshold is not None:
        refused = float((negative_energy(before) < threshold).mean())
        threshold = float(np.quantile(negative_energy(after), refused)) if 0 < refused < 1 else threshold
    return replace(contract, temperature=factor * contract.temperature, threshold=threshold)


def confidence(logits: NDArray[np.floating]) -> float:
    """The mean probability of the likeliest label."""
    return float(np.exp(logits.max(axis=1) - np.logaddexp.reduce(logits, axis=1)).mean())


def _root(excess: Callable[[float], float]) -> float:
    """Where a falling function is 0, or the end of `FACTORS` that is nearest."""
    from scipy.optimize import brentq  # slow to import

    low, high = FACTORS
    if excess(low) <= 0 or excess(high) >= 0:
        return low if excess(low) <= 0 else high
    return float(brentq(excess, low, high))
