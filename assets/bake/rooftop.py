"""The rooftop: felt and gravel inside a parapet, a water tank, a stair hut, string lights, a city all round.

Audience at +Z, where the roof goes on. The city stands on `STREET`, in three depths with its own windows; the last row closes
the horizon. Seen from `middle` the tank stands left and the hut right of the figure. Built by `python -m assets.bake.sets rooftop`.
"""

from __future__ import annotations

import numpy as np

from assets.bake import materials as m
from assets.bake import outdoors as o
from assets.bake.materials import Array, Canvas, Painter, mix, smooth, srgb
from assets.bake.sets import Chart, Stage, move

BRICK = [srgb(134, 72, 54), srgb(118, 60, 46), srgb(146, 84, 62), srgb(104, 58, 48), srgb(128, 78, 60)]
PALE = [srgb(160, 132, 102), srgb(146, 116, 90), srgb(170, 144, 112), srgb(132, 104, 82)]
LIME = srgb(156, 148, 134)
SOOT = srgb(46, 42, 40)
NEAR = ((-2.9, -1.4), (3.0, 2.4))
ROOF = ((-6.3, -5.2), (6.3, 7.0))
EDGE, STREET, LAST = 0.92, -15.0, 80.0


# ---- surfaces ---------------------------------------------------------------------------------------------------
def felt(c: Canvas) -> None:
    """Mineral felt in strips, mopped seams, blisters, tar over old leaks, gravel drifted to the edges; (u, v) are x and z."""
    x, z = c.u, c.v
    strip = (z + 0.03 * c.noise(2.0, 2)) / 0.92
    row = np.floor(strip)
    h = np.mod(np.sin(row * 91.3) * 4375.5, 1.0)
    c.rgb = srgb(112, 106, 100) * (0.86 + 0.26 * h + 0.09 * c.noise(0.7, 5))[..., None]
    d, _, who = c.cells(0.009)
    grit = smooth(0.55, 0.3, d)
    c.rgb = mix(c.rgb, mix(srgb(74, 72, 72), srgb(164, 156, 146), who), grit * 0.45)
    c.relief += 0.0009 * grit + 0.003 * c.noise(0.5, 3)
    c.rough[:] = 0.9
    # a worn coat of silver paint on some strips
    silver = smooth(0.2, -0.6, c.noise(0.45, 5)) * (h > 0.55)
    c.lay(silver * 0.6, srgb(172, 170, 164), 0.55)
    lap = np.minimum(strip - row, row + 1 - strip) * 0.92
    seam = smooth(0.055, 0.035, lap + 0.015 * c.noise(0.2, 4))
    c.lay(seam * 0.92, srgb(50, 48, 47) * (1 + 0.1 * c.noise(0.1, 3))[..., None], 0.42, relief=0.004)
    across = np.abs(np.mod(x + 2.3 * h, 4.2) - 2.1)
    c.lay(smooth(0.05, 0.035, across + 0.012 * c.noise(0.2, 4)) * 0.9, srgb(48, 46, 45), 0.42, relief=0.004)
    patch = smooth(1.25, 1.32, c.noise(0.9, 5))
    c.lay(patch, srgb(44, 43, 43), 0.4, relief=0.003)
    crack = smooth(0.035, 0.012, np.abs(c.noise(0.9, 6))) * smooth(0.3, 1.1, c.noise(1.2, 2))
    c.lay(crack * 0.8, srgb(40, 38, 37), relief=-0.002)
    # gravel: swept from where people walk
    walk = np.minimum(np.hypot((x - 0.2) * 0.8, z - 0.4), 9.0)
    rim = np.minimum(np.minimum(x - ROOF[0][0], ROOF[1][0] - x), z - ROOF[0][1])
    many = smooth(1.4, 3.4, walk + 0.7 * c.noise(0.8, 4)) * 0.8 + smooth(0.8, 0.0, rim)
    d, _, who = c.cells(0.028, 0.3)
    pebble = smooth(0.46, 0.30, d) * (who < 0.95 * np.clip(many, 0.05, 1))
    c.lay(pebble, mix(srgb(186, 172, 152), srgb(108, 100, 94), np.mod(who * 17.3, 1.0)), 0.85, relief=0.006)
    # water stood here
    stain = np.abs(c.noise(1.5, 3) - 0.9)
    c.lay(smooth(0.10, 0.02, stain) * 0.16, srgb(186, 178, 162), 0.9)
    c.lay(smooth(0.95, 1.6, c.noise(1.5, 4)) * 0.4, srgb(78, 74, 66), 0.6)
    c.lay(
        smooth(0.5, 0.0, rim + 0.15 * c.noise(0.3, 4)) * smooth(-0.2, 1.0, c.noise(0.15, 4)) * 0.6,
        srgb(72, 80, 46),
        0.95,
    )
    c.dirt(0.6, srgb(58, 53, 47))


def parapet(colours: list[Array]) -> Painter:
    """Brick below a coping: soot and lime run down, tar turned up at the foot."""

    def paint(c: Canvas) -> None:
        m.brick(colours, LIME, soot=0.35, salt=0.35)(c)
        c.lay(c.drips(0.0, 0.7, 0.7, 0.03) * 0.6, SOOT)
        c.lay(c.drips(0.0, 0.4, 0.9, 0.02) * 0.5, srgb(184, 176, 162))
        low = c.height_m - c.v
        tar = smooth(0.01, -0.01, low - 0.17 + 0.025 * c.noise(0.3, 4))
        c.lay(tar, srgb(50, 48, 47) * (1 + 0.12 * c.noise(0.1, 4))[..., None], 0.45)
        c.relief = mix(c.relief, 0.012 + 0.002 * c.noise(0.12, 3), tar)
        c.dirt(0.5, SOOT)

    return paint


def hut_front(c: Canvas) -> None:
    """The hut's wall to the roof: painted brick, peeling, a number, hands about the door, a drawn cat."""
    m.brick(PALE, LIME, soot=0.2, salt=0.2)(c)
    coat = smooth(1.2, 1.05, c.noise(0.45, 6) + 0.35 * smooth(0.5, 0.0, c.height_m - c.v))
    c.lay(coat * (0.55 + 0.45 * c.face), srgb(176, 164, 136) * (1 + 0.06 * c.noise(0.4, 4))[..., None], 0.75)
    band = smooth(-0.01, 0.01, 0.85 - (c.height_m - c.v)) * coat
    c.lay(band * 0.85, srgb(64, 96, 98), 0.6)
    a = np.linspace(0, 2 * np.pi, 40)
    cat = [np.stack([0.62 + 0.12 * np.cos(a), 1.32 + 0.1 * np.sin(a)], -1), np.array([[0.52, 1.26], [0.53, 1.14], [0.6, 1.22]]), np.array([[0.65, 1.22], [0.71, 1.14], [0.73, 1.26]]),
           np.array([[0.74, 1.4], [0.95, 1.5], [1.02, 1.36], [1.1, 1.34]])]  # fmt: skip
    c.lay(c.strokes(cat, 0.02, 0.004) * 0.85, srgb(40, 40, 46))
    c.lay(c.drips(0.0, 0.6, 1.2, 0.03) * 0.6, SOOT)
    low = c.height_m - c.v
    c.lay(smooth(0.2, 0.0, low + 0.06 * c.noise(0.3, 4)) * 0.85, srgb(50, 48, 47), 0.5)
    c.dirt(0.5, SOOT)


