"""Painters: what each surface's reflectance, fine relief, roughness and softness are, per texel.

Reflectance only: no light, no shadow. Relief goes to the normal map. All values linear.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .charts import Array
from .noise import fractal, spots, value
from .subject import Paint, Painter, Texels


def step(lo: float, hi: float, x: Array) -> Array:
    """Smooth 0..1 ramp between `lo` and `hi` (either order)."""
    t = np.clip((x - lo) / (hi - lo), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a: Array, b: Array | tuple[float, float, float], w: Array) -> Array:
    """Linear blend of colours [n,3] towards `b` by weight [n]."""
    return a * (1 - w[:, None]) + np.asarray(b) * w[:, None]


def tone(n: int, rgb: tuple[float, float, float]) -> Array:
    """A flat colour for n texels."""
    return np.tile(np.asarray(rgb, float), (n, 1))


@dataclass
class Complexion:
    """What a skin is made of; landmarks are rest-pose points in metres."""

    base: tuple[float, float, float]
    flush: tuple[float, float, float]
    lips: tuple[float, float, float]
    nose: Array
    mouth: Array
    eyes: list[Array]
    scale: float = 1.0
    freckles: float = 0.0
    stubble: float = 0.0
    weather: float = 0.0
    brow: tuple[float, float, float] = (0.03, 0.02, 0.015)
    hair: tuple[float, float, float] = (0.03, 0.02, 0.015)
    seed: int = 5
    extra: dict[str, Array] = field(default_factory=dict)


def skin(c: Complexion) -> Painter:
    """Skin with flush, freckles, pores, stubble, lips, lids; reads the masks carried as attributes."""

    def paint(t: Texels) -> Paint:
        n = len(t.p)
        p = t.a.get("rest", t.p)
        rgb = tone(n, c.base)
        rgb *= 1 + 0.10 * fractal(p, 0.030, c.seed, 3)[:, None]
        blotch = fractal(p, 0.008, c.seed + 3, 3)
        rgb *= 1 + 0.05 * blotch[:, None] * np.array([0.7, 1.1, 1.2])
        # Flush: nose, cheeks, ears, knuckles.
        nose = np.exp(-(((p - c.nose) / (0.017, 0.015, 0.02)) ** 2).sum(1))
        flush = 0.75 * nose
        for eye in c.eyes:
            cheek = eye + np.array([np.sign(eye[0]) * 0.012, -0.038, 0.0])
            flush = flush + 0.6 * np.exp(-(((p - cheek) / (0.022, 0.017, 0.05)) ** 2).sum(1))
        flush = flush + 0.7 * t.a["ears"] + 0.35 * t.a.get("knuckle", np.zeros(n))
        flush *= 0.85 + 0.3 * fractal(p, 0.012, c.seed + 9, 2)
        rgb = mix(rgb, c.flush, np.clip(flush, 0, 1) * 0.55)
        # Thin skin round the eyes is darker and cooler.
        for eye in c.eyes:
            ring = np.exp(-(((p - eye - np.array([0, -0.005, 0.005])) / (0.021, 0.014, 0.03)) ** 2).sum(1))
            rgb = mix(rgb, np.asarray(c.base) * (0.70, 0.62, 0.66), 0.45 * ring)
        rgb = mix(rgb, np.asarray(c.base) * (0.80, 0.66, 0.62), 0.55 * t.a["eyelids"])
        pores, _kind = spots(p, 0.0011, c.seed + 21)
        pit = step(0.00042, 0.0001, pores)
        height = -0.000035 * pit + 0.00002 * fractal(p, 0.0007, c.seed + 5, 2)
        rgb *= 1 - 0.05 * pit[:, None]
        if c.freckles:
            d, k = spots(p, 0.0052, c.seed + 31)
            size = 0.0006 + 0.0010 * k
            where = np.zeros(n)
            for eye in c.eyes:
                at = eye + np.array([np.sign(eye[0]) * -0.002, -0.028, 0.0])
                where += np.exp(-(((p - at) / (0.034, 0.022, 0.06)) ** 2).sum(1))
            where = np.clip(where + 0.8 * nose + 0.10, 0, 1)
            d2, k2 = spots(p, 0.0031, c.seed + 37)
            spot = step(1, 0.55, d / size) * (k < 0.25 + 0.75 * where) + 0.7 * step(
                1, 0.5, d2 / (0.0004 + 0.0005 * k2)
            ) * (k2 < where * 0.8)
            rgb = mix(
                rgb,
                np.asarray(c.base) * (0.50, 0.40, 0.36),
                np.clip(spot, 0, 1) * c.freckles * np.clip(where + 0.15, 0, 1),
            )
        if c.weather:
            veins = np.abs(fractal(p, 0.006, c.seed + 41, 3))
            rgb = mix(
                rgb,
                np.asarray(c.flush) * (0.9, 0.75, 0.75),
                c.weather * 0.5 * step(0.06, 0.0, veins) * np.clip(flush, 0, 1),
            )
            d, k = spots(p, 0.013, c.seed + 43)
            rgb = mix(
                rgb,
                np.asarray(c.base) * (0.66, 0.54, 0.46),
                0.45 * c.weather * step(1, 0.4, d / (0.001 + 0.003 * k)) * (k > 0.55),
            )
            height += 0.00009 * c.weather * fractal(p * np.array([0.5, 1.6, 1.0]), 0.004, c.seed + 47, 2)
        if "wrinkle" in t.a:
            height -= 0.0005 * t.a["wrinkle"]
            rgb = mix(rgb, np.asarray(c.flush) * 0.72, 0.30 * t.a["wrinkle"])
        if c.stubble:
            area = t.a["beard"]
            d, k = spots(p * np.array([1.0, 0.55, 1.0]), 0.00125, c.seed + 51)
            hairs = step(0.00040, 0.00020, d) * step(0.25, 0.6, area + 0.35 * (k - 0.5))
            rgb = mix(
                rgb,
                np.asarray(c.base) * (0.56, 0.62, 0.72),
                0.62 * area * (0.85 + 0.3 * fractal(p, 0.01, c.seed + 53, 2)),
            )
            grey = (0.09 + 0.22 * step(0.45, 0.8, k)[:, None]) * np.array([1.0, 0.98, 0.94])
            rgb = rgb * (1 - 0.7 * c.stubble * hairs[:, None]) + grey * 0.7 * c.stubble * hairs[:, None]
            height += 0.00012 * hairs
        lips = step(0.25, 0.75, t.a["lips"])
        line = fractal(p * np.array([2.6, 0.45, 0.6]), 0.0022, c.seed + 61, 2)
        lip_rgb = np.asarray(c.lips) * (1 + 0.16 * line[:, None])
        rgb = rgb * (1 - lips[:, None]) + lip_rgb * lips[:, None]
        height += lips * 0.00010 * line
        if "brow" in t.a:
            rgb = mix(rgb, np.asarray(c.brow) * 1.8, 0.78 * t.a["brow"])
        if "scalp" in t.a:
            strand = value(np.stack([p[:, 0] * 1.0, p[:, 1] * 0.4, p[:, 2] * 0.4], 1), 0.0012, c.seed + 71)
            edge = step(0.15, 0.75, t.a["scalp"] + 0.16 * strand)
            rgb = mix(rgb, np.asarray(c.hair) * (1.1), edge * 0.97)
        if "lash" in t.a:
            rgb = mix(rgb, np.asarray(c.base) * 0.14, 0.8 * step(0.2, 0.8, t.a["lash"]))
        if "wet" in t.a:  # inside of lids and mouth
            rgb = mix(rgb, (0.36, 0.13, 0.105), t.a["wet"] * 0.75)
        if "nail" in t.a:
            rgb = mix(rgb, np.minimum(np.asarray(c.base) * 1.25 + (0.05, 0.02, 0.02), 0.8), 0.6 * t.a["nail"])
        rough = 0.50 + 0.05 * fractal(p, 0.004, c.seed + 63, 2) - 0.08 * nose - 0.10 * lips + 0.10 * t.a["ears"]
        if "scalp" in t.a:
            rough = rough + 0.28 * t.a["scalp"]
        if "wet" in t.a:
            rough = rough * (1 - t.a["wet"]) + 0.25 * t.a["wet"]
        return Paint(rgb, height, np.clip(rough, 0.2, 0.85), np.full(n, 1.0))

    return paint


def eye(iris: tuple[float, float, float], rim: tuple[float, float, float], iris_m: float, seed: int) -> Painter:
    """Sclera, limbal ring, fibrous iris, pupil; the chart is polar about the gaze."""

    def paint(t: Texels) -> Paint:
        r = np.linalg.norm(t.uv, axis=1)
        a = np.arctan2(t.uv[:, 1], t.uv[:, 0])
        x = r / iris_m
        around = np.stack([np.cos(a) * 1.6, np.sin(a) * 1.6, r * 60], axis=1)
        fibre = fractal(around, 0.16, seed, 3)
        coarse = fractal(around, 0.6, seed + 3, 2)
        vein = step(0.05, 0.0, np.abs(fractal(t.p, 0.0045, seed + 5, 3)))
        far = step(iris_m * 1.25, iris_m * 2.4, r)
        white = tone(len(r), (0.54, 0.50, 0.465))
        white = mix(white, (0.50, 0.30, 0.26), 0.45 * far + 0.25 * vein * (0.3 + far))
        body = np.asarray(iris) * (1 + 0.55 * fibre[:, None] + 0.2 * coarse[:, None])
        collar = step(0.62, 0.42, x + 0.06 * fibre)
        body = mix(body, np.asarray(iris) * (1.7, 1.35, 0.9), 0.6 * collar)
        body = mix(body, rim, step(0.76, 1.0, x + 0.03 * fibre) * 0.88)
        body = mix(body, (0.02, 0.02, 0.02), step(0.43, 0.36, x + 0.012 * coarse))
        w = step(1.10, 0.97, x)
        rgb = mix(white, (0.0, 0.0, 0.0), np.zeros(len(r))) * (1 - w[:, None]) + np.clip(body, 0.0, 0.9) * w[:, None]
        return Paint(rgb, np.zeros(len(r)), np.full(len(r), 0.08), 0.35 * (1 - w))

    return paint


def hair(
    root: tuple[float, float, float], tip: tuple[float, float, float], seed: int, grey: float = 0.0, rough: float = 0.74
) -> Painter:
    """Strands along the chart's t: `uv` u across the lock, v along it; attribute `along` 0 root .. 1 tip, `tint` per lock."""

    def paint(t: Texels) -> Paint:
        across, along = t.a["strand"][:, 0], t.a["strand"][:, 1]
        tint = t.a["tint"]
        q = np.stack([across, along * 0.11 + 0.5 * tint], axis=1)
        fine = value(q, 0.0012, seed)
        mid = value(q, 0.0038, seed + 1)
        k = t.a["along"]
        rgb = mix(tone(len(k), root), tip, step(0.1, 1.0, k + 0.15 * mid))
        rgb = rgb * (1 + 0.55 * fine + 0.35 * mid + 0.5 * (tint - 0.5))[:, None]
        if grey:
            white = step(0.15, 0.5, fine + 0.6 * mid)
            rgb = mix(rgb, (0.46, 0.445, 0.415), grey * white)
        return Paint(np.clip(rgb, 0.02, 0.9), 0.00040 * fine + 0.0006 * mid, rough + 0.08 * fine, np.full(len(k), 0.25))

    return paint


