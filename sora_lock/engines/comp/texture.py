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

from sora_lock.engines.comp import loops

CHUNK = 1 << 15
"""Samples handled at once: small enough to stay in the processor's cache."""


class Pyramid:
    """A mip chain.

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

    def sample(self, s: torch.Tensor, t: torch.Tensor, lod: torch.Tensor) -> torch.Tensor:
        """Trilinear read by the rule above: float32 [C, N] at s, t, lod [N]."""
        out = torch.empty((self.channels, len(s)))
        at = [x.contiguous().numpy() for x in (s, t, lod)]
        loops.trilinear(self.texels, self.starts, self.sides, at[0], at[1], at[2], out.numpy())
        return out
