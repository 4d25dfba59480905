"""Files of numbers rather than looks (normal maps, depth, mattes, reflectance), read at their own depth: 8 or 16 bit PNG and TIFF, EXR.

Place in the path: beside `images`, which makes 8-bit sRGB of everything for people to look at; a normal map in 8 bit shows steps. Decoded in a child process
with limits, as everything from outside is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.child import decoded
from sora_lock.media.images import MAX_PIXELS, MAX_SIDE
from sora_lock.media.probe import sniff_picture

WALL_S = 60
EXR = b"\x76\x2f\x31\x01"


@dataclass(frozen=True)
class Planes:
    """A decoded file.

    Attributes:
        layers: name ("" for plain channels) -> float32 [H, W, C]; channels in the order R G B A, or X Y Z.
        coded: whether the values were integers: then they are 0..1, else as the file has them.
        kind: "png", "tiff" or "exr".
    """

    layers: dict[str, NDArray[np.float32]]
    coded: bool
    kind: str


def open_planes(data: bytes, *, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE) -> Planes:
    """Decodes a file from outside.

    Raises:
        MediaError: for a file that is no PNG, TIFF or EXR, is damaged or too large: what came, what was wanted, what to do.
    """
    kind = "exr" if data[:4] == EXR else sniff_picture(data)
    if kind not in ("png", "tiff", "exr"):
        raise MediaError(f"The file is a {kind.upper()}, which loses numbers; wanted PNG, TIFF or EXR.")
    head, body = decoded("deep_sandbox.py", kind, data, max_pixels, max_side, wall_s=WALL_S)
    layers, at = {}, 0
    for name, height, width, channels in head["layers"]:
        size = int(height) * int(width) * int(channels)
        if len(body) < at + 4 * size:
            raise MediaError(f"The {kind.upper()} could not be decoded completely; export it again.")
        values = np.frombuffer(body, "<f4", size, at).reshape(height, width, channels)
        layers[str(name)] = values.astype(np.float32)
        at += 4 * size
    return Planes(layers, bool(head["coded"]), kind)
