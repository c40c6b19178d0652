"""Augmentation on the device: a whole batch at once, each image differently."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Strength:
    """How far each distortion goes at most."""

    rotation: float  # radians
    scale: float  # share of the size
    shear: float  # pixels sideways a pixel down
    shift: float  # share of half the picture
    perspective: float  # how much nearer one edge is
    elastic: float  # share of half the picture
    thickness: float  # pixels that each side of a stroke gains or loses
    blur: float  # share of a 3×3 box
    noise: float  # standard deviation, share of full ink
    erase: float  # share of images that lose a patch
    fade: float  # share by which ink gets fainter
    gaps: float  # share of images with holes in their strokes, and of those dotted as by a quick mouse


STRENGTHS = {
    "light": Strength(0.12, 0.1, 0.15, 0.06, 0.0, 0.0, 0.7, 0.0, 0.0, 0.0, 0.0, 0.0),
    "full": Strength(0.25, 0.15, 0.3, 0.08, 0.12, 0.1, 1.8, 0.9, 0.06, 0.08, 0.35, 0.15),
    "whole": Strength(0.25, 0.12, 0.25, 0.05, 0.1, 0.07, 1.2, 0.9, 0.06, 0.0, 0.35, 0.0),
}
"""`whole` is `full` for an alphabet whose letters differ by their dots: no part is cut out or moved out of
the picture, and strokes get less thick, so that dots stay apart."""


class Augmentation:
    """Distorts float glyphs (N, 1, 64, 64) in 0..1; "off" leaves them as they are.

    Each image has its own level, from nothing to the strength's full: most come close to what is read, and
    a few as far from it as a hand or a camera may bring them. Those bent the most get fewer as the training
    goes on, so that what is learnt last is what is read (He et al. 2019, "Data Augmentation Revisited");
    blur, noise and lost parts stay.

    The randomness of image k of a batch depends on the generator's state and k alone, so that processes
    that share a batch, each with its own rows of it, distort as one process would.
    """

    def __init__(self, level: str) -> None:
        self._strength = STRENGTHS.get(level)

    def __call__(
        self,
        glyphs: Tensor,
        generator: torch.Generator,
        rows: slice = slice(None),
        batch: int = 0,
        progress: float = 0.0,
    ) -> Tensor:
        """`glyphs` are the `rows` of a batch of `batch` images (by default they are all of it).

        `progress` is the share of the training that is done, 0..1.
        """
        if self._strength is None:
            return glyphs
        draw = _Draw(generator, rows, batch or len(glyphs), glyphs.device)
        strength, level = self._strength, draw.share() ** (2 + 2 * progress)
        glyphs = _thickened(glyphs, draw.uniform() * level * strength.thickness)
        glyphs = _warped(glyphs, _grid(draw, strength, level.flatten(1), glyphs.shape[-1]))
        if strength.blur:
            glyphs = _blurred(glyphs, draw.uniform().clamp(min=0) * strength.blur)
        if strength.erase:
            glyphs = glyphs * _patches(draw, strength.erase, glyphs.shape[-1])
        if strength.gaps:
            glyphs = glyphs * _gaps(draw, strength.gaps, glyphs.shape[-1])
            glyphs = glyphs * _dots(draw, strength.gaps, glyphs.shape[-1])
        if strength.fade:
            glyphs = glyphs * (1 - draw.share() * strength.fade)
        if strength.noise:
            glyphs = glyphs + draw.normal(1, *glyphs.shape[-2:]) * draw.share().square() * strength.noise
        return glyphs.clamp(0, 1)


class _Draw:
    """Random numbers for the rows of a batch that this process has."""

    def __init__(self, generator: torch.Generator, rows: slice, batch: int, device: torch.device) -> None:
        self._generator, self._rows, self._batch, self.device = generator, rows, batch, device

    def share(self, *shape: int) -> Tensor:
        """(N, …) in 0..1, by default (N, 1, 1, 1)."""
        size = (self._batch, *(shape or (1, 1, 1)))
        return torch.rand(size, generator=self._generator, device=self.device)[self._rows]

    def uniform(self, *shape: int) -> Tensor:
        """(N, …) in -1..1."""
        return self.share(*shape) * 2 - 1

    def normal(self, *shape: int) -> Tensor:
        return torch.randn((self._batch, *shape), generator=self._generator, device=self.device)[self._rows]


def _thickened(glyphs: Tensor, amount: Tensor) -> Tensor:
    """Strokes wider (amount above 0) or thinner on each side; thin strokes are never thinned away."""
    grown = F.max_pool2d(glyphs, 3, 1, 1)
    edge = (grown - glyphs).sum((1, 2, 3), keepdim=True)
    width = 2 * glyphs.sum((1, 2, 3), keepdim=True) / edge.clamp(min=1)
    amount = torch.maximum(amount, -(width - 2.5).clamp(min=0) / 2.5)
    shrunk = -F.max_pool2d(-glyphs, 3, 1, 1)
    first = amount.clamp(-1, 1)
    once = glyphs + first.clamp(min=0) * (grown - glyphs) + first.clamp(max=0) * (glyphs - shrunk)
    second = amount - first
    if not second.any():
        return once
    more, less = F.max_pool2d(once, 3, 1, 1), -F.max_pool2d(-once, 3, 1, 1)
    return once + second.clamp(min=0) * (more - once) + second.clamp(max=0) * (once - less)


def _grid(draw: _Draw, strength: Strength, level: Tensor, side: int) -> Tensor:
    """Where each pixel of the images distorted by `level` (N, 1) comes from: (N, side, side, 2) in -1..1."""
    angle = draw.uniform(1) * level * strength.rotation
    stretch = 1 + draw.uniform(2) * level * strength.scale
    shear, shift = draw.uniform(1) * level * strength.shear, draw.uniform(2) * level * strength.shift
    cos, sin = angle.cos(), angle.sin()
    across = torch.stack([cos * stretch[:, :1], (sin + shear) * stretch[:, :1], shift[:, :1]], dim=-1)
    down = torch.stack([-sin * stretch[:, 1:], cos * stretch[:, 1:], shift[:, 1:]], dim=-1)
    affine = torch.cat([across, down], dim=1)
    grid = F.affine_grid(affine, [len(affine), 1, side, side], align_corners=False)
    if strength.perspective:
        tilt = draw.uniform(1, 1, 2) * level[..., None, None] * strength.perspective
        grid = grid / (1 + (grid * tilt).sum(-1, keepdim=True))
    if strength.elastic:
        bends = draw.normal(2, 6, 6) * level[..., None, None] * strength.elastic
        smooth = F.interpolate(bends, (side, side), mode="bilinear", align_corners=False)
        grid = grid + smooth.permute(0, 2, 3, 1)
    return grid


def _warped(glyphs: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(glyphs, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _blurred(glyphs: Tensor, amount: Tensor) -> Tensor:
    return glyphs + amount * (F.avg_pool2d(glyphs, 3, 1, 1) - glyphs)


def _patches(draw: _Draw, share: float, side: int) -> Tensor:
    """Ones, with a rectangle of zeros in a share of the images: (N, 1, side, side)."""
    centre = draw.share(2) * side
    half = (3 + 6 * draw.share(2)) * (draw.share(1) < share)
    pixels = torch.arange(side, device=draw.device) + 0.5
    inside = (pixels - centre[:, :, None]).abs() < half[:, :, None]  # (N, 2, side)
    return 1 - (inside[:, 0, :, None] & inside[:, 1, None, :]).unsqueeze(1).to(torch.float32)


def _gaps(draw: _Draw, share: float, side: int) -> Tensor:
    """Ones, with spots of zeros a few pixels wide all over a share of the images: (N, 1, side, side)."""
    density = 0.4 * draw.share() * (draw.share() < share)
    kept = (draw.share(1, side // 4, side // 4) >= density).to(torch.float32)
    return F.interpolate(kept, (side, side), mode="bilinear", align_corners=False)


def _dots(draw: _Draw, share: float, side: int) -> Tensor:
    """Ones, with parts of a share of the images in which a stroke of any direction comes out dotted.

    Ink stays where either of two waves at a right angle is high: a stroke along the one is cut by the other.
    """
    pixels = torch.arange(side, device=draw.device, dtype=torch.float32)
    angle, period = draw.share(1, 1) * torch.pi, 3 + 3 * draw.share(1, 1)
    along = angle.cos() * pixels[:, None] + angle.sin() * pixels
    across = angle.cos() * pixels - angle.sin() * pixels[:, None]
    waves = torch.stack([along, across], dim=1) * (2 * torch.pi / period[:, None])  # (N, 2, side, side)
    high = torch.sin(waves + 2 * torch.pi * draw.share(2, 1, 1)).amax(1, keepdim=True)
    dotted = ((high - 0.4 * draw.share()) * 5).sigmoid()
    parts = F.interpolate(draw.normal(1, 4, 4), (side, side), mode="bilinear", align_corners=False)
    chosen = ((parts + draw.uniform()) * 6).sigmoid() * (draw.share() < share)
    return 1 - chosen * (1 - dotted)
