"""Mara: early thirties, brown skin and freckles, dark bob, ochre checked wool coat, roll-neck, boots."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import cloth, paint, puppet, skin, subject
from .charts import Array, Piece, assemble
from .figure import rotation, shape

OUT = Path(__file__).resolve().parents[1] / "cast" / "mara"
PHENOTYPE = {"gender": 1.0, "age": 0.60, "muscle": 0.45, "weight": 0.42, "height": 0.52, "proportions": 0.75, "african": 0.45, "asian": 0.2, "caucasian": 0.35, "cupsize": 0.35}
LOCAL: dict[str, float] = {}
EXPRESSIONS = {
    "smile": {"mouthSmileLeft": 0.85, "mouthSmileRight": 0.8, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6, "eyeSquintLeft": 0.35, "eyeSquintRight": 0.35, "browOuterUpLeft": 0.25, "browOuterUpRight": 0.25},
    "worried": {"browInnerUp": 1.0, "mouthFrownLeft": 0.6, "mouthFrownRight": 0.6, "eyeWideLeft": 0.4, "eyeWideRight": 0.4},
    "angry": {"browDownLeft": 1.0, "browDownRight": 1.0, "eyeSquintLeft": 0.5, "eyeSquintRight": 0.5, "mouthPressLeft": 0.6, "mouthPressRight": 0.6, "noseSneerLeft": 0.5, "noseSneerRight": 0.5},
}


def pose() -> dict[str, Array]:
    """Arms hang, weight on the left leg, right knee loose."""
    t: dict[str, Array] = {}
    for letter, s in (("L", 1), ("R", -1)):
        t[f"upperarm01.{letter}"] = rotation("z", -s * 22)
        t[f"shoulder01.{letter}"] = rotation("z", -s * 5)
        t[f"lowerarm01.{letter}"] = rotation("x", 22 if s > 0 else 16)
        t[f"upperleg01.{letter}"] = rotation("z", -s * 3)
    return t


def build() -> puppet.Puppet:
    """The dressed figure."""
    fig = shape(PHENOTYPE, LOCAL)
    pup = puppet.stand(fig, pose(), 0.022, EXPRESSIONS)
    neck, head = pup.joint("neck01"), pup.joint("head")
    puppet.add_skin(pup, lambda c: (c[:, 1] > neck[1] - 0.06) & (np.abs(c[:, 0]) < 0.12), 2.2)
    wear(pup)
    return pup


def wear(pup: puppet.Puppet) -> None:
    """Coat, roll-neck, trousers, boots."""
    fig, pts = pup.fig, pup.points
    arm = fig.weight("upperarm*", "lowerarm*", "wrist*", "finger*", "metacarpal*")
    headw = fig.weight("neck*", "head*", "eye*")
    fw = (arm + headw)[fig.faces].mean(1)
    trunk = cloth.Caster(pts, fig.faces[fw < 0.5])
    neck, sh = pup.joint("neck01"), pup.joint("upperarm01.L")
    cols = 72
    centre = np.array([0.0, sh[1] - 0.10, neck[2] + 0.005])
    a = np.linspace(0, 2 * np.pi, cols, endpoint=False)
    top = np.deg2rad(56 - 10 * np.cos(a))
    levels = np.linspace(centre[1] - 0.02, 0.48, 44)
    ease = np.concatenate([np.full(14, 0.014), 0.016 + 0.03 * np.linspace(0, 1, 44) ** 1.5])
    p, _ = cloth.torso(trunk, centre, np.linspace(0, 1, 14), top, levels, ease, cols, 0.30)
    p = cloth.closed(p)
    inward = np.array([0, p[-1, :, 1].mean(), 0]) * [0, 1, 0] - p[-1] * [1, 0, 1]
    inward = np.stack([-p[-1, :, 0], np.zeros(cols + 1), centre[2] - p[-1, :, 2]], 1)
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    p = cloth.hem(p, inward, 0.005, 0.03)
    q = cols // 4
    for name, lo, hi in (("coatL", 0, q), ("coatB", q, 3 * q), ("coatR", 3 * q, 4 * q)):
        pup.pieces.append(cloth.sheet(name, p[:, lo : hi + 1], "coat", "wool", 0.9, weld="coat", flip=True))
    for letter, s in (("L", 1), ("R", -1)):
        j = [pup.joint(f"upperarm01.{letter}"), pup.joint(f"lowerarm01.{letter}"), pup.joint(f"wrist.{letter}")]
        j[0] = j[0] + (j[0] - j[1]) * 0.12
        ctr, tan = cloth.spine(np.array([j[0], j[1], j[1] + (j[2] - j[1]) * 0.97]), 40)
        pick = fig.weight(f"upperarm*")[fig.faces].mean(1) + fig.weight("lowerarm*", "wrist*", "shoulder*")[fig.faces].mean(1)
        side = (pts[fig.faces].mean(1)[:, 0] * s > 0) & (pick > 0.6)
        limb = cloth.Caster(pts, fig.faces[side])
        g, out, _ = cloth.tube(limb, ctr, tan, np.array([-s, 0, 0.0]), 28, 0.16, np.full(40, 0.016))
        g = cloth.hem(cloth.closed(g), -np.concatenate([out[-1], out[-1][:1]]), 0.005, 0.03)
        pup.pieces.append(cloth.sheet(f"sleeve{letter}", g, "coat", "wool", 0.9, flip=True))
        h = [pup.joint(f"upperleg01.{letter}"), pup.joint(f"lowerleg01.{letter}"), pup.joint(f"foot.{letter}")]
        ctr, tan = cloth.spine(np.array(h), 30)
        side = (pts[fig.faces].mean(1)[:, 0] * s > -0.005) & (fig.weight("upperleg*", "lowerleg*", "foot*", "pelvis*")[fig.faces].mean(1) > 0.6)
        limb = cloth.Caster(pts, fig.faces[side])
        g, out, _ = cloth.tube(limb, ctr, tan, np.array([-s, 0, 0.0]), 26, 0.2, np.full(30, 0.010))
        g = cloth.hem(cloth.closed(g), -np.concatenate([out[-1], out[-1][:1]]), 0.003, 0.03)
        pup.pieces.append(cloth.sheet(f"leg{letter}", g, "trousers", "trousers", 0.55, flip=True))
        foot = fig.segment[f"foot.{letter}"]
        bp, bf, buv, _, comp = skin.split(fig, pts, np.nonzero(foot)[0])
        pup.pieces.append(Piece(f"boot{letter}", bp, bf, skin.to_metres(bp, bf, buv), "boots", "leather", 0.4, chart=comp.astype(np.int64)))
    ctr, tan = cloth.spine(np.array([neck + [0, -0.02, 0.01], pup.joint("neck02") + [0, 0.0, 0.005], pup.joint("head") + [0, 0.0, -0.005]]), 14)
    hw = cloth.Caster(pts, fig.faces[fig.weight("neck*", "head*", "spine01*", "clavicle*")[fig.faces].mean(1) > 0.3])
    g, out, _ = cloth.tube(hw, ctr, tan, np.array([0, 0, -1.0]), 40, 0.13, np.full(14, 0.008))
    pup.pieces.append(cloth.sheet("rollneck", cloth.closed(g), "rollneck", "rib", 0.9, flip=True))


PARTS: list[dict[str, object]] = [
    {"name": "face", "attributes": ["face"]},
    {"name": "mouth", "attributes": ["face", "expression"]},
    {"name": "eyes", "attributes": ["face", "expression"]},
    {"name": "brows", "attributes": ["face", "expression"]},
    {"name": "lashes", "attributes": ["face", "expression"]},
    {"name": "ears", "attributes": ["face"]},
    {"name": "neck", "attributes": ["body"]},
    {"name": "hands", "attributes": ["body"]},
    {"name": "hair", "attributes": ["hair"]},
    {"name": "coat", "attributes": ["wardrobe"]},
    {"name": "rollneck", "attributes": ["wardrobe"]},
    {"name": "trousers", "attributes": ["wardrobe"]},
    {"name": "boots", "attributes": ["wardrobe"]},
    {"name": "buttons", "attributes": ["wardrobe"]},
]


def main() -> dict[str, float]:
    """Bakes Mara into assets/cast/mara."""
    pup = build()
    c = puppet.complexion(pup, base=(0.31, 0.165, 0.100), flush=(0.36, 0.12, 0.085), lips=(0.26, 0.080, 0.068), freckles=0.8, seed=5)
    brow = (pup.eyes[0].centre + pup.eyes[1].centre) / 2

    def scalp(p: Array) -> Array:
        return paint.step(brow[1] + 0.062, brow[1] + 0.075, p[:, 1] - 0.5 * (p[:, 2] - brow[2]) * 0)

    painters = {
        "skin": puppet.masked(paint.skin(c), {"scalp": scalp}),
        "eye": paint.eye((0.16, 0.075, 0.028), (0.03, 0.018, 0.012), 0.0068, 9),
        "wool": paint.wool_check((0.42, 0.235, 0.050), (0.10, 0.048, 0.025), (0.62, 0.50, 0.30), 3),
        "trousers": paint.plain((0.055, 0.05, 0.055), 8),
        "leather": paint.leather((0.085, 0.042, 0.024), 4),
        "rib": paint.knit((0.045, 0.038, 0.045), 6),
    }
    asm = assemble(pup.pieces, 2048)
    head = pup.joint("head") + np.array([0, 0.055, 0.03])
    about: dict[str, object] = {
        "name": "mara",
        "kind": "character",
        "label": "Mara",
        "about": "A woman in her early thirties in an ochre checked wool coat, freckled, with a dark bob.",
        "character": {
            "height_m": round(float(asm.points[:, 1].max()), 4),
            "eye_m": np.round(brow + [0, 0, pup.eyes[0].radius], 4).tolist(),
            "head_m": np.round(head, 4).tolist(),
            "head_radius_m": 0.13,
        },
    }
    return subject.write(OUT, asm, painters, about, PARTS, puppet.Idle(pup, asm))


if __name__ == "__main__":
    print(main())
