"""Where pass ends: the judge's thresholds as data.

Place in the path: read by the judge. Set from `benchmarks/continuity_v1.py`; `docs/continuity.md` says which rates they reached and on what.
"""

from __future__ import annotations

from collections.abc import Mapping

STRUCTURE: Mapping[str, float] = {
    "face": 0.47,
    "expression": 0.42,
    "hair": 0.30,
    "wardrobe": 0.45,
    "body": 0.10,
    "layout": 0.45,
    "props": 0.50,
    "surfaces": 0.40,
}
"""Agreement of structure below which an attribute is flagged."""
TINT: Mapping[str, float] = {
    "face": 0.20,
    "expression": 9.0,
    "hair": 0.25,
    "wardrobe": 0.22,
    "body": 0.30,
    "layout": 9.0,
    "props": 9.00,
    "surfaces": 0.105,
}
"""Difference of log chromaticity above which an attribute is flagged."""
SCORE = 0.5
"""Scores are scaled so that this is the threshold of every attribute."""
LEAST_FRAME_PX: Mapping[str, int] = {"expression": 60}
"""Height in frame px of the attribute's face or region below which it is not judged; 24 for others."""
LEAST_PX = 24

SHIFT_WEIGHT = 5.0
"""What a movement of mouth or brows against the face, in parts of the face's height, takes from the agreement of an expression."""


def scaled(structure: float, tint: float | None, attribute: str) -> float:
    """One score 0..1 from all measures, 0.5 at the threshold of whichever is worst."""
    t = STRUCTURE[attribute]
    s = max(0.0, structure)
    score = 0.5 * s / t if s < t else 0.5 + 0.5 * (s - t) / (1 - t)
    if tint is not None:
        c = TINT[attribute]
        score = min(score, 1 - 0.5 * tint / c if tint < c else 0.5 * c / tint)
    return min(1.0, max(0.0, score))