def hut_door(c: Canvas) -> None:
    """A steel door, ochre, kicked and stickered."""
    m.painted_steel(srgb(170, 122, 50), 0.45, drip=0.35, wear=0.014)(c)
    e = np.minimum(np.minimum(c.u, c.width - c.u), np.minimum(c.v, c.height_m - c.v))
    c.relief += 0.003 * smooth(0.09, 0.085, e)
    low = c.height_m - c.v
    c.lay(smooth(0.3, 0.295, low), srgb(110, 106, 102) * (1 + 0.08 * c.noise(0.2, 4))[..., None], 0.4)
    c.lay(
        c.lettering("KEEP", 0.2, 0.52, 0.085, 3) * 0.9 + c.lettering("SHUT", 0.2, 0.66, 0.085, 3) * 0.9,
        srgb(216, 206, 180),
        0.6,
    )
    for u0, v0, w, h, col in (
        (0.5, 0.86, 0.12, 0.08, srgb(176, 54, 44)),
        (0.2, 0.9, 0.09, 0.11, srgb(196, 188, 170)),
        (0.42, 1.06, 0.08, 0.08, srgb(64, 108, 120)),
    ):
        c.lay(m.patchy(c, u0, v0, u0 + w, v0 + h, 0.004), col * (1 + 0.1 * c.noise(0.02, 3))[..., None], 0.6)
    c.lay(smooth(0.16, 0.02, np.hypot(c.u - 0.09, (c.v - 1.05) * 0.6) + 0.03 * c.noise(0.05, 3)) * 0.5, SOOT)


def staves(c: Canvas) -> None:
    """Tank staves: silvered cedar, wet streaks below the hoops."""
    m.wood(srgb(150, 120, 90), srgb(88, 66, 50), 0.85, plank_m=0.14, wear=0)(c)
    c.lay(smooth(0.1, 1.6, c.noise(0.6, 4, stretch=3)) * 0.5, srgb(142, 136, 126), 0.9)
    for v in (0.25, 0.7, 1.15):
        c.lay(c.drips(v, 0.6, 0.5, 0.03) * 0.6, srgb(66, 50, 40), 0.7)
    c.lay(c.drips(0.0, 0.5, 1.6, 0.05) * 0.45, srgb(74, 84, 58), 0.9)


def facade(colour: Array, cols: int, rows: int, kind: int) -> Painter:
    """A house front across the way: `cols` by `rows` windows with frames, sills, blinds; cornice on top; paled by the air."""

    def paint(c: Canvas) -> None:
        c.rgb = colour * (1 + 0.08 * c.noise(1.4, 4) + 0.05 * c.noise(0.2, 3))[..., None]
        c.tone(1 + 0.05 * np.sin(c.v * 2 * np.pi / 0.16))
        c.rough[:] = 0.9
        fx, fy = c.u / c.width * cols, c.v / c.height_m * rows
        i, j = np.floor(fx), np.floor(fy)
        x, y = fx - i - 0.5, fy - j - 0.5
        h = np.mod(np.sin(i * 127.1 + j * 311.7) * 43758.5, 1.0)
        wx, wy = ((0.27, 0.33), (0.36, 0.30), (0.22, 0.38), (0.46, 0.28))[kind]
        trim = (np.abs(x) < wx + 0.06) & (np.abs(y) < wy + 0.05)
        c.lay(trim, np.minimum(colour * 1.28, 0.6), 0.85, relief=0.02)
        sill = (np.abs(x) < wx + 0.09) & (np.abs(y - wy - 0.05) < 0.035)
        c.lay(sill, np.minimum(colour * 1.45, 0.65), 0.85, relief=0.04)
        c.lay(
            (np.abs(x) < wx + 0.04)
            * smooth(0.5, 0.0, y - wy - 0.07)
            * (y > wy + 0.08)
            * smooth(-0.5, 1, c.noise(0.3, 3))
            * 0.5,
            SOOT,
        )
        pane = (np.abs(x) < wx) & (np.abs(y) < wy)
        c.lay(pane, mix(srgb(50, 58, 66), srgb(92, 102, 110), h), 0.12, relief=-0.03)
        blind = pane & (y < -wy + 2 * wy * np.mod(h * 7.7, 1.0) * 0.8) & (h > 0.35)
        c.lay(blind * 0.85, mix(srgb(196, 184, 158), srgb(150, 138, 120), np.mod(h * 3.3, 1.0)), 0.8)
        bars = pane & ((np.abs(x) < 0.022) | (np.abs(y) < 0.016) | (np.abs(x) > wx - 0.03) | (np.abs(y) > wy - 0.02))
        c.lay(bars, srgb(70, 66, 62), 0.6)
        c.lay(c.drips(0.0, 0.6, c.height_m * 0.5, 0.2) * 0.5, SOOT)
        c.lay((c.v < 0.35) & (kind != 3), np.minimum(colour * 1.2, 0.6), 0.85, relief=0.05)
        c.lay(np.abs(c.v - 0.42) < 0.06, colour * 0.55)
        c.rgb = mix(c.rgb, srgb(150, 152, 160), 0.12)

    return paint


def far_front(c: Canvas) -> None:
    """Towers in the haze: storeys and columns of windows, no more."""
    c.rgb = srgb(134, 136, 146) * (1 + 0.1 * c.noise(3.0, 3))[..., None]
    x, y = np.mod(c.u, 0.8) / 0.8, np.mod(c.v, 1.0)
    pane = np.clip(smooth(0.32, 0.26, np.abs(x - 0.5)) * smooth(0.34, 0.28, np.abs(y - 0.5)), 0, 1)
    c.lay(pane * 0.75, srgb(92, 100, 114), 0.3)
    c.rough[:] = 0.8


def lit_pane(c: Canvas) -> None:
    """Lit rooms behind curtains, many on one chart."""
    x, y = np.mod(c.u, 0.5) / 0.5, np.mod(c.v, 0.7) / 0.7
    h = np.mod(np.sin(np.floor(c.u / 0.5) * 37.7 + np.floor(c.v / 0.7) * 91.1) * 4375.5, 1.0)
    c.rgb[:] = srgb(218, 188, 138)
    c.tone(1 - 0.35 * (np.abs(x - 0.5) > 0.5 - 0.3 * h) + 0.08 * np.sin(c.u * 90) - 0.3 * (y < 0.15 + 0.3 * h))
    c.lay((np.abs(x - 0.5) < 0.03) | (np.abs(y - 0.5) < 0.025), srgb(70, 58, 48))


