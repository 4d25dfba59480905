"""What a lock's geometry looks like from any camera: reflectance under even light, regions and places in space, as an anchor that was never missing.

Place in the path: beside plates; for locks whose subject is at hand as geometry. It casts the subject alone, in a pose of its own; nothing of the take, its
camera or its light is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.continuity.even_light import lit_evenly
from sora_lock.subjects.baked import BakedSubject

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8]

NEAR_M = 0.02
"""Depth of the nearest corner of the box round a subject below which it may be anywhere in the picture."""
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

    def cut(self, crop: tuple[slice, slice]) -> Cast:
        """Some rows and columns of it."""
        return Cast(cropped(self.camera, boxed(crop)), *(getattr(self, name)[crop] for name in _LAYERS))

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

    @cached_property
    def _mesh(self) -> tuple[NDArray[Any], ...]:
        """As `lit_evenly` reads it."""
        st = np.ascontiguousarray(self.subject.st, np.float32)
        return self.faces, st, self._density, np.ascontiguousarray(self.part, np.uint8)

    @cached_property
    def _corners_m(self) -> Floats:
        """Of the box round it, float32 [8, 3]."""
        x, y, z = zip(self.points.min(axis=0), self.points.max(axis=0), strict=True)
        return np.array(list(product(x, y, z)), np.float32)

    def seen_from(self, camera: Camera) -> Cast:
        """The subject through a camera, one sample a pixel."""
        cast = _empty(camera)
        x0, y0, x1, y1 = self._within(camera)
        if x1 <= x0 or y1 <= y0:
            return cast
        pixels = np.arange(camera.width * camera.height).reshape(camera.height, camera.width)
        rays = cropped(camera, (x0, y0, x1, y1)).rays()
        place = np.asarray(camera.position_m, np.float32)
        hits = self._first(np.broadcast_to(place, rays.shape), rays)
        self._fill(cast, pixels[y0:y1, x0:x1].ravel(), rays, hits)
        return cast

    def without(self, cast: Cast, part: int, crop: tuple[slice, slice]) -> Cast:
        """What some rows and columns of a cast would show if a part were not there.

        Args:
            part: its region number.
            crop: rows and columns of the cast's raster.
        """
        bare = Cast(cropped(cast.camera, boxed(crop)), *(np.array(getattr(cast, name)[crop]) for name in _LAYERS))
        rows, columns = np.nonzero(bare.regions == part)
        far, at = bare.depth[rows, columns], rows * bare.camera.width + columns
        for name in _LAYERS:
            getattr(bare, name)[rows, columns] = np.inf if name == "depth" else 0
        rays, place = bare.camera.rays()[at], np.asarray(cast.camera.position_m, np.float32)
        for _ in range(DEEP):
            if not len(at):
                break
            begun = far + np.float32(FURTHER_M)
            hits = self._first(place + rays * begun[:, None], rays)
            hits["tfar"] = far = hits["tfar"] + begun
            prim = hits["primID"]
            own = (prim >= 0) & (self.part[np.maximum(prim, 0)] + 1 == part)
            self._fill(bare, at[~own], rays[~own], {k: hits[k][~own] for k in _READ})
            at, rays, far = at[own], rays[own], far[own]
        return bare

    def _within(self, camera: Camera) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the raster outside of which nothing of it can be seen."""
        px, depth = camera.project(self._corners_m)
        if depth.min() < NEAR_M:
            return 0, 0, camera.width, camera.height
        (x0, y0), (x1, y1) = np.floor(px.min(axis=0)), np.ceil(px.max(axis=0))
        return max(0, int(x0)), max(0, int(y0)), min(camera.width, int(x1)), min(camera.height, int(y1))

    def _first(self, origins: Floats, rays: Floats) -> dict[str, NDArray[Any]]:
        found = self._scene.run(np.ascontiguousarray(origins), np.ascontiguousarray(rays), output=True)
        return {k: found[k] for k in _READ}

    def _fill(self, cast: Cast, at: NDArray[np.int64], rays: Floats, hits: dict[str, NDArray[Any]]) -> None:
        """Shows in the pixels `at` [K] of a cast what the rays [K, 3] through them met."""
        atlas = self.subject.atlas()
        chain = atlas.chain
        layers = [getattr(cast, name) for name in _LAYERS]
        lit_evenly(
            at, tuple(hits[k] for k in _READ), rays, np.asarray(cast.camera.position_m, np.float32), np.float32(cast.camera.focal_px),
            self._mesh, (chain.texels, chain.starts, chain.sides, atlas.material),
            *(layer.reshape(-1, *layer.shape[2:]) for layer in layers),
        )  # fmt: skip


_READ = ("primID", "u", "v", "tfar", "Ng")
_LAYERS = ("linear", "rgb", "regions", "points", "depth", "normals")


def _empty(camera: Camera) -> Cast:
    """Nothing, through a camera."""
    shape = (camera.height, camera.width)
    linear, points, normals = (np.zeros((*shape, 3), np.float32) for _ in range(3))
    rgb, regions = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
    return Cast(camera, linear, rgb, regions, points, np.full(shape, np.inf, np.float32), normals)


def boxed(crop: tuple[slice, slice]) -> tuple[int, int, int, int]:
    """Rows and columns of a raster as x0, y0, x1, y1."""
    rows, columns = crop
    return columns.start, rows.start, columns.stop, rows.stop


def cropped(camera: Camera, box: tuple[int, int, int, int]) -> Camera:
    """The camera on a box (x0, y0, x1, y1) of its raster."""
    x0, y0, x1, y1 = box
    centre = camera.centre_px[0] - x0, camera.centre_px[1] - y0
    return replace(camera, centre_px=centre, width=x1 - x0, height=y1 - y0)
