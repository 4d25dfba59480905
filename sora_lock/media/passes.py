"""The layers of a render: all channels of all parts of an OpenEXR file at their own depth, and what its header says.

Place in the path: beside `deep`, which reads one plate of numbers; a render brings a dozen, with windows, a camera and names of what is seen. Decoded, header
and manifest too, in a child process with limits, as everything from outside is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.child import decoded
from sora_lock.media.probe import check_size, sniff

MAX_PIXELS, MAX_SIDE, MAX_BYTES, WALL_S = 40_000_000, 8192, 1024**3, 90
"""Of a file: px in all and a side, bytes of all its planes; seconds it may take."""
SQUARE = 0.01
"""How far the sides of a pixel may differ."""


@dataclass(frozen=True)
class Manifest:
    """A cryptomatte as a header describes it.

    Attributes:
        name: of its layers, without the number of the rank ("ViewLayer.CryptoObject").
        hash, conversion: how names became numbers; the specification knows "MurmurHash3_32" and "uint32_to_float32".
        numbers: name of an object or a material -> its number, eight hexadecimal digits; empty when the header has none.
    """

    name: str
    hash: str
    conversion: str
    numbers: Mapping[str, str]


@dataclass(frozen=True)
class Passes:
    """A decoded render.

    Attributes:
        planes: channel ("ViewLayer.Combined.R") -> float16, float32 or uint32 [H, W], over the display window; 0 where the file has no data.
        covered: bool [H, W], where the first part has data.
        attributes: texts, numbers and matrices of the header.
        manifests: its cryptomattes.
    """

    planes: Mapping[str, NDArray[Any]]
    covered: NDArray[np.bool_]
    attributes: Mapping[str, Any]
    manifests: tuple[Manifest, ...]


def open_passes(data: bytes) -> Passes:
    """Decodes a render from outside.

    Raises:
        MediaError: for a file that is no EXR, is damaged, deep or too large, or whose pixels are not square: what came, what was wanted, what to do.
    """
    check_size(data)
    try:
        kind = sniff(data)
    except MediaError as fault:
        raise MediaError(str(fault).split("; bring")[0] + "; a render is brought as OpenEXR.") from None
    if kind != "exr":
        raise MediaError(f"The file is a {kind.upper()}, whatever its name says; a render is brought as OpenEXR.")
    head, body = decoded("passes_sandbox.py", kind, data, MAX_PIXELS, MAX_SIDE, MAX_BYTES, wall_s=WALL_S)
    if abs(float(head["pixel_aspect"]) - 1) > SQUARE:
        raise MediaError(
            f"The render's pixels are {head['pixel_aspect']:g} times as wide as high; wanted square ones. Render it with an aspect of 1."
        )
    x0, y0, x1, y1 = head["display"]
    planes: dict[str, NDArray[Any]] = {}
    covered = np.zeros((y1 - y0, x1 - x0), np.bool_)
    at = 0
    for k, (name, kept, (left, top, right, bottom)) in enumerate(head["planes"]):
        dtype = np.dtype(kept).newbyteorder("<")
        count = (bottom - top) * (right - left)
        if len(body) < at + count * dtype.itemsize:
            raise MediaError("The EXR could not be decoded completely; export it again.")
        stored = np.frombuffer(body, dtype, count, at).reshape(bottom - top, right - left)
        at += count * dtype.itemsize
        plane = np.zeros(covered.shape, np.dtype(kept))
        # What of the data lies within the picture: less than all of it, or more with overscan.
        u0, v0, u1, v1 = max(left, x0), max(top, y0), min(right, x1), min(bottom, y1)
        if u0 < u1 and v0 < v1:
            within = np.s_[v0 - y0 : v1 - y0, u0 - x0 : u1 - x0]
            plane[within] = stored[v0 - top : v1 - top, u0 - left : u1 - left]
            covered[within] |= k == 0
        planes.setdefault(str(name), plane)
    if not covered.any():
        raise MediaError("The EXR has no pixels within its picture: its data window lies outside. Render it again.")
    manifests = tuple(Manifest(m["name"], m["hash"], m["conversion"], m["manifest"]) for m in head["cryptomattes"])
    return Passes(planes, covered, head["attributes"], manifests)
