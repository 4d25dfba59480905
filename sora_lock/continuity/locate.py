"""Where in the frame the lock's subject is: from an anchor's grid to frame pixels, point by point.

Place in the path: the judge's second step. First a similarity is proposed (matched features, or a correlation of the head over scales when features
do not suffice, or where the subject was a moment ago); then blocks of the grid are matched around it, a homography is fitted and what remains
is smoothed into a displacement field. A proposal stands only when enough of the anchor's own structure is found again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.continuity.plates import GRID_PX, AnchorPlate, Bools, Floats, Frame, band, even, finer_plate, log_luma
from sora_lock.continuity.structure import agreement, better_half

Matrix = NDArray[np.float64]

LEAST_AGREEMENT = {True: 0.66, False: 0.82}
"""A fit below this (mean agreement of the better half of what is in the frame) is no find; rigid subjects, figures. Wrong fits of the corpus named
in docs/continuity.md reached 0.61 and, with the next bound, 0.64."""
MOST_STRETCH = {True: 1.6, False: 1.45}
"""Ratio of the larger to the smaller stretch of the grid in the frame above which a fit is taken for a coincidence."""
GOOD_AGREEMENT = 0.84
"""A fit above this needs no second way of looking."""
LEAST_SHARE = 0.4
"""A set takes up at least this part of a frame it is found in; smaller finds were chance."""
PICTURE_SHARE, PICTURE_SCALE = 0.8, 5.0
"""For a set found without features: the same, and frame px per grid px at most."""
LEAST_FINE_AGREEMENT = 0.55
"""The same on the finer grid of a set, where chance agrees less."""
LEAST_POINTS = 150
"""Grid pixels of the subject that must lie in the frame."""


@dataclass(frozen=True, eq=False)
class Fit:
    """An anchor found in a frame.

    Attributes:
        plate: the anchor that fits best.
        x, y: float32 [h, w]; for each grid pixel its place in the frame, px.
        matrix: 3x3, grid px to frame px: the homography under the field.
        scale: frame px per grid px, about the subject.
        signal, log: float32 [h, w]; the frame's band and logarithm, brought to the grid.
        rgb: float32 [h, w, 3]; the frame's code values on the grid.
        seen: bool [h, w]; subject pixels that lie in the frame.
        frame: the picture it was found in.
        quality: mean agreement of the better half, 0..1.
    """

    plate: AnchorPlate
    x: Floats
    y: Floats
    matrix: Matrix
    scale: float
    signal: Floats
    log: Floats
    rgb: Floats
    seen: Bools
    frame: Frame
    quality: float

    @property
    def share(self) -> float:
        """Part of the frame that what was seen of the subject takes up, about 0..1."""
        h, w = self.frame.rgb.shape[:2]
        return float(self.seen.sum()) * float(self.scale) ** 2 / float(h * w)


def locate(
    plates: Sequence[AnchorPlate],
    frame: Frame,
    before: Fit | None,
    loose: Sequence[int],
    rigid: bool,
    pictures: bool = True,
) -> Fit | None:
    """The best fit of any anchor, or None.

    Args:
        before: the fit in an earlier frame of the clip.
        loose: region numbers that may move by themselves (mouth, brows, eyes) and must not pull the fit after them.
        rigid: sets and props, which have no head to look for.
        pictures: whether to correlate pictures where features do not suffice; it costs most.
    """
    best: Fit | None = None
    if before is not None:
        best = _plausible(_settle(before.plate, before.matrix, frame, loose), rigid)
        if best is not None and best.quality >= 0.9 * before.quality:
            return best
    first = _by_features(plates, frame, rigid)[:3]
    for propose in (first, None):
        if propose is None:
            if not pictures or (best is not None and (rigid or best.quality >= GOOD_AGREEMENT)):
                break
            propose = _by_picture(plates, frame, loose, rigid)[:4]
        tried = [t for t in (_approach(plate, matrix, frame, loose) for plate, matrix in propose) if t is not None]
        tried.sort(key=lambda t: -t[0])
        for _, plate, matrix in tried[:2]:
            fit = _plausible(_settle(plate, matrix, frame, loose), rigid)
            if fit is not None and rigid and _surrounds(fit) and propose is not first:
                fit = fit if fit.share >= PICTURE_SHARE and fit.scale <= PICTURE_SCALE else None
            best = _better(best, fit)
    return best


def _plausible(fit: Fit | None, rigid: bool) -> Fit | None:
    """The fit, unless it agrees too little or stretches the subject as no camera on it would."""
    if fit is None or fit.quality < LEAST_AGREEMENT[rigid] or stretch(fit, fit.seen) > MOST_STRETCH[rigid]:
        return None
    return None if rigid and _surrounds(fit) and fit.share < LEAST_SHARE else fit


def _surrounds(fit: Fit) -> bool:
    """Whether the anchor is a place (it fills its picture) and not a thing."""
    return float(fit.plate.inside.mean()) > 0.8


def stretch(fit: Fit, where: Bools) -> float:
    """Ratio of the larger to the smaller singular value of the homography's Jacobian at the middle of `where`."""
    rows, columns = np.nonzero(where)
    u, v = float(columns.mean()), float(rows.mean())
    m = fit.matrix
    x, y, w = m @ np.array([u, v, 1.0])
    jacobian = (m[:2, :2] - np.outer([x / w, y / w], m[2, :2])) / w
    large, small = np.linalg.svd(jacobian, compute_uv=False)
    return float(large / max(small, 1e-9))


