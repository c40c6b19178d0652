"""Augmentation and outliers: every image differently, in range, and the same however a batch is shared."""

import numpy as np
import pytest
import torch
from torch import Tensor

from ocr_demo.preprocess import to_glyph
from ocr_demo.training.augmentation import Augmentation
from ocr_demo.training.outliers import make_outliers, rejection_loss
from tests.drawings import STROKES, drawn


def glyphs(count: int = 16) -> Tensor:
    """Float glyphs (count, 1, 64, 64) in 0..1, all of the same drawing."""
    glyph = torch.from_numpy(to_glyph(drawn("R"))).float() / 255
    return glyph.expand(count, 1, 64, 64).clone()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_off_changes_nothing() -> None:
    assert torch.equal(Augmentation("off")(glyphs(), generator()), glyphs())


@pytest.mark.parametrize("level", ["light", "full"])
def test_each_image_is_distorted_differently_and_stays_a_glyph(level: str) -> None:
    distorted = Augmentation(level)(glyphs(), generator())
    assert distorted.shape == (16, 1, 64, 64)
    assert 0 <= distorted.min() <= distorted.max() <= 1
    assert all(not torch.equal(distorted[0], other) for other in distorted[1:])
    ink = distorted.sum((1, 2, 3)) / glyphs().sum((1, 2, 3))
    assert 0.3 < ink.min() < ink.max() < 2.5


@pytest.mark.parametrize("level", ["light", "full"])
def test_processes_that_share_a_batch_distort_as_one(level: str) -> None:
    whole = Augmentation(level)(glyphs(), generator())
    for rows in (slice(0, 8), slice(8, 16)):
        share = Augmentation(level)(glyphs(8), generator(), rows, 16)
        assert torch.allclose(share, whole[rows], atol=1e-6)


@pytest.mark.parametrize("level", ["light", "full"])
def test_thin_strokes_survive(level: str) -> None:
    thin = torch.zeros(64, 1, 64, 64)
    thin[:, :, 8:56, 31:33] = 1
    distorted = Augmentation(level)(thin, generator())
    # a patch may be erased from it; what is left is still a stroke
    assert distorted.amax((1, 2, 3)).min() > 0.25
    assert (distorted > 0.25).sum((1, 2, 3)).min() > 24


@pytest.mark.parametrize("level", ["light", "full"])
def test_late_in_a_training_images_stay_closer_to_what_they_were(level: str) -> None:
    batch = glyphs(64)
    early, late = (
        (Augmentation(level)(batch, generator(), progress=progress) - batch).abs().mean()
        for progress in (0.0, 0.9)
    )
    assert late < 0.93 * early


def test_outliers_are_as_many_as_asked_and_unlike_their_glyphs() -> None:
    characters = sorted(STROKES)
    batch = torch.stack(
        [torch.from_numpy(to_glyph(drawn(characters[i % 6]))).float() / 255 for i in range(60)]
    )
    batch, labels = batch.unsqueeze(1), torch.from_numpy(np.arange(60) % 6)
    shapes = make_outliers(batch, labels, 30, generator())
    assert 0 < len(shapes) <= 30
    assert shapes.shape[1:] == (1, 64, 64)
    assert -0.01 <= shapes.min() <= shapes.max() <= 1.01
    nearest = torch.cdist(shapes.flatten(1), batch.flatten(1)).min(dim=1).values
    assert (nearest > 5).float().mean() > 0.7  # an i laid over a T stays a T


def test_no_outliers_of_a_batch_of_one_class() -> None:
    assert len(make_outliers(glyphs(), torch.zeros(16, dtype=torch.long), 8, generator())) == 0


def test_the_rejection_loss_moves_the_energy_and_leaves_the_probabilities() -> None:
    characters = torch.randn(8, 36, requires_grad=True)
    outliers = torch.randn(4, 36, requires_grad=True)
    rejection_loss(characters, outliers).backward()
    assert characters.grad is not None
    assert outliers.grad is not None
    assert (characters.grad < 0).all()
    assert (outliers.grad > 0).all()
    shifted = rejection_loss(characters + 3, outliers - 3)
    assert shifted < rejection_loss(characters, outliers)
    assert torch.allclose((characters + 3).softmax(1), characters.softmax(1), atol=1e-6)
