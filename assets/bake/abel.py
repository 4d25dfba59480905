"""Abel: about fifty, heavy, very dark skin, close crop and full greying beard, quilted waistcoat over a rolled check shirt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from . import cloth, hair, ivo, paint, puppet, skin, steps, subject, walk, wardrobe
from .charts import Array, assemble, grid_faces
from .figure import at_ease, shape
from .noise import value

OUT = Path(__file__).resolve().parents[1] / "cast" / "abel"
PHENOTYPE = {
    "gender": 0.0, "age": 0.80, "muscle": 0.60, "weight": 1.0, "height": 0.32, "proportions": 0.55,
    "african": 1.0, "asian": 0.0, "caucasian": 0.0, "cupsize": 0.5,
}  # fmt: skip
BOTH = {
    "eye-scale-incr": 0.85, "eye-height2-incr": 0.35, "eye-height1-incr": 0.15, "eye-bag-incr": 0.15,
    "cheek-volume-incr": 0.30, "cheek-bones-incr": 0.35,
}  # fmt: skip
LOCAL = {
    **{f"{s}-{k}": v for k, v in BOTH.items() for s in "lr"},
    "head-fat-incr": 0.25, "head-scale-horiz-incr": 0.32, "head-scale-vert-incr": 0.27, "head-scale-depth-incr": 0.29,
    "nose-scale-depth-incr": 0.1, "nose-volume-incr": 0.15, "chin-width-incr": 0.3, "mouth-scale-horiz-incr": 0.1,
    "neck-double-incr": 0.2, "stomach-pregnant-incr": 0.22, "torso-scale-horiz-incr": 0.25, "torso-scale-depth-incr": 0.25, "neck-scale-horiz-incr": 0.35, "neck-scale-depth-incr": 0.25,
}  # fmt: skip
EXPRESSIONS = {
    "smile": {**ivo.EXPRESSIONS["smile"], "mouthSmileLeft": 1.05, "mouthSmileRight": 1.0, "eyeSquintLeft": 0.5, "eyeSquintRight": 0.5},
    "worried": ivo.EXPRESSIONS["worried"],
    "angry": ivo.EXPRESSIONS["angry"],
    "surprised": {**ivo.EXPRESSIONS["surprised"], "jawOpen": 0.26},
    "weary": ivo.EXPRESSIONS["weary"],
}  # fmt: skip
MOOD = {
    "eyeBlinkLeft": 0.04,
    "eyeBlinkRight": 0.04,
    "mouthSmileLeft": 0.22,
    "mouthSmileRight": 0.18,
    "cheekSquintLeft": 0.15,
    "cheekSquintRight": 0.15,
}

GAIT = steps.Gait(stride_m=0.56, way_m=1.04, narrow_m=0.085, lift_m=0.045, arm_deg=16.0, list_deg=3.2)


def build() -> puppet.Puppet:
    """The dressed figure, but for what is set on the face."""
    fig = shape(PHENOTYPE, LOCAL)
    pup = puppet.stand(fig, at_ease(fig, 15, (20, 26), 2, 2.4), 0.024, EXPRESSIONS, MOOD)
    neck = pup.joint("neck01")
    puppet.add_skin(
        pup,
        lambda c: (c[:, 1] > neck[1] - 0.03 - 0.06 * (c[:, 2] > neck[2])) & (np.abs(c[:, 0]) < 0.12),
        2.2,
        bare=("lowerarm01", "lowerarm02"),
    )
    wear(pup)
    crop(pup)
    return pup


def wear(pup: puppet.Puppet) -> None:
    """Shirt with its sleeves rolled, padded waistcoat, corduroys, boots."""
    trunk, centre = wardrobe.trunk(pup)
    neck, hip = pup.joint("neck01"), pup.joint("upperleg01.L")
    yokes = wardrobe.YOKES
    a = np.linspace(0, 2 * np.pi, wardrobe.COLS, endpoint=False)
    top = np.deg2rad(69.5 - 2.5 * np.cos(a) + 2 * np.abs(np.sin(a)))
    under = shirt(pup, trunk, centre, top)
    p, out = wardrobe.shell(trunk, centre, top, hip[1] - 0.10, 26, 0.021, 0.18, 61, 0.0035)
    far, near = (np.linalg.norm(g[:yokes] - centre, axis=2) for g in (under, p))
    p[:yokes] += out[:yokes] * np.clip(far + 0.006 - near, 0, None)[..., None]
    first = 2
    p, out = p[first:], out[first:]
    n = len(p)
    brk = yokes + 3 - first
    q = np.pi / 2
    shut = np.arange(n) >= brk
    open_l = np.where(shut, -0.09, opening(p, centre, brk, 1, -0.008, 0.090))
    open_r = np.where(shut, -0.11, -opening(p, centre, brk, -1, 0.012, 0.090))
    t_edge = np.exp(-np.linspace(0, 1, 17) * 9)[None]
    left = cloth.panel(p, open_l, np.full(n, q), 17, lift=0.006 * t_edge * np.ones((n, 1)), out=out)
    right = cloth.panel(p, np.full(n, -q), open_r, 17)
    back = cloth.panel(p, np.full(n, q), np.full(n, 3 * q), 26)
    shells = []
    for name, panel, at in (("vestL", left, 0), ("vestR", right, -1), ("vestB", back, None)):
        g = wardrobe.turned(panel, centre)
        g = g if at is None else wardrobe.edged(g, at, centre)
        turn = {0: (0.036, 9.0), -1: (9.0, 0.036), None: (9.0, 9.0)}[at]
        shells.append(cloth.sheet(name, g, "waistcoat", "quilt", 0.9, weld="vest", turn=(*turn, 9.0, 0.042)))
    cloth.slim(shells)
    pup.pieces += shells
    ground = hair.Ground(p.reshape(-1, 3), grid_faces(n, wardrobe.COLS, wrap=True), 3, 50000)
    path, leaf = wardrobe.along(
        ground,
        neck,
        np.concatenate([left[1:, 0][::-1], left[0, 4:], back[0, 1:], right[0, 1:-4], right[1 : brk + 4, -1]]),
    )
    rows = []
    for t, h in zip(np.linspace(-0.45, 0.55, 7), (0.0, 0.0080, 0.0105, 0.0112, 0.0105, 0.0085, 0.001), strict=True):
        g = path + leaf * 0.017 * t
        for _ in range(2):
            height, nrm, _ = ground.height(g)
            g = g + nrm * (h - height)[:, None]
        rows.append(g)
    _, nrm, _ = ground.height(path)
    piping = cloth.sheet("piping", np.stack(rows), "waistcoat", "piping", 0.9, hint=nrm)
    cloth.slim([piping])
    pup.pieces.append(piping)
    for k in range(5):
        pup.pieces.append(
            wardrobe.button(f"button{k}", left[brk + 1 + 4 * k, 1], ground, "brass", lift=0.0100, size=1.1)
        )
    for sgn, name in ((1, "L"), (-1, "R")):
        lo, hi = (0.62, 1.14) if sgn > 0 else (-1.14, -0.62)
        r0 = yokes + 13 - first
        flap = cloth.panel(p, np.full(n, lo), np.full(n, hi), 12, rows=slice(r0, r0 + 7))
        face = cloth.panel(out, np.full(n, lo), np.full(n, hi), 12, rows=slice(r0, r0 + 7))
        pup.pieces.append(cloth.patch(f"pocket{name}", flap, face, 0.007, "waistcoat", "piping", 0.85))
    for letter, sgn in (("L", 1), ("R", -1)):
        g, so = wardrobe.arm(pup, letter, sgn, 0.016, 20, 71 + sgn, 0.0055, 0.36)
        g[:5] -= so[:5] * np.array([0.014, 0.014, 0.010, 0.005, 0.002])[:, None, None]  # under the waistcoat's shoulder
        pup.pieces.append(cloth.sheet(f"sleeve{letter}", wardrobe.hemmed(g, so, 0.004, 0.02), "shirt", "check", 0.9))
        # Rolled twice: the upper turn lies over the lower one's edge.
        for k, (r0, r1, lift) in enumerate(((-5, None, 0.0075), (-7, -2, 0.0115))):
            c, co = g[r0:r1], so[r0:r1]
            bulge = np.sin(np.linspace(0.15, np.pi - 0.5, len(c))) * lift
            c = c + co * (bulge - 0.004 * (np.arange(len(c)) == 0))[:, None, None]
            pup.pieces.append(
                cloth.sheet(f"roll{k}{letter}", wardrobe.hemmed(c, co, 0.005, 0.012), "shirt", "check", 0.9)
            )
        # The waistcoat's armhole closes round the sleeve.
        at = np.linspace(0.8, 2.9, 5)
        i, f = at.astype(int), (at % 1)[:, None, None]
        c, co = g[i] * (1 - f) + g[i + 1] * f, so[i]
        c = c + co * np.array([0.010, 0.0215, 0.0225, 0.0165, 0.001])[:, None, None]
        pup.pieces.append(cloth.sheet(f"armhole{letter}", cloth.closed(c), "waistcoat", "piping", 0.85))
        wardrobe.leg(pup, letter, sgn, -0.10)


def opening(p: Array, centre: Array, brk: int, side: int, low: float, high: float) -> Array:
    """Angles [rows] from the middle at which a front's edge runs straight, `low` m aside at row `brk` to `high` m at the neckline."""
    angle = np.linspace(-6, 18, 25) * 2 * np.pi / p.shape[1]
    at = (side * np.arange(-6, 19)) % p.shape[1]
    foot, head = p[brk, 0, 1], p[0, at[-7], 1]
    out = np.zeros(len(p))
    for i in range(brk):
        g = p[i, at]
        up = np.clip((g[:, 1] - foot) / (head - foot), 0, 1)
        out[i] = np.interp(0.0, side * (g[:, 0] - centre[0]) - (low + (high - low) * up**0.9), angle)
    return out


