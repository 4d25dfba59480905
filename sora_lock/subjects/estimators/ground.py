"""Where the ground of a location still ends at what stands on it, and where its sky is.

Place in the path: estimators, classical; between a survey and `still`. Ground is found by GrabCut (Rother, Kolmogorov, Blake 2004) on a small raster: nothing
above the horizon is ground, the picture's lower rim most likely is. In each column it ends where something stands on it for good, read from below; a line
that somebody drew wins. Sky is what is bright, smooth and connected to the upper rim; its edge is refined along the picture by a guided filter (He, Sun, Tang 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.colour import LUMA
from sora_lock.subjects.estimators import Bools, Floats
from sora_lock.subjects.survey import Point

SIDE = 480
"""Longest side of the raster that ground is looked for on."""
RIM = 0.07
"""Part of the height, from below, that is ground for the asking."""
WAY = (0.2, 0.25)
"""Where ground is looked for first, as a part of the width to either side of the middle: far off, and how much more of it in front."""
STANDS = 0.025
"""Part of the height over which something must stand on the ground to end it: a crack in the paving does not."""
EVENED = (0.02, 0.16)
"""How wide the ground's end is evened out, as a part of the width, and over which differences of distance (of its logarithm)."""
JUMP = 0.06
"""Step of distance (of its logarithm) from column to column from which one thing stands before another."""
BELOW_HORIZON = 0.006
"""Part of the height by which ground stays below the horizon: there it is too far away to matter."""
SKY_PART, SKY_EDGE, SKY_SMOOTH, SKY_LEAST = 0.6, 0.008, 0.004, 0.01
"""Brightness of sky as a part of what lies below the horizon, change of code value (of 1) from px to px that ends it, its median change at most, and the part
of the picture it must fill to be one."""

SKY_LIKE, SKY_NEAR_PX = 0.045, 21
"""Difference from the sky nearby, code value of 1 in any channel, up to which a pixel apart from it is sky (what is seen through leaves), and what is near."""

Skies = Literal["find", "none"]


@dataclass(frozen=True)
class Ground:
    """What stands where in a picture.

    Attributes:
        edge_px: float32 [W], the row at which the ground ends in each column, from below; the height where a column has no ground.
        sky: float32 [H, W], 0..1, how much of a pixel is sky.
    """

    edge_px: Floats
    sky: Floats


def horizon_rows(camera: Camera) -> Floats:
    """The horizon's row in each column, float32 [W]; may lie outside the picture."""
    up = np.asarray(camera.rotation)[:, 1]
    x = (np.arange(camera.width) + 0.5 - camera.centre_px[0]) / camera.focal_px
    return np.asarray(camera.centre_px[1] - camera.focal_px * (up[2] - x * up[0]) / up[1], np.float32)


def ground(
    rgb: NDArray[np.uint8],
    camera: Camera,
    drawn: tuple[Point, ...] = (),
    sky: Skies = "find",
    hole: Bools | None = None,
) -> Ground:
    """Ground and sky of a picture.

    Args:
        rgb: uint8 [H, W, 3], sRGB; camera: the one that took it, of the same size.
        drawn: points from left to right along which the ground ends; with two or more nothing is estimated.
        sky: "none" indoors.
        hole: bool [H, W], what is not of the place; in its columns the ground ends where it does beside them.
    """
    height, width = rgb.shape[:2]
    rows = horizon_rows(camera)
    least = np.clip(rows + BELOW_HORIZON * height, 0, height).astype(np.float32)
    if len(drawn) >= 2:
        points = sorted(drawn)
        columns = np.arange(width) + 0.5
        edge = np.interp(columns, [p[0] for p in points], [p[1] for p in points]).astype(np.float32)
    else:
        edge = _found(rgb, least)
        free = np.ones(width, bool) if hole is None else ~hole.any(axis=0)
        if free.any() and not free.all():
            edge = np.interp(np.arange(width), np.flatnonzero(free), edge[free]).astype(np.float32)
    edge = np.clip(edge, least, height).astype(np.float32)
    return Ground(edge, _sky(rgb, np.minimum(edge, least)) if sky == "find" else np.zeros((height, width), np.float32))


