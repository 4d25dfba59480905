"""Builds the sets: modelling by script, one atlas a set, occlusion by ray casting, export as a baked subject.

`python -m assets.bake.sets [alley] [kitchen]` writes `assets/sets/<name>/`. Everything follows from seeds in the scripts.
A set is a `Stage` of parts. Every surface is a patch with metric coordinates on a chart; charts are packed, their
occlusion is cast with Embree against the whole stage, then each chart is painted on a `materials.Canvas`.
Coordinates: metres, right-handed, +Y up, the audience (camera) at +Z. v runs down on a chart, u to the right as seen
from outside, so that outside = (dP/dv) x (dP/du).
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from PIL import Image

from assets.bake.materials import Array, Canvas, Painter

SETS = Path(__file__).resolve().parents[1] / "sets"
GUTTER = 4  # texels around each chart, painted like the chart itself
FAR = 0.9  # metres within which occlusion counts


def move(x: float = 0, y: float = 0, z: float = 0, yaw: float = 0, pitch: float = 0, roll: float = 0) -> Array:
    """Matrix 4x4: roll about Z, then pitch about X, then yaw about Y (degrees), then translation in metres."""
    a, b, c = np.radians([yaw, pitch, roll])
    ry = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    rx = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    m = np.eye(4)
    m[:3, :3] = ry @ rx @ rz
    m[:3, 3] = x, y, z
    return m


def apply(m: Array | None, p: Array) -> Array:
    """Transform points [..., 3]."""
    return p if m is None else p @ m[:3, :3].T + m[:3, 3]


@dataclass(eq=False)
class Chart:
    """A rectangle of the atlas, width x height metres at `density` texels a metre."""

    name: str
    width: float
    height: float
    density: float
    paint: Painter
    wrap: bool = False  # the right border meets the left
    shared: bool = False  # many surfaces use it at random offsets: no cast occlusion
    places: list[tuple[Array, Array]] = field(default_factory=list)  # grids of (position, normal), [gv, gu, 3]
    x: int = 0
    y: int = 0
    px: int = 0
    py: int = 0


class Stage:
    """A set under construction."""

    def __init__(self, name: str, seed: int, side: int) -> None:
        self.name, self.seed, self.side = name, seed, side
        self.parts: list[dict[str, Any]] = []
        self.charts: list[Chart] = []
        self.rng = np.random.default_rng(seed)
        self._verts: list[Array] = []
        self._uv: list[Array] = []
        self._weld: list[Array] = []
        self._chart_of: list[Array] = []
        self._faces: list[Array] = []
        self._part_of: list[Array] = []
        self._nv = 0
        self._nw = 0

    # ---- parts and charts ---------------------------------------------------------------------------------------
    def part(self, name: str, attributes: Sequence[str], **extra: Any) -> int:
        """Declare a part; returns its index."""
        self.parts.append({"name": name, "attributes": list(attributes), **extra})
        return len(self.parts) - 1

    def prop(self, name: str, **extra: Any) -> int:
        """Declare a named prop."""
        return self.part(name, ["props", "layout"], **extra)

    def chart(self, name: str, w: float, h: float, density: float, paint: Painter, shared: bool = False) -> Chart:
        """Declare a chart."""
        c = Chart(name, float(w), float(h), float(density), paint, shared=shared)
        self.charts.append(c)
        return c

    def trim(self, name: str, w: float, h: float, density: float, paint: Painter) -> Chart:
        """Declare a chart which many small surfaces share at random offsets."""
        return self.chart(name, w, h, density, paint, shared=True)

    # ---- raw geometry -------------------------------------------------------------------------------------------
    def mesh(self, part: int, verts: Array, faces: Array, uv: Array, chart: Chart, weld: Array | None = None) -> None:
        """Add triangles; weld ids are local (0..), None keeps every vertex on its own."""
        verts = np.asarray(verts, np.float64)
        faces = np.asarray(faces, np.int64)
        tri = verts[faces]
        area = np.linalg.norm(np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]), axis=1)
        faces = faces[area > 1e-10]
        weld = np.arange(len(verts)) if weld is None else np.asarray(weld, np.int64)
        self._verts.append(verts)
        self._uv.append(np.asarray(uv, np.float64))
        self._weld.append(weld + self._nw)
        self._chart_of.append(np.full(len(verts), self.charts.index(chart)))
        self._faces.append(faces + self._nv)
        self._part_of.append(np.full(len(faces), part))
        self._nv += len(verts)
        self._nw += int(weld.max()) + 1

    def wall(
        self,
        part: int,
        corner: Sequence[float],
        right: Sequence[float],
        width: float,
        height: float,
        skin: Painter | Chart,
        density: float = 250,
        openings: Sequence[tuple[float, float, float, float, float]] = (),
        reveal: Chart | None = None,
        name: str = "wall",
        place: bool = True,
    ) -> Chart:
        """An upright rectangle with openings (u0, v0, u1, v1, depth), v from the top; reveals are lined with `reveal`."""
        p, a = np.asarray(corner, float), np.asarray(right, float)
        down = np.array([0, -1.0, 0])
        chart = skin if isinstance(skin, Chart) else self.chart(name, width, height, density, skin)
        us = sorted({0.0, width, *(o[0] for o in openings), *(o[2] for o in openings)})
        vs = sorted({0.0, height, *(o[1] for o in openings), *(o[3] for o in openings)})
        pts, uv, faces = [], [], []
        for u0, u1 in pairwise(us):
            for v0, v1 in pairwise(vs):
                cu, cv = (u0 + u1) / 2, (v0 + v1) / 2
                if any(o[0] < cu < o[2] and o[1] < cv < o[3] for o in openings):
                    continue
                k = len(pts)
                for u, v in ((u0, v0), (u0, v1), (u1, v1), (u1, v0)):
                    pts.append(p + a * u + down * v)
                    uv.append((u * chart.width / width, v * chart.height / height))
                faces += [[k, k + 1, k + 2], [k, k + 2, k + 3]]
        self.mesh(part, np.array(pts), np.array(faces), np.array(uv), chart, np.arange(len(pts)))
        inward = np.cross(a, down)  # away from the viewer: outside is down x right
        for u0, v0, u1, v1, d in openings:
            if reveal is None:
                continue
            q = lambda u, v: p + a * u + down * v  # noqa: E731
            for c, e, f in (
                (q(u0, v0), inward * d, down * (v1 - v0)),
                (q(u1, v0) + inward * d, -inward * d, down * (v1 - v0)),
                (q(u0, v0), a * (u1 - u0), inward * d),
                (q(u0, v1) + inward * d, a * (u1 - u0), -inward * d),
            ):
                self.quad(part, c, e, f, reveal)
        if not chart.shared and place:
            g = np.array([[p, p + a * width], [p + down * height, p + a * width + down * height]])
            chart.places.append((g, np.broadcast_to(-inward, (2, 2, 3))))
        return chart

    def _spot(self, chart: Chart, w: float, h: float) -> tuple[float, float]:
        """Where a surface of w x h lies on a shared chart."""
        return (
            float(self.rng.random() * max(chart.width - w, 0)),
            float(self.rng.random() * max(chart.height - h, 0)),
        )

    def patch(
        self,
        part: int,
        grid: Array,
        skin: Painter | Chart,
        density: float = 250,
        *,
        wrap: bool = False,
        flat: bool = False,
        xf: Array | None = None,
        name: str = "patch",
        size: tuple[float, float] | None = None,
    ) -> Chart:
        """A parametric surface grid [nv, nu, 3] (rows run down). wrap: last column meets the first (repeat it).

        flat: every quad is faceted. size: metric extent when the grid's own lengths are not wanted.
        """
        g = apply(xf, np.asarray(grid, np.float64))
        nv, nu = g.shape[:2]
        lu = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(g, axis=1), axis=2).max(0))])
        lv = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(g, axis=0), axis=2).max(1))])
        w, h = size or (float(lu[-1]), float(lv[-1]))
        un, vn = lu / max(lu[-1], 1e-9), lv / max(lv[-1], 1e-9)
        if isinstance(skin, Chart):
            chart = skin
            cw, ch = (min(w, chart.width), min(h, chart.height)) if chart.shared else (chart.width, chart.height)
            ou, ov = self._spot(chart, cw, ch) if chart.shared else (0.0, 0.0)
        else:
            chart = self.chart(name, w, h, density, skin)
            chart.wrap = wrap
            cw, ch, ou, ov = w, h, 0.0, 0.0
        uu, vv = np.meshgrid(ou + un * cw, ov + vn * ch)
        idx = np.arange(nu * nv).reshape(nv, nu)
        a, b, c, d = idx[:-1, :-1], idx[:-1, 1:], idx[1:, :-1], idx[1:, 1:]
        quads = np.stack([a, c, d, b], -1).reshape(-1, 4)
        weld = idx.copy()
        if wrap:
            weld[:, -1] = weld[:, 0]
        for row in (0, -1):  # poles share one normal
            if np.ptp(g[row], axis=0).max() < 1e-6:
                weld[row] = weld[row, 0]
        verts, uv = g.reshape(-1, 3), np.stack([uu, vv], -1).reshape(-1, 2)
        weld = weld.reshape(-1)
        if flat:
            verts, uv = verts[quads].reshape(-1, 3), uv[quads].reshape(-1, 2)
            quads = np.arange(len(verts)).reshape(-1, 4)
            weld = np.arange(len(verts))
        faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        self.mesh(part, verts, faces, uv, chart, weld)
        if not chart.shared:
            # the painter and the occlusion see the surface on a regular grid
            su, sv = np.linspace(0, 1, max(2, min(4 * nu, 65))), np.linspace(0, 1, max(2, min(4 * nv, 65)))
            fu, fv = np.interp(su, un, np.arange(nu)), np.interp(sv, vn, np.arange(nv))
            my, mx = np.meshgrid(fv, fu, indexing="ij")
            reg = cv2.remap(g.astype(np.float32), mx.astype(np.float32), my.astype(np.float32), cv2.INTER_LINEAR)
            tu, tv = np.gradient(reg, axis=1), np.gradient(reg, axis=0)
            nrm = np.cross(tv, tu)
            length = np.linalg.norm(nrm, axis=-1, keepdims=True)
            nrm = np.where(length > 1e-12, nrm / np.maximum(length, 1e-12), np.array([0, 1, 0]))
            chart.places.append((reg.astype(np.float64), nrm))
        return chart

    def shell(
        self,
        part: int,
        grid: Array,
        thick: float,
        skin: Painter | Chart,
        density: float = 250,
        *,
        xf: Array | None = None,
        name: str = "shell",
    ) -> Chart:
        """A patch with thickness (cloth, leaves, paper): front, back and rims."""
        g = apply(xf, np.asarray(grid, np.float64))
        tu, tv = np.gradient(g, axis=1), np.gradient(g, axis=0)
        n = np.cross(tv, tu)
        n /= np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-12)
        back = g - n * thick
        chart = self.patch(part, g, skin, density, name=name)
        self.patch(part, back[:, ::-1], chart)
        if not chart.shared:
            chart.places.pop()
        w, h = (0.05, 0.01) if chart.shared else (chart.width, max(thick, 0.004))
        ends = ((g[:1], back[:1]), (g[-1:], back[-1:]), (g[:, :1], back[:, :1]), (g[:, -1:], back[:, -1:]))
        for side, (a, b) in enumerate(ends):
            strip = np.concatenate([b.reshape(1, -1, 3), a.reshape(1, -1, 3)])
            t = np.linspace(0, min(w, chart.width), strip.shape[1])
            uv = np.stack([np.concatenate([t, t]), np.repeat([0.0, min(h, chart.height)], len(t))], -1)
            i = np.arange(len(t) - 1)
            k = len(t)
            f = np.concatenate([np.stack([i, i + k, i + k + 1], -1), np.stack([i, i + k + 1, i + 1], -1)])
            pts = strip.reshape(-1, 3)
            out = np.cross(pts[f[:, 1]] - pts[f[:, 0]], pts[f[:, 2]] - pts[f[:, 0]])
            near = {0: g[1], 1: g[-2], 2: g[:, 1], 3: g[:, -2]}[side]
            if float((out * ((a.reshape(-1, 3) - near)[f[:, 0] % k])).sum()) < 0:
                f = f[:, ::-1]
            self.mesh(part, strip.reshape(-1, 3), f, uv, chart)
        return chart

    # ---- primitives ---------------------------------------------------------------------------------------------
    def quad(
        self,
        part: int,
        corner: Sequence[float],
        du: Sequence[float],
        dv: Sequence[float],
        skin: Painter | Chart,
        density: float = 250,
        xf: Array | None = None,
        name: str = "quad",
    ) -> Chart:
        """A rectangle from its top-left corner (seen from outside), du to the right and dv down, metres."""
        p, a, b = (np.asarray(x, np.float64) for x in (corner, du, dv))
        grid = np.array([[p, p + a], [p + b, p + a + b]])
        return self.patch(part, grid, skin, density, xf=xf, name=name)

    def box(
        self,
        part: int,
        size: Sequence[float],
        skin: Painter | Chart | dict[str, Painter | Chart],
        density: float = 200,
        *,
        at: Array | None = None,
        bevel: float = 0.006,
        skip: str = "",
        name: str = "box",
    ) -> None:
        """A bevelled box centred on `at`. skin may be by face: keys r l t b f k (+X -X +Y -Y +Z -Z), '*' for the rest.

        A Painter gets one chart a face, a Chart is shared. `skip` lists faces nobody sees (their bevels stay).
        """
        half = np.asarray(size, np.float64) / 2
        bev = min(bevel, 0.45 * float(half.min() * 2) / 2)
        # name: (normal axis, sign, u direction, v direction(down))
        axes = {
            "r": (0, 1, (0, 0, -1), (0, -1, 0)), "l": (0, -1, (0, 0, 1), (0, -1, 0)),
            "t": (1, 1, (1, 0, 0), (0, 0, 1)), "b": (1, -1, (1, 0, 0), (0, 0, -1)),
            "f": (2, 1, (1, 0, 0), (0, -1, 0)), "k": (2, -1, (-1, 0, 0), (0, -1, 0)),
        }  # fmt: skip
        owner = "frktlb"
        ids: dict[tuple[str, int, int, int], int] = {}

        def vid(face: str, sx: int, sy: int, sz: int) -> int:
            return ids.setdefault((face, sx, sy, sz), len(ids))

        def point(face: str, s: tuple[int, int, int]) -> Array:
            ax = axes[face][0]
            p = np.array(s, np.float64) * half
            for k in range(3):
                if k != ax:
                    p[k] -= s[k] * bev
            return p

        face_of = {(a, s): f for f, (a, s, _, _) in axes.items()}
        done: set[frozenset[str]] = set()
        corners_done: set[tuple[int, int, int]] = set()
        for f in owner:
            ax, sg, du, dv = axes[f]
            du_, dv_ = np.array(du, float), np.array(dv, float)
            wu, wv = 2 * float(np.abs(du_) @ half), 2 * float(np.abs(dv_) @ half)
            s = skin if not isinstance(skin, dict) else skin.get(f, skin.get("*"))
            if s is None:
                raise ValueError(f"{self.name}: box {name} has no skin for face {f}")
            verts, uvs, welds, faces = [], [], [], []

            def put(g: str, s3: tuple[int, int, int], du_: Array = du_, dv_: Array = dv_, wu: float = wu,
                    wv: float = wv, verts: list = verts, uvs: list = uvs, welds: list = welds) -> int:  # fmt: skip
                p = point(g, s3)
                verts.append(p)
                uvs.append([p @ du_ + wu / 2, p @ dv_ + wv / 2])
                welds.append(vid(g, *s3))
                return len(verts) - 1

            def signs(
                a: int, b: int, ax: int = ax, sg: int = sg, du_: Array = du_, dv_: Array = dv_
            ) -> tuple[int, int, int]:
                v = a * du_ + b * dv_
                v[ax] = sg
                return int(v[0]), int(v[1]), int(v[2])

            ring = [(-1, -1), (-1, 1), (1, 1), (1, -1)]
            if f not in skip:
                q = [put(f, signs(a, b)) for a, b in ring]
                faces += [[q[0], q[1], q[2]], [q[0], q[2], q[3]]]
            for k in range(4):
                (a0, b0), (a1, b1) = ring[k], ring[(k + 1) % 4]
                mid = (a0 + a1) / 2 * du_ + (b0 + b1) / 2 * dv_
                oax = int(np.argmax(np.abs(mid)))
                g = face_of[(oax, int(np.sign(mid[oax])))]
                pair = frozenset((f, g))
                if (
                    pair in done
                    or (f in skip and g in skip)
                    or (f in skip and g not in skip and owner.index(f) < owner.index(g))
                ):
                    continue
                done.add(pair)
                s0, s1 = signs(a0, b0), signs(a1, b1)
                q = [put(f, s0), put(g, s0), put(g, s1), put(f, s1)]
                faces += [[q[0], q[1], q[2]], [q[0], q[2], q[3]]]
            if f not in skip:
                for a, b in ring:
                    s3 = signs(a, b)
                    if s3 in corners_done:
                        continue
                    corners_done.add(s3)
                    names = [face_of[(k, s3[k])] for k in range(3)]
                    tri = [put(n, s3) for n in names]
                    p = [np.asarray(verts[t]) for t in tri]
                    if np.cross(p[1] - p[0], p[2] - p[0]) @ np.array(s3) < 0:
                        tri = [tri[0], tri[2], tri[1]]
                    faces.append(tri)
            if not faces:
                continue
            v = np.array(verts)
            uv = np.array(uvs)
            if isinstance(s, Chart):
                chart = s
                if chart.shared:
                    ou, ov = self._spot(chart, wu, wv)
                    k = min(1.0, chart.width / wu), min(1.0, chart.height / wv)
                    uv = uv * k + (ou, ov)
                else:
                    uv = uv * (chart.width / wu, chart.height / wv)
            else:
                chart = self.chart(f"{name}.{f}", wu, wv, density, s)
            if not chart.shared:
                n = np.zeros(3)
                n[ax] = sg
                c0 = n * half - du_ * wu / 2 - dv_ * wv / 2
                grid = np.array([[c0, c0 + du_ * wu], [c0 + dv_ * wv, c0 + du_ * wu + dv_ * wv]])
                nn = n if at is None else at[:3, :3] @ n
                chart.places.append((apply(at, grid), np.broadcast_to(nn, (2, 2, 3))))
            self.mesh(part, apply(at, v), np.array(faces), uv, chart, np.array(welds))
            # welds must agree over the six meshes of one box
            self._nw -= int(np.max(welds)) + 1
        self._nw += len(ids)

    def tube(
        self,
        part: int,
        path: Array,
        radius: float | Array,
        skin: Painter | Chart,
        density: float = 250,
        *,
        sides: int = 8,
        caps: bool = True,
        xf: Array | None = None,
        name: str = "tube",
    ) -> None:
        """A round bar along a path [n, 3]; radius may vary along it. Long ones are split to fit a shared chart."""
        p = apply(xf, np.asarray(path, np.float64))
        r = np.broadcast_to(np.asarray(radius, np.float64), (len(p),))
        if isinstance(skin, Chart) and skin.shared:
            seg = np.linalg.norm(np.diff(p, axis=0), axis=1)
            if len(p) == 2 and seg[0] > skin.height * 1.02:
                k = int(np.ceil(seg[0] / skin.height))
                t = np.linspace(0, 1, k + 1)[:, None]
                pts = p[0] + (p[1] - p[0]) * t
                for i in range(k):
                    self.tube(part, pts[i : i + 2], r[0], skin, sides=sides, caps=caps and k == 1, name=name)
                return
            total = np.concatenate([[0], np.cumsum(seg)])
            if total[-1] > skin.height * 1.02 and len(p) > 3:
                cut = max(1, int(np.searchsorted(total, skin.height)) - 1)
                cut = min(cut, len(p) - 2)
                self.tube(part, p[: cut + 1], r[: cut + 1], skin, sides=sides, caps=False, name=name)
                self.tube(part, p[cut:], r[cut:], skin, sides=sides, caps=False, name=name)
                return
        t = np.gradient(p, axis=0)
        t /= np.maximum(np.linalg.norm(t, axis=1, keepdims=True), 1e-9)
        ref = np.array([0, 1.0, 0]) if abs(t[0, 1]) < 0.9 else np.array([0, 0, 1.0])
        frames = []
        x = np.cross(ref, t[0])
        for ti in t:
            x = x - ti * (x @ ti)
            x /= np.linalg.norm(x)
            frames.append((x, np.cross(ti, x)))
        ang = np.linspace(0, 2 * np.pi, sides + 1)
        ca, sa = np.cos(ang), np.sin(ang)
        rings = np.stack(
            [pi + ri * (ca[:, None] * fx + sa[:, None] * fy) for pi, ri, (fx, fy) in zip(p, r, frames, strict=True)]
        )
        if caps:
            rings = np.concatenate([
                np.repeat(p[:1], sides + 1, 0)[None], rings[:1], rings, rings[-1:], np.repeat(p[-1:], sides + 1, 0)[None]
            ])  # fmt: skip
        # rows run along the path; keep the outside out
        self.patch(part, rings[:, ::-1], skin, density, wrap=True, name=name) if not caps else self._capped(
            part, rings[:, ::-1], skin, density, name
        )

    def _capped(self, part: int, rings: Array, skin: Painter | Chart, density: float, name: str) -> None:
        """Body and two end discs, with hard edges between them, on one chart."""
        body = rings[2:-2]
        chart = self.patch(part, body, skin, density, wrap=True, name=name)
        for disc in (rings[:2], rings[-2:]):
            self.patch(part, disc, chart, density, wrap=True)
            if not chart.shared:
                chart.places.pop()

    def lathe(
        self,
        part: int,
        profile: Sequence[Sequence[float]],
        skin: Painter | Chart,
        density: float = 250,
        *,
        sides: int = 24,
        at: Array | None = None,
        name: str = "lathe",
        hard: float = 50.0,
    ) -> None:
        """Turn a profile [(radius, height), ...] from top to bottom (outside first) about Y; corners sharper than
        `hard` degrees stay hard. One chart for the whole of it.
        """
        pr = np.asarray(profile, np.float64)
        ang = np.linspace(0, 2 * np.pi, sides + 1)
        d = np.diff(pr, axis=0)
        turn = [0.0] + [
            float(np.degrees(np.arccos(np.clip(d[i] @ d[i + 1] / max(np.linalg.norm(d[i]) * np.linalg.norm(d[i + 1]), 1e-12), -1, 1))))
            for i in range(len(d) - 1)
        ]  # fmt: skip
        rows = [0]
        for i in range(1, len(pr)):
            rows.append(i)
            if i < len(pr) - 1 and turn[i] > hard:
                rows.append(i)  # doubled row: two normals
        q = pr[rows]
        grid = np.stack([q[:, :1] * np.sin(ang), np.repeat(q[:, 1:], sides + 1, 1), q[:, :1] * np.cos(ang)], -1)
        self.patch(part, grid, skin, density, wrap=True, xf=at, name=name)

    def bar(
        self,
        part: int,
        a: Sequence[float],
        b: Sequence[float],
        w: float,
        h: float,
        skin: Painter | Chart,
        density: float = 200,
        bevel: float = 0.003,
        xf: Array | None = None,
        roll: float = 0.0,
    ) -> None:
        """A bevelled rectangular bar from a to b, w across and h tall."""
        p, q = apply(xf, np.asarray(a, float)), apply(xf, np.asarray(b, float))
        z = (q - p) / np.linalg.norm(q - p)
        up = np.array([0, 1.0, 0]) if abs(z[1]) < 0.95 else np.array([1.0, 0, 0])
        x = np.cross(up, z)
        x /= np.linalg.norm(x)
        m = np.eye(4)
        m[:3, :3] = np.stack([x, np.cross(z, x), z], 1) @ move(roll=roll)[:3, :3]
        m[:3, 3] = (p + q) / 2
        self.box(part, (w, h, float(np.linalg.norm(q - p))), skin, density, at=m, bevel=bevel, name="bar")

    def extrude(
        self,
        part: int,
        outline: Array,
        thick: float,
        skin: Painter | Chart,
        density: float = 250,
        *,
        at: Array | None = None,
        name: str = "plate",
        rim: Chart | None = None,
    ) -> None:
        """A star-shaped plate: outline [n, 2] counter-clockwise in XY, front at z = thick/2, back at -thick/2."""
        o = np.asarray(outline, np.float64)
        n = len(o)
        lo, hi = o.min(0), o.max(0)
        w, h = hi - lo
        ctr = o.mean(0)
        if isinstance(skin, Chart):
            chart = skin
            ou, ov = self._spot(chart, w, h) if chart.shared else (0.0, 0.0)
        else:
            chart = self.chart(name, w, h, density, skin)
            ou = ov = 0.0
        pts = np.concatenate([ctr[None], o])
        uv = np.stack([pts[:, 0] - lo[0] + ou, hi[1] - pts[:, 1] + ov], -1)
        k = np.arange(n)
        fan = np.stack([np.zeros(n, int), 1 + k, 1 + (k + 1) % n], -1)
        for s in (1, -1):
            v = np.concatenate([pts, np.full((n + 1, 1), s * thick / 2)], 1)
            self.mesh(part, apply(at, v), fan if s > 0 else fan[:, ::-1], uv, chart)
        loop = np.concatenate([o, o[:1]])
        grid = np.stack([np.concatenate([loop, np.full((n + 1, 1), s * thick / 2)], 1) for s in (1, -1)])
        rim_chart = rim or chart
        inset = (np.concatenate([uv[1:], uv[1:2]]) - uv[0]) * 0.985 + uv[0]
        g = apply(at, grid).reshape(-1, 3)
        i = np.arange(n)
        faces = np.concatenate([np.stack([i, i + n + 1, i + n + 2], -1), np.stack([i, i + n + 2, i + 1], -1)])
        ruv = np.concatenate([inset, inset]) if rim is None else np.concatenate([
            np.stack([np.linspace(0, rim.width, n + 1), np.full(n + 1, y)], -1) for y in (0.0, min(thick, rim.height))
        ])  # fmt: skip
        self.mesh(part, g, faces, ruv, rim_chart)
        if not chart.shared:
            z = thick / 2
            g2 = np.array([[[lo[0], hi[1], z], [hi[0], hi[1], z]], [[lo[0], lo[1], z], [hi[0], lo[1], z]]])
            nn = np.array([0, 0, 1.0]) if at is None else at[:3, :3] @ np.array([0, 0, 1.0])
            chart.places.append((apply(at, g2), np.broadcast_to(nn, (2, 2, 3))))

    # ---- baking -------------------------------------------------------------------------------------------------
    def _pack(self) -> float:
        """Lay all charts out on the square; returns the common scale of density that fits."""

        orders: list[Callable[[Chart], tuple[float, ...]]] = [
            lambda c: (-c.py, -c.px),
            lambda c: (-c.px, -c.py),
            lambda c: (-c.px * c.py, -c.py),
            lambda c: (-max(c.px, c.py), -c.py),
        ]

        def attempt(scale: float) -> bool:
            for c in self.charts:
                c.px = max(6, round(c.width * c.density * scale)) + 2 * GUTTER
                c.py = max(6, round(c.height * c.density * scale)) + 2 * GUTTER
                if max(c.px, c.py) > self.side:
                    return False
            return any(laid(order) for order in orders)

        def laid(order: Callable[[Chart], tuple[float, ...]]) -> bool:
            sky: list[list[int]] = [[0, 0, self.side]]  # x, y, width
            for c in sorted(self.charts, key=lambda c: (*order(c), c.name)):
                best: tuple[int, int, int] | None = None
                for i, (x, _, _) in enumerate(sky):
                    if x + c.px > self.side:
                        break
                    y, j, left = 0, i, c.px
                    while left > 0:
                        y = max(y, sky[j][1])
                        left -= sky[j][2]
                        j += 1
                    if y + c.py <= self.side and (best is None or (y, x) < best[:2]):
                        best = (y, x, i)
                if best is None:
                    return False
                y, x, i = best
                c.x, c.y = x, y
                node = [x, y + c.py, c.px]
                end = x + c.px
                rest = [n for n in sky[:i]]
                tail = []
                for n in sky[i:]:
                    if n[0] + n[2] <= end:
                        continue
                    if n[0] < end:
                        tail.append([end, n[1], n[0] + n[2] - end])
                    else:
                        tail.append(n)
                sky = [*rest, node, *tail]
            return True

        lo, hi = 0.2, 3.0
        if not attempt(lo):
            raise ValueError(f"{self.name}: charts do not fit the atlas")
        for _ in range(14):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if attempt(mid) else (lo, mid)
        attempt(lo)
        return lo

    def arrays(self) -> dict[str, Array]:
        """Geometry of the stage after packing, as exported."""
        uv = np.concatenate(self._uv)
        ci = np.concatenate(self._chart_of)
        c = self.charts
        px = np.array([[k.px - 2 * GUTTER, k.py - 2 * GUTTER] for k in c], float)
        wh = np.array([[k.width, k.height] for k in c])
        xy = np.array([[k.x + GUTTER, k.y + GUTTER] for k in c], float)
        st = (xy[ci] + uv / wh[ci] * px[ci]) / self.side
        weld = np.concatenate(self._weld)
        _, weld = np.unique(weld, return_inverse=True)
        return {
            "faces": np.concatenate(self._faces).astype(np.int32),
            "st": np.clip(st, 0, 1).astype(np.float32),
            "part": np.concatenate(self._part_of).astype(np.uint8),
            "weld": weld.astype(np.int32),
            "rest": np.round(np.concatenate(self._verts), 6).astype(np.float32),
        }

    def _occlusion(self, scene: Any, c: Chart, rays: int, rng: np.random.Generator) -> Array:
        """Openness 0..1 at a coarse grid over the chart [gy, gx], averaged over the places that share it."""
        step = min(0.04, max(c.width, c.height) / 10)
        gx = int(np.clip(np.ceil(c.width / step), 2, 160)) + 1
        gy = int(np.clip(np.ceil(c.height / step), 2, 160)) + 1
        total = np.zeros((gy, gx))
        places = c.places[:4]
        for grid, nrm in places:
            h, w = grid.shape[:2]
            my, mx = np.meshgrid(np.linspace(0, h - 1, gy), np.linspace(0, w - 1, gx), indexing="ij")
            mx, my = mx.astype(np.float32), my.astype(np.float32)
            p = cv2.remap(grid.astype(np.float32), mx, my, cv2.INTER_LINEAR).reshape(-1, 3)
            n = cv2.remap(np.ascontiguousarray(nrm, np.float32), mx, my, cv2.INTER_LINEAR).reshape(-1, 3)
            n = n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
            a = np.where(np.abs(n[:, :1]) < 0.8, np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]]))
            t = np.cross(n, a)
            t /= np.linalg.norm(t, axis=1, keepdims=True)
            b = np.cross(n, t)
            # stratified cosine hemisphere, turned per point
            k = np.arange(rays)
            u1 = (k + 0.5) / rays
            phi = (k * 0.61803398875)[None] * 2 * np.pi + rng.random((len(p), 1)) * 2 * np.pi
            r = np.sqrt(u1)[None]
            d = (r * np.cos(phi))[..., None] * t[:, None] + (r * np.sin(phi))[..., None] * b[:, None]
            d = d + np.sqrt(1 - u1)[None, :, None] * n[:, None]
            o = np.repeat(p + n * 0.004, rays, 0).astype(np.float32)
            hit = scene.run(o, d.reshape(-1, 3).astype(np.float32), query="DISTANCE")
            near = np.clip(1 - hit / FAR, 0, 1) ** 0.8
            near = np.where(hit < 0.0004, 1.0, near)
            total += 1 - near.reshape(gy, gx, rays).mean(2)
        total /= max(len(places), 1)
        return cv2.GaussianBlur(total.astype(np.float32), (0, 0), 0.7, borderType=cv2.BORDER_REPLICATE)

    def bake(self, meta: dict[str, Any], rays: int = 48, levels: int = 3) -> None:
        """Pack, cast, paint, and write the subject's folder."""
        start = time.time()
        scale = self._pack()
        geo = self.arrays()
        soup = geo["rest"][geo["faces"]]
        scene = rtcore_scene.EmbreeScene()
        TriangleMesh(scene, np.ascontiguousarray(soup, np.float32))
        rng = np.random.default_rng(self.seed + 1)
        side = self.side
        albedo = np.full((side, side, 3), 0.2, np.float32)
        normal = np.zeros((side, side, 3), np.float32)
        normal[..., 2] = 1
        material = np.zeros((side, side, 3), np.float32)
        material[..., 0] = 1
        for i, c in enumerate(self.charts):
            kx, ky = (c.px - 2 * GUTTER) / c.width, (c.py - 2 * GUTTER) / c.height
            x = (np.arange(c.px) + 0.5 - GUTTER) / kx
            y = (np.arange(c.py) + 0.5 - GUTTER) / ky
            u, v = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
            tx, ty = np.clip(u / c.width, 0, 1), np.clip(v / c.height, 0, 1)
            ao = np.ones(u.shape, np.float32)
            p = np.zeros((*u.shape, 3), np.float32)
            n = np.zeros_like(p)
            if c.places:
                open_ = self._occlusion(scene, c, rays, rng)
                ao = cv2.remap(open_, tx * (open_.shape[1] - 1), ty * (open_.shape[0] - 1), cv2.INTER_CUBIC)
                grid, nrm = c.places[0]
                mx, my = tx * (grid.shape[1] - 1), ty * (grid.shape[0] - 1)
                p = cv2.remap(grid.astype(np.float32), mx, my, cv2.INTER_LINEAR)
                n = cv2.remap(np.ascontiguousarray(nrm, np.float32), mx, my, cv2.INTER_LINEAR)
            seed = zlib.crc32(f"{self.seed}:{i}:{c.name}".encode())
            k = Canvas(u, v, p, n, np.clip(ao, 0, 1), c.width, c.height, min(kx, ky), seed, c.wrap, c.shared)
            c.paint(k)
            gu = np.gradient(k.relief, axis=1) * kx if c.px > 1 else 0
            gv = np.gradient(k.relief, axis=0) * ky
            nt = np.stack([-gu, gv, np.ones_like(gu)], -1)
            nt /= np.linalg.norm(nt, axis=-1, keepdims=True)
            box = np.s_[c.y : c.y + c.py, c.x : c.x + c.px]
            albedo[box] = k.rgb
            normal[box] = nt
            material[box] = np.stack([np.clip(ao, 0, 1) * k.cavity, k.rough, k.soft], -1)
        used = sum(c.px * c.py for c in self.charts) / side**2
        out = SETS / self.name
        out.mkdir(parents=True, exist_ok=True)
        self._write(out, albedo, normal, material, levels)
        np.savez_compressed(out / "geometry.npz", **geo)
        doc = {"format": 1, "name": self.name, "kind": "set", **meta, "parts": self.parts}
        (out / "subject.json").write_text(json.dumps(doc, indent=1) + "\n")
        size = {f.name: f.stat().st_size / 1e6 for f in sorted(out.iterdir())}
        print(
            f"{self.name}: {len(geo['faces'])} triangles, {len(self.charts)} charts, density x{scale:.2f}, atlas {used:.0%} used,"
            f" {time.time() - start:.0f} s, {sum(size.values()):.2f} MB", {k: round(v, 2) for k, v in size.items()},
        )  # fmt: skip

    @staticmethod
    def _write(out: Path, albedo: Array, normal: Array, material: Array, levels: int) -> None:
        """Encode the three images. Steps of `levels` code values keep lossless files within the budget."""
        lin = np.clip(albedo, 0.021, 0.89)
        code = np.where(lin <= 0.0031308, lin * 12.92, 1.055 * lin ** (1 / 2.4) - 0.055) * 255
        # luma in fine steps, chroma (against green) in coarser ones: what the lossless coder subtracts anyway
        green = np.round(code[..., 1] / levels) * levels
        chroma = 2 * levels
        red = green + np.round((code[..., 0] - code[..., 1]) / chroma) * chroma
        blue = green + np.round((code[..., 2] - code[..., 1]) / chroma) * chroma
        rgb = np.clip(np.stack([red, green, blue], -1), 40, 243).astype(np.uint8)
        Image.fromarray(rgb).save(out / "reflectance.webp", lossless=True, quality=60, method=4, exact=True)
        half = normal.shape[0] // 2
        nm = cv2.resize(normal, (half, half), interpolation=cv2.INTER_AREA)
        nm = nm / np.linalg.norm(nm, axis=-1, keepdims=True)
        q = np.round(nm * 127.5 / 3) * 3 + 127.5
        q[..., 2] = np.round(nm[..., 2] * 127.5 / 6) * 6 + 127.5
        Image.fromarray(np.clip(np.round(q), 0, 255).astype(np.uint8)).save(
            out / "normal.webp", lossless=True, quality=60, method=4, exact=True
        )
        mm = cv2.resize(material, (half, half), interpolation=cv2.INTER_AREA)
        mm = np.clip(np.round(np.clip(mm, 0, 1) * 255 / 6) * 6, 0, 255)
        mm[..., 1] = np.clip(mm[..., 1], 12, 252)
        Image.fromarray(mm.astype(np.uint8)).save(
            out / "material.webp", lossless=True, quality=60, method=4, exact=True
        )


def main(names: Sequence[str]) -> None:
    """Build the named sets, or both."""
    for name in names or ("alley", "kitchen"):
        build: Callable[[], None] = importlib.import_module(f"assets.bake.{name}").build
        build()


if __name__ == "__main__":
    main(sys.argv[1:])
