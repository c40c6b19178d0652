"""Shapes that are no characters, made from a batch of characters."""

import torch
from torch import Tensor
from torch.nn import functional as F


def make_outliers(glyphs: Tensor, labels: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """At most `count` shapes (M, 1, 64, 64) in 0..1, from float glyphs (N, 1, 64, 64) and labels (N,).

    In equal parts: halves of two characters joined, two characters laid over each other, two side by side,
    a character's quarters shuffled, and blots. Pairs of the same label are left out.
    """
    order = torch.randperm(len(glyphs), generator=generator, device=glyphs.device)
    first, second = order[:count], order.roll(1)[:count]
    differ = labels[first] != labels[second]
    one, other = glyphs[first[differ]], glyphs[second[differ]]
    kinds = torch.arange(len(one), device=glyphs.device) % 6
    pairs = [
        _joined(one[kinds == 0], other[kinds == 0]),
        _joined(one[kinds == 1].mT, other[kinds == 1].mT).mT,
        torch.maximum(one[kinds == 2], other[kinds == 2]),
        _side_by_side(one[kinds == 3], other[kinds == 3]),
        _shuffled(one[kinds == 4]),
        _blots(one[kinds == 5], generator),
    ]
    return torch.cat(pairs)


def rejection_loss(characters: Tensor, outliers: Tensor) -> Tensor:
    """Logistic loss that parts characters' logits (N, classes) from outliers' (M, classes) by energy.

    The log-sum-exp of the logits, which the softmax ignores, becomes the log-odds of being a character: a
    class "none of these" whose logit is always 0. So the refusal of unlike shapes (energy-based outlier
    exposure, Liu et al. 2020) takes nothing from how characters are told apart.
    """
    accepted, refused = torch.logsumexp(characters, dim=1), torch.logsumexp(outliers, dim=1)
    return F.softplus(-accepted).mean() + F.softplus(refused).mean()


def _joined(one: Tensor, other: Tensor) -> Tensor:
    """The left half of one beside the right half of the other turned upside down."""
    half = one.shape[-1] // 2
    return torch.cat([one[..., :half], other.flip(-2)[..., half:]], dim=-1)


def _side_by_side(one: Tensor, other: Tensor) -> Tensor:
    """Two characters, each squeezed to half the width, on as much height as keeps their shape."""
    pair = torch.cat([one, other], dim=-1)
    side = one.shape[-1]
    small = F.interpolate(pair, (side // 2 + 8, side), mode="bilinear", antialias=True) if len(pair) else pair
    above = (side - small.shape[-2]) // 2
    return F.pad(small, (0, 0, above, side - small.shape[-2] - above)) if len(pair) else one


def _shuffled(glyphs: Tensor) -> Tensor:
    """Each quarter moved to the opposite corner."""
    half = glyphs.shape[-1] // 2
    return glyphs.roll((half, half), dims=(-2, -1))


def _blots(like: Tensor, generator: torch.Generator) -> Tensor:
    """Smooth random shapes, filled or in outline, away from the border."""
    coarse = torch.randn((len(like), 1, 7, 7), generator=generator, device=like.device)
    if not len(like):
        return like
    smooth = F.interpolate(coarse, like.shape[-2:], mode="bicubic")
    filled = (smooth * 6).sigmoid()
    is_outline = (torch.arange(len(like), device=like.device) % 2 == 0).view(-1, 1, 1, 1)
    outline = (4 * filled * (1 - filled)).clamp(0, 1)
    inside = F.pad(torch.ones_like(like)[..., 6:-6, 6:-6], (6, 6, 6, 6))
    return torch.where(is_outline, outline, filled) * inside
