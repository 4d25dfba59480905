"""Surfaces of a model on its atlas: reflectance, normals, and what comp calls material.

Place in the path: subjects, under `models`, after unwrapping; its planes go into the archive as they are.

Reflectance is base colour times texture times vertex colour, averaged in linear light; of metals too, since comp knows one kind of surface. Normals are
written in the frames of `frames`, so custom vertex normals and the file's own tangents live on in the map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import srgb_from_linear
from sora_lock.media.gltf import Material, Texture
from sora_lock.records import Kind
from sora_lock.subjects.models.frames import frames, spread, unit
from sora_lock.subjects.models.rays import Rays
from sora_lock.subjects.models.soup import Soup
from sora_lock.subjects.models.texels import Texels, filled, texels
from sora_lock.subjects.models.textures import Pictures, moved
from sora_lock.subjects.models.unwrap import Sheet

Floats = NDArray[np.float32]
Codes = NDArray[np.uint8]

CODE = np.rint(255 * srgb_from_linear(np.arange(65536) / 65535)).astype(np.float32)
"""sRGB code of a linear value in steps of 1/65535: fine enough to give every code of a texture back."""
METAL_ROUGH = 0.75
"""Factor on the roughness of metals, so that they shine though their colour is kept as if they were matt."""
THROUGH = 0.75
"""How much of what a wholly transmitting material covers it leaves open."""
REACH_M = {"character": 0.35, "prop": 0.35, "set": 0.9}
"""Within how many metres things take openness from one another."""
COUNT = 28
"""Rays a texel for openness."""
LEAST, COARSEST = 256, 768
"""Side of the raster on which openness is cast, at least and at most: half the material's in between, since it is smooth."""
AT_ONCE = 1 << 20
"""Texels handled at once: an atlas of 4096 has sixteen times as many."""
SOFT: dict[str, int] = {"face": 255, "body": 235, "hair": 63, "wardrobe": 80}
"""Softness of figures' parts by their first attribute, codes of 255: skin wraps light, cloth and hair a little."""


@dataclass(frozen=True, eq=False)
class Baked:
    """Planes of an atlas: reflectance uint8 [N, N, 3], normal and material uint8 [n, n, 3], alpha uint8 [N, N] or None.

    Attributes:
        glow: float32 [T], mean emitted light of each triangle, as its strongest channel.
        glow_rgb: float32 [T, 3].
        solid, thin: float32 [T], the greatest and the least alpha of each triangle.
    """

    reflectance: Codes
    normal: Codes
    material: Codes
    alpha: Codes | None
    glow: Floats
    glow_rgb: Floats
    solid: Floats
    thin: Floats


def bake(sheet: Sheet, pictures: Pictures, kind: Kind, attribute: list[str]) -> Baked:
    """All planes of a model.

    Args:
        attribute: of each triangle, the first attribute of its part.
    """
    soup, side = sheet.soup, sheet.side
    half = side // 2 if side > 1024 else side
    reflectance, alpha, glow, solid, thin = _coloured(sheet, pictures, texels(sheet.st, soup.faces, side))
    coarse = texels(sheet.st, soup.faces, half)
    frame = frames(soup.position, soup.faces, sheet.st, soup.weld)
    soft = np.array([SOFT.get(a, 0) if kind == "character" else 0 for a in attribute], np.float32)
    normal, material = np.zeros((half * half, 3), np.uint8), np.zeros((half * half, 3), np.uint8)
    for k, part in _by_material(soup, coarse):
        rough, occluded = _matter(soup, soup.materials[k], pictures, part, sheet)
        told = _told(_normals(soup, soup.materials[k], pictures, part, sheet), frame, soup, part)
        normal[part.at] = np.rint((told + 1) * 127.5)
        material[part.at] = np.stack([255 * occluded, np.rint(255 * rough), soft[part.triangle]], axis=1)
    material[coarse.at, 0] = np.rint(material[coarse.at, 0] * _open(sheet, half, kind, coarse))
    normal, material = (filled(p.reshape(half, half, 3), coarse.at) for p in (normal, material))
    return Baked(reflectance, normal, material, alpha, glow.max(axis=1), glow, solid, thin)


def _by_material(soup: Soup, at: Texels) -> Iterator[tuple[int, Texels]]:
    """The texels of each material in turn, some at once."""
    of = soup.material[at.triangle]
    for k in np.unique(soup.material):
        own = np.flatnonzero(of == k)
        for a in range(0, len(own), AT_ONCE):
            some = own[a : a + AT_ONCE]
            yield int(k), Texels(at.side, at.at[some], at.triangle[some], at.weight[some], 0)


