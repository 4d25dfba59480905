"""A person's own clip as a subject: a matte for every frame, carried from key frames, and its fit to a raster.

Place in the path: subjects; beside `photo`, whose pictures a clip's frames are. Between an upload and the folder `clip_cut` writes (`cut_out`,
`corrected`), and between the lock and the hold (`ConformedClip`). A clip without estimates is held by `pixel`: what `ConformedClip.at` returns is, in
the core, what the master must hold byte for byte. All of it is placed by one transform: fitted frame by frame it would swim.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import LUMA, coded, linear_from_srgb
from sora_lock.errors import MediaError
from sora_lock.media.footage import Footage
from sora_lock.media.images import read_own
from sora_lock.subjects.photo import LEAST_PX, Box, Conformed, Picture, Place, place, placed

Codes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

OPAQUE = 250
"""Least alpha of a clip below which it brings a matte of its own."""
ANCHORS = 3
"""Frames of a clip that the judge compares with."""


class Key(NamedTuple):
    """What a person said about one frame.

    Attributes:
        frame: counts from 0.
        box: (x0, y0, x1, y1) px of the clip as brought, around all of the subject.
        subject, background: bool [h, w], strokes over what is surely subject and surely not; of another size they are fitted.
    """

    frame: int = 0
    box: Box | None = None
    subject: Bools | None = None
    background: Bools | None = None


@dataclass(frozen=True)
class Matted:
    """A clip with a matte for every frame.

    Attributes:
        footage: the frames as decoded.
        mattes: uint8 [F, H, W], coverage of 255.
        keys: the frames whose mattes a person pointed at; () for a matte that was brought.
        notes: sentences for people.
    """

    footage: Footage
    mattes: Codes
    keys: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def picture(self, frame: int) -> Picture:
        """One frame, its soft edge free of the old background."""
        from sora_lock.subjects.estimators.matting import foreground

        rgb = np.ascontiguousarray(self.footage.frames[frame][..., :3])
        alpha = self.mattes[frame].astype(np.float32) / np.float32(255)
        own = foreground(linear_from_srgb(rgb), alpha)
        codes = coded(own)
        codes = np.where((alpha >= 1)[..., None], rgb, np.where((alpha > 0)[..., None], codes, np.uint8(0)))
        return Picture(np.ascontiguousarray(codes), alpha)


def cut_out(footage: Footage, key: Key | None, matte: Footage | None = None, by: str = "classical") -> Matted:
    """The matte of every frame: the one brought as a second clip, the clip's own alpha, or one carried from a key frame.

    Args:
        by: the estimator of the key frame, "classical" or "learned".

    Raises:
        MediaError: without a matte or a word where the subject is, for a matte of another length or size, and as `estimators.matting`.
    """
    from sora_lock.subjects.estimators import Hints, estimator
    from sora_lock.subjects.estimators.carried import carry

    own = footage.frames.shape[3] == 4 and any(int(f[..., 3].min()) < OPAQUE for f in footage.frames)
    if matte is not None:
        return _checked(Matted(footage, _brought(footage, matte), (), ("Its matte is the second clip.",)))
    if own:
        said = ("Its matte is its own alpha.",)
        return _checked(Matted(footage, np.ascontiguousarray(footage.frames[..., 3]), (), said))
    if key is None or (key.box is None and key.subject is None):
        raise MediaError(
            "The clip has no matte: draw a box around the subject, or strokes over it, or bring the matte as a second clip."
        )
    at = _within(footage, key)
    light = linear_from_srgb(np.ascontiguousarray(footage.frames[at.frame][..., :3]))
    made = estimator(by).matte(light, Hints(at.box, at.subject, at.background))
    mattes = np.zeros(footage.frames.shape[:3], np.uint8)
    mattes[at.frame] = np.rint(made.alpha * 255)
    carry(footage.frames[..., :3], mattes, (at.frame,))
    return _checked(Matted(footage, mattes, (at.frame,)))


def corrected(made: Matted, key: Key) -> Matted:
    """The clip with strokes obeyed at one frame, which is a key frame from then on: other key frames, and what lies beyond them, keep their mattes.

    Raises:
        MediaError: for a frame that is not there, no strokes, or as `estimators.matting.correct`.
    """
    from sora_lock.subjects.estimators import MadeBy, Matte
    from sora_lock.subjects.estimators.carried import between, carry
    from sora_lock.subjects.estimators.matting import correct

    at = _within(made.footage, key)
    light = linear_from_srgb(np.ascontiguousarray(made.footage.frames[at.frame][..., :3]))
    before = Matte(made.mattes[at.frame].astype(np.float32) / np.float32(255), light, MadeBy("classical", ""))
    alpha = correct(light, before, at.subject, at.background).alpha
    keys = tuple(sorted({*made.keys, at.frame}))
    mattes = made.mattes.copy()
    mattes[at.frame] = np.rint(alpha * 255)
    carry(made.footage.frames[..., :3], mattes, keys, only=between(keys, at.frame, len(mattes)))
    return _checked(Matted(made.footage, mattes, keys, made.notes))


def _within(footage: Footage, key: Key) -> Key:
    """The key in px of the footage."""
    import cv2

    count, height, width = footage.frames.shape[:3]
    if not 0 <= key.frame < count:
        raise MediaError(f"There is no frame {key.frame}; the clip has frames 0 to {count - 1}.")
    wide, tall = footage.brought
    box = key.box
    if box is not None:
        if not (0 <= box[0] < box[2] <= wide and 0 <= box[1] < box[3] <= tall):
            raise MediaError(
                f"The box {box[0]},{box[1]} to {box[2]},{box[3]} does not lie within the clip of {wide}x{tall} px."
            )
        x, y = width / wide, height / tall
        box = (int(box[0] * x), int(box[1] * y), max(1, round(box[2] * x)), max(1, round(box[3] * y)))

    def fitted(mask: Bools | None) -> Bools | None:
        if mask is None or not mask.any():
            return None
        return np.asarray(cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0)

    return Key(key.frame, box, fitted(key.subject), fitted(key.background))


def _brought(footage: Footage, matte: Footage) -> Codes:
    """The mattes of a second clip: its alpha where it has one, else its luma."""
    import cv2

    count, height, width = footage.frames.shape[:3]
    if len(matte.frames) != count or matte.fps != footage.fps:
        raise MediaError(
            f"The matte has {len(matte.frames)} frames at {matte.fps} and the clip {count} at {footage.fps}; wanted as many at one rate."
        )
    tall, wide = matte.frames.shape[1:3]
    if abs(wide * height / (tall * width) - 1) > 0.01:
        raise MediaError(f"The matte is {wide}x{tall} and the clip {width}x{height}; wanted the same proportions.")
    out = np.zeros((count, height, width), np.uint8)
    for k, frame in enumerate(matte.frames):
        plane = frame[..., 3] if frame.shape[2] == 4 else np.rint(frame.astype(np.float32) @ LUMA).astype(np.uint8)
        out[k] = cv2.resize(np.ascontiguousarray(plane), (width, height), interpolation=cv2.INTER_AREA)
    return out


def _checked(made: Matted) -> Matted:
    """The clip itself; MediaError for the first frame whose matte is empty, or where it is everything."""
    for frame, matte in enumerate(made.mattes):
        inside = matte >= 128
        if int(inside.sum()) < LEAST_PX:
            raise MediaError(
                f"The matte is empty at frame {frame}: the subject is out of the picture there. Cut the clip to where it shows, or paint strokes."
            )
        if float(inside.mean()) > 0.995:
            raise MediaError(f"The matte covers everything at frame {frame}; paint strokes over the background there.")
    return made


@dataclass(frozen=True)
class Clip:
    """The frames of a clip that was cut out, read one by one.

    Attributes:
        count: frames; fps: "24", "24000/1001", ...
        read: frame -> PNG, sRGB RGBA, all of one size; written by this program.
    """

    count: int
    fps: str
    read: Callable[[int], bytes]

    def picture(self, frame: int) -> Picture:
        """One frame with its matte.

        Raises:
            MediaError: when the file is damaged.
        """
        rgba = read_own(self.read(frame))
        if rgba.ndim != 3 or rgba.shape[2] != 4:
            raise MediaError(f"Frame {frame} of the clip has no matte; freeze the clip again.")
        alpha = rgba[..., 3].astype(np.float32) / np.float32(255)
        return Picture(np.ascontiguousarray(rgba[..., :3]), alpha)

    def ever(self) -> Bools:
        """Where the subject is in any frame, bool [H, W]."""
        out = self.picture(0).alpha >= 0.5
        for frame in range(1, self.count):
            out |= self.picture(frame).alpha >= 0.5
        return out


def frame_shown(frame: int, fps: str, shot_fps: str, count: int) -> int:
    """The clip's frame that is on show at a frame of a shot; when the clip is over, its last."""
    return min(count - 1, int(frame * Fraction(fps) / Fraction(shot_fps)))


