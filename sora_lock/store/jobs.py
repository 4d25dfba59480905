"""Jobs: takes that were asked for, leased by workers.

Place in the path: the page and the command line write intentions here (`plan`); a worker leases, reports and finishes them. A lease
that is not kept alive ends by itself, so killing page or worker loses nothing: the next worker takes the job over at the same stage.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sora_lock.errors import InputError, NotFoundError, StoreError
from sora_lock.records import Recipe, Take, recipe_from
from sora_lock.store import cells, consents, scenes, takes
from sora_lock.store.blobs import Blobs
from sora_lock.store.rows import STATES, Job
from sora_lock.store.schema import insert
from sora_lock.store.text import checked_body, checked_line, folded, sealed_text, showable

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

MOST_TAKES, MOST_DEATHS = 96, 3
_COLUMNS = (
    "jobs.id, jobs.take, jobs.cell, jobs.scene, plans.body, jobs.parent, state, stage, progress, eta_s, error, poster_sha256, worker, "
    "lease_until, cancel, cannot, attempts"
)
_FROM = f"SELECT {_COLUMNS} FROM jobs JOIN plans ON plans.take = jobs.take "
_LONGER = (
    "(SELECT TOTAL(CASE json_extract(value, '$.axis') WHEN 'move' THEN 8 WHEN 'weather' THEN 1 ELSE 0 END) "
    "FROM json_each(plans.body, '$.direction.chips'))"
)
_NOT_OF = "json_extract(plans.body, '$.shot.engine') NOT IN (SELECT value FROM json_each(?))"
_FREE = "state = 'queued' OR (state = 'leased' AND lease_until < ?)"


@lru_cache(maxsize=4096)
def recipe_of(body: str) -> Recipe:
    """The recipe of a sealed text; recipes never change, so each is read once."""
    return recipe_from(json.loads(body))


def _job(row: Any) -> Job:
    body, cancel, cannot = row[4], bool(row[14]), () if row[15] == "[]" else tuple(json.loads(row[15]))
    return Job(*row[:4], recipe_of(body), *row[5:14], cancel, cannot, row[16])  # type: ignore[call-arg]


def plan(
    conn: Connection,
    blobs: Blobs,
    scene: str,
    body: Mapping[str, Any],
    recipes: Sequence[Recipe],
    parent_take: str | None = None,
    who: str = "",
    texts: Sequence[str] | None = None,
) -> int:
    """Writes a fan-out cell with a take number and a job for each recipe; returns the cell's id.

    Args:
        texts: what the search finds each take by; the directions' own texts unless given.

    Raises:
        InputError: for no recipe, more than 96, a recipe of another scene, or what cannot be stored.
        NotFoundError: when `parent_take` is no finished take of this scene.
        ConsentError: when a lock's person withdrew.
    """
    if not 1 <= len(recipes) <= MOST_TAKES:
        raise InputError(f"A grid holds 1 to {MOST_TAKES} takes; {len(recipes)} came.")
    words = [r.direction.text for r in recipes] if texts is None else list(texts)
    if len(words) != len(recipes):
        raise InputError(f"{len(recipes)} takes came with {len(words)} texts.")
    consents.must_stand(conn, dict.fromkeys(p.name for r in recipes for p in r.shot.placed))
    cell = cells.add(conn, blobs, scene, "fanout", body, who, parent_take)
    oldest: dict[str, int] = {}
    for recipe, text in zip(recipes, words, strict=True):
        if recipe.shot.scene != scene:
            raise InputError(f"A take of scene {recipe.shot.scene!r} cannot be planned in scene {scene!r}.")
        take = scenes.next_take(conn, scene, recipe.shot.shot)
        insert(conn, "plans", (take, cell, parent_take, checked_body(recipe, "The recipe")))
        conn.execute(
            "INSERT INTO jobs (take, cell, scene, parent, state, stage, progress, cancel, cannot, attempts) "
            "VALUES (?, ?, ?, ?, 'queued', 'poster', 0, 0, '[]', 0)",
            (take, cell, scene, parent_take),
        )
        conn.execute("INSERT INTO words VALUES (?, ?, ?, ?, 'prompt')", (text, take, scene, cell))
        for placed in recipe.shot.placed:
            name = folded(placed.name)
            oldest[name] = min(placed.version, oldest.get(name, placed.version))
    conn.executemany("INSERT INTO cell_locks VALUES (?, ?, ?)", [(cell, n, v) for n, v in oldest.items()])
    return cell


def must_stand(conn: Connection, recipe: Recipe) -> None:
    """ConsentError when the consent for a lock that a recipe places was revoked or has ended."""
    consents.must_stand(conn, [p.name for p in recipe.shot.placed])


def jobs(
    conn: Connection, cell: int | None = None, scene: str | None = None, states: Iterable[str] | None = None
) -> list[Job]:
    """The jobs of a cell, of a scene, or all, in the order they were asked for."""
    where, values = ["1"], list[Any]()
    if cell is not None:
        where.append("jobs.cell = ?")
        values.append(cell)
    if scene is not None:
        scenes.must_exist(conn, scene)
        where.append("jobs.scene = ?")
        values.append(scene)
    if states is not None:
        wanted = [states] if isinstance(states, str) else list(states)
        if not set(wanted) <= set(STATES):
            raise InputError(f"{wanted} are no states of a job; choose among {', '.join(STATES)}.")
        where.append(f"state IN ({', '.join('?' * len(wanted))})")
        values += wanted
    rows = conn.execute(f"{_FROM}WHERE {' AND '.join(where)} ORDER BY jobs.id", values)
    return [_job(row) for row in rows]


def one(conn: Connection, job_id: int) -> Job:
    """The job of that id; NotFoundError otherwise."""
    row = conn.execute(_FROM + "WHERE jobs.id = ?", (job_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no job {str(job_id)[:40]!r}.")
    return _job(row)


def waiting(conn: Connection, without: Sequence[str] = ()) -> bool:
    """Whether a lease could be had now; a look without the write lock, for workers that ask often."""
    return (
        conn.execute(
            f"SELECT 1 FROM jobs JOIN plans USING (take) WHERE ({_FREE}) AND {_NOT_OF} LIMIT 1",
            (time.time(), json.dumps(list(without))),
        ).fetchone()
        is not None
    )


def lease(conn: Connection, worker: str, lease_s: float = 20.0, without: Sequence[str] = ()) -> Job | None:
    """Gives `worker` the next job: posters of all cells before any clip, then the oldest cell's; None when nothing waits.

    Of a cell's clips those whose camera moves come first, then those with weather: they take longer with any engine, and a long
    take that is begun last is waited for by all workers but one.

    A job whose worker let its lease run out is taken over at the same stage; when that has happened three times it is failed, and
    when it was to be cancelled it is cancelled.

    Args:
        without: engines whose takes this worker leaves to others.
    """
    checked_line(worker, "The worker's name", 120)
    now = time.time()
    for job_id, scene, cancel, attempts in conn.execute(
        "SELECT id, scene, cancel, attempts FROM jobs WHERE state = 'leased' AND lease_until < ?", (now,)
    ).fetchall():
        state, error = "queued", None
        if cancel:
            state = "cancelled"
        elif attempts + 1 >= MOST_DEATHS:
            state, error = "failed", "The worker died three times over this take."
        _release(conn, job_id, scene, state, error=error, attempts=attempts + 1)
    row = conn.execute(
        f"SELECT id, jobs.scene FROM jobs JOIN plans USING (take) WHERE state = 'queued' AND {_NOT_OF} "
        f"ORDER BY stage = 'clip', jobs.cell, (stage = 'clip') * {_LONGER} DESC, id LIMIT 1",
        (json.dumps(list(without)),),
    ).fetchone()
    if row is None:
        return None
    conn.execute(
        "UPDATE jobs SET state = 'leased', worker = ?, lease_until = ?, progress = 0, eta_s = NULL, error = NULL WHERE id = ?",
        (worker, now + lease_s, row[0]),
    )
    scenes.bump(conn, row[1])
    return one(conn, row[0])


def _release(conn: Connection, job_id: int, scene: str, state: str, **columns: Any) -> None:
    """Ends a lease, or changes a job that has none."""
    columns = {
        "worker": None,
        "lease_until": None,
        "progress": 0.0,
        "eta_s": None,
        "cancel": 0,
        **columns,
        "state": state,
    }
    conn.execute(f"UPDATE jobs SET {', '.join(f'{c} = ?' for c in columns)} WHERE id = ?", (*columns.values(), job_id))
    scenes.bump(conn, scene)


def _held(conn: Connection, job_id: int, worker: str) -> Job | None:
    """The job, when `worker` still has it; an expired lease nobody took over counts as kept."""
    job = one(conn, job_id)
    return job if job.state == "leased" and job.worker == worker else None


def _must_hold(conn: Connection, job_id: int, worker: str) -> Job:
    job = _held(conn, job_id, worker)
    if job is None:
        raise StoreError(f"Job {job_id} is not {worker}'s any more; another worker has it, or it was closed.")
    return job


def beat(
    conn: Connection, job_id: int, worker: str, progress: float, eta_s: float | None = None, lease_s: float = 20.0
) -> bool:
    """Keeps a lease alive and tells how far it is; False when the lease was lost or someone asked to cancel."""
    job = _held(conn, job_id, worker)
    if job is None or job.cancel:
        return False
    done = min(max(float(progress), 0.0), 1.0) if math.isfinite(progress) else job.progress
    left = max(float(eta_s), 0.0) if eta_s is not None and math.isfinite(eta_s) else None
    conn.execute(
        "UPDATE jobs SET progress = ?, eta_s = ?, lease_until = ? WHERE id = ?",
        (done, left, time.time() + lease_s, job_id),
    )
    scenes.bump(conn, job.scene)
    return True


def poster_done(
    conn: Connection, blobs: Blobs, job_id: int, worker: str, poster_sha256: str, cannot: Sequence[str] = ()
) -> None:
    """Records the poster and hands the job back for its clip (or ends it, when it was to be cancelled).

    Raises:
        StoreError: when the lease was lost, or the poster was not put before.
    """
    job = _must_hold(conn, job_id, worker)
    blobs.claim(conn, [poster_sha256])
    _release(
        conn, job_id, job.scene, "cancelled" if job.cancel else "queued",
        stage="clip", poster_sha256=poster_sha256, cannot=sealed_text(list(cannot), "What the engine cannot do"),
    )  # fmt: skip


def finish(conn: Connection, blobs: Blobs, job_id: int, worker: str, take: Take) -> None:
    """Inserts the take and closes its job. A cancel that came too late is dropped: the work is there.

    Raises:
        StoreError: when the lease was lost, the take is not the one that was asked for, or a file of it was not put before.
        ConsentError: when a lock's person withdrew meanwhile.
    """
    job = _must_hold(conn, job_id, worker)
    if (take.take, take.cell, take.parent) != (job.take, job.cell, job.parent):
        raise StoreError(
            f"Job {job_id} asked for take {job.take} of cell {job.cell} from {job.parent}; "
            f"{take.take} of cell {take.cell} from {take.parent} came."
        )
    must_stand(conn, take.recipe)
    takes.add(conn, blobs, job.scene, take)
    poster = take.files.get("poster.jpg", job.poster_sha256)
    _release(
        conn, job_id, job.scene, "done",
        stage="clip", progress=1.0, error=None, poster_sha256=poster, cannot=sealed_text(take.cannot, "The take"),
    )  # fmt: skip


def fail(conn: Connection, job_id: int, worker: str, why: str) -> bool:
    """Records why a take cannot be made; False, and nothing, when the lease was lost meanwhile."""
    job = _held(conn, job_id, worker)
    if job is not None:
        _release(conn, job_id, job.scene, "failed", error=showable(why) or "It failed without a word.")
    return job is not None


def cancel(conn: Connection, job_ids: Iterable[int]) -> int:
    """Cancels what is queued at once and asks the workers of what is leased; returns how many jobs that concerns.

    Jobs that are closed already are left as they are; NotFoundError (and nothing cancelled) for an unknown one.
    """
    concerned = 0
    for job_id in [job_ids] if isinstance(job_ids, int) else job_ids:
        job = one(conn, job_id)
        if job.state == "queued":
            _release(conn, job.id, job.scene, "cancelled")
        elif job.state == "leased" and not job.cancel:
            conn.execute("UPDATE jobs SET cancel = 1 WHERE id = ?", (job.id,))
            scenes.bump(conn, job.scene)
        else:
            continue
        concerned += 1
    return concerned


def cancelled(conn: Connection, job_id: int, worker: str) -> bool:
    """The worker stopped as it was asked to; False, and nothing, when the lease was lost meanwhile."""
    job = _held(conn, job_id, worker)
    if job is not None:
        _release(conn, job_id, job.scene, "cancelled")
    return job is not None


def retry(conn: Connection, job_id: int) -> None:
    """Queues a failed or cancelled job again, at the stage it had reached.

    Raises:
        InputError: when it is in another state.
    """
    job = one(conn, job_id)
    if job.state not in ("failed", "cancelled"):
        raise InputError(f"{job.take} is {job.state}; only a failed or cancelled take is tried again.")
    _release(conn, job_id, job.scene, "queued", error=None, attempts=0)
