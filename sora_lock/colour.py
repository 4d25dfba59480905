"""Colour conventions: sRGB code values to linear Rec.709 and back, and luma.

Place in the path: the bottom, beside camera.py; pure NumPy, so that the page process may import it. Everything between
an atlas and film is linear float32; only files and screens hold sRGB.

The transfer curve is IEC 61966-2-1: `x / 12.92` up to 0.04045, else `((x + 0.055) / 1.055) ** 2.4`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError

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


REC709: tuple[float, ...] = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""Chromaticities of Rec.709: x and y of red, green, blue and white."""
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _to_xyz(chromaticities: Sequence[float]) -> NDArray[np.float64]:
    """3x3: linear RGB of those primaries to XYZ, white at luminance 1 (SMPTE RP 177)."""
    x, y = np.asarray(chromaticities, np.float64).reshape(4, 2).T
    primaries = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    if abs(np.linalg.det(primaries[:, :3])) < 1e-9:
        raise MediaError(f"The chromaticities {list(chromaticities)} are no primaries; export linear Rec.709.")
    return primaries[:, :3] * np.linalg.solve(primaries[:, :3], primaries[:, 3])


def to_rec709(chromaticities: Sequence[float]) -> NDArray[np.float64]:
    """3x3 that brings linear RGB of other primaries (as a column) to linear Rec.709; whites are adapted by Bradford's method (Lam 1985).

    Args:
        chromaticities: x and y of red, green, blue and white, as an OpenEXR header has them.

    Raises:
        MediaError: for eight numbers that are no primaries.
    """
    told = np.asarray(chromaticities, np.float64)
    if told.shape != (8,) or not np.isfinite(told).all() or not (told[1::2] != 0).all():
        raise MediaError(f"The chromaticities {list(chromaticities)} are no primaries; export linear Rec.709.")
    here, there = _to_xyz(chromaticities), _to_xyz(REC709)
    cones = (_BRADFORD @ there.sum(axis=1)) / (_BRADFORD @ here.sum(axis=1))
    out = np.linalg.solve(there, np.linalg.solve(_BRADFORD, cones[:, None] * _BRADFORD) @ here)
    return np.asarray(out, np.float64)


def coded(linear: NDArray[np.floating]) -> NDArray[np.uint8]:
    """sRGB code values, uint8, of linear light of any shape; what is beyond 0..1 is cut off."""
    return np.asarray(np.rint(np.clip(srgb_from_linear(np.clip(linear, 0, 1)), 0, 1) * 255), np.uint8)
