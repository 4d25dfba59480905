"""Structure: does the frame show the anchor's own detail where it should.

Place in the path: the judge's third step. The score is the normalised cross-correlation of two bands of log luma in small windows (a
self-quotient comparison: light that is even over a window divides out), the better of one-pixel shifts, at two widths.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

WINDOW = 11
"""Side of the window in grid px."""


def agreement(
    anchor: Floats, frame: Floats, seen: Bools, window: int = WINDOW, reach: int = 1
) -> tuple[Floats, Floats]:
    """Windowed correlation float32 [h, w] in -1..1 and the anchor's strength (standard deviation of its band) [h, w].

    Args:
        anchor, frame: bands on the same grid.
        seen: pixels that count.
        reach: shifts of the frame that are tried, in px; the best stands for each window.
    """
    import cv2

    m = seen.astype(np.float32)
    size = (window, window)
    share = np.maximum(cv2.blur(m, size), 1e-3)
    a = anchor * m
    mean_a = cv2.blur(a, size) / share
    var_a = np.maximum(cv2.blur(a * anchor, size) / share - mean_a * mean_a, 0)
    best = np.full(anchor.shape, -1, np.float32)
    h, w = anchor.shape
    padded = cv2.copyMakeBorder(frame, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            f = padded[dy : dy + h, dx : dx + w]
            fm = f * m
            mean_f = cv2.blur(fm, size) / share
            var_f = np.maximum(cv2.blur(fm * f, size) / share - mean_f * mean_f, 0)
            both = cv2.blur(a * f, size) / share - mean_a * mean_f
            np.maximum(best, both / np.sqrt(var_a * var_f + 1e-7), out=best)
    return best, np.sqrt(var_a)


def contrast(frame: Floats, seen: Bools, window: int = WINDOW) -> Floats:
    """Standard deviation of the frame's band in windows, float32 [h, w]."""
    import cv2

    m = seen.astype(np.float32)
    size = (window, window)
    share = np.maximum(cv2.blur(m, size), 1e-3)
    mean = cv2.blur(frame * m, size) / share
    out: Floats = np.sqrt(np.maximum(cv2.blur(frame * frame * m, size) / share - mean * mean, 0))
    return out


def better_half(match: Floats, weight: Floats) -> float:
    """Weighted mean of the better half of `match`: the other half may be hidden by something in front."""
    values, w = match[weight > 0], weight[weight > 0]
    if not len(values):
        return 0.0
    order = np.argsort(-values)
    share = np.cumsum(w[order]) / w.sum()
    take = order[: max(1, int(np.searchsorted(share, 0.5)))]
    return float(np.average(values[take], weights=w[take]))
