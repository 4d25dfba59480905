"""Ivo: about sixty, pale weathered skin, grey stubble and swept-back grey hair, navy jumper under an open work jacket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from . import cloth, hair, mara, paint, puppet, steps, subject, walk, wardrobe
from .charts import Array, assemble, grid_faces
from .figure import at_ease, shape
from .noise import fractal

OUT = Path(__file__).resolve().parents[1] / "cast" / "ivo"
PHENOTYPE = {
    "gender": 0.0, "age": 0.90, "muscle": 0.5, "weight": 0.56, "height": 0.36, "proportions": 0.6,
    "african": 0.0, "asian": 0.1, "caucasian": 0.9, "cupsize": 0.5,
}  # fmt: skip
BOTH = {
    "eye-scale-incr": 0.55,
    "eye-height2-incr": 0.25,
    "eye-bag-incr": 0.35,
    "ear-scale-incr": 0.4,
    "cheek-bones-incr": 0.4,
}
LOCAL = {
    **{f"{s}-{k}": v for k, v in BOTH.items() for s in "lr"},
    "eyebrows-trans-forward": 0.5, "nose-scale-depth-incr": 0.3, "nose-hump-incr": 0.3, "nose-volume-incr": 0.3,
    "nose-width3-incr": 0.25, "chin-width-incr": 0.35, "chin-prominent-incr": 0.3, "chin-bones-incr": 0.3, "head-fat-incr": 0.1,
    "mouth-laugh-lines-out": 0.45, "head-age-incr": 0.25, "forehead-temple-incr": -0.15, "mouth-scale-horiz-incr": 0.15,
    "head-scale-horiz-incr": 0.22, "head-scale-vert-incr": 0.22, "head-scale-depth-incr": 0.22,
}  # fmt: skip
EXPRESSIONS = {
    "smile": {
        **mara.EXPRESSIONS["smile"],
        "mouthSmileLeft": 0.85,
        "mouthSmileRight": 0.95,
        "cheekSquintLeft": 0.9,
        "cheekSquintRight": 0.9,
    },
    "worried": {**mara.EXPRESSIONS["worried"], "eyeWideLeft": 0.3, "eyeWideRight": 0.3},
    "angry": {**mara.EXPRESSIONS["angry"], "browDownLeft": 1.2, "browDownRight": 1.2},
    "surprised": {**mara.EXPRESSIONS["surprised"], "eyeWideLeft": 0.9, "eyeWideRight": 0.9},
    "weary": mara.EXPRESSIONS["weary"],
}

GAIT = steps.Gait(stride_m=0.50, way_m=0.95, lift_m=0.040, arm_deg=13.0, list_deg=2.8, stoop_deg=4.5)


def build() -> puppet.Puppet:
    """The dressed figure."""
    fig = shape(PHENOTYPE, LOCAL)
    pup = puppet.stand(
        fig,
        at_ease(fig, 20, (20, 24), 3),
        0.024,
        EXPRESSIONS,
        {"mouthSmileLeft": 0.10, "mouthSmileRight": 0.14, "eyeWideLeft": 0.08, "eyeWideRight": 0.08},
    )
    neck = pup.joint("neck01")
    puppet.add_skin(pup, lambda c: (c[:, 1] > neck[1] - 0.02) & (np.abs(c[:, 0]) < 0.11), 2.2)
    wear(pup)
    hair_of(pup)
    return pup


def wear(pup: puppet.Puppet) -> None:
    """Jumper, open jacket, trousers, boots."""
    fig, pts = pup.fig, pup.points
    trunk, centre = wardrobe.trunk(pup)
    neck, hip = pup.joint("neck01"), pup.joint("upperleg01.L")
    cols, yokes = wardrobe.COLS, wardrobe.YOKES
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    top = np.deg2rad(66 - 2 * np.cos(a) + 3 * np.abs(np.sin(a)))

    # Jumper: seen between the jacket's fronts; a ribbed band gathers its hem.
    p, _ = wardrobe.shell(trunk, centre, top, hip[1] - 0.10, 22, 0.010, 0.35, 51, 0.004)
    bib = cloth.panel(p, np.full(len(p), -1.5), np.full(len(p), 1.5), 24)
    inward = centre - bib[-1]
    inward[:, 1] = 0
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    bib[-3:-1] += -inward * 0.004
    pup.pieces.append(cloth.sheet("jumper", cloth.hem(bib, inward, 0.006, 0.02), "jumper", "knit", 1.0))
    throat = cloth.Caster(pts, fig.faces[fig.weight("neck*", "spine01*", "clavicle*", "head")[fig.faces].mean(1) > 0.3])
    hd = pup.joint("head")
    base = np.array([neck[0], 0, (neck[2] + hd[2]) / 2 - 0.004])
    g = cloth.rollneck(throat, base, neck[1] - 0.095, neck[1] + 0.004, neck[1] + 0.046, 0.034, 0.006)
    pup.pieces.append(cloth.sheet("collarband", g, "jumper", "rib", 1.0))
    # Jacket: hangs open from the chest, a straight fall at the back.
    hem_y = hip[1] - 0.19
    p, out = wardrobe.shell(trunk, centre, top, hem_y, 24, 0.026, 0.22, 61, 0.006)
    n = len(p)
    drop = np.clip((np.arange(n) - 2) / (n - 3), 0, 1)
    open_a = 0.60 - 0.16 * np.exp(-(((drop - 0.30) / 0.2) ** 2)) + 0.10 * drop
    q = np.pi / 2
    left = cloth.panel(p, open_a, np.full(n, q), 17)
    right = cloth.panel(p, np.full(n, -q), -open_a - 0.05, 17)
    back = cloth.panel(p, np.full(n, q), np.full(n, 3 * q), 28)
    shells = []
    for name, panel_, at in (("jacketL", left, 0), ("jacketR", right, -1), ("jacketB", back, None)):
        g = wardrobe.turned(panel_, centre)
        g = g if at is None else wardrobe.edged(g, at, centre)
        turn = {0: (0.036, 9.0), -1: (9.0, 0.036), None: (9.0, 9.0)}[at]
        shells.append(cloth.sheet(name, g, "jacket", "canvas", 0.85, weld="jacket", turn=(*turn, 9.0, 0.042)))
    cloth.slim(shells)
    pup.pieces += shells
    ground = hair.Ground(p.reshape(-1, 3), grid_faces(n, cols, wrap=True), 3, 50000)
    line_l, line_r = left[1:7, 0][::-1], right[1:7, -1]
    path, leaf = wardrobe.roll_line(ground, neck, line_l, line_r, 0.036, 0.066)
    m = np.minimum(np.linspace(0, 1, 60), 1 - np.linspace(0, 1, 60)) * 2
    stand = np.interp(m, [0, 0.3, 1], [0.008, 0.022, 0.038])
    wide = np.interp(m, [0, 0.05, 0.3, 1], [0.062, 0.078, 0.072, 0.066])
    g = cloth.fold_collar(ground, path, leaf, stand, wide, 7, 0.007)
    _, nn, _ = ground.height(g[-1])
    leaf_piece = cloth.sheet("jacketcollar", cloth.hem(g, -nn, 0.004, 0.012), "jacket", "corduroy", 0.9, hint=nn)
    cloth.slim([leaf_piece])
    pup.pieces.append(leaf_piece)
    for sgn, name in ((1, "L"), (-1, "R")):
        for r0, rows, lo, hi, part in ((yokes + 13, 8, 0.80, 1.36, "patch"), (yokes + 2, 6, 0.66, 1.02, "breast")):
            if part == "breast" and sgn < 0:
                continue
            x0, x1 = (lo, hi) if sgn > 0 else (-hi, -lo)
            flap = cloth.panel(p, np.full(n, x0), np.full(n, x1), 12, rows=slice(r0, r0 + rows))
            face = cloth.panel(out, np.full(n, x0), np.full(n, x1), 12, rows=slice(r0, r0 + rows))
            pup.pieces.append(cloth.patch(f"{part}{name}", flap, face, 0.006, "jacket", "canvas", 0.85))
            lid = cloth.panel(p, np.full(n, x0 - 0.02), np.full(n, x1 + 0.02), 12, rows=slice(r0 - 1, r0 + 2))
            face = cloth.panel(out, np.full(n, x0 - 0.02), np.full(n, x1 + 0.02), 12, rows=slice(r0 - 1, r0 + 2))
            pup.pieces.append(cloth.patch(f"{part}lid{name}", lid, face, 0.011, "jacket", "canvas", 0.85))
    for k in range(4):
        pup.pieces.append(wardrobe.button(f"button{k}", right[yokes - 1 + 6 * k, -2], ground, "brass"))
    for letter, sgn in (("L", 1), ("R", -1)):
        g, so = wardrobe.arm(pup, letter, sgn, 0.019, 22, 71 + sgn, 0.0052, 0.93)
        body = wardrobe.hemmed(g, so, 0.005, 0.03)
        pup.pieces.append(cloth.sheet(f"sleeve{letter}", body, "jacket", "canvas", 0.85, turn=(9.0, 9.0, 9.0, 0.038)))
        # The jumper's cuff shows below the sleeve.
        c, co = wardrobe.arm(pup, letter, sgn, 0.008, 20, 75 + sgn, 0.001, 1.01)
        c, co = c[-7:], co[-7:]
        pup.pieces.append(cloth.sheet(f"cuff{letter}", wardrobe.hemmed(c, co, 0.004, 0.015), "jumper", "rib", 0.8))
        wardrobe.leg(pup, letter, sgn, -0.12)


def hairline(e: Array) -> Callable[[Array], Array]:
    """Scalp 0..1: a receding line with deep temples and a worn middle tongue."""

    def mask(p: Array) -> Array:
        x, y, z = p[:, 0] - e[0], p[:, 1] - e[1], p[:, 2] - e[2]
        low = np.interp(
            z,
            [-0.20, -0.125, -0.085, -0.062, -0.048, -0.030, -0.012, 0.02],
            [-0.095, -0.080, -0.005, 0.018, 0.062, 0.092, 0.099, 0.105],
        )
        low = low - 0.016 * np.exp(-((x / 0.026) ** 2)) * (z > -0.05)
        return paint.step(-0.010, 0.010, y - low)

    return mask


def beard(pup: puppet.Puppet, mouth: Array) -> Callable[[Array], Array]:
    """Where stubble grows: jaw, chin, upper lip, throat, up to the sideburns."""
    e = puppet.between_eyes(pup)

    def mask(p: Array) -> Array:
        x, y, z = np.abs(p[:, 0] - e[0]), p[:, 1] - mouth[1], p[:, 2] - mouth[2]
        high = np.interp(x, [0.0, 0.012, 0.024, 0.040, 0.060, 0.075], [0.016, 0.017, 0.008, 0.002, 0.030, 0.075])
        grow = paint.step(0.006, -0.006, y - high) * paint.step(-0.135, -0.06, y)
        return grow * paint.step(-0.135, -0.10, z)

    return mask


def wrinkles(pup: puppet.Puppet) -> Callable[[Array], Array]:
    """Forehead lines, crow's feet and frown lines, drawn as thin dark furrows."""
    e = puppet.between_eyes(pup)

    def mask(p: Array) -> Array:
        x, y, z = p[:, 0] - e[0], p[:, 1] - e[1], p[:, 2] - e[2]
        front = paint.step(-0.06, -0.02, z)
        wob = 0.0022 * fractal(p * np.array([1.0, 0.2, 0.2]), 0.022, 5, 2)
        total = np.zeros(len(p))
        for k, (h, w) in enumerate(((0.046, 0.9), (0.057, 1.0), (0.068, 0.7))):
            line = np.abs(y - h - wob * (1 + 0.4 * k) + 0.9 * x * x)
            total += w * paint.step(0.0013, 0.0002, line) * paint.step(0.052, 0.030, np.abs(x)) * front
        for eye in pup.eyes:
            dx, dy = (p[:, 0] - eye.centre[0]) * eye.side, p[:, 1] - eye.centre[1]
            r, ang = np.hypot(dx - 0.014, dy), np.degrees(np.arctan2(dy, dx - 0.014))
            for t in (24, 6, -12, -30):
                arc = np.abs(np.deg2rad(ang - t + 60 * (r - 0.02))) * r
                total += (
                    0.8
                    * paint.step(0.0009, 0.0002, arc)
                    * paint.step(0.010, 0.014, r)
                    * paint.step(0.030, 0.020, r)
                    * (dx > 0.014)
                )
        for s in (-1, 1):
            line = np.abs(x - s * (0.0065 + 0.08 * (y - 0.024)))
            total += (
                0.8
                * paint.step(0.0010, 0.0002, line)
                * paint.step(0.012, 0.018, y)
                * paint.step(0.040, 0.032, y)
                * front
            )
        return np.clip(total, 0, 1)

    return mask


