"""A model as plates to look at and to judge by: its reflectance under even light from stated views, with coverage and regions.

Place in the path: subjects, under `models`, last; the plates become the anchors of its lock. They are what `assets/bake/anchors` makes of the shipped
subjects, here without the engine, which subjects do not know.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera, Framing, path
from sora_lock.colour import srgb_from_linear
from sora_lock.records import Chip, Direction
from sora_lock.subjects.baked import BakedSubject
from sora_lock.subjects.models.frames import frames, unit
from sora_lock.subjects.models.rays import Rays
from sora_lock.subjects.packed import Plate

Floats = NDArray[np.float32]

FIGURE_VIEWS = (
    ("medium front", "medium", 0.0),
    ("medium left 35", "medium", -35.0),
    ("medium right 35", "medium", 35.0),
    ("close-up front", "close-up", 0.0),
    ("full front", "wide", 0.0),
)
PROP_VIEWS = (("front", "medium", 0.0), ("left 35", "medium", -35.0), ("right 35", "medium", 35.0))
FIGURE_PX, SET_PX = (640, 640), (960, 540)
ACROSS = 3
"""Rays along each side of a pixel; odd, so that one goes through its centre, which tells its region."""
MOST_MARKS = 4
"""Marks a set is seen from; more would tell nothing new."""


def views(subject: BakedSubject) -> list[tuple[str, Camera]]:
    """The cameras of a subject's plates, with names."""
    if subject.kind == "set":
        out = []
        for name, mark in list(subject.info["marks"].items())[:MOST_MARKS]:
            x, y, z = (float(v) for v in mark["position_m"])
            yaw = float(mark["camera_deg"])
            out.append((f"from {name}", _camera(Framing((x, y + 1.6, z), 0.12, 1.7, y, yaw, yaw), "wide", SET_PX)))
        return out
    about = subject.framing
    x, y, z = (float(v) for v in about["eye_m"])
    return [
        (name, _camera(Framing((x, y, z), about["head_radius_m"], about["height_m"], 0.0, yaw, yaw), size, FIGURE_PX))
        for name, size, yaw in (FIGURE_VIEWS if subject.kind == "character" else PROP_VIEWS)
    ]


def _camera(framing: Framing, size: str, px: tuple[int, int]) -> Camera:
    return path(Direction("", (Chip("size", size), Chip("move", "static"))), framing, *px, 1, 0)[0]


def seen(subject: BakedSubject) -> list[Plate]:
    """All plates of a subject."""
    shown = np.flatnonzero(subject.layer != 2) if subject.layer is not None else np.arange(len(subject.faces))
    faces = np.ascontiguousarray(subject.faces[shown])
    rays = Rays(subject.rest, faces)
    normal = frames(subject.rest, subject.faces, subject.st, subject.weld).normal
    return [Plate(name, *_plate(subject, rays, shown, normal, camera)) for name, camera in views(subject)]


