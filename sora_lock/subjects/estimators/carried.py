"""A matte carried through the frames of a clip: from key frames outwards along optical flow, solved anew in a band about the edge of each frame.

Place in the path: estimators, classical; after `matting`, which makes the mattes of key frames, and before `subjects.clip`. Flow: dense inverse search
(Kroeger et al. 2016), as OpenCV has it, on a copy of `FLOW_SIDE` px. Flow alone slides off the subject within a second; so each frame takes of its
neighbour only where the edge about is, and the closed form finds the edge there in the frame's own colours. Where a matte came to a frame
from two sides, the nearer key frame's is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb
from sora_lock.errors import MediaError
from sora_lock.subjects.estimators import Bools, Box, Floats
from sora_lock.subjects.estimators.matting import FULL, LEAST, closed_form
from sora_lock.subjects.estimators.trimap import CUT_SIDE, reduced, trimap

Codes = NDArray[np.uint8]

FLOW_SIDE = 640
EDGE, LOST = 0.02, 2.0
"""Half width of the band in which the edge is looked for, as a part of the subject's size, and by how much wider it is where flow knows nothing."""
AROUND = 0.25
"""How far around the subject colours of the background count, as a part of its size."""
APART_PX, PARTED = 0.7, 0.4
"""How much differently from the background a subject must move for motion to tell them apart, and how much nearer a place must be to one of them."""
ISLAND = 0.3
"""Part of the largest piece of a matte below which another piece is an island."""
OWN = 0.5
"""Odds (logarithm) of a colour to be the subject's above which motion alone does not take it away."""
STRIP = 3.0
"""How deep into the matte what was uncovered may reach at once, in half widths of the band."""
STRAY_PX = 1.5
"""How far flow there and back may miss its start, on the copy, before a place counts as hidden or uncovered."""
STEADY = 0.25
"""How much of either neighbour in time goes into a soft edge: alone, closed forms of two frames differ by a few code values."""
APART, BELIEVED = 96, 2.0
"""Code values by which two mattes are not alike, and how much what is believed counts against the odds of colours (3 at most)."""
GONE_PX = 64
"""Below so many covered pixels the subject has left the picture."""


