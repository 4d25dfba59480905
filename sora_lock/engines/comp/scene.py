"""A prepared scene: who stands where, textures, and the cache of plates that a fan-out shares.

Place in the path: comp, before everything; made once per `prepare` and handed to every take of a fan-out.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np

from sora_lock.camera import Camera, Framing
from sora_lock.engines import Actor, RegionEntry, Scene
from sora_lock.engines.comp.light import Contact, contact
from sora_lock.engines.comp.stage import Body, CastPlate, Mesh, SetPlate, cast_plate, set_plate
from sora_lock.engines.comp.words import indoors
from sora_lock.errors import ShotError
from sora_lock.subjects.baked import BakedSubject

CACHE_BYTES = 1_200_000_000
SHOULDER_M = 0.78
"""How far apart two figures stand that were given one mark."""
STANDIN_EYE_M, STANDIN_HEIGHT_M, STANDIN_HEAD_M = 1.62, 1.74, 0.12
"""Who the camera frames when nobody (or only a picture) stands there."""

T = TypeVar("T")


class Kept:
    """Things by key, the least recently used given up when their bytes exceed a limit."""

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes = limit, 0
        self._things: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The thing of `key`, made when it is not there."""
        if key in self._things:
            self._things.move_to_end(key)
            found: T = self._things[key][0]
            return found
        made = make()
        cost = size(made)
        self._things[key] = (made, cost)
        self._bytes += cost
        while self._bytes > self._limit and len(self._things) > 1:
            _, (_, freed) = self._things.popitem(last=False)
            self._bytes -= freed
        return made


class PreparedScene:
    """What `prepare` made.

    Attributes:
        scene: the scene.
        regions: region number k of a plate is `regions[k - 1]`.
        parts: the `parts` entry of `subject.json` behind each region number.
        cast: bodies of baked actors, with their lock names and policies in `actors`.
        actors: the baked actors, in the order of `cast`.
        pictures: actors that are pictures; the hold lays them over.
        stage: the set's body; set_mesh: it as Embree sees it.
        framing: what a camera frames here.
        owner: region number -> index into `actors`, -1 for the set.
    """

    def __init__(self, scene: Scene) -> None:
        if not isinstance(scene.stage.subject, BakedSubject):
            raise ShotError(f"@{scene.stage.lock.name} is a picture; comp needs a built set to stand it in.")
        self.scene = scene
        self.actors = tuple(a for a in scene.cast if isinstance(a.subject, BakedSubject))
        self.pictures = tuple(a for a in scene.cast if not isinstance(a.subject, BakedSubject))
        info = scene.stage.subject.info
        places = _places(self.actors, info["marks"])
        regions: list[RegionEntry] = []
        self.parts: list[dict[str, Any]] = []
        self.owner: list[int] = [-1]
        bodies = []
        for k, (actor, (at, yaw)) in enumerate(zip(self.actors, places, strict=True)):
            bodies.append(Body(actor.subject, at, yaw, len(regions) + 1))
            self._enter(actor, regions, k)
        self.cast = tuple(bodies)
        self.stage = Body(scene.stage.subject, (0.0, 0.0, 0.0), 0.0, len(regions) + 1)
        self._enter(scene.stage, regions, -1)
        self.regions = tuple(regions)
        self.set_mesh = Mesh([self.stage], [self.stage.world(scene.stage.subject.posed({}, 0))])
        self.framing = _framing(self.cast, info, self.scene)
        self._kept = Kept(CACHE_BYTES)

    def _enter(self, actor: Actor, regions: list[RegionEntry], owner: int) -> None:
        for region, part in zip(actor.subject.regions, actor.subject.info["parts"], strict=True):
            regions.append(RegionEntry(actor.lock.name, region.name, region.attributes))
            self.parts.append(part)
            self.owner.append(owner)

    def cast_mesh(self, frame: float, expressions: tuple[tuple[tuple[str, float], ...], ...]) -> Mesh:
        """The cast posed at a frame of its performance; `expressions` are (name, weight) pairs, one tuple an actor."""

        def make() -> Mesh:
            posed = [
                body.world(body.subject.posed(dict(face), frame + 17 * k))
                for k, (body, face) in enumerate(zip(self.cast, expressions, strict=True))
            ]
            return Mesh(self.cast, posed)

        return self._kept.get(("mesh", frame, expressions), make, lambda m: m.points.size * 4 * 22)

    def set_plate(self, camera: Camera, keep: bool) -> SetPlate:
        """The set through a camera; kept for the fan-out when `keep`."""
        if not keep:
            return set_plate(self.set_mesh, camera, moving=True)
        return self._kept.get(("set", camera.key), lambda: set_plate(self.set_mesh, camera), lambda p: p.nbytes)

    def cast_plate(
        self, mesh: Mesh, behind: SetPlate, frame: float, expressions: tuple[Any, ...], keep: bool
    ) -> CastPlate:
        """The cast through the set plate's camera."""
        if not keep:
            return cast_plate(mesh, behind)
        key = ("cast", behind.camera.key, frame, expressions)
        return self._kept.get(key, lambda: cast_plate(mesh, behind), lambda p: p.nbytes)

    def contact(self) -> Contact:
        """The cast's contact with the floor, read once from the first pose."""
        faces: tuple[tuple[tuple[str, float], ...], ...] = tuple(() for _ in self.cast)
        return self._kept.get(("contact",), lambda: contact(self.cast_mesh(0.0, faces)), lambda c: c.taken.nbytes)