def shirt(pup: puppet.Puppet, trunk: cloth.Caster, centre: Array, top: Array) -> Array:
    """What the waistcoat leaves to see of the shirt: front with its placket, nape, collar open at the throat."""
    neck, yokes = pup.joint("neck01"), wardrobe.YOKES
    p, out = wardrobe.shell(trunk, centre, top, centre[1] - 0.22, 9, 0.010, 0.3, 51, 0.0012)
    n = len(p)
    pup.pieces.append(
        cloth.sheet("nape", cloth.panel(p, np.full(n, 0.98), np.full(n, 2 * np.pi - 0.98), 22, slice(0, yokes - 6)), "shirt", "check", 0.6)
    )  # fmt: skip
    front = cloth.sheet("front", cloth.panel(p, np.full(n, -1.02), np.full(n, 1.02), 13), "shirt", "check", 1.1)
    cloth.slim([front])
    pup.pieces.append(front)
    ground = hair.Ground(p.reshape(-1, 3), grid_faces(n, wardrobe.COLS, wrap=True), 4, 40000)
    strip = slice(1, yokes + 8)
    lo, hi = np.full(n, -0.085), np.full(n, 0.085)
    pup.pieces.append(
        cloth.patch("placket", cloth.panel(p, lo, hi, 6, strip), cloth.panel(out, lo, hi, 6, strip), 0.0024, "shirt", "check", 1.1)
    )  # fmt: skip
    for k in range(2):
        at = cloth.panel(p, np.zeros(n), np.full(n, 0.01), 2)[yokes - 4 + 4 * k, 0]
        pup.pieces.append(wardrobe.button(f"shirtbutton{k}", at, ground, "horn", lift=0.0015, size=0.75))
    cols = 53
    end = np.minimum(np.linspace(0, 1, cols), 1 - np.linspace(0, 1, cols)) * 2
    fall = np.interp(end, [0, 0.10, 0.30, 0.5, 1], [0.066, 0.056, 0.036, 0.030, 0.064])
    g, hint = wardrobe.shirt_collar(
        pup, ground, 0.20, (neck[1] - 0.055, neck[1] - 0.010), (neck[1] - 0.008, neck[1] + 0.040), fall, 0.018,
        ease=0.006, clear=0.0060, cols=cols,
    )  # fmt: skip
    pup.pieces.append(cloth.sheet("collar", g, "shirt", "check", 1.1, hint=hint))
    return p


