"""What a lock's geometry looks like from any camera: reflectance under even light, regions and places in space, as an anchor that was never missing.

Place in the path: beside plates; for locks whose subject is at hand as geometry. It casts the subject alone, in a pose of its own; nothing of the take, its
camera or its light is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.colour import srgb_from_linear
from sora_lock.subjects.baked import BakedSubject

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8]

DEEP, FURTHER_M = 8, 0.002
"""How many surfaces of a part that is left out a ray goes through, and how far behind one it looks for the next."""


@dataclass(frozen=True, eq=False)
class Cast:
    """A subject through a camera.

    Attributes:
        camera: the camera, in the subject's own space.
        linear: float32 [h, w, 3], linear reflectance; 0 where nothing is.
        rgb: uint8 [h, w, 3], the same under even light, sRGB.
        regions: uint8 [h, w]; k is part k - 1, 0 where nothing is.
        points: float32 [h, w, 3], places in metres in the subject's own space.
        depth: float32 [h, w], planar metres, infinite where nothing is.
        normals: float32 [h, w, 3], of the triangles, towards the camera.
    """

    camera: Camera
    linear: Floats
    rgb: Codes
    regions: Codes
    points: Floats
    depth: Floats
    normals: Floats

    @property
    def hit(self) -> Bools:
        """Where the subject is, bool [h, w]."""
        return np.asarray(self.regions > 0)


class Solid:
    """A subject in one pose, held by Embree.

    Args:
        subject: whole geometry with an atlas.
        points: float32 [V, 3], its vertices as they are posed.
    """

    def __init__(self, subject: BakedSubject, points: Floats) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self.subject = subject
        self.points = np.ascontiguousarray(points, np.float32)
        chosen = np.arange(len(subject.faces)) if subject.layer is None else np.flatnonzero(subject.layer != 2)
        self.faces = np.ascontiguousarray(subject.faces[chosen])
        self.part = subject.part[chosen]
        self._scene: Any = EmbreeScene()
        self._held = TriangleMesh(self._scene, self.points, self.faces)  # Embree keeps no copy of the buffers' owner

    @cached_property
    def _density(self) -> Floats:
        """log2 of texels a metre of each triangle [T]."""
        corners, st = self.points[self.faces].astype(np.float64), self.subject.st[self.faces].astype(np.float64)
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        a, b = st[:, 1] - st[:, 0], st[:, 2] - st[:, 0]
        flat = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
        side = self.subject.atlas().reflectance.shape[0]
        out: Floats = np.log2(np.sqrt(flat / np.maximum(area, 1e-10)) * side + 1e-3).astype(np.float32)
        return out

    def seen_from(self, camera: Camera) -> Cast:
        """The subject through a camera, one sample a pixel."""
        rays = camera.rays()
        origins = np.broadcast_to(np.asarray(camera.position_m, np.float32), rays.shape).copy()
        return self._cast(camera, rays, self._first(origins, rays))

    def without(self, cast: Cast, part: int, box: tuple[int, int, int, int]) -> Cast:
        """What a cast would show in a box of it if a part were not there.

        Args:
            part: its region number.
            box: x0, y0, x1, y1 on the cast's raster.
        """
        x0, y0, x1, y1 = box
        camera = cropped(cast.camera, box)
        rays = camera.rays()
        origins = np.broadcast_to(np.asarray(camera.position_m, np.float32), rays.shape).copy()
        hits = self._first(origins, rays)
        open_ = np.flatnonzero(cast.regions[y0:y1, x0:x1].ravel() == part)
        for _ in range(DEEP):
            if not len(open_):
                break
            begun = hits["tfar"][open_] + np.float32(FURTHER_M)
            beyond = self._first(origins[open_] + rays[open_] * begun[:, None], rays[open_])
            for k in _READ:
                hits[k][open_] = beyond[k]
            hits["tfar"][open_] += begun
            prim = hits["primID"][open_]
            open_ = open_[(prim >= 0) & (self.part[np.maximum(prim, 0)] + 1 == part)]
        return self._cast(camera, rays, hits)

    def _first(self, origins: Floats, rays: Floats) -> dict[str, NDArray[Any]]:
        hits = self._scene.run(np.ascontiguousarray(origins), np.ascontiguousarray(rays), output=True)
        return {k: np.array(hits[k], np.int64 if k == "primID" else np.float32) for k in _READ}

    def _cast(self, camera: Camera, rays: Floats, hits: dict[str, NDArray[Any]]) -> Cast:
        n = len(rays)
        at = np.flatnonzero(hits["primID"] >= 0)
        prim = hits["primID"][at]
        u, v, depth = (hits[k][at] for k in ("u", "v", "tfar"))
        corner = self.faces[prim]
        st = self.subject.st
        across = st[corner[:, 0]] * (1 - u - v)[:, None] + st[corner[:, 1]] * u[:, None] + st[corner[:, 2]] * v[:, None]
        normal = hits["Ng"][at]
        normal = normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]
        ray = rays[at]
        along = np.einsum("ij,ij->i", normal, ray)
        facing = np.abs(along) / np.linalg.norm(ray, axis=1)
        normal = normal * np.where(along > 0, -1, 1).astype(np.float32)[:, None]
        # half of the slant counts, so that a floor that runs away from the camera is not blurred whole
        lod = self._density[prim] + np.log2(depth / camera.focal_px) - 0.5 * np.log2(np.maximum(facing, 0.1))
        atlas = self.subject.atlas()
        colour = atlas.chain.sample(np.concatenate([across, lod[:, None]], axis=1).astype(np.float32))
        side = atlas.material.shape[0]
        texel = np.clip((across * side).astype(np.int64), 0, side - 1)
        openness = atlas.material[texel[:, 1], texel[:, 0], 0].astype(np.float32) / 255
        light = (0.55 + 0.3 * facing + 0.15 * normal[:, 1]) * np.sqrt(np.clip(openness, 0.25, 1)) * 1.15
        shape = (camera.height, camera.width)
        linear, lit, points, normals = (np.zeros((n, 3), np.float32) for _ in range(4))
        regions, planar = np.zeros(n, np.uint8), np.full(n, np.inf, np.float32)
        linear[at], lit[at], normals[at] = colour, colour * light[:, None], normal
        points[at] = np.asarray(camera.position_m, np.float32) + ray * depth[:, None]
        planar[at], regions[at] = depth, self.part[prim] + 1
        codes = np.rint(np.clip(srgb_from_linear(lit), 0, 1) * 255).astype(np.uint8)
        return Cast(
            camera,
            linear.reshape(*shape, 3),
            codes.reshape(*shape, 3),
            regions.reshape(shape),
            points.reshape(*shape, 3),
            planar.reshape(shape),
            normals.reshape(*shape, 3),
        )


_READ = ("primID", "u", "v", "tfar", "Ng")


def cropped(camera: Camera, box: tuple[int, int, int, int]) -> Camera:
    """The camera on a box (x0, y0, x1, y1) of its raster."""
    x0, y0, x1, y1 = box
    centre = camera.centre_px[0] - x0, camera.centre_px[1] - y0
    return replace(camera, centre_px=centre, width=x1 - x0, height=y1 - y0)