def wool_check(
    base: tuple[float, float, float], dark: tuple[float, float, float], light: tuple[float, float, float], seed: int
) -> Painter:
    """Twill wool with a window-pane check, fuzz and slubs; threads run along the chart's axes."""

    def paint(t: Texels) -> Paint:
        u, v = t.uv[:, 0], t.uv[:, 1]
        wob = 0.0008 * fractal(t.p, 0.05, seed + 2, 2)
        u, v = u + wob, v - wob
        pitch = 0.0034  # coarse puppet-scale weave: it must survive a 2048 atlas
        i, j = np.floor(u / pitch), np.floor(v / pitch)
        over = np.mod(i + j, 4) < 2  # 2/2 twill
        fu, fv = u / pitch - i - 0.5, v / pitch - j - 0.5
        bump = np.where(
            over,
            np.cos(np.pi * fu) * (0.75 + 0.25 * np.cos(np.pi * fv)),
            np.cos(np.pi * fv) * (0.75 + 0.25 * np.cos(np.pi * fu)),
        )

        def band(x: Array, period: float, width: float, at: float = 0.0) -> Array:
            d = np.abs(np.mod(x - at + period / 2, period) - period / 2)
            return step(width / 2 + 0.0006, width / 2 - 0.0006, d)

        repeat = 0.085
        warp_d = np.maximum(band(u, repeat, 0.011, 0.030), band(u, repeat, 0.004, 0.043))
        weft_d = np.maximum(band(v, repeat, 0.011, 0.030), band(v, repeat, 0.004, 0.043))
        warp_l = band(u, repeat, 0.0036, 0.072)
        weft_l = band(v, repeat, 0.0036, 0.072)
        rng_i = np.sin(i * 12.9898 + seed) * 43758.5453
        rng_j = np.sin(j * 78.233 + seed) * 43758.5453
        thread = np.where(over, rng_i - np.floor(rng_i), rng_j - np.floor(rng_j)) - 0.5
        rgb = tone(len(u), base)
        rgb = mix(rgb, dark, np.where(over, warp_d, weft_d) * 0.90)
        rgb = mix(rgb, light, np.where(over, warp_l, weft_l) * 0.85)
        fuzz = fractal(t.p, 0.0022, seed + 5, 2)
        rgb *= (1 + 0.22 * thread + 0.16 * fuzz + 0.07 * fractal(t.p, 0.06, seed + 7, 3) - 0.22 * (1 - bump))[:, None]
        seam = t.a.get("seam")
        height = 0.00040 * bump + 0.00014 * fuzz
        if seam is not None:
            height = height - 0.0012 * step(0.5, 1.0, seam)
            rgb *= (1 - 0.35 * step(0.6, 1.0, seam))[:, None]
        n = len(u)
        return Paint(np.clip(rgb, 0.02, 0.9), height, np.full(n, 0.92), np.full(n, 0.32))

    return paint


