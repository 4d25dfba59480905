"""Re-hashing everything: rows against their digests, media against their names, and what must belong together.

Place in the path: `python -m sora_lock verify`, and after every crash one wants to know about. Changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from sora_lock.records import lock_from, recipe_from, take_from
from sora_lock.store.blobs import Blobs
from sora_lock.store.connection import Connections
from sora_lock.store.rows import Verify
from sora_lock.store.schema import COUNTED, SEALED
from sora_lock.store.text import seal

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

_CHUNK = 1 << 20


def verify(connections: Connections, blobs: Blobs) -> Verify:
    """Reads all rows of one moment and all media files, and says what is not as it was written."""
    problems: list[str] = []
    with connections.snapshot() as conn:
        rows = _rows(conn, problems)
        _belongings(conn, problems)
        named = {sha: size for sha, size in conn.execute("SELECT sha256, bytes FROM blobs")}
        namers = _namers(conn)
        files = blobs.files()
    there = {path.name for path in files}
    for sha256 in sorted(named.keys() - there):
        problems.append(
            f"The media file {sha256[:16]}… is missing; it belongs to {', '.join(namers.get(sha256, ['a row']))}."
        )
    for path in files:
        if not path.exists():
            continue  # collected meanwhile: no row named it
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        if digest.hexdigest() != path.name:
            owner = ", ".join(namers.get(path.name, ["no row"]))
            problems.append(
                f"The media file {path.name[:16]}… ({size} bytes) is not what it was; it belongs to {owner}."
            )
    return Verify(rows, len(files), problems)


def _rows(conn: Connection, problems: list[str]) -> int:
    checked = 0
    problems += [f"SQLite: {row[0]}" for row in conn.execute("PRAGMA integrity_check") if row[0] != "ok"]
    for table, rowid, parent, _ in conn.execute("PRAGMA foreign_key_check"):
        problems.append(f"A row of {table} (row {rowid}) points to a row of {parent} that is not there.")
    for table, columns in SEALED.items():
        for *values, digest in conn.execute(f"SELECT {', '.join(columns)}, digest FROM {table}"):
            checked += 1
            if seal(table, dict(zip(columns, values, strict=True))) != digest:
                problems.append(f"The row {values[0]} of {table} is not what was written.")
    for table in COUNTED:
        there = conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        given = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if there != (given[0] if given else 0):
            problems.append(f"{(given[0] if given else 0) - there} rows of {table} are missing.")
    return checked


def _belongings(conn: Connection, problems: list[str]) -> None:
    """What a digest of one row cannot tell."""
    before: dict[str, str] = {}
    for name, version, lock_sha256, body in conn.execute(
        "SELECT folded, version, lock_sha256, body FROM locks ORDER BY seq"
    ):
        try:
            lock = lock_from(json.loads(body))
        except (ValueError, KeyError, TypeError):
            problems.append(f"The lock @{name} v{version} cannot be read.")
            continue
        if (lock.lock_sha256, lock.version, lock.parent_sha256) != (lock_sha256, version, before.get(name)):
            problems.append(
                f"The lock @{name} v{version} does not have its digest, or not the version before it as parent."
            )
        before[name] = lock_sha256
    for take, body, plan in conn.execute("SELECT take, takes.body, plans.body FROM takes JOIN plans USING (take)"):
        try:
            made, asked = take_from(json.loads(body)), recipe_from(json.loads(plan))
        except (ValueError, KeyError, TypeError):
            problems.append(f"The take {take} cannot be read.")
            continue
        if made.recipe_sha256 != made.recipe.recipe_sha256:
            problems.append(f"The recipe of take {take} does not have its digest.")
        if made.recipe.shot != asked.shot:
            problems.append(f"The take {take} was not shot as it was asked for.")
    for (take,) in conn.execute("SELECT take FROM jobs WHERE state = 'done' AND take NOT IN (SELECT take FROM takes)"):
        problems.append(f"The job of {take} is done, but there is no such take.")
    for (take,) in conn.execute("SELECT take FROM takes JOIN jobs USING (take) WHERE state <> 'done'"):
        problems.append(f"The take {take} is there, but its job is not done.")
    finished, last = conn.execute("SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM takes").fetchone()
    if finished != last:
        problems.append(f"{last - finished} takes are missing.")
    found, written = conn.execute(
        "SELECT (SELECT COUNT(*) FROM words), (SELECT COUNT(*) FROM plans) + (SELECT COUNT(*) FROM comments)"
    ).fetchone()
    if found != written:
        problems.append(f"The search knows {found} texts; {written} were written.")
    for (take,) in conn.execute("SELECT take FROM plans WHERE take NOT IN (SELECT take FROM jobs)"):
        problems.append(f"The take {take} was asked for, but has no job.")


def _namers(conn: Connection) -> dict[str, list[str]]:
    """Digest -> who names it, for the problems' wording."""
    namers: dict[str, list[str]] = {}
    for take, body in conn.execute("SELECT take, body FROM takes ORDER BY seq"):
        for name, sha256 in json.loads(body)["files"].items():
            namers.setdefault(sha256, []).append(f"{take} ({name})")
    for name, version, body in conn.execute("SELECT name, version, body FROM locks ORDER BY seq"):
        said = json.loads(body)
        named = [sha256 for a in said["anchors"] for sha256 in (a["image_sha256"], a["regions_sha256"])]
        if "frames" in said:
            named += dict.fromkeys(said["frames"])
        elif said["subject"].startswith("brought/"):
            named.append(said["subject_sha256"])
        for sha256 in named:
            namers.setdefault(sha256, []).append(f"@{name} v{version}")
    for take, sha256 in conn.execute("SELECT take, poster_sha256 FROM jobs WHERE poster_sha256 IS NOT NULL"):
        namers.setdefault(sha256, []).append(f"{take} (poster)")
    return namers
