"""The desert: a filling station by a road that runs to the horizon, a parked pick-up, mesas.

Audience at +Z. The road passes the station on the right and leaves the frame's middle free: seen from `road` and `pumps` it
vanishes right of the figure, from `pickup` left of it. The floor is level within `YARD`; beyond it dunes begin, and the land
rises towards `RIM`, so that no edge shows. Built by `python -m assets.bake.sets desert`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from assets.bake import materials as m
from assets.bake import outdoors as o
from assets.bake.materials import Array, Canvas, Painter, mix, smooth, srgb
from assets.bake.sets import Chart, Stage, apply, move

SAND, SAND_DARK, SAND_PALE = srgb(196, 154, 108), srgb(158, 112, 74), srgb(216, 182, 138)
DUST = srgb(178, 136, 94)
RUST = srgb(112, 60, 32)
TURN = np.radians(18.0)
ALONG = np.array([np.sin(TURN), -np.cos(TURN)])  # of the road, in (x, z)
ACROSS = np.array([np.cos(TURN), np.sin(TURN)])
ROAD, HALF = np.array([3.1, 0.0]), 2.6
NEAR = ((-3.0, -1.5), (3.3, 2.4))
YARD = ((-11.0, -10.5), (11.0, 8.5))
FAR, RIM = 34.0, 84.0


def road(x: Array, z: Array) -> tuple[Array, Array]:
    """Metres along the road and to its right."""
    dx, dz = x - ROAD[0], z - ROAD[1]
    return dx * ALONG[0] + dz * ALONG[1], dx * ACROSS[0] + dz * ACROSS[1]


def lie(x: Array, z: Array) -> Array:
    """Height of the land: level about the station, dunes beyond, a rise to the rim; the road keeps its own gentle grade."""
    (x0, z0), (x1, z1) = YARD
    out = np.hypot(np.maximum(np.maximum(x0 - x, x - x1), 0), np.maximum(np.maximum(z0 - z, z - z1), 0))
    _, off = road(x, z)
    free = smooth(3.4, 11.0, np.abs(off))
    wave = np.sin(x * 0.19 + 1.3 * np.sin(z * 0.11 + 0.6)) * np.sin(z * 0.23 + 0.9 * np.sin(x * 0.13)) + 0.5 * np.sin(
        x * 0.41 + z * 0.33
    )
    dunes = (0.42 * smooth(0, 14, out) + 0.9 * smooth(18, 60, out)) * (wave + 0.55)
    return (
        smooth(22, 78, out) * 2.6
        + free * np.maximum(dunes, -0.05 * out.clip(0, 1))
        + free * smooth(45, 74, out) * (1.1 + 0.8 * np.sin(np.arctan2(x, z) * 7))
    )


# ---- surfaces ---------------------------------------------------------------------------------------------------
def land(c: Canvas) -> None:
    """Sand with ripples and stones, a cracked apron before the station, the road with its worn line; (u, v) are x and z."""
    x, z = c.u, c.v
    away = np.hypot(x, z)
    fine = c.density > 36
    broad = c.noise(3.2, 4)
    c.rgb = mix(SAND, SAND_DARK, smooth(-0.3, 1.9, broad + 0.4 * c.noise(0.5, 4)))
    c.lay(smooth(0.3, 1.8, c.noise(1.4, 5)) * 0.6, SAND_PALE)
    c.tone(1 + 0.05 * c.noise(0.08, 3) + (0.06 if fine else 0.02) * c.grain())
    c.rough[:] = 0.95
    c.soft[:] = 0.12
    # far land pales and cools with the air before it
    c.rgb = mix(c.rgb, srgb(190, 164, 140), smooth(26, 84, away) * 0.6)
    red = smooth(20, 60, away) * smooth(-0.2, 1.4, c.noise(9.0, 3))
    c.lay(red * 0.35, srgb(176, 112, 82))
    wind = c.noise(2.4, 2)
    where = smooth(-0.5, 0.9, wind) * smooth(3.0, 4.6, np.hypot(x + 1.0, z + 1.2) + 0.8 * wind)
    if c.density > 24:
        phase = (0.35 * x + 0.94 * z) / 0.13 + 0.75 * c.noise(0.7, 3)
        rib = np.sin(2 * np.pi * phase)
        c.relief += 0.0042 * (rib + 0.25 * np.sin(4 * np.pi * phase + 1)) * where
        c.tone(1 + 0.07 * rib * where)
    else:
        rib = np.sin(2 * np.pi * ((0.35 * x + 0.94 * z) / 0.9 + 1.2 * c.noise(4.0, 3)))
        c.tone(1 + 0.06 * rib * smooth(-0.5, 0.9, wind) * smooth(44, 18, away))
    if fine:
        c.relief += 0.0012 * c.noise(0.05, 4) + 0.004 * c.noise(0.5, 3)
        d, _, who = c.cells(0.05, 0.35)
        stone = smooth(0.36, 0.26, d + 0.9 * who) * (who < 0.11) * smooth(-0.4, 0.8, c.noise(0.9, 3))
        c.lay(stone, mix(srgb(176, 142, 108), srgb(128, 104, 84), who * 9), 0.85, relief=0.005)
        d, _, who = c.cells(0.016)
        c.lay(
            smooth(0.42, 0.3, d) * (who < 0.2),
            mix(srgb(206, 172, 130), srgb(118, 88, 64), who * 4),
            0.9,
            relief=0.0015,
        )
    # wheels turned in here, from the road to the pumps and out again
    for cx, cz, r in ((0.4, -4.6, 4.3), (-5.2, 3.9, 5.0)):
        ringed = np.hypot(x - cx, z - cz) - r + 0.03 * c.noise(1.2, 2)
        for k in (-0.68, 0.68):
            rut = smooth(0.11, 0.06, np.abs(ringed - k)) * smooth(-1.2, 0.6, c.noise(0.9, 3))
            bar = (np.mod(np.arctan2(z - cz, x - cx) * r / 0.05 + np.abs(ringed - k) * 18, 1.0) > 0.45) if fine else 0.5
            c.lay(rut * 0.34, SAND_DARK, relief=-0.002)
            c.relief += rut * bar * 0.0026
    apron(c, x, z)
    tarmac(c, x, z)
    c.dirt(0.5, srgb(122, 88, 58))


def apron(c: Canvas, x: Array, z: Array) -> None:
    """Concrete slabs before the station, broken, oiled, the sand coming back over them."""
    e = np.minimum(np.minimum(x + 4.9, 0.35 + 0.12 * z - x), np.minimum(z + 6.6, -0.55 - z))
    slab = smooth(-0.03, 0.03, e + 0.10 * c.noise(0.5, 4))
    u, v = (x + 4.9) / 1.32, (z + 6.6) / 1.25
    d = np.minimum(
        np.minimum(u - np.floor(u), np.ceil(u) - u) * 1.32, np.minimum(v - np.floor(v), np.ceil(v) - v) * 1.25
    )
    h = np.mod(np.sin(np.floor(u) * 12.7 + np.floor(v) * 78.1) * 43758.5, 1.0)
    face = srgb(164, 148, 126) * (0.9 + 0.2 * h + 0.09 * c.noise(0.4, 5) + 0.05 * c.grain())[..., None]
    joint = smooth(0.016, 0.008, d + 0.004 * c.noise(0.1, 3))
    crack = smooth(0.035, 0.012, np.abs(c.noise(1.3, 6))) * smooth(-0.3, 0.8, c.noise(1.4, 2))
    face = mix(face, srgb(96, 78, 60), np.maximum(joint, crack) * 0.85)
    face = mix(face, srgb(58, 50, 44), smooth(0.9, 1.9, c.noise(0.5, 5)) * smooth(0, 1.2, e) * 0.6)
    drop = np.hypot((x + 3.1) * 0.5, z + 2.3)
    face = mix(face, srgb(48, 42, 38), smooth(0.6, 0.1, drop + 0.12 * c.noise(0.25, 4)) * 0.6)
    sand = smooth(-0.1, 1.1, c.noise(0.9, 5) + 0.8 * smooth(0.7, 0.0, e) - 0.35) * 0.85
    keep = slab * (1 - sand)
    c.lay(keep, face, 0.88, 0.0)
    c.relief = mix(c.relief, 0.004 + 0.0006 * c.noise(0.04, 4) - 0.004 * np.maximum(joint, crack), keep)


def tarmac(c: Canvas, x: Array, z: Array) -> None:
    """Sun-bleached asphalt: polished wheel tracks, tar over its cracks, a worn yellow line, sand blown in from the sides."""
    s, t = road(x, z)
    edge = HALF - np.abs(t) + 0.07 * c.noise(0.35, 4) + 0.1 * c.noise(1.6, 2)
    body = np.clip(edge * c.density * 0.7 + 0.5, 0, 1)
    tar = np.broadcast_to(srgb(98, 92, 87), (*x.shape, 3)) * (1 + 0.1 * c.noise(1.4, 4) + 0.03 * c.grain())[..., None]
    if c.density > 36:
        d, _, who = c.cells(0.012)
        chip = smooth(0.6, 0.3, d)
        tar = mix(tar, mix(srgb(84, 80, 76), srgb(150, 140, 128), who), chip * (0.2 + 0.6 * (who > 0.75)))
        c.relief = mix(c.relief, 0.006 + 0.0012 * chip + 0.0014 * c.noise(0.4, 3), body)
    lane = smooth(0.5, 0.1, np.abs(np.abs(t) - 1.25) - 0.35)
    tar = mix(tar, srgb(122, 114, 106), lane * 0.4)
    tar = mix(
        tar,
        srgb(62, 58, 56),
        smooth(0.3, 0.0, np.abs(np.abs(t) - 1.25)) * smooth(0.0, 1.6, c.noise(1.1, 3, stretch=3)) * 0.5,
    )
    snake = smooth(0.05, 0.02, np.abs(c.noise(2.2, 4))) * smooth(-0.1, 0.8, c.noise(2.0, 2))
    tar = mix(tar, srgb(46, 44, 44), snake * 0.85 * min(1.0, c.density / 40))
    worn = smooth(0.9, -0.5, c.noise(0.16, 5) + 0.5 * c.noise(0.9, 3))
    dash = smooth(0.0, 0.06, np.abs(np.mod(s, 3.4) - 1.7) - 0.62)
    line = o.line_cover(c, t, 0.06) * dash * (0.3 + 0.65 * worn)
    tar = mix(tar, srgb(206, 158, 52), line)
    for k in (-2.3, 2.3):
        tar = mix(tar, srgb(206, 198, 180), o.line_cover(c, t - k, 0.045) * (0.15 + 0.6 * worn))
    tar = mix(tar, srgb(186, 160, 134), smooth(24, 84, np.hypot(x, z)) * 0.42)
    blown = smooth(0.55, -0.15, edge - 0.42 * c.noise(1.3, 4) - 0.12 * c.noise(0.25, 4))
    blown = np.maximum(blown, smooth(1.15, 2.0, c.noise(1.8, 4, stretch=0.5)) * 0.7)
    cover = body * (1 - 0.88 * blown)
    c.lay(cover, tar, 0.84, 0.0)


def mesa_rock(c: Canvas) -> None:
    """Strata by height, runs of desert varnish down the cliffs, scree below; paled by the air."""
    y, d = c.p[..., 1], np.hypot(c.p[..., 0], c.p[..., 2])
    band = y / 0.62 + 0.5 * c.noise(5.0, 3)
    h = np.mod(np.sin(np.floor(band) * 91.7) * 4375.5, 1.0)
    beds = np.stack([srgb(176, 92, 62), srgb(150, 74, 54), srgb(194, 122, 84), srgb(164, 86, 64), srgb(206, 150, 110)])
    c.rgb = beds[np.minimum((h * 5).astype(int), 4)] * (1 + 0.08 * c.noise(1.0, 4))[..., None]
    steep = smooth(0.75, 0.35, np.abs(c.n[..., 1]))
    c.lay(steep * smooth(0.3, 1.5, c.noise(0.8, 4, stretch=8)) * 0.5, srgb(92, 52, 44))
    c.lay((1 - steep) * 0.75, mix(srgb(184, 126, 90), srgb(164, 100, 72), smooth(-1, 1, c.noise(1.6, 4))))
    c.relief += 0.10 * c.noise(1.2, 4, stretch=4) * steep + 0.05 * smooth(0.3, 0.5, np.abs(band - np.floor(band) - 0.5))
    c.rough[:] = 0.95
    c.rgb = mix(c.rgb, srgb(178, 152, 148), 0.2 + 0.4 * smooth(45, 80, d))


def stucco(words: str = "", band: bool = True) -> Painter:
    """Whitewashed adobe: trowel waves, fallen plates with the mud beneath, a red band, sand thrown against the foot."""

    def paint(c: Canvas) -> None:
        white, red, mud = srgb(212, 196, 166), srgb(158, 56, 42), srgb(156, 110, 76)
        c.rgb[:] = white
        low = c.height_m - c.v
        if band:
            stripe = smooth(-0.004, 0.004, 0.13 - np.abs(low - 0.82) + 0.004 * c.noise(0.2, 3))
            c.lay(stripe * smooth(1.7, 0.4, c.noise(0.25, 5)) * 0.92, red, 0.75)
            foot = smooth(-0.004, 0.004, 0.55 - low + 0.005 * c.noise(0.2, 3))
            c.lay(foot * 0.8, srgb(110, 142, 134), 0.8)
        if words:
            cap = 0.26
            u0 = (c.width - 0.83 * cap * len(words)) / 2
            c.lay(c.lettering(words, u0, 0.46, cap, 7) * smooth(1.5, 0.1, c.noise(0.12, 5)) * 0.92, red, 0.8)
        c.tone(1 + 0.05 * c.noise(0.9, 4) + 0.04 * c.noise(0.03, 3) + 0.02 * c.grain())
        c.rough[:] = 0.9
        c.relief += 0.003 * c.noise(0.4, 4) + 0.0007 * c.noise(0.02, 3)
        gone = smooth(1.28, 1.34, c.noise(0.7, 6) + 0.35 * smooth(0.7, 0.0, low))
        c.lay(gone, mud * (1 + 0.13 * c.noise(0.05, 4))[..., None], 0.95, relief=-0.009)
        crack = smooth(0.03, 0.008, np.abs(c.noise(1.1, 6))) * smooth(0.2, 1.1, c.noise(0.9, 2))
        c.lay(crack * 0.8, mud * 0.5, relief=-0.002)
        c.lay(c.drips(0.0, 0.6, 1.0, 0.03) * 0.5, srgb(120, 88, 62))
        c.lay(smooth(0.5, 0.0, low + 0.2 * c.noise(0.4, 4)) * 0.8, DUST, 0.95)
        c.lay(smooth(0.4, 2.0, c.noise(1.0, 5)) * 0.3, DUST)
        c.dirt(0.6, srgb(110, 80, 56))

    return paint


def dusty(paint: Painter, amount: float = 0.6) -> Painter:
    """The same surface with the desert's dust on what faces up, and in patches."""

    def painted(c: Canvas) -> None:
        paint(c)
        up = np.clip(c.n[..., 1], 0, 1)
        c.lay(smooth(-0.6, 1.6, c.noise(0.25, 5) + 1.6 * up - 0.5) * amount, DUST, 0.92)

    return painted


