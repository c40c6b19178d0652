"""Shapes that are no characters, made from a batch of characters."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

GRAINS = (3, 5, 9, 16)


def make_outliers(glyphs: Tensor, labels: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """At most `count` shapes (M, 1, 64, 64) in 0..1, from float glyphs (N, 1, 64, 64) and labels (N,).

    Of seven, one each: the left and the upper halves of two characters joined, two side by side, four in a
    row, a character's quarters shuffled; and two blots. Pairs of the same label are left out.
    """
    order = torch.randperm(len(glyphs), generator=generator, device=glyphs.device)
    first, second = order[:count], order.roll(1)[:count]
    differ = labels[first] != labels[second]
    one, other = glyphs[first[differ]], glyphs[second[differ]]
    kinds = torch.arange(len(one), device=glyphs.device) % 7
    pairs = [
        _joined(one[kinds == 0], other[kinds == 0]),
        _joined(one[kinds == 1].mT, other[kinds == 1].mT).mT,
        _in_a_row([one[kinds == 2], other[kinds == 2]], glyphs.shape[-1] // 2 + 8),
        _word(one[kinds == 3], other[kinds == 3], generator),
        _shuffled(one[kinds == 4]),
        _blots(one[kinds >= 5], generator),
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


def _in_a_row(characters: list[Tensor], height: int) -> Tensor:
    """Characters side by side, squeezed to the width of one and to a height, in the middle."""
    row = torch.cat(characters, dim=-1)
    side = row.shape[-2]
    if not len(row):
        return row[..., :side]
    above = (side - height) // 2
    small = F.interpolate(row, (height, side), mode="bilinear", antialias=True)
    return F.pad(small, (0, 0, above, side - height - above))


def _word(one: Tensor, other: Tensor, generator: torch.Generator) -> Tensor:
    """Four characters close together, from as high as wide to as high as one alone."""
    side, margin = one.shape[-1], one.shape[-1] // 16
    height = int(torch.randint(side // 4, side - 2 * margin, (1,), generator=generator, device=one.device))
    letters = [one, other, one.roll(1, dims=0), other.roll(1, dims=0)]
    return _in_a_row([letter[..., margin : side - margin] for letter in letters], height)


def _shuffled(glyphs: Tensor) -> Tensor:
    """Each quarter moved to the opposite corner."""
    half = glyphs.shape[-1] // 2
    return glyphs.roll((half, half), dims=(-2, -1))


def _blots(like: Tensor, generator: torch.Generator) -> Tensor:
    """Shapes (N, 1, 64, 64), as many as `like`: spots, spotted grounds, shaded grounds and tangles.

    A spot's inside is level sets of smooth noise. Its outlines are fine: coarse ones are rings, arches and
    hooks, which are characters.
    """
    makers = (_spots, _grounds, _shades, _tangles)
    parts = like.tensor_split(len(makers))
    return torch.cat([make(part, generator) for make, part in zip(makers, parts, strict=True)])


def _spots(like: Tensor, generator: torch.Generator) -> Tensor:
    """Discs, diamonds, hollow-sided ones and boxes, turned, stretched, dented; edges from sharp to soft."""
    draw = partial(_uniform, len(like), generator, like.device)
    angle, stretch, power, radius = draw(0, torch.pi), draw(0.6, 1), draw(0.7, 4), draw(0.7, 0.9)
    place = torch.linspace(-1, 1, like.shape[-1], device=like.device)
    across, down = place.view(1, 1, 1, -1), place.view(1, 1, -1, 1)
    one = (across * angle.cos() + down * angle.sin()).abs()
    other = (down * angle.cos() - across * angle.sin()).abs() / stretch
    distance = (one**power + other**power) ** (1 / power)
    dented = radius + draw(0, 0.15) * _noise(like, 5, generator)
    return ((dented - distance) * draw(8, 60)).sigmoid()


def _grounds(like: Tensor, generator: torch.Generator) -> Tensor:
    return _spots(like, generator) * (_noise(like, _any_grain(like, generator), generator) * 6).sigmoid()


def _shades(like: Tensor, generator: torch.Generator) -> Tensor:
    shade = 0.5 + 0.3 * _noise(like, _any_grain(like, generator), generator)
    return _spots(like, generator) * shade.clamp(0, 1)


def _tangles(like: Tensor, generator: torch.Generator) -> Tensor:
    side = (_noise(like, 12, generator) * 6).sigmoid()
    return _spots(like, generator) * (4 * side * (1 - side)).clamp(0, 1)


def _any_grain(like: Tensor, generator: torch.Generator) -> int:
    """Of a batch's noise: from one blot to a speckle."""
    return GRAINS[int(torch.randint(len(GRAINS), (1,), generator=generator, device=like.device))]


def _noise(like: Tensor, grain: int, generator: torch.Generator) -> Tensor:
    """Normal noise of `grain` × `grain` points, smoothly between them."""
    coarse = torch.randn((len(like), 1, grain, grain), generator=generator, device=like.device)
    return F.interpolate(coarse, like.shape[-2:], mode="bicubic") if len(like) else like


def _uniform(count: int, generator: torch.Generator, device: torch.device, low: float, high: float) -> Tensor:
    return low + (high - low) * torch.rand((count, 1, 1, 1), generator=generator, device=device)
