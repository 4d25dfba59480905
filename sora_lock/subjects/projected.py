"""A surveyed still as geometry: the picture projected from its camera onto the ground, what stands on it, and cards before that.

Place in the path: subjects, between `still` and the archive (`brought.pack`). Runs in the page's process: NumPy and OpenCV.

The texture is the picture's own raster, so that the place, seen from where it was taken, is the picture. Without a given depth the ground is a plane, and what
stands on it stands upright where the ground ends below it (Hoiem, Efros, Hebert 2005); sky is left open. Things that stand apart are cards at the distance
of their feet, and behind them lies the clean plate: when the camera moves a little, depth does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.colour import coded
from sora_lock.errors import MediaError
from sora_lock.subjects.baked import FORMAT
from sora_lock.subjects.brought import Parts
from sora_lock.subjects.estimators.ground import horizon_rows
from sora_lock.subjects.photo import smoothstep, spread
from sora_lock.subjects.relief import STEP_TEXELS, smaller
from sora_lock.subjects.still import Card, Still
from sora_lock.subjects.survey import FARTHEST_M, ground_point

Floats = NDArray[np.float32]
Codes = NDArray[np.uint8]

MOST_TEXELS = 4096
"""Longest side of a texture."""
CELL_PX = 6.0
"""Side of a cell of the grid on a picture 2048 px wide; smaller pictures have as many."""
BEYOND = 0.05
"""How far the place goes on beyond the picture, as a part of its size: its border drawn out, for a camera that moves."""
TORN, GAP_PX = 1.06, 0.05
"""Ratio of depths from one column to the next from which there is a gap, drawn over but throwing no shadow; and half of its width."""
SCREEN, BROAD = 0.03, 0.12
"""Half of the width of what counts as narrow among what stands, and of what does above the eye's height, as parts of the picture's."""
BEHIND = (1.04, 0.15)
"""How much further off shadows are thrown from than what is seen to throw them: a factor, and metres."""
STEP, FACING = 0.8, 0.5
"""Step of distance (of its logarithm) at which one thing ends before another; and how far what stands faces the camera, whichever way it runs."""
ROUGH_GROUND, ROUGH_STANDS = 215, 205
CORNER_M, CORNER = 0.9, 0.3
"""How far from where ground and wall meet the sky is partly hidden, and how much of it there."""
SIDE_MARK_M = 1.2
SUN_DEG = (35.0, 42.0)
"""Sun: to the camera's right behind it, and how high; a picture does not say."""

PARTS: tuple[Mapping[str, Any], ...] = (
    {"name": "ground", "attributes": ["surfaces", "layout"]},
    {"name": "what stands", "attributes": ["layout", "props", "surfaces"]},
)


def build(place: Still, *, name: str) -> Parts:
    """The parts of an archive of kind "set".

    Raises:
        MediaError: when what stands apart does not fit into one texture with the picture.
    """
    height, width = place.sky.shape
    spots, side = _packed(width, height, place.cards)
    pieces = [_background(place, side)]
    if place.depth is None:
        pieces.append(_screen(place, side))
    for k, (card, spot) in enumerate(zip(place.cards, spots, strict=True)):
        pieces.append(_card(card, place.camera, spot, side, len(PARTS) + k))
    faces, start = [], 0
    for piece in pieces:
        faces.append(piece[0] + start)
        start += len(piece[4])
    st, part, layer, rest = (np.concatenate([p[k] for p in pieces]) for k in (1, 2, 3, 4))
    reflectance, alpha = np.zeros((side, side, 3), np.float32), np.zeros((side, side), np.float32)
    normal, material = np.zeros((side, side, 3), np.float32), np.zeros((side, side, 3), np.float32)
    solid = (1 - place.sky).astype(np.float32)
    at = np.s_[:height, :width]
    reflectance[at] = spread(place.reflectance, smoothstep(solid, 0.9, 1.0))
    alpha[at], normal[at], material[at] = solid, *_surface(place)
    for card, (x, y, (x0, y0, x1, y1)) in zip(place.cards, spots, strict=True):
        own, crop = np.s_[y : y + y1 - y0, x : x + x1 - x0], np.s_[y0:y1, x0:x1]
        sure = smoothstep(card.alpha[crop], 0.9, 1.0)
        reflectance[own] = spread(card.reflectance[crop], sure)
        alpha[own], normal[own], material[own] = (
            card.alpha[crop],
            spread(card.normal[crop], sure),
            (236, ROUGH_STANDS, 40),
        )
    half = side // 2 if side > 1024 else side
    codes = coded(reflectance)
    info = _info(place, name, rest)
    return Parts(
        info, np.concatenate(faces), st, part, layer, rest, codes,
        smaller(np.rint((_unit(normal) + 1) * 127.5).astype(np.uint8), half), smaller(np.rint(material).astype(np.uint8), half),
        np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint8),
    )  # fmt: skip