def corrugated(c: Canvas) -> None:
    """Corrugated iron: zinc gone to rust from the laps."""
    m.metal(srgb(150, 146, 138), 0.45, 0.0, 0.5)(c)
    c.relief += 0.011 * np.sin(c.u * 2 * np.pi / 0.075)
    lap = smooth(0.25, 0.0, np.abs(np.mod(c.v, 0.9) - 0.03))
    rust = smooth(0.5, 1.5, c.noise(0.4, 5, stretch=3) + 0.9 * lap)
    c.lay(rust * 0.85, mix(RUST, srgb(156, 90, 48), smooth(-1, 1, c.noise(0.05, 4))), 0.9)
    c.dirt(0.4, DUST)


def lit_office(c: Canvas) -> None:
    """The office behind its window: a shelf of tins, a calendar, a lamp's warmth."""
    x, y = c.u / c.width, c.v / c.height_m
    c.rgb[:] = srgb(214, 178, 120)
    c.tone(1.1 - 0.35 * np.hypot(x - 0.6, y - 0.25))
    k = np.floor(x * 16)
    h = np.mod(np.sin(k * 37.7 + np.floor(y * 3) * 91.1) * 4375.5, 1.0)
    tins = (np.mod(y * 3, 1.0) > 0.45 + 0.35 * h) & (np.mod(x * 16, 1.0) > 0.14) & (y > 0.3)
    cols = np.stack([srgb(158, 52, 40), srgb(60, 104, 96), srgb(196, 156, 62), srgb(206, 196, 170), srgb(72, 66, 84)])
    c.lay(tins * 0.9, cols[(h * 4.99).astype(int)])
    c.lay((np.mod(y * 3, 1.0) > 0.95) & (y > 0.3), srgb(92, 62, 40))
    c.lay((np.abs(x - 0.2) < 0.07) & (np.abs(y - 0.2) < 0.12), srgb(226, 214, 190))
    c.lay((np.abs(x - 0.2) < 0.06) & (np.abs(y - 0.14) < 0.05), srgb(90, 120, 140))
    c.lay(c.lettering("OPEN", c.width * 0.56, c.height_m * 0.24, 0.085, 3), srgb(170, 40, 34))
    c.rough[:] = 0.12


