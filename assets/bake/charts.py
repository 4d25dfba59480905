"""Pieces with charts, packed into one atlas and rasterised there, so that paint and light can be baked per texel.

Second step of a bake: the crafts (figure, hair, cloth) make `Piece`s; `assemble` joins them; `Raster` hands each
painter the surface points under the texels it owns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

GUTTER = 5  # texels kept free round a chart; filled by dilation afterwards


@dataclass
class Piece:
    """One surface with its own chart coordinates.

    `points` [n,3] m; `faces` [m,3]; `uv` [n,2] chart metres (s right, t down), isometric as far as the craft can;
    `chart` [m] chart id within the piece (vertices are never shared between charts); `part`, `paint`: names;
    `density` texels per metre relative to the others; `weld` smoothing key (same key + same place = smooth); `face_part` overrides `part` per face;
    `deltas` expression -> [n,3]; `attrs` per-vertex values for the painter ([n] or [n,k]).
    """

    name: str
    points: Array
    faces: Ints
    uv: Array
    part: str
    paint: str
    density: float = 1.0
    chart: Ints | None = None
    weld: str = ""
    deltas: dict[str, Array] = field(default_factory=dict)
    attrs: dict[str, Array] = field(default_factory=dict)
    face_part: list[str] | None = None


@dataclass
class Assembly:
    """All pieces as one mesh with atlas coordinates; `first` gives each piece's vertex and face offsets."""

    pieces: list[Piece]
    points: Array
    faces: Ints
    st: Array
    weld: Ints
    scale: float
    first: list[tuple[int, int]]
    texels_per_m: Array  # per face


def grid_faces(rows: int, cols: int, wrap: bool = False) -> Ints:
    """Triangles of a row-major vertex grid; `wrap` joins the last column to the first."""
    last = cols if wrap else cols - 1
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(last), indexing="ij")
    a = r * cols + c
    b = r * cols + (c + 1) % cols
    d, e = a + cols, b + cols
    # Alternate the diagonal: a one-way diagonal shows as a twist on tubes.
    flip = ((r + c) % 2 == 0)[..., None, None]
    one = np.stack([np.stack([a, d, b], -1), np.stack([b, d, e], -1)], -2)
    two = np.stack([np.stack([a, d, e], -1), np.stack([a, e, b], -1)], -2)
    return np.where(flip, one, two).reshape(-1, 3).astype(np.int64)


def arc_uv(p: Array) -> Array:
    """Chart metres for a vertex grid [rows, cols, 3]: rows run down, columns right, centred on the middle column."""
    du = np.linalg.norm(np.diff(p, axis=1), axis=2)
    dv = np.linalg.norm(np.diff(p, axis=0), axis=2)
    u = np.concatenate([np.zeros((p.shape[0], 1)), np.cumsum(du, axis=1)], axis=1)
    u -= u[:, u.shape[1] // 2][:, None]
    v = np.concatenate([np.zeros((1, p.shape[1])), np.cumsum(dv, axis=0)], axis=0)
    return np.stack([u, v], axis=-1)


def _skyline(sizes: list[tuple[int, int]], side: int) -> list[tuple[int, int]] | None:
    """Bottom-left skyline packing of boxes into a square; None when they do not fit."""
    order = sorted(range(len(sizes)), key=lambda i: (-sizes[i][1], -sizes[i][0]))
    sky = [(0, 0, side)]  # x, y, width
    where: list[tuple[int, int]] = [(0, 0)] * len(sizes)
    for i in order:
        w, h = sizes[i]
        best: tuple[int, int, int] | None = None
        for k in range(len(sky)):
            x = sky[k][0]
            if x + w > side:
                break
            y, span, j = 0, 0, k
            while span < w and j < len(sky):
                y = max(y, sky[j][1])
                span += sky[j][2]
                j += 1
            if y + h <= side and (best is None or (y, x) < best[:2]):
                best = (y, x, k)
        if best is None:
            return None
        y, x, _ = best
        where[i] = (x, y)
        new: list[tuple[int, int, int]] = []
        for sx, sy, sw in sky:
            if sx + sw <= x or sx >= x + w:
                new.append((sx, sy, sw))
                continue
            if sx < x:
                new.append((sx, sy, x - sx))
            if sx + sw > x + w:
                new.append((x + w, sy, sx + sw - x - w))
        new.append((x, y + h, w))
        sky = sorted(new)
    return where


def assemble(pieces: list[Piece], side: int) -> Assembly:
    """Joins pieces and packs their charts as large as fits a `side` x `side` atlas."""
    boxes: list[tuple[int, Ints, Array, Array]] = []
    for n, p in enumerate(pieces):
        if p.chart is None:
            p.chart = np.zeros(len(p.faces), np.int64)
        for c in np.unique(p.chart):
            f = p.faces[p.chart == c]
            ids = np.unique(f)
            # No mirrored charts: seen from outside, s runs right and t down.
            d1, d2 = p.uv[f[:, 1]] - p.uv[f[:, 0]], p.uv[f[:, 2]] - p.uv[f[:, 0]]
            if (d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]).sum() > 0:
                p.uv[ids] = p.uv[ids] * np.array([-1.0, 1.0])
            uv = p.uv[ids] * p.density
            boxes.append((n, ids, uv.min(0), np.ptp(uv, axis=0)))

    def place(scale: float) -> list[tuple[int, int]] | None:
        return _skyline([tuple((np.ceil(b[3] * scale).astype(int) + 2 * GUTTER + 1).tolist()) for b in boxes], side)

    lo, hi = 50.0, 8000.0
    for _ in range(26):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if place(mid) is not None else (lo, mid)
    where = place(lo)
    assert where is not None
    st = [np.zeros((len(p.points), 2)) for p in pieces]
    for (n, ids, uv0, _), (x, y) in zip(boxes, where, strict=True):
        st[n][ids] = ((pieces[n].uv[ids] * pieces[n].density - uv0) * lo + GUTTER + np.array([x, y])) / side
    first, v0, f0 = [], 0, 0
    faces, keys, density = [], [], []
    for p in pieces:
        first.append((v0, f0))
        faces.append(p.faces + v0)
        q = np.round(p.points / 2e-5).astype(np.int64)
        name = np.full((len(q), 1), hash_name(p.weld or p.name))
        keys.append(np.concatenate([name, q], axis=1))
        density.append(np.full(len(p.faces), p.density * lo))
        v0 += len(p.points)
        f0 += len(p.faces)
    _, weld = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    return Assembly(
        pieces,
        np.concatenate([p.points for p in pieces]),
        np.concatenate(faces),
        np.concatenate(st),
        weld.reshape(-1),
        lo,
        first,
        np.concatenate(density),
    )


