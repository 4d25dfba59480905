"""The poster of a shot that no guide shows yet: the locks' own anchors, side by side, on grey.

Place in the path: hosted; in the place of a poster, since a provider would bill for one. It shows who is asked for, not what will come.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sora_lock.engines import Scene
from sora_lock.media.images import resize

Codes = NDArray[np.uint8]

GROUND = 58
"""Code value of the grey, dark enough to be taken for no picture of a place."""
MARGIN = 0.06
"""Of the raster's height, around each anchor."""


def slate(scene: Scene) -> Codes:
    """uint8 [H, W, 3], sRGB: the first anchor of each of the cast, or of the set where nobody is cast; bare grey where there are none."""
    out = np.full((scene.height, scene.width, 3), GROUND, np.uint8)
    fronts = [a.anchors()[:1] for a in (scene.cast or (scene.stage,))]
    shown = [front[0] for front in fronts if front]
    margin_px = round(scene.height * MARGIN)
    column_px = scene.width // max(1, len(shown))
    for k, rgba in enumerate(shown):
        h, w = rgba.shape[:2]
        scale = min((scene.height - 2 * margin_px) / h, (column_px - 2 * margin_px) / w)
        small = resize(rgba, max(1, round(w * scale)), max(1, round(h * scale))).astype(np.float32)
        tall, wide = small.shape[:2]
        y, x = (scene.height - tall) // 2, k * column_px + (column_px - wide) // 2
        alpha = small[..., 3:] / np.float32(255)
        under = out[y : y + tall, x : x + wide]
        out[y : y + tall, x : x + wide] = np.rint(small[..., :3] * alpha + under * (1 - alpha)).astype(np.uint8)
    return out