def hair_of(pup: puppet.Puppet) -> None:
    """Short hair combed back from a receding line, closer at the sides."""
    fig, pts = pup.fig, pup.points
    ground = hair.Ground(pts, fig.faces[fig.weight("head", "neck*")[fig.faces].mean(1) > 0.4], 7)
    e = puppet.between_eyes(pup)
    line = hairline(e)

    def flow(q: Array, n: Array) -> Array:
        side = np.clip((np.abs(q[:, 0] - e[0]) - 0.040) / 0.035, 0, 1)
        back = np.clip((e[2] - 0.105 - q[:, 2]) / 0.05, 0, 1)
        d = np.stack(
            [
                0.30 * np.sign(q[:, 0] - e[0]) * (1 - side),
                -0.55 * side - 1.5 * back,
                -np.ones(len(q)) * (1 - 0.6 * back),
            ],
            axis=1,
        )
        d -= n * (d * n).sum(1, keepdims=True) * 0.95
        return d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-6)

    near_ear = cKDTree(puppet.region(pup, "ears"))

    def grows(q: Array) -> Array:
        return (line(q) > 0.35) & (q[:, 1] > e[1] - 0.078) & (near_ear.query(q)[0] > 0.020)

    roots = ground.scatter(grows, 0.0136, 21)
    up = np.clip((roots[:, 1] - e[1] - 0.02) / 0.06, 0, 1)
    rnd = np.random.default_rng(22).random(len(roots))
    st = hair.Style(
        width=0.0175,
        thick=0.0075,
        rows=7,
        cols=4,
        wave=0.0020,
        wave_length=0.07,
        gravity=0.06,
        inertia=0.7,
        root=0.55,
        tip=0.12,
    )
    guides = hair.trace(
        ground, roots, flow, 0.0018 + 0.0050 * up + 0.0012 * rnd, (0.040 + 0.044 * up) * (0.85 + 0.3 * rnd), st
    )
    pup.pieces.append(hair.locks("swept", guides, ground, st, 0.85, 23, squeeze=0.45))