def _coloured(sheet: Sheet, pictures: Pictures, fine: Texels) -> tuple[Codes, Codes | None, Floats, Floats, Floats]:
    """Reflectance and alpha planes, and of each triangle its emitted light [T, 3], its greatest and its least alpha."""
    soup, side, triangles = sheet.soup, sheet.side, len(sheet.soup.faces)
    reflectance, alpha = np.zeros((side * side, 3), np.uint8), np.full((side * side, 1), 255, np.uint8)
    sums, most, least = (
        np.zeros((triangles, 3)),
        np.full(triangles, -1.0, np.float32),
        np.full(triangles, 2.0, np.float32),
    )
    for k, part in _by_material(soup, fine):
        material = soup.materials[k]
        base = _colour(soup, material, pictures, part, sheet)
        reflectance[part.at] = CODE[np.rint(np.clip(base[:, :3], 0, 1) * 65535).astype(np.uint16)]
        cover = _cover(base[:, 3], material)
        if float(cover.min()) < 1:
            alpha[part.at, 0] = np.rint(255 * cover)
            np.maximum.at(most, part.triangle, cover)
            np.minimum.at(least, part.triangle, cover)
        if max(material.emissive) > 0:
            emitted = _emitted(soup, material, pictures, part, sheet)
            for c in range(3):
                sums[:, c] += np.bincount(part.triangle, emitted[:, c], minlength=triangles)
    count = np.bincount(fine.triangle, minlength=triangles)
    glow = sums / np.maximum(count, 1)[:, None]
    for k in np.unique(soup.material[count == 0]):  # what is too small for a texel glows as its material does
        own = soup.material == k
        glow[own & (count == 0)] = sums[own].sum(axis=0) / max(int(count[own].sum()), 1)
    return (
        np.ascontiguousarray(filled(reflectance.reshape(side, side, 3), fine.at)),
        np.ascontiguousarray(filled(alpha.reshape(side, side, 1), fine.at)[..., 0]) if int(alpha.min()) < 254 else None,
        glow.astype(np.float32),
        np.where(most < 0, np.float32(1), most),
        np.where(least > 1, np.float32(1), least),
    )


def _read(soup: Soup, texture: Texture, pictures: Pictures, part: Texels, sheet: Sheet, *, colour: bool) -> Floats:
    """A texture at some texels."""
    which = soup.uv[min(texture.uv, 1)]
    uv = part.of(soup.faces, which)
    there = _doubled(sheet.st[soup.faces] * np.float32(part.side))
    step = np.sqrt(_doubled(which[soup.faces]) / np.maximum(there, 1e-9))
    return pictures.read(texture, uv, step[part.triangle].astype(np.float32), colour=colour)


def _doubled(corners: Floats) -> NDArray[Any]:
    """Twice the area of triangles [T, 3, 2]."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]))


def _colour(soup: Soup, material: Material, pictures: Pictures, part: Texels, sheet: Sheet) -> Floats:
    """Linear colour and alpha [N, 4] of texels."""
    out = np.clip(part.of(soup.faces, soup.colour), 0, 1) * np.asarray(material.base, np.float32)
    if "base" in material.textures:
        read = _read(soup, material.textures["base"], pictures, part, sheet, colour=True)
        out[:, : read.shape[1]] *= read
    return out


def _cover(alpha: Floats, material: Material) -> Floats:
    """How much of its texel a surface covers; a mask's edge is as soft as a texel."""
    if material.alpha == "OPAQUE":
        return np.full_like(alpha, 1 - THROUGH * material.clear)
    if material.alpha == "BLEND":
        return np.asarray(np.clip(alpha * (1 - THROUGH * material.clear), 0, 1), np.float32)
    return np.asarray(np.clip((alpha - material.cutoff) * 6 + 0.5, 0, 1), np.float32)


def _emitted(soup: Soup, material: Material, pictures: Pictures, part: Texels, sheet: Sheet) -> Floats:
    out = np.broadcast_to(np.asarray(material.emissive, np.float32), (len(part.at), 3)).copy()
    if "emissive" in material.textures and max(material.emissive) > 0:
        out *= _read(soup, material.textures["emissive"], pictures, part, sheet, colour=True)[:, :3]
    return out


