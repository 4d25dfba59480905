"""What a model is shown: reference pictures, depth as a picture, a video with holes and the denoise mask; all at the shot's exact size.

Place in the path: vace, between a guide and the pipe; NumPy alone. WanVACEPipeline resizes what does not fit and so misaligns it, which is why
nothing here leaves that to it. Video and mask are pictures and coverage by code values: 0..255 stands for 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import coded, linear_from_srgb
from sora_lock.engines import Actor, Guide, Scene
from sora_lock.errors import EngineError
from sora_lock.records import Generation

Codes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

MARGIN = 0.06
"""White left around a subject that was cut out, as a part of the shot's size; a picture of a set fills it."""
MOST = 3
"""Reference pictures: each costs as much as four frames, and the model was trained with a few."""
NEAR, FAR = 99.0, 1.0
"""Percentiles of inverse depth over the clip that are drawn white and black."""


@dataclass(frozen=True)
class Conditions:
    """What goes into one call beside the prompt.

    Attributes:
        references: uint8 [H, W, 3] each, sRGB, the most telling first.
        video: float32 [F, H, W, 3], 0..1, or None without a guide.
        mask: bool [F, H, W], True where the model regenerates; None without a guide.
    """

    references: tuple[Codes, ...]
    video: Floats | None = None
    mask: Bools | None = None


def references(scene: Scene) -> tuple[Codes, ...]:
    """At most `MOST` pictures of the locks on white, in the shot's size: every one's front first (cast, then set), then the cast's other views.

    Who is wholly free is not shown: a set that may be any place would come back as itself.

    Raises:
        EngineError: for an anchor without a subject, and when no lock that is held has an anchor.
    """
    shown = [(a, a.anchors()) for a in scene.actors if not a.free]
    chosen = [(a, seen[0]) for a, seen in shown if seen]
    cast = [(a, seen) for a, seen in shown if a in scene.cast]
    for view in range(1, max((len(seen) for _, seen in cast), default=0)):
        chosen += [(a, seen[view]) for a, seen in cast if view < len(seen)]
    if not chosen:
        raise EngineError(
            "No lock that this shot holds has an anchor to show to the model; hold something, or freeze a new version."
        )
    return tuple(reference(a, rgba, scene.width, scene.height) for a, rgba in chosen[:MOST])


def reference(actor: Actor, rgba: Codes, width: int, height: int) -> Codes:
    """One anchor, cut to its subject, on white, fitted into the shot's size without distortion.

    Args:
        rgba: uint8 [h, w, 4], sRGB, alpha is coverage.
        width, height: px.

    Returns:
        uint8 [height, width, 3].

    Raises:
        EngineError: when nothing in it is covered.
    """
    rows, columns = np.nonzero(rgba[..., 3].max(1) > 127)[0], np.nonzero(rgba[..., 3].max(0) > 127)[0]
    if not len(rows):
        raise EngineError(
            f"An anchor of @{actor.lock.name} shows no subject: its matte is empty. Cut it out again and freeze a new version."
        )
    part = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cover = part[..., 3:].astype(np.float32) / 255
    margin = 0.0 if rgba[..., 3].min() == 255 else MARGIN
    return letterbox(coded(linear_from_srgb(part[..., :3]) * cover + (1 - cover)), width, height, margin)


def letterbox(rgb: Codes, width: int, height: int, margin: float = 0.0) -> Codes:
    """`rgb`, uint8 [h, w, 3], as large as it goes with that margin (a part of the whole) on each side, centred on white: uint8 [height, width, 3]."""
    import cv2

    scale = (1 - 2 * margin) * min(width / rgb.shape[1], height / rgb.shape[0])
    w, h = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small = cv2.resize(rgb, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    out = np.full((height, width, 3), 255, np.uint8)
    out[(height - h) // 2 : (height - h) // 2 + h, (width - w) // 2 : (width - w) // 2 + w] = small
    return out


def depth_pictures(depths_m: Sequence[Floats]) -> Floats:
    """Depth as VACE's annotators draw it: inverse depth, near is white, three equal channels.

    They stretch each frame by its own extremes, which flickers; here one stretch, by percentiles over all frames, serves the clip.

    Args:
        depths_m: float32 [H, W] each, planar metres; inf where nothing is, which is drawn black.

    Returns:
        float32 [F, H, W, 3], 0..1.
    """
    inverse = np.stack([_inverse(d) for d in depths_m])
    seen = inverse[inverse > 0]
    if not seen.size:
        return np.zeros((*inverse.shape, 3), np.float32)
    far, near = np.percentile(seen, [FAR, NEAR])
    span = max(float(near - far), 1e-9)  # all at one distance: all white
    drawn = np.where(inverse > 0, np.clip((inverse - min(far, near - span)) / span, 0, 1), 0)
    return np.repeat(drawn[..., None].astype(np.float32), 3, axis=-1)


def with_holes(frames: Sequence[Codes], mask: Bools) -> Floats:
    """The video with mid grey where it is regenerated.

    Args:
        frames: uint8 [H, W, 3] each, sRGB.
        mask: bool [F, H, W], True where it is regenerated.

    Returns:
        float32 [F, H, W, 3], 0..1.
    """
    video = np.stack(frames).astype(np.float32) / np.float32(255)
    video[mask] = 0.5
    return video


def conditions(scene: Scene, shown: tuple[Codes, ...], how: Generation, guide: Guide | None, at: Sequence[int]) -> Conditions:  # fmt: skip
    """What the model is shown of these frames, by the shot's mode and the hold that is tried.

    Args:
        shown: what `references` gave.
        guide: the base or blocking take; None in the modes "text" and "references".
        at: the guide's frames.

    Raises:
        EngineError: when the guide is missing, of another size, or holds nothing that could be kept.
    """
    if how.mode == "text":
        return Conditions(())
    if how.mode == "references":
        return Conditions(shown)
    if guide is None:
        raise EngineError(f"A shot by {how.mode} needs a take to go by, and none came; name a base take.")
    size = (scene.height, scene.width)
    if how.mode == "blocked" or how.hold == "reflectance":
        depths = [_of_size(_depth(guide, frame), size) for frame in at]
        return Conditions(shown, depth_pictures(depths), np.ones((len(at), *size), bool))
    seen = [(_of_size(guide.held(frame), size) < 0.5, _of_size(guide.rgb(frame), size)) for frame in at]
    mask = np.stack([made_anew for made_anew, _ in seen])
    if mask.all():
        raise EngineError(
            "Nothing that is held can be seen in the base take, so all of it would be regenerated; shoot by references instead."
        )
    return Conditions(shown, with_holes([rgb for _, rgb in seen], mask), mask)


def _depth(guide: Guide, frame: int) -> Floats:
    aov = guide.layers(frame).aov
    if aov is None:
        raise EngineError("The take to go by has no depth; go by a take that comp made.")
    return aov.depth


def _of_size(picture: Any, size: tuple[int, int]) -> Any:
    if picture.shape[:2] != size:
        height, width = picture.shape[:2]
        raise EngineError(
            f"The take to go by is {width}x{height} and the shot {size[1]}x{size[0]}; shoot in the size of that take."
        )
    return picture


def _inverse(depth_m: Floats) -> Floats:
    """1 / metres, 0 where there is nothing (inf) or no depth (0, NaN)."""
    seen = np.isfinite(depth_m) & (depth_m > 0)
    return np.divide(1, depth_m, out=np.zeros(depth_m.shape, np.float32), where=seen)
