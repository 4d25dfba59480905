"""Light on samples: which sources reach them, what a surface gives back.

Place in the path: comp, after stage, before air. Everything here depends on declared lights and on geometry, never on the
reflectance it will meet: `shading` multiplies reflectance later, `specular` is added.

Models: wrapped Lambert for soft materials (the wrap is wider in red on skin), GGX with Kelemen's visibility term for highlights,
visibility by Embree rays to fixed stratified points on each source, taken on a coarse grid of pixels and brought to all
samples by weights that know depth and normal.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from sora_lock.engines.comp import loops
from sora_lock.engines.comp.rigs import AIM_BELOW_M, Light, Look
from sora_lock.engines.comp.stage import Body, Mesh, Samples, dot

Floats = NDArray[np.float32]
WRAP_ALL, WRAP_SKIN = 0.10, (0.22, 0.06, 0.015)
"""Wrap of soft materials: in all channels, and more in red with the square of softness."""


NEAREST_M = 0.3
"""Distance within which a lamp gets no brighter: what stands closer is its own housing."""
LEAST = 2.5e-3
"""Irradiance below which a lamp is not worth a ray."""
SLAT = 0.052
"""Step of a blind's slats as a tangent: 15 cm at three metres."""
OFF_ESTIMATES_M, OFF_ESTIMATES_PART = 0.03, 0.018
"""How far off an estimated shape rays to lamps start: of large things in metres, of small ones as a part of their height."""
MOST_REMEMBERED = 48
"""Sources whose light a kept grid remembers: five bytes a coarse point each."""


def _vec(x: tuple[float, float, float]) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float32)[:, None]


def reach(light: Light, position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | float, torch.Tensor | float]:
    """Direction to the light [3, N], its size over its distance and how much of `rgb` arrives (inverse square and cone)."""
    if light.kind == "far":
        return _vec(light.at).expand(3, position.shape[1]), light.size, 1.0
    to = _vec(light.at) - position
    square = dot(to, to)
    inverse = square.clamp(min=1e-8).rsqrt()
    to *= inverse
    fall = (light.reference_m**2) / square.clamp(min=max(light.size, NEAREST_M) ** 2)
    edge = _cone(light, to)
    if edge is not None:
        fall = fall * edge
    cut = gobo(light, position)
    if cut is not None:
        fall = fall * cut
    return to, light.size * inverse, fall


def _cone(light: Light, to: torch.Tensor) -> torch.Tensor | None:
    if light.aim is None:
        return None
    axis, inner, outer = _spot(light)
    cos = -(to[0] * float(axis[0]) + to[1] * float(axis[1]) + to[2] * float(axis[2]))
    edge = ((cos - outer) / (inner - outer)).clamp(0, 1)
    return edge * edge * (3 - 2 * edge)


def cone(light: Light, position: torch.Tensor) -> torch.Tensor | None:
    """What a spot's cone leaves at points [3, N]: [N] in 0..1; None for what is no spot."""
    if light.kind == "far" or light.aim is None:
        return None
    to = _vec(light.at) - position
    return _cone(light, to * dot(to, to).clamp(min=1e-8).rsqrt())


def gobo(light: Light, position: torch.Tensor) -> torch.Tensor | None:
    """What stands before a lamp leaves of it at points [3, N]: [N]; None when nothing does."""
    if not light.gobo or light.aim is None:
        return None
    return blinds(light, position) if light.gobo == "blinds" else gaps(light, position)


def blinds(light: Light, position: torch.Tensor) -> torch.Tensor:
    """The level slats of a blind: [N] in 0.03..1 at points [3, N].

    Slats lie at even steps of the tangent of elevation, as slats of a window at an even height do; their edges are as soft as a lamp's
    own size makes them. One gap lies on the eyes of whom the lamp is aimed at.
    """
    aim = light.aim or light.at
    across = math.hypot(aim[0] - light.at[0], aim[2] - light.at[2])
    eyes = (aim[1] + AIM_BELOW_M - light.at[1]) / max(across, 0.1)
    rel = position - _vec(light.at)
    slope = rel[1] / torch.sqrt(rel[0] * rel[0] + rel[2] * rel[2]).clamp(min=0.1)
    wave = torch.cos((slope - eyes) * (2 * math.pi / SLAT))
    return (0.56 + 1.9 * wave).clamp(0.03, 1.0)