def canvas_stripes(c: Canvas) -> None:
    """Deck chair canvas."""
    c.lay(smooth(-0.1, 0.1, np.sin(c.u * 2 * np.pi / 0.13)), srgb(206, 196, 168))
    c.lay(smooth(1.2, 2.0, c.noise(0.15, 4)) * 0.4, srgb(120, 100, 80))


def louvres(c: Canvas) -> None:
    """The side of an air-conditioning unit: zinc, louvres, a rating plate, rust from the feet."""
    m.metal(srgb(168, 166, 158), 0.42, 0.2, 0.5)(c)
    inside = np.minimum(np.minimum(c.u - 0.06, c.width - 0.06 - c.u), np.minimum(c.v - 0.07, c.height_m - 0.12 - c.v))
    saw = np.mod(c.v / 0.045, 1.0)
    slot = smooth(0.0, 0.005, inside)
    c.relief += 0.012 * saw * slot
    c.lay(slot * smooth(0.75, 0.95, saw) * 0.85, srgb(46, 46, 46), 0.8)
    c.tint(c.drips(0.05, 0.6, c.height_m, 0.03) * 0.8, srgb(190, 122, 78))
    c.lay(smooth(0.14, 0.0, c.height_m - c.v + 0.05 * c.noise(0.1, 4)) * 0.7, srgb(112, 62, 36), 0.9)


# ---- modelling --------------------------------------------------------------------------------------------------
def water_tank(s: Stage, at: Array, iron: Chart, zinc: Chart) -> None:
    """A cedar tank on iron legs, hooped, with a cone for a lid, a ladder and a pipe."""
    p = s.prop("water tank")
    legs, r, high = 1.75, 0.92, 1.6
    feet = [(0.66, 0.66), (-0.66, 0.66), (-0.66, -0.66), (0.66, -0.66)]
    for i, (x, z) in enumerate(feet):
        s.box(p, (0.24, 0.06, 0.24), iron, at=at @ move(x * 1.12, 0.03, z * 1.12), bevel=0.01)
        s.bar(p, (x * 1.12, 0.05, z * 1.12), (x, legs, z), 0.09, 0.09, iron, xf=at)
        a, b = feet[i], feet[(i + 1) % 4]
        s.bar(p, (a[0], legs - 0.05, a[1]), (b[0], legs - 0.05, b[1]), 0.08, 0.13, iron, xf=at)
        s.tube(p, np.array([[a[0] * 1.1, 0.25, a[1] * 1.1], [b[0], legs - 0.15, b[1]]]), 0.016, iron, sides=5, xf=at)
        s.tube(p, np.array([[b[0] * 1.1, 0.25, b[1] * 1.1], [a[0], legs - 0.15, a[1]]]), 0.016, iron, sides=5, xf=at)
    beam = s.trim("tank beams", 0.3, 1.6, 110, m.wood(srgb(140, 116, 90), srgb(92, 72, 54), 0.9))
    for k in range(5):
        s.bar(p, (-0.85, legs + 0.06, -0.6 + 0.3 * k), (0.85, legs + 0.06, -0.6 + 0.3 * k), 0.11, 0.11, beam, xf=at)
    s.lathe(
        p,
        [(r, legs + 0.12 + high), (r * 1.015, legs + 0.12 + high * 0.5), (r * 1.03, legs + 0.12)],
        staves,
        120,
        sides=40,
        at=at,
        name="staves",
    )
    s.lathe(p, [(r * 1.03, legs + 0.12), (0, legs + 0.115)], beam, sides=28, at=at)
    for k in range(7):
        y = legs + 0.2 + high * (0.02 + 0.92 * (k / 6) ** 1.2)
        a = np.linspace(0, 2 * np.pi, 37)
        q = r * 1.025 + 0.012
        s.tube(p, np.stack([q * np.sin(a), np.full(37, y), q * np.cos(a)], -1), 0.012, iron, sides=4, caps=False, xf=at)
    s.lathe(
        p,
        [
            (0, legs + high + 0.80),
            (0.05, legs + high + 0.78),
            (r * 0.55, legs + high + 0.42),
            (r * 1.12, legs + high + 0.08),
            (r * 1.13, legs + high + 0.05),
            (r, legs + high + 0.06),
        ],
        zinc,
        sides=28,
        at=at,
    )
    for x in (-0.16, 0.16):
        s.tube(p, np.array([[x + 0.3, 0.0, 1.06], [x + 0.3, legs + high + 0.1, 1.03]]), 0.013, iron, sides=5, xf=at)
    for k in range(13):
        y = 0.2 + 0.26 * k
        s.tube(p, np.array([[0.14, y, 1.05], [0.46, y, 1.05]]), 0.010, iron, sides=4, caps=False, xf=at)
    s.tube(
        p,
        np.array([[-0.1, legs + 0.1, 0], [-0.1, 0.3, 0], [-0.1, 0.12, 0.1], [-0.1, 0.1, 0.4], [-0.1, 0.1, 1.2]]),
        0.05,
        zinc,
        sides=9,
        xf=at,
    )


def deck_chair(s: Stage, at: Array, wood: Chart) -> None:
    """A deck chair with a striped sling; its front towards local +Z."""
    p = s.prop("deck chair")
    for x in (-0.29, 0.29):
        s.bar(p, (x, 0.02, 0.62), (x, 0.98, -0.52), 0.03, 0.05, wood, xf=at)
        s.bar(p, (x * 0.88, 0.02, -0.50), (x * 0.88, 0.52, 0.60), 0.028, 0.045, wood, xf=at)
        s.bar(p, (x, 0.03, -0.46), (x, 0.60, -0.10), 0.025, 0.035, wood, xf=at)
    for y, z in ((0.98, -0.52), (0.52, 0.60), (0.04, 0.60), (0.04, -0.48)):
        s.tube(p, np.array([[-0.31, y, z], [0.31, y, z]]), 0.017, wood, sides=7, xf=at)
    t = np.linspace(0, 1, 13)
    y = 0.99 * (1 - t) + 0.53 * t - 0.52 * np.sin(np.pi * t**0.85) ** 1.1 * 0.62
    z = -0.53 * (1 - t) + 0.61 * t
    x = np.linspace(-0.25, 0.25, 7)
    g = np.stack(
        [
            np.broadcast_to(x, (13, 7)),
            y[:, None] - 0.02 * np.cos(x / 0.25 * 1.5)[None],
            np.broadcast_to(z[:, None], (13, 7)),
        ],
        -1,
    )
    s.shell(p, g, 0.006, m.fabric(srgb(64, 104, 118), 0.004, 0.3, canvas_stripes), 260, xf=at, name="sling")


