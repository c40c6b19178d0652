"""Grounds of two tones: bands from border to border, in each of which ink is like the others' ground."""

import numpy as np
from numpy.typing import NDArray

MOST_SEAMS = 4
NARROWEST = 0.1
"""The share of a side that a band takes at least; a stroke that is cut at the border is thinner, mostly."""
WIDE = 0.24
"""The share that it takes where no ink goes over a seam: a stroke beside a character is thinner."""
ALIKE = 0.2
"""By how much of the contrast between the grounds anything may be darker or brighter than they."""
LEAST = 64
"""Levels between the grounds."""
CONTINUES = 0.6
"""By how much of the contrast what goes on across a seam may differ."""
CONTINUED = 0.2
"""The share of the ink at the seams that goes on beyond them, inverted."""
FLIPPED = 0.7
"""The share of a seam along which light is beside dark."""
INKED = 0.005
"""The share of the picture that is ink, once its bands are made alike."""

Levels = NDArray[np.uint8]


def with_one_ground(grey: Levels) -> Levels:
    """A picture (H, W) whose bands, side by side or one above another, all have the ground of most of it.

    What has no such bands stays as it is: in a picture that is cut close to an H the legs reach from border
    to border, too, but its bar doesn't go on within them.
    """
    for upright in (grey, grey.T):
        if (alike := _made_alike(upright)) is not None:
            return alike if upright is grey else np.ascontiguousarray(alike.T)
    return grey


def _made_alike(grey: Levels) -> Levels | None:
    """The picture with the columns of the rarer ground inverted; None where the ground is one."""
    ends = grey[[0, -1]].astype(np.int16)
    low, high = int(ends.min()), int(ends.max())
    if high - low < LEAST:
        return None
    light, below = ends > (low + high) / 2
    seams = np.flatnonzero(light[1:] != light[:-1]) + 1
    widths = np.diff(seams, prepend=0, append=len(light))
    narrow = widths.min(initial=len(light)) < max(2, NARROWEST * len(light))
    if not 1 <= len(seams) <= MOST_SEAMS or narrow or (light != below).any():
        return None
    dark, bright = float(np.median(ends[:, ~light])), float(np.median(ends[:, light]))
    contrast = bright - dark
    darkest, brightest = np.quantile(grey, (INKED, 1 - INKED))
    if max(dark - darkest, brightest - bright) > ALIKE * contrast:
        return None  # darker than either ground: ink on paper that lies half in shadow
    is_light = light.mean() > 0.5
    alike = np.where(light == is_light, grey, dark + bright - grey)
    ink = np.abs(alike - (bright if is_light else dark)) / contrast
    if (ink > 0.5).mean() < INKED:
        return None
    before, after = ink[:, seams - 1], ink[:, seams]
    if (np.abs(before - after) < 0.5).mean(axis=0).min() < FLIPPED:
        return None
    at_seams = np.maximum(before, after) > 0.5
    goes_on = at_seams & (np.abs(before - after) < CONTINUES)
    if goes_on.sum() < CONTINUED * at_seams.sum():
        return None
    if not at_seams.any() and widths.min() < WIDE * len(light):
        return None
    return np.clip(alike, 0, 255).astype(np.uint8)
