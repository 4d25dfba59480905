"""Light on samples: which sources reach them, what a surface gives back.

Place in the path: comp, after stage, before air. Everything here depends on declared lights and on geometry, never on the
reflectance it will meet: `shading` multiplies reflectance later, `specular` is added.

Models: wrapped Lambert for soft materials (the wrap is wider in red on skin), GGX with Kelemen's visibility term for highlights,
visibility by Embree rays to fixed stratified points on each source, taken on a coarse grid of pixels and brought to all
samples by weights that know depth and normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sora_lock.engines.comp.rigs import Light, Look
from sora_lock.engines.comp.stage import Mesh, Samples

Floats = NDArray[np.float32]
WRAP_ALL, WRAP_SKIN = 0.10, (0.22, 0.06, 0.015)
"""Wrap of soft materials: in all channels, and more in red with the square of softness."""
SLICE = 1 << 15


def _vec(x: tuple[float, float, float]) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float32)[:, None]


def reach(light: Light, position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Direction to the light [3, N], its distance [N] and how much of `rgb` arrives [N] (inverse square and cone)."""
    if light.kind == "far":
        n = position.shape[1]
        return _vec(light.at).expand(3, n), torch.full((n,), 1e3), torch.ones(n)
    to = _vec(light.at) - position
    square = (to * to).sum(0)
    distance = square.sqrt().clamp(min=1e-4)
    to = to / distance
    fall = (light.reference_m**2) / torch.clamp(square, min=max(light.size, 0.05) ** 2)
    if light.aim is not None:
        axis = np.asarray(light.aim) - np.asarray(light.at)
        axis = axis / np.linalg.norm(axis)
        cos = -(_vec((float(axis[0]), float(axis[1]), float(axis[2]))) * to).sum(0)
        inner, outer = math.cos(math.radians(light.inner_deg)), math.cos(math.radians(light.outer_deg))
        edge = ((cos - outer) / (inner - outer)).clamp(0, 1)
        fall = fall * edge * edge * (3 - 2 * edge)
    return to, distance, fall


def lambert(samples: Samples, to: torch.Tensor) -> torch.Tensor:
    """Wrapped Lambert [3, N] of the direction `to` [3, N]; for softness 0 it is max(0, n.l) in all channels."""
    nl = (samples.normal * to).sum(0)
    soft = samples.soft
    if float(soft.max()) < 0.02 if len(soft) else True:
        return nl.clamp(min=0.0)[None].expand(3, -1)
    out = torch.empty((3, len(nl)))
    skin = soft * soft
    for k in range(3):
        w = WRAP_ALL * soft + WRAP_SKIN[k] * skin
        wrapped = ((nl + w) / (1 + w)).clamp(min=0.0)
        out[k] = wrapped * (nl.clamp(min=0) + (1 - nl.clamp(min=0)) * wrapped.clamp(max=1.0) ** 0.35) / (1 + 0.35 * w)
    return out


def highlight(samples: Samples, to: torch.Tensor, spread: torch.Tensor | float) -> torch.Tensor:
    """GGX highlight [N] for irradiance over pi of 1; `spread` is the source's radius over its distance."""
    view = samples.view
    half = to + view
    half = half / half.norm(dim=0).clamp(min=1e-6)
    nl = (samples.normal * to).sum(0).clamp(min=0)
    nh = (samples.normal * half).sum(0).clamp(min=0)
    lh = (to * half).sum(0).clamp(min=0.05)
    a = (samples.rough * samples.rough).clamp(min=0.012)
    wide = (a + 0.4 * spread).clamp(max=1.0)
    a2 = wide * wide
    d = nh * nh * (a2 - 1) + 1
    fresnel = 0.04 + 0.96 * (1 - lh) ** 5
    return (a / wide) ** 2 * a2 / (d * d) * fresnel * nl / (4 * lh * lh)