def plain(
    rgb0: tuple[float, float, float],
    seed: int,
    *,
    pitch: float = 0.0028,
    rough: float = 0.9,
    soft: float = 0.3,
    relief: float = 0.0003,
    wear: float = 0.1,
) -> Painter:
    """Plain or twill cloth of one dye: diagonal rib, slubs, wear."""

    def paint(t: Texels) -> Paint:
        u, v = t.uv[:, 0], t.uv[:, 1]
        rib = np.sin(2 * np.pi * (u + v) / pitch)
        cross = np.sin(2 * np.pi * (u - v) / (pitch * 0.5))
        fuzz = fractal(t.p, 0.003, seed, 2)
        rgb = (
            tone(len(u), rgb0)
            * (1 + 0.07 * rib + 0.05 * cross + 0.14 * fuzz + wear * fractal(t.p, 0.07, seed + 3, 3))[:, None]
        )
        n = len(u)
        height = relief * (0.6 * rib + 0.2 * cross + 0.4 * fuzz)
        if "edge" in t.a:
            e = t.a["edge"]
            # Wear lightens the rim; a double row of thread runs along it.
            rgb *= (1 + 0.35 * step(0.006, 0.0, np.abs(e)) * (0.6 + 0.4 * fuzz) - 0.12 * step(0.03, 0.012, np.abs(e)))[
                :, None
            ]
            for at in (0.0065, 0.0135):
                dash = step(-0.2, 0.2, np.cos(2 * np.pi * (u + v) / 0.0050))
                line = step(0.0011, 0.0005, np.abs(e - at))
                rgb = mix(rgb, np.asarray(rgb0) * 1.9 + (0.05, 0.035, 0.015), 0.85 * line * dash)
                height = height - 0.0006 * line * (1 - 1.4 * dash)
        return Paint(np.clip(rgb, 0.02, 0.9), height, np.full(n, rough), np.full(n, soft))

    return paint


