"""The alley: the back of two buildings, a steel door, a neon sign, a street at the far end.

Audience at +Z. The alley's mouth is at z = 1 (left) and z = 1.4 (right), where the facades turn away, so that a camera
may swing 35 degrees about each mark without a wall in between. At z = -4.6 the right side steps in, and its end wall
faces the audience: the lit door stands there. Built by `python -m assets.bake.sets alley`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from assets.bake import materials as m
from assets.bake.materials import Array, Canvas, Painter, mix, patchy, smooth, srgb
from assets.bake.outdoors import GLYPHS, rounded
from assets.bake.sets import Chart, Stage, move

RED = [srgb(122, 62, 47), srgb(108, 53, 42), srgb(132, 74, 56), srgb(94, 50, 43), srgb(116, 68, 56)]
STOCK = [srgb(144, 112, 82), srgb(124, 95, 71), srgb(154, 124, 93), srgb(108, 83, 66), srgb(130, 90, 68)]
NEW = [srgb(150, 78, 54), srgb(142, 70, 50), srgb(156, 88, 62)]
GREY = [srgb(128, 124, 118), srgb(112, 106, 100), srgb(140, 132, 122), srgb(98, 96, 94), srgb(122, 108, 96)]
LIME = srgb(150, 140, 126)
SOOT = srgb(44, 39, 36)
MOSS = srgb(62, 72, 38)
LEFT, RIGHT, STEP = -2.1, 2.1, -4.6
LEDGE = 3.0


# ---- surfaces ---------------------------------------------------------------------------------------------------
def weather(c: Canvas, damp: float = 0.8, runs: float = 0.5) -> None:
    """What years do to a wall that stands on the ground: damp and moss below, soot under the ledge, runs."""
    low = c.height_m - c.v
    rise = 0.34 + 0.16 * c.noise(0.7, 3)
    wet = smooth(rise + 0.25, rise - 0.2, low)
    c.lay(wet * damp * 0.62, SOOT)
    c.lay(smooth(rise * 0.5 + 0.06, 0.0, low) * smooth(-0.4, 1.2, c.noise(0.14, 5)) * 0.75, MOSS, 0.95)
    tide = np.abs(low - rise - 0.14 - 0.03 * c.noise(0.2, 4))
    c.lay(smooth(0.05, 0.0, tide) * smooth(0, 1.4, c.noise(0.25, 4)) * 0.55, srgb(188, 180, 168), 0.95)
    c.lay(smooth(0.55, 0.0, c.v + 0.2 * c.noise(0.3, 4)) * 0.5, SOOT)
    c.lay(c.drips(0.0, runs, 1.6, 0.035) * 0.7, SOOT)
    c.lay(c.drips(0.0, runs * 0.55, 2.2, 0.02) * 0.45, srgb(176, 166, 152))


def render_coat(c: Canvas, mask: Array, rgb: Array) -> None:
    """Cement render, 12 mm thick, where the mask is; painted once."""
    coat = rgb * (1 + 0.08 * c.noise(0.5, 5) + 0.05 * c.noise(0.01, 2))[..., None]
    c.rgb = mix(c.rgb, coat, mask)
    c.rough = mix(c.rough, 0.86, mask)
    c.relief = mix(c.relief, 0.013 + 0.0009 * c.noise(0.2, 4) + 0.0003 * c.noise(0.01, 2), mask)
    c.cavity = mix(c.cavity, 1.0, mask)
    c.face = np.maximum(c.face, mask)
    crack = smooth(0.03, 0.008, np.abs(c.noise(0.9, 6))) * smooth(0.2, 1.0, c.noise(0.8, 2)) * mask
    c.lay(crack * 0.8, rgb * 0.35, relief=-0.002)


def scrawl(rng: np.random.Generator, u: float, v: float, size: float, loops: int) -> list[Array]:
    """A tag: one quick hand over a few letters' worth of loops."""
    t = np.linspace(0, 1, 160)
    x = u + size * loops * 0.62 * t
    y = np.full_like(t, v)
    for k in range(1, 4):
        x = x + size * 0.34 / k * np.sin(t * loops * 6.283 * k * 0.5 + rng.random() * 6.283)
        y = y + size * 0.55 / k * np.sin(t * loops * 6.283 * k * 0.5 * 1.27 + rng.random() * 6.283)
    line = np.stack([x, y], -1)
    under = np.stack([u + size * loops * np.array([-0.1, 0.35, 0.8]), v + size * np.array([0.85, 0.75, 0.95])], -1)
    return [line, under]


def spray(c: Canvas, mask: Array, rgb: Array, amount: float = 0.85) -> None:
    """Spray paint: keeps to the faces, worn off a little, runs below."""
    keep = smooth(1.7, 0.6, c.noise(0.05, 5)) * (0.45 + 0.55 * c.face)
    c.lay(np.clip(mask * 1.3, 0, 1) * keep * amount, rgb, 0.55)


def left_wall(c: Canvas) -> None:
    """Red brick with the ghost of a painted sign, a patch of newer brick, tags."""
    m.brick(RED, LIME, soot=0.35, salt=0.35)(c)
    # the painted sign, once blue with cream letters
    field = patchy(c, 0.55, 0.5, 4.1, 1.82, 0.02)
    kept = smooth(1.15, -0.5, c.noise(0.5, 6) + 0.3 * c.noise(0.03, 3)) * (0.35 + 0.65 * c.face)
    c.lay(field * kept * 0.72, srgb(46, 68, 86), 0.85)
    rim = field * smooth(
        0.0,
        0.02,
        0.02 - np.abs(np.minimum(np.minimum(c.u - 0.63, 4.02 - c.u), np.minimum(c.v - 0.58, 1.74 - c.v)) - 0.0),
    )
    words = np.maximum(
        c.lettering("ORSINI & FIGLI", 0.78, 1.12, 0.29, 9), c.lettering("CAFFE  TORREFATTO", 0.86, 1.56, 0.2, 6)
    )
    c.lay(np.maximum(words, rim) * np.clip(kept * 1.15, 0, 1) * 0.85, srgb(204, 190, 156), 0.85)
    rng = np.random.default_rng(3)
    spray(c, c.strokes(scrawl(rng, 1.0, 2.25, 0.2, 4), 0.022, 0.004), srgb(30, 30, 34))
    spray(c, c.strokes(scrawl(rng, 4.35, 2.2, 0.16, 3), 0.02, 0.004), srgb(176, 190, 186))
    weather(c)
    c.dirt(0.6, SOOT)


def right_wall(c: Canvas) -> None:
    """Stock brick; render below, come away in plates; a stencil, a tag, rust under the bars."""
    m.brick(STOCK, LIME, soot=0.4, salt=0.2)(c)
    line = c.height_m - 1.28 + 0.05 * c.noise(0.6, 3)
    n = c.noise(0.8, 6) + 0.35 * c.noise(0.15, 4)
    coat = smooth(-0.012, 0.012, c.v - line) * smooth(0.75, 0.72, n)
    render_coat(c, coat, srgb(142, 132, 116))
    teal = coat * smooth(-0.01, 0.0, c.v - line - 0.24) * smooth(0.55, 0.5, n + 0.3 * c.noise(0.06, 4))
    c.lay(teal * 0.85, srgb(54, 86, 84) * (1 + 0.08 * c.noise(0.3, 4))[..., None], 0.6)
    rng = np.random.default_rng(8)
    spray(c, c.strokes(scrawl(rng, 3.9, 2.15, 0.21, 3), 0.03, 0.006), srgb(196, 84, 40))
    spray(c, c.strokes(scrawl(rng, 1.15, 2.3, 0.15, 4), 0.016, 0.003), srgb(34, 32, 36))
    spray(c, c.lettering("NO PARKING", 4.1, 1.35, 0.12, 5) * smooth(1.4, -0.4, c.noise(0.2, 5)), srgb(206, 200, 186))
    for u0 in np.linspace(2.78, 3.62, 6):
        run = (
            smooth(0.03, 0.004, np.abs(c.u - u0 - 0.01 * c.noise(0.2, 2)))
            * smooth(1.0, 0.0, (c.v - 1.68) / (0.5 + 0.2 * c.noise(0.3, 1)))
            * (c.v > 1.68)
        )
        c.tint(run * 0.7, srgb(206, 128, 78))
    weather(c)
    c.dirt(0.6, SOOT)


def right_end(c: Canvas) -> None:
    """The same wall beyond the drain pipe, to the corner."""
    c.u = c.u + 5.4
    right_wall(c)
    c.u = c.u - 5.4


def end_wall(c: Canvas) -> None:
    """The end wall round the door: stock brick, smoke-stained over the lamp, flyers' glue."""
    m.brick(STOCK, LIME, soot=0.3, salt=0.2)(c)
    c.lay(smooth(0.5, 0.0, np.hypot((c.u - 0.56) * 1.5, c.v - 0.25)) * 0.6, SOOT)
    c.lay(patchy(c, 0.02, 1.1, 0.1, 1.5, 0.02) * 0.5, srgb(190, 184, 168))
    weather(c)
    c.dirt(0.6, SOOT)


def brick_far(colours: list[Array]) -> Painter:
    """Brickwork seen from afar, weathered."""

    def paint(c: Canvas) -> None:
        m.brick(colours, LIME, soot=0.5, salt=0.2)(c)
        c.lay(c.drips(0.0, 0.6, 2.4, 0.05) * 0.6, SOOT)

    return paint


def brick_low(colours: list[Array]) -> Painter:
    """Brickwork that stands on the ground."""

    def paint(c: Canvas) -> None:
        m.brick(colours, LIME, soot=0.4, salt=0.25)(c)
        weather(c)
        c.dirt(0.5, SOOT)

    return paint


def ground_deep(c: Canvas) -> None:
    """The ground beyond, without the trench."""
    ground(c, trench=False)