def _found(rgb: NDArray[np.uint8], least: Floats) -> Floats:
    import cv2

    height, width = rgb.shape[:2]
    share = min(1.0, SIDE / max(height, width))
    w, h = max(2, round(width * share)), max(2, round(height * share))
    small = cv2.resize(rgb, (w, h), interpolation=cv2.INTER_AREA)
    limit = cv2.resize(least[None], (w, 1), interpolation=cv2.INTER_LINEAR)[0] * h / height
    row = np.arange(h)[:, None] + 0.5
    above = row < limit[None]
    mask = np.full((h, w), cv2.GC_PR_BGD, np.uint8)
    below = (row - limit[None]) / np.maximum(h - limit[None], 1.0)
    aside = np.abs((np.arange(w)[None] + 0.5) / w - 0.5)
    mask[(below > 0.35) & (aside < WAY[0] + WAY[1] * below)] = cv2.GC_PR_FGD
    mask[above] = cv2.GC_BGD
    mask[(row > h * (1 - RIM)) & (aside < WAY[0] + 0.5 * WAY[1]) & ~above] = cv2.GC_FGD
    if (mask == cv2.GC_FGD).sum() < 16 or (mask == cv2.GC_BGD).sum() + (mask == cv2.GC_PR_BGD).sum() < 16:
        return np.asarray(least, np.float32)
    cv2.setRNGSeed(0)
    smooth = cv2.bilateralFilter(cv2.cvtColor(small, cv2.COLOR_RGB2Lab), 7, 22, 5)
    cv2.grabCut(smooth, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)
    on = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    on = cv2.morphologyEx(on, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    ends = ends_of(on > 0)
    return _settled(ends.astype(np.float32), limit, width, height / h)


def ends_of(on: Bools) -> NDArray[np.int64]:
    """The row, read from below, at which ground [H, W] ends for good in each column: where something stands on it over `STANDS` of the height."""
    h, w = on.shape
    run = max(3, round(STANDS * h))
    off = np.concatenate([np.zeros((1, w), np.int64), np.cumsum(~on, axis=0)])
    held = np.ones((h, w), bool)
    held[run - 1 :] = off[run:] - off[: h - run + 1] == run
    return np.asarray(np.where(held, np.arange(h)[:, None] + 1, 0).max(axis=0), np.int64)


def _settled(ends: Floats, limit: Floats, width: int, share: float) -> Floats:
    """The rows at which the ground ends, float32 [W] of the picture, from those of a raster `share` times as small, [w].

    What is told by single columns (a leaning board, a drain) is evened out as far as it lies near what is beside it; where one thing stands
    before another that is much further off, the step stays, and stays sharp.
    """
    import cv2

    w = len(ends)
    median = np.asarray(cv2.medianBlur(ends[None], 5)[0], np.float32)
    near = np.log(np.maximum(median - limit, 1.0))
    reach = max(2, round(EVENED[0] * w))
    shifts = np.arange(-2 * reach, 2 * reach + 1)
    beside = near[np.clip(np.arange(w)[:, None] + shifts[None], 0, w - 1)]
    weight = np.exp(-0.5 * (shifts[None] / reach) ** 2) * np.exp(-0.5 * ((beside - near[:, None]) / EVENED[1]) ** 2)
    smooth = limit + np.exp((beside * weight).sum(axis=1) / weight.sum(axis=1))
    smooth = np.where(median <= limit + 1, median, smooth).astype(np.float32)[None] * np.float32(share)
    even, stepped = (
        cv2.resize(smooth, (width, 1), interpolation=how)[0] for how in (cv2.INTER_LINEAR, cv2.INTER_NEAREST)
    )
    jump = (np.abs(np.diff(np.log(np.maximum(smooth[0] / share - limit, 1.0)), prepend=0)) > JUMP).astype(np.uint8)
    jump[0] = 0
    beside_jump = cv2.resize(
        cv2.dilate(jump[None], np.ones((1, 3), np.uint8)), (width, 1), interpolation=cv2.INTER_NEAREST
    )
    return np.asarray(np.where(beside_jump[0] > 0, stepped, even), np.float32)


def _sky(rgb: NDArray[np.uint8], limit: Floats) -> Floats:
    """Sky above a limit, float32 [W] rows."""
    import cv2

    height, width = rgb.shape[:2]
    share = min(1.0, SIDE / max(height, width))
    w, h = max(2, round(width * share)), max(2, round(height * share))
    small = cv2.resize(rgb, (w, h), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    value = small @ LUMA
    row = np.arange(h)[:, None] + 0.5
    blurred = cv2.GaussianBlur(small, (0, 0), 1.0)
    # In colour: at dusk a hill may be as bright as the sky behind it.
    slopes = [cv2.Sobel(blurred, cv2.CV_32F, *along) / 8 for along in ((1, 0), (0, 1))]
    change = np.hypot(*slopes).max(axis=2)
    below = row >= cv2.resize(limit[None], (w, 1))[0] * h / height
    bright = value > SKY_PART * float(np.median(value[below] if below.any() else value))
    _, label = cv2.connectedComponents((bright & (change < SKY_EDGE) & ~below).astype(np.uint8), connectivity=4)
    is_sky = np.zeros((h, w), bool)
    for k in set(np.unique(label[: max(1, h // 50)])) - {0}:
        mine = label == k
        # A wall may be as bright and reach the rim, but it is not as smooth.
        if float(np.median(change[mine])) < SKY_SMOOTH and float(mine.mean()) > 0.1 * SKY_LEAST:
            is_sky |= mine
    # Through leaves and rigging: what has the sky's colour close to sky belongs to it.
    if float(is_sky.mean()) < SKY_LEAST:
        return np.zeros((height, width), np.float32)
    mean = np.array([cv2.blur(np.where(is_sky, small[..., c], 0), (SKY_NEAR_PX,) * 2) for c in range(3)])
    near = cv2.blur(is_sky.astype(np.float32), (SKY_NEAR_PX,) * 2)
    like = np.abs(small - np.moveaxis(mean / np.maximum(near, 1e-3), 0, -1)).max(axis=2) < SKY_LIKE
    grown: Bools = is_sky | (like & (near > 0.2) & bright)
    rough = cv2.resize(grown.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    guide = (rgb @ LUMA / np.float32(255)).astype(np.float32)
    out = np.clip((_guided(guide, rough, max(2, round(0.006 * max(height, width))), 1e-4) - 0.08) / 0.84, 0, 1)
    return np.where(np.arange(height)[:, None] + 0.5 >= limit[None], np.float32(0), out).astype(np.float32)


def _guided(guide: Floats, values: Floats, radius: int, epsilon: float) -> Floats:
    """The guided filter of one channel."""
    import cv2

    def mean(x: NDArray[np.floating]) -> Floats:
        return np.asarray(cv2.blur(x, (2 * radius + 1,) * 2), np.float32)

    m, v = mean(guide), mean(values)
    a = (mean(guide * values) - m * v) / (mean(guide * guide) - m * m + np.float32(epsilon))
    b = v - a * m
    return np.asarray(mean(a) * guide + mean(b), np.float32)