def knit(
    rgb0: tuple[float, float, float], seed: int, *, rib: float = 0.011, stitch: float = 0.0062, cable: float = 0.0
) -> Painter:
    """Knitted ribs along t: two-legged stitches, valleys between ribs; `cable` period m > 0 twists every third rib."""

    def paint(t: Texels) -> Paint:
        u, v = t.uv[:, 0], t.uv[:, 1]
        k = np.floor(u / rib)
        x = u / rib - k - 0.5
        if cable:
            twist = np.where(np.mod(k, 3) == 1, 1.0, 0.0)
            x = x + twist * 0.24 * np.sin(2 * np.pi * v / cable)
        ridge = np.cos(np.pi * np.clip(x, -0.5, 0.5)) ** 0.8
        leg = np.mod(v / stitch + np.abs(x) * 1.5, 1.0) - 0.5
        loop = np.cos(np.pi * leg) * np.abs(np.cos(np.pi * (np.abs(x) * 2 - 0.5) * 0.9))
        fuzz = fractal(t.p, 0.0016, seed, 2)
        row = np.sin(np.floor(v / stitch) * 3.7 + k * 9.1) * 0.5
        rgb = (
            tone(len(u), rgb0)
            * (
                1
                + 0.28 * (loop - 0.5)
                + 0.30 * (ridge - 0.7)
                + 0.18 * fuzz
                + 0.07 * row
                + 0.08 * fractal(t.p, 0.06, seed + 1, 2)
            )[:, None]
        )
        n = len(u)
        return Paint(
            np.clip(rgb, 0.02, 0.9), 0.0016 * ridge + 0.0006 * loop + 0.00015 * fuzz, np.full(n, 0.93), np.full(n, 0.34)
        )

    return paint