def ground(c: Canvas, trench: bool = True) -> None:
    """Granite setts, a dished gutter down the middle, an asphalt repair, oil, leaves' stains."""
    m.setts(c, GREY)
    # gutter: two rows of long kerb stones along the alley
    x = c.u - 2.05 + 0.015 * c.noise(1.5, 2)
    lane = np.abs(x) < 0.16
    row = np.floor(x / 0.16)
    lv = c.v / 0.62 + 0.5 * np.mod(row, 2)
    h = np.mod(np.sin(np.floor(lv) * 91.3 + row * 17.7) * 4375.5, 1.0)
    d = np.minimum(
        np.minimum(x / 0.16 - row, row + 1 - x / 0.16) * 0.16,
        np.minimum(lv - np.floor(lv), np.floor(lv) + 1 - lv) * 0.62,
    )
    body = smooth(0.003, 0.008, d + 0.0015 * c.noise(0.03, 3))
    kerb = srgb(116, 112, 106) * (1 + 0.24 * (h - 0.5) + 0.12 * c.noise(0.06, 5) + 0.05 * c.grain())[..., None]
    kerb = mix(kerb, srgb(58, 52, 46), smooth(0.9, 0.2, np.abs(x) / 0.16) * 0.55)
    c.lay(lane, mix(srgb(48, 43, 38), kerb, body), 0.6)
    c.relief = np.where(
        lane, body * 0.008 - 0.006 * smooth(1.0, 0.0, np.abs(x) / 0.16) + 0.0006 * c.noise(0.03, 4), c.relief
    )
    # asphalt laid over an old trench
    patch = patchy(c, 2.5, 1.55, 4.4, 3.1, 0.03) * trench * smooth(-0.02, 0.0, np.abs(x) - 0.17)
    dd, _, who = c.cells(0.011)
    tar = mix(
        srgb(56, 54, 53),
        mix(srgb(64, 62, 61), srgb(104, 99, 93), who),
        smooth(0.6, 0.3, dd) * (0.25 + 0.5 * (who > 0.8)),
    )
    tar = tar * (1 + 0.1 * c.noise(0.4, 5))[..., None]
    c.lay(patch, tar, 0.82)
    c.relief = mix(c.relief, 0.014 + 0.0013 * smooth(0.6, 0.3, dd) + 0.001 * c.noise(0.2, 3), patch)
    c.cavity = mix(c.cavity, 1.0, patch)
    seam = smooth(0.02, 0.005, np.abs(patch - 0.5) * 0.04)
    c.lay(seam * 0.8, srgb(40, 39, 39), 0.5)
    # life: oil, gum, leaves' tannin, grit along the walls
    c.lay(smooth(1.2, 2.0, c.noise(0.35, 5)) * 0.6, srgb(42, 39, 38), 0.5)
    c.lay(c.specks(0.11, 0.10) * 0.6, srgb(134, 130, 122), 0.8)
    c.lay(smooth(0.8, 1.9, c.noise(0.8, 6)) * 0.35, srgb(96, 82, 62), 0.9)
    edge = np.minimum(c.u, c.width - c.u)
    c.lay(smooth(0.4, 0.0, edge + 0.12 * c.noise(0.25, 5)) * 0.6, srgb(58, 53, 44), 0.95)
    c.lay(smooth(0.2, 0.0, edge + 0.06 * c.noise(0.12, 5)) * smooth(-0.3, 0.9, c.noise(0.09, 4)) * 0.8, MOSS, 0.95)
    c.dirt(0.6, srgb(52, 46, 40))


def asphalt(c: Canvas) -> None:
    """Old asphalt: aggregate, tar seams, patches, a polished line."""
    d, _, who = c.cells(0.011)
    stone = smooth(0.62, 0.3, d)
    c.rgb[:] = srgb(64, 62, 61)
    c.rgb = mix(c.rgb, mix(srgb(72, 70, 68), srgb(112, 107, 100), who), stone * (0.25 + 0.5 * (who > 0.8)))
    c.tone(1 + 0.12 * c.noise(0.9, 5) + 0.05 * c.grain())
    c.rough[:] = 0.82 - 0.12 * stone
    seam = smooth(0.05, 0.02, np.abs(c.noise(1.6, 5))) * smooth(0.0, 0.8, c.noise(1.5, 2))
    c.lay(seam, srgb(42, 41, 41), 0.5, relief=0.0015)
    c.lay(smooth(1.2, 2.1, c.noise(0.4, 5)) * 0.6, srgb(44, 41, 40), 0.5)
    c.relief += 0.0015 * stone + 0.002 * c.noise(0.35, 4)
    c.dirt(0.6, srgb(52, 46, 40))


def slab(c: Canvas) -> None:
    """Pavement of stone flags."""
    u, v = c.u / 0.6, c.v / 0.45
    row = np.floor(v)
    u = u + 0.37 * row
    h = np.mod(np.sin(np.floor(u) * 12.7 + row * 78.1) * 43758.5, 1.0)
    d = np.minimum(np.minimum(u - np.floor(u), np.floor(u) + 1 - u) * 0.6, np.minimum(v - row, row + 1 - v) * 0.45)
    body = smooth(0.003, 0.007, d)
    c.rgb = mix(
        srgb(60, 55, 48),
        srgb(138, 132, 122) * (1 + 0.2 * (h - 0.5) + 0.1 * c.noise(0.3, 6) + 0.04 * c.grain())[..., None],
        body,
    )
    c.rough[:] = 0.85
    c.relief += 0.004 * body + 0.0007 * c.noise(0.1, 5)
    c.lay(c.specks(0.12, 0.12) * 0.5, srgb(90, 86, 80))


def steel_door(c: Canvas) -> None:
    """Green steel door: riveted border, kick plate, stencilled number, stickers, rust from below."""
    m.painted_steel(srgb(44, 72, 66), 0.42, drip=0.35, wear=0.012)(c)
    e = np.minimum(np.minimum(c.u, c.width - c.u), np.minimum(c.v, c.height_m - c.v))
    c.relief += 0.003 * smooth(0.085, 0.08, e)
    along = np.where(np.minimum(c.u, c.width - c.u) < np.minimum(c.v, c.height_m - c.v), c.v, c.u)
    rivet = np.hypot(np.mod(along, 0.12) - 0.06, e - 0.042)
    c.relief += 0.005 * smooth(0.012, 0.004, rivet)
    c.tint(smooth(0.02, 0.008, rivet) * 0.5, srgb(206, 132, 84))
    low = c.height_m - c.v
    c.lay(smooth(0.26, 0.255, low), srgb(104, 100, 96) * (1 + 0.06 * c.noise(0.2, 4))[..., None], 0.4, relief=0.001)
    c.lay(smooth(0.22, 0.0, low + 0.08 * c.noise(0.1, 5)) * 0.8, srgb(96, 52, 30), 0.9)
    c.lay(c.lettering("27", 0.3, 0.46, 0.15, 7) * smooth(1.6, 0.2, c.noise(0.04, 4)) * 0.9, srgb(206, 196, 166), 0.6)
    for u0, v0, w, h, col in (
        (0.52, 0.72, 0.1, 0.07, srgb(196, 160, 46)),
        (0.2, 0.84, 0.07, 0.09, srgb(190, 186, 176)),
        (0.56, 0.84, 0.06, 0.06, srgb(150, 44, 40)),
    ):
        s = patchy(c, u0, v0, u0 + w, v0 + h, 0.003)
        c.lay(s, col * (1 + 0.1 * c.noise(0.02, 3))[..., None], 0.6, relief=0.0005)
        c.lay(s * (np.mod(c.v - v0, 0.018) < 0.006) * (c.noise(0.02, 1) > -0.6), srgb(40, 38, 38))
    rng = np.random.default_rng(12)
    c.lay(c.strokes(scrawl(rng, 0.2, 1.3, 0.12, 3), 0.012, 0.002) * 0.85, srgb(200, 200, 196), 0.5)
    hand = np.hypot(c.u - c.width + 0.09, (c.v - 1.02) * 0.6)
    c.lay(smooth(0.16, 0.02, hand + 0.03 * c.noise(0.05, 3)) * 0.5, srgb(50, 46, 40))


def dumpster_paint(c: Canvas) -> None:
    """Green dumpster steel: dents, scrapes along the ribs, stencil, filth running from the lid."""
    m.painted_steel(srgb(38, 76, 56), 0.38, drip=0.4, wear=0.02, grime=0.7)(c)
    c.relief += 0.004 * c.noise(0.35, 2)
    if c.width > 0.9:
        c.lay(
            c.lettering("CITY WASTE", 0.16, 0.52, 0.1, 5) * smooth(1.5, 0.0, c.noise(0.08, 5)) * 0.9,
            srgb(206, 200, 182),
            0.6,
        )
        c.lay(
            c.lettering("No 0418", 0.16, 0.68, 0.06, 3) * smooth(1.5, 0.0, c.noise(0.08, 5)) * 0.9,
            srgb(206, 200, 182),
            0.6,
        )
        rng = np.random.default_rng(4)
        c.lay(c.strokes(scrawl(rng, 0.95, 0.6, 0.14, 3), 0.018, 0.003) * 0.8, srgb(186, 178, 60), 0.5)
    scrape = smooth(1.4, 1.9, c.noise(0.02, 3, stretch=0.06)) * smooth(0.3, 1.2, c.noise(0.3, 3))
    c.lay(scrape * 0.8, srgb(120, 112, 104), 0.5)
    c.lay(c.drips(0.0, 0.6, 0.7, 0.03) * 0.8, srgb(40, 36, 30), 0.55)


def bag_film(c: Canvas) -> None:
    """Bin liner: creases drawn up to the knot."""
    c.rgb[:] = srgb(40, 41, 44)
    fold = c.noise(0.05, 3, stretch=4) + 0.6 * np.abs(c.noise(0.09, 4))
    c.tone(1 + 0.12 * c.noise(0.08, 3))
    c.relief += 0.006 * fold + 0.0016 * np.abs(c.noise(0.02, 3))
    c.rough[:] = 0.3 + 0.08 * c.noise(0.1, 3)
    c.lay(smooth(0.7, 1.8, c.noise(0.1, 4)) * 0.4, srgb(96, 90, 80), 0.8)
    c.dirt(0.4, srgb(60, 52, 44))


def manhole(c: Canvas) -> None:
    """Cast-iron cover (u round, v from the centre out): studs in rings, lettering band, polish and rust."""
    r, a = c.v, c.u / c.width * 2 * np.pi
    c.rgb[:] = srgb(74, 70, 68)
    c.tone(1 + 0.1 * c.noise(0.1, 5) + 0.05 * c.grain())
    ring = np.floor(r / 0.042)
    count = np.maximum(1, np.floor(2 * np.pi * (ring + 0.5)))
    ca = np.mod(a / (2 * np.pi) * count, 1.0) - 0.5
    cr = np.mod(r / 0.042, 1.0) - 0.5
    stud = smooth(0.36, 0.26, np.maximum(np.abs(ca), np.abs(cr))) * (r < 0.22) * (ring > 0)
    band = smooth(0.004, 0.0, np.abs(np.abs(r - 0.255) - 0.03))
    letter = (np.abs(r - 0.255) < 0.02) & (np.mod(a * 11, 1.0) > 0.3) & (np.mod(np.floor(a * 11), 9) > 1)
    up = np.clip(stud + band + letter * 0.8, 0, 1)
    c.relief += 0.006 * up
    c.lay(up * 0.7, srgb(112, 108, 104) * (1 + 0.1 * c.noise(0.03, 3))[..., None], 0.4)
    c.lay((1 - up) * smooth(-0.4, 1.2, c.noise(0.08, 5)) * 0.7, srgb(88, 56, 38), 0.9)
    c.lay((1 - up) * 0.3, srgb(46, 42, 38))
    c.rough[:] = mix(0.75, 0.42, up)


def window_dark(c: Canvas) -> None:
    """Wired glass, dirty, something dim behind."""
    c.rgb[:] = srgb(44, 52, 54)
    c.tone(1 + 0.2 * c.noise(0.4, 4))
    wire = np.minimum(np.abs(np.mod(c.u + c.v, 0.03) - 0.015), np.abs(np.mod(c.u - c.v, 0.03) - 0.015))
    c.lay(smooth(0.0015, 0.0006, wire) * 0.4, srgb(90, 92, 90))
    c.rough[:] = 0.12
    c.lay(smooth(0.0, 1.6, c.noise(0.3, 5)) * 0.45, srgb(110, 102, 88), 0.6)
    c.dirt(0.9, srgb(84, 76, 64))


