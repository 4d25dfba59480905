"""Depth from the matte: how far away the subject stands, and how much of it bulges towards the camera.

Place in the path: estimators, classical; after `relief`. The distance comes from the subject's height and the lens, or, where the floor and the horizon are seen, from
the point of contact: a camera `eye_m` above the floor sees a point of it at `focal * eye_m / (row - horizon)` (pinhole, level camera). The relief is the blown-up matte,
so it is relative: right in what stands before what, about right in metres.
"""

from __future__ import annotations

import numpy as np

from sora_lock.errors import MediaError
from sora_lock.subjects.estimators import Estimate, Floats, MadeBy, Parameter, Stand, check_alpha, check_picture
from sora_lock.subjects.estimators.relief import height, raster

VERSION = "1"
REACH, DEEP = 0.25, 0.67
"""Of the relief: how wide a part bulges by itself, against the subject's size, and how deep it is against the round. Measured on rendered figures."""


def depth(picture: Floats, alpha: Floats, stand: Stand) -> Estimate:
    """Planar depth in metres: the matte's edge at the subject's distance, its middle nearer; beyond the matte the distance.

    Args:
        picture: float32 [H, W, 3], linear (only its size matters here); alpha: float32 [H, W].
        stand: what is known of height, lens, horizon and floor.

    Raises:
        MediaError: for a matte that cannot be used, a height or lens that is not above 0, or a horizon below the feet.
    """
    import cv2

    check_picture(picture)
    check_alpha(alpha, picture.shape)
    metres, how, notes = distance(alpha, stand)
    tall, wide = alpha.shape
    on = raster(alpha)
    bulge = np.sqrt(height(on, REACH * on.size)) * np.float32(tall / on.inside.shape[0])
    bulge = cv2.resize(bulge, (wide, tall), interpolation=cv2.INTER_LINEAR) * np.float32(
        DEEP * metres / stand.focal(tall, wide)
    )
    # Nothing comes nearer than half way, whatever the numbers given.
    values = np.maximum(np.float32(metres) - bulge, np.float32(0.5 * metres)).astype(np.float32)
    parameters: dict[str, Parameter] = {
        "method": f"blown-up matte, {how}",
        "distance_m": metres,
        "reach": REACH,
        "deep": DEEP,
    }
    return Estimate("depth", values, MadeBy("classical", VERSION, parameters), notes)


def distance(alpha: Floats, stand: Stand) -> tuple[float, str, tuple[str, ...]]:
    """How far away the subject stands: metres, what they come from, and sentences on what was guessed.

    Raises:
        MediaError: for a matte that covers nothing or everything, lengths that are not above 0, or a horizon below the feet.
    """
    check_alpha(alpha, alpha.shape)
    if not (0 < stand.height_m < 1e4 and stand.focal_px >= 0 and stand.eye_m > 0):
        raise MediaError(
            f"A height of {stand.height_m:g} m, a focal length of {stand.focal_px:g} px and eyes at {stand.eye_m:g} m cannot be; give lengths above 0."
        )
    rows = np.flatnonzero((alpha >= 0.5).any(axis=1))
    tall, wide = alpha.shape
    focal, contact = stand.focal(tall, wide), float(rows[-1]) + 1
    guessed = [] if stand.focal_px > 0 else ["the lens is taken for 50 mm"]
    if stand.horizon_px is not None and stand.floor:
        below = contact - stand.horizon_px
        if below < 0.02 * tall:
            raise MediaError(
                f"The horizon at row {stand.horizon_px:g} is not above the feet at row {contact:g}; move it up, or say that the feet are not seen."
            )
        metres, how = focal * stand.eye_m / below, "contact and horizon"
    else:
        metres, how = focal * stand.height_m / (contact - float(rows[0])), "height and lens"
        guessed += [f"the subject is taken to be {stand.height_m:g} m high in the picture"]
    return round(float(metres), 4), how, (f"Depth is relative: {' and '.join(guessed)}.",) if guessed else ()