def plant(
    s: Stage, part: int, at: Array, tin: Chart, soil: Chart, leaves: Chart, bark: Chart, seed: int, tall: bool
) -> None:
    """A plant in an oil tin."""
    s.lathe(
        part, [(0.02, 0.2), (0.105, 0.2), (0.11, 0.215), (0.118, 0.21), (0.115, 0.01), (0.1, 0)], tin, at=at, sides=16
    )
    s.lathe(part, [(0, 0.195), (0.1, 0.185)], soil, at=at, sides=10)
    if tall:
        o.bush(s, part, at @ move(y=0.17), 0.52, 9, seed, bark, leaves)
    else:
        o.tuft(s, part, at @ move(y=0.17), 0.4, 0.26, 16, seed, leaves, 0.045)


def hanging(
    s: Stage,
    part: int,
    a: Array,
    b: Array,
    t0: float,
    t1: float,
    drop: float,
    sag: float,
    skin: Painter,
    seed: int,
    name: str,
) -> None:
    """A cloth pegged to the line from a to b between t0 and t1."""
    rng = np.random.default_rng(seed)
    t = np.linspace(t0, t1, 15)
    top = a + (b - a) * t[:, None] - np.array([0, 1.0, 0]) * (4 * sag * t * (1 - t))[:, None]
    side = np.cross((b - a) / np.linalg.norm(b - a), [0, 1.0, 0])
    v = np.linspace(0, 1, 9)[:, None, None]
    ph = rng.random(3) * 6.3
    u = np.linspace(0, 1, 15)[None, :, None]
    dip = 0.018 * np.abs(np.sin(u * np.pi * 3)) * (1 - v)
    wave = (0.03 * np.sin(u * 11 + ph[0]) + 0.05 * np.sin(u * 5 + ph[1])) * v**0.7 + 0.10 * v**2 * np.sin(ph[2])
    g = top[None] - np.array([0, 1.0, 0]) * (v * drop * (1 - 0.04 * np.sin(u * 6 + ph[0])) + dip) + side * wave
    s.shell(part, g, 0.004, skin, 130, name=name)


