"""Textures of a model read at texels of the atlas: wrapped, moved, in linear light where they are colours, and as coarse as the atlas is.

Place in the path: subjects, under `models`; `bake` asks it for each material.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import TABLE
from sora_lock.media.gltf import Texture

Floats = NDArray[np.float32]

ROW = 1024
"""Texels a row when a list of them is read as a raster: OpenCV's rasters are not longer than 32767."""
SHARPER = 0.5
"""By how many levels a texture is read finer than the atlas's texels call for: twice averaged is soft."""


class Pictures:
    """The pictures of a model with their coarser levels, made when they are first asked for."""

    def __init__(self, images: tuple[NDArray[np.uint8], ...]) -> None:
        self.images = images
        self._made: dict[tuple[int, bool], list[Floats]] = {}

    def levels(self, image: int, colour: bool) -> list[Floats]:
        """float32 [H, W, C], level after level, each half as fine; colours linear, alpha and data as they are, 0..1."""
        import cv2

        key = (image, colour)
        if key not in self._made:
            codes = self.images[image]
            first = codes.astype(np.float32) / np.float32(255)
            if colour:
                first[..., :3] = TABLE[codes[..., :3]]
            made = [first]
            while max(made[-1].shape[:2]) > 1:
                h, w = made[-1].shape[:2]
                size = (max(1, w // 2), max(1, h // 2))
                less = cv2.resize(made[-1], size, interpolation=cv2.INTER_AREA)
                made.append(np.asarray(less, np.float32).reshape(size[1], size[0], -1))
            self._made[key] = made
        return self._made[key]

    def forget(self) -> None:
        """Gives the memory back that the levels of one material took."""
        self._made.clear()

    def read(self, texture: Texture, uv: Floats, step: Floats, *, colour: bool) -> Floats:
        """What a texture has at `uv` float32 [N, 2], as float32 [N, C].

        Args:
            step: float32 [N], how far the coordinates go along one texel of the atlas.
            colour: whether it holds colours, which are averaged in linear light.
        """
        levels = self.levels(texture.image, colour)
        h, w = levels[0].shape[:2]
        grown = max(abs(texture.scale[0]), abs(texture.scale[1]))
        lod = np.log2(np.maximum(step * np.float32(grown * np.sqrt(w * h)), 1e-6)) - SHARPER
        lod = np.clip(lod, 0, len(levels) - 1).astype(np.float32)
        at = moved(texture, uv)
        out = np.zeros((len(uv), levels[0].shape[2]), np.float32)
        low = lod.astype(np.int32)
        for k in np.unique(low):
            own = np.flatnonzero(low == k)
            f = (lod[own] - k)[:, None]
            value = _bilinear(levels[k], at[own], texture.wrap)
            if k + 1 < len(levels) and float(f.max()) > 0:
                value = value * (1 - f) + _bilinear(levels[k + 1], at[own], texture.wrap) * f
            out[own] = value
        return out


def moved(texture: Texture, uv: Floats) -> Floats:
    """Coordinates after KHR_texture_transform: scaled, then turned, then moved (the extension's own order)."""
    c, s = np.cos(texture.rotation), np.sin(texture.rotation)
    x, y = uv[:, 0] * texture.scale[0], uv[:, 1] * texture.scale[1]
    return np.stack([c * x + s * y + texture.offset[0], c * y - s * x + texture.offset[1]], axis=1).astype(np.float32)


def _bilinear(level: Floats, at: Floats, wrap: tuple[str, str]) -> Floats:
    """Reads a level [h, w, C] at coordinates [N, 2] by its wrap modes."""
    import cv2

    h, w, channels = level.shape
    padded = level
    for axis, mode in ((1, wrap[0]), (0, wrap[1])):
        width = [(0, 0)] * 3
        width[axis] = (1, 1)
        padded = np.pad(padded, width, mode="wrap" if mode == "repeat" else "edge")
    x = _folded(at[:, 0], wrap[0]) * np.float32(w) + np.float32(0.5)
    y = _folded(at[:, 1], wrap[1]) * np.float32(h) + np.float32(0.5)
    count = len(at)
    rows = -(-count // ROW)
    raster = [np.zeros(rows * ROW, np.float32) for _ in range(2)]
    raster[0][:count], raster[1][:count] = x, y
    read = cv2.remap(
        np.ascontiguousarray(padded), raster[0].reshape(rows, ROW), raster[1].reshape(rows, ROW), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(read, np.float32).reshape(-1, channels)[:count]


def _folded(x: Floats, mode: str) -> Floats:
    """A coordinate brought into 0..1."""
    if mode == "clamp":
        return np.clip(x, 0, 1)
    if mode == "mirror":
        x = np.abs((x + 1) % np.float32(2) - 1)
        return np.asarray(x, np.float32)
    return np.asarray(x - np.floor(x), np.float32)


def density(
    pictures: Pictures,
    textures: Mapping[str, Texture],
    uv: tuple[Floats, Floats],
    faces: NDArray[Any],
    areas: NDArray[np.float64],
) -> float:
    """Texels a metre of the finest texture of some triangles, by the median of what their coordinates say; 0 without textures."""
    found = 0.0
    for use, texture in textures.items():
        if use == "occlusion":
            continue
        h, w = pictures.images[texture.image].shape[:2]
        q = uv[min(texture.uv, 1)][faces].astype(np.float64)
        a, b = q[:, 1] - q[:, 0], q[:, 2] - q[:, 0]
        flat = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2 * abs(texture.scale[0] * texture.scale[1]) * w * h
        found = max(found, float(np.sqrt(flat.sum() / max(areas.sum(), 1e-12))))
    return found
