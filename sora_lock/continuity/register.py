"""Where the camera of a frame stood, told from the frame and the lock's geometry alone; then the subject as that camera would have seen it.

Place in the path: the judge's second step for locks whose geometry is at hand, in place of locate. Features of the frame are matched with what the
subject is recognised by (`views`), a camera is resected from them, the subject is cast at it, and blocks of that picture are matched with the frame to
better the camera, until they lie on one another: parallax and all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.continuity.locate import blocks
from sora_lock.continuity.plates import Bools, Codes, Frame, around, band, even, log_luma
from sora_lock.continuity.resection import first_cameras, refined
from sora_lock.continuity.solid import Cast, cropped
from sora_lock.continuity.stand import slid, standing
from sora_lock.continuity.structure import WINDOW, agreement, better_half
from sora_lock.continuity.views import GLANCE_PX, Known, Recognised, firm

Floats = NDArray[np.float32]

RASTER_PX = 480
"""Width of the raster a frame is registered on, at most."""
RATIO = 0.9
"""How much nearer the best descriptor must be than the best of another place."""
MOST_ALIKE = 10
"""How many of the best descriptors may be of one place."""
BLOCK_PX, STEP_PX = 10, 13
ROUNDS = ((14, 8.0), (8, 4.0), (5, 2.0))
"""Reach of block matching and spread of the weights, px, round by round."""
COARSE_PX = 240
"""The same for a first look, with its rounds; and from how many blocks on one that agrees is believed at once."""
COARSE_ROUNDS = ((12, 6.0), (7, 3.0))
SURE_BLOCKS = 60
STILL_PX = 0.15
"""How far a camera may move its picture for a cast to be taken for what it sees."""
STEADY = 0.9
"""Share of its blocks that must agree at once, as part of what agreed in the frame before, for a camera that moved little to be bettered by one round."""
LEAST_BLOCKS = 6
LEAST_PX = 200
"""Pixels of the subject that a frame must show."""


@dataclass(frozen=True, eq=False)
class Registered:
    """A subject in a frame.

    Attributes:
        cast: it as the frame's camera would have seen it, under even light.
        firm: bool [h, w], where it is compared.
        quality: mean agreement of the better half, -1..1.
        blocks: how many blocks agree with the camera.
        share: part of all blocks that do.
    """

    cast: Cast
    firm: Bools
    quality: float
    blocks: int
    share: float


def matches(known: Known, apart_m: float, frame: Frame) -> tuple[Floats, Floats]:
    """Places [N, 3] and where the frame seems to show them [N, 2], px."""
    points, descriptors = frame.features
    if len(points) < 8 or len(known.points_m) < 8:
        return np.zeros((0, 3), np.float32), np.zeros((0, 2), np.float32)
    alike = descriptors @ known.descriptors.T
    left = np.arange(len(points))
    best = alike.argmax(axis=1)
    first, second = alike[left, best], alike[left, best]
    next_ = best
    for _ in range(min(MOST_ALIKE, alike.shape[1]) - 1):
        alike[left, next_] = -1
        next_ = alike[left].argmax(axis=1)
        second[left] = alike[left, next_]
        same = np.linalg.norm(known.points_m[next_] - known.points_m[best[left]], axis=1) <= apart_m
        left, next_ = left[same], next_[same]
    near, other = (np.sqrt(np.maximum(2 - 2 * a, 0)) for a in (first, second))
    good = near < RATIO * other
    return known.points_m[best[good]], points[good] + np.float32(0.5)


def settle(
    subject: Recognised,
    camera: Camera,
    picture: Codes,
    loose: Sequence[int] = (),
    rounds: Sequence[tuple[int, float]] = ROUNDS,
    zoom: bool = True,
    open_: Bools | None = None,
    known: Cast | None = None,
    least_share: float = 0.0,
) -> Registered | None:
    """The camera bettered until the subject lies on the frame; None when the frame does not show what it should.

    Args:
        camera: on a raster of the frame's proportions, or of a box of it.
        picture: uint8 [h, w, 3], the frame on that raster.
        loose: region numbers that may move by themselves and must not pull the camera after them.
        rounds: reach of block matching and spread of the weights, px.
        zoom: whether the focal length may change.
        open_: bool [h, w], where nobody stands in front; everywhere when None.
        known: the subject at that camera, where it was cast already.
        least_share: part of the blocks that must agree in the end.
    """
    width, height = camera.width, camera.height
    signal = band(log_luma(picture))
    evened = even(signal)
    count, share = 0, 0.0
    cast = known
    for reach, spread in rounds:
        if cast is None:
            cast = subject.solid.seen_from(camera)
        sure = firm(cast, [*subject.shining, *loose], 2)
        if open_ is not None:
            sure &= open_
        if sure.sum() < LEAST_PX:
            return None
        at, moved, trust = blocks(even(_signal(cast)), evened, sure, BLOCK_PX, reach, STEP_PX)
        if len(at) < LEAST_BLOCKS:
            return None
        column, row = (np.clip(np.rint(at[:, k]).astype(int), 0, (width, height)[k] - 1) for k in (0, 1))
        real = np.isfinite(cast.depth[row, column])
        # the place under the block's very middle, so that the camera's own round trip is exact
        middle = np.stack([column + 0.5, row + 0.5], axis=1).astype(np.float32)
        points, goal = cast.points[row, column][real], (middle + moved)[real]
        camera = refined(camera, points, goal, trust[real] ** 2, spread, zoom)
        places = camera.project(points)[0]
        away = np.linalg.norm(places - goal, axis=1)
        count = int((away < 2.0).sum())
        share = count / len(away)
        if np.abs(places - middle[real]).max() > STILL_PX:
            cast = None
        else:  # what was cast is what this camera sees
            camera = cast.camera
    if share < least_share:
        return None
    if cast is None:
        cast = subject.solid.seen_from(camera)
    sure = firm(cast, subject.shining, 2)
    if open_ is not None:
        sure &= open_
    if sure.sum() < LEAST_PX:
        return None
    crop = around(sure, WINDOW)
    match, strength = agreement(_signal(cast)[crop], signal[crop], sure[crop])
    return Registered(cast, sure, better_half(match, strength * sure[crop]), count, share)


def _signal(cast: Cast) -> Floats:
    return band(log_luma(cast.rgb), cast.hit.astype(np.float32))


def resized(frame: Frame, width: int) -> Codes:
    """A frame on a raster of that width and its own proportions."""
    import cv2

    h, w = frame.rgb.shape[:2]
    if width == w:
        return frame.rgb
    return np.asarray(cv2.resize(frame.rgb, (width, round(h * width / w)), interpolation=cv2.INTER_AREA))


def register(
    subject: Recognised,
    frame: Frame,
    before: Registered | None = None,
    place: Camera | None = None,
    loose: Sequence[int] = (),
    likely: Sequence[Camera] = (),
    glances: bool = True,
) -> Registered | None:
    """The subject in a frame, or None.

    Args:
        before: it in another frame of the clip.
        place: the frame's camera on the raster in a set's space, when a set was registered in it: it knows the lens, and where the floor is.
        likely: cameras that are tried before any are looked for.
        glances: whether it is looked for as a small picture where features do not suffice.
    """
    height, width = frame.rgb.shape[:2]
    wide = min(width, RASTER_PX)
    picture = resized(frame, wide)
    figure = subject.figure
    tried = []
    if before is not None:
        camera, zoom = before.cast.camera, place is None
        steady = STEADY * before.share
        found = settle(subject, camera, picture, loose, ROUNDS[-1:], zoom, known=before.cast, least_share=steady)
        tried.append(found or settle(subject, camera, picture, loose, zoom=zoom))
        if tried[0] is not None and tried[0].quality > min(GOOD, 0.93 * before.quality):
            return tried[0]
    if likely:
        tried.append(_best(subject, likely, frame, wide, loose, place is None))
        if tried[-1] is not None and tried[-1].quality > GOOD:
            return tried[-1]
    focal = None if place is None else place.focal_px * width / wide
    points, px = matches(subject.known, subject.size_m, frame)
    tried.append(_best(subject, first_cameras(points, px, width, height, focal), frame, wide, loose, place is None))

    def fair() -> bool:
        return any(t is not None and t.quality > FAIR for t in tried)

    if figure and place is not None and not fair():
        small = resized(frame, min(wide, COARSE_PX))
        evened = even(band(log_luma(small), None, 0.7, 5.0))
        on = place.scaled(small.shape[1] / place.width)
        tried.append(_best(subject, standing(subject.solid, subject.shining, evened, on), frame, wide, loose, False))
    if glances and not fair():
        tried.append(_best(subject, glimpsed(subject, frame), frame, wide, loose, True))
    return max((t for t in tried if t is not None), key=_worth, default=None)


def again(subject: Recognised, frame: Frame, cameras: Sequence[Camera], loose: Sequence[int] = ()) -> Registered | None:
    """The subject in a frame by cameras that something else tells of, without what figures cover; or None."""
    return _best(subject, cameras, frame, min(frame.rgb.shape[1], RASTER_PX), loose, True)


def _best(
    subject: Recognised, cameras: Sequence[Camera], frame: Frame, wide: int, loose: Sequence[int], zoom: bool
) -> Registered | None:
    """The best of some cameras on the frame's own raster, first looked at coarsely."""
    small = resized(frame, min(wide, COARSE_PX))
    picture = resized(frame, wide)
    open_ = [_open(frame, subject, p.shape[:2]) for p in (small, picture)]
    coarse = []
    for camera in cameras:
        on = camera.scaled(small.shape[1] / camera.width)
        seen = settle(subject, on, small, loose, COARSE_ROUNDS[:1], zoom, open_[0])
        if seen is not None:
            coarse.append(seen)
            if seen.quality > GOOD and seen.blocks > SURE_BLOCKS:
                break
    coarse.sort(key=_worth, reverse=True)
    again = [
        settle(subject, c.cast.camera, small, loose, COARSE_ROUNDS[1:], zoom, open_[0], c.cast)
        for c in coarse[:MOST_COARSE]
        if _worth(c) > LIKELY * _worth(coarse[0])
    ]
    better = sorted((c for c in again if c is not None), key=_worth, reverse=True)
    tried = [
        settle(subject, c.cast.camera.scaled(wide / c.cast.camera.width), picture, loose, ROUNDS[1:], zoom, open_[1])
        for c in better[:2]
        if c.share > LEAST_SHARE and _worth(c) > ALIKE * _worth(better[0])
    ]
    return max((t for t in tried if t is not None), key=_worth, default=None)


