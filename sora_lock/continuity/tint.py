"""Colour of each part of a registered subject, against what light can do to all of them.

Place in the path: beneath the looks at a registered subject. In ln R/G and ln B/G a frame shows `share * R + light`: R is the lock's own chromaticity there,
the share is what haze, grade and gloss leave of it, and light is smooth in space, over the directions that surfaces face, and over how brightly they are lit; it
knows nothing of parts. So a part's colour is told where it meets others, and by its own pattern. Light, share and what parts lie off by themselves are
one Gaussian field (kriging; Rasmussen and Williams 2006, chapter 2), whose scale is what is left over in this very frame: every answer carries its own doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb, srgb_from_linear
from sora_lock.continuity.chroma import FLOOR, colours_of
from sora_lock.continuity.plates import LUMA, Bools, Floats, numbers_of
from sora_lock.continuity.sight import Sight, Told
from sora_lock.records import Lock

Matrix = NDArray[np.float64]

BORDER_PX = 5
"""Side of a window in which all must be of one part: colours are means over windows, at a border of both parts."""
LEAST_MATCH = 0.1
"""Agreement of structure below which a pixel's colour says nothing: something else is there."""
CELLS, LEAST_CELL_PX, LEAST_CELLS = 110, 12, 4
"""About how many cells a frame is cut into, their least side, and how few are too few."""
LEAST_SAMPLES, PICKED = 14, 16
"""Pixels that a cell must show of a part, and how many of them are turned in hue."""
TURNS_DEG = (-60.0, -30.0, -15.0, 15.0, 30.0, 60.0)
"""Turns of hue that are asked about."""
LEAST_TURN_DEG = 15.0
"""The turn that must not be missed: what cannot tell it from none is not seen."""
LEAST_SATURATION = 0.12
"""Saturation (HLS) that a grey takes on when its hue is turned."""
USUAL_SHARE, SHARE_SPREAD, UNEVEN_SHARE = 0.85, 0.25, 0.15
"""Share of the lock's chromaticity that a frame usually keeps, how far frames lie from it, and places within one frame."""
GLOSS = 0.03
"""Reflectance that gloss adds at most, of the light's colour: of what is as dark it takes half of the chromaticity."""
LEAST_SHARE, MOST_SHARE = 0.1, 1.1
"""Between which the share is believed."""
AMOUNTS = 0.5, 1.25
"""Of a turn, as a channel shows it: light and film bend colours, so that a turn does not come out as it went in."""
ANY_LIGHT, BY_DIRECTION = 3.0, 0.3
"""Spread of the light's own colour, and of its change from one direction to the opposite."""
FAR, NEAR, LIT = 0.8, 0.15, 0.5
"""Reach of the light's changes: in space, as parts of the subject's distance, slow and quick; and in ln of how brightly a place is lit."""
NEAR_FACING = 0.4
"""The quick changes' reach over directions, as 1 less the cosine between two; the slow ones' is 1."""
GRAIN, GRAIN_SAMPLES = 0.03, 12.0
"""Spread of a cell's colour from grain, at so many pixels."""
DOUBT_CELLS = 6.0
"""Cells' worth of belief that the spreads below are right as they stand."""
LEAST_TELLING = 1.0
"""Worth of a turn by LEAST_TURN_DEG below which nothing is said of a part: it would not show."""
PLAINLY = 3.0
"""Doubts from which it is told all the same."""
MOST_CELLS = 0.9
"""Part of all cells above which a part is all that shows: there is nothing to compare it with."""
BESIDE, MOST_BESIDE = 1000, 60
"""First number of the parts that stand beside a subject, and how many of their cells count, the nearest."""
ODD, SMALL = 3.0, 0.12
"""Doubts off from which a part that has less than so much of all cells is no reference for the others: gloss and glass show what is around them."""


