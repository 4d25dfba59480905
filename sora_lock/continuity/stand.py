"""Where a figure stands in a set, and how the camera of one is carried over to the other.

Place in the path: beneath register. A figure and its set share one camera in every frame: who was found in one space is looked for in the other, at the
set's marks first, then anywhere on its floor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.continuity.locate import peaks
from sora_lock.continuity.plates import Floats, band, even, log_luma
from sora_lock.continuity.solid import Solid
from sora_lock.continuity.views import firm
from sora_lock.subjects.baked import BakedSubject

DISTANCES_M = tuple(round(0.9 * 1.1**k, 2) for k in range(23))
YAWS_DEG = (0.0, -35.0, 35.0, -70.0, 70.0)
"""How far ahead of the camera, and turned how far from it, a figure is looked for."""
SLACK_PX, LEAST_STANDING_PX, MOST_STANDING = 8, 60, 6
"""Rows up and down that it may be off, pixels it must show; and how many places are tried."""
LEAST_DEPTH_M = 0.25
"""How near the camera somebody may stand."""


@dataclass(frozen=True)
class Stand:
    """A place on a set's floor: (x, y, z) in metres in the set's space, and the yaw in degrees that a figure there faces."""

    place_m: tuple[float, float, float]
    yaw_deg: float

    @property
    def _turn(self) -> NDArray[np.float64]:
        c, s = math.cos(math.radians(self.yaw_deg)), math.sin(math.radians(self.yaw_deg))
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])

    def to_figure(self, camera: Camera) -> Camera:
        """A camera of the set in the space of a figure that stands here."""
        place = self._turn.T @ (np.asarray(camera.position_m) - np.asarray(self.place_m))
        return _placed(camera, np.asarray(camera.rotation) @ self._turn, place)

    def to_set(self, camera: Camera) -> Camera:
        """A camera of a figure that stands here in the space of the set."""
        place = self._turn @ np.asarray(camera.position_m) + np.asarray(self.place_m)
        return _placed(camera, np.asarray(camera.rotation) @ self._turn.T, place)


def _placed(camera: Camera, turn: NDArray[np.float64], place: NDArray[np.float64]) -> Camera:
    rows = tuple((float(r[0]), float(r[1]), float(r[2])) for r in turn)
    return replace(camera, rotation=rows, position_m=(float(place[0]), float(place[1]), float(place[2])))


def stands(subject: BakedSubject) -> tuple[Stand, ...]:
    """The marks of a set."""
    out = []
    for mark in subject.info["marks"].values():
        x, y, z = (float(v) for v in mark["position_m"])
        out.append(Stand((x, y, z), float(mark["facing_deg"])))
    return tuple(out)


def mirrored(camera: Camera) -> Camera:
    """The camera that sees a place turned left to right, x to -x, as this one sees the place, but for the picture that is turned too."""
    turn = np.asarray(camera.rotation) * np.array([[1, -1, -1], [-1, 1, 1], [-1, 1, 1]])
    across = camera.width - camera.centre_px[0], camera.centre_px[1]
    return _placed(replace(camera, centre_px=across), turn, np.asarray(camera.position_m) * np.array([-1, 1, 1]))


def at_marks(place: Camera, marks: Sequence[Stand]) -> list[Camera]:
    """Cameras, in a figure's own space, of the marks of a set that its camera looks at."""
    if not marks:
        return []
    chest = np.array([m.place_m for m in marks], np.float32) + np.array([0, 1.4, 0], np.float32)
    px, depth = place.project(chest)
    seen = (depth > LEAST_DEPTH_M) & (px[:, 0] > -0.2 * place.width) & (px[:, 0] < 1.2 * place.width)
    return [mark.to_figure(place) for mark, shown in zip(marks, seen, strict=True) if shown]


def standing(solid: Solid, shining: list[int], evened: Floats, place: Camera) -> list[Camera]:
    """Cameras, in the figure's own space, that see it stand on the floor of a set where the frame looks most like it.

    Somebody on a floor is seen at one height and one size for each distance: the figure is cast at a ladder of distances and turns, and its picture slid
    sideways over the frame.

    Args:
        evened: the evened band of the frame, float32 [h, w].
        place: the frame's camera in the set's space, on that raster.
    """
    turn, at = np.asarray(place.rotation), np.asarray(place.position_m)
    ahead = np.array([-turn[2, 0], 0.0, -turn[2, 2]])
    ahead /= max(float(np.linalg.norm(ahead)), 1e-6)
    toward = math.degrees(math.atan2(-ahead[0], -ahead[2]))
    found: list[tuple[float, Camera]] = []
    for distance in DISTANCES_M:
        for yaw in YAWS_DEG:
            x, _, z = at + ahead * distance
            own = Stand((float(x), 0.0, float(z)), toward + yaw).to_figure(place)
            cast = solid.seen_from(own)
            inside = firm(cast, shining, 1)
            if inside.sum() < LEAST_STANDING_PX:
                continue
            template = even(band(log_luma(cast.rgb), cast.hit.astype(np.float32), 0.7, 5.0)) * inside
            for peak, dx, _ in slid(evened, template, inside, SLACK_PX, 2):
                # so far sideways that it lands there
                aside = turn[0] * (dx * distance / place.focal_px)
                stood = Stand((float(x + aside[0]), 0.0, float(z + aside[2])), toward + yaw)
                found.append((peak * float(inside.sum()) ** 0.25, stood.to_figure(place)))
    found.sort(key=lambda f: -f[0])
    return [camera for _, camera in found[:MOST_STANDING]]


def slid(
    evened: Floats, template: Floats, inside: NDArray[np.bool_], slack_px: int, most: int
) -> list[tuple[float, int, int]]:
    """Where a picture [h, w] lies best on a frame of the same raster: (correlation, dx, dy), at most `slack_px` up or down."""
    import cv2

    rows, columns = np.nonzero(inside)
    x0, x1, y0, y1 = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    mask = inside[y0:y1, x0:x1].astype(np.float32)
    low, high = max(0, y0 - slack_px), min(evened.shape[0], y1 + slack_px)
    strip = np.ascontiguousarray(evened[low:high])
    cross = cv2.matchTemplate(strip, np.ascontiguousarray(template[y0:y1, x0:x1]), cv2.TM_CCORR)
    power = cv2.matchTemplate(strip * strip, mask, cv2.TM_CCORR)
    answer = cross / np.sqrt(np.maximum(power, 1e-6) * float((template**2).sum()))
    return [(p, px - x0, py + low - y0) for p, px, py in peaks(answer, most, max(4, (x1 - x0) // 2))]
