"""A location still with its survey as plates of a place: camera, ground, sky, depth, reflectance, cards of what stands apart, and a clean plate behind them.

Place in the path: subjects, between an upload and `projected`, which makes geometry of it. What is estimated, and from what, is said in `made_by`;
files take its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sora_lock.camera import Camera
from sora_lock.colour import coded, linear_from_srgb
from sora_lock.errors import MediaError
from sora_lock.media.images import Rgb, open_image
from sora_lock.media.origin import origin
from sora_lock.subjects.estimators import Bools, Box, Floats, Hints, estimator, given
from sora_lock.subjects.estimators.clean_plate import VERSION as FILL_VERSION
from sora_lock.subjects.estimators.clean_plate import fill
from sora_lock.subjects.estimators.ground import ground
from sora_lock.subjects.photo import resized, spread
from sora_lock.subjects.survey import FARTHEST_M, Survey, camera_of, ground_point, mark_m

MOST_PX, LEAST_PX = 2048, 320
"""Longest side of a still as it is kept, and shortest that a place can be seen in."""
MOST_CARDS = 8
GROWN = 0.006
"""How far beyond its matte something is cut out of the plate behind it, as a part of the picture's longer side: its soft edge and a little more."""
MEAN = 0.14
"""A place's mean tone (geometric, luma): about that of the shipped sets."""

GROUND, STANDS = 0, 1


@dataclass(frozen=True)
class Card:
    """Something that stands apart from what is behind it.

    Attributes:
        alpha: float32 [H, W]; reflectance, normal: float32 [H, W, 3], linear and world space.
        away_m: horizontal distance of its foot from the camera.
    """

    alpha: Floats
    reflectance: Floats
    normal: Floats
    away_m: float


@dataclass(frozen=True)
class Still:
    """A place as one picture knows it; planes are [H, W] or [H, W, 3] of the kept picture.

    Attributes:
        seen, rgb: uint8, the picture, and its clean plate (the same where nothing stands apart or goes away).
        camera: who took it: origin on the ground below, looking along -Z.
        mark_m: where people stand.
        edge_px: float32 [W], row at which the ground ends in each column; height where there is none.
        sky: float32, 0..1.
        reflectance: float32, linear.
        depth: float32, planar metres, given; None when geometry follows from ground and horizon.
        normal: float32, world space, given; None.
        cards: nearest last.
        indoors: whether there is a ceiling, and no weather.
        made_by: plate -> who made it.
        notes: sentences for people.
    """

    seen: Rgb
    rgb: Rgb
    camera: Camera
    mark_m: tuple[float, float, float]
    edge_px: Floats
    sky: Floats
    reflectance: Floats
    depth: Floats | None
    normal: Floats | None
    cards: tuple[Card, ...]
    indoors: bool
    made_by: Mapping[str, str]
    notes: tuple[str, ...]