@dataclass(frozen=True)
class Light:
    """One way in which light may vary; spreads in natural logarithms.

    Attributes:
        far, near: over space, slowly and quickly.
        lit: with how brightly a place is lit.
        part: of whole parts, by gloss and by what an atlas does not say.
        odd: of single cells.
    """

    far: float
    near: float
    lit: float
    part: float
    odd: float


LIGHTS = (
    Light(0.10, 0.03, 0.0, 0.05, 0.02), Light(0.30, 0.03, 0.0, 0.05, 0.02), Light(0.10, 0.10, 0.0, 0.05, 0.03), Light(0.30, 0.15, 0.10, 0.05, 0.05),
    Light(0.10, 0.03, 0.15, 0.05, 0.02), Light(0.30, 0.05, 0.30, 0.05, 0.03), Light(0.05, 0.02, 0.05, 0.10, 0.02), Light(0.15, 0.10, 0.10, 0.10, 0.05),
    Light(0.30, 0.30, 0.10, 0.10, 0.10),
)  # fmt: skip
"""Ways that are tried: for each part the likeliest one counts, whatever the part itself shows. Their scale is the frame's own."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Pieces of parts, N of them.

    Attributes:
        part: [N] region numbers.
        seen, own: [N, 2] ln R/G and ln B/G of frame and lock.
        turned: [T, N, 2], what each of TURNS_DEG adds to `own`.
        place: [N, 3] in the camera's space, metres.
        normal: [N, 3] directions they face, there.
        gloss: [N], how much of the chromaticity gloss may take.
        lit: [N] ln of the frame's luma over the lock's.
        count: [N] pixels.
        far_m: the subject's middle distance from the camera.
    """

    part: NDArray[np.int64]
    seen: Matrix
    own: Matrix
    turned: Matrix
    place: Matrix
    normal: Matrix
    gloss: Matrix
    lit: Matrix
    count: Matrix
    far_m: float = 1.0

    def only(self, keep: Bools) -> Cells:
        """Some of them."""
        own = {k: getattr(self, k)[keep] for k in _BY_CELL}
        return Cells(turned=self.turned[:, keep], far_m=self.far_m, **own)

    def beside(self, others: Cells) -> Cells:
        """These and the nearest of something else in the same frame and light; its parts are numbered from BESIDE on."""
        away = np.linalg.norm(others.place - np.median(self.place, axis=0), axis=1)
        near = away < self.far_m
        near[np.argsort(away, kind="stable")[MOST_BESIDE:]] = False
        some = others.only(near)
        some = replace(some, part=some.part + BESIDE)
        both = {k: np.concatenate([getattr(self, k), getattr(some, k)]) for k in _BY_CELL}
        return Cells(turned=np.concatenate([self.turned, some.turned], axis=1), far_m=self.far_m, **both)


_BY_CELL = ("part", "seen", "own", "place", "normal", "gloss", "lit", "count")


@dataclass(frozen=True)
class Tint:
    """What a frame says of one part's colour.

    Attributes:
        off: how far it lies from where the light of all others would put it, in doubts.
        lead: how much likelier it is turned in hue than not, as the standard deviations that a likelihood ratio is worth (sqrt of twice its
            logarithm); negative where it is likelier not.
        telling: what `lead` a turn by LEAST_TURN_DEG would be about.
        cells: part of all cells that are its own.
    """

    off: float
    lead: float
    telling: float
    cells: float

    @property
    def worst(self) -> float:
        """The larger of the two, in doubts."""
        return max(self.off, self.lead)

    @property
    def sure(self) -> bool:
        """Whether a drift of it would show, or does."""
        return self.cells <= MOST_CELLS and (self.telling >= LEAST_TELLING or self.worst > PLAINLY)

    def less(self, other: Tint) -> Tint:
        """What both allow."""
        return replace(self, off=min(self.off, other.off), lead=min(self.lead, other.lead))


