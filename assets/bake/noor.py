"""Noor: nineteen, slight, light olive skin, henna-red hair in a high bun with a fringe, teal cardigan over a flowered blouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from . import cloth, hair, paint, puppet, steps, subject, walk, wardrobe
from .charts import Array, Piece, assemble, grid_faces
from .figure import at_ease, shape

OUT = Path(__file__).resolve().parents[1] / "cast" / "noor"
PHENOTYPE = {
    "gender": 1.0, "age": 0.60, "muscle": 0.32, "weight": 0.30, "height": 0.40, "proportions": 0.75,
    "african": 0.10, "asian": 0.20, "caucasian": 0.7, "cupsize": 0.3,
}  # fmt: skip
BOTH = {
    "eye-scale-incr": 0.85, "eye-height2-incr": 0.40, "eye-height1-incr": 0.2, "eye-height3-incr": 0.2,
    "eye-corner2-up": 0.15, "cheek-volume-incr": 0.10, "cheek-bones-incr": 0.30, "ear-scale-incr": 0.1,
}  # fmt: skip
LOCAL = {
    **{f"{s}-{k}": v for k, v in BOTH.items() for s in "lr"},
    "mouth-scale-horiz-incr": -0.05, "mouth-upperlip-volume-incr": 0.2, "mouth-lowerlip-volume-incr": 0.35,
    "chin-width-incr": -0.4, "chin-bones-incr": -0.3, "chin-height-incr": -0.05, "head-fat-incr": -0.12,
    "nose-hump-incr": 0.12, "nose-width3-incr": -0.15, "nose-scale-vert-incr": -0.08, "nose-point-up": 0.1,
    "measure-neck-circ-incr": -0.35, "measure-shoulder-dist-incr": -0.45, "torso-scale-horiz-incr": -0.2, "head-scale-horiz-incr": 0.30, "head-scale-vert-incr": 0.30,
    "head-scale-depth-incr": 0.30, "forehead-scale-vert-incr": -0.05, "head-age-incr": -0.2,
}  # fmt: skip
EXPRESSIONS = {
    "smile": {
        "mouthSmileLeft": 0.95, "mouthSmileRight": 1.0, "mouthDimpleLeft": 0.3, "mouthDimpleRight": 0.35, "cheekSquintLeft": 0.85,
        "cheekSquintRight": 0.9, "eyeSquintLeft": 0.45, "eyeSquintRight": 0.45, "browOuterUpLeft": 0.3, "browOuterUpRight": 0.35,
        "browInnerUp": 0.3, "mouthUpperUpLeft": 0.15, "mouthUpperUpRight": 0.15,
    },
    "worried": {
        "browInnerUp": 1.35, "browOuterUpLeft": -0.25, "browOuterUpRight": -0.25, "mouthFrownLeft": 0.8, "mouthFrownRight": 0.75,
        "eyeWideLeft": 0.45, "eyeWideRight": 0.45, "mouthStretchLeft": 0.3, "mouthStretchRight": 0.35, "mouthShrugLower": 0.35,
    },
    "angry": {
        "browDownLeft": 1.3, "browDownRight": 1.3, "eyeSquintLeft": 0.5, "eyeSquintRight": 0.5, "noseSneerLeft": 0.7,
        "noseSneerRight": 0.75, "mouthPressLeft": 0.8, "mouthPressRight": 0.8, "mouthFrownLeft": 0.75, "mouthFrownRight": 0.7,
        "browOuterUpLeft": 0.3, "browOuterUpRight": 0.3, "jawForward": 0.25, "cheekSquintLeft": 0.3, "cheekSquintRight": 0.3,
    },
    "surprised": {
        "browInnerUp": 1.0, "browOuterUpLeft": 1.0, "browOuterUpRight": 1.0, "eyeWideLeft": 1.0, "eyeWideRight": 1.0,
        "jawOpen": 0.22, "mouthFunnel": 0.35, "mouthStretchLeft": -0.2, "mouthStretchRight": -0.2,
    },
    "weary": {
        "eyeBlinkLeft": 0.37, "eyeBlinkRight": 0.36, "browInnerUp": 0.45, "browOuterUpLeft": -0.3, "browOuterUpRight": -0.3,
        "mouthFrownLeft": 0.4, "mouthFrownRight": 0.45, "mouthLowerDownLeft": 0.15, "mouthLowerDownRight": 0.15, "jawOpen": 0.04,
    },
}  # fmt: skip
MOOD = {
    "eyeBlinkLeft": 0.14,
    "eyeBlinkRight": 0.14,
    "mouthSmileLeft": 0.20,
    "mouthSmileRight": 0.16,
    "browInnerUp": 0.10,
}

GAIT = steps.Gait(stride_m=0.51, way_m=0.94, arm_deg=21.0, list_deg=4.4)


def build() -> puppet.Puppet:
    """The dressed figure."""
    fig = shape(PHENOTYPE, LOCAL)
    pup = puppet.stand(fig, at_ease(fig, 19, (26, 20), 3), 0.022, EXPRESSIONS, MOOD)
    neck = pup.joint("neck01")
    puppet.add_skin(
        pup, lambda c: (c[:, 1] > neck[1] - 0.03 - 0.04 * (c[:, 2] > neck[2])) & (np.abs(c[:, 0]) < 0.10), 2.2
    )
    wear(pup)
    hair_of(pup)
    return pup


def wear(pup: puppet.Puppet) -> None:
    """Blouse with a round collar, knitted cardigan, jeans, boots."""
    trunk, centre = wardrobe.trunk(pup)
    neck, hip = pup.joint("neck01"), pup.joint("upperleg01.L")
    yokes = wardrobe.YOKES
    a = np.linspace(0, 2 * np.pi, wardrobe.COLS, endpoint=False)
    top = np.deg2rad(69 - 5 * np.cos(a) + 2 * np.abs(np.sin(a)))
    p, out = wardrobe.shell(trunk, centre, top, hip[1] - 0.115, 26, 0.0155, 0.30, 61, 0.0055)
    under = blouse(pup, trunk, centre, top)
    far, near = (np.linalg.norm(g[:yokes] - centre, axis=2) for g in (under, p))
    p[:yokes] += out[:yokes] * np.clip(far + 0.0045 - near, 0, None)[..., None]
    # The hem's ribs draw the knit in; it blouses a little over them.
    pull = np.interp(np.arange(len(p)), [len(p) - 8, len(p) - 5, len(p) - 3, len(p) - 1], [0, 0.006, -0.006, -0.008])
    first = 1  # the neckline: rows above it would stand inside the collar
    p, out = (p + out * pull[:, None, None])[first:], out[first:]
    n = len(p)
    brk = yokes + 5 - first
    s = np.clip((brk - np.arange(n)) / (brk - 1), 0, 1)
    q = np.pi / 2
    open_l = -0.10 * (1 - s) + 0.84 * s**0.85
    open_r = -0.02 * (1 - s) - 0.84 * s**0.85
    t_edge = np.exp(-np.linspace(0, 1, 17) * 9)[None]
    left = cloth.panel(p, open_l, np.full(n, q), 17, lift=0.005 * t_edge * np.ones((n, 1)), out=out)
    right = cloth.panel(p, np.full(n, -q), open_r + 0.10, 17)
    back = cloth.panel(p, np.full(n, q), np.full(n, 3 * q), 26)
    shells = [
        cloth.sheet("cardiganL", wardrobe.edged(wardrobe.turned(left, centre), 0, centre), "cardigan", "knit", 0.9, weld="cardigan"),
        cloth.sheet("cardiganR", wardrobe.edged(wardrobe.turned(right, centre), -1, centre), "cardigan", "knit", 0.9, weld="cardigan"),
        cloth.sheet("cardiganB", wardrobe.turned(back, centre), "cardigan", "knit", 0.9, weld="cardigan"),
    ]  # fmt: skip
    cloth.slim(shells)
    pup.pieces += shells
    ground = hair.Ground(p.reshape(-1, 3), grid_faces(n, wardrobe.COLS, wrap=True), 3, 50000)
    # Ribbed band: up the left front, round the nape, down into the overlap.
    line_l, line_r = left[:, 0][::-1], right[: brk + 4, -1]
    path, leaf = wardrobe.along(
        ground, neck, np.concatenate([line_l, left[0, 3:], back[0, 1:], right[0, 1:-3], line_r])
    )
    rows = []
    for t, h in zip(
        np.linspace(-0.30, 0.70, 8), (0.0, 0.0075, 0.0100, 0.0105, 0.0105, 0.0100, 0.0080, 0.001), strict=True
    ):
        g = path + leaf * 0.034 * t
        for _ in range(2):
            height, nrm, _ = ground.height(g)
            g = g + nrm * (h - height)[:, None]
        rows.append(g)
    _, nrm, _ = ground.height(path)
    band = cloth.sheet("band", np.stack(rows), "cardigan", "band", 0.95, hint=nrm)
    cloth.slim([band])
    pup.pieces.append(band)
    r0 = n - 5
    lift = np.array([0.0, 0.0045, 0.005, 0.005, 0.0045])[:, None, None]
    hem = cloth.closed(p[r0:] + out[r0:] * lift)
    pup.pieces.append(cloth.sheet("hem", wardrobe.turned(hem, centre), "cardigan", "rib", 0.85))
    for k in range(4):
        pup.pieces.append(
            wardrobe.button(f"button{k}", left[brk + 1 + 5 * k, 1], ground, "horn", lift=0.0095, size=1.25)
        )
    for letter, sgn in (("L", 1), ("R", -1)):
        g, so = wardrobe.arm(pup, letter, sgn, 0.0135, 22, 31 + sgn, 0.0058)
        pup.pieces.append(cloth.sheet(f"sleeve{letter}", wardrobe.hemmed(g, so, 0.004, 0.02), "cardigan", "knit", 0.9))
        c = g[-7:] + so[-7:] * np.array([-0.004, 0.003, 0.0045, 0.0040, 0.0035, 0.003, 0.0025])[:, None, None]
        pup.pieces.append(cloth.sheet(f"cuff{letter}", wardrobe.hemmed(c, so, 0.004, 0.012), "cardigan", "rib", 0.9))
        g, so = wardrobe.leg(pup, letter, sgn, -0.05)
        up = g[-5:-1] + so[-5:-1] * np.array([0.0, 0.0055, 0.0060, 0.0060])[:, None, None]
        pup.pieces.append(
            cloth.sheet(f"turnup{letter}", wardrobe.hemmed(up, so, 0.004, 0.010), "trousers", "trousers", 0.5)
        )


def blouse(pup: puppet.Puppet, trunk: cloth.Caster, centre: Array, top: Array) -> Array:
    """What the cardigan leaves to see: front with a button placket, round collar that shows above the knit."""
    neck, yokes = pup.joint("neck01"), wardrobe.YOKES
    p, out = wardrobe.shell(trunk, centre, top, centre[1] - 0.22, 9, 0.0085, 0.3, 51, 0.0012)
    n = len(p)
    front = cloth.panel(p, np.full(n, -1.35), np.full(n, 1.35), 18)
    nape = cloth.panel(p, np.full(n, 1.25), np.full(n, 2 * np.pi - 1.25), 20, slice(0, yokes - 3))
    pup.pieces.append(cloth.sheet("nape", nape, "blouse", "print", 0.5))
    piece = cloth.sheet("blouse", front, "blouse", "print", 1.25)
    cloth.slim([piece])
    pup.pieces.append(piece)
    ground = hair.Ground(p.reshape(-1, 3), grid_faces(n, wardrobe.COLS, wrap=True), 4, 40000)
    strip = slice(1, yokes + 8)
    lo, hi = np.full(n, -0.085), np.full(n, 0.085)
    pup.pieces.append(
        cloth.patch("placket", cloth.panel(p, lo, hi, 6, strip), cloth.panel(out, lo, hi, 6, strip), 0.0022, "blouse", "print", 1.25)
    )  # fmt: skip
    for k in range(3):
        at = cloth.panel(p, np.zeros(n), np.full(n, 0.01), 2)[yokes - 6 + 4 * k, 0]
        pup.pieces.append(wardrobe.button(f"pearl{k}", at, ground, "pearl", lift=0.0015, size=0.72))
    cols = 53
    end = np.minimum(np.linspace(0, 1, cols), 1 - np.linspace(0, 1, cols)) * 2
    round_end = np.sqrt(np.clip(1 - (1 - np.clip(end / 0.16, 0, 1)) ** 2, 0, 1))
    fall = 0.010 + (np.interp(end, [0, 0.22, 0.5, 1], [0.046, 0.040, 0.020, 0.046])) * round_end
    g, hint = wardrobe.shirt_collar(
        pup, ground, 0.07, (neck[1] - 0.050, neck[1] - 0.008), (neck[1] - 0.012, neck[1] + 0.042), fall, 0.014,
        ease=0.005, clear=0.0055, cols=cols,
    )  # fmt: skip
    pup.pieces.append(cloth.sheet("collar", g, "blouse", "collar", 1.1, hint=hint))
    return p


def hairline(e: Array) -> Callable[[Array], Array]:
    """Scalp 0..1: a soft, rather low line with fine temples."""

    def mask(p: Array) -> Array:
        x, y, z = p[:, 0] - e[0], p[:, 1] - e[1], p[:, 2] - e[2]
        low = np.interp(
            z,
            [-0.20, -0.125, -0.090, -0.066, -0.048, -0.030, -0.010, 0.05],
            [-0.095, -0.075, -0.012, 0.004, 0.024, 0.052, 0.066, 0.074],
        )
        return paint.step(-0.008, 0.008, y - low - 0.003 * np.cos(x / 0.012))

    return mask


def hair_of(pup: puppet.Puppet) -> None:
    """All of it combed up into a wound bun high on the crown, but for a fringe and a few locks before the ears."""
    fig, pts = pup.fig, pup.points
    ground = hair.Ground(pts, fig.faces[fig.weight("head", "neck*")[fig.faces].mean(1) > 0.4], 7)
    e = puppet.between_eyes(pup)
    line = hairline(e)
    near_ear = cKDTree(puppet.region(pup, "ears"))
    skull = e + np.array([0, 0.025, -0.085])
    axis = np.array([0.0, np.cos(0.62), -np.sin(0.62)])
    knot = ground.p[np.argmax((ground.p - skull) @ axis)]

    def up(q: Array, n: Array) -> Array:
        d = knot - q
        d -= n * (d * n).sum(1, keepdims=True) * 0.95
        return d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-6)

    def grows(q: Array, lo: float, hi: float) -> Array:
        x = line(q)
        return (x > lo) & (x < hi) & (q[:, 1] > e[1] - 0.088) & (near_ear.query(q)[0] > 0.007)

    st = hair.Style(
        width=0.021, thick=0.0085, rows=7, cols=4, wave=0.0022, wave_length=0.09, gravity=0.0, root=0.4, tip=0.5
    )
    rim = ground.scatter(lambda q: grows(q, 0.35, 0.95), 0.0092, 13)
    inner = ground.scatter(lambda q: grows(q, 0.94, 9.0), 0.027, 14)
    for name, roots, off, seed in (("comb0", rim, 0.0030, 13), ("comb1", inner, 0.0055, 14)):
        rnd = np.random.default_rng(seed).random(len(roots))
        a, b = roots - skull, knot - skull
        angle = np.arccos(np.clip((a @ b) / np.linalg.norm(a, axis=1) / np.linalg.norm(b), -1, 1))
        length = np.clip(angle * 0.5 * (np.linalg.norm(a, axis=1) + np.linalg.norm(b)) * 1.06, 0.03, 0.4)
        guides = hair.trace(ground, roots, up, off + 0.0030 * rnd, length, st)
        pup.pieces.append(hair.locks(name, guides, ground, st, 0.85, seed, squeeze=0.28))
    bun(pup, knot, axis)

    # Fringe: out of the crown's front, down over the forehead to just above the brows, longer at the temples.
    def fall(q: Array, n: Array) -> Array:
        x = (q[:, 0] - e[0]) / 0.05
        d = np.stack(
            [0.22 * x + 0.25 * np.sign(x) * np.clip(np.abs(x) - 0.7, 0, 1), -np.ones(len(q)), np.full(len(q), 0.45)], 1
        )
        d -= n * (d * n).sum(1, keepdims=True) * 0.95
        return d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-6)

    st = hair.Style(
        width=0.0150,
        thick=0.0065,
        rows=7,
        cols=4,
        wave=0.0016,
        wave_length=0.06,
        gravity=0.2,
        root=0.5,
        tip=0.22,
        curl_in=0.002,
    )
    for k, (lo, hi, off, gap) in enumerate(((0.076, 0.094, 0.0060, 0.0105), (0.094, 0.112, 0.0100, 0.0122))):
        roots = ground.scatter(
            lambda q, lo=lo, hi=hi: (np.abs(q[:, 0] - e[0]) < 0.056) & (q[:, 1] > e[1] + lo) & (q[:, 1] < e[1] + hi) & (q[:, 2] > e[2] - 0.05),
            gap, 31 + k,
        )  # fmt: skip
        x = np.abs(roots[:, 0] - e[0]) / 0.056
        rnd = np.random.default_rng(31 + k).random(len(roots))
        end = e[1] + 0.040 - 0.022 * x**2
        front = np.clip(e[2] + 0.012 - roots[:, 2], 0, 0.1)
        length = np.hypot(roots[:, 1] - end, 0.75 * front) * (1.02 + 0.10 * rnd)
        guides = hair.trace(ground, roots, fall, off + 0.0020 * rnd, length, st)
        pup.pieces.append(hair.locks(f"fringe{k}", guides, ground, st, 0.95, 33 + k))
    # Locks that slipped out, before the ears.
    roots, length = [], []
    for sgn in (1, -1):
        for k, (y, z, long) in enumerate(((0.034, -0.042, 0.120), (0.022, -0.053, 0.150))):
            near = ground.p[(ground.p[:, 0] - e[0]) * sgn > 0.03]
            d = np.hypot(near[:, 1] - e[1] - y, near[:, 2] - e[2] - z)
            roots.append(near[np.argmin(d)])
            length.append(long * (1.0 if sgn > 0 else 0.88) + 0.004 * k)
    st = hair.Style(
        width=0.0080,
        thick=0.0055,
        rows=18,
        cols=4,
        wave=0.0060,
        wave_length=0.060,
        gravity=1.0,
        root=0.5,
        tip=0.15,
        inertia=0.5,
    )
    ahead = hair.trace(
        ground, np.array(roots), lambda q, n: np.tile([0.0, -1.0, 0.12], (len(q), 1)), np.full(len(roots), 0.008), np.array(length), st
    )  # fmt: skip
    pup.pieces.append(hair.locks("loose", ahead, ground, st, 1.0, 41))


def bun(pup: puppet.Puppet, knot: Array, axis: Array) -> None:
    """Clumps wound round a core and over its top, a ruffled tie at its foot."""
    wide, high = 0.050, 0.040
    middle = knot + axis * 0.034
    x = np.array([1.0, 0, 0])
    y = np.cross(axis, x)
    lat, lon = np.meshgrid(np.linspace(-1.5, 1.5, 10), np.linspace(0, 2 * np.pi, 18, endpoint=False), indexing="ij")

    def ball(la: Array, lo: Array, k: Array | float = 1.0) -> Array:
        r = np.asarray(np.cos(la) * wide * k)[..., None]
        return (
            middle
            + r * (np.cos(lo)[..., None] * x + np.sin(lo)[..., None] * y)
            + (np.sin(la) * high * k)[..., None] * axis
        )

    grid = ball(lat, lon)
    f = grid_faces(10, 18, wrap=True)
    flat = grid.reshape(-1, 3)
    n = np.cross(flat[f[:, 1]] - flat[f[:, 0]], flat[f[:, 2]] - flat[f[:, 0]])
    if (n * (flat[f].mean(1) - middle)).sum() < 0:
        f = f[:, ::-1].copy()
    ground = hair.Ground(flat, f, 5, 20000)
    core = cloth.sheet("core", cloth.closed(ball(lat, lon, 0.90)), "hair", "hair", 0.4)
    core.attrs |= {
        "along": np.full(len(core.points), 0.2),
        "tint": np.full(len(core.points), 0.4),
        "strand": core.uv.copy(),
    }
    pup.pieces.append(core)
    rng = np.random.default_rng(51)
    rows, guides = 10, []
    t = np.linspace(0, 1, rows)
    # A rope laid round the foot, then clumps that rise over the top, all winding one way.
    for k in range(9):
        start = 2 * np.pi * (k + 0.4 * rng.random()) / 9
        la = -0.62 + 0.25 * (k % 3) + 0.30 * t + 0.05 * rng.standard_normal()
        guides.append(ball(la, start + t * 2.3, 1.02 + 0.05 * rng.random()))
    for k in range(15):
        start = 2 * np.pi * (k + 0.5 * rng.random()) / 15
        la = -0.25 + (1.45 + 0.12 * rng.standard_normal()) * t**0.9
        guides.append(ball(la, start + 2.0 * t**1.15, 0.99 + 0.06 * rng.random() * np.sin(np.pi * t)))
    st = hair.Style(width=0.026, thick=0.0125, rows=rows, cols=4, wave=0.0012, wave_length=0.05, root=0.45, tip=0.3)
    pup.pieces.append(hair.locks("bun", np.stack(guides), ground, st, 0.9, 53))
    cols, ring = 66, 8
    a, b = np.linspace(0, 2 * np.pi, cols, endpoint=False), np.linspace(0, 2 * np.pi, ring)
    foot = knot + axis * 0.006
    ruffle = 1 + 0.30 * np.sin(11 * a) + 0.16 * np.sin(17 * a + 1.0)
    out = np.cos(a)[:, None] * x + np.sin(a)[:, None] * y
    fat = 0.0095 * ruffle[None] * (1 + 0.15 * np.sin(3 * b)[:, None])
    hub = foot + out * 0.041 + axis * (0.0030 * np.sin(7 * a + 0.6))[:, None]
    away = np.cos(b)[:, None, None] * out[None] + np.sin(b)[:, None, None] * axis
    tie: Piece = cloth.sheet(
        "tie", cloth.closed(hub + away * fat[..., None]), "tie", "tie", 1.0, hint=cloth.closed(away)
    )
    pup.pieces.append(tie)


PARTS = [
    *puppet.PARTS,
    {"name": "tie", "attributes": ["wardrobe"]},
    {"name": "cardigan", "attributes": ["wardrobe"]},
    {"name": "blouse", "attributes": ["wardrobe"]},
    {"name": "trousers", "attributes": ["wardrobe"]},
    {"name": "boots", "attributes": ["wardrobe"]},
    {"name": "buttons", "attributes": ["wardrobe"]},
]


def main() -> dict[str, float]:
    """Bakes Noor into assets/cast/noor."""
    pup = build()
    c = puppet.complexion(
        pup, base=(0.430, 0.272, 0.168), flush=(0.49, 0.185, 0.120), lips=(0.365, 0.140, 0.112), freckles=0.35, seed=45,
        brow=(0.040, 0.022, 0.014), hair=(0.105, 0.034, 0.016),
    )  # fmt: skip
    e = puppet.between_eyes(pup)
    arch = np.array([[-0.017, 0.0195], [-0.005, 0.0240], [0.010, 0.0265], [0.022, 0.0235], [0.030, 0.0160]])
    brows, brow_mask = hair.brows(pup, arch, 0.0066, 0.0080, 88, 1.1, 0.0012, 61)
    lashes, lash_mask = hair.lashes(pup, 26, 16, 0.0098, 1.1, 71)
    pup.pieces += brows + lashes
    teal = (0.014, 0.122, 0.150)
    near_ear = cKDTree(puppet.region(pup, "ears"))
    masks = {
        "scalp": lambda p: hairline(e)(p) * paint.step(0.003, 0.008, near_ear.query(p)[0]),
        "brow": brow_mask,
        "lash": lash_mask,
    }
    painters = {
        "skin": puppet.masked(paint.skin(c), masks),
        "eye": paint.eye((0.135, 0.135, 0.045), (0.030, 0.030, 0.014), 0.0079, 9),
        "brow": paint.hair((0.050, 0.022, 0.013), (0.066, 0.030, 0.017), 15),
        "lash": paint.hair((0.022, 0.0205, 0.0205), (0.022, 0.0205, 0.0205), 16, rough=0.5),
        "hair": paint.hair((0.120, 0.036, 0.016), (0.260, 0.088, 0.034), 17),
        "knit": paint.knit(teal, 31, rib=0.0130, stitch=0.0080, cable=0.070),
        "rib": paint.knit((0.012, 0.088, 0.132), 32, rib=0.0085, stitch=0.0062),
        "band": paint.knit((0.012, 0.088, 0.132), 33, rib=0.0085, stitch=0.0062),
        "print": paint.printed((0.640, 0.575, 0.455), (0.520, 0.105, 0.060), (0.560, 0.330, 0.060), (0.075, 0.155, 0.110), 34),
        "collar": paint.plain((0.640, 0.585, 0.480), 35, pitch=0.0024, relief=0.00016, wear=0.06),
        "tie": paint.plain((0.480, 0.110, 0.060), 36, pitch=0.0026),
        "trousers": paint.plain((0.062, 0.098, 0.170), 38, pitch=0.0036, wear=0.32),
        "leather": paint.leather((0.125, 0.030, 0.024), 44),
        "sole": paint.leather((0.160, 0.120, 0.080), 45, 0.75),
        "horn": paint.horn((0.190, 0.105, 0.045), 49),
        "pearl": paint.horn((0.560, 0.520, 0.450), 50),
    }  # fmt: skip
    asm = assemble(pup.pieces, 2048)
    about = puppet.about(
        pup,
        asm,
        "noor",
        "A slight young woman of nineteen, henna-red hair in a high bun, in a teal cardigan over a flowered blouse.",
        0.13,
    )
    idle = puppet.Idle(pup, asm, yaw_deg=9.0, blink_at=34, breath_m=0.0034)
    return subject.write(OUT, asm, painters, about, PARTS, idle, walk.arrays(pup, asm, GAIT))


if __name__ == "__main__":
    print(main())
