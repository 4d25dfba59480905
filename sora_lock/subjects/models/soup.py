"""All triangles of a model as one list, each with its material: what the steps of bringing a model hand on.

Place in the path: subjects, under `models`; made from `media.gltf.Model` once it stands where it shall stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.gltf import Material, Model, Piece

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

WELD_M, WELD_NORMAL = 2e-5, 0.03
"""How near vertices of one smooth surface lie together, and how far their normals may differ."""


@dataclass(frozen=True, eq=False)
class Soup:
    """Triangles with what their vertices know.

    Attributes:
        faces: int32 [T, 3]; piece: int32 [T], index into the model's pieces; material: int32 [T], into `materials`.
        position, normal: float32 [V, 3], metres and unit.
        tangent: float32 [V, 4], zero where the file has none.
        uv: two sets, float32 [V, 2] each, zero where there is none.
        colour: float32 [V, 4], linear, 1 where there is none.
        weld: int32 [V], one number for what shares place and normal.
        targets: name -> float32 [V, 3]; pieces with morph targets of one name move together.
        materials: the model's, and behind them a plain one for what has none.
    """

    faces: Ints
    piece: Ints
    material: Ints
    position: Floats
    normal: Floats
    tangent: Floats
    uv: tuple[Floats, Floats]
    colour: Floats
    weld: Ints
    targets: Mapping[str, Floats]
    materials: tuple[Material, ...]

    @property
    def areas(self) -> NDArray[np.float64]:
        """Square metres of each triangle [T]."""
        p = self.position[self.faces].astype(np.float64)
        return np.asarray(np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2)

    def cut(self, vertices: NDArray[Any], faces: NDArray[Any]) -> Soup:
        """The same triangles with vertices that are doubled at seams: new vertex k is old vertex `vertices[k]`."""
        return replace(
            self, faces=faces.astype(np.int32), position=self.position[vertices], normal=self.normal[vertices],
            tangent=self.tangent[vertices], uv=(self.uv[0][vertices], self.uv[1][vertices]), colour=self.colour[vertices],
            weld=self.weld[vertices], targets={k: v[vertices] for k, v in self.targets.items()},
        )  # fmt: skip

    def kept(self, triangles: NDArray[Any]) -> Soup:
        """Some of the triangles (a mask or numbers), with all vertices."""
        return replace(
            self, faces=self.faces[triangles], piece=self.piece[triangles], material=self.material[triangles]
        )


def join(model: Model) -> Soup:
    """All triangles of a model that have a surface.

    Raises:
        MediaError: when none has.
    """
    pieces = [_shaped(p) for p in model.pieces]
    starts = np.cumsum([0, *(len(p.position) for p in pieces)])
    total = int(starts[-1])
    names = sorted({n for p in pieces for n in p.targets})
    targets = {n: np.zeros((total, 3), np.float32) for n in names}
    tangent, colour = np.zeros((total, 4), np.float32), np.ones((total, 4), np.float32)
    uv = (np.zeros((total, 2), np.float32), np.zeros((total, 2), np.float32))
    for p, at in zip(pieces, starts, strict=False):
        own = slice(at, at + len(p.position))
        if p.tangent is not None:
            tangent[own] = p.tangent
        if p.colour is not None:
            colour[own] = p.colour
        for k, coords in p.uv.items():
            uv[k][own] = coords
        for n, offset in p.targets.items():
            targets[n][own] = offset
    position = np.concatenate([p.position for p in pieces])
    normal = np.concatenate([p.normal for p in pieces if p.normal is not None])
    plain = len(model.materials)
    soup = Soup(
        faces=np.concatenate([p.faces + np.int32(at) for p, at in zip(pieces, starts, strict=False)]),
        piece=np.repeat(np.arange(len(pieces), dtype=np.int32), [len(p.faces) for p in pieces]),
        material=np.repeat(
            np.array([p.material if p.material >= 0 else plain for p in pieces], np.int32), [len(p.faces) for p in pieces]
        ),
        position=position, normal=normal, tangent=tangent, uv=uv, colour=colour, weld=_welds(position, normal),
        targets=targets, materials=(*model.materials, Material("plain", (0.5, 0.5, 0.5, 1.0))),
    )  # fmt: skip
    size = float(np.ptp(position, axis=0).max())
    sound = soup.areas > (1e-6 * size) ** 2
    if not sound.any():
        raise MediaError("The GLB has no triangle with an area; bring a model with a surface.")
    return soup.kept(np.flatnonzero(sound))


def _shaped(piece: Piece) -> Piece:
    """The piece with normals; without them each triangle is flat, as glTF says, with vertices of its own."""
    p = piece.position[piece.faces]
    flat = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-20)
    if piece.normal is not None:
        # where the file's normal is nought, that of a triangle it belongs to stands in
        missing = np.linalg.norm(piece.normal, axis=1) < 0.5
        if not missing.any():
            return piece
        normal = piece.normal.copy()
        nearest = np.zeros_like(normal)
        nearest[piece.faces.reshape(-1)] = np.repeat(flat, 3, axis=0)
        normal[missing] = nearest[missing]
        return replace(piece, normal=normal)
    order = piece.faces.reshape(-1)
    return replace(
        piece, position=piece.position[order], faces=np.arange(len(order), dtype=np.int32).reshape(-1, 3),
        normal=np.repeat(flat, 3, axis=0).astype(np.float32), tangent=None, uv={k: v[order] for k, v in piece.uv.items()},
        colour=None if piece.colour is None else piece.colour[order], targets={k: v[order] for k, v in piece.targets.items()},
    )  # fmt: skip


def _welds(position: Floats, normal: Floats) -> Ints:
    """int32 [V]: one number for vertices of one place and normal."""
    keys = np.hstack([np.rint(position / WELD_M), np.rint(normal / WELD_NORMAL)]).astype(np.int64)
    rows = np.ascontiguousarray(keys).view([("", np.int64)] * 6).reshape(-1)
    return np.unique(rows, return_inverse=True)[1].astype(np.int32)
