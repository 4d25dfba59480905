"""Which triangle each texel of an atlas shows, and where on it.

Place in the path: subjects, under `models`, between unwrapping and baking. A gutter around each chart goes on with its nearest triangle, so that a read
between the last texel of a chart and the next finds what the surface would have there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]

GUTTER = 1.5
"""How far beyond a chart its triangles go on, in texels."""


@dataclass(frozen=True, eq=False)
class Texels:
    """The texels of a square atlas that show something.

    Attributes:
        side: of the atlas.
        at: int64 [N], row-major numbers of those texels.
        triangle: int32 [N].
        weight: float32 [N, 3], of the triangle's corners; adds up to 1, and goes below 0 in the gutter.
        twice: how many texel centres lie in more than one triangle.
    """

    side: int
    at: NDArray[np.int64]
    triangle: NDArray[np.int32]
    weight: Floats
    twice: int

    def of(self, corners: NDArray[np.int32], values: NDArray[Any]) -> Floats:
        """Values of vertices [V, C] at the texels, float32 [N, C]; `corners` int32 [T, 3]."""
        own = corners[self.triangle]
        out = values[own[:, 0]] * self.weight[:, :1]
        out += values[own[:, 1]] * self.weight[:, 1:2]
        out += values[own[:, 2]] * self.weight[:, 2:]
        return np.asarray(out, np.float32)


def texels(st: Floats, faces: NDArray[np.int32], side: int, gutter: float = GUTTER) -> Texels:
    """The texels of an atlas of a side, for triangles with coordinates `st` float32 [V, 2], 0..1."""
    triangle = np.full(side * side, -1, np.int32)
    beyond = np.full(side * side, np.inf, np.float32)
    weight = np.zeros((side * side, 3), np.float32)
    twice = _draw(np.ascontiguousarray(st[faces] * np.float32(side)), side, gutter, triangle, beyond, weight)
    at = np.flatnonzero(triangle >= 0)
    return Texels(side, at, triangle[at], weight[at], int(twice))


@njit(cache=True, error_model="numpy")
def _draw(corner: Floats, side: int, gutter: float, triangle: Any, beyond: Floats, weight: Floats) -> int:
    """Draws triangles [T, 3, 2] (in texels); a texel goes to the one it lies in, else to the nearest within the gutter."""
    twice = 0
    for f in range(len(corner)):
        ax, ay = corner[f, 0, 0], corner[f, 0, 1]
        bx, by = corner[f, 1, 0], corner[f, 1, 1]
        cx, cy = corner[f, 2, 0], corner[f, 2, 1]
        flat = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(flat) < 1e-9:
            continue
        # distances from the edges are weights times heights
        ha = abs(flat) / max(math.hypot(cx - bx, cy - by), 1e-6)
        hb = abs(flat) / max(math.hypot(ax - cx, ay - cy), 1e-6)
        hc = abs(flat) / max(math.hypot(bx - ax, by - ay), 1e-6)
        x0, x1 = max(0, int(min(ax, bx, cx) - gutter)), min(side - 1, int(max(ax, bx, cx) + gutter))
        y0, y1 = max(0, int(min(ay, by, cy) - gutter)), min(side - 1, int(max(ay, by, cy) + gutter))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                wb = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) / flat
                wc = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / flat
                wa = 1.0 - wb - wc
                out = max(-wa * ha, -wb * hb, -wc * hc, 0.0)
                k = y * side + x
                if out > gutter:
                    continue
                if out <= 0.0 and beyond[k] <= 0.0 and min(wa, wb, wc) > 1e-3:
                    twice += 1
                if out < beyond[k]:
                    beyond[k] = out
                    triangle[k] = f
                    weight[k, 0], weight[k, 1], weight[k, 2] = wa, wb, wc
    return twice


def filled(plane: NDArray[Any], known: NDArray[np.int64]) -> NDArray[Any]:
    """A plane [side, side, C] whose other texels take the value of the nearest known one, so that coarser levels mix in nothing foreign.

    Args:
        known: int64 [N], row-major numbers of texels that say something.
    """
    import cv2

    side = plane.shape[0]
    away = np.ones(side * side, np.uint8)
    away[known] = 0
    _, label = cv2.distanceTransformWithLabels(away.reshape(side, side), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    label = label.reshape(-1)
    nearest = np.zeros(int(label.max()) + 1, np.int64)
    nearest[label[known]] = known
    out: NDArray[Any] = plane.reshape(side * side, -1)[nearest[label]].reshape(plane.shape)
    return out