def hairline(e: Array) -> Callable[[Array], Array]:
    """Scalp 0..1: high at the forehead, squared at the temples, down to the beard before the ears."""

    def mask(p: Array) -> Array:
        x, y, z = p[:, 0] - e[0], p[:, 1] - e[1], p[:, 2] - e[2]
        low = np.interp(
            z,
            [-0.20, -0.130, -0.105, -0.085, -0.066, -0.056, -0.048, -0.030, -0.010, 0.05],
            [-0.090, -0.078, -0.020, 0.000, -0.006, 0.010, 0.050, 0.074, 0.084, 0.090],
        )
        return paint.step(-0.006, 0.006, y - low - 0.010 * np.clip(np.abs(x) / 0.04 - 0.6, 0, 0.6) * (z > -0.06))

    return mask


def crop(pup: puppet.Puppet) -> None:
    """Hair no longer than a finger is thick, in tight clumps all over."""
    fig = pup.fig
    ground = hair.Ground(pup.points, fig.faces[fig.weight("head", "neck*")[fig.faces].mean(1) > 0.4], 7, 16000)
    e = puppet.between_eyes(pup)
    line = hairline(e)
    near_ear = cKDTree(puppet.region(pup, "ears"))
    whorl = np.array([e[0] + 0.012, e[1] + 0.10, e[2] - 0.14])

    def curl(q: Array, n: Array) -> Array:
        d = q - whorl
        d = np.cross(n, d) * 0.6 + d + 0.05 * np.stack([value(q, 0.012, 71 + k) for k in range(3)], 1)
        d -= n * (d * n).sum(1, keepdims=True)
        return d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-6)

    roots = ground.scatter(
        lambda q: (line(q) > 0.55) & (q[:, 1] > e[1] - 0.085) & (near_ear.query(q)[0] > 0.006), 0.0114, 21
    )
    rnd = np.random.default_rng(22).random(len(roots))
    st = hair.Style(
        width=0.0180, thick=0.0110, rows=4, cols=3, wave=0.0010, wave_length=0.02, gravity=0.0, root=0.7, tip=0.45
    )
    guides = hair.trace(ground, roots, curl, 0.0020 + 0.0015 * rnd, 0.0115 * (0.85 + 0.4 * rnd), st)
    pup.pieces.append(hair.locks("crop", guides, ground, st, 0.85, 23, squeeze=0.6))


