"""Cameras: intrinsics and pose, framing of a subject by shot size, and moves as paths of real cameras.

Place in the path: the bottom, beside colour.py; pure NumPy, no geometry of the set. Engines turn a camera into plates.

Conventions: world is right-handed, +Y up, metres. A camera looks along its own -Z, +X right, +Y up; pixels count from the
top left, y down, centres at .5. Yaw 0 is world +Z, 90 is +X.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sora_lock.records import Direction

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        position_m: where it stands, three floats.
        rotation: 3x3 row-major tuple, world to camera; rows are the camera's right, up and back in world.
        focal_px: focal length in pixels.
        centre_px: principal point (x, y).
        width, height: raster in pixels.
    """

    position_m: tuple[float, float, float]
    rotation: tuple[tuple[float, float, float], ...]
    focal_px: float
    centre_px: tuple[float, float]
    width: int
    height: int

    @property
    def key(self) -> tuple[object, ...]:
        """What plates are cached by: equal keys see the same picture of the same geometry."""
        return (self.position_m, self.rotation, self.focal_px, self.centre_px, self.width, self.height)

    def directions(self, x_px: NDArray[np.float32], y_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """World ray directions [N, 3] through raster points [N]; planar depth 1, so `t` of a hit is planar depth."""
        c = np.empty((x_px.size, 3), np.float32)
        c[:, 0] = (x_px.ravel() - np.float32(self.centre_px[0])) / np.float32(self.focal_px)
        c[:, 1] = (np.float32(self.centre_px[1]) - y_px.ravel()) / np.float32(self.focal_px)
        c[:, 2] = -1.0
        return c @ np.asarray(self.rotation, np.float32)

    def rays(self) -> NDArray[np.float32]:
        """`directions` through all pixel centres, row-major [H * W, 3]."""
        turn = np.asarray(self.rotation, np.float32)
        x = (np.arange(self.width, dtype=np.float32) + np.float32(0.5 - self.centre_px[0])) / np.float32(self.focal_px)
        y = (np.float32(self.centre_px[1] - 0.5) - np.arange(self.height, dtype=np.float32)) / np.float32(self.focal_px)
        across, down = x[:, None] * turn[0], y[:, None] * turn[1] - turn[2]
        return np.asarray(across[None] + down[:, None], np.float32).reshape(-1, 3)

    def project(self, points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Raster points [N, 2] and planar depths [N] (negative behind the camera) of world points [N, 3]."""
        p = (np.asarray(points, np.float64) - np.asarray(self.position_m)) @ np.asarray(self.rotation).T
        depth = -p[:, 2]
        safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        x = self.centre_px[0] + self.focal_px * p[:, 0] / safe
        y = self.centre_px[1] - self.focal_px * p[:, 1] / safe
        return np.stack([x, y], axis=1), depth

    def scaled(self, factor: float) -> Camera:
        """The same view on a raster `factor` times as large (rounded to whole pixels)."""
        width, height = max(2, round(self.width * factor)), max(2, round(self.height * factor))
        return replace(
            self,
            focal_px=self.focal_px * height / self.height,
            centre_px=(self.centre_px[0] * width / self.width, self.centre_px[1] * height / self.height),
            width=width,
            height=height,
        )


@dataclass(frozen=True)
class Framing:
    """What a camera has to frame.

    Attributes:
        eye_m: between the eyes (of a group: the middle of all eyes), world.
        head_radius_m: of one head.
        height_m: of the tallest figure.
        feet_m: height of the floor under them.
        camera_deg: yaw from the subject towards the camera's default position.
        facing_deg: yaw the subject faces; lead room is left on that side.
        spread_m: width of a group between the outermost eyes, across the view; 0 for one figure.
        eyes_m: between the eyes of each, where there are several.
        reach_m: how far the camera may stand from the subject.
        ceiling_m: how high it may stand.
        top_m: how high a wide picture may reach where the subject stands: in a room, not beyond its ceiling.
        front_only: whether somebody is known from the front only: the camera then keeps before them (`FRONT_MOVES`, `FRONT_PITCH_DEG`).
        cut_m: height above the floor's origin under which there is nothing of somebody; it stays below the frame. None when all stand.
        shot_from: the camera that took the place, where it is known from one picture only; cameras then keep to it (`projection.path`).
    """

    eye_m: tuple[float, float, float]
    head_radius_m: float = 0.12
    height_m: float = 1.7
    feet_m: float = 0.0
    camera_deg: float = 0.0
    facing_deg: float = 0.0
    spread_m: float = 0.0
    eyes_m: tuple[tuple[float, float, float], ...] = ()
    reach_m: float = 4.4
    ceiling_m: float = 20.0
    top_m: float = math.inf
    front_only: bool = False
    cut_m: float | None = None
    shot_from: Camera | None = None


SIZES: dict[str, tuple[float, float, float]] = {
    # size: heads of view height at the subject, vertical field of view in degrees, eye line as a part of the height
    "extreme close-up": (0.86, 17.0, 0.42),
    "close-up": (1.62, 19.0, 0.40),
    "medium close-up": (2.35, 22.0, 0.37),
    "medium": (3.45, 25.0, 0.345),
    "medium wide": (5.4, 29.0, 0.30),
    "wide": (9.0, 36.0, 0.27),
    "extreme wide": (17.0, 48.0, 0.46),
}
"""A head is height / 7.5; the field of view is that of a normal lens for the size, longer for close ones."""

FILM_HEIGHT_MM = 24.0
"""Height of the frame that focal lengths in millimetres are meant for: 35 mm still film, as photographers count."""

MOVES = (
    "static", "push in", "pull out", "pan left", "pan right", "tilt up", "tilt down", "truck left", "truck right",
    "orbit left", "orbit right", "handheld", "crane up",
)  # fmt: skip


FRONT_MOVES: dict[str, float] = {
    "push in": 1.0, "pull out": 1.0, "handheld": 1.0, "pan left": 1.0, "pan right": 1.0, "tilt up": 1.0, "tilt down": 1.0,
    "truck left": 0.3, "truck right": 0.3,
}  # fmt: skip
"""Moves before somebody who is known from the front only, and how much of their way is left."""
CUT_MOVES = frozenset(FRONT_MOVES) - {"tilt up", "tilt down"}
"""Those of them that do not look below where a picture cuts somebody off."""
FRONT_PITCH_DEG = 10.0
"""How far above or below somebody the camera may stand who is known from the front only."""
CUT_ROOM = 1.08
"""How much wider than its framing a still shot may get by perspective before it shows a cut."""


@dataclass(frozen=True)
class _Pose:
    """A camera around its subject: angles in degrees, distance in metres, subject's place as part of the raster."""

    yaw_deg: float
    pitch_deg: float  # of the camera's stand above the subject
    distance_m: float
    at_x: float
    at_y: float
    roll_deg: float = 0.0
    pan_deg: float = 0.0  # positive turns the camera to its right
    tilt_deg: float = 0.0  # positive turns it up
    truck_m: float = 0.0  # positive to the camera's right


def _rotation(forward: Vector, roll_deg: float) -> NDArray[np.float64]:
    back = -forward / np.linalg.norm(forward)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    c, s = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    return np.stack([c * right + s * up, -s * right + c * up, back])


def _camera(pose: _Pose, framing: Framing, focal_px: float, width: int, height: int) -> Camera:
    """The camera that stands as `pose` says and sees the subject's eyes exactly at (at_x, at_y)."""
    eye = np.asarray(framing.eye_m, np.float64)
    yaw, pitch = math.radians(pose.yaw_deg), math.radians(pose.pitch_deg)
    outward = np.array([math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)])
    position = eye + outward * pose.distance_m
    low = framing.feet_m + 0.18
    position[1] = min(max(position[1], low), framing.ceiling_m)
    to_eye = eye - position
    to_eye /= np.linalg.norm(to_eye)
    # camera-space direction of the wanted raster point; solve pitch from the y component, then yaw (no roll)
    d = np.array([(pose.at_x - 0.5) * width / focal_px, (0.5 - pose.at_y) * height / focal_px, -1.0])
    d /= np.linalg.norm(d)
    reach = math.hypot(d[1], d[2])
    lift = math.asin(max(-1.0, min(1.0, to_eye[1] / reach))) - math.atan2(d[1], -d[2])
    flat_x, flat_z = d[0], d[2] * math.cos(lift) + d[1] * math.sin(lift)
    turn = math.atan2(to_eye[0], to_eye[2]) - math.atan2(flat_x, flat_z)
    turn -= math.radians(pose.pan_deg)
    lift += math.radians(pose.tilt_deg)
    forward = np.array([-math.sin(turn) * math.cos(lift), math.sin(lift), -math.cos(turn) * math.cos(lift)])
    rotation = _rotation(forward, pose.roll_deg)
    position = position + rotation[0] * pose.truck_m
    return Camera(
        (float(position[0]), float(position[1]), float(position[2])),
        tuple((float(r[0]), float(r[1]), float(r[2])) for r in rotation),
        float(focal_px),
        (width / 2.0, height / 2.0),
        width,
        height,
    )


def view_of(direction: Direction, framing: Framing, width: int, height: int) -> tuple[float, float, float, float]:
    """What a shot size frames: heads of view height, view height in metres at the subject, field of view in degrees, eye line as a part of the height."""
    size = direction.chip("size")
    heads, fov, eye_line = SIZES.get(size.value if size else "medium", SIZES["medium"])
    if size and size.value != "medium":  # "a very wide shot" is wider than a wide one, "a slight close-up" less close
        heads *= heads_per_amount(size.value, size.amount)
    view = heads * framing.height_m / 7.5
    if framing.spread_m > 0:
        view = max(view, (framing.spread_m + 5.2 * framing.head_radius_m) * height / width)
    if heads >= 9.0:
        view = max(view, framing.height_m * 1.45)
        eye_line = min(eye_line, max(0.2, (framing.top_m - framing.eye_m[1]) / view))
    if framing.cut_m is not None:
        view = min(view, widest_m(framing, eye_line, direction))
    return heads, view, fov, eye_line


def side_of(framing: Framing, heads: float) -> float:
    """Where a figure stands, as a part of the frame's width: a little off the middle, with more room on the side it looks to."""
    lead = math.sin(math.radians(framing.facing_deg - framing.camera_deg))
    off = (0.0 if framing.spread_m > 0 else 0.028) * (1.0 if lead <= 0 else -1.0)
    off += -0.10 * lead if framing.spread_m == 0 else 0.0
    return 0.5 + off * (0.5 if heads < 2 else 1.0)


def _base(direction: Direction, framing: Framing, width: int, height: int) -> tuple[_Pose, float]:
    """Where the camera stands before any move, and its focal length in pixels."""
    heads, view, fov, eye_line = view_of(direction, framing, width, height)
    values = direction.values("lens")
    millimetres = focal_mm(direction)
    if millimetres is not None:
        fov = math.degrees(2 * math.atan(FILM_HEIGHT_MM / 2 / millimetres))
    elif "wide angle" in values:
        fov = min(75.0, fov * (1.0 + 0.65 * values["wide angle"]))
    elif "telephoto" in values:
        fov = max(7.0, fov / (1.0 + 0.8 * values["telephoto"]))
    distance = view / (2 * math.tan(math.radians(fov) / 2))
    if distance > framing.reach_m:
        distance = framing.reach_m
        fov = math.degrees(2 * math.atan(view / 2 / distance))
    distance = max(distance, 0.42)
    fov = math.degrees(2 * math.atan(view / 2 / distance))
    # level cameras lower themselves until the eye line is where the size wants it; that keeps verticals vertical
    pitch = -math.degrees(math.asin(max(-0.6, min(0.6, (0.5 - eye_line) * view / distance))))
    roll = 0.0
    for angle, amount in direction.values("angle").items():
        if angle == "low":
            pitch -= 21.0 + 13.0 * min(amount, 2.0)
        elif angle == "high":
            pitch += 24.0 + 14.0 * min(amount, 2.0)
        elif angle == "overhead":
            pitch = 66.0
        elif angle == "dutch":
            roll = 7.0 + 7.0 * amount
    if framing.front_only:
        pitch = max(-FRONT_PITCH_DEG, min(FRONT_PITCH_DEG, pitch))
    focal = height / (2 * math.tan(math.radians(fov) / 2))
    return _Pose(framing.camera_deg, pitch, distance, side_of(framing, heads), eye_line, roll), focal


def widest_m(framing: Framing, eye_line: float, direction: Direction) -> float:
    """View height in metres that keeps `framing.cut_m` below the frame, with the eyes at `eye_line` of its height; infinite without a cut.

    Moves that make the view wider than it was framed, or shake it, need room for that, and so does looking down.
    """
    if framing.cut_m is None:
        return math.inf
    room = CUT_ROOM
    if {"high", "overhead"} & set(direction.values("angle")):
        room *= 1.12
    for move, amount in direction.values("move").items():
        room *= push_scale(amount)[0] if move in ("push in", "pull out") else 1.0 + 0.07 * amount * (move == "handheld")
    return max(0.1, framing.eye_m[1] - framing.cut_m) / (1.0 - eye_line) / room


def focal_mm(direction: Direction) -> float | None:
    """The focal length a direction names ("85mm"), in millimetres on a frame 24 mm high; None when it names none."""
    for chip in direction.chips:
        found = re.search(r"(\d{2,3}) ?mm", chip.words.casefold()) if chip.axis == "lens" and chip.amount > 0 else None
        if found:
            return float(found[1])
    return None


def heads_per_amount(size: str, amount: float) -> float:
    """Factor on the view height for an amount: 1 at amount 1; wide sizes grow with it, close ones shrink."""
    growth = 1.0 + 0.22 * (amount - 1.0)
    return growth if "wide" in size else 1.0 / max(0.5, growth)


def ease(t: float) -> float:
    """Smooth start and stop with most of the way at even speed: half a straight line, half a smoothstep."""
    t = min(1.0, max(0.0, t))
    return 0.35 * t + 0.65 * t * t * (3 - 2 * t)


def shake(seed: int, seconds: float, amount: float) -> tuple[float, float, float, float]:
    """Handheld unrest at a time: pan, tilt, roll in degrees and sway in metres; a few sines with seeded phases."""
    draw = np.random.Generator(np.random.Philox(key=seed)).random((4, 4))
    rates = np.array([0.33, 0.71, 1.37, 2.3])
    sizes = np.array([0.55, 0.30, 0.12, 0.05])
    w = np.sin(2 * math.pi * (rates * (0.85 + 0.3 * draw) * seconds + draw[:, ::-1])) @ sizes * amount
    return float(w[0] * 0.75), float(w[1] * 0.6), float(w[2] * 0.5), float(w[3] * 0.018)


def path(
    direction: Direction, framing: Framing, width: int, height: int, frames: int, seed: int, fps: float = 24.0
) -> tuple[Camera, ...]:
    """The camera of each frame.

    Size, angle and lens chips say where it stands; move chips (any number, they add up) say how it travels; a chip's
    amount scales the way. Without a move all frames share one camera object.

    Args:
        width, height: raster in pixels.
        frames: at least 1.
        seed: of the handheld unrest.
        fps: frames a second, for handheld unrest only.
    """
    base, focal = _base(direction, framing, width, height)
    moves = [(c.value, c.amount) for c in direction.chips if c.axis == "move" and c.amount > 0 and c.value != "static"]
    moves = [m for m in moves if m[0] in MOVES]
    if framing.front_only:
        possible = FRONT_MOVES if framing.cut_m is None else CUT_MOVES
        moves = [(move, amount * FRONT_MOVES[move]) for move, amount in moves if move in possible]
    if not moves:
        return (_camera(base, framing, focal, width, height),) * frames
    fov_y = math.degrees(2 * math.atan(height / 2 / focal))
    fov_x = math.degrees(2 * math.atan(width / 2 / focal))
    cameras = []
    for f in range(frames):
        e = ease(f / (frames - 1)) if frames > 1 else 0.0
        pose = base
        for move, amount in moves:
            pose = _MOVING[move](pose, e, amount, (fov_x, fov_y, focal / width))
            if move == "handheld":
                pan, tilt, roll, sway = shake(seed, f / fps, amount)
                pose = replace(
                    pose,
                    pan_deg=pose.pan_deg + pan * min(1.0, fov_y / 25.0),
                    tilt_deg=pose.tilt_deg + tilt * min(1.0, fov_y / 25.0),
                    roll_deg=pose.roll_deg + roll * 0.6,
                    truck_m=pose.truck_m + sway,
                )
        cameras.append(_camera(pose, framing, focal, width, height))
    return tuple(cameras)


def push_scale(amount: float) -> tuple[float, float]:
    """Distances of a push in as parts of the framed distance: (at the start, at the end)."""
    return 1.0 + 0.10 * min(amount, 1.5), 1.0 / (1.0 + 0.42 * amount)


_View = tuple[float, float, float]


def _push(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
    start, end = push_scale(amount)
    return replace(pose, distance_m=pose.distance_m * (start + (end - start) * e))


def _pull(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
    return _push(pose, 1.0 - e, amount, view)


def _pan(sign: float) -> Callable[[_Pose, float, float, _View], _Pose]:
    def move(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
        return replace(pose, pan_deg=pose.pan_deg + sign * (e - 0.55) * 0.42 * view[0] * amount)

    return move


def _tilt(sign: float) -> Callable[[_Pose, float, float, _View], _Pose]:
    def move(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
        away = (1.0 - e) if sign > 0 else e
        return replace(pose, tilt_deg=pose.tilt_deg - away * 0.85 * view[1] * amount)

    return move


def _truck(sign: float) -> Callable[[_Pose, float, float, _View], _Pose]:
    def move(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
        width_m = pose.distance_m / view[2]
        return replace(pose, truck_m=pose.truck_m + sign * (e - 0.55) * 0.46 * width_m * amount)

    return move


def _orbit(sign: float) -> Callable[[_Pose, float, float, _View], _Pose]:
    def move(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
        swing = max(-34.0, min(34.0, 23.0 * amount))
        return replace(pose, yaw_deg=pose.yaw_deg + sign * (e - 0.5) * 2.0 * swing)

    return move


def _hand(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
    return pose


def _crane(pose: _Pose, e: float, amount: float, view: _View) -> _Pose:
    return replace(pose, pitch_deg=pose.pitch_deg - 8.0 + 36.0 * e * amount)


_MOVING: dict[str, Callable[[_Pose, float, float, _View], _Pose]] = {
    "push in": _push,
    "pull out": _pull,
    "pan left": _pan(-1.0),
    "pan right": _pan(1.0),
    "tilt up": _tilt(1.0),
    "tilt down": _tilt(-1.0),
    "truck left": _truck(-1.0),
    "truck right": _truck(1.0),
    "orbit left": _orbit(-1.0),
    "orbit right": _orbit(1.0),
    "handheld": _hand,
    "crane up": _crane,
}