def poster(kind: int) -> Painter:
    """Bills, sun-bleached, torn at the border and down to the paper beneath."""

    def paint(c: Canvas) -> None:
        w, h = c.width, c.height_m
        x, y = c.u / w, c.v / h
        paper = srgb(204, 194, 168)
        c.rgb[:] = paper
        if kind == 0:
            c.rgb[:] = srgb(176, 60, 44)
            c.lay(np.hypot(c.u - w / 2, c.v - h * 0.42) < w * 0.33, srgb(216, 184, 116))
            rays = (
                (np.mod(np.arctan2(c.v - h * 0.42, c.u - w / 2) * 9 / np.pi, 1.0) < 0.5)
                & (np.hypot(c.u - w / 2, c.v - h * 0.42) > w * 0.36)
                & (y < 0.74)
            )
            c.lay(rays * 0.8, srgb(206, 132, 66))
            figure = np.abs(c.u - w / 2) < w * (0.05 + 0.16 * np.clip((y - 0.34) / 0.3, 0, 1))
            c.lay(
                (figure & (y > 0.34) & (y < 0.66)) | (np.hypot(c.u - w / 2, c.v - h * 0.3) < w * 0.085),
                srgb(44, 36, 40),
            )
            c.lay(c.lettering("NOTTURNO", w * 0.08, h * 0.86, w * 0.13, 4), srgb(226, 210, 170))
            c.lay(c.lettering("live  sabato  22.00", w * 0.1, h * 0.94, w * 0.05, 1), srgb(226, 210, 170))
        elif kind == 1:
            c.lay(y < 0.22, srgb(44, 66, 96))
            c.lay(c.lettering("CIRCO", w * 0.12, h * 0.17, w * 0.2, 6), srgb(224, 206, 150))
            tent = (np.abs(c.u - w / 2) < w * 0.42 * np.clip((y - 0.3) / 0.3, 0, 1)) & (y < 0.62)
            c.lay(tent, srgb(168, 52, 44))
            c.lay(tent & (np.mod(np.arctan2(c.u - w / 2, c.v - h * 0.28) * 7, 1.0) < 0.5), srgb(214, 196, 160))
            for k in range(5):
                c.lay(
                    (np.abs(y - 0.7 - 0.05 * k) < 0.011) & (np.abs(x - 0.5) < 0.36 - 0.05 * (k % 3)), srgb(60, 56, 56)
                )
        else:
            c.rgb[:] = srgb(186, 178, 92)
            c.lay(c.lettering("ROOM", w * 0.1, h * 0.3, w * 0.22, 6), srgb(40, 38, 40))
            c.lay(c.lettering("TO LET", w * 0.1, h * 0.55, w * 0.2, 5), srgb(40, 38, 40))
            c.lay(c.lettering("ask upstairs", w * 0.1, h * 0.78, w * 0.085, 2), srgb(90, 40, 40))
        c.rgb = mix(c.rgb, paper * 0.95, 0.18)
        c.tone(1 + 0.05 * c.noise(0.2, 5) + 0.02 * c.grain())
        c.rough[:] = 0.85
        wrinkle = c.noise(0.12, 4)
        c.relief += 0.0016 * wrinkle
        c.lay(smooth(0.06, 0.0, np.abs(c.noise(0.3, 4))) * 0.35, paper)
        tear = smooth(0.5, 0.6, c.noise(0.28, 5) - 3.5 * np.clip(c.edge / w, 0, 0.35))
        c.lay(tear, paper * 0.88 * (1 + 0.1 * c.noise(0.01, 2))[..., None], 0.95, relief=-0.0008)
        c.lay(smooth(0.8, 2.0, c.noise(0.25, 5)) * 0.45, srgb(96, 84, 62))
        c.lay(c.drips(0.0, 0.5, h, 0.03) * 0.5, SOOT)

    return paint


def shopfront(c: Canvas) -> None:
    """A lit shop's window across the street: shelves and shapes, bright (the part glows)."""
    x, y = np.mod(c.u, 1.5) / 1.5, c.v / c.height_m
    c.rgb[:] = srgb(214, 186, 132)
    h = np.mod(np.sin(np.floor(c.u / 0.11) * 37.7 + np.floor(y * 4) * 91.1) * 4375.5, 1.0)
    tall = np.mod(y * 4, 1.0) > 0.35 + 0.5 * h
    cols = np.stack([srgb(150, 64, 46), srgb(64, 96, 88), srgb(186, 150, 70), srgb(90, 60, 50)])
    c.lay((tall & (y > 0.25)) * 0.85, cols[(h * 3.99).astype(int)])
    c.lay(np.mod(y * 4, 1.0) > 0.94, srgb(84, 60, 42))
    c.lay((x < 0.035) | (x > 0.965) | (y < 0.05) | (y > 0.94), srgb(46, 40, 38))


def lit_window(c: Canvas) -> None:
    """A lit room seen through a curtain."""
    x, y = c.u / c.width, c.v / c.height_m
    c.rgb[:] = srgb(216, 182, 128)
    c.tone(1 + 0.1 * np.sin(c.u * 60 + 2 * np.sin(c.v * 3)) * (np.abs(x - 0.5) > 0.2) - 0.25 * (y < 0.15))
    c.lay(
        (np.abs(x - 0.5) < 0.025) | (np.abs(y - 0.45) < 0.018) | (np.abs(x - 0.5) > 0.46) | (np.abs(y - 0.5) > 0.47),
        srgb(64, 52, 44),
    )


# ---- modelling --------------------------------------------------------------------------------------------------
def window(
    s: Stage, part: int, glass: int, at: Array, w: float, h: float, wood: Chart, stone: Chart, pane: Painter | Chart
) -> None:
    """A sash window with sill and lintel against a wall; at = centre of the opening, outside towards local +Z."""
    s.box(glass, (w, h, 0.02), pane, 110, at=at @ move(z=0.01), bevel=0.002, skip="krltb", name="pane")
    for k in (-1, 0, 1):
        s.bar(
            part,
            (k * (w / 2 - 0.03), -h / 2, 0.03),
            (k * (w / 2 - 0.03), h / 2, 0.03),
            0.06 if k else 0.03,
            0.05,
            wood,
            xf=at,
        )
    for y in (-h / 2 + 0.03, 0.02, h / 2 - 0.03):
        s.bar(part, (-w / 2, y, 0.031), (w / 2, y, 0.031), 0.05, 0.055, wood, xf=at)
    s.box(part, (w + 0.24, 0.09, 0.16), stone, at=at @ move(y=-h / 2 - 0.045, z=0.06), bevel=0.012)
    s.box(part, (w + 0.3, 0.2, 0.06), stone, at=at @ move(y=h / 2 + 0.1, z=0.022), bevel=0.008)
    for k in (-1, 1):
        s.box(part, (0.1, h, 0.07), stone, at=at @ move(x=k * (w / 2 + 0.05), z=0.026), bevel=0.008)


def fire_escape(s: Stage, iron: Chart) -> None:
    """Landing, rail, a flight up and a drop ladder, on the left wall."""
    p = s.prop("fire escape")
    x0, x1, y, z0, z1 = LEFT + 0.02, -1.12, 3.32, -5.0, -2.35
    for k in range(11):
        x = x0 + 0.05 + (x1 - x0 - 0.08) * k / 10
        s.bar(p, (x, y, z0), (x, y, z1), 0.03, 0.022, iron, bevel=0.004)
    for z in np.linspace(z0, z1, 7):
        s.bar(p, (x0, y - 0.03, z), (x1, y - 0.03, z), 0.04, 0.04, iron)
    for x in (x0 + 0.01, x1):
        s.bar(p, (x, y - 0.02, z0 - 0.03), (x, y - 0.02, z1 + 0.03), 0.05, 0.1, iron)
    for z in (z0 + 0.1, z1 - 0.1):
        s.bar(p, (x0, y - 0.75, z), (x1 - 0.05, y - 0.08, z), 0.045, 0.045, iron)
    for z in np.linspace(z0, z1, 10):
        s.tube(p, np.array([[x1, y, z], [x1, y + 0.95, z]]), 0.011, iron, sides=6, caps=False)
    for h in (0.5, 0.95):
        s.tube(p, np.array([[x1, y + h, z0], [x1, y + h, z1]]), 0.017, iron, sides=8)
        s.tube(p, np.array([[x0, y + h, z0], [x1, y + h, z0]]), 0.017, iron, sides=8)
    for x in (x0 + 0.03, (x0 + x1) / 2):
        s.tube(p, np.array([[x, y, z0], [x, y + 0.95, z0]]), 0.011, iron, sides=6, caps=False)
    # the flight up towards the back
    a, b = np.array([0, y + 0.05, z1 - 0.5]), np.array([0, 5.9, -6.3])
    for x in (x0 + 0.12, x0 + 0.62):
        s.bar(p, (x, a[1], a[2]), (x, b[1], b[2]), 0.03, 0.16, iron)
        s.tube(p, np.array([[x, a[1] + 0.9, a[2]], [x, b[1] + 0.9, b[2]]]), 0.015, iron, sides=6)
    for k in range(1, 12):
        t = k / 12
        q = a + (b - a) * t
        s.box(p, (0.48, 0.025, 0.2), iron, at=move(x0 + 0.37, q[1], q[2]), bevel=0.005)
        if k % 3 == 0:
            s.tube(
                p, np.array([[x0 + 0.62, q[1], q[2]], [x0 + 0.62, q[1] + 0.9, q[2]]]), 0.01, iron, sides=6, caps=False
            )
    s.box(p, (0.98, 0.05, 1.6), iron, at=move(x0 + 0.47, 5.92, -7.1), bevel=0.006)
    for z in np.linspace(-7.9, -6.3, 6):
        s.tube(p, np.array([[x1, 5.92, z], [x1, 6.87, z]]), 0.012, iron, sides=6, caps=False)
    s.tube(p, np.array([[x1, 6.87, -7.9], [x1, 6.87, -6.3]]), 0.017, iron, sides=8)
    # drop ladder
    lx, lz = x1 - 0.02, z1 + 0.06
    for dx in (0.0, 0.36):
        s.bar(p, (lx - dx, 1.72, lz), (lx - dx, 4.1, lz), 0.016, 0.042, iron)
    for k in range(9):
        s.tube(p, np.array([[lx, 1.85 + 0.27 * k, lz], [lx - 0.36, 1.85 + 0.27 * k, lz]]), 0.011, iron, sides=6)


