"""A prepared scene: who stands where, textures, and the cache of plates that a fan-out shares.

Place in the path: comp, before everything; made once per `prepare` and handed to every take of a fan-out.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera, Framing
from sora_lock.devices import memory_bytes
from sora_lock.engines import Actor, RegionEntry, Scene
from sora_lock.engines.comp.light import Contact, Grid, contact, grid_of
from sora_lock.engines.comp.stage import Body, CastPlate, Mesh, SetPlate, Topology, cast_plate, set_plate
from sora_lock.engines.comp.words import indoors
from sora_lock.errors import ShotError
from sora_lock.subjects.baked import BakedSubject

Floats = NDArray[np.float32]

SHOULDER_M = 0.78
"""How far apart two figures stand that were given one mark."""
OPEN_PART, OPEN_DEG = 0.4, 34.0
"""How far figures in company turn to one another: a part of the way, and no more than so many degrees."""
CORNICE_M = -0.10
"""How far above a room's ceiling a wide picture reaches where its subject stands: below it, since the ceiling ends before the camera."""
APART, APART_MOVING = 17, 6
"""Frames by which each figure is ahead of the one before it: breath must not beat in time, and who walks beside another must not walk into them."""
STANDIN_EYE_M, STANDIN_HEIGHT_M, STANDIN_HEAD_M = 1.62, 1.74, 0.12
"""Who the camera frames when nobody (or only a picture) stands there."""

T = TypeVar("T")


class Kept:
    """Things by group and key, within a limit of bytes.

    When they would exceed it, groups that were asked for longest ago go, whole; the group that asks never gives anything up, and what then
    does not fit is handed out without being kept. A clip asks for its poses in a ring, and of a ring too long for the
    limit a plain least-recently-used cache would hold nothing that is asked for next.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes = limit, 0
        self._groups: OrderedDict[Hashable, dict[Hashable, tuple[Any, int]]] = OrderedDict()

    def get(self, group: Hashable, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The thing of `key`, made when it is not there; `group` names what is given up together."""
        things = self._groups.setdefault(group, {})
        self._groups.move_to_end(group)
        if key in things:
            found: T = things[key][0]
            return found
        made = make()
        # making it may have asked for things of other groups, and those may have pushed this group out
        things = self._groups.setdefault(group, {})
        self._groups.move_to_end(group)
        cost = size(made)
        while self._bytes + cost > self._limit and len(self._groups) > 1:
            _, gone = self._groups.popitem(last=False)
            self._bytes -= sum(freed for _, freed in gone.values())
        if self._bytes + cost <= self._limit:
            things[key] = (made, cost)
            self._bytes += cost
        return made


def spare_bytes() -> int:
    """What one scene may keep of its plates: a twelfth of the machine's memory (up to four workers hold one), 0.6 to 2.2 GB."""
    return int(min(2.2e9, max(0.6e9, memory_bytes() / 12)))


@dataclass(frozen=True)
class Attitude:
    """What an actor does.

    Attributes:
        expressions: (name, weight 0..1) pairs.
        look: yaw and pitch of the head in degrees, see `BakedSubject.posed`.
        performance: "idle", or one of the subject's `moves`.
        shot_frame: of a clip, which is another body in each frame, the frame of the shot; 0 for everybody else.
    """

    expressions: tuple[tuple[str, float], ...] = ()
    look: tuple[float, float] = (0.0, 0.0)
    performance: str = "idle"
    shot_frame: int = 0


