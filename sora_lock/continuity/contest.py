"""Which of two pictures a frame shows: the subject as it was locked, or the same with one thing otherwise.

Place in the path: beneath the looks at a registered subject. Both pictures are the lock's own geometry at the frame's own camera, so only what
is asked about differs. In small windows the frame's band of log luma and of both chromaticities is fitted by each, with the contrast that the surroundings
have kept; what the fits leave over says which it is (a likelihood ratio under even noise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sora_lock.colour import linear_from_srgb
from sora_lock.continuity.plates import LUMA, Bools, Codes, Floats, band

WINDOW = 9
"""Side of a window, px."""
LEAST_GAIN, MOST_GAIN = 0.4, 2.2
"""Contrast a picture may take on, as parts of what its surroundings have."""
COLOUR_WEIGHT = 0.7
"""Of a chromaticity's band beside that of log luma."""
PART_OF_THE_WAY = 0.3, 1.25
"""How far towards another picture a frame may have gone to be likened to it."""
ALIKE_PX = 12.0
"""Pixels of a band that say the same: its correlation is about two pixels long."""
LEAST_ABOUT_PX = 100
"""Pixels from which noise is told."""


def layers(rgb: Codes | Floats, grey: bool) -> Floats:
    """Bands float32 [C, h, w] of a picture in code values: log luma, and unless `grey` ln R/G and ln B/G."""
    codes = rgb.astype(np.float32)
    out = [band(np.log(codes @ LUMA + np.float32(8.0)), None, 0.7, 5.0)]
    if not grey:
        linear = linear_from_srgb(rgb if rgb.dtype == np.uint8 else codes / np.float32(255)) + np.float32(0.02)
        log = np.log(linear)
        out += [np.float32(COLOUR_WEIGHT) * band(log[..., k] - log[..., 1], None, 1.0, 8.0) for k in (0, 2)]
    return np.stack(out)


@dataclass(frozen=True)
class Contest:
    """How two pictures compare with a frame.

    Attributes:
        lead: -1 (the lock's) .. 1 (the other), 0 undecided.
        own, other: correlation of the frame with either, -1..1.
        weight: how much the two differ, in standard deviations of noise, summed over pixels; little says that nothing can be told.
    """

    lead: float
    own: float
    other: float
    weight: float


def contest(frame: Floats, own: Floats, other: Floats, where: Bools, kept: float, noise: float) -> Contest:
    """Compares [C, h, w] bands where the two pictures differ.

    Args:
        where: bool [h, w], pixels that count.
        kept: contrast of the frame over the lock's picture, about there.
        noise: standard deviation of the frame's band from grain.
    """
    apart = np.sqrt(((own - other) ** 2).sum(axis=0))
    least = 0.3 * float(np.median(apart[where])) if where.any() else 0.0
    use = where & (apart > max(least, 3e-4))
    if not use.any():
        return Contest(0.0, 0.0, 0.0, 0.0)
    rest = [_rest(frame, picture, use, kept) for picture in (own, other)]
    floor = 2 * float(use.sum()) * noise**2
    lead = (rest[0][0] - rest[1][0]) / (rest[0][0] + rest[1][0] + floor + 1e-9)
    weight = float(((kept * apart[use]) ** 2).sum()) / (noise**2 + 1e-6)
    return Contest(lead, rest[0][1], rest[1][1], weight)


def leaning(frame: Floats, own: Floats, other: Floats, where: Bools, about: Bools, kept: float) -> float:
    """How much likelier a frame shows another picture than the lock's own; negative for its own.

    In standard deviations: the square root of twice the logarithm of the likelihood ratio. The frame may show a part of the way to the other picture. What the own picture leaves over about there is the noise: where it fits badly everywhere, little is said.

    Args:
        frame, own, other: bands [C, h, w].
        where: bool [h, w], pixels that are asked.
        about: bool [h, w], pixels about there by which the noise is told.
        kept: contrast of the frame over the lock's picture.
    """
    import cv2

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.blur(x.sum(axis=0), (WINDOW, WINDOW)), np.float32)

    gain = np.clip(mean(frame * own) / (mean(own * own) + 1e-9), LEAST_GAIN * kept, MOST_GAIN * kept)
    rest, apart = frame - gain * own, gain * (other - own)
    power = float((apart**2).sum(axis=0)[where].sum())
    if power < 1e-9 or about.sum() < LEAST_ABOUT_PX:
        return 0.0
    along = float((apart * rest).sum(axis=0)[where].sum())
    noise = ALIKE_PX * float((rest**2).sum(axis=0)[about].mean()) / len(frame)
    much = float(np.clip(along / power, *PART_OF_THE_WAY))
    ratio = (much * along - 0.5 * much**2 * power) / (noise + 1e-9)
    return float(np.sign(ratio) * np.sqrt(2 * abs(ratio)))


def _rest(frame: Floats, picture: Floats, use: Bools, kept: float) -> tuple[float, float]:
    """What a picture leaves over of the frame, and the correlation; the best of one-pixel shifts of the whole."""
    import cv2

    m = use.astype(np.float32)
    h, w = use.shape
    best, alike = np.inf, -1.0

    def sums(x: Floats) -> Floats:
        return np.asarray(cv2.blur((x * m).sum(axis=0), (WINDOW, WINDOW)), np.float32)

    power = sums(picture * picture)
    padded = np.pad(frame, ((0, 0), (1, 1), (1, 1)), mode="edge")
    for dy in range(3):
        for dx in range(3):
            f = padded[:, dy : dy + h, dx : dx + w]
            both = sums(f * picture)
            gain = np.clip(both / (power + 1e-9), LEAST_GAIN * kept, MOST_GAIN * kept)
            left = float((((f - gain * picture) ** 2).sum(axis=0) * m).sum())
            if left < best:
                norm = float(((f * f).sum(axis=0) * m).sum()) * float(((picture * picture).sum(axis=0) * m).sum())
                best = left
                alike = float(((f * picture).sum(axis=0) * m).sum()) / (norm**0.5 + 1e-9)
    return best, alike
