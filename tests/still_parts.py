"""Location stills with known truth: shipped sets filmed without anybody in them, with the camera that took them and how far away everything is."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sora_lock.camera import Camera
from sora_lock.colour import linear_from_srgb
from sora_lock.direction import read
from sora_lock.engines import Actor, Scene
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.media import exr, film
from sora_lock.media.images import png
from sora_lock.paths import shipped
from sora_lock.records import ATTRIBUTES, Lock, Placement, Shot, lock_from
from sora_lock.subjects import baked, brought
from sora_lock.subjects.estimators.ground import horizon_rows
from sora_lock.subjects.projected import build
from sora_lock.subjects.still import Still
from sora_lock.subjects.survey import LONG_SIDE_MM, Survey

W, H = 640, 360


@dataclass(frozen=True, eq=False)
class Location:
    """A picture of a place, uint8 [H, W, 3]; its file; who took it, in the set's own space; planar depth, inf for sky; height above the ground;
    albedo and camera-space normals."""

    rgb: np.ndarray
    data: bytes
    camera: Camera
    depth: np.ndarray
    above_m: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray

    def render(self, path: Path) -> bytes:
        """The same as a renderer would write it: a multi-layer EXR of picture and plates, without a camera."""
        beauty = linear_from_srgb(self.rgb)
        seen = np.isfinite(self.depth).astype(np.float32)
        layers = {"": np.dstack([beauty, seen]), "albedo": self.albedo, "N": self.normal, "Z": self.depth}
        exr.write_layers(path, layers)
        return path.read_bytes()

    @property
    def eye_m(self) -> float:
        return self.camera.position_m[1]

    @property
    def survey(self) -> Survey:
        """What somebody would draw: the horizon, and a rod of two metres four metres away."""
        at, back = np.asarray(self.camera.position_m), np.asarray(self.camera.rotation)[2]
        ahead = np.array([-back[0], 0.0, -back[2]])
        foot = (at + 4 * ahead) * [1, 0, 1]
        rod = self.camera.project(np.stack([foot, foot + np.array([0, 2.0, 0])]))[0]
        left, right = horizon_rows(self.camera)[[0, -1]]
        return Survey(
            ((0.5, float(left)), (W - 0.5, float(right))), (tuple(rod[0]), tuple(rod[1])), 2.0,
            focal_mm=self.camera.focal_px * LONG_SIDE_MM / W,
        )  # fmt: skip


def stage_of(name: str) -> Actor:
    folder = shipped()[name]
    lock = lock_from(json.loads((folder / "lock.json").read_text()))
    return Actor(lock, baked.load(folder), None, dict(lock.policies))


@functools.cache
def location(name: str) -> Location:
    """A shipped set, overcast and extreme wide, with a level camera."""
    prepared = PreparedScene(Scene((), stage_of(name), W, H))
    shot = Shot("SC010", "SH010", (), Placement(name, 1, "0" * 64), width=W, height=H, frames=1)
    filming = Filming(prepared, shot, read("overcast, extreme wide"))
    layers = filming.frame(0, aov=True)
    camera, depth = filming.cameras[0], layers.aov.depth
    rgb = film.develop(layers.picture, grade={}, seed=1, frame=0)
    rays = camera.rays().reshape(H, W, 3)
    above = camera.position_m[1] + rays[..., 1] * np.where(np.isfinite(depth), depth, 90)
    aov = layers.aov
    albedo = np.where(aov.shading > 1e-3, aov.diffuse / np.maximum(aov.shading, 1e-3), 0).astype(np.float32)
    return Location(rgb, png(rgb), camera, depth, above, np.clip(albedo, 0, 1), aov.normal)


def as_actor(place: Still, name: str = "here") -> Actor:
    """A place as a set that can be filmed."""
    _, subject = brought.pack(build(place, name=name))
    held = dict.fromkeys(ATTRIBUTES["set"], "hold")
    atlas = subject.atlas().atlas_sha256
    lock = Lock(name, "set", 1, "brought/place", subject.subject_sha256, atlas, subject.regions, held, ())
    return Actor(lock, subject, None, held)