def corduroy(rgb0: tuple[float, float, float], seed: int, wale: float = 0.0042) -> Painter:
    """Corduroy: soft wales along t."""

    def paint(t: Texels) -> Paint:
        x = np.mod(t.uv[:, 0] / wale, 1.0) - 0.5
        ridge = np.cos(np.pi * x)
        fuzz = fractal(t.p, 0.0018, seed, 2)
        rgb = tone(len(x), rgb0) * (0.72 + 0.40 * ridge + 0.16 * fuzz + 0.10 * fractal(t.p, 0.05, seed + 1, 2))[:, None]
        return Paint(
            np.clip(rgb, 0.02, 0.9), 0.0008 * ridge + 0.0001 * fuzz, np.full(len(x), 0.92), np.full(len(x), 0.35)
        )

    return paint


def leather(rgb0: tuple[float, float, float], seed: int, rough: float = 0.55) -> Painter:
    """Creased, scuffed leather."""

    def paint(t: Texels) -> Paint:
        crease = np.abs(fractal(t.p, 0.012, seed, 3))
        grain, _ = spots(t.p, 0.0022, seed + 1)
        scuff = step(0.25, 0.7, fractal(t.p, 0.03, seed + 2, 4))
        rgb = (
            tone(len(t.p), rgb0)
            * (1 + 0.25 * fractal(t.p, 0.02, seed + 3, 3) - 0.25 * step(0.05, 0.0, crease))[:, None]
        )
        rgb = mix(rgb, np.asarray(rgb0) * 2.1 + 0.02, 0.45 * scuff)
        n = len(t.p)
        return Paint(
            np.clip(rgb, 0.02, 0.9),
            -0.0004 * step(0.06, 0.0, crease) - 0.12 * np.clip(0.0012 - grain, 0, 1),
            rough + 0.25 * scuff,
            np.full(n, 0.05),
        )

    return paint


