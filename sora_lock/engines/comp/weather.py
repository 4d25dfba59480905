"""What falls through the picture: rain as streaks, snow as flakes, in depth; splashes where drops land.

Place in the path: comp, after light and fog, before lens. Everything is a function of (seed, frame): drops run on from frame to
frame, the near ones fast and soft, the far ones slow and fine, each layer hidden by what stands before it. They are lit by the
take's lamps where they fall. The result is a coverage per depth group; it goes into airlight (and a little into transmittance),
never into a surface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.engines.comp.rigs import Light, Look

Floats = NDArray[np.float32]
DEPTHS_M = (0.75, 1.25, 2.0, 3.2, 5.2, 8.5, 14.0)
GROUPS = ((0, 1), (2, 3), (4, 5, 6))
"""Layers that share one reading of the light."""


@dataclass(frozen=True)
class Fall:
    """What falls.

    Attributes:
        kind: "rain" or "snow".
        amount: 1 for plain.
        wind_m_s: to the right in the picture.
    """

    kind: str
    amount: float
    wind_m_s: float


def fall_of(weathers: Mapping[str, float]) -> Fall | None:
    """Of weather chips with their amounts; the heaviest wins, wind leans it over."""
    wind = 0.9 + 2.4 * weathers.get("wind", 0.0)
    rains = {"drizzle": 0.4, "rain": 1.0, "downpour": 2.0, "storm": 1.7}
    rain = max([rains[w] * a for w, a in weathers.items() if w in rains], default=0.0)
    flakes = {"snow": 1.0, "blizzard": 2.4}
    snow = max([flakes[w] * a for w, a in weathers.items() if w in flakes], default=0.0)
    if snow > 0:
        return Fall("snow", min(4.0, snow), wind * 0.35 + 3.2 * weathers.get("blizzard", 0.0))
    if rain > 0:
        return Fall("rain", min(4.0, rain), wind + 2.2 * weathers.get("storm", 0.0))
    return None


def _drift(camera: Camera, first: Camera, depth_m: float) -> tuple[float, float]:
    """Where the world has moved in the picture since the first camera, at a depth, in px."""
    if camera is first:
        return 0.0, 0.0
    point = np.asarray(first.position_m) - np.asarray(first.rotation[2]) * depth_m
    px, depth = camera.project(point[None])
    if depth[0] < 0.1:
        return 0.0, 0.0
    return float(px[0, 0] - camera.centre_px[0]), float(px[0, 1] - camera.centre_px[1])


def coverage(
    fall: Fall, camera: Camera, first: Camera, depth: Floats, seed: int, frame: int, fps: float
) -> list[NDArray[np.uint8]]:
    """How much of each pixel falling drops cover, one uint8 [H, W] a group of `GROUPS`.

    Args:
        depth: [H, W] planar metres of what stands in the picture.
        first: the clip's first camera, which the drops' world is tied to.
    """
    h, w = depth.shape
    out = []
    for group in GROUPS:
        total = np.zeros((h, w), np.uint8)
        for layer in group:
            drawn = _layer(fall, camera, first, layer, (h, w), seed, frame, fps)
            hidden = cv2.compare(depth, DEPTHS_M[layer], cv2.CMP_LT)
            drawn[hidden > 0] = 0
            total = cv2.add(total, drawn)
        out.append(total)
    return out


def _layer(
    fall: Fall, camera: Camera, first: Camera, layer: int, shape: tuple[int, int], seed: int, frame: int, fps: float
) -> NDArray[np.uint8]:
    h, w = shape
    z = DEPTHS_M[layer]
    scale = camera.focal_px / z  # px a metre
    unit = h / 540.0
    draw = np.random.Generator(np.random.Philox(key=[seed, 977 * layer + (1 if fall.kind == "snow" else 0)]))
    rain = fall.kind == "rain"
    counts = (14, 44, 130, 300, 560, 860, 1100) if rain else (10, 34, 90, 190, 330, 480, 620)
    n = int(counts[layer] * fall.amount)
    x0, y0, pace, phase, thick = draw.random((5, n))
    hop = draw.random(n) * 0.38 + 0.31
    margin = 0.16
    wide, high = w * (1 + 2 * margin), h * (1 + 2 * margin) + (140 * unit if rain else 0)
    speed = (8.6 if rain else 1.15) * (0.82 + 0.36 * pace)
    step = speed / fps * scale
    sideways = fall.wind_m_s / fps * scale * (0.8 + 0.4 * thick)
    dx, dy = _drift(camera, first, z)
    way = y0 * high + step * frame + dy
    turns = np.floor(way / high)
    y = way - turns * high - margin * h - (140 * unit if rain else 0)
    x = (x0 + hop * turns) * wide + sideways * frame + dx
    if not rain:
        beat = 2 * np.pi * (phase + frame / fps * (0.25 + 0.35 * hop))
        x = x + np.sin(beat) * 0.07 * scale
    x = np.mod(x, wide) - margin * w
    image = np.zeros((h, w), np.uint8)
    if rain:
        shutter = 1.0 / 85.0
        long = speed * shutter * scale
        lean = fall.wind_m_s * shutter * scale
        value = (34, 50, 66, 66, 58, 50, 44)[layer] * (0.55 + 0.45 * phase)
        ends = np.stack([x, y, x + lean, y + long], axis=1) * 16
        width = max(1, round((2.2 if z < 1 else 1.4 if z < 1.5 else 0.8) * unit))
        for (xa, ya, xb, yb), v in zip(ends.astype(np.int64).tolist(), value.astype(int).tolist(), strict=True):
            cv2.line(image, (xa, ya), (xb, yb), v, width, cv2.LINE_AA, 4)
        if z < 1.5:
            image = cv2.GaussianBlur(image, (0, 0), (1.9 if z < 1 else 0.9) * unit)
    else:
        radius = np.maximum(0.0026 * (0.6 + 0.9 * thick) * scale, 0.55 * unit)
        value = (120, 165, 205, 215, 190, 160, 130)[layer] * (0.6 + 0.4 * phase)
        dots = np.stack([x * 16, y * 16, radius * 16], axis=1).astype(np.int64).tolist()
        for (xa, ya, r), v in zip(dots, value.astype(int).tolist(), strict=True):
            cv2.circle(image, (xa, ya), r, v, -1, cv2.LINE_AA, 4)
        if z < 1.5:
            image = cv2.GaussianBlur(image, (0, 0), (3.2 if z < 1 else 1.6) * unit)
    return image


def splashes(
    fall: Fall, camera: Camera, depth: Floats, centre: tuple[float, float], seed: int, frame: int
) -> NDArray[np.uint8]:
    """Rings and crowns of drops on the floor around a place (x, z), uint8 [H, W]; each lives three frames."""
    h, w = depth.shape
    image = np.zeros((h, w), np.uint8)
    if fall.kind != "rain":
        return image
    n = int(420 * min(fall.amount, 2.2))
    for age in range(3):
        if frame - age < -2:
            continue
        draw = np.random.Generator(np.random.Philox(key=[seed, 40_000 + frame - age]))
        r, a, size = draw.random((3, n))
        radius = 7.5 * np.sqrt(r)
        at = np.stack(
            [centre[0] + radius * np.cos(6.2831853 * a), np.zeros(n), centre[1] + radius * np.sin(6.2831853 * a)], 1
        )
        px, z = camera.project(at)
        inside = (z > 0.6) & (px[:, 0] >= 0) & (px[:, 0] < w - 1) & (px[:, 1] >= 0) & (px[:, 1] < h - 1)
        at, px, z, size = at[inside], px[inside], z[inside], size[inside]
        there = depth[px[:, 1].astype(int), px[:, 0].astype(int)]
        seen = np.abs(there - z) < 0.05 * z + 0.03
        steep = (camera.position_m[1] - at[:, 1]) / np.linalg.norm(at - np.asarray(camera.position_m), axis=1)
        for (x, y), zz, s, tilt in zip(
            px[seen].tolist(), z[seen].tolist(), size[seen].tolist(), steep[seen].tolist(), strict=True
        ):
            ring = (0.008 + 0.012 * age) * (0.6 + 0.8 * s) * camera.focal_px / zz
            flat = max(0.12, abs(tilt)) * ring
            value = int((120, 64, 28)[age] * (0.5 + 0.5 * s))
            centre_16 = (int(x * 16), int(y * 16))
            if ring < 0.9:
                cv2.circle(image, centre_16, int(max(ring, 0.5) * 16), value // 2, -1, cv2.LINE_AA, 4)
                continue
            cv2.ellipse(image, centre_16, (int(ring * 16), int(flat * 16)), 0, 0, 360, value, 1, cv2.LINE_AA, 4)
            if age == 0:
                up = int((0.02 + 0.03 * s) * camera.focal_px / zz * 16)
                cv2.line(image, centre_16, (centre_16[0], centre_16[1] - up), value, 1, cv2.LINE_AA, 4)
    return image


def light_at(look: Look, camera: Camera, depth_m: float, rain: bool) -> Floats:
    """What falling drops at a depth send to the camera, float32 [9, 16, 3]: back light counts most, as in the world."""
    ys, xs = np.mgrid[0:9, 0:16]
    px = (xs.astype(np.float32) + 0.5) / 16 * camera.width
    py = (ys.astype(np.float32) + 0.5) / 9 * camera.height
    rays = camera.directions(px, py)
    point = np.asarray(camera.position_m, np.float32) + rays * np.float32(depth_m)
    view = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    soft = 0.60 if rain else 0.85
    base = np.asarray(look.side) * 0.5 + np.asarray(look.up) * 0.5 + np.asarray(look.city) * 0.25
    out = np.tile((base * soft).astype(np.float32), (len(point), 1))
    for light in look.lights:
        if light.on == "cast":
            continue
        if light.kind == "far":
            to = np.broadcast_to(np.asarray(light.at, np.float32), point.shape)
            fall = np.ones(len(point), np.float32)
        else:
            to = np.asarray(light.at, np.float32) - point
            square = (to * to).sum(1)
            to = to / np.sqrt(np.maximum(square, 1e-6))[:, None]
            fall = light.reference_m**2 / np.maximum(square, 0.16)
            if light.aim is not None:
                axis = np.asarray(light.aim) - np.asarray(light.at)
                cos = -(to @ (axis / np.linalg.norm(axis)).astype(np.float32))
                inner, outer = np.cos(np.radians(light.inner_deg)), np.cos(np.radians(light.outer_deg))
                fall = fall * np.clip((cos - outer) / (inner - outer), 0, 1)
        through = np.clip((to * view).sum(1), 0, 1)
        phase = (0.30 + 2.2 * through**5) if rain else (0.55 + 0.9 * through**3)
        out += np.minimum(fall * phase, 2.2)[:, None] * np.asarray(light.rgb, np.float32)
    return out.reshape(9, 16, 3)


def laid(
    picture: Floats, layers: list[NDArray[np.uint8]], lights: list[Floats], opaque: float
) -> tuple[Floats, Floats, Floats]:
    """The picture [H, W, 3] with drops laid over it, and the transmittance [H, W, 3] and airlight [H, W, 3] they add."""
    h, w = picture.shape[:2]
    through = np.ones((h, w), np.float32)
    veil = np.zeros((h, w, 3), np.float32)
    for image, lamp in zip(layers, lights, strict=True):
        part = image.astype(np.float32) * np.float32(1 / 255)
        colour = cv2.resize(lamp, (w, h), interpolation=cv2.INTER_LINEAR)
        veil += colour * part[..., None]
        through *= 1 - np.float32(opaque) * part
    wide = np.repeat(through[..., None], 3, axis=2)
    return picture * wide + veil, wide, veil


def rivulets(fall: Fall, light: Light, position: torch.Tensor, seconds: float) -> torch.Tensor:
    """What water running down a pane leaves of the light through it, at points [3, N] of the room: [N] in 0..1.

    A pattern over the directions from the pane, creeping down with the water, as on the walls and faces of any rainy interior.
    """
    x, y, z = (position[k] - light.at[k] for k in range(3))
    across = torch.sqrt(x * x + z * z).clamp(min=0.2)
    u, v = torch.atan2(x, z.abs() + 0.3), y / across
    seconds = seconds * min(2.2, 0.6 + 0.5 * fall.amount)  # heavy rain runs faster
    run = torch.sin(41.0 * u + 2.6 * torch.sin(6.0 * v + 1.9 * seconds)) * torch.sin(
        8.0 * v + 6.5 * seconds + 3.0 * torch.sin(13.0 * u)
    )
    fine = torch.sin(83.0 * u + 1.3 * torch.sin(17.0 * v + 4.0 * seconds)) * torch.sin(15.0 * v + 11.0 * seconds)
    depth = min(0.85, 0.40 * (0.5 + 0.5 * fall.amount))
    return 1.0 - depth * (0.7 * run + 0.3 * fine).clamp(min=0.0)