def gaps(light: Light, position: torch.Tensor) -> torch.Tensor:
    """Uneven gaps, a few of them wide: [N] in 0.02..1 at points [3, N].

    Three waves across the lamp's axis (tangents of the angles off it) that never repeat together; what the lamp is aimed at is lit.
    """
    axis, _, _ = _spot(light)
    side = np.cross([0.0, 1.0, 0.0], axis)
    side /= max(float(np.linalg.norm(side)), 1e-6)
    up = np.cross(axis, side)
    rel = position - _vec(light.at)
    a, b, depth = (rel[0] * float(v[0]) + rel[1] * float(v[1]) + rel[2] * float(v[2]) for v in (side, up, axis))
    a, b = a / depth.clamp(min=0.1), b / depth.clamp(min=0.1)
    wave = torch.cos(31.0 * a + 7.0 * b) + torch.cos(19.3 * a - 23.0 * b) + 0.8 * torch.cos(53.0 * a + 11.0 * b)
    return (0.15 + 0.9 * (wave - 0.4)).clamp(0.02, 1.0)


def shade(
    lamps: Sequence[tuple[Light, torch.Tensor | None]],
    samples: Samples,
    normal: torch.Tensor,
    rough: torch.Tensor,
    look: Look,
    *,
    soft: bool,
    a: int,
    b: int,
    shading: torch.Tensor,
    shine: torch.Tensor,
    kept: Sequence[torch.Tensor] = (),
) -> None:
    """Ambient light and lamps of samples a to b, written into `shading` and `shine` [3, N]; the sky (region 0) gets none.

    Ambient: radiance from above, around and below, mixed smoothly by the normal's height and taken by the sample's openness; its mirror
    image grows towards grazing views (Schlick 1994).

    Diffuse: wrapped Lambert. With softness s the terminator moves to the cosine -w, `w = WRAP_ALL s + WRAP_SKIN s^2`, and the curve stays
    max(0, n.l) where the surface faces the lamp; without `soft`, Lambert.

    Highlight: GGX (Walter et al. 2007) with Kelemen's visibility term, its lobe widened by the source's radius over its distance.

    Args:
        lamps: with the part of each that reaches the samples [N], or None for all of it.
        normal, rough: as weather left them, [3, N] and [N].
        kept: for each lamp a [2, N] that gets its diffuse factor and highlight, for `rgb` 1; or nothing.
    """
    region, position, view = samples.region.numpy(), samples.position.numpy(), samples.view.numpy()
    n, r, out, spots = normal.numpy(), rough.numpy(), shading.numpy(), shine.numpy()
    above, around, below = (np.asarray(x, np.float32) for x in (look.up, look.side, look.down))
    loops.skylight(a, b, region, n, view, samples.open.numpy(), r, above, around, below, out, spots)
    for k, (light, seen) in enumerate(lamps):
        gain = _NOTHING if seen is None else seen.numpy()
        cut = gobo(light, samples.position[:, a:b])
        if cut is not None:
            part = cut if seen is None else cut * seen[a:b]
            gain = np.empty(len(samples), np.float32)
            gain[a:b] = part.numpy()
        axis, inner, outer = _spot(light)
        loops.lamp(
            a, b, region, position, n, view, r, samples.soft.numpy(), soft,
            light.kind == "far", np.asarray(light.at, np.float32), float(light.size), max(float(light.size), NEAREST_M),
            float(light.reference_m), light.aim is not None, axis, inner, outer,
            gain, np.asarray(light.rgb, np.float32), LEAST / max(light.rgb), WRAP_ALL, _WRAP_SKIN,
            out, spots, bool(kept), kept[k].numpy() if kept else _NO_KEEP,
        )  # fmt: skip


