"""A render of a place as a set: its own albedo, normals and depth, and the camera that they tell.

Place in the path: subjects, beside `still`, which does the same for photographs; `projected` makes geometry of either. Nothing is estimated: up is where
the floor's normals point, and the camera is as high above the floor as its depth says. What somebody drew wins over both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sora_lock.camera import Camera
from sora_lock.errors import MediaError
from sora_lock.media import film
from sora_lock.subjects.estimators import Bools, Floats
from sora_lock.subjects.estimators.ground import ends_of
from sora_lock.subjects.photo import resized
from sora_lock.subjects.render import Render
from sora_lock.subjects.still import LEAST_PX, MOST_PX, Still
from sora_lock.subjects.survey import FARTHEST_M, LONG_SIDE_MM, Survey, camera_of, mark_m, rotation_of

STEEPEST = 0.77
"""Cosine of how far from the picture's upright a floor may lean: about 40 degrees."""
ALIKE = 0.985
"""Cosine of the angle within which normals belong to one floor."""
LEAST_FLOOR = 0.02
"""Part of the picture that a floor must fill to tell where up is."""
FLAT = 0.06
"""How far from the floor's plane a pixel of it may lie, as a part of the camera's height."""


def place_of(render: Render, survey: Survey, indoors: bool) -> Still:
    """The place of a render.

    Args:
        survey: what was drawn, px of the render; may be empty.

    Raises:
        MediaError: for a render that lacks albedo, normals or depth, is too small, or shows no floor while nothing was drawn either.
    """
    lacking = [name for name in ("albedo", "normal", "depth") if getattr(render, name) is None]
    if lacking:
        raise MediaError(
            f"The render has no {' and no '.join(lacking)}; a place wants albedo, normal and depth. Its layers are {', '.join(render.layers.values())}."
        )
    assert render.albedo is not None and render.normal is not None and render.depth is not None
    tall, wide = render.depth.shape
    if min(tall, wide) < LEAST_PX:
        raise MediaError(f"The render is {wide}x{tall}; a place wants {LEAST_PX} px at least on its shorter side.")
    share = min(1.0, MOST_PX / max(tall, wide))
    size = (round(wide * share), round(tall * share))
    sky = _reduced(np.where(np.isfinite(render.depth) & (render.alpha >= 0.5), np.float32(0), np.float32(1)), size)
    depth = np.where(np.isfinite(render.depth), render.depth, np.float32(2 * FARTHEST_M)).astype(np.float32)
    depth = np.asarray(Image.fromarray(depth).resize(size, Image.Resampling.NEAREST))
    normal = np.stack([_reduced(render.normal[..., c], size) for c in range(3)], axis=-1)
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)
    albedo = np.stack([_reduced(render.albedo[..., c], size) for c in range(3)], axis=-1)
    rgb = film.develop(np.stack([_reduced(np.maximum(render.beauty[..., c], 0), size) for c in range(3)], axis=-1))

    drawn = survey.scaled(share)
    focal_mm = survey.focal_mm
    if focal_mm is None and render.focal_px is not None:
        focal_mm = render.focal_px / max(tall, wide) * LONG_SIDE_MM
    camera, notes = camera_of(
        Survey(drawn.horizon, drawn.upright, drawn.upright_m, drawn.mark, drawn.ground_end, focal_mm), *size
    )
    found = _floor(normal, depth, sky < 0.5, camera) if survey.horizon is None else None
    told = "drawn" if survey.horizon or survey.upright else "taken for granted"
    if found is not None:
        up, eye, floor = found
        told, notes = "its own floor", ()
        height = camera.position_m[1] if survey.upright is not None else round(eye, 4)
        camera = Camera(
            (0.0, height, 0.0), rotation_of(up), camera.focal_px, camera.centre_px, camera.width, camera.height
        )
    else:
        floor = _plane(normal, depth, sky < 0.5, camera)
    edge = np.where((ends := ends_of(floor)) > 0, ends, size[1]).astype(np.float32)
    by = f"render {render.sha256[:12]}"
    made_by = {"survey": told, "ground": by, "depth": f"{by} {render.layers.get('depth', '')}".strip()}
    made_by["reflectance"] = f"{by} {render.layers.get('albedo', '')}".strip()
    world = (normal @ np.asarray(camera.rotation, np.float32)).astype(np.float32)
    return Still(
        rgb, rgb, camera, mark_m(drawn, camera), edge, sky, np.clip(albedo, 0, 1).astype(np.float32), depth, world, (),
        indoors, made_by, (*render.notes, *notes),
    )  # fmt: skip


def _reduced(plane: Floats, size: tuple[int, int]) -> Floats:
    if plane.shape == size[::-1]:
        return np.ascontiguousarray(plane, np.float32)
    return resized(np.ascontiguousarray(plane, np.float32), size, Image.Resampling.HAMMING)


def _points(depth: Floats, camera: Camera) -> NDArray[np.float64]:
    """Points in camera space [H, W, 3] of planar depths."""
    h, w = depth.shape
    x = (np.arange(w) + 0.5 - camera.centre_px[0]) / camera.focal_px
    y = (camera.centre_px[1] - np.arange(h) - 0.5) / camera.focal_px
    plane = np.stack(np.broadcast_arrays(x[None], y[:, None], np.float64(-1.0)), axis=-1)
    return np.asarray(plane * depth[..., None])


def _floor(
    normal: Floats, depth: Floats, there: Bools, camera: Camera
) -> tuple[NDArray[np.float64], float, Bools] | None:
    """Up [3] in camera space, the camera's height above the floor in metres, and where the floor is [H, W]; None when no floor is seen."""
    points = _points(depth, camera)
    up = np.array([0.0, 1.0, 0.0])
    on = there & (normal @ up > STEEPEST)
    for _ in range(4):
        if float(on.mean()) < LEAST_FLOOR:
            return None
        up = np.median(normal[on].astype(np.float64), axis=0)
        up /= np.linalg.norm(up)
        level = there & (normal @ up > ALIKE)
        if not level.any():
            return None
        below = -(points[level] @ up)
        # The floor is the lowest of what lies level: tables and shelves do, too.
        eye = float(np.percentile(below, 90))
        on = level & (np.abs(-(points @ up) - eye) < FLAT * abs(eye))
    eye = float(np.median(-(points[on] @ up))) if on.any() else 0.0
    return (up, eye, on) if eye > 0.1 else None


def _plane(normal: Floats, depth: Floats, there: Bools, camera: Camera) -> Bools:
    """Where a render shows the ground of a camera whose survey was drawn."""
    up, eye = np.asarray(camera.rotation)[:, 1], camera.position_m[1]
    off = np.abs(-(_points(depth, camera) @ up) - eye)
    return np.asarray(there & (normal @ up > STEEPEST) & (off < FLAT * eye), np.bool_)
