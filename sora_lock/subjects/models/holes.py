"""Masks as geometry: leaves, fences and locks of hair cut out of the cards they are drawn on.

Place in the path: subjects, under `models`, on the finished parts. A set is seen and casts shadows by its triangles alone, so there the cut card takes the
card's place. A figure's or a prop's card is seen through its alpha, which has softer edges, and only its shadow is the cut card's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.subjects.brought import Parts

FINEST_PX = 4.0
"""Side of a cell of a cut card in texels of the atlas; in a cell an edge is straight."""
MOST_CELLS = 200_000
MOST_SIDE = 96
"""Cells along the side of one triangle at most."""


def pierced(parts: Parts, masked: NDArray[np.bool_], alpha: NDArray[np.uint8]) -> Parts:
    """The parts with their masked triangles cut out.

    Args:
        masked: bool [T], triangles of a material with a mask.
        alpha: uint8 [N, N], of the atlas.
    """
    side = alpha.shape[0]
    own = np.flatnonzero(masked)
    st = parts.st[parts.faces[own]].astype(np.float64) * side
    longest = np.linalg.norm(st - np.roll(st, 1, axis=1), axis=2).max(axis=1)
    cell = FINEST_PX
    while True:
        count = np.clip(np.ceil(longest / cell), 1, MOST_SIDE).astype(np.int64)
        if (count**2).sum() <= MOST_CELLS or count.max() == 1:
            break
        cell *= 1.3
    # new vertices are weighted means of old ones: `corner` says of which, `weight` how much of each
    corner, weight, faces, of = [], [], [], []
    at = 0
    for n in np.unique(count):
        grid, small = _grid(int(n))
        mine = own[count == n]
        corner.append(np.repeat(parts.faces[mine], len(grid), axis=0))
        weight.append(np.tile(grid, (len(mine), 1)))
        starts = at + np.arange(len(mine)) * len(grid)
        faces.append((small[None] + starts[:, None, None]).reshape(-1, 3))
        of.append(np.repeat(mine, len(small)))
        at += len(mine) * len(grid)
    corners, weights = np.concatenate(corner), np.concatenate(weight)
    cut, old = np.concatenate(faces), np.concatenate(of)
    where = np.einsum("nk,nkc->nc", weights, parts.st[corners])
    cut, old, corners, weights = _clipped(cut, old, _read(alpha, where), corners, weights)

    def mean(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray(np.einsum("nk,nkc->nc", weights, values[corners]), np.float32)

    used, cut = np.unique(cut, return_inverse=True)

    def more(values: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([values, mean(values)[used]])

    seen = parts.info["kind"] == "set"
    kept = np.flatnonzero(~masked) if seen else np.arange(len(parts.faces))
    layer = np.where(masked & (parts.layer == 0) & (not seen), 1, parts.layer).astype(np.uint8)
    weld = np.arange(len(parts.rest), dtype=np.int32) if parts.weld is None else parts.weld
    return _without_loose(
        replace(
            parts,
            faces=np.concatenate([parts.faces[kept], cut.reshape(-1, 3) + len(parts.rest)]).astype(np.int32),
            part=np.concatenate([parts.part[kept], parts.part[old]]),
            layer=np.concatenate([layer[kept], parts.layer[old] if seen else np.full(len(old), 2, np.uint8)]),
            rest=more(parts.rest),
            st=np.clip(more(parts.st), 0, 1),
            weld=np.concatenate([weld, int(weld.max()) + 1 + np.arange(len(used), dtype=np.int32)]).astype(np.int32),
            expressions={name: more(offset) for name, offset in parts.expressions.items()},
        )
    )


def _read(alpha: NDArray[np.uint8], st: NDArray[Any]) -> NDArray[np.float64]:
    """Bilinear reads [N] of codes [N, N] at st [N, 2], as 0..1."""
    side = alpha.shape[0]
    x, y = (np.clip(st[:, k] * side - 0.5, 0, side - 1.001) for k in (0, 1))
    i, j = x.astype(np.int64), y.astype(np.int64)
    fx, fy = x - i, y - j
    top = alpha[j, i] * (1 - fx) + alpha[j, i + 1] * fx
    low = alpha[j + 1, i] * (1 - fx) + alpha[j + 1, i + 1] * fx
    return np.asarray((top * (1 - fy) + low * fy) / 255)


def _clipped(
    faces: NDArray[np.int64],
    of: NDArray[np.int64],
    level: NDArray[np.float64],
    corners: NDArray[Any],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any], NDArray[np.float64]]:
    """What of small triangles [F, 3] lies where the level of their corners is at least a half; edges run where it is.

    Args:
        of: [F], the triangle each is a piece of; level: [P]; corners, weights: [P, 3], how vertices are made.

    Returns:
        The same, for what is left.
    """
    inside = level[faces] >= 0.5
    count = inside.sum(axis=1)
    whole = count == 3
    out, out_of = [faces[whole]], [of[whole]]
    for some in (1, 2):
        own = np.flatnonzero(count == some)
        odd = np.argmax(inside[own] == (some == 1), axis=1)  # the corner that is alone on its side
        a, b, c = (faces[own, (odd + k) % 3] for k in range(3))
        first = len(weights) + np.arange(len(own))
        for other in (b, c):
            t = ((0.5 - level[a]) / (level[other] - level[a]))[:, None]
            corners = np.concatenate([corners, corners[a]])
            weights = np.concatenate([weights, weights[a] * (1 - t) + weights[other] * t])
        second = first + len(own)
        out += (
            [np.stack([a, first, second], 1)]
            if some == 1
            else [np.stack([first, b, c], 1), np.stack([first, c, second], 1)]
        )
        out_of += [of[own]] * some
    return np.concatenate(out), np.concatenate(out_of), corners, weights


def _grid(n: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Weights [P, 3] of the points of a triangle cut into n x n, and the triangles [n * n, 3] between them."""
    number: dict[tuple[int, int], int] = {}
    points: list[tuple[float, float, float]] = []
    for i in range(n + 1):
        for j in range(n + 1 - i):
            number[i, j] = len(points)
            points.append((1 - (i + j) / n, i / n, j / n))
    faces = [(number[i, j], number[i + 1, j], number[i, j + 1]) for i in range(n) for j in range(n - i)]
    faces += [(number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]) for i in range(n) for j in range(n - i - 1)]
    return np.array(points), np.array(faces, np.int64)


def _without_loose(parts: Parts) -> Parts:
    """The parts without vertices that no triangle has any more."""
    used, faces = np.unique(parts.faces, return_inverse=True)
    assert parts.weld is not None
    return replace(
        parts, faces=faces.reshape(-1, 3).astype(np.int32), rest=parts.rest[used], st=parts.st[used],
        weld=np.unique(parts.weld[used], return_inverse=True)[1].astype(np.int32),
        expressions={name: offset[used] for name, offset in parts.expressions.items()},
    )  # fmt: skip
