"""Locks: immutable versions under a name.

Place in the path: after `sora_lock.lock` froze one, before a shot places it. The store assigns version and parent, nobody else.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sora_lock.errors import NamingError, NotFoundError
from sora_lock.records import Lock, digest, lock_from
from sora_lock.store.blobs import Blobs
from sora_lock.store.scenes import bump, now_utc
from sora_lock.store.schema import insert, next_in
from sora_lock.store.text import checked_body, checked_code, folded

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection


@lru_cache(maxsize=512)
def _lock(body: str) -> Lock:
    return lock_from(json.loads(body))


def _content(lock: Lock) -> str:
    return digest(replace(lock, version=1, parent_sha256=None))


def add(conn: Connection, blobs: Blobs, lock: Lock) -> Lock:
    """Stores `lock` as the next version of its name, or returns the latest one when nothing but version and parent differs.

    Raises:
        NamingError: when the name is malformed, or differs from another lock's only in case or Unicode form.
        StoreError: when an anchor's picture, or a brought subject's archive, was not put before.
    """
    plain = folded(checked_code(lock.name, "lock"))
    row = conn.execute(
        "SELECT name, body FROM locks WHERE folded = ? ORDER BY version DESC LIMIT 1", (plain,)
    ).fetchone()
    last = _lock(row[1]) if row else None
    if last is not None and last.name != lock.name:
        raise NamingError(
            f"There is a lock @{last.name} already; @{lock.name} would be taken for it. Choose another name."
        )
    if last is not None and _content(last) == _content(lock):
        return last
    new = replace(lock, version=last.version + 1 if last else 1, parent_sha256=last.lock_sha256 if last else None)
    body = checked_body(new, f"The lock @{lock.name}")
    blobs.claim(conn, media_of(new))
    insert(conn, "locks", (next_in(conn, "locks"), new.name, plain, new.version, new.lock_sha256, body, now_utc()))
    bump(conn)  # every scene shows the cast, and which of its cells are stale
    return _lock(body)


def media_of(lock: Lock) -> list[str]:
    """Digests of the media files a lock names: its anchors, and the archive of what was brought, or the frames of a clip."""
    named = [sha for a in lock.anchors for sha in (a.image_sha256, a.regions_sha256)]
    if lock.frames:
        return [*named, *lock.frames]
    return [*named, lock.subject_sha256] if lock.subject.startswith("brought/") else named


def one(conn: Connection, name: str, version: int | None = None) -> Lock:
    """The lock of that name (however spelt), the latest version unless told; NotFoundError otherwise."""
    plain = folded(name) if _askable(name) else ""
    row = conn.execute(
        "SELECT body FROM locks WHERE folded = ?1 AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1",
        (plain, version),
    ).fetchone()
    if row:
        return _lock(row[0])
    last = conn.execute("SELECT name, MAX(version) FROM locks WHERE folded = ?", (plain,)).fetchone()
    if last[0] is not None:
        raise NotFoundError(f"@{last[0]} has no version {version}; its latest is {last[1]}.")
    there = ", ".join(f"@{r[0]}" for r in conn.execute("SELECT DISTINCT name FROM locks ORDER BY name LIMIT 12"))
    raise NotFoundError(f"There is no lock @{_shown(name)}; locks so far: {there or 'none yet'}.")


def by_sha(conn: Connection, lock_sha256: str) -> Lock:
    """The very version of that digest; NotFoundError otherwise."""
    row = conn.execute("SELECT body FROM locks WHERE lock_sha256 = ?", (lock_sha256,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no lock of digest {str(lock_sha256)[:16]}… in this history.")
    return _lock(row[0])


def latest(conn: Connection) -> list[Lock]:
    """The latest version of each name, in the order the names were first locked."""
    rows = conn.execute("SELECT folded, body FROM locks ORDER BY seq")
    newest: dict[str, str] = {}
    for plain, body in rows:
        newest[plain] = body
    return [_lock(body) for body in newest.values()]


def versions(conn: Connection, name: str) -> list[Lock]:
    """All versions of a name, oldest first; NotFoundError when there is none."""
    plain = one(conn, name).name
    return [
        _lock(r[0]) for r in conn.execute("SELECT body FROM locks WHERE folded = ? ORDER BY version", (folded(plain),))
    ]


def _askable(name: str) -> bool:
    return isinstance(name, str) and len(name) <= 200 and name.isprintable()


def _shown(name: str) -> str:
    return name if _askable(name) else ascii(name)[:40]
