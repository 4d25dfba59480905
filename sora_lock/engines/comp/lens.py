"""Lens: depth of field, the glow of highlights, vignette. The engine's last step; film comes after.

Place in the path: comp, last. Pictures are float32 [H, W, 3], linear.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from sora_lock.engines.comp import loops
from sora_lock.records import Direction

Floats = NDArray[np.float32]
BLOOM = 0.055
VIGNETTE = 0.16


APERTURE_M = {"extreme close-up": 0.009, "close-up": 0.0085, "medium close-up": 0.005}
"""Diameter of the entrance pupil by shot size: close shots have soft backgrounds, wide ones are sharp throughout."""


def aperture_m(direction: Direction) -> float:
    """The entrance pupil of a direction in metres; 0 is a pinhole."""
    values = direction.values("lens")
    if "deep focus" in values:
        return 0.0
    size = direction.chip("size")
    natural = APERTURE_M.get(size.value, 0.0) if size else 0.0
    return max(natural, 0.026 * values.get("shallow focus", 0.0))


@functools.lru_cache(maxsize=4)
def _vignette(width: int, height: int, strength: float) -> Floats:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    r2 = ((x + 0.5) / width - 0.5) ** 2 * 2.6 + ((y + 0.5) / height - 0.5) ** 2 * 1.6
    return np.asarray(1.0 / (1.0 + strength * r2 * 2.2) ** 2, np.float32)


def glazed(picture: Floats, strength: float = BLOOM, dark: float = VIGNETTE) -> Floats:
    """The picture through glass: a part of its light spread widely (energy is kept, only bright things show it), corners a little darker.

    Args:
        strength: the part of light that is spread; dark: of the vignette, which falls as the fourth power of the cosine.
    """
    h, w = picture.shape[:2]
    small = cv2.resize(picture, (max(1, w // 4), max(1, h // 4)), interpolation=cv2.INTER_AREA)
    small = np.minimum(small, 24.0)
    one = cv2.GaussianBlur(small, (0, 0), 1.6)
    half = cv2.resize(one, (max(1, w // 16), max(1, h // 16)), interpolation=cv2.INTER_AREA)
    two = cv2.GaussianBlur(half, (0, 0), 1.8)
    three = cv2.GaussianBlur(half, (0, 0), 6.0)
    wide = cv2.resize(two * 0.6 + three * 0.4, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_CUBIC)
    glow = cv2.resize(one * 0.5 + wide * 0.5, (w, h), interpolation=cv2.INTER_LINEAR)
    out = np.empty_like(picture)
    loops.glazed(np.ascontiguousarray(picture), glow, strength, _vignette(w, h, dark), out)
    return out


def defocus(picture: Floats, radius_px: Floats) -> Floats:
    """The picture blurred by a radius per pixel [H, W], blended from a few blurs of fixed size."""
    top = float(radius_px.max(initial=0.0))
    if top < 0.6:
        return picture
    steps = [0.0]
    step = 1.0
    while step < top * 1.01 and len(steps) < 6:
        steps.append(step)
        step *= 1.9
    out = picture.copy()
    soft = picture
    for a, b in zip(steps, [*steps[1:], steps[-1] * 1.9], strict=True):
        if b <= a:
            break
        blurred = _round_blur(picture, b)
        k = np.clip((radius_px - a) / (b - a), 0, 1)[..., None].astype(np.float32)
        inside = (radius_px > a)[..., None]
        out = np.where(inside, soft * (1 - k) + blurred * k, out)
        soft = blurred
    return np.asarray(out, np.float32)


def _round_blur(picture: Floats, radius: float) -> Floats:
    """A disc blur of a radius in px; large ones on a smaller raster."""
    h, w = picture.shape[:2]
    shrink = 1 if radius < 5 else 2 if radius < 10 else 4
    work = picture if shrink == 1 else cv2.resize(picture, (w // shrink, h // shrink), interpolation=cv2.INTER_AREA)
    r = radius / shrink
    side = int(np.ceil(r)) * 2 + 1
    y, x = np.mgrid[:side, :side] - side // 2
    kernel = np.clip(r + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    kernel /= kernel.sum()
    work = cv2.filter2D(work, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(work if shrink == 1 else cv2.resize(work, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
