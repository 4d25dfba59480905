"""What the first hits of rays show of a solid under even light: one compiled pass over the pixels.

Place in the path: beneath solid. Reflectance is read from the atlas by the rule of `mipmap`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb
from sora_lock.mipmap import bilinear

Floats = NDArray[np.float32]

EDGES: Floats = np.append(linear_from_srgb((np.arange(255) + 0.5) / 255), np.float32(np.inf))
"""Linear values at which one 8-bit sRGB code value gives way to the next, float32 [256]; to nothing after the last."""
CODES = np.searchsorted(EDGES, np.arange(4096, dtype=np.float32) / 4096)
"""Code value of each 4096th of linear values, int64 [4096]: no two of EDGES lie in one of them."""


@njit(cache=True, error_model="numpy", nogil=True)
def lit_evenly(  # type: ignore[no-untyped-def]
    at, hits, rays, place_m, focal_px, mesh, atlas, linear, codes, regions, points, depth, normals
) -> None:
    """Fills the pixels `at` of a cast from their hits.

    Args:
        at: int64 [K], which pixels.
        hits: of each its triangle, int32 [K], below 0 where there is none; barycentric u and v and planar depth, float32 [K] each; normal, float32 [K, 3].
        rays: float32 [K, 3]; place_m: float32 [3], where they begin.
        focal_px: of the camera, for the level of detail.
        mesh: triangles int32 [T, 3], texture coordinates float32 [V, 2], log2 of texels a metre float32 [T], part numbers uint8 [T].
        atlas: texels, starts and sides of its mipmap, material uint8 [side, side, C] with openness first.
        linear, codes, regions, points, depth, normals: of a cast, a pixel a row, as they are where nothing is; filled here.
    """
    prim, u, v, far, across = hits
    faces, st, density, part = mesh
    texels, starts, sides, material = atlas
    last, side = len(sides) - 1, material.shape[0]
    for k in range(len(at)):
        i, t = at[k], prim[k]
        if t < 0:
            continue
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        rest = np.float32(1) - u[k] - v[k]
        s = st[a, 0] * rest + st[b, 0] * u[k] + st[c, 0] * v[k]
        d = st[a, 1] * rest + st[b, 1] * u[k] + st[c, 1] * v[k]
        x, y, z = rays[k, 0], rays[k, 1], rays[k, 2]
        nx, ny, nz = across[k, 0], across[k, 1], across[k, 2]
        length = max(np.sqrt(nx * nx + ny * ny + nz * nz), np.float32(1e-12))
        along = nx * x + ny * y + nz * z
        turn = (np.float32(-1) if along > 0 else np.float32(1)) / length
        nx, ny, nz = nx * turn, ny * turn, nz * turn
        facing = abs(along) / (length * np.sqrt(x * x + y * y + z * z))
        # half of the slant counts, so that a floor that runs away from the camera is not blurred whole
        slant = np.float32(0.5) * np.log2(max(facing, np.float32(0.1)))
        level = min(max(density[t] + np.log2(far[k] / focal_px) - slant, np.float32(0)), np.float32(last))
        low = int(level)
        share = np.float32(level - low)
        row, column = min(max(int(d * side), 0), side - 1), min(max(int(s * side), 0), side - 1)
        openness = min(max(material[row, column, 0] / np.float32(255), np.float32(0.25)), np.float32(1))
        light = (0.55 + 0.3 * facing + 0.15 * ny) * np.sqrt(openness) * 1.15
        for m in range(3):
            value = bilinear(texels, starts[low], sides[low], s, d, m)
            if share > 0:
                more = bilinear(texels, starts[low + 1], sides[low + 1], s, d, m)
                value = value * (np.float32(1) - share) + more * share
            linear[i, m] = value
            lit = np.float32(value * light)
            code = CODES[min(max(int(lit * 4096), 0), 4095)]
            codes[i, m] = code + (lit > EDGES[code])
        regions[i], depth[i] = part[t] + 1, far[k]
        normals[i, 0], normals[i, 1], normals[i, 2] = nx, ny, nz
        points[i, 0] = place_m[0] + x * far[k]
        points[i, 1] = place_m[1] + y * far[k]
        points[i, 2] = place_m[2] + z * far[k]
