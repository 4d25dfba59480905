"""The frames in which comp reads a normal map, made here again: what a baked normal is written in must be what it will be read in.

Place in the path: subjects, under `models`. The engine computes the same for every pose (`engines/comp/loops.frames`); a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Frames:
    """Smooth normals and directions of growing s, float32 [V, 3], unit; hand: float32 [T], +1, or -1 where the atlas shows a triangle mirrored."""

    normal: Floats
    along: Floats
    hand: Floats


def frames(position: Floats, faces: NDArray[np.int32], st: Floats, weld: NDArray[np.int32]) -> Frames:
    """Area-weighted frames of a mesh; vertices of one weld share their normal."""
    p, q = position[faces].astype(np.float64), st[faces].astype(np.float64)
    u, v = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    a, b = q[:, 1] - q[:, 0], q[:, 2] - q[:, 0]
    flat = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    safe = np.where(np.abs(flat) < 1e-12, 1e-12, flat)
    across = np.cross(u, v)
    along = u * (b[:, 1] / safe)[:, None] - v * (a[:, 1] / safe)[:, None]
    along *= (np.linalg.norm(across, axis=1) / np.maximum(np.linalg.norm(along, axis=1), 1e-12))[:, None]
    summed = spread(across, weld[faces], int(weld.max()) + 1)
    return Frames(
        unit(summed[weld]), unit(spread(along, faces, len(position))), np.where(flat < 0, 1.0, -1.0).astype(np.float32)
    )


def spread(values: NDArray[Any], to: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Sums [count, C] of what triangles [T, C] give to each of their corners `to` [T, 3]."""
    out = np.empty((count, values.shape[1]))
    for c in range(values.shape[1]):
        out[:, c] = np.bincount(to.reshape(-1), np.repeat(values[:, c], 3), minlength=count)
    return out


def unit(vectors: NDArray[Any]) -> Floats:
    """[N, 3] at length 1; what has none stays 0."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
