"""Rotations over time: what a performance by bones is put together from.

Beside `steps` and `walk`. Arrays run over frames first; angles are degrees; yaw 0 is +Z, positive towards +X, the figure's left.
"""

from __future__ import annotations

import numpy as np

from .charts import Array


def yawed(degrees: Array | float) -> Array:
    """Rotations [..., 3, 3] about +Y; positive takes +Z towards +X."""
    a = np.radians(np.asarray(degrees, float))
    c, s, o, i = np.cos(a), np.sin(a), np.zeros_like(a), np.ones_like(a)
    return np.stack([np.stack([c, o, s], -1), np.stack([o, i, o], -1), np.stack([-s, o, c], -1)], -2)


def turned(axis: Array, degrees: Array | float) -> Array:
    """Rotations [..., 3, 3] about unit vectors [..., 3] (Rodrigues)."""
    a = np.radians(np.asarray(degrees, float))[..., None, None]
    x, y, z = np.moveaxis(np.asarray(axis, float), -1, 0)
    o = np.zeros_like(x)
    k = np.stack([np.stack([o, -z, y], -1), np.stack([z, o, -x], -1), np.stack([-y, x, o], -1)], -2)
    out: Array = np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * (k @ k)
    return out


def between(a: Array, b: Array, share: float) -> Array:
    """Rotations [F, 3, 3] a part of the way from `a` to `b`, the short way round."""
    d = np.swapaxes(a, -1, -2) @ b
    angle = np.arccos(np.clip((np.trace(d, axis1=-2, axis2=-1) - 1) / 2, -1, 1))
    axis = np.stack([d[..., 2, 1] - d[..., 1, 2], d[..., 0, 2] - d[..., 2, 0], d[..., 1, 0] - d[..., 0, 1]], -1)
    long = np.linalg.norm(axis, axis=-1, keepdims=True)
    axis = np.where(long > 1e-9, axis / np.maximum(long, 1e-12), np.array([0.0, 1.0, 0.0]))
    return a @ turned(axis, np.degrees(angle) * share)


def knee(hip: Array, ankle: Array, thigh: float, shin: float, ahead: Array) -> Array:
    """Where the knee is [F, 3] between hip and ankle, bent to the side of `ahead` [F, 3]."""
    line = ankle - hip
    far = np.linalg.norm(line, axis=1, keepdims=True)
    line = line / far
    d = np.clip(far, abs(thigh - shin) + 1e-6, (thigh + shin) * 0.99999)
    along = (d**2 + thigh**2 - shin**2) / (2 * d)
    out = ahead - line * (ahead * line).sum(1, keepdims=True)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return hip + line * along + out * np.sqrt(np.maximum(thigh**2 - along**2, 0.0))


def frame_of(line: Array, ahead: Array) -> Array:
    """Rotations [F, 3, 3] whose columns are a bone's direction, what is ahead of it, and their cross product."""
    y = line / np.linalg.norm(line, axis=-1, keepdims=True)
    z = ahead - y * (ahead * y).sum(-1, keepdims=True)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    return np.stack([y, z, np.cross(y, z)], -1)
