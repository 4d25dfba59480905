"""The light in a picture that a model lit: S of R x S, recovered so that it cannot smuggle colour or pattern.

Place in the path: beside the hold, which lays R x S over what is held in a generated take. R and the geometry are known from the base take; the
picture is not to be trusted. So the chromaticity of S is one smooth field over everything that is held, and its luma is as smooth as the base
take's own shading is: what a model drew into a coat beyond that is no light, and is counted as residual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sora_lock.colour import coded, luma

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bools = NDArray[np.bool_]

LEAST = 1e-3
"""Linear light that counts as black: ratios of less are noise."""
TELLING = 0.02
"""Reflectance and light from which a pixel says anything about the illuminant's colour; under it 8 bit leave a hue open."""
MOST_POINTS = 20_000
ROUNDS = 12
"""Of reweighting; the fit stands still after about eight."""
SLOPE = 0.05
"""Ridge on the slopes of the illuminant's colour; x and y run over -1..1."""
SOFT = 0.1
"""Cauchy's scale in natural log units of a channel ratio: half the weight at ten per cent."""
EDGE = 0.02
"""Variance of the guide (log units squared) above which the guided filter keeps an edge."""


def recover(picture: Floats, reflectance: Floats, parts: NDArray[np.integer], guide: Floats) -> Floats:
    """S of a picture, float32 [H, W, 3], 0 where nothing is held.

    Chromaticity: log ratios r/g and b/g of picture over reflectance, each fitted by a plane in x and y over all that is held, robustly
    (iteratively reweighted least squares with Cauchy's weights, Holland and Welsch 1977); parts count by the root of their area, so that a coat does not outvote
    all else about the light. Luma: the logarithm of the ratio, smoothed by a guided filter (He, Sun and
    Tang 2010) whose guide is the base take's shading, so that edges stay only where geometry and declared lights have one.

    Args:
        picture, reflectance: float32 [H, W, 3], linear.
        parts: integers [H, W]; 0 is not held, or not known, else the number of the part.
        guide: float32 [H, W], luma of the base take's shading.
    """
    out = np.zeros_like(picture)
    where = parts > 0
    if not where.any():
        return out
    height, width = where.shape
    rows, columns = np.nonzero(where)
    at = np.stack([columns / width * 2 - 1, rows / height * 2 - 1], axis=1)
    p, r = np.maximum(picture[where], LEAST), np.maximum(reflectance[where], LEAST)
    ratio = np.log(p / r)
    telling = (
        (p.max(axis=1) < 0.98) & (np.minimum(p, r).min(axis=1) > LEAST) & (luma(r) > TELLING) & (luma(p) > TELLING)
    )
    tint = np.zeros_like(p)
    if telling.sum() >= 60:
        chosen = np.flatnonzero(telling)[:: max(1, int(telling.sum()) // MOST_POINTS)]
        _, inverse, counts = np.unique(parts[where][chosen], return_inverse=True, return_counts=True)
        say = 1 / np.sqrt(counts[inverse])
        for channel in (0, 2):
            tint[:, channel] = _terms(at) @ _fit(at[chosen], (ratio[:, channel] - ratio[:, 1])[chosen], say)
    colour = np.exp(tint)
    flat = np.zeros(where.shape, np.float32)
    flat[where] = np.log(np.maximum(luma(p), LEAST) / np.maximum(luma(r * colour), LEAST))
    smooth = _guided(flat, np.log(np.maximum(guide, LEAST)).astype(np.float32), where, max(4, height // 24))
    out[where] = np.exp(smooth[where])[:, None] * colour
    return out


def residual(picture: Floats, rebuilt: Floats, where: Bools) -> Floats:
    """How far a picture is from R x S, float32 [H, W] in code values of 255, the worst channel; grain and single pixels' noise are averaged out first.

    Args:
        picture, rebuilt: float32 [H, W, 3], linear.
        where: bool [H, W]; outside the residual is 0, and nothing of it bleeds in.
    """
    import cv2

    mask = where.astype(np.float32)
    weight = np.maximum(cv2.GaussianBlur(mask, (0, 0), 1.5), 1e-6)[..., None]
    difference = (coded(picture).astype(np.float32) - coded(rebuilt)) * mask[..., None]
    mean = cv2.GaussianBlur(difference, (0, 0), 1.5) / weight
    return np.asarray(np.abs(mean).max(axis=2) * mask, np.float32)


def _terms(at: NDArray[np.floating]) -> NDArray[np.float64]:
    x, y = at[:, 0], at[:, 1]
    return np.stack([np.ones_like(x), x, y], axis=1)


def _fit(at: NDArray[np.floating], values: NDArray[np.floating], say: NDArray[np.floating]) -> NDArray[np.float64]:
    terms = _terms(at)
    order = np.argsort(values)
    middle = np.searchsorted(np.cumsum(say[order]), say.sum() / 2)
    solution = np.array([values[order][min(int(middle), len(values) - 1)], 0, 0], np.float64)
    for _ in range(ROUNDS):
        weight = say / (1 + ((values - terms @ solution) / SOFT) ** 2)
        weighted = terms * weight[:, None]
        # A ridge on the slopes: a coat below a face must not pass for light that changes from top to bottom.
        ridge = np.diag([0, 1, 1]) * SLOPE * weight.sum()
        solution = np.linalg.solve(terms.T @ weighted + ridge, weighted.T @ values)
    return solution


def _guided(values: Floats, guide: Floats, where: Bools, radius_px: int) -> Floats:
    """The guided filter within a mask: box means are taken over `where` alone."""
    import cv2

    mask = where.astype(np.float32)
    size = (2 * radius_px + 1, 2 * radius_px + 1)

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.boxFilter(x * mask, -1, size, normalize=False) / count, np.float32)

    count = np.maximum(cv2.boxFilter(mask, -1, size, normalize=False), 1.0)
    of_guide, of_values = mean(guide), mean(values)
    slope = (mean(guide * values) - of_guide * of_values) / (mean(guide * guide) - of_guide**2 + EDGE)
    return mean(slope) * guide + mean(of_values - slope * of_guide)
