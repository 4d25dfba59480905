"""The one rule by which reflectance is read from an atlas, and the coarser reads of normals and materials.

Place in the path: comp, under stage. The rule (also in docs/grips.md, with a NumPy-only rebuild):

* level 0 is the atlas, linear float32; level k + 1 is the mean of the 2x2 texels of level k, while the side is even and
  larger than 1;
* `L = clip(LOD, 0, levels - 1)`, `i = floor(L)`, `f = L - i`, `j = min(i + 1, levels - 1)`;
* each level is read bilinearly: texel centres at .5, clamped to the edge, `x = s * side - 0.5`, `y = t * side - 0.5`;
* `sample = (1 - f) * read(i) + f * read(j)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

CHUNK = 1 << 15
"""Samples handled at once: small enough to stay in the processor's cache."""


class Pyramid:
    """A mip chain as one flat table.

    Attributes:
        texels: float32 [sum of side * side, C].
        sides, starts: int64 [K] side and first row of each level.
    """

    def __init__(self, image: NDArray[Any], *, coarsest: int = 1) -> None:
        """Builds the chain of a square [side, side, C] image (any number type; values are kept, not scaled)."""
        levels = [np.ascontiguousarray(image, np.float32)]
        while levels[-1].shape[0] % 2 == 0 and levels[-1].shape[0] > coarsest:
            a = levels[-1]
            rows = a[0::2] + a[1::2]
            levels.append((rows[:, 0::2] + rows[:, 1::2]) * np.float32(0.25))
        sides = [a.shape[0] for a in levels]
        self.channels = image.shape[2]
        self.sides = torch.tensor(sides, dtype=torch.int64)
        self.starts = torch.tensor(np.cumsum([0] + [s * s for s in sides[:-1]]), dtype=torch.int64)
        self.texels = torch.empty((sum(s * s for s in sides), self.channels), dtype=torch.float32)
        for start, a in zip(self.starts.tolist(), levels, strict=True):
            self.texels[start : start + a.shape[0] * a.shape[1]] = torch.tensor(a.reshape(-1, self.channels))

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return len(self.sides)

    def sample(self, s: torch.Tensor, t: torch.Tensor, lod: torch.Tensor) -> torch.Tensor:
        """Trilinear read by the rule above: float32 [N, C] at s, t, lod [N]."""
        out = torch.empty((len(s), self.channels))
        for a in range(0, len(s), CHUNK):
            b = min(len(s), a + CHUNK)
            level = lod[a:b].clamp(0, self.levels - 1)
            low = level.floor()
            f = (level - low)[:, None]
            i = low.to(torch.int64)
            one = self._bilinear(s[a:b], t[a:b], i)
            if float(f.max()) == 0.0:
                out[a:b] = one
                continue
            two = self._bilinear(s[a:b], t[a:b], (i + 1).clamp(max=self.levels - 1))
            out[a:b] = one * (1 - f) + two * f
        return out

    def near(self, s: torch.Tensor, t: torch.Tensor, lod: torch.Tensor) -> torch.Tensor:
        """Bilinear read at the nearest level: float32 [N, C]; for what only influences light."""
        out = torch.empty((len(s), self.channels))
        for a in range(0, len(s), CHUNK):
            b = min(len(s), a + CHUNK)
            level = (lod[a:b] + 0.5).clamp(0, self.levels - 1).to(torch.int64)
            out[a:b] = self._bilinear(s[a:b], t[a:b], level)
        return out

    def _bilinear(self, s: torch.Tensor, t: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        low, high = int(level.min()), int(level.max())
        side: torch.Tensor | int
        start: torch.Tensor | int
        if low == high:  # neighbours mostly share a level; plain numbers are much cheaper than tables
            side, start = int(self.sides[low]), int(self.starts[low])
            x, y = s * float(side) - 0.5, t * float(side) - 0.5
            x0, y0 = x.floor(), y.floor()
            xi, yi = x0.to(torch.int64), y0.to(torch.int64)
            xa, xb = xi.clamp(0, side - 1), (xi + 1).clamp(0, side - 1)
            ya, yb = yi.clamp(0, side - 1), (yi + 1).clamp(0, side - 1)
        else:
            side, start = self.sides[level], self.starts[level]
            size = side.to(torch.float32)
            x, y = s * size - 0.5, t * size - 0.5
            x0, y0 = x.floor(), y.floor()
            top = side - 1
            xi, yi = x0.to(torch.int64), y0.to(torch.int64)
            xa, xb = torch.minimum(xi, top).clamp(min=0), torch.minimum(xi + 1, top).clamp(min=0)
            ya, yb = torch.minimum(yi, top).clamp(min=0), torch.minimum(yi + 1, top).clamp(min=0)
        fx, fy = (x - x0)[:, None], (y - y0)[:, None]
        ra, rb = start + ya * side, start + yb * side
        pick = self.texels.index_select
        upper = pick(0, ra + xa) * (1 - fx) + pick(0, ra + xb) * fx
        lower = pick(0, rb + xa) * (1 - fx) + pick(0, rb + xb) * fx
        return upper * (1 - fy) + lower * fy