def regions_plate(place: Still) -> Codes:
    """Region numbers uint8 [H, W] of the picture: 0 sky, else k for the k-th part."""
    rows = np.arange(place.sky.shape[0])[:, None] + 0.5
    out = np.where(rows >= place.edge_px[None], np.uint8(1), np.uint8(2))
    out[place.sky >= 0.5] = 0
    for k, card in enumerate(place.cards):
        out[card.alpha >= 0.5] = len(PARTS) + k + 1
    return out


Spot = tuple[int, int, tuple[int, int, int, int]]
Piece = tuple[NDArray[np.int32], Floats, Codes, Codes, Floats]


def _packed(width: int, height: int, cards: tuple[Card, ...]) -> tuple[list[Spot], int]:
    """Where each card's crop lies in the texture below the picture, in rows; and the texture's side."""
    boxes = []
    for card in cards:
        rows, columns = (np.flatnonzero((card.alpha > 0).any(axis=k)) for k in (1, 0))
        boxes.append(
            (
                max(0, int(columns[0]) - 4), max(0, int(rows[0]) - 4),
                min(width, int(columns[-1]) + 5), min(height, int(rows[-1]) + 5),
            )
        )  # fmt: skip
    least = -(-max(width, height) // STEP_TEXELS) * STEP_TEXELS
    for side in range(least, MOST_TEXELS + 1, STEP_TEXELS):
        x, y, tall = 0, height + 8, 0
        spots: list[Spot] = []
        for box in boxes:
            w, h = box[2] - box[0], box[3] - box[1]
            if x + w > side:
                x, y, tall = 0, y + tall + 8, 0
            spots.append((x, y, box))
            x, tall = x + w + 8, max(tall, h)
        if not boxes or y + tall <= side:
            return spots, side
    raise MediaError(
        f"What stands apart does not fit into a texture of {MOST_TEXELS} px beside the picture; point at fewer or smaller things."
    )


def _background(place: Still, side: int) -> Piece:
    """Ground and what stands on it as one sheet over the picture, and a little beyond."""
    camera, (height, width) = place.camera, place.sky.shape
    cell = max(2.0, CELL_PX * max(width, height) / 2048)
    columns, rows = round(width / cell), round(height / cell)
    more_x, more_y = max(1, round(BEYOND * columns)), max(1, round(BEYOND * rows))
    x = np.arange(-more_x, columns + more_x + 1, dtype=np.float64) * (width / columns)
    x = np.unique(np.concatenate([x, *(_jumps(place) + off for off in (-GAP_PX, GAP_PX))]))
    y = np.arange(-more_y, rows + more_y + 1, dtype=np.float64) * (height / rows)
    at = np.stack(np.meshgrid(x, y), axis=-1)
    deep = _depths(place, at)
    rays = camera.directions(at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)).reshape(*at.shape[:2], 3)
    points = np.asarray(camera.position_m, np.float32) + rays * deep[..., None].astype(np.float32)
    st = np.clip(at, 0, np.array([width, height])) / side
    number = np.arange(at.shape[0] * at.shape[1], dtype=np.int32).reshape(at.shape[:2])
    corners = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    four = np.stack([deep.ravel()[c] for c in corners])
    middle = np.stack(np.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2), axis=-1)
    column = np.clip(middle[..., 0].astype(int), 0, width - 1)
    row = np.clip(middle[..., 1].astype(int), 0, height - 1)
    stands = middle[..., 1] < place.edge_px[column]
    open_to_sky = place.sky[row, column] > 0.5
    # Upright sheets are too exactly wrong to throw shadows; `_screen` does. A depth that was given is right.
    soft = open_to_sky | (four.max(axis=0) > TORN * four.min(axis=0)) | (stands if place.depth is None else False)
    faces = np.concatenate(
        [np.stack([corners[k] for k in order], axis=-1).reshape(-1, 3) for order in ((0, 1, 2), (0, 2, 3))]
    )
    part, layer = (np.tile(v.ravel().astype(np.uint8), 2) for v in (stands, soft))
    return faces.astype(np.int32), st.reshape(-1, 2).astype(np.float32), part, layer, points.reshape(-1, 3)