class PreparedScene:
    """What `prepare` made.

    Attributes:
        scene: the scene.
        regions: region number k of a plate is `regions[k - 1]`.
        parts: the `parts` entry of `subject.json` behind each region number.
        cast: bodies of baked actors (of clips in their first frame), with their lock names and policies in `actors`.
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
        places = _places(self.actors, info["marks"], _camera_deg(scene))
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
        self.set_mesh = Mesh(Topology([self.stage]), [self.stage.world(scene.stage.subject.posed({}, 0))])
        self.framing = _framing(self.cast, info, self.scene)
        self._shape = Topology(self.cast) if self.cast else None
        self._kept = Kept(spare_bytes())

    def _enter(self, actor: Actor, regions: list[RegionEntry], owner: int) -> None:
        for region, part in zip(actor.subject.regions, actor.subject.info["parts"], strict=True):
            regions.append(RegionEntry(actor.lock.name, region.name, region.attributes))
            self.parts.append(part)
            self.owner.append(owner)

    def cast_mesh(self, frame: float, attitudes: tuple[Attitude, ...]) -> Mesh:
        """The cast posed at a frame of its performance, each actor with an attitude."""
        still = self._shape
        if still is None:
            raise ShotError("Nobody stands in this scene; there is no pose of a cast to make.")

        def make() -> Mesh:
            bodies = [self._body(k, a.shot_frame) for k, a in enumerate(attitudes)]
            shape = still if all(b is own for b, own in zip(bodies, self.cast, strict=True)) else Topology(bodies)
            posed = [
                body.world(
                    body.subject.posed(dict(a.expressions), own_frame(k, frame, a.performance), a.look, a.performance)
                )
                for k, (body, a) in enumerate(zip(bodies, attitudes, strict=True))
            ]
            return Mesh(shape, posed)

        def size(mesh: Mesh) -> int:
            return mesh.nbytes + (0 if mesh.shape is still else sum(b.nbytes for b in mesh.shape.bodies))

        return self._kept.get("poses", (frame, attitudes), make, size)

    def _body(self, k: int, shot_frame: int) -> Body:
        """The body of the k-th of the cast at a frame of the shot."""
        actor, first = self.actors[k], self.cast[k]
        subject = actor.at(shot_frame)
        return first if subject is first.subject else first.of(subject)

    def set_plate(self, camera: Camera, keep: bool, under: Contact | None = None) -> SetPlate:
        """The set through a camera; kept for the fan-out when `keep`.

        Args:
            under: who takes the sky from its floor, see `contact`; None leaves it open.
        """

        def make() -> SetPlate:
            return set_plate(self.set_mesh, camera, moving=not keep)

        def stood_on(bare: SetPlate) -> SetPlate:
            assert under is not None
            samples = bare.samples
            return replace(bare, samples=replace(samples, open=samples.open * under.at(samples.position)))

        bare = self._kept.get(camera.key, "set", make, lambda p: p.nbytes) if keep else make()
        if under is None:
            return bare
        if not keep:
            return stood_on(bare)
        # all but how open the sky is belongs to both
        return self._kept.get(
            camera.key, ("set", under.key), lambda: stood_on(bare), lambda p: p.samples.open.numel() * 4
        )

    def set_grid(self, plate: SetPlate, step: int, keep: bool) -> Grid:
        """The coarse grid of a set plate."""

        def make() -> Grid:
            w, h = plate.camera.width, plate.camera.height
            dense = np.arange(w * h).reshape(h, w)
            dense = np.where(plate.centre.region.numpy().reshape(h, w) > 0, dense, -1)
            return grid_of(plate.samples, dense, (0, 0, w, h), w, step, plate.edge)

        return self._kept.get(plate.camera.key, "set grid", make, lambda g: g.nbytes) if keep else make()

    def cast_plate(
        self, mesh: Mesh, behind: SetPlate, frame: float, attitudes: tuple[Attitude, ...], keep: bool
    ) -> CastPlate:
        """The cast through the set plate's camera."""
        if not keep:
            return cast_plate(mesh, behind)
        key = ("cast", frame, attitudes)
        return self._kept.get(behind.camera.key, key, lambda: cast_plate(mesh, behind), lambda p: p.nbytes)

    def cast_grid(self, plate: CastPlate, camera: Camera, step: int, pose: Hashable) -> Grid:
        """The coarse grid of a cast plate; kept under `pose` unless that is None."""

        def make() -> Grid:
            x0, y0, x1, y1 = plate.rect
            dense = np.full((y1 - y0) * (x1 - x0), -1, np.int64)
            px = plate.samples.pixel.numpy()[: plate.centres]
            dense[(px // camera.width - y0) * (x1 - x0) + px % camera.width - x0] = np.arange(plate.centres)
            return grid_of(plate.samples, dense.reshape(y1 - y0, x1 - x0), plate.rect, camera.width, step)

        return make() if pose is None else self._kept.get(camera.key, ("cast grid", pose), make, lambda g: g.nbytes)

    def contact(self, frame: float = 0.0, attitudes: tuple[Attitude, ...] = ()) -> Contact | None:
        """The cast's contact with the floor in a pose, that of the idle's first frame unless told; None when nobody is there."""
        if not self.cast:
            return None
        how = attitudes or (Attitude(),) * len(self.cast)
        key = ("contact", frame, how)
        return self._kept.get("poses", key, lambda: contact(self.cast_mesh(frame, how), key), lambda c: c.taken.nbytes)

    def bearings(self, frame: float, performances: tuple[str, ...]) -> list[tuple[Floats, float, float]]:
        """Of each of the cast at a frame: its eyes float32 [3], and the yaws that head and hips face in degrees, world."""
        out = []
        for k, (body, performance) in enumerate(zip(self.cast, performances, strict=True)):
            own = body.subject.bearing(performance, own_frame(k, frame, performance))
            front = math.degrees(math.atan2(float(body.turn[0, 2]), float(body.turn[2, 2])))
            out.append((body.world(np.asarray([own.eye_m], np.float32))[0], front + own.head_deg, front + own.hips_deg))
        return out

    def framing_of(self, performances: tuple[str, ...]) -> Framing:
        """What a camera frames when the cast performs: all of their ways, from side to side."""
        frames = max((b.subject.frames_of(p) for b, p in zip(self.cast, performances, strict=True)), default=0)
        if not any(p in b.subject.moves for b, p in zip(self.cast, performances, strict=True)):
            return self.framing
        base = self.framing
        right = np.array([math.cos(math.radians(base.camera_deg)), 0.0, -math.sin(math.radians(base.camera_deg))])
        ways = [float(eye @ right) for f in range(0, frames, 4) for eye, _, _ in self.bearings(f, performances)]
        eye = np.asarray(base.eye_m) + right * ((max(ways) + min(ways)) / 2 - float(np.asarray(base.eye_m) @ right))
        return replace(base, eye_m=(float(eye[0]), float(eye[1]), float(eye[2])), spread_m=max(ways) - min(ways))


def own_frame(k: int, frame: float, performance: str) -> float:
    """The frame of its performance that the k-th of the cast is at."""
    return frame + (APART if performance == "idle" else APART_MOVING) * k


def _camera_deg(scene: Scene) -> float:
    """Yaw from the cast to the camera's default position: the mean of the marks in use."""
    marks = scene.stage.subject.info["marks"]
    used = [a.mark or next(iter(marks)) for a in scene.cast] or [next(iter(marks))]
    seen_from = [float(marks[u]["camera_deg"]) for u in used if u in marks] or [0.0]
    return sum(seen_from) / len(seen_from)


def _places(
    actors: tuple[Actor, ...], marks: Mapping[str, Any], camera_deg: float
) -> list[tuple[tuple[float, float, float], float]]:
    """Position and yaw of each actor; who is known from the front only faces the camera, wherever the mark looks.

    Those who share a mark stand side by side across the view. In company everyone opens towards the others, by as much as keeps
    the face to the camera (a two-shot's staging), and never further than `OPEN_DEG` from where the mark faces.
    """
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
        sharing = [j for j, other in enumerate(names) if other == name]
        if len(sharing) > 1:
            side = sharing.index(k) - (len(sharing) - 1) / 2
            across = math.radians(float(mark["camera_deg"]))
            x += side * SHOULDER_M * math.cos(across)
            z -= side * SHOULDER_M * math.sin(across)
        flat = actors[k].subject.relief is not None
        out.append(((x, y, z), camera_deg if flat else float(mark["facing_deg"])))
    if len(out) < 2:
        return out
    opened = []
    for k, (at, yaw) in enumerate(out):
        if actors[k].subject.relief is not None:
            opened.append((at, yaw))
            continue
        others = [p for j, (p, _) in enumerate(out) if j != k]
        middle = (sum(p[0] for p in others) / len(others), sum(p[2] for p in others) / len(others))
        toward = math.degrees(math.atan2(middle[0] - at[0], middle[1] - at[2]))
        away = (toward - yaw + 180.0) % 360.0 - 180.0
        opened.append((at, yaw + max(-OPEN_DEG, min(OPEN_DEG, OPEN_PART * away))))
    return opened


def _shot_from(stage: BakedSubject) -> Camera | None:
    """The camera that took the set, where one picture is all that is known of it."""
    relief = stage.relief
    if relief is None or "rotation" not in relief:
        return None
    x, y, z = (float(v) for v in relief["from_m"])
    width, height = (int(v) for v in relief["size_px"])
    turn = tuple((float(r[0]), float(r[1]), float(r[2])) for r in relief["rotation"])
    return Camera((x, y, z), turn, float(relief["focal_texels"]), (width / 2, height / 2), width, height)


def _framing(cast: tuple[Body, ...], info: Mapping[str, Any], scene: Scene) -> Framing:
    marks = info["marks"]
    taken = _shot_from(scene.stage.subject)
    camera_deg = _camera_deg(scene)
    high = float(info["bounds_m"][1][1]) if indoors(info) else math.inf
    ceiling, top = min(high - 0.25, 20.0), high + CORNICE_M
    if not cast:
        mark = marks[scene.cast[0].mark or next(iter(marks)) if scene.cast else next(iter(marks))]
        x, y, z = (float(v) for v in mark["position_m"])
        return Framing(
            (x, y + STANDIN_EYE_M, z), STANDIN_HEAD_M, STANDIN_HEIGHT_M, y, camera_deg, float(mark["facing_deg"]),
            ceiling_m=ceiling, top_m=top, shot_from=taken,
        )  # fmt: skip
    eyes, radius, height, facing = [], 0.0, 0.0, []
    cut: float | None = None
    # things beside people are in the picture by where they stand; the camera frames the people
    framed = [b for b in cast if b.subject.kind == "character"] or list(cast)
    for body in framed:
        relief = body.subject.relief
        data = body.subject.framing
        if relief is not None and relief["cut_m"] is not None:
            cut = max(cut or 0.0, float(body.place[1]) + float(relief["cut_m"]))
        eyes.append(body.world(np.asarray([data["eye_m"]], np.float32))[0].astype(float))
        radius, height = max(radius, float(data["head_radius_m"])), max(height, float(data["height_m"]))
        front = body.turn @ np.array([0, 0, 1], np.float32)
        facing.append(math.degrees(math.atan2(float(front[0]), float(front[2]))))
    eye = np.mean(eyes, axis=0)
    right = np.array([math.cos(math.radians(camera_deg)), 0.0, -math.sin(math.radians(camera_deg))])
    along = [float(e @ right) for e in eyes]
    ways = [float(b.subject.framing.get("spread_m", 0.0)) / 2 for b in framed]
    along = [x for e, way in zip(along, ways, strict=True) for x in (e - way, e + way)]
    spread = max(along) - min(along)
    if spread > 0:
        eye += right * ((max(along) + min(along)) / 2 - float(eye @ right))
    return Framing(
        (float(eye[0]), float(eye[1]), float(eye[2])), radius, height, float(min(b.place[1] for b in cast)), camera_deg,
        float(np.mean(facing)), spread, tuple((float(x), float(y), float(z)) for x, y, z in eyes), ceiling_m=ceiling, top_m=top,
        front_only=any(b.subject.relief is not None for b in cast), cut_m=cut, shot_from=taken,
    )  # fmt: skip
