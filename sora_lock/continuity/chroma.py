"""Chromaticity: did one region's colour move against the others.

Place in the path: the judge's fourth step. For every window whose structure was found, the logarithm of frame over anchor is the light there (in
linear Rec.709). Its chromaticity is compared with that of the subject's other regions, near ones more: what all share is light, haze or grade,
what one region alone shows is drift. The region is never balanced against itself.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

FLOOR = 0.012
"""Added to linear values before the logarithm."""
MIXED = "the light's colour differs too much from place to place"
DARK_REFLECTANCE = 0.07
"""Largest channel of the anchor below which gloss and haze say more about a colour than the surface does."""
SATURATIONS = tuple(round(0.16 + 0.09 * i, 2) for i in range(12))
"""Shares of the anchor's chromaticity that haze, gloss and grade may leave."""
SAMPLES_PX = 240
"""Pixels of a part that are compared."""
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


def colours_of(anchor_linear: Floats, frame_rgb: Floats, usable: Bools) -> tuple[Floats, Bools]:
    """Log chromaticities (ln R/G, ln B/G) of frame and anchor, float32 [h, w, 4], and where they count, bool [h, w].

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
    # the floor is the same share of both, whatever the exposure
    exposure = 1.0
    if usable.any():
        exposure = float(np.median(frame[usable].sum(axis=-1) / np.maximum(anchor[usable].sum(axis=-1), 0.01)))
    logs = [np.log(frame + FLOOR * exposure + 1e-5), np.log(anchor + FLOOR)]
    out = np.stack([c[..., i] - c[..., 1] for c in logs for i in (0, 2)], axis=-1)
    counts = (
        usable
        & (mean_code.max(axis=-1) > DARK_CODE)
        & (mean_code.max(axis=-1) < CLIPPED_CODE)
        & (anchor.max(axis=-1) > DARK_REFLECTANCE)
    )
    return out.astype(np.float32), counts


def saturation(frame_rgb: Floats, where: Bools) -> float:
    """Mean of (max - min) / max of the code values there: near 0 in a black and white take."""
    pixels = frame_rgb[where]
    if not len(pixels):
        return 0.0
    top = pixels.max(axis=1)
    return float(np.mean((top - pixels.min(axis=1)) / np.maximum(top, 1)))


def tints(
    colours: Floats, counts: Bools, parts: Mapping[int, Bools], wanted: Collection[int], least: int = 60
) -> dict[int, Tint]:
    """For each part, its tint against all others.

    Haze, gloss and a grade take the same share of colour from all; so a part's tint is the least over saturations from a sixth to a little more than
    the anchor's, the same for it and for the others. What is left is a turn of hue, or a colour that one part alone lost.

    Args:
        colours, counts: of `colours_of`.
        parts: region number -> bool [h, w].
        wanted: which of them are asked for; all are compared with.
        least: pixels a part, and the others together, must show.
    """
    shown = {k: _samples(p & counts, colours) for k, p in parts.items()}
    out: dict[int, Tint] = {}
    for k, own in shown.items():
        if k not in wanted:
            continue
        if own.area < least:
            out[k] = Tint(None, "too little of it shows its colour")
            continue
        others = [o for j, o in shown.items() if j != k and o.area >= least // 2]
        if not others or sum(o.area for o in others) < least:
            out[k] = Tint(None, "nothing else of the subject shows its colour to compare with")
            continue
        centre = own.at.mean(axis=0)
        reach = 30.0 + 0.8 * _length(own.at.std(axis=0))
        middles, weights, spreads = [], [], []
        for o in others:
            w = np.exp(-0.5 * ((o.at - centre) ** 2).sum(axis=1) / reach**2) + 0.02
            middles.append(np.array([_median(o.colours[:, i], w) for i in range(4)]))
            weights.append(float(w.mean() * o.area) ** 0.5)
            spreads.append(_spread(o.colours[:, :2] - o.colours[:, 2:], w))
        mine = np.array([float(np.median(own.colours[:, i])) for i in range(4)])
        within = _spread(own.colours[:, :2] - own.colours[:, 2:], np.ones(len(own.at)))
        spread = float(np.average(spreads, weights=weights))
        if max(spread, within) > 0.35:
            out[k] = Tint(None, MIXED)
            continue
        best = np.inf
        for share in SATURATIONS:
            light = np.array([m[:2] - share * m[2:] for m in middles])
            at = np.average(light, axis=0, weights=weights)
            among = float(np.sqrt(np.average(np.sum((light - at) ** 2, axis=1), weights=weights)))
            apart = _length(mine[:2] - share * mine[2:] - at)
            best = min(best, apart - 0.7 * among - 0.5 * spread - 0.3 * within)
        out[k] = Tint(max(0.0, float(best)))
    return out


@dataclass(frozen=True)
class _Samples:
    """At most SAMPLES_PX pixels of a part, evenly taken: places [n, 2], colours [n, 4]; and how many it has."""

    at: NDArray[np.float64]
    colours: Floats
    area: int


def _samples(shown: Bools, colours: Floats) -> _Samples:
    rows, columns = np.nonzero(shown)
    step = max(1, -(-len(rows) // SAMPLES_PX))
    rows_, columns_ = rows[::step], columns[::step]
    return _Samples(np.stack([rows_, columns_], axis=1).astype(np.float64), colours[rows_, columns_], len(rows))


def _spread(light: Floats, weights: NDArray[np.floating]) -> float:
    """Median absolute deviation of both chromaticities, as a length."""
    middle = [_median(light[:, i], weights) for i in (0, 1)]
    return _length([_median(np.abs(light[:, i] - middle[i]), weights) for i in (0, 1)])


def _length(pair: Sequence[float] | NDArray[np.floating]) -> float:
    return math.hypot(float(pair[0]), float(pair[1]))


def _median(values: Floats, weights: NDArray[np.floating]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])
