"""Takes: finished results, written once, in the same transaction that closes their job.

Place in the path: the end of shooting, the beginning of inspecting, branching and export.
"""

from __future__ import annotations

import json
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from sora_lock.errors import InputError, NotFoundError, StoreError
from sora_lock.records import MARKS, Mark, Take, take_from
from sora_lock.store import scenes
from sora_lock.store.blobs import Blobs
from sora_lock.store.schema import insert
from sora_lock.store.text import named_blobs, sealed_text

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

_RECENT = 50  # takes that an estimate looks back at


@lru_cache(maxsize=2048)
def take_of(body: str) -> Take:
    """The take of a sealed text; takes never change, so each is read once."""
    return take_from(json.loads(body))


def add(conn: Connection, blobs: Blobs, scene: str, take: Take) -> None:
    """Inserts a take; called by `jobs.finish` only.

    Raises:
        StoreError: when it names files that were not put before, or its recipe has another digest than it says.
    """
    if take.recipe_sha256 != take.recipe.recipe_sha256:
        raise StoreError(f"The recipe of {take.take} does not have the digest it says.")
    if not take.files:
        raise StoreError(f"{take.take} names no files; a take is kept with its media.")
    body = sealed_text(take, f"The take {take.take}")
    findings = [f for by in take.report.values() for f in by.values()]
    pictures = {sha for f in findings for sha in (f.evidence_sha256, f.map_sha256) if sha}
    blobs.claim(conn, {*take.files.values(), *pictures}, named_blobs(body))
    seq = conn.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM takes").fetchone()[0]
    digests, engine = (take.recipe_sha256, take.result_sha256), take.recipe.shot.engine
    insert(conn, "takes", (take.take, seq, scene, take.cell, take.parent, *digests, engine, body, take.created_utc))
    # Job and scene revision are the caller's: it closes the job in this transaction.


def one(conn: Connection, take: str) -> Take:
    """The take of that id; NotFoundError otherwise, which tells a take still to be made from one that never was."""
    row = conn.execute("SELECT body FROM takes WHERE take = ?", (take,)).fetchone()
    if row is not None:
        return take_of(row[0])
    job = conn.execute("SELECT state FROM jobs WHERE take = ?", (take,)).fetchone()
    if job is not None:
        raise NotFoundError(f"Take {take} is not made yet (its job is {job[0]}).")
    raise NotFoundError(f"There is no take {str(take)[:60]!r} in this history.")


def takes(conn: Connection, scene: str, marked: Mark | None = None, cell: int | None = None) -> list[Take]:
    """The finished takes of a scene in the order they were asked for; only those of a mark, of a cell, where told.

    Raises:
        NotFoundError: for an unknown scene.
        InputError: for a mark that is none.
    """
    scenes.must_exist(conn, scene)
    if marked is not None and marked not in MARKS:
        raise InputError(f"{str(marked)[:40]!r} is no mark; choose one of {', '.join(MARKS)}.")
    rows = conn.execute(
        "SELECT takes.body FROM takes JOIN jobs ON jobs.take = takes.take WHERE takes.scene = ?1 "
        "AND (?2 IS NULL OR takes.cell = ?2) AND (?3 IS NULL OR ?3 = (SELECT mark FROM marks WHERE marks.take = takes.take "
        "ORDER BY seq DESC LIMIT 1)) ORDER BY jobs.id",
        (scene, cell, marked),
    )
    return [take_of(row[0]) for row in rows]


def seconds(conn: Connection, engine: str, model: str = "") -> float | None:
    """Median seconds that a million pixels took in the engine's last 50 takes, all stages together; None when there is none.

    Args:
        model: of an engine that invents, as a person names it: only takes of it count.
    """
    rows = conn.execute("SELECT body FROM takes WHERE engine = ? ORDER BY seq DESC LIMIT ?", (engine, _RECENT))
    spent = []
    for take in (take_of(row[0]) for row in rows):
        shot = take.recipe.shot
        if take.seconds and (shot.generation.named if shot.generation is not None else "") == model:
            spent.append(sum(take.seconds.values()) / (shot.width * shot.height * shot.frames / 1e6))
    return float(median(spent)) if spent else None
