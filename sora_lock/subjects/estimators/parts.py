"""Where face, hair, wardrobe and body may be: a proposal from the matte, the face's box, colour and place. A person paints over it.

Place in the path: estimators, after `faces`; `photo.painted_parts` takes what is left of it. No weights: the face is where the proposed box and its skin are, hair is what
stands around and above it, told by the colours of the crown's outline, body is what has the face's colours elsewhere, wardrobe is the rest. Without a face nothing is
proposed; where hair cannot be told from skin there is none. Measured against rendered figures by `benchmarks.estimators`, on which its constants were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import coded
from sora_lock.subjects.estimators import Bools, Box, Floats, check_alpha, check_picture
from sora_lock.subjects.estimators.faces import Proposal
from sora_lock.subjects.estimators.trimap import reduced

SIDE = 480
FACE, HAIR, WARDROBE, BODY = 1, 2, 3, 4
TALL = 1.0
"""Height of a face without its forehead's hair, in widths: the box may hold hair of skin's colour above it."""
CORE, LEAST_CORE_PX = (0.30, 0.36), 24
"""Half axes, in widths, of what is surely face; fewer pixels tell no colours."""
AROUND = (0.48, 0.62)
"""Half axes, in widths, beyond which nothing is face."""
CROWN = (0.15, 0.35)
"""How deep the outline of the crown is, and how far down it reaches, in widths."""
JAW, BESIDE, ABOVE = 0.1, 1.0, 1.9
"""Half the chin's width, and how far hair reaches to a side of the face's middle and above its chin, in widths."""
BEARD = 0.45
"""How far to either side everything below the nose is face, in widths."""
OTHER, MOST, PLACE = 0.5, 6.0, 2.0
"""Deviations from the face's colours from which on the crown is hair; the most that count; what place counts against colour."""
LEAST_CROWN = 0.15
"""Part of the crown's outline that must not have the face's colours, else there is no hair."""
ISLANDS = (0.02, 0.2)
"""Part of the largest patch of face, and of hair, below which another is none."""
SKIN = 2.0
"""Distance, in deviations of the face's own colours, within which something is the same skin."""
LEAST_HAIR, LEAST_BODY, MOST_BODY = 0.04, 0.01, 0.6
"""Parts of the face's area: less hair is none, and a patch of skin's colour less or more than that is none: cloth can be of that colour, too."""


@dataclass(frozen=True)
class Proposed:
    """Parts nobody has confirmed.

    Attributes:
        numbers: uint8 [H, W], 0 outside the matte, else as `photo.PAINTED` counts: face, hair, wardrobe, body.
        words: what to tell the person.
    """

    numbers: NDArray[np.uint8]
    words: str