_NOTHING, _NO_KEEP, _NOWHERE = np.empty(0, np.float32), np.empty((2, 0), np.float32), np.empty((0, 3), np.float32)
_WRAP_SKIN = np.asarray(WRAP_SKIN, np.float32)


def _spot(light: Light) -> tuple[Floats, float, float]:
    """Direction [3] in which a spot points, and the cosines of its inner and outer cone; zeros for what is no spot."""
    if light.aim is None:
        return np.zeros(3, np.float32), 0.0, 0.0
    axis = np.asarray(light.aim) - np.asarray(light.at)
    axis = axis / np.linalg.norm(axis)
    return axis.astype(np.float32), math.cos(math.radians(light.inner_deg)), math.cos(math.radians(light.outer_deg))


def disc(count: int, turn: float) -> Floats:
    """`count` points [count, 2] spread evenly over the unit disc (sunflower), turned by `turn` radians."""
    k = np.arange(count) + 0.5
    r, a = np.sqrt(k / count), k * 2.399963 + turn
    return np.stack([r * np.cos(a), r * np.sin(a)], axis=1).astype(np.float32)


@dataclass
class Grid:
    """Coarse points at which visibility is taken, and how it comes to all samples.

    Attributes:
        shape: rows and columns.
        position, normal: float32 [P, 3].
        depth: float32 [P].
        valid: bool [P].
        region: int64 [P], region numbers.
        count: N, how many samples want values; step: pixels between coarse points.
        plain: for a whole raster, the float32 maps (x, y) [h, w] by which its centre samples read the coarse raster
            bilinearly; None when every sample is hard.
        hard: int64 tensor [K], samples near breaks of depth or normal, which are read with weights that know them.
        cell: int16 [2, K], column and row of the coarse point up and left of each.
        index: int32 [K, 4], coarse points around each; weight: float32 [K, 4], summing to 1.
        lost: int64, which of the K have no coarse point on their own surface; they get the darkest around, since a dark
            sliver is not seen and a bright one is.
        near: float32 [P, 9], how much the nine coarse points around and at each count when it is smoothed.
        seen: what is known of the light of each source that stands still, see `remembered`.
    """

    shape: tuple[int, int]
    position: Floats
    normal: Floats
    depth: Floats
    valid: NDArray[np.bool_]
    region: NDArray[np.int64]
    count: int
    step: int
    plain: tuple[Floats, Floats] | None
    hard: torch.Tensor
    cell: NDArray[np.int16]
    index: NDArray[np.int32]
    weight: Floats
    lost: NDArray[np.int64]
    near: Floats
    seen: dict[Hashable, tuple[NDArray[np.bool_], Floats]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Memory held when made, for the cache; `seen` grows beside it, within `MOST_REMEMBERED`."""
        arrays = (self.position, self.normal, self.depth, self.cell, self.index, self.weight, self.lost, self.near)
        return self.hard.numel() * 8 + sum(x.nbytes for x in arrays)

    def spread(self, coarse: Floats) -> torch.Tensor:
        """Values of coarse points [P] at all samples [N]."""
        if self.plain is None:
            return self._weighed(coarse, self.index, self.weight)
        fine = self._hard(coarse, self.index, self.weight, self.lost)
        out = torch.empty(self.count)
        x, y = self.plain
        read = cv2.remap(coarse.reshape(self.shape), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out[: x.size] = torch.from_numpy(read.ravel())
        out[self.hard] = fine
        return out

    def spread_low(self, coarse: Floats) -> tuple[torch.Tensor, torch.Tensor]:
        """What `spread` gives where coarse points [P] are below 1: samples int64 [M] in which it may differ from 1, values [M].

        For a whole raster; of a shadow that lies in one corner only that corner is read.
        """
        assert self.plain is not None
        rows, cols = np.nonzero(coarse.reshape(self.shape) < 0.999)
        if not len(rows):
            return torch.empty(0, dtype=torch.int64), torch.empty(0)
        c0, c1, r0, r1 = cols.min() - 1, cols.max() + 1, rows.min() - 1, rows.max() + 1
        x, y = self.plain
        h, w = x.shape
        # the coarse point of column c lies at pixel c * step + step // 2; the raster's borders belong to the outermost
        y0 = 0 if r0 <= 0 else r0 * self.step
        y1 = h if r1 >= self.shape[0] - 1 else (r1 + 1) * self.step
        x0 = 0 if c0 <= 0 else c0 * self.step
        x1 = w if c1 >= self.shape[1] - 1 else (c1 + 1) * self.step
        window = (slice(y0, y1), slice(x0, x1))
        read = cv2.remap(
            coarse.reshape(self.shape), x[window], y[window], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        easy = (~self.is_hard[window]).nonzero()
        index = (easy[0] + y0) * w + easy[1] + x0
        left, top = self.cell
        near = np.flatnonzero((left >= c0) & (left <= c1) & (top >= r0) & (top <= r1))
        fine = self._hard(coarse, self.index[near], self.weight[near], np.flatnonzero(self.is_lost[near]))
        every = torch.cat([torch.from_numpy(index), self.hard.index_select(0, torch.from_numpy(near))])
        return every, torch.cat([torch.from_numpy(read[easy]), fine])

    @functools.cached_property
    def is_hard(self) -> NDArray[np.bool_]:
        """Pixels [h, w] of a whole raster whose centres are among `hard`."""
        assert self.plain is not None
        out = np.zeros(self.plain[0].size, bool)
        hard = self.hard.numpy()
        out[hard[hard < out.size]] = True
        return out.reshape(self.plain[0].shape)

    @functools.cached_property
    def is_lost(self) -> NDArray[np.bool_]:
        """Which of the K hard samples are lost [K]."""
        out = np.zeros(len(self.hard), bool)
        out[self.lost] = True
        return out

    @classmethod
    def _hard(cls, coarse: Floats, index: NDArray[np.int32], weight: Floats, lost: NDArray[np.int64]) -> torch.Tensor:
        """Values at hard samples; those that are `lost` get the darkest around."""
        fine = cls._weighed(coarse, index, weight)
        fine[lost] = torch.from_numpy(coarse[index[lost]].min(axis=1))
        return fine

    @staticmethod
    def _weighed(coarse: Floats, index: NDArray[np.int32], weight: Floats) -> torch.Tensor:
        out = torch.empty(len(index))
        loops.weighed(coarse, index, weight, out.numpy())
        return out

    def smooth(self, coarse: Floats) -> Floats:
        """Each coarse point as the weighted mean of its neighbourhood [P]; holes are filled from around."""
        out = np.empty(len(coarse), np.float32)
        loops.smoothed(self.shape[0], self.shape[1], np.ascontiguousarray(coarse), self.near, out)
        return out


def grid_of(
    samples: Samples,
    dense: NDArray[np.int64],
    rect: tuple[int, int, int, int],
    width: int,
    step: int,
    breaks: NDArray[np.int64] | None = None,
) -> Grid:
    """The coarse grid of a list of samples.

    Args:
        samples: all samples that will want values.
        dense: int64 [h, w] over `rect`, index of the centre sample of each pixel, -1 where there is none.
        rect: x0, y0, x1, y1 in px; width: of the raster; step: pixels between coarse points.
        breaks: when the first samples are the centres of a whole raster: those among them that lie at breaks.
    """
    x0, y0, _, _ = rect
    coarse = dense[step // 2 :: step, step // 2 :: step]
    rows, cols = coarse.shape
    flat = coarse.ravel()
    valid = flat >= 0
    at = torch.from_numpy(np.maximum(flat, 0))
    position = samples.position[:, at].numpy().T.copy()
    normal = samples.smooth[:, at].numpy().T.copy()
    depth = samples.depth[at].numpy().copy()
    half = step // 2
    if breaks is None:
        plain, hard = None, np.arange(len(samples))
    else:
        h, w = dense.shape
        x = (np.arange(w, dtype=np.float32) - half) / np.float32(step)
        y = (np.arange(h, dtype=np.float32) - half) / np.float32(step)
        plain = (np.tile(x, (h, 1)), np.repeat(y[:, None], w, axis=1))
        even = _even(position.reshape(rows, cols, 3), normal.reshape(rows, cols, 3), valid.reshape(rows, cols))
        cy, cx = np.clip(np.floor(y).astype(int), 0, rows - 1), np.clip(np.floor(x).astype(int), 0, cols - 1)
        uneven = ~even[cy][:, cx].ravel()
        uneven[breaks] = True
        hard = np.concatenate([np.flatnonzero(uneven), np.arange(h * w, len(samples))])
    chosen = torch.from_numpy(hard)
    px = samples.pixel[chosen].numpy()
    across = (((px % width) - x0 - half) / np.float32(step)).astype(np.float32)
    down = (((px // width) - y0 - half) / np.float32(step)).astype(np.float32)
    index, weight = np.empty((len(px), 4), np.int32), np.empty((len(px), 4), np.float32)
    total = np.empty(len(px), np.float32)
    loops.around(
        hard, samples.position.numpy(), samples.smooth.numpy(), samples.depth.numpy(), across, down,
        rows, cols, position, normal, valid, index, weight, total,
    )  # fmt: skip
    near = np.empty((rows * cols, 9), np.float32)
    loops.neighbours(rows, cols, position, normal, depth, valid, near)
    return Grid(
        (rows, cols), position, normal, depth, valid, samples.region[at].numpy(), len(samples), step, plain, chosen,
        np.stack([np.floor(across), np.floor(down)]).astype(np.int16), index, weight, np.flatnonzero(total < 0.02), near,
    )  # fmt: skip


def _even(position: Floats, normal: Floats, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells [rows, cols], named by their upper left point, whose four points lie on one plane."""
    even = np.ones(valid.shape, bool)
    p, n = position[:-1, :-1], normal[:-1, :-1]
    limit = 0.002 + 0.002 * np.linalg.norm(p - position[:-1, 1:], axis=2) * 40
    for dy, dx in ((0, 1), (1, 0), (1, 1)):
        rows, cols = slice(dy, valid.shape[0] - 1 + dy), slice(dx, valid.shape[1] - 1 + dx)
        q, m = position[rows, cols], normal[rows, cols]
        same = np.einsum("ijk,ijk->ij", m, n) > 0.97
        same &= np.abs(np.einsum("ijk,ijk->ij", q - p, n)) < limit
        even[:-1, :-1] &= (same & valid[rows, cols]) | ~(valid[:-1, :-1] | valid[rows, cols])
    even[:-1, :-1] &= valid[:-1, :-1] | ~valid[1:, 1:]
    return even


def visibility(
    grid: Grid,
    light: Light,
    blocker: Mesh,
    chosen: NDArray[np.int64],
    count: int,
    lift_m: float,
    off: Floats | None = None,
) -> Floats:
    """Part of the light seen, float32 [P], 1 at points not in `chosen`; not yet smoothed.

    Args:
        chosen: coarse points to look from.
        count: rays a point; the pattern turns over blocks of 2x2 points, which `Grid.smooth` then mixes.
        lift_m: how far off the surface rays start.
        off: float32 [P, 3], by how much further each point's rays start off; see `off_estimates`.
    """
    out = np.ones(len(grid.depth), np.float32)
    if not len(chosen):
        return out
    points = np.stack([disc(count, math.pi / 2 * k / max(1, count) + 0.4 * k) for k in range(4)])  # [4, count, 2]
    points *= np.float32(light.size)
    far = light.kind == "far"
    starts, rays = np.empty((len(chosen) * count, 3), np.float32), np.empty((len(chosen) * count, 3), np.float32)
    loops.lamp_rays(
        grid.position, grid.normal, grid.depth, chosen, grid.shape[1], lift_m, _NOWHERE if off is None else off,
        far, np.asarray(light.at, np.float32), points, starts, rays,
    )  # fmt: skip
    hit = blocker.blocked(starts, rays, np.full(len(rays), 60.0 if far else 0.995, np.float32))
    out[chosen] = 1.0 - hit.reshape(-1, count).mean(axis=1, dtype=np.float32)
    return out


def off_estimates(grid: Grid, bodies: Sequence[Body]) -> Floats | None:
    """How far rays start off surfaces whose shape was estimated from a picture, float32 [P, 3]; None when none was.

    So far out that no nose of an estimate shadows its cheek, which would show the raster it was guessed on; the body as a whole still stands
    before lamps behind it. Outwards and to the front, since beside a picture's inner outlines outwards alone leads into what lies in front.
    """
    out = None
    for body in bodies:
        if body.subject.relief is not None and body.subject.relief["estimated"]:
            out = np.zeros_like(grid.position) if out is None else out
            own = (grid.region >= body.first_region) & (grid.region < body.first_region + len(body.subject.regions))
            off_m = min(OFF_ESTIMATES_M, OFF_ESTIMATES_PART * float(np.ptp(body.subject.rest[:, 1])))
            way = grid.normal[own] + body.turn[:, 2]
            out[own] = way * (off_m / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 0.1))
    return out


