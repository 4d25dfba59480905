"""Lightning: when it strikes, and what the sky gives for those few frames.

Place in the path: comp, after light; it adds to finished light and air, so that a take is lit once and flashes cost only themselves. A
flash is a high, wide, cold light: it has no shadow of its own (the whole cloud lights up), and goes where the sky is open.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from sora_lock.engines.comp.take import Lit

COLD = (0.74, 0.86, 1.12)
"""Colour of a flash, linear Rec.709, of luminance about 0.85."""
FADE_S = 0.055
"""Time in which a stroke's light falls to 1 / e; the return stroke follows after 0.09 to 0.16 s."""
EVERY_S = 1.15
"""Mean time between flashes at amount 1."""


def level(amount: float, seed: int, seconds: float) -> float:
    """Light of all strokes at a time of the clip, 0 to about 1.3: a function of seed and time alone, so any frame can be made first."""
    if amount <= 0:
        return 0.0
    total, turn = 0.0, EVERY_S / max(amount, 0.2)
    for slot in range(max(0, int(seconds / turn) - 1), int(seconds / turn) + 1):
        at, again, weight = np.random.Generator(np.random.Philox(key=[seed, 4049 + slot])).random(3)
        first = (slot + 0.15 + 0.7 * float(at)) * turn
        for start, gain in ((first, 1.0), (first + 0.09 + 0.07 * float(again), 0.45 + 0.5 * float(weight))):
            since = seconds - start
            if since >= 0:
                total += gain * math.exp(-since / FADE_S)
    return total if total > 0.02 else 0.0


def flashed(lit: Lit, strength: float) -> Lit:
    """Light and air with a flash of a strength (radiance of the sky) added."""
    s = lit.samples
    ground = (s.region > 0).to(torch.float32)
    reach = s.open * (0.25 + 0.75 * (0.5 + 0.5 * s.normal[1]) ** 2) * ground
    colour = torch.tensor(COLD)[:, None] * strength
    veil = (0.30 * (1 - lit.through) * ground + 0.55 * (1 - ground)) * colour
    return replace(lit, shading=lit.shading + reach * colour, air=lit.air + veil)
