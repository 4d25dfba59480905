"""Colour conventions: sRGB code values to linear Rec.709 and back, and luma.

Place in the path: the bottom, beside camera.py; pure NumPy, so that the page process may import it. Everything between
an atlas and film is linear float32; only files and screens hold sRGB.

The transfer curve is IEC 61966-2-1: `x / 12.92` up to 0.04045, else `((x + 0.055) / 1.055) ** 2.4`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
"""Rec.709 luma weights of linear red, green, blue."""


def _decode(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(x <= 0.04045, x / 12.92, ((np.maximum(x, 0.0) + 0.055) / 1.055) ** 2.4)


TABLE = _decode(np.arange(256, dtype=np.float64) / 255.0).astype(np.float32)
"""Linear float32 value of each 8-bit sRGB code value; the table that digests of atlases are taken through."""


def linear_from_srgb(x: NDArray[Any]) -> NDArray[np.float32]:
    """Linear values 0..1 of sRGB values, any shape.

    Args:
        x: uint8 code values (through `TABLE`, exact and fast), or floats in 0..1 (values below 0 stay linear).
    """
    if x.dtype == np.uint8:
        return np.asarray(TABLE[x], np.float32)
    return _decode(x.astype(np.float64)).astype(np.float32)


def srgb_from_linear(x: NDArray[Any]) -> NDArray[np.float32]:
    """sRGB-encoded values of linear values, any shape; not clipped, so 1.0 stays 1.0 and highlights stay above it."""
    y = x.astype(np.float64)
    out = np.where(y <= 0.0031308, y * 12.92, 1.055 * np.maximum(y, 0.0031308) ** (1 / 2.4) - 0.055)
    return out.astype(np.float32)


def luma(rgb: NDArray[Any]) -> NDArray[np.float32]:
    """Rec.709 luma of [..., 3]: the weighted sum of the channels as they are (linear in, linear out)."""
    return np.asarray(rgb.astype(np.float32) @ LUMA, dtype=np.float32)