def horn(rgb0: tuple[float, float, float], seed: int) -> Painter:
    """Polished horn for buttons, with four holes drawn dark at the middle of the polar chart."""

    def paint(t: Texels) -> Paint:
        rgb = tone(len(t.p), rgb0) * (1 + 0.5 * fractal(t.p * np.array([1, 0.3, 1]), 0.006, seed, 3))[:, None]
        hole = np.zeros(len(t.p))
        for sx in (-1, 1):
            for sy in (-1, 1):
                hole = np.maximum(
                    hole, step(0.0013, 0.0009, np.hypot(t.uv[:, 0] - sx * 0.0022, t.uv[:, 1] - sy * 0.0022))
                )
        rgb = mix(rgb, (0.02, 0.02, 0.02), hole)
        return Paint(np.clip(rgb, 0.02, 0.9), -0.0008 * hole, np.full(len(hole), 0.35), np.full(len(hole), 0.1))

    return paint


def printed(
    base: tuple[float, float, float],
    petal: tuple[float, float, float],
    heart: tuple[float, float, float],
    leaf: tuple[float, float, float],
    seed: int,
    repeat: float = 0.026,
) -> Painter:
    """Cotton with small printed flowers in half drop, each turned its own way, leaves between them, ink a little uneven."""

    def paint(t: Texels) -> Paint:
        u, v = t.uv[:, 0], t.uv[:, 1]
        n = len(u)
        weave = np.sin(2 * np.pi * u / 0.0022) * np.sin(2 * np.pi * v / 0.0022)
        fuzz = fractal(t.p, 0.0025, seed + 1, 2)
        ink = 0.90 + 0.10 * fractal(t.p, 0.004, seed + 2, 2)
        rgb = tone(n, base)
        for shift, size, kind in ((0.0, 0.0088, 0), (0.5, 0.0064, 1)):
            i = np.floor(u / repeat + shift)
            drop = 0.5 * np.mod(i, 2) + shift
            j = np.floor(v / repeat + drop)
            roll = np.mod(np.sin(i * 12.9898 + j * 78.233 + seed + 3.0 * kind) * 43758.5453, 1.0)
            x = (u / repeat + shift - i - 0.5) * repeat
            y = (v / repeat + drop - j - 0.5) * repeat
            r, a = np.hypot(x, y), np.arctan2(y, x) + 2 * np.pi * roll
            if kind == 0:
                edge = size * (0.62 + 0.38 * np.abs(np.cos(2.5 * a)))
                rgb = mix(rgb, petal, step(0.0008, -0.0008, r - edge) * ink)
                rgb = mix(rgb, heart, step(0.0032, 0.0020, r))
            else:
                lobe = size * np.abs(np.cos(a)) ** 1.6
                rgb = mix(rgb, leaf, step(0.0007, -0.0007, r - lobe) * ink)
        rgb *= (1 + 0.05 * weave + 0.08 * fuzz + 0.05 * fractal(t.p, 0.05, seed + 4, 2))[:, None]
        height = 0.00016 * weave + 0.00008 * fuzz
        return Paint(np.clip(rgb, 0.02, 0.9), height, np.full(n, 0.84), np.full(n, 0.25))

    return paint