def still(
    data: bytes,
    survey: Survey,
    *,
    indoors: bool = False,
    apart: Sequence[Box] = (),
    remove: Sequence[Box] = (),
    strokes: tuple[Bools, Bools] | None = None,
    clean: bytes | None = None,
    files: Mapping[str, bytes] | None = None,
    by: str = "classical",
) -> Still:
    """Everything about a place that one picture and a few drags tell.

    Args:
        data: PNG, JPEG, WebP or TIFF; a picture with alpha has its sky where it is transparent.
        survey: in px of the picture as brought.
        apart, remove: boxes around things that stand apart, and around things to take away, px as brought.
        strokes: bool [h, w] over things that stand apart, and over things to take away; of another size they are fitted.
        clean: a picture of the place without them; without one it is made up.
        files: "reflectance" or "depth" (EXR, planar metres) of the picture as brought.
        by: the estimator.

    Raises:
        MediaError: for a file that cannot be read or does not fit, a survey that cannot be, or hints under which nothing is found.
    """
    opened = open_image(data)
    tall, wide = opened.rgba.shape[:2]
    if min(tall, wide) < LEAST_PX:
        raise MediaError(f"The picture is {wide}x{tall}; a place wants {LEAST_PX} px at least on its shorter side.")
    share = min(1.0, MOST_PX / max(tall, wide))
    size = (round(wide * share), round(tall * share))
    notes = list(opened.notes)
    if share < 1:
        notes.append(f"The picture was reduced from {wide}x{tall} to {size[0]}x{size[1]}.")
    rgba = np.asarray(Image.fromarray(opened.rgba).resize(size, Image.Resampling.LANCZOS)) if share < 1 else opened.rgba
    rgb = np.ascontiguousarray(rgba[..., :3])
    drawn = survey.scaled(share)
    camera, told = camera_of(drawn, *size)
    mark = mark_m(drawn, camera)
    files = dict(files or {})
    strange = sorted(set(files) - {"reflectance", "depth"})
    if strange:
        raise MediaError(f"There is no plate {strange[0][:40]!r} of a place; bring reflectance or depth.")

    own = rgba[..., 3].astype(np.float32) / np.float32(255)
    if float((own >= 0.5).mean()) < 0.05:
        raise MediaError("The picture shows nothing but sky (it is transparent); bring one with ground to stand on.")
    light = linear_from_srgb(rgb)
    kept, gone = _things(light, apart, remove, strokes, share, by)
    hole = _grown(rgb.shape[:2], kept, gone)
    level = ground(_without(rgb, hole), camera, drawn.ground_end, "none" if indoors else "find", hole)
    sky = level.sky if float(own.min()) >= 0.98 else 1 - own
    label = np.where(
        np.arange(size[1])[:, None] + 0.5 >= level.edge_px[None], np.uint8(GROUND + 1), np.uint8(STANDS + 1)
    )

    made_by = {"picture": drawn_by} if (drawn_by := origin(data)) else {}
    made_by["survey"] = "drawn" if survey.upright or survey.horizon else "taken for granted"
    made_by["ground"] = "drawn" if len(drawn.ground_end) >= 2 else f"{by} 1"
    if "reflectance" in files:
        told_by = given.reflectance(files["reflectance"], (tall, wide))
        colours = told_by.values
        if share < 1:
            colours = np.stack([resized(colours[..., c], size, Image.Resampling.HAMMING) for c in range(3)], axis=-1)
    else:
        facing = _facing(camera, level.edge_px)
        told_by = estimator(by).reflectance(light, np.where(hole, 1.0, 1 - sky).astype(np.float32), facing, MEAN)
        colours = told_by.values
    made_by["reflectance"] = f"{told_by.made_by.name} {told_by.made_by.version[:12]}"
    depth = None
    if "depth" in files:
        far = given.depth(files["depth"], (tall, wide))
        depth = (
            far.values if share == 1 else np.asarray(Image.fromarray(far.values).resize(size, Image.Resampling.NEAREST))
        )
        made_by["depth"] = f"{far.made_by.name} {far.made_by.version[:12]}"
    else:
        made_by["depth"] = "ground and horizon"

    cards = tuple(
        _card(alpha, light, colours, camera, depth, by)
        for alpha in sorted(kept, key=lambda a: float(np.flatnonzero((a >= 0.5).any(axis=1))[-1]))
    )
    behind, shown = colours, rgb
    if hole.any():
        if clean is not None:
            shown, behind = _given_plate(clean, rgb, colours, hole, (wide, tall))
            made_by["clean plate"] = f"given {hashlib.sha256(clean).hexdigest()[:12]}"
        else:
            shown = fill(rgb, hole, label)
            codes = coded(colours)
            behind = np.where(hole[..., None], linear_from_srgb(fill(codes, hole, label)), colours)
            made_by["clean plate"] = f"{by} {FILL_VERSION}"
    return Still(
        _seen(rgb, shown, gone), shown, camera, mark, level.edge_px, np.where(hole, np.float32(0), sky).astype(np.float32), behind.astype(np.float32),
        depth, None, cards, indoors, made_by, (*notes, *told),
    )  # fmt: skip


def _things(
    light: Floats,
    apart: Sequence[Box],
    remove: Sequence[Box],
    strokes: tuple[Bools, Bools] | None,
    share: float,
    by: str,
) -> tuple[list[Floats], list[Floats]]:
    """Mattes of what stands apart and of what goes away."""
    import cv2

    height, width = light.shape[:2]
    out: tuple[list[Floats], list[Floats]] = ([], [])
    for found, boxes, painted in zip(out, (apart, remove), strokes or (None, None), strict=True):
        hints = []
        for box in boxes:
            x0, y0, x1, y1 = (round(v * share) for v in box)
            if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
                raise MediaError(
                    f"The box {box[0]},{box[1]} to {box[2]},{box[3]} does not lie within the picture of {round(width / share)}x{round(height / share)} px."
                )
            hints.append(Hints((x0, y0, x1, y1)))
        if painted is not None and painted.any():
            mask = np.asarray(Image.fromarray(painted).resize((width, height), Image.Resampling.NEAREST), np.bool_)
            joined = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8))
            count, number, stats, _ = cv2.connectedComponentsWithStats(joined)
            for k in range(1, count):
                x, y, w, h = (int(v) for v in stats[k][:4])
                room = round(0.35 * max(w, h))
                box = (max(0, x - room), max(0, y - room), min(width, x + w + room), min(height, y + h + room))
                hints.append(Hints(box, (number == k) & mask))
        found += [estimator(by).matte(light, hint).alpha for hint in hints]
    if len(out[0]) + len(out[1]) > MOST_CARDS:
        raise MediaError(f"{len(out[0]) + len(out[1])} things were pointed at; wanted {MOST_CARDS} at most.")
    return out


