"""Looks at a set that was registered in a frame: is each thing there and in its place, are surfaces of their colour, does the place look like itself.

Place in the path: after sight, before verdict. A thing is asked about by a contest of two pictures, the set with it and the set without it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sora_lock.continuity.contest import contest, layers
from sora_lock.continuity.plates import Bools, Floats, around, numbers_of
from sora_lock.continuity.sight import Sight, Told
from sora_lock.continuity.tint import of_parts, plain
from sora_lock.continuity.views import Recognised
from sora_lock.records import Lock

LEAST_SHARE = 0.004
"""Part of the frame that a thing must take up to be asked about."""
LEAST_FREE = 0.6
"""Part of it that must be free, lit and in the frame."""
LEAST_BEHIND = 0.4
"""Pixels before what else the set shows, as parts of a thing, that it must have to be asked about."""
MARGIN_PX = 16
"""Of the box round a thing."""
REACH_PX = 22
"""How far from its place a thing is looked for."""
LEAST_FOUND, PLAINER = 0.55, 0.12
"""Agreement from which a thing is found at another place, and by how much more than at its own."""
STANDS = -0.12
"""Lead of the picture without it below which a thing's place still shows it: what is like it elsewhere, letters of a sign or panes, is not it."""
LEAST_KEPT = 0.22
"""Contrast of the surroundings, over the lock's, below which fog or dark may hide a thing."""
LEAST_AROUND = 0.5
"""Agreement of the surroundings below which nothing is said of a thing."""
LEAST_WIDE_PX = 400
"""Width of a frame below which nothing is said of the colours of a set: its limits were set at 480 px, and colours run into one another in fewer."""


def set_looks(lock: Lock, subject: Recognised, sight: Sight, frame: int) -> Iterator[Told]:
    """Every measure of a set in one frame."""
    yield from _things(lock, subject, sight, frame)
    yield from _surfaces(lock, sight, frame)
    clear = sight.clear
    if clear.sum() > 0.1 * sight.firm.sum():
        order = np.sort(sight.match[clear])
        value = 1.0 - float(order[len(order) // 2 :].mean())
        yield Told(
            "layout", "structure", "", frame, value, sight.box(clear), "it does not lie where it should", sight, clear
        )


def _things(lock: Lock, subject: Recognised, sight: Sight, frame: int) -> Iterator[Told]:
    import cv2

    area = sight.firm.size
    for number in numbers_of(lock.regions, "props"):
        part = sight.cast.regions == number
        count = int(part.sum())
        if number in subject.shining or count < LEAST_SHARE * area:
            continue
        free = part & sight.lit
        if free.sum() < LEAST_FREE * count:
            continue
        crop = around(part, MARGIN_PX)
        near, far, own = (cv2.dilate(part[crop].astype(np.uint8), np.ones((n, n), np.uint8)) > 0 for n in (9, 31, 5))
        ring = far & ~near & sight.firm[crop] & (sight.strength[crop] > 0.015)
        if ring.sum() < 40:
            continue
        alike, kept = float(np.median(sight.match[crop][ring])), float(np.median(sight.kept[crop][ring]))
        if alike < LEAST_AROUND or kept < LEAST_KEPT:
            continue
        name = lock.regions[number - 1].name
        bare = subject.solid.without(sight.cast, number, crop)
        rgb = np.where(bare.hit[..., None], bare.rgb, sight.exposed[crop]).astype(np.float32)
        # of a sky behind a thing the lock knows nothing; what the frame shows there would stand for it, and always win
        where = own & sight.lit[crop] & bare.hit
        if where.sum() < LEAST_BEHIND * count:
            continue
        seen, mine = sight.seen[(slice(None), *crop)], sight.own[(slice(None), *crop)]
        asked = contest(seen, mine, layers(rgb, sight.grey), where, min(kept, 1.5), sight.noise(free))
        # gone says that its place shows what is behind it, not only that it shows something else
        lead = asked.lead if asked.other > 0.3 else min(asked.lead, 0.0)
        yield Told(
            "props",
            "gone",
            name,
            frame,
            lead,
            sight.box(part),
            f"{name}: its place shows what is behind it",
            sight,
            part,
        )
        shift = away_px(asked.lead, _shift(mine, seen, part[crop], sight.lit[crop]))
        if shift is not None:
            tall = max(part.shape) / 480
            what = f"{name} lies {shift * sight.scale:.0f} px from its place"
            yield Told("props", "moved", name, frame, shift / tall, sight.box(part), what, sight, part)


def away_px(lead: float, shift_px: float | None) -> float | None:
    """How far from its place a thing is; what is like it elsewhere is not it while its place still shows it.

    Args:
        lead: of the picture without it, -1..1.
        shift_px: how far off something like it is found, or None.
    """
    return 0.0 if shift_px is not None and lead < STANDS else shift_px


def _shift(own: Floats, seen: Floats, part: Bools, lit: Bools) -> float | None:
    """How many px from its place a thing is found, 0 when it is found there; None when it is found nowhere clearly."""
    import cv2

    inside = (cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & lit
    rows, columns = np.nonzero(inside)
    if len(rows) < 60:
        return None
    y0, y1, x0, x1 = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    mask = inside[y0:y1, x0:x1].astype(np.float32)
    cross, power, norm = 0.0, 0.0, 0.0
    for mine, theirs in zip(own, seen, strict=True):
        padded = cv2.copyMakeBorder(theirs, REACH_PX, REACH_PX, REACH_PX, REACH_PX, cv2.BORDER_CONSTANT, value=0.0)
        wide = np.ascontiguousarray(padded[y0 : y1 + 2 * REACH_PX, x0 : x1 + 2 * REACH_PX])
        template = mine[y0:y1, x0:x1] * mask
        cross = cross + cv2.matchTemplate(wide, template, cv2.TM_CCORR)
        power = power + cv2.matchTemplate(wide * wide, mask, cv2.TM_CCORR)
        norm += float((template * template).sum())
    answer = cross / np.sqrt(np.maximum(power, 1e-4) * norm + 1e-9)
    here = float(answer[REACH_PX - 1 : REACH_PX + 2, REACH_PX - 1 : REACH_PX + 2].max())
    _, peak, _, (px, py) = cv2.minMaxLoc(answer.astype(np.float32))
    if peak < LEAST_FOUND:
        return None
    return 0.0 if peak < here + PLAINER else float(np.hypot(px - REACH_PX, py - REACH_PX))


def _surfaces(lock: Lock, sight: Sight, frame: int) -> Iterator[Told]:
    if sight.firm.shape[1] < LEAST_WIDE_PX:
        return
    yield from of_parts(lock, ("surfaces",), sight, plain(sight), frame)
