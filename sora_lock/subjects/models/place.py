"""What a set has besides its surface: a floor, marks to stand on, where cameras look from, how much sky there is, and a wall that gives way.

Place in the path: subjects, under `models`, after the model stands; `lamps` adds what shines. Rays into the model tell all of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.media.gltf import Material, Model, Piece, Spot
from sora_lock.subjects.models.naming import plain, words_of
from sora_lock.subjects.models.rays import Rays
from sora_lock.subjects.models.soup import Soup

Floats = NDArray[np.float32]

EYE_M, ROOM_M, CLEAR_M = 1.55, 0.35, 1.9
"""Where a face is, how far from a mark nothing may stand, and how high it must be free above it."""
REACH_M = 4.6
"""How far cameras stand back (`camera.Framing.reach_m`), and a little: behind that a wall is no matter."""
CLOSED = 0.12
"""Part of the sky seen from the mark under which a set is a room."""
INSIDE_SKY = 0.25
"""What of the sky's light counts in a room, by way of its walls; the shipped kitchen has 0.3."""
LEVEL, STEP_M, FLOOR, LOW = 0.94, 0.3, 0.12, 0.35
"""Cosine of the slope up to which one can stand, within what height a floor is one, how much of a set's plan it covers at least, and in what
lower part of its height it lies: a roof is none."""
CYC_M = 12.0
"""Half the side of the floor that is laid under a model without one."""
NEAREST_M = 0.9
"""What is nearer to a mark than this is never taken out before it."""
APRON_M, BENEATH_M = 4.0, 0.008
"""How far a room's floor goes on outside, to where its camera stands, and how far that lies under it."""
MOST_MARKS = 12
TRIED = 24
"""Places along each side of a set that are tried for a mark, and directions for a camera."""


@dataclass(frozen=True)
class Mark:
    """A place to stand: metres, and yaws in degrees of who stands there and of the camera before them."""

    position_m: tuple[float, float, float]
    facing_deg: float
    camera_deg: float
    label: str


@dataclass(frozen=True)
class Place:
    """A set as its `subject.json` tells it.

    Attributes:
        marks: by name; the first is where one stands unless told.
        open_sky: 0..1; closed: whether it is a room.
        ceiling_m: how high it is over the first mark, or None.
        said: remarks for people.
    """

    marks: dict[str, Mark]
    open_sky: float
    closed: bool
    ceiling_m: float | None
    said: tuple[str, ...]


def floored(model: Model) -> tuple[Model, bool]:
    """The model with its floor at 0, and whether it was given one (a cyclorama's) because nothing in it can be stood on."""
    position = np.concatenate([p.position for p in model.pieces])
    starts = np.cumsum([0, *(len(p.position) for p in model.pieces)])
    faces = np.concatenate([p.faces + np.int32(a) for p, a in zip(model.pieces, starts, strict=False)])
    across, level = _levels(position, faces)
    wide = np.prod(np.ptp(position, axis=0)[[0, 2]])
    if level is not None and across > max(1.0, FLOOR * wide):
        return _raised(model, -level), False
    low = float(position.min(axis=0)[1])
    x, z = (position.min(axis=0) + position.max(axis=0))[[0, 2]] / 2
    half = max(CYC_M, 1.5 * float(np.ptp(position, axis=0)[[0, 2]].max()) / 2)
    quad = np.array(
        [(x - half, low, z + half), (x + half, low, z + half), (x + half, low, z - half), (x - half, low, z - half)],
        np.float32,
    )
    floor = Piece(
        "floor", "floor", len(model.materials), quad, np.array([(0, 1, 2), (0, 2, 3)], np.int32),
        np.tile(np.array([0, 1, 0], np.float32), (4, 1)), None, {}, None, {},
    )  # fmt: skip
    cyc = Material("cyclorama", (0.36, 0.36, 0.36, 1.0), roughness=0.9)
    laid = replace(model, pieces=(*model.pieces, floor), materials=(*model.materials, cyc))
    return _raised(laid, -low), True