def pump_face(c: Canvas) -> None:
    """Front of a pump: a cream window with the dials, a badge, enamel chipped."""
    m.painted_steel(srgb(166, 48, 38), 0.35, rough=0.28, wear=0.01, drip=0.3)(c)
    x, y = c.u / c.width, c.v / c.height_m
    dial = (np.abs(x - 0.5) < 0.36) & (np.abs(y - 0.22) < 0.13)
    c.lay(dial, srgb(216, 206, 178), 0.2)
    rim = (np.abs(x - 0.5) < 0.40) & (np.abs(y - 0.22) < 0.15) & ~dial
    c.lay(rim, srgb(176, 172, 164), 0.25, relief=0.004)
    for i, t in enumerate(("0 4 1 8", "2 7 3")):
        c.lay(c.lettering(t, c.width * 0.25, c.height_m * (0.205 + 0.085 * i), 0.045, 2) * dial, srgb(40, 36, 34))
    badge = np.hypot((x - 0.5) * c.width, (y - 0.52) * c.height_m)
    c.lay(badge < 0.11, srgb(216, 206, 178), 0.3)
    c.lay(np.abs(badge - 0.098) < 0.006, srgb(40, 58, 80))
    c.lay(
        c.lettering("SOL", c.width * 0.5 - 0.077, c.height_m * 0.52 + 0.028, 0.056, 3) * (badge < 0.1),
        srgb(166, 48, 38),
    )
    c.lay(smooth(0.75, 1.0, y + 0.06 * c.noise(0.2, 4)) * 0.6, DUST, 0.9)


def fascia(c: Canvas) -> None:
    """The canopy's front board: red, the trade painted along it, paint lifting where rain stood."""
    m.painted_steel(srgb(158, 56, 42), 0.45, rough=0.5, wear=0.02, drip=0.3)(c)
    keep = smooth(2.6, 1.2, c.noise(0.15, 5))
    for text, u in (("GASOLINE", 0.5), ("LAST 90 MILES", 2.25)):
        c.lay(c.lettering(text, u, 0.235, 0.12, 5) * keep * 0.92, srgb(216, 200, 166), 0.6)
    c.lay(smooth(0.1, 1.8, c.noise(0.5, 5)) * 0.35, DUST, 0.9)


def sign_face(c: Canvas) -> None:
    """The sign: cream field, a red sun with rays above the neon, bleached and shot at."""
    m.painted_steel(srgb(208, 192, 156), 0.4, rough=0.35, wear=0.02, drip=0.4)(c)
    w, h = c.width, c.height_m
    a = np.arctan2(c.v - h * 0.36, c.u - w / 2)
    r = np.hypot(c.u - w / 2, c.v - h * 0.36)
    keep = smooth(2.6, 1.0, c.noise(0.2, 5))
    above = c.v < h * 0.40
    c.lay(above * (r < 0.2) * keep * 0.95, srgb(176, 54, 38), 0.4)
    c.lay(above * (r > 0.235) * (r < 0.40) * (np.mod(a * 16 / np.pi, 2.0) < 1.0) * keep * 0.9, srgb(206, 128, 52), 0.4)
    c.lay(
        np.clip((c.v > h * 0.43) * (c.v < h * 0.98), 0, 1) * (np.abs(c.u - w / 2) < w * 0.46) * keep * 0.95,
        srgb(42, 66, 84),
        0.4,
    )
    holes = c.specks(0.22, 0.12)
    c.lay(holes * 0.9, RUST, 0.9, relief=-0.003)


def drum_paint(rgb: Array) -> Painter:
    """An oil drum: hoops, dents, stencil, oil run from the bung."""

    def paint(c: Canvas) -> None:
        m.painted_steel(rgb, 0.75, rough=0.45, wear=0.02, drip=0.6)(c)
        c.relief += 0.004 * c.noise(0.3, 2)
        for u in (0.2, c.width / 2 + 0.2):
            c.lay(
                c.lettering("SOL", u, c.height_m * 0.55, 0.13, 5) * smooth(1.3, 0.0, c.noise(0.1, 5)) * 0.85,
                srgb(214, 200, 170),
                0.6,
            )
        c.lay(smooth(c.height_m - 0.3, c.height_m, c.v) * 0.7, DUST, 0.95)

    return paint


def ribs(c: Canvas) -> None:
    """A cactus: pleats along it with rows of spines, corky below."""
    c.rgb[:] = srgb(86, 108, 66)
    k = np.mod(c.u / c.width * 14, 1.0)
    c.tone(0.72 + 0.45 * np.sin(k * np.pi) + 0.08 * c.noise(0.2, 4))
    c.lay(smooth(0.16, 0.04, np.abs(k - 0.5)) * (np.mod(c.v, 0.07) < 0.03) * 0.7, srgb(210, 192, 150))
    c.relief += 0.02 * np.sin(k * np.pi)
    c.lay(smooth(0.9, 1.9, c.noise(0.3, 4)) * 0.6, srgb(150, 122, 82))
    c.rough[:] = 0.7


# ---- modelling --------------------------------------------------------------------------------------------------
def arch(z: float, half: float, low: float, top: float, x: float = 0.0, n: float = 2.8, cols: int = 13) -> Array:
    """One section of a bodywork loft: an arch from the left foot over the top to the right foot."""
    a = np.linspace(np.pi, 0, cols)
    e = 2 / n
    return np.stack(
        [x + half * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** e, low + (top - low) * np.sin(a) ** e, np.full(cols, z)],
        -1,
    )


