"""Clothes as shells of their own: lofts shrunk from outside on to the posed body, with ease, folds and turned hems.

A loft is a grid of rays from a spine outwards. The body's outermost hit gives the least radius; cloth bridges hollows,
so the radius is a smoothed maximum, never less than body plus ease. Grids keep the weave straight in the chart.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .charts import Array, Ints, Piece, arc_uv, grid_faces


class Caster:
    """First hits on a fixed mesh."""

    def __init__(self, points: Array, faces: Ints) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self.scene = EmbreeScene()
        TriangleMesh(self.scene, np.ascontiguousarray(points[faces].astype(np.float32)))

    def radius(self, centre: Array, direction: Array, reach: float) -> Array:
        """Outermost distance from `centre` along `direction` ([...,3] unit) at which the mesh lies; nan where none."""
        o = (centre + direction * reach).reshape(-1, 3).astype(np.float32)
        d = (-direction).reshape(-1, 3).astype(np.float32)
        dist = np.asarray(self.scene.run(np.ascontiguousarray(o), np.ascontiguousarray(d), query="DISTANCE", output=False))
        r = np.where(dist < reach, reach - dist, np.nan)
        return r.reshape(direction.shape[:-1])


def fill(r: Array) -> Array:
    """Replaces nan by the nearest known neighbours, smoothed in."""
    bad = np.isnan(r)
    if not bad.any():
        return r
    idx = ndimage.distance_transform_edt(bad, return_distances=False, return_indices=True)
    return r[tuple(idx)]


def blur(r: Array, rows: float, cols: float, wrap: bool = True) -> Array:
    """Gaussian over the loft grid; columns wrap round the limb."""
    r = ndimage.gaussian_filter1d(r, rows, axis=0, mode="nearest") if rows else r
    return ndimage.gaussian_filter1d(r, cols, axis=1, mode="wrap" if wrap else "nearest") if cols else r


def spine(points: Array, rows: int, power: float = 1.0) -> tuple[Array, Array]:
    """A smooth path through control points [k,3]: positions and unit tangents [rows,3]."""
    from scipy.interpolate import CubicSpline

    t = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    curve = CubicSpline(t, points, bc_type="natural")
    s = np.linspace(0, 1, rows) ** power * t[-1]
    d = curve(s, 1)
    return curve(s), d / np.linalg.norm(d, axis=1, keepdims=True)


def frames(tangent: Array, start: Array) -> tuple[Array, Array]:
    """Two unit axes per row, perpendicular to the tangent and untwisted, the first as near `start` as can be."""
    x = np.zeros_like(tangent)
    prev = start.astype(float)
    for i, t in enumerate(tangent):
        prev = prev - t * (prev @ t)
        prev /= np.linalg.norm(prev)
        x[i] = prev
    return x, np.cross(tangent, x)


def tube(
    caster: Caster,
    centre: Array,
    tangent: Array,
    start: Array,
    cols: int,
    reach: float,
    ease: Array,
    soften: tuple[float, float] = (2.0, 1.5),
) -> tuple[Array, Array, Array]:
    """Rings round a path: (points [rows,cols,3], outward [rows,cols,3], radius). Columns start at `start` and go round."""
    x, y = frames(tangent, start)
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    out = np.cos(a)[None, :, None] * x[:, None] + np.sin(a)[None, :, None] * y[:, None]
    r = fill(caster.radius(centre[:, None] + np.zeros_like(out), out, reach))
    soft = blur(np.maximum(r, blur(r, *soften)), *soften)
    r = np.maximum(soft, r - 0.001) + (ease[:, None] if ease.ndim == 1 else ease)
    return centre[:, None] + out * r[..., None], out, r


def closed(p: Array) -> Array:
    """Repeats the first column at the end, so that a ring can be cut open in the chart."""
    return np.concatenate([p, p[:, :1]], axis=1)


def hem(p: Array, inward: Array, thick: float, back: float, top: bool = False) -> Array:
    """Adds a turned edge to the last row (first when `top`): over the thickness, then back up inside the garment."""
    if top:
        return hem(p[::-1], inward, thick, back)[::-1]
    edge, up = p[-1], p[-2] - p[-1]
    up /= np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
    rows = [
        edge - up * thick * 0.35 + inward * thick * 0.25,
        edge - up * thick * 0.35 + inward * thick * 0.75,
        edge + inward * thick,
        edge + inward * thick * 1.3 + up * back,
    ]
    return np.concatenate([p, np.stack(rows)], axis=0)


def sheet(name: str, p: Array, part: str, paint: str, density: float, weld: str = "", flip: bool = False, **attrs: Array) -> Piece:
    """A vertex grid as a piece with an arc-length chart; `flip` turns the surface over."""
    rows, cols = p.shape[:2]
    f = grid_faces(rows, cols)
    uv = arc_uv(p)
    r, c = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, cols), indexing="ij")
    extra = {k: v.reshape(rows * cols, *v.shape[2:]) for k, v in attrs.items()}
    uv = uv.reshape(-1, 2)
    if flip:
        f = f[:, ::-1]
        uv = uv * np.array([-1.0, 1.0])
    return Piece(
        name, p.reshape(-1, 3), f, uv, part, paint, density,
        weld=weld or name, attrs={"row": r.reshape(-1), "col": c.reshape(-1), **extra},
    )


def lathe(name: str, profile: Array, cols: int, origin: Array, axis: Array, part: str, paint: str, density: float) -> Piece:
    """A turned body (button, eyelet): `profile` [k,2] = (radius, height along `axis`), from the middle outwards."""
    z = axis / np.linalg.norm(axis)
    x = np.cross([0.0, 1.0, 0.0] if abs(z[1]) < 0.9 else [1.0, 0, 0], z)
    x /= np.linalg.norm(x)
    y = np.cross(z, x)
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    ring = np.cos(a)[:, None] * x + np.sin(a)[:, None] * y
    p = origin + profile[:, 0][:, None, None] * ring[None] + profile[:, 1][:, None, None] * z
    f = grid_faces(len(profile), cols, wrap=True)
    arc = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(profile, axis=0), axis=1))]) + max(profile[0, 0], 2e-4)
    uv = arc[:, None, None] * np.stack([np.cos(a), -np.sin(a)], -1)[None]
    return Piece(name, p.reshape(-1, 3), f, uv.reshape(-1, 2), part, paint, density, weld=name)


def torso(
    caster: Caster,
    centre: Array,
    yoke: Array,
    top: Array,
    levels: Array,
    ease: Array,
    cols: int,
    hang: float,
    soften: tuple[float, float] = (1.6, 1.6),
) -> tuple[Array, Array]:
    """A garment's body as rings: over the shoulders by rising rays from `centre`, then level rings at heights `levels`.

    `yoke` [k] 0..1 runs from the neckline (0, elevation `top` [cols] radians) to the level ring through `centre` (1).
    `ease` [k+levels] m. Columns start at +Z and run towards +X. `hang`: how fast (m per m) the cloth may fall inwards
    below a bulge. Returns points [rows,cols,3] and outward directions.
    """
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    flat = np.stack([np.sin(a), np.zeros(cols), np.cos(a)], axis=1)
    rows_dir, rows_org = [], []
    for k in yoke:
        e = top * (1 - k)
        rows_dir.append(flat * np.cos(e)[:, None] + np.array([0, 1.0, 0]) * np.sin(e)[:, None])
        rows_org.append(np.tile(centre, (cols, 1)))
    for y in levels:
        rows_dir.append(flat)
        rows_org.append(np.tile([centre[0], y, centre[2]], (cols, 1)))
    out, org = np.stack(rows_dir), np.stack(rows_org)
    r = fill(caster.radius(org, out, 0.9))
    body = r.copy()
    r = blur(np.maximum(r, blur(r, *soften)), *soften) + ease[:, None]
    n = len(yoke)
    for i in range(n, len(r)):
        dy = levels[i - n - 1] - levels[i - n] if i > n else 0.0
        r[i] = np.maximum(r[i], r[i - 1] - hang * dy)
    r = blur(r, 0.8, 0.8)
    r = np.maximum(r, body + 0.3 * ease[:, None])
    return org + out * r[..., None], out


def slim(pieces: list[Piece]) -> None:
    """Flattens grid sheets without stretch and turns each chart so that its front edge's grain stays on t."""
    from .skin import unwrap

    for p in pieces:
        uv = unwrap(p.points, p.faces, p.uv)
        # Least-squares rotation on to the arc-length chart, which is straight along the grain.
        a, b = uv - uv.mean(0), p.uv - p.uv.mean(0)
        d = p.faces[0]
        if np.sign(np.cross(uv[d[1]] - uv[d[0]], uv[d[2]] - uv[d[0]])) != np.sign(np.cross(p.uv[d[1]] - p.uv[d[0]], p.uv[d[2]] - p.uv[d[0]])):
            a[:, 0] *= -1
        w, _, vt = np.linalg.svd(a.T @ b)
        p.uv = a @ (w @ vt)