def dumpster(s: Stage, rubber: Chart, lid: Painter) -> None:
    """A wheeled steel container, one lid thrown back."""
    p = s.prop("dumpster")
    at = move(-1.5, 0.0, -2.75, yaw=90)
    w, h, d = 1.7, 0.98, 0.92
    y0 = 0.17
    steel = s.trim("dumpster steel", 0.5, 1.0, 190, dumpster_paint)

    # tapered body: rings from the rim down
    def ring(k: float, y: float) -> list[list[float]]:
        a, b = w / 2 - 0.05 * k, d / 2 - 0.13 * k
        return [[-a, y, b + 0.04 * (1 - k)], [a, y, b + 0.04 * (1 - k)], [a, y, -b], [-a, y, -b]]

    top, low = ring(0, y0 + h), ring(1, y0)
    for i, name in ((0, "front"), (1, "right"), (2, "back"), (3, "left")):
        j = (i + 1) % 4
        s.patch(
            p,
            np.array([[top[i], top[j]], [low[i], low[j]]]),
            dumpster_paint if i != 2 else steel,
            250 if i < 2 else 170,
            xf=at,
            name=f"dumpster {name}",
        )
    s.patch(
        p,
        np.array([[top[0], top[1]], [top[3], top[2]]])[::-1] - [0, 0.12, 0],
        s.trim("inside", 0.5, 0.5, 100, m.plain(srgb(44, 42, 38), 0.9)),
        xf=at,
    )
    rim = [np.array(q) for q in top]
    for i in range(4):
        s.bar(p, rim[i], rim[(i + 1) % 4], 0.06, 0.07, steel, xf=at, bevel=0.01)
    for x in (-0.62, -0.2, 0.22, 0.64):
        s.bar(
            p,
            (x, y0 + h - 0.06, d / 2 + 0.045),
            (x * 0.96, y0 + 0.03, d / 2 - 0.1),
            0.07,
            0.035,
            steel,
            xf=at,
            bevel=0.008,
        )
    for k in (-1, 1):
        s.box(p, (0.09, 0.16, 0.5), steel, at=at @ move(k * (w / 2 + 0.03), y0 + h * 0.72, 0), bevel=0.012)
        for z in (-0.28, 0.3):
            c = at @ move(k * (w / 2 - 0.24), 0.075, z)
            s.lathe(
                p,
                [(0, 0.028), (0.06, 0.028), (0.075, 0.02), (0.075, -0.02), (0.06, -0.028), (0, -0.028)],
                rubber,
                at=c @ move(roll=90),
                sides=18,
            )
            s.box(p, (0.09, 0.1, 0.1), steel, at=c @ move(y=0.065), bevel=0.006)
    lidc = s.trim("lid", 0.9, 0.95, 170, lid)
    s.box(
        p,
        (w / 2 - 0.02, 0.045, d + 0.1),
        {"t": lid, "*": lidc},
        220,
        at=at @ move(-w / 4, y0 + h + 0.03, 0.02, pitch=-3),
        bevel=0.014,
        name="lid",
    )
    s.box(
        p,
        (w / 2 - 0.02, 0.045, d + 0.1),
        lidc,
        at=at @ move(w / 4, y0 + h + 0.44, -d / 2 - 0.1, pitch=-104),
        bevel=0.014,
    )
    s.tube(
        p,
        np.array([[-w / 2, y0 + h + 0.03, -d / 2 - 0.03], [w / 2, y0 + h + 0.03, -d / 2 - 0.03]]),
        0.018,
        steel,
        xf=at,
    )


def bag(s: Stage, part: int, at: Array, seed: int, r: float = 0.3) -> None:
    """A full rubbish bag, sagging, tied."""
    rng = np.random.default_rng(seed)
    a = np.linspace(0, 2 * np.pi, 41)
    prof = [
        (0.012, 0.66),
        (0.05, 0.64),
        (0.035, 0.56),
        (0.03, 0.53),
        (0.1, 0.49),
        (0.2, 0.43),
        (0.28, 0.34),
        (0.315, 0.24),
        (0.31, 0.13),
        (0.27, 0.04),
        (0.2, 0.0),
        (0.0, 0.0),
    ]
    ph = rng.random(6) * 6.28
    rows = []
    for rad, y in prof:
        k = min(1.0, max(0.0, (0.56 - y) / 0.2))
        lump = (
            0.10 * np.sin(2 * a + ph[0] + 3 * y)
            + 0.07 * np.sin(3 * a + ph[1] - 5 * y)
            + 0.045 * np.sin(7 * a + ph[2] + 9 * y) * (0.3 + 0.7 * (y > 0.3))
        )
        gather = 0.14 * np.sin(11 * a + ph[3]) * np.exp(-(((y - 0.5) / 0.09) ** 2))
        rr = r / 0.3 * rad * (1 + k * lump + gather)
        rows.append(
            np.stack([rr * np.sin(a) + 0.02 * np.sin(ph[4] + 4 * y), np.full_like(a, y * r / 0.3), rr * np.cos(a)], -1)
        )
    s.patch(part, np.stack(rows), bag_film, 170, wrap=True, xf=at, name="bag")


def milk_crate(s: Stage, part: int, at: Array, skin: Chart) -> None:
    """A slatted plastic crate, 36 x 28 x 30 cm."""
    w, h, d = 0.36, 0.28, 0.30
    for x in (-1, 1):
        for z in (-1, 1):
            s.box(
                part,
                (0.035, h, 0.035),
                skin,
                at=at @ move(x * (w / 2 - 0.018), h / 2, z * (d / 2 - 0.018)),
                bevel=0.006,
            )
    for y, t in ((0.02, 0.04), (0.1, 0.022), (0.17, 0.022), (h - 0.025, 0.05)):
        for k in (-1, 1):
            s.bar(
                part,
                (-w / 2 + 0.02, y, k * (d / 2 - 0.011)),
                (w / 2 - 0.02, y, k * (d / 2 - 0.011)),
                0.018,
                t,
                skin,
                xf=at,
            )
            s.bar(
                part,
                (k * (w / 2 - 0.011), y, -d / 2 + 0.02),
                (k * (w / 2 - 0.011), y, d / 2 - 0.02),
                0.018,
                t,
                skin,
                xf=at,
            )
    for k in range(4):
        for j in (-1, 1):
            s.bar(
                part,
                (-w / 2 + 0.072 + 0.072 * k, 0.03, j * (d / 2 - 0.012)),
                (-w / 2 + 0.072 + 0.072 * k, h - 0.04, j * (d / 2 - 0.012)),
                0.014,
                0.014,
                skin,
                xf=at,
            )
    for k in range(5):
        z = -d / 2 + 0.03 + (d - 0.06) * k / 4
        s.bar(part, (-w / 2 + 0.02, 0.012, z), (w / 2 - 0.02, 0.012, z), 0.03, 0.014, skin, xf=at)


def bicycle(s: Stage, at: Array, paint: Chart, chrome: Chart, rubber: Chart, leather: Chart) -> None:
    """A city bicycle in local XY (forward +X), wheels on the ground."""
    p = s.prop("bicycle")
    r = 0.335
    rear, front = np.array([-0.52, r, 0]), np.array([0.54, r, 0])
    a = np.linspace(0, 2 * np.pi, 33)
    for c in (rear, front):
        for rad, thick, skin in ((r, 0.018, rubber), (r - 0.024, 0.010, chrome)):
            s.tube(
                p,
                np.stack([c[0] + rad * np.cos(a), c[1] + rad * np.sin(a), 0 * a], -1),
                thick,
                skin,
                sides=8,
                caps=False,
                xf=at,
            )
        for k in range(18):
            t = k / 18 * 2 * np.pi
            q = c + 0.02 * np.array([np.cos(t + 1.2), np.sin(t + 1.2), 0]) + [0, 0, 0.024 * (-1) ** k]
            s.tube(
                p,
                np.array([q, c + (r - 0.028) * np.array([np.cos(t), np.sin(t), 0])]),
                0.0019,
                chrome,
                sides=4,
                caps=False,
                xf=at,
            )
        s.tube(p, np.array([c - [0, 0, 0.04], c + np.array([0, 0, 0.04])]), 0.02, chrome, sides=10, xf=at)
        g = np.linspace(0.35, 2.6, 13)
        fen = np.stack([c[0] + (r + 0.03) * np.cos(g), c[1] + (r + 0.03) * np.sin(g)], -1)
        grid = np.stack([np.concatenate([fen, np.full((13, 1), z)], 1) for z in (0.026, -0.026)])
        s.shell(p, grid, 0.004, paint, xf=at)
    bb, seat, head = np.array([-0.08, 0.3, 0]), np.array([-0.24, 0.78, 0]), np.array([0.40, 0.82, 0])
    low_head = np.array([0.425, 0.68, 0])
    for u, v, t in (
        (bb, seat, 0.017),
        (bb, low_head, 0.019),
        (seat + (bb - seat) * 0.15, head - [0, 0.03, 0], 0.016),
        (head + np.array([-0.012, 0.06, 0]), low_head, 0.021),
    ):
        s.tube(p, np.array([u, v]), t, paint, sides=10, xf=at)
    for k in (-1, 1):
        z = np.array([0, 0, 0.05 * k])
        s.tube(p, np.array([bb + z * 0.6, rear + z]), 0.010, paint, sides=8, xf=at)
        s.tube(p, np.array([seat + (bb - seat) * 0.12 + z * 0.4, rear + z]), 0.009, paint, sides=8, xf=at)
        s.tube(
            p,
            np.array([low_head + z * 0.7, low_head + [0.03, -0.12, 0] + z * 0.9, front + z]),
            0.011,
            paint,
            sides=8,
            xf=at,
        )
    s.tube(p, np.array([seat, seat + np.array([-0.03, 0.11, 0])]), 0.013, chrome, sides=8, xf=at)
    sd = [(0.0, 0.03), (0.03, 0.028), (0.06, 0.012), (0.066, -0.01), (0.05, -0.03), (0, -0.032)]
    s.lathe(p, sd, leather, at=at @ move(-0.29, 0.91, 0) @ np.diag([2.0, 1.0, 1.15, 1.0]), sides=18)
    s.tube(
        p,
        np.array([head + np.array([-0.012, 0.06, 0]), head + np.array([-0.03, 0.15, 0])]),
        0.013,
        chrome,
        sides=8,
        xf=at,
    )
    bars = (
        np.array(
            [
                [-0.17, 0.15, -0.29],
                [0.0, 0.17, -0.22],
                [0.03, 0.15, -0.08],
                [-0.02, 0.15, 0],
                [0.03, 0.15, 0.08],
                [0.0, 0.17, 0.22],
                [-0.17, 0.15, 0.29],
            ]
        )
        + head
    )
    s.tube(p, bars, 0.011, chrome, sides=8, xf=at)
    for e in (bars[:2], bars[-2:][::-1]):
        s.tube(p, np.array([e[0], e[0] * 0.35 + e[1] * 0.65]), 0.016, rubber, sides=8, xf=at)
    s.tube(
        p,
        np.stack([bb[0] + 0.09 * np.cos(a), bb[1] + 0.09 * np.sin(a), 0 * a + 0.05], -1),
        0.006,
        chrome,
        sides=6,
        caps=False,
        xf=at,
    )
    for k in (-1, 1):
        e = bb + np.array([0.12 * k, -0.11 * k, 0.075 * k])
        s.tube(p, np.array([bb + np.array([0, 0, 0.07 * k]), e]), 0.009, chrome, sides=6, xf=at)
        s.box(p, (0.09, 0.022, 0.07), rubber, at=at @ move(*(e + np.array([0, 0, 0.05 * k]))), bevel=0.005)
    s.lathe(
        p,
        [(0, 0.03), (0.035, 0.026), (0.05, 0.0), (0.03, -0.04), (0, -0.05)],
        chrome,
        at=at @ move(0.52, 0.84, 0, roll=-90),
        sides=16,
    )
    for z in (-0.06, 0.0, 0.06):
        s.tube(p, np.array([[-0.30, 0.705, z], [-0.72, 0.705, z]]), 0.006, chrome, sides=6, xf=at)
    for x in (-0.34, -0.52, -0.7):
        s.tube(p, np.array([[x, 0.705, -0.06], [x, 0.705, 0.06]]), 0.006, chrome, sides=6, xf=at)


