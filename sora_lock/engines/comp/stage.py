"""Plates: what each camera ray meets, as flat lists of samples ready for light.

Place in the path: comp, first. Subjects stand at their marks as `Body`s; a `Mesh` is what one Embree scene holds (the set
for a whole `prepare`, the cast for one posed frame); a `Plate` is a list of samples of one mesh through one camera.

Anti-aliasing by one rule: a sample in the centre of every pixel; where part, depth or normal breaks against a
neighbour, `SUBS` more samples on a fixed pattern, all shaded, all of one weight. Pixels without are `single`. Where a subject has a soft
edge (a relief's alpha), a sample stands for as much of its ray as it covers, and what lies behind it for the rest.

Units: metres, world space; depth is planar; st in 0..1, t down; LOD 0 is the full atlas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.engines.comp import loops
from sora_lock.mipmap import Mipmap
from sora_lock.subjects.baked import BakedSubject

PATTERNS = {
    8: np.array([[1, -3], [-1, 3], [5, 1], [-3, -5], [-5, 5], [-7, -1], [3, 7], [7, -7]], np.float32) / 16.0,
    4: np.array([[-2, -6], [6, -2], [-6, 2], [2, 6]], np.float32) / 16.0,
    1: np.zeros((1, 2), np.float32),
}
"""Offsets in px of the extra samples of an edge pixel, by their number: rooks on a board; and the centre alone."""
SUBS, SUBS_MOVING = 8, 4
"""Extra samples of an edge pixel; while the camera moves fewer do, since no edge stays in its pixel."""
FAR_M = 90.0
"""How far away the sky is taken to be."""
DEEP, FURTHER_M = 3, 0.004
"""How many surfaces a ray may go through that do not cover it, and how far behind one it looks for the next."""
BARELY, NEARLY = 0.02, 0.98
"""Coverage below which a surface is not there, and from which it is there wholly."""
BROAD_LODS = 2.0
"""By how many levels the normals of a relief's shape are coarser than those of its surface."""

Floats = NDArray[np.float32]


class Body:
    """A subject at its mark, with everything that does not move with the pose.

    Attributes:
        subject: what stands there.
        turn: float32 [3, 3], model to world.
        place: float32 [3].
        first_region: region number of its part 0 in plates (numbers count from 1).
        alpha: how much of a texel it covers, or None where geometry alone is its outline.
    """

    def __init__(self, subject: BakedSubject, place: Sequence[float], yaw_deg: float, first_region: int) -> None:
        self.subject = subject
        self.yaw_deg = yaw_deg
        c, s = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
        self.turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
        self.place = np.asarray(place, np.float32)
        self.first_region = first_region
        atlas = subject.atlas()
        self.reflectance = atlas.chain
        self.surface = atlas.surface
        self.alpha = None if atlas.alpha is None else Mipmap(atlas.alpha[..., None] / np.float32(255))
        self.coarser = math.log2(atlas.reflectance.shape[0] / atlas.normal.shape[0])
        self.welds = int(subject.weld.max()) + 1
        # texels a metre at each vertex, as log2: the mean over its triangles of sqrt(area in the atlas / area in space)
        p, st = subject.rest[subject.faces].astype(np.float64), subject.st[subject.faces].astype(np.float64)
        area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
        a, b = st[:, 1] - st[:, 0], st[:, 2] - st[:, 0]
        flat = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
        density = np.log2(np.sqrt(np.abs(flat) / np.maximum(area, 1e-10)) * atlas.reflectance.shape[0] + 1e-3)
        count, total = np.zeros(len(subject.rest)), np.zeros(len(subject.rest))
        for k in range(3):
            count += np.bincount(subject.faces[:, k], weights=area, minlength=len(count))
            total += np.bincount(subject.faces[:, k], weights=area * density, minlength=len(count))
        self.density = (total / np.maximum(count, 1e-12)).astype(np.float32)
        if subject.relief is not None:  # its texture lies on it as a slide is projected: slopes do not thin it out
            self.density[:] = _projected(subject)
        self.mirrored = np.where(flat < 0, 1.0, -1.0).astype(np.float32)  # t counts down: a plain chart has flat < 0
        # per triangle, the two weights that turn edges into the direction of growing s
        safe = np.where(np.abs(flat) < 1e-12, 1e-12, flat)
        self.along_s = np.stack([b[:, 1] / safe, -a[:, 1] / safe], axis=1).astype(np.float32)

    def of(self, subject: BakedSubject) -> Body:
        """Another body of the same parts in the same place: the next frame of a clip."""
        return Body(subject, self.place.tolist(), self.yaw_deg, self.first_region)

    @property
    def nbytes(self) -> int:
        """Memory held by the textures."""
        chains = (self.reflectance, self.surface, *(() if self.alpha is None else (self.alpha,)))
        return sum(chain.texels.nbytes for chain in chains)

    def world(self, model: Floats) -> Floats:
        """World points [N, 3] of model points [N, 3]."""
        return np.ascontiguousarray(model @ self.turn.T + self.place, np.float32)


