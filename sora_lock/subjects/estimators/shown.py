"""Estimates as pictures for people: what a page shows beside the photograph.

Place in the path: estimators, last. Pure NumPy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import srgb_from_linear
from sora_lock.subjects.estimators import Estimate, Floats

GROUND = 24
"""Grey code value outside the matte."""


def shown(estimate: Estimate, alpha: Floats) -> NDArray[np.uint8]:
    """uint8 [H, W, 3]: normals as 0.5 + 0.5 n; depth from white (nearest) to black between its 1st and 99th percentile; reflectance in sRGB.

    Args:
        alpha: float32 [H, W]; outside there is a dark ground.
    """
    values = estimate.values
    if estimate.quantity == "normal":
        seen = 0.5 + 0.5 * values
    elif estimate.quantity == "depth":
        inside = values[alpha >= 0.5]
        near, far = np.percentile(inside, [1, 99]) if inside.size else (0.0, 1.0)
        seen = np.repeat(np.clip((far - values) / max(float(far - near), 1e-6), 0, 1)[..., None], 3, axis=2)
    else:
        seen = srgb_from_linear(np.clip(values, 0, 1))
    cover = np.clip(alpha, 0, 1)[..., None]
    return np.asarray(np.clip(np.rint(seen * 255 * cover + GROUND * (1 - cover)), 0, 255), np.uint8)