def pickup(s: Stage, at: Array, chrome: Chart, glass: Chart) -> None:
    """An old pick-up with round wings, its front towards local +Z; loaded, dusty, its lamps a practical."""
    p = s.prop("pick-up")
    inverse = np.linalg.inv(at)
    teal = srgb(96, 146, 136)
    coat = m.painted_steel(teal, 0.62, rough=0.32, wear=0.014, grime=0.6, drip=0.4)

    def seams(c: Canvas) -> None:
        coat(c)
        q = apply(inverse, c.p)
        x, y, z = q[..., 0], q[..., 1], q[..., 2]
        e = np.where(np.abs(x) > 0.52, np.minimum(0.36 - np.abs(z + 0.06), np.minimum(y - 1.13, 1.45 - y)), -1.0)
        front = np.where(np.abs(x) <= 0.57, np.minimum(0.53 - np.abs(x), np.minimum(y - 1.15, 1.45 - y)), -1.0)
        e = np.maximum(e, front)
        glazed = smooth(0.0, 0.006, e)
        c.lay(smooth(-0.03, -0.022, e), srgb(36, 34, 33), 0.6, relief=0.004)
        c.lay(glazed, srgb(56, 64, 66), 0.07, relief=-0.008)
        c.lay(glazed * smooth(0.09, 0.0, e + 0.02 * c.noise(0.1, 4)) * 0.5, DUST, 0.6)
        c.lay(glazed * (np.abs(x) <= 0.57) * (z > 0) * (np.abs(x) < 0.012), srgb(36, 34, 33), 0.6)
        door = np.minimum(np.abs(np.abs(z + 0.02) - 0.46), np.abs(y - 0.60))
        c.lay(smooth(0.010, 0.004, door) * (np.abs(x) > 0.5) * (y < 1.5) * 0.9, srgb(40, 46, 42), relief=-0.003)
        if c.width > 2:
            c.lay(smooth(0.95, 0.5, y + 0.14 * c.noise(0.3, 4)) * 0.5, DUST, 0.9)
        c.lay(smooth(-0.2, 1.6, c.noise(0.4, 5) + 0.9 * (y > 1.55)) * 0.4 * (1 - glazed), DUST, 0.85)

    def spow(a: Array, n: float) -> Array:
        return np.sign(a) * np.abs(a) ** (2 / n)

    ang = np.linspace(0, 2 * np.pi, 49)
    rows = []
    for y, hx, hz, zc, n in (
        (1.655, 0.02, 0.02, -0.10, 2.5), (1.65, 0.34, 0.26, -0.10, 2.6), (1.62, 0.50, 0.39, -0.09, 3.0), (1.55, 0.59, 0.47, -0.08, 3.6),
        (1.47, 0.625, 0.50, -0.07, 4.0), (1.30, 0.66, 0.535, -0.05, 4.4), (1.13, 0.69, 0.565, -0.03, 4.6), (1.07, 0.715, 0.585, -0.02, 4.4),
        (0.95, 0.73, 0.60, -0.02, 4.4), (0.62, 0.73, 0.60, -0.02, 4.4), (0.50, 0.70, 0.58, -0.02, 4.4),
    ):  # fmt: skip
        rows.append(np.stack([hx * spow(np.sin(ang), n), np.full(49, y), zc + hz * spow(np.cos(ang), n)], -1))
    s.patch(p, np.stack(rows), seams, 150, wrap=True, xf=at, name="cab")
    hood = [arch(z, w, 0.60, t, n=nn, cols=17) for z, w, t, nn in (
        (0.50, 0.60, 1.13, 3.0), (0.8, 0.57, 1.12, 2.8), (1.2, 0.51, 1.10, 2.7), (1.55, 0.45, 1.06, 2.6), (1.72, 0.41, 1.01, 2.5),
        (1.80, 0.36, 0.95, 2.4), (1.835, 0.26, 0.86, 2.3), (1.845, 0.02, 0.66, 2.0))]  # fmt: skip
    s.patch(p, np.stack(hood), dusty(coat, 0.5), 190, xf=at, name="hood")
    for k in (-1, 1):
        wing = [arch(z, w, low, t, k * (0.66 - 0.04 * max(0.0, z - 1.4)), 2.6, 13) for z, w, low, t in (
            (0.42, 0.06, 0.42, 0.52), (0.55, 0.17, 0.40, 0.60), (0.78, 0.21, 0.42, 0.74), (1.02, 0.235, 0.44, 0.87), (1.30, 0.24, 0.45, 0.93),
            (1.55, 0.235, 0.45, 0.90), (1.72, 0.21, 0.45, 0.82), (1.84, 0.16, 0.46, 0.70), (1.90, 0.05, 0.50, 0.56))]  # fmt: skip
        s.patch(p, np.stack(wing), dusty(coat, 0.55), 170, xf=at, name=f"wing {k}")
        back = [arch(z, w, 0.44, t, k * 0.74, 2.6, 11) for z, w, t in (
            (-1.82, 0.03, 0.50), (-1.74, 0.12, 0.64), (-1.5, 0.15, 0.82), (-1.25, 0.16, 0.87), (-1.0, 0.15, 0.82), (-0.78, 0.12, 0.66), (-0.70, 0.04, 0.5))]  # fmt: skip
        s.patch(p, np.stack(back), dusty(coat, 0.6), 120, xf=at, name=f"back wing {k}")
    body = s.trim("pick-up paint", 0.6, 1.4, 150, dusty(coat, 0.5))
    dark = s.trim("underside", 0.5, 1.0, 60, m.plain(srgb(46, 42, 39), 0.9, 0.1))
    s.box(p, (1.1, 0.22, 3.7), dark, at=at @ move(y=0.45, z=-0.1), bevel=0.03)
    plank = s.trim(
        "bed planks", 1.2, 1.6, 110, m.wood(srgb(150, 122, 90), srgb(96, 74, 52), 0.85, plank_m=0.13, wear=0)
    )
    s.box(p, (1.26, 0.05, 1.5), plank, at=at @ move(y=0.62, z=-1.38), bevel=0.006)
    for k in (-1, 1):
        s.box(p, (0.045, 0.44, 1.5), body, at=at @ move(k * 0.635, 0.82, -1.38), bevel=0.012)
        s.tube(p, np.array([[k * 0.635, 1.05, -2.12], [k * 0.635, 1.05, -0.64]]), 0.026, body, sides=8, xf=at)
        s.box(p, (0.22, 0.04, 1.2), body, at=at @ move(k * 0.74, 0.40, -0.15), bevel=0.012)
    for z in (-2.12, -0.66):
        s.box(p, (1.26, 0.44, 0.04), body, at=at @ move(0, 0.82, z), bevel=0.012)
    tyre = s.trim("tyre", 2.2, 0.5, 150, o.tread)
    tyre.shared = False
    rim = s.trim("wheel rim", 0.6, 0.3, 160, dusty(m.painted_steel(srgb(206, 190, 156), 0.5, rough=0.4), 0.5))
    for x, z, yaw in ((0.66, 1.28, 90), (-0.66, 1.28, -90), (0.68, -1.25, 90), (-0.68, -1.25, -90)):
        o.wheel(s, p, at @ move(x, 0.33, z, yaw=yaw), 0.33, 0.19, tyre, rim, chrome)
    # the face: grille, bumper, plate, lamps
    for i, y in enumerate((0.60, 0.67, 0.74, 0.81, 0.88)):
        w = 0.34 - 0.05 * abs(i - 1.5) / 1.5
        t = np.linspace(-1, 1, 9)
        s.tube(
            p,
            np.stack([w * t, np.full(9, y), 1.875 - 0.085 * t**2 - 0.04 * max(0, i - 2)], -1),
            0.017,
            chrome,
            sides=6,
            xf=at,
        )
    s.tube(
        p,
        np.array([[0, 0.56, 1.87], [0, 0.76, 1.885], [0, 0.94, 1.83], [0, 1.03, 1.74]]),
        0.014,
        chrome,
        sides=6,
        xf=at,
    )
    t = np.linspace(-1, 1, 13)
    s.tube(p, np.stack([0.86 * t, 0.45 + 0 * t, 2.04 - 0.13 * t**2], -1), 0.055, chrome, sides=10, xf=at)
    for k in (-1, 1):
        s.bar(p, (k * 0.4, 0.45, 1.7), (k * 0.4, 0.45, 2.0), 0.06, 0.07, dark, xf=at)
        s.box(p, (0.07, 0.19, 0.06), chrome, at=at @ move(k * 0.3, 0.46, 2.07), bevel=0.02)
    plate = m.painted_steel(srgb(206, 178, 84), 0.3, rough=0.5)

    def numbers(c: Canvas) -> None:
        plate(c)
        c.lay(c.lettering("MESA 418", 0.025, c.height_m * 0.68, 0.046, 2), srgb(40, 44, 60))

    s.box(
        p,
        (0.34, 0.12, 0.012),
        {"f": numbers, "*": dark},
        320,
        at=at @ move(0, 0.36, 2.02),
        bevel=0.004,
        name="number plate",
    )
    lens = s.part(
        "headlights", ["props", "layout"], emission={"practical": "headlights", "rgb": [1.0, 0.86, 0.62], "gain": 14.0}
    )
    for k in (-1, 1):
        head = at @ move(k * 0.585, 0.86, 1.73, pitch=90)
        s.lathe(
            p,
            [(0.098, 0.105), (0.108, 0.115), (0.122, 0.105), (0.126, 0.06), (0.11, -0.05), (0.05, -0.13), (0, -0.15)],
            chrome,
            at=head,
            sides=22,
        )
        s.lathe(lens, [(0, 0.125), (0.05, 0.12), (0.085, 0.11), (0.1, 0.10)], glass, at=head, sides=18)
        s.tube(p, np.array([[k * 0.71, 1.16, 0.44], [k * 0.86, 1.2, 0.5]]), 0.008, chrome, sides=5, xf=at)
        s.lathe(
            p,
            [(0, 0.012), (0.045, 0.01), (0.05, 0), (0.04, -0.015), (0, -0.02)],
            body,
            at=at @ move(k * 0.84, 1.2, 0.5, pitch=-90),
            sides=12,
        )
        s.tube(
            p,
            np.array([[k * 0.735, 1.0, 0.26], [k * 0.765, 1.0, 0.25], [k * 0.765, 1.0, 0.14]]),
            0.01,
            chrome,
            sides=5,
            xf=at,
        )
        s.tube(p, np.array([[k * 0.10, 1.15, 0.55], [k * 0.34, 1.24, 0.535]]), 0.006, dark, sides=4, xf=at)
    # what it carries
    load = s.prop("load of the pick-up")
    crate = s.trim("crate wood", 0.4, 0.6, 140, m.wood(srgb(176, 140, 96), srgb(120, 88, 58), 0.85, plank_m=0.1))
    sack = s.trim("sacking", 0.5, 0.5, 120, m.fabric(srgb(168, 138, 98), 0.006))
    s.box(load, (0.5, 0.42, 0.44), crate, at=at @ move(-0.28, 0.86, -0.98, yaw=6), bevel=0.01)
    s.box(load, (0.46, 0.34, 0.40), crate, at=at @ move(0.27, 0.82, -1.02, yaw=-11), bevel=0.01)
    for i, (x, y, z) in enumerate(((0.1, 0.80, -1.62), (-0.3, 0.8, -1.6), (-0.05, 1.0, -1.55))):
        o.boulder(s, load, at @ move(x, y, z, yaw=40 * i), (0.27, 0.15, 0.2), 60 + i, sack, 0.06, 7)
    o.wheel(s, load, at @ move(0.25, 1.04, -1.0, pitch=-80), 0.3, 0.17, tyre, rim, rim)


def pump(
    s: Stage, part: int, glow: int, at: Array, red: Painter, side: Chart, chrome: Chart, rubber: Chart, glass: Chart
) -> None:
    """A petrol pump: rounded shoulders, dial window, hose on its hook, a milk-glass globe."""
    w, d = 0.52, 0.38
    s.box(part, (w + 0.1, 0.1, d + 0.1), side, at=at @ move(y=0.05), bevel=0.02)
    s.box(
        part,
        (w, 1.16, d),
        {"f": red, "k": side, "*": side},
        330,
        at=at @ move(y=0.68),
        bevel=0.04,
        skip="b",
        name="pump front",
    )
    a = np.linspace(np.pi, 0, 13)
    hood = np.stack(
        [
            np.stack([w / 2 * np.cos(a), 1.24 + 0.15 * np.sin(a), np.full(13, z)], -1)
            for z in (-d / 2 + 0.01, d / 2 - 0.01)
        ]
    )
    s.patch(part, hood, side, xf=at)
    cap = np.stack([np.cos(a) * w / 2, 0.15 * np.sin(a)], -1)
    s.extrude(part, cap[::-1], d - 0.02, side, at=at @ move(y=1.24))
    for z in (-1, 1):
        s.tube(
            part,
            np.stack([w / 2 * np.cos(a), 1.24 + 0.15 * np.sin(a), np.full(13, z * (d / 2 - 0.005))], -1),
            0.012,
            chrome,
            sides=6,
            xf=at,
        )
    for y in (0.18, 0.62, 1.22):
        s.box(part, (w + 0.012, 0.022, d + 0.012), chrome, at=at @ move(y=y), bevel=0.006)
    s.lathe(part, [(0.05, 0.07), (0.09, 0.03), (0.1, 0.0)], chrome, at=at @ move(y=1.375), sides=18)
    s.lathe(
        glow,
        [(0, 0.3), (0.07, 0.285), (0.13, 0.235), (0.152, 0.16), (0.13, 0.08), (0.07, 0.02), (0.05, 0.0)],
        glass,
        at=at @ move(y=1.43),
        sides=22,
    )
    t = np.linspace(0, 1, 15)
    hose = np.stack(
        [0.29 + 0.20 * np.sin(np.pi * t), 1.02 - 0.86 * np.sin(np.pi * t) ** 0.8 - 0.05 * t, 0.02 + 0.1 * t], -1
    )
    s.tube(part, hose, 0.019, rubber, sides=7, caps=False, xf=at)
    s.tube(
        part,
        np.array([[0.29, 0.97, 0.12], [0.30, 1.08, 0.13], [0.31, 1.14, 0.17], [0.31, 1.12, 0.24]]),
        np.array([0.022, 0.026, 0.018, 0.013]),
        chrome,
        sides=8,
        xf=at,
    )
    s.box(part, (0.05, 0.12, 0.1), chrome, at=at @ move(0.275, 1.03, 0.12), bevel=0.01)