def _screen(place: Still, side: int) -> Piece:
    """What throws the shadows of what stands: the large shape of it alone, a little further off than what is seen, as high as it reaches below the sky."""
    camera, (height, width) = place.camera, place.sky.shape
    away = _away_m(place, SCREEN)
    count = max(8, round(width / (SCREEN * width)))
    column = np.linspace(0, width - 1, count + 1).astype(int)
    reach = max(1, round(0.5 * SCREEN * width))
    solid = place.sky < 0.5
    top = np.where(solid.any(axis=0), solid.argmax(axis=0), height)
    rows = np.array([np.median(top[max(0, c - reach) : c + reach + 1]) for c in column])
    rays = camera.directions((column + 0.5).astype(np.float32), rows.astype(np.float32)).astype(np.float64)
    flat = np.hypot(rays[:, 0], rays[:, 2])
    far = BEHIND[0] * away[column] + BEHIND[1]
    at = rays * (far / flat)[:, None]
    high = np.maximum(camera.position_m[1] + at[:, 1], 0.05)
    # A table's column of the picture is not all table: only what is broad reaches above the eye.
    low = away[column] < 0.85 * _away_m(place, BROAD)[column]
    high = np.where(low, np.minimum(high, camera.position_m[1]), high)
    points = np.concatenate([np.stack([at[:, 0], y, at[:, 2]], axis=1) for y in (high, np.zeros_like(high))])
    first = np.arange(count)
    faces = np.concatenate(
        [
            np.stack([first, first + count + 1, first + count + 2], axis=1),
            np.stack([first, first + count + 2, first + 1], axis=1),
        ]
    )
    st = np.tile(np.stack([(column + 0.5) / side, np.minimum(rows, height - 1) / side], axis=1), (2, 1))
    return (
        faces.astype(np.int32), st.astype(np.float32), np.ones(len(faces), np.uint8), np.full(len(faces), 2, np.uint8),
        points.astype(np.float32),
    )  # fmt: skip


def _away_m(place: Still, part: float) -> NDArray[np.float64]:
    """Horizontal distance of what stands in each column, [W] metres, without what is narrow: the median over neighbours up to a part of the width."""
    camera, width = place.camera, place.sky.shape[1]
    x = (np.arange(width) + 0.5).astype(np.float32)
    rays = camera.directions(x, place.edge_px).astype(np.float64)
    flat = np.hypot(rays[:, 0], rays[:, 2])
    away = np.minimum(flat * camera.position_m[1] / np.maximum(-rays[:, 1], 1e-4), FARTHEST_M)
    reach = max(1, round(part * width))
    beside = np.clip(np.arange(width)[:, None] + np.linspace(-reach, reach, 41).astype(int)[None], 0, width - 1)
    return np.asarray(np.median(away[beside], axis=1))


def _jumps(place: Still) -> NDArray[np.float64]:
    """Where in x what stands ends at something further off: there two columns of vertices stand together, so that the gap is no wider than it must be."""
    if place.depth is not None:
        return np.zeros(0)
    eye_rows = np.maximum(place.edge_px.astype(np.float64) - horizon_rows(place.camera), 1.0)
    ratio = eye_rows[1:] / eye_rows[:-1]
    return np.asarray(np.flatnonzero(np.maximum(ratio, 1 / ratio) > TORN) + 1.0, np.float64)


