"""The two loops of `film` over pixels, compiled by Numba.

Place in the path: media, under film, which says what they compute. A picture is read once and written once; with array operations each
step is a trip through memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_compiled = njit(cache=True, error_model="numpy", nogil=True)


@_compiled
def _tile_at(y: int, x: int, side: int, place: NDArray[np.int64]) -> tuple[int, int]:
    """Row and column of a tile that repeats, of a side that is a power of two, shifted by place[0:2] and mirrored where place[2:4] is 1."""
    row, column = (y + place[0]) & (side - 1), (x + place[1]) & (side - 1)
    return (side - 1 - row if place[2] else row), (side - 1 - column if place[3] else column)


@_compiled
def develop(
    picture: Floats, m_in: Floats, tables: Floats, dropped_bits: int, m_out: Floats, tile: Floats, place: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:  # fmt: skip
    """`out` [H, W, 3] from linear `picture` [H, W, 3]: matrix, table by the leading bits, matrix, dither.

    Args:
        m_in, m_out: [3, 3], rows are outputs; m_out counts in code values.
        tables: [1 or 3, 2 ** (32 - dropped_bits)].
    """
    height, width, _ = picture.shape
    value = np.empty(3, np.float32)
    bits = value.view(np.uint32)
    coded = np.empty(3, np.float32)
    for y in range(height):
        for x in range(width):
            r, g, b = picture[y, x, 0], picture[y, x, 1], picture[y, x, 2]
            for c in range(3):
                value[c] = m_in[c, 0] * r + m_in[c, 1] * g + m_in[c, 2] * b
            for c in range(3):
                coded[c] = tables[c if len(tables) == 3 else 0, bits[c] >> dropped_bits]
            row, column = _tile_at(y, x, len(tile), place)
            dither = tile[row, column]
            for c in range(3):
                code = m_out[c, 0] * coded[0] + m_out[c, 1] * coded[1] + m_out[c, 2] * coded[2] + dither
                out[y, x, c] = np.uint8(min(max(code, np.float32(0)), np.float32(255)))


@_compiled
def grain(
    rgb: NDArray[np.uint8], tile: NDArray[np.int16], places: NDArray[np.int64], amount: NDArray[np.int16],
    weight: NDArray[Any], out: NDArray[np.uint8],
) -> None:  # fmt: skip
    """`out` [H, W, 3]: code values with a field of the tile, three parts common to two of each layer's own, times `amount` [256].

    Args:
        places: [4, 4], where the common field and that of each layer begin in the tile.
        weight: int32 [H, W] in 64ths, or [0, 0] for all of it.
    """
    height, width, _ = rgb.shape
    weighted = weight.size > 0
    for y in range(height):
        for x in range(width):
            share = 64
            if weighted:
                share = weight[y, x]
                if share == 0:
                    for c in range(3):
                        out[y, x, c] = rgb[y, x, c]
                    continue
            row, column = _tile_at(y, x, len(tile), places[0])
            common = 3 * np.int32(tile[row, column])
            for c in range(3):
                row, column = _tile_at(y, x, len(tile), places[1 + c])
                code = np.int32(rgb[y, x, c])
                wide = (common + 2 * np.int32(tile[row, column])) * np.int32(amount[code])
                if share != 64:
                    wide = (wide >> 6) * share
                value = ((wide + (1 << 13)) >> 14) + code
                out[y, x, c] = 0 if value < 0 else 255 if value > 255 else value