def remembered(grid: Grid, light: Light, blocker: Mesh, chosen: NDArray[np.int64], count: int, lift_m: float) -> Floats:
    """`visibility` past a blocker that stands still, over a grid that is kept: rays are cast once for all takes that share both."""
    key = (light.kind, light.at, light.size, count)
    known, seen = grid.seen.get(key, (np.zeros(len(grid.depth), bool), np.ones(len(grid.depth), np.float32)))
    new = chosen[~known[chosen]]
    if len(new):
        known[new], seen[new] = True, visibility(grid, light, blocker, new, count, lift_m)[new]
    while len(grid.seen) >= MOST_REMEMBERED and key not in grid.seen:
        grid.seen.pop(next(iter(grid.seen)))
    grid.seen[key] = (known, seen)
    out = np.ones(len(grid.depth), np.float32)
    out[chosen] = seen[chosen]
    return out


def candidates(grid: Grid, light: Light, soft: bool) -> NDArray[np.int64]:
    """Coarse points that the light can reach at all: facing it, in its cone, not too far."""
    position = torch.from_numpy(np.ascontiguousarray(grid.position.T))
    to, _, fall = reach(light, position)
    nl = dot(torch.from_numpy(np.ascontiguousarray(grid.normal.T)), to)
    lit = (nl > (-0.35 if soft else -0.02)) & (torch.as_tensor(fall) * max(light.rgb) > LEAST)
    return np.flatnonzero(lit.numpy() & grid.valid)


