"""Hair as sculpted locks, brows and lashes as single hairs: all of it geometry that rides on the head.

A lock starts on the scalp, follows a flow over the head at its layer's height, falls, and ends in a tapered tip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .charts import Array, Ints, Piece, grid_faces
from .noise import value
from .puppet import Puppet
from .skin import Rider, rim_loop


class Ground:
    """Signed height over a surface, from dense samples of it; good to about a millimetre near the surface."""

    def __init__(self, points: Array, faces: Ints, seed: int, count: int = 60000) -> None:
        rng = np.random.default_rng(seed)
        tri = points[faces]
        n = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
        area = np.linalg.norm(n, axis=1)
        vn = np.zeros_like(points)
        for k in range(3):
            np.add.at(vn, faces[:, k], n)
        vn /= np.maximum(np.linalg.norm(vn, axis=1, keepdims=True), 1e-12)
        pick = rng.choice(len(faces), count, p=area / area.sum())
        b = rng.dirichlet((1, 1, 1), count)
        self.p = np.einsum("nk,nkc->nc", b, tri[pick])
        self.n = np.einsum("nk,nkc->nc", b, vn[faces[pick]])
        self.n /= np.linalg.norm(self.n, axis=1, keepdims=True)
        self.tree = cKDTree(self.p)

    def height(self, q: Array) -> tuple[Array, Array, Array]:
        """Height m (negative inside), outward normal, straight distance, at [n,3]."""
        d, i = self.tree.query(q, k=6)
        w = 1 / (d + 1e-3) ** 2
        w /= w.sum(1, keepdims=True)
        base = np.einsum("nk,nkc->nc", w, self.p[i])
        n = np.einsum("nk,nkc->nc", w, self.n[i])
        n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
        return ((q - base) * n).sum(1), n, d[:, 0]

    def scatter(self, where: Callable[[Array], Array], spacing: float, seed: int) -> Array:
        """Samples where `where` says so, no two nearer than `spacing` (dart throwing)."""
        rng = np.random.default_rng(seed)
        cand = self.p[where(self.p)]
        cand = cand[rng.permutation(len(cand))]
        kept: list[Array] = []
        for c in cand:
            if all(np.linalg.norm(c - k) > spacing for k in kept):
                kept.append(c)
        return np.array(kept)


@dataclass
class Style:
    """How locks of one layer behave. Lengths in metres."""

    width: float = 0.020
    thick: float = 0.008
    rows: int = 12
    cols: int = 6
    step: float = 0.014
    wave: float = 0.006
    wave_length: float = 0.075
    gravity: float = 0.5
    inertia: float = 0.6
    root: float = 0.35
    tip: float = 0.18
    curl_in: float = 0.0


def trace(
    ground: Ground,
    roots: Array,
    flow: Callable[[Array, Array], Array],
    offset: Array,
    length: Array,
    style: Style,
) -> Array:
    """Guide curves [n,rows,3] from `roots`, at heights `offset` [n] over the ground, `length` [n] long.

    `flow(points, normals)` is the direction hair is combed in.
    """
    n, rows = len(roots), style.rows
    seg = length / (rows - 1)
    out = np.zeros((n, rows, 3))
    _, nrm, _ = ground.height(roots)
    here = roots + nrm * 0.0008
    out[:, 0] = here
    prev = flow(here, nrm)
    sub = 3
    for r in range(1, rows):
        for _ in range(sub):
            h, nrm, _ = ground.height(here)
            near = np.clip(1 - (h - offset) / 0.05, 0, 1)[:, None]
            comb = flow(here, nrm)
            g = np.array([0, -1.0, 0])
            d = style.inertia * prev + comb * near + style.gravity * g
            d -= nrm * (d * nrm).sum(1, keepdims=True) * near * 0.85
            d /= np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-9)
            here = here + d * (seg / sub)[:, None]
            h, nrm, _ = ground.height(here)
            rise = offset * min(1.0, 0.12 + 1.6 * r / rows)
            low = h < rise
            here[low] += nrm[low] * (rise - h)[low][:, None]
            far = (h > rise) & (near[:, 0] > 0)
            here[far] -= nrm[far] * ((h - rise)[far] * 0.35 * near[far, 0])[:, None]
            prev = d
        out[:, r] = here
    return out


def locks(
    name: str, guides: Array, ground: Ground, style: Style, density: float, seed: int, squeeze: float = 0.3
) -> Piece:
    """Locks along guides as flattened tubes lying on the head; chart columns side by side, t squeezed along the hair."""
    rng = np.random.default_rng(seed)
    n, rows = guides.shape[:2]
    cols = style.cols
    t = np.linspace(0, 1, rows)
    profile = np.interp(t, [0, 0.18, 0.45, 0.8, 1.0], [style.root, 0.85, 1.0, 0.75, style.tip])
    # An open arch, its edges tucked towards the head: half the triangles of a tube, and no texel goes unseen.
    ang = np.linspace(-1.75, 1.75, cols)
    pts, faces, uvs, along, tint = [], [], [], [], []
    cursor, base = 0.0, 0
    coherent = value(guides[:, rows // 2], 0.05, seed)
    for i in range(n):
        g = guides[i].copy()
        seg = np.linalg.norm(np.diff(g, axis=0), axis=1)
        s = np.concatenate([[0], np.cumsum(seg)])
        tan = np.gradient(g, axis=0)
        tan /= np.maximum(np.linalg.norm(tan, axis=1, keepdims=True), 1e-9)
        _, nrm, _ = ground.height(g)
        nrm = nrm - tan * (nrm * tan).sum(1, keepdims=True)
        nrm /= np.maximum(np.linalg.norm(nrm, axis=1, keepdims=True), 1e-9)
        for k in range(1, rows):  # no sudden flips where the hair leaves the head
            m = 0.5 * nrm[k] + 0.5 * (nrm[k - 1] - tan[k] * (nrm[k - 1] @ tan[k]))
            nrm[k] = m / max(np.linalg.norm(m), 1e-9)
        side = np.cross(tan, nrm)
        phase = 2 * np.pi * (0.6 * coherent[i] + 0.25 * rng.random())
        amp = style.wave * np.clip(t * 1.6 - 0.15, 0, 1)
        g = g + side * (amp * np.sin(2 * np.pi * s / style.wave_length + phase))[:, None]
        g = g + nrm * (0.45 * amp * np.sin(2 * np.pi * s / style.wave_length + phase + 1.3))[:, None]
        if style.curl_in:
            g = g - nrm * (style.curl_in * np.clip((t - 0.72) / 0.28, 0, 1) ** 2)[:, None]
        w = style.width * (0.75 + 0.5 * rng.random()) * profile / 2
        h = style.thick * (0.8 + 0.4 * rng.random()) * np.sqrt(profile) / 2
        twist = 0.22 * np.sin(2 * np.pi * t * (0.6 + 0.5 * rng.random()) + phase)
        ca, sa = np.cos(twist)[:, None], np.sin(twist)[:, None]
        side, nrm = side * ca + nrm * sa, nrm * ca - side * sa
        ring = (
            g[:, None]
            + side[:, None] * (np.sin(ang)[None, :] * w[:, None])[..., None]
            + nrm[:, None] * (np.cos(ang)[None, :] * h[:, None])[..., None]
        )
        tipp = g[-1] + tan[-1] * style.width * 0.30
        p = np.concatenate([ring.reshape(-1, 3), tipp[None]])
        f = grid_faces(rows, cols)
        last = (rows - 1) * cols
        cap = np.stack([last + np.arange(cols - 1), np.full(cols - 1, len(p) - 1), last + np.arange(1, cols)], axis=1)
        f = np.concatenate([f, cap])
        q = p[f]
        out = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
        if (out * nrm.mean(0)).sum() < 0:
            f = f[:, ::-1]
        girth = 1.35 * style.width
        u = np.linspace(0, girth, cols)
        grid = np.stack(np.broadcast_arrays(u[None, :], (s * squeeze)[:, None]), -1).reshape(-1, 2)
        uv = np.concatenate([grid, [[girth / 2, (s[-1] + style.width * 0.30) * squeeze]]])
        uv[:, 0] += cursor
        cursor += girth + 0.0022
        pts.append(p)
        faces.append(f + base)
        uvs.append(uv)
        along.append(np.concatenate([np.repeat(t, cols), [1.0]]))
        tint.append(np.full(len(p), rng.random()))
        base += len(p)
    uv = np.concatenate(uvs)
    # Fold the long comb into rows about as wide as they are high.
    wide = np.sqrt(cursor * uv[:, 1].max())
    row_of = np.concatenate([np.full(len(u), np.floor(u[:, 0].min() / wide)) for u in uvs])
    shift = {r: uv[row_of == r][:, 0].min() for r in np.unique(row_of)}
    high = 0.0
    for r in sorted(shift):
        sel = row_of == r
        uv[sel, 0] -= shift[r]
        uv[sel, 1] += high
        high = uv[sel, 1].max() + 0.003
    f_all = np.concatenate(faces)
    points = np.concatenate(pts)
    return Piece(
        name,
        points,
        f_all,
        uv,
        "hair",
        "hair",
        density,
        weld=name,
        attrs={"along": np.concatenate(along), "tint": np.concatenate(tint), "strand": uv.copy()},
    )


def single_hairs(
    name: str,
    roots: Array,
    paths: Array,
    width: Array,
    facing: Array,
    part: str,
    paint: str,
    density: float,
    rider: Rider,
    deltas: dict[str, Array],
    seed: int,
) -> Piece:
    """Hairs as tapering ribbons: `roots` [n,3] they ride on, `paths` [n,k,3], `width` [n] m at the root, `facing` [n,3]."""
    rng = np.random.default_rng(seed)
    n, k = paths.shape[:2]
    taper = np.linspace(1, 0.12, k)
    tan = np.gradient(paths, axis=1)
    across = np.cross(tan, facing[:, None])
    across /= np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-9)
    half = (width[:, None] * taper / 2)[..., None] * across
    p = np.stack([paths - half, paths + half], axis=2).reshape(-1, 3)
    f = grid_faces(k, 2)
    if (np.cross(p[f[:, 1]] - p[f[:, 0]], p[f[:, 2]] - p[f[:, 0]]) @ facing[0]).sum() < 0:
        f = f[:, ::-1]
    f = np.concatenate([f + i * 2 * k for i in range(n)])
    pitch = width.max() * 2.2
    per_row = int(np.ceil(np.sqrt(n * 3)))
    length = np.linalg.norm(np.diff(paths, axis=1), axis=2).sum(1).max()
    i = np.arange(n)
    x0, y0 = (i % per_row) * pitch, (i // per_row) * (length + pitch)
    u = (
        x0[:, None, None]
        + np.array([0, 1.0])[None, None, :] * width[:, None, None] * np.linspace(1, 0.4, k)[None, :, None]
    )
    v = y0[:, None, None] + np.linspace(0, 1, k)[None, :, None] * length + np.zeros((1, 1, 2))
    uv = np.stack([u, v], -1).reshape(-1, 2)
    anchor = np.repeat(roots, 2 * k, axis=0)
    piece = Piece(
        name,
        p,
        f,
        uv,
        part,
        paint,
        density,
        weld=name,
        deltas=rider.follow(anchor, deltas),
        attrs={
            "along": np.tile(np.repeat(np.linspace(0, 1, k), 2), n),
            "tint": np.repeat(rng.random(n), 2 * k),
            "strand": uv.copy(),
        },
    )
    piece.rides, piece.anchor = rider, anchor  # type: ignore[attr-defined]
    return piece


def brow_line(eye_centre: Array, side: int, shape: Array) -> Callable[[Array], Array]:
    """A brow's curve in x,y: `shape` [k,2] offsets from the eye's centre, x counted outwards, as a function of 0..1."""
    from scipy.interpolate import CubicSpline

    k = np.linspace(0, 1, len(shape))
    curve = CubicSpline(k, shape)
    return lambda t: eye_centre[:2] + curve(t) * np.array([side, 1.0])


def brows(
    pup: Puppet, shape: Array, thick: float, hair_m: float, count: int, density: float, rise: float, seed: int
) -> tuple[list[Piece], Callable[[Array], Array]]:
    """Both brows as single hairs on the skin, and the mask of the shadow of fine hairs under them."""
    rng = np.random.default_rng(seed)
    rider = Rider(pup.points, pup.fig.faces[pup.fig.segment["head"]])
    deltas = {k: pup.deltas(v) for k, v in pup.expressions.items()}
    out, lines = [], []
    assert pup.caster is not None

    def on_skin(xy: Array) -> Array:
        o = np.concatenate([xy, np.full((len(xy), 1), 0.4)], axis=1)
        d = np.tile([[0, 0, -1.0]], (len(xy), 1))
        hit = np.asarray(
            pup.caster.scene.run(o.astype(np.float32), d.astype(np.float32), query="DISTANCE", output=False)
        )
        return np.concatenate([xy, (0.4 - hit)[:, None]], axis=1)

    for e in pup.eyes:
        line = brow_line(e.centre, e.side, shape)
        lines.append(np.stack([line(t) for t in np.linspace(0, 1, 24)]))
        t = (np.arange(count) + rng.random(count)) / count
        at = np.stack([line(x) for x in t])
        tan = np.stack([line(x + 0.01) - line(x - 0.01) for x in t])
        tan /= np.linalg.norm(tan, axis=1, keepdims=True)
        up = np.stack([-tan[:, 1], tan[:, 0]], 1) * e.side
        body = np.interp(t, [0, 0.12, 0.45, 0.8, 1], [0.75, 1.0, 0.95, 0.6, 0.15]) * thick
        v = rng.random(count) * 2 - 1
        at = at + up * (v * body / 2)[:, None]
        lift = np.interp(t, [0, 0.15, 0.5, 1], [1.15, 0.75, 0.30, 0.05]) - 0.35 * v * np.interp(
            t, [0, 0.3, 1], [0.2, 1.0, 0.6]
        )
        d = tan * np.cos(lift)[:, None] + up * np.sin(lift)[:, None]
        length = hair_m * (0.75 + 0.5 * rng.random(count)) * np.interp(t, [0, 0.2, 0.7, 1], [0.8, 1.0, 0.9, 0.6])
        k = 4
        paths = np.stack(
            [
                on_skin(at + d * (length * s)[:, None] + (tan - up * 0.4) * (length * 0.22 * s * s)[:, None])
                for s in np.linspace(0, 1, k)
            ],
            axis=1,
        )
        paths[:, :, 2] += np.linspace(0.0002, rise, k)[None] * (0.6 + 0.8 * rng.random(count))[:, None]
        width = (0.00075 + 0.0004 * rng.random(count)) * (hair_m / 0.008)
        facing = np.tile([[0, 0, 1.0]], (count, 1)) + np.array([e.side * 0.25, 0, 0])
        out.append(
            single_hairs(
                f"brow{e.side:+d}",
                paths[:, 0].copy(),
                paths,
                width,
                facing,
                "brows",
                "brow",
                density,
                rider,
                deltas,
                seed + e.side,
            )
        )

    def shadow(p: Array) -> Array:
        best = np.zeros(len(p))
        for ln in lines:
            near = p[:, 2] > pup.eyes[0].centre[2] - 0.02
            d, i = cKDTree(ln).query(p[:, :2])
            w = thick * 0.62 * np.interp(i / 23, [0, 0.12, 0.45, 0.8, 1], [0.7, 1.0, 0.95, 0.6, 0.2])
            best = np.maximum(best, near * np.clip(1.25 - d / w, 0, 1))
        return best

    return out, shadow


def lashes(
    pup: Puppet, upper: int, lower: int, length: float, density: float, seed: int
) -> tuple[list[Piece], Callable[[Array], Array]]:
    """Lashes on both lids, set on the lid's edge, and the mask of the lash line."""
    rng = np.random.default_rng(seed)
    fig = pup.fig
    rider = Rider(pup.points, fig.faces[fig.segment["head"]])
    deltas = {k: pup.deltas(v) for k, v in pup.expressions.items()}
    out, edge = [], []
    for e, letter in zip(pup.eyes, "LR", strict=True):
        loop = rim_loop(fig.faces[fig.segment["head"]], fig.faces[fig.segment[f"eye_cavity.{letter}"]])
        p = pup.points[loop]
        inner, outer = np.argmin(p[:, 0] * e.side), np.argmax(p[:, 0] * e.side)
        chord = p[inner][1] + (p[outer][1] - p[inner][1]) * (p[:, 0] - p[inner][0]) / (p[outer][0] - p[inner][0])
        for which, sign, count in (("up", 1, upper), ("low", -1, lower)):
            sel = (p[:, 1] - chord) * sign > -0.0002
            q = p[sel]
            q = q[np.argsort(q[:, 0] * e.side)]
            s = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(q, axis=0), axis=1))])
            s /= s[-1]
            edge.append((q, sign))
            t = 0.10 + 0.88 * (np.arange(count) + 0.5 + 0.35 * (rng.random(count) - 0.5)) / count
            root = np.stack([np.interp(t, s, q[:, c]) for c in range(3)], axis=1)
            fan = (t - 0.45) * 1.1
            long = (
                length
                * (1.0 if sign > 0 else 0.42)
                * np.interp(t, [0, 0.25, 0.75, 1], [0.5, 0.8, 1.15, 0.85])
                * (0.85 + 0.3 * rng.random(count))
            )
            d0 = np.stack([fan * e.side * 0.8, np.full(count, -0.32 if sign > 0 else -0.30), np.ones(count)], 1)
            d0 /= np.linalg.norm(d0, axis=1, keepdims=True)
            up = np.array([0, float(sign), 0])
            k = 4
            x = np.linspace(0, 1, k)
            paths = (
                root[:, None]
                + d0[:, None] * (long[:, None] * x)[..., None] * 0.85
                + up * (long[:, None] * x**2 * (0.66 if sign > 0 else 0.45))[..., None]
            )
            paths[:, :, 2] += 0.0012
            paths[:, :, 1] -= 0.0003 * sign
            width = np.full(count, 0.00085 if sign > 0 else 0.00055)
            facing = np.tile([[0.0, -0.6 * sign, 1.0]], (count, 1))
            out.append(
                single_hairs(
                    f"lash{which}{e.side:+d}",
                    root,
                    paths,
                    width,
                    facing,
                    "lashes",
                    "lash",
                    density,
                    rider,
                    deltas,
                    seed + sign,
                )
            )
        # The dark band of roots reads at any distance, single lashes only in close-up.
        q = edge[-2][0]
        q = q[1:]
        s = np.linspace(0, 1, len(q))
        fat = np.interp(s, [0, 0.3, 0.8, 1], [0.0004, 0.0012, 0.0019, 0.0013])
        ahead = np.array([0, 0.25, 1.0]) / np.linalg.norm([0, 0.25, 1.0])
        rows = np.stack(
            [
                q + np.array([0, -0.0002, 0.0002]),
                q + ahead * fat[:, None] + [0, 0.0003, 0.0003],
                q + ahead * fat[:, None] * 0.3 + [0, 0.0013, 0.0006],
            ]
        )
        pts = rows.reshape(-1, 3)
        f = grid_faces(3, len(q))
        uv = (
            np.stack(np.broadcast_arrays(np.arange(len(q))[None] * 0.0022, np.arange(3)[:, None] * 0.0016), -1)
            .reshape(-1, 2)
            .astype(float)
        )
        anchor = np.tile(q, (3, 1))
        piece = Piece(
            f"liner{e.side:+d}",
            pts,
            f,
            uv,
            "lashes",
            "lash",
            density,
            weld=f"liner{e.side}",
            deltas=rider.follow(anchor, deltas),
            attrs={"along": np.zeros(len(pts)), "tint": np.full(len(pts), 0.5), "strand": uv.copy()},
        )
        piece.rides, piece.anchor = rider, anchor  # type: ignore[attr-defined]
        out.append(piece)

    def line(p: Array) -> Array:
        best = np.zeros(len(p))
        for q, sign in edge:
            d, _ = cKDTree(q).query(p)
            reach = 0.0016 if sign > 0 else 0.0009
            best = np.maximum(best, np.clip(1.3 - d / reach, 0, 1) * (1.0 if sign > 0 else 0.6))
        return best

    return out, line