def hash_name(name: str) -> int:
    """A number for a name that is the same in every run (Python's own hash is salted)."""
    value = 7
    for ch in name:
        value = (value * 131 + ord(ch)) % 2147483647
    return value


class Raster:
    """Which triangle covers each texel of the atlas, and where in it. `face` [side,side] is -1 where none does."""

    def __init__(self, asm: Assembly, side: int) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        scene = EmbreeScene()
        flat = np.concatenate([asm.st, np.zeros((len(asm.st), 1))], axis=1).astype(np.float32)
        TriangleMesh(scene, np.ascontiguousarray(flat[asm.faces]))
        self.side, self.asm = side, asm
        self.face = np.full((side, side), -1, np.int64)
        self.bary = np.zeros((side, side, 2), np.float32)
        axis = (np.arange(side) + 0.5) / side
        rows = max(1, 1 << 19) // side
        for r in range(0, side, rows):
            t = axis[r : r + rows]
            o = np.stack(np.broadcast_arrays(axis[None, :], t[:, None], 1.0), -1).reshape(-1, 3).astype(np.float32)
            d = np.tile(np.array([[0, 0, -1]], np.float32), (len(o), 1))
            hit = scene.run(np.ascontiguousarray(o), d, query="INTERSECT", output=True)
            self.face[r : r + rows] = hit["primID"].reshape(len(t), side)
            self.bary[r : r + rows, :, 0] = hit["u"].reshape(len(t), side)
            self.bary[r : r + rows, :, 1] = hit["v"].reshape(len(t), side)

    def texels(self, piece: int) -> tuple[Ints, Ints]:
        """Row and column of every texel covered by a piece."""
        f0 = self.asm.first[piece][1]
        f1 = f0 + len(self.asm.pieces[piece].faces)
        return np.nonzero((self.face >= f0) & (self.face < f1))

    def sample(self, values: Array, rows: Ints, cols: Ints) -> Array:
        """Per-vertex values ([V] or [V,k], of the whole assembly) interpolated at texels."""
        tri = self.asm.faces[self.face[rows, cols]]
        u, v = self.bary[rows, cols, 0], self.bary[rows, cols, 1]
        shape = (-1,) + (1,) * (values.ndim - 1)
        w = 1 - u - v
        return (
            values[tri[:, 0]] * w.reshape(shape)
            + values[tri[:, 1]] * u.reshape(shape)
            + values[tri[:, 2]] * v.reshape(shape)
        )


def dilate(image: Array, known: NDArray[np.bool_], steps: int = 8) -> Array:
    """Grows known texels outwards so that filtering never reads the empty atlas; the rest becomes the mean."""
    import cv2

    out, have = image.astype(np.float32), known.astype(np.float32)
    kernel = np.ones((3, 3), np.float32)
    for _ in range(steps):
        total = cv2.filter2D(
            out * (have[..., None] if out.ndim == 3 else have), -1, kernel, borderType=cv2.BORDER_CONSTANT
        )
        count = cv2.filter2D(have, -1, kernel, borderType=cv2.BORDER_CONSTANT)
        grow = (have == 0) & (count > 0)
        out[grow] = total[grow] / (count[grow][:, None] if out.ndim == 3 else count[grow])
        have[grow] = 1
    rest = have == 0
    out[rest] = np.mean(out[known], axis=0) if known.any() else 0
    return out
