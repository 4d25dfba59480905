"""A clean plate: what may have been behind somebody who is taken out of a picture, made of patches of the rest of it.

Place in the path: estimators, classical; under `still`. Patches are found by PatchMatch (Barnes, Shechtman, Finkelstein, Goldman 2009) and voted into a
picture from coarse to fine (Wexler, Shechtman, Irani 2007). A pixel of the ground is only made of ground, and one of what stands on it only of that. The same
picture and hole give the same plate.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.subjects.estimators import Bools
from sora_lock.subjects.photo import spread

Codes = NDArray[np.uint8]
Matches = NDArray[np.int32]

VERSION = "1"
RADIUS = 3
"""Patches are 2 * RADIUS + 1 px a side."""
WORKED_PX = 720
"""Longest side of the raster on which patches are looked for; the full picture follows their matches."""
COARSEST_PX = 44
ROUNDS, SEARCHES = 5, 4
"""Votes a level at the coarsest (one less at each finer one, two at least), and sweeps of the search before each."""
MOST = 0.6
"""A larger part of the picture cannot be made up from the rest."""
INWARD, KNOWN = 1.12, 3.0
"""How much less each pixel further inside the hole is believed, and how much more a pixel of the picture counts in a patch than one made up."""
FAR = 30.0
"""Squared code values a pixel that it costs a patch to come from a picture's height away, above or below: perspective changes with height."""