def city(s: Stage, iron: Chart, zinc: Chart) -> None:
    """Houses and towers in three depths, each with windows of its own that burn at night."""
    rng = np.random.default_rng(91)
    near = s.part("houses across", ["surfaces", "layout"])
    far = s.part("far skyline", ["surfaces", "layout"])
    warm = s.part(
        "lit windows", ["props", "layout"], emission={"practical": "skyline", "rgb": [1.0, 0.70, 0.36], "gain": 0.85}
    )
    dim = s.part(
        "dim windows", ["props", "layout"], emission={"practical": "skyline", "rgb": [1.0, 0.56, 0.26], "gain": 0.42}
    )
    cool = s.part(
        "cool windows", ["props", "layout"], emission={"practical": "skyline", "rgb": [0.72, 0.88, 1.0], "gain": 0.5}
    )
    glow = s.trim("lit panes", 3.0, 2.8, 60, lit_pane)
    roofing = s.trim("far roofs", 6.0, 6.0, 24, m.concrete(srgb(112, 106, 102), 0.9, 0.0))
    kinds = []
    for k, (col, cols, rows) in enumerate(
        (
            (srgb(136, 78, 60), 6, 9),
            (srgb(158, 142, 118), 7, 10),
            (srgb(116, 88, 76), 5, 9),
            (srgb(138, 140, 144), 7, 13),
            (srgb(176, 158, 128), 6, 8),
            (srgb(112, 72, 64), 7, 11),
        )
    ):
        kinds.append((s.chart(f"facade {k}", cols * 1.25, rows * 1.6, 34, facade(col, cols, rows, k % 4)), cols, rows))
    far_chart = s.chart("far facade", 8.0, 20.0, 18, far_front)

    def house(
        part: int,
        x: float,
        z: float,
        w: float,
        d: float,
        top: float,
        kind: int,
        yaw: float,
        lit: float,
        floor: float = STREET,
    ) -> None:
        chart, cols, rows = kinds[kind % len(kinds)]
        h = top - floor
        at = move(x, 0, z, yaw=yaw)
        for turn, width, off in ((0, w, d / 2), (90, d, w / 2), (-90, d, w / 2)):
            f = at @ move(yaw=turn) @ move(0, 0, off)
            s.quad(part, (-width / 2, top, 0), (width, 0, 0), (0, -h, 0), chart, xf=f)
            for i in range(cols):
                for j in range(rows):
                    if rng.random() > lit or top - (j + 0.5) / rows * h < -7:
                        continue
                    who = (warm, warm, dim, dim, cool)[int(rng.integers(5))]
                    kw = ((0.27, 0.33), (0.36, 0.30), (0.22, 0.38), (0.46, 0.28))[kind % len(kinds) % 4]
                    ww, hh = width / cols * kw[0] * 1.9, h / rows * kw[1] * 1.9
                    cx, cy = -width / 2 + (i + 0.5) / cols * width, top - (j + 0.5) / rows * h
                    for a in (-1, 1):  # two sashes of two panes, the bars between them stay dark
                        for b in (-1, 1):
                            x0, y0 = cx + a * ww / 4 - ww * 0.225, cy + b * hh / 4 + hh * 0.23
                            s.quad(who, (x0, y0, 0.03), (ww * 0.45, 0, 0), (0, -hh * 0.46, 0), glow, xf=f)
        s.quad(part, (-w / 2, top - 0.25, -d / 2), (w, 0, 0), (0, 0, d), roofing, xf=at)
        s.box(part, (w + 0.3, 0.3, 0.3), roofing, at=at @ move(0, top, d / 2), bevel=0.05)
        for k in (-1, 1):
            s.box(part, (0.3, 0.3, d), roofing, at=at @ move(k * w / 2, top, 0), bevel=0.05)

    rows: tuple[tuple[float, float, float, float, float, int, float], ...] = (
        (-15.5, -8, 8, 7, 1.6, 0, 30), (-11.5, -17.5, 7.5, 7, 2.6, 4, 12), (-4.6, -24.5, 7.2, 7, 3.4, 1, 4), (3.6, -19.5, 6.4, 6, 1.0, 2, -3), (10.6, -17, 6.8, 7, 3.8, 0, -14),
        (17, -9.5, 8, 8, 2.2, 5, -32), (-20, -24, 8, 8, 6.5, 5, 20), (-12.6, -33, 7, 7, 7.4, 3, 8), (1.2, -35, 6.5, 7, 6.2, 5, 0), (9.0, -31, 6.4, 6, 8.8, 3, -6), (17, -27, 7, 7, 6.0, 1, -20),
        (25, -20, 8, 8, 8.0, 3, -36), (-28, -13, 8, 9, 8.5, 1, 48), (27, -5, 8, 9, 5.0, 0, -66), (-25, 0, 8, 9, 4.0, 2, 74),
    )  # fmt: skip
    for x, z, w, d, top, kind, yaw in rows:
        house(near, x, z, w, d, top, kind, yaw, 0.24)
    # the far rows: towers, then a wall of roofs that closes the horizon
    for k in range(34):
        a = np.radians(-112 + 224 * (k + rng.uniform(-0.3, 0.3)) / 33)
        dist = float(rng.uniform(46, 70))
        w, top = float(rng.uniform(3.5, 6.5)), float(rng.choice([6, 8, 9, 11, 13, 16])) + float(rng.uniform(-1, 1))
        at = move(dist * np.sin(a), 0, -dist * np.cos(a), yaw=-np.degrees(a))
        s.box(
            far,
            (w, top - STREET, w),
            {"f": far_chart, "r": far_chart, "l": far_chart, "*": roofing},
            at=at @ move(y=(top + STREET) / 2),
            bevel=0.05,
            skip="bk",
        )
        if k % 3 == 0:
            s.box(far, (w * 0.6, 1.6, w * 0.6), far_chart, at=at @ move(y=top + 0.8), bevel=0.05, skip="bk")
            s.tube(far, np.array([[0, top + 1.5, 0], [0, top + 4.0, 0]]), 0.08, iron, sides=4, xf=at)
        for _ in range(int(w * 5)):
            cx, cy = rng.uniform(-w / 2 + 0.4, w / 2 - 0.4), rng.uniform(-2, top - 0.6)
            cx, cy = np.floor(cx / 0.7) * 0.7 + 0.35, np.floor(cy / 0.9) * 0.9 + 0.45
            if abs(cx) < w / 2 - 0.3:
                s.quad(
                    (warm, dim, dim, cool)[int(rng.integers(4))],
                    (cx - 0.2, cy + 0.28, w / 2 + 0.05),
                    (0.4, 0, 0),
                    (0, -0.5, 0),
                    glow,
                    xf=at,
                )
    a = np.radians(np.linspace(-180, 180, 121))
    top = 2.3 + 1.5 * np.mod(np.sin(np.floor(np.arange(121) / 1.0) * 12.9898) * 43758.5, 1.0)
    ring = np.stack([np.stack([LAST * np.sin(a), y, -LAST * np.cos(a)], -1) for y in (top, np.full(121, STREET - 0.5))])
    s.patch(far, ring[:, ::-1], s.trim("last roofs", 503, 18, 3, far_front), name="last")
    street = s.trim("street", 20, 20, 8, m.concrete(srgb(84, 82, 84), 0.9, 0.0))
    n = np.linspace(-LAST, LAST, 9)
    gx, gz = np.meshgrid(n, n)
    far_ground = np.stack([gx, np.full_like(gx, STREET), gz], -1)
    s.patch(far, far_ground, street)
    # a hotel's sign over its roof, tanks and aerials on the houses
    hotel = s.prop("hotel sign")
    letters = s.part(
        "hotel letters", ["props", "layout"], emission={"practical": "sign", "rgb": [1.0, 0.16, 0.14], "gain": 6.0}
    )
    tube = s.trim("tube glass", 0.3, 1.0, 60, m.plain(srgb(222, 210, 202), 0.15, vary=0.02, grime=0))
    at = move(-3.9, 4.9, -21.4, yaw=4)
    o.bent_letters(s, letters, hotel, "HOTEL", at, (0.85, 1.35), 0.96, tube, iron, 0.05)
    for y in (-0.85, 0.85):
        s.bar(hotel, (-2.5, y, -0.14), (2.5, y, -0.14), 0.08, 0.08, iron, xf=at)
    for x in np.linspace(-2.4, 2.4, 6):
        s.bar(hotel, (x, -1.7, -0.16), (x, 0.9, -0.16), 0.07, 0.07, iron, xf=at)
        s.bar(hotel, (x, -1.7, -1.3), (x, 0.3, -0.2), 0.05, 0.05, iron, xf=at)
    cedar = s.trim("far cedar", 1.2, 1.5, 50, m.wood(srgb(140, 112, 86), srgb(92, 70, 54), 0.9, plank_m=0.16, wear=0))
    tanks = s.prop("tanks and aerials of the houses")
    for x, y, z, k in (
        (-12.5, 2.4, -17.0, 1.0),
        (11.2, 3.6, -16.2, 1.1),
        (2.4, 0.9, -19, 0.9),
        (8.2, 8.6, -30.5, 1.2),
        (-13.4, 7.2, -32.5, 1.2),
    ):
        for i in range(4):
            q = np.pi / 4 + i * np.pi / 2
            s.tube(
                tanks,
                np.array(
                    [
                        [x + 0.6 * k * np.cos(q), y - 0.2, z + 0.6 * k * np.sin(q)],
                        [x + 0.5 * k * np.cos(q), y + 1.1 * k, z + 0.5 * k * np.sin(q)],
                    ]
                ),
                0.06,
                iron,
                sides=4,
                caps=False,
            )
        s.lathe(
            tanks,
            [(0, 2.75), (0.85, 2.2), (0.8, 2.2), (0.82, 1.05), (0, 1.05)],
            cedar,
            at=move(x, y, z) @ np.diag([k, k, k, 1.0]),
            sides=18,
        )
    for x, y, z in ((5.2, 1.0, -18.2), (9.0, 3.8, -15.2), (-9.6, 2.6, -15.6), (1.0, 6.2, -33)):
        s.tube(tanks, np.array([[x, y - 0.3, z], [x, y + 2.0, z]]), 0.03, iron, sides=4)
        for h, w in ((1.9, 0.5), (1.6, 0.65), (1.3, 0.4)):
            s.tube(tanks, np.array([[x - w, y + h, z], [x + w, y + h, z + 0.2]]), 0.02, iron, sides=3)
        s.box(tanks, (0.7, 0.9, 0.7), zinc, at=move(x + 1.1, y + 0.4, z + 0.3), bevel=0.04)


