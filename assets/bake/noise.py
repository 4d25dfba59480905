"""Seeded noise that paint and folds share."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from .charts import Array


def value(p: Array, cell_m: float, seed: int) -> Array:
    """Smooth value noise in -1..1 at points [n,3] or [n,2], one lattice cell per `cell_m`."""
    table = np.random.default_rng(seed).random((48, 48, 48)).astype(np.float32) * 2 - 1
    q = np.asarray(p, np.float32) / cell_m
    if q.shape[1] == 2:
        q = np.concatenate([q, np.full((len(q), 1), 0.37, np.float32)], axis=1)
    i = np.floor(q)
    f = q - i
    f = f * f * (3 - 2 * f)
    return map_coordinates(table, list((i + f).T), order=1, mode="grid-wrap").astype(np.float64)


def fractal(p: Array, cell_m: float, seed: int, octaves: int = 3, gain: float = 0.5) -> Array:
    """Sum of octaves of value noise, about -1..1."""
    out, amp, total = np.zeros(len(p)), 1.0, 0.0
    for k in range(octaves):
        out += amp * value(p, cell_m / 2**k, seed + 17 * k)
        total += amp
        amp *= gain
    return out / total


def spots(p: Array, cell_m: float, seed: int) -> tuple[Array, Array]:
    """Nearest feature point of a jittered lattice at [n,3]: (distance m, a random value 0..1 of that point)."""
    rng = np.random.default_rng(seed)
    table = rng.random((32, 32, 32, 4)).astype(np.float32)
    q = np.asarray(p, np.float64) / cell_m
    base = np.floor(q).astype(np.int64)
    best = np.full(len(q), 9.0)
    kind = np.zeros(len(q))
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            for dz in (-1, 0, 1):
                c = base + np.array([dx, dy, dz])
                t = table[c[:, 0] % 32, c[:, 1] % 32, c[:, 2] % 32]
                d = np.linalg.norm(c + t[:, :3] - q, axis=1)
                near = d < best
                best = np.where(near, d, best)
                kind = np.where(near, t[:, 3], kind)
    return best * cell_m, kind
