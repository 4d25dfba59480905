"""A picture with plates as a body: the front that the picture shows, displaced by its depth, with its soft edge and a guessed back.

Place in the path: subjects, between a picture's plates and the archive (`brought.pack`). Runs in the page's process: NumPy, Pillow and OpenCV.

The front is a sheet over the matte whose texture is the picture's own raster, so nothing is resampled; alpha is its outline, not the
sheet's border. Its normals are the plates', stored in the subject's own space: a relief never bends, and a tangent frame would have to be the very
one a ray caster interpolates. Behind it stands a flattened back that only casts shadows: nobody has a picture of it.

Space of the subject: metres, +X to the picture's right, +Y up, +Z to the camera, floor at 0. The picture is taken for a parallel projection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sora_lock.colour import coded
from sora_lock.errors import MediaError
from sora_lock.records import Kind, Region
from sora_lock.subjects.brought import Parts
from sora_lock.subjects.photo import Box, Picture, axis_px, cut_below, resized, smoothstep, spread
from sora_lock.subjects.plates import Plates, checked

Floats = NDArray[np.float32]
Codes = NDArray[np.uint8]

FORMAT = 1
MOST_TEXELS = 2048
"""Longest side of a relief's texture; a larger picture is reduced."""
STEP_TEXELS = 256
"""Sides of textures are multiples of this, so that eight levels of detail can be made of them."""
MOST_CELLS = 34_000
"""Cells of the front's grid at most; alpha draws the outline, so the grid need only be as fine as depth is."""
BLACK, WHITE = 0.02, 0.965
"""Coverage that counts as none and as all: the white of a matte is seldom quite white, nor its black black."""
MARGIN_PX = 4
HEIGHTS_M: Mapping[str, tuple[float, float, float]] = {"character": (0.4, 1.7, 3.0), "prop": (0.02, 1.0, 12.0)}
"""Least, usual and greatest height of a subject by its kind."""
FACE_M, SHOULDERS_M = 0.20, 0.50
"""Height of a face as people draw its box, and width over clothed shoulders: what tells the scale of a picture that cuts the body off."""
EYES_BELOW_TOP, EYES_IN_FACE, HEAD_RADIUS = 0.07, 0.44, 0.075
"""Of the height: eyes below the crown, radius of the head; of the face's box: eyes below its top."""
MOST_DEPTH = 0.22
"""How far depth may displace to either side, as a part of the height."""
THICKEST, ROUND = 0.09, 0.06
"""Thickness of the guessed back, and how far from the outline it is reached; parts of the height."""
BROADEST = 0.005
"""How far estimated normals are smoothed, as a part of the height: 8 mm on a person. What is finer is in the reflectance, as the picture has it; in
both it would be lit twice, and would no longer be the same under two lights."""
LEAST_OPEN = 0.35
SIDE_PART = 0.02
"""Part of the height along which a picture's side must cut the subject for that to be said."""
SURFACES: Mapping[str, tuple[int, int]] = {
    "face": (148, 255),
    "body": (140, 255),
    "hair": (189, 63),
    "wardrobe": (230, 80),
}
"""Roughness and softness of painted parts, codes of 255."""
PLAIN, SKIN = (205, 90), (150, 235)
"""The same of what was not painted, and of what has the colour of skin there."""


@dataclass(frozen=True)
class Scale:
    """How px of a picture become metres.

    Attributes:
        m_per_px: metres.
        axis_px, bottom_px: the picture's point above (0, 0, 0), and the row that lies at `cut_m`.
        height_m: of the whole subject, also of what the picture does not show.
        cut_m: how high above the floor the picture cuts it off; None when it stands on its own feet.
    """

    m_per_px: float
    axis_px: float
    bottom_px: float
    height_m: float
    cut_m: float | None


