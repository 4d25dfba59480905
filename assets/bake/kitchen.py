"""The kitchen: lived in, tiled, a window over the sink, a lamp over the table.

Audience at +Z, where the wall is absent; the side walls end at z = 1.7. Built by `python -m assets.bake.sets kitchen`.
"""

from __future__ import annotations

import cv2
import numpy as np

from assets.bake import materials as m
from assets.bake.materials import Array, Canvas, Painter, mix, smooth, srgb
from assets.bake.sets import Chart, Stage, move

BACK, FRONT, SIDE, HIGH = -2.6, 1.7, 2.5, 2.7
SAGE = srgb(112, 134, 112)
CREAM = srgb(214, 202, 172)
OAK, OAK_DARK = srgb(176, 128, 78), srgb(112, 72, 40)
PINE, PINE_DARK = srgb(198, 152, 98), srgb(146, 98, 56)
GRIME = srgb(70, 58, 44)


# ---- surfaces ---------------------------------------------------------------------------------------------------
def cement_tiles(c: Canvas) -> None:
    """Patterned cement tiles, 20 cm: an eight-pointed star over four tiles, worn along the walking line."""
    s = 0.2
    wob = 0.0006 * c.noise(0.05, 2)
    x, y = c.u / s + wob / s, c.v / s + wob / s
    col, row = np.floor(x), np.floor(y)
    fx, fy = x - col, y - row
    # reflect into one quadrant so that four tiles make one figure
    qx = np.where(np.mod(col, 2) < 1, 1 - fx, fx)
    qy = np.where(np.mod(row, 2) < 1, 1 - fy, fy)
    h = np.mod(np.sin(col * 12.9898 + row * 78.233) * 43758.55, 1.0)
    tone = 1 + 0.13 * (h - 0.5)
    blue, bone, ochre, brick = srgb(46, 66, 82), srgb(204, 192, 166), srgb(176, 126, 66), srgb(128, 62, 48)
    e = 0.008 + 0.004 * c.noise(0.02, 2)
    rad, cheb, dia = np.hypot(qx, qy), np.maximum(qx, qy), qx + qy
    rgb = np.broadcast_to(bone, (*c.u.shape, 3)).copy()
    star = np.minimum(np.maximum(dia / 1.41, np.abs(qx - qy) * 0.0 + dia / 1.41), cheb)
    rgb = mix(rgb, blue, smooth(0.62 + e, 0.62 - e, star))
    rgb = mix(rgb, bone, smooth(0.46 + e, 0.46 - e, star))
    rgb = mix(rgb, brick, smooth(0.36 + e, 0.36 - e, rad))
    rgb = mix(rgb, ochre, smooth(0.15 + e, 0.15 - e, rad))
    far = np.hypot(1 - qx, 1 - qy)
    rgb = mix(rgb, ochre, smooth(0.30 + e, 0.30 - e, far))
    rgb = mix(rgb, blue, smooth(0.2 + e, 0.2 - e, far))
    petal = np.hypot(qx - 1, qy * 0.6 - 0.0)
    rgb = mix(rgb, brick, smooth(0.12 + e, 0.12 - e, petal) * 0.9)
    c.rgb = rgb * tone[..., None]
    worn = smooth(0.1, 1.6, c.noise(0.9, 5)) * 0.5
    c.lay(worn, bone * 0.82)
    c.tone(1 + 0.07 * c.noise(0.05, 4) + 0.045 * c.grain())
    d = np.minimum(np.minimum(fx, 1 - fx), np.minimum(fy, 1 - fy)) * s
    gap = smooth(0.0022, 0.0010, d + 0.0003 * c.noise(0.02, 2))
    c.rough[:] = 0.42 + 0.14 * worn + 0.07 * c.noise(0.3, 4)
    crack = smooth(0.035, 0.012, np.abs(c.noise(0.7, 4))) * (h > 0.93)
    c.lay(crack * 0.7, srgb(70, 60, 50), 0.9)
    chips = smooth(0.012, 0.002, d) * smooth(1.1, 1.5, c.noise(0.04, 3))
    c.lay(chips, srgb(168, 156, 136), 0.9, relief=-0.001)
    c.lay(gap, srgb(92, 82, 70), 0.95, relief=-0.0016)
    c.relief += 0.0012 * (h - 0.5) + 0.0003 * c.noise(0.12, 3)
    c.cavity *= 1 - 0.4 * gap
    c.dirt(0.75, GRIME, 0.3)
    c.lay(smooth(1.2, 2.2, c.noise(0.35, 5)) * 0.3, GRIME)


def metro_tiles(body: Array, w: float = 0.15, h: float = 0.075) -> Painter:
    """Hand-made glazed tiles in running bond: pillowed, crackled, each of another firing."""

    def paint(c: Canvas) -> None:
        y = c.v / h
        row = np.floor(y)
        x = c.u / w + 0.5 * np.mod(row, 2)
        col = np.floor(x)
        hh = np.mod(np.sin(col * 41.7 + row * 289.1) * 9173.3, 1.0)
        h2 = np.mod(np.sin(col * 7.31 + row * 17.9) * 5417.7, 1.0)
        d = np.minimum(np.minimum(x - col, col + 1 - x) * w, np.minimum(y - row, row + 1 - y) * h)
        d = d + 0.0005 * c.noise(0.03, 3)
        tile = smooth(0.0014, 0.0024, d)
        glaze = body * (1 + 0.26 * (hh - 0.5) + 0.07 * c.noise(0.05, 4))[..., None]
        glaze = mix(glaze, body * np.array([1.0, 0.9, 0.7], np.float32), (h2 > 0.82) * 0.5)
        pool = smooth(0.012, 0.002, d)
        glaze = mix(glaze, body * 0.68, pool * 0.45)
        crack = smooth(0.05, 0.015, c.cells(0.013, 0.3)[1]) * 0.25
        glaze = mix(glaze, body * 0.5, crack)
        grout = srgb(160, 150, 132) * (1 + 0.1 * c.noise(0.03, 3))[..., None]
        c.rgb = mix(grout, glaze, tile)
        c.rough = mix(0.9, 0.16 + 0.05 * c.noise(0.1, 3) + 0.1 * crack, tile).astype(np.float32)
        c.relief += tile * (0.0016 - 0.0010 * smooth(0.012, 0.0, d)) + tile * 0.00022 * c.noise(0.09, 2)
        c.relief += tile * (hh - 0.5) * 0.0005
        c.tone(1 + 0.02 * c.grain())
        c.cavity *= mix(0.75, 1, tile)
        splash = smooth(1.25, 2.0, c.noise(0.06, 4)) * smooth(0.1, c.height_m, c.v)
        c.lay(splash * 0.4, srgb(150, 112, 62), 0.4)
        c.dirt(0.5, GRIME, 0.2)

    return paint


def plaster(rgb: Array, dado: float = 0.0, lower: Array | None = None) -> Painter:
    """Painted plaster: roller stipple, old trowel waves, hairline cracks, scuffs; a darker dado below if asked."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        c.tone(1 + 0.035 * c.noise(1.1, 5) + 0.02 * c.noise(0.008, 2))
        c.rough[:] = 0.82
        if dado and lower is not None:
            line = c.height_m - dado + 0.0015 * c.noise(0.05, 2)
            below = smooth(-0.001, 0.001, c.v - line)
            c.lay(below, lower * (1 + 0.05 * c.noise(0.6, 5))[..., None], 0.5)
            c.relief += 0.0004 * below
        c.relief += 0.0007 * c.noise(0.35, 3) + 0.00018 * c.noise(0.006, 2)
        crack = smooth(0.022, 0.006, np.abs(c.noise(1.4, 6))) * smooth(0.5, 1.4, c.noise(1.2, 2))
        c.lay(crack * 0.7, rgb * 0.4, relief=-0.0006)
        scuff = smooth(1.5, 2.1, c.noise(0.09, 4, stretch=0.4)) * smooth(c.height_m - 1.2, c.height_m, c.v)
        c.lay(scuff * 0.5, rgb * 0.5)
        flake = smooth(1.9, 2.0, c.noise(0.3, 6))
        c.lay(flake, srgb(196, 188, 174), 0.9, relief=-0.0008)
        c.lay(smooth(0.8, 2.3, c.noise(0.9, 5)) * 0.2, rgb * np.array([0.8, 0.7, 0.5], np.float32))
        c.dirt(0.55, GRIME, 0.3)

    return paint


def gloss_paint(rgb: Array, under: Array | None = None, wear: float = 0.006) -> Painter:
    """Brushed gloss paint on joinery: brush ridges, knocked corners, hand grime."""

    base = srgb(136, 112, 84) if under is None else under

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        brush = c.noise(0.008, 2, stretch=30)
        c.tone(1 + 0.02 * brush + 0.05 * c.noise(0.4, 4) + 0.012 * c.grain())
        c.rough[:] = 0.4 + 0.05 * c.noise(0.2, 3)
        c.relief += 0.00008 * brush
        chip = np.maximum(c.wear(wear), smooth(2.05, 2.2, c.noise(0.1, 5)))
        c.lay(chip, mix(base, base * 0.6, smooth(-1, 1, c.noise(0.02, 2))), 0.8, relief=-0.0003)
        hand = smooth(0.9, 2.0, c.noise(0.14, 4))
        c.lay(hand * 0.3, rgb * 0.55, 0.5)
        c.dirt(0.6, GRIME, 0.2)

    return paint


def picture(draw: object, rough: float = 0.8) -> Painter:
    """Printed paper: `draw(width px, height px) -> linear rgb` laid on a slightly cockled sheet."""

    def paint(c: Canvas) -> None:
        k = 2
        art = draw(int(c.width * c.density * k), int(c.height_m * c.density * k))  # type: ignore[operator]
        fx = np.clip(c.u / c.width, 0, 1) * (art.shape[1] - 1)
        fy = np.clip(c.v / c.height_m, 0, 1) * (art.shape[0] - 1)
        art = cv2.GaussianBlur(art, (0, 0), 0.8)
        c.rgb = cv2.remap(art, fx.astype(np.float32), fy.astype(np.float32), cv2.INTER_LINEAR)
        c.rough[:] = rough
        c.tone(1 + 0.04 * c.noise(0.1, 4) + 0.02 * c.grain())
        c.lay(smooth(1.0, 2.2, c.noise(0.12, 4)) * 0.3, srgb(150, 124, 86))
        c.lay(c.wear(0.004) * 0.4, srgb(150, 130, 100))
        c.relief += 0.0006 * c.noise(0.15, 3)

    return paint


def _sheet(w: int, h: int, rgb: Array) -> Array:
    return np.broadcast_to(rgb, (h, w, 3)).astype(np.float32).copy()


def _write(art: Array, text: str, x: float, y: float, size: float, rgb: Array, weight: int = 2) -> None:
    """Hershey lettering; x, y, size in fractions of the sheet's width (baseline at y of its height)."""
    h, w = art.shape[:2]
    scale = size * w / 22
    ink = np.zeros((h, w), np.uint8)
    cv2.putText(ink, text, (int(x * w), int(y * h)), cv2.FONT_HERSHEY_DUPLEX, scale, 255, weight, cv2.LINE_AA)
    art[:] = mix(art, rgb, ink.astype(np.float32) / 255)


