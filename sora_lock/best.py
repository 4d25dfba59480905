"""Of several seeds of one variation, the take with least drift.

Place in the path: over finished takes; the feed puts it in front, the command line names it. Nothing is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence

from sora_lock.records import Take


def drift(take: Take) -> tuple[int, int, int, float]:
    """What takes are ordered by, lower is better: flags, attributes that are only guided, attributes not seen, and minus the mean score of those seen."""
    found = [f for by in take.report.values() for f in by.values()]
    scores = [f.score for f in found if f.score is not None]
    guided = sum(g.grip == "guided" for by in take.grips.values() for g in by.values())
    flags, unseen = (sum(f.status == s for f in found) for s in ("flag", "not_seen"))
    return flags, guided, unseen, -sum(scores) / len(scores) if scores else 0.0


def least_drift(takes: Sequence[Take]) -> Take | None:
    """The take with least drift, the earlier of equals; None of none."""
    return min(takes, key=drift, default=None)