def build() -> None:
    """Model, bake and write the rooftop."""
    s = Stage("rooftop", 31, 3072)
    rng = np.random.default_rng(310)
    floor = s.part("ground", ["surfaces", "layout"])
    walls = s.part("parapet", ["surfaces", "layout"])
    iron = s.trim("iron", 0.4, 1.4, 180, m.iron(srgb(66, 66, 66), 0.5))
    zinc = s.trim("zinc", 0.5, 1.6, 150, m.metal(srgb(148, 150, 150), 0.4, 0.2, 0.6))
    stone = s.trim("coping", 1.3, 0.6, 170, m.concrete(srgb(158, 150, 136)))
    glass = s.trim("bulb glass", 0.2, 0.2, 150, m.plain(srgb(232, 214, 176), 0.12, vary=0.02, grime=0))
    black = s.trim("flex", 0.1, 1.2, 90, m.plain(srgb(40, 40, 40), 0.6, 0.08))
    wood = s.trim("weathered wood", 0.3, 1.3, 170, m.wood(srgb(168, 138, 100), srgb(112, 86, 60), 0.8))

    # ---- the roof
    ground = o.on_the_ground(felt, 9)
    (nx0, nz0), (nx1, nz1) = NEAR
    (x0, z0), (x1, z1) = ROOF
    for ax, az, bx, bz, density, name in (
        (nx0, nz0, nx1, nz1, 312, "near"), (nx0, z0, nx1, nz0, 120, "back"), (x0, z0, nx0, nz1, 84, "left"), (nx1, z0, x1, nz1, 84, "right"), (x0, nz1, x1, z1, 60, "front"),
    ):  # fmt: skip
        s.quad(floor, (ax, 0, az), (bx - ax, 0, 0), (0, 0, bz - az), ground, density, name=f"roof {name}")
    s.wall(walls, (x0, EDGE, z0), (1, 0, 0), 6.3, EDGE, parapet(BRICK), 170, name="back left")
    s.wall(walls, (0, EDGE, z0), (1, 0, 0), 6.3, EDGE, parapet(BRICK), 170, name="back right")
    side = s.wall(walls, (x0, EDGE, z0 + 6.1), (0, 0, -1), 6.1, EDGE, parapet(BRICK), 130, name="left")
    s.wall(walls, (x1, EDGE, z0), (0, 0, 1), 6.1, EDGE, parapet(BRICK), 130, name="right")
    s.wall(walls, (x0, EDGE, z0 + 12.2), (0, 0, -1), 6.1, EDGE, side)
    s.wall(walls, (x1, EDGE, z0 + 6.1), (0, 0, 1), 6.1, EDGE, side)
    for k in range(10):
        w = (x1 - x0) / 10
        s.box(walls, (w - 0.006, 0.09, 0.36), stone, at=move(x0 + w * (k + 0.5), EDGE + 0.045, z0 - 0.13), bevel=0.015)
        d = (z1 - z0) / 10
        for x in (x0 - 0.13, x1 + 0.13):
            s.box(walls, (0.36, 0.0901, d - 0.006), stone, at=move(x, EDGE + 0.045, z0 + d * (k + 0.5)), bevel=0.015)

    # ---- the stair hut with its door and lamp
    hut = s.part("stair hut", ["surfaces", "layout"])
    hx0, hx1, hz, deep, tall = 2.0, 4.7, -2.4, 2.3, 2.5
    s.wall(
        hut,
        (hx0, tall, hz),
        (1, 0, 0),
        hx1 - hx0,
        tall,
        hut_front,
        210,
        openings=[(1.35, 0.45, 2.15, tall, 0.1)],
        reveal=stone,
        name="hut front",
    )
    s.wall(hut, (hx0, tall, hz - deep), (0, 0, 1), deep, tall, hut_front, 150, name="hut left")
    s.wall(hut, (hx1, tall, hz), (0, 0, -1), deep, tall, parapet(PALE), 60, name="hut right")
    s.wall(hut, (hx1, tall, hz - deep), (-1, 0, 0), hx1 - hx0, tall, parapet(PALE), 30, name="hut back")
    tar = s.trim("hut roof", 1.4, 1.0, 90, m.concrete(srgb(70, 68, 67), 0.7, 0.4))
    s.box(
        hut, (hx1 - hx0 + 0.3, 0.12, deep + 0.3), tar, at=move((hx0 + hx1) / 2, tall + 0.05, hz - deep / 2), bevel=0.02
    )
    door = s.prop("roof door")
    dx = hx0 + 1.75
    s.box(
        door,
        (0.8, 2.05, 0.05),
        {"f": hut_door, "*": iron},
        240,
        at=move(dx, 1.03, hz - 0.07),
        bevel=0.006,
        skip="k",
        name="door",
    )
    s.box(door, (1.0, 0.1, 0.4), stone, at=move(dx, 0.05, hz + 0.16), bevel=0.015)
    s.tube(
        door,
        np.array([[dx - 0.32, 1.0, hz - 0.04], [dx - 0.32, 1.0, hz + 0.0], [dx - 0.2, 1.0, hz + 0.0]]),
        0.012,
        zinc,
        sides=6,
    )
    lamp = s.prop("bulkhead lamp")
    bulb = s.part(
        "bulkhead lamp glass",
        ["props", "layout"],
        emission={"practical": "lamp", "rgb": [1.0, 0.76, 0.46], "gain": 7.0},
    )
    at = move(dx, 2.27, hz + 0.005)
    s.box(lamp, (0.26, 0.16, 0.04), iron, at=at @ move(z=0.02), bevel=0.012)
    s.lathe(
        bulb,
        [(0, 0.11), (0.05, 0.10), (0.09, 0.06), (0.1, 0.03)],
        glass,
        at=at @ move(pitch=90) @ np.diag([1.1, 1.0, 0.65, 1.0]),
        sides=18,
    )
    for x in (-0.06, 0.0, 0.06):
        s.tube(
            lamp,
            np.array([[x, 0.08, 0.03], [x * 1.1, 0.06, 0.105], [x * 1.1, -0.06, 0.105], [x, -0.08, 0.03]]),
            0.006,
            iron,
            sides=4,
            caps=False,
            xf=at,
        )
    s.tube(
        lamp,
        np.array(
            [
                [dx + 0.13, 2.27, hz + 0.02],
                [dx + 0.5, 2.27, hz + 0.02],
                [dx + 0.55, 2.35, hz + 0.02],
                [dx + 0.55, tall, hz + 0.02],
            ]
        ),
        0.011,
        zinc,
        sides=5,
    )
    aerial = s.prop("aerial")
    ax, az = hx0 + 0.5, hz - 0.9
    s.tube(aerial, np.array([[ax, tall, az], [ax, tall + 1.7, az]]), 0.017, zinc, sides=6)
    for h, w in ((1.66, 0.3), (1.5, 0.42), (1.34, 0.36), (1.18, 0.5)):
        s.tube(aerial, np.array([[ax - w, tall + h, az], [ax + w, tall + h, az + 0.1]]), 0.008, zinc, sides=4)
    s.lathe(
        aerial,
        [(0.38, 0.12), (0.3, 0.055), (0.16, 0.012), (0, 0)],
        zinc,
        at=move(hx1 - 0.6, tall + 0.6, hz - 0.5, yaw=-24, pitch=50),
        sides=22,
    )
    s.tube(aerial, np.array([[hx1 - 0.6, tall, hz - 0.5], [hx1 - 0.6, tall + 0.6, hz - 0.5]]), 0.02, zinc, sides=6)

    water_tank(s, move(-3.3, 0, -4.0, yaw=12), iron, zinc)

    # ---- air conditioning, ducts, vents
    plant_room = s.prop("air conditioning")
    at = move(0.62, 0, -4.35, yaw=-4)
    sheet = s.trim("unit sheet", 0.8, 0.8, 130, m.metal(srgb(168, 166, 158), 0.42, 0.2, 0.5))
    s.box(
        plant_room,
        (1.15, 0.72, 0.66),
        {"f": louvres, "l": louvres, "*": sheet},
        190,
        at=at @ move(y=0.5),
        bevel=0.02,
        skip="b",
        name="unit",
    )
    for x in (-0.45, 0.45):
        s.bar(plant_room, (x, 0.07, -0.36), (x, 0.07, 0.36), 0.1, 0.14, wood, xf=at)
    for x in (-0.27, 0.27):
        for k in range(4):
            a = np.linspace(0, 2 * np.pi, 25)
            r = 0.06 + 0.055 * k
            s.tube(
                plant_room,
                np.stack([x + r * np.cos(a), 0.885 + 0 * a, r * np.sin(a)], -1),
                0.006,
                iron,
                sides=3,
                caps=False,
                xf=at,
            )
        s.lathe(plant_room, [(0.235, 0.05), (0.245, 0.05), (0.25, 0.0)], sheet, at=at @ move(x, 0.86, 0), sides=24)
        for k in range(4):
            s.bar(
                plant_room,
                (x, 0.87, 0),
                (x + 0.22 * np.cos(k * np.pi / 2 + 0.4), 0.87, 0.22 * np.sin(k * np.pi / 2 + 0.4)),
                0.05,
                0.006,
                iron,
                xf=at,
            )
    s.tube(
        plant_room,
        np.array([[1.25, 0.36, -4.4], [1.75, 0.36, -4.4], [1.92, 0.36, -4.38], [2.0, 0.36, -4.36]]),
        0.16,
        zinc,
        sides=14,
    )
    vents = s.prop("vents and pipes")
    for x, z, h in ((-0.9, -3.3, 0.55), (-4.9, -1.9, 0.7), (5.4, -1.4, 0.6), (-0.62, -4.6, 0.9)):
        s.lathe(
            vents,
            [
                (0, h + 0.3),
                (0.1, h + 0.28),
                (0.19, h + 0.17),
                (0.2, h + 0.12),
                (0.1, h + 0.1),
                (0.085, h),
                (0.085, 0.1),
                (0.13, 0.06),
                (0.16, 0),
            ],
            zinc,
            at=move(x, 0, z),
            sides=18,
        )
    for x, z in ((1.5, -3.2), (-5.3, -4.3), (5.6, -3.6)):
        s.tube(vents, np.array([[x, 0, z], [x, 0.75, z]]), 0.055, iron, sides=10)
        s.lathe(vents, [(0.06, 0.12), (0.12, 0.02), (0.15, 0)], tar, at=move(x, 0, z), sides=12)
    s.tube(
        vents,
        np.array([[-6.1, 0.12, -4.9], [-1.0, 0.12, -4.95], [-0.4, 0.12, -4.95], [0.1, 0.12, -4.9]]),
        0.045,
        zinc,
        sides=8,
    )

    # ---- string lights
    strings = s.prop("string lights")
    bulbs = s.part(
        "string bulbs", ["props", "layout"], emission={"practical": "strings", "rgb": [1.0, 0.68, 0.32], "gain": 7.0}
    )
    masts = [
        np.array([-4.6, 2.55, -1.0]),
        np.array([1.85, 2.52, -2.3]),
        np.array([-2.55, 2.45, -3.35]),
        np.array([5.4, 2.6, 0.2]),
    ]
    for i in (0, 3):
        x, y, z = masts[i]
        s.tube(strings, np.array([[x, 0, z], [x, y + 0.1, z]]), 0.028, wood, sides=8)
        s.lathe(strings, [(0.04, 0.22), (0.15, 0.2), (0.16, 0.0)], stone, at=move(x, 0, z), sides=14)
    for a, b, sag in ((0, 1, 0.28), (0, 2, 0.12), (2, 1, 0.26), (1, 3, 0.24)):
        p = o.wire(s, strings, masts[a], masts[b], sag, 0.006, black, 15)
        length = float(np.linalg.norm(masts[b] - masts[a]))
        n = int(length / 0.36)
        for k in range(n):
            t = (k + 0.5) / n * 14
            q = p[int(t)] + (p[min(int(t) + 1, 14)] - p[int(t)]) * (t % 1)
            s.lathe(strings, [(0.006, 0.0), (0.016, -0.012), (0.016, -0.045)], black, at=move(*q), sides=6)
            s.lathe(
                bulbs,
                [(0.014, -0.045), (0.03, -0.075), (0.033, -0.095), (0.022, -0.12), (0, -0.13)],
                glass,
                at=move(*q),
                sides=8,
            )

    # ---- washing, chair, table, plants
    washing = s.prop("washing line")
    a, b = np.array([-5.6, 2.05, -0.7]), np.array([-4.1, 1.7, -3.28])
    s.tube(washing, np.array([[a[0], 0, a[2]], [a[0], 2.15, a[2]]]), 0.032, iron, sides=8)
    o.wire(s, washing, a, b, 0.10, 0.006, black, 15)
    hanging(s, washing, a, b, 0.06, 0.34, 0.92, 0.10, m.fabric(srgb(204, 196, 178), 0.004, 0.4), 1, "sheet")
    hanging(s, washing, a, b, 0.37, 0.48, 0.50, 0.10, m.fabric(srgb(168, 66, 54), 0.004, 0.35), 2, "towel")
    hanging(
        s, washing, a, b, 0.52, 0.68, 0.6, 0.10, m.fabric(srgb(84, 112, 128), 0.004, 0.35, canvas_stripes), 3, "blanket"
    )
    deck_chair(s, move(-1.75, 0, -1.95, yaw=28), wood)
    table = s.prop("crate table")
    crate = s.trim("crate", 0.4, 0.5, 200, m.wood(srgb(180, 146, 100), srgb(124, 92, 60), 0.8, plank_m=0.09))
    at = move(-0.98, 0, -2.0, yaw=-8)
    s.box(table, (0.42, 0.36, 0.34), crate, at=at @ move(y=0.18), bevel=0.008)
    radio = m.plain(srgb(150, 62, 46), 0.35, 0.05, wear=0.004)

    def dial(c: Canvas) -> None:
        radio(c)
        x, y = c.u / c.width, c.v / c.height_m
        c.lay((np.abs(x - 0.34) < 0.26) & (np.abs(y - 0.5) < 0.34), srgb(196, 178, 132), 0.8)
        c.lay((np.abs(x - 0.34) < 0.26) & (np.abs(y - 0.5) < 0.34) & (np.mod(c.v, 0.012) < 0.005), srgb(90, 70, 50))
        c.lay(np.hypot((x - 0.8) * c.width, (y - 0.5) * c.height_m) < 0.035, srgb(216, 206, 180), 0.3)

    s.box(
        table,
        (0.26, 0.16, 0.09),
        {"f": dial, "*": crate},
        300,
        at=at @ move(-0.04, 0.44, -0.04, yaw=14),
        bevel=0.015,
        name="radio",
    )
    s.tube(table, np.array([[-0.14, 0.5, -0.06], [-0.3, 0.86, -0.1]]), 0.004, zinc, sides=4, xf=at)
    bottle = s.trim("bottle", 0.25, 0.3, 160, m.plain(srgb(66, 92, 60), 0.08, 0.08, grime=0.1))
    s.lathe(
        table,
        [(0, 0.27), (0.013, 0.27), (0.013, 0.2), (0.034, 0.14), (0.036, 0.0), (0, 0)],
        bottle,
        at=at @ move(0.14, 0.36, 0.05),
        sides=14,
    )
    s.lathe(
        table,
        [(0.03, 0.005), (0.034, 0.1), (0.037, 0.1), (0.035, 0.0), (0, 0)],
        zinc,
        at=at @ move(0.08, 0.36, 0.11),
        sides=14,
    )
    pots = s.prop("plants in cans")
    soil = s.trim("soil", 0.3, 0.3, 100, m.concrete(srgb(70, 54, 42), 0.95, 0.0))
    green = s.trim("leaves", 0.3, 0.5, 140, o.foliage(srgb(74, 106, 56), srgb(118, 128, 64)))
    bark = s.trim("stems", 0.2, 0.5, 90, m.wood(srgb(112, 96, 66), srgb(80, 66, 46), 0.9, wear=0))
    tins = [
        s.trim(f"tin {k}", 0.8, 0.25, 170, m.painted_steel(col, 0.45, rough=0.35))
        for k, col in enumerate((srgb(176, 60, 46), srgb(196, 160, 66), srgb(72, 108, 118), srgb(196, 188, 168)))
    ]
    for k, (x, z) in enumerate(
        (
            (1.75, -2.15),
            (1.72, -2.62),
            (2.35, -2.1),
            (4.4, -2.1),
            (-1.5, -4.95),
            (-0.2, -4.95),
            (1.4, -4.9),
            (-4.6, -4.9),
            (4.95, -1.9),
            (2.6, -2.02),
        )
    ):
        plant(s, pots, move(x, 0, z, yaw=40 * k), tins[k % 4], soil, green, bark, 70 + k, k % 3 != 1)
    for k, x in enumerate((-0.55, 0.35, 1.85)):
        plant(
            s,
            pots,
            move(x - 0.4, EDGE + 0.09, z0 - 0.12, yaw=70 * k),
            tins[(k + 1) % 4],
            soil,
            green,
            bark,
            170 + k,
            k != 1,
        )
    loft = s.prop("pigeon loft")
    at = move(5.3, 0, -4.1, yaw=-30)
    planks = s.trim("loft planks", 0.6, 1.2, 130, m.wood(srgb(120, 140, 132), srgb(84, 92, 86), 0.85, plank_m=0.12))
    s.box(loft, (1.1, 0.95, 0.7), planks, at=at @ move(y=1.0), bevel=0.012)
    s.box(loft, (1.3, 0.05, 0.95), tar, at=at @ move(0, 1.53, 0.04, pitch=9), bevel=0.01)
    dark = s.trim("loft holes", 0.3, 0.3, 60, m.plain(srgb(44, 40, 38), 0.9))
    for x in (-0.45, 0.45):
        for z in (-0.28, 0.28):
            s.bar(loft, (x, 0, z), (x, 0.55, z), 0.07, 0.07, wood, xf=at)
    for k in range(3):
        s.box(loft, (0.2, 0.24, 0.02), dark, at=at @ move(-0.33 + 0.33 * k, 1.06, 0.352), bevel=0.004)
    s.box(loft, (1.1, 0.03, 0.2), wood, at=at @ move(0, 0.9, 0.44), bevel=0.006)
    feather = s.trim("pigeon", 0.2, 0.3, 120, m.plain(srgb(134, 138, 146), 0.6, 0.16))
    for place in (
        at @ move(-0.3, 0.915, 0.45, yaw=20),
        at @ move(0.22, 0.915, 0.45, yaw=-70),
        move(-1.1, EDGE + 0.09, z0 - 0.1, yaw=60),
        move(2.6, EDGE + 0.09, z0 - 0.12, yaw=-40),
        move(hx0 + 0.9, tall + 0.11, hz + 0.02, yaw=80),
    ):
        s.lathe(
            loft,
            [(0, 0.13), (0.05, 0.1), (0.065, 0.0), (0.045, -0.1), (0.02, -0.2), (0, -0.21)],
            feather,
            at=place @ move(0, 0.1, 0, pitch=62) @ np.diag([0.9, 1, 1, 1]),
            sides=10,
        )
        s.lathe(
            loft,
            [(0, 0.045), (0.03, 0.025), (0.034, 0), (0.028, -0.05), (0, -0.07)],
            feather,
            at=place @ move(0, 0.2, 0.1),
            sides=9,
        )
        for x in (-0.02, 0.02):
            s.tube(loft, np.array([[x, 0.0, 0.02], [x, 0.06, 0.01]]), 0.005, dark, sides=4, xf=place)
    litter = s.prop("litter")
    for k in range(24):
        x, z = rng.uniform(-5.8, 5.8), rng.uniform(-5.0, -1.5)
        if hx0 - 0.2 < x < hx1 + 0.2 and z < hz + 0.2:
            continue
        q = 0.03 * (0.7 + 0.5 * rng.random(7))
        ang = np.linspace(0, 2 * np.pi, 8)[:-1]
        s.extrude(
            litter,
            np.stack([q * np.cos(ang), 1.3 * q * np.sin(ang)], -1),
            0.004,
            green if k % 3 == 0 else crate,
            at=move(x, 0.012, z, yaw=rng.uniform(0, 360)) @ move(pitch=-90 + rng.uniform(-14, 14)),
        )
    city(s, iron, zinc)
    s.bake(META, levels=4)