def propose(picture: Floats, alpha: Floats, face: Proposal | None) -> Proposed | None:
    """The likeliest parts, or None without a face to start from.

    Args:
        picture: float32 [H, W, 3], linear; alpha: float32 [H, W]; face: of `faces.propose`.

    Raises:
        MediaError: for a picture or matte that cannot be used.
    """
    import cv2

    check_picture(picture)
    check_alpha(alpha, picture.shape)
    if face is None:
        return None
    rgb = np.asarray(reduced(coded(picture), SIDE), np.uint8)
    inside = np.asarray(reduced(alpha, SIDE), np.float32) >= 0.5
    share = rgb.shape[0] / alpha.shape[0]
    head = _Head(face.box, share, inside)
    if head.core.sum() < LEAST_CORE_PX:
        return None
    lab = cv2.cvtColor(rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    small = np.where(inside, WARDROBE, 0).astype(np.uint8)
    skin = _skin(lab, head.core)
    small[head.region] = np.where(_is_face(lab, head), FACE, HAIR)[head.region]
    hair = small == HAIR
    if hair.sum() < LEAST_HAIR * (small == FACE).sum():
        small[hair] = FACE
    below = (inside & ~head.region & (skin < SKIN)).astype(np.uint8)
    below = cv2.morphologyEx(below, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    below = cv2.morphologyEx(below, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, patches, stats, _ = cv2.connectedComponentsWithStats(below, connectivity=4)
    area, face_area = stats[:, cv2.CC_STAT_AREA], float((small == FACE).sum())
    skins = np.flatnonzero((area >= LEAST_BODY * face_area) & (area <= MOST_BODY * face_area))
    small[inside & np.isin(patches, skins[skins > 0])] = BODY
    numbers = cv2.resize(small, alpha.shape[::-1], interpolation=cv2.INTER_NEAREST)
    numbers = np.where(alpha >= 0.5, np.where(numbers == 0, WARDROBE, numbers), 0).astype(np.uint8)
    said = [n for k, n in ((HAIR, "hair"), (BODY, "body")) if not (numbers == k).any()]
    left = f" No {' and no '.join(said)} could be told apart." if said else ""
    return Proposed(numbers, f"Parts proposed from colour and place.{left} Paint over what is wrong.")


class _Head:
    """Where the head is: masks bool [h, w] of what is surely face, of what may be, and of the head with its hair."""

    def __init__(self, box: Box, share: float, inside: Bools) -> None:
        import cv2

        x0, _, x1, y1 = (v * share for v in box)
        self.wide, self.chin = x1 - x0, y1
        self.x, self.y = (x0 + x1) / 2, y1 - 0.5 * TALL * (x1 - x0)
        y, x = np.mgrid[: inside.shape[0], : inside.shape[1]] + 0.5
        oval = np.hypot((x - self.x) / (CORE[0] * self.wide), (y - self.y) / (CORE[1] * self.wide)) < 1
        self.core = oval & inside
        self.radius = np.hypot((x - self.x) / (AROUND[0] * self.wide), (y - self.y) / (AROUND[1] * self.wide))
        # Beside the jaw collars and shoulders begin, so there the head is narrow.
        rise = np.sqrt(np.clip((self.chin - y) / (0.5 * self.wide), 0, 1))
        near = np.abs(x - self.x) < (JAW + (BESIDE - JAW) * rise) * self.wide
        self.region = inside & near & (y < self.chin) & (y > self.chin - ABOVE * self.wide)
        # The outline of the crown is hair, unless it has the face's colours.
        top = int(np.argmax(self.region.any(axis=1)))
        depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
        self.crown = self.region & (depth < CROWN[0] * self.wide) & (y < top + CROWN[1] * self.wide) & ~self.core
        # A beard is of the face.
        self.low = (np.abs(x - self.x) < BEARD * self.wide) & (y > self.y + 0.15 * self.wide)


def _skin(lab: Floats, core: Bools) -> Floats:
    """Distance of each pixel [h, w] from the face's colours, in their own deviations; light and dark count a third."""
    samples = lab[core]
    middle = np.median(samples, axis=0)
    spread = 1.4826 * np.median(np.abs(samples - middle), axis=0)
    scale = np.maximum(spread * np.array([2.5, 1.0, 1.0]), np.array([14.0, 3.0, 3.0]))
    return np.asarray(np.sqrt(np.square((lab - middle) / scale).sum(axis=2)), np.float32)


def _is_face(lab: Floats, head: _Head) -> Bools:
    """Face rather than hair, bool [h, w], within the head: by whose colours are nearer, and by place."""
    import cv2

    of_face = _unlike(lab, lab[head.core])
    crown = head.crown & (of_face > np.median(of_face[head.core]) + OTHER)
    if crown.sum() < max(LEAST_CORE_PX, LEAST_CROWN * head.crown.sum()):
        return np.ones_like(head.region)  # bald, or hair of the skin's own colour
    doubt = np.clip(of_face - _unlike(lab, lab[crown]), -MOST, MOST) + PLACE * (head.radius - 1)
    # Strands and freckles follow what is around them, up to the edges of the picture itself.
    smooth = cv2.bilateralFilter(doubt.astype(np.float32), 0, 2.0, 0.03 * head.wide)
    hair = head.region & (smooth >= 0) & ~head.low
    # Brows are islands of hair in the face, and rims of strands islands of face.
    hair = _large(hair, ISLANDS[1])
    face = _large(head.region & ~hair, ISLANDS[0])
    return np.asarray(face | ~head.region, np.bool_)


def _large(mask: Bools, least: float) -> Bools:
    """The mask without patches smaller than a part of its largest one."""
    import cv2

    _, patches, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    area = stats[1:, cv2.CC_STAT_AREA]
    return np.asarray(np.isin(patches, 1 + np.flatnonzero(area >= least * area.max(initial=0))), np.bool_)


def _unlike(lab: Floats, samples: Floats) -> Floats:
    """How unlike the samples [N, 3] each pixel is: minus the logarithm of their normal distribution's density, but for a constant."""
    spread = np.cov(samples.T) + np.diag([9.0, 3.0, 3.0])
    scale = np.linalg.inv(np.linalg.cholesky(spread))
    apart = np.square((lab - samples.mean(axis=0)) @ scale.T).sum(axis=-1)
    return np.asarray(0.5 * apart + 0.5 * np.log(np.linalg.det(spread)), np.float32)
