"""Where the face may be: skin's chromaticity in the upper part of the matte. A guess, and it says so; a person paints over it.

Place in the path: estimators, beside `matting`; its box is a proposal for `photo.regions_for`. No weights: it finds a patch of skin's colour of a face's shape. It
does not know a face from a bare shoulder or a wooden mask, misses faces in coloured light, and under a hat finds the visible part only.
Skin: the box in Cb and Cr of Chai and Ngan 1999, which holds for light and dark skin alike, since melanin changes tone more than chromaticity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sora_lock.colour import coded
from sora_lock.subjects.estimators import Box, Floats, check_alpha, check_picture
from sora_lock.subjects.estimators.trimap import reduced

SIDE = 320
CB, CR = (77, 127), (133, 173)
UPPER = 0.55
"""The face's middle lies in this upper part of the subject's height."""
LEAST = 0.3
"""Below this confidence nothing is proposed."""


@dataclass(frozen=True)
class Proposal:
    """A face box nobody has confirmed.

    Attributes:
        box: (x0, y0, x1, y1) px of the picture, exclusive ends.
        confidence: 0..1: how much like a face's patch it is in shape, place and evenness; not a probability.
        words: what to tell the person.
    """

    box: Box
    confidence: float
    words: str


def propose(picture: Floats, alpha: Floats) -> Proposal | None:
    """The likeliest face in the matte, or None when nothing looks like one.

    Args:
        picture: float32 [H, W, 3], linear; alpha: float32 [H, W].

    Raises:
        MediaError: for a picture or matte that cannot be used.
    """
    import cv2

    check_picture(picture)
    check_alpha(alpha, picture.shape)
    rgb = np.asarray(reduced(coded(picture), SIDE), np.uint8)
    inside = np.asarray(reduced(alpha, SIDE), np.float32) >= 0.5
    ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    skin = (ycc[..., 1] >= CR[0]) & (ycc[..., 1] <= CR[1]) & (ycc[..., 2] >= CB[0]) & (ycc[..., 2] <= CB[1])
    skin &= inside & (ycc[..., 0] > 20)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    tall, wide = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    grain = max(3, round(0.012 * (tall + wide)) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grain, grain))
    patch = cv2.morphologyEx(
        skin.astype(np.uint8), cv2.MORPH_OPEN, kernel
    )  # parts necks and hands from what they touch
    patch = cv2.morphologyEx(patch, cv2.MORPH_CLOSE, kernel)  # eyes and mouth are no skin
    count, _, stats, middles = cv2.connectedComponentsWithStats(patch, connectivity=4)
    best: Proposal | None = None
    for k in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[k])
        if w < 0.06 * wide or h < 0.04 * tall:
            continue
        h = min(h, round(1.5 * w))  # a bare neck hangs on below; a face is no longer than that
        down = (float(middles[k][1]) - rows[0]) / tall
        filled = min(1.0, area / (0.7 * w * h))
        shape = float(np.exp(-(np.log(max(h, 1) / (1.25 * w)) ** 2) / 0.3))
        place = float(np.clip((UPPER - down) / 0.2, 0, 1))
        large = min(1.0, w / (0.14 * wide))
        confidence = round(filled * shape * place * large, 2)
        if confidence >= LEAST and (best is None or confidence > best.confidence):
            up, across = alpha.shape[0] / rgb.shape[0], alpha.shape[1] / rgb.shape[1]
            box = (int(x * across), int(y * up), min(alpha.shape[1], round((x + w) * across)), min(alpha.shape[0], round((y + h) * up)))  # fmt: skip
            words = (
                f"Taken for the face by skin's colour ({confidence:.0%} alike). Draw the box anew where it is wrong."
            )
            best = Proposal(box, confidence, words)
    return best
