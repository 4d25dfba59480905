"""Surfaces for the sets: noise evaluated per texel, and the layers from which every material is painted.

A chart of the atlas is painted on a `Canvas`: metric coordinates in, reflectance, roughness, softness and height out.
Only reflectance is painted. Occlusion reaches the paint as dirt in corners, never as darkness of light.
Used by `sets.py` (which owns geometry, packing and export) and by the two sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np

Array = np.ndarray

TILE = 1024  # texels of a noise tile
WAVE = 8  # texels of one feature in the band-limited tile
CELLS = 64  # cells a side in the cellular tile


def srgb(*code: float) -> Array:
    """Linear reflectance of an sRGB colour given 0..255."""
    c = np.asarray(code, np.float32) / 255.0
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


@lru_cache(maxsize=8)
def _band_tile(seed: int) -> Array:
    """Periodic band-limited noise, unit deviation, features of about WAVE texels."""
    rng = np.random.default_rng(seed)
    f = np.fft.fft2(rng.standard_normal((TILE, TILE)))
    k = np.hypot(np.fft.fftfreq(TILE)[:, None], np.fft.fftfreq(TILE)[None]) * WAVE
    tile = np.fft.ifft2(f * np.exp(-((k - 0.75) ** 2) / 0.12)).real
    return (tile / tile.std()).astype(np.float32)


@lru_cache(maxsize=4)
def _cell_tile(seed: int) -> tuple[Array, Array, Array]:
    """Periodic cellular noise: distance to the nearest point, gap to the second, id of the nearest (0..1)."""
    rng = np.random.default_rng(seed)
    size = TILE // CELLS
    pts = rng.random((CELLS, CELLS, 2)).astype(np.float32) * 0.86 + 0.07
    ids = rng.random((CELLS, CELLS)).astype(np.float32)
    y, x = np.meshgrid(np.arange(TILE), np.arange(TILE), indexing="ij")
    fy, fx = (y + 0.5) / size, (x + 0.5) / size
    iy, ix = y // size, x // size
    d1 = np.full((TILE, TILE), 9.0, np.float32)
    d2 = d1.copy()
    who = np.zeros_like(d1)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            cy, cx = iy + dy, ix + dx
            p = pts[cy % CELLS, cx % CELLS]
            d = np.hypot(fy - cy - p[..., 0], fx - cx - p[..., 1]).astype(np.float32)
            nearer = d < d1
            d2 = np.where(nearer, d1, np.minimum(d2, d))
            who = np.where(nearer, ids[cy % CELLS, cx % CELLS], who)
            d1 = np.where(nearer, d, d1)
    return d1, d2 - d1, who


def _lookup(tile: Array, x: Array, y: Array, nearest: bool = False) -> Array:
    """Sample a periodic tile at texel coordinates (any float)."""
    flag = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    mx = np.mod(x, TILE).astype(np.float32)
    my = np.mod(y, TILE).astype(np.float32)
    return cv2.remap(tile, mx, my, flag, borderMode=cv2.BORDER_WRAP)


def smooth(lo: float | Array, hi: float | Array, x: Array) -> Array:
    """Smoothstep from lo to hi; falls when lo > hi."""
    span = np.asarray(hi - lo, np.float32)
    t = np.clip((x - lo) / np.where(np.abs(span) < 1e-9, np.float32(1e-9), span), 0.0, 1.0)
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32)


def mix(a: Array | float, b: Array | float, t: Array | float) -> Array:
    """Blend with t broadcast over colour channels where needed."""
    a_, b_, t_ = np.asarray(a, np.float32), np.asarray(b, np.float32), np.asarray(t, np.float32)
    if t_.ndim == 2 and (a_.ndim in (1, 3) or b_.ndim in (1, 3)):
        t_ = t_[..., None]
    return a_ + (b_ - a_) * t_


@dataclass
class Canvas:
    """One chart being painted. Arrays are [h, w] (colour [h, w, 3]); metres; v runs down, p is in the set's space."""

    u: Array
    v: Array
    p: Array
    n: Array
    ao: Array
    width: float
    height_m: float
    density: float
    seed: int
    wrap: bool = False
    shared: bool = False
    rgb: Array = field(init=False)
    rough: Array = field(init=False)
    soft: Array = field(init=False)
    relief: Array = field(init=False)
    cavity: Array = field(init=False)
    face: Array = field(init=False)

    def __post_init__(self) -> None:
        shape = self.u.shape
        self.rgb = np.full((*shape, 3), 0.4, np.float32)
        self.rough = np.full(shape, 0.7, np.float32)
        self.soft = np.zeros(shape, np.float32)
        self.relief = np.zeros(shape, np.float32)
        self.cavity = np.ones(shape, np.float32)
        self.face = np.ones(shape, np.float32)  # where a brick's or sett's face is, against its joints
        self._salt = 0

    # ---- fields -------------------------------------------------------------------------------------------------
    @property
    def rng(self) -> np.random.Generator:
        self._salt += 1
        return np.random.default_rng([self.seed, self._salt])

    @property
    def edge(self) -> Array:
        """Metres to the surface's border (negative in the gutter); a turned surface has none along u."""
        if self.shared:
            return np.full_like(self.u, 9.0)
        across = np.minimum(self.v, self.height_m - self.v)
        return across if self.wrap else np.minimum(np.minimum(self.u, self.width - self.u), across)

    def noise(self, size_m: float, octaves: int = 4, gain: float = 0.5, stretch: float = 1.0) -> Array:
        """Fractal noise, unit deviation; size_m is the largest feature, stretch > 1 draws it out along v."""
        rng = self.rng
        out = np.zeros_like(self.u)
        amp, norm = 1.0, 0.0
        for _ in range(octaves):
            if size_m * self.density < 2.2 and norm > 0:
                break
            k = WAVE / size_m
            turn = 0.0 if stretch != 1.0 else rng.random() * 6.283
            off = rng.random(2) * TILE
            cu, su = np.cos(turn) * k, np.sin(turn) * k
            x = self.u * cu + self.v * su + off[0]
            y = (self.v * cu - self.u * su) / stretch + off[1]
            out += amp * _lookup(_band_tile(int(rng.integers(3))), x, y)
            norm += amp * amp
            amp *= gain
            size_m *= 0.5
        return (out / np.sqrt(norm)).astype(np.float32)

    def cells(self, size_m: float, warp: float = 0.0) -> tuple[Array, Array, Array]:
        """Cellular noise: (distance, gap to second, id) in units of a cell."""
        rng = self.rng
        k = (TILE / CELLS) / size_m
        x = self.u * k + rng.random() * TILE
        y = self.v * k + rng.random() * TILE
        if warp:
            x = x + warp * k * self.noise(size_m * 0.8, 2)
            y = y + warp * k * self.noise(size_m * 0.8, 2)
        d1, gap, who = _cell_tile(11)
        return _lookup(d1, x, y), _lookup(gap, x, y), _lookup(who, x, y, nearest=True)

    def grain(self, amount: float = 1.0) -> Array:
        """Noise of two texels, unit deviation times amount."""
        return amount * self.noise(2.5 / self.density, 1)

    # ---- layers -------------------------------------------------------------------------------------------------
    def lay(
        self,
        mask: Array | float,
        rgb: Array | None = None,
        rough: Array | float | None = None,
        soft: Array | float | None = None,
        relief: Array | float | None = None,
    ) -> None:
        """Lay a material over the mask (relief in metres is added)."""
        m = np.broadcast_to(np.asarray(mask, np.float32), self.u.shape)
        if rgb is not None:
            self.rgb = mix(self.rgb, rgb, m)
        if rough is not None:
            self.rough = mix(self.rough, rough, m)
        if soft is not None:
            self.soft = mix(self.soft, soft, m)
        if relief is not None:
            self.relief = self.relief + m * relief

    def tone(self, factor: Array) -> None:
        """Multiply the reflectance by a scalar field."""
        self.rgb = self.rgb * np.clip(factor, 0.0, 4.0)[..., None]

    def tint(self, mask: Array, rgb: Array) -> None:
        """Stain: multiply by a colour where the mask is 1 (like a glaze)."""
        self.rgb = self.rgb * mix(np.ones(3, np.float32), rgb, mask)

    def lettering(self, text: str, u0: float, base_v: float, cap_m: float, weight: int = 2, blur: float = 0.6) -> Array:
        """Mask of a line of type, its baseline from (u0, base_v), capitals cap_m tall."""
        ink = np.zeros(self.u.shape, np.uint8)
        k = (self.u.shape[1] - 1) / float(self.u[0, -1] - self.u[0, 0])
        at = int((u0 - float(self.u[0, 0])) * k), int((base_v - float(self.v[0, 0])) * k)
        cv2.putText(ink, text, at, cv2.FONT_HERSHEY_TRIPLEX, cap_m * k / 21, 255, weight, cv2.LINE_AA)
        return cv2.GaussianBlur(ink, (0, 0), blur).astype(np.float32) / 255

    def strokes(self, lines: list[Array], width_m: float, blur_m: float) -> Array:
        """Mask of soft-edged strokes along polylines [n, 2] in chart metres (spray paint)."""
        ink = np.zeros(self.u.shape, np.uint8)
        k = (self.u.shape[1] - 1) / float(self.u[0, -1] - self.u[0, 0])
        for line in lines:
            pts = np.round((np.asarray(line) - (float(self.u[0, 0]), float(self.v[0, 0]))) * k * 16).astype(np.int32)
            cv2.polylines(ink, [pts], False, 255, max(1, int(width_m * k)), cv2.LINE_AA, 4)
        return cv2.GaussianBlur(ink, (0, 0), max(0.6, blur_m * k)).astype(np.float32) / 255

    def drips(self, top_v: float, density: float, length_m: float, width_m: float = 0.02) -> Array:
        """Mask of runs falling from height v = top_v: streaks of differing length, 0..1."""
        lane = self.noise(width_m * 2.2, 3, stretch=40.0)
        reach = length_m * np.clip(0.5 + 0.5 * self.noise(width_m * 5, 2, stretch=60.0), 0.05, 2.0)
        down = self.v - top_v
        fade = np.clip(1.0 - down / np.maximum(reach, 1e-3), 0.0, 1.0) * (down > 0)
        return (smooth(1.1 - density, 2.1 - density, lane) * fade).astype(np.float32)

    def specks(self, size_m: float, share: float) -> Array:
        """Mask of scattered spots covering about `share` of the cells."""
        d, _, who = self.cells(size_m)
        return smooth(0.42, 0.22, d + 0.25 * (1 - np.minimum(who / max(share, 1e-3), 1))) * (who < share)

    def dirt(self, amount: float, rgb: Array, scale: float = 0.4) -> None:
        """Dirt gathers where the surface is shut in (by occlusion), broken up by noise."""
        shut = np.clip(1 - self.ao, 0, 1) * (1 + 0.3 * self.noise(scale, 5))
        m = smooth(0.22, 0.9, shut) * amount * 0.75
        self.lay(np.clip(m, 0, 1), rgb, rough=0.92)

    def wear(self, width_m: float, amount: float = 1.0) -> Array:
        """Mask of worn edges along the chart's border."""
        e = self.edge / width_m + 0.45 * self.noise(width_m * 5, 4) + 0.35 * self.noise(0.25, 2)
        return smooth(1.15, 0.55, e) * amount


