"""Temperature and rejection threshold; fit both on a validation split, never on a test set."""

import numpy as np
from numpy.typing import NDArray

from ocr_demo.errors import DataError

TEMPERATURES = (0.2, 10.0)
"""The range that `fit_temperature` searches; a split without one mistake would pull it to 0."""


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature, within `TEMPERATURES`, at which logits (N, classes) tell labels (N,) best.

    It minimises the negative log-likelihood (Guo et al. 2017, section 4.2). That is convex in 1/T, so it
    has a single minimum in log T too, and a bounded search can't end in another.
    """
    from scipy.optimize import minimize_scalar  # slow to import, and reading never needs it

    if not len(labels):
        raise DataError(
            "no validation images to fit a temperature on; keep a share of the data for validation"
        )
    logits = np.asarray(logits, np.float64)
    fit = minimize_scalar(
        lambda exponent: negative_log_likelihood(logits, labels, np.exp(exponent)),
        bounds=np.log(TEMPERATURES),
        method="bounded",
    )
    return float(np.exp(fit.x))


def negative_log_likelihood(
    logits: NDArray[np.floating], labels: NDArray[np.integer], temperature: float = 1.0
) -> float:
    """The mean negative log-likelihood (nats, 0 or more) of labels (N,) under logits (N, classes) over T."""
    scaled = logits / temperature
    truth = np.take_along_axis(scaled, np.asarray(labels)[:, None], axis=1)[:, 0]
    return float(np.mean(np.logaddexp.reduce(scaled, axis=1) - truth))


def negative_energy(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """How much like the training data each image looks (N,), from raw logits (N, classes).

    The log-sum-exp of the logits: minus the energy of Liu et al. 2020, Energy-based Out-of-distribution
    Detection, at temperature 1.
    """
    return np.logaddexp.reduce(logits, axis=1)


def fit_threshold(energies: NDArray[np.floating], refused: float = 0.02) -> float:
    """The highest threshold that refuses at most a share `refused` (0..1) of true characters.

    `energies` (N,) are their `negative_energy`; what lies below the threshold is refused.
    """
    if not len(energies):
        raise DataError("no validation images to fit a threshold on; keep a share of the data for validation")
    allowed = min(int(refused * len(energies)), len(energies) - 1)
    return float(np.sort(energies)[allowed])
