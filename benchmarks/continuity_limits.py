"""Where limits come from: the worst clean take of many subjects, and a margin; and how they do on subjects that are left out.

    .venv/bin/python -m benchmarks.continuity_rates FOLDER --half calibrate made --calibrate

What a fitted tail does in place of margins, on the same takes, is said in `docs/continuity.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sora_lock.continuity.verdict import score
from sora_lock.records import ATTRIBUTES

if TYPE_CHECKING:
    from benchmarks.continuity_rates import Row

DOUBTS = frozenset({"hue", "other", "pattern", "tint"})
"""Kinds of measures that are told as multiples of their own doubt; others are shares and distances."""
MARGINS = {True: 1.4, False: 1.3}
"""How many times higher than the worst clean take a limit is, of measures told in doubts and of others."""
WHOLE = frozenset({"body structure", "hair structure", "layout structure", "wardrobe structure"})
WHOLE_MARGIN = 1.7
"""Measures that say that something altogether else is there, and their margin: of all drifts that had been measured they found one, by a hair, and
of four false flags they made three."""
LEAST = {
    "layout mirrored": 0.5, "layout structure": 0.35, "props gone": 0.22, "props moved": 6.5, "surfaces tint": 4.0, "surfaces hue": 3.5,
    "wardrobe tint": 4.0, "wardrobe hue": 3.5, "wardrobe pattern": 12.5, "hair tint": 4.0, "hair hue": 5.4, "body tint": 4.0, "body hue": 3.5,
    "face tint": 4.0, "face hue": 3.5, "expression other": 6.0, "face structure": 0.45, "hair structure": 0.65, "wardrobe structure": 0.25,
    "body structure": 0.3,
}  # fmt: skip
"""Limits that are not gone below, however well the clean takes behaved: those of patterns and of the hue of hair stood on one take each, which
told of much more when it was registered a hair otherwise; those of things, of which nearly all clean takes tell nothing at all, on two takes, and things that
were gone or moved told of twice as much."""
FOLDS = 10
"""How many groups the people and places of one take each are left out in."""


def measure_of(key: str) -> str:
    """ "props gone" of "props gone bench"."""
    return " ".join(key.split(" ")[:2])


def calibrated(rows: Sequence[Row]) -> dict[str, float]:
    """Limits at which no clean take is flagged, with `MARGINS`.

    Structure is 1 less an agreement: where its limit would be 1 or more nothing could ever be flagged, so that it has none, and says nothing.
    """
    worst: dict[str, float] = dict.fromkeys(LEAST, 0.0)
    for row in rows:
        if row.drift:
            continue
        for key, value in row.values.items():
            measure = measure_of(key)
            worst[measure] = max(worst.get(measure, 0.0), value)
    limits = {k: round(max(v * _margin(k), LEAST.get(k, 0.02)), 4) for k, v in sorted(worst.items())}
    return {k: v for k, v in limits.items() if v < 1 or not k.endswith(" structure")}


def _margin(measure: str) -> float:
    return WHOLE_MARGIN if measure in WHOLE else MARGINS[measure.split(" ")[1] in DOUBTS]


def status(row: Row, attribute: str, known: Mapping[str, float]) -> str:
    """ "pass", "flag" or "not_seen", as `verdict` gives it."""
    rated = [
        score(v, known[m])
        for k, v in row.values.items()
        if (m := measure_of(k)) in known and m.startswith(attribute + " ")
    ]
    return "not_seen" if not rated else "flag" if min(rated) < 0.5 else "pass"


def left_out(rows: Sequence[Row]) -> tuple[int, int]:
    """How many clean takes are flagged by limits set without the subjects they show, and how many there are.

    A subject of many takes is left out by itself, those that have one take each in FOLDS groups by its number.
    """
    of: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        of[row.lock].add(row.case)

    def group(row: Row) -> str:
        return row.lock if len(of[row.lock]) > 1 else str(int(row.case[-4:]) % FOLDS)

    flagged: dict[str, bool] = defaultdict(bool)
    for name in {group(r) for r in rows}:
        known = calibrated([r for r in rows if group(r) != name])
        for row in rows:
            if not row.drift and group(row) == name:
                flagged[row.case] |= any(status(row, a, known) == "flag" for a in ATTRIBUTES[row.kind])  # type: ignore[index]
    return sum(flagged.values()), len(flagged)
