"""The pictures of a continuity report: small JPEGs of posters, of worst frames with a box, and of evidence.

Place in the path: export, under `report`. A box is told from any picture by a light line between two dark ones.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Codes = NDArray[np.uint8]

POSTER_PX, WORST_PX = 720, 640
LARGE_PX, SMALL_PX = 300, 150
"""Heights of evidence: of what drifted, and of the rest."""
QUALITY = 86
LIGHT, DARK = (255, 196, 92), (12, 10, 8)


@dataclass(frozen=True)
class Shown:
    """A picture of the report: JPEG, its size in px, and what it shows in words."""

    jpeg: bytes
    width: int
    height: int
    words: str


def thumbnail(rgb: Codes, words: str) -> Shown:
    """A frame, uint8 [H, W, 3 or more], at most `POSTER_PX` wide."""
    return _shown(_narrow(_picture(rgb), POSTER_PX), words)


def boxed(rgb: Codes, box: tuple[int, int, int, int], words: str) -> Shown:
    """A frame with a box (x0, y0, x1, y1 px) drawn around what it is about."""
    picture = _picture(rgb)
    share = min(1.0, WORST_PX / picture.width)
    small = _narrow(picture, WORST_PX)
    x0, y0, x1, y1 = (round(v * share) for v in box)
    canvas = ImageDraw.Draw(small)
    for grow, colour in ((4, DARK), (3, LIGHT), (2, LIGHT), (1, DARK)):
        canvas.rectangle(
            (max(0, x0 - grow), max(0, y0 - grow), min(small.width - 1, x1 + grow), min(small.height - 1, y1 + grow)),
            outline=colour,
        )
    return _shown(small, words)


def beside(rgb: Codes, words: str, large: bool) -> Shown:
    """A picture that the judge kept, as high as its place asks for: what drifted is shown larger."""
    picture = _picture(rgb)
    high = LARGE_PX if large else SMALL_PX
    wide = max(1, round(picture.width * high / picture.height))
    return _shown(picture.resize((wide, high), Image.Resampling.LANCZOS), words)


def _picture(rgb: Codes) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(rgb)).convert("RGB")


def _narrow(picture: Image.Image, most_px: int) -> Image.Image:
    if picture.width <= most_px:
        return picture
    return picture.resize((most_px, max(1, round(picture.height * most_px / picture.width))), Image.Resampling.LANCZOS)


def _shown(picture: Image.Image, words: str) -> Shown:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Shown(out.getvalue(), picture.width, picture.height, words)