def mesa(s: Stage, part: int, x: float, z: float, rx: float, rz: float, high: float, seed: int) -> None:
    """A table mountain: flat top, a cliff in two steps, a skirt of scree."""
    rng = np.random.default_rng(seed)
    n = 36
    a = np.linspace(0, 2 * np.pi, n + 1)
    ph = rng.random(6) * 6.28
    wob = (
        1
        + 0.13 * np.sin(2 * a + ph[0])
        + 0.1 * np.sin(3 * a + ph[1])
        + 0.07 * np.sin(7 * a + ph[2])
        + 0.05 * np.sin(13 * a + ph[3])
    )
    gully = 0.04 * np.sin(17 * a + ph[4]) + 0.03 * np.sin(9 * a + ph[5])
    rows = []
    for y, k, g in ((1.0, 0.0, 0), (1.0, 0.3, 0), (0.995, 0.46, 0.3), (0.97, 0.485, 1), (0.72, 0.505, 1), (0.70, 0.54, 1), (0.52, 0.56, 1.2),
                    (0.50, 0.61, 0.9), (0.30, 0.76, 0.7), (0.12, 0.95, 0.4), (-0.12, 1.2, 0)):  # fmt: skip
        r = k * (wob + g * gully * (1 if k else 0))
        rows.append(np.stack([x + rx * r * np.sin(a), y * high + 0 * a, z + rz * r * np.cos(a)], -1))
    base = float(lie(np.array(x), np.array(z)))
    s.patch(part, np.stack(rows) + np.array([0, base * 0.6, 0]), mesa_rock, 7.5, wrap=True, name=f"mesa {seed}")


def saguaro(s: Stage, part: int, at: Array, tall: float, skin: Chart) -> None:
    """A cactus with two arms."""
    s.tube(
        part,
        np.array(
            [[0, -0.1, 0], [0, tall * 0.5, 0.01], [0.02, tall * 0.9, 0], [0.02, tall * 0.985, 0], [0.02, tall, 0]]
        ),
        np.array([0.15, 0.17, 0.155, 0.1, 0.02]),
        skin,
        sides=14,
        caps=False,
        xf=at,
    )
    for k, y, h in ((-1, 0.42, 0.34), (1, 0.55, 0.30)):
        arm = np.array(
            [
                [0.1 * k, y, 0],
                [0.28 * k, y - 0.01, 0.02],
                [0.40 * k, y + 0.05, 0.02],
                [0.43 * k, y + 0.15, 0.0],
                [0.42 * k, y + h * 0.9, 0],
                [0.42 * k, y + h, 0],
            ]
        ) * [1, tall, 1]
        s.tube(part, arm, np.array([0.09, 0.1, 0.105, 0.1, 0.08, 0.015]), skin, sides=12, caps=False, xf=at)


def windpump(s: Stage, part: int, at: Array, steel: Chart, zinc: Chart) -> None:
    """A wind pump on its lattice tower, with a tank."""
    top = 5.4
    feet = [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]
    for i, (x, z) in enumerate(feet):
        s.tube(part, np.array([[x, -0.3, z], [x * 0.1, top, z * 0.1]]), 0.035, steel, sides=4, caps=False, xf=at)
        x2, z2 = feet[(i + 1) % 4]
        for a, b in ((0.05, 0.3), (0.3, 0.52), (0.52, 0.72), (0.72, 0.88)):
            ka, kb = 1 - 0.9 * a, 1 - 0.9 * b
            s.tube(
                part,
                np.array([[x * ka, a * top, z * ka], [x2 * kb, b * top, z2 * kb]]),
                0.018,
                steel,
                sides=3,
                caps=False,
                xf=at,
            )
            s.tube(
                part,
                np.array([[x * kb, b * top, z * kb], [x2 * kb, b * top, z2 * kb]]),
                0.018,
                steel,
                sides=3,
                caps=False,
                xf=at,
            )
    hub = at @ move(0, top + 0.1, 0.3, roll=9)
    for k in range(14):
        a = 2 * np.pi * k / 14
        b = a + 0.24
        q = np.array(
            [
                [[0.3 * np.cos(a), 0.3 * np.sin(a), 0.05], [0.3 * np.cos(b), 0.3 * np.sin(b), -0.02]],
                [[1.05 * np.cos(a), 1.05 * np.sin(a), 0.07], [1.05 * np.cos(b), 1.05 * np.sin(b), -0.06]],
            ]
        )
        s.patch(part, q, zinc, xf=hub)
    for r in (0.5, 0.95):
        c = np.linspace(0, 2 * np.pi, 25)
        s.tube(part, np.stack([r * np.cos(c), r * np.sin(c), 0 * c], -1), 0.014, steel, sides=3, caps=False, xf=hub)
    s.tube(part, np.array([[0, top + 0.1, 0.35], [0, top + 0.1, -1.5]]), 0.03, steel, sides=5, xf=at)
    s.extrude(
        part,
        np.array([[-0.5, -0.32], [0.45, -0.5], [0.45, 0.5], [-0.5, 0.32]]),
        0.02,
        zinc,
        at=at @ move(0, top + 0.1, -1.6, yaw=90),
    )
    s.lathe(part, [(0, 1.25), (0.95, 1.2), (1.0, 1.2), (1.0, -0.3)], zinc, at=at @ move(-2.3, 0, 0.6), sides=20)