Painter = Callable[[Canvas], None]


def patchy(c: Canvas, u0: float, v0: float, u1: float, v1: float, ragged: float = 0.05) -> Array:
    """Mask of a rectangle with a ragged border."""
    e = np.minimum(np.minimum(c.u - u0, u1 - c.u), np.minimum(c.v - v0, v1 - c.v))
    return smooth(-0.01, 0.01, e + ragged * c.noise(0.25, 5))


# ---- plain materials --------------------------------------------------------------------------------------------
def painted_steel(
    rgb: Array, rust: float = 0.3, rough: float = 0.42, wear: float = 0.012, grime: float = 0.5, drip: float = 0.0
) -> Painter:
    """Painted sheet steel: edge wear to primer and bare metal, rust from the chips, runs, finger grime."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        c.tone(1 + 0.07 * c.noise(0.5, 4) + 0.025 * c.grain())
        c.rough[:] = rough + 0.06 * c.noise(0.15, 3)
        c.lay(smooth(0.4, 1.6, c.noise(0.6, 3, stretch=3)) * 0.35, rgb * 0.72 + 0.03, 0.6)
        # rust comes in families: where water stands, not like spots on a leopard
        family = c.noise(0.55, 3, stretch=1.6)
        blister = 0.62 * c.noise(0.1, 6) + 0.8 * family
        chip = np.maximum(c.wear(wear), smooth(1.75 - rust, 1.95 - rust, blister))
        halo = smooth(1.0 - rust, 2.0 - rust, 0.5 * c.noise(0.2, 5) + 0.85 * family) * 0.7
        rusty = mix(srgb(92, 46, 24), srgb(146, 78, 34), smooth(-1, 1, c.noise(0.03, 4)))
        c.tint(halo * min(1.0, rust * 1.6), srgb(214, 150, 104))
        if drip:
            c.tint(c.drips(0.02, drip, c.height_m * 0.8) * 0.8, srgb(178, 112, 72))
        c.lay(chip, rusty, 0.88, relief=-0.0006)
        bare = chip * smooth(0.5, 1.3, c.noise(0.05, 4))
        c.lay(bare * 0.6, srgb(128, 124, 120), 0.45)
        c.dirt(grime, srgb(46, 41, 36))
        c.relief += 0.00025 * c.noise(0.02, 3) * (1 - chip)

    return paint


def iron(rgb: Array, rust: float = 0.5) -> Painter:
    """Old painted iron, thick coats, rust blooming through."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        c.tone(1 + 0.12 * c.noise(0.08, 4) + 0.05 * c.grain())
        c.rough[:] = 0.5
        m = smooth(1.1 - rust, 1.9 - rust, c.noise(0.1, 6))
        c.lay(m, mix(srgb(82, 44, 27), srgb(134, 74, 38), smooth(-1, 1, c.noise(0.02, 3))), 0.9, relief=-0.0005)
        c.relief += 0.0005 * c.noise(0.03, 3)

    return paint


