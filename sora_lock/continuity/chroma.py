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
Codes = NDArray[np.uint8]

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


def colours_of(anchor_linear: Floats, frame_rgb: Codes | Floats, usable: Bools) -> tuple[Floats, Bools]:
    """Log chromaticities (ln R/G, ln B/G) of frame and anchor, float32 [h, w, 4], and where they count, bool [h, w].

    Args:
        anchor_linear: float32 [h, w, 3], linear reflectance.
        frame_rgb: uint8 or float32 [h, w, 3], code values 0..255.
        usable: pixels of the subject whose structure agrees.
    """
    import cv2

    m = usable.astype(np.float32)
    share = np.maximum(cv2.blur(m, (7, 7)), 1e-3)[..., None]
    mean_code = cv2.blur(frame_rgb.astype(np.float32) * m[..., None], (7, 7)) / share
    linear = linear_from_srgb(frame_rgb if frame_rgb.dtype == np.uint8 else frame_rgb / np.float32(255))
    frame = cv2.blur(linear * m[..., None], (7, 7)) / share
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


def surface_tints(
    colours: Floats, counts: Bools, parts: Mapping[int, Bools], wanted: Collection[int], least: int = 2000
) -> dict[int, Tint]:
    """For each surface of a set, how far its colour turned; two looks that no light takes part in.

    Across its borders: in small cells the surface is compared with what is next to it, which stands in the same light. Within: its own pattern of
    colours, window by window, is turned against the anchor's (in the plane of ln R/G and ln B/G). A turn of hue shows in both.

    Args:
        colours, counts, parts, wanted: as of `tints`.
        least: grid pixels that a surface must show.

    Returns:
        Tints whose distance is in natural logarithms of chromaticity ratios, with CIRCLE for each radian of the turn within.
    """
    cells = {k: c for k, p in parts.items() if (c := _cells(colours, p & counts)) is not None}
    out: dict[int, Tint] = {}
    for k in wanted:
        if k not in parts:
            continue
        if k not in cells or int((parts[k] & counts).sum()) < least or len(cells) < 2:
            out[k] = Tint(None, "too little of it shows its colour")
            continue
        across = _across(cells[k], [c for j, c in cells.items() if j != k])
        if across is None:
            out[k] = Tint(None, "nothing else of the subject shows its colour to compare with")
            continue
        angle, size, alike = _within(colours, parts[k] & counts)
        if alike < 0.5 or not 0.5 < size < 1.5:
            distance = UNSURE * across
        else:
            distance = min(across + CIRCLE * angle, np.inf if angle > STILL_RAD else STILL)
        out[k] = Tint(float(distance))
    return out


CELL_PX = 8
"""Side of a cell of `surface_tints`, grid px."""
BESIDE_PX = 20.0
"""How far from a cell its neighbours count: standard deviation, grid px."""
CIRCLE = 0.35
"""Distance that a radian of turn counts for."""
UNSURE = 0.6
"""Weight of the look across borders where the pattern within is too weak to be asked."""
STILL_RAD, STILL = 0.07, 0.05
"""A pattern turned less than this says that light moved the colour; so much distance is left at most."""

_Cells = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _cells(colours: Floats, shown: Bools) -> _Cells | None:
    """Cells that show a part: their middles [n, 2], mean colours [n, 4] and pixel counts [n]; None when there are none."""
    h, w = shown.shape
    across, down = -(-w // CELL_PX), -(-h // CELL_PX)
    rows, columns = np.nonzero(shown)
    index = (rows // CELL_PX) * across + columns // CELL_PX
    count = np.bincount(index, minlength=across * down).astype(np.float64)
    full = np.flatnonzero(count >= 10)
    if not len(full):
        return None
    values = colours[rows, columns]
    total = np.stack(
        [np.bincount(index, weights=values[:, i], minlength=across * down)[full] for i in range(4)], axis=1
    )
    at = np.stack(np.divmod(full, across), axis=1) * CELL_PX + CELL_PX / 2
    return at, total / count[full, None], count[full]


def _across(own: _Cells, others: Sequence[_Cells]) -> float | None:
    """Difference of a part's cells against cells beside them, less half of what it varies by; the least over SATURATIONS, 0 or more."""
    at, colour, count = own
    places, around, counts = (np.concatenate([o[i] for o in others]) for i in range(3))
    far = ((at[:, None] - places[None]) ** 2).sum(axis=-1)
    weight = np.exp(-0.5 * far / BESIDE_PX**2) * counts
    support = weight.sum(axis=1)
    beside = support > 30
    if beside.sum() < 8:
        return None
    mean = (weight[beside] @ around) / support[beside, None]
    colour = colour[beside]
    trust = np.minimum(support[beside], 120) * np.minimum(count[beside], 64)
    best = np.inf
    for share in SATURATIONS:
        apart = ((colour[:, :2] - share * colour[:, 2:]) - (mean[:, :2] - share * mean[:, 2:])).astype(np.float32)
        middle = [_median(apart[:, i], trust) for i in (0, 1)]
        best = min(best, _length(middle) - 0.5 * _spread(apart, trust))
    return max(0.0, float(best))


def _within(colours: Floats, shown: Bools) -> tuple[float, float, float]:
    """The turn (radians, 0..pi), scale and coherence (0..1) of a part's own pattern of colours, light taken out by windows."""
    import cv2

    m = shown.astype(np.float32)
    share = np.maximum(cv2.GaussianBlur(m, (0, 0), 5.0), 1e-3)[..., None]
    fine = (colours - cv2.GaussianBlur(colours * m[..., None], (0, 0), 5.0) / share)[shown]
    frame, anchor = ((fine[:, i] - fine[:, i + 1]) + 0.577j * (fine[:, i] + fine[:, i + 1]) for i in (0, 2))
    both = complex((frame * anchor.conj()).sum())
    power = float((np.abs(anchor) ** 2).sum()), float((np.abs(frame) ** 2).sum())
    angle = math.atan2(both.imag, both.real)
    return abs(angle), abs(both) / max(power[0], 1e-9), abs(both) / math.sqrt(power[0] * power[1] + 1e-9)


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
