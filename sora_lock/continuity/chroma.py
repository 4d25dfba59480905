"""Chromaticity: did one region's colour move against the others.

Place in the path: the judge's fourth step. For every window whose structure was found, the logarithm of frame over anchor is the light there (in
linear Rec.709). Its chromaticity is compared with that of the subject's other regions, near ones more: what all share is light or grade,
what one region alone shows is drift. The region is never balanced against itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

FLOOR = 0.012
"""Added to linear values before the logarithm."""
DARK_CODE, CLIPPED_CODE = 26.0, 247.0
"""Code values between which a window's colour counts."""


@dataclass(frozen=True)
class Tint:
    """Colour of a region against the others.

    Attributes:
        distance: difference of log chromaticity (natural log of R/G and B/G), less what the light itself varies by; None when not judged.
        why: why it was not judged, in words; "" when it was.
    """

    distance: float | None
    why: str = ""


def light_of(anchor_linear: Floats, frame_rgb: Floats, usable: Bools) -> tuple[Floats, Bools]:
    """Log chromaticity of the light, float32 [h, w, 2], and where it counts, bool [h, w].

    Args:
        anchor_linear: float32 [h, w, 3], linear reflectance.
        frame_rgb: float32 [h, w, 3], code values 0..255.
        usable: pixels of the subject whose structure agrees.
    """
    import cv2

    m = usable.astype(np.float32)
    share = np.maximum(cv2.blur(m, (7, 7)), 1e-3)[..., None]
    mean_code = cv2.blur(frame_rgb * m[..., None], (7, 7)) / share
    frame = cv2.blur(linear_from_srgb(frame_rgb / np.float32(255)) * m[..., None], (7, 7)) / share
    anchor = cv2.blur(anchor_linear * m[..., None], (7, 7)) / share
    ratio = np.log((frame + FLOOR * 0.3) / (anchor + FLOOR))
    tint = np.stack([ratio[..., 0] - ratio[..., 1], ratio[..., 2] - ratio[..., 1]], axis=-1)
    counts = (
        usable
        & (mean_code.max(axis=-1) > DARK_CODE)
        & (mean_code.max(axis=-1) < CLIPPED_CODE)
        & (anchor.max(axis=-1) > 0.03)
    )
    return tint.astype(np.float32), counts


def saturation(frame_rgb: Floats, where: Bools) -> float:
    """Mean of (max - min) / max of the code values there: near 0 in a black and white take."""
    pixels = frame_rgb[where]
    if not len(pixels):
        return 0.0
    top = pixels.max(axis=1)
    return float(np.mean((top - pixels.min(axis=1)) / np.maximum(top, 1)))


def tints(light: Floats, counts: Bools, parts: Mapping[int, Bools], least: int = 60) -> dict[int, Tint]:
    """For each part, its tint against all others.

    Args:
        light, counts: of `light_of`.
        parts: region number -> bool [h, w].
        least: pixels a part, and the others together, must show.
    """
    shown = {k: p & counts for k, p in parts.items()}
    out: dict[int, Tint] = {}
    for k, own in shown.items():
        if own.sum() < least:
            out[k] = Tint(None, "too little of it shows its colour")
            continue
        others = [o for j, o in shown.items() if j != k and o.sum() >= least // 2]
        if not others or sum(int(o.sum()) for o in others) < least:
            out[k] = Tint(None, "nothing else of the subject shows its colour to compare with")
            continue
        rows, columns = np.nonzero(own)
        centre = np.array([rows.mean(), columns.mean()])
        reach = 30.0 + 0.8 * float(np.hypot(rows.std(), columns.std()))
        middles, weights, spreads = [], [], []
        for o in others:
            r, c = np.nonzero(o)
            w = np.exp(-0.5 * ((r - centre[0]) ** 2 + (c - centre[1]) ** 2) / reach**2) + 0.02
            values = light[o]
            middle = np.array([_median(values[:, i], w) for i in (0, 1)])
            middles.append(middle)
            weights.append(float(w.sum()) ** 0.5)
            spreads.append(float(np.hypot(*(_median(np.abs(values[:, i] - middle[i]), w) for i in (0, 1)))))
        at = np.average(middles, axis=0, weights=weights)
        # what the others differ by among themselves is what light and grade do here; a region may differ by as much
        spread = float(np.average(spreads, weights=weights))
        among = float(np.sqrt(np.average(np.sum((np.array(middles) - at) ** 2, axis=1), weights=weights)))
        mine = np.array([float(np.median(light[own][:, i])) for i in (0, 1)])
        within = float(np.hypot(*(np.median(np.abs(light[own][:, i] - mine[i])) for i in (0, 1))))
        if max(spread, within) > 0.55:
            out[k] = Tint(None, "the light's colour differs too much from place to place")
            continue
        out[k] = Tint(max(0.0, float(np.hypot(*(mine - at))) - 0.7 * among - 0.5 * spread - 0.3 * within))
    return out


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])
