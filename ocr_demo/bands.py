"""Grounds of two tones: bands from border to border, in each of which ink is like the others' ground."""

import numpy as np
from numpy.typing import NDArray

MOST_SEAMS = 4
NARROWEST = 0.1
"""The share of a side that a band takes at least; a stroke that is cut at the border is thinner, mostly."""
ALIKE = 0.6
"""By how much of the contrast what continues across a seam may differ."""
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
        if (bands := _inverted_bands(upright)) is not None:
            inverted = np.clip(int(grey.min()) + int(grey.max()) - upright.astype(np.int16), 0, 255)
            alike = np.where(bands, inverted, upright).astype(np.uint8)
            return alike if upright is grey else np.ascontiguousarray(alike.T)
    return grey


def _inverted_bands(grey: Levels) -> NDArray[np.bool_] | None:
    """Which columns (W,) are of the rarer ground; None where the ground is one."""
    above, below = grey[0].astype(np.int16), grey[-1].astype(np.int16)
    low, high = int(min(above.min(), below.min())), int(max(above.max(), below.max()))
    if high - low < 128:
        return None
    light = above > (low + high) / 2
    seams = np.flatnonzero(light[1:] != light[:-1]) + 1
    widths = np.diff(seams, prepend=0, append=len(light))
    narrow = widths.min(initial=len(light)) < max(2, NARROWEST * len(light))
    if not 1 <= len(seams) <= MOST_SEAMS or narrow or (light != (below > (low + high) / 2)).any():
        return None
    rarer = light != (light.mean() > 0.5)
    alike = np.where(rarer, low + high - grey.astype(np.int16), grey)
    ink = np.abs(alike - (high if light.mean() > 0.5 else low)) / (high - low)
    if (ink > 0.5).mean() < INKED:
        return None
    before, after = ink[:, seams - 1], ink[:, seams]
    if (np.abs(before - after) < 0.5).mean(axis=0).min() < FLIPPED:
        return None
    at_seams = np.maximum(before, after) > 0.5
    goes_on = at_seams & (np.abs(before - after) < ALIKE)
    return rarer if goes_on.sum() >= CONTINUED * at_seams.sum() else None