def neon(s: Stage, iron: Chart, glass: Chart) -> None:
    """A blade sign on a bracket: the moon above, LUNA below, on both faces."""
    p = s.prop("neon sign")
    x, y, z = 1.545, 2.52, -2.55
    enamel = m.painted_steel(srgb(34, 38, 56), 0.3, rough=0.3, wear=0.01, drip=0.3)
    side = s.trim("sign side", 0.3, 1.2, 200, enamel)
    s.box(p, (0.56, 1.3, 0.12), {"f": enamel, "k": enamel, "*": side}, 280, at=move(x, y, z), bevel=0.014, name="sign")
    for k in (-1, 1):
        s.bar(p, (x - 0.27, y + k * 0.64, z), (x + 0.27, y + k * 0.64, z), 0.15, 0.03, iron)
    for yy in (y + 0.42, y - 0.42):
        s.bar(p, (x + 0.28, yy, z), (RIGHT - 0.01, yy, z), 0.04, 0.04, iron)
        s.box(p, (0.02, 0.16, 0.14), iron, at=move(RIGHT - 0.01, yy, z), bevel=0.004)
    s.tube(p, np.array([[x + 0.26, y + 0.62, z], [RIGHT - 0.02, y + 1.0, z]]), 0.009, iron, sides=6)
    letters = s.part(
        "neon letters", ["props", "layout"], emission={"practical": "neon", "rgb": [1.0, 0.13, 0.34], "gain": 7.0}
    )
    moon = s.part(
        "neon moon", ["props", "layout"], emission={"practical": "moon", "rgb": [0.22, 0.82, 1.0], "gain": 6.0}
    )
    for face in (1, -1):
        at = move(x, y, z + face * 0.088, yaw=0 if face > 0 else 180)
        for i, ch in enumerate("LUNA"):
            for line in GLYPHS[ch]:
                q = rounded(line) * (0.235, 0.185) + (-0.085, 0.12 - 0.225 * i)
                s.tube(letters, np.concatenate([q, np.zeros((len(q), 1))], 1), 0.0105, glass, sides=8, xf=at)
                for e in (q[0], q[-1]):
                    s.tube(p, np.array([[*e, -0.03], [*e, 0.004]]), 0.013, iron, sides=6, xf=at)
        t = np.linspace(-2.35, 2.35, 25)
        outer = np.stack([-0.01 + 0.135 * np.cos(t + np.pi), 0.47 + 0.135 * np.sin(t + np.pi)], -1)
        t2 = np.linspace(1.95, -1.95, 19)
        inner = np.stack([0.052 + 0.105 * np.cos(t2 + np.pi), 0.47 + 0.105 * np.sin(t2 + np.pi)], -1)
        crescent = np.concatenate([outer, inner, outer[:1]])
        s.tube(
            moon, np.concatenate([crescent, np.zeros((len(crescent), 1))], 1), 0.0095, glass, sides=8, caps=False, xf=at
        )
        s.tube(p, np.array([[-0.14, 0.47, -0.03], [-0.14, 0.47, 0.004]]), 0.012, iron, sides=6, xf=at)


