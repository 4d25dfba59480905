"""Rays into a model: what they meet, and how open its surface is to what is around it.

Place in the path: subjects, under `models`; asked by the bake (openness), by sets (floors, walls, sky) and by the plates to look at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

AT_ONCE = 1 << 20
"""Rays handed to Embree at once: as many take about 60 MB."""


class Rays:
    """Triangles as Embree holds them: positions [V, 3] float32, faces [T, 3] int32."""

    def __init__(self, position: Floats, faces: NDArray[np.int32]) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self.position, self.faces = np.ascontiguousarray(position, np.float32), np.ascontiguousarray(faces, np.int32)
        self._scene = EmbreeScene()
        self._held = TriangleMesh(self._scene, self.position, self.faces)

    def met(self, origins: Floats, ways: Floats) -> dict[str, Any]:
        """First hits of rays [N, 3]: primID int32 (-1 for none), u, v, tfar (in lengths of the way)."""
        found: dict[str, Any] = self._scene.run(
            np.ascontiguousarray(origins, np.float32), np.ascontiguousarray(ways, np.float32), output=True
        )
        return found

    def free_m(self, origins: Any, ways: Any, far_m: float) -> Floats:
        """How far rays [N, 3] along unit ways go [N], at most `far_m`."""
        hits = self.met(np.asarray(origins, np.float32), np.asarray(ways, np.float32))
        return np.where(hits["primID"] < 0, np.float32(far_m), np.minimum(hits["tfar"], np.float32(far_m)))

    def openness(self, points: Floats, normals: Floats, reach_m: float, count: int) -> Floats:
        """How open points [N, 3] are to what is around them [N], 0..1: near things take more than far ones, beyond `reach_m` nothing does.

        Cosine-weighted directions on a fixed spiral (Vogel 1979), turned for each point, so that what is left of their pattern is noise.
        """
        k = np.arange(count) + 0.5
        radius, angle = np.sqrt(k / count), k * np.pi * (3 - np.sqrt(5))
        disc = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.sqrt(1 - radius**2)], axis=1)
        out = np.empty(len(points), np.float32)
        step = max(1, AT_ONCE // count)
        for a in range(0, len(points), step):
            n = normals[a : a + step].astype(np.float32)
            helper = np.where(np.abs(n[:, 1:2]) < 0.9, np.array([0, 1, 0], np.float32), np.array([1, 0, 0], np.float32))
            x = np.cross(helper, n)
            x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
            y = np.cross(n, x)
            turn = (np.arange(a, a + len(n)) * 2.399963) % (2 * np.pi)
            c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
            x, y = x * c + y * s, y * c - x * s
            ways = (
                disc[None, :, 0, None] * x[:, None]
                + disc[None, :, 1, None] * y[:, None]
                + disc[None, :, 2, None] * n[:, None]
            )
            starts = np.repeat(points[a : a + step] + n * np.float32(0.004 * reach_m), count, axis=0)
            free = self.free_m(starts, ways.reshape(-1, 3), reach_m).reshape(-1, count)
            out[a : a + step] = (free / reach_m).mean(axis=1)
        return out