def _open(frame: Frame, subject: Recognised, shape: tuple[int, ...]) -> Bools | None:
    """Where nobody stands in front of a set, bool [h, w]; None for figures and where nobody was found."""
    import cv2

    if subject.figure or not frame.covered.any():
        return None
    return np.asarray(cv2.resize(frame.covered, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST) == 0)


def glimpsed(subject: Recognised, frame: Frame) -> list[Camera]:
    """Cameras of a subject whose small picture the frame looks most like, a pan and a tilt apart."""
    import cv2

    height, width = frame.rgb.shape[:2]
    small = resized(frame, GLANCE_PX[0])
    across, down = (p // 5 for p in GLANCE_PX)
    # a frame of other proportions is cut, or stands between strips of nothing: squeezed, it would look like no camera's picture
    lower = (len(small) - GLANCE_PX[1]) // 2
    top, left_over = max(0, lower), max(0, -lower)
    seen = even(band(log_luma(small), None, 0.7, 5.0))[top : top + GLANCE_PX[1]]
    seen = np.pad(seen, ((left_over, GLANCE_PX[1] - len(seen) - left_over), (0, 0)))
    evened = np.pad(seen, ((down, down), (across, across)))
    figure = subject.figure
    found = []
    for cast, signal in subject.glances:
        if figure:
            padded = np.pad(signal, ((down, down), (across, across)))
            inside = np.pad(cast.hit, ((down, down), (across, across)))
            found += [(peak, cast, dx, dy) for peak, dx, dy in slid(evened, padded, inside, 2 * down, 1)]
        else:
            answer = cv2.matchTemplate(evened, signal, cv2.TM_CCORR_NORMED)
            _, peak, _, (px, py) = cv2.minMaxLoc(answer)
            found.append((peak, cast, px - across, py - down))
    found.sort(key=lambda f: -f[0])
    out = []
    for _, cast, dx, dy in found[:MOST_GLANCES]:
        rows, columns = np.nonzero(cast.hit)
        some = np.linspace(0, len(rows) - 1, 60).astype(int)
        px = np.column_stack([columns[some] + 0.5 + dx, rows[some] + 0.5 + dy + lower]) * (width / GLANCE_PX[0])
        points = cast.points[rows[some], columns[some]]
        on = cast.camera.scaled(width / GLANCE_PX[0])
        above = (on.height - height) // 2
        on = cropped(on, (0, above, on.width, above + height))
        out.append(refined(on, points, px.astype(np.float32), np.ones(60, np.float32), width / 40, zoom=False))
    return out


def _worth(found: Registered) -> float:
    return found.quality * math.sqrt(found.blocks)


ALIKE = 0.75
"""A second camera is looked at finely when it is nearly as good as the first."""
LIKELY = 0.35
"""The same for a second coarse look, which alters more."""
GOOD, FAIR = 0.8, 0.7
"""Agreement above which no second way of looking is needed; and above which a figure is not looked for as somebody on the floor."""
LEAST_SHARE, MOST_COARSE = 0.2, 6
"""Part of the blocks that must agree on the coarse raster for a camera to be looked at finely; and how many are bettered there."""
MOST_GLANCES = 6
"""How many of the small pictures are tried."""