def build() -> None:
    """Model, bake and write the alley."""
    s = Stage("alley", 7, 3072)
    rng = np.random.default_rng(77)
    walls = s.part("walls", ["surfaces", "layout"])
    floor = s.part("ground", ["surfaces", "layout"])
    stonework = s.part("stonework", ["surfaces", "layout"])
    far = s.part("far street", ["surfaces", "layout"])
    iron = s.trim("iron", 0.4, 1.6, 220, m.iron(srgb(46, 48, 50), 0.42))
    stone = s.trim("stone", 1.3, 0.6, 220, m.concrete(srgb(134, 126, 114)))
    zinc = s.trim("zinc", 0.4, 1.6, 200, m.metal(srgb(132, 136, 138), 0.38, 0.3, 0.6))
    wood = s.trim("painted wood", 0.3, 1.5, 200, m.painted_steel(srgb(112, 116, 104), 0.2, rough=0.6))
    rubber = s.trim("rubber", 0.3, 0.8, 200, m.plain(srgb(44, 43, 42), 0.85, 0.1))
    chrome = s.trim("chrome", 0.2, 0.8, 220, m.metal(srgb(166, 166, 164), 0.2, 0.2, 0.5))
    glass = s.trim("tube glass", 0.12, 1.0, 150, m.plain(srgb(222, 216, 208), 0.15, vary=0.02, grime=0))
    pane = s.trim("dark pane", 1.0, 1.5, 110, window_dark)

    # ---- walls: below the ledge unique, above it repeated
    bricked = (4.75, 0.95, 5.65, 2.15, 0.08)
    s.wall(
        walls,
        (LEFT, LEDGE, 1.0),
        (0, 0, -1),
        5.7,
        LEDGE,
        left_wall,
        345,
        openings=[bricked],
        reveal=stone,
        name="left near",
    )
    s.wall(
        walls,
        (LEFT - 0.08, LEDGE - 0.95, 1.0 - 4.75),
        (0, 0, -1),
        0.9,
        1.2,
        m.brick(NEW, srgb(168, 160, 148), spall=0, soot=0.35),
        260,
        name="bricked up",
    )
    s.bar(
        stonework, (LEFT + 0.02, LEDGE - 0.87, -3.6), (LEFT + 0.02, LEDGE - 0.87, -4.8), 0.08, 0.16, stone, bevel=0.012
    )
    s.bar(
        stonework, (LEFT + 0.05, LEDGE - 2.2, -3.65), (LEFT + 0.05, LEDGE - 2.2, -4.75), 0.16, 0.09, stone, bevel=0.012
    )
    up_left = s.wall(walls, (LEFT, 8.4, 1.0), (0, 0, -1), 5.4, 5.4, brick_far(RED), 76, name="left upper")
    s.wall(walls, (LEFT, 8.4, -4.4), (0, 0, -1), 5.4, 5.4, up_left)
    s.wall(walls, (LEFT, 8.4, -9.8), (0, 0, -1), 1.2, 5.4, s.chart("left strip", 1.2, 5.4, 60, brick_far(RED)))
    s.wall(walls, (LEFT, LEDGE, -4.7), (0, 0, -1), 6.3, LEDGE, brick_low(RED), 105, name="left deep")
    barred = (2.7, 0.7, 3.7, 1.7, 0.14)
    s.wall(walls, (RIGHT, LEDGE, STEP + 5.4), (0, 0, 1), 0.6, LEDGE, right_end, 330, name="right end")
    s.wall(
        walls,
        (RIGHT, LEDGE, STEP),
        (0, 0, 1),
        5.4,
        LEDGE,
        right_wall,
        345,
        openings=[barred],
        reveal=stone,
        name="right near",
    )
    up_right = s.wall(walls, (RIGHT, 7.2, STEP), (0, 0, 1), 6.0, 4.2, brick_far(STOCK), 76, name="right upper")
    s.wall(walls, (1.0, LEDGE, STEP), (1, 0, 0), 1.1, LEDGE, end_wall, 320, name="end wall")
    s.wall(walls, (1.0, 7.2, STEP), (1, 0, 0), 1.1, 4.2, brick_far(STOCK), 76, name="end upper")
    s.wall(walls, (1.0, LEDGE, -11), (0, 0, 1), 6.4, LEDGE, brick_low(STOCK), 105, name="right deep")
    s.wall(walls, (1.0, 7.2, -11), (0, 0, 1), 6.4, 4.2, up_right)
    low_l = s.wall(walls, (-5.1, LEDGE, 1.0), (1, 0, 0), 3.0, LEDGE, brick_low(RED), 112, name="left facade")
    s.wall(walls, (-8.1, LEDGE, 1.0), (1, 0, 0), 3.0, LEDGE, low_l)
    s.wall(walls, (-8.1, 8.4, 1.0), (1, 0, 0), 6.0, 5.4, up_left)
    low_r = s.wall(walls, (RIGHT, LEDGE, 1.4), (1, 0, 0), 3.0, LEDGE, brick_low(STOCK), 112, name="right facade")
    s.wall(walls, (5.1, LEDGE, 1.4), (1, 0, 0), 3.0, LEDGE, low_r)
    s.wall(walls, (RIGHT, 7.2, 1.4), (1, 0, 0), 6.0, 4.2, up_right)
    # back ends towards the street
    s.wall(walls, (9.0, 7.2, -11), (-1, 0, 0), 8.0, 7.2, up_right)
    s.wall(walls, (LEFT, 8.4, -11), (-1, 0, 0), 6.9, 8.4, up_left)
    # ledges, copings, corner stones
    for x, z0, z1 in ((LEFT, 1.04, -11), (RIGHT, 1.44, STEP), (1.0, STEP + 0.04, -11)):
        k = 1 if x < 0 else -1
        n = int(np.ceil(abs(z1 - z0) / 1.3))
        zs = np.linspace(z0, z1, n + 1)
        for a, b in pairwise(zs):
            s.bar(
                stonework,
                (x + k * 0.03, LEDGE + 0.02, a - 0.002),
                (x + k * 0.03, LEDGE + 0.02, b + 0.002),
                0.16,
                0.11,
                stone,
                bevel=0.014,
            )
            s.bar(
                stonework,
                (x - k * 0.08, (8.4 if x < 0 else 7.2) + 0.05, a),
                (x - k * 0.08, (8.4 if x < 0 else 7.2) + 0.05, b),
                0.36,
                0.1,
                stone,
                bevel=0.014,
            )
    s.bar(
        stonework,
        (0.97, LEDGE + 0.0203, STEP + 0.03),
        (RIGHT, LEDGE + 0.0203, STEP + 0.03),
        0.16,
        0.11,
        stone,
        bevel=0.014,
    )
    s.bar(stonework, (0.9, 7.251, STEP - 0.08), (2.3, 7.251, STEP - 0.08), 0.36, 0.1, stone, bevel=0.014)
    for x0, x1, z in ((-8.1, LEFT, 1.0), (RIGHT, 8.1, 1.4)):
        for a in np.linspace(x0, x1, 6)[:-1]:
            s.bar(
                stonework,
                (a, LEDGE + 0.0203, z + 0.03),
                (a + (x1 - x0) / 5, LEDGE + 0.0203, z + 0.03),
                0.16,
                0.11,
                stone,
                bevel=0.014,
            )
    for x, z in ((LEFT, 1.0), (RIGHT, 1.4)):
        for k in range(10):
            long, short = (0.44, 0.26) if k % 2 else (0.26, 0.44)
            sx = -1 if x < 0 else 1
            s.box(
                stonework,
                (long, 0.285, short),
                stone,
                at=move(x + sx * (long / 2 - 0.018), 0.148 + 0.2965 * k, z - short / 2 + 0.018),
                bevel=0.02,
            )

    # ---- ground
    s.quad(floor, (LEFT, 0, -3.7), (4.2, 0, 0), (0, 0, 5.4), ground, 345, name="ground near")
    s.quad(floor, (LEFT, 0, -11.0), (4.2, 0, 0), (0, 0, 7.3), ground_deep, 100, name="ground deep")
    yard = s.quad(floor, (-8.1, 0, 1.7), (8.1, 0, 0), (0, 0, 3.2), asphalt, 90, name="yard")
    s.quad(floor, (0, 0, 1.7), (8.1, 0, 0), (0, 0, 3.2), yard)
    s.quad(floor, (-8.1, 0, 4.9), (8.1, 0, 0), (0, 0, 3.2), yard)
    s.quad(floor, (0, 0, 4.9), (8.1, 0, 0), (0, 0, 3.2), yard)
    s.quad(floor, (-8.1, 0, 1.0), (6.0, 0, 0), (0, 0, 0.7), s.trim("yard edge", 3.0, 0.7, 120, asphalt))
    s.quad(floor, (RIGHT, 0, 1.4), (6.0, 0, 0), (0, 0, 0.3), s.trim("yard edge r", 3.0, 0.3, 120, asphalt))
    flags = s.quad(far, (-9, 0, -12.8), (9, 0, 0), (0, 0, 1.8), slab, 60, name="flags")
    s.quad(far, (0, 0, -12.8), (9, 0, 0), (0, 0, 1.8), flags)
    road = s.quad(far, (-9, -0.001, -17), (9, 0, 0), (0, 0, 4.2), asphalt, 40, name="road")
    s.quad(far, (0, -0.001, -17), (9, 0, 0), (0, 0, 4.2), road)
    s.quad(far, (-9, 0, -18.5), (9, 0, 0), (0, 0, 1.5), flags)
    s.quad(far, (0, 0, -18.5), (9, 0, 0), (0, 0, 1.5), flags)
    s.box(far, (18, 0.12, 0.2), stone, at=move(0, 0.03, -12.8), bevel=0.02)
    s.box(far, (18, 0.12, 0.2), stone, at=move(0, 0.03, -17.0), bevel=0.02)
    cover = s.prop("manhole cover")
    s.lathe(
        cover,
        [(0.0, 0.012), (0.31, 0.012), (0.318, 0.006), (0.318, -0.01)],
        manhole,
        300,
        at=move(0.75, 0, -1.55),
        sides=40,
        name="manhole",
    )
    s.lathe(
        cover,
        [(0.325, 0.004), (0.33, 0.016), (0.37, 0.016), (0.378, 0.01), (0.378, -0.01)],
        iron,
        at=move(0.75, 0, -1.55),
        sides=40,
    )

    # ---- the door under the lamp
    door = s.prop("steel door")
    dx, dz = 1.53, STEP
    s.box(
        door,
        (0.86, 2.04, 0.05),
        {"f": steel_door, "*": iron},
        330,
        at=move(dx, 1.10, dz + 0.024),
        bevel=0.006,
        skip="k",
        name="door leaf",
    )
    for k in (-1, 1):
        s.box(door, (0.07, 2.16, 0.1), iron, at=move(dx + k * 0.468, 1.13, dz + 0.05), bevel=0.008)
    s.box(door, (1.02, 0.08, 0.1), iron, at=move(dx, 2.17, dz + 0.0502), bevel=0.008)
    s.box(door, (1.06, 0.09, 0.42), stone, at=move(dx, 0.035, dz + 0.2), bevel=0.018, skip="b")
    s.tube(
        door,
        np.array(
            [
                [dx + 0.33, 0.98, dz + 0.05],
                [dx + 0.33, 0.98, dz + 0.1],
                [dx + 0.33, 1.2, dz + 0.1],
                [dx + 0.33, 1.2, dz + 0.05],
            ]
        ),
        0.011,
        chrome,
    )
    s.box(door, (0.06, 0.13, 0.014), chrome, at=move(dx + 0.33, 0.86, dz + 0.052), bevel=0.004)
    for y in (0.4, 1.1, 1.85):
        s.tube(door, np.array([[dx - 0.43, y - 0.06, dz + 0.06], [dx - 0.43, y + 0.06, dz + 0.06]]), 0.014, iron)
    lamp = s.prop("lamp")
    ly, lz = 2.50, dz + 0.24
    s.box(lamp, (0.11, 0.16, 0.04), iron, at=move(dx, ly + 0.14, dz + 0.02), bevel=0.008)
    t = np.linspace(0, np.pi / 2, 7)
    s.tube(
        lamp,
        np.stack([np.full_like(t, dx), ly + 0.15 + 0.05 * np.sin(t), dz + 0.03 + 0.21 * (1 - np.cos(t)) * 1.0], -1),
        0.012,
        iron,
    )
    enamel_out = m.painted_steel(srgb(58, 82, 74), 0.3, rough=0.3, wear=0.006)
    white_in = s.trim("enamel white", 0.3, 0.2, 160, m.plain(srgb(214, 208, 194), 0.25, 0.05))
    s.lathe(
        lamp,
        [(0.0, 0.21), (0.03, 0.205), (0.045, 0.15), (0.06, 0.13), (0.17, 0.06), (0.19, 0.045), (0.19, 0.04)],
        enamel_out,
        260,
        at=move(dx, ly, lz),
        sides=32,
        name="lamp hood",
    )
    s.lathe(lamp, [(0.19, 0.04), (0.16, 0.055), (0.05, 0.12), (0.0, 0.13)], white_in, at=move(dx, ly, lz), sides=32)
    bulb = s.part(
        "door lamp", ["props", "layout"], emission={"practical": "lamp", "rgb": [1.0, 0.66, 0.33], "gain": 7.0}
    )
    s.lathe(
        bulb,
        [(0.03, 0.11), (0.045, 0.07), (0.05, 0.02), (0.042, -0.03), (0.022, -0.052), (0, -0.056)],
        glass,
        at=move(dx, ly, lz),
        sides=20,
    )
    for k in range(6):
        q = move(dx, ly, lz, yaw=60 * k)
        s.tube(
            lamp,
            np.array([[0.07, 0.1, 0], [0.068, 0.0, 0], [0.05, -0.06, 0], [0, -0.085, 0]]),
            0.0035,
            iron,
            sides=5,
            xf=q,
        )
    neon(s, iron, glass)

    # ---- barred window on the right
    bars = s.prop("barred window")
    wz0, wz1 = STEP + 2.7, STEP + 3.7
    wy0, wy1 = LEDGE - 1.7, LEDGE - 0.7
    pane_part = s.part("window panes", ["props", "layout"])
    s.quad(pane_part, (RIGHT + 0.13, wy1, wz0), (0, 0, 1.0), (0, -1.0, 0), window_dark, 200, name="barred pane")
    for z in (wz0 + 0.03, (wz0 + wz1) / 2, wz1 - 0.03):
        s.bar(bars, (RIGHT + 0.11, wy0, z), (RIGHT + 0.11, wy1, z), 0.05, 0.05, wood)
    for y in (wy0 + 0.03, wy0 + 0.5, wy1 - 0.03):
        s.bar(bars, (RIGHT + 0.109, y, wz0), (RIGHT + 0.109, y, wz1), 0.05, 0.05, wood)
    for z in np.linspace(wz0 + 0.08, wz1 - 0.08, 6):
        s.tube(bars, np.array([[RIGHT - 0.02, wy0 - 0.02, z], [RIGHT - 0.02, wy1 + 0.02, z]]), 0.012, iron, sides=8)
    for y in (wy0 + 0.06, wy0 + 0.5, wy1 - 0.06):
        s.bar(bars, (RIGHT - 0.02, y, wz0 - 0.04), (RIGHT - 0.02, y, wz1 + 0.04), 0.03, 0.012, iron)
    s.bar(
        bars,
        (RIGHT - 0.06, wy0 - 0.05, wz0 - 0.1),
        (RIGHT - 0.06, wy0 - 0.05, wz1 + 0.1),
        0.2,
        0.08,
        stone,
        bevel=0.012,
    )
    s.bar(
        bars,
        (RIGHT - 0.02, wy1 + 0.09, wz0 - 0.14),
        (RIGHT - 0.02, wy1 + 0.09, wz1 + 0.14),
        0.08,
        0.18,
        stone,
        bevel=0.012,
    )

    # ---- iron, pipes, wires
    fire_escape(s, iron)
    pipes = s.prop("drain pipes")
    for x, z, top in ((LEFT + 0.085, -4.75, 8.2), (RIGHT - 0.085, 0.8, 7.0), (1.0 - 0.085, -6.2, 7.0)):
        k = 1 if x < 0 else -1
        s.tube(pipes, np.array([[x, top, z], [x, 0.22, z]]), 0.05, zinc, sides=14)
        s.tube(
            pipes,
            np.array([[x, 0.3, z], [x, 0.16, z], [x + 0.03 * k, 0.1, z], [x + 0.13 * k, 0.06, z]]),
            0.054,
            zinc,
            sides=14,
        )
        for y in np.arange(0.55, top, 1.15):
            s.lathe(
                pipes, [(0.05, 0.035), (0.06, 0.03), (0.06, -0.03), (0.05, -0.035)], iron, at=move(x, y, z), sides=14
            )
            s.box(pipes, (0.09, 0.03, 0.05), iron, at=move(x - k * 0.055, y, z), bevel=0.004)
    box = s.prop("meter box")
    grey = m.painted_steel(srgb(118, 122, 118), 0.25, drip=0.3)
    gm = s.trim("meter grey", 0.4, 0.6, 180, grey)
    s.box(
        box,
        (0.18, 0.62, 0.44),
        {"l": grey, "f": grey, "*": gm},
        260,
        at=move(RIGHT - 0.092, 1.55, -3.75),
        bevel=0.012,
        skip="r",
        name="meter",
    )
    s.box(
        box,
        (0.02, 0.5, 0.34),
        {"l": grey, "*": gm},
        260,
        at=move(RIGHT - 0.188, 1.55, -3.75),
        bevel=0.006,
        name="meter door",
    )
    for z in (-3.86, -3.64):
        s.tube(box, np.array([[RIGHT - 0.06, 1.86, z], [RIGHT - 0.06, 2.92, z]]), 0.016, zinc, sides=8)
    s.tube(box, np.array([[RIGHT - 0.06, 1.25, -3.75], [RIGHT - 0.06, 0.02, -3.75]]), 0.024, zinc, sides=10)
    cables = s.prop("overhead cables")
    black = s.trim("cable", 0.1, 2.2, 60, m.plain(srgb(40, 39, 39), 0.7))
    t = np.linspace(0, 1, 17)
    for (ax, ay, az), (bx, by, bz), sag in (
        ((LEFT, 4.7, -1.9), (RIGHT, 4.3, -3.2), 0.35), ((LEFT, 5.3, -3.0), (RIGHT, 5.0, -2.2), 0.5), ((LEFT, 4.25, -6.0), (1.0, 4.6, -5.2), 0.25),
        ((LEFT, 5.8, 0.2), (1.0, 3.9, -7.5), 0.6), ((LEFT, 4.5, -8.5), (1.0, 4.2, -9.0), 0.3), ((RIGHT, 3.55, 1.2), (RIGHT - 0.05, 3.45, -4.4), 0.12),
    ):  # fmt: skip
        path = np.stack([ax + (bx - ax) * t, ay + (by - ay) * t - sag * 4 * t * (1 - t), az + (bz - az) * t], -1)
        s.tube(cables, path, 0.011, black, sides=6)
    s.box(cables, (0.12, 0.16, 0.16), gm, at=move(LEFT + 0.06, 4.68, -1.9), bevel=0.01)
    ac = s.prop("air conditioner")
    aw = m.painted_steel(srgb(168, 162, 148), 0.25, drip=0.6)
    at_ac = move(RIGHT - 0.25, 3.75, -0.6)
    s.box(
        ac,
        (0.42, 0.6, 0.85),
        {"l": aw, "f": aw, "b": aw, "*": s.trim("ac side", 0.5, 0.8, 150, aw)},
        200,
        at=at_ac,
        bevel=0.02,
        skip="r",
        name="ac",
    )
    for k in range(9):
        rr = 0.03 + 0.026 * k
        a = np.linspace(0, 2 * np.pi, 25)
        s.tube(
            ac,
            np.stack([0 * a - 0.218, rr * np.sin(a), 0.12 + rr * np.cos(a)], -1),
            0.004,
            iron,
            sides=4,
            caps=False,
            xf=at_ac,
        )
    for z in (-0.3, 0.3):
        s.bar(ac, (0.24, -0.33, z), (-0.2, -0.33, z), 0.04, 0.04, iron, xf=at_ac)

    # ---- things standing about
    lid = m.plain(srgb(40, 42, 42), 0.55, 0.12, wear=0.01, worn=srgb(86, 84, 80), grime=0.6)
    dumpster(s, rubber, lid)
    bags = s.prop("rubbish bags")
    bag(s, bags, move(-1.72, 0, -1.45, yaw=40), 1)
    bag(s, bags, move(-1.30, 0, -1.62, yaw=200), 2, 0.26)
    bag(s, bags, move(-1.58, 0.36, -1.62, yaw=120, pitch=12), 3, 0.24)
    crates = s.prop("milk crates")
    red = s.trim("crate red", 0.3, 0.4, 260, m.plain(srgb(150, 46, 38), 0.5, 0.1, grime=0.5))
    blue = s.trim("crate blue", 0.3, 0.4, 260, m.plain(srgb(44, 76, 122), 0.5, 0.1, grime=0.5))
    milk_crate(s, crates, move(1.86, 0.0, -0.72, yaw=84), red)
    milk_crate(s, crates, move(1.84, 0.283, -0.70, yaw=96), blue)
    milk_crate(s, crates, move(1.42, 0.0, -0.62, yaw=25), red)
    bottles = s.prop("bottles")
    green = s.trim("bottle green", 0.25, 0.35, 200, m.plain(srgb(40, 70, 44), 0.08, 0.08, grime=0.1))
    brown = s.trim("bottle brown", 0.25, 0.35, 200, m.plain(srgb(84, 50, 26), 0.08, 0.08, grime=0.1))
    bprof = [
        (0, 0.29),
        (0.012, 0.29),
        (0.0145, 0.282),
        (0.013, 0.27),
        (0.013, 0.2),
        (0.033, 0.155),
        (0.036, 0.14),
        (0.036, 0.006),
        (0.03, 0),
        (0, 0),
    ]
    for x, z, g in (
        (-0.1, -0.08, green),
        (0.0, -0.08, brown),
        (0.1, -0.08, green),
        (-0.1, 0.04, brown),
        (0.1, 0.04, green),
    ):
        s.lathe(bottles, bprof, g, at=move(1.84, 0.31, -0.70, yaw=96) @ move(x, 0, z), sides=14)
    s.lathe(bottles, bprof, brown, at=move(1.2, 0.036, -0.42, yaw=35, roll=90), sides=14)
    cartons = s.prop("cardboard boxes")
    card = m.cardboard(srgb(156, 116, 74))
    cs = s.trim("card", 0.5, 0.5, 200, card)
    s.box(
        cartons,
        (0.5, 0.38, 0.4),
        {"*": card},
        190,
        at=move(1.72, 0.19, -1.62, yaw=-9),
        bevel=0.006,
        skip="b",
        name="carton",
    )
    for k, (xx, rot) in enumerate(((-0.25, 62), (0.25, -58))):
        s.box(
            cartons,
            (0.25, 0.008, 0.39),
            cs,
            at=move(1.72, 0.38, -1.62, yaw=-9) @ move(xx, 0.0, 0) @ move(roll=-rot) @ move(0.12 if k else -0.12, 0, 0),
            bevel=0.002,
        )
    s.box(
        cartons,
        (0.36, 0.26, 0.3),
        {"*": card},
        190,
        at=move(1.8, 0.13, -2.12, yaw=14),
        bevel=0.006,
        skip="b",
        name="carton small",
    )
    pallet = s.prop("wooden pallet")
    plank = s.trim("pallet wood", 0.3, 1.2, 220, m.wood(srgb(150, 130, 104), srgb(98, 82, 66), 0.85, wear=0))
    lean = move(-2.0, 0.0, -0.35, yaw=90) @ move(pitch=-9)
    for k in range(7):
        s.box(pallet, (0.1, 1.15, 0.02), plank, at=lean @ move(-0.45 + 0.15 * k, 0.58, 0.075), bevel=0.004)
    for y in (0.06, 0.58, 1.1):
        s.box(pallet, (1.0, 0.09, 0.07), plank, at=lean @ move(0, y, 0.03), bevel=0.004)
    bike_paint = s.trim("bicycle paint", 0.2, 0.8, 240, m.painted_steel(srgb(120, 40, 36), 0.2, rough=0.3))
    leather = s.trim("leather", 0.3, 0.3, 200, m.plain(srgb(78, 48, 30), 0.55, 0.12, wear=0.01, worn=srgb(120, 80, 52)))
    bicycle(s, move(1.80, 0.0, -3.25, yaw=-86) @ move(pitch=-9), bike_paint, chrome, rubber, leather)
    posters = s.prop("posters")
    for i, (x, z, y, w, h, yaw, roll) in enumerate((
        (LEFT, 0.28, 1.62, 0.5, 0.74, 90, 1.5), (LEFT, -0.3, 1.52, 0.46, 0.66, 90, -2.0), (LEFT, -0.02, 0.95, 0.34, 0.3, 90, 4),
        (RIGHT, 0.35, 1.66, 0.5, 0.74, -90, -1.0), (RIGHT, -0.35, 1.7, 0.46, 0.66, -90, 2.0), (RIGHT, -4.15, 1.7, 0.42, 0.6, -90, -2),
        (LEFT, -4.2, 1.35, 0.5, 0.74, 90, 2.5), (RIGHT, 0.68, 0.95, 0.34, 0.3, -90, 3),
    )):  # fmt: skip
        k = 1 if x < 0 else -1
        off = -0.07 if i == 6 else 0.012
        gy, gx = np.meshgrid(np.linspace(h / 2, -h / 2, 9), np.linspace(-w / 2, w / 2, 9), indexing="ij")
        curl = 0.035 * np.clip(gx / w * (1 if i % 2 else -1) + gy / h * (1 if i % 3 else -1) - 0.55, 0, 1) ** 2 * 8
        jag = 0.006 * rng.standard_normal(gx.shape) * ((np.abs(gx) > w / 2 - 1e-6) | (np.abs(gy) > h / 2 - 1e-6))
        s.shell(
            posters,
            np.stack([gx + jag, gy + jag, curl + 0.0], -1),
            0.006,
            poster((0, 1, 2, 1, 0, 0, 1, 2)[i]),
            250,
            xf=move(x + k * off, y, z, yaw=yaw, roll=roll),
            name=f"poster{i}",
        )
    litter = s.prop("litter")
    paper = m.plain(srgb(196, 188, 170), 0.9, 0.1, grime=0.3)
    pc = s.trim("paper", 0.3, 0.3, 220, paper)
    for k in range(9):
        x, z = rng.uniform(-1.6, 1.7), rng.uniform(-4.8, 0.9)
        if k < 5:
            x = np.sign(x) * rng.uniform(1.1, 1.75)
        w = rng.uniform(0.06, 0.15)
        gu, gv = np.meshgrid(np.linspace(-w, w, 7), np.linspace(-w * 0.7, w * 0.7, 6))
        yy = 0.012 + 0.022 * np.abs(np.sin(gu * 22 + k) * np.sin(gv * 19 + 2 * k))
        s.shell(litter, np.stack([gu, yy, gv], -1), 0.003, pc, xf=move(x, 0, z, yaw=rng.uniform(0, 360)))
    can = s.trim("can", 0.2, 0.12, 240, m.metal(srgb(150, 40, 38), 0.25, 0.3))
    for x, z, yaw in ((-0.9, -0.9, 30), (1.25, -2.7, 110)):
        s.lathe(
            litter,
            [(0, 0.115), (0.026, 0.115), (0.032, 0.105), (0.032, 0.01), (0.026, 0.0), (0, 0)],
            can,
            at=move(x, 0.033, z, yaw=yaw, roll=90) @ move(y=-0.055),
            sides=16,
        )
    leafc = s.trim("dead leaf", 0.1, 0.1, 220, m.plain(srgb(118, 78, 40), 0.8, 0.25, soft=0.2))
    for k in range(46):
        side = rng.choice([-1, 1])
        x = side * rng.uniform(1.55, 2.02) if k % 3 else rng.uniform(-0.25, 0.2)
        z = rng.uniform(-5.0, 1.2)
        ang = np.linspace(0, 2 * np.pi, 8)[:-1]
        rr = 0.028 * (0.7 + 0.5 * rng.random(7))
        s.extrude(
            litter,
            np.stack([rr * np.cos(ang), 1.3 * rr * np.sin(ang)], -1),
            0.004,
            leafc,
            at=move(x, 0.014, z, yaw=rng.uniform(0, 360)) @ move(pitch=-90 + rng.uniform(-16, 16)),
        )

    # ---- windows higher up
    sash = s.prop("windows above")
    lit_up = s.part(
        "lit window above",
        ["props", "layout"],
        emission={"practical": "upstairs", "rgb": [1.0, 0.68, 0.36], "gain": 1.3},
    )
    for z in (-0.7, -3.7, -8.4):
        window(s, sash, pane_part, move(LEFT, 5.1, z, yaw=90), 0.95, 1.45, wood, stone, pane)
    window(s, sash, lit_up, move(RIGHT, 5.1, -2.4, yaw=-90), 0.9, 1.4, wood, stone, lit_window)
    window(s, sash, pane_part, move(RIGHT, 5.1, 0.3, yaw=-90), 0.9, 1.4, wood, stone, pane)
    window(s, sash, pane_part, move(1.0, 4.9, -7.6, yaw=-90), 0.9, 1.4, wood, stone, pane)
    window(s, sash, pane_part, move(3.9, 1.75, 1.4), 0.95, 1.4, wood, stone, pane)
    window(s, sash, pane_part, move(-3.9, 1.75, 1.0), 0.95, 1.4, wood, stone, pane)

    # ---- the street at the end
    facades = (
        (-9, -2.2, 5.6, [srgb(150, 122, 100), srgb(140, 110, 90)]),
        (-2.2, 2.7, 4.6, RED),
        (2.7, 9, 6.4, [srgb(120, 116, 112), srgb(106, 102, 100)]),
    )
    shop = s.part(
        "shop window", ["props", "layout"], emission={"practical": "street", "rgb": [1.0, 0.70, 0.38], "gain": 1.5}
    )
    lit_far = s.part(
        "far lit windows", ["props", "layout"], emission={"practical": "street", "rgb": [1.0, 0.66, 0.34], "gain": 1.1}
    )
    far_pane = s.part("far dark windows", ["props", "layout"])
    lw = s.trim("far lit", 0.8, 1.3, 60, lit_window)
    lw.shared = False
    curtain = s.trim("far curtain", 0.3, 1.2, 50, m.fabric(srgb(150, 108, 78), 0.02))
    card_far = s.trim("far goods", 0.3, 0.4, 50, m.cardboard(srgb(150, 116, 70)))
    awn_red = s.trim("far goods red", 0.3, 0.4, 50, m.plain(srgb(124, 44, 38)))
    shop_chart = s.chart("shop", 3.0, 1.7, 90, shopfront)
    for i, (x0, x1, h, cols) in enumerate(facades):
        s.wall(far, (x0, h, -18.5), (1, 0, 0), x1 - x0, h, brick_far(cols), 55, name=f"far {i}")
        s.box(far, (x1 - x0 + 0.1, 0.25, 0.4), stone, at=move((x0 + x1) / 2, h + 0.1, -18.45), bevel=0.03)
        s.box(far, (x1 - x0, 0.3, 0.16), stone, at=move((x0 + x1) / 2, 2.75, -18.44), bevel=0.02)
        n = int((x1 - x0) / 1.45)
        for k in range(n):
            x = x0 + (x1 - x0) * (k + 0.5) / n
            if h > 4.4:
                on = (k + i) % 3 == 1
                s.box(
                    lit_far if on else far_pane,
                    (0.8, 1.15, 0.06),
                    {"f": lw if on else pane, "*": stone},
                    at=move(x, 3.65, -18.46),
                    bevel=0.01,
                    skip="k",
                )
                s.box(far, (0.95, 0.08, 0.14), stone, at=move(x, 3.02, -18.43), bevel=0.01)
                s.bar(far, (x, 3.08, -18.42), (x, 4.22, -18.42), 0.05, 0.03, wood)
                s.bar(far, (x - 0.4, 3.7, -18.42), (x + 0.4, 3.7, -18.42), 0.03, 0.05, wood)
                for e in (-0.42, 0.42):
                    s.bar(far, (x + e, 3.06, -18.42), (x + e, 4.24, -18.42), 0.07, 0.05, wood)
                if on:
                    for e in (-0.27, 0.25):
                        s.box(far, (0.2, 1.1, 0.02), curtain, at=move(x + e, 3.66, -18.425), bevel=0.004, skip="k")
    for x in (-1.0, 1.75):
        s.box(
            shop, (2.3, 1.7, 0.08), {"f": shop_chart, "*": stone}, at=move(x - 0.2, 1.35, -18.44), bevel=0.01, skip="k"
        )
    for x in (-1.0, 1.75):
        for k in range(4):
            s.bar(far, (x - 1.35 + 2.3 * k / 3, 0.5, -18.38), (x - 1.35 + 2.3 * k / 3, 2.2, -18.38), 0.08, 0.05, wood)
        s.bar(far, (x - 1.35, 1.85, -18.379), (x + 0.95, 1.85, -18.379), 0.05, 0.06, wood)
        for row in (0.62, 1.1):
            s.bar(far, (x - 1.3, row, -18.39), (x + 0.9, row, -18.39), 0.04, 0.03, wood)
            for k in range(13):
                hh, ww = rng.uniform(0.12, 0.34), rng.uniform(0.05, 0.13)
                s.box(
                    far,
                    (ww, hh, 0.03),
                    (wood, card_far, awn_red)[k % 3],
                    at=move(x - 1.22 + 0.17 * k, row + hh / 2 + 0.015, -18.392),
                    bevel=0.01,
                    skip="k",
                )
    awn = s.trim("awning", 1.2, 0.6, 90, m.fabric(srgb(120, 44, 40), 0.02, 0.2, stripes))
    g = np.array(
        [
            [[-2.1, 2.62, -18.4], [2.6, 2.62, -18.4]],
            [[-2.1, 2.25, -17.5], [2.6, 2.25, -17.5]],
            [[-2.1, 2.1, -17.48], [2.6, 2.1, -17.48]],
        ]
    )
    s.shell(far, g, 0.01, awn)
    sky_part = s.part("skyline", ["surfaces", "layout"])
    tower = s.chart("tower", 6.0, 12.0, 18, skyscraper, True)
    for x, z, w, h in (
        (-7.5, -30, 5, 11),
        (-2.6, -36, 4.2, 15.5),
        (2.4, -33, 3.6, 12.5),
        (5.6, -40, 5, 17),
        (-0.2, -44, 2.6, 20.5),
        (10, -34, 5, 12),
        (-12, -38, 5, 14),
    ):
        s.box(sky_part, (w, h, 4.0), tower, at=move(x, h / 2, z), bevel=0.05, skip="bk")
    s.tube(sky_part, np.array([[-0.2, 20.5, -44], [-0.2, 25.0, -44]]), 0.09, iron, sides=6)
    s.lathe(
        sky_part,
        [(0, 1.6), (0.9, 0.9), (1.0, 0.8), (1.0, -0.8), (0, -0.8)],
        s.trim("tank", 1, 1, 40, m.wood(srgb(110, 90, 74), srgb(70, 56, 48), 0.9, plank_m=0.2)),
        at=move(2.4, 14.6, -33),
        sides=16,
    )
    for k in range(4):
        a = k * np.pi / 2 + 0.78
        s.tube(
            sky_part,
            np.array(
                [
                    [2.4 + 0.7 * np.cos(a), 12.4, -33 + 0.7 * np.sin(a)],
                    [2.4 + 0.7 * np.cos(a), 14.0, -33 + 0.7 * np.sin(a)],
                ]
            ),
            0.1,
            iron,
            sides=5,
        )
    post = s.prop("street lamp")
    s.lathe(
        post,
        [(0.045, 3.6), (0.05, 2.4), (0.06, 0.9), (0.1, 0.8), (0.1, 0.15), (0.14, 0.1), (0.14, 0)],
        iron,
        at=move(-0.9, 0, -12.2),
        sides=12,
    )
    t = np.linspace(0, np.pi / 2, 8)
    s.tube(
        post,
        np.stack([-0.9 + 0.7 * (1 - np.cos(t)), 3.6 + 0.45 * np.sin(t), np.full_like(t, -12.2)], -1),
        0.035,
        iron,
        sides=8,
    )
    s.lathe(post, [(0, 0.1), (0.06, 0.09), (0.16, 0.0), (0.17, -0.02)], iron, at=move(-0.15, 4.02, -12.2), sides=16)
    globe = s.part(
        "street lamp glass",
        ["props", "layout"],
        emission={"practical": "streetlamp", "rgb": [1.0, 0.72, 0.42], "gain": 6.0},
    )
    s.lathe(
        globe, [(0.15, -0.015), (0.14, -0.09), (0.08, -0.15), (0, -0.17)], glass, at=move(-0.15, 4.02, -12.2), sides=16
    )

    s.bake(META)


