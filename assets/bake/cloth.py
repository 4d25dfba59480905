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
        dist = np.asarray(
            self.scene.run(np.ascontiguousarray(o), np.ascontiguousarray(d), query="DISTANCE", output=False)
        )
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


def sheet(
    name: str,
    p: Array,
    part: str,
    paint: str,
    density: float,
    weld: str = "",
    hint: Array | None = None,
    turn: tuple[float, float, float, float] | None = None,
    **attrs: Array,
) -> Piece:
    """A vertex grid as a piece with an arc-length chart, facing along `hint` [rows,cols,3] (default: away from each row's middle).

    `turn`: width in metres turned under at left, right, top, bottom; gives the painter `edge`, the distance to the
    nearest visible border (9 for a border without one), for stitching.
    """
    rows, cols = p.shape[:2]
    f = grid_faces(rows, cols)
    uv = arc_uv(p).reshape(-1, 2)
    r, c = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, cols), indexing="ij")
    extra = {k: v.reshape(rows * cols, *v.shape[2:]) for k, v in attrs.items()}
    if turn is not None:
        g = uv.reshape(rows, cols, 2)
        far = [g[..., 0] - g[:, :1, 0], g[:, -1:, 0] - g[..., 0], g[..., 1] - g[:1, :, 1], g[-1:, :, 1] - g[..., 1]]
        extra["edge"] = np.min(
            [d - t if t < 1 else np.full_like(d, 9.0) for d, t in zip(far, turn, strict=True)], axis=0
        ).reshape(-1)
    away = p - p.mean(axis=1, keepdims=True) if hint is None else np.broadcast_to(hint, p.shape)
    q, away = p.reshape(-1, 3), away.reshape(-1, 3)
    n = np.cross(q[f[:, 1]] - q[f[:, 0]], q[f[:, 2]] - q[f[:, 0]])
    if (n * away[f].mean(1)).sum() < 0:
        f = f[:, ::-1].copy()
    return Piece(
        name,
        q,
        f,
        uv,
        part,
        paint,
        density,
        weld=weld or name,
        attrs={"row": r.reshape(-1), "col": c.reshape(-1), **extra},
    )


def lathe(
    name: str, profile: Array, cols: int, origin: Array, axis: Array, part: str, paint: str, density: float
) -> Piece:
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
    q = p.reshape(-1, 3)
    if (np.cross(q[f[:, 1]] - q[f[:, 0]], q[f[:, 2]] - q[f[:, 0]]) @ z).sum() < 0:
        f = f[:, ::-1].copy()
    return Piece(name, q, f, uv.reshape(-1, 2), part, paint, density, weld=name)


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
        if np.sign(np.cross(uv[d[1]] - uv[d[0]], uv[d[2]] - uv[d[0]])) != np.sign(
            np.cross(p.uv[d[1]] - p.uv[d[0]], p.uv[d[2]] - p.uv[d[0]])
        ):
            a[:, 0] *= -1
        w, _, vt = np.linalg.svd(a.T @ b)
        p.uv = a @ (w @ vt)


def panel(
    p: Array,
    lo: Array,
    hi: Array,
    n: int,
    rows: slice | None = None,
    lift: Array | None = None,
    out: Array | None = None,
) -> Array:
    """Part of a wrapped loft [rows,cols,3]: per row, `n` columns between the angles `lo` and `hi` (radians, may be < 0).

    `lift` [rows,n] m is added along `out` [rows,cols,3].
    """
    pick = slice(None) if rows is None else rows
    q, lo, hi = p[pick], lo[pick], hi[pick]
    cols = q.shape[1]
    a = lo[:, None] + (hi - lo)[:, None] * np.linspace(0, 1, n)[None]
    at = [np.repeat(np.arange(len(q)), n).astype(float), (a / (2 * np.pi) * cols).reshape(-1)]

    def read(field: Array) -> Array:
        return np.stack(
            [
                ndimage.map_coordinates(
                    np.concatenate([field[..., c]] * 3, axis=1), [at[0], at[1] + cols], order=3, mode="nearest"
                )
                for c in range(3)
            ],
            -1,
        ).reshape(len(q), n, 3)

    g = read(q)
    if lift is not None and out is not None:
        g = g + read(out[pick]) * lift[..., None]
    return g


