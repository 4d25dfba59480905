"""Cameras before a place that is known from one picture: they keep to the camera that took it, and frame by cropping.

Place in the path: beside camera.py, the bottom. A shot size is a part of the picture, with the picture's own perspective (a shifted lens, so that a still
shot is the picture itself, only larger); moves go a little way, as far as the picture reaches, and depth does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import FILM_HEIGHT_MM, Camera, Framing, ease, focal_mm, push_scale, shake, side_of, view_of
from sora_lock.records import Direction

WAY = 0.11
"""How far a move carries the camera, as a part of its distance to the subject."""
ROOM = 0.05
"""What a move may need of the picture on each side, as a part of its size, where the crop leaves no more; it goes a shorter way rather than take more."""
LEAST_CROP_PX = 48.0
"""A smaller part of a picture is a few smears of colour."""
ASIDE: Mapping[str, float] = {"truck left": -1.0, "truck right": 1.0, "orbit left": 1.0, "orbit right": -1.0}
"""Moves that carry the camera to its right (1) or left (-1)."""
FOLLOWED = frozenset({"orbit left", "orbit right"})
"""Those of them that keep the subject where it is in the frame."""
TURNS: Mapping[str, tuple[float, float]] = {
    "pan left": (-1.0, 0.0), "pan right": (1.0, 0.0), "tilt up": (0.0, -1.0), "tilt down": (0.0, 1.0),
}  # fmt: skip
"""Moves that slide the crop over the picture, right and down."""
MOVES = frozenset({"static", "push in", "pull out", "handheld", "crane up", *ASIDE, *TURNS})


def widest_px(photo: Camera, width: int, height: int) -> float:
    """Height in px of the largest part of a picture that has the proportions of width x height."""
    return min(float(photo.height), photo.width * height / width)


def wanted_px(direction: Direction, framing: Framing, width: int, height: int) -> float:
    """Height in px of the part of the picture that a direction asks for, however large the picture is; an extreme wide asks for all of it."""
    photo = framing.shot_from
    assert photo is not None
    size = direction.chip("size")
    if size is not None and size.value == "extreme wide":
        return float(photo.height)
    millimetres = focal_mm(direction)
    if millimetres is not None:
        return photo.focal_px * FILM_HEIGHT_MM / millimetres
    _, view, _, _ = view_of(direction, framing, width, height)
    _, depth = photo.project(np.asarray([framing.eye_m]))
    values = direction.values("lens")
    wider = (1.0 + 0.65 * values.get("wide angle", 0.0)) / (1.0 + 0.8 * values.get("telephoto", 0.0))
    return photo.focal_px * view / max(float(depth[0]), 0.3) * wider


def path(
    direction: Direction, framing: Framing, width: int, height: int, frames: int, seed: int, fps: float = 24.0
) -> tuple[Camera, ...]:
    """The camera of each frame; arguments as `camera.path`, with a framing that has `shot_from`.

    Without a move all frames share one camera object.
    """
    photo = framing.shot_from
    assert photo is not None
    heads, _, _, eye_line = view_of(direction, framing, width, height)
    moves = [(c.value, c.amount) for c in direction.chips if c.axis == "move" and c.amount > 0]
    moves = [(move, amount) for move, amount in moves if move in MOVES and move != "static"]
    most = widest_px(photo, width, height) * (1.0 - 2 * ROOM if moves else 1.0)
    tall = min(max(wanted_px(direction, framing, width, height), LEAST_CROP_PX), most)
    aim = np.array([side_of(framing, heads) * width / height, eye_line])
    eye = np.asarray([framing.eye_m])
    at_eye, depth = photo.project(eye)
    distance = max(float(depth[0]), 0.3)
    size = np.array([photo.width, photo.height], np.float64)
    frame = np.array([width / height, 1.0])
    home = np.clip(at_eye[0] - aim * tall, 0, size - frame * tall)
    # Not so far aside that the nearest ground would slide by more than the picture has room for.
    slack = np.maximum(np.minimum(home, size - frame * tall - home), ROOM * size.min())
    near = min(distance, _nearest_m(photo, float(home[1] + tall)))
    reach = slack * near / photo.focal_px
    turn = np.asarray(photo.rotation)
    ahead = np.array([-turn[2, 0], 0.0, -turn[2, 2]])
    ahead /= np.linalg.norm(ahead)

    def at(f: int) -> Camera:
        e = ease(f / (frames - 1)) if frames > 1 else 0.0
        aside, on, zoom, begin, end, shaken = np.zeros(2), 0.0, 1.0, np.zeros(2), np.zeros(2), np.zeros(2)
        followed = True
        for move, amount in moves:
            much = min(amount, 1.5)
            way = np.minimum(WAY * much * distance, reach)
            if move in ("push in", "pull out"):
                first, last = push_scale(amount)
                part = e if move == "push in" else 1.0 - e
                zoom *= first + (last - first) * part
                on += WAY * much * distance * part
            elif move in ASIDE:
                aside[0] += ASIDE[move] * (e - 0.5) * 2 * way[0]
                followed = followed and move in FOLLOWED
            elif move == "crane up":
                aside[1] += e * way[1]
            elif move in TURNS:
                whole = np.array(TURNS[move]) * (0.42 * width / height, 0.7) * much
                begin, end = begin - whole * (0.55, 1.0), end + whole * (0.45, 0.0)
            else:
                pan, tilt, _, sway = shake(seed, f / fps, amount)
                shaken += np.array([pan, -tilt]) * 0.012
                aside[0] += max(-reach[0], min(reach[0], sway * 0.5))
        place = np.asarray(photo.position_m) + turn[0] * aside[0] + ahead * on
        moved = replace(photo, position_m=(float(place[0]), float(place[1] + aside[1]), float(place[2])))
        crop = min(tall * zoom, most)
        corner = (moved if followed else photo).project(eye)[0][0] - aim * crop
        room = np.abs(aside) * photo.focal_px / near
        low, high = (
            np.minimum(room, (size - frame * crop) / 2),
            np.maximum(size - frame * crop - room, (size - frame * crop) / 2),
        )
        # Begin and end are brought into the picture, not each frame: a pan with little room is a slow one.
        first, last = (np.clip(corner + off * crop, low, high) for off in (begin, end))
        return _crop(moved, np.clip(first + (last - first) * e + shaken * crop, low, high), crop, width, height)

    if not moves:
        return (at(0),) * frames
    return tuple(at(f) for f in range(frames))


def _crop(photo: Camera, corner: NDArray[np.float64], tall: float, width: int, height: int) -> Camera:
    """A camera that shows `tall` px of what another sees, from a corner [2] on, enlarged to a raster."""
    scale = height / tall
    centre = (np.asarray(photo.centre_px) - corner) * scale
    at = float(centre[0]), float(centre[1])
    return replace(photo, focal_px=photo.focal_px * scale, centre_px=at, width=width, height=height)


def _nearest_m(photo: Camera, row: float) -> float:
    """Planar depth in metres of the ground in a row of the picture; infinite when there is none."""
    down = photo.directions(np.asarray([photo.width / 2], np.float32), np.asarray([row], np.float32))[0]
    return float(photo.position_m[1] / -down[1]) if down[1] < -1e-3 else math.inf