def ambient(look: Look, normal: torch.Tensor) -> torch.Tensor:
    """Unoccluded sky light [3, N] on surfaces of a normal: up, sideways and from the ground, smoothly."""
    y = normal[1]
    up, down = ((1 + y) * 0.5) ** 2, ((1 - y) * 0.5) ** 2
    return _vec(look.up) * up + _vec(look.down) * down + _vec(look.side) * (1 - up - down)


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
        index: int64 tensor [4, N], coarse points around each sample; weight: float32 [4, N], summing to 1.
        near: int64 [9, P] and near_weight float32 [9, P]: the smoothing neighbourhood of coarse points.
    """

    shape: tuple[int, int]
    position: Floats
    normal: Floats
    depth: Floats
    valid: NDArray[np.bool_]
    index: torch.Tensor
    weight: torch.Tensor
    near: NDArray[np.int64]
    near_weight: Floats

    def spread(self, coarse: Floats, chosen: torch.Tensor | None = None) -> torch.Tensor:
        """Values of coarse points [P] at all samples [N], or at the chosen ones."""
        values = torch.from_numpy(coarse)
        index = self.index if chosen is None else self.index[:, chosen]
        weight = self.weight if chosen is None else self.weight[:, chosen]
        out = values[index[0]] * weight[0]
        for k in range(1, 4):
            out += values[index[k]] * weight[k]
        return out

    def smooth(self, coarse: Floats) -> Floats:
        """Each coarse point as the weighted mean of its neighbourhood [P]; holes are filled from around."""
        out = coarse[self.near[0]] * self.near_weight[0]
        for k in range(1, 9):
            out += coarse[self.near[k]] * self.near_weight[k]
        return np.asarray(out, np.float32)


def grid_of(
    samples: Samples, dense: NDArray[np.int64], rect: tuple[int, int, int, int], width: int, step: int
) -> Grid:
    """The coarse grid of a list of samples.

    Args:
        samples: all samples that will want values.
        dense: int64 [h, w] over `rect`, index of the centre sample of each pixel, -1 where there is none.
        rect: x0, y0, x1, y1 in px; width: of the raster; step: pixels between coarse points.
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
    # samples to coarse points
    px = samples.pixel.numpy()
    fx = ((px % width) - x0 - step // 2) / np.float32(step)
    fy = ((px // width) - y0 - step // 2) / np.float32(step)
    cx, cy = np.floor(fx).astype(np.int64), np.floor(fy).astype(np.int64)
    tx, ty = (fx - cx).astype(np.float32), (fy - cy).astype(np.float32)
    tp, tn, td = samples.position, samples.smooth, samples.depth
    cp, cn = torch.from_numpy(position.T.copy()), torch.from_numpy(normal.T.copy())
    ok = torch.from_numpy(valid.astype(np.float32))
    index = torch.empty((4, len(px)), dtype=torch.int64)
    weight = torch.empty((4, len(px)))
    scale = 1.0 / (0.004 * td + 0.004)
    for k, (dx, dy) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        i = np.clip(cy + dy, 0, rows - 1) * cols + np.clip(cx + dx, 0, cols - 1)
        j = torch.from_numpy(i)
        flat_w = torch.from_numpy((tx if dx else 1 - tx) * (ty if dy else 1 - ty))
        off = ((cp[:, j] - tp) * tn).sum(0).abs()
        turn = (cn[:, j] * tn).sum(0).clamp(min=0)
        w = (flat_w + 1e-3) * (torch.exp(-off * scale) * turn * turn + 1e-4) * (ok[j] + 1e-6)
        index[k], weight[k] = j, w
    weight /= weight.sum(0)
    # coarse points among themselves
    grid_i = np.arange(rows * cols).reshape(rows, cols)
    near = np.empty((9, rows * cols), np.int64)
    near_weight = np.empty((9, rows * cols), np.float32)
    k = 0
    inverse = 1.0 / (0.006 * depth + 0.006)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            ys, xs = np.clip(np.arange(rows) + dy, 0, rows - 1), np.clip(np.arange(cols) + dx, 0, cols - 1)
            j = grid_i[ys][:, xs].ravel()
            off = np.abs(np.einsum("ij,ij->i", position[j] - position, normal))
            turn = np.clip(np.einsum("ij,ij->i", normal[j], normal), 0, 1)
            w = np.where(valid, np.exp(-off * inverse) * turn**4, 1.0) * valid[j] * (1.0 if dx and dy else 1.5)
            near[k], near_weight[k] = j, w + 1e-7
            k += 1
    near_weight /= near_weight.sum(axis=0)
    return Grid((rows, cols), position, normal, depth, valid, index, weight, near, near_weight)


def visibility(
    grid: Grid, light: Light, blocker: Mesh, chosen: NDArray[np.int64], count: int, lift_m: float
) -> Floats:
    """Part of the light seen, float32 [P], 1 at points not in `chosen`; not yet smoothed.

    Args:
        chosen: coarse points to look from.
        count: rays a point; the pattern turns over blocks of 2x2 points, which `Grid.smooth` then mixes.
        lift_m: how far off the surface rays start.
    """
    out = np.ones(len(grid.depth), np.float32)
    if not len(chosen):
        return out
    normal = grid.normal[chosen]
    start = grid.position[chosen] + normal * np.float32(lift_m) * (1.0 + 0.2 * grid.depth[chosen, None])
    cols = grid.shape[1]
    phase = (chosen // cols % 2) * 2 + chosen % cols % 2
    if light.kind == "far":
        to = np.broadcast_to(np.asarray(light.at, np.float32), start.shape)
    else:
        to = np.asarray(light.at, np.float32) - start
    length = np.linalg.norm(to, axis=1, keepdims=True)
    flat = to / np.maximum(length, 1e-6)
    helper = np.where(np.abs(flat[:, 1:2]) < 0.9, np.float32([[0, 1, 0]]), np.float32([[1, 0, 0]]))
    a = np.cross(flat, helper)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b = np.cross(flat, a)
    points = np.stack([disc(count, math.pi / 2 * k / max(1, count) + 0.4 * k) for k in range(4)])  # [4, count, 2]
    pick = points[phase] * np.float32(light.size)
    rays = to[:, None] + pick[..., :1] * a[:, None] + pick[..., 1:] * b[:, None]
    far = np.full(len(chosen) * count, 60.0 if light.kind == "far" else 0.995, np.float32)
    hit = blocker.blocked(
        np.repeat(start, count, axis=0), np.ascontiguousarray(rays.reshape(-1, 3), np.float32), far
    )
    out[chosen] = 1.0 - hit.reshape(-1, count).mean(axis=1, dtype=np.float32)
    return out


def candidates(grid: Grid, light: Light, soft: bool) -> NDArray[np.int64]:
    """Coarse points that the light can reach at all: facing it, in its cone, not too far."""
    position = torch.from_numpy(np.ascontiguousarray(grid.position.T))
    to, _, fall = reach(light, position)
    nl = (torch.from_numpy(np.ascontiguousarray(grid.normal.T)) * to).sum(0)
    lit = (nl > (-0.35 if soft else -0.02)) & (fall * max(light.rgb) > 1e-3)
    return np.flatnonzero(lit.numpy() & grid.valid)


def shadowed(grid: Grid, light: Light, mesh: Mesh, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the chosen points, those whose way to the light passes the mesh's bounding cylinder (shadow candidates)."""
    if not len(chosen):
        return chosen
    centre = (mesh.low + mesh.high) / 2
    radius = float(np.hypot(mesh.high[0] - mesh.low[0], mesh.high[2] - mesh.low[2])) / 2 + 0.02
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
    ok = (miss < wide) & (low_y < mesh.high[1] + size * way + 0.05)
    return chosen[ok]


def lit(
    samples: Samples, light: Light, seen: torch.Tensor | float, *, colour: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """What a light gives: diffuse factor ([3, N] if `colour` else [N]) and highlight [N], both without `light.rgb`."""
    n = len(samples)
    diffuse = torch.empty((3, n)) if colour else torch.empty(n)
    shine = torch.empty(n)
    for a in range(0, n, SLICE):
        part = Samples(**{k: v[..., a : a + SLICE] for k, v in samples.__dict__.items()})
        to, distance, fall = reach(light, part.position)
        if isinstance(seen, torch.Tensor):
            fall = fall * seen[a : a + SLICE]
        d = lambert(part, to)
        spread = light.size if light.kind == "far" else light.size / distance
        if colour:
            diffuse[:, a : a + SLICE] = d * fall
        else:
            diffuse[a : a + SLICE] = d[1] * fall
        shine[a : a + SLICE] = highlight(part, to, spread) * fall
    return diffuse, shine


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
