"""Pictures in and out: whatever a person brings becomes plain sRGB RGBA; whatever we write is PNG or JPEG without metadata.

Place in the path: subjects and the page read through `read_image` (decoded in a child process with limits); `read_own` is for files
this program wrote. Needs Pillow and numpy; safe for the page process.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sora_lock.errors import MediaError
from sora_lock.media.child import decoded
from sora_lock.media.probe import sniff_picture

MAX_PIXELS, MAX_SIDE, WALL_S = 80_000_000, 16_384, 40

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Still:
    """A decoded picture.

    Attributes:
        rgba: uint8 [H, W, 4], straight alpha, sRGB, upright.
        kind: what the file was ("png", "jpeg", "webp", "tiff").
        notes: sentences for people on what was converted.
    """

    rgba: Rgb
    kind: str
    notes: tuple[str, ...]


def open_image(data: bytes, *, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE) -> Still:
    """Decodes a file from outside in a child process with limits on memory, time, pixels and bytes.

    The kind is told by the first bytes and forced upon the decoder. EXIF orientation is applied; then all metadata is dropped. CMYK,
    16 bit, palette, grey and embedded ICC profiles become sRGB, 8 bit. Animated files and files of several pages are refused; of a
    phone's multi-picture JPEG the first picture is taken.

    Raises:
        MediaError: for an empty, damaged, too large or unwanted file: what came, what was wanted, what to do.
    """
    kind = sniff_picture(data)
    head, body = decoded("sandbox.py", kind, data, max_pixels, max_side, wall_s=WALL_S)
    shape = (int(head["height"]), int(head["width"]), 4)
    if len(body) != shape[0] * shape[1] * 4:
        raise MediaError(f"The {kind.upper()} could not be decoded completely; export it again.")
    return Still(np.frombuffer(body, np.uint8).reshape(shape).copy(), kind, tuple(head["notes"]))


def read_image(data: bytes) -> Rgb:
    """`open_image(data).rgba`: uint8 [H, W, 4], straight alpha, sRGB; raises MediaError."""
    return open_image(data).rgba


def read_own(data: bytes) -> Rgb:
    """Decodes in this process a PNG, JPEG or WebP that this program wrote or ships (anchors, atlases, posters).

    Returns:
        uint8 [H, W], [H, W, 3] or [H, W, 4], as the file has it.

    Raises:
        MediaError: when it does not decode; our own file is damaged then.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError) as fault:
        raise MediaError(
            f"A picture of this store does not decode ({fault}); run `python -m sora_lock verify`."
        ) from None


def png(pixels: Rgb, level: int = 4) -> bytes:
    """PNG of uint8 [H, W], [H, W, 3] or [H, W, 4]; the same pixels give the same bytes, without metadata.

    Args:
        level: zlib level 0..9.
    """
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG", compress_level=level)
    return out.getvalue()


def jpeg(rgb: Rgb, quality: int = 90) -> bytes:
    """Baseline-compatible progressive JPEG (4:4:4 from quality 90 on) of uint8 [H, W, 3], without metadata.

    A picture of noise, which needs more than the byte a pixel that Pillow sets aside for several passes, is written in one.
    """
    image, subsampling = Image.fromarray(np.ascontiguousarray(rgb)), 0 if quality >= 90 else 2
    out = io.BytesIO()
    try:
        image.save(out, "JPEG", quality=quality, optimize=True, progressive=True, subsampling=subsampling)
    except OSError:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=subsampling)
    return out.getvalue()


def resize(rgb: Rgb, width: int, height: int) -> Rgb:
    """uint8 [H, W, C] to [height, width, C] by Pillow's antialiased Lanczos filter, on code values."""
    image = Image.fromarray(np.ascontiguousarray(rgb))
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def cover(rgb: Rgb, width: int, height: int) -> Rgb:
    """uint8 [H, W, C] to [height, width, C]: scaled as `resize`, in one proportion, until it covers all, and cropped at the centre."""
    tall, wide = rgb.shape[:2]
    if (wide, tall) == (width, height):
        return np.ascontiguousarray(rgb)
    scale = max(width / wide, height / tall)
    shown_w, shown_h = width / scale, height / scale
    left, top = (wide - shown_w) / 2, (tall - shown_h) / 2
    box = (max(0.0, left), max(0.0, top), min(float(wide), left + shown_w), min(float(tall), top + shown_h))
    image = Image.fromarray(np.ascontiguousarray(rgb))
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box))


def crop_pair(left: Rgb, right: Rgb, height_px: int = 240, gap_px: int = 8, ground: int = 16) -> Rgb:
    """Two crops side by side at one height: the evidence a report shows (anchor left, take right).

    Args:
        left, right: uint8 [H, W, 3], any sizes of at least one pixel.
        height_px: height of both, and of the result.
        gap_px: grey level `ground` between them.

    Returns:
        uint8 [height_px, W, 3].
    """
    fitted = [resize(c[..., :3], max(1, round(c.shape[1] * height_px / c.shape[0])), height_px) for c in (left, right)]
    gap = np.full((height_px, gap_px, 3), ground, np.uint8)
    return np.concatenate([fitted[0], gap, fitted[1]], axis=1)
