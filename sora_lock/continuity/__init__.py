"""Continuity: what held and what drifted in a take, told from the finished frames alone.

Place in the path: after the hold, before the take is stored. `Judge` sees frames, a lock's anchors and policies; `explain` may label what was asked
for and never alters a status. Locks that are pictures: plates -> locate -> structure, chroma, closer, parts ->
judge. Locks whose geometry is at hand: views, resection -> register -> sight -> set_looks, figure_looks (contest, tint) -> verdict, by solid_judge.
Both draw what they found by exhibits.
"""

from sora_lock.continuity.exhibits import named
from sora_lock.continuity.judge import Judge, explain
from sora_lock.continuity.verdict import calibration

__all__ = ["Judge", "calibration", "explain", "named"]
