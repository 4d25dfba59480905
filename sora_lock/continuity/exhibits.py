"""What a person is shown of a finding: the lock beside the frame, and where in the frame the two differ.

Place in the path: the judges' last step, after verdict; shoot and `judged` keep the pictures, the inspector and the report show them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sora_lock.continuity.locate import Fit
from sora_lock.continuity.parts import log_colours
from sora_lock.continuity.plates import LUMA, Bools, Codes, Floats
from sora_lock.continuity.thresholds import SCORE
from sora_lock.records import Finding

TALL_PX, WIDE_PX = 320, 480
"""Most height and width of a tile."""
GAP_PX, GAP_CODE = 6, 20
HOT = np.array([255, 108, 28], np.float32)
"""Colour of drift, code values."""
DIM = 0.62
"""Of the frame beneath a drift map, whose own colours would be taken for drift."""


@dataclass(frozen=True)
class Exhibit:
    """The pictures of one finding, PNG.

    Attributes:
        evidence: the lock, and beside it the frame.
        drift_map: the same part of the frame in grey, hot where it is not what the lock would show.
    """

    evidence: bytes
    drift_map: bytes


def named(finding: Finding, exhibit: Exhibit | None, keep: Callable[[bytes], str]) -> Finding:
    """The finding with its pictures by digest; `keep` stores one and returns its SHA-256."""
    if exhibit is None:
        return finding
    return replace(finding, evidence_sha256=keep(exhibit.evidence), map_sha256=keep(exhibit.drift_map))


def exhibit(pair: Sequence[Codes], heated: Codes) -> Exhibit:
    """Tiles as they are, uint8 [h, w, 3] each, as pictures: `pair` side by side, `heated` alone."""
    tall = max(tile.shape[0] for tile in pair)
    full = [np.pad(t, ((0, tall - t.shape[0]), (0, 0), (0, 0)), constant_values=GAP_CODE) for t in pair]
    gap = np.full((tall, GAP_PX, 3), GAP_CODE, np.uint8)
    return Exhibit(_png(np.hstack([full[0], gap, full[1]])), _png(heated))


def zoomed(rgb: Codes) -> Codes:
    """A crop, uint8 [h, w, 3], as large as a tile may be."""
    import cv2

    zoom = min(TALL_PX / rgb.shape[0], WIDE_PX / rgb.shape[1])
    size = (max(1, round(rgb.shape[1] * zoom)), max(1, round(rgb.shape[0] * zoom)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC), np.uint8)


def heated(rgb: Codes, heat: Floats, score: float) -> Codes:
    """A crop with its drift map laid over.

    Args:
        rgb: uint8 [h, w, 3].
        heat: float32 [h, w], any unit, 0 or more.
        score: 0..1, of this frame: the hottest place is full at the limit or below, and fainter the better it held; it is not the noise that is drawn large.
    """
    full = float(np.clip((1 - score) / (1 - SCORE), 0, 1))
    share = np.clip(heat / max(float(heat.max()), 1e-6), 0, 1)[..., None] * np.float32(full)
    grey = (rgb.astype(np.float32) @ LUMA)[..., None] * DIM
    out: Codes = np.rint(grey * (1 - share) + HOT * share).astype(np.uint8)
    return out


def of_pictures(fit: Fit, seen: Bools, box: tuple[int, int, int, int], score: float) -> Exhibit:
    """The pictures of what was compared with an anchor: the region is outlined in both.

    Args:
        seen: bool [h, w] on the anchor's grid, what was compared.
        box: of it, (x0, y0, x1, y1) frame px.
        score: 0..1, of this frame.
    """
    import cv2

    rows, columns = np.nonzero(seen)
    pad = 6
    k = 1 / fit.plate.scale
    r0, r1 = max(0, rows.min() - pad), min(seen.shape[0], rows.max() + pad + 1)
    c0, c1 = max(0, columns.min() - pad), min(seen.shape[1], columns.max() + pad + 1)
    ax0, ay0 = int(c0 * k), int(r0 * k)
    alpha = fit.plate.alpha[..., None].astype(np.float32) / 255
    whole = (fit.plate.rgb * alpha + 44 * (1 - alpha)).astype(np.uint8)
    anchor = whole[ay0 : int(np.ceil(r1 * k)), ax0 : int(np.ceil(c1 * k))]
    m = int(pad * fit.scale) + 2
    fx0, fy0 = max(0, box[0] - m), max(0, box[1] - m)
    frame = fit.frame.rgb[fy0 : box[3] + m, fx0 : box[2] + m]
    outlines, _ = cv2.findContours(seen.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    tiles = []
    for which, crop in enumerate((anchor, frame)):
        tile = zoomed(crop)
        zoom = tile.shape[0] / crop.shape[0]
        for line in outlines:
            if len(line) < 12:
                continue
            p = line[:, 0]
            if which == 0:
                at = (p + 0.5) * k - 0.5 - np.array([ax0, ay0])
            else:
                at = np.stack([fit.x[p[:, 1], p[:, 0]], fit.y[p[:, 1], p[:, 0]]], axis=1) - np.array([fx0, fy0])
            at = (at + 0.5) * zoom - 0.5
            cv2.polylines(tile, [np.rint(at * 8).astype(np.int32)], True, (255, 176, 32), 1, cv2.LINE_AA, 3)
        tiles.append(tile)
    heat = _in_the_frame(fit, drift(fit, seen), (fx0, fy0), frame.shape[:2])
    return exhibit(tiles, zoomed(heated(frame, heat, score)))


def drift(fit: Fit, seen: Bools) -> Floats:
    """How far the frame is from the anchor, in natural logarithms, float32 [h, w] on the grid; 0 outside `seen`.

    Detail is compared at the contrast that the frame has kept, colour against the light that lies on most regions, however large the one that drifted.
    """
    import cv2

    strength = float(fit.plate.signal[fit.seen].std())
    kept = float(np.clip(fit.signal[fit.seen].std() / max(strength, 1e-4), 0.3, 1.5))
    layers = log_colours(fit.rgb, fit.plate.linear, fit.seen, grey=False)
    apart = layers[..., 1:3] - layers[..., 4:6]
    regions = [fit.seen & (fit.plate.regions == k) for k in np.unique(fit.plate.regions[fit.seen])]
    apart = apart - np.median([np.median(apart[region], axis=0) for region in regions], axis=0)
    rest = np.sqrt((fit.signal - np.float32(kept) * fit.plate.signal) ** 2 + (apart**2).sum(axis=-1))
    out: Floats = cv2.GaussianBlur(rest.astype(np.float32) * seen, (0, 0), 2.0) * seen
    return out


def _in_the_frame(fit: Fit, heat: Floats, origin: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """A map on the anchor's grid, brought to a crop of the frame: float32 of `shape`, its corner at `origin` (x, y) px."""
    import cv2

    cell = max(1.0, 1.5 * fit.scale)  # wider than the grid's step in the frame, so that no gaps are left
    size = (max(1, int(np.ceil(shape[0] / cell))), max(1, int(np.ceil(shape[1] / cell))))
    rows = np.floor((fit.y + 0.5 - origin[1]) / cell).astype(int)
    columns = np.floor((fit.x + 0.5 - origin[0]) / cell).astype(int)
    inside = (rows >= 0) & (rows < size[0]) & (columns >= 0) & (columns < size[1])
    total, count = np.zeros(size, np.float32), np.zeros(size, np.float32)
    np.add.at(total, (rows[inside], columns[inside]), heat[inside])
    np.add.at(count, (rows[inside], columns[inside]), 1.0)
    mean = total / np.maximum(count, 1.0)
    return np.asarray(cv2.resize(mean, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _png(rgb: Codes) -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", np.ascontiguousarray(rgb[..., ::-1]))[1].tobytes())