def note(paper: Array, lines: list[str], ink: Array) -> Painter:
    """A handwritten note."""

    def draw(w: int, h: int) -> Array:
        art = _sheet(w, h, paper)
        for i, t in enumerate(lines):
            _write(art, t, 0.1, (i + 1.2) / (len(lines) + 1), 1.15 / max(5, max(map(len, lines))), ink, 1)
        return art

    return picture(draw)


def landscape(w: int, h: int) -> Array:
    """A small painting: hills, a lake, a low sun."""
    art = _sheet(w, h, srgb(206, 178, 132))
    rng = np.random.default_rng(5)
    cv2.circle(art, (int(w * 0.68), int(h * 0.36)), int(h * 0.09), tuple(map(float, srgb(236, 206, 140))), -1)
    x = np.arange(w)
    for i, col in enumerate([srgb(120, 128, 128), srgb(82, 100, 96), srgb(58, 78, 62), srgb(44, 56, 40)]):
        base = h * (0.42 + 0.14 * i)
        y = base + h * 0.07 * np.sin(x / w * (5 + 3 * i) + rng.random() * 6) + h * 0.03 * np.sin(x / w * (23 + 5 * i))
        pts = np.stack([np.concatenate([x, [w, 0]]), np.concatenate([y, [h, h]])], -1).astype(np.int32)
        cv2.fillPoly(art, [pts], tuple(map(float, col)))
    for _ in range(500):
        p = rng.random(2) * (w, h)
        a = art[int(p[1]) % h, int(p[0]) % w] * rng.uniform(0.8, 1.2)
        cv2.ellipse(
            art,
            (int(p[0]), int(p[1])),
            (int(w * 0.03), max(1, int(h * 0.008))),
            rng.uniform(-20, 20),
            0,
            360,
            tuple(map(float, a)),
            -1,
        )
    return art