def fill(rgb: Codes, hole: Bools, label: Codes) -> Codes:
    """The picture without what is in the hole, uint8 [H, W, 3]; outside the hole it is the very picture.

    Args:
        rgb: uint8 [H, W, 3]; hole: bool [H, W]; label: uint8 [H, W], pixels of one number are made of pixels of that number.

    Raises:
        MediaError: when the hole is most of the picture, or nothing is left of a label that it needs.
    """
    import cv2

    if not hole.any():
        return rgb.copy()
    if float(hole.mean()) > MOST:
        raise MediaError(
            f"What is to be removed covers {float(hole.mean()):.0%} of the picture; wanted {MOST:.0%} at most. Bring a clean plate as a file."
        )
    height, width = hole.shape
    share = min(1.0, WORKED_PX / max(height, width))
    sizes = [(max(8, round(width * share)), max(8, round(height * share)))]
    while min(sizes[-1]) > COARSEST_PX:
        sizes.append((max(8, (sizes[-1][0] + 1) // 2), max(8, (sizes[-1][1] + 1) // 2)))
    matches: Matches | None = None
    picture = cv2.inpaint(rgb, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    now = picture.astype(np.float32)
    for depth, size in reversed(list(enumerate(sizes))):
        gone, numbers, source = _level(hole, label, size)
        trust = _trust(gone)
        coarse = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        now = np.where(gone[..., None], coarse, cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)).astype(np.float32)
        wanted = np.asarray(cv2.dilate(gone.astype(np.uint8), np.ones((2 * RADIUS + 1,) * 2, np.uint8)) > 0, np.bool_)
        matches = _started(source, wanted, numbers) if matches is None else _larger(matches, source, wanted, numbers)
        cost = np.full(gone.shape, np.inf, np.float32)
        for k in range(max(2, ROUNDS - (len(sizes) - 1 - depth))):
            cost[:] = np.inf
            _search(
                now,
                source,
                wanted,
                gone,
                numbers,
                matches,
                cost,
                SEARCHES,
                977 * depth + k + 1,
                FAR / gone.shape[0] ** 2,
            )
            _vote(now, gone, wanted, matches, cost, trust)
        picture = np.rint(now).astype(np.uint8)
    assert matches is not None
    made = _followed(rgb, hole, label, matches, now)
    return np.where(hole[..., None], np.rint(np.clip(made, 0, 255)).astype(np.uint8), rgb)


def _trust(gone: Bools) -> NDArray[np.float32]:
    """How far a patch is believed by the depth of its middle in the hole, float32 [H, W]."""
    import cv2

    deep = cv2.distanceTransform(gone.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.power(np.float32(INWARD), -np.minimum(deep, 200)), np.float32)


def _level(hole: Bools, label: Codes, size: tuple[int, int]) -> tuple[Bools, Codes, Bools]:
    """Hole, labels and where whole patches of the picture have their middles, on a raster."""
    import cv2

    gone = np.asarray(cv2.resize(hole.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 0, np.bool_)
    numbers = np.asarray(cv2.resize(label, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    edge = np.pad(gone[1:-1, 1:-1].astype(np.uint8), 1, constant_values=0)
    reach = cv2.dilate(edge | gone.astype(np.uint8), np.ones((2 * RADIUS + 1,) * 2, np.uint8)) == 0
    source = np.zeros_like(gone)
    r = min(RADIUS, (min(gone.shape) - 1) // 2)
    source[r : gone.shape[0] - r, r : gone.shape[1] - r] = reach[r : gone.shape[0] - r, r : gone.shape[1] - r]
    for number in np.unique(numbers[gone]):
        if not (source & (numbers == number)).any():
            if not source.any():
                raise MediaError(
                    "Too little of the picture is left to fill the hole from; bring a clean plate as a file."
                )
            numbers = np.where(numbers == number, np.uint8(numbers[source].max()), numbers).astype(np.uint8)
    return gone, numbers, source


def _started(source: Bools, wanted: Bools, numbers: Codes) -> Matches:
    """Random matches of the wanted pixels' own labels, int32 [H, W, 2]."""
    draw = np.random.Generator(np.random.Philox(key=7))
    out = np.zeros((*wanted.shape, 2), np.int32)
    for number in np.unique(numbers[wanted]):
        places = np.argwhere(source & (numbers == number))
        if not len(places):
            places = np.argwhere(source)
        at = wanted & (numbers == number)
        out[at] = places[draw.integers(0, len(places), int(at.sum()))]
    return out


def _larger(matches: Matches, source: Bools, wanted: Bools, numbers: Codes) -> Matches:
    """The matches of a coarser raster on a finer one; what is no source there is drawn anew."""
    h, w = wanted.shape
    up = np.array([h / matches.shape[0], w / matches.shape[1]])
    rows = np.minimum((np.arange(h) / up[0]).astype(int), matches.shape[0] - 1)
    columns = np.minimum((np.arange(w) / up[1]).astype(int), matches.shape[1] - 1)
    coarse = matches[rows][:, columns]
    inner = np.stack(np.meshgrid(np.arange(h) - rows * up[0], np.arange(w) - columns * up[1], indexing="ij"), axis=-1)
    out = np.rint(coarse * up + inner).astype(np.int32)
    out = np.clip(out, 0, np.array([h - 1, w - 1], np.int32))
    fresh = _started(source, wanted, numbers)
    sound = source[out[..., 0], out[..., 1]] & (numbers[out[..., 0], out[..., 1]] == numbers)
    return np.where(sound[..., None], out, fresh).astype(np.int32)


@numba.njit(cache=True, boundscheck=False)
def _search(
    now: NDArray[np.float32], source: Bools, wanted: Bools, gone: Bools, numbers: Codes, matches: Matches, cost: NDArray[np.float32],
    sweeps: int, seed: int, far: float,
) -> None:  # fmt: skip
    """Improves matches and their costs in place: what suits a neighbour, and random places ever closer to the best so far."""
    h, w = wanted.shape
    state = np.uint32(seed * 2654435761 + 1)
    for sweep in range(sweeps):
        forward = sweep % 2 == 0
        step = 1 if forward else -1
        for i in range(h):
            y = i if forward else h - 1 - i
            for j in range(w):
                x = j if forward else w - 1 - j
                if not wanted[y, x]:
                    continue
                by, bx = matches[y, x, 0], matches[y, x, 1]
                best = cost[y, x]
                if best == np.inf:
                    best = _distance(now, gone, y, x, by, bx, best, far)
                for k in range(2):
                    ny, nx = (y - step, x) if k == 0 else (y, x - step)
                    if 0 <= ny < h and 0 <= nx < w and wanted[ny, nx]:
                        cy, cx = matches[ny, nx, 0] + y - ny, matches[ny, nx, 1] + x - nx
                        if 0 <= cy < h and 0 <= cx < w and source[cy, cx] and numbers[cy, cx] == numbers[y, x]:
                            d = _distance(now, gone, y, x, cy, cx, best, far)
                            if d < best:
                                best, by, bx = d, cy, cx
                reach = max(h, w)
                while reach >= 1:
                    state ^= np.uint32(state << np.uint32(13))
                    state ^= np.uint32(state >> np.uint32(17))
                    state ^= np.uint32(state << np.uint32(5))
                    cy = by + int(state % np.uint32(2 * reach + 1)) - reach
                    state ^= np.uint32(state << np.uint32(13))
                    state ^= np.uint32(state >> np.uint32(17))
                    state ^= np.uint32(state << np.uint32(5))
                    cx = bx + int(state % np.uint32(2 * reach + 1)) - reach
                    if 0 <= cy < h and 0 <= cx < w and source[cy, cx] and numbers[cy, cx] == numbers[y, x]:
                        d = _distance(now, gone, y, x, cy, cx, best, far)
                        if d < best:
                            best, by, bx = d, cy, cx
                    reach //= 2
                matches[y, x, 0], matches[y, x, 1], cost[y, x] = by, bx, best


@numba.njit(cache=True, boundscheck=False)
def _distance(
    now: NDArray[np.float32], gone: Bools, y: int, x: int, cy: int, cx: int, best: float, far: float
) -> float:
    """Mean squared difference of two patches, with a price for height; given up when it passes `best`."""
    h, w = now.shape[0], now.shape[1]
    count = 0.0
    for dy in range(-RADIUS, RADIUS + 1):
        ay = min(max(y + dy, 0), h - 1)
        for dx in range(-RADIUS, RADIUS + 1):
            count += 1.0 if gone[ay, min(max(x + dx, 0), w - 1)] else KNOWN
    count *= 3
    total = far * (y - cy) * (y - cy) * count
    limit = best * count
    for dy in range(-RADIUS, RADIUS + 1):
        if total > limit:
            return np.inf
        ay, sy = min(max(y + dy, 0), h - 1), min(max(cy + dy, 0), h - 1)
        for dx in range(-RADIUS, RADIUS + 1):
            ax, sx = min(max(x + dx, 0), w - 1), min(max(cx + dx, 0), w - 1)
            off = 0.0
            for c in range(3):
                d = now[ay, ax, c] - now[sy, sx, c]
                off += d * d
            total += off if gone[ay, ax] else KNOWN * off
    return total / count


@numba.njit(cache=True, boundscheck=False)
def _vote(
    now: NDArray[np.float32],
    gone: Bools,
    wanted: Bools,
    matches: Matches,
    cost: NDArray[np.float32],
    trust: NDArray[np.float32],
) -> None:
    """Each pixel of the hole becomes what the patches over it say, the better ones louder; in place."""
    h, w = gone.shape
    before = now.copy()
    for y in range(h):
        for x in range(w):
            if not gone[y, x]:
                continue
            least = np.inf
            for dy in range(-RADIUS, RADIUS + 1):
                for dx in range(-RADIUS, RADIUS + 1):
                    py, px = y + dy, x + dx
                    if 0 <= py < h and 0 <= px < w and wanted[py, px]:
                        least = min(least, cost[py, px])
            total, r, g, b = 0.0, 0.0, 0.0, 0.0
            for dy in range(-RADIUS, RADIUS + 1):
                for dx in range(-RADIUS, RADIUS + 1):
                    py, px = y + dy, x + dx
                    if not (0 <= py < h and 0 <= px < w and wanted[py, px]):
                        continue
                    sy, sx = matches[py, px, 0] - dy, matches[py, px, 1] - dx
                    if not (0 <= sy < h and 0 <= sx < w) or gone[sy, sx]:
                        continue
                    weight = trust[py, px] * np.exp(-(cost[py, px] - least) / (0.25 * least + 20.0))
                    total += weight
                    r += weight * before[sy, sx, 0]
                    g += weight * before[sy, sx, 1]
                    b += weight * before[sy, sx, 2]
            if total > 0:
                now[y, x, 0], now[y, x, 1], now[y, x, 2] = r / total, g / total, b / total


def _followed(
    rgb: Codes, hole: Bools, label: Codes, matches: Matches, coarse: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The full picture filled from where the matches of a coarser one point, its tones brought to those around the hole."""
    import cv2

    height, width = hole.shape
    gone, numbers, source = _level(hole, label, (width, height))
    band = np.asarray(cv2.dilate(gone.astype(np.uint8), np.ones((2 * RADIUS + 1,) * 2, np.uint8)) > 0, np.bool_)
    fine = _larger(matches, source, band, numbers)
    large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    now = np.where(gone[..., None], large, rgb.astype(np.float32)).astype(np.float32)
    cost, trust = np.full(gone.shape, np.inf, np.float32), _trust(gone)
    _search(now, source, band, gone, numbers, fine, cost, 1, 1, FAR / height**2)
    _vote(now, gone, band, fine, cost, trust)
    # What the patches would have the rim of the picture be differs from what it is: by so much the fill is off, too.
    rim = band & ~gone
    there = rgb.astype(np.float32)
    meant = there[fine[..., 0], fine[..., 1]]
    off = spread(np.where(rim[..., None], there - meant, 0).astype(np.float32), rim.astype(np.float32))
    soft = np.clip(cv2.GaussianBlur(off, (0, 0), 2.0), -60, 60)
    return np.where(gone[..., None], now + soft, now)
