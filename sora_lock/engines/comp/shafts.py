"""Shafts: which part of a lamp's way through the air before each pixel is lit at all.

Place in the path: comp, between light and air. `air.scatter` knows in closed form what an open lamp adds along a view ray; this module
says how much of that the set's shadows, a spot's cone and a pattern before the lamp leave. Read on a coarse raster from
points chosen equi-angularly about a near lamp (Kulla and Fajardo 2012, "Importance sampling techniques for path tracing in participating
media"), where each stands for the same share of the closed form, so that the plain mean is the part wanted.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.engines.comp.light import cone, gobo
from sora_lock.engines.comp.rigs import Light
from sora_lock.engines.comp.stage import Mesh

Floats = NDArray[np.float32]
FARTHEST_M = 22.0
"""How deep the air is looked through for a far light; fog hides what lies behind."""


def lit_part(light: Light, camera: Camera, depth: Floats, mesh: Mesh, coarser: int, count: int) -> Floats:
    """Part of a light's scattering that is left, float32 [H, W] in 0..1.

    Args:
        depth: planar metres [H, W] of what stands behind the air.
        mesh: what may stand in the light.
        coarser: side of the coarse raster's cells in px; count: points along each view ray.
    """
    h, w = depth.shape
    rows, cols = max(2, h // coarser), max(2, w // coarser)
    behind = cv2.resize(depth, (cols, rows), interpolation=cv2.INTER_NEAREST).ravel()
    y, x = np.mgrid[0:rows, 0:cols].astype(np.float32)
    way = camera.directions((x + 0.5) * np.float32(w / cols), (y + 0.5) * np.float32(h / rows))
    length = np.linalg.norm(way, axis=1).astype(np.float32)
    unit, far = way / length[:, None], np.minimum(behind * length, np.float32(FARTHEST_M))
    # one shift of four per pixel of a 2x2 block: the blur at the end mixes them
    shift = ((x % 2) + 2 * (y % 2)).ravel()[:, None] / np.float32(4) + np.float32(0.125)
    even = (np.arange(count, dtype=np.float32)[None] + shift) / np.float32(count)
    eye = np.asarray(camera.position_m, np.float32)
    at = np.asarray(light.at, np.float32)
    if light.kind == "far":
        t = even * far[:, None]
    else:
        middle = unit @ (at - eye)
        off = np.sqrt(np.maximum(((at - eye) ** 2).sum() - middle**2, max(light.size, 0.22) ** 2))
        first, last = np.arctan2(-middle, off), np.arctan2(far - middle, off)
        t = middle[:, None] + off[:, None] * np.tan(first[:, None] + (last - first)[:, None] * even)
    points = (eye + unit[:, None] * t[..., None]).reshape(-1, 3).astype(np.float32)
    to = np.broadcast_to(at, points.shape) if light.kind == "far" else at - points
    reach = np.full(len(points), 60.0 if light.kind == "far" else 0.995, np.float32)
    left = 1.0 - mesh.blocked(points, np.ascontiguousarray(to, np.float32), reach).astype(np.float32)
    position = torch.from_numpy(np.ascontiguousarray(points.T))
    for factor in (cone(light, position), gobo(light, position)):
        if factor is not None:
            left *= factor.numpy()
    part = left.reshape(-1, count).mean(axis=1).reshape(rows, cols)
    soft = cv2.GaussianBlur(part, (0, 0), 0.9, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(soft, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
