"""Colour of each part of a registered subject, with the light of the whole picture taken out.

Place in the path: beneath the looks at a registered subject. What a frame shows is taken for `share * R + light`, in ln R/G and ln B/G: R is the lock's
own chromaticity at that very pixel, one share for all (haze, grade and gloss take colour from everything alike), and a light that is smooth over the picture
and over the directions that surfaces face. What a part keeps beyond that is its own: drift. It is never balanced against itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sora_lock.continuity.plates import Bools, Codes, Floats

Matrix = NDArray[np.float64]

BORDER_PX = 5
"""Side of a window in which all must be of one part."""
STEP_PX, ENOUGH = 3, 4000
"""Every so many pixels one is taken, at most; and how many are enough."""
LEAST_PX, LEAST_OTHERS_PX = 40, 80
"""Samples a part must show, and all others together."""
LEAST_SHARE, MOST_SHARE = 0.15, 1.5
"""Share of the lock's colour between which a frame has any to compare."""
SPREAD = 0.08
"""Scale of the Cauchy weights, natural logarithm."""
STIFF = (0.02, 0.02, 0.03, 0.03, 0.03, 0.2, 0.2, 0.2)
"""Pull to zero of the light's slopes over the picture, over directions, and of its bends, as parts of all samples."""
USUAL_SHARE, USUAL_PULL = 0.85, 0.004
"""Share that is taken where the others have too little colour of their own to tell it, and the pull to it."""
WITHIN = 0.3
"""How much of a part's own unevenness is taken off its distance."""
MIXED = 0.16
"""What the others lie off, or are uneven by, above which the light is of several colours and nothing is said."""
SURELY = 0.06
"""Distance from which the part that lies furthest off is left out when the others are asked."""
PLAINLY = 0.5
"""Distance that is believed where the largest parts do not explain one another's light."""
ROUNDS = 6


def tints(colours: Floats, counts: Bools, regions: Codes, normals: Floats, wanted: Sequence[int]) -> dict[int, float]:
    """Region number -> how far its colour lies from where the light of all others would put it, less what those lie off themselves; 0 or more.

    Args:
        colours, counts: of `chroma.colours_of`.
        regions: uint8 [h, w].
        normals: float32 [h, w, 3], directions that surfaces face.
        wanted: which regions are asked for; those that show too little, or that nothing else shows beside, are left out.
    """
    import cv2

    # colours are means over windows: at a border they are of both parts
    kernel = np.ones((BORDER_PX, BORDER_PX), np.uint8)
    counts = counts & (cv2.erode(regions, kernel) == cv2.dilate(regions, kernel))
    step = int(np.clip(np.sqrt(counts.sum() / ENOUGH), 1, STEP_PX))
    rows, columns = (v * step for v in np.nonzero(counts[::step, ::step]))
    part = regions[rows, columns].astype(int)
    count = np.bincount(part, minlength=256)
    keep = (count[part] >= LEAST_PX) & (part > 0)
    rows, columns, part = rows[keep], columns[keep], part[keep]
    shown = [int(k) for k in np.unique(part)]
    h, w = regions.shape
    x, y = columns / w - 0.5, rows / h - 0.5
    light = np.column_stack([np.ones(len(x)), x, y, normals[rows, columns], x * x, x * y, y * y]).astype(np.float64)
    values = colours[rows, columns].astype(np.float64)
    # a large part counts more than a small one, but not as many times more as it is larger
    weight = 1.0 / np.sqrt(count[part])

    def asked(k: int, without: int) -> float | None:
        others = [j for j in shown if j not in (k, without)]
        if k not in shown or not others or count[others].sum() < LEAST_OTHERS_PX:
            return None
        rest, share = _without((part == k) | (part == without), light, values, weight)
        if not LEAST_SHARE < share < MOST_SHARE:
            return None
        off = {j: np.median(rest[part == j], axis=0) for j in (k, *others)}
        uneven = {j: float(np.median(np.linalg.norm(rest[part == j] - off[j], axis=1))) for j in off}
        sizes = np.sqrt(count[others])
        among = float(np.average([float((off[j] ** 2).sum()) for j in others], weights=sizes)) ** 0.5
        if max(among, float(np.average([uneven[j] for j in others], weights=sizes))) > MIXED:
            return None
        apart: float = float(np.linalg.norm(off[k])) - among - WITHIN * uneven[k]
        return max(0.0, apart)

    large = sorted(shown, key=lambda k: -count[k])[:2]
    alone = {k: asked(k, -1) for k in {*wanted, *large}}
    out = {k: v for k in wanted if (v := alone[k]) is not None}
    if any(alone[k] is None for k in large):
        # light of two colours looks like a small change of one of two parts; what is plainly off, it does not make
        out = {k: v for k, v in out.items() if v > PLAINLY}
    worst = max(out, key=lambda k: out[k], default=0)
    if out.get(worst, 0.0) < SURELY:
        return out
    # one part's drift bends the light that the others are held against: without it they are asked once more
    again = {k: asked(k, worst) for k in out if k != worst}
    return {k: v if (v2 := again.get(k)) is None else min(v, v2) for k, v in out.items()}


def _without(left_out: Bools, light: Matrix, values: Matrix, weight: Matrix) -> tuple[Matrix, float]:
    """What share and light fitted to all other samples leave over of each sample [N, 2], and the share."""
    frame, own = values[:, :2], values[:, 2:]
    n = light.shape[1]
    total = float(weight[~left_out].sum())
    pull = np.diag([0.0, *STIFF]) * total
    trust = np.where(left_out, 0.0, 1.0)
    share, rest = 0.0, frame
    for _ in range(ROUNDS):
        k = weight * trust
        # share and the two lights together: normal equations of frame = share * own + light @ beta, channel by channel
        a, b = np.zeros((1 + 2 * n, 1 + 2 * n)), np.zeros(1 + 2 * n)
        a[0, 0], b[0] = USUAL_PULL * total, USUAL_PULL * total * USUAL_SHARE
        for c in (0, 1):
            at = slice(1 + c * n, 1 + (c + 1) * n)
            weighted = light * k[:, None]
            a[at, at] = light.T @ weighted + pull
            a[0, at] = a[at, 0] = own[:, c] @ weighted
            a[0, 0] += float((k * own[:, c] ** 2).sum())
            b[at] = frame[:, c] @ weighted
            b[0] += float((k * own[:, c] * frame[:, c]).sum())
        solved = np.linalg.solve(a + 1e-9 * np.eye(len(a)), b)
        share = float(solved[0])
        rest = frame - share * own - np.stack([light @ solved[1 : 1 + n], light @ solved[1 + n :]], axis=1)
        trust = np.where(left_out, 0.0, 1.0 / (1.0 + (rest**2).sum(axis=1) / SPREAD**2))
    return rest, share


def of_parts(numbers: list[int], told: dict[int, float], regions: NDArray[np.uint8], least: float) -> dict[int, float]:
    """The tints of some parts, without those that are less than `least` of them all by area."""
    area = {k: int((regions == k).sum()) for k in numbers}
    total = max(1, sum(area.values()))
    return {k: told[k] for k in numbers if k in told and area[k] >= least * total}
