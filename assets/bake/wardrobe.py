"""What characters' clothes have in common: the garment's shell, its fronts, hems, roll line, collars, sleeves, legs and boots.

Between `cloth`, which knows lofts and no body, and a character, which says what is worn.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from . import cloth
from .charts import Array
from .hair import Ground
from .noise import fractal
from .puppet import Puppet

COLS, YOKES = 72, 12  # a torso shell's columns, and its rows over the shoulders


def trunk(pup: Puppet) -> tuple[cloth.Caster, Array]:
    """A caster on the body without arms and head, and the point that a torso's shells are lofted from."""
    fig = pup.fig
    arm = fig.weight("upperarm*", "lowerarm*", "wrist*", "finger*", "metacarpal*")
    headw = fig.weight("neck*", "head*", "eye*")
    caster = cloth.Caster(pup.points, fig.faces[(arm + headw)[fig.faces].mean(1) < 0.5])
    neck, sh = pup.joint("neck01"), pup.joint("upperarm01.L")
    return caster, np.array([pup.joint("spine01")[0], sh[1] - 0.10, neck[2] + 0.012])


def shell(
    caster: cloth.Caster,
    centre: Array,
    top: Array,
    hem_y: float,
    rows: int,
    ease: float,
    hang: float,
    seed: int,
    folds: float,
) -> tuple[Array, Array]:
    """A straight garment from the neckline (elevations `top`) to `hem_y`, wider downwards, softly creased: points, outward."""
    levels = np.linspace(centre[1] - 0.02, hem_y, rows)
    e = np.concatenate([np.linspace(0.45 * ease, ease, YOKES), ease * np.linspace(1, 1.75, rows)])
    p, out = cloth.torso(caster, centre, np.linspace(0, 1, YOKES), top, levels, e, len(top), hang, (2.2, 2.2))
    rough = fractal(p.reshape(-1, 3) * np.array([1, 0.5, 1]), 0.08, seed, 3).reshape(p.shape[:2])
    drag = fractal(p.reshape(-1, 3) * np.array([1.0, 1.6, 1.0]), 0.05, seed + 9, 2).reshape(p.shape[:2])
    low = np.clip((centre[1] - p[..., 1]) / (centre[1] - hem_y), 0, 1)
    shift = folds * (rough + 0.6 * drag * (0.3 + low))
    shift[:4] *= np.linspace(0.1, 1, 4)[:, None]
    return p + out * shift[..., None], out


def turned(g: Array, centre: Array) -> Array:
    """A hem turned up inside, towards the vertical through `centre`."""
    inward = np.stack([centre[0] - g[-1, :, 0], np.zeros(g.shape[1]), centre[2] - g[-1, :, 2]], 1)
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    return cloth.hem(g, inward, 0.006, 0.035)


def edged(g: Array, at: int, centre: Array) -> Array:
    """Turns the front edge under, so that it shows its thickness."""
    o = g[:, at]
    into = g[:, at + (1 if at == 0 else -1)] - o
    into /= np.maximum(np.linalg.norm(into, axis=1, keepdims=True), 1e-9)
    nrm = np.cross(np.gradient(o, axis=0), into)
    nrm /= np.maximum(np.linalg.norm(nrm, axis=1, keepdims=True), 1e-9)
    nrm *= np.sign((nrm * (centre - o)).sum(1))[:, None]
    under = [o - into * 0.002 + nrm * 0.002, o - into * 0.001 + nrm * 0.005, o + into * 0.03 + nrm * 0.0055]
    cols_ = np.stack(under, axis=1)
    return np.concatenate([cols_[:, ::-1], g], axis=1) if at == 0 else np.concatenate([g, cols_], axis=1)


