"""The survey of a location still: horizon, an upright of known height and a mark, drawn on the picture, become the camera that took it.

Place in the path: subjects, before `still`; pure geometry. The world's origin is on the ground under the camera, which looks along -Z; metres, +Y up.

The two ends of a horizon are seen along d1 and d2; both are level, so the world's up is `d1 x d2` (Hartley and Zisserman 2003, 8.6: a plane's normal
from its vanishing line), which gives pitch and roll at once. With the camera one metre up, an upright's foot is met on the ground and its top at that distance:
the known height tells how many metres that one was.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.errors import MediaError

Point = tuple[float, float]
Line = tuple[Point, Point]

LONG_SIDE_MM = 36.0
"""Focal lengths are told as equivalents on a frame 36 mm wide."""
USUAL_MM, LEAST_MM, MOST_MM = 26.0, 10.0, 300.0
"""Focal length of a telephone's main camera, and what is taken for a lens at all."""
USUAL_EYE_M, USUAL_UPRIGHT_M = 1.55, 1.75
STEEPEST_DEG, MOST_ROLL_DEG = 40.0, 20.0
FARTHEST_M = 80.0
"""How far away anything is taken to stand: what lies further is seen there."""
NEAREST_M = 0.8
"""How close to the camera a mark may lie."""
MARK_M = 4.5
"""Where people stand when no mark was set, if the picture shows that ground."""


@dataclass(frozen=True)
class Survey:
    """What was drawn on a location still, in px of the picture as it was brought.

    Attributes:
        horizon: two points on the line of the eyes' height; None: the camera is taken to be level.
        upright: foot and top of something upright that stands on the ground.
        upright_m: its height.
        mark: where people stand; None: on the middle of the ground.
        ground_end: points from left to right along which the ground ends at what stands on it; fewer than two: it is estimated.
        focal_mm: equivalent focal length; None: taken for a telephone's.
    """

    horizon: Line | None = None
    upright: Line | None = None
    upright_m: float = USUAL_UPRIGHT_M
    mark: Point | None = None
    ground_end: tuple[Point, ...] = ()
    focal_mm: float | None = None

    def scaled(self, share: float) -> Survey:
        """The same drawing on a picture `share` times as large."""

        def at(p: Point) -> Point:
            return p[0] * share, p[1] * share

        def line(drawn: Line | None) -> Line | None:
            return None if drawn is None else (at(drawn[0]), at(drawn[1]))

        return replace(
            self,
            horizon=line(self.horizon),
            upright=line(self.upright),
            mark=None if self.mark is None else at(self.mark),
            ground_end=tuple(map(at, self.ground_end)),
        )


