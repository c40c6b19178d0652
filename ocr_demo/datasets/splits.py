"""Cutting a validation part from labelled images."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ocr_demo.errors import OptionError


def stratified_split(
    labels: ArrayLike, fraction: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices for training and for validation, each sorted, which together are all of them.

    Every class gives `fraction` of its images, rounded, to validation, and at least one to each side if it
    has two or more; a single image stays in training. The same seed gives the same split.
    """
    _require_share(fraction)
    classes = np.asarray(labels)
    random = np.random.default_rng(seed)
    chosen = [
        validation_part(np.flatnonzero(classes == label), fraction, random) for label in np.unique(classes)
    ]
    in_validation = np.zeros(len(classes), bool)
    for part in chosen:
        in_validation[part] = True
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)


def validation_part(
    members: NDArray[np.int64], fraction: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """The members of one class that go to validation."""
    if len(members) < 2:
        return members[:0]
    count = min(max(round(len(members) * fraction), 1), len(members) - 1)
    return random.permutation(members)[:count]


def grouped_split(
    groups: Sequence[str], fraction: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices for training and for validation, as `stratified_split` gives them, by whole groups.

    `fraction` of the groups, rounded, goes to validation, at least one of two or more. The same groups and
    seed give the same choice, so that several sources with the same groups are split alike.
    """
    _require_share(fraction)
    named = np.unique(groups)
    held = validation_part(np.arange(len(named)), fraction, np.random.default_rng(seed))
    in_validation = np.isin(groups, named[held])
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)


def _require_share(fraction: float) -> None:
    if not 0 < fraction < 1:
        raise OptionError(f"the validation fraction must lie between 0 and 1, not {fraction}")