def shadowed(grid: Grid, light: Light, low: Floats, high: Floats, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the chosen points, those whose way to the light passes the upright cylinder around the bounds `low` to `high` [3]."""
    if not len(chosen):
        return chosen
    centre = (low + high) / 2
    radius = float(np.hypot(high[0] - low[0], high[2] - low[2])) / 2 + 0.02
    p = grid.position[chosen]
    to = np.asarray(light.at, np.float32) - (0.0 if light.kind == "far" else p)
    to = np.broadcast_to(to, p.shape)
    size = light.size if light.kind == "far" else light.size / np.maximum(np.linalg.norm(to, axis=1), 0.1)
    flat = to[:, [0, 2]]
    rel = centre[[0, 2]] - p[:, [0, 2]]
    square = np.maximum((flat * flat).sum(1), 1e-9)
    along = (flat * rel).sum(1) / square
    last = np.inf if light.kind == "far" else 1.0
    along = np.clip(along, 0.0, last)
    miss = np.hypot(rel[:, 0] - along * flat[:, 0], rel[:, 1] - along * flat[:, 1])
    way = along * np.linalg.norm(to, axis=1)
    wide = radius + size * way
    half = np.sqrt(np.maximum(wide * wide - miss * miss, 0.0)) / np.sqrt(square)
    low_y = p[:, 1] + np.minimum((along - half) * to[:, 1], (along + half) * to[:, 1])
    ok = (miss < wide) & (low_y < high[1] + size * way + 0.05)
    return np.asarray(chosen[ok], np.int64)


def emission_table(regions: list[dict[str, Any]], look: Look) -> torch.Tensor:
    """Radiance of each region number [3, R + 1]: burning practicals and windows.

    Args:
        regions: the `parts` entry of each region number, in order from 1.
    """
    out = torch.zeros((3, len(regions) + 1))
    for k, part in enumerate(regions, start=1):
        glow = part.get("emission")
        if glow:
            level = look.practicals.get(glow["practical"], 0.0)
            out[:, k] += torch.tensor(glow["rgb"], dtype=torch.float32) * float(glow["gain"]) * level
        if part.get("window"):
            out[:, k] += torch.tensor(look.window, dtype=torch.float32)
    return out


@dataclass(frozen=True)
class Contact:
    """How much of the sky the cast takes from the floor under it: a small map in world space.

    Attributes:
        low: (x, z) of its first cell's corner in metres; cell_m: side of a cell.
        taken: float32 [rows along z, columns along x], 0..1.
        key: which pose it was read from.
    """

    low: tuple[float, float]
    cell_m: float
    taken: Floats
    key: Hashable = None

    def at(self, position: torch.Tensor) -> torch.Tensor:
        """Part of the sky left [N] at points [3, N]; 1 off the floor and away from the map."""
        rows, cols = self.taken.shape
        x = (position[0] - self.low[0]) / self.cell_m - 0.5
        z = (position[2] - self.low[1]) / self.cell_m - 0.5
        inside = (x > 0) & (x < cols - 1.001) & (z > 0) & (z < rows - 1.001) & (position[1].abs() < 0.05)
        out = torch.ones(position.shape[1])
        here = inside.nonzero()[:, 0]
        if not len(here):
            return out
        x, z = x[here], z[here]
        i, j = x.floor().to(torch.int64), z.floor().to(torch.int64)
        fx, fz = x - i, z - j
        flat = torch.from_numpy(self.taken).reshape(-1)
        k = j * cols + i
        top = flat[k] * (1 - fx) + flat[k + 1] * fx
        low = flat[k + cols] * (1 - fx) + flat[k + cols + 1] * fx
        out[here] = 1 - (top * (1 - fz) + low * fz)
        return out


def contact(mesh: Mesh, key: Hashable = None, reach_m: float = 0.8, cell_m: float = 0.025) -> Contact:
    """The cast's contact with the floor: from each cell, rays of a cosine lobe that end on the cast within `reach_m`."""
    x0, z0 = float(mesh.low[0]) - reach_m, float(mesh.low[2]) - reach_m
    cols, rows = (
        math.ceil((float(mesh.high[0]) + reach_m - x0) / cell_m),
        math.ceil((float(mesh.high[2]) + reach_m - z0) / cell_m),
    )
    z, x = np.mgrid[0:rows, 0:cols].astype(np.float32)
    origin = np.stack([x0 + (x + 0.5) * cell_m, np.full_like(x, 0.003), z0 + (z + 0.5) * cell_m], axis=-1).reshape(
        -1, 3
    )
    lobe = disc(24, 0.0)
    up = np.sqrt(np.maximum(1 - (lobe * lobe).sum(1), 0.0))
    rays = np.stack([lobe[:, 0], up, lobe[:, 1]], axis=1).astype(np.float32)
    hit = mesh.blocked(
        np.repeat(origin, len(rays), axis=0).astype(np.float32),
        np.tile(rays, (len(origin), 1)),
        np.full(len(origin) * len(rays), reach_m, np.float32),
    )
    taken = hit.reshape(-1, len(rays)).mean(axis=1, dtype=np.float32).reshape(rows, cols)
    # cells under a sole count as taken even where the rays start inside it; a small blur hides the 24 directions
    padded = np.pad(taken, 1, mode="edge")
    blurred = sum(padded[a : a + rows, b : b + cols] for a in range(3) for b in range(3)) / np.float32(9)
    return Contact((x0, z0), cell_m, np.asarray(np.minimum(blurred * 1.25, 0.95), np.float32), key)
