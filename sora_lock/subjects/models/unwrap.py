"""One atlas for all materials of a model: its own coordinates where they already are one, else a fresh unwrap.

Place in the path: subjects, under `models`, before baking. The unwrap is xatlas's (Young, after Ignacio Castano's thekla_atlas).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.records import Kind
from sora_lock.subjects.brought import MAX_VERTICES
from sora_lock.subjects.models.soup import Soup
from sora_lock.subjects.models.texels import texels
from sora_lock.subjects.models.textures import Pictures, density, moved

Floats = NDArray[np.float32]

LARGEST = {"character": 2048, "prop": 2048, "set": 4096}
"""Side of the atlas at most, by kind."""
SMALLEST, STEP = 512, 256
PLAIN_PER_M = {"character": 220.0, "prop": 220.0, "set": 48.0}
"""Texels a metre for surfaces without a texture: they need them for occlusion only."""
FINEST_PER_M = {"character": 3000.0, "prop": 3000.0, "set": 900.0}
"""Texels a metre beyond which no camera comes."""
COARSE = 0.12
"""The coarsest surface's texels a metre at least, as a part of the finest's."""
PADDING = 6
"""Texels between charts: room for four levels of detail before neighbours mix."""
FILLED = 0.62
"""Part of an atlas that charts usually fill."""
OWN_TWICE = 0.002
"""Part of texels that may lie in two triangles of coordinates that are kept as they are."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A model on its atlas: `soup` with vertices doubled at seams, `st` float32 [V, 2] in 0..1, `side` in texels; own: whether the coordinates are the file's."""

    soup: Soup
    st: Floats
    side: int
    own: bool


def unwrapped(soup: Soup, pictures: Pictures, kind: Kind) -> Sheet:
    """The model on one square atlas.

    Raises:
        MediaError: when seams double its vertices beyond what an archive holds.
    """
    kept = _own(soup, pictures, kind)
    if kept is not None:
        return kept
    import xatlas

    wanted = _densities(soup, pictures, kind)
    area = float((soup.areas * wanted[soup.material] ** 2).sum())
    side = int(np.clip(np.sqrt(area / FILLED), SMALLEST, LARGEST[kind]))
    side = min(LARGEST[kind], -(-side // STEP) * STEP)
    atlas = xatlas.Atlas()
    groups: list[tuple[NDArray[Any], NDArray[Any]]] = []
    for piece in np.unique(soup.piece):
        own = np.flatnonzero(soup.piece == piece)
        # the old numbers of a piece's vertices, and its triangles in new ones
        used, order = np.unique(soup.faces[own], return_inverse=True)
        scale = np.float32(wanted[soup.material[own[0]]])
        atlas.add_mesh(
            np.ascontiguousarray(soup.position[used] * scale),
            np.ascontiguousarray(order.reshape(-1, 3), np.uint32),
            np.ascontiguousarray(soup.normal[used]),
        )
        groups.append((own, used))
    chart, pack = xatlas.ChartOptions(), xatlas.PackOptions()
    pack.padding, pack.resolution, pack.bilinear = PADDING, side, True
    chart.max_iterations = 1
    atlas.generate(chart, pack)
    vertices, faces = [], np.empty_like(soup.faces)
    st, at = [], 0
    for k, (own, used) in enumerate(groups):
        again, order, uv = atlas[k]
        if len(order) != len(own):
            raise MediaError("The model cannot be unwrapped; bring it with texture coordinates that do not overlap.")
        vertices.append(used[again])
        faces[own] = order.astype(np.int32) + np.int32(at)
        st.append(uv.astype(np.float32))
        at += len(again)
    if at > MAX_VERTICES:
        raise MediaError(
            f"On its atlas the model has {at} vertices, seams counted; at most {MAX_VERTICES} can be kept. Decimate it."
        )
    # xatlas packs into a rectangle; the larger side becomes the square's
    stretch = np.array([atlas.width, atlas.height], np.float32) / np.float32(max(atlas.width, atlas.height))
    return Sheet(soup.cut(np.concatenate(vertices), faces), np.clip(np.concatenate(st) * stretch, 0, 1), side, False)


def _densities(soup: Soup, pictures: Pictures, kind: Kind) -> NDArray[np.float64]:
    """Texels a metre that each material wants [materials]."""
    out = np.full(len(soup.materials), PLAIN_PER_M[kind])
    areas = soup.areas
    for k in np.unique(soup.material):
        own = np.flatnonzero(soup.material == k)
        found = density(pictures, soup.materials[k].textures, soup.uv, soup.faces[own], areas[own])
        out[k] = np.clip(max(found, out[k]), 1.0, FINEST_PER_M[kind])
    used = np.unique(soup.material)
    out[used] = np.maximum(out[used], COARSE * out[used].max())
    return out


def _own(soup: Soup, pictures: Pictures, kind: Kind) -> Sheet | None:
    """The file's own coordinates, where one material has one texture over all of the model and no texel is used twice."""
    used = np.unique(soup.material)
    textures = soup.materials[used[0]].textures
    if len(used) != 1 or "base" not in textures:
        return None
    base = textures["base"]
    h, w = pictures.images[base.image].shape[:2]
    if h != w or w % 16 or not SMALLEST <= w <= LARGEST[kind]:
        return None
    st = moved(base, soup.uv[min(base.uv, 1)])
    if st.min() < 0 or st.max() > 1:
        return None
    drawn = texels(st, soup.faces, w, gutter=0.0)
    if len(drawn.at) < 0.05 * w * w or drawn.twice > OWN_TWICE * len(drawn.at):
        return None
    return Sheet(soup, st, w, True)
