"""Scenes, their shots, take numbers, and the revision numbers by which a page sees that something changed.

Place in the path: under cells and takes. One counter for the whole store is bumped by every write; a scene remembers the counter's
value at its own last change.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sora_lock.errors import NamingError, NotFoundError
from sora_lock.store.rows import SceneRow
from sora_lock.store.text import TITLE_LIMIT, checked_code, checked_line, folded

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection


def now_utc() -> str:
    """The time for people, ISO 8601 to the millisecond; nothing is ordered by it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def revision(conn: Connection) -> int:
    """The number every write bumps."""
    return int(conn.execute("SELECT revision FROM counter").fetchone()[0])


def scene_revision(conn: Connection, scene: str) -> int:
    """The revision of the scene's last change; 0 while there is no such scene."""
    row = conn.execute("SELECT revision FROM scenes WHERE code = ?", (scene,)).fetchone()
    return int(row[0]) if row else 0


def bump(conn: Connection, scene: str | None = None) -> int:
    """Counts one write, to `scene` or (None) to what all scenes show; returns the new revision."""
    conn.execute("UPDATE counter SET revision = revision + 1")
    new = revision(conn)
    if scene is None:
        conn.execute("UPDATE scenes SET revision = ?", (new,))
    else:
        conn.execute("UPDATE scenes SET revision = ? WHERE code = ?", (new, scene))
    return new


def ensure(conn: Connection, code: str, title: str = "") -> bool:
    """Makes the scene unless it is there; a title fills an empty one. Returns whether anything was written.

    Raises:
        NamingError: for a malformed code or title, or a code that differs from another only in case or Unicode form.
    """
    row = conn.execute(
        "SELECT code, title FROM scenes WHERE folded = ?", (folded(checked_code(code, "scene")),)
    ).fetchone()
    checked_line(title, "A scene's title", TITLE_LIMIT)
    if row is None:
        conn.execute(
            "INSERT INTO scenes SELECT ?, ?, ?, 1 + COALESCE(MAX(seq), 0), 0, ? FROM scenes",
            (code, folded(code), title, now_utc()),
        )
    elif row[0] != code:
        raise NamingError(
            f"There is a scene {row[0]!r} already; {code!r} would be taken for it. Write it the same way."
        )
    elif title and not row[1]:
        conn.execute("UPDATE scenes SET title = ? WHERE code = ?", (title, code))
    else:
        return False
    bump(conn, code)
    return True


def must_exist(conn: Connection, code: str) -> None:
    """NotFoundError unless there is such a scene."""
    if conn.execute("SELECT 1 FROM scenes WHERE code = ?", (code,)).fetchone() is None:
        there = ", ".join(r[0] for r in conn.execute("SELECT code FROM scenes ORDER BY seq LIMIT 12")) or "none yet"
        raise NotFoundError(f"There is no scene {str(code)[:40]!r}; scenes so far: {there}.")


def scenes(conn: Connection) -> list[SceneRow]:
    """All scenes in the order they were made."""
    shots: dict[str, list[str]] = {}
    for scene, shot in conn.execute("SELECT scene, shot FROM shots ORDER BY seq"):
        shots.setdefault(scene, []).append(shot)
    rows = conn.execute(
        "SELECT code, title, seq, (SELECT COUNT(*) FROM cells WHERE scene = code), "
        "(SELECT COUNT(*) FROM takes WHERE scene = code), revision FROM scenes ORDER BY seq"
    )
    return [SceneRow(code, title, seq, tuple(shots.get(code, ())), n, t, rev) for code, title, seq, n, t, rev in rows]


def next_take(conn: Connection, scene: str, shot: str) -> str:
    """Allocates the next take id of a shot ("SC010_SH020_T001"); numbers are never used again.

    Raises:
        NamingError: for a malformed shot, or one that differs from another only in case or Unicode form.
    """
    plain = folded(checked_code(shot, "shot"))
    row = conn.execute("SELECT shot FROM shots WHERE scene = ? AND folded = ?", (scene, plain)).fetchone()
    if row is None:
        conn.execute("INSERT INTO shots SELECT ?, ?, ?, 0, 1 + COALESCE(MAX(seq), 0) FROM shots", (scene, shot, plain))
    elif row[0] != shot:
        raise NamingError(f"There is a shot {row[0]!r} already; {shot!r} would be taken for it. Write it the same way.")
    conn.execute("UPDATE shots SET last = last + 1 WHERE scene = ? AND shot = ?", (scene, shot))
    last = conn.execute("SELECT last FROM shots WHERE scene = ? AND shot = ?", (scene, shot)).fetchone()[0]
    return f"{scene}_{shot}_T{last:03d}"
