"""A clip as a body that any light can reach: a relief a frame, all of one scale, with colours, shape and depth steadied along the motion.

Place in the path: subjects; between a clip with its mattes and the archives a lock names (`freeze_clip`). Every frame is estimated by itself, as a picture
is; by itself each guess of the light is a little different, and lit again the subject would flicker. So each frame's estimates are brought
to those of the frame before, as the motion carries them: colours may keep their own detail, not their own level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import luma
from sora_lock.records import Kind, Region
from sora_lock.subjects.brought import Parts
from sora_lock.subjects.clip import Clip
from sora_lock.subjects.estimators.carried import Motion
from sora_lock.subjects.photo import Box, Picture, axis_px, regions_for
from sora_lock.subjects.plates import Plates, checked, plates_for
from sora_lock.subjects.relief import Setting, build, setting_of, stretched

Floats = NDArray[np.float32]

KEEPS, SHAPE_KEEPS = 0.85, 0.7
"""How much of what was known of a place a frame before stays, of its colour and of its shape, which may turn; the rest is the frame's own estimate."""
BROAD = 0.01
"""Standard deviation of the level that colours are brought to, as a part of the picture's longer side; what is finer is the frame's own."""
DARK = 1e-3


@dataclass(frozen=True)
class Known:
    """What the frame before was found to be."""

    rgb: NDArray[np.uint8]
    alpha: Floats
    plates: Plates


@dataclass(frozen=True)
class Relief:
    """One frame as a body: what its archive is packed from, and the plates it was made of."""

    parts: Parts
    plates: Plates


def reliefs(
    clip: Clip, kind: Kind, *, name: str, faces: list[Box] | None = None, height_m: float | None = None
) -> Iterator[Relief]:
    """Every frame, in order, to be packed one by one.

    Args:
        faces: the face's box in each frame, px of the clip; they become a part of their own.
        height_m: of the whole subject; without it the usual one of its kind.

    Raises:
        MediaError: as `plates.plates_for` and `relief.build`.
    """
    before: Known | None = None
    setting: Setting | None = None
    for frame in range(clip.count):
        made = clip.picture(frame)
        face = faces[frame] if faces else None
        regions, numbers = regions_for(made, kind, face)
        plates = plates_for(made, None, height_m)
        if before is not None:
            plates = _steadied(made, plates, before)
        before = Known(made.rgb, made.alpha, plates)
        if setting is None:
            setting = _setting(clip, made, plates, kind, regions, numbers, faces, height_m)
        yield Relief(build(made, plates, kind, regions, numbers, name=name, setting=setting), plates)


def _setting(
    clip: Clip,
    first: Picture,
    plates: Plates,
    kind: Kind,
    regions: tuple[Region, ...],
    numbers: NDArray[np.uint8],
    faces: list[Box] | None,
    height_m: float | None,
) -> Setting:
    """What all frames share: the first frame's scale, the place of all that is ever covered, and a framing as wide as the subject goes."""
    ever, ways = np.zeros_like(first.alpha), []
    for frame in range(clip.count):
        alpha = stretched(clip.picture(frame).alpha)
        ever = np.maximum(ever, alpha)
        ways.append((faces[frame][0] + faces[frame][2]) / 2 if faces else axis_px(alpha >= 0.5))
    face = faces[0] if faces else None
    own = setting_of(replace(first, alpha=stretched(first.alpha)), kind, height_m, face)
    whole = setting_of(replace(first, alpha=ever), kind, height_m, face)
    scale = replace(own.scale, axis_px=whole.scale.axis_px, bottom_px=whole.scale.bottom_px)
    shared = Setting(scale, whole.crop)
    framing = dict(build(first, plates, kind, regions, numbers, name="", face_box=face, setting=shared).info["framing"])
    sideways = [(x - ways[0]) * scale.m_per_px for x in ways]
    eye = list(framing["eye_m"])
    eye[0] = round(eye[0] + (max(sideways) + min(sideways)) / 2, 4)
    framing |= {"eye_m": eye, "spread_m": round(max(sideways) - min(sideways), 4)}
    return replace(shared, framing=framing)


def _steadied(made: Picture, plates: Plates, before: Known) -> Plates:
    """The plates of a frame, brought to those of the frame before where the motion says what was where."""
    import cv2

    motion = Motion(made.rgb, before.rgb)
    came = np.asarray(motion.brought(before.alpha), np.float32)
    same = (motion.sure & (came > 0.98) & (made.alpha > 0.98)).astype(np.float32)
    if same.sum() < 256:
        return plates
    keeps = (SHAPE_KEEPS * cv2.GaussianBlur(same, (0, 0), 2.0) * same)[..., None]

    def blended(own: Floats, was: NDArray[Any]) -> Floats:
        return np.asarray(own * (1 - keeps) + motion.brought(was).reshape(own.shape) * keeps, np.float32)

    # Colours: one factor a place, broad, so that the frame keeps the weave of its own cloth.
    was = luma(np.maximum(motion.brought(before.plates.reflectance), 0))
    off = np.clip(np.log((was + DARK) / (luma(plates.reflectance) + DARK)), -2, 2)
    level = float(np.median(off[same > 0]))
    sigma = BROAD * max(made.alpha.shape)
    share = cv2.GaussianBlur(same, (0, 0), sigma)
    broad = cv2.GaussianBlur((off - level) * same, (0, 0), sigma) / np.maximum(share, 1e-3)
    factor = np.exp(level + KEEPS * broad * np.minimum(1, share * 4))[..., None]
    # Distance is a guess of its own in each frame; only what stands before what counts.
    inside = made.alpha >= 0.5
    own_depth = plates.depth - np.float32(
        np.median(plates.depth[inside]) - np.median(before.plates.depth[before.alpha >= 0.5])
    )
    steady = replace(
        plates,
        reflectance=np.clip(plates.reflectance * factor, 0, 1).astype(np.float32),
        normal=blended(plates.normal, before.plates.normal),
        depth=blended(own_depth[..., None], before.plates.depth[..., None])[..., 0],
    )
    return checked(steady, made.alpha)
