"""Cameras before a place that is known from one picture: they keep to the camera that took it, and frame by cropping.

Place in the path: beside camera.py, the bottom. A shot size is a part of the picture, with the picture's own perspective (a shifted lens, so that a still
shot is the picture itself, only larger); moves go a little way, as far as the picture reaches, and depth does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sora_lock.camera import FILM_HEIGHT_MM, Camera, Framing, ease, focal_mm, push_scale, shake, side_of, view_of
from sora_lock.records import Direction

WAY = 0.11
"""How far a move carries the camera, as a part of its distance to the subject."""
ROOM = 0.05
"""What a move may need of the picture on each side, as a part of its size; it goes a shorter way rather than take more."""
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
    """Height in px of the part of the picture that a direction asks for, however large the picture is."""
    photo = framing.shot_from
    assert photo is not None
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
    aim = side_of(framing, heads), eye_line

    def at(f: int) -> Camera:
        e = ease(f / (frames - 1)) if frames > 1 else 0.0
        right, up, ahead, size, slide, steady = 0.0, 0.0, 0.0, tall, np.zeros(2), True
        for move, amount in moves:
            if move in ("push in", "pull out"):
                begin, end = push_scale(amount)
                part = e if move == "push in" else 1.0 - e
                scale = begin + (end - begin) * part
                size *= scale
                ahead += WAY * min(amount, 1.5) * part
            elif move in ASIDE:
                right += ASIDE[move] * (e - 0.5) * 2 * WAY * min(amount, 1.5)
                steady = steady and move in FOLLOWED
            elif move == "crane up":
                up += WAY * e * min(amount, 1.5)
            elif move in TURNS:
                x, y = TURNS[move]
                away = e - 0.55 if x else e - 1.0
                slide = slide + np.array([x * 0.42 * width / height, y * 0.7]) * away * min(amount, 1.5)
            else:
                pan, tilt, _, sway = shake(seed, f / fps, amount)
                slide = slide + np.array([pan, -tilt]) * 0.012
                right += sway * 0.5
        return _crop(photo, framing, (right, up, ahead), min(size, most), aim, slide, steady, width, height)

    if not moves:
        return (at(0),) * frames
    return tuple(at(f) for f in range(frames))


def _crop(
    photo: Camera, framing: Framing, way: tuple[float, float, float], tall: float, aim: tuple[float, float],
    slide: np.ndarray[tuple[int], np.dtype[np.float64]], steady: bool, width: int, height: int,
) -> Camera:  # fmt: skip
    """A camera beside the photograph's, by `way` (right, up, ahead) in parts of the distance, that shows `tall` px of it.

    Args:
        aim: where the subject's eyes shall be, parts of the frame; steady: whether they stay there when the camera goes aside.
        slide: of the crop, in heights of the frame.
    """
    eye = np.asarray([framing.eye_m])
    distance = max(float(photo.project(eye)[1][0]), 0.3)
    turn = np.asarray(photo.rotation)
    level = np.array([-turn[2, 0], 0.0, -turn[2, 2]])
    level /= np.linalg.norm(level)
    # Not so far that the nearest ground would slide by more than the picture has room for.
    near = min(distance, _nearest_m(photo))
    reach = ROOM * min(photo.width, photo.height) * near / photo.focal_px
    right, up = (max(-reach, min(reach, v * distance)) for v in way[:2])
    place = np.asarray(photo.position_m) + turn[0] * right + np.array([0.0, up, 0.0]) + level * way[2] * distance
    moved = replace(photo, position_m=(float(place[0]), float(place[1]), float(place[2])))
    wide = tall * width / height
    seen = (moved if steady else photo).project(eye)[0][0]
    corner = seen - np.array([aim[0] * wide, aim[1] * tall]) + slide * tall
    room = np.abs(np.array([right, up])) * photo.focal_px / near
    low, high = room, np.array([photo.width - wide, photo.height - tall]) - room
    corner = np.where(low <= high, np.clip(corner, low, high), (low + high) / 2)
    scale = height / tall
    centre = (np.asarray(photo.centre_px) - corner) * scale
    return replace(
        moved,
        focal_px=photo.focal_px * scale,
        centre_px=(float(centre[0]), float(centre[1])),
        width=width,
        height=height,
    )


def _nearest_m(photo: Camera) -> float:
    """Planar depth in metres of the ground in the picture's lowest row; far when it shows none."""
    down = photo.directions(np.asarray([photo.width / 2], np.float32), np.asarray([photo.height], np.float32))[0]
    return float(photo.position_m[1] / -down[1]) if down[1] < -1e-3 else math.inf