PARTS = [
    *puppet.PARTS,
    {"name": "trousers", "attributes": ["wardrobe"]},
    {"name": "boots", "attributes": ["wardrobe"]},
    {"name": "buttons", "attributes": ["wardrobe"]},
    {"name": "jumper", "attributes": ["wardrobe"]},
    {"name": "jacket", "attributes": ["wardrobe"]},
]


def main() -> dict[str, float]:
    """Bakes Ivo into assets/cast/ivo."""
    pup = build()
    c = puppet.complexion(
        pup, base=(0.405, 0.245, 0.178), flush=(0.44, 0.155, 0.110), lips=(0.30, 0.120, 0.098), stubble=1.0, weather=1.0,
        freckles=0.15, seed=25, brow=(0.12, 0.105, 0.09), hair=(0.135, 0.127, 0.118),
    )  # fmt: skip
    e = puppet.between_eyes(pup)
    arch = np.array([[-0.019, 0.017], [-0.006, 0.0215], [0.010, 0.0235], [0.022, 0.0195], [0.031, 0.0115]])
    brows, brow_mask = hair.brows(pup, arch, 0.0095, 0.0105, 96, 1.1, 0.0030, 61)
    lashes, lash_mask = hair.lashes(pup, 18, 10, 0.0060, 1.1, 71)
    pup.pieces += brows + lashes
    masks = {
        "scalp": lambda p: 0.75 * hairline(e)(p), "brow": lambda p: 0.6 * brow_mask(p), "lash": lambda p: 0.55 * lash_mask(p),
        "beard": beard(pup, c.mouth), "wrinkle": wrinkles(pup),
    }  # fmt: skip
    painters = {
        "skin": puppet.masked(paint.skin(c), masks),
        "eye": paint.eye((0.115, 0.165, 0.200), (0.028, 0.035, 0.045), 0.0072, 29),
        "brow": paint.hair((0.10, 0.088, 0.076), (0.22, 0.205, 0.19), 15, grey=0.35),
        "lash": paint.hair((0.06, 0.045, 0.035), (0.06, 0.045, 0.035), 16, rough=0.5),
        "hair": paint.hair((0.135, 0.127, 0.118), (0.235, 0.225, 0.21), 17, grey=0.40),
        "knit": paint.knit((0.026, 0.040, 0.085), 31, rib=0.0125, stitch=0.0075, cable=0.058),
        "rib": paint.knit((0.024, 0.037, 0.078), 32, rib=0.0090, stitch=0.0062),
        "canvas": paint.plain((0.150, 0.098, 0.055), 33, pitch=0.0040, relief=0.0004, wear=0.28),
        "corduroy": paint.corduroy((0.075, 0.045, 0.026), 34),
        "trousers": paint.plain((0.060, 0.062, 0.058), 38, wear=0.2),
        "leather": paint.leather((0.045, 0.036, 0.030), 44),
        "sole": paint.leather((0.030, 0.028, 0.026), 45, 0.75),
        "brass": paint.horn((0.10, 0.072, 0.035), 49),
    }
    asm = assemble(pup.pieces, 2048)
    about = puppet.about(
        pup,
        asm,
        "ivo",
        "A man of about sixty, weathered and stubbled, in a navy fisherman's jumper under an open canvas work jacket.",
        0.135,
    )
    idle = puppet.Idle(pup, asm, yaw_deg=-7.0, blink_at=18, breath_m=0.0045)
    return subject.write(OUT, asm, painters, about, PARTS, idle, walk.arrays(pup, asm, GAIT))


if __name__ == "__main__":
    print(main())