class Motion:
    """Where the points of one frame are in another.

    Attributes:
        x, y: float32 [H, W]: where in the other frame each pixel is seen, px.
        sure: bool [H, W]: flow there and back agree, and stay within the picture.
        entered: bool [H, W]: what was outside the picture.
    """

    def __init__(self, here: Codes, there: Codes) -> None:
        """`here` and `there` are uint8 [H, W, 3] of one size."""
        import cv2

        small = [np.asarray(reduced(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), FLOW_SIDE), np.uint8) for f in (here, there)]
        height, width = small[0].shape
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        onward, back = search.calc(small[0], small[1], None), search.calc(small[1], small[0], None)
        y, x = np.mgrid[:height, :width].astype(np.float32)
        returned = onward + cv2.remap(back, x + onward[..., 0], y + onward[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
        sure = np.hypot(returned[..., 0], returned[..., 1]) < STRAY_PX
        to_x, to_y = x + onward[..., 0], y + onward[..., 1]
        sure &= (to_x > -0.5) & (to_y > -0.5) & (to_x < width - 0.5) & (to_y < height - 0.5)
        tall, wide = here.shape[:2]
        flow = cv2.resize(onward, (wide, tall), interpolation=cv2.INTER_LINEAR)
        flow *= np.array([wide / width, tall / height], np.float32)
        y, x = np.mgrid[:tall, :wide].astype(np.float32)
        self.x, self.y = x + flow[..., 0], y + flow[..., 1]
        self.entered: Bools = (self.x < 0) | (self.y < 0) | (self.x > wide - 1) | (self.y > tall - 1)
        self.sure: Bools = cv2.resize(sure.astype(np.uint8), (wide, tall), interpolation=cv2.INTER_NEAREST) > 0

    def brought(self, plane: NDArray[Any]) -> NDArray[Any]:
        """A plane [H, W] or [H, W, C] of the other frame, as this frame sees it."""
        import cv2

        out: NDArray[Any] = cv2.remap(plane, self.x, self.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return out


def between(keys: Iterable[int], key: int, count: int) -> range:
    """The frames that take their matte from `key`, or partly so: all up to the key frames beside it."""
    known = sorted(keys)
    at = known.index(key)
    return range(known[at - 1] + 1 if at else 0, known[at + 1] if at + 1 < len(known) else count)


def carry(
    frames: NDArray[np.uint8],
    mattes: NDArray[np.uint8],
    keys: Collection[int],
    *,
    only: range | None = None,
) -> None:
    """Fills `mattes` from those of the key frames, in place.

    Args:
        frames: uint8 [F, H, W, 3], sRGB.
        mattes: uint8 [F, H, W], coverage of 255; right at the key frames.
        keys: their frame numbers.
        only: of what frames (see `between`); the others must be filled already.

    Raises:
        MediaError: where the subject is lost on the way, with the frame's number.
    """
    wanted, known = range(len(frames)) if only is None else only, sorted(keys)
    palette = Palette((np.ascontiguousarray(frames[k]), mattes[k]) for k in known)
    for left, right in zip([None, *known], [*known, None], strict=True):
        gap = range(0 if left is None else left + 1, len(frames) if right is None else right)
        if not gap or not set(gap) <= set(wanted):
            continue
        onward = (
            [] if left is None else _run(frames, mattes[left], [*gap, *([] if right is None else [right])], -1, palette)
        )
        back = (
            []
            if right is None
            else _run(frames, mattes[right], [*reversed(gap), *([] if left is None else [left])], 1, palette)
        )
        if left is None or right is None:
            mattes[gap.start : gap.stop] = onward or back[::-1]
            continue
        # Each way has come to the other's key frame, where the truth is known: the worse it fared, the less it counts on the way.
        missed = [_off(found[-1], mattes[key]) for found, key in ((onward, right), (back, left))]
        for frame, one, other in zip(gap, onward, back[-2::-1], strict=False):
            doubts = missed[0] * (frame - left), missed[1] * (right - frame)
            odds = palette.odds(np.ascontiguousarray(frames[frame]))
            mattes[frame] = _agreed(one, other, doubts[0] / sum(doubts), odds)
    _steady(frames, mattes, keys, wanted)


def _run(frames: Codes, matte: Codes, order: Sequence[int], step: int, palette: Palette) -> list[Codes]:
    """The mattes of frames in that order, each from the one `step` beside it; `matte` is that of the frame beside the first."""
    found: list[Codes] = []
    for frame in order:
        matte = _followed(frames, matte, frame, frame + step, palette)
        found.append(matte)
    return found


def _off(found: Codes, truth: Codes) -> float:
    """How far a matte is from the right one, mean code values; never quite nought."""
    return float(np.abs(found.astype(np.int16) - truth).mean()) + 0.01


def _agreed(onward: Codes, back: Codes, share: float, odds: Floats) -> Codes:
    """One matte of two that came from either side; `share` is how much `back` is believed, 0..1.

    Where they are alike, their mean. A patch where they are not is one's or the other's as a whole: by its colours, and by which is believed.
    """
    import cv2

    mixed = onward * np.float32(1 - share) + back * np.float32(share)
    apart = np.abs(onward.astype(np.int16) - back) > APART
    count, parts = cv2.connectedComponents(apart.astype(np.uint8), connectivity=4)
    if count > 1:
        size = np.maximum(np.bincount(parts.ravel(), minlength=count), 1)
        colours = np.bincount(parts.ravel(), np.clip(odds, -3, 3).ravel(), count) / size
        believed = np.bincount(parts.ravel(), (mixed / 127.5 - 1).ravel(), count) / size
        subject = (colours + BELIEVED * believed > 0)[parts]
        mixed = np.where(apart, np.where(subject, np.maximum(onward, back), np.minimum(onward, back)), mixed)
    return np.rint(mixed).astype(np.uint8)


class Palette:
    """The colours of subject and background at the key frames: five of each, as GrabCut mixes them."""

    def __init__(self, pairs: Iterable[tuple[Codes, Codes]]) -> None:
        """`pairs` are key frames uint8 [H, W, 3] with their mattes uint8 [H, W]."""
        import cv2

        colours, labels = [], []
        for rgb, matte in pairs:
            small, cover = np.asarray(reduced(rgb, CUT_SIDE), np.uint8), np.asarray(reduced(matte, CUT_SIDE), np.uint8)
            window = _about(cover >= 128)
            colours.append(small[window][..., ::-1].reshape(-1, 3))
            labels.append(np.where(cover[window] >= 128, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8).ravel())
        self.other, self.own = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(0)
        # one row of pixels as long as all key frames together: here only their colours count
        cv2.grabCut(
            np.ascontiguousarray(np.concatenate(colours)[None]), np.concatenate(labels)[None].copy(), None,
            self.other, self.own, 1, cv2.GC_INIT_WITH_MASK,
        )  # fmt: skip

    def odds(self, rgb: Codes) -> Floats:
        """How much likelier each pixel's colour is the subject's than the background's, natural logarithm, [H, W]."""
        import cv2

        small = np.asarray(reduced(rgb, CUT_SIDE), np.uint8)[..., ::-1].reshape(-1, 3).astype(np.float64)
        told = _density(self.own, small) - _density(self.other, small)
        height, width = np.asarray(reduced(rgb[..., 0], CUT_SIDE)).shape
        return np.asarray(cv2.resize(told.reshape(height, width).astype(np.float32), rgb.shape[1::-1]))

    def cut(self, rgb: Codes, inside: Bools, surely: Bools, surely_not: Bools) -> Bools:
        """Which side every pixel is on, bool [H, W]: by these colours and the picture's edges, `inside` where neither is sure."""
        import cv2

        small = np.asarray(reduced(rgb, CUT_SIDE), np.uint8)
        size = small.shape[1::-1]
        sides = [
            cv2.resize(x.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
            for x in (inside, surely, surely_not)
        ]
        labels = np.where(sides[0], cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        labels[sides[1]], labels[sides[2]] = cv2.GC_FGD, cv2.GC_BGD
        window = _about(sides[0])
        part = np.ascontiguousarray(labels[window])
        other, own = self.other.copy(), self.own.copy()
        cv2.grabCut(small[window][..., ::-1].copy(), part, None, other, own, 1, cv2.GC_EVAL_FREEZE_MODEL)
        labels[window] = part
        found = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
        return np.asarray(cv2.resize(found, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5)


def _density(model: NDArray[np.float64], colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log density of colours [N, 3] in a model of OpenCV's GrabCut: five weights, five means, five covariances."""
    weights, means, spreads = model[0, :5], model[0, 5:20].reshape(5, 3), model[0, 20:].reshape(5, 3, 3)
    total = np.full(len(colours), 1e-30)
    for weight, mean, spread in zip(weights, means, spreads, strict=True):
        if weight > 0:
            spread = spread + 4.0 * np.eye(3)
            off = colours - mean
            squared = np.einsum("ni,ij,nj->n", off, np.linalg.inv(spread), off)
            total += weight / np.sqrt(np.linalg.det(spread)) * np.exp(-0.5 * squared)
    return np.asarray(np.log(total), np.float64)


def _left_behind(motion: Motion, deep: Floats, ground: Bools, near: float, strange: Bools) -> Bools:
    """Where the picture moves with the background and not with the subject nearby, bool [H, W]: what the subject has just uncovered."""
    import cv2

    subject = deep > near
    if ground.sum() < 500 or subject.sum() < 100:
        return np.zeros(subject.shape, np.bool_)
    height, width = subject.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    flow = np.stack([motion.x - x, motion.y - y], axis=-1)
    rows, columns = np.nonzero(ground & motion.sure)
    step = max(1, len(rows) // 3000)
    at = np.stack([columns[::step], rows[::step]], axis=-1).astype(np.float32)
    camera, _ = cv2.estimateAffine2D(at, at + flow[rows[::step], columns[::step]], ransacReprojThreshold=1.0)
    if camera is None:
        return np.zeros(subject.shape, np.bool_)
    of_ground = np.stack([camera[k, 0] * x + camera[k, 1] * y + camera[k, 2] for k in (0, 1)], axis=-1) - np.stack(
        [x, y], -1
    )
    # What fell off as an island is compared with the whole it fell off from.
    _, parts, stats, _ = cv2.connectedComponentsWithStats((deep > 0).astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float32)
    areas[0] = 0
    island = (areas < ISLAND * areas.max())[parts] & (deep > 0)
    subject &= ~island
    wide = 2 * round(8 * near) + 1
    weight = subject.astype(np.float32)
    share = cv2.blur(weight, (wide, wide))
    of_subject = cv2.blur(flow * weight[..., None], (wide, wide)) / np.maximum(share, 1e-4)[..., None]
    for c in (0, 1):
        of_subject[..., c][share < 1e-4] = float(np.median(flow[..., c][subject]))
    apart = np.linalg.norm(of_subject - of_ground, axis=2)
    to_ground, to_subject = (np.linalg.norm(flow - its, axis=2) for its in (of_ground, of_subject))
    like = (apart > APART_PX) & (to_ground < PARTED * to_subject)
    return np.asarray(like & (((deep <= STRIP * near) & strange) | island), np.bool_)


def _about(inside: Bools) -> tuple[slice, slice]:
    """The window of a subject and what is around it."""
    rows, columns = (np.flatnonzero(inside.any(axis=k)) for k in (1, 0))
    more = round(AROUND * max(int(np.ptp(rows)), int(np.ptp(columns)))) + 8
    return (
        slice(max(0, int(rows[0]) - more), int(rows[-1]) + 1 + more),
        slice(max(0, int(columns[0]) - more), int(columns[-1]) + 1 + more),
    )


def _followed(frames: Codes, matte: Codes, frame: int, neighbour: int, palette: Palette) -> Codes:
    """The matte of a frame from its neighbour's, uint8 [H, W]."""
    import cv2

    rgb, beside = np.ascontiguousarray(frames[frame]), np.ascontiguousarray(frames[neighbour])
    motion = Motion(rgb, beside)
    came = np.asarray(motion.brought(matte), np.float32) / np.float32(255)
    inside = came >= 0.5
    if int(inside.sum()) < GONE_PX:
        raise MediaError(
            f"The subject is lost at frame {frame}: it left the picture, or moved too fast. Cut the clip there, or paint strokes on that frame."
        )
    near = max(3.0, EDGE * float(np.sqrt(inside.sum())))
    deep, far = (cv2.distanceTransform(x.astype(np.uint8), cv2.DIST_L2, 5) for x in (inside, ~inside))
    # The edge is near where flow says, and a little further off where flow knows nothing.
    reach = np.where(motion.sure, near, LOST * near)
    left = _left_behind(motion, deep, far > near, near, palette.odds(rgb) < OWN)
    open_ = left | motion.entered
    inside = palette.cut(rgb, inside & ~left, (deep > reach) & ~open_, ((far > reach) & ~motion.entered) | left)
    deep, far = (cv2.distanceTransform(x.astype(np.uint8), cv2.DIST_L2, 5) for x in (inside, ~inside))
    known = trimap(rgb, np.asarray(reduced(inside.astype(np.float32)), np.float32) > 0.5)
    known = np.where((known == 0.5) & ((deep > reach) | (far > reach)), inside.astype(np.float32), known)
    unknown = known == 0.5
    alpha = closed_form(linear_from_srgb(rgb), known, unknown)
    alpha = np.where(unknown, np.clip((alpha - LEAST) / (FULL - LEAST), 0, 1), known)
    return np.rint(_whole(alpha, came >= 0.5) * 255).astype(np.uint8)


def _whole(alpha: Floats, inside: Bools) -> Floats:
    """Alpha without islands that hang together with nothing that was the subject before."""
    import cv2

    count, parts = cv2.connectedComponents((alpha > 0.1).astype(np.uint8), connectivity=8)
    if count < 3:
        return alpha
    sizes = np.bincount(parts[inside], minlength=count)
    keep = sizes > 0
    keep[0] = True
    return np.where(keep[parts], alpha, np.float32(0.0))


def _steady(frames: Codes, mattes: Codes, keys: Collection[int], wanted: range) -> None:
    """Soft edges averaged with what they were a frame before and will be a frame after, where flow knows; key frames stay as they are."""
    before: Codes | None = None
    for frame in wanted:
        own = mattes[frame].copy()
        if frame not in keys:
            rgb = np.ascontiguousarray(frames[frame])
            total, weight = own.astype(np.float32), np.ones(own.shape, np.float32)
            for beside in (frame - 1, frame + 1):
                if 0 <= beside < len(frames):
                    motion = Motion(rgb, np.ascontiguousarray(frames[beside]))
                    its = before if beside < frame and before is not None else mattes[beside]
                    came = np.asarray(motion.brought(its), np.float32)
                    # a soft edge on both sides: what is known on one of them is not made soft
                    use = STEADY * (motion.sure & (np.abs(came - own) < 96))
                    total, weight = total + use * came, weight + use
            mattes[frame] = np.rint(total / weight).astype(np.uint8)
        before = own


def carry_box(frame_of: Callable[[int], Codes], count: int, box: Box, key: int = 0) -> list[Box]:
    """Where a box (x0, y0, x1, y1) px of frame `key` is in each of `count` frames (uint8 [H, W, 3]): moved and scaled as what it holds.

    The median of its points' motion moves it; the median of their distances' change scales it.
    """
    height, width = frame_of(key).shape[:2]
    found = {key: tuple(float(v) for v in box)}
    order = [*((f, f - 1) for f in range(key + 1, count)), *((f, f + 1) for f in range(key - 1, -1, -1))]
    for frame, neighbour in order:
        x0, y0, x1, y1 = found[neighbour]
        ys, xs = (np.clip(np.linspace(a, b, 12), 0, most - 1) for a, b, most in ((y0, y1, height), (x0, x1, width)))
        rows, columns = (v.ravel().astype(int) for v in np.meshgrid(ys, xs, indexing="ij"))
        motion = Motion(frame_of(neighbour), frame_of(frame))
        sure = motion.sure[rows, columns]
        if sure.sum() < 12:
            found[frame] = found[neighbour]
            continue
        rows, columns = rows[sure], columns[sure]
        to_x, to_y = motion.x[rows, columns], motion.y[rows, columns]
        was, now = (np.hypot(x - np.median(x), y - np.median(y)) for x, y in ((columns, rows), (to_x, to_y)))
        scale = float(np.clip(np.median(now[was > 2] / was[was > 2]), 0.9, 1.1)) if (was > 2).sum() > 8 else 1.0
        cx = (x0 + x1) / 2 + float(np.median(to_x - columns))
        cy = (y0 + y1) / 2 + float(np.median(to_y - rows))
        half = (x1 - x0) / 2 * scale, (y1 - y0) / 2 * scale
        found[frame] = (cx - half[0], cy - half[1], cx + half[0], cy + half[1])
    return [
        (
            int(np.clip(round(x0), 0, width - 1)), int(np.clip(round(y0), 0, height - 1)),
            int(np.clip(round(x1), 1, width)), int(np.clip(round(y1), 1, height)),
        )
        for x0, y0, x1, y1 in (found[f] for f in range(count))
    ]  # fmt: skip
