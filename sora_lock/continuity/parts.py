"""One part of a subject by itself: is it there, near where the rest says it should be, or is its place empty.

Place in the path: beside structure; the judge asks it for props. Things of a set lie at other depths than the walls, so with another camera they move
and grow against them: a part is looked for by its own blocks, with a similarity of its own. It is gone only when nothing of it is found, what lies
around its place is found on nearly all sides, and the place looks like what is around it or has lost its detail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sora_lock.colour import linear_from_srgb
from sora_lock.continuity.locate import Fit, blocks
from sora_lock.continuity.plates import LUMA, Bools, Floats, even
from sora_lock.continuity.structure import agreement, contrast

REACH_PX = 26
"""How far from its place a part is looked for, in grid px."""
NEAR_PX = 6.0
"""A part found further off than this must agree as well as SURE."""
SURE = 0.75
THERE, SURELY = 0.5, 0.72
"""Agreement above which a part is there unless its place has lost its detail, and whatever else is seen."""
LIKE_AROUND, NOTHING = 0.42, 0.28
"""Agreement below which a place that looks like its surroundings, or that shows anything else, is not the part's any more."""
AROUND, WELL_AROUND, ALL_AROUND = 0.5, 0.58, 0.75
"""Shares of what lies around that must be found: for an empty place, for one like its surroundings, for one that shows something else."""
SECTORS = 0.62
"""Part of the directions in which something is found around."""
LEAST_LEFT = 0.25
"""Share of the anchor's contrast that must be left around a part before its loss is told."""
DETAIL_LEFT = 0.6
"""Share of the detail it would show there under which its place is empty."""
TOLD_APART, SOLID = 0.25, 0.5
"""Difference to its surroundings (log colour) that a part needs before its loss can be told by colour, and how much of it lies inside its outline."""


@dataclass(frozen=True)
class View:
    """What all parts of one located frame are compared in; grid [h, w].

    Attributes:
        fit: where the subject is.
        match: of `agreement`.
        kept: contrast of the frame over that of the anchor.
        ratio: the same where the subject is surely seen, 0.15..1.
        clear: pixels whose detail would show.
        covered: where someone stands in front.
        colours: float32 [h, w, 6]: log luma (0.6 of it), ln R/G, ln B/G of frame, then anchor; the last two are 0 in a grey take.
    """

    fit: Fit
    match: Floats
    kept: Floats
    ratio: float
    clear: Bools
    covered: Bools
    colours: Floats


def log_colours(rgb: Floats, anchor_linear: Floats, seen: Bools, grey: bool) -> Floats:
    """`View.colours` of code values float32 [h, w, 3] and an anchor's linear reflectance."""
    import cv2

    frame = linear_from_srgb((rgb / np.float32(255)).astype(np.float32))
    exposure = 1.0
    if seen.any():
        exposure = float(
            np.median(frame[seen].sum(axis=1)) / max(1e-3, float(np.median(anchor_linear[seen].sum(axis=1))))
        )
    out = []
    for linear, floor in ((frame, 0.02 * exposure + 1e-4), (anchor_linear, 0.02)):
        small = cv2.blur(np.ascontiguousarray(linear, np.float32), (3, 3))
        log = np.log(small + np.float32(floor))
        out.append(np.float32(0.6) * np.log(small @ LUMA + np.float32(floor)))
        out += [np.zeros_like(out[0])] * 2 if grey else [log[..., 0] - log[..., 1], log[..., 2] - log[..., 1]]
    return np.dstack(out)


def presence(view: View, part: Bools) -> tuple[float, str] | None:
    """Agreement 0..1 of a part and, when it is gone, what its place shows; None when neither can be told.

    Args:
        part: bool [h, w], where the anchor shows it.
    """
    free = view.fit.seen & ~view.covered
    use = part & free & view.clear
    if use.sum() < max(40, 0.5 * float((part & view.fit.seen).sum())):
        return None
    structure = found(view.fit.plate.signal, view.fit.signal, use, view.ratio)
    if structure < SURELY:
        ring, share, sectors = _surroundings(view, part, free)
        what = _instead(view, part & free, ring, share, sectors, structure)
        if what:
            return structure, what
    return (structure, "") if structure >= THERE else None


def _surroundings(view: View, part: Bools, free: Bools) -> tuple[Bools, float, float]:
    """What of the surroundings is found, its share of them, and the share of directions it lies in."""
    import cv2

    solid = part.astype(np.uint8)
    near, far = (cv2.dilate(solid, np.ones((n, n), np.uint8)) > 0 for n in (9, 31))
    ring = far & ~near & view.clear & view.fit.seen
    sure = ring & free & (view.match > 0.5)
    rows, columns = np.nonzero(part)
    r, c = np.nonzero(ring)
    side = np.floor((np.arctan2(r - rows.mean(), c - columns.mean()) + np.pi) / (2 * np.pi) * 8).astype(int) % 8
    told = [float(sure[r, c][side == s].mean()) for s in range(8) if (side == s).sum() >= 6]
    if len(r) < 60 or len(told) < 4:
        return sure, 0.0, 0.0
    return sure, float(sure.sum() / len(r)), sum(t > 0.4 for t in told) / len(told)