META = {
    "label": "Rooftop",
    "about": "A city rooftop: a water tank, a stair hut with a lamp over its door, string lights, washing, and lit houses all round.",
    "policies": {"default": {"layout": "hold", "props": "hold", "surfaces": "hold"}},
    "marks": {
        "middle": {"position_m": [0.1, 0, 0.2], "facing_deg": 0, "camera_deg": 0, "label": "In the middle, the city behind"},
        "hut": {"position_m": [1.4, 0, 0.1], "facing_deg": -20, "camera_deg": -26, "label": "By the stair hut"},
        "washing": {"position_m": [-1.3, 0, 0.4], "facing_deg": 32, "camera_deg": 44, "label": "By the washing line"},
    },
    "practicals": {
        "lamp": {"position_m": [3.75, 2.27, -2.28], "rgb": [1.0, 0.76, 0.46], "power": 0.8, "kind": "lamp", "radius_m": 0.12, "default_on": True},
        "strings": {"position_m": [0.2, 2.2, -2.0], "rgb": [1.0, 0.68, 0.34], "power": 0.7, "kind": "lamp", "radius_m": 0.4, "default_on": True},
        "sign": {"position_m": [-3.9, 4.9, -21.2], "rgb": [1.0, 0.2, 0.16], "power": 6.0, "kind": "neon", "radius_m": 1.0, "default_on": True},
        "skyline": {"position_m": [0.0, 4.0, -16.0], "rgb": [1.0, 0.74, 0.44], "power": 2.0, "kind": "window", "radius_m": 1.0, "default_on": True},
    },
    "sun": {"azimuth_deg": 38, "elevation_deg": 36},
    "open_sky": 0.85,
    "bounds_m": [[-90, -17, -90], [90, 24, 90]],
}  # fmt: skip