def _levels(position: Floats, faces: NDArray[np.int32]) -> tuple[float, float | None]:
    """Square metres of the largest level that one could stand on, and its height; the lowest of those nearly as large."""
    p = position[faces].astype(np.float64)
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    area = np.linalg.norm(n, axis=1) / 2
    up = n[:, 1] > LEVEL * 2 * np.maximum(area, 1e-12)
    low = float(position[faces][..., 1].min())
    up &= p.mean(axis=1)[:, 1] < low + max(0.5, LOW * (float(position[faces][..., 1].max()) - low))
    if not up.any():
        return 0.0, None
    height = p[up].mean(axis=1)[:, 1]
    bins = np.floor((height - height.min()) / STEP_M).astype(np.int64)
    sums = np.bincount(bins, area[up])
    first = int(np.flatnonzero(sums >= 0.5 * sums.max())[0])
    own = bins == first
    return float(sums[first]), float(np.average(height[own], weights=area[up][own]))


def _raised(model: Model, by_m: float) -> Model:
    from sora_lock.subjects.models.standing import moved

    return moved(model, np.eye(3), np.array([0.0, by_m, 0.0]))


def place(model: Model, soup: Soup, laid: bool) -> Place:
    """Marks, sky and ceiling of a set that stands on its floor.

    Args:
        laid: whether its floor was laid by `floored`.
    """
    rays, said = Rays(soup.position, soup.faces), []
    if laid:
        said.append("Nothing in the model can be stood on, so a grey floor was laid under it.")
    cameras = model.cameras
    named = [
        s for s in model.spots if (w := words_of(s.name)) and (w[0].startswith("mark") or w[0] in ("spot", "stand"))
    ]
    marks: dict[str, Mark] = {}
    for spot in named[:MOST_MARKS]:
        name = _name(spot.name, marks)
        marks[name] = _mark(rays, _down(rays, spot.position), cameras, _yaw(spot.forward), name)
    if not marks:
        at = _found(rays, soup, cameras)
        marks["middle"] = _mark(rays, at, cameras, None, "Where there is room")
        said.append(
            "It has no node called mark or spot, so a mark was set where there is room."
            if not cameras
            else "A mark was set before its camera."
        )
    first = next(iter(marks.values()))
    sky = _sky(rays, first.position_m)
    closed = sky < CLOSED
    above = float(rays.free_m([_over(first.position_m, 1.0)], [(0, 1, 0)], 60.0)[0])
    return Place(
        marks,
        round(max(sky, INSIDE_SKY), 3),
        closed,
        first.position_m[1] + 1.0 + above if above < 60 else None,
        tuple(said),
    )


def apron(model: Model, soup: Soup, known: Place) -> Model | None:
    """A room with its floor going on outside, where a camera that stands back through a wall would see where it ends; None where none would.

    The floor goes on as it is under the first mark, its texture by the coordinates it has there.
    """
    first = next(iter(known.marks.values()))
    rays = Rays(soup.position, soup.faces)
    way = (math.sin(math.radians(first.camera_deg)), 0.0, math.cos(math.radians(first.camera_deg)))
    free = float(rays.free_m([_over(first.position_m, EYE_M)], [way], 2 * REACH_M)[0])
    under = int(
        rays.met(np.array([_over(first.position_m, 0.3)], np.float32), np.array([(0, -1, 0)], np.float32))["primID"][0]
    )
    if not known.closed or free >= REACH_M or under < 0:
        return None
    points = soup.position[np.unique(soup.faces)]
    beside = np.array([1.0, 0.0, 1.0])
    low = points.min(axis=0) - beside - APRON_M * np.maximum(-np.asarray(way), 0)
    high = points.max(axis=0) + beside + APRON_M * np.maximum(np.asarray(way), 0)
    y = first.position_m[1] - BENEATH_M
    corners = np.array(
        [(low[0], y, high[2]), (high[0], y, high[2]), (high[0], y, low[2]), (low[0], y, low[2])], np.float32
    )
    corner = soup.faces[under]
    # texture coordinates are plane functions of x and z on the triangle under the mark
    plane = np.column_stack([soup.position[corner][:, [0, 2]], np.ones(3)]).astype(np.float64)
    there = np.column_stack([corners[:, [0, 2]], np.ones(4)]).astype(np.float64)
    uv = {k: (there @ np.linalg.lstsq(plane, soup.uv[k][corner], rcond=None)[0]).astype(np.float32) for k in (0, 1)}
    floor = model.pieces[int(soup.piece[under])]
    colour = None if floor.colour is None else np.tile(soup.colour[corner].mean(axis=0), (4, 1)).astype(np.float32)
    more = Piece(
        floor.node, floor.mesh, floor.material, corners, np.array([(0, 1, 2), (0, 2, 3)], np.int32),
        np.tile(np.array([0, 1, 0], np.float32), (4, 1)), None, uv, colour, {},
    )  # fmt: skip
    return replace(model, pieces=(*model.pieces, more))


