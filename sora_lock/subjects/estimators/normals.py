"""Normals from the matte blown up, turned a little by what the shading says against it.

Place in the path: estimators, classical; after `relief` and `reflectance.shading`. The blown-up normals and the log shading give one lamp by a robust fit; where the
shading differs from what that lamp would give, the normal is turned towards or away from it by the least angle that explains a part of the
difference (one linear step of shape from shading, Horn 1975). Shadows differ, too: hence a part, and a cap.
"""

from __future__ import annotations

import numpy as np

from sora_lock.subjects.estimators import Bools, Estimate, Floats, MadeBy, Parameter, check_alpha, check_picture
from sora_lock.subjects.estimators.reflectance import shading
from sora_lock.subjects.estimators.relief import raster, round_normals

VERSION = "1"
FRONT: Floats = np.array([0, 0, 1], np.float32)
PART, STIFF, CAP = 0.5, 0.3, 0.6
"""Which part of a difference is explained by turning; how little is turned where the lamp lights evenly; the most, as the tangent of the angle."""


def normal(picture: Floats, alpha: Floats) -> Estimate:
    """Normals, camera space: +Y up, +Z to the camera; beyond the matte those of its edge go on, at last (0, 0, 1).

    Args:
        picture: float32 [H, W, 3], linear; a matte's `foreground`, else edges are shaded by the old background.
        alpha: float32 [H, W].

    Raises:
        MediaError: for a picture or matte that cannot be used.
    """
    import cv2

    check_picture(picture)
    check_alpha(alpha, picture.shape)
    on = raster(alpha)
    body = round_normals(on)
    height, width = alpha.shape
    tall, wide = on.inside.shape
    light = np.log(cv2.resize(shading(picture, alpha, on), (wide, tall), interpolation=cv2.INTER_AREA))
    turned = _turned(body, np.asarray(light, np.float32), on.inside)
    # Beyond the edge its normals fade to the front, so that a soft edge is lit like what it belongs to.
    inside = on.inside.astype(np.float32)
    weight = cv2.GaussianBlur(inside, (0, 0), 2.0)
    spread = cv2.GaussianBlur(turned * inside[..., None], (0, 0), 2.0) + 1e-3 * FRONT
    spread /= np.maximum(np.linalg.norm(spread, axis=2, keepdims=True), 1e-6)
    whole = np.where(on.inside[..., None], turned, np.where((weight > 1e-3)[..., None], spread, FRONT))
    large = cv2.resize(whole.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    large[..., 2] = np.maximum(large[..., 2], np.float32(0.02))
    values = (large / np.linalg.norm(large, axis=2, keepdims=True)).astype(np.float32)
    parameters: dict[str, Parameter] = {"method": "blown-up matte, turned by shading", "part": PART, "cap": CAP}
    return Estimate("normal", values, MadeBy("classical", VERSION, parameters))


def _turned(body: Floats, light: Floats, inside: Bools) -> Floats:
    """`body` [h, w, 3] turned by the difference between `light` (log, [h, w]) and the lamp that fits it best."""
    n, wanted = body[inside].astype(np.float64), light[inside].astype(np.float64)
    terms = np.concatenate([n, np.ones((len(n), 1))], axis=1)
    trust = np.ones(len(n))
    for _ in range(6):
        weighed = terms * trust[:, None]
        fit = np.linalg.solve(weighed.T @ terms + 1e-3 * np.eye(4), weighed.T @ wanted)
        left = wanted - terms @ fit
        trust = 1 / (1 + np.square(left / 0.3))
    lamp = fit[:3]
    along = lamp - (n @ lamp)[:, None] * n
    turn = PART * left[:, None] * along / (np.square(along).sum(axis=1, keepdims=True) + STIFF)
    length = np.linalg.norm(turn, axis=1, keepdims=True)
    n = n + turn * np.minimum(1, CAP / np.maximum(length, 1e-9))
    n[:, 2] = np.maximum(n[:, 2], 0.02)  # what is seen faces the camera
    out = body.copy()
    out[inside] = n / np.linalg.norm(n, axis=1, keepdims=True)
    return out