def read_points(text: str, what: str, least: int, most: int) -> tuple[Point, ...]:
    """Points as a person writes them, "x, y, x, y" in px; () for blank text.

    Raises:
        MediaError: for anything else, or fewer or more points than wanted.
    """
    if not text.strip():
        return ()
    numbers = re.split(r"\s*[,;\s]\s*", text.strip())
    sound = all(re.fullmatch(r"-?[0-9]{1,5}(\.[0-9]{1,3})?", n) for n in numbers)
    if not sound or len(numbers) % 2 or not least <= len(numbers) // 2 <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise MediaError(
            f"{text.strip()[:40]!r} is no {what}; write {wanted} points, x and y of each in px of the picture: 120, 340, 980, 352."
        )
    return tuple((float(x), float(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True))


def camera_of(survey: Survey, width: int, height: int) -> tuple[Camera, tuple[str, ...]]:
    """The camera that took a picture of width x height px, and sentences on what was taken for granted.

    Raises:
        MediaError: for a horizon too short, steep or askew, an upright that does not stand on the ground below it, or lengths that cannot be.
    """
    notes = []
    millimetres = survey.focal_mm
    if millimetres is None:
        millimetres = USUAL_MM
        notes.append(f"The lens is taken for {USUAL_MM:g} mm, as telephones have it.")
    if not LEAST_MM <= millimetres <= MOST_MM:
        raise MediaError(
            f"A focal length of {millimetres:g} mm cannot be; give its equivalent on 35 mm film, {LEAST_MM:g} to {MOST_MM:g}."
        )
    focal = millimetres / LONG_SIDE_MM * max(width, height)
    if survey.horizon is None:
        notes.append("No horizon was drawn: the camera is taken to be level.")
    level = Camera(
        (0.0, 1.0, 0.0), _level(survey.horizon, focal, width, height), focal, (width / 2, height / 2), width, height
    )
    if survey.upright is None:
        notes.append(
            f"Nothing of known height was drawn: the camera is taken to be {USUAL_EYE_M:g} m above the ground."
        )
        eye = USUAL_EYE_M
    else:
        eye = _eye_m(survey.upright, survey.upright_m, level)
    return replace(level, position_m=(0.0, eye, 0.0)), tuple(notes)


def _level(horizon: Line | None, focal: float, width: int, height: int) -> tuple[tuple[float, float, float], ...]:
    """World to camera [3][3] of a camera that sees this horizon and looks along -Z."""
    if horizon is None:
        return (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
    (ax, ay), (bx, by) = sorted(horizon)
    if bx - ax < 0.08 * width:
        raise MediaError(
            f"The horizon is drawn over {bx - ax:.0f} px of {width}; draw it from side to side, along the height of the camera's eye."
        )
    first, second = (
        np.array([(x - width / 2) / focal, (height / 2 - y) / focal, -1.0]) for x, y in ((ax, ay), (bx, by))
    )
    up = np.cross(second, first)
    up /= np.linalg.norm(up)
    roll, pitch = math.degrees(math.atan2(up[0], up[1])), math.degrees(math.asin(-up[2]))
    if abs(roll) > MOST_ROLL_DEG or abs(pitch) > STEEPEST_DEG:
        raise MediaError(
            f"By this horizon the camera is tilted {abs(pitch):.0f} and rolled {abs(roll):.0f} degrees; wanted at most {STEEPEST_DEG:g} and "
            f"{MOST_ROLL_DEG:g}. Draw it where ground and sky would meet if nothing stood in the way."
        )
    return rotation_of(up)


def rotation_of(up: NDArray[np.float64]) -> tuple[tuple[float, float, float], ...]:
    """World to camera [3][3] of a camera that looks along -Z and has the world's up at `up`, unit [3] in its own space."""
    back = np.array([0.0, 0.0, 1.0]) - up[2] * up
    back /= np.linalg.norm(back)
    columns = np.stack([np.cross(up, back), up, back], axis=1)
    return tuple((float(r[0]), float(r[1]), float(r[2])) for r in columns)


def _eye_m(upright: Line, tall_m: float, camera: Camera) -> float:
    """How high the camera stands that sees an upright of `tall_m` metres so; `camera` is one metre up."""
    if not 0.1 <= tall_m <= 60:
        raise MediaError(f"An upright of {tall_m:g} m is not likely; give its height in metres, 0.1 to 60.")
    foot, top = sorted(upright, key=lambda p: -p[1])
    at = ground_point(camera, foot)
    if at is None:
        raise MediaError(
            "The upright's foot is not below the horizon; drag from where it stands on the ground to its top."
        )
    ray = direction(camera, top)
    flat = at[[0, 2]]
    along = float(flat @ flat) / max(float(flat @ ray[[0, 2]]), 1e-6)
    tall = 1.0 + along * float(ray[1])
    if tall < 0.02:
        raise MediaError("The upright has no height; drag from where it stands on the ground to its top.")
    eye = tall_m / tall
    if not 0.1 <= eye <= 60:
        raise MediaError(
            f"By this upright the camera is {eye:.2g} m above the ground; wanted 0.1 to 60. Check its height and the horizon."
        )
    return round(eye, 4)


def direction(camera: Camera, at: Point) -> NDArray[np.float64]:
    """World direction [3] through a point of the raster, planar depth 1."""
    x, y = (np.asarray([v], np.float32) for v in at)
    return np.asarray(camera.directions(x, y)[0], np.float64)


def ground_point(camera: Camera, at: Point) -> NDArray[np.float64] | None:
    """Where the ray through a point of the raster meets the ground, [3] metres; None above the horizon."""
    ray = direction(camera, at)
    if ray[1] > -1e-4:
        return None
    return np.asarray(np.asarray(camera.position_m) + ray * (camera.position_m[1] / -ray[1]), np.float64)


def mark_m(survey: Survey, camera: Camera) -> tuple[float, float, float]:
    """Where people stand.

    Raises:
        MediaError: for a mark that is not on ground the picture shows, or lies too far off.
    """
    if survey.mark is not None:
        found = ground_point(camera, survey.mark)
        if found is None:
            raise MediaError("The mark is above the horizon; set it on the ground.")
    else:
        below = (camera.width / 2, camera.height * 0.98)
        near = ground_point(camera, below)
        if near is None:
            raise MediaError("The picture shows no ground below its horizon; nobody could stand there.")
        x, z = 0.0, min(-MARK_M, float(near[2]) * 1.05)
        found = np.array([x, 0.0, z])
    away = float(np.hypot(found[0], found[2]))
    if not NEAREST_M <= away <= 0.6 * FARTHEST_M:
        raise MediaError(
            f"The mark lies {away:.1f} m from the camera; wanted {NEAREST_M:g} to {0.6 * FARTHEST_M:g} m. Move it, or check horizon and upright."
        )
    return round(float(found[0]), 4), 0.0, round(float(found[2]), 4)