def _plate(
    subject: BakedSubject, rays: Rays, shown: NDArray[np.int64], smooth: Floats, camera: Camera
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A ray through the centre of every pixel, and more where parts meet."""
    h, w = camera.height, camera.width
    colour, cover = np.zeros((h * w, 3), np.float32), np.zeros(h * w, np.float32)
    regions, count = np.zeros(h * w, np.uint8), np.ones(h * w, np.float32)

    def cast(pixels: NDArray[np.int64], dx: float, dy: float, finer: float) -> None:
        y, x = (pixels // w).astype(np.float32) + np.float32(dy), (pixels % w).astype(np.float32) + np.float32(dx)
        ways = camera.directions(x, y)
        hits = rays.met(np.tile(np.array(camera.position_m, np.float32), (len(ways), 1)), ways)
        met = np.flatnonzero(hits["primID"] >= 0)
        hits = {name: hits[name][met] for name in ("primID", "u", "v", "tfar")}
        triangle = shown[hits["primID"]]
        seen, weight = _shaded(subject, smooth, camera, ways[met], triangle, hits, finer)
        at = pixels[met]
        colour[at] += seen * weight[:, None]
        cover[at] += weight
        if finer == 0:
            regions[at] = np.where(weight >= 0.5, subject.part[triangle] + 1, 0)

    cast(_reached(subject, camera), 0.5, 0.5, 0.0)
    edge = np.flatnonzero(_meeting(regions.reshape(h, w)))
    for k in range(ACROSS * ACROSS):
        if k != ACROSS * ACROSS // 2:
            cast(edge, (k % ACROSS + 0.5) / ACROSS, (k // ACROSS + 0.5) / ACROSS, float(np.log2(ACROSS)))
    count[edge] = ACROSS * ACROSS
    straight = srgb_from_linear(colour / np.maximum(cover, 1e-3)[:, None])
    rgb = np.rint(np.clip(straight, 0, 1) * 255).astype(np.uint8)
    alpha = np.rint(cover / count * 255).astype(np.uint8)
    rgba = np.column_stack([rgb * (alpha > 0)[:, None], alpha])
    return rgba.reshape(h, w, 4), regions.reshape(h, w)


def _meeting(regions: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pixels [H, W] whose region is another than that of a neighbour."""
    out = np.zeros(regions.shape, bool)
    differ = regions[1:] != regions[:-1]
    out[1:] |= differ
    out[:-1] |= differ
    differ = regions[:, 1:] != regions[:, :-1]
    out[:, 1:] |= differ
    out[:, :-1] |= differ
    return out


def _shaded(
    subject: BakedSubject,
    smooth: Floats,
    camera: Camera,
    ways: Floats,
    triangle: NDArray[np.int64],
    hits: dict[str, Any],
    finer: float,
) -> tuple[Floats, Floats]:
    """Linear colours [N, 3] of hits under even light, and how much each covers [N]."""
    atlas = subject.atlas()
    corner = subject.faces[triangle]
    u, v = hits["u"][:, None], hits["v"][:, None]

    def mixed(values: Floats) -> Floats:
        out: Floats = values[corner[:, 0]] * (1 - u - v) + values[corner[:, 1]] * u + values[corner[:, 2]] * v
        return out

    n = unit(mixed(smooth))
    facing = -(n * unit(ways)).sum(axis=1)
    n, facing = np.where(facing[:, None] < 0, -n, n), np.abs(facing)
    st = mixed(subject.st)
    lod = _density(subject, triangle) + np.log2(hits["tfar"] / np.float32(camera.focal_px)) - np.float32(finer)
    lod -= np.float32(0.62) * np.log2(np.maximum(facing, np.float32(0.04)))
    read = atlas.chain.sample(np.column_stack([st, lod]))
    open_ = _nearest(atlas.material[..., 0], st)
    light = (0.55 + 0.3 * facing + 0.15 * n[:, 1]) * np.sqrt(np.clip(open_, 0.25, 1)) * np.float32(1.15)
    weight = np.ones(len(st), np.float32) if atlas.alpha is None else _nearest(atlas.alpha, st)
    return np.asarray(read * light[:, None], np.float32), weight


def _nearest(plane: NDArray[np.uint8], st: Floats) -> Floats:
    """A plane of codes [n, n] at st [N, 2], as 0..1."""
    side = plane.shape[0]
    px = np.clip((st * side).astype(np.int64), 0, side - 1)
    return np.asarray(plane[px[:, 1], px[:, 0]] / np.float32(255), np.float32)


def _reached(subject: BakedSubject, camera: Camera) -> NDArray[np.int64]:
    """Numbers of the pixels that its bounds reach; all of them where the camera stands inside."""
    low, high = subject.rest.min(axis=0), subject.rest.max(axis=0)
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True)), axis=-1).reshape(-1, 3)
    px, depth = camera.project(corners)
    h, w = camera.height, camera.width
    (x0, y0), (x1, y1) = (0, 0), (w, h)
    if depth.min() > 0.05:
        x0, y0 = (max(0, int(v)) for v in np.floor(px.min(axis=0)))
        x1, y1 = (min(most, int(v)) for v, most in zip(np.ceil(px.max(axis=0)), (w, h), strict=True))
    y, x = np.mgrid[y0:y1, x0:x1]
    return np.asarray((y * w + x).ravel(), np.int64)


def _density(subject: BakedSubject, triangle: NDArray[np.int64]) -> Floats:
    """log2 of texels a metre on some triangles [N]."""
    corner = subject.faces[triangle]
    p, q = subject.rest[corner], subject.st[corner] * np.float32(subject.atlas().reflectance.shape[0])
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    a, b = q[:, 1] - q[:, 0], q[:, 2] - q[:, 0]
    flat = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    return np.asarray(0.5 * np.log2(np.maximum(flat, 1e-9) / np.maximum(area, 1e-12)), np.float32)