def wild(soup: Soup, known: Place) -> NDArray[np.bool_]:
    """Triangles [T] between a mark and its camera that show every camera their back: a studio's wall that is taken out.

    They still cast shadows. A viewer of glTF would not draw them from there either, since their materials have one side.
    """
    p = soup.position[soup.faces].astype(np.float64)
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-20)
    between = np.zeros(len(p), bool)
    behind = np.array([not m.double for m in soup.materials])[soup.material]
    for mark in known.marks.values():
        way = np.array([math.sin(math.radians(mark.camera_deg)), 0.0, math.cos(math.radians(mark.camera_deg))])
        between |= (n @ way < -0.5) & (((p - np.asarray(mark.position_m)) @ way).min(axis=1) > NEAREST_M)
        camera = np.asarray(_over(mark.position_m, EYE_M)) + REACH_M * way
        behind &= (n * (camera - p[:, 0])).sum(axis=1) < 0
    return np.asarray(between & behind)


def _name(said: str, given: dict[str, Mark]) -> str:
    words = [w for w in words_of(said) if w not in ("mark", "spot", "stand", "marker")]
    name = " ".join(words)[:24] or "mark"
    number = 2
    while name in given:
        name, number = f"{name.rstrip(' 0123456789')} {number}", number + 1
    return name


def _over(at: tuple[float, float, float], by_m: float) -> tuple[float, float, float]:
    return (at[0], at[1] + by_m, at[2])


def _yaw(way: Any) -> float:
    return math.degrees(math.atan2(way[0], way[2]))


def _down(rays: Rays, at: Any) -> tuple[float, float, float]:
    """The floor under a point (a little above it to begin with); the point itself where there is none."""
    x, y, z = (float(v) for v in at)
    free = float(rays.free_m([(x, y + 0.3, z)], [(0, -1, 0)], 5.0)[0])
    below = y + 0.3 - free if free < 5.0 else y
    return (round(x, 4), round(below, 3) + 0.0, round(z, 4))


def _mark(
    rays: Rays, at: tuple[float, float, float], cameras: tuple[Spot, ...], facing: float | None, label: str
) -> Mark:
    """A mark with its camera: the model's own where one looks at it, else the side with most room, before what there is to see."""
    eye = _over(at, EYE_M)
    seeing = [c for c in cameras if _sees(rays, c, eye)]
    if seeing:
        c = min(seeing, key=lambda c: math.dist(c.position, eye))
        camera = math.degrees(math.atan2(c.position[0] - eye[0], c.position[2] - eye[2]))
    else:
        camera = _roomiest(rays, eye, facing)
    return Mark(at, round(camera if facing is None else facing, 1), round(camera, 1), label)


def _sees(rays: Rays, camera: Spot, eye: tuple[float, float, float]) -> bool:
    """Whether a camera looks towards a face, within 50 degrees, with nothing between."""
    to = np.asarray(eye) - np.asarray(camera.position)
    far = float(np.linalg.norm(to))
    if far < 0.5 or far > 30:
        return False
    return bool(
        (to / far) @ -np.asarray(camera.forward) > 0.64
        and rays.free_m([camera.position], [to / far], far)[0] > 0.98 * far
    )


def _ways(count: int) -> Floats:
    """Level directions [count, 3], by growing yaw from 0."""
    a = np.arange(count) * 2 * np.pi / count
    return np.stack([np.sin(a), np.zeros(count), np.cos(a)], axis=1).astype(np.float32)


