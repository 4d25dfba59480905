"""Who looks at a scene, and which workers are alive: facts of the last ten seconds.

Place in the path: beside everything else. Clocks are fit for this and for nothing else here. A sign of life is written at most every few
seconds, and bumps a revision only when somebody comes who was not here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sora_lock.store import scenes
from sora_lock.store.text import WHO_LIMIT, checked_line

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

ALIVE_S, REFRESH_S = 10.0, 3.0


def touch_due(conn: Connection, who: str, scene: str) -> bool:
    """Whether a sign of life should be written by now; a look without the write lock."""
    row = conn.execute("SELECT seen FROM presence WHERE scene = ? AND who = ?", (scene, who)).fetchone()
    return row is None or not 0 <= time.time() - row[0] < REFRESH_S


def touch(conn: Connection, who: str, scene: str) -> None:
    """Somebody is looking at a scene."""
    if not checked_line(who, "A person's name", WHO_LIMIT).strip():
        return
    now = time.time()
    new = who not in here(conn, scene)
    conn.execute("DELETE FROM presence WHERE seen < ?", (now - 3600,))
    conn.execute("INSERT OR REPLACE INTO presence VALUES (?, ?, ?)", (scene, who, now))
    if new:
        scenes.bump(conn, scene)


def here(conn: Connection, scene: str) -> list[str]:
    """Who looked at the scene in the last ten seconds, by name."""
    rows = conn.execute(
        "SELECT who FROM presence WHERE scene = ? AND seen > ? ORDER BY who", (scene, time.time() - ALIVE_S)
    )
    return [row[0] for row in rows]


def worker_due(conn: Connection, worker: str) -> bool:
    """Whether a worker's sign of life should be written by now."""
    row = conn.execute("SELECT seen FROM workers WHERE worker = ?", (worker,)).fetchone()
    return row is None or not 0 <= time.time() - row[0] < REFRESH_S


def worker_seen(conn: Connection, worker: str) -> None:
    """A worker is alive."""
    checked_line(worker, "The worker's name", 120)
    now = time.time()
    new = worker not in workers(conn)
    conn.execute("DELETE FROM workers WHERE seen < ?", (now - 3600,))
    conn.execute("INSERT OR REPLACE INTO workers VALUES (?, ?)", (worker, now))
    if new:
        scenes.bump(conn)


def workers(conn: Connection) -> list[str]:
    """Workers that showed themselves in the last ten seconds, or hold a lease."""
    now = time.time()
    rows = conn.execute(
        "SELECT worker FROM workers WHERE seen > ? UNION SELECT worker FROM jobs WHERE state = 'leased' AND lease_until > ? ORDER BY 1",
        (now - ALIVE_S, now),
    )
    return [row[0] for row in rows]