def _instead(view: View, part: Bools, ring: Bools, share: float, sectors: float, structure: float) -> str:
    """What the place of a part shows when it is not the part; "" when that cannot be told."""
    import cv2

    if share < AROUND or sectors < SECTORS:
        return ""
    # fog and darkness take detail by distance: what is left here is held against what is left around
    near = min(view.ratio, float(np.median(view.kept[ring])))
    if near < LEAST_LEFT:
        return ""
    left = float(np.median(view.kept[part & view.clear]))
    if left < DETAIL_LEFT * near and (structure < THERE or share > 0.9):
        return "its place is empty"
    if structure < NOTHING and share >= ALL_AROUND and sectors > 0.99:
        return "its place shows something else"
    inner = cv2.erode(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if (
        structure >= LIKE_AROUND
        or share < (WELL_AROUND if view.covered.any() else ALL_AROUND - 0.05)
        or inner.sum() < max(60, SOLID * part.sum())
    ):
        return ""
    apart = np.median(view.colours[inner], axis=0) - np.median(view.colours[ring], axis=0)
    now, then = float(np.linalg.norm(apart[:3])), float(np.linalg.norm(apart[3:]))
    return "its place looks like what is around it" if then >= TOLD_APART and now < 0.5 * then else ""


def found(anchor: Floats, frame: Floats, part: Bools, ratio: float = 1.0) -> float:
    """The best agreement of a part, 0..1: in its place, as a whole nearby, or under a similarity that its blocks agree on.

    Args:
        anchor, frame: bands on the same grid, float32 [h, w].
        part: where the anchor shows it and the frame could.
        ratio: contrast of the frame over that of the anchor; what has much less is no find.
    """
    import cv2

    rows, columns = np.nonzero(part)
    if len(rows) < 20:
        return 0.0
    pad = REACH_PX + 4
    y0, y1 = max(0, rows.min() - pad), min(part.shape[0], rows.max() + pad + 1)
    x0, x1 = max(0, columns.min() - pad), min(part.shape[1], columns.max() + pad + 1)
    crop = np.s_[y0:y1, x0:x1]
    own, there, mask = anchor[crop], np.ascontiguousarray(frame[crop]), part[crop]
    best = _agrees(own, there, mask, ratio)
    if best > 0.6:
        return best

    def moved(matrix: Floats, far: float) -> float:
        score = _agrees(own, _moved(there, matrix), mask, ratio)
        return score if far <= NEAR_PX or score >= SURE else 0.0

    target, view = even(own), even(there)
    peak, move = _whole(target, view, mask)
    if peak > 0.3:
        best = max(best, moved(np.array([[1, 0, move[0]], [0, 1, move[1]]], np.float32), float(np.hypot(*move))))
    at, moves, _ = blocks(target, view, mask, 11, REACH_PX, 12)
    if len(at) >= 5:
        matrix, kept = cv2.estimateAffinePartial2D(
            at, (at + moves).astype(np.float32), ransacReprojThreshold=2.0, maxIters=800
        )
        if (
            matrix is not None
            and kept.sum() >= max(4, 0.3 * len(at))
            and 0.6 < float(np.hypot(matrix[0, 0], matrix[1, 0])) < 1.7
        ):
            middle = np.array([np.nonzero(mask)[1].mean(), np.nonzero(mask)[0].mean()])
            far = matrix[:, :2] @ middle + matrix[:, 2] - middle
            best = max(best, moved(matrix, float(np.hypot(*far))))
    return best


def _moved(frame: Floats, matrix: Floats) -> Floats:
    import cv2

    out: Floats = cv2.warpAffine(
        frame,
        matrix,
        (frame.shape[1], frame.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return out


def _agrees(anchor: Floats, frame: Floats, mask: Bools, ratio: float) -> float:
    """Mean agreement of the better three quarters, by the anchor's strength: a part may be partly hidden."""
    match, strength = agreement(anchor, frame, mask)
    # noise on an even wall correlates with anything now and then; the detail must be there, too
    match = match * np.clip(contrast(frame, mask) / np.maximum(strength * np.float32(0.35 * ratio), 1e-4), 0, 1)
    values, weight = match[mask], np.minimum(strength[mask], 0.15)
    if weight.sum() <= 0:
        return 0.0
    order = np.argsort(-values)
    share = np.cumsum(weight[order]) / weight.sum()
    take = order[: max(1, int(np.searchsorted(share, 0.75)))]
    return max(0.0, float(np.average(values[take], weights=weight[take])))


def _whole(target: Floats, view: Floats, mask: Bools) -> tuple[float, tuple[int, int]]:
    """The best correlation of the whole part within REACH_PX, and the move."""
    import cv2

    rows, columns = np.nonzero(mask)
    y0, y1, x0, x1 = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    padded = cv2.copyMakeBorder(view, REACH_PX, REACH_PX, REACH_PX, REACH_PX, cv2.BORDER_CONSTANT, value=0.0)
    wide = np.ascontiguousarray(padded[y0 : y1 + 2 * REACH_PX, x0 : x1 + 2 * REACH_PX])
    cover = mask[y0:y1, x0:x1].astype(np.float32)
    template = target[y0:y1, x0:x1] * cover
    cross = cv2.matchTemplate(wide, template, cv2.TM_CCORR)
    energy = cv2.matchTemplate(wide * wide, cover, cv2.TM_CCORR)
    answer = cross / np.sqrt(np.maximum(energy, 1e-3) * float((template * template).sum()) + 1e-9)
    _, peak, _, (px, py) = cv2.minMaxLoc(answer.astype(np.float32))
    return float(peak), (px - REACH_PX, py - REACH_PX)
