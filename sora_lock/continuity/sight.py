"""A frame beside what the lock would have shown at its camera: where both are clear enough to be compared, and the signals they are compared by.

Place in the path: after register, before the looks at sets and figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sora_lock.continuity.chroma import saturation
from sora_lock.continuity.contest import layers
from sora_lock.continuity.plates import COARSE, LUMA, Bools, Codes, Floats, Frame
from sora_lock.continuity.register import Registered
from sora_lock.continuity.solid import Cast
from sora_lock.continuity.structure import agreement, contrast

DARK_CODE, BRIGHT_CODE = 9.0, 249.0
"""Luma in code values between which anything is compared."""
GREY = 0.045
"""Mean saturation below which a take is black and white."""


@dataclass(frozen=True, eq=False)
class Told:
    """One measure of one thing in one frame; higher is worse.

    Attributes:
        attribute: whose it is.
        kind: which measure: "gone", "tint", "structure", ...; thresholds are by attribute and kind.
        thing: of what: a part's name, or "" for the attribute as a whole.
        frame: counted from 0.
        value: the measure.
        box: x0, y0, x1, y1 in frame px.
        what: what it would mean, in words.
        sight: where it was seen; where: bool [h, w], its pixels on that raster.
    """

    attribute: str
    kind: str
    thing: str
    frame: int
    value: float
    box: tuple[int, int, int, int]
    what: str
    sight: Sight
    where: Bools


@dataclass(frozen=True, eq=False)
class Sight:
    """One registered frame, all on the raster of the cast.

    Attributes:
        cast: the lock's subject at the frame's camera.
        rgb: uint8 [h, w, 3], the frame.
        scale, origin: frame px of a raster px, and of the raster's corner (x, y).
        exposed: float32 [h, w, 3], the frame in the cast's own exposure.
        filled: float32 [h, w, 3], the cast's picture; where it shows nothing, what `exposed` shows.
        own, seen: bands float32 [C, h, w] of the cast and of the frame (`contest.layers`).
        firm: bool [h, w], the subject away from its outline, neither dark, nor blown out, nor behind somebody.
        lit: bool [h, w], where the frame is neither dark nor blown out and nobody stands in front.
        match: float32 [h, w], agreement of structure; strength: of the cast's own detail; kept: contrast of the frame over it.
        clear: bool [h, w], firm, and its detail would show through the grain.
        grey: whether the take is black and white.
        noise_codes: grain.
    """

    cast: Cast
    rgb: Codes
    scale: float
    origin: tuple[float, float]
    exposed: Floats
    filled: Floats
    own: Floats
    seen: Floats
    firm: Bools
    lit: Bools
    match: Floats
    strength: Floats
    kept: Floats
    clear: Bools
    grey: bool
    noise_codes: float

    @property
    def code(self) -> Floats:
        """Luma in code values [h, w]."""
        return np.asarray(self.rgb.astype(np.float32) @ LUMA)

    def noise(self, where: Bools) -> float:
        """Standard deviation of the band of log luma from grain, about there."""
        return 0.6 * self.noise_codes / (float(self.code[where].mean()) + 8.0)

    def box(self, where: Bools) -> tuple[int, int, int, int]:
        """Bounding box in frame px."""
        rows, columns = np.nonzero(where)
        x, y = self.origin
        return (
            int(columns.min() * self.scale + x),
            int(rows.min() * self.scale + y),
            int(np.ceil((columns.max() + 1) * self.scale + x)),
            int(np.ceil((rows.max() + 1) * self.scale + y)),
        )


def sight(
    found: Registered,
    frame: Frame,
    picture: Codes,
    scale: float,
    origin: tuple[float, float] = (0.0, 0.0),
    hidden: bool = True,
    blurred: Sequence[int] = (),
    grey: bool | None = None,
) -> Sight:
    """What a registered frame lets one compare.

    Args:
        picture: uint8 [h, w, 3], the frame on the raster of the cast.
        hidden: whether what figures cover is left out.
        blurred: region numbers never compared.
        grey: whether the take is black and white; told from the picture, unless given.
    """
    import cv2

    height, width = picture.shape[:2]
    code = picture.astype(np.float32) @ LUMA
    lit = _lit(code)
    if hidden and frame.covered.any():
        x = ((np.arange(width) + 0.5) * scale + origin[0]) / COARSE
        y = ((np.arange(height) + 0.5) * scale + origin[1]) / COARSE
        rows = np.clip(y.astype(int), 0, frame.covered.shape[0] - 1)
        columns = np.clip(x.astype(int), 0, frame.covered.shape[1] - 1)
        lit &= cv2.dilate(frame.covered, np.ones((3, 3), np.uint8))[rows][:, columns] == 0
    firm = found.firm & lit
    if blurred:
        firm &= ~np.isin(found.cast.regions, blurred)
    if grey is None:
        grey = is_grey(picture, lit)
    exposed = as_exposed(found.cast, picture)
    filled = np.where(found.cast.hit[..., None], found.cast.rgb, exposed).astype(np.float32)
    own, seen = layers(filled, grey), layers(picture, grey)
    fine, strength = agreement(own[0], seen[0], firm)
    soft, wide = cv2.GaussianBlur(own[0], (0, 0), 1.3), cv2.GaussianBlur(seen[0], (0, 0), 1.3)
    wider, wide_strength = agreement(soft, wide, firm)
    match = np.maximum(fine, np.where(wide_strength > 0.25 * strength, wider, -1)).astype(np.float32)
    kept = (contrast(seen[0], firm) / np.maximum(strength, 0.004)).astype(np.float32)
    sure = firm & (match > 0.6)
    ratio = float(np.clip(np.median(kept[sure]) if sure.sum() > 50 else 0.5, 0.15, 1.0))
    noise = 0.6 * frame.noise_codes / (code + 8.0)
    clear = firm & (strength * ratio > 1.6 * noise) & (strength > 0.012)
    return Sight(
        found.cast,
        picture,
        scale,
        origin,
        exposed,
        filled,
        own,
        seen,
        firm,
        lit,
        match,
        strength,
        kept,
        clear,
        grey,
        frame.noise_codes,
    )


def _lit(code: Floats) -> Bools:
    """Where luma in code values is neither dark nor blown out."""
    return np.asarray((code > DARK_CODE) & (code < BRIGHT_CODE))


def is_grey(picture: Codes, lit: Bools | None = None) -> bool:
    """Whether a picture, uint8 [h, w, 3], is black and white; by what is lit of it, bool [h, w], or by all that is."""
    if lit is None:
        lit = _lit(picture.astype(np.float32) @ LUMA)
    return bool(saturation(picture.astype(np.float32), lit) < GREY) if lit.any() else True


def as_exposed(cast: Cast, picture: Codes) -> Floats:
    """What the frame shows in the exposure of the cast, float32 [h, w, 3] code values: what stands for a sky that the lock does not hold."""
    hit = cast.hit
    if not hit.any():
        return picture.astype(np.float32)
    exposure = np.median(picture[hit].astype(np.float32) + 2, axis=0) / np.median(cast.rgb[hit] + 2.0, axis=0)
    return np.asarray(np.clip(picture / np.maximum(exposure, 0.02), 0, 255), np.float32)