def metal(rgb: Array, rough: float = 0.32, brushed: float = 0.0, stain: float = 0.3) -> Painter:
    """Bare metal: zinc, steel, chrome; spangle or brush marks, water stains."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        c.tone(1 + 0.05 * c.noise(0.2, 4))
        c.rough[:] = rough
        if brushed:
            b = c.noise(0.006, 3, stretch=40)
            c.tone(1 + 0.08 * brushed * b)
            c.rough += 0.05 * b
        c.lay(smooth(0.7, 1.7, c.noise(0.12, 5)) * stain, rgb * 0.6, rough + 0.25)
        c.lay(c.wear(0.006) * 0.4, np.minimum(rgb * 1.3, 0.85), rough * 0.8)
        c.dirt(0.5, srgb(52, 47, 42))

    return paint


def plain(
    rgb: Array,
    rough: float = 0.6,
    vary: float = 0.06,
    soft: float = 0.0,
    wear: float = 0.0,
    worn: Array | None = None,
    grime: float = 0.3,
) -> Painter:
    """One-colour stuff (plastic, rubber, enamel, ceramic) with scuffs and grime."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        c.tone(1 + vary * c.noise(0.12, 5) + 0.25 * vary * c.grain())
        c.rough[:] = rough + 0.05 * c.noise(0.08, 3)
        c.soft[:] = soft
        if wear:
            c.lay(c.wear(wear), rgb * 0.5 + 0.2 if worn is None else worn, min(1.0, rough + 0.15))
        scratch = smooth(1.7, 2.1, c.noise(0.01, 2, stretch=25)) * 0.4
        c.lay(scratch * (vary > 0.03), rgb * 0.75 + 0.08)
        c.dirt(grime, srgb(50, 44, 38))

    return paint