def roll_line(ground: Ground, neck: Array, line_l: Array, line_r: Array, up: float, back: float) -> tuple[Array, Array]:
    """The line that a collar or band turns over, and the direction its leaf falls in [60,3]: up the left front `line_l`, round
    the nape (`up` above the fronts' ends, `back` behind the neck), down the right front `line_r`."""
    nape = cloth.neckline_path(
        line_l[-1], line_r[0], np.array([neck[0], (line_l[-1] + line_r[0])[1] / 2 + up, neck[2] - back])
    )
    return along(ground, neck, np.concatenate([line_l[:-1], nape, line_r[1:]]))


def along(ground: Ground, neck: Array, path: Array) -> tuple[Array, Array]:
    """A smooth even line through `path` [n,3] from the left front round the nape to the right, and outwards on `ground` [60,3]."""
    path = gaussian_filter1d(path, 2.2, axis=0, mode="nearest")
    path, tan = cloth.spine(path[::2], 60)
    _, nrm, _ = ground.height(path)
    leaf = np.cross(nrm, tan)
    leaf /= np.linalg.norm(leaf, axis=1, keepdims=True)
    leaf *= np.sign((leaf * (path - (neck + np.array([0, -0.05, 0.04])))).sum(1)).mean()
    return path, leaf


def arm(
    pup: Puppet, letter: str, sgn: int, ease: float, cols: int, seed: int, fold: float, end: float = 0.97
) -> tuple[Array, Array]:
    """A sleeve's grid [36,cols,3] and outward directions on one arm."""
    limb = cloth.limb_cast(
        pup.points, pup.fig.faces, pup.fig.weight("upperarm*", "lowerarm*", "wrist*", "shoulder*"), 0.5, sgn, 0.03
    )
    sh, el, wr = (pup.joint(f"{b}.{letter}") for b in ("upperarm01", "lowerarm01", "wrist"))
    return cloth.sleeve(limb, sh, el, wr, sgn, ease, 36, cols, seed, fold, end=end)


def hemmed(g: Array, out: Array, thick: float, back: float) -> Array:
    """A ring grid cut open for its chart, its last row turned up inside."""
    return cloth.hem(cloth.closed(g), -np.concatenate([out[-1], out[-1][:1]]), thick, back)


def leg(pup: Puppet, letter: str, sgn: int, start: float = 0.35) -> tuple[Array, Array]:
    """Trouser leg and boot of one side; the leg is made from `start` (share of the thigh, may be negative) down.

    Returns the leg's grid and outward directions, for what is sewn on to it.
    """
    fig, pts = pup.fig, pup.points
    h = [pup.joint(f"{b}.{letter}") for b in ("upperleg01", "lowerleg01", "foot")]
    h[0] = h[0] + (h[1] - h[0]) * start
    h[2] = h[2] + (h[1] - h[2]) * 0.10
    ctr, tan = cloth.spine(np.array(h), 26)
    limb = cloth.limb_cast(pts, fig.faces, fig.weight("upperleg*", "lowerleg*", "foot*", "pelvis*"), 0.6, sgn)
    g, out, _r = cloth.tube(limb, ctr, tan, np.array([-sgn, 0, 0.0]), 26, 0.2, np.linspace(0.012, 0.016, 26))
    t = np.linspace(0, 1, 26)[:, None]
    rough = fractal(g.reshape(-1, 3) * np.array([1, 1.4, 1]), 0.06, 41 + sgn, 2).reshape(26, 26)
    knee = np.exp(-(((t - 0.3) / 0.12) ** 2)) + np.exp(-(((t - 0.93) / 0.08) ** 2))
    g = g + out * ((0.004 * rough + 0.004 * knee * np.sin(60 * t + 3 * rough))[..., None])
    pup.pieces.append(cloth.sheet(f"leg{letter}", hemmed(g, out, 0.003, 0.03), "trousers", "trousers", 0.5))
    foot = pts[np.unique(fig.faces[fig.segment[f"foot.{letter}"]])]
    ankle = pup.joint(f"foot.{letter}")
    mid = np.array([foot[:, 0].mean(), 0, (foot[:, 2].min() + foot[:, 2].max()) / 2])
    cast = cloth.limb_cast(pts, fig.faces, fig.weight("foot*", "toe*", "lowerleg*"), 0.5, sgn)
    pup.pieces += cloth.boot(cast, ankle, mid, 0.21, "boots", "leather", 0.5, f"boot{letter}")
    return g, out