def hue_turned(linear: Floats, degrees: float) -> Floats:
    """Linear colours [..., 3] with their HLS hue turned, lightness kept; greys take on LEAST_SATURATION."""
    import cv2

    flat = srgb_from_linear(linear.reshape(1, -1, 3).astype(np.float32))
    hls = cv2.cvtColor(np.clip(flat, 0, 1).astype(np.float32), cv2.COLOR_RGB2HLS)
    hls[..., 0] = (hls[..., 0] + degrees) % 360
    hls[..., 2] = np.maximum(hls[..., 2], LEAST_SATURATION)
    rgb = np.clip(cv2.cvtColor(hls, cv2.COLOR_HLS2RGB), 0, 1).astype(np.float32)
    return linear_from_srgb(rgb).reshape(linear.shape)


def cells_of(sight: Sight, usable: Bools) -> Cells | None:
    """A frame's cells; None where it shows too few.

    Args:
        usable: bool [h, w], pixels of the subject that are what the lock says they are.
    """
    import cv2

    cast = sight.cast
    colours, counts = colours_of(cast.linear, sight.rgb, usable)
    kernel = np.ones((BORDER_PX, BORDER_PX), np.uint8)
    counts = counts & (cv2.erode(cast.regions, kernel) == cv2.dilate(cast.regions, kernel))
    rows, columns = np.nonzero(counts)
    if not len(rows):
        return None
    side = max(LEAST_CELL_PX, int(np.sqrt(len(rows) / CELLS)))
    seen = linear_from_srgb(sight.rgb) @ LUMA
    lit = cv2.blur((np.log(seen + 0.002) - np.log(cast.linear @ LUMA + 0.01)).astype(np.float32), (7, 7))
    part = cast.regions[rows, columns].astype(np.int64)
    # on the whole frame's grid, however it was cut: a figure that walks is cut otherwise in each frame
    left, top = (round(o / sight.scale) for o in sight.origin)
    cell = (part * 4096 + (rows + top) // side) * 4096 + (columns + left) // side
    order = np.argsort(cell, kind="stable")
    begins = np.flatnonzero(np.diff(cell[order], prepend=-1))
    sizes = np.diff(begins, append=len(order))
    whole = sizes >= LEAST_SAMPLES
    begins, sizes = begins[whole], sizes[whole]
    if len(begins) < LEAST_CELLS:
        return None

    inside = np.concatenate([order[b : b + n] for b, n in zip(begins, sizes, strict=True)])
    firsts = np.cumsum(sizes) - sizes
    at = rows[inside], columns[inside]
    values = colours[at].astype(np.float64)
    every = np.concatenate([values[:, 2:], cast.normals[at], lit[at][:, None]], axis=1)
    mean = np.add.reduceat(every, firsts) / sizes[:, None]
    own, normal = mean[:, :2], mean[:, 2:5]
    # the median of the light, not of the colours: a pattern's colours have no middle
    middling = np.concatenate([values[:, :2] - USUAL_SHARE * values[:, 2:], cast.points[at]], axis=1)
    middle = np.array([np.median(piece, axis=0) for piece in np.split(middling, firsts[1:])])
    turn = np.asarray(cast.camera.rotation)
    light, place = middle[:, :2], (middle[:, 2:] - np.asarray(cast.camera.position_m)) @ turn.T
    normal = (normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-6)[:, None]) @ turn.T
    some = firsts[:, None] + (np.linspace(0, 1, PICKED) * (sizes[:, None] - 1)).astype(np.int64)
    pixels = cast.linear[at][some]
    before = _chromaticity(pixels)
    turned = np.stack([_chromaticity(hue_turned(pixels, d)) - before for d in TURNS_DEG])
    gloss = GLOSS / (GLOSS + pixels.mean(axis=1).astype(np.float64) @ LUMA)
    return Cells(
        part[order[begins]], light + USUAL_SHARE * own, own, turned, place, normal, gloss, mean[:, 5],
        sizes.astype(np.float64), float(np.median(cast.depth[counts])),
    )  # fmt: skip