def wood(
    light: Array, dark: Array, rough: float = 0.5, across: bool = False, plank_m: float = 0.0, wear: float = 0.004
) -> Painter:
    """Sawn wood, grain along v (along u when `across`), cathedral figure, pores, planks if plank_m."""

    def paint(c: Canvas) -> None:
        a, b = (c.v, c.u) if across else (c.u, c.v)
        rng = c.rng
        shift = np.zeros_like(a)
        seam = np.zeros_like(a)
        vary = np.zeros_like(a)
        if plank_m:
            idx = np.floor(a / plank_m).astype(int)
            lut = rng.random(int(idx.max() - idx.min()) + 2).astype(np.float32)
            pick = lut[idx - idx.min()]
            shift, vary = pick * 7.0, pick - 0.5
            d = np.abs(a / plank_m - np.round(a / plank_m)) * plank_m
            seam = smooth(0.0035, 0.0012, d)
        keep_u, keep_v = c.u, c.v
        c.u, c.v = (a + shift).astype(np.float32), (b + shift * 1.7).astype(np.float32)
        sway = c.noise(0.5, 3, stretch=4) * 0.02
        rings = np.sin((c.u + sway + 0.06 * c.noise(0.35, 2, stretch=6)) * 2 * np.pi / 0.021)
        fibre = c.noise(0.004, 2, stretch=45)
        pores = smooth(1.3, 2.2, c.noise(0.0035, 1, stretch=22))
        broad = c.noise(0.09, 3, stretch=9)
        c.u, c.v = keep_u, keep_v
        t = np.clip(0.42 + 0.2 * rings + 0.13 * fibre + 0.16 * broad + 0.5 * vary, 0, 1)
        c.rgb = mix(light, dark, t)
        c.lay(pores * 0.55, dark * 0.5)
        c.rough[:] = rough + 0.06 * fibre + 0.08 * pores
        c.relief += 0.00012 * fibre - 0.0003 * pores - 0.0018 * seam
        c.lay(seam * 0.85, dark * 0.25, 0.9)
        c.cavity *= 1 - 0.5 * seam
        if wear:
            c.lay(c.wear(wear) * 0.6, light * 1.12, 0.7)
        c.dirt(0.45, dark * 0.3)

    return paint