def shirt_collar(
    pup: Puppet,
    ground: Ground,
    gap: float,
    low: tuple[float, float],
    top: tuple[float, float],
    fall: Array,
    spread: float,
    ease: float = 0.006,
    clear: float = 0.0065,
    cols: int = 49,
) -> tuple[Array, Array]:
    """A shirt's collar: a stand round the throat, open in front by `gap` radians to each side, and a leaf turned down on `ground`.

    `low`, `top`: (front, nape) heights of the stand's foot and of the fold; `fall` [cols] m from the fold to the leaf's edge;
    `spread` m: how far the edge stands off the throat; `clear` m: how high the leaf lies over `ground`.
    Returns the grid and what `cloth.sheet` needs to know which side is out.
    """
    fig = pup.fig
    throat = cloth.Caster(
        pup.points, fig.faces[fig.weight("neck*", "spine01*", "clavicle*", "head")[fig.faces].mean(1) > 0.3]
    )
    neck, hd = pup.joint("neck01"), pup.joint("head")
    base = np.array([neck[0], 0, (neck[2] + hd[2]) / 2 - 0.003])
    full = 44
    a = np.linspace(gap, 2 * np.pi - gap, cols)
    rows = 6
    flat = np.stack([np.sin(a), np.zeros(cols), np.cos(a)], 1)
    k = 0.5 - 0.5 * np.cos(a)
    foot, fold = low[0] * (1 - k) + low[1] * k, top[0] * (1 - k) + top[1] * k
    heights = np.linspace(min(low), max(top), 12)
    r = cloth.ring_levels(throat, base, heights, full, 0.2)
    r = np.minimum(r, np.nanmin(r, axis=0)[None] + np.linspace(0.05, 0.008, 12)[:, None])
    r = cloth.blur(r, 1.2, 2.0) + ease
    around = np.linspace(0, 2 * np.pi, full, endpoint=False)

    def radius(y: Array) -> Array:
        at = np.stack([np.interp(a, around, r[i], period=2 * np.pi) for i in range(12)])
        return np.array([np.interp(y[c], heights, at[:, c]) for c in range(cols)])

    out = []
    for s in np.linspace(0, 1, rows):
        y = foot + (fold - foot) * s
        q = base + flat * radius(y)[:, None]
        q[:, 1] = y
        out.append(q)
    rim = radius(fold)
    for lift, grow in ((0.0025, 0.002), (0.0030, 0.0055)):
        q = base + flat * (rim + grow)[:, None]
        q[:, 1] = fold + lift
        out.append(q)
    for s in np.linspace(0.12, 1, 7):
        q = base + flat * (rim + 0.008 + spread * s**1.3)[:, None]
        q[:, 1] = fold + 0.001 - fall * s
        for _ in range(4):
            h, n, _ = ground.height(q)
            q = q + n * np.clip(clear - h, 0, 0.03)[:, None]
        out.append(q)
    grid = cloth.hem(np.stack(out), -flat, 0.0035, 0.010)
    # Seen from outside is the leaf; the stand shows its other side.
    side = np.where(np.arange(len(grid)) < rows + 1, -1.0, 1.0)
    side[-4:] = 0.0
    return grid, side[:, None, None] * flat


def button(name: str, at: Array, ground: Ground, paint: str, lift: float = 0.001, size: float = 1.0) -> cloth.Piece:
    """A turned button lying on `ground` at a point of it."""
    _, nrm, _ = ground.height(at[None])
    profile = np.array(
        [[0.0004, 0.0042], [0.0055, 0.0040], [0.0070, 0.0050], [0.0086, 0.0048], [0.0094, 0.0028], [0.0085, 0.0]]
    )
    return cloth.lathe(name, profile * [size, 1.0], 13, at + nrm[0] * lift, nrm[0], "buttons", paint, 1.3)