def _projected(subject: BakedSubject) -> Floats:
    """log2 of texels a metre at each vertex [V] (or one for all) of what a picture is projected on, measured across the projection."""
    relief = subject.relief
    assert relief is not None
    if "texels_per_m" in relief:
        return np.full(len(subject.rest), math.log2(float(relief["texels_per_m"])), np.float32)
    away = subject.rest - np.asarray(relief["from_m"], np.float32)
    depth = -away @ np.asarray(relief["rotation"], np.float32)[2]
    return np.asarray(np.log2(float(relief["focal_texels"]) / np.maximum(depth, 0.05)), np.float32)


class Topology:
    """What the meshes of the same bodies share, whatever the pose.

    Attributes:
        bodies: the bodies; start: where each one's vertices begin, and their number at the end.
        triangles: int32 [T, 3].
        region, body: int64 [T], region number and index into `bodies`.
        mirrored: float32 [T], +1 or -1.
        soft: whether any body has a soft edge.
        seen, solid: int64 [S], triangles that rays from the eye and rays to lamps may meet; None where all may.
    """

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = tuple(bodies)
        self.start = np.cumsum([0, *(len(b.subject.rest) for b in bodies)]).tolist()
        parts = list(zip(bodies, self.start, strict=False))
        self.triangles = np.ascontiguousarray(np.concatenate([b.subject.faces + np.int32(at) for b, at in parts]))
        self.region = np.concatenate([b.subject.part.astype(np.int64) + b.first_region for b in bodies])
        self.body = np.repeat(np.arange(len(bodies)), [len(b.subject.faces) for b in bodies]).astype(np.int64)
        self.mirrored = np.concatenate([b.mirrored for b in bodies])
        self.still = np.concatenate(
            [np.concatenate([b.subject.st, b.density[:, None]], axis=1) for b in bodies]
        )  # s, t, log2 texels a metre
        self.soft = any(b.alpha is not None for b in bodies)
        layer = np.concatenate(
            [np.zeros(len(s.faces), np.uint8) if s.layer is None else s.layer for s in (b.subject for b in bodies)]
        )
        self.seen = None if (layer != 2).all() else np.flatnonzero(layer != 2)
        self.solid = None if (layer != 1).all() else np.flatnonzero(layer != 1)


class _Scene:
    """Some triangles of a mesh as Embree holds them; hits name triangles of the whole mesh."""

    def __init__(self, points: Floats, triangles: NDArray[np.int32], chosen: NDArray[np.int64] | None) -> None:
        self.scene = EmbreeScene()
        self.chosen = chosen
        self.triangles = triangles if chosen is None else np.ascontiguousarray(triangles[chosen])
        self.points = points
        self.held = TriangleMesh(self.scene, points, self.triangles)  # Embree keeps no copy of the buffers' owner

    def cast(self, origins: Floats, directions: Floats) -> dict[str, Any]:
        hits: dict[str, Any] = self.scene.run(origins, directions, output=True)
        if self.chosen is not None:
            prim = np.asarray(hits["primID"], np.int64)
            hits["primID"] = np.where(prim >= 0, self.chosen[np.maximum(prim, 0)], -1).astype(np.int32)
        return hits

    def blocked(self, origins: Floats, directions: Floats, reach: Floats) -> NDArray[np.bool_]:
        found = self.scene.run(origins, directions, dists=reach, query="OCCLUDED")
        return np.asarray(np.asarray(found, np.int32) != -1, np.bool_)