def patch(
    name: str, g: Array, out: Array, height: float, part: str, paint: str, density: float, weld: str = ""
) -> Piece:
    """A flap or pocket: grid [r,c,3] lying `height` off a surface, its rim turned down on to it."""
    n = np.cross(np.gradient(g, axis=1), np.gradient(g, axis=0))
    n /= np.maximum(np.linalg.norm(n, axis=2, keepdims=True), 1e-9)
    n *= np.sign((n * out).sum(2, keepdims=True))
    p = np.pad(g + n * height, ((1, 1), (1, 1), (0, 0)), mode="edge")
    low = np.pad(g - n * 0.004, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rim = np.zeros(p.shape[:2], bool)
    rim[[0, -1]] = True
    rim[:, [0, -1]] = True
    p[rim] = low[rim]
    return sheet(
        name,
        p,
        part,
        paint,
        density,
        weld=weld or name,
        hint=np.pad(out, ((1, 1), (1, 1), (0, 0)), mode="edge"),
        turn=(height, height, height, height),
    )


def limb_cast(points: Array, faces: Ints, weight: Array, floor: float, side: int, inner: float = -0.005) -> Caster:
    """A caster on one side's limb: faces whose mean `weight` [V] is above `floor` on that side of the body."""
    sel = (points[faces].mean(1)[:, 0] * side > inner) & (weight[faces].mean(1) > floor)
    return Caster(points, faces[sel])


def sleeve(
    caster: Caster,
    shoulder: Array,
    elbow: Array,
    wrist: Array,
    side: int,
    ease: float,
    rows: int,
    cols: int,
    seed: int,
    fold: float = 0.004,
    end: float = 0.97,
    inset: float = 0.05,
) -> tuple[Array, Array]:
    """A set-in sleeve: starts inside the armhole, runs to the wrist, folds where the elbow bends. Points and outward."""
    from .noise import fractal

    down = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
    start = shoulder + np.array([-side * inset, 0.004, 0.0])
    mid = shoulder + np.array([side * 0.012, -0.006, 0.0]) + down * 0.03
    ctr, tan = spine(np.array([start, mid, shoulder * 0.5 + elbow * 0.5, elbow, elbow + (wrist - elbow) * end]), rows)
    t = np.linspace(0, 1, rows)
    grow = np.interp(t, [0, 0.10, 0.5, 1.0], [0.55, 1.0, 1.0, 1.12])
    p, out, r = tube(caster, ctr, tan, np.array([-side, 0, 0.0]), cols, 0.115, np.full(rows, ease), (2.5, 2.0))
    r = np.minimum(r, 0.098)
    r = r * np.interp(t, [0, 0.06, 0.13], [0.62, 0.9, 1.0])[:, None] + (ease * (grow - 1))[:, None]
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    # Diagonal folds gather at the elbow and above the cuff; broad drag lines fall from the shoulder.
    el = np.exp(-(((t - 0.55) / 0.12) ** 2)) + 0.75 * np.exp(-(((t - 0.90) / 0.08) ** 2)) + 0.25
    phase = t[:, None] * 38 + 1.4 * np.sin(a + 0.8 * side)[None] + seed
    rough = fractal(p.reshape(-1, 3) * np.array([1, 0.8, 1]), 0.05, seed, 2).reshape(rows, cols)
    wrinkle = np.sin(phase + 2.4 * rough) * (0.55 + 0.45 * np.sin(a[None] * 1.0 + 2.1 + 5 * t[:, None]))
    r = r + fold * (el[:, None] * 0.8 * wrinkle + 1.0 * rough)
    return ctr[:, None] + out * r[..., None], out


def boot(
    caster: Caster,
    ankle: Array,
    middle: Array,
    top: float,
    part: str,
    paint: str,
    density: float,
    name: str,
    cols: int = 28,
    ease: float = 0.008,
) -> list[Piece]:
    """A boot from level rings: shaft and foot in one upper, a welt and sole under it."""
    y = np.concatenate([np.linspace(top, 0.125, 6), np.linspace(0.117, 0.024, 14)])
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    flat = np.stack([np.sin(a), np.zeros(cols), np.cos(a)], 1)
    k = np.clip((0.13 - y) / 0.09, 0, 1)
    k = k * k * (3 - 2 * k)
    ctr = ankle * (1 - k[:, None]) + middle * k[:, None]
    ctr[:, 1] = y
    out = np.tile(flat, (len(y), 1, 1))
    r = fill(caster.radius(ctr[:, None] + np.zeros_like(out), out, 0.3))
    # Toes become one cap; the instep one slope.
    r = np.maximum(r, blur(r, 1.2, 1.6))
    r = blur(r, 1.0, 1.2) + ease + 0.006 * (np.cos(a) > 0.7) * k[:, None]
    r = blur(r, 0.6, 0.6)
    shaft = np.clip((y - 0.13) / 0.1, 0, 1)[:, None]
    r = r + shaft * 0.004 * np.sin(y[:, None] * 190 + 1.3 * np.sin(a)[None])
    p = ctr[:, None] + out * r[..., None]
    inward = -flat
    g = hem(closed(p), np.concatenate([inward, inward[:1]]), 0.005, 0.03, top=True)
    pieces = [sheet(name, g, part, paint, density)]
    edge = p[-1]
    c = ctr[-1]
    wide = edge + flat * 0.0055
    rows = [
        edge - flat * 0.01 + [0, 0.002, 0],
        wide + np.array([0, 0.001, 0]),
        wide * [1, 0, 1] + [0, 0.012, 0],
        wide * [1, 0, 1] - flat * 0.001,
        c * [1, 0, 1] + (wide - c) * [0.5, 0, 0.5],
        np.tile(c * [1, 0, 1], (cols, 1)) + flat * 0.002,
    ]
    pieces.append(sheet(name + "sole", closed(np.stack(rows)), part, "sole", density * 0.7))
    return pieces


def fold_collar(
    ground: object, path: Array, outward: Array, stand: Array, width: Array, across: int, clear: float
) -> Array:
    """A collar or lapel leaf turned over along `path` [n,3]: rises `stand` [n], falls outwards by `width` [n].

    `outward` [n,3] is the direction the leaf falls in. Returns [across+2, n, 3]: inside foot, roll, leaf rows to the edge.
    """
    _h0, nrm, _ = ground.height(path)  # type: ignore[attr-defined]
    up = 0.65 * np.array([0, 1.0, 0]) + 0.35 * nrm
    rows = [path - up * 0.010 + nrm * 0.001, path + up * stand[:, None] * 0.6 + nrm * 0.002]
    for t in np.linspace(0, 1, across):
        q = path + outward * (width * (0.04 + 0.96 * t))[:, None]
        if t > 0:
            for _ in range(2):
                h, n, _ = ground.height(q)  # type: ignore[attr-defined]
                q = q - n * np.clip(h, -0.03, 0.03)[:, None]
        else:
            n = nrm
        rise = stand * (1 - t) ** 1.5 * 0.95
        belly = 0.004 * np.sin(np.pi * min(1.0, t * 1.5))
        rows.append(q + n * (clear + belly) + up * rise[:, None])
    return np.stack(rows)


def ring_levels(caster: Caster, centre: Array, y: Array, cols: int, reach: float) -> Array:
    """Outermost radius [rows,cols] of level rings round a vertical axis, columns from +Z towards +X."""
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    flat = np.stack([np.sin(a), np.zeros(cols), np.cos(a)], 1)
    org = np.tile(centre, (len(y), cols, 1))
    org[..., 1] = y[:, None]
    return fill(caster.radius(org, np.tile(flat, (len(y), 1, 1)), reach))


def rollneck(
    caster: Caster,
    base: Array,
    low: float,
    top_front: float,
    top_back: float,
    fold: float,
    ease: float,
    cols: int = 44,
    rows: int = 8,
) -> Array:
    """A turned-over neck: up round the throat, over, and `fold` m down again; front lower than the nape."""
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    flat = np.stack([np.sin(a), np.zeros(cols), np.cos(a)], 1)
    k = 0.5 - 0.5 * np.cos(a)
    top = top_front * (1 - k) + top_back * k
    y = np.linspace(low, 0.5 * (top_front + top_back), rows)
    r = ring_levels(caster, base, y, cols, 0.2)
    waist = np.nanmin(r, axis=0)
    mid = blur(np.minimum(r, waist[None] + np.linspace(0.055, 0.010, rows)[:, None]), 1.5, 2.0) + ease
    out = []
    for i in range(rows):
        s = i / (rows - 1)
        foot = low + 0.055 * k  # shorter behind, where the back would push it through the coat
        yy = foot + (top - foot) * s
        q = base + flat * (mid[i] - 0.012 * k * (1 - s))[:, None]
        q[:, 1] = yy
        out.append(q)
    last = out[-1]
    rim = mid[-1]
    for lift, grow in ((0.004, 0.003), (0.006, 0.009), (0.002, 0.015)):
        q = base + flat * (rim + grow)[:, None]
        q[:, 1] = last[:, 1] + lift
        out.append(q)
    for s in np.linspace(0.12, 1, 7):
        soft = 0.0018 * np.sin(a * 7 + 4 * s) + 0.0012 * np.sin(a * 11 + 1)
        q = base + flat * (rim + 0.017 + 0.006 * np.sin(np.pi * s) + 0.008 * s + soft)[:, None]
        q[:, 1] = last[:, 1] - fold * s + 0.003 * np.sin(a * 3 + 1) * s
        out.append(q)
    p = np.stack(out)
    inward = -flat
    return hem(closed(p), np.concatenate([inward, inward[:1]]), 0.006, 0.02)


def neckline_path(left: Array, right: Array, nape: Array, n: int = 30) -> Array:
    """An even arc from the left end of a neckline round the nape point to the right end."""
    a = np.linspace(0, np.pi, n)[:, None]
    mid = (left + right) / 2
    return mid + (left - mid) * np.cos(a) + (nape - mid) * np.sin(a) ** 0.8
