"""Mara: early thirties, brown skin and freckles, dark bob, ochre checked wool coat, roll-neck, boots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import cloth, hair, paint, puppet, steps, subject, walk, wardrobe
from .charts import Array, assemble, grid_faces
from .figure import at_ease, shape
from .noise import fractal

OUT = Path(__file__).resolve().parents[1] / "cast" / "mara"
PHENOTYPE = {
    "gender": 1.0, "age": 0.60, "muscle": 0.40, "weight": 0.40, "height": 0.52, "proportions": 0.8,
    "african": 0.35, "asian": 0.25, "caucasian": 0.4, "cupsize": 0.35,
}  # fmt: skip
BOTH = {
    "eye-scale-incr": 0.75, "eye-height2-incr": 0.45, "eye-height1-incr": 0.2, "eye-height3-incr": 0.25,
    "eye-corner2-up": 0.3, "cheek-volume-incr": 0.15, "cheek-bones-incr": 0.35,
}  # fmt: skip
LOCAL = {
    **{f"{s}-{k}": v for k, v in BOTH.items() for s in "lr"},
    "mouth-scale-horiz-incr": 0.1, "mouth-upperlip-volume-incr": 0.3, "mouth-lowerlip-volume-incr": 0.3,
    "chin-width-incr": -0.3, "chin-bones-incr": -0.2, "chin-height-incr": -0.15, "head-fat-incr": 0.12,
    "nose-width3-incr": -0.1, "nose-scale-depth-incr": -0.1, "nose-scale-vert-incr": -0.12, "nose-point-up": 0.25,
    "measure-neck-circ-incr": -0.25, "head-scale-horiz-incr": 0.28, "head-scale-vert-incr": 0.28, "head-scale-depth-incr": 0.28, "forehead-scale-vert-incr": -0.15, "head-age-incr": -0.1,
}  # fmt: skip
EXPRESSIONS = {
    "smile": {
        "mouthSmileLeft": 0.95, "mouthSmileRight": 0.85, "mouthDimpleLeft": 0.3, "cheekSquintLeft": 0.8, "cheekSquintRight": 0.75,
        "eyeSquintLeft": 0.45, "eyeSquintRight": 0.4, "browOuterUpLeft": 0.35, "browOuterUpRight": 0.25, "browInnerUp": 0.2,
        "mouthUpperUpLeft": 0.12, "mouthUpperUpRight": 0.12,
    },
    "worried": {
        "browInnerUp": 1.3, "browOuterUpLeft": -0.25, "browOuterUpRight": -0.25, "mouthFrownLeft": 0.75, "mouthFrownRight": 0.75,
        "eyeWideLeft": 0.45, "eyeWideRight": 0.45, "mouthStretchLeft": 0.35, "mouthStretchRight": 0.35, "mouthShrugLower": 0.3,
    },
    "angry": {
        "browDownLeft": 1.35, "browDownRight": 1.35, "eyeSquintLeft": 0.55, "eyeSquintRight": 0.55, "noseSneerLeft": 0.75,
        "noseSneerRight": 0.75, "mouthPressLeft": 0.8, "mouthPressRight": 0.8, "mouthFrownLeft": 0.7, "mouthFrownRight": 0.7,
        "browOuterUpLeft": 0.3, "browOuterUpRight": 0.3, "jawForward": 0.3, "cheekSquintLeft": 0.3, "cheekSquintRight": 0.3,
    },
    "surprised": {
        "browInnerUp": 1.1, "browOuterUpLeft": 1.1, "browOuterUpRight": 1.0, "eyeWideLeft": 1.1, "eyeWideRight": 1.1,
        "jawOpen": 0.22, "mouthFunnel": 0.35, "mouthStretchLeft": -0.2, "mouthStretchRight": -0.2,
    },
    "weary": {
        "eyeBlinkLeft": 0.36, "eyeBlinkRight": 0.38, "browInnerUp": 0.45, "browOuterUpLeft": -0.3, "browOuterUpRight": -0.3,
        "mouthFrownLeft": 0.45, "mouthFrownRight": 0.4, "mouthLowerDownLeft": 0.15, "mouthLowerDownRight": 0.15, "jawOpen": 0.04,
    },
}  # fmt: skip


# At rest the lids touch the iris and the mouth is not quite grave.
MOOD = {
    "eyeBlinkLeft": 0.17,
    "eyeBlinkRight": 0.17,
    "eyeSquintLeft": 0.08,
    "eyeSquintRight": 0.08,
    "mouthSmileLeft": 0.14,
    "mouthSmileRight": 0.12,
}

GAIT = steps.Gait()


def build() -> puppet.Puppet:
    """The dressed figure."""
    fig = shape(PHENOTYPE, LOCAL)
    pup = puppet.stand(fig, at_ease(fig, 20, (20, 14), 3), 0.022, EXPRESSIONS, MOOD)
    neck = pup.joint("neck01")
    puppet.add_skin(pup, lambda c: (c[:, 1] > neck[1] + 0.012) & (np.abs(c[:, 0]) < 0.10), 2.2)
    wear(pup)
    hair_of(pup)
    return pup


def wear(pup: puppet.Puppet) -> None:
    """Coat, roll-neck, trousers, boots."""
    fig, pts = pup.fig, pup.points
    trunk, centre = wardrobe.trunk(pup)
    neck = pup.joint("neck01")
    cols, yokes, hem_y = wardrobe.COLS, wardrobe.YOKES, 0.56
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    top = np.deg2rad(66 - 4 * np.cos(a) + 4 * np.abs(np.sin(a)))
    levels = np.linspace(centre[1] - 0.02, hem_y, 29)
    ease = np.concatenate([np.linspace(0.006, 0.017, yokes), np.full(len(levels), 0.019)])
    p, out = cloth.torso(trunk, centre, np.linspace(0, 1, yokes), top, levels, ease, cols, 0.42, (2.2, 2.2))
    # Folds: the waist gathers a little, the skirt falls in flutes that open towards the hem.
    y = p[..., 1]
    fall = np.clip((levels[8] - y) / (levels[8] - hem_y), 0, 1)
    flute = np.sin(6 * a + 0.7)[None] * 0.45 + np.sin(9 * a + 2.0)[None] * 0.35 + np.sin(4 * a + 4.1)[None] * 0.5
    calm = 1 - 0.75 * np.exp(-((np.angle(np.exp(1j * a)) / 0.35) ** 2))[None]
    rough = fractal(p.reshape(-1, 3) * np.array([1, 0.45, 1]), 0.085, 12, 3).reshape(p.shape[:2])
    drag = fractal(p.reshape(-1, 3) * np.array([1.2, 0.5, 1.2]), 0.045, 22, 2).reshape(p.shape[:2])
    shift = 0.011 * fall**1.4 * flute * calm + 0.0055 * rough + 0.0028 * drag * (1 - 0.6 * fall)
    shift += 0.020 * fall[..., :] ** 1.5
    shift[:5] *= np.linspace(0.15, 1, 5)[:, None]
    p = p + out * shift[..., None]
    n = len(p)
    brk = yokes + 5  # row of the top button
    s = np.clip((brk - np.arange(n)) / (brk - 1), 0, 1)
    open_l = -0.24 * (1 - s) + (0.98) * s**0.9
    open_r = -0.12 * (1 - s) - (0.98) * s**0.9
    q = np.pi / 2
    hi = np.full(n, q)
    t_edge = np.exp(-np.linspace(0, 1, 17) * 9)[None]
    left = cloth.panel(p, open_l, hi, 17, lift=0.0055 * t_edge * np.ones((n, 1)), out=out)
    right = cloth.panel(p, -hi, open_r + 0.18, 17)
    back = cloth.panel(p, hi, np.full(n, 3 * q), 26)

    shells = [
        cloth.sheet(
            "coatL", wardrobe.edged(wardrobe.turned(left, centre), 0, centre), "coat", "wool", 0.9, weld="coat"
        ),
        cloth.sheet(
            "coatR", wardrobe.edged(wardrobe.turned(right, centre), -1, centre), "coat", "wool", 0.9, weld="coat"
        ),
        cloth.sheet("coatB", wardrobe.turned(back, centre), "coat", "wool", 0.9, weld="coat"),
    ]
    cloth.slim(shells)
    pup.pieces += shells
    ground = hair.Ground(p.reshape(-1, 3), grid_faces(n, cols, wrap=True), 3, 50000)
    # Collar and lapels fall from one roll line: up the left front, round the nape, down the right.
    line_l, line_r = left[1 : brk + 1, 0][::-1], right[1 : brk + 1, -1]
    path, leaf = wardrobe.roll_line(ground, neck, line_l, line_r, 0.010, 0.062)
    u = np.linspace(0, 1, 60)
    mirror = np.minimum(u, 1 - u) * 2
    stand = np.interp(mirror, [0, 0.25, 0.5, 1], [0.002, 0.010, 0.024, 0.034])
    wide_lapel = np.interp(mirror, [0, 0.08, 0.30, 0.42, 0.46], [0.012, 0.045, 0.092, 0.104, 0.100])
    wide_collar = np.interp(mirror, [0.36, 0.40, 0.5, 0.75, 1], [0.030, 0.078, 0.072, 0.066, 0.064])
    rise = np.array([0, 0.10, 0])
    notch, leaves = 0.42, []
    for name, sel, wide, clear in (
        ("lapelL", u <= notch / 2 + 0.012, wide_lapel, 0.0065),
        ("lapelR", u >= 1 - notch / 2 - 0.012, wide_lapel, 0.0065),
        ("collar", (u > notch / 2 - 0.030) & (u < 1 - notch / 2 + 0.030), wide_collar, 0.0105),
    ):
        tilt = leaf[sel] + rise * (name != "collar") * np.clip(mirror[sel] * 3, 0, 1)[:, None]
        tilt /= np.linalg.norm(tilt, axis=1, keepdims=True)
        g = cloth.fold_collar(ground, path[sel], tilt, stand[sel], wide[sel], 7, clear)
        _, nn, _ = ground.height(g[-1])
        g = cloth.hem(g, -nn, 0.0045, 0.012)
        leaves.append(cloth.sheet(name, g, "coat", "wool", 0.95, hint=nn))
    cloth.slim(leaves)
    pup.pieces += leaves
    under, _ = cloth.torso(
        trunk, centre, np.linspace(0, 1, yokes), top + 0.05, levels[:9], np.full(yokes + 9, 0.005), cols, 0.3
    )
    bib = cloth.panel(under, np.full(len(under), -1.25), np.full(len(under), 1.25), 16)
    pup.pieces.append(cloth.sheet("sweater", bib, "rollneck", "rib", 0.6))
    for k, row in enumerate((brk + 1, brk + 6, brk + 11, brk + 16)):
        o = left[row, 3]
        _, nb, _ = ground.height(o[None])
        prof = np.array(
            [
                [0.0004, 0.0052],
                [0.006, 0.0050],
                [0.0078, 0.0058],
                [0.0098, 0.0062],
                [0.0112, 0.0050],
                [0.0116, 0.0030],
                [0.0105, 0.0],
            ]
        )
        pup.pieces.append(
            cloth.lathe(f"button{k}", prof * [1.15, 1], 13, o + nb[0] * 0.0055, nb[0], "buttons", "horn", 1.3)
        )
    for sgn, name in ((1, "L"), (-1, "R")):
        r0 = yokes + 18
        lo, hi_ = (0.62, 1.12) if sgn > 0 else (-1.12, -0.62)
        flap = cloth.panel(p, np.full(n, lo), np.full(n, hi_), 12, rows=slice(r0, r0 + 6))
        wide = cloth.panel(out, np.full(n, lo), np.full(n, hi_), 12, rows=slice(r0, r0 + 6))
        pup.pieces.append(cloth.patch(f"pocket{name}", flap, wide, 0.006, "coat", "wool", 0.9))
    for letter, sgn in (("L", 1), ("R", -1)):
        g, so = wardrobe.arm(pup, letter, sgn, 0.017, 22, 31 + sgn, 0.0042)
        body = wardrobe.hemmed(g, so, 0.005, 0.03)
        pup.pieces.append(cloth.sheet(f"sleeve{letter}", body, "coat", "wool", 0.9))
        c = g[-8:-1] + so[-8:-1] * 0.0055
        c[0] -= so[-8] * 0.005
        pup.pieces.append(cloth.sheet(f"cuff{letter}", wardrobe.hemmed(c, so, 0.004, 0.01), "coat", "wool", 0.9))
        wardrobe.leg(pup, letter, sgn)
    throat = cloth.Caster(pts, fig.faces[fig.weight("neck*", "spine01*", "clavicle*", "head")[fig.faces].mean(1) > 0.3])
    hd = pup.joint("head")
    base = np.array([neck[0], 0, (neck[2] + hd[2]) / 2 - 0.002])
    g = cloth.rollneck(throat, base, neck[1] - 0.085, hd[1] - 0.045, hd[1] - 0.012, 0.055, 0.008)
    pup.pieces.append(cloth.sheet("rollneck", g, "rollneck", "rib", 0.95))


def hair_of(pup: puppet.Puppet) -> None:
    """A wavy bob, parted a little to her left, chin-long in front and shorter at the nape."""
    fig, pts = pup.fig, pup.points
    ground = hair.Ground(
        pts, fig.faces[fig.weight("head", "neck*", "clavicle*", "spine01*")[fig.faces].mean(1) > 0.4], 7
    )
    e = puppet.between_eyes(pup)
    part_x = e[0] + 0.022
    front = np.array([part_x, e[1] + 0.085, e[2] + 0.005])
    crown = np.array([part_x * 0.6, e[1] + 0.11, e[2] - 0.115])
    line = hairline(e)

    def flow(q: Array, n: Array) -> Array:
        ab = crown - front
        t = np.clip(((q - front) @ ab) / (ab @ ab), 0, 1)
        d = q - (front + t[:, None] * ab)
        d /= np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-6)
        # Swept back off the face; whatever strays over it is turned aside.
        face = np.clip((q[:, 2] - e[2] + 0.045) / 0.03, 0, 1) * np.clip((e[1] + 0.080 - q[:, 1]) / 0.03, 0, 1)
        d[:, 0] += 2.0 * face * np.sign(q[:, 0] - e[0])
        d[:, 1] += 0.30 * face
        d[:, 2] -= 2.0 * face
        d[:, 2] -= 0.85 * np.clip((q[:, 2] - e[2] + 0.10) / 0.08, 0, 1)
        d -= n * (d * n).sum(1, keepdims=True) * 0.9
        return d

    def on_scalp(q: Array) -> Array:
        return line(q) > 0.5

    layers = (
        # lowest and highest root over the eyes, spacing, height over the head, width of a lock, seed
        (-0.20, 0.06, 0.023, 0.007, 0.030, 11),
        (0.06, 0.20, 0.020, 0.014, 0.027, 12),
        (0.06, 0.20, 0.0062, 0.0145, 0.0135, 13),
    )
    for k, (lo, hi, gap, off, width, seed) in enumerate(layers):
        roots = ground.scatter(
            lambda q, lo=lo, hi=hi: on_scalp(q) & (q[:, 1] > e[1] + lo) & (q[:, 1] < e[1] + hi), gap, seed
        )
        if k == 1:
            # Both sides of the parting, close together: no scalp shows between them.
            t = np.linspace(-0.04, 1, 15)[:, None]
            rows = [front + (crown - front) * t + np.array([s * 0.004, 0.02, 0.0]) for s in (-1, 1)]
            seam = np.concatenate(rows)
            h, nrm, _ = ground.height(seam)
            roots = np.concatenate([roots, seam - nrm * h[:, None]])
        if width < 0.02:  # over the forehead in narrow locks, which a close-up does not show as blocks
            roots = ground.scatter(lambda q: (np.abs(line(q) - 0.6) < 0.3) & (q[:, 2] > e[2] - 0.055), gap, seed)
            roots = roots[np.abs(roots[:, 0] - part_x) > 0.018]  # at the parting they would turn on the spot
        end = e[1] - 0.105 - 0.012 * np.clip((roots[:, 2] - e[2] + 0.09) / 0.08, -1, 1)
        length = np.clip(
            (roots[:, 1] - end) * 1.02
            + 0.55 * np.abs(np.hypot(roots[:, 0] - e[0], roots[:, 2] - e[2] + 0.085) - 0.088),
            0.05,
            0.33,
        )
        st = hair.Style(
            width=width,
            thick=min(0.013, 0.75 * width),
            rows=8,
            cols=5,
            wave=0.0055,
            wave_length=0.085,
            gravity=0.45,
            curl_in=0.010,
        )
        rnd = np.random.default_rng(seed).random(len(roots))
        # Close to the forehead at the hairline, full behind it.
        full = 0.40 + 0.60 * np.clip((e[2] - 0.025 - roots[:, 2]) / 0.05, 0, 1)
        guides = hair.trace(ground, roots, flow, (off + 0.005 * rnd) * full, length * (0.94 + 0.1 * rnd), st)
        pup.pieces.append(hair.locks(f"bob{k}", guides, ground, st, 0.85, seed))


def hairline(e: Array) -> Callable[[Array], Array]:
    """How much of a point is scalp (0..1): forehead, temple, in front of and behind the ear, nape."""

    def mask(p: Array) -> Array:
        x, y, z = p[:, 0] - e[0], p[:, 1] - e[1], p[:, 2] - e[2]
        # Lowest scalp height by depth: forehead in front, temples, over the ear, nape behind.
        low = np.interp(
            z,
            [-0.20, -0.115, -0.075, -0.052, -0.035, -0.02, 0.0, 0.05],
            [-0.105, -0.085, -0.01, 0.012, 0.028, 0.050, 0.062, 0.070],
        )
        low = low + 0.012 * np.clip(1 - np.abs(x) / 0.03, 0, 1) * (z > -0.02) * 0.4
        return paint.step(-0.008, 0.008, y - low)

    return mask


PARTS = [
    *puppet.PARTS,
    {"name": "coat", "attributes": ["wardrobe"]},
    {"name": "rollneck", "attributes": ["wardrobe"]},
    {"name": "trousers", "attributes": ["wardrobe"]},
    {"name": "boots", "attributes": ["wardrobe"]},
    {"name": "buttons", "attributes": ["wardrobe"]},
]


def main() -> dict[str, float]:
    """Bakes Mara into assets/cast/mara."""
    pup = build()
    c = puppet.complexion(
        pup,
        base=(0.265, 0.135, 0.080),
        flush=(0.33, 0.10, 0.068),
        lips=(0.235, 0.070, 0.060),
        freckles=0.8,
        seed=5,
        hair=(0.033, 0.0215, 0.020),
    )
    e = puppet.between_eyes(pup)
    shape_ = np.array([[-0.016, 0.019], [-0.004, 0.0245], [0.010, 0.0275], [0.021, 0.0235], [0.028, 0.0165]])
    brows, brow_mask = hair.brows(pup, shape_, 0.0065, 0.0078, 84, 1.1, 0.0012, 61)
    lashes, lash_mask = hair.lashes(pup, 26, 16, 0.0092, 1.1, 71)
    pup.pieces += brows + lashes
    painters = {
        "skin": puppet.masked(paint.skin(c), {"scalp": hairline(e), "brow": brow_mask, "lash": lash_mask}),
        "eye": paint.eye((0.16, 0.075, 0.028), (0.03, 0.018, 0.012), 0.0079, 9),
        "brow": paint.hair((0.026, 0.016, 0.012), (0.034, 0.021, 0.015), 15),
        "lash": paint.hair((0.021, 0.0205, 0.0205), (0.021, 0.0205, 0.0205), 16, rough=0.5),
        "hair": paint.hair((0.034, 0.021, 0.015), (0.080, 0.043, 0.026), 17),
        "wool": paint.wool_check((0.335, 0.170, 0.044), (0.085, 0.042, 0.026), (0.52, 0.42, 0.27), 3),
        "trousers": paint.plain((0.055, 0.05, 0.055), 8),
        "leather": paint.leather((0.085, 0.042, 0.024), 4),
        "sole": paint.leather((0.035, 0.032, 0.030), 14, 0.75),
        "horn": paint.horn((0.06, 0.032, 0.018), 19),
        "rib": paint.knit((0.045, 0.038, 0.045), 6),
    }
    asm = assemble(pup.pieces, 2048)
    about = puppet.about(
        pup,
        asm,
        "mara",
        "A woman in her early thirties in an ochre checked wool coat, freckled, with a dark bob.",
        0.13,
    )
    return subject.write(OUT, asm, painters, about, PARTS, puppet.Idle(pup, asm), walk.arrays(pup, asm, GAIT))


if __name__ == "__main__":
    print(main())