def check(
    base: tuple[float, float, float],
    wide: tuple[float, float, float],
    thin: tuple[float, float, float],
    seed: int,
    repeat: float = 0.046,
) -> Painter:
    """Brushed cotton in a woven check: broad stripes that deepen where they cross, a thin stripe between; stitching by `edge`."""

    def paint(t: Texels) -> Paint:
        u, v = t.uv[:, 0], t.uv[:, 1]
        n = len(u)
        wob = 0.0006 * fractal(t.p, 0.05, seed + 2, 2)
        u, v = u + wob, v - wob

        def band(x: Array, width: float, at: float) -> Array:
            d = np.abs(np.mod(x - at + repeat / 2, repeat) - repeat / 2)
            return step(width / 2 + 0.0007, width / 2 - 0.0007, d)

        twill = np.sin(2 * np.pi * (u + v) / 0.0030)
        over = 0.5 + 0.30 * twill
        rgb = tone(n, base)
        for at, width, ink in ((0.30 * repeat, 0.36 * repeat, wide), (0.80 * repeat, 0.055 * repeat, thin)):
            rgb = mix(rgb, ink, band(u, width, at) * over)
            rgb = mix(rgb, ink, band(v, width, at) * (1.1 - over))
        fuzz = fractal(t.p, 0.0024, seed + 5, 2)
        rgb *= (1 + 0.15 * fuzz + 0.07 * fractal(t.p, 0.06, seed + 7, 3))[:, None]
        height = 0.00022 * twill + 0.00012 * fuzz
        if "edge" in t.a:
            e = t.a["edge"]
            dash = step(-0.2, 0.2, np.cos(2 * np.pi * (u + v) / 0.0046))
            line = step(0.0011, 0.0005, np.abs(e - 0.0055))
            rgb = mix(rgb, np.asarray(base) * 0.55, 0.7 * line * dash)
            height = height - 0.0005 * line * (1 - 1.3 * dash)
        return Paint(np.clip(rgb, 0.02, 0.9), height, np.full(n, 0.90), np.full(n, 0.32))

    return paint


def quilt(
    rgb0: tuple[float, float, float], thread: tuple[float, float, float], seed: int, cell: float = 0.052
) -> Painter:
    """Padded cloth stitched in diamonds: puckers run into the seams, thread lies in them, the pads' tops are rubbed."""

    def paint(t: Texels) -> Paint:
        u, v = t.uv[:, 0], t.uv[:, 1]
        n = len(u)
        a, b = (u + v * 0.8) / cell, (u - v * 0.8) / cell
        da, db = (np.abs(a - np.round(a)) * cell, np.abs(b - np.round(b)) * cell)
        d = np.minimum(da, db)
        pad = np.clip(d / (cell * 0.5), 0, 1) ** 0.55
        along = np.where(da < db, b, a) * cell
        pucker = np.sin(2 * np.pi * along / 0.0085 + 2.5 * fractal(t.p, 0.02, seed, 2)) * np.exp(-d / 0.005)
        fuzz = fractal(t.p, 0.0028, seed + 1, 2)
        weave = np.sin(2 * np.pi * u / 0.0026) * np.sin(2 * np.pi * v / 0.0026)
        rgb = tone(n, rgb0) * (0.72 + 0.32 * pad + 0.08 * pucker + 0.10 * fuzz + 0.05 * weave)[:, None]
        rgb *= (1 + 0.14 * fractal(t.p, 0.07, seed + 3, 3))[:, None]
        dash = step(-0.1, 0.3, np.cos(2 * np.pi * along / 0.0062))
        line = step(0.0013, 0.0006, d)
        rgb = mix(rgb, thread, 0.8 * line * dash)
        height = 0.0030 * pad + 0.0005 * pucker + 0.0001 * fuzz - 0.0004 * line * (1 - 1.4 * dash)
        if "edge" in t.a:
            rgb *= (1 + 0.30 * step(0.006, 0.0, np.abs(t.a["edge"])) * (0.6 + 0.4 * fuzz))[:, None]
        return Paint(np.clip(rgb, 0.02, 0.9), height, np.full(n, 0.82), np.full(n, 0.28))

    return paint