def _better(one: Fit | None, other: Fit | None) -> Fit | None:
    """The fit that explains more: agreement times the root of the area it is seen on, with a lean to finer grids."""
    if one is None or other is None:
        return one or other

    def worth(f: Fit) -> float:
        return float(f.quality * (float(f.seen.sum()) * min(f.scale, 1.5) ** 2) ** 0.15)

    return other if worth(other) > worth(one) else one


def _by_features(plates: Sequence[AnchorPlate], frame: Frame, rigid: bool) -> list[tuple[AnchorPlate, Matrix]]:
    """Similarities from matched features, best supported first."""
    import cv2

    points, descriptors = frame.features
    found = []
    if len(points) < 8:
        return []
    for plate in plates:
        own, known = plate.fine_features if rigid else plate.features
        if len(own) < 8:
            continue
        alike = descriptors @ known.T
        first = alike.argmax(axis=1)
        rows = np.arange(len(first))
        top = alike[rows, first]
        alike[rows, first] = -1
        near, second = np.sqrt(np.maximum(2 - 2 * top, 0)), np.sqrt(np.maximum(2 - 2 * alike.max(axis=1), 0))
        good = near < 0.88 * second
        if good.sum() < 5:
            continue
        source, target = own[first[good]], points[good]
        matrix, kept = cv2.estimateAffinePartial2D(
            source, target, ransacReprojThreshold=16.0, maxIters=2500, confidence=0.999
        )
        if matrix is None or not _sane(matrix):
            continue
        count = len({tuple(p) for p in np.rint(source[kept[:, 0] > 0] / 4)})
        if count >= 5:
            found.append((count, plate, np.vstack([matrix, [0, 0, 1]])))
    found.sort(key=lambda f: -f[0])
    return [(plate, matrix) for _, plate, matrix in found]


def _sane(matrix: Matrix) -> bool:
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    return 0.12 < scale < 12 and abs(math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))) < 45


