"""A closer look at a face: on a grid as fine as the frame allows, with mouth, brows and eyes apart from the rest.

Place in the path: beside structure; the judge asks it for `face` and `expression`. The face's firm parts are brought to the anchor by an affine
fit of small blocks; mouth, brows and eyes are then compared where the firm parts say they should be, and looked for around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.continuity.locate import Fit, blocks, sample
from sora_lock.continuity.plates import LUMA, Bools, Floats, band, even
from sora_lock.continuity.structure import agreement, contrast

FACE_PX = 200
"""Height of the face on the close grid, at most."""

LEAST_CONTRAST = 0.45
"""Share of the anchor's contrast that must be left of the face's detail: under it fog or blur hides a change as well as it hides the face."""

MOST_CONTRAST = 2.4
"""The same, above which hard shadows draw more than the face's own detail does."""


@dataclass(frozen=True)
class CloseLook:
    """Measures of one face.

    Attributes:
        structure: agreement of the whole face, windows counted alike.
        expression: agreement of the second worst of mouth and brows (each side apart) at their place; None when fewer than three show.
        shift: how far the second furthest of them lies from its place, in parts of the face's height; None likewise.
    """

    structure: float
    expression: float | None
    shift: float | None


def close_look(
    fit: Fit, face: Bools, numbers: Sequence[int], loose: Sequence[int], blinking: Sequence[int], noise_codes: float
) -> CloseLook | None:
    """Looks closely at the face of a located figure; None when it is too dark, clipped or too noisy.

    Args:
        face: bool [h, w] on the working grid.
        numbers, loose: region numbers of the face, and those of them that express.
        blinking: those of `loose` that open and close by themselves; they decide nothing.
        noise_codes: standard deviation of the frame's grain.
    """
    import cv2

    plate = fit.plate
    face = _main_part(face)
    rows, columns = np.nonzero(face)
    pad = 4
    r0, r1 = max(0, rows.min() - pad), min(face.shape[0], rows.max() + pad + 1)
    c0, c1 = max(0, columns.min() - pad), min(face.shape[1], columns.max() + pad + 1)
    # grid px per working px: not finer than the anchor, nor than 1.15 frame px, nor FACE_PX
    zoom = max(0.5, min(1 / plate.scale, fit.scale / 1.15, FACE_PX / (r1 - r0)))
    size = (max(24, round((c1 - c0) * zoom)), max(24, round((r1 - r0) * zoom)))
    # the working grid, the anchor and the close grid share their corners; pixel centres at .5 are kept by resize
    crop = np.s_[r0:r1, c0:c1]
    x = cv2.resize(np.ascontiguousarray(fit.x[crop]), size, interpolation=cv2.INTER_LINEAR)
    y = cv2.resize(np.ascontiguousarray(fit.y[crop]), size, interpolation=cv2.INTER_LINEAR)
    _extend(x, fit.x[crop], zoom)
    _extend(y, fit.y[crop], zoom)
    v, u = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    ax = (u + 0.5) * ((c1 - c0) / plate.scale / size[0]) - 0.5 + c0 / plate.scale
    ay = (v + 0.5) * ((r1 - r0) / plate.scale / size[1]) - 0.5 + r0 / plate.scale
    shrink = (r1 - r0) / plate.scale / size[1]
    source = plate.rgb if shrink < 1.3 else cv2.GaussianBlur(plate.rgb, (0, 0), 0.45 * shrink)
    anchor_rgb = cv2.remap(
        source, ax.astype(np.float32), ay.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    cover = cv2.remap(plate.alpha, ax.astype(np.float32), ay.astype(np.float32), cv2.INTER_LINEAR) > 250
    names = cv2.remap(plate.numbers, ax.astype(np.float32), ay.astype(np.float32), cv2.INTER_NEAREST)
    inside = (
        cv2.erode((np.isin(names, np.asarray(numbers, np.uint8)) & cover).astype(np.uint8), np.ones((3, 3), np.uint8))
        > 0
    )
    inside = _main_part(inside)
    if inside.sum() < 150:
        return None
    anchor = band(np.log(anchor_rgb.astype(np.float32) @ LUMA + np.float32(8.0)), cover.astype(np.float32))
    scale = fit.scale / zoom
    express = inside & np.isin(names, np.asarray(loose, np.uint8))
    around = cv2.dilate(express.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    firm = inside & ~around
    for _ in range(2):
        frame = band(np.log(sample(fit.frame, x, y, scale) @ LUMA + np.float32(8.0)))
        at, move, _ = blocks(even(anchor), even(frame), firm, 12, 4, 10)
        if len(at) < 5:
            break
        goal = (at + move).astype(np.float32)
        matrix, _ = cv2.estimateAffine2D(at, goal, ransacReprojThreshold=1.5, maxIters=600)
        if matrix is None or abs(np.linalg.det(matrix[:, :2]) - 1) > 0.3:
            break
        mx = (matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]).astype(np.float32)
        my = (matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]).astype(np.float32)
        x, y = (cv2.remap(m, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for m in (x, y))
    rgb = sample(fit.frame, x, y, scale)
    code = rgb @ LUMA
    frame = band(np.log(code + np.float32(8.0)))
    fine, strength = agreement(anchor, frame, inside, 9, 1)
    noise = noise_codes / (code + 8.0) * 0.6
    kept = float(np.median((contrast(frame, inside, 9) / np.maximum(strength, 0.004))[inside]))
    if not LEAST_CONTRAST < kept < MOST_CONTRAST:
        return None
    h, w = fit.frame.rgb.shape[:2]
    within = (x > 1) & (x < w - 2) & (y > 1) & (y < h - 2)
    clear = (
        inside & within & (code > 12) & (code < 248) & (strength * min(kept, 1.0) > 1.5 * noise) & (strength > 0.010)
    )
    if clear.sum() < max(80, 0.4 * inside.sum()):
        return None
    lids = cv2.dilate((np.isin(names, np.asarray(blinking, np.uint8))).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    whole = clear & ~lids
    if whole.sum() < 60:
        return None
    structure = float(np.average(fine[whole], weights=np.minimum(strength[whole], 0.05)))
    tall = float(np.ptp(np.nonzero(inside)[0]) + 1)
    told, shifts = [], []
    for part in _parts(names, [k for k in loose if k not in blinking], inside):
        use = part & clear
        if use.sum() < max(12, 0.7 * part.sum()):
            continue
        score, shift = _at_place(even(anchor), even(frame), part, max(3, round(0.07 * tall)))
        told.append(score)
        if shift is not None:
            shifts.append(shift / tall)
    # an expression moves several parts; one alone may be a shadow's edge or a strand of hair
    told.sort()
    shifts.sort(reverse=True)
    return CloseLook(structure, told[1] if len(told) >= 3 else None, shifts[1] if len(shifts) >= 3 else None)


def _main_part(mask: Bools) -> Bools:
    """The largest connected part: a face without the specks of skin between strands of hair."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 3:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _extend(fine: Floats, coarse: Floats, zoom: float) -> None:
    """`resize` clamps half a pixel at each edge; carry the slope on there, in place."""
    edge = max(1, round(zoom / 2))
    for f in (fine, fine.T):
        for i in range(edge):
            f[edge - 1 - i] = 2 * f[edge - i] - f[edge - i + 1]
            f[-edge + i] = 2 * f[-edge + i - 1] - f[-edge + i - 2]


def _parts(names: NDArray[np.uint8], loose: Sequence[int], inside: Bools) -> list[Bools]:
    """Mouth, brows, eyes, each with a margin and split left and right about the face's middle."""
    import cv2

    middle = float(np.mean(np.nonzero(inside)[1]))
    left = np.arange(names.shape[1])[None] < middle
    out = []
    for k in loose:
        own = (names == k) & inside
        if own.sum() < 8:
            continue
        wide = (cv2.dilate(own.astype(np.uint8), np.ones((5, 7), np.uint8)) > 0) & inside
        out += [p for p in (wide & left, wide & ~left) if p.sum() >= 20]
    return out


def _at_place(anchor: Floats, frame: Floats, part: Bools, reach: int) -> tuple[float, float | None]:
    """Correlation of a part at its place (within one pixel), and how far its best place lies, when that is clear."""
    import cv2

    rows, columns = np.nonzero(part)
    y0, y1, x0, x1 = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    padded = cv2.copyMakeBorder(frame, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    view = np.ascontiguousarray(padded[y0 : y1 + 2 * reach, x0 : x1 + 2 * reach])
    mask = part[y0:y1, x0:x1].astype(np.float32)
    template = anchor[y0:y1, x0:x1] * mask
    cross = cv2.matchTemplate(view, template, cv2.TM_CCORR)
    energy = cv2.matchTemplate(view * view, mask, cv2.TM_CCORR)
    answer = cross / np.sqrt(np.maximum(energy, 1e-6) * float((template * template).sum()) + 1e-9)
    here = float(answer[reach - 1 : reach + 2, reach - 1 : reach + 2].max())
    _, peak, _, (px, py) = cv2.minMaxLoc(answer)
    if peak < 0.55 or peak < here + 0.06:
        return here, 0.0 if peak >= 0.55 else None
    return here, float(np.hypot(px - reach, py - reach))