def cardboard(rgb: Array) -> Painter:
    """Corrugated board: faint flutes, scuffs, damp."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        c.tone(1 + 0.05 * c.noise(0.2, 5) + 0.02 * np.sin(c.u * 2 * np.pi / 0.007) + 0.03 * c.grain())
        c.rough[:] = 0.9
        c.lay(smooth(0.6, 1.8, c.noise(0.18, 5)) * 0.6, rgb * 0.5)
        c.lay(c.wear(0.006) * 0.7, rgb * 1.25)
        c.dirt(0.5, srgb(60, 50, 40))

    return paint


def fabric(
    rgb: Array, thread_m: float = 0.0022, soft: float = 0.3, pattern: Callable[[Canvas], None] | None = None
) -> Painter:
    """Plain weave with slubs; a pattern callback may colour it first."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        if pattern is not None:
            pattern(c)
        warp = np.sin(c.u * 2 * np.pi / thread_m)
        weft = np.sin(c.v * 2 * np.pi / thread_m)
        if thread_m * c.density > 2.2:
            c.tone(1 + 0.1 * warp * weft)
            c.relief += 0.00012 * warp * weft
        slub = c.noise(0.003, 1, stretch=30) + 0.7 * c.grain()
        c.tone(1 + 0.05 * slub + 0.05 * c.noise(0.2, 4))
        c.rough[:] = 0.92
        c.soft[:] = soft
        c.relief += 0.0001 * slub

    return paint