def _depths(place: Still, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Planar depth in metres at points [.., 2] of the raster: as given, else by ground and horizon."""
    camera, (height, width) = place.camera, place.sky.shape
    column = np.clip(at[..., 0].astype(int), 0, width - 1)
    if place.depth is not None:
        row = np.clip(at[..., 1].astype(int), 0, height - 1)
        rays = camera.directions(at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)).reshape(
            *at.shape[:-1], 3
        )
        return np.asarray(
            np.minimum(place.depth[row, column], FARTHEST_M / np.hypot(rays[..., 0], rays[..., 2])), np.float64
        )
    edge = place.edge_px[column]
    bounded = np.clip(at[..., 0], 0, width)
    eye = camera.position_m[1]

    def ray(x: NDArray[np.float64], y: NDArray[Any]) -> NDArray[np.float64]:
        found = camera.directions(x.astype(np.float32), np.asarray(y, np.float32))
        return found.reshape(*x.shape, 3).astype(np.float64)

    def flat(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.hypot(v[..., 0], v[..., 2]))

    own, foot = ray(at[..., 0], at[..., 1]), ray(bounded, edge)
    on_ground = np.minimum(eye / np.maximum(-own[..., 1], 1e-4), FARTHEST_M / flat(own))
    stands = np.minimum(flat(foot) * eye / np.maximum(-foot[..., 1], 1e-4), FARTHEST_M)
    # Above the eye's height one sees past what is narrow and low.
    over = own[..., 1] > 0
    stands = np.where(over, np.maximum(stands, _away_m(place, BROAD)[column]), stands) / flat(own)
    return np.where(at[..., 1] >= edge, on_ground, stands)


def _card(card: Card, camera: Camera, spot: Spot, side: int, part: int) -> Piece:
    """A card of cells that cover something, upright at its distance."""
    x, y, (x0, y0, x1, y1) = spot
    cell = max(2.0, CELL_PX * max(card.alpha.shape) / 2048)
    columns, rows = max(1, round((x1 - x0) / cell)), max(1, round((y1 - y0) / cell))
    at = np.stack(np.meshgrid(np.linspace(x0, x1, columns + 1), np.linspace(y0, y1, rows + 1)), axis=-1)
    rays = camera.directions(at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)).reshape(*at.shape[:2], 3)
    away = (card.away_m / np.hypot(rays[..., 0], rays[..., 2]))[..., None]
    points = np.asarray(camera.position_m, np.float32) + rays * away.astype(np.float32)
    points[..., 1] = np.maximum(points[..., 1], 0.002)
    st = (at - np.array([x0 - x, y0 - y])) / side
    number = np.arange((rows + 1) * (columns + 1), dtype=np.int32).reshape(rows + 1, columns + 1)
    corners = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1)
    crop = card.alpha[y0:y1, x0:x1]
    high = np.linspace(0, crop.shape[0], rows + 1).astype(int)
    across = np.linspace(0, crop.shape[1], columns + 1).astype(int)
    most = np.maximum.reduceat(np.maximum.reduceat(crop, high[:-1], axis=0), across[:-1], axis=1)
    mean = np.add.reduceat(np.add.reduceat(crop, high[:-1], axis=0), across[:-1], axis=1)
    mean = mean / np.maximum(np.outer(np.diff(high), np.diff(across)), 1)
    seen = most > 0.004
    four = corners[seen]
    faces = np.concatenate([four[:, [0, 1, 2]], four[:, [0, 2, 3]]])
    layer = np.tile((mean[seen] < 0.5).astype(np.uint8), 2)
    return (
        faces.astype(np.int32), st.reshape(-1, 2).astype(np.float32), np.full(len(faces), part, np.uint8), layer, points.reshape(-1, 3),
    )  # fmt: skip


def _surface(place: Still) -> tuple[Floats, Floats]:
    """Normals in world space, and openness, roughness and softness (codes), float32 [H, W, 3] of the picture."""
    camera, (height, width) = place.camera, place.sky.shape
    at = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
    rays = camera.rays().reshape(height, width, 3)
    points = np.asarray(camera.position_m, np.float32) + rays * _depths(place, at)[..., None].astype(np.float32)
    ground = np.arange(height)[:, None] + 0.5 >= place.edge_px[None]
    if place.normal is not None:
        normal = place.normal
    elif place.depth is not None:
        normal = _by_depth(points)
    else:
        normal = np.where(ground[..., None], np.array([0, 1, 0], np.float32), _upright(place)[None])
    material = np.empty((height, width, 3), np.float32)
    row = np.clip(place.edge_px, 0, height - 1).astype(int)
    foot = points[row, np.arange(width)]
    from_corner = np.where(ground, np.linalg.norm(points - foot[None], axis=2), points[..., 1])
    standing = (place.edge_px > 0)[None] & (place.edge_px < height)[None]
    hidden = CORNER * (1 - smoothstep(from_corner.astype(np.float32), 0.0, CORNER_M)) * standing
    material[..., 0] = 255 * (0.95 - hidden)
    material[..., 1] = np.where(ground, ROUGH_GROUND, ROUGH_STANDS)
    material[..., 2] = 0
    return normal.astype(np.float32), material


def _upright(place: Still) -> Floats:
    """Level normals float32 [W, 3] of what stands, from how its large shape runs."""
    camera, width = place.camera, place.sky.shape[1]
    x = (np.arange(width) + 0.5).astype(np.float32)
    rays = camera.directions(x, place.edge_px).astype(np.float64)
    level = rays[:, [0, 2]] / np.hypot(rays[:, 0], rays[:, 2])[:, None]
    away = _away_m(place, SCREEN)
    feet = level * away[:, None]
    reach = max(2, round(SCREEN * width))
    columns = np.arange(width)
    ahead, behind = np.minimum(columns + reach, width - 1), np.maximum(columns - reach, 0)
    along = feet[ahead] - feet[behind]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across[(across * level).sum(axis=1) > 0] *= -1
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    # Across a step from one thing to another what lies between them says nothing of either: both face the camera there.
    torn = np.abs(np.log(away[ahead] / away[behind])) > STEP
    facing = np.where(torn[:, None], 0.0, across) - FACING * level
    kernel = np.hanning(2 * reach + 1)
    kernel /= kernel.sum()
    smooth = np.stack(
        [np.convolve(np.pad(facing[:, c], reach, mode="edge"), kernel, "valid") for c in range(2)], axis=1
    )
    return _unit(np.stack([smooth[:, 0], np.zeros(width), smooth[:, 1]], axis=1).astype(np.float32))


def _by_depth(points: Floats) -> Floats:
    """Normals of a surface of points [H, W, 3] as they lie beside one another, towards the camera."""
    import cv2

    smooth = cv2.GaussianBlur(points, (0, 0), 1.2)
    across, down = np.gradient(smooth, axis=1), np.gradient(smooth, axis=0)
    return _unit(np.cross(down, across).astype(np.float32))


def _info(place: Still, name: str, rest: Floats) -> dict[str, Any]:
    camera, (x, _, z) = place.camera, place.mark_m
    toward = float(np.degrees(np.arctan2(-x, -z)))
    across = np.array([-z, 0.0, x]) / np.hypot(x, z)
    marks = {"mark": (x, z)}
    for label, sign in (("left", -1.0), ("right", 1.0)):
        there = np.array([x, 0.0, z]) + across * sign * SIDE_MARK_M
        seen, depth = camera.project(there[None])
        if depth[0] > 0 and _on_ground(place, float(seen[0, 0]), float(seen[0, 1])):
            marks[label] = (float(there[0]), float(there[2]))
    cards = [{"name": f"thing {k}", "attributes": ["props", "layout"]} for k in range(1, len(place.cards) + 1)]
    open_to = 0.12 if place.indoors else min(1.0, 0.45 + 1.2 * float(place.sky.mean()))
    return {
        "format": FORMAT,
        "name": name,
        "kind": "set",
        "label": name,
        "about": "Brought as a picture; known from where it was taken only.",
        "marks": {
            k: {"position_m": [round(mx, 4), 0, round(mz, 4)], "facing_deg": round(toward, 2), "camera_deg": round(toward, 2), "label": k}
            for k, (mx, mz) in marks.items()
        },
        "practicals": {},
        "sun": {"azimuth_deg": round(SUN_DEG[0], 2), "elevation_deg": SUN_DEG[1]},
        "open_sky": round(open_to, 3),
        "indoors": place.indoors,
        "bounds_m": [[round(float(v), 3) for v in rest.min(axis=0)], [round(float(v), 3) for v in rest.max(axis=0)]],
        "parts": [*map(dict, PARTS), *cards],
        "relief": {
            "estimated": False,
            "cut_m": None,
            "from_m": [round(float(v), 5) for v in camera.position_m],
            "rotation": [[round(float(v), 8) for v in row] for row in camera.rotation],
            "focal_texels": round(camera.focal_px, 4),
            "size_px": [camera.width, camera.height],
        },
    }  # fmt: skip


def _on_ground(place: Still, x: float, y: float) -> bool:
    """Whether a point of the raster lies well on the ground the picture shows."""
    height, width = place.sky.shape
    if not (0.04 * width <= x < 0.96 * width and y < height):
        return False
    return y >= float(place.edge_px[int(x)]) + 0.01 * height and ground_point(place.camera, (x, y)) is not None


def _unit(normal: Floats) -> Floats:
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6), np.float32)