def build() -> None:
    """Model, bake and write the desert."""
    s = Stage("desert", 23, 3072)
    rng = np.random.default_rng(230)
    floor = s.part("ground", ["surfaces", "layout"])
    walls = s.part("station", ["surfaces", "layout"])
    far = s.part("mesas", ["surfaces", "layout"])
    iron = s.trim("iron", 0.4, 1.4, 200, dusty(m.iron(srgb(70, 64, 58), 0.6), 0.35))
    chrome = s.trim("chrome", 0.3, 0.8, 200, m.metal(srgb(170, 168, 162), 0.2, 0.1, 0.45))
    zinc = s.trim("zinc", 1.2, 1.2, 90, corrugated)
    rubber = s.trim("rubber", 0.2, 0.8, 150, m.plain(srgb(44, 42, 40), 0.85, 0.1))
    glass = s.trim("lamp glass", 0.3, 0.3, 150, m.plain(srgb(226, 220, 206), 0.12, vary=0.02, grime=0))
    tube = s.trim("tube glass", 0.12, 1.0, 120, m.plain(srgb(222, 216, 208), 0.15, vary=0.02, grime=0))
    pole_wood = s.trim("pole wood", 0.5, 1.6, 130, m.wood(srgb(140, 116, 92), srgb(84, 66, 52), 0.9, wear=0))
    frame = s.trim("painted frame", 0.2, 1.4, 200, m.painted_steel(srgb(96, 132, 124), 0.3, rough=0.55))
    concrete = s.trim("kerb", 1.2, 0.6, 180, m.concrete(srgb(172, 156, 134)))
    stone = s.trim("stone", 0.8, 0.8, 110, m.concrete(srgb(166, 118, 86), 0.95, 0.0))

    # ---- the land: level quads about the station, then rings to the rim
    ground = o.on_the_ground(land)
    (nx0, nz0), (nx1, nz1) = NEAR
    (x0, z0), (x1, z1) = YARD

    def level(ax: float, az: float, bx: float, bz: float, density: float, name: str) -> None:
        s.quad(floor, (ax, 0, az), (bx - ax, 0, 0), (0, 0, bz - az), ground, density, name=name)

    level(nx0, nz0, nx1, nz1, 312, "near")
    level(nx0, -4.2, nx1, nz0, 130, "forecourt back")
    level(nx0, z0, nx1, -4.2, 60, "yard back")
    level(x0, z0, nx0, nz1, 52, "yard left")
    level(nx1, z0, x1, nz1, 52, "yard right")
    level(x0, nz1, x1, z1, 46, "yard front")
    inner = o.frame_of(*YARD, 25)
    spoke = inner - [0.0, -1.0]
    unit = spoke / np.linalg.norm(spoke, axis=1, keepdims=True)
    s.patch(floor, o.ring(inner, unit * FAR, 20, lie, 1.4), ground, 11, wrap=True, name="far land")
    s.patch(floor, o.ring(unit * FAR, unit * RIM, 16, lie), ground, 4.2, wrap=True, name="rim")
    for seed, (deg, dist, rx, rz, high) in enumerate((
        (-66, 62, 15, 9, 10.5), (-38, 70, 11, 8, 8.0), (-14, 66, 5.5, 5, 10.5), (-4, 72, 13, 7, 7.0), (31, 64, 7.5, 6, 11.5), (41, 70, 17, 8, 8.5),
        (58, 60, 6, 5, 12.0), (80, 64, 16, 9, 9.0), (-92, 64, 12, 8, 9.0), (17, 81, 20, 3, 4.6),
    )):  # fmt: skip
        a = np.radians(deg)
        mesa(s, far, dist * np.sin(a), -dist * np.cos(a), rx, rz, high, 300 + seed)

    # ---- the station
    fx0, fx1, fz, deep, tall = -4.6, -0.9, -6.6, 2.7, 2.75
    s.wall(walls, (fx0, tall, fz), (1, 0, 0), fx1 - fx0, tall, stucco(), 150,
           openings=[(0.45, 0.95, 1.95, 1.85, 0.12), (2.45, 0.72, 3.25, tall, 0.12)], reveal=concrete, name="front")  # fmt: skip
    s.wall(walls, (fx1, tall, fz), (0, 0, -1), deep, tall, stucco(), 100, name="right side")
    s.wall(walls, (fx0, tall, fz - deep), (0, 0, 1), deep, tall, stucco(), 60, name="left side")
    s.wall(walls, (fx1, tall, fz - deep), (-1, 0, 0), fx1 - fx0, tall, stucco(), 24, name="back")
    s.quad(walls, (fx0, tall - 0.22, fz - deep), (fx1 - fx0, 0, 0), (0, 0, deep), concrete)
    cope = s.trim("coping", 1.3, 0.4, 120, m.painted_steel(srgb(158, 56, 42), 0.35, rough=0.6))
    for a, b in (
        ((fx0, fz), (fx1, fz)),
        ((fx1, fz), (fx1, fz - deep)),
        ((fx0, fz - deep), (fx0, fz)),
        ((fx1, fz - deep), (fx0, fz - deep)),
    ):
        s.bar(walls, (a[0], tall + 0.03, a[1]), (b[0], tall + 0.03, b[1]), 0.2, 0.1, cope, bevel=0.015)
    lit = s.part(
        "office window", ["props", "layout"], emission={"practical": "office", "rgb": [1.0, 0.72, 0.40], "gain": 1.7}
    )
    wx0, wx1, wy0, wy1 = fx0 + 0.45, fx0 + 1.95, tall - 1.85, tall - 0.95
    s.quad(lit, (wx0, wy1, fz - 0.1), (wx1 - wx0, 0, 0), (0, wy0 - wy1, 0), lit_office, 200, name="office window")
    window = s.prop("window frame")
    for x in (wx0 + 0.03, (wx0 + wx1) / 2, wx1 - 0.03):
        s.bar(window, (x, wy0, fz - 0.06), (x, wy1, fz - 0.06), 0.055, 0.05, frame)
    for y in (wy0 + 0.03, wy1 - 0.03):
        s.bar(window, (wx0, y, fz - 0.055), (wx1, y, fz - 0.055), 0.05, 0.055, frame)
    s.box(window, (wx1 - wx0 + 0.2, 0.08, 0.22), concrete, at=move((wx0 + wx1) / 2, wy0 - 0.04, fz + 0.02), bevel=0.012)
    door = s.prop("screen door")
    dx0, dx1, dh = fx0 + 2.45, fx0 + 3.25, tall - 0.72
    mesh = m.fabric(srgb(70, 66, 60), 0.006, 0.0)
    s.quad(door, (dx0, dh, fz - 0.09), (dx1 - dx0, 0, 0), (0, -dh, 0), mesh, 160, name="screen")
    for x in (dx0 + 0.05, dx1 - 0.05):
        s.bar(door, (x, 0.02, fz - 0.06), (x, dh, fz - 0.06), 0.1, 0.05, frame)
    for y, h in ((0.16, 0.28), (0.95, 0.1), (dh - 0.05, 0.1)):
        s.bar(door, (dx0, y, fz - 0.056), (dx1, y, fz - 0.056), 0.05, h, frame)
    s.tube(door, np.array([[dx0 + 0.1, 0.98, fz], [dx0 + 0.1, 1.12, fz]]), 0.012, chrome, sides=6)
    s.box(door, (1.0, 0.09, 0.5), concrete, at=move((dx0 + dx1) / 2, 0.045, fz + 0.24), bevel=0.015)

    # ---- canopy
    canopy = s.prop("canopy")
    cx0, cx1, cz1, ch = -4.5, -0.42, -2.35, 2.62
    board = s.trim("fascia", 1.6, 0.4, 170, m.painted_steel(srgb(158, 56, 42), 0.4, rough=0.5, wear=0.02))
    s.quad(canopy, (cx0, ch + 0.13, fz), (cx1 - cx0, 0, 0), (0, -0.04, cz1 - fz), corrugated, 70, name="canopy top")
    s.quad(
        canopy,
        (cx0, ch - 0.12, cz1),
        (cx1 - cx0, 0, 0),
        (0, 0, fz - cz1),
        m.wood(srgb(176, 152, 116), srgb(128, 102, 74), 0.8, plank_m=0.14),
        90,
        name="canopy ceiling",
    )
    for k in range(3):
        for x in (cx0, cx1):
            d = (cz1 - fz) / 3
            s.box(canopy, (0.07, 0.3, d - 0.006), board, at=move(x, ch, fz + d * (k + 0.5)), bevel=0.012)
    s.box(
        canopy,
        (cx1 - cx0 + 0.07, 0.34, 0.07),
        {"f": fascia, "*": board},
        190,
        at=move((cx0 + cx1) / 2, ch, cz1),
        bevel=0.012,
        name="fascia",
    )
    for y in (-0.155, 0.155):
        s.bar(canopy, (cx0, ch + y, cz1 + 0.036), (cx1, ch + y, cz1 + 0.036), 0.035, 0.02, frame)
    for x in (cx0 + 0.35, cx1 - 0.27):
        s.tube(canopy, np.array([[x, 0, -2.75], [x, ch - 0.1, -2.75]]), 0.055, frame, sides=12)
        s.lathe(canopy, [(0.056, 0.34), (0.15, 0.3), (0.17, 0.0)], concrete, at=move(x, 0, -2.75), sides=14)
    under = s.part(
        "canopy lamp", ["props", "layout"], emission={"practical": "lamp", "rgb": [1.0, 0.80, 0.52], "gain": 6.0}
    )
    lamp = move(-2.9, ch - 0.16, -3.2)
    s.lathe(
        canopy,
        [(0.03, 0.05), (0.07, 0.02), (0.2, -0.05), (0.205, -0.06), (0.19, -0.055), (0.06, 0.0)],
        frame,
        at=lamp,
        sides=22,
    )
    s.lathe(under, [(0.05, 0.0), (0.07, -0.05), (0.05, -0.09), (0, -0.105)], glass, at=lamp, sides=14)

    # ---- pumps on their island
    island = s.prop("pump island")
    s.box(island, (2.5, 0.15, 0.74), concrete, at=move(-3.05, 0.07, -2.75), bevel=0.03, skip="b")
    pumps = s.prop("petrol pumps")
    globe = s.part(
        "pump globes", ["props", "layout"], emission={"practical": "lamp globes", "rgb": [1.0, 0.93, 0.78], "gain": 3.2}
    )
    enamel = s.trim("pump enamel", 0.5, 1.2, 170, m.painted_steel(srgb(166, 48, 38), 0.4, rough=0.3, wear=0.01))
    for x in (-3.55, -2.5):
        pump(s, pumps, globe, move(x, 0.145, -2.72, yaw=8 if x > -3 else 4), pump_face, enamel, chrome, rubber, glass)
    can = s.prop("oil cans")
    tins = [
        s.trim(f"tin {k}", 0.4, 0.2, 200, m.painted_steel(col, 0.3, rough=0.3))
        for k, col in enumerate((srgb(196, 152, 54), srgb(60, 92, 100), srgb(200, 190, 164)))
    ]
    rack = move(-3.02, 0.145, -2.75)
    for y in (0.08, 0.36, 0.64):
        s.box(can, (0.4, 0.015, 0.24), frame, at=rack @ move(y=y), bevel=0.004)
        for k in range(6):
            s.lathe(
                can,
                [(0, 0.15), (0.05, 0.15), (0.054, 0.144), (0.054, 0.006), (0.05, 0)],
                tins[(k + int(y * 9)) % 3],
                at=rack @ move(-0.13 + 0.13 * (k % 3), y + 0.008, 0.055 - 0.11 * (k // 3)),
                sides=9,
            )
    for x in (-0.2, 0.2):
        s.bar(can, (x, 0, 0), (x, 0.84, 0), 0.02, 0.2, frame, xf=rack)

    # ---- the sign
    sign = s.prop("sign")
    sx, sz, sy = 0.05, -7.6, 2.95
    at = move(sx, sy, sz, yaw=6)
    for x in (-0.42, 0.42):
        s.tube(sign, np.array([[x, -sy - 0.1, -0.02], [x, 1.05, -0.02]]), 0.045, iron, sides=10, xf=at)
    s.box(sign, (1.36, 1.62, 0.14), {"f": sign_face, "*": board}, 190, at=at @ move(y=0.08), bevel=0.02, name="sign")
    for y in (-0.74, 0.9):
        s.bar(sign, (-0.7, y, 0), (0.7, y, 0), 0.2, 0.05, frame, xf=at)
    letters = s.part(
        "sign letters", ["props", "layout"], emission={"practical": "sign", "rgb": [1.0, 0.20, 0.10], "gain": 7.0}
    )
    o.bent_letters(s, letters, sign, "GAS", at @ move(0, -0.28, 0.105), (0.36, 0.50), 0.37, tube, iron, 0.016)
    arrow = s.part(
        "sign arrow", ["props", "layout"], emission={"practical": "sign", "rgb": [1.0, 0.66, 0.16], "gain": 6.0}
    )
    t = np.linspace(np.pi, 0, 17)
    s.tube(
        arrow, np.stack([0.46 * np.cos(t), 0.30 + 0.46 * np.sin(t), np.full(17, 0.1)], -1), 0.014, tube, sides=6, xf=at
    )
    s.tube(
        arrow, np.stack([0.53 * np.cos(t), 0.30 + 0.53 * np.sin(t), np.full(17, 0.1)], -1), 0.010, tube, sides=6, xf=at
    )

    # ---- things standing about
    drums = s.prop("oil drums")
    for k, (x, z, col) in enumerate(
        ((-4.45, -1.35, srgb(58, 84, 96)), (-4.95, -1.85, srgb(150, 62, 40)), (-0.45, -6.45, srgb(178, 138, 58)))
    ):
        prof = [
            (0, 0.82),
            (0.255, 0.82),
            (0.262, 0.845),
            (0.275, 0.845),
            (0.28, 0.83),
            (0.275, 0.58),
            (0.287, 0.565),
            (0.275, 0.55),
            (0.275, 0.3),
            (0.287, 0.285),
            (0.275, 0.27),
            (0.275, 0.01),
            (0.26, 0),
        ]
        s.lathe(drums, prof, drum_paint(col), 140, at=move(x, 0, z, yaw=70 * k), sides=28, name=f"drum {k}")
        s.lathe(drums, [(0, 0.02), (0.03, 0.018), (0.034, 0)], iron, at=move(x + 0.15, 0.82, z + 0.05), sides=10)
    tyres = s.prop("tyre stack")
    tyre = s.trim("old tyre", 2.2, 0.5, 130, o.tread)
    tyre.shared = False
    for k in range(4):
        o.wheel(
            s,
            tyres,
            move(-0.55 + 0.04 * (k % 2), 0.1 + 0.185 * k, -5.55 + 0.03 * (k // 2), pitch=-90, yaw=50 * k),
            0.34 - 0.01 * k,
            0.19,
            tyre,
            rubber,
            None,
        )
    o.wheel(s, tyres, move(-0.08, 0.32, -5.68, yaw=38, pitch=-17), 0.33, 0.18, tyre, rubber, None)
    ice = s.prop("ice box")

    def cold(c: Canvas) -> None:
        m.painted_steel(srgb(172, 58, 46), 0.3, rough=0.3, wear=0.014, drip=0.3)(c)
        if c.width > 0.6:
            c.lay(
                c.lettering("COLD", 0.14, 0.30, 0.15, 7) * smooth(1.7, 0.2, c.noise(0.1, 5)), srgb(216, 206, 182), 0.4
            )
            c.lay(
                c.lettering("DRINKS", 0.14, 0.5, 0.11, 5) * smooth(1.7, 0.2, c.noise(0.1, 5)), srgb(216, 206, 182), 0.4
            )
        c.lay(smooth(c.height_m - 0.25, c.height_m, c.v) * 0.5, DUST, 0.9)

    edge = s.trim("ice box enamel", 0.6, 0.8, 140, cold)
    s.box(
        ice,
        (0.78, 0.74, 0.5),
        {"f": cold, "*": edge},
        220,
        at=move(-1.0 + 0.24 - 0.62 - 0.55, 0.5, fz + 0.36) @ move(x=-0.42),
        bevel=0.03,
        skip="b",
        name="ice box",
    )
    bx = -2.35
    s.box(ice, (0.82, 0.06, 0.54), chrome, at=move(bx, 0.9, fz + 0.36), bevel=0.02)
    for x in (-0.33, 0.33):
        for z in (-0.18, 0.18):
            s.tube(ice, np.array([[bx + x, 0, fz + 0.36 + z], [bx + x, 0.16, fz + 0.36 + z]]), 0.02, iron, sides=6)
    bench = s.prop("bench")
    slat = s.trim("bench slats", 0.3, 1.5, 160, m.wood(srgb(168, 136, 100), srgb(108, 82, 58), 0.8))
    for k in range(3):
        s.bar(bench, (-4.3, 0.44, fz + 0.2 + 0.12 * k), (-3.0, 0.44, fz + 0.2 + 0.12 * k), 0.1, 0.03, slat)
    for y in (0.62, 0.76):
        s.bar(bench, (-4.3, y, fz + 0.12), (-3.0, y, fz + 0.10), 0.03, 0.1, slat)
    for x in (-4.2, -3.1):
        for z in (0.2, 0.44):
            s.bar(bench, (x, 0, fz + z), (x, 0.43, fz + z), 0.04, 0.04, iron)
        s.bar(bench, (x, 0.4, fz + 0.13), (x, 0.82, fz + 0.09), 0.03, 0.04, iron)
    crates = s.prop("bottle crate")
    cw = s.trim("crate red", 0.4, 0.4, 200, m.painted_steel(srgb(164, 52, 42), 0.3, rough=0.6))
    bottle = s.trim("bottle glass", 0.25, 0.3, 170, m.plain(srgb(74, 104, 84), 0.08, 0.08, grime=0.1))
    at = move(-1.72, 0, fz + 0.62, yaw=14)
    s.box(crates, (0.44, 0.02, 0.3), cw, at=at @ move(y=0.02), bevel=0.004)
    for x, z, w, d in ((0, 0.15, 0.44, 0.015), (0, -0.15, 0.44, 0.015), (0.22, 0, 0.015, 0.3), (-0.22, 0, 0.015, 0.3)):
        s.box(crates, (w, 0.16, d), cw, at=at @ move(x, 0.1, z), bevel=0.004)
    for k in range(12):
        s.lathe(
            crates,
            [(0, 0.24), (0.012, 0.24), (0.012, 0.19), (0.03, 0.13), (0.031, 0.0), (0, 0)],
            bottle,
            at=at @ move(-0.16 + 0.107 * (k % 4), 0.03, -0.09 + 0.09 * (k // 4)),
            sides=10,
        )
    bucket = s.prop("bucket and brush")
    s.lathe(
        bucket,
        [(0, 0.02), (0.1, 0.02), (0.135, 0.25), (0.142, 0.255), (0.142, 0.24), (0.108, 0.01), (0, 0)],
        zinc,
        at=move(-1.62, 0.0, -2.62),
        sides=20,
    )
    s.tube(bucket, np.array([[-1.62, 0.05, -2.62], [-1.4, 0.62, -2.74]]), 0.011, slat, sides=6)
    s.box(bucket, (0.16, 0.03, 0.05), rubber, at=move(-1.4, 0.63, -2.74, yaw=30, roll=20), bevel=0.01)
    pickup(s, move(1.15, 0, -4.7, yaw=-14), chrome, glass)

    # ---- poles and wires to the horizon
    poles = s.prop("telegraph poles")
    tops = []
    for k, along in enumerate((-11.0, -3.0, 6.0, 15.0, 24.0, 33.0, 42.0, 52.0, 63.0, 75.0)):
        q = ROAD + ALONG * along + ACROSS * 4.4
        y = float(lie(q[0], q[1]))
        lean = move(q[0], y, q[1], yaw=-18.0, roll=float(rng.uniform(-2.2, 2.2)), pitch=float(rng.uniform(-1.5, 1.5)))
        tall = 5.0
        s.tube(
            poles,
            np.array([[0, -0.4, 0], [0, tall, 0]]),
            np.array([0.095, 0.065]),
            pole_wood,
            sides=9 if k < 5 else 6,
            xf=lean,
        )
        s.bar(poles, (-0.62, tall - 0.35, 0.07), (0.62, tall - 0.35, 0.07), 0.07, 0.09, pole_wood, xf=lean)
        if k < 6:
            for x in (-0.3, 0.3):
                s.tube(poles, np.array([[x, tall - 0.36, 0.08], [0, tall - 0.75, 0.06]]), 0.014, iron, sides=4, xf=lean)
        spots = []
        for x in (-0.55, 0.0, 0.55):
            if k < 7:
                s.lathe(
                    poles,
                    [(0, 0.09), (0.025, 0.085), (0.036, 0.04), (0.03, 0.02), (0.02, 0.0)],
                    glass,
                    at=lean @ move(x, tall - 0.3, 0.07),
                    sides=8,
                )
            spots.append(apply(lean, np.array([x, tall - 0.22, 0.07])))
        tops.append(spots)
    thin = s.trim("wire", 0.1, 1.5, 60, m.plain(srgb(60, 54, 48), 0.6, 0.1))
    for k, (a, b) in enumerate(pairwise(tops)):
        for p, q in zip(a, b, strict=True):
            o.wire(s, poles, p, q, 0.28, 0.008 + 0.0022 * k, thin, 8)

    # ---- what grows and lies about
    scrub = s.prop("scrub")
    bark = s.trim("bark", 0.2, 0.6, 110, m.wood(srgb(130, 104, 78), srgb(84, 64, 48), 0.95, wear=0))
    sage = s.trim("sage leaves", 0.3, 0.3, 110, o.foliage(srgb(124, 128, 92), srgb(166, 150, 104)))
    straw = s.trim("straw", 0.1, 0.6, 110, o.foliage(srgb(188, 158, 98), srgb(150, 118, 72)))
    where = []
    for x, z, size in ((-5.6, -0.9, 0.5), (-6.8, -4.4, 0.6), (-0.1, -9.2, 0.55), (2.3, -8.6, 0.45), (3.1, -6.6, 0.36), (-7.5, 1.2, 0.6), (8.3, -4.0, 0.55), (9.4, -8.6, 0.6),
                       (7.0, -1.2, 0.4), (1.2, -12.4, 0.6), (4.2, -15.2, 0.6), (12.5, -7.0, 0.7), (-1.6, -13.5, 0.7), (15.0, -14.0, 0.8), (9.6, -17.5, 0.7), (-9.5, -8.0, 0.7)):  # fmt: skip
        o.bush(
            s,
            scrub,
            move(x, float(lie(np.array(x), np.array(z))) - 0.02, z, yaw=float(rng.uniform(0, 360))),
            size,
            11,
            int(rng.integers(1 << 30)),
            bark,
            sage,
        )
        where.append((x, z))
    grass = s.prop("dry grass")
    n = 0
    while n < 150:
        x, z = rng.uniform(-16, 18), rng.uniform(-24, 1.5)
        along, off = (float(v) for v in road(np.array(x), np.array(z)))
        if (
            abs(off) < HALF + 0.15
            or (-5.2 < x < 0.9 and -9.6 < z < 1.4)
            or (abs(off) > 4 and z > -2 and abs(x) < 3)
            or (abs(x - 1.15) < 1.3 and abs(z + 4.7) < 2.6)
        ):
            continue
        if n % 3 == 0 and abs(off) > HALF + 1.2:
            continue
        o.tuft(
            s,
            grass,
            move(x, float(lie(np.array(x), np.array(z))) - 0.01, z),
            rng.uniform(0.12, 0.34),
            rng.uniform(0.08, 0.2),
            8,
            int(rng.integers(1 << 30)),
            straw,
            0.018,
        )
        n += 1
    for x, z in (
        (-4.95, -6.1),
        (-4.7, -6.45),
        (-0.8, -6.75),
        (0.5, -7.5),
        (-0.35, -7.7),
        (-4.2, -2.75),
        (-1.75, -3.0),
        (-2.0, -6.5),
    ):
        for _ in range(3):
            o.tuft(
                s,
                grass,
                move(x + rng.uniform(-0.2, 0.2), -0.01, z + rng.uniform(-0.15, 0.15)),
                rng.uniform(0.12, 0.3),
                0.12,
                8,
                int(rng.integers(1 << 30)),
                straw,
                0.016,
            )
    stones = s.prop("stones")
    for k in range(34):
        x, z = rng.uniform(-10, 12), rng.uniform(-16, 0.6)
        _, off = (float(v) for v in road(np.array(x), np.array(z)))
        if abs(off) < HALF + 0.2 or (-5 < x < 2.6 and -9 < z < 1.2):
            continue
        size = rng.uniform(0.06, 0.24)
        o.boulder(
            s,
            stones,
            move(x, float(lie(np.array(x), np.array(z))) + size * 0.2, z, yaw=float(rng.uniform(0, 360))),
            (size, size * 0.66, size * 0.8),
            900 + k,
            stone,
            0.18,
            6,
        )
    for x, z, size in ((14.5, -22, 1.1), (-12, -19, 1.3), (21, -15, 1.4), (6.0, -30, 1.2)):
        o.boulder(
            s,
            stones,
            move(x, float(lie(np.array(x), np.array(z))) + size * 0.2, z),
            (size, size * 0.7, size * 0.9),
            int(900 + abs(x) * 7),
            stone,
            0.2,
            9,
        )
    cactus = s.prop("cactuses")
    green = s.chart("cactus", 1.0, 3.0, 60, ribs)
    for x, z, tall in ((0.6, -13.0, 2.7), (-8.4, -11.5, 3.0), (16.5, -9.5, 2.6), (-6.0, -20.0, 3.2), (24, -22, 3.0)):
        saguaro(
            s, cactus, move(x, float(lie(np.array(x), np.array(z))), z, yaw=float(rng.uniform(-30, 30))), tall, green
        )
    weeds = s.prop("tumbleweeds")
    for x, z, r in ((4.6, -3.4, 0.2), (-5.25, -2.6, 0.24), (1.9, -9.4, 0.26)):
        for _ in range(18):
            axis = rng.normal(size=3)
            axis /= np.linalg.norm(axis)
            u = np.cross(axis, [0.3, 1, 0.2])
            u /= np.linalg.norm(u)
            v = np.cross(axis, u)
            a = np.linspace(rng.uniform(0, 6), rng.uniform(0, 6) + rng.uniform(2, 4), 8)[:, None]
            q = r * rng.uniform(0.6, 1.0) * (u * np.cos(a) + v * np.sin(a)) + rng.normal(size=(8, 3)) * 0.012
            s.tube(weeds, q, 0.006, straw, sides=3, caps=False, xf=move(x, r * 0.92, z))
    steel = s.trim("lattice", 0.2, 1.6, 50, m.iron(srgb(104, 92, 82), 0.5))
    mill = s.prop("wind pump")
    windpump(s, mill, move(17.5, float(lie(np.array(17.5), np.array(-18.0))), -18.0, yaw=-38), steel, zinc)
    post = s.prop("road sign")
    q = ROAD + ALONG * 9.0 + ACROSS * 3.3

    def shield(c: Canvas) -> None:
        m.painted_steel(srgb(214, 206, 188), 0.4, rough=0.4, wear=0.02)(c)
        c.lay(c.lettering("66", 0.16, 0.42, 0.2, 6), srgb(40, 38, 38))
        c.lay(smooth(0.03, 0.024, np.abs(c.edge - 0.03)), srgb(40, 38, 38))

    at = move(q[0], 0, q[1], yaw=-10, roll=3)
    s.bar(post, (0, -0.1, 0), (0, 1.9, 0), 0.05, 0.05, pole_wood, xf=at)
    s.box(
        post, (0.56, 0.6, 0.02), {"f": shield, "*": iron}, 150, at=at @ move(0, 1.7, 0.04), bevel=0.006, name="shield"
    )
    s.bake(META, levels=4)


META = {
    "label": "Desert",
    "about": "A filling station on a desert road: two pumps under a canopy, a parked pick-up, telegraph poles running to the mesas.",
    "policies": {"default": {"layout": "hold", "props": "hold", "surfaces": "hold"}},
    "marks": {
        "pumps": {"position_m": [-0.7, 0, 0.25], "facing_deg": 4, "camera_deg": 14, "label": "On the forecourt, before the pumps"},
        "road": {"position_m": [2.2, 0, 0.3], "facing_deg": -4, "camera_deg": -8, "label": "On the road"},
        "pickup": {"position_m": [0.25, 0, 0.05], "facing_deg": -22, "camera_deg": -34, "label": "In the pick-up's headlights"},
    },
    "practicals": {
        "headlights": {"position_m": [0.60, 0.86, -2.50], "rgb": [1.0, 0.86, 0.62], "power": 1.0, "kind": "lamp", "radius_m": 0.32, "default_on": True},
        "sign": {"position_m": [0.06, 2.75, -7.45], "rgb": [1.0, 0.24, 0.12], "power": 1.0, "kind": "neon", "radius_m": 0.4, "default_on": True},
        "lamp": {"position_m": [-2.9, 2.37, -3.2], "rgb": [1.0, 0.80, 0.52], "power": 0.7, "kind": "lamp", "radius_m": 0.12, "default_on": True},
        "lamp globes": {"position_m": [-3.0, 1.75, -2.72], "rgb": [1.0, 0.93, 0.78], "power": 0.35, "kind": "lamp", "radius_m": 0.2, "default_on": True},
        "office": {"position_m": [-3.4, 1.35, -6.6], "rgb": [1.0, 0.74, 0.42], "power": 0.7, "kind": "window", "radius_m": 0.5, "default_on": True},
    },
    "sun": {"azimuth_deg": 58, "elevation_deg": 40},
    "open_sky": 0.92,
    "bounds_m": [[-90, -2.5, -90], [90, 18, 90]],
}  # fmt: skip