# ---- masonry ----------------------------------------------------------------------------------------------------
def brick_layout(
    c: Canvas, length: float = 0.225, course: float = 0.075, joint: float = 0.010
) -> tuple[Array, Array, Array]:
    """English-garden-like running bond: (metres inside the brick's border, id 0..1, second id 0..1) per texel.

    Course and length include the joint. Rows are counted from v = 0; every sixth course is headers.
    """
    wob = 0.0022 * c.noise(0.06, 3)
    u = c.u + wob
    v = c.v + 0.0022 * c.noise(0.06, 3) + 0.003 * c.noise(0.9, 2)
    row = np.floor(v / course).astype(np.int64)
    header = row % 6 == 3
    span = np.where(header, length / 2, length)
    x = u / span + np.where(header, 0.25, 0.5 * (row % 2))
    col = np.floor(x).astype(np.int64)
    h = (row * 73856093) ^ (col * 19349663) ^ (c.seed * 83492791)
    h = (h ^ (h >> 13)) * 1274126177
    h1 = ((h >> 7) & 0xFFFF).astype(np.float32) / 65535
    h2 = ((h >> 25) & 0xFFFF).astype(np.float32) / 65535
    du = np.minimum(x - col, 1 - (x - col)) * span
    dv = np.minimum(v / course - row, 1 - (v / course - row)) * course
    # rounded corners: distance to a rounded box
    r = 0.012
    du_, dv_ = du - joint / 2, dv - joint / 2
    inside = np.minimum(du_, dv_)
    corner = r - np.hypot(np.minimum(du_ - r, 0), np.minimum(dv_ - r, 0))
    d = np.where((du_ < r) & (dv_ < r), np.minimum(inside, corner), inside)
    return d.astype(np.float32), h1, h2


def brick(
    palette: list[Array],
    mortar: Array,
    spall: float = 0.25,
    soot: float = 0.5,
    salt: float = 0.3,
) -> Painter:
    """Old brickwork with relief: worn arrises, spalled faces, recessed sandy mortar, soot, lime bloom."""

    colours = np.stack(palette)

    def paint(c: Canvas) -> None:
        d, h1, h2 = brick_layout(c)
        body = smooth(-0.0005, 0.003, d + 0.0012 * c.noise(0.012, 3))
        c.face = body
        pick = np.minimum((h1 * len(colours)).astype(int), len(colours) - 1)
        base = colours[pick]
        tone = 1 + 0.34 * (h2 - 0.5) + 0.1 * c.noise(0.05, 4) + 0.07 * c.grain()
        burnt = smooth(0.6, 1.9, c.noise(0.10, 4) + 1.2 * (h2 - 0.5))
        face = base * tone[..., None]
        face = mix(face, srgb(52, 36, 32), burnt * 0.6)
        pits = smooth(1.5, 2.3, c.noise(0.012, 3))
        sand = mortar * (1 + 0.16 * c.noise(0.02, 4) + 0.12 * c.grain())[..., None]
        c.rgb = mix(sand, face, body)
        c.rough[:] = mix(0.95, 0.86, body)
        gone = smooth(1.85 - spall, 2.25 - spall, c.noise(0.11, 5) + 0.9 * (h2 > 0.86))
        c.lay(gone * body, base * 1.12 * (1 + 0.15 * c.noise(0.02, 3))[..., None])
        lift = (h1 * 7919 % 1.0 - 0.5) * 0.004
        c.relief += body * (0.0075 + lift) + 0.0007 * c.noise(0.02, 4) * body - 0.0016 * pits * body
        c.relief -= gone * body * (0.004 + 0.0015 * c.noise(0.03, 4))
        c.relief += (1 - body) * 0.0012 * c.noise(0.012, 3)
        c.lay(pits * body * 0.6, base * 0.4)
        c.cavity *= mix(0.62, 1.0, smooth(-0.004, 0.004, d))
        bloom = smooth(0.9, 2.0, c.noise(0.8, 5)) * salt
        c.lay(bloom * (0.5 + 0.5 * (1 - body)), srgb(196, 186, 172), 0.95)
        grime = smooth(-0.2, 2.0, c.noise(1.3, 5) + 0.5 * c.noise(0.2, 4, stretch=5)) * soot
        c.lay(grime * 0.75, srgb(44, 38, 35))

    return paint


