"""The branch tree of a scene: finished takes, their parents, and the lane each is drawn on.

Place in the path: beside the feed; the inspector branches from any node of it.

The rule of lanes, fan-out by fan-out in the order they were asked for: a fan-out from a take runs on along that take's lane as long as
nothing else does, so that the first branch goes straight on; every further branch opens a lane of its own. Fan-outs without a
parent follow one another on one lane of their shot, until a branch runs along it; the next one then opens a new lane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sora_lock.store import remarks
from sora_lock.store.rows import Node

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection


def tree(conn: Connection, scene: str) -> list[Node]:
    """All finished takes of a scene in the order they were asked for; NotFoundError for an unknown scene."""
    marks = remarks.marks(conn, scene)
    # Lanes follow what was asked for, not what is finished, so that none jumps while takes come in.
    planned = conn.execute("SELECT take, parent, cell, state = 'done' FROM jobs WHERE scene = ? ORDER BY id", (scene,))
    lane_of: dict[int, int] = {}  # fan-out -> lane
    fanout_of: dict[str, int] = {}  # take -> fan-out
    last_on: list[int] = []  # lane -> the last fan-out on it
    roots: dict[int, str] = {}  # fan-out without a parent -> shot
    nodes = []
    for take, parent, cell, made in planned:
        if cell not in lane_of:
            before: int | None
            if parent is not None:
                before = fanout_of[parent]
            else:
                roots[cell] = shot = take.rpartition("_T")[0]
                before = next((c for c in reversed(roots) if c != cell and roots[c] == shot), None)
            if before is not None and last_on[lane_of[before]] == before:
                lane = lane_of[before]
                last_on[lane] = cell
            else:
                lane = len(last_on)
                last_on.append(cell)
            lane_of[cell] = lane
        fanout_of[take] = cell
        if made:
            nodes.append(Node(take, parent, lane_of[cell], cell, marks.get(take)))
    return nodes
