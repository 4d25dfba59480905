"""By what a solid is recognised: features of its look from all around, each with its place in space.

Place in the path: made once for a subject, read by register. The views are the judge's own choice and say nothing of any take.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera, Framing, path
from sora_lock.continuity.plates import Bools, band, even, features, log_luma
from sora_lock.continuity.solid import Cast, Solid
from sora_lock.records import Chip, Direction
from sora_lock.subjects.baked import BakedSubject

if TYPE_CHECKING:
    from sora_lock.continuity.figure_looks import Head

Floats = NDArray[np.float32]

FIGURE_VIEWS = (
    ("medium", 0.0, ""), ("medium", -40.0, ""), ("medium", 40.0, ""), ("medium", -75.0, ""), ("medium", 75.0, ""),
    ("medium", 0.0, "low"), ("medium", 0.0, "high"), ("close-up", 0.0, ""), ("close-up", -35.0, ""), ("close-up", 35.0, ""),
    ("close-up", 0.0, "low"), ("extreme close-up", 0.0, ""), ("extreme close-up", -35.0, ""), ("extreme close-up", 35.0, ""), ("wide", 0.0, ""), ("wide", 45.0, ""), ("wide", -45.0, ""),
)  # fmt: skip
"""Size, yaw in degrees and angle of the views of a figure."""
SET_VIEWS = (("wide", 0.0, ""), ("medium", 0.0, ""), ("medium wide", 22.0, "low"), ("medium wide", -22.0, "high"))
"""The same from each of a set's marks."""
GLANCES = tuple(
    (size, yaw, angle)
    for size in ("medium close-up", "medium", "medium wide", "wide", "extreme wide")
    for yaw in (-20.0, 0.0, 20.0)
    for angle in ("", "low", "high")
)
"""Of a set from each of its marks, for where features do not suffice."""
FIGURE_GLANCES = tuple(
    (size, yaw, angle)
    for size in ("extreme close-up", "close-up", "medium close-up", "medium", "medium wide")
    for yaw in (-70.0, -40.0, -15.0, 15.0, 40.0, 70.0)
    for angle in ("", "low")
)
"""The same of a figure."""
GLANCE_PX = (96, 54)
VIEW_PX = (640, 360)
FEATURES = 700
"""Features of a view, at most."""
EDGE_PX = 4
"""How far inside an outline a feature must lie."""


@dataclass(frozen=True, eq=False)
class Known:
    """Features of a solid: places float32 [N, 3] in metres and descriptors float32 [N, 128]."""

    points_m: Floats
    descriptors: Floats


def shining(subject: BakedSubject) -> list[int]:
    """Region numbers whose light or reflection is their own and not the lock's to hold."""
    return [k for k, p in enumerate(subject.info["parts"], 1) if "emission" in p or "window" in p]


def firm(cast: Cast, without: list[int], edge_px: int = EDGE_PX) -> Bools:
    """Where a cast shows surfaces that do not shine, away from its outline, bool [h, w]."""
    import cv2

    solid = cast.hit & ~np.isin(cast.regions, without)
    kernel = np.ones((2 * edge_px + 1, 2 * edge_px + 1), np.uint8)
    return np.asarray(cv2.erode(solid.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0)


def cameras(
    subject: BakedSubject, views: Sequence[tuple[str, float, str]], size_px: tuple[int, int] = VIEW_PX
) -> list[Camera]:
    """The views a subject is learnt from."""
    out = []

    def add(framing: Framing, size: str, angle: str) -> None:
        chips = [Chip("size", size), Chip("move", "static")] + ([Chip("angle", angle)] if angle else [])
        out.append(path(Direction("", tuple(chips)), framing, *size_px, 1, 0)[0])

    if subject.kind == "character":
        about = subject.framing
        for size, yaw, angle in views:
            eye = (float(about["eye_m"][0]), float(about["eye_m"][1]), float(about["eye_m"][2]))
            add(Framing(eye, float(about["head_radius_m"]), float(about["height_m"]), 0.0, yaw, yaw), size, angle)
        return out
    for mark in subject.info["marks"].values():
        x, _, z = mark["position_m"]
        for size, yaw, angle in views:
            deg = float(mark["camera_deg"]) + yaw
            add(Framing((float(x), 1.6, float(z)), 0.12, 1.7, 0.0, deg, deg), size, angle)
    return out


class Recognised:
    """A subject as the judge knows it: its solid at rest and what it is recognised by.

    Attributes:
        subject: the subject.
        solid: it at rest.
        shining: region numbers that are not compared.
        figure: whether it is somebody.
        head: a figure's head by itself, once it was looked at.
    """

    def __init__(self, subject: BakedSubject) -> None:
        self.subject = subject
        self.solid = Solid(subject, subject.posed({}, 0))
        self.shining = shining(subject)
        self.figure = subject.kind == "character"
        self.head: Head | None = None

    @cached_property
    def known(self) -> Known:
        """Its features from all views."""
        points, descriptors = [], []
        for camera in cameras(self.subject, FIGURE_VIEWS if self.figure else SET_VIEWS):
            cast = self.solid.seen_from(camera)
            at, found = features(log_luma(cast.rgb), firm(cast, self.shining).astype(np.uint8) * 255, FEATURES)
            if not len(at):
                continue
            column, row = (np.clip(np.rint(at[:, k]).astype(int), 0, VIEW_PX[k] - 1) for k in (0, 1))
            real = np.isfinite(cast.depth[row, column])
            points.append(cast.points[row, column][real])
            descriptors.append(found[real])
        if not points:
            return Known(np.zeros((0, 3), np.float32), np.zeros((0, 128), np.float32))
        return Known(np.concatenate(points), np.concatenate(descriptors))

    @cached_property
    def glances(self) -> list[tuple[Cast, Floats]]:
        """The subject from where people usually look at it, small: casts and their evened bands float32 [GLANCE_PX]."""
        out = []
        for camera in cameras(self.subject, FIGURE_GLANCES if self.figure else GLANCES, GLANCE_PX):
            cast = self.solid.seen_from(camera)
            if cast.hit.mean() > (0.05 if self.figure else 0.3):
                log = log_luma(cast.rgb)
                out.append((cast, even(band(log, cast.hit.astype(np.float32), 0.7, 5.0)) * cast.hit))
        return out

    @cached_property
    def size_m(self) -> float:
        """Length within which two places count as one, for telling features apart."""
        if self.subject.kind == "character":
            return 0.05
        low, high = self.known.points_m.min(axis=0), self.known.points_m.max(axis=0)
        return float(np.clip(0.02 * math.dist(low, high), 0.1, 0.6))


_KEPT: dict[tuple[str, str], Recognised] = {}
_MOST = 6


def recognised(subject: BakedSubject) -> Recognised:
    """`Recognised`, kept for the last few subjects: the takes of a fan-out share their locks."""
    key = (subject.subject_sha256, subject.atlas().atlas_sha256)
    if key not in _KEPT:
        while len(_KEPT) >= _MOST:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = Recognised(subject)
    return _KEPT[key]