def plain(sight: Sight) -> Bools:
    """Pixels of a set, bool [h, w], that are what the lock says: nothing that it does not know of stands there."""
    return np.asarray(sight.firm & (sight.match > LEAST_MATCH))


def _chromaticity(pixels: Floats) -> Matrix:
    """ln R/G and ln B/G [N, 2] of means of linear pixels [N, P, 3]."""
    log = np.log(pixels.mean(axis=1).astype(np.float64) + FLOOR)
    return np.stack([log[:, 0] - log[:, 1], log[:, 2] - log[:, 1]], axis=1)


def tints(cells: Cells, wanted: Sequence[int]) -> dict[int, Tint]:
    """Region number -> what is said of its colour, for those of `wanted` that show, where others show beside them."""
    told = _told(cells)
    odd = [k for k, t in told.items() if t.off > ODD and t.cells < SMALL]
    rest = ~np.isin(cells.part, odd)
    if odd and rest.any():
        told |= _told(cells.only(rest))
    worst = max(told, key=lambda k: told[k].worst, default=0)
    if worst and told[worst].worst > PLAINLY:
        # one part's drift bends the light that the others are held against: without it they are asked once more
        again = _told(cells.only(rest & (cells.part != worst)))
        told = {k: t if k == worst else t.less(again[k]) for k, t in told.items() if k == worst or k in again}
    return {k: told[k] for k in wanted if k in told}


def _told(cells: Cells) -> dict[int, Tint]:
    """Every part against all others, each under the light that is likeliest for the others."""
    from scipy.linalg import cholesky, solve_triangular

    parts, n = sorted(set(cells.part.tolist())), len(cells.part)
    if len(parts) < 2:
        return {}
    apart = ((cells.place[:, None] - cells.place[None]) ** 2).sum(axis=2) / cells.far_m**2
    facing = cells.normal @ cells.normal.T
    far = np.exp(-apart / (2 * FAR**2) - (1 - facing))
    near = np.exp(-apart / (2 * NEAR**2) - (1 - facing) / NEAR_FACING)
    alike = np.exp(-((cells.lit[:, None] - cells.lit[None]) ** 2) / (2 * LIT**2))
    same = (cells.part[:, None] == cells.part[None]).astype(np.float64)
    mine = (cells.part[:, None] == np.asarray(parts)[None]).astype(np.float64)
    grain = GRAIN**2 * GRAIN_SAMPLES / np.maximum(cells.count, GRAIN_SAMPLES)
    glossy = np.outer(cells.gloss, cells.gloss) * same
    fixed = ANY_LIGHT**2 + BY_DIRECTION**2 * facing
    # what is asked of each channel: the share, each part's offset, each part's turns
    asked = [
        np.concatenate([cells.own[:, c, None], mine, *(mine * turn[:, c, None] for turn in cells.turned)], axis=1)
        for c in (0, 1)
    ]
    best: dict[int, tuple[float, Tint]] = {}
    for light in LIGHTS:
        left, spread = 0.0, 0.0
        weights, sums = [], []
        for c in (0, 1):
            own = np.outer(cells.own[:, c], cells.own[:, c])
            field = fixed + own * (SHARE_SPREAD**2 + UNEVEN_SHARE**2 * far + glossy)
            field += light.far**2 * far + light.near**2 * near + light.lit**2 * alike + light.part**2 * same
            field[np.diag_indices(n)] += light.odd**2 + grain
            root = cholesky(field, lower=True, check_finite=False)
            rest = cells.seen[:, c] - USUAL_SHARE * cells.own[:, c]
            white = solve_triangular(root, np.column_stack([rest, asked[c]]), lower=True, check_finite=False)
            left += float(white[:, 0] @ white[:, 0])
            spread += 2 * float(np.log(np.diag(root)).sum())
            weights.append((white[:, 1:] ** 2).sum(axis=0))
            sums.append(white[:, 1:].T @ white[:, 0])
        whole = _Field(left, spread, np.stack(weights), np.stack(sums), len(parts), 2 * n - 2)
        for i, k in enumerate(parts):
            likely, tint = whole.part(i)
            if k not in best or likely > best[k][0]:
                best[k] = likely, replace(tint, cells=float(mine[:, i].mean()))
    return {k: tint for k, (_, tint) in best.items()}


