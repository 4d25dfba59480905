"""What sets under an open sky have in common: ground that runs to the horizon, plants, wires, bent glass, bulbs.

Used by `alley.py`, `desert.py` and `rooftop.py`; surfaces are in `materials.py`, the stage in `sets.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from assets.bake.materials import Array, Canvas, Painter, smooth
from assets.bake.sets import Chart, Stage, move

GLYPHS = {
    "L": [[(0.08, 1), (0.08, 0), (0.68, 0)]],
    "U": [[(0.05, 1), (0.05, 0.3), (0.12, 0.1), (0.36, 0.0), (0.6, 0.1), (0.67, 0.3), (0.67, 1)]],
    "N": [[(0.05, 0), (0.05, 1), (0.67, 0), (0.67, 1)]],
    "A": [[(0.0, 0), (0.36, 1), (0.72, 0)], [(0.15, 0.36), (0.57, 0.36)]],
    "G": [[(0.68, 0.82), (0.5, 1.0), (0.2, 1.0), (0.03, 0.78), (0.03, 0.22), (0.2, 0), (0.52, 0), (0.68, 0.2), (0.68, 0.45), (0.4, 0.45)]],
    "S": [[(0.66, 0.85), (0.5, 1.0), (0.2, 1.0), (0.05, 0.8), (0.16, 0.58), (0.54, 0.44), (0.68, 0.2), (0.52, 0), (0.18, 0), (0.03, 0.16)]],
    "H": [[(0.05, 1), (0.05, 0)], [(0.67, 1), (0.67, 0)], [(0.05, 0.5), (0.67, 0.5)]],
    "O": [[(0.36, 1.0), (0.14, 1.0), (0.03, 0.78), (0.03, 0.22), (0.14, 0), (0.58, 0), (0.69, 0.22), (0.69, 0.78), (0.58, 1.0), (0.36, 1.0)]],
    "T": [[(0.02, 1), (0.7, 1)], [(0.36, 1), (0.36, 0)]],
    "E": [[(0.66, 1), (0.06, 1), (0.06, 0), (0.66, 0)], [(0.06, 0.52), (0.54, 0.52)]],
}  # fmt: skip


def rounded(points: list[tuple[float, float]], n: int = 5, r: float = 0.16) -> Array:
    """A polyline with its corners bent, as a glass-bender would."""
    p = np.asarray(points, float)
    out = [p[0]]
    for i in range(1, len(p) - 1):
        a, b = p[i - 1] - p[i], p[i + 1] - p[i]
        la, lb = np.linalg.norm(a), np.linalg.norm(b)
        k = min(r, la * 0.45, lb * 0.45)
        u, v = p[i] + a / la * k, p[i] + b / lb * k
        for t in np.linspace(0, 1, n):
            out.append((1 - t) ** 2 * u + 2 * t * (1 - t) * p[i] + t * t * v)
    out.append(p[-1])
    return np.stack(out)


def bent_letters(
    s: Stage, glow: int, holder: int, text: str, at: Array, size: tuple[float, float], pitch: float, glass: Chart,
    iron: Chart, radius: float = 0.012, upright: bool = False,
) -> None:  # fmt: skip
    """Neon letters on their stand-offs; at = the middle of the word, `size` of a letter, `pitch` from one to the next."""
    for i, ch in enumerate(text):
        shift = (i - (len(text) - 1) / 2) * pitch
        centre = (-0.36 * size[0], -shift - size[1] / 2) if upright else (shift - 0.36 * size[0], -size[1] / 2)
        for line in GLYPHS[ch]:
            q = rounded(line) * size + centre
            s.tube(glow, np.concatenate([q, np.zeros((len(q), 1))], 1), radius, glass, sides=6, xf=at)
            for e in (q[0], q[-1]):
                s.tube(holder, np.array([[*e, -0.03], [*e, 0.004]]), radius * 1.2, iron, sides=5, xf=at)


def on_the_ground(paint: Painter, seed: int = 5) -> Painter:
    """A painter that sees x and z of the world as its u and v, so that neighbouring charts of any density agree."""

    def painted(c: Canvas) -> None:
        keep = c.u, c.v, c.seed
        c.u, c.v, c.seed = c.p[..., 0].astype(np.float32), c.p[..., 2].astype(np.float32), seed
        paint(c)
        c.u, c.v, c.seed = keep

    return painted


def line_cover(c: Canvas, off: Array, half_m: float) -> Array:
    """How much of a texel a line of that half width covers, `off` metres from its middle: thin lines pale instead of breaking."""
    return np.clip((half_m - np.abs(off)) * c.density + 0.5, 0, 1) * min(1.0, 2 * half_m * c.density)


def frame_of(low: Sequence[float], high: Sequence[float], n: int) -> Array:
    """Points [4 n + 1, 2] (x, z) once around a rectangle, corners among them, in the order a patch's columns want seen from above."""
    (x0, z0), (x1, z1) = low, high
    t = np.linspace(0, 1, n, endpoint=False)
    one = np.ones_like(t)
    sides = (
        (x0 + (x1 - x0) * t, z1 * one),
        (x1 * one, z1 + (z0 - z1) * t),
        (x1 + (x0 - x1) * t, z0 * one),
        (x0 * one, z0 + (z1 - z0) * t),
    )
    p = np.concatenate([np.stack(s, -1) for s in sides])
    return np.concatenate([p, p[:1]])