def _grown(shape: tuple[int, ...], *mattes: Sequence[Floats]) -> Bools:
    """Where any of the mattes covers anything, and a little more, bool [H, W]."""
    import cv2

    every = [alpha for some in mattes for alpha in some]
    if not every:
        return np.zeros(shape, np.bool_)
    reach = max(2, round(GROWN * max(every[0].shape)))
    grown = cv2.dilate((np.max(every, axis=0) > 0.02).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    return np.asarray(grown > 0, np.bool_)


def _seen(rgb: Rgb, clean: Rgb, gone: Sequence[Floats]) -> Rgb:
    """The picture without what goes away."""
    if not gone:
        return rgb
    return np.where(_grown(rgb.shape[:2], gone)[..., None], clean, rgb)


def _without(rgb: Rgb, hole: Bools) -> Rgb:
    """The picture with the hole smeared shut, for colours to be told by."""
    import cv2

    if not hole.any():
        return rgb
    return np.asarray(cv2.inpaint(rgb, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA), np.uint8)


def _facing(camera: Camera, edge_px: Floats) -> Floats:
    """Normals in camera space, float32 [H, W, 3]: the ground's is up, everything else faces the camera."""
    up = np.asarray(camera.rotation, np.float32)[:, 1]
    below = np.arange(camera.height)[:, None] + 0.5 >= edge_px[None]
    back = np.array([0, 0, 1], np.float32) - up[2] * up
    return np.where(below[..., None], up, back / np.linalg.norm(back)).astype(np.float32)


def _card(alpha: Floats, light: Floats, colours: Floats, camera: Camera, depth: Floats | None, by: str) -> Card:
    """One thing that stands apart, at the distance of its foot."""
    inside = alpha >= 0.5
    rows = np.flatnonzero(inside.any(axis=1))
    bottom = int(rows[-1]) + 1
    feet = np.flatnonzero(inside[max(0, bottom - max(3, (bottom - int(rows[0])) // 12)) : bottom].any(axis=0))
    foot = (float(feet.mean()) + 0.5, float(bottom))
    if depth is not None:
        ray = camera.directions(np.asarray([foot[0]], np.float32), np.asarray([foot[1]], np.float32))[0]
        away = float(np.median(depth[inside])) * float(np.hypot(ray[0], ray[2]))
    else:
        on = ground_point(camera, foot)
        away = FARTHEST_M if on is None else float(np.hypot(on[0], on[2]))
    normal = estimator(by).normal(light, alpha).values @ np.asarray(camera.rotation, np.float32)
    return Card(alpha, colours, normal, min(away, FARTHEST_M))


def _given_plate(clean: bytes, rgb: Rgb, colours: Floats, hole: Bools, brought: tuple[int, int]) -> tuple[Rgb, Floats]:
    """The hole filled from a clean plate that somebody took: its picture, and its reflectance by the light that is known around the hole."""
    given_rgb = open_image(clean).rgba[..., :3]
    if abs(given_rgb.shape[1] * brought[1] / (given_rgb.shape[0] * brought[0]) - 1) > 0.01:
        raise MediaError(
            f"The clean plate is {given_rgb.shape[1]}x{given_rgb.shape[0]} and the picture {brought[0]}x{brought[1]}; wanted the same size, from the same place."
        )
    size = (rgb.shape[1], rgb.shape[0])
    fitted = np.asarray(Image.fromarray(np.ascontiguousarray(given_rgb)).resize(size, Image.Resampling.LANCZOS))
    shade = linear_from_srgb(rgb).mean(axis=2) / np.maximum(colours.mean(axis=2), 1e-3)
    known = spread(np.repeat(shade[..., None], 3, axis=2).astype(np.float32), (~hole).astype(np.float32))
    lit = linear_from_srgb(fitted) / np.maximum(known, 1e-3)
    return (
        np.where(hole[..., None], fitted, rgb),
        np.where(hole[..., None], np.clip(lit, 0, 1), colours).astype(np.float32),
    )