def beard(pup: puppet.Puppet, mouth: Array) -> Callable[[Array], Array]:
    """A full, trimmed beard in clumps that ride on the face, and the mask of the shade under it."""
    fig = pup.fig
    head = fig.faces[fig.segment["head"]]
    ground = hair.Ground(pup.points, head, 9, 40000)
    e = puppet.between_eyes(pup)
    grows, lips, near_ear = (
        ivo.beard(pup, mouth),
        cKDTree(puppet.region(pup, "lips")),
        cKDTree(puppet.region(pup, "ears")),
    )

    def mask(p: Array) -> Array:
        nose = (p[:, 1] > mouth[1] + 0.011) & (p[:, 2] > mouth[2] + 0.004)
        clear = paint.step(0.0050, 0.0072, lips.query(p)[0]) * paint.step(0.004, 0.009, near_ear.query(p)[0])
        soul = paint.step(-0.084, -0.070, p[:, 1] - mouth[1])
        throat = (p[:, 2] < mouth[2] - 0.030) & (np.abs(p[:, 0] - e[0]) < 0.036) & (p[:, 1] < mouth[1] - 0.036)
        # the groove under the nose stays bare: one clump alone in it looks like a mishap
        groove = (np.abs(p[:, 0] - e[0]) < 0.0080) & (p[:, 1] > mouth[1] + 0.003)
        return grows(p) * clear * ~nose * ~throat * ~groove * soul

    def comb(q: Array, n: Array) -> Array:
        x, y = q[:, 0] - e[0], q[:, 1] - mouth[1]
        above = paint.step(-0.006, 0.004, y) * paint.step(0.045, 0.025, np.abs(x))
        side = np.sign(x) * np.clip(np.abs(x) / 0.01, 0, 1)
        d = np.stack([side * (0.25 + 1.3 * above), -1.0 + 0.35 * above, 0.30 + 0.0 * x], 1)
        d[:, :2] += 0.25 * np.stack([value(q, 0.010, 81), value(q, 0.010, 82)], 1)
        d -= n * (d * n).sum(1, keepdims=True) * 0.85
        return d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-6)

    roots = ground.scatter(lambda q: mask(q) > 0.6, 0.0084, 31)
    rnd = np.random.default_rng(32).random(len(roots))
    x, y = np.abs(roots[:, 0] - e[0]), roots[:, 1] - mouth[1]
    low = paint.step(0.0, -0.05, y)
    length = (0.0105 + 0.0165 * low * paint.step(0.075, 0.03, x)) * (0.85 + 0.35 * rnd)
    st = hair.Style(
        width=0.0112, thick=0.0075, rows=4, cols=3, wave=0.0014, wave_length=0.016, gravity=0.25, root=0.6, tip=0.25
    )
    guides = hair.trace(ground, roots, comb, 0.0022 + 0.0040 * low + 0.0012 * rnd, length, st)
    piece = hair.locks("beard", guides, ground, st, 0.95, 33, squeeze=0.6)
    piece.part = piece.paint = "beard"
    anchor = np.repeat(roots, st.rows * st.cols + 1, axis=0)
    rider = skin.Rider(pup.points, head)
    piece.deltas = rider.follow(anchor, {k: pup.deltas(v) for k, v in pup.expressions.items()})
    pup.pieces.append(piece)
    return mask


