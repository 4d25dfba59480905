"""The tables, as migrations: each is applied once, in order, and never edited after a release.

Place in the path: applied when a store is opened. Tables are STRICT; order comes from AUTOINCREMENT sequence numbers, which roll
back with their transaction, so a gap in a table that nothing is deleted from is a lost row. `digest` seals all other columns of its
row (`text.seal`); what changes with time (jobs, revisions, presence) has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlite_utils import Database, Migrations

from sora_lock.store.connection import immediate
from sora_lock.store.text import seal

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

migrations: Any = Migrations("sora_lock")

# Table -> its sealed columns, in order; the key comes first. Nothing is ever deleted from these.
SEALED = {
    "locks": ("seq", "name", "folded", "version", "lock_sha256", "body", "created_utc"),
    "cells": ("id", "scene", "seq", "kind", "body", "who", "parent_take", "created_utc"),
    "plans": ("take", "cell", "parent", "body"),
    "takes": (
        "take",
        "seq",
        "scene",
        "cell",
        "parent",
        "recipe_sha256",
        "result_sha256",
        "engine",
        "body",
        "created_utc",
    ),
    "marks": ("seq", "take", "scene", "mark", "who", "created_utc"),
    "consents": (
        "seq",
        "name",
        "folded",
        "event",
        "person",
        "basis",
        "scope",
        "until_date",
        "recorded_by",
        "created_utc",
    ),
    "comments": ("id", "take", "scene", "frame", "text", "who", "created_utc"),
}
# Tables whose first column counts without gaps.
COUNTED = ("locks", "cells", "marks", "comments", "consents", "jobs")

_FIRST = """
CREATE TABLE counter (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (1, 0);

CREATE TABLE scenes (
    code TEXT PRIMARY KEY, folded TEXT NOT NULL UNIQUE, title TEXT NOT NULL, seq INTEGER NOT NULL UNIQUE,
    revision INTEGER NOT NULL, created_utc TEXT NOT NULL
) STRICT;

CREATE TABLE shots (
    scene TEXT NOT NULL REFERENCES scenes(code), shot TEXT NOT NULL, folded TEXT NOT NULL, last INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE, PRIMARY KEY (scene, shot), UNIQUE (scene, folded)
) STRICT;

CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;

CREATE TABLE locks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, folded TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0),
    lock_sha256 TEXT NOT NULL UNIQUE, body TEXT NOT NULL, created_utc TEXT NOT NULL, digest TEXT NOT NULL,
    UNIQUE (folded, version)
) STRICT;

CREATE TABLE cells (
    id INTEGER PRIMARY KEY AUTOINCREMENT, scene TEXT NOT NULL REFERENCES scenes(code), seq INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lock', 'fanout', 'note', 'compare')), body TEXT NOT NULL, who TEXT NOT NULL,
    parent_take TEXT REFERENCES takes(take), created_utc TEXT NOT NULL, digest TEXT NOT NULL,
    UNIQUE (scene, seq)
) STRICT;

CREATE TABLE cell_locks (
    cell INTEGER NOT NULL REFERENCES cells(id), folded TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (cell, folded)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    take TEXT PRIMARY KEY, cell INTEGER NOT NULL REFERENCES cells(id), parent TEXT REFERENCES takes(take), body TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, take TEXT NOT NULL UNIQUE REFERENCES plans(take),
    cell INTEGER NOT NULL REFERENCES cells(id), scene TEXT NOT NULL REFERENCES scenes(code), parent TEXT REFERENCES takes(take),
    state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'failed', 'cancelled')),
    stage TEXT NOT NULL CHECK (stage IN ('poster', 'clip')),
    progress REAL NOT NULL, eta_s REAL, error TEXT, poster_sha256 TEXT REFERENCES blobs(sha256), worker TEXT, lease_until REAL,
    cancel INTEGER NOT NULL, cannot TEXT NOT NULL, attempts INTEGER NOT NULL,
    CHECK ((state = 'leased') = (worker IS NOT NULL AND lease_until IS NOT NULL))
) STRICT;
CREATE INDEX jobs_by_cell ON jobs (cell);
CREATE INDEX jobs_by_scene ON jobs (scene);
CREATE INDEX jobs_waiting ON jobs (state, stage DESC, id) WHERE state IN ('queued', 'leased');

CREATE TABLE takes (
    take TEXT PRIMARY KEY REFERENCES jobs(take), seq INTEGER NOT NULL UNIQUE, scene TEXT NOT NULL REFERENCES scenes(code),
    cell INTEGER NOT NULL REFERENCES cells(id), parent TEXT REFERENCES takes(take), recipe_sha256 TEXT NOT NULL,
    result_sha256 TEXT NOT NULL, engine TEXT NOT NULL, body TEXT NOT NULL, created_utc TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE INDEX takes_by_scene ON takes (scene);
CREATE INDEX takes_by_cell ON takes (cell);
CREATE INDEX takes_by_engine ON takes (engine, seq);

CREATE TABLE marks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, take TEXT NOT NULL REFERENCES takes(take), scene TEXT NOT NULL REFERENCES scenes(code),
    mark TEXT CHECK (mark IN ('circled', 'keep', 'NG')), who TEXT NOT NULL, created_utc TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE INDEX marks_by_scene ON marks (scene, take, seq, mark);
CREATE INDEX marks_by_take ON marks (take, seq);

CREATE TABLE comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, take TEXT NOT NULL REFERENCES takes(take),
    scene TEXT NOT NULL REFERENCES scenes(code), frame INTEGER CHECK (frame >= 0), text TEXT NOT NULL, who TEXT NOT NULL,
    created_utc TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE INDEX comments_by_take ON comments (take, id);

CREATE TABLE presence (
    scene TEXT NOT NULL, who TEXT NOT NULL, seen REAL NOT NULL, PRIMARY KEY (scene, who)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (worker TEXT PRIMARY KEY, seen REAL NOT NULL) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5(
    text, take UNINDEXED, scene UNINDEXED, cell UNINDEXED, source UNINDEXED, tokenize = "unicode61 remove_diacritics 2"
);
"""


def next_in(conn: Connection, table: str) -> int:
    """The number the next row of a counted table gets: one more than was ever given, not than is left."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(row[0]) + 1 if row else 1


def insert(conn: Connection, table: str, values: tuple[Any, ...]) -> None:
    """Inserts a row into a sealed table, with its digest."""
    row = dict(zip(SEALED[table], values, strict=True))
    conn.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * (len(row) + 1))})", (*values, seal(table, row)))


@migrations()  # type: ignore[untyped-decorator]
def m001_first_tables(db: Any) -> None:
    """Scenes, locks, cells, jobs, takes, marks, comments, blobs, presence, search."""
    for statement in _FIRST.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()  # type: ignore[untyped-decorator]
def m002_consents(db: Any) -> None:
    """What real people allowed of locks of them."""
    db.execute(
        "CREATE TABLE consents (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, folded TEXT NOT NULL, "
        "event TEXT NOT NULL CHECK (event IN ('given', 'revoked')), person TEXT NOT NULL, basis TEXT NOT NULL, scope TEXT NOT NULL, "
        "until_date TEXT NOT NULL, recorded_by TEXT NOT NULL, created_utc TEXT NOT NULL, digest TEXT NOT NULL) STRICT"
    )
    db.execute("CREATE INDEX consents_by_name ON consents (folded, seq)")


def migrate(conn: Connection) -> None:
    """Applies what is pending, all or nothing; safe when several processes open the same store at once."""
    database = Database(conn)
    if migrations.pending(database):
        with immediate(conn):
            migrations.apply(database)  # asks again what is pending, now under the write lock
