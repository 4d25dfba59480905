"""Cells of the notebook, in order; fan-outs are planned in `jobs`.

Place in the path: what the feed shows. A cell is written once; only a note may be edited.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sora_lock.errors import InputError, NotFoundError
from sora_lock.store import scenes
from sora_lock.store.blobs import Blobs
from sora_lock.store.rows import CELL_KINDS, Cell
from sora_lock.store.schema import SEALED, insert, next_in
from sora_lock.store.text import WHO_LIMIT, checked_body, checked_line, named_blobs, seal

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

# Stale: a lock this cell was planned with has a newer version by now.
_SELECT = """SELECT id, scene, seq, kind, body, who, created_utc, kind = 'fanout' AND EXISTS (
    SELECT 1 FROM cell_locks c JOIN locks l ON l.folded = c.folded AND l.version > c.version WHERE c.cell = cells.id
), parent_take FROM cells """


def _cell(row: Any) -> Cell:
    return Cell(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6], bool(row[7]), row[8])


def add(
    conn: Connection,
    blobs: Blobs,
    scene: str,
    kind: str,
    body: Mapping[str, Any],
    who: str = "",
    parent_take: str | None = None,
) -> int:
    """Writes one cell, and its scene where that is new; returns the cell's id.

    Raises:
        InputError: for an unknown kind, or a body that cannot be stored.
        NotFoundError: when `parent_take` is no finished take of this scene.
    """
    if kind not in CELL_KINDS:
        raise InputError(f"{str(kind)[:40]!r} is no kind of cell; choose one of {', '.join(CELL_KINDS)}.")
    if not isinstance(body, Mapping):
        raise InputError("A cell's body must be a mapping.")
    text = checked_body(body, "The cell")
    checked_line(who, "The name of who writes", WHO_LIMIT)
    scenes.ensure(conn, scene)
    check_parent(conn, scene, parent_take)
    blobs.claim(conn, (), named_blobs(text))
    cell = next_in(conn, "cells")
    seq = conn.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM cells WHERE scene = ?", (scene,)).fetchone()[0]
    insert(conn, "cells", (cell, scene, seq, kind, text, who, parent_take, scenes.now_utc()))
    scenes.bump(conn, scene)
    return cell


def check_parent(conn: Connection, scene: str, parent_take: str | None) -> None:
    """NotFoundError unless `parent_take` is None or a finished take of `scene`."""
    if parent_take is None:
        return
    row = conn.execute("SELECT scene FROM takes WHERE take = ?", (parent_take,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no finished take {str(parent_take)[:60]!r} to branch from.")
    if row[0] != scene:
        raise NotFoundError(
            f"{parent_take} belongs to scene {row[0]}, not {scene}; branch from a take of the same scene."
        )


def one(conn: Connection, cell: int) -> Cell:
    """The cell of that id; NotFoundError otherwise."""
    row = conn.execute(_SELECT + "WHERE id = ?", (cell,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no cell {str(cell)[:40]!r}.")
    return _cell(row)


def cells(conn: Connection, scene: str, limit: int | None = 40) -> list[Cell]:
    """The last `limit` cells of a scene (None: all), oldest first; NotFoundError for an unknown scene."""
    scenes.must_exist(conn, scene)
    rows = conn.execute(
        _SELECT + "WHERE scene = ? ORDER BY seq DESC LIMIT ?", (scene, -1 if limit is None else limit)
    ).fetchall()
    return [_cell(row) for row in reversed(rows)]


def update_note(conn: Connection, blobs: Blobs, cell: int, body: Mapping[str, Any]) -> None:
    """Replaces the body of a note.

    Raises:
        NotFoundError: when there is no such cell.
        InputError: when it is no note, or the body cannot be stored.
    """
    old = one(conn, cell)
    if old.kind != "note":
        raise InputError(
            "Only notes are edited; a lock or a fan-out is made anew, so that takes keep what they were made from."
        )
    if not isinstance(body, Mapping):
        raise InputError("A cell's body must be a mapping.")
    text = checked_body(body, "The note")
    blobs.claim(conn, (), named_blobs(text))
    values = (old.id, old.scene, old.seq, old.kind, text, old.who, old.parent_take, old.created_utc)
    digest = seal("cells", dict(zip(SEALED["cells"], values, strict=True)))
    conn.execute("UPDATE cells SET body = ?, digest = ? WHERE id = ?", (text, digest, old.id))
    scenes.bump(conn, old.scene)