def ring(inner: Array, outer: Array, rows: int, height: Callable[[Array, Array], Array], bend: float = 1.0) -> Array:
    """A grid [rows, n, 3] from a closed outline [n, 2] out to another, lifted by `height(x, z)`; denser inside when bend > 1."""
    t = (np.linspace(0, 1, rows) ** bend)[:, None, None]
    xz = inner[None] * (1 - t) + outer[None] * t
    return np.stack([xz[..., 0], height(xz[..., 0], xz[..., 1]), xz[..., 1]], -1)


def wire(
    s: Stage, part: int, a: Sequence[float], b: Sequence[float], sag: float, radius: float, skin: Chart, n: int = 9
) -> Array:
    """A hanging wire; returns its points."""  # fmt: skip
    t = np.linspace(0, 1, n)[:, None]
    p = np.asarray(a, float) * (1 - t) + np.asarray(b, float) * t - np.array([0, 1.0, 0]) * (4 * sag * t * (1 - t))
    s.tube(part, p, radius, skin, sides=3, caps=False)
    return p


def boulder(
    s: Stage, part: int, at: Array, size: Sequence[float], seed: int, skin: Chart, rough: float = 0.2, n: int = 9
) -> None:
    """A stone: a sphere knocked out of shape."""
    rng = np.random.default_rng(seed)
    th, ph = np.meshgrid(np.linspace(0, np.pi, n), np.linspace(0, 2 * np.pi, 2 * n + 1), indexing="ij")
    d = np.stack([np.sin(th) * np.sin(ph), np.cos(th), np.sin(th) * np.cos(ph)], -1)
    r = np.ones(th.shape)
    for _ in range(9):
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        r -= np.clip(d @ axis - rng.uniform(0.45, 0.8), 0, 1) * rng.uniform(0.3, 0.8)
    for k in (3.0, 6.0):
        q = rng.normal(size=3) * k
        r += rough / k * np.sin(d @ q + rng.random() * 6)
    s.patch(part, d * r[..., None] * np.asarray(size), skin, wrap=True, xf=at)


