"""Marks and comments on takes: who, what, in which order; history is kept.

Place in the path: after a take is made, while a team looks at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sora_lock.errors import InputError, NotFoundError, PromptError
from sora_lock.records import MARKS, Mark
from sora_lock.store import scenes, takes
from sora_lock.store.rows import Comment, MarkRow
from sora_lock.store.schema import insert, next_in
from sora_lock.store.text import WHO_LIMIT, checked, checked_line

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection


def mark(conn: Connection, take: str, mark: Mark | None, who: str = "") -> None:
    """Marks a take, or takes its mark away (None). A change is a new row; the same mark again writes nothing.

    Raises:
        NotFoundError: for a take that is not there or not made yet.
        InputError: for a mark that is none, or a `who` that cannot be stored.
    """
    if mark is not None and mark not in MARKS:
        raise InputError(f"{str(mark)[:40]!r} is no mark; choose one of {', '.join(MARKS)}.")
    checked_line(who, "The name of who marks", WHO_LIMIT)
    scene = _scene(conn, take)
    last = conn.execute("SELECT mark FROM marks WHERE take = ? ORDER BY seq DESC LIMIT 1", (take,)).fetchone()
    if (last[0] if last else None) == mark:
        return
    insert(conn, "marks", (next_in(conn, "marks"), take, scene, mark, who, scenes.now_utc()))
    scenes.bump(conn, scene)


def marks(conn: Connection, scene: str) -> dict[str, Mark]:
    """The latest mark of each take that has one."""
    scenes.must_exist(conn, scene)
    rows = conn.execute("SELECT take, mark, MAX(seq) FROM marks WHERE scene = ? GROUP BY take", (scene,))
    return {take: mark for take, mark, _ in rows if mark is not None}


def history(conn: Connection, take: str) -> list[MarkRow]:
    """All changes of a take's mark, oldest first."""
    rows = conn.execute("SELECT seq, take, mark, who, created_utc FROM marks WHERE take = ? ORDER BY seq", (take,))
    return [MarkRow(*row) for row in rows]


def comment(conn: Connection, take: str, frame: int | None, text: str, who: str = "") -> int:
    """Writes a remark at a frame of a take (or, None, on all of it); returns its id.

    Raises:
        NotFoundError: for a take that is not there or not made yet.
        InputError: for a frame outside the take, an empty text, or one that cannot be stored.
    """
    checked_line(who, "The name of who comments", WHO_LIMIT)
    if not checked(text, "The comment").strip():
        raise PromptError("The comment is empty.")
    scene, frames = _scene(conn, take), takes.one(conn, take).recipe.shot.frames
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int) or not 0 <= frame < frames):
        raise InputError(f"{take} has the frames 0 to {frames - 1}; {str(frame)[:40]!r} is none of them.")
    number = next_in(conn, "comments")
    insert(conn, "comments", (number, take, scene, frame, text, who, scenes.now_utc()))
    cell = conn.execute("SELECT cell FROM takes WHERE take = ?", (take,)).fetchone()[0]
    conn.execute("INSERT INTO words VALUES (?, ?, ?, ?, 'comment')", (text, take, scene, cell))
    scenes.bump(conn, scene)
    return number


def comments(conn: Connection, take: str) -> list[Comment]:
    """The remarks on a take in the order they were written."""
    rows = conn.execute(
        "SELECT id, take, frame, text, who, created_utc FROM comments WHERE take = ? ORDER BY id", (take,)
    )
    return [Comment(*row) for row in rows]


def _scene(conn: Connection, take: str) -> str:
    row = conn.execute("SELECT scene FROM takes WHERE take = ?", (take,)).fetchone()
    if row is None:
        takes.one(conn, take)  # says why
        raise NotFoundError(f"There is no take {str(take)[:60]!r} in this history.")
    return str(row[0])