@dataclass(frozen=True)
class Setting:
    """What all pictures of one subject share, so that nothing of it jumps from one to the next: a clip's frames have one.

    Attributes:
        scale: how px become metres.
        crop: (x0, y0, x1, y1) px of the picture that the texture is made of.
        framing: what a camera frames; None to take it from the picture.
    """

    scale: Scale
    crop: Box
    framing: Mapping[str, Any] | None = None


def setting_of(made: Picture, kind: Kind, height_m: float | None = None, face_box: Box | None = None) -> Setting:
    """The setting of one picture: all of its matte, with a margin; arguments and errors as `scale_of`."""
    rows, columns = (np.flatnonzero((made.alpha > 0).any(axis=k)) for k in (1, 0))
    y0, x0 = max(0, int(rows[0]) - MARGIN_PX), max(0, int(columns[0]) - MARGIN_PX)
    y1 = min(made.alpha.shape[0], int(rows[-1]) + 1 + MARGIN_PX)
    x1 = min(made.alpha.shape[1], int(columns[-1]) + 1 + MARGIN_PX)
    return Setting(scale_of(made, kind, height_m, face_box), (x0, y0, x1, y1))


def scale_of(made: Picture, kind: Kind, height_m: float | None = None, face_box: Box | None = None) -> Scale:
    """The scale of a picture: its height when it is whole; when its bottom cuts a figure off, the face's or the shoulders' size.

    Args:
        height_m: of the whole subject; None for the usual one of its kind.
        face_box: (x0, y0, x1, y1) px of `made`.

    Raises:
        MediaError: for a height nobody has.
    """
    least, usual, most = HEIGHTS_M[kind]
    height = usual if height_m is None else float(height_m)
    if not least <= height <= most:
        raise MediaError(f"A {kind} of {height:g} m is not likely; wanted {least:g} to {most:g} m.")
    inside = made.alpha >= 0.5
    rows = np.flatnonzero(inside.any(axis=1))
    bottom, tall = float(rows[-1] + 1), float(rows[-1] + 1 - rows[0])
    axis = axis_px(inside)
    if kind != "character" or not cut_below(inside):
        return Scale(height / tall, axis, bottom, height, None)
    if face_box is not None:
        per_px = FACE_M * height / usual / (face_box[3] - face_box[1])
    else:
        per_px = SHOULDERS_M * height / usual / float(inside[(rows[0] + rows[-1]) // 2 :].sum(axis=1).max())
    shown = min(max(per_px * tall, 0.16 * height), 0.92 * height)
    return Scale(shown / tall, axis, bottom, height, height - shown)


def build(
    made: Picture,
    plates: Plates,
    kind: Kind,
    regions: tuple[Region, ...],
    numbers: Codes,
    *,
    name: str,
    height_m: float | None = None,
    face_box: Box | None = None,
    setting: Setting | None = None,
) -> Parts:
    """The relief of a picture.

    Args:
        plates: of the picture's size.
        regions, numbers: the parts, and uint8 [H, W], 0 outside, else k for `regions[k - 1]`.
        name: what the subject is called in its archive.
        height_m, face_box: see `scale_of`.
        setting: of all the pictures this is one of; None for a picture by itself.

    Raises:
        MediaError: when plates do not fit the picture, or the matte nowhere covers fully.
    """
    plates = checked(plates, made.alpha)
    made = replace(made, alpha=stretched(made.alpha))
    setting = setting or setting_of(made, kind, height_m, face_box)
    scale, (x0, y0, x1, y1) = setting.scale, setting.crop
    solid = _eroded(made.alpha)
    known = smoothstep(solid, 0.8, 1.0)
    if float(known.sum()) < 64:
        raise MediaError(
            "The matte covers nothing fully, so there is no colour to trust; make it white inside the subject."
        )
    crop = np.s_[y0:y1, x0:x1]
    reduce = min(1.0, MOST_TEXELS / max(y1 - y0, x1 - x0))
    size = (max(1, round((x1 - x0) * reduce)), max(1, round((y1 - y0) * reduce)))
    side = -(-max(size) // STEP_TEXELS) * STEP_TEXELS

    alpha, trust = _fit(made.alpha[crop], size), _fit(known[crop], size)
    # Colours, normals and depth of the soft edge are those of the core beside it: what a plate says there is half of the old background.
    reflectance = spread(_fit(plates.reflectance[crop], size), trust)
    away = spread(np.repeat(_fit(plates.depth[crop], size)[..., None], 3, axis=2), trust)[..., 0]
    normal = spread(_fit(plates.normal[crop], size), trust)
    open_to = None if plates.openness is None else _open(_fit(plates.openness[crop], size), trust)
    per_texel = scale.m_per_px / reduce
    if plates.estimated:
        normal = _smooth(normal, BROADEST * scale.height_m / per_texel)
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)
    z = _displaced(away, alpha, scale.height_m)
    parts = _nearest(numbers[crop])
    if reduce < 1:
        parts = np.asarray(Image.fromarray(parts).resize(size, Image.Resampling.NEAREST))

    origin = ((x0 - scale.axis_px) * scale.m_per_px, (scale.bottom_px - y0) * scale.m_per_px + (scale.cut_m or 0.0))
    mesh = _mesh(alpha, z, parts, per_texel, origin, side, scale)
    half = side // 2 if side > 1024 else side
    info = {
        "format": FORMAT,
        "name": name,
        "kind": kind,
        "label": name,
        "about": "Brought as a picture; known from the front only.",
        "parts": [{"name": r.name, "attributes": list(r.attributes)} for r in regions],
        "framing": setting.framing or _framing(made, scale, z, (x0, y0), reduce, kind, face_box),
        "relief": {
            "estimated": plates.estimated,
            "cut_m": None if scale.cut_m is None else round(scale.cut_m, 4),
            "texels_per_m": round(1.0 / per_texel, 4),
        },
    }
    return Parts(
        info, *mesh,
        reflectance=_square(coded(reflectance), side),
        normal=smaller(_square(np.rint((normal + 1) * 127.5).astype(np.uint8), side), half),
        material=smaller(_square(_material(reflectance, z, parts, regions, scale.height_m / per_texel, open_to), side), half),
        alpha=_square(np.rint(alpha * 255).astype(np.uint8), side, empty=True),
    )  # fmt: skip


def cut_sides(made: Picture) -> tuple[str, ...]:
    """The sides ("left", "right") at which the picture cuts the subject off; no framing hides that."""
    inside = made.alpha >= 0.5
    tall = int(inside.any(axis=1).sum())
    return tuple(s for s, column in (("left", 1), ("right", -2)) if int(inside[:, column].sum()) > SIDE_PART * tall)


def stretched(alpha: Floats) -> Floats:
    """Coverage with `BLACK` and below as none, `WHITE` and above as all."""
    return np.asarray(np.clip((alpha - BLACK) / (WHITE - BLACK), 0, 1), np.float32)


def _eroded(alpha: Floats) -> Floats:
    """The least alpha of each pixel's 3x3 neighbourhood: one pixel inside the edge nothing of the background is left."""
    import cv2

    least: Floats = cv2.erode(alpha, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return least


def _fit(plane: Floats, size: tuple[int, int]) -> Floats:
    """[H, W] or [H, W, C] at `size` (width, height)."""
    if (plane.shape[1], plane.shape[0]) == size:
        return np.ascontiguousarray(plane, np.float32)
    if plane.ndim == 2:
        return resized(plane, size, Image.Resampling.HAMMING)
    return np.stack([resized(plane[..., c], size, Image.Resampling.HAMMING) for c in range(plane.shape[2])], axis=-1)


def _square(plane: Codes, side: int, *, empty: bool = False) -> Codes:
    """The plane in the upper left of a square: its border goes on (or nothing does), so that coarser levels mix in nothing foreign."""
    h, w = plane.shape[:2]
    pad = ((0, side - h), (0, side - w), *((0, 0),) * (plane.ndim - 2))
    return np.ascontiguousarray(np.pad(plane, pad) if empty else np.pad(plane, pad, mode="edge"))


def smaller(plane: Codes, side: int) -> Codes:
    """A square texture at another side, its area averaged."""
    import cv2

    if plane.shape[0] == side:
        return plane
    return np.asarray(cv2.resize(plane, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _smooth(plane: Floats, wide_px: float) -> Floats:
    """Gaussian smoothing, on a raster as coarse as it may be."""
    import cv2

    less = max(1, int(wide_px / 4))
    size = (max(1, plane.shape[1] // less), max(1, plane.shape[0] // less))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA) if less > 1 else plane
    small = cv2.GaussianBlur(small, (0, 0), max(0.3, wide_px / less), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, plane.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _nearest(numbers: Codes) -> Codes:
    """Region numbers with 0 replaced by the nearest number there is."""
    import cv2

    outside = (numbers == 0).astype(np.uint8)
    if outside.all():
        return np.ones_like(numbers)
    _, label = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    number_of = np.zeros(int(label.max()) + 1, np.uint8)
    number_of[label[outside == 0]] = numbers[outside == 0]
    return np.asarray(number_of[label], np.uint8)


def _displaced(away: Floats, alpha: Floats, height_m: float) -> Floats:
    """Displacement to the camera in metres [H, W]: 0 is the middle of the subject; outliers are cut off."""
    inside = alpha >= 0.5
    middle = np.median(away[inside])
    low, high = np.percentile(middle - away[inside], (0.5, 99.5))
    most = MOST_DEPTH * height_m
    return np.asarray(np.clip(middle - away, max(float(low), -most), min(float(high), most)), np.float32)


def _framing(
    made: Picture, scale: Scale, z: Floats, corner: tuple[int, int], reduce: float, kind: Kind, face_box: Box | None
) -> dict[str, Any]:
    """What a camera frames: eyes, head and height of a figure; of a prop such a height and point that a medium shot shows all of it."""
    inside = made.alpha >= 0.5
    top = int(np.flatnonzero(inside.any(axis=1))[0])
    if kind != "character":
        return {
            "eye_m": [0.0, round(0.7 * scale.height_m, 4), 0.0],
            "head_radius_m": 0.1,
            "height_m": round(2.6 * scale.height_m, 4),
        }
    if face_box is not None:
        x = (face_box[0] + face_box[2]) / 2
        y = face_box[1] + EYES_IN_FACE * (face_box[3] - face_box[1])
    else:
        y = top + EYES_BELOW_TOP * scale.height_m / scale.m_per_px
        head = inside[top : max(top + 2, round(y))]
        x = float((head.sum(axis=0) * (np.arange(head.shape[1]) + 0.5)).sum() / max(1, int(head.sum())))
    row = min(z.shape[0] - 1, max(0, int((y - corner[1]) * reduce)))
    column = min(z.shape[1] - 1, max(0, int((x - corner[0]) * reduce)))
    eye = (
        (x - scale.axis_px) * scale.m_per_px,
        (scale.bottom_px - y) * scale.m_per_px + (scale.cut_m or 0.0),
        float(z[row, column]),
    )
    return {
        "eye_m": [round(v, 4) for v in eye],
        "head_radius_m": round(HEAD_RADIUS * scale.height_m, 4),
        "height_m": round(scale.height_m, 4),
    }


def _mesh(
    alpha: Floats, z: Floats, parts: Codes, per_texel: float, origin: tuple[float, float], side: int, scale: Scale
) -> tuple[NDArray[np.int32], Floats, Codes, Codes, Floats]:
    """Faces, st, part, layer and rest of front and back.

    Args:
        origin: x and y in metres of the texture's upper left corner.
        scale: of the picture; of a subject that is cut off the lowest cells go down to the floor, for shadows' sake.
    """
    import cv2

    h, w = alpha.shape
    reach = cv2.dilate((alpha > 0.004).astype(np.uint8), np.ones((3, 3), np.uint8))
    step = max(2, int(np.ceil(np.sqrt(float(reach.sum()) / MOST_CELLS))))
    rows, columns = -(-h // step), -(-w // step)
    padded = ((0, rows * step - h), (0, columns * step - w))

    def cells(plane: NDArray[Any]) -> Floats:
        blocks = np.pad(plane.astype(np.float32), padded, mode="edge").reshape(rows, step, columns, step)
        return np.asarray(blocks.mean(axis=(1, 3)), np.float32)

    seen, solid = cells(reach) > 0, cells(alpha) >= 0.5
    solid &= seen
    # Vertices lie on the cells' corners; depth is read there from a raster as smooth as the cells are large.
    x, y = np.arange(columns + 1, dtype=np.float32) * step, np.arange(rows + 1, dtype=np.float32) * step
    flat = cv2.GaussianBlur(z, (0, 0), 0.5 * step, borderType=cv2.BORDER_REPLICATE)
    at = np.meshgrid(x - 0.5, y - 0.5)
    front = cv2.remap(flat, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    deep = cv2.distanceTransform(np.pad(solid.astype(np.uint8), 1), cv2.DIST_L2, 5) * np.float32(step * per_texel)
    corners = np.minimum(np.minimum(deep[:-1, :-1], deep[1:, :-1]), np.minimum(deep[:-1, 1:], deep[1:, 1:]))
    rise = np.clip(corners / (ROUND * scale.height_m), 0, 1)
    back = np.minimum(front, 0.0) - 0.006 - THICKEST * scale.height_m * np.sqrt(rise * (2 - rise))
    number = np.arange((rows + 1) * (columns + 1), dtype=np.int32).reshape(rows + 1, columns + 1)
    behind = number + number.size

    def quads(a: Any, b: Any, c: Any, d: Any) -> NDArray[np.int32]:
        """Two triangles each of corners upper left, lower left, lower right, upper right as seen from the front."""
        return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]).astype(
            np.int32
        )

    def cell_quads(grid: NDArray[np.int32], which: NDArray[np.bool_]) -> NDArray[np.int32]:
        return quads(grid[:-1, :-1][which], grid[1:, :-1][which], grid[1:, 1:][which], grid[:-1, 1:][which])

    middle = parts[np.minimum(np.arange(rows) * step + step // 2, h - 1)][
        :, np.minimum(np.arange(columns) * step + step // 2, w - 1)
    ]
    soft = seen & ~solid
    pieces = [
        (cell_quads(number, solid), np.tile(middle[solid], 2), 0),
        (cell_quads(number, soft), np.tile(middle[soft], 2), 1),
        (cell_quads(behind, solid)[:, ::-1], None, 2),
    ]
    # Walls close the gap between front and back wherever a solid cell has no solid neighbour.
    around = np.pad(solid, 1)
    for beside, a, b in (
        (around[1:-1, :-2], np.s_[:-1, :-1], np.s_[1:, :-1]),
        (around[1:-1, 2:], np.s_[1:, 1:], np.s_[:-1, 1:]),
        (around[:-2, 1:-1], np.s_[:-1, 1:], np.s_[:-1, :-1]),
        (around[2:, 1:-1], np.s_[1:, :-1], np.s_[1:, 1:]),
    ):
        bare = solid & ~beside
        pieces.append((quads(number[a][bare], number[b][bare], behind[b][bare], behind[a][bare]), None, 2))
    xy = np.stack(np.meshgrid(x * per_texel + origin[0], origin[1] - y * per_texel), -1).reshape(-1, 2)
    points = np.concatenate([np.c_[xy, front.ravel()], np.c_[xy, back.ravel()]]).astype(np.float32)
    st = np.tile(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2) / np.float32(side), (2, 1)).astype(np.float32)
    if scale.cut_m is not None:
        # Below the cut there was more of the subject: straight down to the floor, for shadows only.
        last = int(np.flatnonzero(solid.any(axis=1))[-1])
        which = np.flatnonzero(solid[last])
        low = np.arange(2 * (columns + 1), dtype=np.int32).reshape(2, -1) + len(points)
        edge = np.concatenate([points[number[last + 1]], points[behind[last + 1]]])
        edge[:, 1] = 0.0
        points, st = np.concatenate([points, edge]), np.concatenate([st, np.tile(st[number[last + 1]], (2, 1))])
        for upper, lower in ((number[last + 1], low[0]), (behind[last + 1], low[1])):
            pieces.append((quads(upper[which], lower[which], lower[which + 1], upper[which + 1]), None, 2))
        pieces.append((quads(low[0][which], low[1][which], low[1][which + 1], low[0][which + 1]), None, 2))
    faces = np.concatenate([f for f, _, _ in pieces])
    part = np.concatenate([np.zeros(len(f), np.uint8) if p is None else p - 1 for f, p, _ in pieces]).astype(np.uint8)
    layer = np.repeat(np.array([k for _, _, k in pieces], np.uint8), [len(f) for f, _, _ in pieces])
    points[:, 1] = np.maximum(points[:, 1], 0.0)
    used, compact = np.unique(faces, return_inverse=True)
    return compact.reshape(-1, 3).astype(np.int32), np.clip(st[used], 0, 1), part, layer, points[used]


def _open(openness: Floats, trust: Floats) -> Floats:
    """Openness [H, W] of a render, that of the core under the soft edge; no closer than a hollow is."""
    whole = spread(np.repeat(np.nan_to_num(openness)[..., None], 3, axis=2), trust)[..., 0]
    return np.asarray(np.clip(whole, LEAST_OPEN, 1), np.float32)


def _material(
    reflectance: Floats, z: Floats, parts: Codes, regions: tuple[Region, ...], tall_px: float, openness: Floats | None
) -> Codes:
    """Openness, roughness and softness, uint8 [H, W, 3]: hollows are less open, parts have the surfaces their names tell, skin is told by colour."""
    import cv2

    hollow = np.zeros(z.shape, np.float32)
    for part in (0.012, 0.05):
        hollow += (_smooth(z, part * tall_px) - z) / np.float32(part * 8)
    out = np.empty((*z.shape, 3), np.float32)
    out[..., 0] = 255 * (np.clip(0.92 - hollow, LEAST_OPEN, 0.96) if openness is None else openness)
    like = _skin(reflectance, 0.004 * tall_px)
    for k, region in enumerate(regions, 1):
        mine = parts == k
        told = SURFACES.get(region.name)
        for c in (0, 1):
            if told is not None:
                out[mine, 1 + c] = told[c]
            else:
                out[mine, 1 + c] = PLAIN[c] + (SKIN[c] - PLAIN[c]) * like[mine]
    return np.asarray(np.rint(np.clip(cv2.GaussianBlur(out, (0, 0), 1.5), 0, 255)), np.uint8)


def _skin(reflectance: Floats, blur_px: float) -> Floats:
    """How much a texel looks like skin, 0..1 [H, W]: by chromaticity, in which all skins are close to one another. A hint for highlights, no claim."""
    import cv2

    total = reflectance.sum(axis=2)
    red, green = (reflectance[..., c] / np.maximum(total, 1e-4) for c in (0, 1))
    near = np.exp(-(((red - 0.49) / 0.07) ** 2) - ((green - 0.30) / 0.035) ** 2)
    near *= smoothstep(total, 0.05, 0.2)
    smooth = cv2.GaussianBlur(near.astype(np.float32), (0, 0), max(1.0, blur_px))
    return np.asarray(np.clip(1.3 * smooth, 0, 1), np.float32)