def tuft(
    s: Stage, part: int, at: Array, height: float, spread: float, blades: int, seed: int, skin: Chart, width: float = 0.02
) -> None:  # fmt: skip
    """Grass or scrub: bent blades out of one root."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, 3)
    for k in range(blades):
        a = 2 * np.pi * (k + rng.random()) / blades
        reach, tall = spread * rng.uniform(0.35, 1.0), height * rng.uniform(0.55, 1.0)
        along = np.stack([reach * t**1.5 * np.sin(a), tall * (t - 0.22 * t**3), reach * t**1.5 * np.cos(a)], -1)
        across = np.array([np.cos(a), 0.0, -np.sin(a)]) * width / 2
        thin = (1 - 0.85 * t)[:, None]
        s.patch(part, np.stack([along - across * thin, along + across * thin], 1)[::-1], skin, xf=at)


def bush(s: Stage, part: int, at: Array, size: float, twigs: int, seed: int, bark: Chart, leaves: Chart) -> None:
    """A woody shrub: twigs from the root, each with leaves about its end."""
    rng = np.random.default_rng(seed)
    for k in range(twigs):
        a, lean = 2 * np.pi * (k + rng.random()) / twigs, rng.uniform(0.2, 1.0)
        d = np.array([np.sin(a) * lean, 1.15 - 0.6 * lean, np.cos(a) * lean])
        d /= np.linalg.norm(d)
        end = d * size * rng.uniform(0.6, 1.0)
        mid = end * 0.5 + rng.normal(size=3) * 0.06 * size
        s.tube(part, np.stack([np.zeros(3), mid, end]), np.array([0.016, 0.011, 0.005]) * size, bark, sides=3, caps=False, xf=at)  # fmt: skip
        for _ in range(6):
            p = mid + (end - mid) * rng.uniform(0.2, 1.15) + rng.normal(size=3) * 0.09 * size
            e = rng.normal(size=3)
            e /= np.linalg.norm(e)
            f = np.cross(e, rng.normal(size=3))
            f /= np.linalg.norm(f)
            le, wi = size * rng.uniform(0.1, 0.2), size * rng.uniform(0.035, 0.06)
            s.patch(part, np.array([[p - f * wi * 0.2, p + f * wi * 0.2], [p + e * le * 0.5 - f * wi, p + e * le * 0.5 + f * wi], [p + e * le - f * wi * 0.1, p + e * le + f * wi * 0.1]]), leaves, xf=at)  # fmt: skip


def foliage(rgb: Array, dry: Array) -> Painter:
    """Leaves and blades of grass, from green to dry."""

    def paint(c: Canvas) -> None:
        t = smooth(-1.0, 1.2, c.noise(0.12, 4))
        c.rgb = rgb + (dry - rgb) * t[..., None]
        c.tone(1 + 0.12 * c.noise(0.01, 2, stretch=8))
        c.rough[:] = 0.7
        c.soft[:] = 0.45

    return paint


def wheel(
    s: Stage, part: int, at: Array, radius: float, width: float, rubber: Painter | Chart, rim: Chart, cap: Chart | None
) -> None:
    """A tyre on its rim; at = the hub, the outside towards local +Z."""  # fmt: skip
    r, w = radius, width / 2
    face = at @ move(pitch=90)
    s.lathe(
        part,
        [(r * 0.62, w * 0.72), (r * 0.7, w * 0.95), (r * 0.88, w), (r * 0.97, w * 0.72), (r, w * 0.3), (r, -w * 0.3), (r * 0.97, -w * 0.72),
         (r * 0.88, -w), (r * 0.7, -w * 0.95), (r * 0.62, -w * 0.72)],
        rubber, 200, at=face, sides=24, name="tyre", hard=80,
    )  # fmt: skip
    if cap is not None:
        s.lathe(part, [(r * 0.34, w * 0.42), (r * 0.4, w * 0.3), (r * 0.56, w * 0.42), (r * 0.63, w * 0.74), (r * 0.655, w * 0.74)], rim, at=face, sides=24)  # fmt: skip
        s.lathe(part, [(0, w * 0.86), (r * 0.2, w * 0.8), (r * 0.33, w * 0.55), (r * 0.36, w * 0.4)], cap, at=face, sides=20)  # fmt: skip


def tread(c: Canvas) -> None:
    """A tyre's rubber: blocks on the tread, dusty walls; v runs over its section."""
    c.rgb[:] = np.array([0.028, 0.027, 0.026], np.float32)
    c.tone(1 + 0.15 * c.noise(0.1, 4) + 0.06 * c.grain())
    c.rough[:] = 0.85
    t = c.v / max(c.height_m, 1e-6)
    mid = (t > 0.36) & (t < 0.64)
    block = (np.mod(c.u / 0.035 + np.sign(t - 0.5) * 0.5 * np.abs(t - 0.5) * 6, 1.0) > 0.25) & (
        np.mod(t * 14, 1.0) > 0.2
    )
    c.relief += 0.004 * (mid & block)
    c.lay((mid & ~block) * 0.7, np.array([0.16, 0.11, 0.07], np.float32))
    c.lay(smooth(-0.6, 1.4, c.noise(0.12, 5)) * 0.42, np.array([0.25, 0.18, 0.12], np.float32), 0.95)
