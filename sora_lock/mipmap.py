"""The one rule by which reflectance is read from an atlas: `sample(R, st)`.

Place in the path: beside colour and camera; comp reads by it, the hold proves by it. docs/grips.md says it again, and tests/blind_rebuild.py
follows it with NumPy alone:

* level 0 is the atlas, linear float32; level k + 1 is the mean of the 2x2 texels of level k, while the side is even and
  larger than 1;
* `L = clip(LOD, 0, levels - 1)`, `i = floor(L)`, `f = L - i`, `j = min(i + 1, levels - 1)`;
* each level is read bilinearly: texel centres at .5, clamped to the edge, `x = s * side - 0.5`, `y = t * side - 0.5`;
* `sample = (1 - f) * read(i) + f * read(j)` (Williams 1983, "Pyramidal parametrics").
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Mipmap:
    """A chain of levels.

    Attributes:
        texels: float32 [texels of all levels, C], level after level, each row-major.
        starts, sides: int64 [levels], where each level begins in `texels`, and its side.
    """

    def __init__(self, image: NDArray[Any], *, coarsest: int = 1) -> None:
        """Builds the chain of a square [side, side, C] image (any number type; values are kept, not scaled)."""
        sides = [image.shape[0]]
        while sides[-1] % 2 == 0 and sides[-1] > coarsest:
            sides.append(sides[-1] // 2)
        self.sides = np.array(sides, np.int64)
        ends = np.cumsum(self.sides**2)
        self.starts = ends - self.sides**2
        self.channels = image.shape[2]
        self.texels = np.empty((int(ends[-1]), self.channels), np.float32)
        below = None
        for start, side in zip(self.starts, sides, strict=True):
            level = self.texels[start : start + side * side].reshape(side, side, self.channels)
            if below is None:
                level[...] = image
            else:
                rows = below[0::2] + below[1::2]
                np.add(rows[:, 0::2], rows[:, 1::2], out=level)
                level *= np.float32(0.25)
            below = level

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return len(self.sides)

    def level(self, number: int) -> Floats:
        """A level as a picture, float32 [side, side, C]: a view of `texels`, not to be written to."""
        start, side = int(self.starts[number]), int(self.sides[number])
        out = self.texels[start : start + side * side].reshape(side, side, self.channels)
        out.setflags(write=False)
        return out

    def sample(self, st: Floats) -> Floats:
        """Trilinear reads by the rule above.

        Args:
            st: float32 [N, 3]: s (right), t (down), both 0..1, and level of detail.

        Returns:
            float32 [N, C].
        """
        out = np.empty((len(st), self.channels), np.float32)
        trilinear(self.texels, self.starts, self.sides, np.ascontiguousarray(st, np.float32), out)
        return out


@njit(cache=True, error_model="numpy", nogil=True)
def bilinear(texels, start, side, s, t, k):  # type: ignore[no-untyped-def]
    """Channel `k` at s, t of the level of `side` that begins at `start`."""
    x = min(max(s * np.float32(side) - np.float32(0.5), np.float32(0)), np.float32(side - 1))
    y = min(max(t * np.float32(side) - np.float32(0.5), np.float32(0)), np.float32(side - 1))
    x0, y0 = int(x), int(y)
    x1, y1 = min(x0 + 1, side - 1), min(y0 + 1, side - 1)
    fx, fy = x - np.float32(x0), y - np.float32(y0)
    top = texels[start + y0 * side + x0, k] * (np.float32(1) - fx) + texels[start + y0 * side + x1, k] * fx
    low = texels[start + y1 * side + x0, k] * (np.float32(1) - fx) + texels[start + y1 * side + x1, k] * fx
    return top * (np.float32(1) - fy) + low * fy


@njit(cache=True, error_model="numpy", nogil=True)
def trilinear(texels: Floats, starts: NDArray[Any], sides: NDArray[Any], st: Floats, out: Floats) -> None:
    """`out` [N, C] at `st` [N, 3]; see `Mipmap.sample`."""
    last = len(sides) - 1
    for i in range(len(st)):
        level = min(max(st[i, 2], np.float32(0)), np.float32(last))
        low = int(level)
        f = level - np.float32(low)
        for k in range(out.shape[1]):
            value = bilinear(texels, starts[low], sides[low], st[i, 0], st[i, 1], k)
            if f > 0:
                more = bilinear(texels, starts[low + 1], sides[low + 1], st[i, 0], st[i, 1], k)
                value = value * (np.float32(1) - f) + more * f
            out[i, k] = value