def _by_picture(
    plates: Sequence[AnchorPlate], frame: Frame, loose: Sequence[int], rigid: bool
) -> list[tuple[AnchorPlate, Matrix]]:
    """Similarities from correlating pictures over scales, best first.

    For a figure the template is its head and shoulders, and all of it; it is looked for in the frame. For a set the frame is the template, looked
    for in the anchor, which shows more.
    """
    found: list[tuple[float, AnchorPlate, Matrix]] = []
    for plate in plates:
        if rigid:
            found += _whole(plate, frame)
            continue
        rows, columns = np.nonzero(plate.region(loose))
        if len(rows) >= 12:
            tall = max(8.0, float(rows.max() - rows.min()) * 2.2)
            box = (
                rows.mean() - 1.1 * tall,
                rows.mean() + 1.5 * tall,
                columns.mean() - 1.3 * tall,
                columns.mean() + 1.3 * tall,
            )
            found += _part(plate, frame, box)
        rows, columns = np.nonzero(plate.inside)
        if len(rows) >= 12:
            found += _part(plate, frame, (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1))
    found.sort(key=lambda f: -f[0])
    kept: list[tuple[AnchorPlate, Matrix]] = []
    for _, plate, matrix in found:  # one proposal a place and scale
        centre = matrix @ np.array([plate.regions.shape[1] / 2, plate.regions.shape[0] / 2, 1])
        size = matrix[0, 0] * plate.regions.shape[0]
        if all(
            math.hypot(*(centre - m @ np.array([p.regions.shape[1] / 2, p.regions.shape[0] / 2, 1]))[:2]) > 0.12 * size
            or p is not plate
            for p, m in kept
        ):
            kept.append((plate, matrix))
    return kept