def stripes(c: Canvas) -> None:
    """Awning stripes."""
    c.lay(smooth(-0.1, 0.1, np.sin(c.u * 2 * np.pi / 0.3)), srgb(206, 196, 168))


def skyscraper(c: Canvas) -> None:
    """A tower seen through city air: rows of windows on pale stone."""
    c.rgb[:] = srgb(112, 110, 112)
    c.tone(1 + 0.12 * c.noise(3.0, 3))
    x, y = np.mod(c.u, 0.6) / 0.6, np.mod(c.v, 0.9) / 0.9
    w = (np.abs(x - 0.5) < 0.3) & (np.abs(y - 0.5) < 0.32)
    c.lay(w, srgb(58, 64, 74), 0.3)
    c.rough[:] = mix(0.85, 0.3, w)


META = {
    "label": "Alley",
    "about": "A narrow city alley behind two brick buildings: a steel door under a lamp, a neon moon, a street at the far end.",
    "policies": {"default": {"layout": "hold", "props": "hold", "surfaces": "hold"}},
    "marks": {
        "mouth": {"position_m": [-0.35, 0, -0.2], "facing_deg": 0, "camera_deg": -6, "label": "In the mouth of the alley"},
        "neon": {"position_m": [0.45, 0, 0.1], "facing_deg": -12, "camera_deg": -15, "label": "By the neon sign"},
        "bins": {"position_m": [-0.55, 0, 0.1], "facing_deg": 14, "camera_deg": 14, "label": "Under the fire escape"},
    },
    "practicals": {
        "neon": {"position_m": [1.545, 2.36, -2.55], "rgb": [1.0, 0.13, 0.34], "power": 1.0, "kind": "neon", "radius_m": 0.4, "default_on": True},
        "moon": {"position_m": [1.535, 2.99, -2.55], "rgb": [0.22, 0.82, 1.0], "power": 0.5, "kind": "neon", "radius_m": 0.3, "default_on": True},
        "lamp": {"position_m": [1.53, 2.49, -4.36], "rgb": [1.0, 0.66, 0.33], "power": 0.8, "kind": "lamp", "radius_m": 0.12, "default_on": True},
        "upstairs": {"position_m": [2.05, 5.1, -2.4], "rgb": [1.0, 0.7, 0.4], "power": 0.35, "kind": "window", "radius_m": 0.4, "default_on": True},
        "street": {"position_m": [0.3, 1.4, -18.3], "rgb": [1.0, 0.74, 0.42], "power": 1.3, "kind": "window", "radius_m": 0.8, "default_on": True},
        "streetlamp": {"position_m": [-0.15, 3.9, -12.2], "rgb": [1.0, 0.72, 0.42], "power": 0.9, "kind": "lamp", "radius_m": 0.2, "default_on": True},
    },
    "sun": {"azimuth_deg": 24, "elevation_deg": 36},
    "open_sky": 0.45,
    "bounds_m": [[-14.5, -0.01, -46.1], [12.5, 25.1, 8.1]],
}  # fmt: skip