@dataclass(frozen=True, eq=False)
class _Field:
    """What one light leaves of all cells together.

    Attributes:
        left: what it leaves, in its own spreads, squared and summed.
        spread: logarithm of the determinant of its covariance.
        weights, sums: [2, 1 + P + T * P], of what is asked with itself and with what is left, channel by channel.
        parts, values: how many parts there are, and values less those that a part's own offset takes.
    """

    left: float
    spread: float
    weights: Matrix
    sums: Matrix
    parts: int
    values: int

    @property
    def share(self) -> float:
        """Share of the lock's chromaticity that the frame has kept."""
        known = 1 - SHARE_SPREAD**2 * self.weights[:, 0]
        told = float((self.sums[:, 0] / known).sum()) / (
            float((self.weights[:, 0] / known).sum()) + 1 / SHARE_SPREAD**2
        )
        return float(np.clip(USUAL_SHARE + told, LEAST_SHARE, MOST_SHARE))

    def part(self, i: int) -> tuple[float, Tint]:
        """How likely all but a part's own colour is, and what is said of the part."""
        weight, total = self.weights[:, 1 + i], self.sums[:, 1 + i]
        explained = float((total**2 / weight).sum())
        scale = (self.left - explained + DOUBT_CELLS) / (self.values + DOUBT_CELLS)
        likely = -0.5 * (self.values + DOUBT_CELLS) * np.log(scale) - 0.5 * (self.spread + float(np.log(weight).sum()))
        share = self.share
        weight = self.weights[:, 1 + i + self.parts :: self.parts] * share**2
        total = self.sums[:, 1 + i + self.parts :: self.parts] * share
        much = np.clip(total / np.maximum(weight, 1e-9), *AMOUNTS)
        ratios = (much * total - 0.5 * much**2 * weight).sum(axis=0)
        scales = (self.left - 2 * np.maximum(ratios, 0) + DOUBT_CELLS) / (self.values + DOUBT_CELLS)
        ratio = float((ratios / scales).max())
        least = [t for t, d in enumerate(TURNS_DEG) if abs(d) == LEAST_TURN_DEG]
        telling = float(np.sqrt(weight[:, least].sum(axis=0) / min(scale, scales.min())).min())
        lead = float(np.sign(ratio) * np.sqrt(2 * abs(ratio)))
        return float(likely), Tint(float(np.sqrt(explained / scale)), lead, telling, 0.0)


def of_parts(
    lock: Lock, attributes: Sequence[str], sight: Sight, usable: Bools, frame: int, others: Cells | None = None
) -> Iterator[Told]:
    """The colour measures of the parts of some attributes in one frame: "tint" (`Tint.off`) and "hue" (`Tint.lead`).

    Args:
        others: what else stands there in the same light, for the parts to be told against as well.
    """
    cells = None if sight.grey else cells_of(sight, usable)
    if cells is None:
        return
    if others is not None:
        cells = cells.beside(others)
    numbers = {a: numbers_of(lock.regions, a) for a in attributes}
    told = tints(cells, sorted({k for of in numbers.values() for k in of}))
    for attribute, of in numbers.items():
        for k in of:
            if k not in told or not told[k].sure:
                continue
            part = sight.cast.regions == k
            name = lock.regions[k - 1].name
            for kind, value in (("tint", told[k].off), ("hue", told[k].lead)):
                yield Told(attribute, kind, name, frame, value, sight.box(part), f"colour of {name}", sight, part)