class Mesh:
    """Posed bodies as one Embree scene and the tables that hits are read from.

    Attributes:
        shape: what does not depend on the pose.
        points: float32 [V, 3] world.
        table: float32 [V, 9]: smooth normal, direction of growing s, s, t, log2 texels a metre.
        low, high: float32 [3], bounds.
    """

    def __init__(self, shape: Topology, posed: Sequence[Floats]) -> None:
        """`posed` are world vertices, one array a body."""
        self.shape = shape
        self.points = np.ascontiguousarray(np.concatenate(posed), np.float32)
        self.table = np.empty((len(self.points), 9), np.float32)
        for body, at, points in zip(shape.bodies, shape.start, posed, strict=False):
            normals, along = np.empty_like(points), np.empty_like(points)
            welded = np.zeros((body.welds, 3), np.float32)
            loops.frames(points, body.subject.faces, body.subject.weld, body.along_s, welded, normals, along)
            self.table[at : at + len(points), 0:3], self.table[at : at + len(points), 3:6] = normals, along
        self.table[:, 6:] = shape.still
        self.low, self.high = self.points.min(axis=0), self.points.max(axis=0)
        self._seen = _Scene(self.points, shape.triangles, shape.seen)
        both = shape.seen is None and shape.solid is None
        self._solid = self._seen if both else _Scene(self.points, shape.triangles, shape.solid)

    @property
    def nbytes(self) -> int:
        """Memory held for this pose, Embree's trees included (about 100 bytes a triangle)."""
        trees = len(self._seen.triangles) + (0 if self._solid is self._seen else len(self._solid.triangles))
        return self.points.nbytes + self.table.nbytes + trees * 100

    def cast(self, origins: Floats, directions: Floats) -> dict[str, Any]:
        """First hits of rays [N, 3]: primID int32 (-1 for none), u, v, tfar, Ng."""
        return self._seen.cast(origins, directions)

    def blocked(self, origins: Floats, directions: Floats, reach: Floats) -> NDArray[np.bool_]:
        """Whether something lies within `reach` [N] (in units of the direction's length) along each ray."""
        return self._solid.blocked(origins, directions, reach)

    def cover(self, camera: Camera, hits: dict[str, Any], finer: float) -> Floats:
        """How much of its ray each hit [N] covers, 0..1; 1 where geometry alone is the outline.

        Args:
            finer: log2 of how many samples across a pixel its rays stand for.
        """
        out = np.ones(len(hits["primID"]), np.float32)
        tri = np.maximum(hits["primID"], 0)
        for k, body in enumerate(self.shape.bodies):
            if body.alpha is None:
                continue
            at = np.flatnonzero((self.shape.body[tri] == k) & (hits["primID"] >= 0))
            corner = self.shape.triangles[tri[at]]
            u, v = hits["u"][at, None], hits["v"][at, None]
            rows = self.table[:, 6:9]
            st = rows[corner[:, 0]] * (1 - u - v) + rows[corner[:, 1]] * u + rows[corner[:, 2]] * v
            st[:, 2] += np.log2(hits["tfar"][at] / np.float32(camera.focal_px)) - np.float32(finer)
            alpha = body.alpha.sample(st)[:, 0]
            out[at] = np.where(alpha >= NEARLY, 1.0, np.where(alpha <= BARELY, 0.0, alpha))
        return out


@dataclass
class Samples:
    """A flat list of surface samples; tensors, float32 unless said.

    Attributes:
        pixel: int64 [N] row-major pixel.
        region: int64 [N], 0 for the sky.
        position, normal, view: [3, N] world; the shading normal faces the viewer, `view` points to the camera.
        smooth: [3, N] normal without the normal map.
        depth: [N] planar metres.
        s, t, lod: [N].
        reflectance: [3, N].
        open, rough, soft: [N] 0..1.
    """

    pixel: torch.Tensor
    region: torch.Tensor
    position: torch.Tensor
    normal: torch.Tensor
    smooth: torch.Tensor
    view: torch.Tensor
    depth: torch.Tensor
    s: torch.Tensor
    t: torch.Tensor
    lod: torch.Tensor
    reflectance: torch.Tensor
    open: torch.Tensor
    rough: torch.Tensor
    soft: torch.Tensor

    def __len__(self) -> int:
        return len(self.depth)

    @property
    def nbytes(self) -> int:
        """Memory held, for the cache."""
        return sum(v.numel() * v.element_size() for v in self.__dict__.values())

    def part(self, a: int, b: int) -> Samples:
        """Samples a to b, as views."""
        return Samples(**{k: v[..., a:b] for k, v in self.__dict__.items()})

    def take(self, index: torch.Tensor) -> Samples:
        """The samples at `index` [M] (or a mask [N])."""
        if index.dtype == torch.bool:
            index = index.nonzero()[:, 0]
        parts = {k: v.index_select(v.dim() - 1, index) for k, v in self.__dict__.items()}
        return Samples(**parts)


