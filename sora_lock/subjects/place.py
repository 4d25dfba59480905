"""The folder of a location still: surveyed, estimated, projected and packed, with pictures to look at.

Place in the path: subjects, on top of `still` and `projected`; `cutout` calls it, `freeze.freeze_packed` locks what it wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import coded
from sora_lock.records import Reading
from sora_lock.subjects.brought import pack
from sora_lock.subjects.packed import Plate, write_packed
from sora_lock.subjects.projected import build, regions_plate
from sora_lock.subjects.still import Still

Codes = NDArray[np.uint8]

GRID_M, GRID_FAR_M, GRID_WIDE_M = 1.0, 14.0, 6.0
"""The ground's grid in the picture of the survey: its squares, and how far and wide it goes."""
TALL_M = 1.75
BODY = ((0.06, 0.5, 0.2), (0.52, 0.76, 0.36), (0.8, 0.86, 0.1), (0.93, 0.935, 0.2))
"""Somebody at the mark, in the picture of the survey: legs, trunk, neck and head as (from, to, in parts of the height; width in metres)."""
LINE, FIGURE, GROUND_TINT, SKY_TINT = (232, 176, 79), (240, 236, 228), (111, 176, 127), (79, 155, 208)
SHARP_PX = 540
"""Height of a crop of the picture, for a wide shot of a person, from which nothing needs enlarging at 960x540."""


@dataclass(frozen=True)
class Made:
    """What was made of a still: the camera's height, the mark's distance in metres, names of marks, who made what, and sentences for people."""

    eye_m: float
    mark_m: float
    marks: tuple[str, ...]
    made_by: Mapping[str, str]
    notes: tuple[str, ...]


def write_place(folder: Path, place: Still) -> Made:
    """Projects and packs a place and writes its folder.

    Raises:
        MediaError: as `projected.build`.
    """
    parts = build(place, name="place")
    numbers = regions_plate(place)
    cover = np.where(numbers > 0, np.uint8(255), np.uint8(0))
    unlit = place.reflectance
    for card in place.cards:
        unlit = unlit * (1 - card.alpha[..., None]) + card.reflectance * card.alpha[..., None]
    flat = coded(unlit)
    plates = [
        Plate("picture", np.dstack([place.seen, cover]), numbers),
        Plate(
            "picture, its light taken out",
            np.dstack([np.where(cover[..., None] > 0, flat, np.uint8(0)), cover]),
            numbers,
        ),
    ]
    shown = [("ground, sky and a person at the mark", surveyed(place), place.made_by["ground"])]
    if "clean plate" in place.made_by:
        shown.append(("clean plate", place.rgb, place.made_by["clean plate"]))
    x, _, z = place.mark_m
    away = float(np.hypot(x, z))
    write_packed(
        folder, "place", *pack(parts), plates,
        shown=shown, notes=place.notes, made_by=place.made_by, readiness=(_sharpness(place, away),),
    )  # fmt: skip
    return Made(place.camera.position_m[1], round(away, 2), tuple(parts.info["marks"]), place.made_by, place.notes)


def surveyed(place: Still) -> Codes:
    """The picture with what was understood of it, uint8 [H, W, 3]: ground tinted, with its grid of metres, sky tinted, a person at the mark."""
    import cv2

    height, width = place.sky.shape
    rows = np.arange(height)[:, None] + 0.5
    light = place.seen.astype(np.float32)
    ground = (rows >= place.edge_px[None])[..., None]
    light = np.where(ground, light * 0.7 + np.array(GROUND_TINT, np.float32) * 0.3, light)
    sky = 0.45 * place.sky[..., None]
    light = light * (1 - sky) + np.array(SKY_TINT, np.float32) * sky
    out: Codes = np.ascontiguousarray(np.rint(light).astype(np.uint8))
    thick = max(1, round(width / 900))

    def line(
        a: tuple[float, float, float], b: tuple[float, float, float], colour: tuple[int, int, int], wide: int
    ) -> None:
        points, depth = place.camera.project(np.array([a, b]))
        if (depth > 0.2).all() and np.abs(points).max() < 30_000:
            (ax, ay), (bx, by) = np.rint(points).astype(int).tolist()
            cv2.line(out, (ax, ay), (bx, by), colour, wide, cv2.LINE_AA)

    for k in range(int(-GRID_WIDE_M), int(GRID_WIDE_M) + 1):
        for ahead in range(1, int(GRID_FAR_M)):
            line((k * GRID_M, 0, -ahead * GRID_M), (k * GRID_M, 0, -(ahead + 1) * GRID_M), LINE, thick)
            if k < GRID_WIDE_M:
                line((k * GRID_M, 0, -ahead * GRID_M), ((k + 1) * GRID_M, 0, -ahead * GRID_M), LINE, thick)
    x, _, z = place.mark_m
    px_per_m = place.camera.focal_px / max(float(place.camera.project(np.array([[x, 0.0, z]]))[1][0]), 0.3)
    for low, high, wide_m in BODY:
        line((x, low * TALL_M, z), (x, high * TALL_M, z), FIGURE, max(2, round(wide_m * px_per_m)))
    return out


def _sharpness(place: Still, away: float) -> Reading:
    """How much of the picture a wide shot of a person at the mark shows, in words."""
    tall = place.camera.focal_px * 2.1 / away
    level = "good" if tall >= SHARP_PX else "fair" if tall >= SHARP_PX / 2 else "poor"
    words = {
        "good": "A wide shot of somebody at the mark is as sharp as the picture.",
        "fair": "A wide shot of somebody at the mark enlarges the picture a little; closer ones soften the place.",
        "poor": "Somebody at the mark is small in the picture: a wide shot enlarges it, and the place looks soft. Set the mark nearer.",
    }[level]
    return Reading("place behind a person", round(tall, 1), level, words)  # type: ignore[arg-type]