def _part(
    plate: AnchorPlate, frame: Frame, box: tuple[float, float, float, float]
) -> list[tuple[float, AnchorPlate, Matrix]]:
    import cv2

    top, bottom, left, right = max(0, int(box[0])), int(box[1]), max(0, int(box[2])), int(box[3])
    log, inside = plate.log[top:bottom, left:right], plate.inside[top:bottom, left:right].astype(np.float32)
    found = []
    for step in range(13):
        height = 30.0 * 1.25**step
        reduce = 1.0 if height < 75 else 0.5
        view = frame.search(reduce)
        scale = height * reduce / log.shape[0]
        h, w = round(log.shape[0] * scale), round(log.shape[1] * scale)
        if h < 14 or w < 10 or h > view.shape[0] * 0.98 or w > view.shape[1] * 0.98:
            continue
        small = cv2.resize(log, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        cover = cv2.resize(inside, (w, h), interpolation=cv2.INTER_AREA)
        template = even(band(small, None, 0.7, 5.0)) * cover
        answer = cv2.matchTemplate(view, template, cv2.TM_CCORR_NORMED)
        k = scale / (frame.small_scale * reduce)
        for peak, px, py in peaks(answer, 2, max(4, h // 4)):
            x, y = px / (frame.small_scale * reduce), py / (frame.small_scale * reduce)
            matrix = np.array([[k, 0, x - left * k], [0, k, y - top * k], [0, 0, 1.0]])
            found.append((peak * float(h / reduce) ** 0.2, plate, matrix))
    return found


def peaks(answer: Floats, count: int, apart: int) -> list[tuple[float, int, int]]:
    """The highest places (value, x, y) of a correlation, at least `apart` px from one another."""
    import cv2

    answer = answer.copy()
    out = []
    for _ in range(count):
        _, peak, _, (px, py) = cv2.minMaxLoc(answer)
        out.append((float(peak), px, py))
        answer[max(0, py - apart) : py + apart + 1, max(0, px - apart) : px + apart + 1] = -1
    return out


def _whole(plate: AnchorPlate, frame: Frame) -> list[tuple[float, AnchorPlate, Matrix]]:
    import cv2

    log = cv2.resize(plate.log, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(plate.inside.astype(np.float32), (log.shape[1], log.shape[0]), interpolation=cv2.INTER_AREA)
    signal = even(band(log, None, 0.7, 5.0)) * cover
    edge = log.shape[1] // 4
    signal = cv2.copyMakeBorder(signal, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0.0)
    small = log_luma(frame.small)
    found = []
    for step in range(12):
        wide = log.shape[1] * 0.28 * 1.14**step
        scale = wide / small.shape[1]
        h, w = round(small.shape[0] * scale), round(wide)
        if h >= signal.shape[0] or w >= signal.shape[1]:
            continue
        template = even(band(cv2.resize(small, (w, h), interpolation=cv2.INTER_AREA), None, 0.7, 5.0))
        answer = cv2.matchTemplate(signal, template, cv2.TM_CCORR_NORMED)
        for peak, px, py in peaks(answer, 2, 8):
            k = frame.rgb.shape[1] / w
            matrix = np.array([[k / 2, 0, -(px - edge) * k], [0, k / 2, -(py - edge) * k], [0, 0, 1.0]])
            found.append((peak * w**0.5, plate, matrix))
    return found


def sample(frame: Frame, x: Floats, y: Floats, scale: float) -> Floats:
    """Code values float32 [h, w, 3] of the frame at (x, y), from the pyramid level that fits `scale` frame px a sample."""
    import cv2

    level = 0 if scale < 1.6 else 1 if scale < 3.2 else 2
    source = frame.levels[level]
    kx, ky = source.shape[1] / frame.rgb.shape[1], source.shape[0] / frame.rgb.shape[0]
    return np.asarray(
        cv2.remap(
            source,
            ((x + 0.5) * kx - 0.5).astype(np.float32),
            ((y + 0.5) * ky - 0.5).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def _places(matrix: Matrix, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    v, u = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    w = matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2]
    w = np.where(np.abs(w) < 1e-6, 1e-6, w)
    x = (matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]) / w
    y = (matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]) / w
    return x.astype(np.float32), y.astype(np.float32)


def _within(x: Floats, y: Floats, frame: Frame) -> Bools:
    h, w = frame.rgb.shape[:2]
    inside: Bools = (x >= 1) & (x <= w - 2) & (y >= 1) & (y <= h - 2)
    return inside


def _approach(
    plate: AnchorPlate, matrix: Matrix, frame: Frame, loose: Sequence[int]
) -> tuple[float, AnchorPlate, Matrix] | None:
    """A proposal moved to where large blocks agree; the first number is how much of the picture agrees."""
    found = _step(plate, matrix, frame, loose, 20, 14)
    return None if found is None else (found[0], plate, found[1])


def _step(
    plate: AnchorPlate, matrix: Matrix, frame: Frame, loose: Sequence[int], block: int, reach: int
) -> tuple[float, Matrix, Floats, Floats] | None:
    """One round of block matching: support, the fitted matrix, and places in the frame with the field."""
    import cv2

    shape = plate.regions.shape
    firm = plate.inside & ~np.isin(plate.regions, np.asarray(loose, np.uint8)) if len(loose) else plate.inside
    x, y = _places(matrix, shape)
    seen = _within(x, y, frame) & plate.inside
    if seen.sum() < LEAST_POINTS:
        return None
    scale = _scale(x, y, seen)
    if not 0.1 < scale < 14:
        return None
    signal = even(band(np.log(sample(frame, x, y, scale) @ _LUMA + np.float32(8.0))))
    source, move, trust = blocks(even(plate.signal), signal, firm & seen, block, reach)
    if len(source) < 4:
        return None
    goal = np.stack([_lookup(x, source + move), _lookup(y, source + move)], axis=1)
    fitted: Any = None
    kept: Any = None
    if len(source) >= 12:
        fitted, kept = cv2.findHomography(source, goal, cv2.RANSAC, 3.0 * scale, maxIters=1500)
        if fitted is None or kept.sum() < 10 or not _sane(fitted[:2] / max(1e-9, fitted[2, 2])):
            fitted = None
    if fitted is None:
        partial, kept = cv2.estimateAffinePartial2D(source, goal, ransacReprojThreshold=3.0 * scale, maxIters=1000)
        if partial is None or kept.sum() < 3 or not _sane(partial):
            return None
        fitted = np.vstack([partial, [0, 0, 1]])
    x, y = _places(fitted, shape)
    dx, dy = _field(shape, source, goal, fitted, trust, scale)
    support = float((trust * kept[:, 0]).sum()) / math.sqrt(len(source) + 4)
    return support, fitted, x + dx, y + dy


def _settle(plate: AnchorPlate, matrix: Matrix, frame: Frame, loose: Sequence[int]) -> Fit | None:
    """The last, fine round, and what the frame shows there."""
    found = _step(plate, matrix, frame, loose, 14, 8)
    if found is None:
        return None
    _, matrix, x, y = found
    seen = _within(x, y, frame) & plate.inside
    if seen.sum() < LEAST_POINTS:
        return None
    scale = _scale(x, y, seen)
    if not 0.1 < scale < 14:
        return None
    rgb = sample(frame, x, y, scale)
    log = np.log(rgb @ _LUMA + np.float32(8.0)).astype(np.float32)
    signal = band(log)
    match, strength = agreement(plate.signal, signal, seen)
    quality = better_half(match, strength * seen)
    return Fit(plate, x, y, matrix, scale, signal, log, rgb, seen, frame, quality)


_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def finer(fit: Fit, frame: Frame) -> Fit:
    """The same find on a grid about as fine as the frame, where the coarse one is much coarser; the coarse one when that fails."""
    plate = fit.plate
    rows, columns = np.nonzero(fit.seen)
    margin = 3
    k = 1 / plate.scale
    h, w = plate.numbers.shape
    x0, x1 = max(0, int((columns.min() - margin) * k)), min(w, int(np.ceil((columns.max() + 1 + margin) * k)))
    y0, y1 = max(0, int((rows.min() - margin) * k)), min(h, int(np.ceil((rows.max() + 1 + margin) * k)))
    scale = min(1.0, plate.scale * fit.scale / 1.5, GRID_PX / max(x1 - x0, y1 - y0))
    if scale < 1.25 * plate.scale:
        return fit
    part = finer_plate(plate, (x0, y0, x1, y1), scale)
    # fine grid px -> anchor px -> coarse grid px, pixel centres at .5
    ratio = plate.scale / scale
    shift = [(0.5 * ratio - 0.5) + o * plate.scale for o in (x0, y0)]
    step = np.array([[ratio, 0, shift[0]], [0, ratio, shift[1]], [0, 0, 1.0]])
    found = _step(part, fit.matrix @ step, frame, (), 22, 14)
    better = None if found is None else _settle(part, found[1], frame, ())
    return better if better is not None and better.quality >= LEAST_FINE_AGREEMENT else fit


def _scale(x: Floats, y: Floats, seen: Bools) -> float:
    """Frame px per grid px: the root of the median area a grid pixel covers."""
    area = np.abs(
        np.diff(x, axis=1)[:-1] * np.diff(y, axis=0)[:, :-1] - np.diff(x, axis=0)[:, :-1] * np.diff(y, axis=1)[:-1]
    )
    return float(np.sqrt(np.median(area[seen[:-1, :-1]]))) if seen[:-1, :-1].any() else 1.0


def _lookup(values: Floats, at: Floats) -> Floats:
    import cv2

    return np.asarray(
        cv2.remap(values, at[:, 0:1].copy(), at[:, 1:2].copy(), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )[:, 0]


def blocks(
    target: Floats, signal: Floats, usable: Bools, block: int, reach: int, step: int | None = None
) -> tuple[Floats, Floats, Floats]:
    """Blocks of the anchor looked for around their place: points [N, 2], moves [N, 2], trust [N]; clear peaks only."""
    import cv2

    h, w = target.shape
    masked = target * usable
    count, energy = (cv2.integral(x.astype(np.float32), sdepth=cv2.CV_64F) for x in (usable, masked * masked))
    points, moves, trusts = [], [], []
    step = step or max(11, block)
    for v in range(block // 2, h, step):
        for u in range(block // 2, w, step):
            y0, y1, x0, x1 = max(0, v - block), min(h, v + block + 1), max(0, u - block), min(w, u + block + 1)
            inner, power = (t[y1, x1] - t[y0, x1] - t[y1, x0] + t[y0, x0] for t in (count, energy))
            if inner < 0.35 * (y1 - y0) * (x1 - x0) or power < 0.15 * inner:
                continue
            template = masked[y0:y1, x0:x1]
            wy0, wy1, wx0, wx1 = max(0, y0 - reach), min(h, y1 + reach), max(0, x0 - reach), min(w, x1 + reach)
            answer = cv2.matchTemplate(signal[wy0:wy1, wx0:wx1], template, cv2.TM_CCORR_NORMED)
            _, peak, _, (px, py) = cv2.minMaxLoc(answer)
            if peak < 0.25:
                continue
            sx, sy = _vertex(answer, px, py)
            points.append((0.5 * (x0 + x1 - 1), 0.5 * (y0 + y1 - 1)))
            moves.append((wx0 + sx - x0, wy0 + sy - y0))
            trusts.append(peak)
    return (
        np.array(points, np.float32).reshape(-1, 2),
        np.array(moves, np.float32).reshape(-1, 2),
        np.array(trusts, np.float32),
    )


def _vertex(answer: Floats, px: int, py: int) -> tuple[float, float]:
    """The peak's place between pixels, by a parabola along each axis."""
    out = [float(px), float(py)]
    for axis, (p, n) in enumerate(((px, answer.shape[1]), (py, answer.shape[0]))):
        if 0 < p < n - 1:
            a, b, c = (answer[py, px - 1 : px + 2] if axis == 0 else answer[py - 1 : py + 2, px]).astype(float)
            curve = a - 2 * b + c
            if curve < -1e-9:
                out[axis] = p + 0.5 * (a - c) / curve
    return out[0], out[1]


def _field(
    shape: tuple[int, int], source: Floats, goal: Floats, matrix: Matrix, trust: Floats, scale: float
) -> tuple[Floats, Floats]:
    """What the homography leaves over, smoothed over neighbours: float32 [h, w] frame px in x and y.

    Blocks that disagree with the blocks around them are left out: they are where something changed.
    """
    import cv2

    p = cv2.perspectiveTransform(source[None].astype(np.float64), matrix)[0]
    rest = goal - p
    far = np.hypot(*(source[:, None] - source[None]).transpose(2, 0, 1))
    near = np.exp(-0.5 * (far / 34.0) ** 2) * trust[None] ** 2
    np.fill_diagonal(near, 0)
    total = near.sum(axis=1)
    around = near @ rest / np.maximum(total, 1e-6)[:, None]
    odd = np.hypot(*(rest - around).T) > 4.0 * scale
    kept = ~odd & (np.hypot(*rest.T) < 30 * scale)
    cell = 8
    gh, gw = shape[0] // cell + 2, shape[1] // cell + 2
    v, u = np.mgrid[0:gh, 0:gw] * cell
    if not kept.any():
        zero = np.zeros(shape, np.float32)
        return zero, zero
    d2 = (u[..., None] - source[kept, 0]) ** 2 + (v[..., None] - source[kept, 1]) ** 2
    w = np.exp(-0.5 * d2 / 22.0**2) * trust[kept] ** 2
    share = w.sum(axis=-1) + 0.15
    out = []
    for axis in (0, 1):
        coarse = ((w @ rest[kept, axis]) / share).astype(np.float32)
        wide = cv2.resize(coarse, (gw * cell, gh * cell), interpolation=cv2.INTER_LINEAR)
        # cell centres of `resize` lie half a cell further on than the lattice points
        shift = np.array([[1, 0, cell / 2 - 0.5], [0, 1, cell / 2 - 0.5]], np.float32)
        wide = cv2.warpAffine(
            wide,
            shift,
            (wide.shape[1], wide.shape[0]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        out.append(np.ascontiguousarray(wide[: shape[0], : shape[1]]))
    return out[0], out[1]