def _roomiest(rays: Rays, eye: tuple[float, float, float], facing: float | None) -> float:
    """Yaw from which a camera sees a face best: room before it, something behind it, and where they face, when told."""
    ways = _ways(TRIED)
    free = rays.free_m(np.tile(np.array(eye, np.float32), (TRIED, 1)), ways, 12.0)
    behind = np.roll(free, -TRIED // 2)
    score = np.minimum(free, REACH_M) / REACH_M + np.where((behind > 0.8) & (behind < 9.0), 0.35, 0.0)
    score += 0.15 * ways[:, 2]  # all else equal, from +Z, where glTF has the front
    if facing is not None:
        score += 1.5 * np.cos(np.radians(np.arange(TRIED) * 360 / TRIED - facing))
    return float(np.argmax(score)) * 360 / TRIED


def _found(rays: Rays, soup: Soup, cameras: tuple[Spot, ...]) -> tuple[float, float, float]:
    """A place to stand with room around it: before the first camera where there is one, else near the middle."""
    low, high = soup.position[np.unique(soup.faces)].min(axis=0), soup.position[np.unique(soup.faces)].max(axis=0)
    reach = np.minimum(high - low, 60.0)[[0, 2]] / 2
    middle = ((low + high) / 2)[[0, 2]]
    x, z = np.meshgrid(*(middle[k] + np.linspace(-reach[k], reach[k], TRIED + 2)[1:-1] for k in (0, 1)))
    start = np.stack([x.ravel(), np.full(x.size, CLEAR_M), z.ravel()], axis=1).astype(np.float32)
    free = rays.free_m(start, np.tile(np.array([0, -1, 0], np.float32), (len(start), 1)), 10.0)
    floor = np.abs(free - CLEAR_M) < 0.12
    above = rays.free_m(
        start - np.array([0, CLEAR_M - 0.15, 0], np.float32),
        np.tile(np.array([0, 1, 0], np.float32), (len(start), 1)),
        10.0,
    )
    floor &= above > CLEAR_M - 0.15
    ways = _ways(12)
    room = np.full(len(start), np.inf, np.float32)
    for y in (0.35, 0.9, EYE_M):
        at = np.repeat(start * np.array([1, 0, 1], np.float32) + np.array([0, y, 0], np.float32), 12, axis=0)
        room = np.minimum(room, rays.free_m(at, np.tile(ways, (len(start), 1)), 6.0).reshape(-1, 12).min(axis=1))
    score = np.minimum(room, 1.5) - 0.12 * np.linalg.norm((start[:, [0, 2]] - middle) / np.maximum(reach, 1e-3), axis=1)
    if cameras:
        to = start + np.array([0, EYE_M - CLEAR_M, 0], np.float32) - np.array(cameras[0].position, np.float32)
        far = np.linalg.norm(to, axis=1)
        level = np.asarray(cameras[0].forward) * [1, 0, 1]
        ahead = to[:, [0, 2]] @ -(level / max(float(np.linalg.norm(level)), 1e-6))[[0, 2]] / np.maximum(far, 1e-3)
        seen = (
            rays.free_m(
                np.tile(np.array(cameras[0].position, np.float32), (len(to), 1)),
                to / np.maximum(far, 1e-3)[:, None],
                30.0,
            )
            > 0.97 * far
        )
        score += np.where(seen, 6 * ahead - 0.35 * np.abs(far - 3.2), -6)
    score[~floor] -= 20
    score[room < ROOM_M] -= 5
    best = start[int(np.argmax(score))]
    return _down(rays, (best[0], 0.0, best[2]))


def _sky(rays: Rays, at: tuple[float, float, float]) -> float:
    """Part of the sky that a face at a place sees, by solid angle weighted as light falls on what lies flat, 0..1."""
    k = np.arange(512) + 0.5
    radius, angle = np.sqrt(k / 512), k * np.pi * (3 - math.sqrt(5))
    ways = np.stack([radius * np.cos(angle), np.sqrt(1 - radius**2), radius * np.sin(angle)], axis=1).astype(np.float32)
    free = rays.free_m(np.tile(np.array(_over(at, EYE_M), np.float32), (512, 1)), ways, 300.0)
    return float((free >= 300.0).mean())


def label_of(name: str) -> str:
    """A name as a label."""
    said = plain(name) or "set"
    return said[:1].upper() + said[1:]