PARTS = [
    *puppet.PARTS,
    {"name": "beard", "attributes": ["face"]},
    {"name": "waistcoat", "attributes": ["wardrobe"]},
    {"name": "shirt", "attributes": ["wardrobe"]},
    {"name": "trousers", "attributes": ["wardrobe"]},
    {"name": "boots", "attributes": ["wardrobe"]},
    {"name": "buttons", "attributes": ["wardrobe"]},
]


def main() -> dict[str, float]:
    """Bakes Abel into assets/cast/abel."""
    pup = build()
    c = puppet.complexion(
        pup, base=(0.146, 0.073, 0.045), flush=(0.190, 0.070, 0.046), lips=(0.180, 0.075, 0.064), weather=0.35, seed=65,
        brow=(0.022, 0.021, 0.020), hair=(0.026, 0.0225, 0.021),
    )  # fmt: skip
    e = puppet.between_eyes(pup)
    arch = np.array([[-0.018, 0.0180], [-0.006, 0.0225], [0.010, 0.0245], [0.022, 0.0205], [0.031, 0.0125]])
    brows, brow_mask = hair.brows(pup, arch, 0.0088, 0.0088, 78, 1.1, 0.0018, 61)
    lashes, lash_mask = hair.lashes(pup, 20, 12, 0.0070, 1.1, 71)
    pup.pieces += brows + lashes
    shade = beard(pup, c.mouth)
    near_ear = cKDTree(puppet.region(pup, "ears"))
    masks = {
        "scalp": lambda p: np.maximum(0.85 * hairline(e)(p) * paint.step(0.003, 0.008, near_ear.query(p)[0]), 0.9 * shade(p)),
        "brow": brow_mask, "lash": lash_mask, "wrinkle": lambda p: 0.55 * ivo.wrinkles(pup)(p),
    }  # fmt: skip
    painters = {
        "skin": puppet.masked(paint.skin(c), masks),
        "eye": paint.eye((0.105, 0.046, 0.020), (0.026, 0.021, 0.020), 0.0077, 29),
        "brow": paint.hair((0.024, 0.022, 0.021), (0.034, 0.031, 0.029), 15, grey=0.05),
        "lash": paint.hair((0.021, 0.0205, 0.0205), (0.021, 0.0205, 0.0205), 16, rough=0.5),
        "hair": paint.hair((0.024, 0.022, 0.021), (0.028, 0.025, 0.024), 17, grey=0.05),
        "beard": paint.hair((0.027, 0.025, 0.024), (0.058, 0.054, 0.050), 18, grey=0.17),
        "quilt": paint.quilt((0.118, 0.0215, 0.0250), (0.210, 0.075, 0.050), 31),
        "piping": paint.plain((0.056, 0.0205, 0.0215), 32, pitch=0.0026, wear=0.15),
        "check": paint.check((0.330, 0.285, 0.215), (0.030, 0.058, 0.115), (0.250, 0.075, 0.026), 33),
        "trousers": paint.corduroy((0.066, 0.054, 0.040), 38, wale=0.0052),
        "leather": paint.leather((0.150, 0.076, 0.032), 44),
        "sole": paint.leather((0.032, 0.028, 0.026), 45, 0.75),
        "brass": paint.horn((0.210, 0.150, 0.060), 49),
        "horn": paint.horn((0.420, 0.370, 0.290), 50),
    }  # fmt: skip
    asm = assemble(pup.pieces, 2048)
    about = puppet.about(
        pup,
        asm,
        "abel",
        "A heavy man of about fifty with a close crop and a greying beard, in a quilted waistcoat over a rolled check shirt.",
        0.135,
    )
    idle = puppet.Idle(pup, asm, yaw_deg=-8.0, blink_at=24, breath_m=0.0050)
    return subject.write(OUT, asm, painters, about, PARTS, idle, walk.arrays(pup, asm, GAIT))


if __name__ == "__main__":
    print(main())