def calendar(w: int, h: int) -> Array:
    """A wall calendar: a colour plate above, the days below."""
    art = _sheet(w, h, srgb(222, 214, 196))
    art[: int(h * 0.48)] = cv2.resize(
        landscape(w, max(2, int(h * 0.48))) * np.array([0.7, 0.95, 1.1], np.float32), (w, int(h * 0.48))
    )
    _write(art, "OCTOBER", 0.2, 0.57, 1.5 / 7, srgb(132, 40, 34), 2)
    for i in range(31):
        _write(art, str(i + 1), 0.06 + 0.128 * ((i + 2) % 7), 0.66 + 0.065 * ((i + 2) // 7), 0.055, srgb(52, 50, 50), 1)
    cv2.circle(art, (int(w * 0.6), int(h * 0.775)), int(w * 0.06), tuple(map(float, srgb(150, 40, 36))), 2, cv2.LINE_AA)
    return art


def gingham(c: Canvas) -> None:
    """Red and cream checks, 3 cm."""
    k = 0.06
    a = smooth(-0.06, 0.06, np.sin(c.u * 2 * np.pi / k))
    b = smooth(-0.06, 0.06, np.sin(c.v * 2 * np.pi / k))
    red, cream = srgb(146, 40, 36), srgb(218, 208, 186)
    c.rgb = mix(mix(cream, red, (a + b) * 0.5), cream * 0.98, 0.05)


def butcher(c: Canvas) -> None:
    """Butcher's stripes, a pocket's seam, a few stains."""
    c.rgb[:] = srgb(70, 92, 124)
    c.lay(smooth(0.2, 0.3, np.sin(c.u * 2 * np.pi / 0.036)) * 0.85, srgb(198, 196, 186))
    c.lay(smooth(1.3, 2.0, c.noise(0.1, 4)) * 0.4, srgb(120, 92, 60))


def sprigs(c: Canvas) -> None:
    """Curtain cotton with small printed sprigs."""
    c.rgb[:] = srgb(212, 204, 182)
    d, _, who = c.cells(0.055)
    c.lay(smooth(0.24, 0.2, d) * (who > 0.3), srgb(168, 84, 66))
    c.lay(smooth(0.1, 0.07, d) * (who > 0.3), srgb(214, 170, 84))
    e, _, who2 = c.cells(0.04)
    c.lay(smooth(0.2, 0.16, e) * (who2 > 0.45), srgb(96, 118, 84))


def fruit(rgb: Array, blush: Array, pores: float = 0.0) -> Painter:
    """Skin of fruit: blush on one side, lenticels, or an orange's pores."""

    def paint(c: Canvas) -> None:
        t = smooth(-0.8, 1.0, np.sin(c.u / max(c.width, 1e-6) * 6.28) + 0.7 * c.noise(0.05, 3))
        c.rgb = mix(rgb, blush, t)
        c.tone(1 + 0.08 * c.noise(0.006, 2, stretch=6) + 0.03 * c.grain())
        c.rough[:] = 0.32
        c.soft[:] = 0.35
        if pores:
            c.relief += pores * c.noise(0.003, 1)
        c.lay(smooth(0.012, 0.004, c.v), srgb(70, 50, 24))

    return paint


def leaf(rgb: Array) -> Painter:
    """A leaf: midrib, veins, lighter edge."""

    def paint(c: Canvas) -> None:
        mid = np.abs(c.u - c.width / 2)
        vein = smooth(0.0035, 0.0012, mid) + 0.6 * smooth(0.75, 0.95, np.sin((c.v - mid * 0.9) * 2 * np.pi / 0.018))
        c.rgb = mix(rgb, rgb * 1.7 + 0.02, np.clip(vein, 0, 1) * 0.5)
        c.tone(1 + 0.12 * c.noise(0.05, 4))
        c.rough[:] = 0.42
        c.soft[:] = 0.5
        c.relief += 0.0004 * np.clip(vein, 0, 1)

    return paint


# ---- modelling --------------------------------------------------------------------------------------------------
def disc_profile(r: float, h: float, lip: float = 0.004, wall: float = 0.004) -> list[tuple[float, float]]:
    """A pot's profile: out, over the lip, down inside."""
    return [
        (0.0, wall),
        (r - wall, wall),
        (r - wall, h - lip),
        (r - wall / 2, h),
        (r, h - lip),
        (r, lip),
        (r - lip, 0),
        (0, 0),
    ][::-1]


def outside(profile: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A vessel's profile as `lathe` wants it: from the inner bottom over the lip to the outer bottom."""
    return profile[::-1]


def chair(s: Stage, part: int, at: Array, wood: Chart, seat: Painter) -> None:
    """A ladder-back chair; at = floor position, its front towards local +Z."""
    for x in (-0.19, 0.19):
        s.tube(
            part,
            np.array([[x, 0, 0.18], [x, 0.2, 0.18], [x, 0.44, 0.18]]),
            np.array([0.015, 0.021, 0.019]),
            wood,
            xf=at,
        )
        s.tube(
            part,
            np.array([[x, 0, -0.2], [x, 0.44, -0.185], [x * 0.98, 0.92, -0.25]]),
            np.array([0.016, 0.02, 0.014]),
            wood,
            xf=at,
        )
    for y, z in ((0.58, -0.2), (0.71, -0.22), (0.84, -0.238)):
        t = np.linspace(-1, 1, 9)
        bow = z - 0.018 * (1 - t**2)
        top = np.stack([0.185 * t, y + 0.035 + 0.012 * (1 - t**2), bow], -1)
        low = np.stack([0.185 * t, y - 0.02 + 0 * t, bow], -1)
        s.shell(part, np.stack([top, low]) + np.array([0, 0, 0.008]), 0.016, wood, xf=at)
    for y in (0.16, 0.26):
        s.tube(part, np.array([[-0.19, y, 0.18], [-0.19, y, -0.19]]), 0.01, wood, xf=at)
        s.tube(part, np.array([[0.19, y, 0.18], [0.19, y, -0.19]]), 0.01, wood, xf=at)
    s.tube(part, np.array([[-0.19, 0.22, 0.18], [0.19, 0.22, 0.18]]), 0.011, wood, xf=at)
    s.box(
        part,
        (0.43, 0.035, 0.42),
        {"t": seat, "*": wood},
        300,
        at=at @ move(y=0.452),
        bevel=0.012,
        name="seat",
        skip="b",
    )


def mug(s: Stage, part: int, at: Array, skin: Painter, r: float = 0.04, h: float = 0.092) -> None:
    """A mug with an ear."""
    s.lathe(
        part,
        [
            (0, 0.006),
            (r - 0.005, 0.008),
            (r - 0.004, h - 0.004),
            (r - 0.002, h),
            (r, h - 0.003),
            (r, 0.012),
            (r - 0.006, 0),
            (0, 0),
        ],
        skin,
        360,
        sides=20,
        at=at,
        name="mug",
    )
    a = np.linspace(-1.35, 1.35, 9)
    ear = np.stack([r - 0.004 + 0.026 * np.cos(a), h * 0.5 + 0.028 * np.sin(a), 0 * a], -1)
    s.tube(part, ear, 0.0055, skin, 300, sides=6, xf=at, name="ear")


def drawer_front(
    s: Stage, part: int, x: float, y: float, z: float, w: float, h: float, panel: Painter, paint: Chart, knob: Chart
) -> None:
    """A shaker door or drawer: sunk panel, four rails, a knob. x, y is the centre of the front."""
    s.box(
        part,
        (w - 0.1, h - 0.1, 0.012),
        {"f": panel, "*": paint},
        260,
        at=move(x, y, z + 0.004),
        skip="klrtb",
        bevel=0.001,
        name="panel",
    )
    for dx in (-1, 1):
        s.box(
            part,
            (0.06, h - 0.004, 0.022),
            paint,
            at=move(x + dx * (w / 2 - 0.031), y, z + 0.008),
            bevel=0.003,
            skip="k",
        )
    for dy in (-1, 1):
        s.box(
            part,
            (w - 0.125, 0.06, 0.021),
            paint,
            at=move(x, y + dy * (h / 2 - 0.032), z + 0.0078),
            bevel=0.003,
            skip="k",
        )
    kx, ky = (x + w / 2 - 0.045, y + h * 0.32) if h > 0.3 else (x, y)
    s.lathe(
        part,
        [(0, 0.026), (0.012, 0.024), (0.016, 0.016), (0.008, 0.009), (0.007, 0)],
        knob,
        at=move(kx, ky, z + 0.018, pitch=90),
        sides=12,
    )


def cloth_over(radius: float, drop: float, folds: int, nu: int = 97) -> Array:
    """A round cloth over a round table: grid from the centre to the hem, folds growing below the edge."""
    a = np.linspace(0, 2 * np.pi, nu)
    rows = [(r, 0.0) for r in np.linspace(0.0, radius, 7)]
    rows += [(radius + 0.012, -0.008)] + [(radius + 0.02, -d) for d in np.linspace(0.03, drop, 7)]
    out = []
    for r, y in rows:
        k = min(1.0, -y / drop) if y < 0 else 0.0
        wave = np.sin(a * folds) + 0.5 * np.sin(a * (folds * 2 - 3) + 1.1) + 0.4 * np.sin(a * 3 + 2)
        rr = r + 0.03 * k * wave
        out.append(np.stack([rr * np.sin(a), np.full_like(a, y) - 0.012 * k * np.cos(a * 4 + 0.7), rr * np.cos(a)], -1))
    return np.stack(out)


def build() -> None:
    """Model, bake and write the kitchen."""
    s = Stage("kitchen", 11, 3072)
    rng = np.random.default_rng(23)
    walls = s.part("walls", ["surfaces", "layout"])
    floor = s.part("floor", ["surfaces", "layout"])
    ceiling = s.part("ceiling", ["surfaces", "layout"])
    tiles = s.part("splashback", ["surfaces", "layout"])
    joinery = s.part("joinery", ["surfaces", "layout"])

    # shared trims
    sage = s.trim("sage paint", 0.5, 1.0, 260, gloss_paint(SAGE))
    white = s.trim("white paint", 0.4, 1.3, 240, gloss_paint(srgb(212, 206, 192)))
    brass = s.trim("brass", 0.2, 0.2, 260, m.metal(srgb(186, 142, 72), 0.3))
    chrome = s.trim("chrome", 0.3, 0.6, 240, m.metal(srgb(176, 178, 180), 0.16, 0.4, 0.2))
    black = s.trim("black iron", 0.4, 0.5, 260, m.iron(srgb(36, 35, 35), 0.05))
    beech = s.trim("beech", 0.35, 0.75, 300, m.wood(srgb(188, 136, 84), srgb(132, 84, 46), 0.45))
    oak = s.trim("oak", 0.35, 1.0, 280, m.wood(OAK, OAK_DARK, 0.5))
    china = s.trim("china", 0.3, 0.3, 240, m.plain(srgb(222, 218, 206), 0.18, 0.03, 0.1))
    stone = s.trim("plaster edge", 0.3, 1.4, 160, plaster(srgb(190, 180, 158)))

    # ---- shell of the room
    wallpaint = plaster(srgb(206, 190, 152), 0.95, srgb(112, 128, 112))
    win = (2.85, 0.52, 4.15, 1.68)  # u0, v0, u1, v1 on the back wall
    s.wall(
        walls,
        (-SIDE, HIGH, BACK),
        (1, 0, 0),
        5.0,
        HIGH,
        wallpaint,
        260,
        openings=[(*win, 0.16)],
        reveal=stone,
        name="back wall",
    )
    s.wall(walls, (-SIDE, HIGH, FRONT), (0, 0, -1), FRONT - BACK, HIGH, wallpaint, 200, name="left wall")
    s.wall(walls, (SIDE, HIGH, BACK), (0, 0, 1), FRONT - BACK, HIGH, wallpaint, 200, name="right wall")
    for x in (-SIDE - 0.075, SIDE + 0.075):
        s.box(walls, (0.15, HIGH, 0.14), stone, at=move(x, HIGH / 2, FRONT - 0.071), bevel=0.01, skip="b")
    s.quad(floor, (-SIDE, 0, BACK), (5.0, 0, 0), (0, 0, 4.3), cement_tiles, 310, name="floor")
    apron = s.quad(floor, (-SIDE - 0.4, 0, FRONT), (2.9, 0, 0), (0, 0, 3.8), cement_tiles, 150, name="apron")
    s.quad(floor, (0, 0, FRONT), (2.9, 0, 0), (0, 0, 3.8), apron)
    s.quad(
        ceiling, (-SIDE, HIGH, 0.2), (5.0, 0, 0), (0, 0, BACK - 0.2), plaster(srgb(208, 200, 180)), 90, name="ceiling"
    )
    s.box(ceiling, (5.3, 0.16, 0.12), stone, at=move(0, HIGH + 0.06, 0.25), bevel=0.01)
    for z0, z1, x in ((BACK, FRONT, -SIDE + 0.011), (BACK, FRONT, SIDE - 0.011)):
        s.bar(joinery, (x, 0.055, z0), (x, 0.055, z1), 0.022, 0.11, white, bevel=0.005)
        s.bar(joinery, (x, HIGH - 0.03, z0), (x, HIGH - 0.03, 0.2), 0.03, 0.06, white, bevel=0.012)
    s.bar(
        joinery, (-SIDE, HIGH - 0.03, BACK + 0.015), (SIDE, HIGH - 0.03, BACK + 0.015), 0.03, 0.06, white, bevel=0.012
    )

    # ---- door at the back left
    door = s.prop("door")
    dx, dw, dh = -2.0, 0.78, 2.02
    leafp = gloss_paint(srgb(150, 66, 48), srgb(196, 186, 166), 0.01)
    s.box(
        door,
        (dw, dh, 0.04),
        {"f": leafp, "*": white},
        240,
        at=move(dx, dh / 2 + 0.01, BACK + 0.02),
        skip="kb",
        bevel=0.004,
        name="door leaf",
    )
    trim = s.trim("door paint", 0.2, 1.1, 240, leafp)
    for y, h in ((0.50, 0.72), (1.42, 0.86)):
        for x in (-0.19, 0.19):
            for k in (-1, 1):
                s.bar(
                    door,
                    (dx + x + k * 0.13, y - h / 2, BACK + 0.043),
                    (dx + x + k * 0.13, y + h / 2, BACK + 0.043),
                    0.022,
                    0.016,
                    trim,
                    bevel=0.005,
                )
                s.bar(
                    door,
                    (dx + x - 0.141, y + k * h / 2, BACK + 0.043),
                    (dx + x + 0.141, y + k * h / 2, BACK + 0.043),
                    0.016,
                    0.022,
                    trim,
                    bevel=0.005,
                )
    for x in (-1, 1):
        s.box(
            door,
            (0.08, dh + 0.09, 0.05),
            white,
            at=move(dx + x * (dw / 2 + 0.042), dh / 2 + 0.045, BACK + 0.024),
            bevel=0.008,
            skip="k",
        )
    s.box(door, (dw + 0.16, 0.085, 0.052), white, at=move(dx, dh + 0.058, BACK + 0.025), bevel=0.008, skip="k")
    s.lathe(
        door,
        [(0, 0.05), (0.022, 0.046), (0.028, 0.034), (0.02, 0.02), (0.01, 0.014), (0.024, 0.004), (0.024, 0)],
        brass,
        at=move(dx + 0.33, 1.0, BACK + 0.04, pitch=90),
        sides=16,
    )
    coat = s.prop("apron on the door")
    a = np.linspace(-1, 1, 41)
    rows = []
    for t in np.linspace(0, 1, 19):
        w = 0.085 + 0.16 * smooth(0.22, 0.42, np.array(t)) - 0.05 * t
        fold = (0.004 + 0.03 * t) * np.sin(a * 8.5 + 1.2 * np.sin(3 * t)) + 0.012 * t * np.sin(a * 17 + 1)
        rows.append(
            np.stack(
                [
                    w * a + 0.01 * np.sin(4 * t + a),
                    np.full_like(a, 1.66 - 0.8 * t - 0.012 * np.cos(a * 5)),
                    0.035 + fold + 0.02 * (1 - a**2),
                ],
                -1,
            )
        )
    s.shell(
        coat,
        np.stack(rows),
        0.006,
        m.fabric(srgb(84, 104, 132), 0.003, 0.3, butcher),
        300,
        xf=move(dx - 0.05, 0, BACK + 0.05),
        name="cloth apron",
    )
    strap = s.trim("strap", 0.05, 0.3, 240, m.fabric(srgb(200, 194, 176)))
    s.tube(
        coat,
        np.array(
            [[-0.075, 1.655, 0.09], [-0.05, 1.76, 0.088], [0, 1.83, 0.092], [0.05, 1.76, 0.088], [0.075, 1.655, 0.09]]
        ),
        0.007,
        strap,
        xf=move(dx - 0.05, 0, BACK),
    )
    s.tube(
        coat,
        np.array([[0, 1.84, 0.055], [0, 1.82, 0.09], [0, 1.845, 0.105]]),
        0.007,
        brass,
        xf=move(dx - 0.05, 0, BACK),
    )

    # ---- fridge
    fridge = s.prop("fridge")
    mint = m.plain(srgb(146, 178, 164), 0.22, 0.035, wear=0.006, worn=srgb(150, 146, 140), grime=0.5)
    fx, fw, fd = -1.12, 0.62, 0.60
    fz = BACK + 0.03 + fd / 2
    shade = s.trim("fridge paint", 0.6, 0.9, 200, mint)
    s.box(
        fridge,
        (fw, 1.56, fd),
        {"l": mint, "r": mint, "*": shade},
        170,
        at=move(fx, 0.86, fz),
        bevel=0.05,
        skip="kb",
        name="fridge body",
    )
    s.box(
        fridge,
        (fw - 0.02, 0.98, 0.06),
        {"f": mint, "*": shade},
        280,
        at=move(fx, 0.60, fz + fd / 2 + 0.03),
        bevel=0.028,
        skip="k",
        name="fridge door",
    )
    s.box(
        fridge,
        (fw - 0.02, 0.47, 0.06),
        {"f": mint, "*": shade},
        280,
        at=move(fx, 1.345, fz + fd / 2 + 0.03),
        bevel=0.028,
        skip="k",
        name="fridge ice",
    )
    for y0, y1 in ((0.86, 1.06), (1.16, 1.30)):
        x, z = fx + fw / 2 - 0.06, fz + fd / 2 + 0.06
        s.tube(
            fridge,
            np.array(
                [
                    [x, y0, z],
                    [x, y0 + 0.015, z + 0.035],
                    [x, (y0 + y1) / 2, z + 0.045],
                    [x, y1 - 0.015, z + 0.035],
                    [x, y1, z],
                ]
            ),
            0.011,
            chrome,
        )
    s.box(fridge, (0.14, 0.03, 0.012), chrome, at=move(fx - 0.14, 1.46, fz + fd / 2 + 0.062), bevel=0.004)
    notes = s.prop("notes and magnets")
    fz1 = fz + fd / 2 + 0.061
    sheets = [
        (
            -0.14,
            0.92,
            0.13,
            0.17,
            4,
            note(srgb(226, 214, 150), ["milk", "eggs x 6", "limes", "call Jo"], srgb(40, 52, 110)),
        ),
        (0.05, 0.86, 0.10, 0.10, -6, note(srgb(226, 168, 170), ["back", "at 9"], srgb(70, 36, 40))),
        (-0.10, 1.31, 0.16, 0.115, -3, picture(landscape, 0.35)),
        (-0.16, 0.68, 0.15, 0.11, -2, note(srgb(224, 220, 208), ["GAS 48.20", "due 14th"], srgb(40, 40, 44))),
        (0.06, 0.66, 0.11, 0.15, 5, picture(calendar, 0.5)),
    ]
    for i, (x, y, w, h, turn, skin) in enumerate(sheets):
        # corners lift a little
        gy, gx = np.meshgrid(np.linspace(h / 2, -h / 2, 4), np.linspace(-w / 2, w / 2, 4), indexing="ij")
        lift = 0.004 + 0.012 * np.clip(-gy / h + np.abs(gx) / w - 0.2, 0, 1) ** 2
        s.shell(
            notes, np.stack([gx, gy, lift], -1), 0.0025, skin, 420, xf=move(fx + x, y, fz1, roll=turn), name=f"note{i}"
        )
        col = [srgb(150, 36, 32), srgb(40, 66, 120), srgb(210, 160, 50), srgb(60, 60, 62), srgb(70, 110, 60)][i]
        s.lathe(
            notes,
            [(0, 0.012), (0.011, 0.011), (0.013, 0.006), (0.012, 0)],
            m.plain(col, 0.3, grime=0.1),
            260,
            at=move(fx + x, y + h / 2 - 0.018, fz1 + 0.006, pitch=90),
            sides=12,
            name="magnet",
        )
    top = fx
    s.lathe(
        s.prop("bread tin"),
        [(0, 0.2), (0.1, 0.196), (0.118, 0.18), (0.12, 0.172), (0.115, 0.168), (0.115, 0.005), (0.11, 0), (0, 0)],
        m.plain(srgb(188, 62, 46), 0.35, wear=0.01),
        260,
        at=move(top - 0.1, 1.64, fz - 0.05),
        name="tin",
    )

    # ---- stove
    stove = s.prop("stove")
    sx, sw, top_y = -0.45, 0.58, 0.9
    enamel = m.plain(srgb(216, 208, 190), 0.2, 0.03, wear=0.005, worn=srgb(44, 40, 40), grime=0.7)
    en = s.trim("enamel", 0.6, 0.6, 220, enamel)
    s.box(
        stove,
        (sw, top_y - 0.06, 0.58),
        {"f": enamel, "l": enamel, "*": en},
        240,
        at=move(sx, (top_y + 0.06) / 2, BACK + 0.3),
        bevel=0.012,
        skip="kb",
        name="stove body",
    )
    s.box(
        stove,
        (sw - 0.02, 0.05, 0.52),
        s.trim("plinth", 0.6, 0.1, 120, m.plain(srgb(40, 38, 38))),
        at=move(sx, 0.035, BACK + 0.27),
        skip="kb",
    )
    s.box(
        stove,
        (sw - 0.06, 0.42, 0.03),
        {"f": enamel, "*": en},
        240,
        at=move(sx, 0.46, BACK + 0.6),
        bevel=0.012,
        skip="k",
        name="oven door",
    )
    s.box(
        stove,
        (sw - 0.2, 0.2, 0.008),
        s.trim("oven glass", 0.4, 0.25, 200, m.plain(srgb(34, 30, 28), 0.08, 0.1, grime=0.1)),
        at=move(sx, 0.48, BACK + 0.617),
        bevel=0.003,
    )
    s.tube(
        stove,
        np.array(
            [
                [sx - 0.21, 0.64, BACK + 0.61],
                [sx - 0.21, 0.645, BACK + 0.65],
                [sx + 0.21, 0.645, BACK + 0.65],
                [sx + 0.21, 0.64, BACK + 0.61],
            ]
        ),
        0.009,
        chrome,
    )
    for k in range(5):
        x = sx - 0.22 + 0.11 * k
        s.lathe(
            stove,
            [(0, 0.03), (0.014, 0.029), (0.017, 0.024), (0.019, 0.004), (0.026, 0.003), (0.026, 0)],
            black,
            at=move(x, 0.8, BACK + 0.591, pitch=90),
            sides=14,
        )
    s.box(
        stove,
        (sw + 0.01, 0.02, 0.6),
        {"t": m.plain(srgb(56, 54, 54), 0.25, 0.1, grime=0.8), "*": black},
        260,
        at=move(sx, top_y + 0.006, BACK + 0.302),
        bevel=0.005,
        name="hob",
    )
    for x in (-0.14, 0.14):
        for z in (0.17, 0.42):
            at = move(sx + x, top_y + 0.016, BACK + z)
            s.lathe(
                stove, [(0, 0.014), (0.035, 0.013), (0.04, 0.006), (0.05, 0.004), (0.052, 0)], black, at=at, sides=16
            )
            for k in range(4):
                c, d = np.cos(k * np.pi / 2), np.sin(k * np.pi / 2)
                s.bar(stove, (0.03 * c, 0.024, 0.03 * d), (0.105 * c, 0.024, 0.105 * d), 0.008, 0.01, black, xf=at)
                s.bar(stove, (0.1 * c, 0.0, 0.1 * d), (0.1 * c, 0.026, 0.1 * d), 0.008, 0.008, black, xf=at)
    pan = s.prop("pan")
    at = move(sx - 0.14, top_y + 0.046, BACK + 0.42)
    s.lathe(
        pan,
        [(0, 0.004), (0.1, 0.005), (0.122, 0.045), (0.126, 0.047), (0.126, 0.043), (0.106, 0.0), (0, 0.0)],
        m.plain(srgb(44, 42, 42), 0.35, 0.12, grime=0.3),
        280,
        sides=28,
        at=at,
        name="pan",
    )
    s.tube(
        pan,
        np.array([[0, 0.035, 0.12], [0.01, 0.05, 0.2], [0.015, 0.06, 0.3]]),
        np.array([0.01, 0.009, 0.012]),
        beech,
        xf=at,
    )
    kettle = s.prop("kettle")
    at = move(sx + 0.14, top_y + 0.046, BACK + 0.19)
    kskin = m.plain(srgb(176, 52, 40), 0.14, 0.04, wear=0.004, worn=srgb(40, 36, 36), grime=0.3)
    s.lathe(
        kettle,
        [
            (0, 0.2),
            (0.014, 0.196),
            (0.016, 0.186),
            (0.01, 0.178),
            (0.04, 0.17),
            (0.055, 0.158),
            (0.075, 0.14),
            (0.1, 0.09),
            (0.108, 0.045),
            (0.1, 0.012),
            (0.085, 0),
            (0, 0),
        ],
        kskin,
        300,
        sides=28,
        at=at,
        name="kettle",
    )
    kc = s.trim("kettle paint", 0.15, 0.3, 240, kskin)
    s.tube(
        kettle,
        np.array([[0.08, 0.05, 0.0], [0.13, 0.09, 0], [0.15, 0.15, 0], [0.168, 0.165, 0]]),
        np.array([0.026, 0.02, 0.014, 0.013]),
        kc,
        xf=at @ move(yaw=-35),
    )
    t = np.linspace(0.15, np.pi - 0.15, 13)
    s.tube(
        kettle, np.stack([0.085 * np.cos(t), 0.13 + 0.14 * np.sin(t), 0 * t], -1), 0.0075, black, xf=at @ move(yaw=-35)
    )
    hood = s.prop("hood")
    hskin = m.metal(srgb(150, 150, 148), 0.34, 1.0)
    hm = move(sx, 1.72, BACK)
    s.box(
        hood,
        (0.6, 0.07, 0.46),
        {"f": hskin, "*": s.trim("hood steel", 0.6, 0.5, 200, hskin)},
        240,
        at=hm @ move(y=-0.035, z=0.235),
        bevel=0.006,
        name="hood lip",
    )
    g = np.array(
        [
            [[-0.14, 0.32, 0.0], [-0.14, 0.32, 0.26], [0.14, 0.32, 0.26], [0.14, 0.32, 0.0]],
            [[-0.3, 0.0, 0.0], [-0.3, 0.0, 0.465], [0.3, 0.0, 0.465], [0.3, 0.0, 0.0]],
        ]
    )
    s.patch(hood, g, hskin, 200, flat=True, xf=hm, name="hood cone")
    s.box(
        hood, (0.28, 0.68, 0.26), {"*": hskin}, 150, at=hm @ move(y=0.66, z=0.131), skip="ktb", bevel=0.005, name="flue"
    )
    glow = s.part(
        "hood light", ["props", "layout"], emission={"practical": "hood", "rgb": [1.0, 0.78, 0.5], "gain": 3.0}
    )
    opal = s.trim("opal", 0.3, 0.3, 160, m.plain(srgb(226, 220, 206), 0.25, 0.01, grime=0))
    s.box(glow, (0.2, 0.012, 0.06), opal, at=hm @ move(y=-0.076, z=0.3), bevel=0.004)

    # ---- counter with sink, under the window
    counter = s.prop("counter")
    x0, x1, cd = -0.14, SIDE, 0.60
    worktop = m.wood(srgb(168, 118, 72), srgb(104, 66, 36), 0.38, across=True, plank_m=0.042, wear=0.006)
    sink_u0, sink_u1 = 0.62, 1.22
    z_front = BACK + cd
    # worktop in four pieces round the bowl, sharing one look
    top = s.chart("worktop", x1 - x0, cd + 0.04, 320, worktop)
    zt0, zt1 = BACK, z_front + 0.04
    bz0, bz1 = BACK + 0.12, BACK + 0.5
    ty, th = 0.92, 0.04

    def slab(xa: float, xb: float, za: float, zb: float) -> None:
        v = np.array([[xa, ty, za], [xa, ty, zb], [xb, ty, zb], [xb, ty, za]])
        uv = np.stack([v[:, 0] - x0, v[:, 2] - zt0], -1)
        s.mesh(counter, v, np.array([[0, 1, 2], [0, 2, 3]]), uv, top)

    for r in (
        (x0, sink_u0, zt0, zt1),
        (sink_u1, x1, zt0, zt1),
        (sink_u0, sink_u1, zt0, bz0),
        (sink_u0, sink_u1, bz1, zt1),
    ):
        slab(*r)
    g2 = np.array([[[x0, ty, zt0], [x1, ty, zt0]], [[x0, ty, zt1], [x1, ty, zt1]]])
    top.places.append((g2, np.broadcast_to(np.array([0, 1.0, 0]), (2, 2, 3))))
    nose = m.wood(srgb(168, 118, 72), srgb(104, 66, 36), 0.38, across=True, wear=0.008)
    a = np.linspace(0, np.pi / 2, 4)
    prof = (
        [(ty, zt1 - 0.0)]
        + [(ty - 0.012 + 0.012 * np.cos(t), zt1 + 0.012 * np.sin(t)) for t in a[1:]]
        + [(ty - th, zt1 + 0.012), (ty - th, zt1 - 0.05)]
    )
    s.patch(counter, np.array([[[x0, y, z], [x1, y, z]] for y, z in prof]), nose, 260, name="nosing")
    s.box(counter, (0.012, th, cd + 0.05), oak, at=move(x0 - 0.006, ty - th / 2, (zt0 + zt1) / 2), bevel=0.003)
    # carcass and doors
    s.box(
        counter,
        (x1 - x0, 0.78, cd - 0.02),
        {"f": gloss_paint(SAGE * 0.6), "l": gloss_paint(SAGE), "*": sage},
        90,
        at=move((x0 + x1) / 2, 0.49, BACK + cd / 2 - 0.012),
        skip="kbtr",
        bevel=0.003,
        name="carcass",
    )
    s.box(counter, (x1 - x0, 0.1, 0.02), black, at=move((x0 + x1) / 2, 0.05, BACK + cd - 0.07), skip="kb")
    panel = gloss_paint(SAGE)
    n = 5
    w = (x1 - x0) / n
    for i in range(n):
        x = x0 + w * (i + 0.5)
        if i in (1, 2):
            drawer_front(s, counter, x, 0.49, z_front - 0.02, w - 0.008, 0.76, panel, sage, brass)
        else:
            drawer_front(s, counter, x, 0.40, z_front - 0.02, w - 0.008, 0.57, panel, sage, brass)
            drawer_front(s, counter, x, 0.782, z_front - 0.02, w - 0.008, 0.175, panel, sage, brass)
    # belfast sink
    sink = s.prop("sink and tap")
    sxm, szm = (sink_u0 + sink_u1) / 2, (bz0 + bz1) / 2
    hw, hz, dp = (sink_u1 - sink_u0) / 2, (bz1 - bz0) / 2, 0.2

    def ring(rx: float, rz: float, y: float) -> Array:
        t = np.linspace(0, 2 * np.pi, 33)
        k = (np.abs(np.cos(t)) ** 9 + np.abs(np.sin(t)) ** 9) ** (-1 / 9)
        return np.stack([sxm + rx * k * np.sin(t), np.full_like(t, y), szm + rz * k * np.cos(t)], -1)

    bowl = np.stack(
        [
            ring(0.0, 0.0, ty - dp),
            ring(hw * 0.5, hz * 0.5, ty - dp),
            ring(hw - 0.06, hz - 0.05, ty - dp + 0.006),
            ring(hw - 0.03, hz - 0.03, ty - dp + 0.04),
            ring(hw - 0.022, hz - 0.022, ty - 0.01),
            ring(hw - 0.014, hz - 0.014, ty + 0.004),
            ring(hw + 0.02, hz + 0.02, ty + 0.006),
            ring(hw + 0.028, hz + 0.028, ty + 0.001),
        ]
    )
    s.patch(sink, bowl[::-1][:, ::-1], m.plain(srgb(216, 212, 202), 0.14, 0.03, grime=0.6), 260, wrap=True, name="bowl")
    tb = move(sxm, ty, BACK + 0.075)
    s.lathe(sink, [(0, 0.05), (0.014, 0.05), (0.016, 0.02), (0.024, 0.012), (0.026, 0)], chrome, at=tb, sides=16)
    t = np.linspace(0, np.pi, 15)
    neck = np.concatenate(
        [[[0, 0.03, 0]], np.stack([0 * t, 0.24 + 0.075 * np.sin(t), 0.075 - 0.075 * np.cos(t)], -1), [[0, 0.19, 0.152]]]
    )
    s.tube(sink, neck, 0.0105, chrome, sides=12, xf=tb)
    for k in (-1, 1):
        s.lathe(
            sink,
            [(0, 0.06), (0.016, 0.058), (0.018, 0.05), (0.01, 0.044), (0.01, 0.01), (0.02, 0.006), (0.02, 0)],
            chrome,
            at=tb @ move(x=k * 0.09),
            sides=12,
        )
        s.tube(
            sink, np.array([[k * 0.09 - 0.03, 0.052, 0.012], [k * 0.09 + 0.03, 0.052, -0.012]]), 0.006, chrome, xf=tb
        )
    # splashback
    sb = metro_tiles(srgb(190, 198, 178))
    s.box(
        tiles,
        (3.29, 0.45, 0.014),
        {"f": sb, "*": china},
        330,
        at=move((2.5 - 0.79) / 2, 1.145, BACK + 0.007),
        skip="kb",
        bevel=0.003,
        name="splash low",
    )
    s.box(
        tiles,
        (0.6, 0.3, 0.0139),
        {"f": sb, "*": china},
        330,
        at=move(-0.45, 1.52, BACK + 0.007),
        skip="kb",
        bevel=0.003,
        name="splash hood",
    )

    # ---- window
    frame = s.prop("window")
    wx0, wx1, wy0, wy1 = -SIDE + win[0], -SIDE + win[2], HIGH - win[3], HIGH - win[1]
    wz = BACK - 0.09
    for x in (wx0 + 0.028, wx1 - 0.028, (wx0 + wx1) / 2):
        s.bar(frame, (x, wy0, wz), (x, wy1, wz), 0.055, 0.05, white, bevel=0.006)
    for y, h in ((wy0 + 0.03, 0.06), (wy1 - 0.025, 0.05)):
        s.bar(frame, (wx0, y, wz + 0.001), (wx1, y, wz + 0.001), 0.05, h, white, bevel=0.006)
    for xa, xb in ((wx0 + 0.05, (wx0 + wx1) / 2 - 0.02), ((wx0 + wx1) / 2 + 0.02, wx1 - 0.05)):
        s.bar(
            frame,
            (xa, wy0 + (wy1 - wy0) * 0.62, wz - 0.004),
            (xb, wy0 + (wy1 - wy0) * 0.62, wz - 0.004),
            0.028,
            0.026,
            white,
            bevel=0.004,
        )
    s.box(frame, (wx1 - wx0 + 0.16, 0.035, 0.24), white, at=move((wx0 + wx1) / 2, wy0 - 0.002, BACK + 0.0), bevel=0.01)
    for x in (wx0 - 0.035, wx1 + 0.035):
        s.box(
            frame,
            (0.07, wy1 - wy0 + 0.06, 0.03),
            white,
            at=move(x, (wy0 + wy1) / 2 + 0.03, BACK + 0.014),
            bevel=0.006,
            skip="k",
        )
    s.box(
        frame,
        (wx1 - wx0 + 0.16, 0.075, 0.034),
        white,
        at=move((wx0 + wx1) / 2, wy1 + 0.038, BACK + 0.016),
        bevel=0.006,
        skip="k",
    )
    s.tube(
        frame,
        np.array([[(wx0 + wx1) / 2 + 0.03, 1.5, wz + 0.03], [(wx0 + wx1) / 2 + 0.03, 1.42, wz + 0.045]]),
        0.006,
        brass,
    )
    pane = s.part("window glass", ["surfaces", "layout"], window=True)
    s.box(
        pane,
        (wx1 - wx0, wy1 - wy0, 0.012),
        s.trim("glass", 0.5, 0.5, 120, m.plain(srgb(150, 160, 164), 0.06, 0.02, grime=0.2)),
        at=move((wx0 + wx1) / 2, (wy0 + wy1) / 2, wz - 0.022),
        bevel=0.001,
    )
    curtains = s.prop("curtains")
    rod_y, rod_z = wy1 + 0.13, BACK + 0.1
    s.tube(curtains, np.array([[wx0 - 0.16, rod_y, rod_z], [wx1 + 0.16, rod_y, rod_z]]), 0.009, brass)
    for x in (wx0 - 0.16, wx1 + 0.16):
        s.lathe(
            curtains,
            [(0, 0.02), (0.014, 0.014), (0.018, 0), (0.014, -0.014), (0, -0.02)],
            brass,
            at=move(x, rod_y, rod_z),
            sides=12,
        )
        s.tube(
            curtains,
            np.array([[x * 0.97 + 0.03 * (x < 0.9), rod_y, BACK], [x * 0.97 + 0.03 * (x < 0.9), rod_y, rod_z]]),
            0.006,
            brass,
        )
    for side, xc in ((-1, wx0 + 0.02), (1, wx1 - 0.02)):
        u = np.linspace(0, 1, 49)
        rows = []
        for v in np.linspace(0, 1, 21):
            gather = 1 - 0.52 * np.exp(-((v - 0.66) ** 2) / 0.03)
            half = 0.17 * gather
            off = side * 0.075 * np.exp(-((v - 0.66) ** 2) / 0.05)
            wave = np.sin(u * 2 * np.pi * 6.5 + 0.6 * np.sin(v * 5)) * (0.022 + 0.010 * v) / (0.6 + 0.4 * gather)
            rows.append(
                np.stack(
                    [
                        xc + off + (u - 0.5) * 2 * half,
                        np.full_like(u, rod_y + 0.012 - 1.16 * v),
                        rod_z + wave + 0.004 * np.sin(9 * u + 4 * v),
                    ],
                    -1,
                )
            )
        s.shell(
            curtains,
            np.stack(rows),
            0.004,
            m.fabric(srgb(212, 204, 182), 0.0028, 0.4, sprigs),
            300,
            name=f"curtain{side}",
        )
        y = rod_y + 0.012 - 1.16 * 0.66
        t = np.linspace(0, 2 * np.pi, 17)
        xo = xc + side * 0.075
        s.tube(
            curtains,
            np.stack([xo + 0.09 * np.cos(t), y + 0.012 * np.cos(t + 1), rod_z + 0.042 * np.sin(t)], -1),
            0.011,
            s.trim(f"tie{side}", 0.08, 0.5, 240, m.fabric(srgb(150, 70, 56))),
            sides=6,
            caps=False,
        )
    # things on the sill and the worktop
    plant = s.prop("plant")
    at = move(wx0 + 0.25, wy0 + 0.016, BACK + 0.02)
    s.lathe(
        plant,
        [(0, 0.085), (0.052, 0.085), (0.058, 0.1), (0.064, 0.1), (0.064, 0.082), (0.058, 0.078), (0.044, 0.0), (0, 0)],
        m.plain(srgb(164, 88, 58), 0.85, 0.12, grime=0.4),
        280,
        at=at,
        name="pot",
    )
    lf = [leaf(srgb(48, 86, 40)), leaf(srgb(62, 104, 48))]
    lc = [s.chart("leaf a", 0.05, 0.15, 300, lf[0], True), s.chart("leaf b", 0.05, 0.15, 300, lf[1], True)]
    for k in range(26):
        ya = k * 137.5
        tilt = 15 + 55 * (k / 26)
        length = 0.1 + 0.06 * rng.random()
        t = np.linspace(0, 1, 7)[:, None]
        wdt = 0.024 * np.sin(np.pi * np.clip(t, 0.02, 0.98)) ** 0.7
        bend = 0.05 * t**2
        mid = np.concatenate([0 * t, t * length - bend * 0.8, bend], 1)
        across = np.array([-1, -0.5, 0, 0.5, 1])[None, :, None] * np.array([1.0, 0, 0])
        grid = (
            mid[:, None]
            + across * wdt[:, None]
            + np.array([0, 0, 0.25]) * (np.abs(np.array([-1, -0.5, 0, 0.5, 1]))[None, :, None] * wdt[:, None])
        )
        s.shell(plant, grid[::-1], 0.0016, lc[k % 2], xf=at @ move(y=0.09, yaw=ya) @ move(pitch=tilt))
    herbs = s.prop("jars on the sill")
    for dx_, col in ((0.72, srgb(112, 74, 40)), (0.86, srgb(196, 150, 70)), (1.0, srgb(128, 44, 36))):
        at = move(wx0 + dx_, wy0 + 0.016, BACK + 0.03)
        s.lathe(
            herbs,
            [
                (0, 0.11),
                (0.028, 0.11),
                (0.031, 0.106),
                (0.031, 0.09),
                (0.027, 0.088),
                (0.034, 0.078),
                (0.036, 0.07),
                (0.036, 0.006),
                (0.032, 0),
                (0, 0),
            ],
            jar(col),
            300,
            at=at,
            name="jar",
            sides=18,
        )
    dish = s.prop("dish rack")
    at = move(1.62, ty, BACK + 0.3)
    for k in range(9):
        x = -0.16 + 0.04 * k
        s.tube(dish, np.array([[x, 0.012, -0.12], [x, 0.012, 0.12]]), 0.003, chrome, sides=6, xf=at)
        s.tube(dish, np.array([[x, 0.012, -0.06], [x, 0.075, -0.06]]), 0.003, chrome, sides=6, xf=at)
    for z in (-0.12, -0.06, 0.12):
        s.tube(dish, np.array([[-0.17, 0.014, z], [0.17, 0.014, z]]), 0.004, chrome, sides=6, xf=at)
    for k, col in enumerate([srgb(208, 204, 194), srgb(120, 150, 162), srgb(208, 204, 194), srgb(208, 204, 194)]):
        s.lathe(
            dish,
            plate_profile(0.11),
            china_glaze(col, srgb(48, 70, 110)),
            260,
            at=at @ move(-0.14 + 0.04 * k, 0.125, 0.0) @ move(yaw=90, pitch=0) @ move(pitch=78),
            sides=28,
            name="plate",
        )
    mug(
        s,
        dish,
        at @ move(0.11, 0.02, 0.05, roll=180) @ move(y=-0.09),
        china_glaze(srgb(196, 150, 62), srgb(120, 80, 30)),
    )
    board = s.prop("board and bread")
    at = move(0.22, ty + 0.001, BACK + 0.36, yaw=14)
    s.box(
        board,
        (0.4, 0.022, 0.26),
        {"t": m.wood(srgb(186, 138, 86), srgb(140, 92, 50), 0.7, across=True), "*": beech},
        320,
        at=at @ move(y=0.011),
        bevel=0.006,
        skip="b",
        name="board",
    )
    t = np.linspace(0, np.pi, 13)
    loaf = np.stack(
        [
            np.stack([np.full_like(t, x), 0.022 + 0.09 * k * np.sin(t) ** 0.7, -0.062 * k * np.cos(t)], -1)
            for x, k in (
                (-0.12, 0.0),
                (-0.118, 0.7),
                (-0.1, 0.95),
                (-0.03, 1.0),
                (0.05, 1.0),
                (0.075, 0.98),
                (0.08, 0.9),
                (0.08, 0.0),
            )
        ]
    )
    s.patch(board, loaf[:, ::-1], crust, 320, xf=at, name="loaf")
    s.box(board, (0.2, 0.002, 0.022), chrome, at=at @ move(0.06, 0.024, 0.1, yaw=20), bevel=0.0008)
    s.box(board, (0.1, 0.016, 0.022), black, at=at @ move(0.06, 0.03, 0.1, yaw=20) @ move(x=0.14), bevel=0.004)
    bottle = s.prop("oil bottle")
    s.lathe(
        bottle,
        [
            (0, 0.3),
            (0.012, 0.3),
            (0.014, 0.296),
            (0.014, 0.27),
            (0.011, 0.265),
            (0.012, 0.21),
            (0.034, 0.17),
            (0.036, 0.16),
            (0.036, 0.006),
            (0.03, 0),
            (0, 0),
        ],
        bottle_glass,
        300,
        at=move(0.06, ty, BACK + 0.12),
        sides=20,
        name="bottle",
    )
    pot = s.prop("utensils")
    at = move(-0.02, ty, BACK + 0.3)
    s.lathe(
        pot,
        [(0, 0.02), (0.045, 0.02), (0.05, 0.14), (0.053, 0.142), (0.056, 0.138), (0.05, 0.004), (0.046, 0), (0, 0)],
        china_glaze(srgb(82, 104, 124), srgb(40, 50, 70)),
        280,
        at=at,
        sides=20,
        name="crock",
    )
    for k in range(5):
        lean = move(yaw=k * 72 + 10) @ move(z=0.012, y=0.03, pitch=9)
        s.tube(pot, np.array([[0, 0, 0], [0, 0.24, 0]]), 0.005, beech if k % 2 else chrome, sides=8, xf=at @ lean)
        s.lathe(
            pot,
            [(0, 0.04), (0.018, 0.034), (0.026, 0.01), (0.022, -0.016), (0.006, -0.03), (0, -0.03)],
            beech if k % 2 else chrome,
            at=at @ lean @ move(y=0.26) @ np.diag([1, 1.1, 0.35, 1.0]),
            sides=12,
        )

    # ---- cupboard left of the window, shelf right of it
    cup = s.prop("wall cupboard")
    s.box(
        cup,
        (0.46, 0.66, 0.3),
        {"l": gloss_paint(SAGE), "r": gloss_paint(SAGE), "*": sage},
        200,
        at=move(-0.14 + 0.23 - 0.0, 1.99, BACK + 0.151),
        skip="k",
        bevel=0.004,
        name="cupboard",
    )
    drawer_front(s, cup, 0.09, 1.99, BACK + 0.302, 0.45, 0.65, panel, sage, brass)
    shelf = s.prop("shelf")
    plank = m.wood(OAK, OAK_DARK, 0.55, across=True)
    sxc, sl = 2.1, 0.7
    for y in (1.42, 1.82):
        s.box(
            shelf,
            (sl, 0.03, 0.22),
            {"f": plank, "t": plank, "*": oak},
            260,
            at=move(sxc, y, BACK + 0.112),
            bevel=0.004,
            skip="k",
            name="plank",
        )
        for x in (-0.26, 0.26):
            s.bar(shelf, (sxc + x, y - 0.13, BACK + 0.012), (sxc + x, y - 0.015, BACK + 0.012), 0.02, 0.012, black)
            s.tube(
                shelf,
                np.array(
                    [
                        [sxc + x, y - 0.12, BACK + 0.014],
                        [sxc + x, y - 0.05, BACK + 0.06],
                        [sxc + x, y - 0.018, BACK + 0.17],
                    ]
                ),
                0.006,
                black,
            )
    jars = s.prop("jars")
    for i, (x, r, h, col) in enumerate(
        [
            (-0.27, 0.05, 0.17, srgb(206, 186, 146)),
            (-0.155, 0.05, 0.2, srgb(122, 78, 44)),
            (-0.04, 0.046, 0.15, srgb(160, 60, 40)),
            (0.07, 0.05, 0.18, srgb(214, 204, 180)),
            (0.175, 0.042, 0.14, srgb(84, 96, 52)),
        ]
    ):
        s.lathe(
            jars,
            [
                (0, h),
                (r * 0.8, h),
                (r * 0.86, h - 0.006),
                (r * 0.86, h - 0.026),
                (r * 0.8, h - 0.028),
                (r, h - 0.05),
                (r, 0.008),
                (r - 0.006, 0),
                (0, 0),
            ],
            jar(col),
            300,
            at=move(sxc + x, 1.835, BACK + 0.12),
            sides=20,
            name=f"jar{i}",
        )
    mugs = s.prop("mugs")
    for x, col, rim in (
        (-0.24, srgb(52, 78, 116), srgb(200, 196, 186)),
        (-0.11, srgb(206, 200, 186), srgb(150, 52, 44)),
        (0.02, srgb(176, 116, 52), srgb(90, 56, 26)),
    ):
        mug(s, mugs, move(sxc + x, 1.435, BACK + 0.12, yaw=rng.uniform(-60, 40)), china_glaze(col, rim))
    plates = s.prop("plates")
    for i in range(6):
        s.lathe(
            plates,
            plate_profile(0.095),
            china_glaze(srgb(210, 206, 196), srgb(48, 74, 116)),
            200,
            at=move(sxc + 0.2, 1.437 + 0.011 * i, BACK + 0.118, yaw=40 * i),
            sides=28,
            name="plate",
        )
    trailing = s.prop("trailing plant")
    at = move(sxc + 0.28, 1.835, BACK + 0.12)
    s.lathe(
        trailing,
        [(0, 0.09), (0.05, 0.09), (0.056, 0.1), (0.06, 0.098), (0.058, 0.08), (0.04, 0), (0, 0)],
        china_glaze(srgb(214, 206, 190), srgb(60, 60, 60)),
        260,
        at=at,
        name="pot",
    )
    stem = s.trim("stem", 0.04, 0.5, 150, m.plain(srgb(70, 96, 48), 0.6))
    for k in range(9):
        ya = k * 40 + 20 * rng.random()
        length = rng.uniform(0.18, 0.62)
        t = np.linspace(0, 1, 12)
        out = 0.05 + 0.06 * smooth(0, 0.4, t)
        path = np.stack(
            [
                np.sin(np.radians(ya)) * out,
                0.1 + 0.05 * np.sin(np.minimum(t * 6, np.pi)) - length * np.clip(t - 0.15, 0, 1),
                np.abs(np.cos(np.radians(ya))) * out * 0.9 - 0.02,
            ],
            -1,
        )
        s.tube(trailing, path, 0.0028, stem, sides=5, caps=False, xf=at)
        for j in range(1, 12):
            p = path[j]
            tt = np.linspace(0, 1, 5)[:, None]
            wd = 0.02 * np.sin(np.pi * np.clip(tt, 0.03, 0.97)) ** 0.6
            mid = np.concatenate([0 * tt, -0.055 * tt, 0.02 * np.sin(tt * 2.5)], 1)
            grid = mid[:, None] + np.array([-1, 0, 1])[None, :, None] * np.array([1.0, 0, 0.2]) * wd[:, None]
            s.shell(
                trailing,
                grid,
                0.0014,
                lc[j % 2],
                xf=at @ move(*p, yaw=ya + 75 * (j % 2 * 2 - 1) + rng.uniform(-25, 25), pitch=rng.uniform(-30, -5)),
            )

    # ---- table, cloth, chairs, lamp
    table = s.prop("table")
    tx, tz, tr, tty = 1.42, -0.72, 0.46, 0.755
    s.lathe(
        table,
        [(0, 0.0), (tr, 0.0), (tr + 0.006, -0.008), (tr, -0.026), (0, -0.026)],
        oak,
        at=move(tx, tty - 0.004, tz),
        sides=40,
    )
    s.lathe(
        table,
        [
            (0.06, 0.72),
            (0.045, 0.66),
            (0.07, 0.6),
            (0.04, 0.5),
            (0.035, 0.4),
            (0.06, 0.3),
            (0.085, 0.24),
            (0.05, 0.18),
            (0.08, 0.12),
        ],
        oak,
        at=move(tx, 0, tz),
        sides=20,
    )
    for k in range(3):
        yy = k * 120 + 30
        s.tube(
            table,
            np.array([[0, 0.17, 0.03], [0, 0.15, 0.16], [0, 0.07, 0.28], [0, 0.024, 0.36]]),
            np.array([0.035, 0.03, 0.024, 0.024]),
            oak,
            xf=move(tx, 0, tz, yaw=yy),
        )
    cloth = s.prop("tablecloth")
    s.patch(
        cloth,
        cloth_over(tr, 0.24, 11),
        table_linen(tr),
        330,
        wrap=True,
        xf=move(tx, tty, tz),
        name="tablecloth",
        size=(2.96, 0.72),
    )
    inside = cloth_over(tr, 0.24, 11)[8:]
    lining = s.trim("lining", 0.6, 0.3, 120, m.fabric(srgb(186, 150, 136)))
    s.patch(cloth, (inside * [0.992, 1, 0.992])[:, ::-1], lining, wrap=True, xf=move(tx, tty, tz))
    chairs = s.prop("chairs")
    seat = m.fabric(srgb(178, 142, 88), 0.007, 0.1)
    chair(s, chairs, move(tx - 0.66, 0, tz + 0.24, yaw=112), beech, seat)
    chair(s, chairs, move(tx + 0.42, 0, tz + 0.62, yaw=214), beech, seat)
    fruits = s.prop("fruit bowl")
    at = move(tx + 0.06, tty + 0.004, tz - 0.08)
    s.lathe(
        fruits,
        [
            (0, 0.016),
            (0.06, 0.018),
            (0.12, 0.05),
            (0.142, 0.075),
            (0.147, 0.075),
            (0.127, 0.044),
            (0.07, 0.006),
            (0.05, 0.0),
            (0, 0),
        ],
        china_glaze(srgb(190, 196, 188), srgb(46, 78, 96)),
        280,
        at=at,
        sides=32,
        name="bowl",
    )
    kinds = [
        fruit(srgb(120, 134, 40), srgb(160, 44, 34)),
        fruit(srgb(206, 112, 30), srgb(196, 96, 24), 0.00025),
        fruit(srgb(150, 32, 30), srgb(120, 28, 28)),
    ]
    prof = [
        (0, 0.064),
        (0.006, 0.067),
        (0.02, 0.07),
        (0.034, 0.06),
        (0.038, 0.04),
        (0.032, 0.014),
        (0.016, 0.001),
        (0.004, 0.004),
        (0, 0.006),
    ]
    for i, (x, y, z) in enumerate(
        [(-0.055, 0.03, 0.03), (0.045, 0.032, 0.05), (0.0, 0.03, -0.055), (0.07, 0.035, -0.03), (0.005, 0.085, 0.01)]
    ):
        s.lathe(
            fruits,
            [(r, h) for r, h in prof],
            kinds[i % 3],
            320,
            at=at @ move(x, y, z, yaw=70 * i, pitch=rng.uniform(-20, 20)),
            sides=18,
            name=f"fruit{i}",
        )
    setting = s.prop("coffee and paper")
    mug(
        s, setting, move(tx - 0.24, tty + 0.004, tz + 0.12, yaw=30), china_glaze(srgb(206, 200, 186), srgb(52, 76, 108))
    )
    s.box(
        setting,
        (0.2, 0.008, 0.28),
        {"t": newspaper, "*": china},
        420,
        at=move(tx - 0.05, tty + 0.006, tz + 0.27, yaw=28),
        bevel=0.002,
        skip="b",
        name="newspaper",
    )
    lamp = s.prop("pendant lamp")
    lx, ly, lz = tx - 0.02, 1.86, tz
    shade_p = m.plain(srgb(44, 74, 68), 0.25, 0.04, wear=0.004, worn=srgb(190, 186, 176), grime=0.2)
    s.lathe(
        lamp,
        [(0.03, 0.16), (0.05, 0.13), (0.09, 0.11), (0.16, 0.05), (0.195, -0.03), (0.198, -0.034)],
        shade_p,
        300,
        at=move(lx, ly, lz),
        sides=40,
        name="shade",
    )
    s.lathe(
        lamp,
        [(0.198, -0.034), (0.192, -0.03), (0.155, 0.046), (0.086, 0.104), (0.03, 0.125)],
        china,
        at=move(lx, ly, lz),
        sides=40,
        name="shade inside",
    )
    s.lathe(lamp, [(0.006, 0.23), (0.018, 0.22), (0.03, 0.16)], brass, at=move(lx, ly, lz), sides=16)
    s.tube(lamp, np.array([[lx, ly + 0.22, lz], [lx, HIGH, lz]]), 0.0045, black, sides=6)
    s.lathe(lamp, [(0.012, 0.0), (0.04, -0.012), (0.048, -0.03)], china, at=move(lx, HIGH, lz), sides=20)
    bulb = s.part(
        "lamp bulb", ["props", "layout"], emission={"practical": "pendant", "rgb": [1.0, 0.74, 0.42], "gain": 7.0}
    )
    s.lathe(
        bulb,
        [(0.014, 0.07), (0.018, 0.055), (0.034, 0.02), (0.036, 0.0), (0.024, -0.026), (0, -0.034)],
        opal,
        at=move(lx, ly, lz),
        sides=20,
    )

    # ---- walls lived with
    art = s.prop("picture")
    at = move(SIDE - 0.012, 1.62, -1.0, yaw=-90)
    framed(s, art, at, 0.46, 0.34, landscape, oak)
    cal = s.prop("calendar")
    s.box(
        cal,
        (0.3, 0.44, 0.006),
        {"f": picture(calendar), "*": china},
        420,
        at=move(SIDE - 0.006, 1.55, -1.75, yaw=-90),
        bevel=0.001,
        skip="k",
        name="calendar",
    )
    clock = s.prop("clock")
    at = move(-1.12, 2.08, BACK + 0.001)
    s.lathe(
        clock,
        [(0, 0.02), (0.125, 0.02), (0.128, 0.034), (0.14, 0.036), (0.146, 0.028), (0.146, 0.0)],
        clock_face,
        330,
        at=at @ move(pitch=90),
        sides=40,
        name="clock",
    )
    for ang, ln, wd in ((-62, 0.07, 0.008), (148, 0.1, 0.006)):
        s.box(clock, (wd, ln, 0.003), black, at=at @ move(z=0.026, roll=ang) @ move(y=ln * 0.42), bevel=0.001)
    hooks = s.prop("pans on hooks")
    left = move(-SIDE, 0, -1.1, yaw=90)
    s.tube(hooks, np.array([[-0.5, 1.86, 0.05], [0.5, 1.86, 0.05]]), 0.008, black, xf=left)
    for x in (-0.42, 0.42):
        s.tube(hooks, np.array([[x, 1.86, 0.0], [x, 1.86, 0.05]]), 0.006, black, xf=left)
    copper = m.metal(srgb(178, 98, 62), 0.28, 0.5, 0.6)
    for x, r in ((-0.3, 0.13), (0.02, 0.1), (0.29, 0.08)):
        s.lathe(
            hooks,
            [(0, 0.004), (r - 0.008, 0.004), (r, 0.07), (r + 0.004, 0.07), (r, 0.0), (0, 0.0)],
            copper,
            280,
            at=left @ move(x, 1.5 - r * 0.4, 0.035, roll=3) @ move(pitch=90),
            sides=28,
            name="copper pan",
        )
        s.tube(
            hooks,
            np.array([[x, 1.5 + r * 0.55, 0.06], [x, 1.7, 0.056], [x, 1.84, 0.05]]),
            np.array([0.009, 0.007, 0.005]),
            black,
            xf=left,
        )
    rad = s.prop("radiator")
    ri = s.trim("radiator paint", 0.25, 0.7, 200, gloss_paint(srgb(206, 200, 184)))
    for k in range(9):
        x = -0.32 + 0.08 * k
        t = np.linspace(0, np.pi, 7)
        path = np.concatenate(
            [
                [[x, 0.14, 0.11]],
                np.stack([np.full_like(t, x), 0.66 + 0.03 * np.sin(t), 0.11 + 0.035 - 0.035 * np.cos(t)], -1)[:, :],
                [[x, 0.14, 0.18]],
            ]
        )
        s.tube(rad, path, 0.027, ri, sides=8, xf=move(-SIDE, 0, 0.35, yaw=90))
    s.bar(rad, (-0.34, 0.14, 0.145), (0.34, 0.14, 0.145), 0.07, 0.05, ri, bevel=0.015, xf=move(-SIDE, 0, 0.35, yaw=90))
    s.tube(
        rad,
        np.array([[0.36, 0.02, 0.145], [0.36, 0.14, 0.145], [0.3, 0.14, 0.145]]),
        0.012,
        ri,
        xf=move(-SIDE, 0, 0.35, yaw=90),
    )
    rug = s.prop("rag rug")
    u, v = np.meshgrid(np.linspace(-0.55, 0.55, 23), np.linspace(-0.32, 0.32, 13))
    y = 0.009 + 0.005 * np.maximum(0, np.sin(u * 9 + 1) * np.sin(v * 8)) ** 2
    s.shell(rug, np.stack([u, y, v], -1), 0.009, rag, 300, xf=move(0.95, 0.001, -1.62, yaw=3), name="rug")

    s.bake(META)


def framed(s: Stage, part: int, at: Array, w: float, h: float, draw: object, wood: Chart) -> None:
    """A picture in a moulded frame, hanging on a wall; at = centre on the wall, outside towards local +Z."""
    s.box(part, (w, h, 0.012), {"f": picture(draw, 0.5), "*": wood}, 420, at=at, bevel=0.001, skip="k", name="print")
    for k in (-1, 1):
        s.bar(
            part,
            (k * (w / 2 + 0.012), -h / 2 - 0.03, 0.008),
            (k * (w / 2 + 0.012), h / 2 + 0.03, 0.008),
            0.036,
            0.03,
            wood,
            bevel=0.008,
            xf=at,
        )
        s.bar(
            part,
            (-w / 2 + 0.006, k * (h / 2 + 0.012), 0.008),
            (w / 2 - 0.006, k * (h / 2 + 0.012), 0.008),
            0.03,
            0.036,
            wood,
            bevel=0.008,
            xf=at,
        )


def plate_profile(r: float) -> list[tuple[float, float]]:
    """A dinner plate, from the middle of its face over the rim to the foot."""
    return [
        (0, 0.006),
        (r * 0.62, 0.006),
        (r * 0.72, 0.012),
        (r, 0.02),
        (r + 0.002, 0.018),
        (r * 0.72, 0.006),
        (r * 0.6, 0.0),
        (0, 0.0),
    ]


def china_glaze(rgb: Array, rim: Array) -> Painter:
    """Glazed stoneware with a painted rim line and iron specks; v runs over the profile."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        t = c.v / c.height_m
        for at, half in ((0.44, 0.02), (0.36, 0.008)):
            c.lay(smooth(half, half * 0.6, np.abs(t - at + 0.004 * c.noise(0.03, 2))), rim)
        c.tone(1 + 0.04 * c.noise(0.06, 4) + 0.02 * c.grain())
        c.lay(c.specks(0.012, 0.12) * 0.5, srgb(84, 62, 44))
        c.rough[:] = 0.17 + 0.04 * c.noise(0.05, 2)
        c.dirt(0.25, GRIME, 0.05)

    return paint


def jar(content: Array) -> Painter:
    """A glass jar seen as what is in it: grains up to a level, glass above, lid, a label."""

    def paint(c: Canvas) -> None:
        t = c.v / c.height_m
        d, _, who = c.cells(0.006)
        grains = mix(content * 0.72, content * 1.22, who) * (1 - 0.25 * smooth(0.3, 0.6, d))[..., None]
        c.rgb = mix(srgb(120, 128, 124), grains, smooth(0.46, 0.48, t + 0.01 * c.noise(0.05, 2)))
        c.lay(t < 0.34, srgb(70, 66, 62) * (1 + 0.1 * c.noise(0.02, 2))[..., None])
        c.rough[:] = mix(0.08, 0.35, t < 0.34)
        w = np.abs(c.u / c.width - 0.5)
        label = (w < 0.17) & (t > 0.55) & (t < 0.74)
        c.lay(label, srgb(210, 200, 172), 0.8)
        ink = label & (np.abs(np.mod(t * 40, 2) - 1) < 0.3) & (w < 0.12) & (c.noise(0.004, 1) > -0.4)
        c.lay(ink, srgb(50, 44, 40))

    return paint


def bottle_glass(c: Canvas) -> None:
    """Dark green glass with a paper label and a cork."""
    t = c.v / c.height_m
    c.rgb[:] = srgb(50, 62, 34)
    c.tone(1 + 0.08 * c.noise(0.1, 3))
    c.rough[:] = 0.07
    c.lay(t < 0.12, srgb(170, 128, 84) * (1 + 0.2 * c.noise(0.006, 2))[..., None], 0.9)
    w = np.abs(c.u / c.width - 0.5)
    label = (w < 0.3) & (t > 0.6) & (t < 0.8)
    c.lay(label, srgb(208, 192, 150), 0.8)
    c.lay(label & (np.abs(t - 0.68) < 0.02) & (w < 0.2), srgb(120, 44, 34))
    c.lay(label & (np.abs(t - 0.75) < 0.006) & (w < 0.24), srgb(60, 70, 44))


def crust(c: Canvas) -> None:
    """Bread crust, floured, slashed; the cut face is crumb."""
    c.rgb = mix(srgb(150, 92, 44), srgb(92, 50, 24), smooth(-1, 1.4, c.noise(0.06, 5)))
    c.lay(smooth(0.3, 1.6, c.noise(0.04, 4)) * 0.5, srgb(214, 192, 156))
    slash = smooth(0.006, 0.002, np.abs(np.mod(c.v - 0.3 * c.u, 0.07) - 0.035))
    c.lay(slash * 0.8, srgb(206, 166, 108))
    c.relief += 0.0012 * c.noise(0.02, 4) - 0.002 * slash
    crumb = c.v > c.height_m - 0.085
    d, _, _ = c.cells(0.009)
    c.lay(crumb, mix(srgb(222, 204, 168), srgb(176, 146, 104), smooth(0.35, 0.15, d)))
    c.rough[:] = 0.9
    c.soft[:] = 0.3


def newspaper(c: Canvas) -> None:
    """A folded newspaper: masthead, a picture, columns of text seen from afar."""
    c.rgb[:] = srgb(196, 190, 174)
    x, y = c.u / c.width, c.v / c.height_m
    col = np.mod(x * 4, 1.0)
    text = (np.mod(c.v, 0.0055) < 0.0032) & (col > 0.08) & (col < 0.92) & (c.noise(0.006, 1) > -0.5) & (y > 0.24)
    c.lay(text * 0.65, srgb(60, 58, 56))
    head = (y > 0.05) & (y < 0.13) & (np.mod(x * 9, 1.0) > 0.22) & (x > 0.08) & (x < 0.92)
    c.lay(head, srgb(40, 38, 38))
    photo = (x > 0.27) & (x < 0.73) & (y > 0.28) & (y < 0.56)
    c.lay(photo, (0.14 + 0.1 * np.clip(c.noise(0.05, 4), -1, 2))[..., None] * np.ones(3, np.float32))
    c.lay((np.abs(y - 0.17) < 0.004) & (x > 0.05) & (x < 0.95), srgb(60, 58, 56))
    c.tone(1 + 0.03 * c.grain() + 0.03 * c.noise(0.1, 3))
    c.rough[:] = 0.9
    c.lay(c.wear(0.004) * 0.3, srgb(150, 140, 112))


def table_linen(radius: float) -> Painter:
    """Gingham laid flat across a round table: the checks follow the cloth, not the turn."""

    def paint(c: Canvas) -> None:
        a = c.u / c.width * 2 * np.pi
        r = c.v / c.height_m * (radius + 0.26)
        keep = c.u, c.v
        c.u, c.v = (r * np.sin(a)).astype(np.float32), (r * np.cos(a)).astype(np.float32)
        gingham(c)
        thread = 0.0026
        c.tone(1 + 0.07 * np.sin(c.u * 2 * np.pi / thread) * np.sin(c.v * 2 * np.pi / thread))
        c.u, c.v = keep
        c.tone(1 + 0.04 * c.noise(0.15, 4) + 0.03 * c.grain())
        c.lay(smooth(0.012, 0.008, np.abs(c.height_m - c.v - 0.012)) * 0.4, srgb(210, 196, 170))
        c.lay(smooth(1.6, 2.2, c.noise(0.07, 3)) * 0.35, srgb(120, 84, 50))
        c.rough[:] = 0.92
        c.soft[:] = 0.3
        c.relief += 0.00015 * c.noise(0.004, 1)

    return paint


def rag(c: Canvas) -> None:
    """Rag rug: woven strips of many colours."""
    k = 0.011
    row = np.floor(c.u / k)
    h = np.mod(np.sin(row * 12.9898) * 43758.55, 1.0)
    cols = np.stack(
        [
            srgb(150, 62, 48),
            srgb(196, 182, 150),
            srgb(66, 84, 106),
            srgb(176, 134, 72),
            srgb(92, 104, 84),
            srgb(196, 182, 150),
        ]
    )
    seg = np.floor(np.mod(np.sin(np.floor(row / 5) * 91.7) * 917.3, 1.0) * 6).astype(int) % 6
    c.rgb = cols[seg] * (0.85 + 0.3 * h)[..., None]
    twist = np.sin(c.v * 2 * np.pi / 0.016 + h * 20) * np.sin(np.mod(c.u, k) / k * np.pi)
    c.tone(1 + 0.16 * twist + 0.08 * c.noise(0.01, 2) + 0.05 * c.grain())
    c.relief += 0.0016 * np.sin(np.mod(c.u, k) / k * np.pi) + 0.0006 * twist
    c.rough[:] = 0.95
    c.soft[:] = 0.3
    c.dirt(0.4, GRIME)


def clock_face(c: Canvas) -> None:
    """Enamel dial (v from the middle outwards), then the tin rim."""
    r = c.v
    a = c.u / c.width * 2 * np.pi
    c.rgb[:] = srgb(218, 208, 184)
    c.rough[:] = 0.3
    mark = np.abs(np.mod(a * 12 / (2 * np.pi) + 0.5, 1) - 0.5) * (2 * np.pi / 12) * np.maximum(r, 0.01)
    c.lay((r > 0.086) & (r < 0.108) & (mark < 0.003), srgb(44, 42, 42))
    mi = np.abs(np.mod(a * 60 / (2 * np.pi) + 0.5, 1) - 0.5) * (2 * np.pi / 60) * np.maximum(r, 0.01)
    c.lay((r > 0.112) & (r < 0.118) & (mi < 0.001), srgb(44, 42, 42))
    c.lay(r > 0.124, srgb(132, 48, 40) * (1 + 0.05 * c.noise(0.05, 3))[..., None], 0.3)
    c.tone(1 + 0.03 * c.noise(0.05, 4))


META = {
    "label": "Kitchen",
    "about": "A lived-in kitchen: tiled splashback, a window over the sink, a lamp above a laid table.",
    "policies": {"default": {"layout": "hold", "props": "hold", "surfaces": "hold"}},
    "marks": {
        "middle": {"position_m": [-0.35, 0, -0.3], "facing_deg": 0, "camera_deg": -8, "label": "In the middle of the floor"},
        "table": {"position_m": [0.55, 0, 0.15], "facing_deg": -16, "camera_deg": -20, "label": "By the table, under the lamp"},
        "stove": {"position_m": [-0.75, 0, -0.6], "facing_deg": 14, "camera_deg": 14, "label": "Between fridge and stove"},
    },
    "practicals": {
        "pendant": {"position_m": [1.4, 1.86, -0.72], "rgb": [1.0, 0.74, 0.42], "power": 1.0, "kind": "lamp", "radius_m": 0.06, "default_on": True},
        "hood": {"position_m": [-0.45, 1.644, -2.3], "rgb": [1.0, 0.78, 0.5], "power": 0.35, "kind": "lamp", "radius_m": 0.08, "default_on": True},
        "window": {"position_m": [1.0, 1.6, -2.6], "rgb": [0.82, 0.92, 1.0], "power": 1.3, "kind": "window", "radius_m": 0.5, "default_on": True},
    },
    "sun": {"azimuth_deg": 42, "elevation_deg": 27},
    "open_sky": 0.3,
    "bounds_m": [[-2.9, 0, -2.8], [2.9, 2.85, 5.5]],
}  # fmt: skip