def concrete(rgb: Array, rough: float = 0.88, streak: float = 0.3) -> Painter:
    """Cast concrete or stone: fine pits, blotches, streaks from the top edge."""

    def paint(c: Canvas) -> None:
        c.rgb[:] = rgb
        c.tone(1 + 0.1 * c.noise(0.6, 6) + 0.06 * c.noise(0.02, 3) + 0.05 * c.grain())
        c.rough[:] = rough
        pit = smooth(1.8, 2.3, c.noise(0.012, 2))
        c.lay(pit, rgb * 0.4)
        c.relief += 0.0006 * c.noise(0.05, 5) - 0.002 * pit
        c.lay(c.wear(0.015) * 0.5, np.minimum(rgb * 1.25, 0.7))
        c.lay(c.drips(0.0, streak + 0.2, c.height_m * 1.2, 0.03) * 0.7, rgb * 0.35)
        c.dirt(0.7, srgb(40, 36, 33))

    return paint


def setts(c: Canvas, rgb: list[Array], width: float = 0.165, course: float = 0.108, joint: float = 0.012) -> None:
    """Granite setts in courses along u, domed and polished by wheels, dirt packed in the joints."""
    colours = np.stack(rgb)
    v = c.v + 0.007 * c.noise(0.7, 2) + 0.0025 * c.noise(0.08, 2)
    row = np.floor(v / course)
    h0 = np.mod(np.sin(row * 127.1 + 3.7) * 43758.5453, 1.0)
    span = width * (0.86 + 0.28 * np.mod(h0 * 7.3, 1.0))
    x = (c.u + 0.0025 * c.noise(0.08, 2)) / span + h0 * 5
    col = np.floor(x)
    h1 = np.mod(np.sin(row * 269.5 + col * 183.3) * 9758.5, 1.0).astype(np.float32)
    h2 = np.mod(np.sin(row * 31.9 + col * 71.7) * 6151.1, 1.0).astype(np.float32)
    du = np.minimum(x - col, col + 1 - x) * span
    dv = np.minimum(v / course - row, row + 1 - v / course) * course
    r = 0.022
    a, b = du - joint / 2, dv - joint / 2
    corner = r - np.hypot(np.minimum(a - r, 0), np.minimum(b - r, 0))
    d = np.where((a < r) & (b < r), np.minimum(np.minimum(a, b), corner), np.minimum(a, b)) + 0.002 * c.noise(0.03, 3)
    body = smooth(-0.001, 0.004, d)
    c.face = body
    crystal = c.cells(0.005)[2]
    stone = colours[np.minimum((h1 * len(colours)).astype(int), len(colours) - 1)]
    stone = (
        stone * (1 + 0.3 * (h2 - 0.5) + 0.16 * (crystal - 0.5) + 0.08 * c.noise(0.04, 4) + 0.04 * c.grain())[..., None]
    )
    top = smooth(0.004, 0.03, d)
    stone = mix(stone * 0.72, stone * 1.08, top)
    packed = (
        mix(srgb(52, 46, 40), srgb(84, 74, 60), smooth(-1, 1.5, c.noise(0.05, 5))) * (1 + 0.1 * c.grain())[..., None]
    )
    c.rgb = mix(packed, stone, body)
    c.rough = mix(0.95, 0.72 - 0.2 * top * smooth(-0.5, 1.5, c.noise(0.6, 3)), body).astype(np.float32)
    c.relief += body * (0.006 * smooth(0.0, 0.035, d) + 0.005 + 0.004 * (h2 - 0.5)) + 0.0006 * c.noise(0.02, 4) * body
    c.relief += (1 - body) * 0.001 * c.noise(0.01, 3)
    c.cavity *= mix(0.6, 1, smooth(-0.004, 0.01, d))
