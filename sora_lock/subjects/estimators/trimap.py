"""Hints to a trimap: GrabCut says where the subject is, local colour says how far its edge cannot be told.

Place in the path: estimators, classical; before `matting`. Works on a copy of `SIDE` px at most and on sRGB code values, where distances of colour are
even. GrabCut: Rother et al. 2004, as OpenCV has it; its random start is fixed, so the same picture and hints give the same mask.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.subjects.estimators import LEAST_PX, Bools, Floats, Hints

SIDE, CUT_SIDE = 900, 600
"""Longest sides of the copies: of masks and of the trimap; of what GrabCut first cuts (on finer ones it falls for texture; measured)."""
ROUNDS = 5
NEAR, FAR = 0.004, 0.05
"""Half widths of the unknown band, as parts of the subject's size: where colours part clearly, and at most."""
ALIKE, FOLLOWS = 28.0, 60.0
"""Code values (Euclidean over three channels) within which colours pass for those of a stroke, and within which they may follow it."""
SURE, STRANGE = 0.4, 12.0
"""A pixel off the narrow band is known when its local colour speaks for its side with this probability; one of the background, moreover, when it is
not strange there (squared Mahalanobis distance)."""

Labels = NDArray[np.uint8]


def check_hints(hints: Hints, shape: tuple[int, ...]) -> None:
    """Raises MediaError for hints that say nothing, or that do not fit a picture of `shape`."""
    height, width = shape[:2]
    for what, mask in (("subject", hints.subject), ("background", hints.background)):
        if mask is not None and mask.shape != (height, width):
            raise MediaError(
                f"The strokes over the {what} are {mask.shape[1]}x{mask.shape[0]} px and the picture {width}x{height}; wanted the same size."
            )
    if hints.box is None and (hints.subject is None or not hints.subject.any()):
        raise MediaError("Nothing points at the subject: draw a box around it, or a stroke over it.")
    if hints.box is not None:
        x0, y0, x1, y1 = hints.box
        if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
            raise MediaError(
                f"The box {x0},{y0} to {x1},{y1} does not lie within the picture of {width}x{height} px; draw it again."
            )
        if (x1 - x0) * (y1 - y0) < LEAST_PX:
            raise MediaError("The box is too small to hold a subject; draw it around all of it.")
        if hints.subject is not None and hints.subject.any() and not hints.subject[y0:y1, x0:x1].any():
            raise MediaError("The strokes over the subject lie outside the box; draw both over the same thing.")


def reduced(plane: NDArray[np.generic], side: int = SIDE) -> NDArray[np.generic]:
    """`plane` [H, W] or [H, W, C], any type that OpenCV resizes, reduced by area to at most `side` px; smaller ones as they are."""
    import cv2

    height, width = plane.shape[:2]
    share = side / max(height, width)
    if share >= 1:
        return plane
    size = (max(1, round(width * share)), max(1, round(height * share)))
    out: NDArray[np.generic] = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return out


def _cut(rgb: NDArray[np.uint8], labels: Labels, rounds: int) -> Bools:
    """GrabCut from labels (OpenCV's four); the mask of what is subject."""
    import cv2

    known = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if known.sum() < 12 or (~known).sum() < 12:  # OpenCV fits five colours to each side
        return known
    cv2.setRNGSeed(0)
    out = labels.copy()
    cv2.grabCut(rgb[..., ::-1].copy(), out, None, np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK)
    return np.asarray(np.isin(out, (cv2.GC_FGD, cv2.GC_PR_FGD)), np.bool_)


def cut(coded: NDArray[np.uint8], hints: Hints) -> Bools:
    """Where the subject is, bool [h, w] of the reduced picture.

    Args:
        coded: uint8 [H, W, 3], sRGB, full size.
        hints: checked already.

    Raises:
        MediaError: when GrabCut finds no subject, or nothing else.
    """
    import cv2

    rgb = np.asarray(reduced(coded, CUT_SIDE), np.uint8)
    height, width = rgb.shape[:2]
    share_x, share_y = width / coded.shape[1], height / coded.shape[0]
    yes, no = (_stroke(mask, rgb.shape) for mask in (hints.subject, hints.background))
    yes &= ~no
    if hints.box is not None:
        x0, y0, x1, y1 = hints.box
        labels = np.full((height, width), cv2.GC_BGD, np.uint8)
        inside = (
            slice(int(y0 * share_y), max(int(y0 * share_y) + 1, round(y1 * share_y))),
            slice(int(x0 * share_x), max(int(x0 * share_x) + 1, round(x1 * share_x))),
        )
        labels[inside] = np.where(
            _stance(labels[inside].shape, y1 >= 0.98 * coded.shape[0]), cv2.GC_PR_FGD, cv2.GC_PR_BGD
        )
    else:
        # Around the strokes the subject is likely, elsewhere it is not: their hull, grown by a part of its size.
        labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
        points = np.argwhere(yes)[:, ::-1].astype(np.int32)
        hull = np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
        grow = 2 * max(2, round(0.12 * np.sqrt(hull.sum() + 1.0))) + 1
        labels[cv2.dilate(hull, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow, grow))) > 0] = cv2.GC_PR_FGD
    labels[yes], labels[no] = cv2.GC_FGD, cv2.GC_BGD
    found = _whole(_cut(rgb, labels, ROUNDS), yes)
    said = int(yes.sum())
    if int(found.sum()) < LEAST_PX or (said and found.sum() < 1.2 * said and said < 0.2 * found.size):
        where = "under the stroke" if hints.box is None else "in the box"
        raise MediaError(
            f"No subject was found {where}: its colours are those of the background. Paint strokes over more of the subject, "
            "and some over the background."
        )
    large = np.asarray(reduced(coded), np.uint8).shape
    return np.asarray(cv2.resize(found.astype(np.float32), (large[1], large[0]), interpolation=cv2.INTER_LINEAR) > 0.5)