def join(lists: Sequence[Samples]) -> Samples:
    """One list of several."""
    return Samples(**{k: torch.cat([getattr(x, k) for x in lists], dim=-1) for k in lists[0].__dict__})


def dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Scalar products [N] of [3, N] and [3, N]."""
    out = a[0] * b[0]
    out += a[1] * b[1]
    out += a[2] * b[2]
    return out


def unit(a: torch.Tensor) -> torch.Tensor:
    """[3, N] at length 1 (zero stays zero)."""
    return a * dot(a, a).clamp(min=1e-20).rsqrt()


def resolve(
    mesh: Mesh,
    camera: Camera,
    pixel: NDArray[np.int64],
    rays: Floats,
    hits: dict[str, Any],
    origins: Floats | None = None,
) -> Samples:
    """Samples of hits; rays that met nothing become sky samples at `FAR_M` (region 0).

    The level of detail is that of the texels under a pixel's footprint, the long axis of a slanted footprint counted in part.

    Args:
        rays: float32 [N, 3]; from the camera unless `origins` [N, 3] (a mirror's points) are given.
    """
    n = len(pixel)
    region, vectors, scalars = torch.empty(n, dtype=torch.int64), torch.empty((15, n)), torch.empty((7, n))
    if origins is None:
        origins = np.asarray([camera.position_m], np.float32)
    shape = mesh.shape
    prim = np.ascontiguousarray(hits["primID"], np.int32)
    u, v, tfar, across = (np.ascontiguousarray(hits[k], np.float32) for k in ("u", "v", "tfar", "Ng"))
    rays, origins = np.ascontiguousarray(rays, np.float32), np.ascontiguousarray(origins, np.float32)
    for k, body in enumerate(shape.bodies):
        loops.surfaces(
            k, prim, u, v, tfar, across, rays, origins,
            shape.triangles, mesh.table, shape.body, shape.region, shape.mirrored,
            -math.log2(camera.focal_px), FAR_M,
            body.reflectance.texels, body.reflectance.starts, body.reflectance.sides,
            body.surface.texels, body.surface.starts, body.surface.sides, body.coarser,
            body.subject.relief is not None, body.turn, BROAD_LODS,
            region.numpy(), vectors.numpy(), scalars.numpy(),
        )  # fmt: skip
    depth, s, t, lod, open_, rough, soft = scalars
    return Samples(
        pixel=torch.from_numpy(np.asarray(pixel, np.int64)), region=region, position=vectors[0:3], normal=vectors[3:6],
        smooth=vectors[6:9], view=vectors[9:12], depth=depth, s=s, t=t, lod=lod, reflectance=vectors[12:15],
        open=open_, rough=rough, soft=soft,
    )  # fmt: skip


_READ = ("primID", "u", "v", "tfar", "Ng")


def _breaks(ids: NDArray[Any], depth: Floats, normal: Floats, crease: float) -> NDArray[np.bool_]:
    """Pixels [h, w] whose id, depth or normal [h, w, 3] breaks against a direct neighbour."""
    out = np.zeros(ids.shape, bool)
    for axis in (0, 1):
        near = [slice(None), slice(None)]
        far = [slice(None), slice(None)]
        near[axis], far[axis] = slice(None, -1), slice(1, None)
        a, b = tuple(near), tuple(far)
        differ = ids[a] != ids[b]
        dot = np.einsum("ijk,ijk->ij", normal[a], normal[b])
        differ |= dot < crease
        # a depth break is a kink of inverse depth, which is linear on any plane, however slanted
        inverse = 1.0 / np.maximum(depth, 1e-3)
        kink = np.abs(np.diff(inverse, 2, axis=axis)) > 0.012 * np.minimum(inverse[a], inverse[b])[_inner(axis)]
        out[a] |= differ
        out[b] |= differ
        middle = [slice(None), slice(None)]
        middle[axis] = slice(1, -1)
        out[tuple(middle)] |= kink
    return out


def _inner(axis: int) -> tuple[slice, slice]:
    return (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))


@dataclass
class SetPlate:
    """The set through one camera.

    Attributes:
        camera: the camera.
        samples: those of all pixel centres, row-major, then those of edge pixels, [E * count], edge by edge.
        edge: int64 [E] pixels with extra samples.
        row: int64 [H * W], index into `edge`, or -1.
        count: extra samples an edge pixel has, here and in the cast before it.
    """

    camera: Camera
    samples: Samples
    edge: NDArray[np.int64]
    row: NDArray[np.int64]
    count: int

    @property
    def centre(self) -> Samples:
        """The samples of pixel centres, as views."""
        return self.samples.part(0, len(self.row))

    @property
    def subs(self) -> Samples:
        """The extra samples of edge pixels, as views."""
        return self.samples.part(len(self.row), len(self.samples))

    @property
    def nbytes(self) -> int:
        """Memory held, for the cache."""
        return self.samples.nbytes


@dataclass
class CastPlate:
    """The cast through one camera at one frame, set-occluded samples already left out.

    Attributes:
        samples: visible samples: first the centres, then those of edge pixels.
        centres: how many of them are pixel centres.
        slot: int64 [len - centres], `count + 1` slots an edge pixel: which one each edge sample fills (slot 0 is the centre's: only what
            lies behind a centre that does not cover its ray is named with it).
        weight: float32 [len], how much of its ray each sample stands for; 1 but at soft edges.
        edge: int64 [E] edge pixels.
        rect: x0, y0, x1, y1 of the pixels looked at.
    """

    samples: Samples
    centres: int
    slot: NDArray[np.int64]
    weight: Floats
    edge: NDArray[np.int64]
    rect: tuple[int, int, int, int]

    @property
    def nbytes(self) -> int:
        """Memory held, for the cache."""
        return self.samples.nbytes + self.slot.nbytes + self.weight.nbytes + self.edge.nbytes


def _sub_rays(camera: Camera, pixels: NDArray[np.int64], count: int) -> Floats:
    out = np.empty((len(pixels) * count, 3), np.float32)
    centre, rotation = np.asarray(camera.centre_px, np.float32), np.asarray(camera.rotation, np.float32)
    loops.rays_through(pixels, PATTERNS[count], camera.width, centre, camera.focal_px, rotation, out)
    return out


def _origins(camera: Camera, n: int) -> Floats:
    return np.broadcast_to(np.asarray(camera.position_m, np.float32), (n, 3)).copy()


def _without_cracks(hits: dict[str, Any], whole: dict[str, Any], edge: NDArray[np.int64], count: int) -> dict[str, Any]:
    """Hits of extra samples with those that slipped through a crack set back to their pixel's centre.

    Faces that only touch let single rays through; one sample far behind all the others of its pixel is taken for that.
    """
    sub = np.where(hits["primID"] < 0, np.float32(FAR_M), hits["tfar"]).reshape(-1, count)
    middle = np.where(whole["primID"][edge] < 0, np.float32(FAR_M), whole["tfar"][edge])
    every = np.concatenate([sub, middle[:, None]], axis=1)
    behind = np.partition(every, -2, axis=1)
    lone = (sub == behind[:, -1:]) & (behind[:, -1:] > 1.04 * behind[:, -2:-1])
    at = np.flatnonzero(lone)
    from_pixel = edge[at // count]
    out = {k: np.array(hits[k]) for k in _READ}
    for k in _READ:
        out[k][at] = whole[k][from_pixel]
    return out


def _standing(
    mesh: Mesh, camera: Camera, rays: Floats, asked: Floats, finer: float
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """First hits of rays [N, 3] from the camera that cover as much of their ray as is asked [N], and whether any on the way covers it partly [N].

    Extra samples of a pixel each ask for another part, so that as many of them stand as a soft edge covers of it (alpha to coverage).
    """
    hits = mesh.cast(_origins(camera, len(rays)), rays)
    partly = np.zeros(len(rays), bool)
    if not mesh.shape.soft:
        return hits, partly
    hits = {k: np.array(hits[k]) for k in _READ}
    open_ = np.arange(len(rays))
    for _ in range(DEEP):
        own = _chosen(hits, open_)
        cover = mesh.cover(camera, own, finer)
        met = own["primID"] >= 0
        partly[open_] |= met & (cover > 0) & (cover < 1)
        on = np.flatnonzero(met & (cover < asked[open_]))
        open_ = open_[on]
        if not len(open_):
            return hits, partly
        begun = own["tfar"][on] + np.float32(FURTHER_M)
        beyond = mesh.cast(_origins(camera, len(open_)) + rays[open_] * begun[:, None], rays[open_])
        for k in _READ:
            hits[k][open_] = beyond[k]
        hits["tfar"][open_] += begun
    return hits, partly


def set_plate(mesh: Mesh, camera: Camera, moving: bool = False) -> SetPlate:
    """The set through a camera.

    A still camera also refines the pixels beside breaks (slivers that centres miss by turns would be dotted lines); a moving one
    takes fewer extra samples, and none at mild creases.
    """
    count = SUBS_MOVING if moving else SUBS
    h, w = camera.height, camera.width
    rays = camera.rays()
    whole, partly = _standing(mesh, camera, rays, np.full(h * w, 0.5, np.float32), 0.0)
    centre = resolve(mesh, camera, np.arange(h * w), rays, whole)
    grid = (h, w)
    normal = centre.smooth.numpy().reshape(3, h, w).transpose(1, 2, 0)
    broken = _breaks(
        centre.region.numpy().reshape(grid), centre.depth.numpy().reshape(grid), normal, 0.55 if moving else 0.8
    )
    broken |= partly.reshape(grid)
    if not moving:
        padded = np.pad(broken, 1)
        broken |= padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    edge = np.flatnonzero(broken)
    sub = _sub_rays(camera, edge, count)
    asked = np.tile((np.arange(count, dtype=np.float32) + np.float32(0.5)) / np.float32(count), len(edge))
    hits, _ = _standing(mesh, camera, sub, asked, 0.5 * math.log2(count + 1))
    hits = _without_cracks(hits, whole, edge, count)
    subs = resolve(mesh, camera, np.repeat(edge, count), sub, hits)
    row = np.full(h * w, -1, np.int64)
    row[edge] = np.arange(len(edge))
    return SetPlate(camera, join([centre, subs]), edge, row, count)


def rect_of(camera: Camera, points: Floats, margin: int = 3) -> tuple[int, int, int, int]:
    """Bounding rectangle in pixels of projected points, clipped to the raster; empty is (0, 0, 0, 0)."""
    px, depth = camera.project(points)
    if (depth < 0.05).any():
        if (depth < 0.05).all():
            return (0, 0, 0, 0)
        return (0, 0, camera.width, camera.height)
    low, high = np.floor(px.min(axis=0)) - margin, np.ceil(px.max(axis=0)) + margin
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    x1, y1 = min(camera.width, int(high[0])), min(camera.height, int(high[1]))
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else (0, 0, 0, 0)


def _chosen(hits: dict[str, Any], keep: NDArray[Any]) -> dict[str, Any]:
    return {k: hits[k][keep] for k in _READ}


@dataclass
class _Layer:
    """What some rays of a list meet at one depth: their numbers int64 [M], the hits, and how much of each ray it takes, float32 [M]."""

    ray: NDArray[np.int64]
    hits: dict[str, Any]
    weight: Floats


def _through(mesh: Mesh, camera: Camera, rays: Floats, wall: Floats, finer: float) -> list[_Layer]:
    """What rays from the camera [N, 3] meet before `wall` [N], front to back, until something covers them; of geometry alone one layer."""
    out: list[_Layer] = []
    ray, left, begun = np.arange(len(rays)), np.ones(len(rays), np.float32), np.zeros(len(rays), np.float32)
    for _ in range(DEEP if mesh.shape.soft else 1):
        origins = _origins(camera, len(ray))
        if out:
            origins += rays[ray] * begun[:, None]
        hits = mesh.cast(origins, rays[ray])
        if out:
            hits["tfar"] = hits["tfar"] + begun
        met = np.flatnonzero((hits["primID"] >= 0) & (hits["tfar"] < wall[ray]))
        ray, left, hits = ray[met], left[met], _chosen(hits, met)
        weight = left
        if mesh.shape.soft:
            weight = left * mesh.cover(camera, hits, finer)
        keep = np.flatnonzero(weight > 0)
        out.append(_Layer(ray[keep], _chosen(hits, keep), weight[keep]))
        left = left - weight
        on = np.flatnonzero(left > BARELY)
        ray, left, begun = ray[on], left[on], hits["tfar"][on] + np.float32(FURTHER_M)
        if not len(ray):
            break
    return out


def cast_plate(mesh: Mesh, behind: SetPlate) -> CastPlate:
    """The cast before (and partly behind) the set."""
    camera, count = behind.camera, behind.count
    w = camera.width
    x0, y0, x1, y1 = rect = rect_of(camera, mesh.points)
    ys, xs = np.mgrid[y0:y1, x0:x1]
    pixels = (ys * w + xs).ravel()
    rays = _sub_rays(camera, pixels, 1)
    set_depth = behind.centre.depth.numpy()[pixels]
    finer = 0.5 * math.log2(count + 1)
    layers = _through(mesh, camera, rays, set_depth, finer)
    # The nearest that is there stands for the centre; what lies behind it is one more sample.
    met = _Layer(
        np.concatenate([x.ray for x in layers]),
        {k: np.concatenate([x.hits[k] for x in layers]) for k in _READ},
        np.concatenate([x.weight for x in layers]),
    )
    keep, first = met.ray, np.arange(len(met.ray))
    if len(layers) > 1:
        keep, first = np.unique(met.ray, return_index=True)
    hits, weight = _chosen(met.hits, first), met.weight[first]
    centre = resolve(mesh, camera, pixels[keep], rays[keep], hits)
    shape = (y1 - y0, x1 - x0)
    ids = np.zeros(len(pixels), np.int64)
    depth = np.full(len(pixels), FAR_M, np.float32)
    normal = np.zeros((len(pixels), 3), np.float32)
    normal[:, 2] = 1.0
    ids[keep] = centre.region.numpy()
    depth[keep] = centre.depth.numpy()
    normal[keep] = centre.smooth.numpy().T
    broken = _breaks(ids.reshape(shape), depth.reshape(shape), normal.reshape(*shape, 3), 0.25).ravel()
    broken[keep] |= weight < 1
    # where the set's own edges meet the cast, the set's extra samples decide
    seen = np.zeros(len(pixels), bool)
    seen[keep] = True
    broken |= seen & (behind.row[pixels] >= 0) & (set_depth < depth + 0.6)
    edge = pixels[broken]
    sub = _sub_rays(camera, edge, count)
    wall = np.repeat(behind.centre.depth.numpy()[edge], count)
    rows = behind.row[edge]
    finer_rows = np.flatnonzero(rows >= 0)
    if len(finer_rows):
        subs = behind.subs.depth.numpy().reshape(-1, count)
        wall.reshape(-1, count)[finer_rows] = subs[rows[finer_rows]]
    samples, slots, weights = [centre], [], [weight]
    for x in _through(mesh, camera, sub, wall, finer):
        samples.append(resolve(mesh, camera, np.repeat(edge, count)[x.ray], sub[x.ray], x.hits))
        slots.append((x.ray // count) * (count + 1) + 1 + x.ray % count)
        weights.append(x.weight)
    later = np.setdiff1d(np.arange(len(met.ray)), first) if len(layers) > 1 else first[:0]
    if len(later):
        row = np.full(len(pixels), -1)
        row[broken] = np.arange(len(edge))
        at = met.ray[later]
        samples.append(resolve(mesh, camera, pixels[at], rays[at], _chosen(met.hits, later)))
        slots.append(row[at] * (count + 1))
        weights.append(met.weight[later])
    slot = np.concatenate(slots).astype(np.int64)
    return CastPlate(join(samples), len(centre), slot, np.concatenate(weights), edge, rect)
