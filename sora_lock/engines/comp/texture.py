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
    """A mip chain.

    Attributes:
        images: level k as float32 [1, C, side, side].
        sides: side of each level.
    """

    def __init__(self, image: NDArray[Any], *, coarsest: int = 1) -> None:
        """Builds the chain of a square [side, side, C] image (any number type; values are kept, not scaled)."""
        side, _, channels = image.shape
        level = np.empty((channels, side, side), np.float32)
        for c in range(channels):
            level[c] = image[..., c]
        self.images: list[torch.Tensor] = []
        while True:
            self.images.append(torch.from_numpy(level)[None])
            if level.shape[1] % 2 or level.shape[1] <= coarsest:
                break
            rows = level[:, 0::2] + level[:, 1::2]
            level = (rows[:, :, 0::2] + rows[:, :, 1::2]) * np.float32(0.25)
        self.channels = image.shape[2]
        self.sides = [x.shape[2] for x in self.images]

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return len(self.sides)

    def sample(self, s: torch.Tensor, t: torch.Tensor, lod: torch.Tensor) -> torch.Tensor:
        """Trilinear read by the rule above: float32 [C, N] at s, t, lod [N]."""
        out = torch.empty((self.channels, len(s)))
        for a in range(0, len(s), CHUNK):
            b = min(len(s), a + CHUNK)
            level = lod[a:b].clamp(0, self.levels - 1)
            low = level.floor()
            f = level - low
            at = torch.stack([s[a:b], t[a:b]], dim=1) * 2 - 1
            i = low.to(torch.int64)
            one = self._read(at, i)
            if float(f.max()) > 0.0:
                one = one * (1 - f) + self._read(at, (i + 1).clamp(max=self.levels - 1)) * f
            out[:, a:b] = one
        return out

    def near(self, s: torch.Tensor, t: torch.Tensor, lod: torch.Tensor) -> torch.Tensor:
        """Bilinear read at the nearest level: float32 [C, N]; for what only influences light."""
        out = torch.empty((self.channels, len(s)))
        for a in range(0, len(s), CHUNK):
            b = min(len(s), a + CHUNK)
            level = (lod[a:b] + 0.5).clamp(0, self.levels - 1).to(torch.int64)
            out[:, a:b] = self._read(torch.stack([s[a:b], t[a:b]], dim=1) * 2 - 1, level)
        return out

    def _read(self, at: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        """Bilinear reads [C, N] at places [N, 2] in -1..1, each at its level [N]."""
        low, high = int(level.min()), int(level.max())
        if low == high:
            return self._bilinear(at, low)
        out = torch.empty((self.channels, len(at)))
        for k in range(low, high + 1):
            here = (level == k).nonzero()[:, 0]
            if len(here):
                out[:, here] = self._bilinear(at[here], k)
        return out

    def _bilinear(self, at: torch.Tensor, level: int) -> torch.Tensor:
        read = torch.nn.functional.grid_sample(
            self.images[level], at[None, None], mode="bilinear", padding_mode="border", align_corners=False
        )
        return read[0, :, 0]