def _matter(soup: Soup, material: Material, pictures: Pictures, part: Texels, sheet: Sheet) -> tuple[Floats, Floats]:
    """Roughness and the file's own occlusion [N] of texels."""
    rough = np.full(len(part.at), material.roughness, np.float32)
    metal = np.full(len(part.at), material.metallic, np.float32)
    if "rough" in material.textures:
        read = _read(soup, material.textures["rough"], pictures, part, sheet, colour=False)
        rough, metal = rough * read[:, 1], metal * read[:, 2]
    if material.unlit:
        rough, metal = np.full_like(rough, 0.95), np.zeros_like(metal)
    rough = rough * (1 - (1 - METAL_ROUGH) * metal)
    occluded = np.ones(len(part.at), np.float32)
    if "occlusion" in material.textures:
        texture = material.textures["occlusion"]
        read = _read(soup, texture, pictures, part, sheet, colour=False)
        occluded = 1 + np.float32(texture.strength) * (read[:, 0] - 1)
    return np.clip(rough, 0.05, 1), np.clip(occluded, 0, 1)


def _normals(soup: Soup, material: Material, pictures: Pictures, part: Texels, sheet: Sheet) -> Floats:
    """The file's own shading normals [N, 3] at texels: of its vertices, bent by its normal map."""
    n = unit(part.of(soup.faces, soup.normal))
    texture = material.textures.get("normal")
    if texture is None:
        return n
    tangent, sign = _tangents(soup, texture)
    t = part.of(soup.faces, tangent)
    t = unit(t - n * (t * n).sum(axis=1, keepdims=True))
    b = np.cross(n, t) * sign[part.triangle][:, None]
    bent = _read(soup, texture, pictures, part, sheet, colour=False)[:, :3] * 2 - 1
    bent[:, :2] *= np.float32(texture.strength)
    return unit(t * bent[:, :1] + b * bent[:, 1:2] + n * np.maximum(bent[:, 2:3], 0.05))


def _tangents(soup: Soup, texture: Texture) -> tuple[Floats, Floats]:
    """Directions of growing u [V, 3], and per triangle whether up in the picture is up on the surface (+1 or -1)."""
    told = soup.tangent[soup.faces, 3].sum(axis=1)
    uv = moved(texture, soup.uv[min(texture.uv, 1)])[soup.faces].astype(np.float64)
    p = soup.position[soup.faces].astype(np.float64)
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    flat = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    safe = np.where(np.abs(flat) < 1e-14, 1e-14, flat)
    u, v = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    along = unit(u * (b[:, 1] / safe)[:, None] - v * (a[:, 1] / safe)[:, None]) * soup.areas[:, None]
    sign = np.where(flat < 0, 1.0, -1.0).astype(np.float32)
    made = unit(spread(along, soup.faces, len(soup.position)))
    plain = texture.rotation == 0 and min(texture.scale) > 0
    use = (np.abs(soup.tangent[:, 3]) > 0.5) & plain
    tangent = np.where(use[:, None], soup.tangent[:, :3], made).astype(np.float32)
    return tangent, np.where((np.abs(told) > 0.5) & plain, np.sign(told), sign).astype(np.float32)


def _told(normal: Floats, frame: Any, soup: Soup, at: Texels) -> Floats:
    """World normals [N, 3] as comp will read them: along growing s, up in the atlas, out."""
    n = unit(at.of(soup.faces, frame.normal))
    t = at.of(soup.faces, frame.along)
    t = unit(t - n * (t * n).sum(axis=1, keepdims=True))
    c = np.cross(n, t) * frame.hand[at.triangle][:, None]
    told = np.stack([(normal * t).sum(axis=1), (normal * c).sum(axis=1), (normal * n).sum(axis=1)], axis=1)
    told[:, 2] = np.maximum(told[:, 2], 0.2)
    return unit(told)


def _open(sheet: Sheet, half: int, kind: Kind, coarse: Texels) -> Floats:
    """Openness of the texels of the coarse raster, cast on one as coarse as it may be and read from there."""
    import cv2

    soup = sheet.soup
    less = min(half, max(LEAST, min(COARSEST, half // 2)))
    at = coarse if less == half else texels(sheet.st, soup.faces, less)
    normal = unit(at.of(soup.faces, soup.normal))
    # leaves and glass take little of the sky; as whole cards they would take nearly all
    dense = np.array([m.alpha == "OPAQUE" and m.clear == 0 for m in soup.materials])[soup.material]
    around = Rays(soup.position, soup.faces[dense] if dense.any() else soup.faces)
    open_ = around.openness(at.of(soup.faces, soup.position), normal, REACH_M[kind], COUNT)
    plane = np.zeros((less * less, 1), np.float32)
    plane[at.at, 0] = open_
    plane = filled(plane.reshape(less, less, 1), at.at)[..., 0]
    smooth = cv2.GaussianBlur(plane, (0, 0), 0.8)
    read = cv2.resize(smooth, (half, half), interpolation=cv2.INTER_LINEAR)
    return np.asarray(read.reshape(-1)[coarse.at], np.float32)