def _stance(shape: tuple[int, ...], cut_off: bool) -> Bools:
    """Where in its box a subject likely is, bool [h, w]: an ellipse, or, cut off at the bottom, a head that widens to shoulders.

    A portrait's box often touches three sides of the picture; the corners beside the head are then all there is to learn the background from.
    """
    down = ((np.arange(shape[0]) + 0.5) / shape[0])[:, None]
    across = np.abs((np.arange(shape[1]) + 0.5) / shape[1] - 0.5)[None]
    half = 0.5 * np.sin(0.5 * np.pi * down) ** 0.75 if cut_off else np.sqrt(np.maximum(down * (1 - down), 0))
    return np.asarray(across <= half, np.bool_)


def recut(coded: NDArray[np.uint8], alpha: Floats, yes: Bools, no: Bools) -> tuple[Bools, Bools]:
    """The mask after a correction: the matte as it was, strokes obeyed; only what hangs together with a stroke may change.

    A stroke against the matte says that its neighbourhood was taken for the wrong side: pixels of its colours that hang together with it begin on the stroke's side, then
    GrabCut decides within a window about the stroke, where few colours are to be told apart.

    Args:
        coded: uint8 [H, W, 3]; alpha: float32 [H, W]; yes, no: bool [H, W], all strokes so far.

    Returns:
        (mask, touched): bool [h, w] of the reduced picture; `touched` is what was changed, strokes included.
    """
    import cv2

    rgb = np.asarray(reduced(coded), np.uint8)
    was = np.asarray(reduced(alpha), np.float32) >= 0.5
    small_yes, small_no = _stroke(yes, rgb.shape), _stroke(no, rgb.shape)
    small_yes &= ~small_no
    out, touched = was.copy(), np.zeros_like(was)
    for value, strokes in ((True, small_yes), (False, small_no)):
        count, parts, stats, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
        for k in range(1, count):
            x, y, wide, tall = (int(n) for n in stats[k, :4])
            margin = max(40, wide, tall)
            window = (slice(max(0, y - margin), y + tall + margin), slice(max(0, x - margin), x + wide + margin))
            stroke = (parts == k)[window]
            if (stroke & (out[window] != value)).sum() < 3:  # it agrees: an earlier stroke, which only must be obeyed
                continue
            labels = np.where(out[window], cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
            off = _unlike(rgb[window], stroke)
            labels[_attached(off < ALIKE, stroke)] = cv2.GC_PR_FGD if value else cv2.GC_PR_BGD
            labels[small_yes[window]], labels[small_no[window]] = cv2.GC_FGD, cv2.GC_BGD
            now = _cut(rgb[window], labels, 2)
            # Colours far from the stroke's do not follow it, whatever the window's few colours make of them.
            reached = _attached((now != out[window]) & (now == value) & (off < FOLLOWS), stroke)
            out[window][reached] = value
            touched[window] |= reached
    return out, touched


def _unlike(rgb: NDArray[np.uint8], stroke: Bools) -> Floats:
    """How far colours are from those of the stroke (up to four of them), code values, Euclidean over the channels."""
    import cv2

    colours = rgb[stroke].astype(np.float32)
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, _, centres = cv2.kmeans(colours, min(4, len(colours)), None, stop, 1, cv2.KMEANS_PP_CENTERS)
    off = [np.linalg.norm(rgb.astype(np.float32) - centre, axis=2) for centre in centres]
    return np.asarray(np.minimum.reduce(off), np.float32)


def _attached(mask: Bools, stroke: Bools) -> Bools:
    """The stroke, and what of the mask hangs together with it."""
    import cv2

    every = mask | stroke
    _, parts = cv2.connectedComponents(every.astype(np.uint8), connectivity=4)
    return np.asarray(np.isin(parts, np.unique(parts[stroke])) & every, np.bool_)


def trimap(coded: NDArray[np.uint8], mask: Bools) -> Floats:
    """1 surely subject, 0 surely not, 0.5 unknown: float32 [H, W] of the full picture.

    The band is narrow where the colours on both sides part clearly and widens, up to `FAR` of the subject's size, over pixels whose colour does
    not speak for the side they are on: hair, motion, like colours. Local colour is one normal distribution a side and place.

    Args:
        coded: uint8 [H, W, 3], sRGB.
        mask: bool [h, w] of the reduced picture.
    """
    import cv2

    small = np.asarray(reduced(coded), np.float32) / np.float32(255)
    size = float(np.sqrt(mask.sum()))
    near, far = max(1.5, NEAR * size), max(8.0, FAR * size)
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    away = np.where(mask, inside, outside)
    # What is learned of a side keeps off the edge: stray hair must not pass for the background's own.
    own, odd = local_normal(small, inside > 0.5 * far, 2.5 * far)
    other, strange = local_normal(small, outside > 0.5 * far, 2.5 * far)
    for_subject = 1 / (1 + np.exp(np.clip(other - own, -30, 30)))
    speaks = np.where(mask, for_subject, 1 - for_subject)
    doubtful = ((away <= far) & ((speaks < SURE) | (np.where(mask, odd, strange) > STRANGE))).astype(np.uint8)
    # Doubt counts where it reaches the edge: a spot of like colour in the background is no hair.
    band = (away <= near).astype(np.uint8)
    _, parts = cv2.connectedComponents(doubtful | band, connectivity=8)
    touching = np.unique(parts[band > 0])
    unknown = np.isin(parts, touching[touching > 0]).astype(np.uint8)
    unknown = cv2.dilate(unknown, np.ones((3, 3), np.uint8))
    height, width = coded.shape[:2]
    grown = cv2.resize(unknown.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.25
    side = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    return np.where(grown, np.float32(0.5), side.astype(np.float32))


def _stroke(mask: Bools | None, shape: tuple[int, ...]) -> Bools:
    """A stroke on the reduced picture: any pixel of it counts, so that thin ones are not lost."""
    import cv2

    if mask is None:
        return np.zeros(shape[:2], np.bool_)
    small = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0.2, np.bool_)


def _whole(found: Bools, yes: Bools) -> Bools:
    """The parts that a stroke lies on, or the largest and what is a tenth of it; holes of no consequence are closed."""
    import cv2

    count, parts, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=4)
    if count < 2:
        return found
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    keep = area >= 0.1 * area.max()
    keep[np.unique(parts[yes & found])] = True
    keep[0] = False
    out = keep[parts]
    _, holes, stats, _ = cv2.connectedComponentsWithStats((~out).astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < max(8.0, 0.004 * float(out.sum()))
    out |= small[holes] & ~out
    return np.asarray(out, np.bool_)


def local_normal(colours: Floats, side: Bools, reach_px: float) -> tuple[Floats, Floats]:
    """One normal distribution a place, of a side's colours within `reach_px`: log density and squared Mahalanobis distance of each pixel, [h, w]."""
    import cv2

    weight = side.astype(np.float32)
    window = 2 * round(reach_px) + 1

    def mean(plane: Floats) -> Floats:
        return np.asarray(cv2.blur(plane, (window, window)), np.float32)

    total = mean(weight)
    safe = np.maximum(total, 1e-5)
    centre = mean(colours * weight[..., None]) / safe[..., None]
    off = colours - centre
    c = np.empty((3, 3, *side.shape), np.float32)
    for i in range(3):
        for j in range(i, 3):
            c[i, j] = c[j, i] = (
                mean(colours[..., i] * colours[..., j] * weight) / safe - centre[..., i] * centre[..., j]
            )
    for i in range(3):
        c[i, i] += np.float32(0.02**2)
    # The inverse of a symmetric 3x3 by cofactors.
    m = {
        (0, 0): c[1, 1] * c[2, 2] - c[1, 2] ** 2, (0, 1): c[0, 2] * c[1, 2] - c[0, 1] * c[2, 2],
        (0, 2): c[0, 1] * c[1, 2] - c[0, 2] * c[1, 1], (1, 1): c[0, 0] * c[2, 2] - c[0, 2] ** 2,
        (1, 2): c[0, 1] * c[0, 2] - c[0, 0] * c[1, 2], (2, 2): c[0, 0] * c[1, 1] - c[0, 1] ** 2,
    }  # fmt: skip
    volume = np.maximum(c[0, 0] * m[0, 0] + c[0, 1] * m[0, 1] + c[0, 2] * m[0, 2], np.float32(1e-10))
    squared = (
        sum((1 if i == j else 2) * off[..., i] * off[..., j] * cofactor for (i, j), cofactor in m.items()) / volume
    )
    told = -0.5 * squared - 0.5 * np.log(volume)
    # Where a side is not near, nothing speaks for it.
    return np.where(total > 1e-4, told, np.float32(-60.0)).astype(np.float32), np.asarray(squared, np.float32)