def lasts_frames(count: int, fps: str, shot_fps: str) -> int:
    """How many frames of a shot show something of a clip that was not shown before."""
    return max(1, math.ceil(count * Fraction(shot_fps) / Fraction(fps)))


def key_frames(count: int) -> tuple[int, ...]:
    """A few frames spread over a clip, the first among them: what it is judged by and shown as."""
    return tuple(sorted({round(k * (count - 1) / ANCHORS) for k in range(ANCHORS)}))


@dataclass(frozen=True)
class ConformedClip:
    """A clip fitted to a raster and to a shot's rate.

    Attributes:
        clip: the frames; place: where all of them are put; shot_fps: of the shot.
    """

    clip: Clip
    place: Place
    shot_fps: str
    _last: dict[int, Conformed] = field(default_factory=dict, compare=False, repr=False)

    def at(self, frame: int) -> Conformed:
        """The picture at a frame of the shot."""
        own = frame_shown(frame, self.clip.fps, self.shot_fps, self.clip.count)
        if own not in self._last:
            self._last.clear()  # a shot asks for one frame several times, and for none again later
            self._last[own] = placed(self.clip.picture(own), self.place)
        return self._last[own]


def conform(clip: Clip, width: int, height: int, shot_fps: str) -> ConformedClip:
    """Places a clip where the figure of a medium shot stands, by all that the subject covers in any frame.

    Args:
        width, height: of the raster, px.
    """
    return ConformedClip(clip, place(clip.ever(), width, height), shot_fps)