def _places(actors: tuple[Actor, ...], marks: Mapping[str, Any]) -> list[tuple[tuple[float, float, float], float]]:
    """Position and yaw of each actor; those who share a mark stand side by side across the view, turned a little inwards."""
    first = next(iter(marks))
    names = []
    for actor in actors:
        name = actor.mark or first
        if name not in marks:
            raise ShotError(f"There is no mark {name!r} here; choose one of: {', '.join(marks)}.")
        names.append(name)
    out = []
    for k, name in enumerate(names):
        mark = marks[name]
        x, y, z = (float(v) for v in mark["position_m"])
        yaw = float(mark["facing_deg"])
        sharing = [j for j, other in enumerate(names) if other == name]
        if len(sharing) > 1:
            side = sharing.index(k) - (len(sharing) - 1) / 2
            across = math.radians(float(mark["camera_deg"]))
            x += side * SHOULDER_M * math.cos(across)
            z -= side * SHOULDER_M * math.sin(across)
            yaw -= 16.0 * (1 if side > 0 else -1 if side < 0 else 0)
        out.append(((x, y, z), yaw))
    return out


def _framing(cast: tuple[Body, ...], info: Mapping[str, Any], scene: Scene) -> Framing:
    marks = info["marks"]
    used = [a.mark or next(iter(marks)) for a in scene.cast] or [next(iter(marks))]
    camera_deg = float(marks[used[0]]["camera_deg"]) if used[0] in marks else 0.0
    ceiling = float(info["bounds_m"][1][1]) - 0.25 if indoors(info) else 20.0
    if not cast:
        mark = marks[used[0]]
        x, y, z = (float(v) for v in mark["position_m"])
        return Framing(
            (x, y + STANDIN_EYE_M, z), STANDIN_HEAD_M, STANDIN_HEIGHT_M, y, camera_deg, float(mark["facing_deg"]),
            ceiling_m=ceiling,
        )  # fmt: skip
    eyes, radius, height, facing = [], 0.0, 0.0, []
    for body in cast:
        data = body.subject.info["character"]
        eyes.append(body.world(np.asarray([data["eye_m"]], np.float32))[0].astype(float))
        radius, height = max(radius, float(data["head_radius_m"])), max(height, float(data["height_m"]))
        front = body.turn @ np.array([0, 0, 1], np.float32)
        facing.append(math.degrees(math.atan2(float(front[0]), float(front[2]))))
    eye = np.mean(eyes, axis=0)
    right = np.array([math.cos(math.radians(camera_deg)), 0.0, -math.sin(math.radians(camera_deg))])
    along = [float(e @ right) for e in eyes]
    spread = max(along) - min(along)
    if spread > 0:
        eye += right * ((max(along) + min(along)) / 2 - float(eye @ right))
    return Framing(
        (float(eye[0]), float(eye[1]), float(eye[2])), radius, height, float(min(b.place[1] for b in cast)), camera_deg,
        float(np.mean(facing)), spread, ceiling_m=ceiling,
    )  # fmt: skip
