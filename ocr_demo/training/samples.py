"""Training and validation glyphs on the device, and the order in which an epoch draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr_demo.datasets import GlyphSet, grouped_split, stratified_split
from ocr_demo.datasets.loading import lacks_base
from ocr_demo.errors import DataError


@dataclass(frozen=True)
class Samples:
    """Labelled glyphs on one device."""

    glyphs: Tensor
    """(N, 64, 64) `uint8`."""
    labels: Tensor
    """(N,) `int64`."""
    sources: tuple[tuple[int, int, float], ...] = ()
    """For each source its first index, the one after its last, and how often an epoch draws each image."""

    def __len__(self) -> int:
        return len(self.labels)

    def order(self, generator: torch.Generator) -> Tensor:
        """The indices of one epoch, shuffled: every image of a source of weight 1 once."""
        drawn = [_drawn(start, stop, weight, generator) for start, stop, weight in self._drawn_from]
        indices = torch.cat(drawn)
        return indices[torch.randperm(len(indices), generator=generator)]

    def per_epoch(self) -> int:
        """How many images an epoch draws."""
        return sum(round((stop - start) * weight) for start, stop, weight in self._drawn_from)

    def class_weights(self, classes: int) -> Tensor:
        """(classes,): the inverse of how often an epoch draws each; an epoch's images average 1."""
        counts = torch.zeros(classes, device=self.labels.device)
        for start, stop, weight in self._drawn_from:
            counts += weight * torch.bincount(self.labels[start:stop], minlength=classes)
        weights = torch.where(counts > 0, counts.reciprocal(), 0)
        return weights * counts.sum() / (weights * counts).sum()

    @property
    def _drawn_from(self) -> tuple[tuple[int, int, float], ...]:
        return self.sources or ((0, len(self), 1.0),)


def split_samples(
    sets: Sequence[GlyphSet], weights: Sequence[float], fraction: float, seed: int, device: torch.device
) -> tuple[Samples, Samples]:
    """Training and validation samples of several sources, each split by itself, by class or by group.

    Images made from another source's go where those they were made from go; a `DataError` where that source
    is not among them.
    """
    for glyph_set in sets:
        if (glyph_set.labels < 0).any():
            raise DataError(
                f"{glyph_set.source}: it has images without a class, which can't be trained on; where they "
                "show no character, give it as --outlier-data"
            )
    splits = [_split(glyph_set, sets, fraction, seed) for glyph_set in sets]
    training = _gathered(sets, [train for train, _ in splits], weights, device)
    validation = _gathered(sets, [held for _, held in splits], weights, device)
    if not len(validation):
        raise DataError("too few images to keep any for validation; give more data, or raise --validation")
    return training, validation


def _split(
    glyph_set: GlyphSet, sets: Sequence[GlyphSet], fraction: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of a set's training and of its validation images."""
    if not glyph_set.base:
        return (
            grouped_split(glyph_set.groups, fraction, seed)
            if glyph_set.groups
            else stratified_split(glyph_set.labels, fraction, seed)
        )
    base = next((other for other in sets if other.identity == glyph_set.base), None)
    if base is None:
        raise lacks_base(glyph_set.source)
    _, held = _split(base, sets, fraction, seed)
    in_validation = np.isin(np.array(glyph_set.groups), np.array(base.names)[held])
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation & glyph_set.validates)


def _gathered(
    sets: Sequence[GlyphSet],
    chosen: Sequence[NDArray[np.integer]],
    weights: Sequence[float],
    device: torch.device,
) -> Samples:
    ends = np.cumsum([len(indices) for indices in chosen]).tolist()
    starts = [0, *ends[:-1]]
    glyphs = np.concatenate([s.glyphs[indices] for s, indices in zip(sets, chosen, strict=True)])
    labels = np.concatenate([s.labels[indices] for s, indices in zip(sets, chosen, strict=True)])
    sources = tuple(zip(starts, ends, weights, strict=True))
    return Samples(torch.from_numpy(glyphs).to(device), torch.from_numpy(labels).to(device), sources)


def _drawn(start: int, stop: int, weight: float, generator: torch.Generator) -> Tensor:
    size = stop - start
    wanted = round(size * weight)
    whole = torch.arange(start, stop).repeat(wanted // size if size else 0)
    rest = torch.randperm(size, generator=generator)[: wanted - len(whole)] + start
    return torch.cat([whole, rest])
