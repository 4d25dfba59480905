"""Comp at small size: actors without a store, anchors, and the layers that training keeps of a frame.

Place in the path: training; between `people` and `places`, which make subjects, and `data`, which says what is shot. It drives the engine
as `shoot` does, without locks from a store, hold or judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.bake.anchors import FIGURE_VIEWS, seen
from sora_lock.camera import Framing, path
from sora_lock.colour import coded, linear_from_srgb
from sora_lock.engines import Actor, Layers, Prepared, Scene
from sora_lock.engines.comp import Comp
from sora_lock.engines.vace.conditions import FAR, MARGIN, NEAR, letterbox
from sora_lock.media import film
from sora_lock.records import Chip, Direction, Lock, Placement, Shot
from sora_lock.subjects.baked import BakedSubject

WIDTH, HEIGHT, FPS, CLIP_FRAMES = 256, 144, "8", 17

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Shown:
    """What is kept of a frame: uint8 [H, W, 3] sRGB after film, coverage of the cast uint8 [H, W], inverse depth float32 [H, W] in 1/m."""

    rgb: Codes
    coverage: Codes
    near: NDArray[np.float32]


def actor(subject: BakedSubject, mark: str | None = None, policies: dict[str, str] | None = None) -> Actor:
    """A subject on a mark, under a lock that no store knows."""
    lock = Lock(subject.name, subject.kind, 1, subject.name, subject.subject_sha256, "", subject.regions, {}, ())  # type: ignore[arg-type]
    return Actor(lock, subject, mark, policies or {})


def scene(
    cast: Sequence[BakedSubject], stage: BakedSubject, mark: str | None, width: int = WIDTH, height: int = HEIGHT
) -> Scene:
    """People on one mark of a set."""
    return Scene(tuple(actor(s, mark) for s in cast), actor(stage), width, height)


def shot_of(told: Scene, frames: int, seed: int) -> Shot:
    """The shot that a scene's takes share."""
    cast = tuple(Placement(a.lock.name, 1, "", a.mark) for a in told.cast)
    stage = Placement(told.stage.lock.name, 1, "")
    return Shot("SC010", "SH010", cast, stage, width=told.width, height=told.height, fps=FPS, frames=frames, seed=seed)


def _shown(layers: Layers, direction: Direction, cast: Sequence[str], seed: int, frame: int) -> Shown:
    rgb = film.develop(layers.picture, grade=direction.values("grade"), seed=seed, frame=frame)
    covers = [layers.coverage[name] for name in cast if name in layers.coverage]
    cover = np.max(covers, axis=0) if covers else np.zeros(rgb.shape[:2], np.float32)
    assert layers.aov is not None
    depth = layers.aov.depth
    near = np.where(np.isfinite(depth), 1 / np.maximum(depth, 0.05), 0).astype(np.float32)
    return Shown(rgb, np.rint(cover * 255).astype(np.uint8), near)


def frames(prepared: Prepared, told: Scene, direction: Direction, count: int, seed: int) -> Iterator[Shown]:
    """The frames of a take, in order."""
    shot = shot_of(told, count, seed)
    made = Comp().frames(prepared, shot, direction, cancelled=lambda: False, aov=lambda _: True)
    for frame, layers in enumerate(made):
        yield _shown(layers, direction, [a.lock.name for a in told.cast], seed, frame)


def on_white(rgba: Codes, height: int, width: int) -> Codes:
    """A reference as the vace engine shows it: cut to its subject, on white, letterboxed with the engine's margin to uint8 [height, width, 3].

    Args:
        rgba: uint8 [h, w, 4], sRGB, something of it covered.
    """
    rows, columns = np.nonzero(rgba[..., 3].max(1) > 127)[0], np.nonzero(rgba[..., 3].max(0) > 127)[0]
    part = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cover = part[..., 3:].astype(np.float32) / 255
    flat = coded(linear_from_srgb(part[..., :3]) * cover + (1 - cover))
    return letterbox(flat, width, height, 0.0 if rgba[..., 3].min() == 255 else MARGIN)


def control(near: NDArray[np.float32]) -> Codes:
    """Depth as a model is told it, uint8 of the same shape: white is near, black is far or sky, one scale for the whole clip."""
    there = near[near > 0]
    if not there.size:
        return np.zeros(near.shape, np.uint8)
    low, high = np.percentile(there, [FAR, NEAR])
    return np.asarray(np.rint(np.clip((near - low) / max(float(high - low), 1e-6), 0, 1) * 255), np.uint8)


def anchor(subject: BakedSubject, view: str, side_px: int) -> Codes:
    """The anchor of a figure from a view, RGBA uint8 [side, side, 4]: reflectance under even light, alpha is coverage."""
    about = subject.framing
    _, size, yaw = next(v for v in FIGURE_VIEWS if v[0] == view)
    framing = Framing(tuple(about["eye_m"]), about["head_radius_m"], about["height_m"], 0.0, yaw, yaw)
    chips = Direction("", (Chip("size", size), Chip("move", "static")))
    return seen(subject, path(chips, framing, side_px, side_px, 1, 0)[0])[0]


def set_anchor(subject: BakedSubject, mark: str, width: int = WIDTH, height: int = HEIGHT) -> Codes:
    """The anchor of a set from a floor mark's camera, RGBA uint8 [H, W, 4]."""
    told = subject.info["marks"][mark]
    x, _, z = told["position_m"]
    framing = Framing((x, 1.6, z), 0.12, 1.7, 0.0, told["camera_deg"], told["camera_deg"])
    chips = Direction("", (Chip("size", "wide"), Chip("move", "static")))
    return seen(subject, path(chips, framing, width, height, 1, 0)[0])[0]
