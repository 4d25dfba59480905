"""From measures over frames to a verdict on each attribute, with the evidence.

Place in the path: the last step for subjects that were registered. A measure's middle value over the frames decides, so that one odd frame is no drift; its
threshold comes from the file that calibration wrote.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sora_lock.continuity.exhibits import Exhibit, exhibit, heated, zoomed
from sora_lock.continuity.plates import Floats
from sora_lock.continuity.sight import Told
from sora_lock.continuity.thresholds import SCORE
from sora_lock.records import Finding, Status

FILE = Path(__file__).with_name("calibrated.json")
"""Thresholds by "attribute kind", and what they reached; written by `python -m benchmarks.continuity_rates --calibrate`."""


@cache
def calibration() -> Mapping[str, Any]:
    """What calibration wrote: "limits", and the number of "takes" they were set on."""
    told: Mapping[str, Any] = json.loads(FILE.read_text())
    return told


def limits() -> Mapping[str, float]:
    """Measure ("props gone") -> value above which it is drift."""
    told: Mapping[str, float] = calibration()["limits"]
    return told


def score(value: float, limit: float) -> float:
    """0..1, higher is better, 0.5 at the limit; 1 at a measure of 0 or below."""
    if value <= 0:
        return 1.0
    return 1.0 - 0.5 * value / limit if value < limit else 0.5 * limit / value


def over_frames(tells: Iterable[Told], frames: int) -> dict[tuple[str, str, str], tuple[float, Told]]:
    """(attribute, kind, thing) -> its middle value over a clip (the better one of two) and the frame where it is worst.

    What was told in fewer than half of the frames that showed the subject is left out: something hid it, and what hid it may still.
    """
    by: dict[tuple[str, str, str], list[Told]] = defaultdict(list)
    for t in tells:
        by[t.attribute, t.kind, t.thing].append(t)
    out = {}
    for key, seen in by.items():
        if 2 * len(seen) < frames:
            continue
        values = sorted(t.value for t in seen)
        out[key] = values[(len(values) - 1) // 2], max(seen, key=lambda t: t.value)
    return out


def finding(
    label: str,
    attribute: str,
    policy: str,
    measured: Mapping[tuple[str, str, str], tuple[float, Told]],
    share: str,
    tells: Iterable[Told],
) -> tuple[Finding, Exhibit | None] | None:
    """The verdict on one attribute, and its pictures; None when nothing was measured of it.

    Args:
        label: "face of @mara".
        measured: `over_frames`.
        share: in how many frames it was seen, in words.
        tells: what `measured` was made of; the measure that decides gives the curve.
    """
    known = limits()
    rated = [
        (score(value, known[f"{a} {kind}"]), kind, told)
        for (a, kind, _), (value, told) in measured.items()
        if a == attribute and f"{a} {kind}" in known
    ]
    if not rated:
        return None
    least, kind, told = min(rated, key=lambda r: r[0])
    status: Status = "flag" if least < SCORE and policy == "hold" else "pass"
    if status == "flag":
        words = (
            f"The {label} drifted ({told.what}); {least:.2f} where {SCORE:.2f} is wanted, worst in frame {told.frame}."
        )
    elif policy == "evolve":
        words = f"The {label} may evolve; measured {least:.2f} {share}."
    else:
        words = f"The {label} held: {least:.2f}, {share}."
    limit = known[f"{attribute} {kind}"]
    drawn = curve((t for t in tells if (t.attribute, t.kind, t.thing) == (attribute, kind, told.thing)), limit)
    shown = pictures(told, score(told.value, limit))
    return Finding(status, round(least, 4), told.frame, told.box, SCORE, None, words, drawn), shown


def curve(tells: Iterable[Told], limit: float) -> tuple[tuple[int, float], ...]:
    """(frame, score) of one measure, in order; the worst where a frame was told of twice."""
    by: dict[int, float] = {}
    for t in tells:
        by[t.frame] = min(by.get(t.frame, 1.0), round(score(t.value, limit), 4))
    return tuple(sorted(by.items()))


def drift_map(told: Told) -> Floats:
    """How far the frame is from what the lock would have shown, float32 [h, w] on the sight's raster.

    0 outside what was asked about, where it is dark or blown out, and where somebody stands before it: they are no drift of it.
    """
    import cv2

    sight = told.sight
    kept = float(np.clip(np.median(sight.kept[sight.clear]) if sight.clear.any() else 0.5, 0.3, 1.5))
    rest = np.sqrt(((sight.seen - np.float32(kept) * sight.own) ** 2).sum(axis=0))
    shown = sight.lit.astype(np.float32)
    out: Floats = cv2.GaussianBlur(rest.astype(np.float32) * shown, (0, 0), 4.0) * shown * told.where
    return out


def pictures(told: Told, rated: float) -> Exhibit:
    """The lock at the frame's camera beside the frame, and the drift map over the frame, cut to what was asked about; `rated` is the frame's score."""
    sight = told.sight
    rows, columns = np.nonzero(told.where)
    pad = 8
    h, w = told.where.shape
    crop = np.s_[
        max(0, rows.min() - pad) : min(h, rows.max() + 1 + pad),
        max(0, columns.min() - pad) : min(w, columns.max() + 1 + pad),
    ]
    pair = [zoomed(sight.cast.rgb[crop]), zoomed(sight.rgb[crop])]
    return exhibit(pair, zoomed(heated(sight.rgb[crop], drift_map(told)[crop], rated)))
