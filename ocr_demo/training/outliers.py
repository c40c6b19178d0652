"""Shapes that are no characters, made from a batch of characters."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

GRAINS = (3, 5, 9, 16)


def make_outliers(glyphs: Tensor, labels: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """At most `count` shapes (M, 1, 64, 64) in 0..1, from float glyphs (N, 1, 64, 64) and labels (N,).

    Of six, one each: the left and the upper halves of two characters joined, two side by side, a character's
    quarters shuffled; and two blots. Pairs of the same label are left out.
    """
    order = torch.randperm(len(glyphs), generator=generator, device=glyphs.device)
    first, second = order[:count], order.roll(1)[:count]
    differ = labels[first] != labels[second]
    one, other = glyphs[first[differ]], glyphs[second[differ]]
    kinds = torch.arange(len(one), device=glyphs.device) % 6
    pairs = [
        _joined(one[kinds == 0], other[kinds == 0]),
        _joined(one[kinds == 1].mT, other[kinds == 1].mT).mT,
        _side_by_side(one[kinds == 2], other[kinds == 2]),
        _shuffled(one[kinds == 3]),
        _blots(one[kinds >= 4], generator),
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
    """Shapes (N, 1, 64, 64), as many as `like`: spots, spotted grounds, shaded grounds and tangles.

    A spot's inside is level sets of smooth noise. Its outlines are fine: coarse ones are rings, arches and
    hooks, which are characters.
    """
    makers = (_spots, _grounds, _shades, _tangles)
    parts = like.tensor_split(len(makers))
    return torch.cat([make(part, generator) for make, part in zip(makers, parts, strict=True)])


def _spots(like: Tensor, generator: torch.Generator) -> Tensor:
    """Discs, diamonds and boxes, turned, stretched, dented; their edges from sharp to soft."""
    draw = partial(_uniform, len(like), generator, like.device)
    angle, stretch, power, radius = draw(0, torch.pi), draw(0.6, 1), draw(1, 4), draw(0.7, 0.9)
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
