"""A silhouette blown up to a body: the height field that normals, depth and the guess of the light start from.

Place in the path: estimators, classical; under `normals`, `depth` and `reflectance`. Solves `laplace h = -4` inside the matte with h = 0 at its edge; `sqrt(h)` then is
round where it meets the edge, and of a disc exactly the half ball over it. Where the subject leaves the picture it goes on: no slope across
the picture's border. With a `reach`, `laplace h - h / reach^2 = -4`: parts wider than that stay flat, smaller ones are round all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.subjects.estimators import Bools, Floats

SIDE = 320
"""Longest side of the raster that height is solved on; it is smooth, so no picture shows more."""


@dataclass(frozen=True)
class Raster:
    """The matte on the raster of the solve.

    Attributes:
        inside: bool [h, w]; index: int64 [h, w], number of each inside pixel, -1 outside.
        first, second: int64 [E], pairs of inside neighbours, by number; borders: float64 [N], neighbours outside the matte but in the picture.
    """

    inside: Bools
    index: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    borders: NDArray[np.float64]

    @property
    def size(self) -> float:
        """The square root of the area, px of this raster."""
        return float(np.sqrt(self.inside.sum()))


def raster(alpha: Floats, side: int = SIDE) -> Raster:
    """The matte reduced to `side` px at most, with the pairs of neighbours in it."""
    import cv2

    share = min(1.0, side / max(alpha.shape))
    size = (max(2, round(alpha.shape[1] * share)), max(2, round(alpha.shape[0] * share)))
    inside = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) >= 0.5, np.bool_)
    index = np.full(inside.shape, -1, np.int64)
    count = int(inside.sum())
    index[inside] = np.arange(count)
    first, second = [], []
    for a, b in ((index[:, :-1], index[:, 1:]), (index[:-1], index[1:])):
        both = (a >= 0) & (b >= 0)
        first.append(a[both])
        second.append(b[both])
    padded = np.pad(inside, 1, mode="edge")  # beyond the picture it goes on as it is: no neighbour outside there
    borders = sum(
        (~x)[inside].astype(np.float64)
        for x in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    )
    return Raster(inside, index, np.concatenate(first), np.concatenate(second), np.asarray(borders, np.float64))


def height(on: Raster, reach_px: float | None = None) -> Floats:
    """h, float32 [h, w] in px^2 of the raster, 0 outside; `sqrt(h)` is the height in px."""
    count = len(on.borders)
    diagonal = on.borders + (1e-9 if reach_px is None else 1.0 / reach_px**2)
    out = np.zeros(on.inside.shape, np.float32)
    out[on.inside] = solve(on, np.ones(len(on.first)), diagonal, np.full(count, 4.0))
    return out


def solve(
    on: Raster, weight: NDArray[np.float64], diagonal: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """x [N] with `sum over neighbours of weight * (x_p - x_q) + diagonal * x_p = wanted`, weights [E] one a pair."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import spsolve

    count = len(diagonal)
    own = diagonal + np.bincount(on.first, weight, count) + np.bincount(on.second, weight, count)
    every = np.arange(count)
    rows = np.concatenate([on.first, on.second, every])
    columns = np.concatenate([on.second, on.first, every])
    values = np.concatenate([-weight, -weight, own])
    system = coo_matrix((values, (rows, columns)), (count, count)).tocsc()
    return np.asarray(spsolve(system, wanted), np.float64)


def slopes(h: Floats, depth: float = 1.0) -> Floats:
    """Unit normals [h, w, 3] of the surface `depth * sqrt(h)`, camera space; without the root's steep edge, since `grad sqrt(h) = grad h / (2 sqrt(h))`."""
    down, right = np.gradient(h)
    normal = np.stack([-0.5 * depth * right, 0.5 * depth * down, np.sqrt(np.maximum(h, 0))], axis=-1)
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    front = np.array([0, 0, 1], np.float32)
    return np.where(length > 1e-6, normal / np.maximum(length, 1e-6), front).astype(np.float32)


def round_normals(on: Raster) -> Floats:
    """Normals [h, w, 3] of a body: a compact shape (a ball, a pot) is as deep as it is wide; a figure is a cushion 0.8 times as deep, and flatter
    in the middle of its wide parts.

    The figure's shares were measured on rendered ones (`benchmarks.estimators`), the ball's are exact.
    """
    compact = _compact(on.inside)
    fine, whole = slopes(height(on, 0.06 * on.size)), slopes(height(on), 0.8 + 0.2 * compact)
    mixed = (1 - compact) * fine + 2 * whole
    return np.asarray(mixed / np.linalg.norm(mixed, axis=-1, keepdims=True), np.float32)


def _compact(inside: Bools) -> float:
    """1 for a disc, 0 for a figure's outline: from area / perimeter^2, which a disc has the most of."""
    import cv2

    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    smooth = [cv2.approxPolyDP(c, 0.5, True) for c in contours]
    around = sum(cv2.arcLength(c, True) for c in smooth)
    share = 4 * np.pi * float(inside.sum()) / max(float(around) ** 2, 1.0)
    t = float(np.clip((share - 0.65) / 0.2, 0, 1))
    return t * t * (3 - 2 * t)
