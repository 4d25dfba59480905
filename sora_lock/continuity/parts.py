"""One part of a subject by itself: is it there, near where the rest says it should be.

Place in the path: beside structure; the judge asks it for props. Things of a set lie at other depths than the walls, so with another camera they move
and grow against them: a part is looked for by its own blocks, with a similarity of its own.
"""

from __future__ import annotations

import numpy as np

from sora_lock.continuity.locate import blocks
from sora_lock.continuity.plates import Bools, Floats, even
from sora_lock.continuity.structure import agreement

REACH_PX = 26
"""How far from its place a part is looked for, in grid px."""


def found(anchor: Floats, frame: Floats, part: Bools) -> float:
    """The best agreement of a part, 0..1: in its place, as a whole nearby, or under a similarity that its blocks agree on.

    Args:
        anchor, frame: bands on the same grid, float32 [h, w].
        part: where the anchor shows it and the frame could.
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
    best = _agrees(own, there, mask)
    if best > 0.7:
        return best
    target, view = even(own), even(there)
    peak, move = _whole(target, view, mask)
    if peak > 0.3:
        matrix = np.array([[1, 0, move[0]], [0, 1, move[1]]], np.float32)
        best = max(best, _agrees(own, _moved(there, matrix), mask))
    at, moves, _ = blocks(target, view, mask, 11, REACH_PX, 12)
    if len(at) >= 5:
        matrix, kept = cv2.estimateAffinePartial2D(
            at, (at + moves).astype(np.float32), ransacReprojThreshold=2.0, maxIters=800
        )
        if (
            matrix is not None
            and kept.sum() >= max(4, 0.3 * len(at))
            and 0.5 < float(np.hypot(matrix[0, 0], matrix[1, 0])) < 2
        ):
            best = max(best, _agrees(own, _moved(there, matrix), mask))
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


def _agrees(anchor: Floats, frame: Floats, mask: Bools) -> float:
    """Mean agreement of the better three quarters, by the anchor's strength: a part may be partly hidden."""
    match, strength = agreement(anchor, frame, mask)
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
